package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
)

// These tests start the built program as editors do and complete in real packages over stdio.

// builtBinary builds the program once.
var builtBinary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "infill-e2e")
	if err != nil {
		return "", err
	}
	name := filepath.Join(folder, "infill")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return name, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if name, err := builtBinary(); ranEndToEnd && err == nil {
		_ = os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

// ranEndToEnd tells that the binary was built.
var ranEndToEnd bool

// realPackage is a package of the world with a place at which the engine without a model is sure of the whole rest of the
// line, and one for the model, whose answer must begin so.
type realPackage struct {
	name     string
	root     func(t *testing.T) string
	language string
	// The rest of the line behind a text is taken away and asked for.
	sure, open hole
}

type hole struct{ file, after, want string }

var realPackages = []realPackage{
	{"golang.org/x/tools", xTools, "go",
		hole{"go/packages/packages.go", "if err := json.Unmarshal(b, &flat); err != ", "nil {"},
		hole{"go/analysis/passes/shift/shift.go", "terms, err := typeparams.", "StructuralTerms("}},
	{"textual (Python)", fromEnvironment("INFILL_TEST_PYTHON"), "python",
		hole{"textual/widgets/_switch.py", "from __future__ import ", "annotations"},
		hole{"textual/widgets/_switch.py", "super().__init__(name=name, id=id, ", "classes=classes, disabled=disabled)"}},
	{"rxjs (TypeScript)", fromEnvironment("INFILL_TEST_TYPESCRIPT"), "typescript",
		hole{"internal/operators/map.ts", "return operate((source, ", "subscriber) => {"},
		hole{"internal/operators/map.ts", "createOperatorSubscriber(subscriber, (value: ", "T"}},
}

// xTools is the folder of the version that go.mod names, fetched when it is not there.
func xTools(t *testing.T) string {
	out, err := exec.Command("go", "mod", "download", "-json", "golang.org/x/tools").Output()
	var module struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(out, &module)
	}
	if err != nil || module.Dir == "" {
		t.Fatalf("find golang.org/x/tools: %v", err)
	}
	return module.Dir
}

func fromEnvironment(name string) func(t *testing.T) string {
	return func(t *testing.T) string {
		root := os.Getenv(name)
		if root == "" {
			t.Skipf("Set %s to an unpacked package (.ci/run fetches one) to run this test.", name)
		}
		return root
	}
}

// seat is a real server process with an editor in front of it.
type seat struct {
	*headless.Editor
	t      *testing.T
	traces *traces
}

// traces collects the stories of requests as the server tells them.
type traces struct {
	mutex sync.Mutex
	all   []trace.Trace
}

func (s *traces) take(method string, params []byte) {
	var told struct{ Verbose string }
	var one trace.Trace
	if method != "$/logTrace" || json.Unmarshal(params, &told) != nil || json.Unmarshal([]byte(told.Verbose), &one) != nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.all = append(s.all, one)
}

// sit starts the server for a workspace.
func sit(t *testing.T, root string, settings map[string]any) *seat {
	t.Helper()
	ranEndToEnd = true
	name, err := builtBinary()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	command := exec.Command(name, "serve", "--stdio")
	command.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "HOME="+t.TempDir())
	told := &traces{}
	var log bytes.Buffer
	editor, err := headless.Start(t.Context(), command, headless.Options{Root: root, Settings: settings, Trace: "verbose", OnNotification: told.take, Stderr: &log})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		if err := editor.Close(ctx); err != nil {
			t.Errorf("take leave: %v", err)
		}
		if strings.Contains(log.String(), "panic") || t.Failed() {
			t.Logf("the server's log:\n%s", log.String())
		}
	})
	return &seat{editor, t, told}
}

// ready waits for the server and gives its status.
func (s *seat) ready() headless.Status {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	status, err := s.WaitReady(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return status
}

// fill takes the rest of the line behind a text away and asks for it. The engine is the one of the first item.
func (s *seat) fill(root, language string, h hole, invoked bool) (text, engine string) {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(h.file)))
	if err != nil {
		s.t.Fatal(err)
	}
	at := strings.Index(string(content), h.after)
	if at < 0 {
		s.t.Fatalf("%s does not hold %q", h.file, h.after)
	}
	at += len(h.after)
	end := at + strings.IndexByte(string(content[at:]), '\n')
	document, err := s.Open(source.Path(h.file), language, string(content))
	if err != nil {
		s.t.Fatal(err)
	}
	defer document.Close()
	if err := document.Edit(source.Edit{Span: source.Span{Start: at, End: end}}); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	told := s.traces.count()
	items, err := s.Complete(ctx, document, at, headless.Ask{Invoked: invoked})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(items) == 0 {
		return "", ""
	}
	return items[0].Text, s.engine(told)
}

// count is the number of stories so far.
func (s *traces) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.all)
}

// engine is who answered behind the first told stories, by the server's own word, which may come a moment behind the
// answer.
func (s *seat) engine(told int) string {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if s.traces.count() > told {
			s.traces.mutex.Lock()
			defer s.traces.mutex.Unlock()
			return s.traces.all[len(s.traces.all)-1].Engine
		}
	}
	return ""
}

// nowhere is an address at which no model answers.
var nowhere = map[string]any{"endpoint": "http://127.0.0.1:9"}

