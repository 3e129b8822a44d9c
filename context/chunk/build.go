package chunk

import (
	"math"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
)

// builder collects the words of chunks in chunk order; finish turns them round into postings by a counting sort.
type builder struct {
	paths   []source.Path
	pieces  []piece
	lengths []uint8
	total   uint64

	ids     map[string]uint32 // word → number, in order of first sight
	words   []string
	seen    []uint32 // for each word: 1 + the index of its newest entry
	entries []entry  // by chunk
	ends    []uint32 // for each chunk: where its entries end

	buffer []byte
}

// entry says that a chunk holds a word so many times.
type entry struct {
	word  uint32
	count uint8
}

func (b *builder) add(input Input) {
	file := input.File
	b.paths = append(b.paths, file.Path())
	if uint64(file.Len()) > math.MaxUint32 {
		return
	}
	language := source.LanguageOf(file.Path())
	if input.Outline != nil && input.Outline.Language != "" {
		language = input.Outline.Language
	}
	spans := cut(file, input.Outline)
	tokens := lex.Tokens(file.Text(), language)
	for _, span := range spans {
		behind := 0
		for behind < len(tokens) && tokens[behind].Span.Start < span.End {
			behind++
		}
		b.addChunk(file, language, span, tokens[:behind])
		tokens = tokens[behind:]
	}
}

// addChunk adds the chunk whose tokens are given. A chunk without words cannot be found and is left out.
func (b *builder) addChunk(file *source.File, language string, span source.Span, tokens []lex.Token) {
	first, length := len(b.entries), 0
	for _, token := range tokens {
		if isWord(token, file.Text(), language) {
			b.count(file.Slice(token.Span), first)
			length++
		}
	}
	if length == 0 {
		return
	}
	b.ends = append(b.ends, uint32(len(b.entries)))
	b.pieces = append(b.pieces, piece{uint32(len(b.paths) - 1), uint32(span.Start), uint32(span.End)})
	b.lengths = append(b.lengths, uint8(min(length, longest)))
	b.total += uint64(min(length, longest))
}

// count adds one occurrence of a word to the chunk whose entries begin at first.
func (b *builder) count(identifier string, first int) {
	b.buffer = fold(b.buffer[:0], identifier)
	word, known := b.ids[string(b.buffer)]
	if !known {
		word = uint32(len(b.words))
		text := string(b.buffer)
		b.ids[text] = word
		b.words = append(b.words, text)
		b.seen = append(b.seen, 0)
	}
	if at := int(b.seen[word]) - 1; at >= first {
		b.entries[at].count = min(b.entries[at].count+1, most)
		return
	}
	b.entries = append(b.entries, entry{word, 1})
	b.seen[word] = uint32(len(b.entries))
}

func (b *builder) finish() *Segment {
	starts := make([]uint32, len(b.words)+1) // where the postings of each word begin in sorted
	for _, entry := range b.entries {
		starts[entry.word+1]++
	}
	for i := range b.words {
		starts[i+1] += starts[i]
	}
	sorted := make([]posting, len(b.entries))
	next := slices.Clone(starts)
	at := 0
	for chunk, end := range b.ends {
		for ; at < int(end); at++ {
			entry := b.entries[at]
			sorted[next[entry.word]] = posting{uint32(chunk), entry.count}
			next[entry.word]++
		}
	}
	order := make([]uint32, len(b.words))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(b.words[x], b.words[y]) })
	var writer termWriter
	for _, word := range order {
		writer.add(b.words[word], sorted[starts[word]:starts[word+1]])
	}
	return &Segment{
		paths:   slices.Clone(b.paths),
		pieces:  slices.Clone(b.pieces),
		lengths: slices.Clone(b.lengths),
		total:   b.total,
		terms:   writer.finish(),
	}
}
