package headless_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/jsonrpc2"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp/position"
)

// talk runs a conversation of an editor with a scripted server, in virtual time, and gives the server when both have
// ended.
func talk(t *testing.T, units position.Encoding, options headless.Options, plan func(*server), say func(*testing.T, *headless.Editor)) *server {
	t.Helper()
	var s *server
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s = newServer(theirs, units)
		if plan != nil {
			plan(s)
		}
		go s.serve(t)
		editor, err := headless.Connect(t.Context(), ours, options)
		if err != nil {
			t.Fatal(err)
		}
		say(t, editor)
		if err := editor.Close(t.Context()); err != nil {
			t.Error(err)
		}
		<-s.closed
	})
	return s
}

func TestHandshake(t *testing.T) {
	options := headless.Options{Root: "/w", Encodings: []string{"utf-16"}, Settings: map[string]any{"items": 2}, Trace: "messages"}
	s := talk(t, position.UTF16, options, nil, func(t *testing.T, e *headless.Editor) {
		if e.Encoding() != position.UTF16 || !strings.Contains(string(e.Hello()), "positionEncoding") {
			t.Errorf("encoding %s, hello %s", e.Encoding(), e.Hello())
		}
	})
	if diff := cmp.Diff([]string{"initialize", "initialized", "shutdown", "exit"}, s.heard); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{`"rootUri":"file:///w"`, `"initializationOptions":{"items":2}`, `"positionEncodings":["utf-16"]`, `"trace":"messages"`} {
		if !strings.Contains(s.params["initialize"][0], part) {
			t.Errorf("initialize does not say %s: %s", part, s.params["initialize"][0])
		}
	}
}

func TestWhatTheServerAsks(t *testing.T) {
	options := headless.Options{Root: "/w", Configuration: map[string]any{"infill": map[string]any{"model": "m"}}}
	ask := func(s *server) {
		s.ask(1, "workspace/configuration", `{"items":[{"section":"infill"},{"section":"other"}]}`)
		s.ask(2, "client/registerCapability", `{"registrations":[{"id":"a","method":"workspace/didChangeWatchedFiles"}]}`)
		s.ask(3, "window/workDoneProgress/create", `{"token":7}`)
		s.ask(4, "workspace/workspaceFolders", ``)
		s.ask(5, "workspace/applyEdit", `{"edit":{}}`)
		s.ask(6, "workspace/configuration", `[]`)
	}
	s := talk(t, position.UTF8, options, func(s *server) { s.first = ask }, func(t *testing.T, e *headless.Editor) {
		synctest.Wait()
		if diff := cmp.Diff([]string{"workspace/didChangeWatchedFiles"}, e.Registered()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]headless.Progress{{Token: "7", Kind: "create"}}, e.Progress()); diff != "" {
			t.Error(diff)
		}
	})
	want := map[int64]string{1: `[{"model":"m"},null]`, 2: "null", 3: "null", 4: `[{"name":"w","uri":"file:///w"}]`,
		5: "an editor without a screen has no workspace/applyEdit", 6: "json:"}
	for number, text := range want {
		if !strings.Contains(s.answers[number], text) {
			t.Errorf("answer %d is %q, want %q", number, s.answers[number], text)
		}
	}
}

