package retrieve

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// BenchmarkGather asks at 500 places of k8s.io/kubernetes, tests and generated files included.
func BenchmarkGather(b *testing.B) {
	var module struct{ Dir string }
	if err := json.Unmarshal(run(b, "go", "mod", "download", "-json", "k8s.io/kubernetes@v1.34.1"), &module); err != nil {
		b.Fatal(err)
	}
	var records []*workspace.Record
	bytes := 0
	err := filepath.WalkDir(module.Dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(module.Dir, name)
		records = append(records, &workspace.Record{File: source.NewFile(source.Path(filepath.ToSlash(relative)), string(text))})
		bytes += len(text)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	snapshot := (&workspace.Snapshot{}).Apply(workspace.Indexed{Records: records})
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		file := records[i*7919%len(records)].File
		opened := snapshot.Apply(workspace.Opened{File: file, Language: "go"})
		start := time.Now()
		Gather(b.Context(), Query{Snapshot: opened, Path: file.Path(), Offset: file.Len() * (i % 97) / 97, Budget: 1024,
			Count: func(text string) int { return len(text) / 4 }})
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "µs-p95")
	b.ReportMetric(float64(bytes)/1e6, "MB")
	b.ReportMetric(float64(snapshot.Segments()[0].Bytes())/float64(bytes), "index-B/source-B")
	b.ReportMetric(float64(snapshot.Segments()[0].Chunks()), "chunks")
}
