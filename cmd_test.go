package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/modeltest"
)

// shell runs commands as a user does, in a workspace of its own and with a home that has no settings.
type shell struct {
	t    *testing.T
	root string
}

func newShell(t *testing.T, files map[string]string) shell {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	t.Setenv("OLLAMA_HOST", "127.0.0.1:9") // nobody answers there
	sh := shell{t, t.TempDir()}
	for name, text := range files {
		sh.write(filepath.Join(sh.root, name), text)
	}
	return sh
}

func (sh shell) write(name, text string) {
	sh.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		sh.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		sh.t.Fatal(err)
	}
}

func (sh shell) path(name string) string { return filepath.Join(sh.root, name) }

// run executes a command line and gives its exit code, stdout and stderr.
func (sh shell) run(args ...string) (code int, stdout, stderr string) {
	sh.t.Helper()
	var out, problems bytes.Buffer
	code = execute(sh.t.Context(), args, streams{strings.NewReader(""), &out, &problems})
	return code, out.String(), problems.String()
}

const checked = "package shapes\n\nfunc NAME(path string, count int) error {\n\tif err := validateMeasurement(path, count); err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}\n"

func shapes() map[string]string {
	return map[string]string{
		"go.mod":      "module shapes\n",
		"square.go":   strings.ReplaceAll(checked, "NAME", "square"),
		"circle.go":   strings.ReplaceAll(checked, "NAME", "circle"),
		"triangle.go": strings.ReplaceAll(checked, "NAME", "triangle"),
		"hexagon.go":  strings.ReplaceAll(checked, "NAME", "hexagon"),
		"open.go":     "package shapes\n\nfunc open(path string, count int) error {\n\tif err := validateMeasurement(\n}\n",
	}
}

func TestCompleteWithoutAModel(t *testing.T) {
	sh := newShell(t, shapes())
	code, out, problems := sh.run("complete", sh.path("open.go")+":4")
	if code != exitDone || !strings.Contains(out, "     4 │ \tif err := validateMeasurement(«path, count); err != nil {»\n") {
		t.Errorf("exit code %d:\n%s%s", code, out, problems)
	}
	if !strings.Contains(out, "local, ") || !strings.Contains(out, "; Ollama at http://127.0.0.1:9 does not answer.") {
		t.Errorf("it does not say who answered and why:\n%s", out)
	}
}

func TestCompleteBehindAText(t *testing.T) {
	files := shapes()
	delete(files, "open.go") // which says otherwise
	sh := newShell(t, files)
	code, out, _ := sh.run("complete", "--local", sh.path("square.go"), "--after", "validateMeasurement(")
	if code != exitDone || !strings.Contains(out, "«path, count); err != nil {»") || !strings.Contains(out, "the same as in the file") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestCompleteWithAModel(t *testing.T) {
	sh := newShell(t, shapes())
	server := modeltest.NewServer(modeltest.New("(path, |count); err != nil {⏎"))
	defer server.Close()
	t.Setenv("OLLAMA_HOST", server.URL)
	code, out, problems := sh.run("complete", "--automatic", sh.path("open.go")+":4")
	if code != exitDone || !strings.Contains(out, "«path, count); err != nil {»") || !strings.Contains(out, "ollama qwen2.5-coder:0.5b, ") {
		t.Errorf("exit code %d:\n%s%s", code, out, problems)
	}
}

func TestSilence(t *testing.T) {
	sh := newShell(t, shapes())
	code, out, _ := sh.run("complete", "--local", sh.path("open.go"))
	if code != exitSilence || !strings.HasPrefix(out, "The local engine offers nothing: ") {
		t.Errorf("exit code %d, %q", code, out)
	}
	code, out, _ = sh.run("complete", "--local", "--json", sh.path("open.go"))
	var answer shown
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != exitSilence || len(answer.Items) != 0 || answer.Trace.Silence == "" {
		t.Errorf("exit code %d, %v:\n%s", code, err, out)
	}
}

func TestCompleteAsJSON(t *testing.T) {
	sh := newShell(t, shapes())
	code, out, _ := sh.run("complete", "--local", "--json", sh.path("open.go")+":4:32")
	var answer shown
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != exitDone {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	if answer.File != "open.go" || answer.Line != 4 || answer.Column != 32 || len(answer.Items) != 1 || answer.Items[0].Engine != "local" || answer.Items[0].Text != "path, count); err != nil {" {
		t.Errorf("%+v", answer)
	}
}

func TestExplain(t *testing.T) {
	sh := newShell(t, shapes())
	server := modeltest.NewServer(modeltest.New("(path, |count); err != nil {⏎"))
	defer server.Close()
	t.Setenv("OLLAMA_HOST", server.URL)
	code, out, problems := sh.run("explain", "--automatic", sh.path("open.go")+":4")
	for _, want := range []string{"place open.go:4:32", "prompt format qwen-coder", "gather", "snippet", "triangle.go", "shares ", "current line", "prompt as sent", "<|fim_middle|>", "shown", "Joint "} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not tell %q (exit code %d):\n%s%s", want, code, out, problems)
			break
		}
	}
}

