package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"time"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/ollama"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/syntax"
	"github.com/infill-dev/infill/context/workspace"
	"github.com/infill-dev/infill/lsp/host"
)

// newHost wires the parts that every command shares: the parser, the model and the folders.
func newHost(ctx context.Context, log *slog.Logger) *host.Host {
	parser := syntax.New()
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // no home: no global ignore rules
	}
	return host.New(ctx, host.Config{Parser: parser, Judge: parser, Connect: connect, Home: home, Log: log})
}

// connect makes the client for the model server that settings name. A server that may not be used is a model that
// always fails, with the reason.
func connect(s settings.Settings) completion.Model {
	client, err := ollama.New(ollama.Config{Endpoint: s.Endpoint, OllamaHost: os.Getenv("OLLAMA_HOST"), AllowRemote: s.AllowRemote})
	if err != nil {
		return refused{err}
	}
	return client
}

// refused is a model server that may not be used.
type refused struct{ why error }

func (r refused) Generate(context.Context, model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) { yield(model.Chunk{}, r.why) }
}
func (r refused) Version(context.Context) (string, error)    { return "", r.why }
func (r refused) List(context.Context) ([]model.Info, error) { return nil, r.why }
func (r refused) Show(context.Context, string) (model.Info, error) {
	return model.Info{}, r.why
}
func (r refused) Load(context.Context, model.Request) error { return r.why }

// space is a workspace folder as a command sees it: read once, completely.
type space struct {
	snapshot *workspace.Snapshot
	local    *local.Index
}

// openSpace reads a folder and waits until all of it is known.
func openSpace(ctx context.Context, h *host.Host, root string, s settings.Settings, progress func(*host.State)) (space, error) {
	folder := h.Space(root, s)
	defer folder.Release()
	state, err := folder.Wait(ctx, progress)
	if err != nil {
		return space{}, err
	}
	return space{(&workspace.Snapshot{}).Apply(workspace.Rebased{Base: state.Base}), state.Local}, nil
}

// progressOn shows the progress of reading a folder in one line of a terminal that is wiped at the end; elsewhere it
// shows nothing.
func progressOn(out io.Writer) func(*host.State) {
	if !inkFor(out).colour {
		return func(*host.State) {}
	}
	began := time.Now()
	shown := false
	return func(state *host.State) {
		switch {
		case !state.Indexing && shown:
			fmt.Fprint(out, "\r\x1b[K")
		case state.Indexing && state.Total > 0 && time.Since(began) > 300*time.Millisecond:
			shown = true
			fmt.Fprintf(out, "\r\x1b[Kreading %d of %d files", state.Done, state.Total)
		}
	}
}
