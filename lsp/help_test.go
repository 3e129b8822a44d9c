package lsp_test

import (
	"encoding/json"
	"slices"
	"strings"
)

// quote is a text as JSON has it.
func quote(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// cursor takes the mark out of a text and gives its offset.
func cursor(marked string) (text string, offset int) {
	before, after, found := strings.Cut(marked, "‸")
	if !found {
		panic("no cursor in " + marked)
	}
	return before + after, len(before)
}

// mentions tells whether one of the texts holds all parts.
func mentions(texts []string, parts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
	})
}
