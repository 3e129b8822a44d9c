package source

import "sort"

// lineStarts finds the start of each line. A line ends with "\n", "\r\n" or a lone "\r" (LSP 3.18, text documents).
func lineStarts(text string) []Offset {
	starts := []Offset{0}
	for i := 0; i < len(text); i++ {
		if endsLine(text, i) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// endsLine tells whether the byte at i is the last byte of a line ending.
func endsLine(text string, i int) bool {
	return text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n')
}

func isLineEnding(b byte) bool { return b == '\n' || b == '\r' }

// lineAt is the line that holds offset.
func lineAt(starts []Offset, offset Offset) int {
	return sort.Search(len(starts), func(i int) bool { return starts[i] > offset }) - 1
}

// shiftLines makes the line table of the text after an edit from the table before it. It looks only at the bytes
// of the edit and at their neighbours, since a "\r" before and a "\n" behind may join or part.
func shiftLines(starts []Offset, after string, edit Edit) []Offset {
	delta := len(edit.New) - edit.Span.Len()
	first := max(0, edit.Span.Start-1)                     // this byte's meaning may depend on the edit
	last := min(edit.Span.Start+len(edit.New), len(after)) // first byte behind the new text
	keep := sort.Search(len(starts), func(i int) bool { return starts[i] > first })
	tail := sort.Search(len(starts), func(i int) bool { return starts[i] > edit.Span.End })
	out := make([]Offset, 0, len(starts)+8)
	out = append(out, starts[:keep]...)
	for i := first; i < last; i++ {
		if endsLine(after, i) {
			out = append(out, i+1)
		}
	}
	for _, start := range starts[tail:] {
		out = append(out, start+delta)
	}
	return out
}
