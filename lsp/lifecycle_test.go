package lsp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/lsp"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// The usual beginning of a conversation by hand.
const (
	initialize  = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}`
	initialized = `{"jsonrpc":"2.0","method":"initialized","params":{}}`
	shutdown    = `{"jsonrpc":"2.0","id":"bye","method":"shutdown"}`
	exit        = `{"jsonrpc":"2.0","method":"exit"}`
)

// byHand runs a conversation that is written by hand, in virtual time.
func byHand(t *testing.T, options lsptest.Options, say func(*testing.T, *lsptest.Wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { say(t, lsptest.Raw(t, options)) })
}

// begun is byHand behind the handshake.
func begun(t *testing.T, options lsptest.Options, say func(*testing.T, *lsptest.Wire)) {
	t.Helper()
	byHand(t, options, func(t *testing.T, w *lsptest.Wire) {
		w.Send(initialize)
		w.Answer("0")
		w.Send(initialized)
		say(t, w)
	})
}

// alive fails the test when the server does not answer any more, and counts the answers to each request: one.
func alive(t *testing.T, w *lsptest.Wire) {
	t.Helper()
	w.Send(`{"jsonrpc":"2.0","id":"alive?","method":"infill/none"}`)
	if code := code(w.Answer(`"alive?"`)); code != -32601 {
		t.Errorf("the ping was answered with %d", code)
	}
	answers := map[string]int{}
	for _, message := range w.Messages() {
		if id := string(message.ID); message.Method == "" && id != "null" {
			if answers[id]++; answers[id] == 2 {
				t.Errorf("request %s was answered twice: %v", id, w.Frames())
			}
		}
	}
}

// code is the error code of an answer, 0 for a result.
func code(answer lsptest.Message) int {
	if answer.Error == nil {
		return 0
	}
	return answer.Error.Code
}

func TestLifecycle(t *testing.T) {
	const ping = `{"jsonrpc":"2.0","id":7,"method":"infill/none"}`
	tests := []struct {
		name string
		send []string
		want map[string]int // error codes by id
		end  error
	}{
		{"a request before initialize", []string{ping, initialize, initialized, shutdown, exit}, map[string]int{"7": -32002, "0": 0, `"bye"`: 0}, nil},
		{"initialize twice", []string{initialize, strings.Replace(initialize, `"id":0`, `"id":1`, 1), shutdown, exit}, map[string]int{"0": 0, "1": -32600, `"bye"`: 0}, nil},
		{"initialize without parameters", []string{`{"jsonrpc":"2.0","id":1,"method":"initialize"}`, initialize, shutdown, exit}, map[string]int{"1": -32602, "0": 0}, nil},
		{"a request after shutdown", []string{initialize, shutdown, ping, `{"jsonrpc":"2.0","id":8,"method":"textDocument/inlineCompletion","params":{}}`,
			`{"jsonrpc":"2.0","id":9,"method":"initialize","params":{}}`, `{"jsonrpc":"2.0","id":10,"method":"shutdown"}`, exit},
			map[string]int{`"bye"`: 0, "7": -32600, "8": -32600, "9": -32600, "10": -32600}, nil},
		{"a notification after shutdown", []string{initialize, shutdown, `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{}}`, exit}, map[string]int{`"bye"`: 0}, nil},
		{"shutdown with null, exit with null", []string{initialize, `{"jsonrpc":"2.0","id":1,"method":"shutdown","params":null}`, `{"jsonrpc":"2.0","method":"exit","params":null}`}, map[string]int{"1": 0}, nil},
		{"shutdown with {}, exit with {}", []string{initialize, `{"jsonrpc":"2.0","id":1,"method":"shutdown","params":{}}`, `{"jsonrpc":"2.0","method":"exit","params":{}}`}, map[string]int{"1": 0}, nil},
		{"shutdown with [], exit with []", []string{initialize, `{"jsonrpc":"2.0","id":1,"method":"shutdown","params":[]}`, `{"jsonrpc":"2.0","method":"exit","params":[]}`}, map[string]int{"1": 0}, nil},
		{"initialized without parameters", []string{initialize, `{"jsonrpc":"2.0","method":"initialized"}`, ping, shutdown, exit}, map[string]int{"7": -32601}, nil},
		{"initialized with null", []string{initialize, `{"jsonrpc":"2.0","method":"initialized","params":null}`, ping, shutdown, exit}, map[string]int{"7": -32601}, nil},
		{"initialized before initialize", []string{initialized, initialize, ping, shutdown, exit}, map[string]int{"0": 0, "7": -32601}, nil},
		{"exit without shutdown", []string{initialize, initialized, exit}, map[string]int{"0": 0}, lsp.ErrNoShutdown},
		{"exit at once", []string{exit}, nil, lsp.ErrNoShutdown},
		{"unknown notifications", []string{initialize, `{"jsonrpc":"2.0","method":"$/unknown","params":{"a":1}}`, `{"jsonrpc":"2.0","method":"textDocument/didFocus"}`, ping, shutdown, exit}, map[string]int{"7": -32601}, nil},
		{"unknown requests", []string{initialize, `{"jsonrpc":"2.0","id":1,"method":"$/unknown","params":{"a":1}}`, `{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":[1]}`, shutdown, exit}, map[string]int{"1": -32601, "2": -32601}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			byHand(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				for _, message := range test.send {
					w.Send(message)
				}
				if err := w.Ended(); !errors.Is(err, test.end) {
					t.Errorf("the server returned %v, want %v", err, test.end)
				}
				got := map[string]int{}
				for _, message := range w.Messages() {
					if message.Method == "" {
						got[string(message.ID)] = code(message)
					}
				}
				for id, want := range test.want {
					if have, answered := got[id]; !answered || have != want {
						t.Errorf("request %s was answered with %d (%v), want %d", id, have, answered, want)
					}
				}
			})
		})
	}
}

