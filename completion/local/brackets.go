package local

import "strings"

// brackets are the brackets open before a place, the innermost last.
type brackets struct {
	open []byte
	here int  // of these, opened before the line began
	lost bool // the words do not begin at the file's start, so that there may be more around them
	last string
}

// pairs are the closing brackets and what they close.
var pairs = map[string]byte{")": '(', "]": '[', "}": '{'}

// push goes on by one word. A closing bracket closes everything inside its pair, so that one bracket too many in broken code
// does no harm behind its block; without a pair it counts for nothing.
func (b *brackets) push(text string) {
	b.last = text
	switch text {
	case "(", "[", "{":
		b.open = append(b.open, text[0])
	case ")", "]", "}":
		if at := strings.LastIndexByte(string(b.open), pairs[text]); at >= 0 {
			b.open = b.open[:at]
		}
		b.here = min(b.here, len(b.open))
	case "\n":
		b.here = len(b.open)
	}
}

// fit tells whether a word can come next: a closing bracket must fit the innermost open one, and a line may end inside a
// parenthesis that it has opened only where it cannot be mistaken for the end.
func (b *brackets) fit(text string) bool {
	inner := byte(0)
	if len(b.open) > 0 {
		inner = b.open[len(b.open)-1]
	}
	switch text {
	case ")", "]", "}":
		return inner == pairs[text] || inner == 0 && b.lost
	case "\n":
		return len(b.open) <= b.here || inner == '{' || !endsOperand(b.last)
	}
	return true
}

// endsOperand tells whether something ends with this word: a name, a literal, a closing bracket.
func endsOperand(text string) bool {
	return text != "" && (text == ")" || text == "]" || text == "}" || isName(text[0]) || isText(text))
}

// unpaired are languages in which a bracket may stand alone, as in the cases of a shell script.
var unpaired = map[string]bool{"shellscript": true, "fish": true, "makefile": true, "latex": true}
