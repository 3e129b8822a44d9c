package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

// lexis tells how a language writes comments and strings: enough to find the brackets of its code in text that does
// not parse.
type lexis struct {
	lineComment  string
	blockComment bool // /* … */
	nested       bool // block comments nest
	quotes       []quote
	lifetimes    bool // a single quote may begin a lifetime or label, as in Rust
	apostrophes  bool // a single quote behind a letter begins no string, as in the text of JSX elements
	formatted    bool // {…} in a string with an f in front holds code
	rawStrings   bool // r#"…"#
	regexes      bool // /…/ where a value may stand
}

// quote is one way to write a string. Of two that begin alike the longer stands first.
type quote struct {
	mark    string // opens and closes
	lines   bool   // may hold line endings
	escapes bool   // a backslash takes the meaning of the next byte
	code    string // opens code, which a brace closes
}

var (
	goLexis = lexis{lineComment: "//", blockComment: true, quotes: []quote{
		{mark: `"`, escapes: true}, {mark: "`", lines: true}, {mark: "'", escapes: true}}}
	pythonLexis = lexis{lineComment: "#", formatted: true, quotes: []quote{
		{mark: `"""`, lines: true, escapes: true}, {mark: "'''", lines: true, escapes: true},
		{mark: `"`, escapes: true}, {mark: "'", escapes: true}}}
	scriptLexis = lexis{lineComment: "//", blockComment: true, regexes: true, apostrophes: true, quotes: []quote{
		{mark: `"`, escapes: true}, {mark: "'", escapes: true}, {mark: "`", lines: true, escapes: true, code: "${"}}}
	javaLexis = lexis{lineComment: "//", blockComment: true, quotes: []quote{
		{mark: `"""`, lines: true, escapes: true}, {mark: `"`, escapes: true}, {mark: "'", escapes: true}}}
	rustLexis = lexis{lineComment: "//", blockComment: true, nested: true, lifetimes: true, rawStrings: true, quotes: []quote{
		{mark: `"`, lines: true, escapes: true}, {mark: "'", escapes: true}}}
)

// What a position can stand in.
const (
	insideCode    = "code"
	insideString  = "string"
	insideComment = "comment"
)

// ending is the state in which a scan ended: what the end stands in, where that began, and where the outermost of the
// strings around it did. Code inside a string begins where the string does, other code where the scan ended.
type ending struct {
	inside       string
	start, outer source.Offset
}

// scanner reads a stretch of code and reports its brackets. The stretch begins in code.
type scanner struct {
	*lexis
	text    string
	at, end source.Offset
	bracket func(at source.Offset, bracket byte)
	// templates are the strings whose code is being read, the outermost first.
	templates []template
}

type template struct {
	quote  quote
	start  source.Offset
	braces int // open in its code
}

// scan reports the brackets of text[start:end] that stand in code, in order.
func (l *lexis) scan(text string, start, end source.Offset, bracket func(source.Offset, byte)) ending {
	s := scanner{lexis: l, text: text, at: start, end: end, bracket: bracket}
	for s.at < s.end {
		if stop, ended := s.step(); ended {
			return stop
		}
	}
	if n := len(s.templates); n > 0 {
		return s.stop(insideCode, s.templates[n-1].start)
	}
	return s.stop(insideCode, end)
}

// stop is the ending inside of what began at start.
func (s *scanner) stop(inside string, start source.Offset) ending {
	if len(s.templates) > 0 {
		return ending{inside, start, s.templates[0].start}
	}
	return ending{inside, start, start}
}

// step reads one comment, string, bracket or byte; it reports when the stretch ends inside a comment or string.
func (s *scanner) step() (ending, bool) {
	start, rest := s.at, s.text[s.at:s.end]
	switch {
	case strings.HasPrefix(rest, s.lineComment):
		if line := strings.IndexByte(rest, '\n'); line >= 0 {
			s.at += line
			return ending{}, false
		}
		return s.stop(insideComment, start), true
	case s.blockComment && strings.HasPrefix(rest, "/*"):
		if !s.skipBlockComment() {
			return s.stop(insideComment, start), true
		}
		return ending{}, false
	case s.lifetimes && rest[0] == '\'' && !isCharacter(rest), s.apostrophes && rest[0] == '\'' && s.behindLetter():
		s.at++
		return ending{}, false
	case s.rawStrings && rest[0] == 'r' && !s.behindWord():
		if hashes := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "#")); strings.HasPrefix(rest[1+hashes:], `"`) {
			closed := strings.Index(rest[2+hashes:], `"`+rest[1:1+hashes])
			if closed < 0 {
				return s.stop(insideString, start), true
			}
			s.at += 2 + hashes + closed + 1 + hashes
			return ending{}, false
		}
	case s.regexes && rest[0] == '/' && s.valueMayStand():
		if length := regexLength(rest); length > 0 {
			s.at += length
			return ending{}, false
		}
	}
	for _, quote := range s.quotes {
		if strings.HasPrefix(rest, quote.mark) {
			if s.formatted && s.behindFormat() {
				quote.code = "{"
			}
			s.at += len(quote.mark)
			return s.skipString(quote, start)
		}
	}
	return s.stepBracket()
}

