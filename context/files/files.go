// Package files walks and reads a workspace on disk: what is ignored, secret, binary, too large or no plain file is
// left alone, with a reason.
//
// One thing must stay true: nothing outside the root is ever read, no link is followed, and a file that a rule
// forbids is not opened, whoever asks.
//
// A tree takes four steps, each in its file: patterns of .gitignore (pattern.go), the stack of rules that hold for a
// folder (ignore.go), names that hold secrets (secrets.go), and bounded reading (read.go).
package files

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

// Options bound what a tree reads.
type Options struct {
	// MaxBytes is the size above which a file is left alone; 0 means 1 MiB.
	MaxBytes int
	// Exclude holds further patterns, as in .gitignore, counted from the root.
	Exclude []string
	// Home is the user's home folder, where git's global settings are looked up; empty means none.
	Home string
}

// Tree is a workspace on disk. It is safe for use by several goroutines. Close it when it is no longer needed.
type Tree struct {
	root    *os.Root
	name    string
	options Options
	exclude patterns
	base    []scope // rules from outside the root: global, of the repository, of folders above
}

// Entry is one file that may be read.
type Entry struct {
	Path     source.Path
	Size     int64
	Modified time.Time
}

// Open opens the workspace at root.
func Open(root string, options Options) (*Tree, error) {
	if options.MaxBytes == 0 {
		options.MaxBytes = 1 << 20
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("open workspace %s: %w", root, err)
	}
	handle, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, fmt.Errorf("open workspace: %w", err)
	}
	tree := &Tree{root: handle, name: absolute, options: options, exclude: parsePatterns(strings.Join(options.Exclude, "\n"))}
	tree.base = outerScopes(absolute, options.Home)
	return tree, nil
}

// Close releases the root.
func (t *Tree) Close() error { return t.root.Close() }

// Root is the absolute path of the workspace.
func (t *Tree) Root() string { return t.name }

// Skipped is something that was left alone.
type Skipped struct {
	Path   source.Path
	Reason string // one of a small number of reasons: "ignored by .gitignore", "holds secrets", …
}

// Walk goes through all files that may be read, folder by folder in the order of their names. What is left alone is
// told to skipped, which may be nil. An unreadable folder is left alone. It ends early when ctx ends.
func (t *Tree) Walk(ctx context.Context, skipped func(Skipped)) iter.Seq[Entry] {
	if skipped == nil {
		skipped = func(Skipped) {}
	}
	return func(yield func(Entry) bool) {
		t.walk(ctx, ".", t.scopesAt("."), skipped, yield)
	}
}

func (t *Tree) walk(ctx context.Context, folder string, scopes []scope, skipped func(Skipped), yield func(Entry) bool) bool {
	entries, err := fs.ReadDir(t.root.FS(), folder)
	if err != nil {
		skipped(Skipped{source.Path(folder), "folder cannot be read"})
		return true
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return false
		}
		name := path.Join(folder, entry.Name())
		if reason := t.reason(name, entry, scopes); reason != "" {
			skipped(Skipped{source.Path(name), reason})
			continue
		}
		if entry.IsDir() {
			if !t.walk(ctx, name, t.enter(scopes, name), skipped, yield) {
				return false
			}
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // gone meanwhile
		}
		if info.Size() > int64(t.options.MaxBytes) {
			skipped(Skipped{source.Path(name), "too large"})
			continue
		}
		if !yield(Entry{source.Path(name), info.Size(), info.ModTime()}) {
			return false
		}
	}
	return true
}

// reason tells why an entry of a folder is left alone, empty when it is not.
func (t *Tree) reason(name string, entry fs.DirEntry, scopes []scope) string {
	switch {
	case !utf8.ValidString(entry.Name()) || strings.ContainsAny(entry.Name(), "\n\r\x00\x1b"):
		return "name is not plain text"
	case len(name) > maxPath:
		return "path too long"
	case entry.Type()&fs.ModeSymlink != 0:
		return "link"
	case !entry.IsDir() && !entry.Type().IsRegular():
		return "not a plain file"
	}
	return t.ruledOut(name, entry.IsDir(), scopes)
}

// maxPath bounds a path; longer ones cannot be opened on most systems.
const maxPath = 4000

// ruledOut tells which rule forbids a path whose parents are allowed.
func (t *Tree) ruledOut(name string, isDir bool, scopes []scope) string {
	base := path.Base(name)
	if isDir && slices.Contains(generatedFolders, base) {
		return "generated folder"
	}
	if reason := secret(name, isDir); reason != "" {
		return reason
	}
	if t.exclude.decide(name, isDir) == ignored {
		return "excluded by settings"
	}
	return decideAll(scopes, name, isDir)
}

// generatedFolders hold what tools made or fetched, whatever the ignore files say.
var generatedFolders = []string{".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", "__pycache__", ".venv", ".tox", ".nox",
	".mypy_cache", ".pytest_cache", ".ruff_cache", ".gradle", ".terraform", ".next", ".nuxt", ".svelte-kit", ".yarn", ".pnpm-store", "site-packages"}

// Ignored tells whether and why a path is left alone, by its own name and the names of all folders above it. It is
// for single paths, from an editor or a watcher: it reads the ignore files on the way.
func (t *Tree) Ignored(p source.Path) (reason string) {
	name := path.Clean(string(p))
	if !fs.ValidPath(name) || len(name) > maxPath {
		return "path lies outside the workspace"
	}
	scopes := t.scopesAt(".")
	parts := strings.Split(name, "/")
	for i := range parts {
		at := strings.Join(parts[:i+1], "/")
		isDir := i < len(parts)-1
		if reason := t.ruledOut(at, isDir, scopes); reason != "" {
			return reason
		}
		if isDir {
			scopes = t.enter(scopes, at)
		}
	}
	return ""
}
