package lsp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// Rows 5 to 9 of the table of bad input: what is inside the frames.

func TestWhatIsNoMessage(t *testing.T) {
	const deep = 1_000_000
	tests := []struct {
		name, send string
		want       int // the code of an answer without an id
	}{
		{"half an object", `{"jsonrpc":"2.0"`, -32700},
		{"words", `hello`, -32700},
		{"white space", "  \r\n ", -32700},
		{"NUL", "\x00", -32700},
		{"a control character in a text", "{\"jsonrpc\":\"2.0\",\"method\":\"a\nb\"}", -32700},
		{"two objects", `{"jsonrpc":"2.0","method":"a"}{"jsonrpc":"2.0","method":"b"}`, -32700},
		{"a byte order mark", "\ufeff" + `{"jsonrpc":"2.0","method":"a"}`, -32700},
		{"UTF-16", "{\x00\"\x00j\x00", -32700},
		{"a million lists", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`, -32700},
		{"a million objects", strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep), -32700},
		{"a million lists without end", strings.Repeat("[", deep), -32700},
		{"a number", `1`, -32600},
		{"a text", `"initialize"`, -32600},
		{"null", `null`, -32600},
		{"an empty object", `{}`, -32600},
		{"a batch", `[{"jsonrpc":"2.0","id":1,"method":"infill/none"}]`, -32600},
		{"an empty batch", `[]`, -32600},
		{"another version", `{"jsonrpc":"1.0","id":1,"method":"infill/none"}`, -32600},
		{"no version", `{"id":1,"method":"infill/none"}`, -32600},
		{"a method that is no text", `{"jsonrpc":"2.0","id":1,"method":7}`, -32600},
		{"a request with a result", `{"jsonrpc":"2.0","id":1,"method":"a","result":1}`, -32600},
		{"an answer without a result", `{"jsonrpc":"2.0","id":1}`, -32600},
		{"an id that is a fraction", `{"jsonrpc":"2.0","id":1.5,"method":"infill/none"}`, -32600},
		{"an id with an exponent", `{"jsonrpc":"2.0","id":1e3,"method":"infill/none"}`, -32600},
		{"an id above 64 bits", `{"jsonrpc":"2.0","id":9223372036854775808,"method":"infill/none"}`, -32600},
		{"an id that is a list", `{"jsonrpc":"2.0","id":[1],"method":"infill/none"}`, -32600},
		{"an id that is true", `{"jsonrpc":"2.0","id":true,"method":"infill/none"}`, -32600},
		{"an id of 1 MB", `{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 1<<20) + `","method":"infill/none"}`, -32600},
		{"what only infill says to itself", `{"jsonrpc":"2.0","method":"infill/internal/skipped","params":"untitled:a"}`, -32600},
		{"the same as a request", `{"jsonrpc":"2.0","id":1,"method":"infill/internal/skipped","params":"untitled:a"}`, -32600},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(test.send)
				if code := code(w.Answer("null")); code != test.want {
					t.Errorf("answered with %d, want %d", code, test.want)
				}
				alive(t, w)
				for _, message := range w.Messages() {
					if len(message.ID) > 100 {
						t.Errorf("an answer repeats the long id")
					}
				}
			})
		})
	}
}