func TestWhatTheServerTells(t *testing.T) {
	var seen []string
	var statuses []headless.Status
	options := headless.Options{OnNotification: func(method string, _ []byte) { seen = append(seen, method) },
		OnStatus: func(s headless.Status) { statuses = append(statuses, s) }}
	tell := func(s *server) {
		go func() { // later than the handshake
			time.Sleep(time.Second)
			s.tell("infill/status", `{"kind":"indexing","message":"Indexing, 3 %","percent":3}`)
			s.tell("window/logMessage", `{"type":2,"message":"careful"}`)
			s.tell("$/progress", `{"token":"infill/1","value":{"kind":"begin","title":"Indexing","percentage":3}}`)
			s.tell("$/unknown", ``)
			time.Sleep(time.Second)
			s.tell("infill/status", `{"kind":"loading","message":"Loading"}`)
			s.tell("infill/status", `[]`)
			time.Sleep(time.Hour)
			s.tell("infill/status", `{"kind":"problem","message":"No model.","model":""}`)
		}()
	}
	talk(t, position.UTF8, options, func(s *server) { s.first = tell }, func(t *testing.T, e *headless.Editor) {
		began := time.Now()
		status, err := e.WaitReady(t.Context())
		if err != nil || status.Message != "No model." || time.Since(began) != time.Hour+2*time.Second {
			t.Errorf("ready with %+v after %s: %v", status, time.Since(began), err)
		}
		three := 3
		if diff := cmp.Diff([]headless.Progress{{Token: "infill/1", Kind: "begin", Title: "Indexing", Percentage: &three}}, e.Progress()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]headless.Log{{Type: 2, Message: "careful"}}, e.Logs()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(e.Statuses(), statuses); diff != "" || len(statuses) != 3 {
			t.Errorf("%d statuses: %s", len(statuses), diff)
		}
	})
	if want := 7; len(seen) != want {
		t.Errorf("saw %d notifications, want %d: %v", len(seen), want, seen)
	}
}

func TestWaitReadyEnds(t *testing.T) {
	talk(t, position.UTF8, headless.Options{}, nil, func(t *testing.T, e *headless.Editor) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := e.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
	})
}

func TestComplete(t *testing.T) {
	const text = "a🙂\nb(x)\n"
	tests := []struct {
		name, answer string
		want         []headless.Item
	}{
		{"nothing", `null`, []headless.Item{}},
		{"an empty list", `{"items":[]}`, []headless.Item{}},
		{"a list with a range", `{"items":[{"insertText":"y","range":{"start":{"line":1,"character":2},"end":{"line":1,"character":3}}}]}`,
			[]headless.Item{{Text: "y", Replace: source.Span{Start: 8, End: 9}}}},
		{"a range behind a wide character", `[{"insertText":"y","range":{"start":{"line":0,"character":1},"end":{"line":0,"character":3}}}]`,
			[]headless.Item{{Text: "y", Replace: source.Span{Start: 1, End: 5}}}},
		{"without a range", `[{"insertText":"y"},{"insertText":{"kind":"snippet","value":"z"}}]`,
			[]headless.Item{{Text: "y", Replace: source.Span{Start: 5, End: 5}}, {Text: "z", Replace: source.Span{Start: 5, End: 5}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan := func(s *server) { s.replies["textDocument/inlineCompletion"] = reply{result: test.answer} }
			s := talk(t, position.UTF16, headless.Options{Root: "/w"}, plan, func(t *testing.T, e *headless.Editor) {
				d, err := e.Open("a b.go", "go", text)
				if err != nil {
					t.Fatal(err)
				}
				ask := headless.Ask{Invoked: true, Selected: "x", SelectedSpan: source.Span{Start: 8, End: 9}}
				items, err := e.Complete(t.Context(), d, 5, ask)
				if diff := cmp.Diff(test.want, items); diff != "" || err != nil {
					t.Errorf("%v\n%s", err, diff)
				}
			})
			for _, part := range []string{`"uri":"file:///w/a%20b.go"`, `"position":{"character":3,"line":0}`, `"triggerKind":1`,
				`"range":{"end":{"character":3,"line":1},"start":{"character":2,"line":1}}`} {
				if got := s.params["textDocument/inlineCompletion"][0]; !strings.Contains(got, part) {
					t.Errorf("the request does not say %s: %s", part, got)
				}
			}
		})
	}
}

func TestCancelledRequestIsStillAnswered(t *testing.T) {
	plan := func(s *server) { s.replies["textDocument/inlineCompletion"] = reply{silent: true} }
	s := talk(t, position.UTF8, headless.Options{}, plan, func(t *testing.T, e *headless.Editor) {
		d, err := e.OpenURI("untitled:Untitled-1", "go", "x")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = e.Complete(ctx, d, 1, headless.Ask{})
		var code *jsonrpc2.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &code) || code.Code != -32800 {
			t.Errorf("the cancelled request ended with %v", err)
		}
	})
	if got := s.params["$/cancelRequest"]; len(got) != 1 || got[0] != `{"id":2}` {
		t.Errorf("cancelled %v", got)
	}
}

