// Package session is one client's mutable state: its folders, its open documents and its work in flight.
//
// One thing must stay true: the methods that tell of an edit return at once and in the order of the calls the texts
// change, so that a Place taken afterwards holds every edit told before; everything that takes time runs in the
// session's own goroutines, and Shutdown waits for them.
package session

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"

	"github.com/sourcegraph/conc"

	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/lsp/host"
)

// Config is what a session needs.
type Config struct {
	Host *host.Host
	// Settings are the user's own; those of repositories and of the editor come over them.
	Settings settings.Settings
	// Report tells the client. It is called from one goroutine and may block.
	Report func(context.Context, Event)
	// Log takes a line for each request; nil for nowhere.
	Log *slog.Logger
}

// Session is the state of one client. Its methods may be called from several goroutines; edits of one document must come
// from one.
type Session struct {
	config Config
	life   context.Context // of the session: work that belongs to no request
	end    context.CancelFunc
	group  conc.WaitGroup
	out    outbox

	mutex     sync.Mutex // guards what follows
	folders   []*folder
	loose     *folder // of documents outside all folders
	documents map[string]*document
	editor    map[string]any // settings of the editor
	told      map[string]bool
	busy      busy
	status    Status
	started   bool
	closed    bool // no new goroutine may begin
}

// New makes a session without folders. Its work ends with ctx, or at Shutdown.
func New(ctx context.Context, config Config) *Session {
	if config.Log == nil {
		config.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	life, end := context.WithCancel(ctx)
	s := &Session{config: config, life: life, end: end, documents: map[string]*document{}, told: map[string]bool{},
		out: outbox{wake: make(chan struct{}, 1)}}
	s.Background("telling the client", func(ctx context.Context) { s.out.run(ctx, config.Report) })
	s.loose = s.newFolder("")
	s.settle(s.loose)
	return s
}

// Configure takes the editor's settings over, in place of those it gave before, and tells of what is wrong in them.
func (s *Session) Configure(values map[string]any) {
	s.mutex.Lock()
	s.editor = values
	folders := append(slices.Clone(s.folders), s.loose)
	started := s.started
	s.mutex.Unlock()
	before := s.first().engine.Load()
	for _, f := range folders {
		s.settle(f)
	}
	if started && s.first().engine.Load() != before {
		s.warm()
	}
}

// Start begins to read the folders and to load the model. A second call does nothing.
func (s *Session) Start() {
	s.mutex.Lock()
	if s.started {
		s.mutex.Unlock()
		return
	}
	s.started, s.busy.loading = true, true // no moment between reading and loading looks ready
	folders := slices.Clone(s.folders)
	s.mutex.Unlock()
	for _, f := range folders {
		s.read(f)
	}
	s.warm()
}

// Background runs work in a goroutine of the session. ctx ends at Shutdown, after which no work
// begins; a panic is logged and ends the work only. The caller must not hold the mutex.
func (s *Session) Background(name string, work func(ctx context.Context)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return
	}
	s.group.Go(func() { s.config.Host.Guard(name, func() { work(s.life) }) })
}

// Shutdown ends all work and waits for it. The session cannot be used afterwards.
func (s *Session) Shutdown() {
	s.end()
	s.mutex.Lock()
	s.closed = true
	s.mutex.Unlock()
	s.group.Wait()
	s.mutex.Lock()
	documents, folders := s.documents, s.folders
	s.documents, s.folders = map[string]*document{}, nil
	s.mutex.Unlock()
	for _, d := range documents {
		s.config.Host.Parser().Close(d.handle)
	}
	for _, f := range folders {
		f.release()
	}
}

// once tells whether a sentence is said for the first time.
func (s *Session) once(sentence string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.told[sentence] {
		return false
	}
	s.told[sentence] = true
	return true
}

// warn tells the client of something once.
func (s *Session) warn(sentence string) {
	if sentence != "" && s.once(sentence) {
		s.out.put(Warning{sentence})
	}
}

// ErrNotOpen is what a call for a document that is not open gets.
var ErrNotOpen = errors.New("the document is not open")
