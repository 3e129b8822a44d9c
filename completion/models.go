package completion

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/fim"
)

// Model is a server with models.
type Model interface {
	model.Generator
	model.Catalog
	model.Loader
}

// choice is the model in use and its prompt format, or the reason why there is none.
type choice struct {
	name    string
	format  fim.Format
	problem error     // nil when name is usable
	until   time.Time // when to look again; zero: never
	strikes int       // failures in a row
}

// chooser finds the model to use and remembers it. After a failure it waits before it looks again, so that a key
// press never pays twice for a server that is away.
type chooser struct {
	server   Model
	settings settings.Settings
	current  atomic.Pointer[choice]
}

// Waits after failures in a row: 2 s, 4 s, … at most a minute; an answered request resets them. A list of models is
// given two seconds.
const (
	firstWait   = 2 * time.Second
	longestWait = time.Minute
	listTimeout = 2 * time.Second
)

// choose is the model to use now. It asks the server at the first call and after a wait that a failure began.
func (c *chooser) choose(ctx context.Context, now time.Time) *choice {
	old := c.current.Load()
	if old != nil && (old.until.IsZero() || now.Before(old.until)) {
		return old
	}
	next := &choice{}
	next.name, next.format, next.problem = c.pick(ctx)
	if ctx.Err() != nil {
		return next // the user moved on; that says nothing of the server
	}
	if next.problem != nil {
		if old != nil {
			next.strikes = old.strikes
		}
		c.strike(next, now)
	}
	c.current.Store(next)
	return next
}

// failed notes that a request to the chosen model failed, so that the next ones wait and then look anew.
func (c *chooser) failed(used *choice, problem error, now time.Time) {
	if errors.Is(problem, model.ErrTooLong) || errors.Is(problem, model.ErrMalformed) || errors.Is(problem, model.ErrTimeout) {
		return // this request, not the server
	}
	next := &choice{problem: problem, strikes: used.strikes}
	c.strike(next, now)
	c.current.Store(next)
}

func (c *chooser) strike(next *choice, now time.Time) {
	wait := min(firstWait<<min(next.strikes, 10), longestWait)
	next.strikes++
	next.until = now.Add(wait)
}

func (c *chooser) pick(ctx context.Context) (string, fim.Format, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	list, err := c.server.List(ctx)
	if err != nil {
		return "", fim.Format{}, err
	}
	if wanted := c.settings.Model; wanted != "" {
		if !onServer(list, wanted) {
			return "", fim.Format{}, &model.Error{Kind: model.ErrNoModel,
				Sentence: fmt.Sprintf("The model server has no model %s. Run `ollama pull %s`.", wanted, wanted)}
		}
		format, err := c.formatOf(wanted)
		return wanted, format, err
	}
	for _, info := range list {
		if format, err := c.formatOf(info.Name); err == nil {
			return info.Name, format, nil
		}
	}
	return "", fim.Format{}, &model.Error{Kind: model.ErrNoModel,
		Sentence: fmt.Sprintf("None of the %d models on the server is known to infill. Run `ollama pull qwen2.5-coder:1.5b`.", len(list))}
}

func onServer(list []model.Info, wanted string) bool {
	for _, info := range list {
		if model.SameName(info.Name, wanted) {
			return true
		}
	}
	return false
}

// formatOf is the prompt format of a model: the user's choice of family, else by the model's name.
func (c *chooser) formatOf(name string) (fim.Format, error) {
	if family := c.settings.Family; family != "" {
		if fields, own := c.settings.Formats[family]; own {
			return fim.Custom(family, fields)
		}
		if format, ok := fim.FormatNamed(family); ok {
			return format, nil
		}
		return fim.Format{}, &model.Error{Kind: model.ErrNoModel, Sentence: fmt.Sprintf("There is no prompt format named %s.", family)}
	}
	if format, ok := fim.FormatFor(name); ok {
		return format, nil
	}
	return fim.Format{}, &model.Error{Kind: model.ErrNoModel,
		Sentence: fmt.Sprintf("The model %s is not known to infill; set family if it can.", name)}
}
