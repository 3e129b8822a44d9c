package session

import (
	"context"
	"fmt"
	"hash/fnv"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/position"
)

// folder is one workspace folder of the client, or, without a root, the place of documents outside all folders.
type folder struct {
	root     string
	space    atomic.Pointer[host.Space] // nil until the folder is read, and for the loose folder
	present  atomic.Pointer[workspace.Snapshot]
	local    atomic.Pointer[local.Index]
	settings atomic.Pointer[settings.Settings]
	engine   atomic.Pointer[completion.Engine]

	mutex   sync.Mutex // makes changes of present follow each other, and guards what follows
	unwatch func()
	gone    bool // the client has closed the folder
}

func (s *Session) newFolder(root string) *folder {
	f := &folder{root: root, unwatch: func() {}}
	f.present.Store(&workspace.Snapshot{})
	return f
}

// apply makes the present snapshot the one after a change.
func (f *folder) apply(change workspace.Change) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.present.Store(f.present.Load().Apply(change))
}

func (f *folder) release() {
	f.mutex.Lock()
	f.gone = true
	space, unwatch := f.space.Load(), f.unwatch
	f.mutex.Unlock()
	unwatch()
	if space != nil {
		space.Release()
	}
}

// settle finds the settings of a folder and the engine for them. Where they say that other files are read, they are.
func (s *Session) settle(f *folder) {
	s.mutex.Lock()
	editor := s.editor
	s.mutex.Unlock()
	values, problems := s.config.Settings, []settings.Problem(nil)
	if f.root != "" {
		values, problems = values.WithFile(settings.Repository, filepath.Join(f.root, settings.RepositoryFile))
	}
	values, more := values.With(settings.Editor, editor)
	for _, problem := range append(problems, more...) {
		s.warn(problem.String())
	}
	before := f.settings.Swap(&values)
	f.engine.Store(s.config.Host.Engine(values))
	if f.space.Load() != nil && (before.MaxBytes != values.MaxBytes || !slices.Equal(before.Exclude, values.Exclude)) {
		s.read(f)
	}
}

// AddFolder makes a folder one of the workspace by its absolute path, so that documents opened from now on belong to it.
// It is read at once when the session has started, else at Start. A folder that is known already is left as it is. Like
// edits, calls must come from one goroutine.
func (s *Session) AddFolder(root string) {
	root = filepath.Clean(root)
	s.mutex.Lock()
	known := slices.ContainsFunc(s.folders, func(f *folder) bool { return f.root == root })
	s.mutex.Unlock()
	if known {
		return
	}
	f := s.newFolder(root)
	s.settle(f)
	s.mutex.Lock()
	s.folders = append(s.folders, f)
	started := s.started
	moved := s.adopt(f)
	s.mutex.Unlock()
	for _, d := range moved {
		s.parse(d)
	}
	if started {
		s.read(f)
	}
}

// adopt moves the open documents that a new folder holds into it, from a folder around it or from outside all of them:
// an editor may open files first and the folder later. The caller holds the mutex.
func (s *Session) adopt(f *folder) (moved []*document) {
	for _, d := range s.documents {
		inside, ok := position.Relative(f.root, d.name)
		if d.name == "" || !ok || len(d.folder.root) >= len(f.root) {
			continue
		}
		current, _ := d.folder.present.Load().Document(d.path)
		d.folder.apply(workspace.Closed{Path: d.path})
		f.apply(workspace.Opened{File: source.NewFile(inside, current.File.Text()), Language: d.language, Version: d.version, Handle: d.handle})
		d.folder, d.path = f, inside
		moved = append(moved, d)
	}
	return moved
}

// read begins to read a folder, with the settings of now, in place of what was read with others before.
func (s *Session) read(f *folder) {
	space := s.config.Host.Space(f.root, *f.settings.Load())
	unwatch := space.Watch(func(state *host.State) { s.follow(f, state) })
	f.mutex.Lock()
	before, unwatchBefore := f.space.Load(), f.unwatch
	gone := f.gone
	if !gone {
		f.space.Store(space)
		f.unwatch = unwatch
	}
	f.mutex.Unlock()
	if gone { // the client closed it meanwhile
		before, unwatchBefore = space, unwatch
	}
	unwatchBefore()
	if before != nil {
		before.Release()
	}
}

// RemoveFolder closes a folder of the workspace. Its open documents stay as they are.
func (s *Session) RemoveFolder(root string) {
	root = filepath.Clean(root)
	s.mutex.Lock()
	var removed *folder
	s.folders = slices.DeleteFunc(s.folders, func(f *folder) bool {
		if f.root == root {
			removed = f
		}
		return f.root == root
	})
	if removed != nil {
		s.busyWith(removed, false, 0, "")
	}
	s.mutex.Unlock()
	if removed != nil {
		removed.release()
	}
}

// follow takes a new state of a folder over.
func (s *Session) follow(f *folder, state *host.State) {
	if f.present.Load().Base() != state.Base {
		f.apply(workspace.Rebased{Base: state.Base})
	}
	f.local.Store(state.Local)
	s.warn(state.Problem)
	s.indexing(f, state)
}

// place finds the folder and the path of a document: the innermost folder that holds it, else the loose one, where
// the path is made of its name and a number, so that two files of one name do not meet.
func (s *Session) place(key, name string) (*folder, source.Path) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var best *folder
	var inside source.Path
	for _, f := range s.folders {
		if p, ok := position.Relative(f.root, name); name != "" && ok && (best == nil || len(f.root) > len(best.root)) {
			best, inside = f, p
		}
	}
	if best != nil {
		return best, inside
	}
	hash := fnv.New32a()
	hash.Write([]byte(key))
	base := path.Base(filepath.ToSlash(name))
	if name == "" {
		base = path.Base(key[strings.IndexByte(key, ':')+1:])
	}
	return s.loose, source.Path(fmt.Sprintf("outside-%08x/%s", hash.Sum32(), strings.Trim(base, "./\\")))
}

// FilesChanged tells that files were made, changed or removed on disk, by their absolute paths.
func (s *Session) FilesChanged(names []string) {
	s.mutex.Lock()
	folders := slices.Clone(s.folders)
	s.mutex.Unlock()
	for _, f := range folders {
		var paths []source.Path
		for _, name := range names {
			if p, ok := position.Relative(f.root, name); ok {
				paths = append(paths, p)
				if p == settings.RepositoryFile {
					s.settle(f)
				}
			}
		}
		if space := f.space.Load(); space != nil && len(paths) > 0 {
			space.Changed(paths...)
		}
	}
}

// first is the folder whose settings choose the model that is loaded beforehand.
func (s *Session) first() *folder {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.folders) > 0 {
		return s.folders[0]
	}
	return s.loose
}

// warm finds the model and loads it, apart from any request, and tells the outcome, unless settings have chosen another
// one meanwhile.
func (s *Session) warm() {
	s.mutex.Lock()
	s.busy.round++
	round := s.busy.round
	s.mutex.Unlock()
	s.modelState(round, true, completion.Status{})
	engine := s.first().engine.Load()
	s.Background("loading the model", func(ctx context.Context) { s.modelState(round, false, engine.Warm(ctx)) })
}
