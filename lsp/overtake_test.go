package lsp_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// leaver is a model that notes how many requests it had, how many were wanted at the same time, and how many were left by
// the client.
type leaver struct {
	*modeltest.Model
	left atomic.Int32

	mutex  sync.Mutex // guards what follows
	now    map[context.Context]bool
	wanted int
}

func (l *leaver) Generate(ctx context.Context, request model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		l.enter(ctx)
		defer l.leave(ctx)
		l.Model.Generate(ctx, request)(yield)
	}
}

func (l *leaver) enter(ctx context.Context) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.now == nil {
		l.now = map[context.Context]bool{}
	}
	l.now[ctx] = true
	wanted := 0
	for one := range l.now {
		if one.Err() == nil { // the others are on their way out
			wanted++
		}
	}
	l.wanted = max(l.wanted, wanted)
}

func (l *leaver) leave(ctx context.Context) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.now, ctx)
	if ctx.Err() != nil {
		l.left.Add(1)
	}
}

const twoFunctions = "package a\n\nvar y = \n\nvar z = \n"

func TestOvertaking(t *testing.T) {
	tests := []struct {
		name      string
		then      []string // what follows the request 1 in untitled:a, at the same moment
		overtaken bool
	}{
		{"a newer request", []string{complete("2", "untitled:a", 4, 8)}, true},
		{"an edit", []string{change("untitled:a", 2, edit(4, 8, 4, 8, "1"))}, true},
		{"an edit that is not taken", []string{change("untitled:a", 1, edit(4, 8, 4, 8, "1"))}, true},
		{"an edit of nothing", []string{change("untitled:a", 2, "")}, true},
		{"the whole text again", []string{open("untitled:a", 1, twoFunctions)}, true},
		{"a close", []string{`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"untitled:a"}}}`}, true},
		{"a request elsewhere", []string{complete("2", "untitled:b", 4, 8)}, false},
		{"an edit elsewhere", []string{change("untitled:b", 2, edit(4, 8, 4, 8, "1"))}, false},
		{"a close elsewhere", []string{`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"untitled:b"}}}`}, false},
		{"a save", []string{`{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"untitled:a"}}}`}, false},
		{"other settings", []string{`{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":{"items":2}}}`}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			model := &leaver{Model: modeltest.New("~1s|x⏎")}
			begun(t, lsptest.Options{Model: model}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(open("untitled:a", 1, twoFunctions))
				w.Send(open("untitled:b", 1, twoFunctions))
				synctest.Wait()
				began := time.Now()
				w.Send(complete("1", "untitled:a", 2, 8))
				synctest.Wait() // the model is writing
				for _, message := range test.then {
					w.Send(message)
				}
				answer := w.Answer("1")
				empty, took := string(answer.Result) == `{"items":[]}`, time.Since(began)
				if empty != test.overtaken || (took == 0) != test.overtaken {
					t.Errorf("request 1 was answered after %s with %s %+v", took, answer.Result, answer.Error)
				}
				if left := model.left.Load() > 0; left != test.overtaken {
					t.Errorf("the model was left: %v", left)
				}
				if len(test.then) == 1 && strings.Contains(test.then[0], `"id":2`) {
					if answer := w.Answer("2"); !strings.Contains(string(answer.Result), `"insertText":"x"`) {
						t.Errorf("request 2 was answered with %s %+v", answer.Result, answer.Error)
					}
				}
				alive(t, w)
			})
		})
	}
}

// TestCancelInTheEditor: an editor that gives up still gets the answer to what it asked, and asks again.
func TestCancelInTheEditor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := &leaver{Model: modeltest.New("~1s|x⏎")}
		pair := lsptest.Server(t, lsptest.Options{Model: model})
		pair.Ready()
		d := pair.Document("a.go", twoFunctions)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := pair.Complete(ctx, d, 19, headless.Ask{})
		var code *jsonrpc2.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &code) || code.Code != -32800 {
			t.Errorf("the cancelled request gave %v", err)
		}
		if model.left.Load() != 1 {
			t.Error("the model was not left")
		}
		items, err := pair.Complete(t.Context(), d, 19, headless.Ask{})
		if err != nil || len(items) != 1 || items[0] != (headless.Item{Text: "x", Replace: source.Span{Start: 19, End: 19}}) {
			t.Errorf("asked again: %v, %v", items, err)
		}
	})
}

