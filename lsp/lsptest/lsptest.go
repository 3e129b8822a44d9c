// Package lsptest joins a server and an editor by a pipe, for tests.
//
// One thing must stay true: when a test ends nothing of it is left. The server has returned, the host has waited for
// its goroutines, the parser holds no document, and whatever panicked has failed the test.
//
// All of it runs inside testing/synctest, where the clock stands still until every goroutine waits for it: a pause of
// an hour takes no time, and a conversation that hangs is reported at once. The walk over the files of the workspace
// is real I/O on real disk, and parsing is C code; synctest does not count either as waiting, so that the clock stands
// until they are done. Two things do not work inside: a mutex that is held across a blocked write to the pipe (the
// clock does not move while somebody waits for a mutex), and measuring speed.
package lsptest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/syntax"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/position"
	"github.com/infill-dev/infill/lsp/session"
)

// Options say what the server and the editor are. The zero value is an empty workspace and no model.
type Options struct {
	// Files are written into the workspace, by path.
	Files map[string]string
	// Root is the workspace folder; empty means a new one for the test.
	Root string
	// Model is the model server; nil means none. Connect makes it for settings, instead.
	Model   completion.Model
	Connect func(settings.Settings) completion.Model
	// Settings are the editor's, sent with initialize.
	Settings map[string]any
	// User changes the user's own settings.
	User func(*settings.Settings)
	// Problems are what was wrong in them.
	Problems []settings.Problem
	// Configuration, Encodings, Trace, OnStatus and OnNotification are those of the editor.
	Configuration  map[string]any
	Encodings      []string
	Trace          string
	OnStatus       func(headless.Status)
	OnNotification func(method string, params []byte)
	// Parser outlines files; nil means tree-sitter.
	Parser outline.Parser
	// Panicked is told of panics; nil means that one fails the test.
	Panicked func(where string, value any)
	// Host is shared with other servers; nil means one of its own.
	Host *host.Host
	// Log takes the log; nil means that warnings go to the test's.
	Log *slog.Logger
}

// Pair is an editor and the server that it talks to.
type Pair struct {
	*headless.Editor
	Host    *host.Host
	Root    string
	Session *session.Session
	t       testing.TB
}

// Server starts a server and connects an editor to it. Both end with the test.
func Server(t testing.TB, options Options) *Pair {
	t.Helper()
	s := start(t, &options)
	editor, err := headless.Connect(t.Context(), s.conn, headless.Options{Root: s.root, Encodings: options.Encodings, Settings: options.Settings,
		Configuration: options.Configuration, Trace: options.Trace, OnStatus: options.OnStatus, OnNotification: options.OnNotification})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if err := editor.Close(ctx); err != nil && s.running() {
			t.Errorf("close the editor: %v", err)
		}
		if err := s.wait(); err != nil {
			t.Errorf("the server returned %v", err)
		}
	})
	return &Pair{Editor: editor, Host: options.Host, Root: s.root, Session: s.session, t: t}
}

// running is a server under test.
type running struct {
	conn    net.Conn // the client's end
	root    string
	session *session.Session
	stop    context.CancelFunc // of the context that Serve was given
	ended   chan struct{}
	err     error // of Serve; read it when ended is closed
}

// start makes what the options leave open, writes the files and starts the server.
func start(t testing.TB, options *Options) *running {
	t.Helper()
	for range 2 { // a sync.Pool is empty behind the second collection
		runtime.GC()
	}
	if options.Root == "" {
		options.Root = t.TempDir()
	}
	Write(t, options.Root, options.Files)
	if options.Log == nil {
		options.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if options.Host == nil {
		options.Host = Host(t, *options)
	}
	user := settings.Default()
	if options.User != nil {
		options.User(&user)
	}
	ours, theirs := net.Pipe()
	s := &running{conn: ours, root: options.Root, ended: make(chan struct{})}
	config := lsp.Config{Host: options.Host, Settings: user, Problems: options.Problems, Version: "0-test", Log: options.Log}
	made := make(chan *session.Session, 1)
	config.Session = func(session *session.Session) { made <- session }
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s.stop = stop
	go func() {
		defer close(s.ended)
		s.err = lsp.Serve(ctx, theirs, config)
	}()
	s.session = <-made
	t.Cleanup(func() { // what a test that failed early left running
		stop()
		_ = ours.Close()
		<-s.ended
	})
	return s
}

// running tells whether the server has not returned yet.
func (s *running) running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// wait waits for the server and gives what it returned.
func (s *running) wait() error {
	<-s.ended
	return s.err
}

// Host makes a host as the program does, closes it at the end of the test, and fails the test when the parser is left
// with a document.
func Host(t testing.TB, options Options) *host.Host {
	t.Helper()
	structure := syntax.New()
	var parser outline.Parser = structure
	if options.Parser != nil {
		parser = options.Parser
	}
	watched := &watchedParser{Parser: parser, open: map[outline.Handle]source.Path{}}
	panicked := options.Panicked
	if panicked == nil {
		panicked = func(where string, value any) { t.Errorf("panic in %s: %v", where, value) }
	}
	connect := options.Connect
	if connect == nil {
		connect = func(settings.Settings) completion.Model { return options.Model }
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	h := host.New(ctx, host.Config{Parser: watched, Judge: structure, Log: options.Log, Panicked: panicked, Connect: connect})
	t.Cleanup(func() {
		h.Close()
		end()
		watched.mutex.Lock()
		defer watched.mutex.Unlock()
		for handle, path := range watched.open {
			t.Errorf("the parser still holds %s (document %d)", path, handle)
		}
	})
	return h
}

// watchedParser notes which documents a parser holds.
type watchedParser struct {
	outline.Parser
	mutex sync.Mutex
	open  map[outline.Handle]source.Path
}

func (p *watchedParser) Outline(ctx context.Context, request outline.ParseRequest) (outline.Outline, error) {
	if request.Handle != 0 {
		p.mutex.Lock()
		p.open[request.Handle] = request.Path
		p.mutex.Unlock()
	}
	return p.Parser.Outline(ctx, request)
}

func (p *watchedParser) Close(handle outline.Handle) {
	p.mutex.Lock()
	delete(p.open, handle)
	p.mutex.Unlock()
	p.Parser.Close(handle)
}

// Write writes files into a folder, by path.
func Write(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// Ready waits until the server has read the workspace and loaded the model.
func (p *Pair) Ready() headless.Status {
	p.t.Helper()
	status, err := p.WaitReady(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return status
}

// Document opens a file of the workspace.
func (p *Pair) Document(name source.Path, text string) *headless.Document {
	p.t.Helper()
	d, err := p.Open(name, source.LanguageOf(name), text)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

// Settle waits until the server has taken everything that was sent before.
func (p *Pair) Settle() {
	p.t.Helper()
	if err := p.Call(p.t.Context(), "infill/none", nil, nil); err == nil {
		p.t.Error("infill/none was answered without an error")
	}
}

// ServerText is the server's text of a document. The error tells that it is not open there or not known.
func (p *Pair) ServerText(d *headless.Document) (string, error) {
	p.t.Helper()
	p.Settle()
	return text(p.Session, d.URI())
}

func text(s *session.Session, uri string) (string, error) {
	key, err := position.PathFromURI(uri)
	if err != nil {
		key = uri
	}
	file, _, err := s.Text(key)
	if err != nil {
		return "", err
	}
	return file.Text(), nil
}
