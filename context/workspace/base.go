package workspace

import (
	"iter"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// Record is what is known about one file on disk.
type Record struct {
	File    *source.File
	Outline *outline.Outline // nil when the file was not parsed
}

// Base is the files on disk: layers of records, the newest on top, each with the chunk index of its files. A new
// batch is a new layer, so that adding to a base of 50,000 files costs the batch and not the base; Compact merges
// layers as a log-structured merge tree does (O'Neil and others, 1996). It is immutable.
type Base struct {
	layers []*layer // oldest first
	files  int
}

// layer is one batch. A record without a file marks a path that is gone.
type layer struct {
	records map[source.Path]*Record
	segment *chunk.Segment
}

var emptyBase = &Base{}

// Record is what the newest layer that knows path says of it.
func (b *Base) Record(path source.Path) (*Record, bool) {
	for i := len(b.layers) - 1; i >= 0; i-- {
		if record, ok := b.layers[i].records[path]; ok {
			return record, record.File != nil
		}
	}
	return nil, false
}

// Files is the number of files.
func (b *Base) Files() int { return b.files }

// Paths lists all files in order.
func (b *Base) Paths() []source.Path {
	paths := make([]source.Path, 0, b.files)
	for i, layer := range b.layers {
		for path, record := range layer.records {
			if record.File != nil && b.Current(i, path) {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// Records goes through all records in path order.
func (b *Base) Records() iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for _, path := range b.Paths() {
			record, _ := b.Record(path)
			if !yield(record) {
				return
			}
		}
	}
}

// Segments is the chunk index of each layer.
func (b *Base) Segments() []*chunk.Segment {
	segments := make([]*chunk.Segment, len(b.layers))
	for i, layer := range b.layers {
		segments[i] = layer.segment
	}
	return segments
}

// Current tells whether layer i is the newest that knows path.
func (b *Base) Current(i int, path source.Path) bool {
	for j := len(b.layers) - 1; j > i; j-- {
		if _, ok := b.layers[j].records[path]; ok {
			return false
		}
	}
	_, ok := b.layers[i].records[path]
	return ok
}

// Index is the base with the records of a batch added or replaced. When the batch brings no segment, it is built.
func (b *Base) Index(batch Indexed) *Base {
	if len(batch.Records) == 0 {
		return b
	}
	top := &layer{records: make(map[source.Path]*Record, len(batch.Records)), segment: batch.Segment}
	files := b.files
	for _, record := range batch.Records {
		path := record.File.Path()
		if _, known := b.Record(path); !known && top.records[path] == nil {
			files++
		}
		top.records[path] = record
	}
	if top.segment == nil {
		top.segment = SegmentOf(batch.Records)
	}
	return b.with(top, files)
}

// Remove is the base without the given files. A path that ends in "/" stands for all files below it.
func (b *Base) Remove(removed Removed) *Base {
	top := &layer{records: map[source.Path]*Record{}, segment: chunk.Build(nil)}
	for _, path := range removed.Paths {
		if !strings.HasSuffix(string(path), "/") {
			b.bury(top, path)
			continue
		}
		for _, below := range b.Paths() {
			if strings.HasPrefix(string(below), string(path)) {
				b.bury(top, below)
			}
		}
	}
	if len(top.records) == 0 {
		return b
	}
	return b.with(top, b.files-len(top.records))
}

func (b *Base) bury(top *layer, path source.Path) {
	if _, known := b.Record(path); known {
		top.records[path] = &Record{}
	}
}

func (b *Base) with(top *layer, files int) *Base {
	layers := make([]*layer, 0, len(b.layers)+1)
	return &Base{layers: append(append(layers, b.layers...), top), files: files}
}

// SegmentOf indexes the chunks of a batch. It is the dear part of Index, so that a caller who must not wait makes
// it beforehand.
func SegmentOf(records []*Record) *chunk.Segment {
	inputs := make([]chunk.Input, len(records))
	for i, record := range records {
		inputs[i] = chunk.Input{File: record.File, Outline: record.Outline}
	}
	return chunk.Build(inputs)
}

// Compact merges the newest layers until each layer has more than twice the records of the one above it, which
// bounds both the number of layers (logarithmic) and the work (each record is merged a logarithmic number of times).
// It returns the same base when there is nothing to merge. It can take long; call it off any path that waits.
func (b *Base) Compact() *Base {
	first := len(b.layers) - 1
	size := 0
	if first >= 0 {
		size = len(b.layers[first].records)
	}
	for first > 0 && len(b.layers[first-1].records) <= 2*size {
		first--
		size += len(b.layers[first].records)
	}
	if first < 0 || first == len(b.layers)-1 {
		return b
	}
	layers := append(slices.Clone(b.layers[:first]), b.merge(first))
	return &Base{layers: layers, files: b.files}
}

// merge makes one layer of those from first on. Marks of removed files stay while an older layer may know the file.
func (b *Base) merge(first int) *layer {
	merged := &layer{records: map[source.Path]*Record{}}
	var segments []*chunk.Segment
	for i := first; i < len(b.layers); i++ {
		stale := func(path source.Path) bool { return !b.Current(i, path) }
		segments = append(segments, chunk.Merge([]*chunk.Segment{b.layers[i].segment}, stale))
		for path, record := range b.layers[i].records {
			if b.Current(i, path) && (record.File != nil || first > 0) {
				merged.records[path] = record
			}
		}
	}
	merged.segment = chunk.Merge(segments, func(source.Path) bool { return false })
	return merged
}
