package local

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/lex"
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

// gaps cuts the rest of a line before a word that is not its first, or inside of one, in files chosen by their size, each
// time anew. below tells whether the text below that line stays: it does where people edit, it does not where they write.
func gaps(files []*source.File, n int, inside, below bool) []gap {
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
		all := wordsOf(file.Text())
		cut := random.IntN(len(all))
		if cut == 0 || all[cut].text == "\n" || all[cut-1].text == "\n" {
			continue
		}
		offset := all[cut].start
		if inside {
			offset += random.IntN(len(all[cut].text))
		}
		text := file.Text()[:offset]
		if below {
			text += file.Text()[file.Line(file.Point(offset).Line).End:]
		}
		g := gap{request: Request{File: source.NewFile(file.Path(), text), Language: "go", Offset: offset}}
		g.want = append(g.want, all[cut].text[offset-all[cut].start:])
		for _, word := range all[cut+1:] {
			if word.text == "\n" {
				break
			}
			g.want = append(g.want, word.text)
		}
		found = append(found, g)
	}
	return found
}

// BenchmarkAccuracy completes the rest of lines in files whose copy in the index is held out: at the end of a file that is
// being written, in a file that is being edited, and inside words. It reports in percent how often the next word is right,
// how often a line is shown at gates of 0.5, 0.6 and 0.7, and how many of these are right to the last word.
func BenchmarkAccuracy(b *testing.B) {
	const n = 1000
	for _, repository := range repositories {
		files := load(b, repository.command, repository.below)
		index := Build(slices.Values(files))
		for _, place := range []string{"writing", "editing", "inside-words"} {
			all := gaps(files, n, place == "inside-words", place == "editing")
			b.Run(repository.name+"/"+place, func(b *testing.B) {
				for b.Loop() {
					measure(b, index, all)
				}
			})
		}
	}
}

func measure(b *testing.B, index *Index, all []gap) {
	gates, shown, right, nextRight := [...]float64{0.5, 0.6, 0.7}, [3]int{}, [3]int{}, 0
	times := make([]time.Duration, 0, len(all))
	for _, g := range all {
		began := time.Now()
		s := index.Complete(g.request)
		times = append(times, time.Since(began))
		if nextWord(index, g.request) == g.want[0] {
			nextRight++
		}
		var got []string
		for _, word := range wordsOf(s.Text) {
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
	b.ReportMetric(percent(nextRight, len(all)), "next%")
	for i, gate := range gates {
		b.ReportMetric(percent(shown[i], len(all)), fmt.Sprintf("shown%.0f%%", 100*gate))
		b.ReportMetric(percent(right[i], shown[i]), fmt.Sprintf("precision%.0f%%", 100*gate))
	}
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "µs-p95")
}

// nextWord is the likeliest next word when what is typed counts as a whole word, as in the experiment of the design; inside
// of a word that is never right.
func nextWord(index *Index, request Request) string {
	l, reason := newLine(index, request)
	if reason != "" {
		return ""
	}
	if l.typed != "" {
		l.push(l.typed)
	}
	best, _ := l.next("")
	return best.text
}

func wordsOf(text string) []word { return words(text, lex.Tokens(text, "go")) }
