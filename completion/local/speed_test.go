package local

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/source"
)

// goroot is the Go files of the standard library and the tools, without tests and generated files.
func goroot(b *testing.B) []*source.File { return load(b, []string{"go", "env", "GOROOT"}, "src") }

// BenchmarkBuild indexes GOROOT/src. Bytes are those that the heap grows by, without the texts.
func BenchmarkBuild(b *testing.B) {
	files := goroot(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	index := Build(slices.Values(files))
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		Build(slices.Values(files))
	}
	millions := float64(index.Tokens()) / 1e6
	b.ReportMetric(millions, "Mtokens")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/millions, "ms/Mtoken")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(index.Tokens()), "B/token")
	b.ReportMetric(float64(index.Bytes())/float64(index.Tokens()), "told-B/token")
	runtime.KeepAlive(index)
}

// BenchmarkComplete completes in files of GOROOT/src, with an index of all.
func BenchmarkComplete(b *testing.B) {
	files := goroot(b)
	index := Build(slices.Values(files))
	all := gaps(files, 300, false, true)
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		index.Complete(all[i%len(all)].request)
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "µs-p95")
}
