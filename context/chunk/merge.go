package chunk

import "github.com/infill-dev/infill/context/source"

// Merge makes one segment of several, leaving out the files that skip names (none when skip is nil). It re-uses the
// work done for them: no text is read. When several segments hold a path, the last one counts.
func Merge(segments []*Segment, skip func(source.Path) bool) *Segment {
	newest := map[source.Path]int{}
	for i, segment := range segments {
		for _, path := range segment.paths {
			newest[path] = i
		}
	}
	merged := &Segment{}
	renumbered := make([][]uint32, len(segments))
	for i, segment := range segments {
		renumbered[i] = merged.take(segment, func(path source.Path) bool {
			return newest[path] == i && (skip == nil || !skip(path))
		})
	}
	merged.terms = mergeTerms(segments, renumbered)
	return merged
}

// gone is the number of a chunk that was left out.
const gone = ^uint32(0)

// take appends the files that keep names, with their chunks, and tells the new number of each chunk of segment.
func (s *Segment) take(segment *Segment, keep func(source.Path) bool) []uint32 {
	files := make([]uint32, len(segment.paths))
	for i, path := range segment.paths {
		files[i] = gone
		if keep(path) {
			files[i] = uint32(len(s.paths))
			s.paths = append(s.paths, path)
		}
	}
	numbers := make([]uint32, len(segment.pieces))
	for i, old := range segment.pieces {
		numbers[i] = gone
		if files[old.file] == gone {
			continue
		}
		numbers[i] = uint32(len(s.pieces))
		s.pieces = append(s.pieces, piece{files[old.file], old.start, old.end})
		s.lengths = append(s.lengths, segment.lengths[i])
		s.total += uint64(segment.lengths[i])
	}
	return numbers
}

// mergeTerms goes through the sorted words of all segments at once. Chunks keep their order, so that the postings of
// a word are those of each segment, one after the other.
func mergeTerms(segments []*Segment, renumbered [][]uint32) terms {
	var writer termWriter
	var postings []posting
	at := make([]int, len(segments))
	for {
		word, found := leastWord(segments, at)
		if !found {
			return writer.finish()
		}
		postings = postings[:0]
		for i, segment := range segments {
			if at[i] == segment.terms.len() || segment.terms.word(at[i]) != word {
				continue
			}
			for reader := segment.terms.read(at[i]); reader.left > 0; {
				p := reader.next()
				if p.chunk = renumbered[i][p.chunk]; p.chunk != gone {
					postings = append(postings, p)
				}
			}
			at[i]++
		}
		writer.add(word, postings)
	}
}

func leastWord(segments []*Segment, at []int) (least string, found bool) {
	for i, segment := range segments {
		if at[i] == segment.terms.len() {
			continue
		}
		if word := segment.terms.word(at[i]); !found || word < least {
			least, found = word, true
		}
	}
	return least, found
}
