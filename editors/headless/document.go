package headless

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/position"
)

// Document is an open document. It is safe for use by several goroutines; edits take effect in the order in which
// Edit is called.
type Document struct {
	editor *Editor
	uri    string

	mutex   sync.Mutex // guards what follows, and keeps messages about the document in order
	file    *source.File
	version int32
	closed  bool
}

var errClosed = errors.New("the document is closed")

// Open opens a file of the workspace with a text, which need not be the one on disk.
func (e *Editor) Open(name source.Path, language, text string) (*Document, error) {
	return e.open(name, position.URIFromPath(filepath.Join(e.options.Root, filepath.FromSlash(string(name)))), language, text)
}

// OpenURI opens a document by its URI, such as "untitled:Untitled-1".
func (e *Editor) OpenURI(uri, language, text string) (*Document, error) {
	return e.open(source.Path(path.Base(uri)), uri, language, text)
}

func (e *Editor) open(name source.Path, uri, language, text string) (*Document, error) {
	d := &Document{editor: e, uri: uri, version: 1, file: source.NewFile(name, plain(text))}
	return d, e.Notify("textDocument/didOpen", object{"textDocument": object{"uri": uri, "languageId": language, "version": d.version,
		"text": d.file.Text()}})
}

// plain is a text that JSON can carry: a byte that is no UTF-8 becomes the replacement character.
func plain(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// Edit changes the text, each edit against the text that those before it left, and tells the server in one message.
// Nothing happens when an edit does not fit or would cut a character.
func (d *Document) Edit(edits ...source.Edit) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	file, changes := d.file, make([]object, len(edits))
	for i, edit := range edits {
		next, change, err := d.change(file, source.Edit{Span: edit.Span, New: plain(edit.New)})
		if err != nil {
			return fmt.Errorf("edit %s: %w", d.uri, err)
		}
		file, changes[i] = next, change
	}
	return d.send(file, changes)
}

// Replace changes the whole text, told to the server without a range.
func (d *Document) Replace(text string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	file := source.NewFile(d.file.Path(), plain(text))
	return d.send(file, []object{{"text": file.Text()}})
}

// send makes file the text. The caller holds the mutex.
func (d *Document) send(file *source.File, changes []object) error {
	if d.closed {
		return fmt.Errorf("edit %s: %w", d.uri, errClosed)
	}
	d.file = file
	d.version++
	return d.editor.Notify("textDocument/didChange", object{"textDocument": object{"uri": d.uri, "version": d.version}, "contentChanges": changes})
}

// change makes an edit, and what the server is told of it.
func (d *Document) change(file *source.File, edit source.Edit) (*source.File, object, error) {
	next, err := file.Apply([]source.Edit{edit})
	if err != nil {
		return nil, nil, err
	}
	text := file.Text()
	for _, offset := range []source.Offset{edit.Span.Start, edit.Span.End} {
		if offset < len(text) && !utf8.RuneStart(text[offset]) {
			return nil, nil, fmt.Errorf("offset %d lies inside a character", offset)
		}
	}
	// LSP has no position between "\r" and "\n": an edit there takes the rest of the line ending with it.
	if insideEnding(text, edit.Span.Start) {
		edit.Span.Start--
		edit.New = "\r" + edit.New
	}
	if insideEnding(text, edit.Span.End) {
		edit.Span.End++
		edit.New += "\n"
	}
	return next, object{"range": d.rangeOf(file, edit.Span), "text": edit.New}, nil
}

func insideEnding(text string, offset source.Offset) bool {
	return offset > 0 && offset < len(text) && text[offset-1] == '\r' && text[offset] == '\n'
}

func (d *Document) rangeOf(file *source.File, span source.Span) object {
	return object{"start": d.position(file, span.Start), "end": d.position(file, span.End)}
}

func (d *Document) position(file *source.File, offset source.Offset) object {
	line, character := d.editor.encoding.Position(file, offset)
	return object{"line": line, "character": character}
}

// Text is the text now.
func (d *Document) Text() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.file.Text()
}

// URI names the document to the server.
func (d *Document) URI() string { return d.uri }

// Save writes the text to disk and tells the server. A document outside the root is only told of.
func (d *Document) Save() error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.closed {
		return fmt.Errorf("save %s: %w", d.uri, errClosed)
	}
	if err := d.write(); err != nil {
		return fmt.Errorf("save %s: %w", d.uri, err)
	}
	params := object{"textDocument": object{"uri": d.uri}}
	if d.editor.saveText {
		params["text"] = d.file.Text()
	}
	return d.editor.Notify("textDocument/didSave", params)
}

// write writes the file, never through a link that leads out of the root.
func (d *Document) write() error {
	name, err := position.PathFromURI(d.uri)
	if err != nil || d.editor.options.Root == "" {
		return nil // no file, or not ours to write
	}
	inside, ok := position.Relative(d.editor.options.Root, name)
	if !ok {
		return nil
	}
	root, err := os.OpenRoot(d.editor.options.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	if folder := path.Dir(string(inside)); folder != "." {
		if err := root.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	return root.WriteFile(string(inside), []byte(d.file.Text()), 0o644)
}

// Close closes the document. Its text can still be read.
func (d *Document) Close() error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return d.editor.Notify("textDocument/didClose", object{"textDocument": object{"uri": d.uri}})
}
