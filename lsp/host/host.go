// Package host owns what the clients of one process share: the files of each workspace folder on disk, read, outlined
// and indexed in the background, and the completion engines.
//
// One thing must stay true: no client waits for the host. What it knows of a folder is an immutable State that is
// replaced as the work goes on; a panic or a broken file costs that file and nothing else.
package host

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/outline"
)

// Config is what a Host needs.
type Config struct {
	// Parser outlines the files of all folders and the documents of all clients.
	Parser outline.Parser
	// Judge answers the engines' questions of structure; nil for none.
	Judge outline.Judge
	// Connect makes the model server that settings name. It does not talk to it.
	Connect func(settings.Settings) completion.Model
	// Home is the user's home folder, where git's global ignore rules are looked up; empty for none.
	Home string
	// Log takes what went wrong; nil for nowhere.
	Log *slog.Logger
	// Panicked is told of a panic in background or request work, after it was logged. Nil leaves it at that; tests
	// fail here.
	Panicked func(where string, value any)
}

// Host is the shared part of a process. It is safe for use by several goroutines. Close it when the last client is
// gone.
type Host struct {
	config  Config
	life    context.Context // of the process: folders outlive the requests that open them
	group   conc.WaitGroup
	handles atomic.Uint64

	mutex   sync.Mutex // guards the maps
	spaces  map[string]*Space
	engines map[string]*completion.Engine
}

// New makes a host with no folder. Its background work ends with ctx, or at Close.
func New(ctx context.Context, config Config) *Host {
	if config.Log == nil {
		config.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &Host{config: config, life: ctx, spaces: map[string]*Space{}, engines: map[string]*completion.Engine{}}
}

// Parser is the parser that all clients share.
func (h *Host) Parser() outline.Parser { return h.config.Parser }

// NewHandle is a handle for a document that no other client of the parser has.
func (h *Host) NewHandle() outline.Handle { return outline.Handle(h.handles.Add(1)) }

// Engine is the completion engine for settings; equal settings share one, and with it what it knows of the model.
func (h *Host) Engine(s settings.Settings) *completion.Engine {
	key := fmt.Sprintf("%#v", s) // maps are printed in the order of their keys
	h.mutex.Lock()
	defer h.mutex.Unlock()
	engine := h.engines[key]
	if engine == nil {
		engine = completion.New(completion.Config{Settings: s, Model: h.config.Connect(s), Judge: h.config.Judge})
		h.engines[key] = engine
	}
	return engine
}

// Guard runs work and survives its panic, which is logged; it is false then.
func (h *Host) Guard(where string, work func()) (ok bool) {
	defer func() {
		if value := recover(); value != nil {
			h.config.Log.Error("panic", "in", where, "value", fmt.Sprint(value), "stack", string(debug.Stack()))
			if h.config.Panicked != nil {
				h.config.Panicked(where, value)
			}
		}
	}()
	work()
	return true
}

// Close ends all background work and waits for it. Spaces must have been released.
func (h *Host) Close() {
	h.mutex.Lock()
	for _, space := range h.spaces {
		space.stop()
	}
	h.mutex.Unlock()
	h.group.Wait()
}
