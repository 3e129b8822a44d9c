// Package lex cuts a text of any programming language into tokens, identifiers into their parts, and knows the
// keywords and comment marks of the common languages.
//
// One thing must stay true: it never fails. Any bytes give tokens whose spans are in order, do not overlap and lie
// inside the text, and every byte that is not white space lies in a token.
package lex

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

// Kind is the class of a token. White space other than line endings has no token.
type Kind uint8

// The kinds of token.
const (
	Ident Kind = iota + 1 // also keywords; see IsKeyword
	Number
	String // one token per literal, quotes included; an unterminated one ends at its line's end
	Comment
	Punct   // one operator, longest first: "==", ":=", "->", "("
	Newline // one per line ending
)

// Token is one token of a text.
type Token struct {
	Kind Kind
	Span source.Span
}

// Tokens cuts text into tokens. language is an id as in source.LanguageOf; an unknown one gets rules that suit most.
func Tokens(text, language string) []Token {
	s := scanner{text: text, rules: rulesOf(language)}
	tokens := make([]Token, 0, len(text)/4+4)
	for s.at < len(text) {
		start := s.at
		if kind := s.next(); kind != 0 {
			tokens = append(tokens, Token{kind, source.Span{Start: start, End: s.at}})
		}
	}
	return tokens
}

// scanner walks over a text.
type scanner struct {
	text  string
	at    int
	rules *rules
}

// next moves over one token or one piece of white space, which has kind 0.
func (s *scanner) next() Kind {
	c := s.text[s.at]
	switch {
	case c == '\n':
		s.at++
		return Newline
	case c == '\r':
		s.at++
		if s.at < len(s.text) && s.text[s.at] == '\n' {
			s.at++
		}
		return Newline
	case c == ' ' || c == '\t' || c == '\f' || c == '\v':
		s.at++
		return 0
	case isLetter(c):
		if s.prefixedString() {
			return String
		}
		s.identifier()
		return Ident
	case c >= utf8.RuneSelf:
		return s.wide()
	case isDigit(c):
		s.number()
		return Number
	}
	if s.comment() {
		return Comment
	}
	if s.str() {
		return String
	}
	s.operator()
	return Punct
}

// wide handles a character beyond ASCII: part of a word, white space, or a mark of its own.
func (s *scanner) wide() Kind {
	r, size := utf8.DecodeRuneInString(s.text[s.at:])
	switch {
	case unicode.IsLetter(r):
		s.identifier()
		return Ident
	case unicode.IsSpace(r):
		s.at += size
		return 0
	}
	s.at += size
	return Punct
}

func (s *scanner) identifier() {
	for s.at < len(s.text) {
		c := s.text[s.at]
		if isLetter(c) || isDigit(c) {
			s.at++
			continue
		}
		if c < utf8.RuneSelf {
			return
		}
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return
		}
		s.at += size
	}
}

// number takes digits, letters and points, and a sign behind an exponent: 0x1F, 1_000, 1.5e-3, 10px.
func (s *scanner) number() {
	hex := strings.HasPrefix(s.text[s.at:], "0x") || strings.HasPrefix(s.text[s.at:], "0X")
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case isLetter(c) || isDigit(c):
		case c == '.' && s.at+1 < len(s.text) && isDigit(s.text[s.at+1]):
		case (c == '+' || c == '-') && !hex && (s.text[s.at-1]|0x20) == 'e' && s.at+1 < len(s.text) && isDigit(s.text[s.at+1]):
		default:
			return
		}
		s.at++
	}
}

func (s *scanner) comment() bool {
	rest := s.text[s.at:]
	for _, mark := range s.rules.block {
		if strings.HasPrefix(rest, mark[0]) {
			if end := strings.Index(rest[len(mark[0]):], mark[1]); end >= 0 {
				s.at += len(mark[0]) + end + len(mark[1])
			} else {
				s.at = len(s.text)
			}
			return true
		}
	}
	for _, mark := range s.rules.line {
		if strings.HasPrefix(rest, mark) {
			s.toLineEnd()
			return true
		}
	}
	return false
}

func (s *scanner) toLineEnd() {
	if end := strings.IndexAny(s.text[s.at:], "\r\n"); end >= 0 {
		s.at += end
	} else {
		s.at = len(s.text)
	}
}

