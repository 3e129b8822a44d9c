package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/infill-dev/infill/context/source"
)

// Ask says how a completion is asked for.
type Ask struct {
	Invoked bool // as if the user asked; otherwise as if the editor did while the user types
	// Selected is the text of the entry that is chosen in the editor's own list, and SelectedSpan what it replaces.
	Selected     string
	SelectedSpan source.Span
}

// Item is one completion: Text in place of Replace.
type Item struct {
	Text    string
	Replace source.Span
}

// Complete asks for inline completions at an offset of the document's present text. The items' spans count in that text,
// whatever is edited meanwhile. When ctx ends the request is cancelled, and the answer is waited for.
func (e *Editor) Complete(ctx context.Context, d *Document, offset source.Offset, ask Ask) ([]Item, error) {
	d.mutex.Lock() // the question goes out before the next edit
	file := d.file
	params := object{"textDocument": object{"uri": d.uri}, "position": d.position(file, offset), "context": d.context(file, ask)}
	asked, err := e.wire.ask("textDocument/inlineCompletion", params)
	d.mutex.Unlock()
	var raw json.RawMessage
	if err == nil {
		err = e.wire.wait(ctx, asked, &raw)
	}
	if err != nil {
		return nil, fmt.Errorf("complete %s at %d: %w", d.uri, offset, err)
	}
	items, err := d.items(file, offset, raw)
	if err != nil {
		return nil, fmt.Errorf("complete %s at %d: read the answer: %w", d.uri, offset, err)
	}
	return items, nil
}

func (d *Document) context(file *source.File, ask Ask) object {
	kind := 2
	if ask.Invoked {
		kind = 1
	}
	context := object{"triggerKind": kind}
	if ask.Selected != "" {
		context["selectedCompletionInfo"] = object{"text": ask.Selected, "range": d.rangeOf(file, ask.SelectedSpan)}
	}
	return context
}

// items reads an answer: a list, an object that holds one, or null.
func (d *Document) items(file *source.File, offset source.Offset, raw json.RawMessage) ([]Item, error) {
	type place struct{ Line, Character uint32 }
	type item struct {
		InsertText json.RawMessage
		Range      *struct{ Start, End place }
	}
	var list struct{ Items []item }
	into := any(&list)
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		into = &list.Items
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, err
	}
	items := make([]Item, len(list.Items))
	for i, one := range list.Items {
		text, err := insertText(one.InsertText)
		if err != nil {
			return nil, err
		}
		items[i] = Item{Text: text, Replace: source.Span{Start: offset, End: offset}}
		if r := one.Range; r != nil {
			items[i].Replace, err = d.editor.encoding.Span(file, r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
			if err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// insertText is a text, or the text of a snippet.
func insertText(raw json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var snippet struct{ Value string }
	err := json.Unmarshal(raw, &snippet)
	return snippet.Value, err
}
