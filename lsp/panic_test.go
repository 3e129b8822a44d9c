package lsp_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// bomb is a model that panics.
type bomb struct{ *modeltest.Model }

func (bomb) Generate(context.Context, model.Request) iter.Seq2[model.Chunk, error] {
	return func(func(model.Chunk, error) bool) { panic("bomb") }
}

// TestPanics cost the request or the notification in which they happen, and are told.
func TestPanics(t *testing.T) {
	var told atomic.Int32
	options := lsptest.Options{Panicked: func(string, any) { told.Add(1) }, Connect: func(s settings.Settings) completion.Model {
		if s.Model == "bomb" {
			panic("bomb")
		}
		return modeltest.New("x⏎")
	}}
	begun(t, options, func(t *testing.T, w *lsptest.Wire) {
		set := func(name string) {
			w.Send(`{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":{"infill":{"model":"` + name + `"}}}}`)
		}
		w.Send(open("untitled:a", 1, twoFunctions))
		set("bomb")
		alive(t, w)
		if n := told.Load(); n != 1 {
			t.Errorf("%d panics were told", n)
		}
		completes(t, w, "1", "untitled:a", 2, 8)
		set("")
		completes(t, w, "2", "untitled:a", 2, 8)
		w.Send(change("untitled:a", 2, edit(0, 0, 0, 0, "// ")))
		if text, err := w.Text("untitled:a"); text != "// "+twoFunctions || err != nil {
			t.Errorf("the text is %q, %v", text, err)
		}
	})
}

// TestAPanicInARequest is answered with an internal error, and the next request is served.
func TestAPanicInARequest(t *testing.T) {
	var told atomic.Int32
	b := bomb{modeltest.New()}
	begun(t, lsptest.Options{Model: b, Panicked: func(string, any) { told.Add(1) }}, func(t *testing.T, w *lsptest.Wire) {
		w.Send(open("untitled:a", 1, twoFunctions))
		for _, id := range []string{"1", "2"} {
			w.Send(complete(id, "untitled:a", 2, 8))
			if code := code(w.Answer(id)); code != -32603 {
				t.Errorf("a request that panicked was answered with %d", code)
			}
		}
		if n := told.Load(); n != 2 {
			t.Errorf("%d panics were told", n)
		}
		alive(t, w)
	})
}
