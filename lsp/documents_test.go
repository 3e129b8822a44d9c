package lsp_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// Rows 11 to 16 of the table of bad input: documents.

// completes fails the test when a completion at a place does not give x, what the model of these tests says.
func completes(t *testing.T, w *lsptest.Wire, id, uri string, line, character int) {
	t.Helper()
	w.Send(complete(id, uri, line, character))
	if answer := w.Answer(id); !strings.Contains(string(answer.Result), `"insertText":"x"`) {
		t.Errorf("completion in %s gave %s %+v", uri, answer.Result, answer.Error)
	}
}

// silent fails the test when a completion at a place gives anything but an empty list.
func silent(t *testing.T, w *lsptest.Wire, id, uri string, line, character int) {
	t.Helper()
	w.Send(complete(id, uri, line, character))
	if answer := w.Answer(id); string(answer.Result) != `{"items":[]}` {
		t.Errorf("completion in %s gave %s %+v", uri, answer.Result, answer.Error)
	}
}

// warnings are the window/logMessage warnings so far.
func warnings(w *lsptest.Wire) []string {
	var sentences []string
	for _, message := range w.Messages() {
		if message.Method == "window/logMessage" && strings.Contains(string(message.Params), `"type":2`) {
			sentences = append(sentences, string(message.Params))
		}
	}
	return sentences
}

const saysX = "~1ms|x⏎"

func TestUnopenedDocument(t *testing.T) {
	for _, send := range []string{
		change("untitled:a", 2, `{"text":"whole"}`), change("untitled:a", 2, edit(0, 0, 0, 0, "x")),
		`{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"untitled:a"},"text":"saved"}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"untitled:a"}}}`,
	} {
		t.Run(send[26:50], func(t *testing.T) {
			begun(t, lsptest.Options{Model: modeltest.New(saysX)}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(send)
				if text, err := w.Text("untitled:a"); err == nil {
					t.Errorf("there is a text %q", text)
				}
				silent(t, w, "1", "untitled:a", 0, 0)
				w.Send(open("untitled:a", 1, "package a\n\nvar y = \n"))
				completes(t, w, "2", "untitled:a", 2, 8)
				alive(t, w)
			})
		})
	}
}

