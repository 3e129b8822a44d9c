package completion

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// withoutSuffix cuts from the end of a line's completion what already follows the cursor on that line: text goes
// away where the rest of the line, blanks at its ends aside, ends it. A bracket that the text itself opened stays.
func withoutSuffix(text, after string) string {
	after = strings.TrimSpace(after)
	if after == "" || strings.Contains(text, "\n") {
		return text
	}
	trimmed := strings.TrimRight(text, " \t")
	if cut, ok := strings.CutSuffix(trimmed, after); ok && balance(trimmed) <= balance(after) {
		return cut
	}
	// The longest beginning of what follows, closing characters only, that ends the text.
	for n := min(len(after), len(trimmed)); n > 0; n-- {
		head := after[:n]
		if strings.Trim(head, ")]}\"'`;,") == "" && strings.HasSuffix(trimmed, head) && balance(trimmed) <= balance(head) {
			return trimmed[:len(trimmed)-n]
		}
	}
	return text
}

// forbidden names the class of a character that is never shown as ghost text, empty for one that may be: controls
// but tab and line feed, bidirectional controls (CVE-2021-42574), invisible characters, tags, and variation
// selectors and joiners that do not stand behind a symbol.
func forbidden(r, previous rune) string {
	switch {
	case r == '\t' || r == '\n':
		return ""
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return "a control character"
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
		return "a bidirectional control"
	case r >= 0xe0000 && r <= 0xe007f:
		return "a tag character"
	case r == 0x200d || r >= 0xfe00 && r <= 0xfe0f:
		if unicode.Is(unicode.So, previous) || unicode.Is(unicode.Sk, previous) || unicode.Is(unicode.Mn, previous) {
			return ""
		}
		return "an invisible character"
	case r == 0x200b, r == 0x200c, r >= 0x2060 && r <= 0x2064, r == 0xfeff, r == 0x00ad, r == 0x2028, r == 0x2029, r >= 0xe0100 && r <= 0xe01ef:
		return "an invisible character"
	case r == utf8.RuneError:
		return "a broken character"
	}
	return ""
}

// unsafe names the first forbidden class in a text; empty when there is none.
func unsafe(text string) string {
	var previous rune
	for _, r := range text {
		if class := forbidden(r, previous); class != "" {
			return class
		}
		previous = r
	}
	return ""
}

// loops tells whether a text ends in one short piece over and over, as models do when they are lost: the last 96
// bytes repeat with a period of at most 24.
func loops(text string) bool {
	const tail, longest = 96, 24
	if len(text) < tail {
		return false
	}
	end := text[len(text)-tail:]
	if strings.TrimSpace(end) == "" {
		return true
	}
	for period := 1; period <= longest; period++ {
		if end[period:] == end[:tail-period] {
			return true
		}
	}
	return false
}

// atMarker cuts text before the first of the markers that a model writes when it goes on to another file.
func atMarker(text string, markers []string) string {
	for _, marker := range markers {
		if at := strings.Index(text, marker); marker != "" && at >= 0 {
			text = text[:at]
		}
	}
	return text
}
