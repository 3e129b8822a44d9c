package session_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/lsptest"
	"github.com/infill-dev/infill/lsp/session"
)

// TestADocumentFindsItsFolder, whichever comes first, and the innermost of several.
func TestADocumentFindsItsFolder(t *testing.T) {
	inner := func(d *desk) string { return filepath.Join(d.root, "inner") }
	tests := []struct {
		name string
		do   func(d *desk, open func())
		want source.Path // of inner/a.go
	}{
		{"no folder", func(_ *desk, open func()) { open() }, "outside-"},
		{"the folder first", func(d *desk, open func()) { d.AddFolder(d.root); open() }, "inner/a.go"},
		{"the folder later", func(d *desk, open func()) { open(); d.AddFolder(d.root) }, "inner/a.go"},
		{"the folder much later", func(d *desk, open func()) { d.Start(); open(); time.Sleep(time.Minute); d.AddFolder(d.root) }, "inner/a.go"},
		{"two folders", func(d *desk, open func()) { d.AddFolder(d.root); d.AddFolder(inner(d)); open() }, "a.go"},
		{"two folders, the inner one first", func(d *desk, open func()) { d.AddFolder(inner(d)); d.AddFolder(d.root); open() }, "a.go"},
		{"the inner folder later", func(d *desk, open func()) { d.AddFolder(d.root); open(); d.AddFolder(inner(d)) }, "a.go"},
		{"the outer folder later", func(d *desk, open func()) { d.AddFolder(inner(d)); open(); d.AddFolder(d.root) }, "a.go"},
		{"another folder later", func(d *desk, open func()) { open(); d.AddFolder(filepath.Join(d.root, "other")) }, "outside-"},
		{"the same folder twice", func(d *desk, open func()) { d.AddFolder(d.root); open(); d.AddFolder(d.root + "/.") }, "inner/a.go"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parser := newParser(time.Millisecond)
			seat(t, lsptest.Options{Parser: parser, Files: map[string]string{"inner/a.go": "disk", "other/b.go": "disk"}}, func(t *testing.T, d *desk) {
				var key string
				test.do(d, func() { key = d.open("inner/a.go", "one") })
				if got := d.PathOf(key); got != test.want && !(test.want == "outside-" && strings.HasPrefix(string(got), "outside-")) {
					t.Errorf("the path is %s, want %s", got, test.want)
				}
				d.edit(key, 2, "two")
				if got := d.text(t, key); got != "two" {
					t.Errorf("the text is %q", got)
				}
				time.Sleep(time.Second)
				if texts := parser.parsed(t); texts[len(texts)-1] != "two" {
					t.Errorf("parsed %q", texts)
				}
				place, err := d.Place(key)
				if err != nil || place.File.Path() != d.PathOf(key) {
					t.Errorf("the place is %v in %v", place.File.Path(), err)
				}
			})
		})
	}
}

// TestFoldersComeAndGo at any time; each is read once, and released once.
func TestFoldersComeAndGo(t *testing.T) {
	tests := map[string]func(d *desk){
		"gone before the start":    func(d *desk) { d.AddFolder(d.root); d.RemoveFolder(d.root); d.Start() },
		"gone at the start":        func(d *desk) { d.AddFolder(d.root); go d.Start(); d.RemoveFolder(d.root) },
		"gone while it is read":    func(d *desk) { d.AddFolder(d.root); d.Start(); d.RemoveFolder(d.root) },
		"gone later":               func(d *desk) { d.AddFolder(d.root); d.Start(); synctest.Wait(); d.RemoveFolder(d.root) },
		"gone and back":            func(d *desk) { d.AddFolder(d.root); d.Start(); d.RemoveFolder(d.root); d.AddFolder(d.root) },
		"never there":              func(d *desk) { d.Start(); d.RemoveFolder(d.root) },
		"started twice":            func(d *desk) { d.AddFolder(d.root); d.Start(); d.Start() },
		"changed before the start": func(d *desk) { d.AddFolder(d.root); d.FilesChanged([]string{filepath.Join(d.root, "a.go")}); d.Start() },
		"left":                     func(d *desk) { d.AddFolder(d.root); d.Start() },
	}
	for name, do := range tests {
		t.Run(name, func(t *testing.T) {
			seat(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n"}}, func(t *testing.T, d *desk) {
				mine := d.host.Space(d.root, settings.Default()) // which the session shares
				do(d)
				synctest.Wait()
				if status := d.Status(); status.Kind == session.Indexing {
					t.Errorf("nothing is read any more, and the status is %+v", status)
				}
				mine.Release()
				d.Shutdown()
				// Who opens the folder now gets a new one, unless somebody has kept the old.
				again := d.host.Space(d.root, settings.Default())
				if again == mine {
					t.Error("the folder is still open")
				}
				again.Release()
			})
		})
	}
}

// TestTwoClientsOfOneHost share what is on disk and nothing else.
func TestTwoClientsOfOneHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := t.TempDir()
		lsptest.Write(t, root, map[string]string{"a.go": "package disk\n"})
		h := lsptest.Host(t, lsptest.Options{})
		first, second := newDesk(t, h, root), newDesk(t, h, root)
		for _, d := range []*desk{first, second} {
			d.AddFolder(root)
			d.Start()
		}
		synctest.Wait()
		key := first.open("a.go", "package first\n")
		second.open("a.go", "package second\n")
		first.edit(key, 2, "package mine\n")
		second.Close(key)
		if got := first.text(t, key); got != "package mine\n" {
			t.Errorf("the first has %q", got)
		}
		second.Shutdown()
		first.FilesChanged([]string{filepath.Join(root, "a.go")})
		synctest.Wait()
		if got := first.text(t, key); got != "package mine\n" {
			t.Errorf("the first has %q", got)
		}
	})
}

// TestOtherLimitsReadTheFolderAnew, and only they do.
func TestOtherLimitsReadTheFolderAnew(t *testing.T) {
	seat(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n", "b.go": "package b\n"}}, func(t *testing.T, d *desk) {
		held := func(values map[string]any) (*host.Space, bool) {
			with, _ := settings.Default().With(settings.Editor, values)
			space := d.host.Space(d.root, with)
			space.Release()
			again := d.host.Space(d.root, with)
			defer again.Release()
			return again, again == space
		}
		d.AddFolder(d.root)
		d.Start()
		synctest.Wait()
		d.Configure(map[string]any{"items": 2})
		synctest.Wait()
		if _, mine := held(nil); !mine {
			t.Error("another number of items gave the folder up")
		}
		without := map[string]any{"exclude": []any{"b.go"}}
		d.Configure(without)
		synctest.Wait()
		space, mine := held(without)
		if _, old := held(nil); old || !mine {
			t.Errorf("the session holds the old folder: %v, the new one: %v", old, mine)
		}
		if got := space.State().Base.Paths(); len(got) != 1 || got[0] != "a.go" {
			t.Errorf("the folder holds %v", got)
		}
		if status := d.Status(); status.Kind == session.Indexing {
			t.Errorf("nothing is read any more, and the status is %+v", status)
		}
	})
}