// stepBracket reads a byte of code. A brace may close the code of a string, whose text then goes on, and so may the end
// of the line of a string that has one line.
func (s *scanner) stepBracket() (ending, bool) {
	at, b := s.at, s.text[s.at]
	s.at++
	if n := len(s.templates); n > 0 {
		switch top := &s.templates[n-1]; {
		case b == '{':
			top.braces++
		case b == '}' && top.braces == 0:
			string := *top
			s.templates = s.templates[:n-1]
			return s.skipString(string.quote, string.start)
		case b == '}':
			top.braces--
		case b == '\n' && !top.quote.lines:
			s.templates = s.templates[:n-1]
		}
	}
	if nesting[b] != 0 {
		s.bracket(at, b)
	}
	return ending{}, false
}

// skipString reads to behind the closing mark; a string of one line ends with its line even when it is not closed.
func (s *scanner) skipString(quote quote, start source.Offset) (ending, bool) {
	for s.at < s.end {
		rest := s.text[s.at:s.end]
		switch {
		case quote.escapes && rest[0] == '\\':
			s.at = min(s.at+2, s.end)
		case strings.HasPrefix(rest, quote.mark):
			s.at += len(quote.mark)
			return ending{}, false
		case quote.code == "{" && strings.HasPrefix(rest, "{{"):
			s.at += 2
		case quote.code != "" && strings.HasPrefix(rest, quote.code):
			s.at += len(quote.code)
			s.templates = append(s.templates, template{quote: quote, start: start})
			return ending{}, false
		case rest[0] == '\n' && !quote.lines:
			return ending{}, false
		default:
			s.at++
		}
	}
	return s.stop(insideString, start), true
}

func (s *scanner) skipBlockComment() bool {
	depth := 1
	for s.at += 2; s.at < s.end; s.at++ {
		switch rest := s.text[s.at:s.end]; {
		case strings.HasPrefix(rest, "*/"):
			s.at++
			if depth--; depth == 0 {
				s.at++
				return true
			}
		case s.nested && strings.HasPrefix(rest, "/*"):
			depth++
			s.at++
		}
	}
	return false
}

// behindWord tells whether the byte before belongs to a word, so that the r at hand begins no raw string. A b may
// stand there, as in br"…".
func (s *scanner) behindWord() bool {
	if s.at == 0 {
		return false
	}
	before := s.text[s.at-1]
	return before == '_' || isAlphanumeric(before) && before != 'b'
}

// behindLetter tells whether the byte before belongs to a word.
func (s *scanner) behindLetter() bool { return s.at > 0 && isAlphanumeric(s.text[s.at-1]) }

// behindFormat tells whether the letters before make a string one that holds code: f, rf, fr in either case.
func (s *scanner) behindFormat() bool {
	prefix := s.text[:s.at]
	letters := strings.TrimRightFunc(prefix, func(r rune) bool { return r == '_' || r < utf8.RuneSelf && isAlphanumeric(byte(r)) })
	switch strings.ToLower(prefix[len(letters):]) {
	case "f", "rf", "fr":
		return true
	}
	return false
}

// valueMayStand tells whether a slash begins a regular expression rather than divides: by the byte or word before.
func (s *scanner) valueMayStand() bool {
	before := strings.TrimRight(s.text[:s.at], " \t\r\n")
	if before == "" || strings.IndexByte("(,=:[!&|?{};+-*%~^<>", before[len(before)-1]) >= 0 {
		return true
	}
	for _, word := range []string{"return", "typeof", "case", "in", "of"} {
		if head, found := strings.CutSuffix(before, word); found && (head == "" || !isAlphanumeric(head[len(head)-1])) {
			return true
		}
	}
	return false
}

// regexLength is the length of the regular expression that a text begins with; 0 when its line does not close it.
func regexLength(text string) int {
	class := false
	for i := 1; i < len(text) && text[i] != '\n'; i++ {
		switch text[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				return i + 1
			}
		}
	}
	return 0
}

// isCharacter tells whether a text that begins with a single quote begins with a character literal.
func isCharacter(text string) bool {
	if strings.HasPrefix(text[1:], `\`) {
		return true
	}
	_, size := utf8.DecodeRuneInString(text[1:])
	return size > 0 && strings.HasPrefix(text[1+size:], "'")
}

// opposite brackets.
var opposite = map[byte]byte{'(': ')', '[': ']', '{': '}', ')': '(', ']': '[', '}': '{'}

// balance collects the brackets that are opened and not closed, and those that are closed and not opened.
type balance struct{ unclosed, extra []byte }

func (b *balance) add(bracket byte) {
	switch last := len(b.unclosed) - 1; {
	case nesting[bracket] > 0:
		b.unclosed = append(b.unclosed, bracket)
	case last >= 0 && b.unclosed[last] == opposite[bracket]:
		b.unclosed = b.unclosed[:last]
	default:
		b.extra = append(b.extra, bracket)
	}
}

// closers is the brackets that close what is unclosed.
func (b *balance) closers() string {
	closers := make([]byte, 0, len(b.unclosed))
	for i := len(b.unclosed) - 1; i >= 0; i-- {
		closers = append(closers, opposite[b.unclosed[i]])
	}
	return string(closers)
}
