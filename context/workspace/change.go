package workspace

import (
	"maps"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// Change is one of Opened, Edited, Outlined, Closed, Indexed, Removed and Rebased.
type Change interface{ change() }

// Opened tells that an editor opened a document, or sent its whole text anew.
type Opened struct {
	File     *source.File
	Language string
	Version  int32
	Handle   outline.Handle
}

// Edited tells that the text of an open document changed. File is the text after the edits.
type Edited struct {
	File    *source.File
	Version int32
}

// Outlined tells that the parser finished an outline of an open document. It is ignored when the document is closed.
type Outlined struct {
	Path    source.Path
	Outline *outline.Outline
}

// Closed tells that the editor closed the document; the disk's text counts again.
type Closed struct{ Path source.Path }

// Indexed tells that files were read from disk, for the first time or again. Segment is SegmentOf(Records), nil to let Apply
// build it.
type Indexed struct {
	Records []*Record
	Segment *chunk.Segment
}

// Removed tells that files are no longer on disk, or have become ignored. A path that ends in "/" removes all below it.
type Removed struct{ Paths []source.Path }

// Rebased tells that the files on disk are now these. It costs nothing, whatever the size of the base: the way by which the
// owner of a base that several clients share hands it to each.
type Rebased struct{ Base *Base }

func (Opened) change()   {}
func (Edited) change()   {}
func (Outlined) change() {}
func (Closed) change()   {}
func (Indexed) change()  {}
func (Removed) change()  {}
func (Rebased) change()  {}

// Apply is the snapshot after a change.
func (s *Snapshot) Apply(change Change) *Snapshot {
	next := &Snapshot{number: s.number + 1, base: s.base, overlay: s.overlay}
	switch change := change.(type) {
	case Opened:
		next.put(&Document{File: change.File, Language: change.Language, Version: change.Version,
			Handle: change.Handle, touched: next.number})
	case Edited:
		if old, open := s.overlay[change.File.Path()]; open {
			document := *old
			document.File, document.Version, document.touched = change.File, change.Version, next.number
			next.put(&document)
		}
	case Outlined:
		if old, open := s.overlay[change.Path]; open {
			document := *old
			document.Outline = change.Outline
			next.put(&document)
		}
	case Closed:
		next.overlay = maps.Clone(s.overlay)
		delete(next.overlay, change.Path)
	case Indexed:
		next.base = s.Base().Index(change)
	case Removed:
		next.base = s.Base().Remove(change)
	case Rebased:
		next.base = change.Base
	}
	return next
}

// put stores a document in a copy of the overlay; only for a snapshot that nobody else has seen yet.
func (s *Snapshot) put(document *Document) {
	overlay := make(map[source.Path]*Document, len(s.overlay)+1)
	maps.Copy(overlay, s.overlay)
	overlay[document.File.Path()] = document
	s.overlay = overlay
}
