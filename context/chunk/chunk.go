// Package chunk cuts files into pieces of 10 to 20 lines and finds the pieces that share rare words with a query
// (BM25, Robertson and Zaragoza 2009).
//
// One thing must stay true: a Segment never changes and is made from its files alone, so that segments can be
// built in the background, shared between snapshots and written to disk.
//
//	segment := chunk.Build([]chunk.Input{{File: file, Outline: outline}})
//	hits := chunk.Search(ctx, []*chunk.Segment{segment}, []chunk.Term{{Text: "area", Weight: 1}}, 10, nil)
package chunk

import (
	"slices"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// Input is one file to be cut and indexed. Outline may be nil; where it is known, chunks respect declarations. It
// should describe the file's text: with that of another text the cuts lie less well, and nothing else is wrong.
type Input struct {
	File    *source.File
	Outline *outline.Outline
}

// Segment is an immutable inverted index over the chunks of some files. It holds spans and words, not text.
//
// Every table is flat and without pointers, save one string for each file, so that the garbage collector does not
// walk it and a store can write it as it is.
type Segment struct {
	paths   []source.Path // of the files that have chunks or had no words, in the order they were given
	pieces  []piece       // by file in the order of paths, then by offset
	lengths []uint8       // words in each piece, at most longest
	total   uint64        // sum of lengths
	terms   terms
}

// piece is one chunk: the bytes [start, end) of a file. Files of 4 GiB and more are not cut.
type piece struct {
	file, start, end uint32
}

// longest is the most words a chunk counts for. A chunk of 15 lines of code has about 45; a minified line has
// thousands and would otherwise need two bytes in every chunk.
const longest = 255

// most is the highest term frequency that is told apart; at k1 = 1.2 the next one would add 1 % to a score.
const most = 15

// Build makes a segment. A file without words has no chunks and is allowed. When a path comes twice, the last one
// counts.
func Build(inputs []Input) *Segment {
	var b builder
	b.ids = map[string]uint32{}
	last := map[source.Path]int{}
	for i, input := range inputs {
		last[input.File.Path()] = i
	}
	for i, input := range inputs {
		if last[input.File.Path()] == i {
			b.add(input)
		}
	}
	return b.finish()
}

// Files is the number of files in the segment.
func (s *Segment) Files() int { return len(s.paths) }

// Paths lists the files in the segment in path order.
func (s *Segment) Paths() []source.Path { return slices.Sorted(slices.Values(s.paths)) }

// Chunks is the number of chunks in the segment.
func (s *Segment) Chunks() int { return len(s.pieces) }

// Bytes is the memory that the segment's tables take, without the paths.
func (s *Segment) Bytes() int {
	return 12*cap(s.pieces) + cap(s.lengths) + s.terms.bytes()
}
