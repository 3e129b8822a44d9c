package retrieve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/source"
)

// explain gives each snippet its reason: the rarest words that it shares with the lines around the cursor.
func explain(snippets []Snippet, view view, corpus corpus) {
	rarity := map[string]float64{}
	for i, snippet := range snippets {
		words := shared(snippet.Text, source.LanguageOf(snippet.Path), view)
		for _, word := range words {
			if _, known := rarity[word.folded]; !known {
				rarity[word.folded] = chunk.Rarity(corpus.segments, word.folded)
			}
		}
		slices.SortFunc(words, func(x, y sharedWord) int {
			return cmp.Or(cmp.Compare(rarity[y.folded], rarity[x.folded]), cmp.Compare(x.folded, y.folded))
		})
		snippets[i].Reason = sentence(words)
	}
}

// sharedWord is a word as a snippet spells it first, and as the index knows it.
type sharedWord struct{ spelled, folded string }

// shared finds the words of a text, in comments and strings too, that stand around the cursor.
func shared(text, language string, view view) []sharedWord {
	var words []sharedWord
	seen := map[string]bool{}
	inside := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	spellings := strings.FieldsFunc(text, func(r rune) bool { return !inside(r) })
	for _, word := range chunk.Words(text, language) { // in some languages a word holds a "$"
		spellings = append(spellings, text[word.Span.Start:word.Span.End])
	}
	for _, spelled := range spellings {
		folded := chunk.Fold(spelled)
		if view.words[folded] && !seen[folded] {
			seen[folded] = true
			words = append(words, sharedWord{spelled, folded})
		}
	}
	return words
}

func sentence(words []sharedWord) string {
	const where = "with the lines around the cursor"
	switch len(words) {
	case 0:
		return "shares words " + where
	case 1:
		return fmt.Sprintf("shares %s %s", words[0].spelled, where)
	case 2:
		return fmt.Sprintf("shares %s and %s %s", words[0].spelled, words[1].spelled, where)
	case 3:
		return fmt.Sprintf("shares %s, %s and 1 more word %s", words[0].spelled, words[1].spelled, where)
	}
	return fmt.Sprintf("shares %s, %s and %d more words %s", words[0].spelled, words[1].spelled, len(words)-2, where)
}
