package lsp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// slow is a model that takes its time to load.
type slow struct {
	*modeltest.Model
	takes time.Duration
}

func (s slow) Load(ctx context.Context, request model.Request) error {
	pause, cancel := context.WithTimeout(ctx, s.takes)
	defer cancel()
	<-pause.Done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Model.Load(ctx, request)
}

// manyFiles is a workspace of n files.
func manyFiles(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("pkg%d/file%d.go", i%7, i)] = fmt.Sprintf("package pkg%d\n\n// F%d does it.\nfunc F%d() int { return %d }\n", i%7, i, i, i)
	}
	return files
}

// kinds are the kinds of statuses, each run of equal ones once.
func kinds(statuses []headless.Status) []string {
	var list []string
	for _, status := range statuses {
		list = append(list, status.Kind)
	}
	return slices.Compact(list)
}

// checkProgress fails the test when a work begins twice, ends twice, or is told of outside its time.
func checkProgress(t *testing.T, steps []headless.Progress) {
	t.Helper()
	state := map[string]string{}
	titles := map[string]string{}
	open := map[string]string{} // title to token
	for _, step := range steps {
		was := state[step.Token]
		fits := map[string][]string{"create": {""}, "begin": {"create"}, "report": {"begin", "report"}, "end": {"begin", "report"}}
		if !slices.Contains(fits[step.Kind], was) {
			t.Errorf("%s of %s behind %q", step.Kind, step.Token, was)
		}
		state[step.Token] = step.Kind
		switch step.Kind {
		case "begin":
			if other := open[step.Title]; other != "" {
				t.Errorf("%s begins while %s is still open for %q", step.Token, other, step.Title)
			}
			open[step.Title], titles[step.Token] = step.Token, step.Title
		case "end":
			delete(open, titles[step.Token])
		}
	}
	for title, token := range open {
		t.Errorf("%s (%q) never ends", token, title)
	}
}

func TestStatusWhileStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := lsptest.Server(t, lsptest.Options{Files: manyFiles(900), Model: slow{modeltest.New("x⏎"), time.Minute}})
		began := time.Now()
		last := pair.Ready()
		if last.Kind != "ready" || last.Model != "qwen2.5-coder:0.5b" || last.Message != "Ready with qwen2.5-coder:0.5b" {
			t.Errorf("ready as %+v", last)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("ready after %s, and the model takes a minute", took)
		}
		synctest.Wait()
		statuses := pair.Statuses()
		if diff := cmp.Diff([]string{"indexing", "loading", "ready"}, kinds(statuses)); diff != "" {
			t.Errorf("%s\n%+v", diff, statuses)
		}
		for i, status := range statuses {
			if status.Message == "" {
				t.Errorf("status %d says nothing: %+v", i, status)
			}
			if status.Kind == "indexing" && i > 0 && status.Percent < statuses[i-1].Percent {
				t.Errorf("indexing goes back from %d %% to %d %%", statuses[i-1].Percent, status.Percent)
			}
		}
		checkProgress(t, pair.Progress())
		steps := pair.Progress()
		begun := map[string]bool{}
		for _, step := range steps {
			if step.Kind == "begin" {
				begun[step.Title] = true
			}
			if step.Percentage != nil && (*step.Percentage < 0 || *step.Percentage > 100) {
				t.Errorf("%d %%", *step.Percentage)
			}
		}
		if !begun["Loading the model"] {
			t.Errorf("no progress of the model that took a minute: %+v", steps)
		}
	})
}

func TestStatusOfTheModel(t *testing.T) {
	broken := func(call, fault string) *modeltest.Model {
		m := modeltest.New("x⏎")
		m.Faults = map[string]string{call: fault}
		return m
	}
	none := modeltest.New("x⏎")
	none.Models = []model.Info{{Name: "llama3:8b"}}
	tests := []struct {
		name          string
		model         *modeltest.Model
		settings      map[string]any
		kind, message string
	}{
		{"there", modeltest.New("x⏎"), nil, "ready", "Ready with qwen2.5-coder:0.5b"},
		{"away", broken("list", "unreachable"), nil, "problem", "fails"},
		{"does not load", broken("load", "busy"), nil, "problem", "fails"},
		{"never answers", broken("list", "stall"), nil, "problem", "in time"},
		{"none that can", none, nil, "problem", "ollama pull"},
		{"not the wanted one", modeltest.New("x⏎"), map[string]any{"model": "other:1b"}, "problem", "ollama pull other:1b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pair := lsptest.Server(t, lsptest.Options{Model: test.model, Settings: test.settings})
				last := pair.Ready()
				if last.Kind != test.kind || !strings.Contains(last.Message, test.message) {
					t.Errorf("ready as %+v", last)
				}
				d := pair.Document("a.go", "package a\n\nvar y = \n")
				for range 5 { // a model that is away costs no pop-up and no message for each key
					if _, err := pair.Complete(t.Context(), d, 19, headless.Ask{}); err != nil {
						t.Error(err)
					}
				}
				synctest.Wait()
				loud := 0
				for _, log := range pair.Logs() {
					if log.Type <= 2 {
						loud++
					}
				}
				if want := map[string]int{"ready": 0, "problem": 1}[test.kind]; loud != want {
					t.Errorf("%d warnings, want %d: %+v", loud, want, pair.Logs())
				}
				checkProgress(t, pair.Progress())
			})
		})
	}
}

