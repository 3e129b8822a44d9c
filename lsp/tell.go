package lsp

import (
	"context"
	"encoding/json"
	"fmt"

	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/lsp/session"
)

// status is the parameter of the one notification of our own, infill/status.
type status struct {
	Kind    string `json:"kind"` // "indexing", "loading", "ready" or "problem"
	Message string `json:"message"`
	Percent *int   `json:"percent,omitempty"` // of "indexing"
	Model   string `json:"model,omitempty"`
}

// tell tells the client of an event of the session. It may block; the session calls it from one goroutine.
func (c *client) tell(ctx context.Context, event session.Event) {
	switch event := event.(type) {
	case session.Warning:
		c.warn(ctx, event.Sentence)
	case session.Status:
		params := status{Kind: string(event.Kind), Message: event.Message, Model: event.Model}
		if event.Kind == session.Indexing {
			params.Percent = &event.Percent
		} else {
			c.log(ctx, levels[event.Kind], event.Message)
		}
		c.notify(ctx, "infill/status", params)
	case session.Progress:
		c.tellProgress(ctx, event)
	case session.Completed:
		c.tellTrace(ctx, event.Trace)
	}
}

var levels = map[session.Kind]protocol.MessageType{session.Problem: protocol.MessageTypeWarning, session.Ready: protocol.MessageTypeInfo,
	session.Loading: protocol.MessageTypeInfo}

// notify sends a notification. One that cannot be sent is of no interest: the client is gone.
func (c *client) notify(ctx context.Context, method string, params any) {
	raw, err := json.Marshal(params)
	if err != nil {
		c.config.Log.Error("notify", "method", method, "problem", err.Error())
		return
	}
	if err := c.rpc.Notify(ctx, method, json.RawMessage(raw)); err != nil {
		c.config.Log.Debug("notify", "method", method, "problem", err.Error())
	}
}

func (c *client) warn(ctx context.Context, sentence string) {
	c.log(ctx, protocol.MessageTypeWarning, sentence)
}

// log writes into the client's log, never a pop-up.
func (c *client) log(ctx context.Context, level protocol.MessageType, sentence string) {
	c.notify(ctx, "window/logMessage", map[string]any{"type": level, "message": sentence})
}

// tellProgress shows a long work, where the client can. A client that refuses to is not asked again for this work: the
// token is empty then.
func (c *client) tellProgress(ctx context.Context, event session.Progress) {
	if !c.able.progress {
		return
	}
	token, running := c.progress[event.Work]
	kind := "report"
	switch {
	case event.Done && !running:
		return
	case event.Done:
		delete(c.progress, event.Work)
		kind = "end"
	case !running:
		token = c.newProgress(ctx)
		c.progress[event.Work] = token
		kind = "begin"
	}
	if token != "" {
		c.notifyProgress(ctx, token, kind, event)
	}
}

// newProgress asks the client for a place to show progress; empty when it refuses.
func (c *client) newProgress(ctx context.Context) string {
	if c.progress == nil {
		c.progress = map[string]string{}
	}
	c.tokens++
	token := fmt.Sprintf("infill/%d", c.tokens)
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if _, err := c.rpc.Call(ctx, "window/workDoneProgress/create", json.RawMessage(`{"token":"`+token+`"}`), nil); err != nil {
		return ""
	}
	return token
}

func (c *client) notifyProgress(ctx context.Context, token, kind string, event session.Progress) {
	value := map[string]any{"kind": kind}
	if event.Message != "" {
		value["message"] = event.Message
	}
	if kind == "begin" {
		value["title"], value["cancellable"] = event.Title, false
	}
	if event.Percent >= 0 && kind != "end" {
		value["percentage"] = event.Percent
	}
	c.notify(ctx, "$/progress", map[string]any{"token": token, "value": value})
}

// tellTrace sends the story of a request to a client that has asked for traces.
func (c *client) tellTrace(ctx context.Context, t *trace.Trace) {
	c.mutex.Lock()
	wanted := c.trace
	c.mutex.Unlock()
	if wanted == protocol.TraceValueOff || wanted == "" {
		return
	}
	message := fmt.Sprintf("%s:%d:%d %s in %s", t.Path, t.Line, t.Column, t.Engine, t.Total)
	if t.Silence != "" {
		message = fmt.Sprintf("%s:%d:%d silent: %s", t.Path, t.Line, t.Column, t.Silence)
	}
	params := map[string]any{"message": message}
	if wanted == protocol.TraceValueVerbose {
		if raw, err := json.Marshal(t); err == nil {
			params["verbose"] = string(raw)
		}
	}
	c.notify(ctx, "$/logTrace", params)
}
