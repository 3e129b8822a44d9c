package completion

import (
	"strings"
)

// end says where generated text ends by the rules of structure: how many bytes to keep, whether nothing further can
// change that, and which rule decided.
type end struct {
	bytes int
	done  bool
	rule  string
}

// structuralEnd applies the rules to the text that a model has written so far at the site. With complete set no
// more text will come. The rules (for blocks, measured on 28 tasks: indentation, bracket and next line below
// together gave the best edit similarity at 36 % of the tokens) stop at the first of:
//   - the end of the line, where the rest of a line is wanted and no block may follow;
//   - a bracket that closes what was open before the cursor;
//   - a line that stands below the cursor already;
//   - a line indented less than the block or statement;
//   - the end of the statement, or of the block that it opens;
//   - a line that comes for the third time in a row.
func structuralEnd(s site, text string, blocks, complete bool) end {
	if s.shape == restOfLine {
		return endOfRest(s, text, blocks, complete)
	}
	return endOfLines(s, text, 0, 0, complete)
}

// endOfRest finishes a line and, where allowed, the block that the line opens.
func endOfRest(s site, text string, blocks, complete bool) end {
	if cut := closesBelow(text, s); cut >= 0 {
		return end{cut, true, "the bracket that follows the cursor closes it"}
	}
	line, rest, more := strings.Cut(text, "\n")
	if !more {
		return end{len(text), complete, "end of the text"}
	}
	if !blocks || strings.TrimSpace(s.after) != "" || !opensBlock(s.before+line, s.language) {
		return end{len(line), true, "end of the line"}
	}
	inner := s
	inner.shape = body
	tail := endOfLines(inner, rest, 0, len(line)+1, complete)
	if tail.bytes <= len(line)+1 {
		tail.bytes = len(line)
	}
	return tail
}

// endOfLines goes through whole lines of text. base is added to the offsets it returns; depth is the brackets open.
func endOfLines(s site, text string, depth, base int, complete bool) end {
	margin := column(s.indent)
	kept, equal, previous := 0, 0, ""
	for number, line := range lines(text) {
		last := kept + len(line)
		if last >= len(text) && !complete {
			break // this line may go on
		}
		trimmed := strings.TrimSpace(line)
		first := number == 0 && s.shape == statement // stands behind the indentation that the cursor's line has
		if number == 0 && s.shape == body && base == 0 {
			if lowest(line) < 0 {
				return end{trimmedEnd(text, last), true, "end of the block"} // the whole block on the opening line
			}
			kept = min(last+1, len(text)) // what stands behind the opening bracket, mostly nothing
			depth = max(0, balance(line))
			continue
		}
		width := column(indentOf(line))
		if first {
			width = margin
		}
		switch {
		case trimmed == "":
			if s.shape == statement && depth == 0 && !indented(s.language) {
				return end{base + trimmedEnd(text, kept), true, "blank line"}
			}
		case s.repeatsBelow(line, first):
			return end{base + trimmedEnd(text, kept), true, "the next line is there already"}
		case s.shape == statement && width < margin:
			return end{base + trimmedEnd(text, kept), true, "indentation"}
		case s.shape == body && width <= margin && !first:
			return s.endOfBody(text, line, kept, base)
		case depth+lowest(line) < 0 && s.shape == statement:
			return end{base + trimmedEnd(text, kept), true, "closing bracket"}
		case s.shape == statement && number > 0 && depth == 0 && width <= margin && !continues(trimmed, s.language):
			return end{base + trimmedEnd(text, kept), true, "end of the statement"}
		}
		if trimmed != "" {
			depth = max(0, depth+balance(line))
			if trimmed == previous {
				equal++
			} else {
				equal, previous = 0, trimmed
			}
			if equal >= 2 && !closersOnly(trimmed) {
				return end{base + trimmedEnd(text, kept), true, "repetition"}
			}
		}
		kept = min(last+1, len(text))
		if s.shape == statement && depth == 0 && trimmed != "" && !opensBlock(line, s.language) && endsStatement(s, width, margin, number, trimmed) {
			return end{base + trimmedEnd(text, kept), true, "end of the statement"}
		}
	}
	if complete {
		return end{base + trimmedEnd(text, len(text)), true, "end of the text"}
	}
	return end{base + trimmedEnd(text, kept), false, ""}
}

// endsStatement tells whether a line at depth 0 surely ends the statement: a single line where blocks have braces,
// or the closing line of a block. Where blocks are indented only the next line can tell.
func endsStatement(s site, width, margin, number int, trimmed string) bool {
	if indented(s.language) {
		return number == 0 && !strings.HasSuffix(trimmed, "\\") && !strings.HasPrefix(trimmed, "@")
	}
	return width <= margin && !strings.HasPrefix(trimmed, "//") && !strings.HasPrefix(trimmed, "@") && !strings.HasPrefix(trimmed, "#[")
}

