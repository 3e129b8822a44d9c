package headless

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/infill-dev/infill/lsp/position"
)

// object is JSON that is written once and not read by us.
type object = map[string]any

// introduce is LSP's handshake.
func (e *Editor) introduce(ctx context.Context) error {
	if len(e.options.Encodings) == 0 {
		e.options.Encodings = []string{string(position.UTF8)}
	}
	params := object{
		"processId":    os.Getpid(),
		"clientInfo":   object{"name": "infill headless"},
		"rootUri":      nil,
		"capabilities": capabilities(e.options.Encodings),
	}
	if e.options.Root != "" {
		uri := position.URIFromPath(e.options.Root)
		params["rootUri"] = uri
		params["workspaceFolders"] = []object{{"uri": uri, "name": filepath.Base(e.options.Root)}}
	}
	if e.options.Settings != nil {
		params["initializationOptions"] = e.options.Settings
	}
	if e.options.Trace != "" {
		params["trace"] = e.options.Trace
	}
	if err := e.Call(ctx, "initialize", params, (*json.RawMessage)(&e.hello)); err != nil {
		return err
	}
	var hello struct {
		Capabilities struct {
			PositionEncoding position.Encoding `json:"positionEncoding"`
			TextDocumentSync json.RawMessage   `json:"textDocumentSync"`
		} `json:"capabilities"`
	}
	if err := json.Unmarshal(e.hello, &hello); err != nil {
		return err
	}
	e.encoding = hello.Capabilities.PositionEncoding
	if e.encoding == "" {
		e.encoding = position.UTF16 // what LSP says when the server says nothing
	}
	var sync struct {
		Save struct {
			IncludeText bool `json:"includeText"`
		} `json:"save"`
	}
	if json.Unmarshal(hello.Capabilities.TextDocumentSync, &sync) == nil { // it may be a bare number
		e.saveText = sync.Save.IncludeText
	}
	return e.Notify("initialized", object{})
}

// capabilities are what this editor can do, as far as a server may ask.
func capabilities(encodings []string) object {
	dynamic, static := object{"dynamicRegistration": true}, object{"dynamicRegistration": false}
	return object{
		"general": object{"positionEncodings": encodings},
		"window":  object{"workDoneProgress": true},
		"workspace": object{"configuration": true, "workspaceFolders": true, "didChangeConfiguration": dynamic,
			"didChangeWatchedFiles": dynamic},
		"textDocument": object{"synchronization": object{"dynamicRegistration": false, "didSave": true}, "inlineCompletion": static},
	}
}
