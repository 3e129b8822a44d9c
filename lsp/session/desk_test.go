package session_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/lsptest"
	"github.com/infill-dev/infill/lsp/session"
)

// fakeParser notes what it is asked. Its parses take as long as takes says, in virtual time.
type fakeParser struct {
	takes time.Duration
	panic string // in a text, ends the parse by a panic

	mutex  sync.Mutex
	texts  map[outline.Handle][]string
	busy   map[outline.Handle]bool
	faults []string
	closed map[outline.Handle]int
}

func newParser(takes time.Duration) *fakeParser {
	return &fakeParser{takes: takes, texts: map[outline.Handle][]string{}, busy: map[outline.Handle]bool{}, closed: map[outline.Handle]int{}}
}

func (p *fakeParser) Outline(ctx context.Context, request outline.ParseRequest) (outline.Outline, error) {
	if request.Handle == 0 {
		return outline.Outline{Hash: request.Hash}, nil // a file on disk
	}
	p.enter(request.Handle, request.Text)
	defer p.leave(request.Handle)
	pause, cancel := context.WithTimeout(ctx, p.takes)
	defer cancel()
	<-pause.Done()
	if p.panic != "" && strings.Contains(request.Text, p.panic) {
		panic("parser")
	}
	return outline.Outline{Hash: request.Hash, Language: request.Language, Decls: []outline.Decl{{Name: request.Text}}}, ctx.Err()
}

func (p *fakeParser) enter(handle outline.Handle, text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.busy[handle] {
		p.faults = append(p.faults, "two calls for one document")
	}
	if p.closed[handle] > 0 {
		p.faults = append(p.faults, "a call for a closed document")
	}
	p.busy[handle] = true
	p.texts[handle] = append(p.texts[handle], text)
}

func (p *fakeParser) leave(handle outline.Handle) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.busy[handle] = false
}

func (p *fakeParser) Close(handle outline.Handle) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.busy[handle] {
		p.faults = append(p.faults, "closed during a call")
	}
	p.closed[handle]++
}

// parsed is the texts that were parsed of the only document.
func (p *fakeParser) parsed(t *testing.T) []string {
	t.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, fault := range p.faults {
		t.Error(fault)
	}
	for _, texts := range p.texts {
		return slices.Clone(texts)
	}
	return nil
}

// desk is a session under test and what it reported.
type desk struct {
	*session.Session
	root string
	host *host.Host

	mutex  sync.Mutex
	events []session.Event
}

// seat runs a test with a session in virtual time.
func seat(t *testing.T, options lsptest.Options, work func(t *testing.T, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if options.Root == "" {
			options.Root = t.TempDir()
		}
		lsptest.Write(t, options.Root, options.Files)
		d := newDesk(t, lsptest.Host(t, options), options.Root)
		work(t, d)
	})
}

func newDesk(t *testing.T, h *host.Host, root string) *desk {
	d := &desk{root: root, host: h}
	d.Session = session.New(context.WithoutCancel(t.Context()), session.Config{Host: h, Settings: settings.Default(),
		Report: func(_ context.Context, event session.Event) {
			d.mutex.Lock()
			defer d.mutex.Unlock()
			d.events = append(d.events, event)
		}})
	t.Cleanup(d.Shutdown)
	return d
}

// warned are the warnings so far.
func (d *desk) warned() []string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	var sentences []string
	for _, event := range d.events {
		if warning, ok := event.(session.Warning); ok {
			sentences = append(sentences, warning.Sentence)
		}
	}
	return sentences
}

// open opens a file of the folder.
func (d *desk) open(name, text string) (key string) {
	key = filepath.Join(d.root, name)
	d.Open(key, key, "go", 1, text)
	return key
}

// edit makes a text the next one.
func (d *desk) edit(key string, version int32, text string) {
	d.Edit(key, version, source.NewFile(d.PathOf(key), text))
}

func (d *desk) text(t *testing.T, key string) string {
	t.Helper()
	file, _, err := d.Text(key)
	if err != nil {
		t.Fatal(err)
	}
	return file.Text()
}