func TestEndOfTheStream(t *testing.T) {
	tests := []struct{ name, send string }{
		{"before the first message", ""},
		{"inside a header", "Content-Le"},
		{"between header and body", "Content-Length: 10\r\n\r\n"},
		{"inside a body", "Content-Length: 10\r\n\r\n{\"json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			byHand(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				if test.send != "" {
					w.Type(test.send)
				}
				w.Close()
				if err := w.Ended(); err != nil {
					t.Errorf("the server returned %v", err)
				}
			})
		})
	}
}

// TestAClientThatVanishes leaves a request behind. The server does not outlive the patience that the request had.
func TestAClientThatVanishes(t *testing.T) {
	begun(t, lsptest.Options{Model: modeltest.New("!stall")}, func(t *testing.T, w *lsptest.Wire) {
		w.Send(open("file://"+w.Root+"/a.go", 1, "package a\n"))
		w.Send(complete("1", "file://"+w.Root+"/a.go", 0, 7))
		synctest.Wait()
		began := time.Now()
		w.Close()
		if err := w.Ended(); err != nil {
			t.Errorf("the server returned %v", err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("the server lived on for %s", took)
		}
	})
}

// TestExitDoesNotWaitForTheModel: nobody is there to read what a request in flight would be answered.
func TestExitDoesNotWaitForTheModel(t *testing.T) {
	begun(t, lsptest.Options{Model: modeltest.New("!stall")}, func(t *testing.T, w *lsptest.Wire) {
		w.Send(open("file://"+w.Root+"/a.go", 1, "package a\n"))
		w.Send(complete("1", "file://"+w.Root+"/a.go", 0, 7))
		synctest.Wait()
		began := time.Now()
		w.Send(shutdown)
		w.Send(exit)
		if err := w.Ended(); err != nil {
			t.Errorf("the server returned %v", err)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("exit took %s", took)
		}
	})
}

// TestAnInterruptIsObeyedAtOnce, whatever the server waits for: the model, or a client that does not read.
func TestAnInterruptIsObeyedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := lsptest.Mute(t, lsptest.Options{Model: modeltest.New("!stall")})
		w.Send(initialize)
		w.ReadOne()
		w.Send(initialized) // and nobody reads what the server tells then
		w.Send(open("untitled:a", 1, "package a\n"))
		w.Send(complete("1", "untitled:a", 0, 9))
		synctest.Wait()
		began := time.Now()
		w.Interrupt()
		if err := w.Ended(); err != nil {
			t.Errorf("the server returned %v", err)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s", took)
		}
	})
}

// open, change and complete are messages about a document.
func open(uri string, version int, text string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"go","version":%d,"text":%s}}}`, uri, version, quote(text))
}

func change(uri string, version int, changes string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[%s]}}`, uri, version, changes)
}

// edit is a change of a range.
func edit(fromLine, fromCharacter, toLine, toCharacter int, text string) string {
	return fmt.Sprintf(`{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%s}`, fromLine, fromCharacter, toLine, toCharacter, quote(text))
}

func complete(id, uri string, line, character int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":%q},"position":{"line":%d,"character":%d},"context":{"triggerKind":2}}}`, id, uri, line, character)
}

func TestRequestIDs(t *testing.T) {
	for _, id := range []string{"0", "1", "-1", "2147483648", "9007199254740993", "-9223372036854775808", `""`, `"a"`, `"1"`, `"ünï\"ß"`, `"#1"`} {
		t.Run(id, func(t *testing.T) {
			byHand(t, lsptest.Options{Model: modeltest.New("!stall")}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(strings.Replace(initialize, `"id":0`, `"id":"init"`, 1))
				w.Send(initialized)
				w.Send(`{"jsonrpc":"2.0","id":` + id + `,"method":"infill/none"}`)
				if code := code(w.Answer(id)); code != -32601 {
					t.Errorf("an unknown request got %d", code)
				}
				// The id is free again, and a request that is under way under it can be cancelled.
				w.Send(open("untitled:a", 1, "package a"))
				w.Send(complete(id, "untitled:a", 0, 7))
				synctest.Wait()
				w.Send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`)
				w.Wait("the answer to what was cancelled", func(m lsptest.Message) bool { return string(m.ID) == id && code(m) == -32800 })
				w.Send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`) // it is over
				w.Send(`{"jsonrpc":"2.0","id":"alive?","method":"infill/none"}`)
				w.Answer(`"alive?"`)
				answers := 0
				for _, message := range w.Messages() {
					if string(message.ID) == id && message.Method == "" {
						answers++
					}
				}
				if answers != 2 {
					t.Errorf("two requests had %d answers", answers)
				}
			})
		})
	}
}

func TestCancelsThatMeanNothing(t *testing.T) {
	for _, params := range []string{``, `,"params":null`, `,"params":{}`, `,"params":[]`, `,"params":{"id":null}`, `,"params":{"id":1.5}`,
		`,"params":{"id":{}}`, `,"params":{"id":99}`, `,"params":{"id":"1"}`, `,"params":{"id":1e400}`} {
		t.Run(params, func(t *testing.T) {
			begun(t, lsptest.Options{Model: modeltest.New("~1s|x⏎")}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(open("untitled:a", 1, "package a"))
				w.Send(complete("1", "untitled:a", 0, 9))
				w.Send(`{"jsonrpc":"2.0","method":"$/cancelRequest"` + params + `}`)
				if code := code(w.Answer("1")); code != 0 {
					t.Errorf("the request was answered with %d", code)
				}
				alive(t, w)
			})
		})
	}
}
