// Package modeltest is a model that follows a script: for tests, and for a server that a whole program can be run against.
//
// One thing must stay true: the same script does the same in the process (Model) and over HTTP (Server), so that a test
// may move from one to the other.
//
//	m := modeltest.New("return |width * height⏎")
package modeltest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/infill-dev/infill/completion/model"
)

// Model answers requests by scripts. It implements model.Generator, model.Catalog, model.Loader and model.Memory. Its fields
// are set before the first call. It is safe for use by several goroutines.
type Model struct {
	// Models are the models that there are. A request for another one fails with model.ErrNoModel; when there are none,
	// every name will do.
	Models []model.Info
	// InMemory are the models that are loaded.
	InMemory []model.Loaded
	// ServerVersion is what Version tells.
	ServerVersion string
	// Reply makes the script for a request, instead of the scripts that were given to New.
	Reply func(model.Request) string
	// Faults are names of faults, by the call that has them: "version", "list", "show", "loaded", "load".
	Faults map[string]string
	// NoLogProbs makes the model leave log-probabilities out, as an old server does.
	NoLogProbs bool

	scripts  []Script
	next     atomic.Int64
	requests atomic.Pointer[[]model.Request]
	loads    atomic.Pointer[[]model.Request]
}

var (
	_ model.Generator = (*Model)(nil)
	_ model.Catalog   = (*Model)(nil)
	_ model.Loader    = (*Model)(nil)
	_ model.Memory    = (*Model)(nil)
)

// New makes a model that answers its first request by the first script, the next one by the next, and all later ones
// by the last. A text may hold several scripts; the notation is at Parse. Without a script every answer is empty.
// There is one model, "qwen2.5-coder:0.5b". New panics when a script is wrong, like regexp.MustCompile.
func New(scripts ...string) *Model {
	m := &Model{
		ServerVersion: "0.17.4",
		Models:        []model.Info{{Name: "qwen2.5-coder:0.5b", Digest: "bb74614501fa", Architecture: "qwen2", ContextLength: 32768, Bytes: 491400332}},
		InMemory:      []model.Loaded{{Name: "qwen2.5-coder:0.5b", Bytes: 442191360, ContextLength: 8192}},
	}
	for _, text := range scripts {
		m.scripts = append(m.scripts, must(Parse(text))...)
	}
	return m
}

func must(scripts []Script, err error) []Script {
	if err != nil {
		panic("modeltest: " + err.Error())
	}
	return scripts
}

// Requests are the requests so far, in order, without those of Load.
func (m *Model) Requests() []model.Request { return read(&m.requests) }

// Loads are the requests of Load so far.
func (m *Model) Loads() []model.Request { return read(&m.loads) }

func read[T any](list *atomic.Pointer[[]T]) []T {
	if all := list.Load(); all != nil {
		return *all
	}
	return nil
}

// add puts a value at the end of a list that others may read and lengthen at the same time.
func add[T any](list *atomic.Pointer[[]T], value T) {
	for {
		old := list.Load()
		var longer []T
		if old != nil {
			longer = slices.Clone(*old)
		}
		longer = append(longer, value)
		if list.CompareAndSwap(old, &longer) {
			return
		}
	}
}

// Generate streams the next script. It does not look at the request's stops; it does keep to MaxTokens.
func (m *Model) Generate(ctx context.Context, request model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		script := m.script(request)
		generated := 0
		for _, step := range script.steps {
			if err := wait(ctx, step.wait); err != nil {
				yield(model.Chunk{}, err)
				return
			}
			generated += len(step.chunk.Tokens)
			if step.chunk.Text == "" {
				continue
			}
			if !yield(m.shown(step.chunk, request), nil) {
				return
			}
		}
		if err := failure(ctx, script.fault, script.said); err != nil {
			yield(model.Chunk{}, err)
			return
		}
		stats, err := script.stats(request, generated)
		yield(model.Chunk{Final: stats}, err)
	}
}

// script notes the request and finds the script that answers it.
func (m *Model) script(request model.Request) Script {
	add(&m.requests, request)
	if !m.has(request.Model) {
		return Script{fault: "missing"}
	}
	scripts := m.scripts
	index := int(m.next.Add(1)) - 1
	if m.Reply != nil {
		scripts, index = must(Parse(m.Reply(request))), 0
	}
	if len(scripts) == 0 {
		return Script{}
	}
	return scripts[min(index, len(scripts)-1)].limited(max(1, request.MaxTokens))
}

func (m *Model) has(name string) bool {
	return len(m.Models) == 0 || slices.ContainsFunc(m.Models, func(info model.Info) bool { return model.SameName(info.Name, name) })
}

func (m *Model) shown(chunk model.Chunk, request model.Request) model.Chunk {
	if !request.LogProbs || m.NoLogProbs {
		chunk.Tokens = nil
	}
	return chunk
}

// wait lets time pass until d is over or ctx ends, which is an error then. Under testing/synctest the time is virtual.
func wait(ctx context.Context, d time.Duration) error {
	if d > 0 {
		pause, cancel := context.WithTimeout(ctx, d)
		<-pause.Done()
		cancel()
	}
	return ended(ctx)
}

// ended is the failure of a context that has ended, as every implementation of model.Generator tells it.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &model.Error{Kind: model.ErrTimeout, Sentence: "The scripted model did not answer in time.", Cause: ctx.Err()}
	}
	return ctx.Err()
}

// failure is what a program sees of a fault; nil for none.
func failure(ctx context.Context, fault, said string) error {
	if fault == "stall" {
		<-ctx.Done()
		return ended(ctx)
	}
	kind := faults[fault]
	if kind == nil {
		return nil
	}
	sentence := "The scripted model fails: " + kind.Error() + "."
	if said != "" {
		sentence = "The scripted model says: " + said + "."
	}
	return &model.Error{Kind: kind, Sentence: sentence}
}

// Version is the server's version.
func (m *Model) Version(ctx context.Context) (string, error) {
	return m.ServerVersion, failure(ctx, m.Faults["version"], "")
}

// List lists the models.
func (m *Model) List(ctx context.Context) ([]model.Info, error) {
	return slices.Clone(m.Models), failure(ctx, m.Faults["list"], "")
}

// Show tells about one model.
func (m *Model) Show(ctx context.Context, name string) (model.Info, error) {
	if err := failure(ctx, m.Faults["show"], ""); err != nil {
		return model.Info{}, err
	}
	for _, info := range m.Models {
		if model.SameName(info.Name, name) {
			return info, nil
		}
	}
	return model.Info{}, failure(ctx, "missing", "")
}

// Load notes the request.
func (m *Model) Load(ctx context.Context, request model.Request) error {
	add(&m.loads, request)
	if !m.has(request.Model) {
		return failure(ctx, "missing", "")
	}
	return failure(ctx, m.Faults["load"], "")
}

// Loaded tells which models are in memory.
func (m *Model) Loaded(ctx context.Context) ([]model.Loaded, error) {
	return slices.Clone(m.InMemory), failure(ctx, m.Faults["loaded"], "")
}
