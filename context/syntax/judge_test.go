package syntax

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// TestJudgeFixtures judges the candidates of the fixtures: each file a text with the candidate as «candidate», or as
// «candidate⇐what it replaces», each want section the verdict.
func TestJudgeFixtures(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/judge/*.txtar")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range fixtures {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out []txtar.File
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, " want") {
				continue
			}
			t.Run(filepath.Base(name)+"/"+file.Name, func(t *testing.T) {
				got := checkJudge(t, strings.TrimSuffix(filepath.Base(name), ".txtar"), string(file.Data))
				wantName := file.Name + " want"
				out = append(out, file, txtar.File{Name: wantName, Data: []byte(got)})
				if want := section(archive, wantName); !*update && want != got {
					t.Errorf("verdict (-want +got):\n%s", cmp.Diff(want, got))
				}
			})
		}
		if *update {
			archive.Files = out
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestJudgeAtTheEndOfTheText judges a candidate behind which not even a line ending follows.
func TestJudgeAtTheEndOfTheText(t *testing.T) {
	for id, marked := range map[string]string{
		"go": "package a\n«var x int»", "python": "def f():\n    «return 1»", "typescript": "«let x: A»", "typescriptreact": "x = «<b/>»",
		"javascript": "«let x»", "javascriptreact": "x = «<b/>»", "java": "class A {}\n«class B {}»", "rust": "«/// A.\nfn f() {}»",
	} {
		_, rest, _ := strings.Cut(marked, "«")
		if got, want := checkJudge(t, id, marked), fmt.Sprintf("ends %q\n", strings.TrimSuffix(rest, "»")); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s%s", id, marked, got)
		}
	}
}

// TestJudgeRefuses judges where there is nothing to judge.
func TestJudgeRefuses(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	request := outline.JudgeRequest{Language: "go", Text: "package a\n", Candidate: "x"}
	if _, err := New().Judge(ended, request); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	request.Replace = source.Span{Start: 5, End: 50}
	if _, err := New().Judge(t.Context(), request); err == nil {
		t.Error("no error for a span that does not fit the text")
	}
	request.Replace, request.Language = source.Span{}, "cobol"
	if verdict, err := New().Judge(t.Context(), request); err != nil || verdict != (outline.Verdict{}) {
		t.Errorf("in an unknown language: %+v, %v", verdict, err)
	}
}

func section(archive *txtar.Archive, name string) string {
	for _, file := range archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return ""
}

// checkJudge judges a marked text with and without an open document, which must agree, and writes the verdict.
func checkJudge(t *testing.T, id, marked string) string {
	t.Helper()
	request := judgeRequest(t, id, marked)
	syntax := New()
	verdict, err := syntax.Judge(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	// An open document some edits behind.
	stale := strings.Replace(request.Text, "\n", "\n\n", 1)
	if _, err := syntax.Outline(t.Context(), outline.ParseRequest{Handle: 7, Language: id, Text: stale, Hash: source.HashOf(stale)}); err != nil {
		t.Fatal(err)
	}
	request.Handle = 7
	again, err := syntax.Judge(t.Context(), request)
	if err != nil || again != verdict {
		t.Errorf("with an open document: %+v, %v; without: %+v", again, err, verdict)
	}
	syntax.Close(7)
	if live := syntax.live.Load(); live != 0 {
		t.Errorf("%d trees are left", live)
	}
	return dumpVerdict(verdict, request.Candidate)
}

func judgeRequest(t testing.TB, id, marked string) outline.JudgeRequest {
	t.Helper()
	before, rest, opened := strings.Cut(marked, "«")
	candidate, after, closed := strings.Cut(rest, "»")
	if !opened || !closed {
		t.Fatalf("no «candidate» in %q", marked)
	}
	candidate, replaced, _ := strings.Cut(candidate, "⇐")
	text := before + replaced + after
	return outline.JudgeRequest{
		Language: id, Text: text, Hash: source.HashOf(text), Candidate: candidate,
		Replace: source.Span{Start: len(before), End: len(before) + len(replaced)},
	}
}

func dumpVerdict(verdict outline.Verdict, candidate string) string {
	if !verdict.Known {
		return "unknown\n"
	}
	var out strings.Builder
	if verdict.End < 0 {
		out.WriteString("goes on\n")
	} else {
		fmt.Fprintf(&out, "ends %q\n", candidate[:verdict.End])
	}
	if verdict.NewErrors != 0 {
		fmt.Fprintf(&out, "errors %+d\n", verdict.NewErrors)
	}
	if verdict.Unclosed+verdict.Extra != "" {
		fmt.Fprintf(&out, "unclosed %q extra %q\n", verdict.Unclosed, verdict.Extra)
	}
	if verdict.Inside != insideCode {
		fmt.Fprintf(&out, "inside %s\n", verdict.Inside)
	}
	return out.String()
}
