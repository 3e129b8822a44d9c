package local

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/source"
)

// repositories are what accuracy is measured on. Choices are made on cmd/go; x/tools only reports.
var repositories = []struct {
	name    string
	command []string // prints the folder
	below   string
}{
	{"cmd-go", []string{"go", "env", "GOROOT"}, "src/cmd/go"},
	{"x-tools", []string{"go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/tools"}, ""},
}

// load reads the Go files of a folder in path order, without tests and generated files.
func load(tb testing.TB, command []string, below string) []*source.File {
	tb.Helper()
	out, err := exec.Command(command[0], command[1:]...).Output()
	if err != nil {
		tb.Fatalf("%v: %v", command, err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(below))
	var files []*source.File
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || bytes.Contains(text[:min(len(text), 3000)], []byte("Code generated")) {
			return err
		}
		relative, err := filepath.Rel(root, name)
		files = append(files, source.NewFile(source.Path(filepath.ToSlash(relative)), string(text)))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	slices.SortFunc(files, func(a, b *source.File) int { return strings.Compare(string(a.Path()), string(b.Path())) })
	return files
}

// gap is the rest of a line that was taken away.
type gap struct {
	request Request
	want    []string // words
}

// gaps cuts the rest of a line at the start of a word that is not the first, in files chosen by their size, each time
// anew. below tells whether the text below that line stays: it does where people edit, it does not where they write.
func gaps(files []*source.File, n int, below bool) []gap {
	random := rand.New(rand.NewPCG(20261123, uint64(n)))
	total := 0
	for _, file := range files {
		total += file.Len()
	}
	var found []gap
	for len(found) < n {
		at := random.IntN(total)
		i := 0
		for at >= files[i].Len() {
			at -= files[i].Len()
			i++
		}
		file := files[i]
		span := file.Line(file.Point(at).Line)
		words := tokens(file.Slice(span), "go")
		if len(words) < 2 {
			continue
		}
		cut := 1 + random.IntN(len(words)-1)
		offset := span.Start + words[cut].start
		text := file.Text()[:offset]
		if below {
			text += file.Text()[span.End:]
		}
		g := gap{request: Request{File: source.NewFile(file.Path(), text), Language: "go", Offset: offset}}
		for _, word := range words[cut:] {
			g.want = append(g.want, word.text)
		}
		found = append(found, g)
	}
	return found
}

// BenchmarkAccuracy completes the rest of lines in files whose copy in the index is held out, and reports percentages: how
// often the next word is right, how often a line is shown at the gates of 0.5 and 0.7, and how many of these are right to
// the last word.
func BenchmarkAccuracy(b *testing.B) {
	n := 300
	if os.Getenv("N") != "" {
		n = 4000
	}
	for _, repository := range repositories {
		files := load(b, repository.command, repository.below)
		index := Build(slices.Values(files))
		for _, place := range []string{"writing", "editing"} {
			all := gaps(files, n, place == "editing")
			b.Run(repository.name+"/"+place, func(b *testing.B) {
				for b.Loop() {
					measure(b, index, all)
				}
			})
		}
	}
}

func measure(b *testing.B, index *Index, all []gap) {
	next1, shown, right := 0, [2]int{}, [2]int{}
	gates := [2]float64{0.5, 0.7}
	times := make([]time.Duration, 0, len(all))
	for _, g := range all {
		began := time.Now()
		s := index.Complete(g.request)
		times = append(times, time.Since(began))
		l := newLine(index, g.request)
		if l.typed != "" && l.reason == "" {
			l.push(l.typed)
		}
		if best, ok := next(l.corners, nil); ok && best.text == g.want[0] {
			next1++
		}
		var got []string
		for _, word := range tokens(s.Text, "go") {
			got = append(got, word.text)
		}
		for i, gate := range gates {
			if s.Text != "" && s.Confidence >= gate {
				shown[i]++
				if slices.Equal(got, g.want) {
					right[i]++
				}
			}
		}
	}
	slices.Sort(times)
	percent := func(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }
	b.ReportMetric(percent(next1, len(all)), "next%")
	b.ReportMetric(percent(shown[0], len(all)), "shown50%")
	b.ReportMetric(percent(right[0], shown[0]), "precision50%")
	b.ReportMetric(percent(shown[1], len(all)), "shown70%")
	b.ReportMetric(percent(right[1], shown[1]), "precision70%")
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "µs-p95")
}
