package lsp

import (
	"context"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/lsp/session"
)

// inlineCompletion answers textDocument/inlineCompletion. Where there is nothing to say the list is empty: Neovim writes
// every error of this request into the user's log.
func (c *client) inlineCompletion(ctx context.Context, request message) (any, error) {
	var params inlineParams
	if err := decode(request, &params); err != nil {
		return nil, err
	}
	if !params.Position.known() {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "The position lacks a line or a character.")
	}
	key, _ := keyOf(params.TextDocument.URI)
	at, err := c.session.Place(key)
	if err != nil {
		c.config.Log.Warn("completion", "at", shorten(key), "problem", err.Error())
		return list(nil), nil
	}
	ask := session.Ask{Invoked: params.Context.TriggerKind == protocol.InlineCompletionTriggerKindInvoked}
	ask.Offset, _ = c.encoding.Offset(at.File, *params.Position.Line, *params.Position.Character)
	if chosen := params.Context.SelectedCompletionInfo; chosen != nil && chosen.Text != "" {
		span, _, err := chosen.Range.span(c.encoding, at.File)
		if err != nil {
			return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "The range of the selected completion does not fit: "+err.Error())
		}
		ask.Selected, ask.SelectedSpan = chosen.Text, span
	}
	request.release() // the place is taken: later edits may come in
	answer, err := c.session.Complete(ctx, at, ask)
	if err != nil {
		return nil, err
	}
	return c.items(at, answer), nil
}

func list(items []protocol.InlineCompletionItem) *protocol.InlineCompletionList {
	if items == nil {
		items = []protocol.InlineCompletionItem{}
	}
	return &protocol.InlineCompletionList{Items: items}
}

// items converts an answer, its ranges in the client's units. An item whose range would span lines is none for LSP.
func (c *client) items(at session.Place, answer completion.Answer) *protocol.InlineCompletionList {
	var items []protocol.InlineCompletionItem
	for _, item := range answer.Items {
		var where protocol.Range
		where.Start.Line, where.Start.Character = c.encoding.Position(at.File, item.Replace.Start)
		where.End.Line, where.End.Character = c.encoding.Position(at.File, item.Replace.End)
		if where.Start.Line == where.End.Line {
			items = append(items, protocol.InlineCompletionItem{InsertText: protocol.String(item.Text), Range: &where})
		}
	}
	return list(items)
}
