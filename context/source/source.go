// Package source holds immutable text: files, byte offsets, spans, line tables and edits.
//
// One thing must stay true: a File never changes. Apply returns another File that shares nothing
// mutable with the first, so a File may be read from any goroutine without a lock.
//
//	file := source.NewFile("main.go", "package main\n")
//	next, err := file.Apply([]source.Edit{{Span: source.Span{Start: 8, End: 12}, New: "area"}})
package source

// Path is a slash-separated path relative to the workspace root, such as "geometry/area.go".
// It never starts with a slash or a drive letter and never contains "." or ".." elements.
type Path string

// Offset is a position in a text, counted in bytes from its start.
type Offset = int

// Span is the half-open range of bytes [Start, End).
type Span struct {
	Start, End Offset
}

// Point is a position as line and column, both counted from zero, the column in bytes.
type Point struct {
	Line, Column int
}

// Edit replaces the bytes of Span by New.
type Edit struct {
	Span Span
	New  string
}

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Contains tells whether offset lies inside the span, its end excluded.
func (s Span) Contains(offset Offset) bool { return s.Start <= offset && offset < s.End }

// Covers tells whether other lies entirely inside the span.
func (s Span) Covers(other Span) bool { return s.Start <= other.Start && other.End <= s.End }

// Overlaps tells whether the two spans share at least one byte.
func (s Span) Overlaps(other Span) bool { return s.Start < other.End && other.Start < s.End }
