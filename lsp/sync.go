package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/position"
)

// keyOf names a document: its absolute path when it is a file, so that two spellings of one URI mean one document,
// else the URI itself. name is empty for what is no file.
func keyOf(uri string) (key, name string) {
	if name, err := position.PathFromURI(uri); err == nil {
		return name, name
	}
	return uri, ""
}

func (c *client) didOpen(_ context.Context, request message) (any, error) {
	var params protocol.DidOpenTextDocumentParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	document := params.TextDocument
	key, name := keyOf(string(document.URI))
	c.session.Open(key, name, string(document.LanguageID), document.Version, document.Text)
	return nil, nil
}

// didChange changes a text. An edit that does not fit is never guessed at: the document is lost until it is sent as a
// whole again.
func (c *client) didChange(_ context.Context, request message) (any, error) {
	var params protocol.DidChangeTextDocumentParams
	if err := decode(request, &params); err != nil {
		if uri := uriOf.FindSubmatch(request.Params()); uri != nil {
			key, _ := keyOf(string(uri[1]))
			c.session.Lose(key, "an edit could not be read")
		}
		return nil, err
	}
	key, _ := keyOf(string(params.TextDocument.URI))
	changes := params.ContentChanges
	for i := len(changes) - 1; i >= 0; i-- {
		if _, whole := changes[i].(*protocol.TextDocumentContentChangeWholeDocument); whole {
			changes = changes[i:] // what was before does not matter
			break
		}
	}
	file, version, err := c.session.Text(key)
	if file == nil && (version == 0 || !startsWhole(changes)) {
		return nil, fmt.Errorf("change %s: %w", shorten(key), err)
	}
	if !startsWhole(changes) && params.TextDocument.Version <= version {
		c.session.Lose(key, fmt.Sprintf("its version went from %d to %d", version, params.TextDocument.Version))
		return nil, nil
	}
	next, err := c.changed(file, key, changes)
	if err != nil {
		c.session.Lose(key, err.Error())
		return nil, nil
	}
	c.session.Edit(key, params.TextDocument.Version, next)
	return nil, nil
}

func startsWhole(changes []protocol.TextDocumentContentChangeEvent) bool {
	if len(changes) == 0 {
		return false
	}
	_, whole := changes[0].(*protocol.TextDocumentContentChangeWholeDocument)
	return whole
}

// changed is the text after changes, each against the text that those before it left.
func (c *client) changed(file *source.File, key string, changes []protocol.TextDocumentContentChangeEvent) (*source.File, error) {
	for _, change := range changes {
		var err error
		switch change := change.(type) {
		case *protocol.TextDocumentContentChangeWholeDocument:
			file = source.NewFile(c.session.PathOf(key), change.Text)
		case *protocol.TextDocumentContentChangePartial:
			file, err = c.edited(file, change)
		default:
			err = errors.New("a change is neither a range nor a whole text")
		}
		if err != nil {
			return nil, err
		}
	}
	return file, nil
}

func (c *client) edited(file *source.File, change *protocol.TextDocumentContentChangePartial) (*source.File, error) {
	from, to := change.Range.Start, change.Range.End
	if int64(from.Line) > int64(file.Lines()) {
		return nil, fmt.Errorf("an edit begins at line %d of %d", from.Line, file.Lines())
	}
	span, err := c.encoding.Span(file, from.Line, from.Character, to.Line, to.Character)
	if err != nil {
		return nil, fmt.Errorf("an edit's %w", err)
	}
	if c.encoding.Splits(file, from.Line, from.Character) || c.encoding.Splits(file, to.Line, to.Character) {
		c.config.Log.Warn("edit", "problem", "a position lies inside a character and was moved to its start")
	}
	return file.Apply([]source.Edit{{Span: span, New: change.Text}})
}

func (c *client) didSave(_ context.Context, request message) (any, error) {
	var params protocol.DidSaveTextDocumentParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	key, _ := keyOf(string(params.TextDocument.URI))
	c.session.Save(key, params.Text)
	return nil, nil
}

func (c *client) didClose(_ context.Context, request message) (any, error) {
	var params protocol.DidCloseTextDocumentParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	key, _ := keyOf(string(params.TextDocument.URI))
	c.session.Close(key)
	return nil, nil
}

// skipped stands for a message that was too long to read.
func (c *client) skipped(_ context.Context, request message) (any, error) {
	var uri string
	if err := json.Unmarshal(request.Params(), &uri); err != nil {
		return nil, err
	}
	key, name := keyOf(uri)
	if _, _, err := c.session.Text(key); err != nil {
		c.session.Open(key, name, "", 0, "") // a document that is open and not known
	}
	c.session.Lose(key, fmt.Sprintf("a message about it was longer than %d bytes", maxBody))
	return nil, nil
}

func (c *client) didChangeWatchedFiles(_ context.Context, request message) (any, error) {
	var params protocol.DidChangeWatchedFilesParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	var names []string
	for _, change := range params.Changes {
		if name, err := position.PathFromURI(string(change.URI)); err == nil {
			names = append(names, name)
		}
	}
	c.session.FilesChanged(names)
	return nil, nil
}

func (c *client) didChangeWorkspaceFolders(_ context.Context, request message) (any, error) {
	var params protocol.DidChangeWorkspaceFoldersParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	for _, folder := range params.Event.Removed {
		if name, err := position.PathFromURI(string(folder.URI)); err == nil {
			c.session.RemoveFolder(name)
		}
	}
	for _, folder := range params.Event.Added {
		if name, err := position.PathFromURI(string(folder.URI)); err == nil {
			c.session.AddFolder(name)
		}
	}
	return nil, nil
}
