package lsp_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// lineTokens is the setting line_tokens that counts for an automatic request: the most tokens that the model is allowed.
func lineTokens(w *lsptest.Wire, m *modeltest.Model, id string) int {
	uri := "untitled:" + id
	w.Send(open(uri, 1, "package a\n\nvar y = \n"))
	w.Send(complete(id, uri, 2, 8))
	w.Answer(id)
	requests := m.Requests()
	if len(requests) == 0 {
		return -1
	}
	return requests[len(requests)-1].MaxTokens
}

// TestConfiguration plays the answers to workspace/configuration that editors give.
func TestConfiguration(t *testing.T) {
	const usual, initial = 48, 11
	tests := []struct {
		name, reply string // empty: no answer
		want        int    // line_tokens then
		warning     string
	}{
		{"null for the section", `[null]`, initial, ""},
		{"an empty object", `[{}]`, initial, ""},
		{"the section", `[{"line_tokens":22}]`, 22, ""},
		{"the section inside its name", `[{"infill":{"line_tokens":22}}]`, 22, ""},
		{"null for a value", `[{"line_tokens":null}]`, initial, ""},
		{"a wrong value", `[{"line_tokens":"many"}]`, usual, "line_tokens"},
		{"an unknown key", `[{"lime_tokens":22}]`, initial, "lime_tokens"},
		{"no list", `{"line_tokens":22}`, initial, ""},
		{"null", `null`, initial, ""},
		{"an empty list", `[]`, initial, ""},
		{"a list of a number", `[7]`, initial, ""},
		{"no answer", ``, initial, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			script := modeltest.New("f()⏎")
			byHand(t, lsptest.Options{Model: script}, func(t *testing.T, w *lsptest.Wire) {
				if test.reply != "" {
					w.Reply("workspace/configuration", test.reply)
				}
				w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"initializationOptions":{"line_tokens":11},"capabilities":{"workspace":{"configuration":true}}}}`)
				w.Send(initialized)
				w.Wait("ready", func(m lsptest.Message) bool {
					return m.Method == "infill/status" && strings.Contains(string(m.Params), `"ready"`)
				})
				if got := lineTokens(w, script, "1"); got != test.want {
					t.Errorf("line_tokens is %d, want %d", got, test.want)
				}
				synctest.Wait()
				told := warnings(w)
				if (test.warning == "") != (len(told) == 0) || test.warning != "" && !mentions(told, test.warning) {
					t.Errorf("the client was told %q", told)
				}
				alive(t, w)
			})
		})
	}
	t.Run("an error", func(t *testing.T) {
		script := modeltest.New("f()⏎")
		byHand(t, lsptest.Options{Model: script}, func(t *testing.T, w *lsptest.Wire) {
			w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"workspace":{"configuration":true}}}}`)
			w.Refuse("workspace/configuration")
			w.Send(initialized)
			w.Wait("the question", func(m lsptest.Message) bool { return m.Method == "workspace/configuration" })
			if got := lineTokens(w, script, "1"); got != usual {
				t.Errorf("line_tokens is %d, want %d", got, usual)
			}
			alive(t, w)
		})
	})
}

// TestSettingsChange: a client that is asked is asked again; one that pushes is believed.
func TestSettingsChange(t *testing.T) {
	t.Run("asked", func(t *testing.T) {
		script := modeltest.New("f()⏎")
		byHand(t, lsptest.Options{Model: script}, func(t *testing.T, w *lsptest.Wire) {
			w.Reply("workspace/configuration", `[{"line_tokens":22}]`)
			w.Send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"workspace":{"configuration":true}}}}`)
			w.Send(initialized)
			synctest.Wait()
			w.Reply("workspace/configuration", `[{"line_tokens":55}]`)
			w.Send(`{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":{"infill":{"line_tokens":99}}}}`)
			synctest.Wait()
			if got := lineTokens(w, script, "1"); got != 55 {
				t.Errorf("line_tokens is %d", got)
			}
		})
	})
	t.Run("pushed", func(t *testing.T) {
		script := modeltest.New("f()⏎")
		begun(t, lsptest.Options{Model: script}, func(t *testing.T, w *lsptest.Wire) {
			for i, step := range []struct {
				settings string
				want     int
			}{{`{"infill":{"line_tokens":4}}`, 4}, {`{"line_tokens":6}`, 6}, {`{}`, 6}, {`null`, 6}, {`{"infill":{}}`, 6}, {`{"infill":{"line_tokens":7}}`, 7}} {
				w.Send(`{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":` + step.settings + `}}`)
				synctest.Wait()
				if got := lineTokens(w, script, fmt.Sprint(i+1)); got != step.want {
					t.Errorf("after %s line_tokens is %d, want %d", step.settings, got, step.want)
				}
			}
			alive(t, w)
		})
	})
}

// TestRepositorySettings: a repository may not choose where text is sent, and the client is told that it tried. It may
// switch languages off.
func TestRepositorySettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mutex sync.Mutex
		var connected []settings.Settings
		script := modeltest.New("x⏎")
		pair := lsptest.Server(t, lsptest.Options{
			Files: map[string]string{".infill.toml": "endpoint = \"http://203.0.113.7:80\"\nallow_remote = true\n[languages]\nmarkdown = false\n"},
			Connect: func(s settings.Settings) completion.Model {
				mutex.Lock()
				defer mutex.Unlock()
				connected = append(connected, s)
				return script
			}})
		pair.Ready()
		for name, want := range map[source.Path]int{"a.go": 1, "a.md": 0} {
			d := pair.Document(name, "package a\n\nvar y = \n")
			items, err := pair.Complete(t.Context(), d, 19, headless.Ask{})
			if err != nil || len(items) != want {
				t.Errorf("%s: %v, %v", name, items, err)
			}
		}
		synctest.Wait()
		for _, s := range connected {
			if s.Endpoint != "" || s.AllowRemote {
				t.Errorf("connected to %q, %v", s.Endpoint, s.AllowRemote)
			}
		}
		var told []string
		for _, log := range pair.Logs() {
			if log.Type <= 2 {
				told = append(told, log.Message)
			}
		}
		if len(told) != 2 || !mentions(told, "endpoint") || !mentions(told, "allow_remote") {
			t.Errorf("the client was told %q", told)
		}
	})
}

// TestUserProblems are told once the client listens.
func TestUserProblems(t *testing.T) {
	problem := settings.Problem{Source: settings.User, Key: "items", Sentence: "must be a whole number, not a text."}
	begun(t, lsptest.Options{Problems: []settings.Problem{problem}}, func(t *testing.T, w *lsptest.Wire) {
		synctest.Wait()
		told := warnings(w)
		if !mentions(told, "must be a whole number") {
			t.Errorf("the client was told %q", told)
		}
	})
}
