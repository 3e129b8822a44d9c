package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// open opens a folder and waits until it is read.
func open(t *testing.T, h *host.Host, root string) *host.Space {
	t.Helper()
	space := h.Space(root, settings.Default())
	t.Cleanup(space.Release)
	if _, err := space.Wait(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return space
}

// paths are the files that a space knows.
func paths(space *host.Space) []string {
	list := []string{}
	for _, path := range space.State().Base.Paths() {
		list = append(list, string(path))
	}
	return list
}

func TestSpaceFollowsTheDisk(t *testing.T) {
	start := map[string]string{"a.go": "package a\n", "b.go": "package b\n", "sub/c.go": "package sub\n", "sub/d.txt": "words\n"}
	remove := func(t *testing.T, root string, names ...string) {
		for _, name := range names {
			if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name    string
		change  func(t *testing.T, root string)
		changed []source.Path
		want    []string
	}{
		{"a file is new", func(t *testing.T, root string) { lsptest.Write(t, root, map[string]string{"new.go": "package a\n"}) },
			[]source.Path{"new.go"}, []string{"a.go", "b.go", "new.go", "sub/c.go", "sub/d.txt"}},
		{"a file is gone", func(t *testing.T, root string) { remove(t, root, "b.go") }, []source.Path{"b.go"}, []string{"a.go", "sub/c.go", "sub/d.txt"}},
		{"a file was renamed", func(t *testing.T, root string) {
			if err := os.Rename(filepath.Join(root, "b.go"), filepath.Join(root, "z.go")); err != nil {
				t.Fatal(err)
			}
		}, []source.Path{"b.go", "z.go"}, []string{"a.go", "sub/c.go", "sub/d.txt", "z.go"}},
		{"a folder is gone", func(t *testing.T, root string) { remove(t, root, "sub") }, []source.Path{"sub"}, []string{"a.go", "b.go"}},
		{"a folder is new, and only it is told of", func(t *testing.T, root string) {
			lsptest.Write(t, root, map[string]string{"more/e.go": "package more\n", "more/deep/f.go": "package deep\n"})
		}, []source.Path{"more"}, []string{"a.go", "b.go", "more/deep/f.go", "more/e.go", "sub/c.go", "sub/d.txt"}},
		{"rules come", func(t *testing.T, root string) {
			lsptest.Write(t, root, map[string]string{".gitignore": "*.txt\n/b.go\n"})
		},
			[]source.Path{".gitignore"}, []string{".gitignore", "a.go", "sub/c.go"}},
		{"rules in a folder", func(t *testing.T, root string) { lsptest.Write(t, root, map[string]string{"sub/.gitignore": "*\n"}) },
			[]source.Path{"sub/.gitignore"}, []string{"a.go", "b.go"}},
		{"an ignored file is new", func(t *testing.T, root string) {
			lsptest.Write(t, root, map[string]string{"node_modules/x.js": "x", ".env": "KEY=1"})
		}, []source.Path{"node_modules/x.js", ".env", "node_modules"}, []string{"a.go", "b.go", "sub/c.go", "sub/d.txt"}},
		{"a file becomes binary", func(t *testing.T, root string) { lsptest.Write(t, root, map[string]string{"b.go": "\x00\x01\x02"}) },
			[]source.Path{"b.go"}, []string{"a.go", "sub/c.go", "sub/d.txt"}},
		{"a file becomes a folder", func(t *testing.T, root string) {
			remove(t, root, "b.go")
			lsptest.Write(t, root, map[string]string{"b.go/x.go": "package x\n"})
		}, []source.Path{"b.go"}, []string{"a.go", "b.go/x.go", "sub/c.go", "sub/d.txt"}},
		{"a file becomes a link", func(t *testing.T, root string) {
			remove(t, root, "b.go")
			if err := os.Symlink("a.go", filepath.Join(root, "b.go")); err != nil {
				t.Fatal(err)
			}
		}, []source.Path{"b.go"}, []string{"a.go", "sub/c.go", "sub/d.txt"}},
		{"nothing", func(*testing.T, string) {}, []source.Path{"a.go"}, []string{"a.go", "b.go", "sub/c.go", "sub/d.txt"}},
		{"paths that are none", func(*testing.T, string) {}, []source.Path{"", "..", "../x", "/etc/passwd", "a\x00b", "."}, []string{"a.go", "b.go", "sub/c.go", "sub/d.txt"}},
		{"very many", func(t *testing.T, root string) {
			files := map[string]string{}
			for i := range 300 {
				files[fmt.Sprintf("sub/many/%d.go", i)] = "package many\n"
			}
			lsptest.Write(t, root, files)
			remove(t, root, "sub/many")
		}, func() (all []source.Path) {
			for i := range 2500 { // more than are looked at one by one
				all = append(all, source.Path(fmt.Sprintf("sub/many/%d.go", i)))
			}
			return all
		}(), []string{"a.go", "b.go", "sub/c.go", "sub/d.txt"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in(t, lsptest.Options{Files: start}, func(t *testing.T, h *host.Host, root string) {
				space := open(t, h, root)
				if diff := cmp.Diff([]string{"a.go", "b.go", "sub/c.go", "sub/d.txt"}, paths(space)); diff != "" {
					t.Fatal(diff)
				}
				test.change(t, root)
				space.Changed(test.changed...)
				synctest.Wait()
				if diff := cmp.Diff(test.want, paths(space)); diff != "" {
					t.Error(diff)
				}
				if space.State().Indexing {
					t.Error("it says that it is still reading")
				}
			})
		})
	}
}

// TestChangedTextIsReadAgain, and only that.
func TestChangedTextIsReadAgain(t *testing.T) {
	parser := &fakeParser{}
	in(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n", "b.go": "package b\n"}, Parser: parser}, func(t *testing.T, h *host.Host, root string) {
		space := open(t, h, root)
		if n := parser.calls.Load(); n != 2 {
			t.Errorf("two files were parsed %d times", n)
		}
		lsptest.Write(t, root, map[string]string{"b.go": "package better\n"})
		before := space.State()
		space.Changed("a.go", "b.go")
		synctest.Wait()
		if n := parser.calls.Load(); n != 3 {
			t.Errorf("after one change %d were parsed", n)
		}
		record, _ := space.State().Base.Record("b.go")
		if record == nil || record.File.Text() != "package better\n" {
			t.Errorf("the record is %+v", record)
		}
		if old, _ := before.Base.Record("b.go"); old.File.Text() != "package b\n" {
			t.Error("an old state has changed")
		}
	})
}

// TestOneSpaceForAllClients: clients with the same limits share a folder, which ends with the last of them.
func TestOneSpaceForAllClients(t *testing.T) {
	in(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n"}}, func(t *testing.T, h *host.Host, root string) {
		first := open(t, h, root)
		second := h.Space(root+"/.", settings.Default())
		if first != second {
			t.Error("two clients read the same folder twice")
		}
		strict := settings.Default()
		strict.MaxBytes = 5
		third := h.Space(root, strict)
		if third == first {
			t.Error("a client with other limits got the same files")
		}
		third.Release()
		second.Release()
		lsptest.Write(t, root, map[string]string{"b.go": "package b\n"})
		first.Changed("b.go")
		synctest.Wait()
		if diff := cmp.Diff([]string{"a.go", "b.go"}, paths(first)); diff != "" {
			t.Errorf("one of two clients left: %s", diff)
		}
	})
}

