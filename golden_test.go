package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/eval"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/syntax"
)

const goldenFile = "testdata/golden/tools.json"

// TestGoldenStatistics measures the engine that needs no model on the pinned golang.org/x/tools and compares with the
// numbers in version control: a change that helps shows better ones in its diff, one that hurts must say so. They are
// written by `go test . -run TestGoldenStatistics -update`.
func TestGoldenStatistics(t *testing.T) {
	tools := xTools(t)
	newShell(t, nil) // no settings, no model, and a home without a module cache
	config := settings.Default()
	h := newHost(t.Context(), nil)
	defer h.Close()
	space, err := openSpace(t.Context(), h, tools, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	base := space.snapshot.Base()
	arms := []eval.Arm{{Name: "local", Engine: h.Engine(config), Local: true}}
	var outcomes []eval.Outcome
	for outcome := range eval.Run(t.Context(), base, space.local, syntax.New(), eval.Cut(base, eval.Options{Tasks: 600, Seed: 1}), arms) {
		outcomes = append(outcomes, outcome)
	}
	got := eval.Measure(outcomes, []string{"local"}, 1)
	if *update {
		text, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	var want []eval.Row
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the statistics of the local engine have changed (-want +got):\n%s", diff)
	}
}