// TestEditsThatAreNotTaken lose the document: it is silent, which is told once, until its text is known again.
func TestEditsThatAreNotTaken(t *testing.T) {
	const before = "package a\n\nvar y = \n"
	tests := []struct{ name, send string }{
		{"the same version again", change("URI", 7, edit(0, 0, 0, 0, "z"))},
		{"an older version", change("URI", 3, edit(0, 0, 0, 0, "z"))},
		{"a start behind the end of the text", change("URI", 8, edit(5, 0, 5, 0, "z"))},
		{"a start behind the end of the range", change("URI", 8, edit(1, 0, 0, 0, "z"))},
		{"a start behind the end on one line", change("URI", 8, edit(0, 5, 0, 1, "z"))},
		{"line 2^31-1", change("URI", 8, edit(1<<31-1, 0, 1<<31-1, 0, "z"))},
		{"line 2^32", change("URI", 8, edit(1<<32, 0, 1<<32, 0, "z"))},
		{"a negative line", change("URI", 8, edit(-1, 0, 0, 0, "z"))},
		{"a line that is a fraction", change("URI", 8, `{"range":{"start":{"line":0.5,"character":0},"end":{"line":1,"character":0}},"text":"z"}`)},
		{"a range without an end", change("URI", 8, `{"range":{"start":{"line":0,"character":0}},"text":"z"}`)},
		{"a range that is a text", change("URI", 8, `{"range":"all","text":"z"}`)},
		{"a text that is a number", change("URI", 8, `{"text":5}`)},
		{"a range without a text", change("URI", 8, `{"range":{"start":{"line":0,"character":0},"end":{"line":1,"character":0}}}`)},
		{"neither text nor range", change("URI", 8, `{}`)},
		{"a change that is a list", change("URI", 8, `[]`)},
		{"changes that are no list", strings.Replace(change("URI", 8, ""), `"contentChanges":[]`, `"contentChanges":{"text":"z"}`, 1)},
		{"a good change and a bad one", change("URI", 8, edit(0, 0, 0, 0, "z")+","+edit(9, 0, 9, 0, "z"))},
		{"a version that is no number", strings.Replace(change("URI", 8, edit(0, 0, 0, 0, "z")), `"version":8`, `"version":"8"`, 1)},
	}
	again := []struct {
		name, send, want string
		version          int // the next edit's
	}{
		{"the whole text", change("URI", 9, `{"text":"package b\n\nvar y = \n"}`), "package b\n\nvar y = \n", 10},
		{"edits, then the whole text", change("URI", 9, edit(0, 0, 0, 0, "z")+`,{"text":"package c\n\nvar y = \n"},`+edit(0, 8, 0, 9, "d")), "package d\n\nvar y = \n", 10},
		{"a save that tells the text", `{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"URI"},"text":"package e\n\nvar y = \n"}}`, "package e\n\nvar y = \n", 10},
		{"a save", `{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"URI"}}}`, "package disk\n\nvar y = \n", 10},
		{"an open", open("URI", 1, "package f\n\nvar y = \n"), "package f\n\nvar y = \n", 2},
		{"a close and an open", `{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"URI"}}}` + "|" + open("URI", 0, "package g\n\nvar y = \n"), "package g\n\nvar y = \n", 1},
	}
	for i, test := range tests {
		recover := again[i%len(again)]
		t.Run(test.name+", "+recover.name, func(t *testing.T) {
			options := lsptest.Options{Model: modeltest.New(saysX), Files: map[string]string{"a.go": "\ufeffpackage disk\n\nvar y = \n"}}
			byHand(t, options, func(t *testing.T, w *lsptest.Wire) {
				uri := "file://" + w.Root + "/a.go"
				send := func(messages string) {
					for message := range strings.SplitSeq(messages, "|") {
						w.Send(strings.ReplaceAll(message, "URI", uri))
					}
				}
				w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"rootUri":"file://` + w.Root + `","capabilities":{}}}`)
				w.Send(initialized)
				w.Send(open(uri, 7, before))
				completes(t, w, "1", uri, 2, 8)
				send(test.send)
				if text, err := w.Text(uri); err == nil {
					t.Errorf("the text is thought to be %q", text)
				}
				silent(t, w, "2", uri, 2, 8)
				send(change("URI", 20, edit(0, 0, 0, 0, "more"))) // fits, but nobody knows what
				send(test.send)
				silent(t, w, "3", uri, 2, 8)
				synctest.Wait()
				if told := warnings(w); len(told) != 1 || !mentions(told, uri[len("file://"):], "not known any more") {
					t.Errorf("the client was told %q", told)
				}
				send(recover.send)
				if text, err := w.Text(uri); text != recover.want || err != nil {
					t.Errorf("after %s the text is %q, %v; want %q", recover.name, text, err, recover.want)
				}
				completes(t, w, "4", uri, 2, 8)
				send(change("URI", recover.version, edit(0, 0, 0, 7, "PACKAGE")))
				if text, err := w.Text(uri); err != nil || text != "PACKAGE"+recover.want[7:] {
					t.Errorf("an edit made it %q, %v", text, err)
				}
				alive(t, w)
			})
		})
	}
}

// TestEditsThatAreClamped lie beyond the text in a way that LSP allows.
func TestEditsThatAreClamped(t *testing.T) {
	const before = "ab\ncd\n"
	tests := []struct{ name, changes, want string }{
		{"a column behind the line", edit(0, 99, 0, 99, "x"), "abx\ncd\n"},
		{"column 2^31-1", edit(0, 1<<31-1, 1, 0, "x"), "abxcd\n"},
		{"an end behind the text", edit(1, 0, 99, 0, "x"), "ab\nx"},
		{"line 2^31-1 as the end", edit(0, 0, 1<<31-1, 1<<31-1, "x"), "x"},
		{"the line behind the last", edit(3, 0, 3, 0, "x"), "ab\ncd\nx"},
		{"no changes", "", before},
		{"two changes", edit(0, 0, 0, 1, "x") + "," + edit(0, 1, 0, 2, "y"), "xy\ncd\n"},
		{"a whole text in between", edit(0, 0, 0, 1, "x") + `,{"text":"zz"},` + edit(0, 1, 0, 1, "y"), "zyz"},
		{"a range that is null", `{"range":null,"text":"all"}`, "all"},
		{"the length of the range, too", `{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":1}},"rangeLength":77,"text":"x"}`, "xb\ncd\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(open("untitled:a", 1, before))
				w.Send(change("untitled:a", 2, test.changes))
				if text, err := w.Text("untitled:a"); text != test.want || err != nil {
					t.Errorf("the text is %q, %v; want %q", text, err, test.want)
				}
				alive(t, w)
			})
		})
	}
}