func TestReleaseEndsTheWork(t *testing.T) {
	in(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n"}}, func(t *testing.T, h *host.Host, root string) {
		space := h.Space(root, settings.Default())
		if _, err := space.Wait(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		space.Release()
		lsptest.Write(t, root, map[string]string{"b.go": "package b\n"})
		synctest.Wait()
		space.Changed("b.go")
		synctest.Wait()
		if diff := cmp.Diff([]string{"a.go"}, paths(space)); diff != "" {
			t.Errorf("a folder that nobody has open was read: %s", diff)
		}
		again := h.Space(root, settings.Default())
		defer again.Release()
		if again == space {
			t.Fatal("a folder that had ended came back")
		}
		if _, err := again.Wait(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"a.go", "b.go"}, paths(again)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWorkCanBeEnded at any time: closing the host waits for no slow parse.
func TestWorkCanBeEnded(t *testing.T) {
	ends := map[string]func(h *host.Host, space *host.Space){
		"by the last client": func(_ *host.Host, space *host.Space) { space.Release() },
		"by the host":        func(h *host.Host, _ *host.Space) { h.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			parser := &fakeParser{see: func(ctx context.Context, _ outline.ParseRequest) {
				pause, cancel := context.WithTimeout(ctx, time.Hour) // one file, in virtual time
				defer cancel()
				<-pause.Done()
			}}
			files := map[string]string{}
			for i := range 500 {
				files[fmt.Sprintf("%d.go", i)] = "package a\n"
			}
			in(t, lsptest.Options{Files: files, Parser: parser}, func(t *testing.T, h *host.Host, root string) {
				space := h.Space(root, settings.Default())
				began := time.Now()
				time.Sleep(90 * time.Minute) // some files are read
				end(h, space)
				h.Close()
				if took := time.Since(began); took != 90*time.Minute {
					t.Errorf("it took %s to end", took-90*time.Minute)
				}
			})
		})
	}
}

// TestABrokenFileCostsItself and nothing else.
func TestABrokenFileCostsItself(t *testing.T) {
	var panics atomic.Int32
	parser := &fakeParser{see: func(_ context.Context, request outline.ParseRequest) {
		if strings.Contains(request.Text, "PANIC") {
			panic("cannot read " + string(request.Path))
		}
	}}
	files := map[string]string{"a.go": "package a\n", "bad.go": "PANIC", "c.go": "package c\n"}
	options := lsptest.Options{Files: files, Parser: parser, Panicked: func(string, any) { panics.Add(1) }}
	in(t, options, func(t *testing.T, h *host.Host, root string) {
		space := open(t, h, root)
		if diff := cmp.Diff([]string{"a.go", "c.go"}, paths(space)); diff != "" {
			t.Error(diff)
		}
		if n := panics.Load(); n != 1 {
			t.Errorf("%d panics were told", n)
		}
		lsptest.Write(t, root, map[string]string{"a.go": "PANIC too", "d.go": "package d\n"})
		space.Changed("a.go")
		synctest.Wait()
		space.Changed("d.go") // the work goes on
		synctest.Wait()
		if got := paths(space); !strings.Contains(strings.Join(got, " "), "d.go") {
			t.Errorf("after a panic there are %v", got)
		}
	})
}

func TestAFolderThatCannotBeRead(t *testing.T) {
	in(t, lsptest.Options{Files: map[string]string{"file": "x"}}, func(t *testing.T, h *host.Host, root string) {
		for _, name := range []string{filepath.Join(root, "none"), filepath.Join(root, "file"), "\x00"} {
			space := h.Space(name, settings.Default())
			if _, err := space.Wait(t.Context(), nil); err == nil || space.State().Indexing || space.State().Problem == "" {
				t.Errorf("%q: %v, %+v", name, err, space.State())
			}
			space.Changed("x.go")
			synctest.Wait()
			space.Release()
		}
	})
}

func TestWatchersSeeEveryStateInOrder(t *testing.T) {
	files := map[string]string{}
	for i := range 450 {
		files[fmt.Sprintf("%d.go", i)] = "package a\n"
	}
	in(t, lsptest.Options{Files: files, Parser: &fakeParser{}}, func(t *testing.T, h *host.Host, root string) {
		space := h.Space(root, settings.Default())
		defer space.Release()
		var mutex sync.Mutex
		var states []*host.State
		cancel := space.Watch(func(state *host.State) {
			mutex.Lock()
			defer mutex.Unlock()
			states = append(states, state)
		})
		if _, err := space.Wait(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		count := len(states)
		for i, state := range states[1:] {
			if state.Done < states[i].Done || state.Done > state.Total && state.Total > 0 || state.Base.Files() < states[i].Base.Files() {
				t.Errorf("state %d is %+v behind %+v", i+1, state, states[i])
			}
		}
		if last := states[count-1]; last.Indexing || last.Done != 450 || last.Total != 450 || last.Base.Files() != 450 || last.Local == nil {
			t.Errorf("the last state is %+v", last)
		}
		space.Changed(".gitignore")
		synctest.Wait()
		if len(states) != count {
			t.Error("a watcher that was cancelled is called")
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	parser := &fakeParser{see: func(ctx context.Context, _ outline.ParseRequest) { <-ctx.Done() }}
	in(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n"}, Parser: parser}, func(t *testing.T, h *host.Host, root string) {
		space := h.Space(root, settings.Default())
		defer space.Release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		seen := 0
		if _, err := space.Wait(ctx, func(*host.State) { seen++ }); !errors.Is(err, context.DeadlineExceeded) || seen == 0 {
			t.Errorf("waited with %v, saw %d states", err, seen)
		}
	})
}

// TestTheLocalIndexFollows when the folder has been quiet for a while.
func TestTheLocalIndexFollows(t *testing.T) {
	in(t, lsptest.Options{Files: map[string]string{"a.go": "package a\n"}}, func(t *testing.T, h *host.Host, root string) {
		space := open(t, h, root)
		first := space.State().Local
		lsptest.Write(t, root, map[string]string{"b.go": "package b\n"})
		space.Changed("b.go")
		synctest.Wait()
		if space.State().Local != first {
			t.Error("the index was made anew at once")
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		second := space.State().Local
		if second == first {
			t.Error("the index was not made anew")
		}
		space.Changed("b.go") // nothing is new
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if space.State().Local != second {
			t.Error("the index of the same files was made anew")
		}
	})
}