// endOfBody decides about the first line that is not deeper than the line that opened the block: the closing
// bracket belongs to the text unless it follows the cursor already.
func (s site) endOfBody(text, line string, kept, base int) end {
	closer := strings.TrimSpace(line)
	closes := closer != "" && strings.ContainsRune("})]", rune(closer[0]))
	if !closes || column(indentOf(line)) != column(s.indent) || s.closedBelow() {
		return end{base + trimmedEnd(text, kept), true, "indentation"}
	}
	if continuesBlock(closer) {
		closer = closer[:1]
	}
	at := strings.Index(line, closer)
	return end{base + kept + at + len(closer), true, "end of the block"}
}

// closedBelow tells whether the block that the cursor's line opens is closed by the next line of the file.
func (s site) closedBelow() bool {
	below := strings.TrimSpace(s.below)
	return below != "" && strings.ContainsRune("})]", rune(below[0])) && column(indentOf(s.below)) == column(s.indent)
}

// repeatsBelow tells whether a line stands below the cursor already. Lines of brackets only must also be indented
// alike, since they are everywhere.
func (s site) repeatsBelow(line string, first bool) bool {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || trimmed != strings.TrimSpace(s.below) {
		return false
	}
	if !closersOnly(trimmed) {
		return true
	}
	return !first && column(indentOf(line)) == column(indentOf(s.below))
}

// continues tells whether a line at the statement's own indentation goes on with it.
func continues(trimmed, language string) bool {
	if indented(language) {
		for _, word := range []string{"else", "elif", "except", "finally", ")", "]", "}"} {
			if strings.HasPrefix(trimmed, word) {
				return true
			}
		}
		return false
	}
	for _, word := range []string{"else", "catch", "finally", "while (", "}", ")", "]", "."} {
		if strings.HasPrefix(trimmed, word) {
			return true
		}
	}
	return false
}

// continuesBlock tells whether a closing line opens the next block: "} else {".
func continuesBlock(closer string) bool { return strings.HasSuffix(closer, "{") }

// closesBelow finds the first bracket in text that closes what was open before the cursor and that follows the
// cursor already; -1 when there is none. Inside a string it finds the quote that ends the string.
func closesBelow(text string, s site) int {
	after := strings.TrimLeft(s.after, " \t")
	if after == "" {
		return -1
	}
	if s.quote != 0 {
		if at := strings.IndexByte(text, s.quote); at >= 0 && strings.IndexByte(after, s.quote) >= 0 {
			return at
		}
		return -1
	}
	depth := 0
	for i, c := range brackets(text) {
		if c == '(' || c == '[' || c == '{' {
			depth++
			continue
		}
		if depth--; depth < 0 && after[0] == c {
			return i
		}
	}
	return -1
}

// lines cuts text at "\n", with the number of each line.
func lines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for number := 0; ; number++ {
			line, rest, more := strings.Cut(text, "\n")
			if !yield(number, line) || !more {
				return
			}
			text = rest
		}
	}
}

// brackets goes through the brackets of text outside of string literals that end on their line.
func brackets(text string) func(yield func(int, byte) bool) {
	return func(yield func(int, byte) bool) {
		var open byte
		for i := 0; i < len(text); i++ {
			c := text[i]
			switch {
			case c == '\n':
				open = 0
			case open != 0 && c == '\\':
				i++
			case open != 0:
				if c == open {
					open = 0
				}
			case c == '"' || c == '`' || c == '\'' && strings.IndexByte(text[i+1:], '\'') >= 0:
				open = c
			case strings.IndexByte("()[]{}", c) >= 0:
				if !yield(i, c) {
					return
				}
			}
		}
	}
}

// balance is the brackets that a line opens less those that it closes.
func balance(line string) int {
	depth := 0
	for _, c := range brackets(line) {
		if c == '(' || c == '[' || c == '{' {
			depth++
		} else {
			depth--
		}
	}
	return depth
}

// lowest is how deep below its start a line closes brackets: 0 or negative.
func lowest(line string) int {
	depth, low := 0, 0
	for _, c := range brackets(line) {
		if c == '(' || c == '[' || c == '{' {
			depth++
		} else {
			depth--
			low = min(low, depth)
		}
	}
	return low
}

func closersOnly(trimmed string) bool { return strings.Trim(trimmed, "})];,") == "" }

// trimmedEnd is the length of text[:kept] without blank lines and line endings at its end.
func trimmedEnd(text string, kept int) int {
	return len(strings.TrimRight(text[:kept], " \t\r\n"))
}