// TestHalfACharacter: a position inside a character is moved to its start, and the log tells.
func TestHalfACharacter(t *testing.T) {
	tests := []struct {
		encoding   string
		edit, want string
	}{
		{"utf-16", edit(0, 2, 0, 3, "x"), "axb"},
		{"utf-16", edit(0, 1, 0, 2, "x"), "ax🙂b"},
		{"utf-8", edit(0, 3, 0, 5, "x"), "axb"},
		{"utf-8", edit(0, 2, 0, 4, "x"), "ax🙂b"},
	}
	for _, test := range tests {
		t.Run(test.encoding+test.edit, func(t *testing.T) {
			var log bytes.Buffer
			byHand(t, lsptest.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, w *lsptest.Wire) {
				w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"general":{"positionEncodings":["` + test.encoding + `"]}}}}`)
				w.Send(initialized)
				w.Send(open("untitled:a", 1, "a🙂b"))
				w.Send(change("untitled:a", 2, test.edit))
				if text, err := w.Text("untitled:a"); text != test.want || err != nil {
					t.Errorf("the text is %q, %v; want %q", text, err, test.want)
				}
				alive(t, w)
			})
			if !strings.Contains(log.String(), "inside a character") {
				t.Errorf("the log does not tell: %s", log.String())
			}
		})
	}
}

// TestNames opens documents under all kinds of URIs. same is another spelling of the same document.
func TestNames(t *testing.T) {
	tests := []struct{ name, uri, same string }{
		{"a file", "ROOT/a.go", "ROOT/./x/../a.go"},
		{"escapes", "ROOT/a%20b.go", "ROOT/%61%20b.go"},
		{"localhost", "file://localhostPATH/a.go", "FILE:///ROOTLESS/a.go"},
		{"an escaped slash", "ROOT/sub%2F..%2Fa.go", "ROOT/a.go"},
		{"a way out", "ROOT/sub/%2F..%2F..%2F..%2F..%2F..%2Foutside.go", "ROOT/../../../../outside.go"},
		{"a host of its own", "file://server/share/a.go", "file://server/share/a.go"},
		{"a drive", "file:///c%3A/a.go", "file:///c:/a.go"},
		{"untitled", "untitled:Untitled-1", ""},
		{"a cell of a notebook", "vscode-notebook-cell:/w/a.ipynb#W0sZmlsZQ%3D%3D", ""},
		{"git", "git:/w/a.go?%7B%22ref%22%3A%22HEAD%22%7D", ""},
		{"a broken escape", "file:///%zz/a.go", ""},
		{"nothing", "", ""},
		{"a scheme alone", "file://", ""},
		{"the root itself", "ROOT", "ROOT/"},
		{"the root of the disk", "file:///", ""},
		{"dots", "untitled:..", ""},
		{"very long", "untitled:" + strings.Repeat("x", 100_000), ""},
		{"NUL", "file:///a%00b.go", ""},
		{"a line break", "ROOT/a%0Ab.go", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			byHand(t, lsptest.Options{Model: modeltest.New(saysX)}, func(t *testing.T, w *lsptest.Wire) {
				fill := strings.NewReplacer("/ROOTLESS", w.Root, "ROOT", "file://"+w.Root, "PATH", w.Root)
				uri, same := fill.Replace(test.uri), fill.Replace(test.same)
				if test.same == "" {
					same = uri
				}
				w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"rootUri":"file://` + w.Root + `","capabilities":{}}}`)
				w.Send(initialized)
				w.Send(open(uri, 1, "package a\n\nvar y = "))
				w.Send(open("untitled:neighbour", 1, "package n\n\nvar n = "))
				w.Send(change(same, 2, edit(0, 8, 0, 9, "b")))
				if text, err := w.Text(uri); text != "package b\n\nvar y = " || err != nil {
					t.Errorf("the text is %q, %v", text, err)
				}
				completes(t, w, "1", same, 2, 8)
				if text, _ := w.Text("untitled:neighbour"); text != "package n\n\nvar n = " {
					t.Errorf("the neighbour is %q", text)
				}
				w.Send(`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"` + same + `"}}}`)
				if text, err := w.Text(uri); err == nil {
					t.Errorf("closed, it is %q", text)
				}
				alive(t, w)
			})
		})
	}
}

