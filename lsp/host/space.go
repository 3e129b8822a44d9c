package host

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/files"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// State is what is known of a folder at one moment. It is immutable.
type State struct {
	Base  *workspace.Base
	Local *local.Index // nil until the first walk has ended
	// Indexing tells that files are being read; Done of Total are, Total is 0 while they are still counted.
	Indexing    bool
	Done, Total int
	// Problem is why the folder cannot be read, one sentence; empty when it can.
	Problem string
	// Skipped counts what was left alone, by reason.
	Skipped map[string]int
}

// Space is one workspace folder, kept current in the background.
type Space struct {
	host   *Host
	key    string
	root   string
	tree   *files.Tree
	stop   context.CancelFunc
	state  atomic.Pointer[State]
	wake   chan struct{} // holds one signal: there is something to do
	shared int           // clients; guarded by the host's mutex

	indexed *workspace.Base // what State.Local was made of; for the space's own goroutine only

	mutex     sync.Mutex // guards what follows
	changed   map[source.Path]bool
	rescan    bool
	watchers  map[int]func(*State)
	watchNext int
}

// Space opens a folder, or shares the one that is open already with the same limits. Release it. A folder that cannot
// be opened is an empty one whose State tells why.
func (h *Host) Space(root string, s settings.Settings) *Space {
	key := fmt.Sprintf("%s\x00%d\x00%q", filepath.Clean(root), s.MaxBytes, s.Exclude)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if space := h.spaces[key]; space != nil {
		space.shared++
		return space
	}
	ctx, stop := context.WithCancel(h.life)
	space := &Space{host: h, key: key, root: root, stop: stop, shared: 1, wake: make(chan struct{}, 1), rescan: true,
		changed: map[source.Path]bool{}, watchers: map[int]func(*State){}}
	space.state.Store(&State{Base: (&workspace.Snapshot{}).Base(), Indexing: true})
	h.spaces[key] = space
	tree, err := files.Open(root, files.Options{MaxBytes: s.MaxBytes, Exclude: s.Exclude, Home: h.config.Home})
	if err != nil {
		space.state.Store(&State{Base: space.State().Base, Problem: fmt.Sprintf("The folder %s cannot be read: %v.", root, err)})
		return space
	}
	space.tree = tree
	space.signal()
	h.group.Go(func() { space.run(ctx) })
	return space
}

// Release ends the use of a space; the last one ends its work.
func (s *Space) Release() {
	s.host.mutex.Lock()
	defer s.host.mutex.Unlock()
	if s.shared--; s.shared == 0 {
		delete(s.host.spaces, s.key)
		s.stop()
	}
}

// Root is the folder.
func (s *Space) Root() string { return s.root }

// State is what is known now.
func (s *Space) State() *State { return s.state.Load() }

// Watch calls f with each new state, the present one first, from a goroutine that must not be held up. The caller
// calls cancel at the end; f may still be running then, but is not called again.
func (s *Space) Watch(f func(*State)) (cancel func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	number := s.watchNext
	s.watchNext++
	s.watchers[number] = f
	f(s.State())
	return func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.watchers, number)
	}
}

// Wait returns when the folder has been read, and calls progress, which may be nil, with each state on the way. The
// error is that of ctx, or tells why the folder cannot be read.
func (s *Space) Wait(ctx context.Context, progress func(*State)) (*State, error) {
	states := make(chan *State, 1) // holds the newest
	cancel := s.Watch(func(state *State) {
		select {
		case <-states:
		default:
		}
		states <- state
	})
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case state := <-states:
			if progress != nil {
				progress(state)
			}
			switch {
			case state.Problem != "":
				return nil, errors.New(state.Problem)
			case !state.Indexing:
				return state, nil
			}
		}
	}
}

// Changed tells that files were written, made or removed on disk. It returns at once.
func (s *Space) Changed(paths ...source.Path) {
	s.mutex.Lock()
	for _, p := range paths {
		s.changed[p] = true
		if decidesIgnored(p) {
			s.rescan = true
		}
	}
	if len(s.changed) > maxSingly {
		s.rescan = true
	}
	s.mutex.Unlock()
	s.signal()
}

// maxSingly is how many changed paths are looked at one by one; more, as after a checkout, lead to a new walk, whose
// memory does not grow with the number of events.
const maxSingly = 2000

// decidesIgnored tells whether a file holds rules about which files are read.
func decidesIgnored(p source.Path) bool {
	switch path.Base(string(p)) {
	case ".gitignore", ".aiignore", ".cursorignore", ".aiexclude", "exclude":
		return true
	}
	return false
}

func (s *Space) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// publish makes a new state from the present one and tells everybody who watches.
func (s *Space) publish(change func(*State)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	next := *s.state.Load()
	change(&next)
	s.state.Store(&next)
	for _, f := range s.watchers {
		f(&next)
	}
}
