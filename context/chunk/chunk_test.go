package chunk

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// lines makes a text of the lines "word<first>()" to "word<last>()".
func lines(first, last int) string {
	var text strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&text, "word%d()\n", i)
	}
	return text.String()
}

// function makes a declaration of so many lines, with one line of comment before it.
func function(name string, height int) string {
	return "// " + name + " does it.\nfunc " + name + "() {\n" + strings.Repeat("\tstep()\n", height-2) + "}\n"
}

// declared makes an outline whose declarations are the functions of a text made by function.
func declared(text string) *outline.Outline {
	result := &outline.Outline{Language: "go"}
	for at := 0; ; {
		start := strings.Index(text[at:], "// ")
		if start < 0 {
			return result
		}
		start += at
		begin := start + strings.Index(text[start:], "func ")
		at = begin + strings.Index(text[begin:], "}\n") + 1
		result.Decls = append(result.Decls, outline.Decl{Kind: outline.Function, Parent: -1,
			Span: source.Span{Start: begin, End: at}, Doc: source.Span{Start: start, End: begin - 1}})
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		name, text string
		outlined   bool
		want       []string // the first line of each chunk and how many lines it has
	}{
		{name: "nothing", text: ""},
		{name: "blank lines only", text: "\n \t\n\r\n"},
		{name: "one line without an ending", text: "word", want: []string{"word 1"}},
		{name: "a short file is one chunk", text: lines(1, 7), want: []string{"word1() 7"}},
		{name: "20 lines are one chunk", text: lines(1, 20), want: []string{"word1() 20"}},
		{name: "blank lines at the ends are left out", text: "\n\n" + lines(1, 3) + "\n\n", want: []string{"word1() 3"}},
		{name: "a paragraph begins a chunk", text: lines(1, 12) + "\n" + lines(13, 26),
			want: []string{"word1() 12", "word13() 14"}},
		{name: "carriage returns end lines too", text: strings.ReplaceAll(lines(1, 12)+"\n"+lines(13, 26), "\n", "\r"),
			want: []string{"word1() 12", "word13() 14"}},
		{name: "functions stay whole", outlined: true,
			text: function("A", 13) + "\n" + function("B", 13) + "\n" + function("C", 13),
			want: []string{"// A does it. 14", "// B does it. 14", "// C does it. 14"}},
		{name: "functions stay whole without blank lines", outlined: true, text: function("A", 12) + function("B", 15),
			want: []string{"// A does it. 13", "// B does it. 16"}},
		{name: "short functions share a chunk", outlined: true,
			text: function("A", 4) + function("B", 4) + function("C", 4) + function("D", 4) + function("E", 4),
			want: []string{"// A does it. 10", "// C does it. 15"}},
		{name: "a long function is cut, and begins a chunk", outlined: true, text: lines(1, 11) + function("A", 35),
			want: []string{"word1() 11", "// A does it. 16", "step() 20"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := source.NewFile("a.go", test.text)
			var known *outline.Outline
			if test.outlined {
				known = declared(test.text)
			}
			var got []string
			for _, span := range cut(file, known) {
				first, last := file.Point(span.Start).Line, file.Point(span.End-1).Line
				got = append(got, fmt.Sprintf("%s %d", strings.TrimSpace(file.Slice(file.Line(first))), last-first+1))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWords(t *testing.T) {
	var got []string
	for _, word := range Words("func (r *Rect) Übung(id int) error { return fmtErrorf(r, \"no\", 100) } // said\n"+strings.Repeat("x", 81), "go") {
		got = append(got, word.Text)
	}
	if diff := cmp.Diff([]string{"rect", "übung", "int", "error", "fmterrorf"}, got); diff != "" {
		t.Error(diff)
	}
}

func input(path source.Path, text string) Input { return Input{File: source.NewFile(path, text)} }

func TestSegmentKnowsItsFiles(t *testing.T) {
	segment := Build([]Input{input("b.go", "compute()"), input("empty.go", "\n"), input("a.go", "old()"), input("a.go", "compute()")})
	if got, want := segment.Files(), 3; got != want {
		t.Errorf("%d files, want %d", got, want)
	}
	if diff := cmp.Diff([]source.Path{"a.go", "b.go", "empty.go"}, segment.Paths()); diff != "" {
		t.Error(diff)
	}
	if got := find(segment, "old"); got != nil {
		t.Errorf("a text that was given again is still found: %v", got)
	}
	merged := Merge([]*Segment{segment, Build([]Input{input("b.go", "newer()")})}, func(path source.Path) bool { return path == "a.go" })
	if diff := cmp.Diff([]source.Path{"b.go", "empty.go"}, merged.Paths()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b.go"}, find(merged, "newer")); diff != "" {
		t.Error(diff)
	}
	if got := find(merged, "compute"); got != nil {
		t.Errorf("a text that was replaced or left out is still found: %v", got)
	}
	if got := Merge(nil, nil).Files(); got != 0 {
		t.Errorf("a merge of nothing has %d files", got)
	}
}

// find lists the files of the hits of some words, the best first.
func find(segment *Segment, words ...string) []string {
	var paths []string
	for _, hit := range Search(context.Background(), []*Segment{segment}, asked(words...), 100, nil) {
		paths = append(paths, string(hit.Path))
	}
	return paths
}

func asked(words ...string) []Term {
	var list []Term
	for _, word := range words {
		list = append(list, Term{Text: word, Weight: 1})
	}
	return list
}

func TestSearch(t *testing.T) {
	segment := Build([]Input{
		input("rare.go", "parse(query)\nparse(text)"), input("common.go", "compute(text)"), input("also.go", "compute(text)"),
		input("twice.go", "compute(text, compute)"), input("long.go", "compute(text, more, still, yet, again)"),
		input("none.go", "x := y"),
	})
	for _, test := range []struct {
		name  string
		terms []Term
		k     int
		skip  string
		want  []string
	}{
		{name: "a rare word beats a common one", terms: asked("query", "text"), k: 1, want: []string{"rare.go"}},
		{name: "a weight beats rarity", terms: []Term{{"query", 1}, {"compute", 9}}, k: 1, want: []string{"twice.go"}},
		{name: "more often, then shorter, then by path", terms: asked("compute"), k: 9,
			want: []string{"twice.go", "also.go", "common.go", "long.go"}},
		{name: "k cuts", terms: asked("compute"), k: 2, want: []string{"twice.go", "also.go"}},
		{name: "skipped files make room", terms: asked("compute"), k: 2, skip: "twice.go", want: []string{"also.go", "common.go"}},
		{name: "an absent word finds nothing", terms: asked("absent"), k: 9},
		{name: "no words find nothing", k: 9},
		{name: "no hits are wanted", terms: asked("compute"), k: 0},
		{name: "a weight of zero counts nothing", terms: []Term{{"compute", 0}}, k: 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			skip := func(_ int, path source.Path) bool { return string(path) == test.skip }
			var got []string
			for _, hit := range Search(t.Context(), []*Segment{segment}, test.terms, test.k, skip) {
				got = append(got, string(hit.Path))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSearchTellsTheSegment(t *testing.T) {
	segments := []*Segment{Build([]Input{input("a.go", "compute()")}), Build(nil), Build([]Input{input("b.go", "compute()")})}
	skip := func(segment int, _ source.Path) bool { return segment == 0 }
	hits := Search(t.Context(), segments, asked("compute"), 5, skip)
	if len(hits) != 1 || hits[0].Segment != 2 || hits[0].Path != "b.go" || hits[0].Span != (source.Span{Start: 0, End: 9}) {
		t.Errorf("hits %+v, want b.go [0,9) of segment 2", hits)
	}
}

func TestSearchLeavesOutCommonWords(t *testing.T) {
	var inputs []Input
	for i := range 2000 {
		text := "alpha()"
		if i%5 == 0 {
			text = "common()"
		}
		if i == 0 {
			text = "common(rare)"
		}
		inputs = append(inputs, input(source.Path(fmt.Sprintf("%d.go", i)), text))
	}
	if got := find(Build(inputs), "common"); got != nil {
		t.Errorf("a word of a fifth of the chunks finds %d", len(got))
	}
	if diff := cmp.Diff([]string{"0.go"}, find(Build(inputs), "common", "rare")); diff != "" {
		t.Error(diff)
	}
}

func TestSearchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if hits := Search(ctx, []*Segment{Build([]Input{input("a.go", "compute()")})}, asked("compute"), 5, nil); len(hits) > 0 {
		t.Errorf("found %v after its context had ended", hits)
	}
}

func FuzzCut(f *testing.F) {
	f.Add("package a\n\nfunc A() {\n\treturn\n}\n", uint16(11), uint16(20))
	f.Add(lines(1, 50), uint16(9), uint16(300))
	f.Add("a\r\rb\r\n \n\x00\xff\u2028c", uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, text string, start, length uint16) {
		file := source.NewFile("a.go", text)
		known := &outline.Outline{Decls: []outline.Decl{{Span: source.Span{Start: int(start), End: int(start) + int(length)}}}}
		for _, known := range []*outline.Outline{nil, known} {
			covered := make([]int, file.Lines())
			end := 0
			for _, span := range cut(file, known) {
				if span.Start < end || span.End <= span.Start || span.End > len(text) {
					t.Fatalf("span %v after one that ends at %d in %d bytes", span, end, len(text))
				}
				end = span.End
				first, last := file.Point(span.Start).Line, file.Point(span.End-1).Line
				if last-first >= mostLines {
					t.Fatalf("a chunk of %d lines", last-first+1)
				}
				if blank(file, first) || blank(file, last) {
					t.Fatalf("chunk %v begins or ends with a blank line", span)
				}
				if span != (source.Span{Start: file.LineWithEnding(first).Start, End: file.LineWithEnding(last).End}) {
					t.Fatalf("chunk %v is not whole lines", span)
				}
				for line := first; line <= last; line++ {
					covered[line]++
				}
			}
			for line, times := range covered {
				if times > 1 || times == 0 && !blank(file, line) {
					t.Fatalf("line %d lies in %d chunks", line, times)
				}
			}
		}
	})
}

// corpusOf makes files of a text: a line of three dashes ends one.
func corpusOf(text string) []Input {
	var inputs []Input
	for i, part := range strings.Split(text, "---\n") {
		inputs = append(inputs, input(source.Path(fmt.Sprintf("f%d.go", i)), part))
	}
	return inputs
}

var corpora = []string{
	"compute(area)\n---\ncompute(area, area)\nparse(area)\n---\n\n---\nparse(query)\n",
	lines(1, 40) + "---\n" + lines(20, 60) + "---\n" + strings.Repeat("again()\n", 30),
	"Übung(ÜBUNG)\n---\n\xff\xfe abc\n---\n" + strings.Repeat("same ", 400),
}

func FuzzMergeEqualsBuild(f *testing.F) {
	for i, corpus := range corpora {
		f.Add(corpus, uint8(i), uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, split, drop uint8) {
		inputs := corpusOf(text)
		at, gone := int(split)%(len(inputs)+1), int(drop)%len(inputs)
		skipped := inputs[gone].File.Path()
		kept := slices.Delete(slices.Clone(inputs), gone, gone+1)
		segments := []*Segment{Build(inputs[:at]), Build(inputs[at:])}
		for _, test := range []struct {
			skip func(source.Path) bool
			want []Input
		}{{nil, inputs}, {func(path source.Path) bool { return path == skipped }, kept}} {
			merged, built := Merge(segments, test.skip), Build(test.want)
			if !equal(merged, built) {
				t.Fatalf("merged %+v\nbuilt %+v", merged, built)
			}
		}
	})
}

func equal(x, y *Segment) bool {
	return slices.Equal(x.paths, y.paths) && slices.Equal(x.pieces, y.pieces) && slices.Equal(x.lengths, y.lengths) &&
		x.total == y.total && reflect.DeepEqual(words(x), words(y))
}

// words is the postings of each word.
func words(s *Segment) map[string][]posting {
	all := map[string][]posting{}
	for i := range s.terms.len() {
		for reader := s.terms.read(i); reader.left > 0; {
			all[s.terms.word(i)] = append(all[s.terms.word(i)], reader.next())
		}
	}
	return all
}

// place names a chunk.
type place struct {
	path source.Path
	span source.Span
}

// oracle scores every chunk with BM25 from the text, as it stands in the book.
func oracle(inputs []Input, terms []Term) map[place]float64 {
	type document struct {
		place  place
		counts map[string]float64
		length float64
	}
	var documents []document
	total := 0.0
	for _, input := range inputs {
		file := input.File
		for _, span := range cut(file, nil) {
			d := document{place: place{file.Path(), span}, counts: map[string]float64{}}
			for _, word := range Words(file.Text(), "go") {
				if span.Contains(word.Span.Start) {
					d.counts[word.Text] = min(d.counts[word.Text]+1, most)
					d.length = min(d.length+1, longest)
				}
			}
			if d.length > 0 {
				documents = append(documents, d)
				total += d.length
			}
		}
	}
	n := float64(len(documents))
	scores := map[place]float64{}
	for _, term := range terms {
		with := 0.0
		for _, d := range documents {
			if d.counts[term.Text] > 0 {
				with++
			}
		}
		for _, d := range documents {
			if count := d.counts[term.Text]; count > 0 {
				scores[d.place] += term.Weight * math.Log(1+(n-with+0.5)/(with+0.5)) *
					count * (k1 + 1) / (count + k1*(1-b+b*d.length/(total/n)))
			}
		}
	}
	return scores
}

func FuzzSearchEqualsOracle(f *testing.F) {
	for i, corpus := range corpora {
		f.Add(corpus, "area compute again same word25 word3 compute", uint8(i), uint8(2))
	}
	f.Fuzz(func(t *testing.T, text, query string, split, k uint8) {
		inputs := corpusOf(text)
		at := int(split) % (len(inputs) + 1)
		segments := []*Segment{Build(inputs[:at]), Build(inputs[at:])}
		if segments[0].Chunks()+segments[1].Chunks() >= 1000 {
			return // common words are left out from here on, and the oracle knows nothing of that
		}
		var terms []Term
		for i, word := range strings.Fields(strings.ToLower(query)) {
			terms = append(terms, Term{Text: word, Weight: 1 / float64(1+i)})
		}
		want := oracle(inputs, terms)
		all := Search(t.Context(), segments, terms, 1+len(want), nil)
		if len(all) != len(want) {
			t.Fatalf("%d hits, want %d", len(all), len(want))
		}
		for _, hit := range all {
			if score := want[place{hit.Path, hit.Span}]; math.Abs(score-hit.Score) > 1e-4*score {
				t.Errorf("%s %v scores %g, want %g", hit.Path, hit.Span, hit.Score, score)
			}
		}
		if !slices.IsSortedFunc(all, order) {
			t.Errorf("hits are not in order: %+v", all)
		}
		few := Search(t.Context(), segments, terms, int(k), nil)
		if !slices.Equal(all[:min(len(all), int(k))], few) {
			t.Errorf("the best %d are not the first of all: %+v", k, few)
		}
	})
}
