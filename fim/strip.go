package fim

import "strings"

// Stripped is what Prompt.Strip found.
type Stripped int

// The outcomes.
const (
	Pending  Stripped = iota // the answer may still turn out either way
	Matched                  // the healed part came back
	Mismatch                 // it did not; ask again with the Plain layout
)

// Strip takes the healed part off an answer, or off the beginning of one that is still coming. text is a suffix of
// answer. Blanks match loosely, since models set them as they like, but where the user typed a blank behind a word
// the answer must not go on with that word.
func (p Prompt) Strip(answer string) (text string, state Stripped) {
	if p.Healed == "" {
		return answer, Matched
	}
	rest := answer
	for _, want := range strings.TrimRight(p.Healed, " \t") {
		if want == ' ' || want == '\t' {
			continue
		}
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			return "", Pending
		}
		if !strings.HasPrefix(rest, string(want)) {
			return "", Mismatch
		}
		rest = rest[len(string(want)):]
	}
	if !strings.HasSuffix(p.Healed, " ") && !strings.HasSuffix(p.Healed, "\t") {
		return rest, Matched
	}
	trimmed := strings.TrimLeft(rest, " \t")
	switch {
	case trimmed == "":
		return "", Pending
	case len(trimmed) == len(rest) && p.joins() && isWord(trimmed[0]):
		return "", Mismatch
	}
	return trimmed, Matched
}

// joins tells whether a word character at the start of the answer would go on with the word before it.
func (p Prompt) joins() bool {
	return strings.TrimLeft(p.Healed, " \t") == "" && p.Text != "" && isWord(p.Text[len(p.Text)-1])
}

func isWord(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c >= 0x80 }

// Restore undoes what Build did to special tokens in user text, where the answer repeats them.
func (p Prompt) Restore(text string) string { return p.format.Restore(text) }
