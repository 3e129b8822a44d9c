// Package workspace holds the immutable Snapshot of everything known about a workspace, and the pure function that
// applies a Change to it.
//
// One thing must stay true: a snapshot never changes and holds only garbage-collected values. The whole life of the
// program is the fold of Apply over changes. A Snapshot is a Base (the files on disk, shared by every client of the
// process) under an overlay (the documents one client has open).
package workspace

import (
	"iter"
	"maps"
	"slices"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// Document is one open file: the editor's text and the newest finished outline, which may describe an older text.
type Document struct {
	File     *source.File
	Language string
	Version  int32
	Handle   outline.Handle
	Outline  *outline.Outline // nil until the first one is finished
	touched  uint64           // number of the snapshot in which it was last opened or edited
}

// Snapshot is everything known at one moment. The zero value is an empty workspace.
type Snapshot struct {
	number  uint64
	base    *Base
	overlay map[source.Path]*Document // small: cloned at each change
}

// Number grows by one with each change.
func (s *Snapshot) Number() uint64 { return s.number }

// Base is the files on disk.
func (s *Snapshot) Base() *Base {
	if s.base == nil {
		return emptyBase
	}
	return s.base
}

// Document is the open document at path.
func (s *Snapshot) Document(path source.Path) (*Document, bool) {
	document, ok := s.overlay[path]
	return document, ok
}

// Documents lists the open documents, the most recently edited or opened first.
func (s *Snapshot) Documents() []*Document {
	return slices.SortedFunc(maps.Values(s.overlay), func(a, b *Document) int {
		if a.touched != b.touched {
			return int(int64(b.touched - a.touched))
		}
		if a.File.Path() < b.File.Path() {
			return -1
		}
		return 1
	})
}

// File is the text at path: the editor's when it is open, else the disk's.
func (s *Snapshot) File(path source.Path) (*source.File, bool) {
	if document, ok := s.overlay[path]; ok {
		return document.File, true
	}
	if record, ok := s.Base().Record(path); ok {
		return record.File, true
	}
	return nil, false
}

// Outline is the newest finished outline of the file at path; its Hash tells which text it describes.
func (s *Snapshot) Outline(path source.Path) (*outline.Outline, bool) {
	if document, ok := s.overlay[path]; ok && document.Outline != nil {
		return document.Outline, true
	}
	if record, ok := s.Base().Record(path); ok && record.Outline != nil {
		return record.Outline, true
	}
	return nil, false
}

// Records goes through the files on disk in path order, open ones included (with their disk text).
func (s *Snapshot) Records() iter.Seq[*Record] { return s.Base().Records() }

// Files is the number of files known on disk.
func (s *Snapshot) Files() int { return s.Base().Files() }

// Segments are the chunk indexes that together cover every file on disk. A segment may also cover files that a
// newer one covers again or that are gone: ask Current before using what it finds.
func (s *Snapshot) Segments() []*chunk.Segment { return s.Base().Segments() }

// Current tells whether segment i of Segments holds the newest disk content of path.
func (s *Snapshot) Current(i int, path source.Path) bool { return s.Base().Current(i, path) }
