package fim

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// harmless is put behind the first character of a special token in user text: a zero-width space. In raw mode a
// server turns such text into the token itself; `<|fim_middle|>` below the cursor then hijacks the answer.
const harmless = "\u200b"

// specials matches what some family takes for a control token, made harmless or not: the markers of all rows and
// the forms that vocabularies use. Group 1 is the first character, group 2 marks of harmlessness, group 3 the rest.
var specials = regexp.MustCompile(`([<\[])(` + harmless + `*)(` + strings.Join([]string{
	`\|[A-Za-z0-9_]+\|>`, `｜[^｜<>\n]{1,40}｜>`,
	`(?:fim_(?:prefix|middle|suffix|pad)|file_sep|repo_name|reponame|filename|gh_stars|end_of_turn|start_of_turn|eos|bos|EOT)>`,
	`(?:PRE|SUF|MID)>`, `/?s>`, `\[[a-z-]+(?:▁[a-z]+)*\]>`, `(?:PREFIX|SUFFIX|MIDDLE|/?INST)\]`,
}, "|") + `)`)

// neutralise makes special tokens in user text harmless: those of all families, and own, those that only the format at
// hand has.
// Equal text gives equal bytes, and Restore undoes it.
func neutralise(text string, own []string) string {
	if strings.ContainsAny(text, "<[") {
		text = specials.ReplaceAllString(text, "$1"+harmless+"$2$3")
	}
	for _, token := range own {
		text = mark(text, token)
	}
	return text
}

// mark does for one token what specials does for the known forms.
func mark(text, token string) string {
	_, size := utf8.DecodeRuneInString(token)
	head, tail := token[:size], token[size:]
	var out strings.Builder
	for {
		at := strings.Index(text, head)
		if at < 0 {
			break
		}
		rest := strings.TrimLeft(text[at+size:], harmless)
		out.WriteString(text[:at+size])
		text = text[at+size:]
		if strings.HasPrefix(rest, tail) {
			out.WriteString(harmless)
		}
	}
	return out.String() + text
}

// Restore undoes neutralise in text that a model repeats.
func (f Format) Restore(text string) string {
	if !strings.Contains(text, harmless) {
		return text
	}
	for _, token := range f.controls() {
		text = unmark(text, token)
	}
	return specials.ReplaceAllStringFunc(text, func(found string) string { return strings.Replace(found, harmless, "", 1) })
}

func unmark(text, token string) string {
	_, size := utf8.DecodeRuneInString(token)
	head, tail := token[:size], token[size:]
	var out strings.Builder
	for {
		at := strings.Index(text, head)
		if at < 0 {
			break
		}
		rest := strings.TrimLeft(text[at+size:], harmless)
		out.WriteString(text[:at+size])
		text = text[at+size:]
		if strings.HasPrefix(rest, tail) {
			text = strings.TrimPrefix(text, harmless)
		}
	}
	return out.String() + text
}

// controls are the tokens of the format that mean something and have none of the known forms.
func (f Format) controls() []string {
	var own []string
	for _, token := range slices.Concat([]string{f.Prefix, f.Suffix, f.Middle, f.Between}, f.Stops, f.Special) {
		if token = strings.TrimSpace(token); len(token) > 1 && !specials.MatchString(token) {
			own = append(own, token)
		}
	}
	return own
}