// TestNothingOutsideTheRootIsRead, whatever the name of a document: not when it is opened, and not when its text was
// lost and it is saved.
func TestNothingOutsideTheRootIsRead(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret.go")
	if err := os.WriteFile(secret, []byte("package secret // SECRET\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{"file://" + secret, "ROOT/link/secret.go", "ROOT/link.go", "ROOT/sub/..%2F..%2F..%2F..%2F..%2F.." + secret} {
		t.Run(uri, func(t *testing.T) {
			root := t.TempDir()
			for link, target := range map[string]string{"link": outside, "link.go": secret} {
				if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
					t.Fatal(err)
				}
			}
			model := modeltest.New(saysX)
			byHand(t, lsptest.Options{Root: root, Model: model}, func(t *testing.T, w *lsptest.Wire) {
				uri := strings.ReplaceAll(uri, "ROOT", "file://"+root)
				w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"rootUri":"file://` + root + `","capabilities":{}}}`)
				w.Send(initialized)
				w.Send(open(uri, 1, "package a\n\nvar y = "))
				w.Send(change(uri, 2, edit(99, 0, 99, 0, "z")))
				w.Send(`{"jsonrpc":"2.0","method":"textDocument/didSave","params":{"textDocument":{"uri":"` + uri + `"}}}`)
				if text, err := w.Text(uri); err == nil {
					t.Errorf("the text is %q", text)
				}
				silent(t, w, "1", uri, 2, 8)
				w.Send(open(uri, 3, "package a\n\nvar y = "))
				completes(t, w, "2", uri, 2, 8)
				alive(t, w)
			})
			for _, request := range model.Requests() {
				if strings.Contains(request.Prompt, "SECRET") {
					t.Errorf("the model was told %s", request.Prompt)
				}
			}
		})
	}
}

// TestManyDocumentsWithOneName do not meet.
func TestManyDocumentsWithOneName(t *testing.T) {
	begun(t, lsptest.Options{}, func(t *testing.T, w *lsptest.Wire) {
		uri := func(i int) string { return fmt.Sprintf("file:///elsewhere/%d/a.go", i) }
		for i := range 200 {
			w.Send(open(uri(i), 1, fmt.Sprintf("package p%d", i)))
		}
		for i := range 200 {
			if text, err := w.Text(uri(i)); err != nil || text != fmt.Sprintf("package p%d", i) {
				t.Errorf("%s is %q, %v", uri(i), text, err)
			}
		}
	})
}
