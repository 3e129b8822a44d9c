package chunk

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
)

// tools is the Go files of golang.org/x/tools.
func tools(b *testing.B) (inputs []Input, bytes int) {
	b.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", "golang.org/x/tools@v0.52.0").Output()
	if err != nil {
		b.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		b.Fatal(err)
	}
	err = filepath.WalkDir(module.Dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		text, err := os.ReadFile(name)
		relative := strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(module.Dir)+"/")
		inputs = append(inputs, Input{File: source.NewFile(source.Path(relative), string(text))})
		bytes += len(text)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return inputs, bytes
}

// BenchmarkBuild indexes golang.org/x/tools and tells how that compares with cutting the same files into tokens.
func BenchmarkBuild(b *testing.B) {
	inputs, bytes := tools(b)
	var building, lexing time.Duration
	var segment *Segment
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		segment = Build(inputs)
		building += time.Since(start)
		b.StopTimer()
		start = time.Now()
		for _, input := range inputs {
			lex.Tokens(input.File.Text(), "go")
		}
		lexing += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(building)/float64(lexing), "×lexing")
	b.ReportMetric(float64(segment.Bytes())/float64(bytes), "index-B/source-B")
}

// BenchmarkMerge merges eight segments of golang.org/x/tools and tells how that compares with building one.
func BenchmarkMerge(b *testing.B) {
	inputs, bytes := tools(b)
	start := time.Now()
	Build(inputs)
	building := time.Since(start)
	var segments []*Segment
	for i := range 8 {
		segments = append(segments, Build(inputs[i*len(inputs)/8:(i+1)*len(inputs)/8]))
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	var merging time.Duration
	for b.Loop() {
		start := time.Now()
		Merge(segments, nil)
		merging += time.Since(start)
	}
	b.ReportMetric(float64(merging)/float64(b.N)/float64(building), "×building")
}
