package chunk

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// terms is the sorted table of words with their postings. The text of word i is text[textAt[i]:textAt[i+1]], its
// postings lie in data from dataAt[i] on.
//
// The postings of a word are the number of chunks, then for each chunk in order the gap to the one before it and
// the word's count in it. A gap is stored as a varint of twice its value, plus 1 when a byte with a count above 1
// follows; most postings take one or two bytes (as in Lucene's first format).
type terms struct {
	text           string
	textAt, dataAt []uint32 // one more than there are words
	data           []byte
}

// posting says how often a word stands in a chunk, at most most times.
type posting struct {
	chunk uint32
	count uint8
}

func (t *terms) len() int { return max(0, len(t.textAt)-1) }

func (t *terms) word(i int) string { return t.text[t.textAt[i]:t.textAt[i+1]] }

func (t *terms) bytes() int {
	return len(t.text) + 4*cap(t.textAt) + 4*cap(t.dataAt) + cap(t.data)
}

// find gives the postings of a word; an absent word has none.
func (t *terms) find(word string) reader {
	i := sort.Search(t.len(), func(i int) bool { return t.word(i) >= word })
	if i == t.len() || t.word(i) != word {
		return reader{}
	}
	return t.read(i)
}

// read gives the postings of word i.
func (t *terms) read(i int) reader {
	data := t.data[t.dataAt[i]:t.dataAt[i+1]]
	chunks, n := binary.Uvarint(data)
	return reader{data: data[n:], left: int(chunks), chunk: ^uint32(0)}
}

// reader goes through the postings of one word. left is how many are still to come.
type reader struct {
	data  []byte
	left  int
	chunk uint32
}

// next is the next posting. It must not be called when none is left.
func (r *reader) next() posting {
	value := uint32(r.data[0])
	n := 1
	if value >= 0x80 {
		wide, size := binary.Uvarint(r.data)
		value, n = uint32(wide), size
	}
	count := uint8(1)
	if value&1 != 0 {
		count = r.data[n]
		n++
	}
	r.data = r.data[n:]
	r.left--
	r.chunk += value>>1 + 1
	return posting{r.chunk, count}
}

// termWriter makes terms from words that come in order.
type termWriter struct {
	text           strings.Builder
	textAt, dataAt []uint32
	data           []byte
}

// add writes a word with its postings in chunk order. A word without postings is left out.
func (w *termWriter) add(word string, postings []posting) {
	if len(postings) == 0 {
		return
	}
	w.textAt = append(w.textAt, uint32(w.text.Len()))
	w.dataAt = append(w.dataAt, uint32(len(w.data)))
	w.text.WriteString(word)
	w.data = binary.AppendUvarint(w.data, uint64(len(postings)))
	before := ^uint32(0)
	for _, p := range postings {
		value := uint64(p.chunk-before-1) << 1
		if p.count == 1 {
			w.data = binary.AppendUvarint(w.data, value)
		} else {
			w.data = append(binary.AppendUvarint(w.data, value|1), p.count)
		}
		before = p.chunk
	}
}

func (w *termWriter) finish() terms {
	return terms{
		text:   strings.Clone(w.text.String()),
		textAt: slices.Clone(append(w.textAt, uint32(w.text.Len()))),
		dataAt: slices.Clone(append(w.dataAt, uint32(len(w.data)))),
		data:   slices.Clone(w.data),
	}
}