func TestARepositoryCannotChooseTheServer(t *testing.T) {
	files := shapes()
	server := modeltest.NewServer(modeltest.New("x⏎"))
	defer server.Close()
	files[".infill.toml"] = "endpoint = \"" + server.URL + "\"\nmodel = \"evil\"\n[languages]\nmarkdown = false\n"
	sh := newShell(t, files)
	code, _, problems := sh.run("complete", sh.path("open.go")+":4")
	want := "infill: repository setting endpoint: ignored, because only the user or editor configuration may set it.\n" +
		"infill: repository setting model: ignored, because only the user or editor configuration may set it.\n"
	if diff := cmp.Diff(want, problems); diff != "" || code != exitDone {
		t.Errorf("exit code %d, stderr (-want +got):\n%s", code, diff)
	}
	if asked := len(server.Bodies()); asked != 0 {
		t.Errorf("%d requests reached the repository's server", asked)
	}
}

func TestUserSettings(t *testing.T) {
	sh := newShell(t, shapes())
	server := modeltest.NewServer(modeltest.New("(path, |count); err != nil {⏎"))
	defer server.Close()
	sh.write(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "infill", "config.toml"), "endpoint = \""+server.URL+"\"\nitms = 2\n")
	code, out, problems := sh.run("complete", "--automatic", sh.path("open.go")+":4")
	if code != exitDone || !strings.Contains(out, "ollama qwen2.5-coder:0.5b") || problems != "infill: user setting itms: there is no such setting.\n" {
		t.Errorf("exit code %d:\n%s%s", code, out, problems)
	}
}

func TestWrongCommandLines(t *testing.T) {
	sh := newShell(t, shapes())
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no such command", []string{"complain"}, exitUsage, `there is no command "complain"`},
		{"no file named", []string{"complete"}, exitUsage, "0 arguments given, want FILE[:LINE[:COLUMN]]"},
		{"no such flag", []string{"complete", "--wrong", "x"}, exitUsage, "unknown flag: --wrong"},
		{"no such file", []string{"complete", sh.path("none.go")}, exitFailed, "no such file"},
		{"a folder", []string{"complete", sh.root}, exitFailed, "is not a regular file"},
		{"no such line", []string{"complete", sh.path("open.go") + ":99"}, exitUsage, "open.go has 6 lines, there is no line 99"},
		{"line zero", []string{"complete", sh.path("open.go") + ":0"}, exitUsage, "lines and columns count from 1"},
		{"no such text", []string{"complete", sh.path("open.go"), "--after", "nowhere"}, exitUsage, `"nowhere" does not occur in open.go`},
		{"outside the workspace", []string{"complete", sh.path("open.go"), "--root", t.TempDir()}, exitFailed, "does not lie in the workspace"},
		{"a model name with spaces", []string{"complete", sh.path("open.go") + ":4", "--model", "my model"}, exitDone, ""},
		{"a socket for everybody", []string{"serve", "--socket", "0.0.0.0:9257"}, exitUsage, "neither a loopback address"},
		{"a wrong log level", []string{"serve", "--log-level", "loud"}, exitUsage, `--log-level "loud" is not debug, info, warn or error`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, _, problems := sh.run(test.args...)
			if code != test.code || !strings.Contains(problems, test.want) {
				t.Errorf("exit code %d, want %d: %s", code, test.code, problems)
			}
		})
	}
}

func TestVersionAndShellCompletion(t *testing.T) {
	sh := newShell(t, nil)
	code, out, _ := sh.run("version", "--json")
	var about map[string]string
	if err := json.Unmarshal([]byte(out), &about); err != nil || code != exitDone || about["version"] != version {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
	for _, name := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, out, _ := sh.run("completion", name); code != exitDone || len(out) < 100 {
			t.Errorf("completion for %s: exit code %d, %d bytes", name, code, len(out))
		}
	}
}
