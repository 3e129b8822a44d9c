package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infill-dev/infill/completion/eval"
	"github.com/infill-dev/infill/completion/modeltest"
)

func TestEval(t *testing.T) {
	sh := newShell(t, shapes())
	server := modeltest.NewServer(modeltest.New("(path, |count); err != nil {⏎"))
	defer server.Close()
	t.Setenv("OLLAMA_HOST", server.URL)
	code, out, problems := sh.run("eval", sh.root, "--tasks", "12", "--arms", "local,ours")
	if code != exitDone || !strings.Contains(out, "12 holes in "+sh.root) || !strings.Contains(out, "ours against local: right where the other is not at ") {
		t.Errorf("exit code %d:\n%s%s", code, out, problems)
	}
	for _, want := range []string{"mid     local", "silent  ours", "right of shown", "answer p50"} {
		if !strings.Contains(out, want) {
			t.Errorf("the table does not tell %q:\n%s", want, out)
		}
	}
}

// TestEvalIsRepeatable runs twice with one seed: all but the times is the same.
func TestEvalIsRepeatable(t *testing.T) {
	sh := newShell(t, shapes())
	run := func(seed string) eval.Report {
		code, out, problems := sh.run("eval", sh.root, "--tasks", "20", "--arms", "local", "--json", "--seed", seed)
		var result eval.Report
		if err := json.Unmarshal([]byte(out), &result); err != nil || code != exitDone {
			t.Fatalf("exit code %d, %v:\n%s%s", code, err, out, problems)
		}
		result.Times = nil
		return result
	}
	if diff := cmp.Diff(run("5"), run("5"), cmpopts.IgnoreUnexported(eval.Report{})); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestEvalOfNothing(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		args  []string
		code  int
		want  string
	}{
		{"an empty folder", nil, nil, exitFailed, "no hole can be cut into "},
		{"prose only", map[string]string{"a.md": "# Text\n"}, nil, exitFailed, "none of its 1 files is code"},
		{"all ignored", map[string]string{"a.go": "package a\n\nfunc f() {}\n", ".gitignore": "*.go\n"}, nil, exitFailed, "no hole can be cut into "},
		{"binary only", map[string]string{"a.go": "\x00\x01\x02"}, nil, exitFailed, "no hole can be cut into "},
		{"no such kind", nil, []string{"--kinds", "hard"}, exitUsage, `there is no kind "hard" of hole`},
		{"no such arm", nil, []string{"--arms", "best"}, exitUsage, `there is no arm "best"`},
		{"no such settings", nil, []string{"--arms", "settings:x/y.toml", "--tasks", "1"}, exitUsage, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sh := newShell(t, test.files)
			code, _, problems := sh.run(append([]string{"eval", sh.root, "--arms", "local"}, test.args...)...)
			if code != test.code || !strings.Contains(problems, test.want) {
				t.Errorf("exit code %d, want %d: %s", code, test.code, problems)
			}
		})
	}
	sh := newShell(t, nil)
	if code, _, problems := sh.run("eval", sh.path("none")); code != exitFailed || !strings.Contains(problems, "cannot be read") {
		t.Errorf("a folder that is not there: exit code %d, %s", code, problems)
	}
	if os.Getuid() == 0 {
		return // root reads what it likes
	}
	if err := os.Chmod(sh.root, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(sh.root, 0o700)
	if code, _, problems := sh.run("eval", sh.root); code != exitFailed || problems == "" {
		t.Errorf("an unreadable folder: exit code %d, %s", code, problems)
	}
}

func TestEvalOfOneFile(t *testing.T) {
	sh := newShell(t, map[string]string{"a.go": "package a\n\nfunc f(x int) int {\n\tif x > 1 {\n\t\treturn x * 2\n\t}\n\treturn x\n}\n"})
	code, out, problems := sh.run("eval", sh.root, "--arms", "local", "--tasks", "5")
	if code != exitDone || !strings.Contains(out, "5 holes") {
		t.Errorf("exit code %d:\n%s%s", code, out, problems)
	}
}

// TestEvalReport writes the report: one page without anything to fetch, and its numbers.
func TestEvalReport(t *testing.T) {
	sh := newShell(t, shapes())
	folder := sh.path("out/of/it")
	code, _, problems := sh.run("eval", sh.root, "--arms", "local", "--tasks", "30", "--report", folder)
	if code != exitDone || problems != "infill: the report is "+folder+"/report.html\n" {
		t.Fatalf("exit code %d: %s", code, problems)
	}
	page, err := os.ReadFile(folder + "/report.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h2>Measures</h2>", "<polyline", "Expected calibration error", "</html>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, fetched := range []string{"http:", "https:", "src=", "<script", "@import", "url("} {
		if strings.Contains(string(page), fetched) {
			t.Errorf("the page fetches: %s", fetched)
		}
	}
	values, err := os.ReadFile(folder + "/report.json")
	var result eval.Report
	if err != nil || json.Unmarshal(values, &result) != nil || result.Holes == 0 || len(result.Rows) == 0 || len(result.Calibrations) != 1 {
		t.Errorf("%v: %s", err, values)
	}
}
