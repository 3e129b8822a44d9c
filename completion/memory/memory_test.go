package memory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/memory"
	"github.com/infill-dev/infill/context/source"
)

func at(path source.Path, marked string) memory.Place {
	before, after, _ := strings.Cut(marked, "‸")
	return memory.Place{Path: path, Before: before, After: after}
}

func TestRecall(t *testing.T) {
	long := strings.Repeat("x := 1 // a line\n", 500)
	var m memory.Memory
	m.Remember(at("a.go", long+"\tsum := ‸\n}\n"+long), []memory.Offer{{Text: "add(a, b)", Score: 0.8, Engine: "m"}, {Text: "add(b)", Score: 0.5, Engine: "m"}})
	tests := []struct {
		name, marked string
		want         []string
	}{
		{"the same place", long + "\tsum := ‸\n}\n" + long, []string{"add(a, b)", "add(b)"}},
		{"the beginning was typed", long + "\tsum := add(‸\n}\n" + long, []string{"a, b)", "b)"}},
		{"one of two fits", long + "\tsum := add(a‸\n}\n" + long, []string{", b)"}},
		{"all but the last byte", long + "\tsum := add(a, b‸\n}\n" + long, []string{")"}},
		{"typed to its end", long + "\tsum := add(a, b)‸\n}\n" + long, nil},
		{"something else was typed", long + "\tsum := ad_‸\n}\n" + long, nil},
		{"a byte was deleted", long + "\tsum :=‸\n}\n" + long, nil},
		{"an edit far above", "new line\n" + long + "\tsum := add‸\n}\n" + long, []string{"(a, b)", "(b)"}},
		{"an edit far below", long + "\tsum := add‸\n}\n" + long + "new line\n", []string{"(a, b)", "(b)"}},
		{"an edit just below", long + "\tsum := add‸\n}}\n" + long, nil},
		{"an edit just above", long + "y\n\tsum := add‸\n}\n" + long, nil},
		{"a closing bracket that the editor added", long + "\tsum := add(‸)\n}\n" + long, nil},
	}
	for _, test := range tests {
		rest, _ := m.Recall(at("a.go", test.marked))
		var got []string
		for _, offer := range rest {
			got = append(got, offer.Text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if rest, _ := m.Recall(at("b.go", long+"\tsum := ‸\n}\n"+long)); rest != nil {
		t.Errorf("another file recalls %v", rest)
	}
}

func TestANewerOfferReplacesTheOld(t *testing.T) {
	var m memory.Memory
	place := at("a.go", "x = ‸\n")
	m.Remember(place, []memory.Offer{{Text: "old"}})
	m.Remember(place, []memory.Offer{{Text: "new"}})
	if rest, _ := m.Recall(place); len(rest) != 1 || rest[0].Text != "new" {
		t.Errorf("recalled %v", rest)
	}
	m.Remember(place, nil)
	if rest, _ := m.Recall(place); rest != nil {
		t.Errorf("recalled %v after silence", rest)
	}
}

func TestTheOldestIsForgotten(t *testing.T) {
	var m memory.Memory
	for i := range 1000 {
		m.Remember(at(source.Path(strings.Repeat("d/", i)+"a.go"), "‸"), []memory.Offer{{Text: "x"}})
	}
	if rest, _ := m.Recall(at("a.go", "‸")); rest != nil {
		t.Error("the first of a thousand is still known")
	}
	if rest, _ := m.Recall(at(source.Path(strings.Repeat("d/", 999)+"a.go"), "‸")); rest == nil {
		t.Error("the last of a thousand is not known")
	}
}

// FuzzRecall types a beginning of an offer and compares with what is left by hand.
func FuzzRecall(f *testing.F) {
	f.Add("x = ", "\n", "add(a)", 3)
	f.Add("", "", "aaaa", 2)
	f.Add("aa", "aa", "aaa", 1)
	f.Fuzz(func(t *testing.T, before, after, text string, typed int) {
		if typed < 0 || typed >= len(text) {
			t.Skip()
		}
		var m memory.Memory
		m.Remember(memory.Place{Path: "a", Before: before, After: after}, []memory.Offer{{Text: text}})
		rest, n := m.Recall(memory.Place{Path: "a", Before: before + text[:typed], After: after})
		if len(rest) != 1 {
			t.Fatalf("recalled %v", rest)
		}
		if n < typed || !strings.HasSuffix(before+text[:typed], text[:n]) || rest[0].Text != text[n:] {
			t.Fatalf("recalled %q after %d bytes of %q", rest[0].Text, n, text)
		}
	})
}

func BenchmarkRecall(b *testing.B) {
	var m memory.Memory
	text := strings.Repeat("x := compute(y)\n", 10_000)
	for i := range 64 {
		m.Remember(memory.Place{Path: "a.go", Before: text[:len(text)-i], After: text}, []memory.Offer{{Text: "return compute(x, y, z)"}})
	}
	for b.Loop() {
		m.Recall(memory.Place{Path: "a.go", Before: text + "return no", After: text})
	}
}
