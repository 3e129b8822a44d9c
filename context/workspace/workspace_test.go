package workspace_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

func record(path source.Path, text string) *workspace.Record {
	return &workspace.Record{File: source.NewFile(path, text)}
}

func fold(changes ...workspace.Change) *workspace.Snapshot {
	snapshot := &workspace.Snapshot{}
	for _, change := range changes {
		snapshot = snapshot.Apply(change)
	}
	return snapshot
}

func text(t *testing.T, snapshot *workspace.Snapshot, path source.Path) string {
	t.Helper()
	file, ok := snapshot.File(path)
	if !ok {
		return "(none)"
	}
	return file.Text()
}

func TestAnOpenDocumentHidesTheDisk(t *testing.T) {
	disk := fold(workspace.Indexed{Records: []*workspace.Record{record("a.go", "disk")}})
	opened := disk.Apply(workspace.Opened{File: source.NewFile("a.go", "editor"), Language: "go", Version: 1})
	edited := opened.Apply(workspace.Edited{File: source.NewFile("a.go", "edited"), Version: 2})
	again := edited.Apply(workspace.Indexed{Records: []*workspace.Record{record("a.go", "saved")}})
	closed := again.Apply(workspace.Closed{Path: "a.go"})

	got := []string{text(t, disk, "a.go"), text(t, opened, "a.go"), text(t, edited, "a.go"), text(t, again, "a.go"), text(t, closed, "a.go")}
	if diff := cmp.Diff([]string{"disk", "editor", "edited", "edited", "saved"}, got); diff != "" {
		t.Error(diff)
	}
	if document, _ := edited.Document("a.go"); document.Version != 2 || document.Language != "go" {
		t.Errorf("the edit lost facts of the document: %+v", document)
	}
	if _, open := closed.Document("a.go"); open || closed.Number() != 5 {
		t.Errorf("after closing: open %v, number %d", open, closed.Number())
	}
}

func TestOutlinesComeBackLater(t *testing.T) {
	known := &outline.Outline{Language: "go"}
	snapshot := fold(
		workspace.Opened{File: source.NewFile("a.go", "1"), Language: "go"},
		workspace.Edited{File: source.NewFile("a.go", "2"), Version: 1},
		workspace.Outlined{Path: "a.go", Outline: known},
		workspace.Outlined{Path: "gone.go", Outline: known},
	)
	if got, _ := snapshot.Outline("a.go"); got != known {
		t.Error("the outline of an open document is lost")
	}
	if _, ok := snapshot.Outline("gone.go"); ok {
		t.Error("an outline of a document that is not open was kept")
	}
}

func TestRecentDocumentsFirst(t *testing.T) {
	snapshot := fold(
		workspace.Opened{File: source.NewFile("a.go", "")},
		workspace.Opened{File: source.NewFile("b.go", "")},
		workspace.Opened{File: source.NewFile("c.go", "")},
		workspace.Edited{File: source.NewFile("a.go", "x")},
	)
	var got []source.Path
	for _, document := range snapshot.Documents() {
		got = append(got, document.File.Path())
	}
	if diff := cmp.Diff([]source.Path{"a.go", "c.go", "b.go"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRemovingAFolder(t *testing.T) {
	snapshot := fold(
		workspace.Indexed{Records: []*workspace.Record{record("a/1.go", ""), record("a/2.go", ""), record("ab.go", "")}},
		workspace.Removed{Paths: []source.Path{"a/", "never.go"}},
	)
	if got := snapshot.Base().Paths(); !slices.Equal(got, []source.Path{"ab.go"}) || snapshot.Files() != 1 {
		t.Errorf("left: %v, counted %d", got, snapshot.Files())
	}
}

// TestBaseEqualsAMap folds random batches, removals and compactions and compares with a plain map.
func TestBaseEqualsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	base := (&workspace.Snapshot{}).Base()
	oracle := map[source.Path]string{}
	path := func() source.Path { return source.Path(fmt.Sprintf("d%d/f%d.go", random.IntN(4), random.IntN(20))) }
	for step := range 2000 {
		switch random.IntN(10) {
		case 0:
			base = base.Compact()
		case 1, 2:
			removed := workspace.Removed{Paths: []source.Path{path(), path()}}
			for _, p := range removed.Paths {
				delete(oracle, p)
			}
			base = base.Remove(removed)
		case 3:
			folder := source.Path(fmt.Sprintf("d%d/", random.IntN(4)))
			for p := range oracle {
				if strings.HasPrefix(string(p), string(folder)) {
					delete(oracle, p)
				}
			}
			base = base.Remove(workspace.Removed{Paths: []source.Path{folder}})
		default:
			var batch workspace.Indexed
			for range random.IntN(5) + 1 {
				one := record(path(), fmt.Sprintf("func f%d() {}", step))
				batch.Records = append(batch.Records, one)
				oracle[one.File.Path()] = one.File.Text()
			}
			base = base.Index(batch)
		}
		got := map[source.Path]string{}
		for one := range base.Records() {
			got[one.File.Path()] = one.File.Text()
		}
		if diff := cmp.Diff(oracle, got); diff != "" || base.Files() != len(oracle) {
			t.Fatalf("step %d: counted %d of %d (-want +got):\n%s", step, base.Files(), len(oracle), diff)
		}
		checkSegments(t, base, oracle)
	}
}

// checkSegments sees to it that each file is found in exactly one current segment.
func checkSegments(t *testing.T, base *workspace.Base, oracle map[source.Path]string) {
	t.Helper()
	found := map[source.Path]int{}
	for i, segment := range base.Segments() {
		for _, path := range segment.Paths() {
			if base.Current(i, path) {
				found[path]++
			}
		}
	}
	for path := range oracle {
		if found[path] != 1 {
			t.Fatalf("%s is current in %d segments", path, found[path])
		}
	}
	if len(found) != len(oracle) {
		t.Fatalf("segments hold %d files of %d", len(found), len(oracle))
	}
}

func TestLayersStayFew(t *testing.T) {
	base := (&workspace.Snapshot{}).Base()
	for i := range 1000 {
		base = base.Index(workspace.Indexed{Records: []*workspace.Record{record(source.Path(fmt.Sprintf("f%d.go", i)), "x")}}).Compact()
	}
	if layers := len(base.Segments()); layers > 11 {
		t.Errorf("%d layers for 1,000 single-file batches", layers)
	}
}

func BenchmarkKeystrokeIn50000Files(b *testing.B) {
	var batch workspace.Indexed
	for i := range 50_000 {
		batch.Records = append(batch.Records, record(source.Path(fmt.Sprintf("p%d/f%d.go", i%500, i)), "x"))
	}
	line := strings.Repeat("\tx := compute(y)\n", 5000)
	file := source.NewFile("main.go", line)
	snapshot := fold(batch, workspace.Opened{File: file, Language: "go"})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		next, err := file.Apply([]source.Edit{{Span: source.Span{Start: i % len(line), End: i % len(line)}, New: "a"}})
		if err != nil {
			b.Fatal(err)
		}
		snapshot = snapshot.Apply(workspace.Edited{File: next, Version: int32(i)})
	}
}
