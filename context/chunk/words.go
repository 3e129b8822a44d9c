package chunk

import (
	"strings"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
)

// Word is one word of a text as the index knows it.
type Word struct {
	Text string // the identifier in lower case
	Span source.Span
}

// The shortest and the longest identifiers that are words, in bytes. Shorter ones (i, ok, db) are everywhere, longer
// ones are data.
const (
	shortestWord = 3
	longestWord  = 80
)

// Words finds the words of a text, in order: its identifiers in lower case, keywords left out. language is an id as
// in source.LanguageOf.
func Words(text, language string) []Word {
	var words []Word
	for _, token := range lex.Tokens(text, language) {
		if isWord(token, text, language) {
			words = append(words, Word{Text: Fold(text[token.Span.Start:token.Span.End]), Span: token.Span})
		}
	}
	return words
}

// Fold is the word for an identifier: the same in lower case.
func Fold(identifier string) string { return strings.ToLower(identifier) }

func isWord(token lex.Token, text, language string) bool {
	if token.Kind != lex.Ident || token.Span.Len() < shortestWord || token.Span.Len() > longestWord {
		return false
	}
	return !lex.IsKeyword(language, text[token.Span.Start:token.Span.End])
}

// fold appends the word for an identifier to buffer, so that a known word costs no memory.
func fold(buffer []byte, identifier string) []byte {
	for i := 0; i < len(identifier); i++ {
		c := identifier[i]
		if c >= utf8.RuneSelf {
			return append(buffer[:0], Fold(identifier)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buffer = append(buffer, c)
	}
	return buffer
}
