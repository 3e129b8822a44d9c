package completion

import (
	"strings"

	"github.com/infill-dev/infill/context/source"
)

// shape is what kind of text is wanted at a cursor.
type shape int

const (
	restOfLine shape = iota // the line has text: finish it
	statement               // the line is blank: one statement, with the block that it opens
	body                    // the line ends by opening a block: the inside of the block
)

func (s shape) String() string { return [...]string{"rest of the line", "statement", "block"}[s] }

// site is what the text around the cursor says, before anything is generated. Lines have no line ending.
type site struct {
	file     *source.File
	offset   source.Offset
	language string
	shape    shape
	before   string // the cursor's line up to the cursor
	after    string // the cursor's line from the cursor on
	indent   string // the blanks that the cursor's line begins with
	above    string // the nearest non-blank line above
	below    string // the nearest non-blank line below
	newline  string // the file's line ending
	quote    byte   // the quote that is open at the cursor, 0 outside strings
}

func siteOf(file *source.File, offset source.Offset, language string) site {
	line := file.Point(offset).Line
	span := file.Line(line)
	s := site{file: file, offset: offset, language: language, newline: "\n"}
	s.before = file.Slice(source.Span{Start: span.Start, End: offset})
	s.after = file.Slice(source.Span{Start: offset, End: span.End})
	s.indent = indentOf(s.before)
	s.above, s.below = nearestText(file, line-1, -1), nearestText(file, line+1, 1)
	if ending := file.Slice(file.LineWithEnding(0)); strings.HasSuffix(ending, "\r\n") {
		s.newline = "\r\n"
	}
	s.quote = openQuote(s.before, language)
	s.shape = shapeOf(s)
	return s
}

func shapeOf(s site) shape {
	switch {
	case strings.TrimSpace(s.after) != "":
		return restOfLine
	case strings.TrimSpace(s.before) == "":
		return statement
	case s.quote == 0 && opensBlock(s.before, s.language):
		return body
	}
	return restOfLine
}

// nearestText is the first line with text from line on in the given direction, within 20 lines.
func nearestText(file *source.File, line, step int) string {
	for range 20 {
		if line < 0 || line >= file.Lines() {
			return ""
		}
		if text := file.Slice(file.Line(line)); strings.TrimSpace(text) != "" {
			return text
		}
		line += step
	}
	return ""
}

func indentOf(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// column is the width of an indentation, with tabs to multiples of 4. Only comparisons within one file matter.
func column(indent string) int {
	width := 0
	for i := range len(indent) {
		if indent[i] == '\t' {
			width += 4 - width%4
		} else {
			width++
		}
	}
	return width
}

// opensBlock tells whether a line ends by opening a block: an opening brace, or a colon where blocks are indented.
func opensBlock(line, language string) bool {
	line = strings.TrimRight(line, " \t")
	if strings.HasSuffix(line, "{") {
		return true
	}
	return indented(language) && strings.HasSuffix(line, ":")
}

// indented tells whether the language marks blocks by indentation.
func indented(language string) bool {
	return language == "python" || language == "yaml" || language == "nim"
}

// openQuote is the quote character that is open at the end of a piece of a line, 0 when none is. Comments to the
// end of the line close nothing that matters here; a quote inside one is taken for a string, which only makes the
// overlap rules more careful.
func openQuote(line, language string) byte {
	var open byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case open != 0 && c == '\\' && open != '`':
			i++
		case open != 0 && c == open:
			open = 0
		case open == 0 && (c == '"' || c == '`' || c == '\'' && !lifetime(line[i:], language)):
			open = c
		}
	}
	return open
}

// lifetime tells whether an apostrophe starts one of Rust's lifetimes or labels and not a character.
func lifetime(text, language string) bool {
	return language == "rust" && len(text) > 2 && text[2] != '\'' && text[1] != '\\'
}