// TestAnotherModelMeanwhile: the settings choose another model while one is still being loaded. What comes of the first
// is of no interest any more.
func TestAnotherModelMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := modeltest.New("x⏎")
		script.Models = []model.Info{{Name: "qwen2.5-coder:7b"}, {Name: "qwen2.5-coder:0.5b"}}
		pair := lsptest.Server(t, lsptest.Options{Settings: map[string]any{"model": "qwen2.5-coder:7b"},
			Connect: func(s settings.Settings) completion.Model {
				if strings.HasSuffix(s.Model, ":7b") {
					return slow{script, time.Hour}
				}
				return script
			}})
		time.Sleep(time.Minute)
		if got := pair.Statuses(); got[len(got)-1].Kind != "loading" {
			t.Errorf("statuses %+v", got)
		}
		pair.Session.Configure(map[string]any{"model": "qwen2.5-coder:0.5b"})
		time.Sleep(2 * time.Hour)
		if last := pair.Ready(); last.Model != "qwen2.5-coder:0.5b" {
			t.Errorf("ready as %+v", last)
		}
		if got := kinds(pair.Statuses()); got[len(got)-1] != "ready" || len(got) > 4 {
			t.Errorf("statuses %v", got)
		}
		checkProgress(t, pair.Progress())
	})
}

// TestStatusWithoutAModel is what a user sees who has no model server.
func TestStatusWithoutAModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := lsptest.Server(t, lsptest.Options{})
		if last := pair.Ready(); last.Kind != "problem" || last.Model != "" {
			t.Errorf("ready as %+v", last)
		}
	})
}

// TestProgressWhereTheClientCan: the server asks for a place to show progress only when the client has one, asks once
// for each work, and goes on without when the client refuses or does not answer.
func TestProgressWhereTheClientCan(t *testing.T) {
	const can, cannot = `{"window":{"workDoneProgress":true}}`, `{"window":{}}`
	tests := []struct {
		name, capabilities string
		reply              string // to create; empty: none; or "refuse"
		creates, begins    int
		within             time.Duration
	}{
		{"it can", can, "null", 2, 2, time.Minute},
		{"it cannot", cannot, "null", 0, 0, time.Minute},
		{"it says nothing", `{}`, "null", 0, 0, time.Minute},
		{"it refuses", can, "refuse", 2, 0, time.Minute},
		{"it does not answer", can, "", 2, 0, time.Minute + 10*time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			byHand(t, lsptest.Options{Files: manyFiles(900), Model: slow{modeltest.New("x⏎"), time.Minute}}, func(t *testing.T, w *lsptest.Wire) {
				switch test.reply {
				case "":
				case "refuse":
					w.Refuse("window/workDoneProgress/create")
				default:
					w.Reply("window/workDoneProgress/create", test.reply)
				}
				began := time.Now()
				w.Send(fmt.Sprintf(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"rootUri":"file://%s","capabilities":%s}}`, w.Root, test.capabilities))
				w.Send(initialized)
				w.Wait("ready", func(m lsptest.Message) bool {
					return m.Method == "infill/status" && strings.Contains(string(m.Params), `"ready"`)
				})
				if took := time.Since(began); took > test.within {
					t.Errorf("ready after %s", took)
				}
				synctest.Wait()
				creates, begins := 0, 0
				for _, message := range w.Messages() {
					switch {
					case message.Method == "window/workDoneProgress/create":
						creates++
					case message.Method == "$/progress" && strings.Contains(string(message.Params), `"begin"`):
						begins++
					}
				}
				// A work that is over before it could be shown is not shown.
				if creates > test.creates || begins > test.begins || test.creates > 0 && creates == 0 {
					t.Errorf("%d creates, %d begins", creates, begins)
				}
				alive(t, w)
			})
		})
	}
}

// TestTraces come to a client that wants them, one for each request.
func TestTraces(t *testing.T) {
	for _, trace := range []string{"", "off", "messages", "verbose"} {
		t.Run(trace, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var traces []string
				pair := lsptest.Server(t, lsptest.Options{Trace: trace, Model: modeltest.New("x⏎"), OnNotification: func(method string, params []byte) {
					if method == "$/logTrace" {
						traces = append(traces, string(params))
					}
				}})
				pair.Ready()
				asks(t, pair, "package a\n\nvar y = ‸\n", headless.Ask{})
				synctest.Wait()
				wanted := trace == "messages" || trace == "verbose"
				if wanted != (len(traces) == 1) || wanted != mentions(traces, "a.go:3:9") {
					t.Errorf("traces %q", traces)
				}
				if verbose := mentions(traces, `"verbose"`); verbose != (trace == "verbose") {
					t.Errorf("traces %q", traces)
				}
				if err := pair.Notify("$/setTrace", json.RawMessage(`{"value":"off"}`)); err != nil {
					t.Fatal(err)
				}
				traces = nil
				asks(t, pair, "package a\n\nvar z = ‸\n", headless.Ask{})
				synctest.Wait()
				if len(traces) > 0 {
					t.Errorf("switched off, traces %q", traces)
				}
			})
		})
	}
}