func TestEndToEndWithoutAModel(t *testing.T) {
	for _, p := range realPackages {
		t.Run(p.name, func(t *testing.T) {
			root := p.root(t)
			s := sit(t, root, nowhere)
			if status := s.ready(); status.Kind != "problem" || !strings.Contains(status.Message, " answer") {
				t.Errorf("status %+v", status)
			}
			text, engine := s.fill(root, p.language, p.sure, false)
			if text != p.sure.want || engine != "local" {
				t.Errorf("%q from %q, want %q", text, engine, p.sure.want)
			}
		})
	}
}

// TestEndToEndTheModelIsKilled takes the model server away between two requests.
func TestEndToEndTheModelIsKilled(t *testing.T) {
	for _, p := range realPackages {
		t.Run(p.name, func(t *testing.T) {
			root := p.root(t)
			answer := p.sure.want
			server := modeltest.NewServer(modeltest.New())
			defer server.Close()
			server.Model.Reply = func(request model.Request) string { return brought(request.Prompt, p.sure) + answer + "⏎" }
			s := sit(t, root, map[string]any{"endpoint": server.URL})
			if status := s.ready(); status.Kind != "ready" || status.Model == "" {
				t.Errorf("status %+v", status)
			}
			if text, engine := s.fill(root, p.language, p.sure, false); text != p.sure.want || !strings.HasPrefix(engine, "ollama ") {
				t.Errorf("with the model: %q from %q, want %q", text, engine, p.sure.want)
			}
			server.Close()
			// A user who asks wants to hear anew: what was suggested before does not answer.
			if text, engine := s.fill(root, p.language, p.sure, true); text != p.sure.want || engine != "local" {
				t.Errorf("after its death: %q from %q, want %q", text, engine, p.sure.want)
			}
		})
	}
}

// brought is what the healed layout left out at the end of a prompt and a model brings back.
func brought(prompt string, h hole) string {
	line := h.after[strings.LastIndexByte(h.after, '\n')+1:]
	for n := len(line); n > 0; n-- {
		if strings.HasSuffix(prompt, line[:n]) {
			return line[n:]
		}
	}
	return ""
}

func TestEndToEndRealModel(t *testing.T) {
	settings := realServer(t)
	for _, p := range realPackages {
		t.Run(p.name, func(t *testing.T) {
			root := p.root(t)
			s := sit(t, root, settings)
			if status := s.ready(); status.Kind != "ready" {
				t.Fatalf("status %+v", status)
			}
			text, engine := s.fill(root, p.language, p.open, true)
			t.Logf("%s %s«%s» from %s", p.open.file, p.open.after, text, engine)
			if !strings.HasPrefix(text, p.open.want) || engine == "" {
				t.Errorf("%q from %q, want %q and more", text, engine, p.open.want)
			}
		})
	}
}

// realServer is settings for the real server, or a skipped test. The gate is open, since it is the way that is tested.
func realServer(t *testing.T) map[string]any {
	t.Helper()
	endpoint, name := os.Getenv("INFILL_TEST_OLLAMA"), os.Getenv("INFILL_TEST_MODEL")
	if endpoint == "" || name == "" {
		t.Skip("Set INFILL_TEST_OLLAMA and INFILL_TEST_MODEL to a real server and a Qwen2.5-Coder on it to run this test.")
	}
	return map[string]any{"endpoint": endpoint, "model": name, "wait_invoked": "2m", "gate_invoked": 0}
}

// TestEndToEndRealModelThatCannotInfill uses a model that was not trained to infill.
func TestEndToEndRealModelThatCannotInfill(t *testing.T) {
	settings := realServer(t)
	settings["model"] = "smollm2:135m"
	p := realPackages[0]
	root := p.root(t)
	s := sit(t, root, settings)
	if status := s.ready(); status.Kind != "problem" || !strings.Contains(status.Message, "infill") && !strings.Contains(status.Message, "has no model") {
		t.Errorf("status %+v", status)
	}
	if text, engine := s.fill(root, p.language, p.sure, true); text != p.sure.want || engine != "local" {
		t.Errorf("%q from %q, want %q", text, engine, p.sure.want)
	}
}

// TestEndToEndExplainShowsTheNeededChunk completes where a name is needed that only other files hold: one of their pieces
// that holds it must be in the prompt, and `infill explain` must show it.
func TestEndToEndExplainShowsTheNeededChunk(t *testing.T) {
	root := xTools(t)
	across := realPackages[0].open
	server := modeltest.NewServer(modeltest.New(across.want + "⏎"))
	defer server.Close()
	sh := newShell(t, nil)
	t.Setenv("OLLAMA_HOST", server.URL)
	code, out, problems := sh.run("explain", "--root", root, filepath.Join(root, across.file), "--after", across.after)
	if code != exitDone {
		t.Fatalf("exit code %d:\n%s%s", code, out, problems)
	}
	sections, prompt, _ := strings.Cut(out, "prompt as sent")
	file, _, _ := strings.Cut(across.want, "(")
	if !strings.Contains(sections, "snippet ") || !strings.Contains(sections, "words with the lines around the cursor") {
		t.Errorf("the snippets and their reasons are not told:\n%s", sections)
	}
	context, current, _ := strings.Cut(prompt, "<|fim_prefix|>")
	if !strings.Contains(context, "typeparams."+file+"(") || strings.Contains(current[:strings.Index(current, "<|fim_middle|>")], file) {
		t.Errorf("no piece of another file holds %s:\n%s", file, prompt)
	}
}
