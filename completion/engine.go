package completion

import (
	"context"
	"iter"
	"time"

	"github.com/infill-dev/infill/completion/memory"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/outline"
)

// localEngine is the name of the engine that needs no model.
const localEngine = "local"

// Config is what an Engine needs.
type Config struct {
	Settings settings.Settings
	Model    Model         // nil: no model at all
	Judge    outline.Judge // nil: no questions of structure
}

// Engine completes. It is safe for use by several goroutines.
type Engine struct {
	settings settings.Settings
	judge    outline.Judge
	models   *chooser // nil: no model
	memory   memory.Memory
}

// New makes an engine. It talks to no server before the first request.
func New(config Config) *Engine {
	e := &Engine{settings: config.Settings, judge: config.Judge}
	if config.Model != nil {
		e.models = &chooser{server: config.Model, settings: config.Settings}
	}
	return e
}

// Complete yields ever better answers; the last one has Final set. The error is that of ctx only: a model that
// fails is told in the trace.
func (e *Engine) Complete(ctx context.Context, request Request) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		r := &run{engine: e, ctx: ctx, request: request, began: time.Now(), trace: &trace.Trace{}}
		r.complete(yield)
	}
}

// Status is what a client may show of the engine.
type Status struct {
	Model   string // the model in use; empty when there is none
	Family  string // its prompt format
	Problem string // why there is no model, one sentence
}

// Warm finds the model and loads it, so that the first completion does not pay for loading. It can take as long as
// loading takes and should run apart from any request. The status tells the outcome; there is no error, because
// without a model the local engine answers.
func (e *Engine) Warm(ctx context.Context) Status {
	if e.models == nil {
		return Status{Problem: "No model server is configured."}
	}
	chosen := e.models.choose(ctx, time.Now())
	if chosen.problem != nil {
		return Status{Problem: sentence(chosen.problem)}
	}
	if err := e.models.server.Load(ctx, e.request(chosen.name)); err != nil {
		e.models.failed(chosen, err, time.Now())
		return Status{Problem: sentence(err)}
	}
	return Status{Model: chosen.name, Family: chosen.format.Name}
}
