package lsp_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp/lsptest"
	"github.com/infill-dev/infill/lsp/position"
)

// circle is a file whose text shows in the prompts of its neighbours that use it.
const circle = "package a\n\n// areaOfCircle is MARKED.\nfunc areaOfCircle(radius float64) float64 {\n\treturn math.Pi * radius * radius\n}\n"

// prompted asks in a document that uses circle, and tells whether the model saw circle.
func prompted(t *testing.T, pair *lsptest.Pair, m *modeltest.Model, name string) bool {
	t.Helper()
	text, offset := cursor("package a\n\nfunc area(w int) int {\n\treturn 2 * areaOfCircle(‸)\n}\n")
	d, err := pair.OpenURI(position.URIFromPath(name), "go", text)
	if err != nil {
		t.Fatal(err)
	}
	before := len(m.Requests())
	if _, err := pair.Complete(t.Context(), d, offset, headless.Ask{Invoked: true}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, request := range m.Requests()[before:] {
		if strings.Contains(request.Prompt, "MARKED") {
			return true
		}
	}
	return false
}

// changed tells the server of files and waits until it has looked at them.
func changed(t *testing.T, pair *lsptest.Pair, names ...string) {
	t.Helper()
	var changes []map[string]any
	for _, name := range names {
		changes = append(changes, map[string]any{"uri": position.URIFromPath(filepath.Join(pair.Root, name)), "type": 2})
	}
	if err := pair.Notify("workspace/didChangeWatchedFiles", map[string]any{"changes": changes}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func TestWatchedFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := modeltest.New("w⏎")
		pair := lsptest.Server(t, lsptest.Options{Model: m, Files: map[string]string{"x.go": "package a\n"}})
		pair.Ready()
		name := filepath.Join(pair.Root, "a.go")
		step := func(what string, want bool) {
			t.Helper()
			if got := prompted(t, pair, m, name); got != want {
				t.Errorf("%s: the model sees the file: %v", what, got)
			}
		}
		step("before", false)
		lsptest.Write(t, pair.Root, map[string]string{"circle.go": circle})
		changed(t, pair, "circle.go")
		step("it was made", true)
		lsptest.Write(t, pair.Root, map[string]string{"circle.go": "package a\n"})
		changed(t, pair, "circle.go")
		step("it was emptied", false)
		lsptest.Write(t, pair.Root, map[string]string{"circle.go": circle})
		changed(t, pair, "circle.go")
		step("it was filled", true)
		lsptest.Write(t, pair.Root, map[string]string{".gitignore": "circle.go\n"})
		changed(t, pair, ".gitignore")
		step("it is ignored", false)
		if err := os.Remove(filepath.Join(pair.Root, ".gitignore")); err != nil {
			t.Fatal(err)
		}
		changed(t, pair, ".gitignore")
		step("it is not ignored any more", true)
		if err := os.Remove(filepath.Join(pair.Root, "circle.go")); err != nil {
			t.Fatal(err)
		}
		changed(t, pair, "circle.go")
		step("it is gone", false)
	})
}

// TestSavedFilesAreReadAgain even if nobody watches.
func TestSavedFilesAreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := modeltest.New("w⏎")
		pair := lsptest.Server(t, lsptest.Options{Model: m, Files: map[string]string{"x.go": "package a\n"}})
		pair.Ready()
		d := pair.Document("circle.go", circle)
		if err := d.Save(); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		pair.Settle()
		synctest.Wait()
		if !prompted(t, pair, m, filepath.Join(pair.Root, "a.go")) {
			t.Error("the model does not see what was saved")
		}
	})
}

// TestOpenDocumentsCount: of a file that is open the editor's text is seen, not the disk's.
func TestOpenDocumentsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := modeltest.New("w⏎")
		pair := lsptest.Server(t, lsptest.Options{Model: m, Files: map[string]string{"circle.go": circle}})
		pair.Ready()
		name := filepath.Join(pair.Root, "a.go")
		d := pair.Document("circle.go", "package a\n")
		if prompted(t, pair, m, name) {
			t.Error("the model sees the disk's text of an open document")
		}
		if err := d.Replace(circle); err != nil {
			t.Fatal(err)
		}
		pair.Settle()
		synctest.Wait()
		if !prompted(t, pair, m, name) {
			t.Error("the model does not see an open document")
		}
	})
}

func TestWorkspaceFolders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := modeltest.New("w⏎")
		pair := lsptest.Server(t, lsptest.Options{Model: m})
		pair.Ready()
		other := t.TempDir()
		lsptest.Write(t, other, map[string]string{"circle.go": circle})
		name := filepath.Join(other, "a.go")
		tell := func(how string) {
			if err := pair.Notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": map[string]any{
				how: []map[string]any{{"uri": position.URIFromPath(other), "name": "other"}}}}); err != nil {
				t.Fatal(err)
			}
			pair.Settle()
			synctest.Wait()
		}
		// Opened before its folder, as by editors that begin with none.
		early := pair.Document("x.go", "package x\n")
		before, err := pair.OpenURI(position.URIFromPath(filepath.Join(other, "b.go")), "go", "package a\n\nvar x = 2 * areaOfCircle()\n")
		if err != nil {
			t.Fatal(err)
		}
		if prompted(t, pair, m, name) {
			t.Error("a folder is read that is not in the workspace")
		}
		tell("added")
		if !prompted(t, pair, m, name) {
			t.Error("a new folder is not read")
		}
		asked := len(m.Requests())
		if _, err := pair.Complete(t.Context(), before, len("package a\n\nvar x = 2 * areaOfCircle("), headless.Ask{Invoked: true}); err != nil {
			t.Error(err)
		}
		if requests := m.Requests()[asked:]; len(requests) == 0 || !strings.Contains(requests[0].Prompt, "MARKED") {
			t.Error("a document that was open before its folder does not see the folder")
		}
		tell("removed")
		if prompted(t, pair, m, name) {
			t.Error("a folder is read that is no longer in the workspace")
		}
		same(t, pair, early)
		same(t, pair, before)
		checkProgress(t, pair.Progress())
	})
}

// TestRepositorySettingsChange takes effect when the file is saved.
func TestRepositorySettingsChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := lsptest.Server(t, lsptest.Options{Model: modeltest.New("x⏎")})
		pair.Ready()
		d := pair.Document("a.md", "package a\n\nvar y = \n")
		for _, step := range []struct {
			file string
			want int
		}{{"", 1}, {"[languages]\nmarkdown = false\n", 0}, {"languages = 7\n", 1}} {
			lsptest.Write(t, pair.Root, map[string]string{".infill.toml": step.file})
			changed(t, pair, ".infill.toml")
			if items, err := pair.Complete(t.Context(), d, 19, headless.Ask{}); err != nil || len(items) != step.want {
				t.Errorf("with %q there are %d items, %v", step.file, len(items), err)
			}
		}
	})
}

// TestInitializedTwice starts once.
func TestInitializedTwice(t *testing.T) {
	byHand(t, lsptest.Options{Files: manyFiles(3)}, func(t *testing.T, w *lsptest.Wire) {
		w.Reply("client/registerCapability", "null")
		w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"rootUri":"file://` + w.Root + `","capabilities":{"workspace":{"didChangeWatchedFiles":{"dynamicRegistration":true}}}}}`)
		w.Send(initialized)
		w.Send(initialized)
		synctest.Wait()
		time.Sleep(time.Minute)
		registered := 0
		for _, message := range w.Messages() {
			if message.Method == "client/registerCapability" {
				registered++
			}
		}
		if registered != 1 {
			t.Errorf("registered %d times", registered)
		}
		alive(t, w)
	})
}