// prefixedString takes literals that begin with letters: Python's f"…", Rust's r#"…"#, C#'s and C++'s R"…".
func (s *scanner) prefixedString() bool {
	if !s.rules.prefixed {
		return false
	}
	end := s.at
	for end < len(s.text) && end-s.at < 3 && isLetter(s.text[end]) {
		end++
	}
	if end == len(s.text) || strings.Trim(strings.ToLower(s.text[s.at:end]), "rbfuc") != "" {
		return false
	}
	if s.rules.hashed {
		if hashes := leading(s.text[end:], '#'); end+hashes < len(s.text) && s.text[end+hashes] == '"' && strings.Contains(s.text[s.at:end], "r") {
			s.until(end+hashes+1, `"`+strings.Repeat("#", hashes), false, true)
			return true
		}
	}
	if s.text[end] != '"' && (s.text[end] != '\'' || !s.rules.single) {
		return false
	}
	raw := strings.ContainsAny(s.text[s.at:end], "rR") && s.rules.hashed
	s.quoted(end, raw)
	return true
}

// str takes a literal that begins with a quote.
func (s *scanner) str() bool {
	switch c := s.text[s.at]; {
	case c == '"', c == '\'' && s.rules.single:
		s.quoted(s.at, false)
		return true
	case c == '\'' && s.rules.char:
		return s.character()
	case c == '`' && s.rules.backtick:
		s.until(s.at+1, "`", !s.rules.rawBacktick, true)
		return true
	}
	return false
}

// quoted takes a literal from its opening quote at quote on.
func (s *scanner) quoted(quote int, raw bool) {
	mark := s.text[quote : quote+1]
	if triple := mark + mark + mark; s.rules.triple && strings.HasPrefix(s.text[quote:], triple) {
		s.until(quote+3, triple, !raw, true)
		return
	}
	s.until(quote+1, mark, !raw, false)
}

// character takes 'x' or '\n' where quotes hold one character; a lone quote is a mark, as in Rust's lifetimes.
func (s *scanner) character() bool {
	rest := s.text[s.at+1:]
	if strings.HasPrefix(rest, `\`) {
		if end := strings.IndexByte(rest[1:], '\''); end >= 0 && end <= 10 {
			if end == 0 { // '\''
				if len(rest) > 2 && rest[2] == '\'' {
					end = 1
				}
			}
			s.at += end + 3
			return true
		}
		return false
	}
	_, size := utf8.DecodeRuneInString(rest)
	if size > 0 && len(rest) > size && rest[size] == '\'' && rest[0] != '\n' {
		s.at += size + 2
		return true
	}
	return false
}

// until moves from at behind the closing mark. A literal of one line that is not closed ends with its line, one of
// several lines with the text.
func (s *scanner) until(at int, mark string, escapes, lines bool) {
	for at < len(s.text) {
		c := s.text[at]
		switch {
		case c == '\\' && escapes && at+1 < len(s.text):
			if !lines && (s.text[at+1] == '\n' || s.text[at+1] == '\r') {
				s.at = at + 1
				return
			}
			at += 2
			continue
		case c == mark[0] && strings.HasPrefix(s.text[at:], mark):
			s.at = at + len(mark)
			return
		case !lines && (c == '\n' || c == '\r'):
			s.at = at
			return
		}
		at++
	}
	s.at = len(s.text)
}

// operators are the marks of more than one character, longest first.
var operators = []string{">>>=", "...", "<<=", ">>=", "**=", "//=", "===", "!==", "&&=", "||=", "??=", "->*", "<=>", "&^=", "..=", ">>>",
	":=", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", "->", "=>",
	"<-", "::", "??", "?.", "**", "&^", "..", "|>", "~/"}

var operatorsBy = func() (by [128][]string) {
	for _, operator := range operators {
		by[operator[0]] = append(by[operator[0]], operator)
	}
	return by
}()

func (s *scanner) operator() {
	if c := s.text[s.at]; c < utf8.RuneSelf {
		for _, operator := range operatorsBy[c] {
			if strings.HasPrefix(s.text[s.at:], operator) {
				s.at += len(operator)
				return
			}
		}
	}
	s.at++
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func leading(text string, c byte) int {
	n := 0
	for n < len(text) && text[n] == c {
		n++
	}
	return n
}