func TestAnErrorIsTold(t *testing.T) {
	talk(t, position.UTF8, headless.Options{}, nil, func(t *testing.T, e *headless.Editor) {
		var code *jsonrpc2.Error
		if err := e.Call(t.Context(), "no/such", nil, nil); !errors.As(err, &code) || code.Code != jsonrpc2.MethodNotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestEditsThatDoNotFit(t *testing.T) {
	s := talk(t, position.UTF16, headless.Options{}, nil, func(t *testing.T, e *headless.Editor) {
		d, err := e.OpenURI("untitled:a", "go", "a🙂b")
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range []source.Span{{Start: 2, End: 5}, {Start: 1, End: 3}, {Start: -1, End: 0}, {Start: 5, End: 4}, {Start: 0, End: 99}} {
			if err := d.Edit(source.Edit{Span: source.Span{}, New: "x"}, source.Edit{Span: span}); err == nil || d.Text() != "a🙂b" {
				t.Errorf("%v: %v, text %q", span, err, d.Text())
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := errors.Join(d.Edit(), d.Save()); err == nil {
			t.Error("a closed document was edited")
		}
	})
	if got := s.params["textDocument/didChange"]; len(got) != 0 {
		t.Errorf("the server was told of %v", got)
	}
}

// TestBothHoldTheSameText types at random, in texts whose line endings and characters are awkward, and compares the
// editor's text with the one that the server makes of the ranges.
func TestBothHoldTheSameText(t *testing.T) {
	pieces := []string{"a", "é", "世", "🙂", "\n", "\r\n", "\r", "\u2028", "\ufeffb", "\t", "\xff", "x\xed\xa0\xbdy"}
	for _, units := range []position.Encoding{position.UTF8, position.UTF16, position.UTF32} {
		t.Run(string(units), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			text := func(n int) string {
				var b strings.Builder
				for range n {
					b.WriteString(pieces[random.IntN(len(pieces))])
				}
				return b.String()
			}
			for round := range 30 {
				var typed string
				s := talk(t, units, headless.Options{}, nil, func(t *testing.T, e *headless.Editor) {
					d, err := e.OpenURI("untitled:a", "go", text(40))
					if err != nil {
						t.Fatal(err)
					}
					for range 60 {
						edits := randomEdits(random, d.Text(), text)
						if err := d.Edit(edits...); err != nil {
							t.Fatalf("round %d: %v", round, err)
						}
					}
					typed = d.Text()
				})
				if got := s.texts["untitled:a"].Text(); got != typed {
					t.Fatalf("round %d: the server has %q, the editor %q", round, got, typed)
				}
			}
		})
	}
}

// randomEdits are one to three edits, each in the text that the one before it left.
func randomEdits(random *rand.Rand, text string, piece func(int) string) []source.Edit {
	edits := make([]source.Edit, 1+random.IntN(3))
	for i := range edits {
		starts := []int{len(text)}
		for at := range text {
			starts = append(starts, at)
		}
		span := source.Span{Start: starts[random.IntN(len(starts))], End: starts[random.IntN(len(starts))]}
		if span.Start > span.End {
			span.Start, span.End = span.End, span.Start
		}
		edits[i] = source.Edit{Span: span, New: strings.ToValidUTF8(piece(random.IntN(4)), "\ufffd")}
		text = text[:span.Start] + edits[i].New + text[span.End:]
	}
	return edits
}

func TestSaveWritesTheFile(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	s := talk(t, position.UTF8, headless.Options{Root: root}, nil, func(t *testing.T, e *headless.Editor) {
		for _, name := range []source.Path{"new/a.go", "link/b.go", "../c.go"} {
			d, err := e.Open(name, "go", "package a\n")
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Save(); (err != nil) != strings.HasPrefix(string(name), "link") {
				t.Errorf("save %s: %v", name, err)
			}
		}
	})
	if got := s.params["textDocument/didSave"]; len(got) != 2 || !strings.Contains(got[0], `"text":"package a\n"`) {
		t.Errorf("the server was told of %v", got)
	}
	written, err := os.ReadFile(filepath.Join(root, "new", "a.go"))
	if string(written) != "package a\n" {
		t.Errorf("the file holds %q: %v", written, err)
	}
	for _, folder := range []string{outside, filepath.Dir(root)} {
		if found, _ := filepath.Glob(filepath.Join(folder, "*.go")); len(found) > 0 {
			t.Errorf("wrote %v", found)
		}
	}
}

// TestAServerThatIsGoneOrHangs must not hold the editor up.
func TestAServerThatIsGoneOrHangs(t *testing.T) {
	t.Run("it leaves at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			go theirs.Close()
			if _, err := headless.Connect(t.Context(), ours, headless.Options{}); err == nil {
				t.Error("connected to nobody")
			}
		})
	})
	t.Run("it never answers initialize", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			s := newServer(theirs, position.UTF8)
			s.replies["initialize"] = reply{silent: true}
			go s.serve(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := headless.Connect(ctx, ours, headless.Options{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
		})
	})
	t.Run("it leaves before it answers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			s := newServer(theirs, position.UTF8)
			s.replies["slow"] = reply{silent: true}
			go s.serve(t)
			e, err := headless.Connect(t.Context(), ours, headless.Options{})
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				time.Sleep(time.Second)
				theirs.Close()
			}()
			if err := e.Call(t.Context(), "slow", nil, nil); err == nil {
				t.Error("got an answer")
			}
			if _, err := e.WaitReady(t.Context()); err == nil {
				t.Error("ready without a server")
			}
			if err := e.Close(t.Context()); err == nil {
				t.Error("took leave of nobody")
			}
		})
	})
	t.Run("it never answers shutdown", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			s := newServer(theirs, position.UTF8)
			s.replies["shutdown"] = reply{silent: true}
			go s.serve(t)
			e, err := headless.Connect(t.Context(), ours, headless.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := e.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
			e.Kill()
		})
	})
	t.Run("it answers twice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			s := newServer(theirs, position.UTF8)
			s.first = func(s *server) {
				s.write(jsonrpc2.NewResponse(jsonrpc2.NewNumberID(1), jsonrpc2.RawMessage("null"), nil))
			}
			go s.serve(t)
			e, err := headless.Connect(t.Context(), ours, headless.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 answers") {
				t.Errorf("closed with %v", err)
			}
		})
	})
}

