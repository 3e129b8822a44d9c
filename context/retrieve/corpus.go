package retrieve

import (
	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// corpus is the segments to be searched: those of the files on disk, and one of the open documents that differ from
// the disk.
type corpus struct {
	segments []*chunk.Segment
	disk     int // how many of them are of the disk
	snapshot *workspace.Snapshot
	path     source.Path          // of the cursor: never a hit
	changed  map[source.Path]bool // documents whose text on disk does not count
}

func assemble(snapshot *workspace.Snapshot, path source.Path) corpus {
	c := corpus{snapshot: snapshot, path: path, changed: map[source.Path]bool{}}
	c.segments = append(c.segments, snapshot.Segments()...)
	c.disk = len(c.segments)
	var inputs []chunk.Input
	for _, document := range snapshot.Documents() {
		file := document.File
		if file.Path() == path {
			continue
		}
		if record, ok := snapshot.Base().Record(file.Path()); ok && record.File.Text() == file.Text() {
			continue
		}
		c.changed[file.Path()] = true
		inputs = append(inputs, chunk.Input{File: file, Outline: document.Outline})
	}
	if len(inputs) > 0 {
		c.segments = append(c.segments, chunk.Build(inputs))
	}
	return c
}

// skip tells whether what segment i says of path does not count.
func (c corpus) skip(i int, path source.Path) bool {
	if path == c.path {
		return true
	}
	return i < c.disk && (c.changed[path] || !c.snapshot.Current(i, path))
}
