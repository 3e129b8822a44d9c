package retrieve_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/retrieve"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

var update = flag.Bool("update", false, "write the want sections of the fixtures")

// count counts tokens as the lexer cuts them.
func count(text string) int { return len(lex.Tokens(text, "go")) }

// query makes the query of a fixture: the file with the mark ‸ is open and holds the cursor, "open …" are other open
// documents, the rest are files on disk. The budget is 400 tokens unless the section flags says otherwise.
func query(t *testing.T, archive *txtar.Archive) (retrieve.Query, string) {
	t.Helper()
	q := retrieve.Query{Snapshot: &workspace.Snapshot{}, Budget: 400, Count: count}
	want := ""
	var opened []workspace.Change
	var disk workspace.Indexed
	for _, section := range archive.Files {
		text := string(section.Data)
		name, isOpen := strings.CutPrefix(section.Name, "open ")
		at := strings.Index(text, "‸")
		switch {
		case name == "flags":
			budget, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(text), "budget="))
			if err != nil {
				t.Fatal(err)
			}
			q.Budget = budget
		case name == "want":
			want = text
		case at >= 0:
			q.Path, q.Offset = source.Path(name), at
			file := source.NewFile(q.Path, strings.Replace(text, "‸", "", 1))
			opened = append(opened, workspace.Opened{File: file})
		case isOpen:
			opened = append(opened, workspace.Opened{File: source.NewFile(source.Path(name), text)})
		default:
			disk.Records = append(disk.Records, &workspace.Record{File: source.NewFile(source.Path(name), text)})
		}
	}
	for _, change := range append([]workspace.Change{disk}, opened...) {
		q.Snapshot = q.Snapshot.Apply(change)
	}
	return q, want
}

// print writes snippets as a fixture shows them: where, how many tokens, why, and the text behind bars.
func print(q retrieve.Query, snippets []retrieve.Snippet) string {
	var out strings.Builder
	for _, snippet := range snippets {
		file, _ := q.Snapshot.File(snippet.Path)
		first, last := file.Point(snippet.Span.Start).Line+1, file.Point(snippet.Span.End-1).Line+1
		fmt.Fprintf(&out, "%s:%d-%d, %d tokens: %s\n", snippet.Path, first, last, snippet.Tokens, snippet.Reason)
		for line := range strings.Lines(snippet.Text) {
			out.WriteString("|" + strings.TrimRight(line, "\n") + "\n")
		}
	}
	return out.String()
}

func TestFixtures(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			q, want := query(t, archive)
			got := print(q, retrieve.Gather(t.Context(), q))
			if *update {
				write(t, name, archive, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n%s", strings.TrimSpace(string(archive.Comment)), diff)
			}
		})
	}
}

func write(t *testing.T, name string, archive *txtar.Archive, got string) {
	for i := range archive.Files {
		if archive.Files[i].Name == "want" {
			archive.Files[i].Data = []byte(got)
		}
	}
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGatherWithoutAnything(t *testing.T) {
	file := source.NewFile("a.go", "compute(area)")
	snapshot := (&workspace.Snapshot{}).Apply(workspace.Indexed{Records: []*workspace.Record{
		{File: file}, {File: source.NewFile("b.go", "compute(area, more)")}}})
	whole := retrieve.Query{Snapshot: snapshot, Path: "a.go", Budget: 100, Count: count}
	for _, test := range []struct {
		name   string
		change func(*retrieve.Query)
		want   int
	}{
		{"all there", func(*retrieve.Query) {}, 1},
		{"an unknown file", func(q *retrieve.Query) { q.Path = "c.go" }, 0},
		{"no budget", func(q *retrieve.Query) { q.Budget = 0 }, 0},
		{"a negative budget", func(q *retrieve.Query) { q.Budget = -1 }, 0},
		{"a budget below the smallest piece", func(q *retrieve.Query) { q.Budget = 2 }, 0},
		{"nobody counts", func(q *retrieve.Query) { q.Count = nil }, 0},
		{"an empty workspace", func(q *retrieve.Query) { q.Snapshot = &workspace.Snapshot{} }, 0},
		{"a cursor before the text", func(q *retrieve.Query) { q.Offset = -5 }, 1},
		{"a cursor behind the text", func(q *retrieve.Query) { q.Offset = 500 }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := whole
			test.change(&q)
			if got := retrieve.Gather(t.Context(), q); len(got) != test.want {
				t.Errorf("%d snippets, want %d: %+v", len(got), test.want, got)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := retrieve.Gather(ctx, whole); len(got) > 0 {
		t.Errorf("snippets after the end of ctx: %+v", got)
	}
}

// FuzzGather holds answers against what they promise, for a cursor in one text and other texts around it.
func FuzzGather(f *testing.F) {
	f.Add("func main() {\n\tcompute(area)\n}\n", uint16(20), "func compute(area int) {\n}\n---\ncompute(area, more)\n---\ntext", uint8(40))
	f.Add("compute(area)\r\rÜbung\n\xff", uint16(3), strings.Repeat("compute(area, other)\n", 50)+"---\nübung(x)\n", uint8(200))
	f.Fuzz(func(t *testing.T, text string, offset uint16, others string, budget uint8) {
		changes := []workspace.Change{workspace.Opened{File: source.NewFile("here.go", text)}}
		for i, other := range strings.Split(others, "---\n") {
			file := source.NewFile(source.Path(fmt.Sprintf("other%d.go", i)), other)
			if i%3 == 2 {
				changes = append(changes, workspace.Opened{File: file})
			} else {
				changes = append(changes, workspace.Indexed{Records: []*workspace.Record{{File: file}}})
			}
		}
		snapshot := &workspace.Snapshot{}
		for _, change := range changes {
			snapshot = snapshot.Apply(change)
		}
		q := retrieve.Query{Snapshot: snapshot, Path: "here.go", Offset: int(offset), Budget: int(budget), Count: count}
		snippets := retrieve.Gather(t.Context(), q)
		if again := retrieve.Gather(t.Context(), q); !reflect.DeepEqual(snippets, again) {
			t.Fatalf("two answers to one query:\n%+v\n%+v", snippets, again)
		}
		tokens := 0
		for i, snippet := range snippets {
			tokens += count(snippet.Text)
			file, known := snapshot.File(snippet.Path)
			if !known || snippet.Path == "here.go" {
				t.Fatalf("a snippet of %s", snippet.Path)
			}
			if snippet.Text != file.Slice(snippet.Span) || snippet.Text == "" || snippet.Tokens != count(snippet.Text) {
				t.Fatalf("the snippet %+v does not agree with its file %q", snippet, file.Text())
			}
			if snippet.Reason == "" || snippet.Score <= 0 || i > 0 && snippets[i-1].Score > snippet.Score {
				t.Fatalf("snippet %d has reason %q and score %g after one of %g", i, snippet.Reason, snippet.Score, snippets[max(0, i-1)].Score)
			}
			for _, other := range snippets[:i] {
				if other.Path == snippet.Path && other.Span.Overlaps(snippet.Span) {
					t.Fatalf("%s gives %v and %v", snippet.Path, other.Span, snippet.Span)
				}
			}
		}
		if tokens > q.Budget {
			t.Fatalf("%d tokens for a budget of %d", tokens, q.Budget)
		}
	})
}
