package lsp_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// Rows 1 to 4 and 17 of the table of bad input: frames.

// TestBrokenFrames end the connection, since nothing behind them can be trusted, and cost no memory.
func TestBrokenFrames(t *testing.T) {
	const ping = `{"jsonrpc":"2.0","id":1,"method":"infill/none"}`
	withHeader := func(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" + ping }
	tests := []struct{ name, send, want string }{
		{"length 0", withHeader("Content-Length: 0"), "not one positive number"},
		{"negative length", withHeader("Content-Length: -5"), "not one positive number"},
		{"length 10^30", withHeader("Content-Length: 1" + strings.Repeat("0", 30)), "not one positive number"},
		{"no length", withHeader("Content-Type: application/vscode-jsonrpc; charset=utf-8"), "without Content-Length"},
		{"length is a word", withHeader("Content-Length: many"), "not one positive number"},
		{"length is a fraction", withHeader("Content-Length: 47.0"), "not one positive number"},
		{"length is hexadecimal", withHeader("Content-Length: 0x2f"), "not one positive number"},
		{"empty length", withHeader("Content-Length:"), "not one positive number"},
		{"two lengths", withHeader("Content-Length: 47", "Content-Length: 48"), "not one positive number"},
		{"no colon", withHeader("Content-Length 47"), "without a colon"},
		{"no header at all", ping + "\n\n", "without Content-Length"},
		{"a line without end", strings.Repeat("x", 16<<10), "header line longer than 8192"},
		{"a header without end", strings.Repeat("X-Header: 1234567890\r\n", 4000), "header longer than 65536"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				synctest.Wait()
				spent := allocated(func() {
					_, _ = w.Write([]byte(test.send)) // the server may close before it has read all
					if err := w.Ended(); err == nil || !strings.Contains(err.Error(), test.want) {
						t.Errorf("the server returned %v, want %q", err, test.want)
					}
				})
				if spent > 256<<10 {
					t.Errorf("it cost %d bytes", spent)
				}
			})
		})
	}
}

// allocated is how many bytes work allocates, everything that runs beside it among them.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestUnusualFrames(t *testing.T) {
	const ping = `{"jsonrpc":"2.0","id":1,"method":"infill/none"}`
	tests := []struct{ name, send string }{
		{"lower case", fmt.Sprintf("content-length: %d\r\n\r\n%s", len(ping), ping)},
		{"lines that end in LF", fmt.Sprintf("Content-Length: %d\n\n%s", len(ping), ping)},
		{"a type, too", fmt.Sprintf("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", len(ping), ping)},
		{"the same length twice", fmt.Sprintf("Content-Length: %[1]d\r\nContent-Length: %[1]d\r\n\r\n%[2]s", len(ping), ping)},
		{"without a blank", fmt.Sprintf("Content-Length:%d\r\n\r\n%s", len(ping), ping)},
		{"white space around the body", fmt.Sprintf("Content-Length: %d\r\n\r\n \r\n%s\t\n", len(ping)+5, ping)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				for i := range len(test.send) { // a byte at a time
					w.Type(test.send[i : i+1])
				}
				if code := code(w.Answer("1")); code != -32601 {
					t.Errorf("answered with %d", code)
				}
				alive(t, w)
			})
		})
	}
}

// TestAPromiseCostsNothing: the length that a header promises is not what is set aside for it.
func TestAPromiseCostsNothing(t *testing.T) {
	for _, length := range []int64{1 << 20, 60 << 20, 1 << 30, 1 << 60} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				synctest.Wait()
				spent := allocated(func() {
					w.Type(fmt.Sprintf("Content-Length: %d\r\n\r\n{\"jsonrpc\"", length))
					synctest.Wait()
				})
				if spent > 512<<10 {
					t.Errorf("it cost %d bytes", spent)
				}
				w.Close()
				if err := w.Ended(); err != nil {
					t.Errorf("the server returned %v", err)
				}
			})
		})
	}
}

