package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"a", []string{"a"}},
		{"a\n", []string{"a", ""}},
		{"a\r\nb\rc\nd", []string{"a", "b", "c", "d"}},
		{"\r\r\n\n", []string{"", "", "", ""}},
		{"\ufeffa\u2028b", []string{"\ufeffa\u2028b"}},
	}
	for _, test := range tests {
		file := NewFile("x", test.text)
		var got []string
		for i := range file.Lines() {
			got = append(got, file.Slice(file.Line(i)))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestPointsAreClamped(t *testing.T) {
	file := NewFile("x", "ab\r\ncd")
	offsets := []struct {
		point Point
		want  Offset
	}{{Point{0, 1}, 1}, {Point{0, 9}, 2}, {Point{1, 0}, 4}, {Point{1, 9}, 6}, {Point{7, 0}, 6}, {Point{-1, 0}, 0}, {Point{0, -1}, 0}}
	for _, test := range offsets {
		if got := file.Offset(test.point); got != test.want {
			t.Errorf("Offset(%v) = %d, want %d", test.point, got, test.want)
		}
	}
	if got := file.Point(99); got != (Point{1, 2}) {
		t.Errorf("Point(99) = %v", got)
	}
	if got := file.Slice(Span{-3, 2}) + file.Slice(Span{5, 99}) + file.Slice(Span{4, 1}); got != "abd" {
		t.Errorf("slices = %q", got)
	}
}

func TestApply(t *testing.T) {
	file := NewFile("x", "hello world\n")
	next, err := file.Apply([]Edit{{Span{0, 5}, "goodbye"}, {Span{8, 13}, "moon"}})
	if err != nil || next.Text() != "goodbye moon\n" || file.Text() != "hello world\n" || next.Path() != "x" {
		t.Errorf("got %v, %v", next, err)
	}
	if next.Hash() == file.Hash() || next.Hash() != HashOf("goodbye moon\n") {
		t.Error("the hash does not follow the text")
	}
	for _, wrong := range []Span{{-1, 0}, {3, 2}, {0, 13}} {
		if _, err := file.Apply([]Edit{{Span: wrong}}); err == nil {
			t.Errorf("an edit at %v was applied", wrong)
		}
	}
}

// FuzzApply compares the line table that edits keep with one made anew.
func FuzzApply(f *testing.F) {
	f.Add("a\r\nb", 2, 2, "x", 0, 1, "\r")
	f.Add("a\rb", 2, 2, "\n", 1, 2, "")
	f.Add("\r\n\r\n", 1, 3, "", 0, 0, "\n")
	f.Add("", 0, 0, "\r", 1, 1, "\n")
	f.Fuzz(func(t *testing.T, text string, start, end int, first string, start2, end2 int, second string) {
		file := NewFile("x", text)
		next, err := file.Apply([]Edit{{Span{start, end}, first}, {Span{start2, end2}, second}})
		if err != nil {
			t.Skip()
		}
		if !slices.Equal(next.lines, lineStarts(next.text)) {
			t.Fatalf("lines of %q: %v, want %v", next.text, next.lines, lineStarts(next.text))
		}
		once := text[:start] + first + text[end:]
		if want := once[:start2] + second + once[end2:]; next.text != want {
			t.Fatalf("text %q, want %q", next.text, want)
		}
	})
}

func FuzzPointAndBack(f *testing.F) {
	f.Add("a\r\nb\rc\n", 3)
	f.Fuzz(func(t *testing.T, text string, offset int) {
		file := NewFile("x", text)
		point := file.Point(offset)
		if offset < 0 || offset > len(text) {
			return
		}
		span := file.LineWithEnding(point.Line)
		if offset < span.Start || offset > span.End {
			t.Fatalf("offset %d lies outside line %d %v", offset, point.Line, span)
		}
		if inText := file.Line(point.Line); offset <= inText.End && file.Offset(point) != offset {
			t.Fatalf("offset %d came back as %d", offset, file.Offset(point))
		}
	})
}

// FuzzShiftSpan compares with the text itself: a span that was moved holds what it held.
func FuzzShiftSpan(f *testing.F) {
	f.Add("hello world", 6, 11, 0, 5, "hi")
	f.Add("hello world", 6, 11, 11, 11, "!")
	f.Fuzz(func(t *testing.T, text string, start, end, editStart, editEnd int, inserted string) {
		file := NewFile("x", text)
		if start < 0 || start > end || end > len(text) {
			t.Skip()
		}
		next, err := file.Apply([]Edit{{Span{editStart, editEnd}, inserted}})
		if err != nil {
			t.Skip()
		}
		moved, ok := ShiftSpan(Span{start, end}, []Edit{{Span{editStart, editEnd}, inserted}})
		if ok && next.Slice(moved) != text[start:end] {
			t.Fatalf("the span held %q and holds %q", text[start:end], next.Slice(moved))
		}
	})
}

func TestLanguageOf(t *testing.T) {
	tests := map[Path]string{
		"a/b.go": "go", "x.PY": "python", "x.pyi": "python", "a.tsx": "typescriptreact", "a.mjs": "javascript", "A.java": "java",
		"lib.rs": "rust", "a/Makefile": "makefile", "go.mod": "go.mod", "noext": "", "a.unknown": "", ".bashrc": "shellscript", "": "",
	}
	for path, want := range tests {
		if got := LanguageOf(path); got != want {
			t.Errorf("LanguageOf(%q) = %q, want %q", path, got, want)
		}
	}
}

var manyLines = strings.Repeat("\tx := compute(y) // line\n", 5000)

// BenchmarkKeystroke is one keystroke in 5,000 lines; compare with BenchmarkCopyBuffer.
func BenchmarkKeystroke(b *testing.B) {
	file := NewFile("x", manyLines)
	for i := 0; b.Loop(); i += 977 {
		at := i % len(manyLines)
		if _, err := file.Apply([]Edit{{Span{at, at}, "a"}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCopyBuffer is a copy of the same text.
func BenchmarkCopyBuffer(b *testing.B) {
	for b.Loop() {
		_ = strings.Clone(manyLines)
	}
}
