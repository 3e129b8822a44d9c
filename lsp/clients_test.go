package lsp_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/lsp/lsptest"
	"github.com/infill-dev/infill/lsp/position"
)

// TestClients plays what real clients send. Each section of a file is one message of the client, "answer METHOD" its
// answer to what the server asks; "want" says what answers hold, by their ids. ROOT stands for the URI of the
// workspace, ROOTPATH for its path, ESCAPED for the URI with "\/" for "/".
func TestClients(t *testing.T) {
	names, err := filepath.Glob("testdata/clients/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no clients: %v", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			byHand(t, lsptest.Options{Model: modeltest.New("w * h⏎")}, func(t *testing.T, w *lsptest.Wire) { play(t, w, archive) })
		})
	}
}

func play(t *testing.T, w *lsptest.Wire, archive *txtar.Archive) {
	root := position.URIFromPath(w.Root)
	fill := strings.NewReplacer("ROOTPATH", w.Root, "ROOT", root, "ESCAPED", strings.ReplaceAll(root, "/", `\/`))
	want := ""
	for _, section := range archive.Files {
		if method, isAnswer := strings.CutPrefix(section.Name, "answer "); isAnswer {
			w.Reply(method, string(section.Data))
		}
	}
	for _, section := range archive.Files {
		body := fill.Replace(string(section.Data))
		if method, isAnswer := strings.CutPrefix(section.Name, "answer "); isAnswer {
			w.Wait(method, func(m lsptest.Message) bool { return m.Method == method })
			continue
		}
		if section.Name == "want" {
			want = body
			continue
		}
		w.Send(body)
		var sent struct{ ID json.RawMessage }
		if err := json.Unmarshal([]byte(body), &sent); err != nil {
			t.Fatalf("section %s is no JSON: %v", section.Name, err)
		}
		if sent.ID != nil {
			if answer := w.Answer(string(sent.ID)); answer.Error != nil {
				t.Errorf("%s was answered with %+v", section.Name, *answer.Error)
			}
		}
	}
	if err := w.Ended(); err != nil {
		t.Errorf("the server returned %v", err)
	}
	for line := range strings.Lines(want) {
		id, part, _ := strings.Cut(strings.TrimSpace(line), " ")
		if answer := w.Answer(id); !strings.Contains(string(answer.Result), part) {
			t.Errorf("the answer to %s does not hold %s: %s", id, part, answer.Result)
		}
	}
	for _, message := range w.Messages() {
		if message.Method == "window/logMessage" && strings.Contains(string(message.Params), `"type":2`) {
			t.Errorf("the client was warned: %s", message.Params)
		}
	}
}
