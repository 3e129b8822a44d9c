package ranking

import (
	"math"
	"reflect"
	"testing"
)

func TestEveryFactHasAWeight(t *testing.T) {
	known := map[string]bool{}
	for _, w := range weights {
		if known[w.name] {
			t.Errorf("the table names %s twice", w.name)
		}
		known[w.name] = true
	}
	facts := reflect.TypeFor[Facts]()
	for i := range facts.NumField() {
		if name := facts.Field(i).Name; !known[name] {
			t.Errorf("fact %s has no weight", name)
		}
		delete(known, facts.Field(i).Name)
	}
	for name := range known {
		t.Errorf("weight %s has no fact", name)
	}
}

// TestOrder says which of two candidates comes first, one pair for each fact.
func TestOrder(t *testing.T) {
	plain := Facts{Joint: 0.6, Parsed: true, Lines: 1}
	tests := []struct {
		name   string
		better func(*Facts)
	}{
		{"more probable", func(f *Facts) { f.Joint = 0.7 }},
		{"both engines agree", func(f *Facts) { f.Agreement = true }},
		{"a complete statement", func(f *Facts) { f.EndsWell = true }},
		{"a line that is whole again", func(f *Facts) { f.Mends = true }},
		{"longer at the same probability", func(f *Facts) { f.Lines = 3 }},
	}
	for _, test := range tests {
		better := plain
		test.better(&better)
		if Score(better).Sum <= Score(plain).Sum {
			t.Errorf("%s: %v is not above %v", test.name, Score(better).Sum, Score(plain).Sum)
		}
	}
	worse := []func(*Facts){
		func(f *Facts) { f.NewErrors = 1 },
		func(f *Facts) { f.Unbalanced = 1 },
		func(f *Facts) { f.RepeatsAbove = true },
		func(f *Facts) { f.CutShort = true },
		func(f *Facts) { f.Local = true },
		func(f *Facts) { f.Unsure, f.Joint = true, 0.5 },
	}
	for i, make := range worse {
		facts := plain
		make(&facts)
		if Score(facts).Sum >= Score(plain).Sum {
			t.Errorf("worse %d: %v is not below %v", i, Score(facts).Sum, Score(plain).Sum)
		}
	}
}

func TestJointAloneIsTheProbability(t *testing.T) {
	for _, joint := range []float64{0.05, 0.3, 0.5, 0.73, 0.9} {
		if got := Score(Facts{Joint: joint, Lines: 1}).Probability(); math.Abs(got-joint) > 1e-9 {
			t.Errorf("joint %v alone scores %v", joint, got)
		}
	}
}

func TestExtremesStayFinite(t *testing.T) {
	for _, joint := range []float64{0, 1, math.NaN(), -1, 2} {
		if p := Score(Facts{Joint: joint, Lines: 1}).Probability(); !(p > 0 && p < 1) {
			t.Errorf("joint %v scores %v", joint, p)
		}
	}
}
