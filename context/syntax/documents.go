package syntax

import (
	"sync"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// document is the last parsed state of an open document. Its tree is never edited or queried: whoever needs it
// works on a copy, which shares the C nodes and costs about a microsecond.
type document struct {
	language *language
	tree     *tree
	text     string
	hash     source.Hash
	chunks   []chunk
}

// documents is the table of open documents.
//
// The lock guards the map and makes taking a copy of a kept tree exclude its being closed: a judge may ask for a tree
// in the moment in which the parser replaces it. It is held for a map access and a copy, never while parsing.
type documents struct {
	mutex sync.Mutex
	table map[outline.Handle]document
}

// borrow gives the document of a handle with a copy of its tree, which the caller closes.
func (d *documents) borrow(handle outline.Handle) (document, bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	kept, known := d.table[handle]
	if known {
		kept.tree = kept.tree.copy()
	}
	return kept, known
}

// put keeps a document and closes the tree it replaces.
func (d *documents) put(handle outline.Handle, next document) {
	d.mutex.Lock()
	if d.table == nil {
		d.table = map[outline.Handle]document{}
	}
	before, known := d.table[handle]
	d.table[handle] = next
	d.mutex.Unlock()
	if known {
		before.tree.close()
	}
}

func (d *documents) remove(handle outline.Handle) {
	d.mutex.Lock()
	before, known := d.table[handle]
	delete(d.table, handle)
	d.mutex.Unlock()
	if known {
		before.tree.close()
	}
}