// TestAnswersComeFromTheTextAtArrival: messages that come in one piece are taken in their order, whatever takes how
// long.
func TestAnswersComeFromTheTextAtArrival(t *testing.T) {
	model := modeltest.New("~1s|x⏎")
	begun(t, lsptest.Options{Model: model}, func(t *testing.T, w *lsptest.Wire) {
		var burst strings.Builder
		add := func(body string) { fmt.Fprintf(&burst, "Content-Length: %d\r\n\r\n%s", len(body), body) }
		add(open("untitled:a", 1, "package a\n\nvar word0 = \n"))
		for i := range 20 {
			line := fmt.Sprintf("var word%d = ", i+1)
			add(complete(fmt.Sprint(i+1), "untitled:a", 2, len(line)))
			add(change("untitled:a", i+2, edit(2, 0, 2, 99, line)))
		}
		add(complete("99", "untitled:a", 2, len("var word20 = ")))
		w.Type(burst.String())
		if answer := w.Answer("99"); !strings.Contains(string(answer.Result), `"insertText":"x","range":{"start":{"line":2,"character":13}`) {
			t.Errorf("the last was answered with %s", answer.Result)
		}
		for i := range 20 {
			if answer := w.Answer(fmt.Sprint(i + 1)); string(answer.Result) != `{"items":[]}` {
				t.Errorf("request %d was answered with %s", i+1, answer.Result)
			}
		}
		for _, request := range model.Requests() {
			if strings.Count(request.Prompt, "var word") != 1 {
				t.Errorf("a prompt mixes two texts: %s", request.Prompt)
			}
		}
		alive(t, w)
	})
}

// TestAStormOfRequests in one document leaves the model one at a time, and each is answered once.
func TestAStormOfRequests(t *testing.T) {
	const storm = 500
	model := &leaver{Model: modeltest.New("~1s|x⏎")}
	begun(t, lsptest.Options{Model: model}, func(t *testing.T, w *lsptest.Wire) {
		w.Send(open("untitled:a", 1, twoFunctions))
		for i := range storm {
			w.Send(complete(fmt.Sprint(i+1), "untitled:a", 2, 8))
		}
		for i := range storm {
			answer := w.Answer(fmt.Sprint(i + 1))
			if last := i == storm-1; last != strings.Contains(string(answer.Result), `"insertText":"x"`) || answer.Error != nil {
				t.Errorf("request %d was answered with %s %+v", i+1, answer.Result, answer.Error)
			}
		}
		if model.wanted != 1 {
			t.Errorf("%d requests were wanted of the model at the same time", model.wanted)
		}
		alive(t, w)
	})
}

// TestAClientThatDoesNotRead its answers does not stop the server from reading edits, and is left after a while.
func TestAClientThatDoesNotRead(t *testing.T) {
	// The pipe holds nothing, so the first notification of the server blocks its writer for good.
	synctest.Test(t, func(t *testing.T) {
		s := lsptest.Mute(t, lsptest.Options{Model: modeltest.New("x⏎")})
		s.Send(initialize)
		s.ReadOne()
		s.Send(initialized)
		synctest.Wait() // the server is telling of its status now, and nobody listens
		s.Send(open("untitled:a", 1, "package a"))
		for i := range 100 {
			s.Send(change("untitled:a", i+2, edit(0, 9, 0, 9, "a")))
		}
		synctest.Wait()
		if text, err := s.TextNow("untitled:a"); text != "package a"+strings.Repeat("a", 100) || err != nil {
			t.Errorf("the text is %q, %v", text, err)
		}
		began := time.Now()
		if err := s.Ended(); err == nil {
			t.Error("the server returned as if all was well")
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("the server waited for %s", took)
		}
	})
}