// TestMessagesThatAreTooLong are read over: what they said of a document is not known, and the client is told once.
func TestMessagesThatAreTooLong(t *testing.T) {
	const uri = "untitled:long"
	open := `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:long","languageId":"go","version":0,"text":"`
	tests := []struct {
		name, before, after string
		opened              bool // the document was open before
		lost                bool
	}{
		{"an open", open, `"}}}`, false, true},
		{"a reopen", open, `"}}}`, true, true},
		{"a change", `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:long","version":2},"contentChanges":[{"text":"`, `"}]}}`, true, true},
		{"a save", `{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"untitled:long"},"text":"`, `"}}`, true, true},
		{"the keys the other way round", `{"params":{"textDocument":{"text":"`, `","version":0,"languageId":"go","uri":"untitled:long"}},"method":"textDocument/didOpen","jsonrpc":"2.0"}`, false, true},
		{"slashes with backslashes", `{"params":{"textDocument":{"text":"`, `","version":0,"languageId":"go","uri":"untitled:\u006cong"}},"method":"textDocument\/didOpen","jsonrpc":"2.0"}`, false, true},
		{"a text that looks like a message", open + `\"uri\":\"untitled:other\",\"method\":\"exit\"`, `"}}}`, false, true},
		{"a request", `{"jsonrpc":"2.0","id":5,"method":"infill/none","params":"`, `"}`, true, false},
		{"no JSON", ``, ``, true, false},
	}
	filler := bytes.Repeat([]byte("0123456789abcde\\n"), 1<<16)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{Model: modeltest.New("~1ms|x⏎")}, func(t *testing.T, w *lsptest.Wire) {
				if test.opened {
					w.Send(open[:len(open)-len(`"version":0,"text":"`)] + `"version":0,"text":"package a"}}}`)
				}
				synctest.Wait()
				spent := allocated(func() {
					const pieces = 66
					w.Type(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(test.before)+pieces*len(filler)+len(test.after), test.before))
					for range pieces {
						if _, err := w.Write(filler); err != nil {
							t.Fatal(err)
						}
					}
					w.Type(test.after)
					synctest.Wait()
				})
				if spent > 4<<20 {
					t.Errorf("it cost %d bytes", spent)
				}
				warned := 0
				for _, message := range w.Messages() {
					if message.Method == "window/logMessage" && strings.Contains(string(message.Params), "The text of untitled:long is not known any more") {
						warned++
					}
				}
				_, err := w.Text(uri)
				if (err != nil) != test.lost || (warned == 1) != test.lost {
					t.Errorf("the text is not known: %v; the client was told %d times: %v", err, warned, w.Frames())
				}
				if !test.lost { // nobody waits for ever for an answer that cannot come
					w.Wait("a refusal", func(m lsptest.Message) bool { return string(m.ID) == "null" && code(m) == -32600 })
				}
				// The whole text, short enough, makes it known again.
				w.Send(change(uri, 3, `{"text":"package b\n\nvar y = "}`))
				if text, err := w.Text(uri); test.lost && (text != "package b\n\nvar y = " || err != nil) {
					t.Errorf("after the whole text it is %q, %v", text, err)
				}
				w.Send(complete("9", uri, 2, 8))
				if answer := w.Answer("9"); !strings.Contains(string(answer.Result), `"insertText":"x"`) {
					t.Errorf("completion gave %s", answer.Result)
				}
				alive(t, w)
			})
		})
	}
}

// FuzzBytes: whatever a client types, nothing panics and the server ends with the stream.
func FuzzBytes(f *testing.F) {
	f.Add([]byte("Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("Content-Length: 5\r\nContent-Length: 5\n\n[[[]]Content-Length: 99999999999\r\n\r\n"))
	f.Add([]byte(":\n\n"))
	f.Fuzz(func(t *testing.T, typed []byte) {
		begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
			_, _ = w.Write(typed) // the server may close before it has read all
			w.Close()
			_ = w.Ended() // which error does not matter
		})
	})
}

// FuzzMessages: whatever a message holds, the server answers the next one, and every id once.
func FuzzMessages(f *testing.F) {
	for _, body := range []string{initialize, initialized, shutdown, "{}", "[]", "null", open("untitled:a", 2, "package b\n"), change("untitled:a", 2, edit(0, 0, 1, 2, "x")),
		change("untitled:a", 2, `{"text":"x"}`), complete("1", "untitled:a", 0, 3), `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}`,
		`{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":{"infill":{"items":2,"languages":{"go":false}}}}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"untitled:a"},"text":"y"}}`,
		`{"jsonrpc":"2.0","method":"workspace/didChangeWorkspaceFolders","params":{"event":{"added":[{"uri":"file:///none","name":""}],"removed":[]}}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 || bytes.Contains(body, []byte(`"exit"`)) || bytes.Contains(body, []byte(`alive?`)) {
			return
		}
		begun(t, lsptest.Options{Model: modeltest.New("~1s|x⏎")}, func(t *testing.T, w *lsptest.Wire) {
			w.Send(open("untitled:a", 1, "package a\n\nvar y = \n"))
			w.Send(string(body))
			w.Send(`{"jsonrpc":"2.0","id":"alive?","method":"infill/none"}`)
			answer := w.Answer(`"alive?"`)
			if code := code(answer); code != -32601 && code != -32600 { // shut down, perhaps
				t.Errorf("the ping was answered with %d", code)
			}
			if text, err := w.TextNow("untitled:a"); err == nil && !utf8.ValidString(text) {
				t.Errorf("the text is %q", text)
			}
		})
	})
}
