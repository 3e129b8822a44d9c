package source

import (
	"crypto/sha256"
	"fmt"
	"sync"
)

// Hash names a text by its content (SHA-256).
type Hash [sha256.Size]byte

// File is a text with a path, its line table and its hash. It is immutable.
type File struct {
	path  Path
	text  string
	lines []Offset // start of each line; lines[0] is 0
	hash  func() Hash
}

// NewFile makes a file of the given text. The text may hold any bytes.
func NewFile(path Path, text string) *File {
	return newFile(path, text, lineStarts(text))
}

func newFile(path Path, text string, lines []Offset) *File {
	return &File{path: path, text: text, lines: lines, hash: sync.OnceValue(func() Hash { return HashOf(text) })}
}

// HashOf is the content hash of a text.
func HashOf(text string) Hash { return sha256.Sum256([]byte(text)) }

// Path is where the file lies in its workspace.
func (f *File) Path() Path { return f.path }

// Text is the whole text.
func (f *File) Text() string { return f.text }

// Len is the length of the text in bytes.
func (f *File) Len() int { return len(f.text) }

// Hash names the text; it is computed at the first call.
func (f *File) Hash() Hash { return f.hash() }

// Lines is the number of lines; a text that ends with a line ending has an empty last line.
func (f *File) Lines() int { return len(f.lines) }

// Line is the span of line i without its line ending. Lines outside the file are empty spans at its ends.
func (f *File) Line(i int) Span {
	span := f.LineWithEnding(i)
	for span.End > span.Start && isLineEnding(f.text[span.End-1]) {
		span.End--
	}
	return span
}

// LineWithEnding is the span of line i with its line ending.
func (f *File) LineWithEnding(i int) Span {
	switch {
	case i < 0:
		return Span{}
	case i >= len(f.lines):
		return Span{len(f.text), len(f.text)}
	case i == len(f.lines)-1:
		return Span{f.lines[i], len(f.text)}
	}
	return Span{f.lines[i], f.lines[i+1]}
}

// Point converts an offset, clamped to the text, to line and column.
func (f *File) Point(offset Offset) Point {
	offset = max(0, min(offset, len(f.text)))
	line := lineAt(f.lines, offset)
	return Point{Line: line, Column: offset - f.lines[line]}
}

// Offset converts a point to an offset. A column past the end of its line is the line's end (before its line
// ending), a line past the end of the text is the text's end, as LSP asks.
func (f *File) Offset(point Point) Offset {
	span := f.Line(point.Line)
	if point.Line >= len(f.lines) {
		return len(f.text)
	}
	return min(span.Start+max(0, point.Column), span.End)
}

// Slice is the text of a span, clamped to the text.
func (f *File) Slice(span Span) string {
	start := max(0, min(span.Start, len(f.text)))
	end := max(start, min(span.End, len(f.text)))
	return f.text[start:end]
}

// Apply makes the file that results from the edits, each against the text that the edits before it left, in the
// order of LSP's didChange. It fails when a span does not fit its text, and then changes nothing.
func (f *File) Apply(edits []Edit) (*File, error) {
	next := f
	for i, edit := range edits {
		if edit.Span.Start < 0 || edit.Span.End < edit.Span.Start || edit.Span.End > len(next.text) {
			return nil, fmt.Errorf("edit %d of %s: span [%d,%d) does not fit a text of %d bytes",
				i, f.path, edit.Span.Start, edit.Span.End, len(next.text))
		}
		text := next.text[:edit.Span.Start] + edit.New + next.text[edit.Span.End:]
		next = newFile(f.path, text, shiftLines(next.lines, text, edit))
	}
	return next, nil
}
