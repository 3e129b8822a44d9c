package lex

import (
	"strings"
	"unicode"
)

// Parts cuts an identifier into lower-case words: "parseHTTPRequest_v2" gives parse, http, request, v2. Digits stay
// with the letters before them.
func Parts(identifier string) []string {
	var parts []string
	runes := []rune(identifier)
	start := 0
	flush := func(end int) {
		if end > start {
			parts = append(parts, strings.ToLower(string(runes[start:end])))
		}
		start = end
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			flush(i)
			start = i + 1
		case i > start && unicode.IsUpper(r):
			lowerBefore := !unicode.IsUpper(runes[i-1])
			lowerBehind := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if lowerBefore || lowerBehind {
				flush(i)
			}
		}
	}
	flush(len(runes))
	return parts
}
