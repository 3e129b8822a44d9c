package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/position"
	"github.com/infill-dev/infill/lsp/session"
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
	var params openParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	document := params.TextDocument
	key, name := keyOf(document.URI)
	c.session.Open(key, name, document.LanguageID, document.Version, document.Text)
	return nil, nil
}

// didChange changes a text. An edit that does not fit is never guessed at: the document is lost until it is sent as a
// whole again.
func (c *client) didChange(_ context.Context, request message) (any, error) {
	var params changeParams
	if err := decode(request, &params); err != nil {
		var named closeParams
		_ = json.Unmarshal(request.Params(), &named) // what is wrong elsewhere does not matter here
		key, _ := keyOf(named.TextDocument.URI)
		c.session.Lose(key, "an edit could not be read")
		return nil, err
	}
	key, _ := keyOf(params.TextDocument.URI)
	changes := params.ContentChanges
	for i := len(changes) - 1; i >= 0; i-- {
		if changes[i].whole() {
			changes = changes[i:] // what was before does not matter
			break
		}
	}
	fromScratch := len(changes) > 0 && changes[0].whole()
	file, version, err := c.session.Text(key)
	if err != nil && (errors.Is(err, session.ErrNotOpen) || !fromScratch) {
		return nil, fmt.Errorf("change %s: %w", shorten(key), err)
	}
	if !fromScratch && params.TextDocument.Version <= version {
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

// changed is the text after changes, each against the text that those before it left.
func (c *client) changed(file *source.File, key string, changes []contentChange) (*source.File, error) {
	for _, change := range changes {
		var err error
		switch {
		case change.Text == nil:
			err = errors.New("an edit has no text")
		case change.whole():
			file = source.NewFile(c.session.PathOf(key), *change.Text)
		default:
			file, err = c.edited(file, change)
		}
		if err != nil {
			return nil, err
		}
	}
	return file, nil
}

func (c *client) edited(file *source.File, change contentChange) (*source.File, error) {
	span, snapped, err := change.Range.span(c.encoding, file)
	if err != nil {
		return nil, fmt.Errorf("an edit's %w", err)
	}
	if line := *change.Range.Start.Line; int64(line) > int64(file.Lines()) {
		return nil, fmt.Errorf("an edit begins at line %d of %d", line, file.Lines())
	}
	if snapped {
		c.config.Log.Warn("edit", "problem", "a position lies inside a character and was moved to its start")
	}
	return file.Apply([]source.Edit{{Span: span, New: *change.Text}})
}

func (c *client) didSave(_ context.Context, request message) (any, error) {
	var params saveParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	key, _ := keyOf(params.TextDocument.URI)
	c.session.Save(key, params.Text)
	return nil, nil
}

func (c *client) didClose(_ context.Context, request message) (any, error) {
	var params closeParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	key, _ := keyOf(params.TextDocument.URI)
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
