// Package position converts between byte offsets and the positions of LSP, and between paths and URIs.
//
// One thing must stay true: any position and any URI that a client sends gives an offset inside the text or an
// error, never a panic, and what this package makes of an offset leads back to it.
package position

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

// Encoding tells in which units a client counts columns.
type Encoding string

// The encodings of LSP 3.17 and later. UTF-16 is what a client that says nothing means.
const (
	UTF8  Encoding = "utf-8"
	UTF16 Encoding = "utf-16"
	UTF32 Encoding = "utf-32"
)

// Negotiate chooses from what a client offers: UTF-8, which costs nothing here, else UTF-16, which every client must
// know, and UTF-32 only when nothing else is offered.
func Negotiate(offered []string) Encoding {
	switch {
	case slices.Contains(offered, string(UTF8)):
		return UTF8
	case slices.Contains(offered, string(UTF16)), !slices.Contains(offered, string(UTF32)):
		return UTF16
	}
	return UTF32
}

// width is how many units a character counts. A byte that is no UTF-8 counts one in every encoding.
func (e Encoding) width(r rune, size int) int {
	switch {
	case r == utf8.RuneError && size == 1:
		return 1
	case e == UTF8:
		return size
	case e == UTF16 && r > 0xffff:
		return 2
	}
	return 1
}

// Offset converts a position. A line behind the text is the end of the text, a column behind its line the line's end
// (LSP 3.18, Position). A column inside a character goes back to its start, and snapped tells so.
func (e Encoding) Offset(file *source.File, line, character uint32) (offset source.Offset, snapped bool) {
	if uint64(line) >= uint64(file.Lines()) {
		return file.Len(), false
	}
	span := file.Line(int(line))
	text := file.Slice(span)
	var units uint64
	for i := 0; i < len(text); {
		if units >= uint64(character) {
			return span.Start + i, false
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		units += uint64(e.width(r, size))
		if units > uint64(character) {
			return span.Start + i, true
		}
		i += size
	}
	return span.End, false
}

// Position converts an offset, clamped to the text. An offset inside a line ending is the end of its line.
func (e Encoding) Position(file *source.File, offset source.Offset) (line, character uint32) {
	point := file.Point(offset)
	span := file.Line(point.Line)
	text := file.Slice(source.Span{Start: span.Start, End: min(span.Start+point.Column, span.End)})
	if e == UTF8 {
		return uint32(point.Line), uint32(len(text))
	}
	units := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		units += e.width(r, size)
		i += size
	}
	return uint32(point.Line), uint32(units)
}

// Span converts a range. A start behind the end is an error; everything else is clamped as Offset does.
func (e Encoding) Span(file *source.File, startLine, startCharacter, endLine, endCharacter uint32) (source.Span, error) {
	if startLine > endLine || startLine == endLine && startCharacter > endCharacter {
		return source.Span{}, fmt.Errorf("range starts at %d:%d, behind its end %d:%d", startLine, startCharacter, endLine, endCharacter)
	}
	start, _ := e.Offset(file, startLine, startCharacter)
	end, _ := e.Offset(file, endLine, endCharacter)
	return source.Span{Start: start, End: max(start, end)}, nil
}