// TestWhatIsIgnored is no error, but nobody waits for an answer to it.
func TestWhatIsIgnored(t *testing.T) {
	tests := []struct{ name, send string }{
		{"a request whose id is null, which is a notification then", `{"jsonrpc":"2.0","id":null,"method":"infill/none"}`},
		{"an answer to nothing", `{"jsonrpc":"2.0","id":99,"result":null}`},
		{"an answer to nothing, with a text", `{"jsonrpc":"2.0","id":"x","result":null}`},
		{"an error about nothing", `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}`},
		{"9,000 lists, where nobody looks", `{"jsonrpc":"2.0","method":"$/unknown","params":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`},
		{"a method name of 1 MB", `{"jsonrpc":"2.0","method":"` + strings.Repeat("x", 1<<20) + `"}`},
		{"parameters of the wrong kind", `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":[1,2]}`},
		{"no parameters", `{"jsonrpc":"2.0","method":"textDocument/didOpen"}`},
		{"a document without a text", `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:a","languageId":"go","version":1,"text":5}}}`},
		{"a trace of another kind", `{"jsonrpc":"2.0","method":"$/setTrace","params":{"value":7}}`},
		{"no files", `{"jsonrpc":"2.0","method":"workspace/didChangeWatchedFiles","params":{"changes":null}}`},
		{"files that are none", `{"jsonrpc":"2.0","method":"workspace/didChangeWatchedFiles","params":{"changes":[{"uri":"%zz","type":1},{"uri":"","type":9}]}}`},
		{"folders that are none", `{"jsonrpc":"2.0","method":"workspace/didChangeWorkspaceFolders","params":{"event":{"added":[{"uri":"untitled:a","name":"a"}],"removed":[{"uri":"file:///none","name":"b"}]}}}`},
		{"settings of another kind", `{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":[1]}}`},
		{"no settings", `{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration"}`},
		{"a cancelled progress", `{"jsonrpc":"2.0","method":"window/workDoneProgress/cancel","params":{"token":"none"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				synctest.Wait()
				before := len(w.Frames())
				w.Send(test.send)
				synctest.Wait()
				for _, message := range w.Messages()[before:] {
					if message.ID != nil {
						t.Errorf("answered with %+v", message)
					}
				}
				alive(t, w)
			})
		})
	}
}

func TestRequestsWithWrongParameters(t *testing.T) {
	for _, params := range []string{``, `,"params":null`, `,"params":[]`, `,"params":"x"`, `,"params":{"textDocument":5}`, `,"params":{"textDocument":{"uri":"untitled:a"},"position":{"line":-1,"character":0}}`,
		`,"params":{"textDocument":{"uri":"untitled:a"},"position":{"line":4294967296,"character":0}}`, `,"params":{"textDocument":{"uri":"untitled:a"},"position":{"line":0.5,"character":0}}`,
		`,"params":{"textDocument":{"uri":"untitled:a"},"position":{"line":0,"character":0},"context":{"triggerKind":1,"selectedCompletionInfo":{"text":"x","range":{"start":{"line":5,"character":0},"end":{"line":0,"character":0}}}}}`} {
		t.Run(params, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(open("untitled:a", 1, "package a\n"))
				w.Send(`{"jsonrpc":"2.0","id":1,"method":"textDocument/inlineCompletion"` + params + `}`)
				if code := code(w.Answer("1")); code != -32602 {
					t.Errorf("answered with %d", code)
				}
				alive(t, w)
			})
		})
	}
}

// TestOneAnswerForEachID: a second request under an id that is under way is refused, and the first is answered all the
// same.
func TestOneAnswerForEachID(t *testing.T) {
	begun(t, lsptest.Options{Model: modeltest.New("~1s|x⏎")}, func(t *testing.T, w *lsptest.Wire) {
		w.Send(open("untitled:a", 1, "package a\n\nvar x = \n"))
		w.Send(complete("1", "untitled:a", 2, 8))
		w.Send(complete("1", "untitled:a", 2, 8))
		w.Send(`{"jsonrpc":"2.0","id":"1","method":"infill/none"}`) // another id
		if code := code(w.Answer("null")); code != -32600 {
			t.Errorf("the second was answered with %d", code)
		}
		if code := code(w.Answer(`"1"`)); code != -32601 {
			t.Errorf("the text was answered with %d", code)
		}
		if answer := w.Answer("1"); !strings.Contains(string(answer.Result), `"insertText":"x"`) {
			t.Errorf("the first was answered with %s", answer.Result)
		}
		alive(t, w)
	})
}

// TestBrokenCharacters are replaced, wherever a text comes in; what is around them stays.
func TestBrokenCharacters(t *testing.T) {
	tests := []struct{ name, piece, want string }{ // piece as it stands between quotes
		{"a byte that is no UTF-8", "\xff", "\ufffd"},
		{"a character cut short", "\xe4\xb8", "\ufffd"},
		{"a surrogate in UTF-8", "\xed\xa0\xbd", "\ufffd"},
		{"an overlong slash", "\xc0\xaf", "\ufffd"},
		{"half a pair, escaped", `\ud83d`, "\ufffd"},
		{"the other half", `\ude00`, "\ufffd"},
		{"the halves the wrong way round", `\ude00\ud83d`, "\ufffd\ufffd"},
		{"a whole pair", `\ud83d\ude00`, "😀"},
		{"NUL, escaped", `\u0000`, "\x00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				check := func(how, want string) {
					t.Helper()
					got, err := w.Text("untitled:a")
					if err != nil || !utf8.ValidString(got) {
						t.Errorf("%s: text %q, %v", how, got, err)
					}
					// How many replacement characters stand for several bytes is the decoder's affair.
					folded := got
					for strings.Contains(folded, "\ufffd\ufffd") {
						folded = strings.ReplaceAll(folded, "\ufffd\ufffd", "\ufffd")
					}
					if folded != strings.ReplaceAll(want, "\ufffd\ufffd", "\ufffd") {
						t.Errorf("%s: text %q, want %q", how, got, want)
					}
				}
				w.Send(strings.Replace(open("untitled:a", 1, "a@b"), "@", test.piece, 1))
				check("open", "a"+test.want+"b")
				w.Send(strings.Replace(change("untitled:a", 2, `{"text":"c@d"}`), "@", test.piece, 1))
				check("the whole text", "c"+test.want+"d")
				w.Send(strings.Replace(change("untitled:a", 3, edit(0, 0, 0, 0, "@")), "@", test.piece, 1))
				check("an edit", test.want+"c"+test.want+"d")
				w.Send(strings.Replace(`{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"untitled:a"},"text":"e@f"}}`, "@", test.piece, 1))
				check("a save", "e"+test.want+"f")
				alive(t, w)
			})
		})
	}
}

// TestAnswersAreUTF8 whatever comes in.
func TestAnswersAreUTF8(t *testing.T) {
	begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
		w.Send("{\"jsonrpc\":\"2.0\",\"id\":\"a\xffb\",\"method\":\"x\xffy\"}")
		w.Send("{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":\"untitled:\xff\",\"languageId\":\"\xff\",\"version\":1,\"text\":\"\"}}}")
		w.Send("{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"untitled:\xff\",\"version\":1},\"contentChanges\":[{\"range\":7}]}}")
		if code := code(w.Answer("null")); code != -32600 {
			t.Errorf("an id that is no UTF-8 was answered with %d", code)
		}
		alive(t, w)
		for _, frame := range w.Frames() {
			if !utf8.ValidString(frame) || !json.Valid([]byte(frame)) {
				t.Errorf("the server sent %q", frame)
			}
		}
	})
}
