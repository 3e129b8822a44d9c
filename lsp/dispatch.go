package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// message is a request or a notification on its way. release lets the reading goroutine go on with the next one; what
// follows then runs beside it.
type message struct {
	*jsonrpc2.Request
	release func()
}

// method answers a request or takes a notification. For a notification the result and the error are only logged.
type method func(c *client, ctx context.Context, request message) (any, error)

// methods is what a client may call once it is initialized. Methods that begin with "$/" and are not here are ignored,
// as LSP asks; other requests are answered by "method not found".
var methods = map[string]method{
	"initialized":                         (*client).ready,
	"shutdown":                            (*client).shutdown,
	"textDocument/didOpen":                (*client).didOpen,
	"textDocument/didChange":              (*client).didChange,
	"textDocument/didSave":                (*client).didSave,
	"textDocument/didClose":               (*client).didClose,
	"textDocument/inlineCompletion":       (*client).inlineCompletion,
	"workspace/didChangeConfiguration":    (*client).didChangeConfiguration,
	"workspace/didChangeWatchedFiles":     (*client).didChangeWatchedFiles,
	"workspace/didChangeWorkspaceFolders": (*client).didChangeWorkspaceFolders,
	"window/workDoneProgress/cancel":      (*client).ignore,
	"$/setTrace":                          (*client).setTrace,
	skippedMethod:                         (*client).skipped,
}

// Error codes of LSP beside those of JSON-RPC.
const (
	notInitialized   jsonrpc2.Code = -32002
	requestCancelled jsonrpc2.Code = -32800
)

// handle is where every message arrives, on the reading goroutine. The library's context is recycled when handle
// returns, while the standard library may still look at a parent then; so requests live on the client's own.
func (c *client) handle(pooled context.Context, received *jsonrpc2.Request) (any, error) {
	request := message{received, func() { jsonrpc2.Async(pooled) }}
	if !request.IsCall() {
		c.config.Host.Guard("notification "+request.Method(), func() { c.notified(c.life, request) })
		return nil, nil // an error would end the connection
	}
	id := request.ID()
	defer c.stream.finished(id)
	ctx, cancel := context.WithCancel(c.life)
	defer cancel()
	key := fmt.Sprintf("%q", id)
	c.mutex.Lock()
	c.cancels[key] = cancel
	c.mutex.Unlock()
	defer func() {
		c.mutex.Lock()
		delete(c.cancels, key)
		c.mutex.Unlock()
	}()
	name := request.Method()
	var result any
	var err error
	if !c.config.Host.Guard("request "+name, func() { result, err = c.asked(ctx, request) }) {
		return nil, jsonrpc2.NewError(jsonrpc2.InternalError, "The request failed in infill itself; the log tells more.")
	}
	return result, wireError(err)
}

// wireError gives an error the code that LSP has for it.
func wireError(err error) error {
	var coded *jsonrpc2.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return coded
	case errors.Is(err, context.Canceled):
		return jsonrpc2.NewError(requestCancelled, "The request was cancelled.")
	}
	return jsonrpc2.NewError(jsonrpc2.InternalError, err.Error())
}

// asked answers a request.
func (c *client) asked(ctx context.Context, request message) (any, error) {
	name := request.Method()
	switch {
	case name == "initialize":
		return c.initialize(request)
	case !c.initialized:
		return nil, jsonrpc2.NewError(notInitialized, "The first request must be initialize.")
	case c.shut:
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "The server was shut down.")
	}
	answer, known := methods[name]
	if !known {
		return nil, jsonrpc2.NewError(jsonrpc2.MethodNotFound, "There is no method "+strconv.Quote(shorten(name))+".")
	}
	return answer(c, ctx, request)
}

// notified takes a notification.
func (c *client) notified(ctx context.Context, request message) {
	name := request.Method()
	switch {
	case name == "exit":
		c.exited = true
		c.stream.end()
		return
	case name == "$/cancelRequest":
		c.cancel(request.Params())
		return
	case !c.initialized || c.shut:
		return // LSP: dropped
	}
	take, known := methods[name]
	if !known {
		c.config.Log.Debug("ignored", "method", shorten(name))
		return
	}
	if _, err := take(c, ctx, request); err != nil {
		c.config.Log.Warn("notification", "method", name, "problem", err.Error())
	}
}

// cancel ends a request by its id, a number or a text; anything else ends nothing.
func (c *client) cancel(params []byte) {
	var given struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(params, &given) != nil || len(given.ID) == 0 {
		return
	}
	key := "#" + string(given.ID)
	var text string
	if json.Unmarshal(given.ID, &text) == nil && given.ID[0] == '"' {
		key = strconv.Quote(text)
	}
	c.mutex.Lock()
	end := c.cancels[key]
	c.mutex.Unlock()
	if end != nil {
		end()
	}
}

// decode reads the parameters of a message.
func decode(request message, into any) error {
	if len(request.Params()) == 0 {
		return jsonrpc2.NewError(jsonrpc2.InvalidParams, "The parameters are missing.")
	}
	if err := protocol.Unmarshal(request.Params(), into); err != nil {
		return jsonrpc2.NewError(jsonrpc2.InvalidParams, "The parameters do not fit: "+shorten(err.Error()))
	}
	return nil
}

// shorten keeps what a client made very long out of logs and answers.
func shorten(text string) string {
	if len(text) > 200 {
		return text[:197] + "..."
	}
	return text
}

func (c *client) ignore(context.Context, message) (any, error) { return nil, nil }

func (c *client) shutdown(context.Context, message) (any, error) {
	c.shut = true
	return nil, nil
}

func (c *client) setTrace(_ context.Context, request message) (any, error) {
	var params protocol.SetTraceParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	c.mutex.Lock()
	c.trace = params.Value
	c.mutex.Unlock()
	return nil, nil
}