// TestMain makes the test program a scripted server over stdio when it is asked to.
func TestMain(m *testing.M) {
	switch os.Getenv("INFILL_HEADLESS_SERVER") {
	case "":
		os.Exit(m.Run())
	case "broken":
		fmt.Fprintln(os.Stderr, "no such flag")
		os.Exit(2)
	case "hangs":
		s := newServer(stdio{}, position.UTF8)
		s.replies["shutdown"] = reply{silent: true}
		s.serve(new(testing.T))
	case "fails":
		newServer(stdio{}, position.UTF8).serve(new(testing.T))
		os.Exit(1)
	default:
		newServer(stdio{}, position.UTF8).serve(new(testing.T))
	}
}

type stdio struct{}

func (stdio) Read(p []byte) (int, error)  { return os.Stdin.Read(p) }
func (stdio) Write(p []byte) (int, error) { return os.Stdout.Write(p) }
func (stdio) Close() error                { return os.Stdout.Close() }

func TestStart(t *testing.T) {
	start := func(mode string, stderr *strings.Builder) (*headless.Editor, error) {
		command := exec.Command(os.Args[0])
		command.Env = append(slices.Clone(os.Environ()), "INFILL_HEADLESS_SERVER="+mode)
		return headless.Start(t.Context(), command, headless.Options{Stderr: stderr})
	}
	t.Run("it leaves well", func(t *testing.T) {
		e, err := start("well", &strings.Builder{})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("its exit code is told", func(t *testing.T) {
		e, err := start("fails", &strings.Builder{})
		if err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := e.Close(t.Context()); !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("closed with %v", err)
		}
	})
	t.Run("it does not start", func(t *testing.T) {
		var stderr strings.Builder
		_, err := start("broken", &stderr)
		if err == nil || stderr.String() != "no such flag\n" {
			t.Errorf("started; %v; %q", err, stderr.String())
		}
	})
	t.Run("it hangs and is killed", func(t *testing.T) {
		e, err := start("hangs", &strings.Builder{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := e.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v", err)
		}
	})
}
