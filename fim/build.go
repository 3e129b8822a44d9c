package fim

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// Layout is the order in which a prompt tells things.
type Layout string

// The layouts.
const (
	// Plain tells the prefix up to the cursor, then the suffix, as in training.
	Plain Layout = "plain"
	// Healed puts the line under the cursor behind the middle marker, so that typing changes only the end of the
	// prompt and the server's cache keeps the rest. Blanks and punctuation at the end of what was typed stay out,
	// because a token that ends in the middle of what the model knows as one token spoils its answer; the model must
	// bring them back (36 of 37 times it does), and Prompt.Strip takes them off.
	Healed Layout = "healed"
)

// Snippet is a piece of another file.
type Snippet struct {
	Path, Text string
}

// Request asks for a prompt.
type Request struct {
	Format     Format
	Layout     Layout
	Repository string    // name of the repository; may be empty
	Path       string    // of the file under the cursor
	Snippets   []Snippet // the most useful one last
	// Prefix and Suffix are all text before and behind the cursor; Build chooses how much of it fits.
	Prefix, Suffix string
	// Budget is the most tokens of the prompt by Count.
	Budget int
	// Count counts tokens; nil means EstimateTokens.
	Count func(string) int
	// LineComment is the mark of comments in the file's language, for families without a header for snippets.
	LineComment string
}

// Section is one part of a prompt, for explanations.
type Section struct {
	Name   string // "repository", "snippet", "file header", "prefix", "suffix", "current line"
	Path   string
	Tokens int
	Kept   int // bytes of the text that are in the prompt
	Cut    int // bytes that are not
}

// Prompt is a prompt ready to be sent as it is.
type Prompt struct {
	Text     string
	Stops    []string
	Tokens   int // by the request's Count
	Sections []Section
	// Healed is what was typed but left out at the end of the prompt; the answer must begin with it.
	Healed string
	format Format
}

// Shares of the budget. A suffix of a quarter is what open clients use; 12 lines of it are as good as 20. Snippets
// never take more than half, so that the text around the cursor stays.
const (
	suffixShare  = 4 // of what is left after snippets: a quarter
	snippetShare = 2
	// snapLines is the grid on which the window around the cursor begins and ends: lines counted from the file's
	// start for its beginning and from the file's end for its end, so that typing in one place leaves both alone.
	snapLines = 20
)

// Build lays out a prompt. A budget too small for the markers alone is exceeded by them.
func Build(request Request) Prompt {
	b := builder{Request: request, own: request.Format.controls()}
	if b.Count == nil {
		b.Count = EstimateTokens
	}
	if b.Layout == Healed && !b.Format.Healed {
		b.Layout = Plain
	}
	return b.build()
}

// builder is one call of Build.
type builder struct {
	Request
	own      []string
	sections []Section
	tokens   int
}

func (b *builder) build() Prompt {
	prefix, line, healed := b.split()
	header := b.header(b.Format.Repository, b.clean(b.Repository))
	current := b.header(b.Format.Current, b.clean(b.Path)) + b.Format.Prefix + b.header(b.Format.Inside, b.clean(b.Path))
	line = b.clean(line)
	b.tokens = b.Count(header) + b.Count(current) + b.Count(b.Format.Suffix) + b.Count(b.Format.Middle) + b.Count(line)
	b.note("repository", "", header, 0)
	snippets, comments := b.snippets()
	b.note("file header", b.Path, current, 0)
	left := max(0, b.Budget-b.tokens)
	suffix := b.window(b.Suffix, left/suffixShare, false)
	prefixText := b.window(prefix, left-b.Count(suffix), true)
	if unused := left - b.Count(prefixText); unused > left/suffixShare && len(suffix) < len(b.clean(b.Suffix)) {
		suffix = b.window(b.Suffix, unused, false) // what a short prefix leaves
	}
	b.note("prefix", b.Path, prefixText, len(prefix)-len(prefixText))
	b.note("suffix", b.Path, suffix, len(b.Suffix)-len(suffix))
	if b.Layout == Healed {
		b.note("current line", b.Path, line, 0)
	}
	b.tokens += b.Count(prefixText) + b.Count(suffix)
	text := header + snippets
	before, behind := current+comments+prefixText, b.Format.Suffix+suffix
	if b.Format.SuffixFirst {
		text += behind + before
	} else {
		text += before + behind
	}
	return Prompt{Text: text + b.Format.Middle + line, Stops: b.Format.Stops, Tokens: b.tokens, Sections: b.sections, Healed: healed, format: b.Format}
}

// split takes the prefix apart as the layout wants: what stands before the suffix, what behind the middle marker,
// and what the model must bring back.
func (b *builder) split() (prefix, line, healed string) {
	if b.Layout != Healed {
		return b.Prefix, "", ""
	}
	at := strings.LastIndexAny(b.Prefix, "\r\n") + 1
	prefix, line = b.Prefix[:at], b.Prefix[at:]
	kept := strings.TrimRight(line, " \t")
	kept = strings.TrimRightFunc(kept, isPunctuation)
	kept = strings.TrimRight(kept, " \t")
	return prefix, kept, line[len(kept):]
}

// isPunctuation tells whether a character may be the beginning of a longer token: everything that is neither part
// of a word nor blank.
func isPunctuation(r rune) bool {
	return r > ' ' && r < utf8.RuneSelf && !isLetter(byte(r)) && (r < '0' || r > '9')
}

func (b *builder) clean(text string) string { return neutralise(text, b.own) }

func (b *builder) header(header, value string) string {
	if header == "" || strings.Contains(header, "%s") && value == "" {
		return ""
	}
	if !strings.Contains(header, "%s") {
		return header
	}
	return fmt.Sprintf(header, oneLine(value))
}

// oneLine keeps a name from breaking out of its header.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, name)
}

// snippets lays out the pieces of other files, the most useful ones as far as they fit: as sections of their own, or
// as comments that stand at the head of the prefix.
func (b *builder) snippets() (sections, comments string) {
	room := max(0, b.Budget-b.tokens) / snippetShare
	first := len(b.Snippets)
	var texts []string
	for first > 0 {
		text := b.snippet(b.Snippets[first-1])
		cost := b.Count(text)
		if cost > room {
			break
		}
		room -= cost
		first--
		texts = append(texts, text)
	}
	for i := range first {
		b.sections = append(b.sections, Section{Name: "snippet", Path: b.Snippets[i].Path, Cut: len(b.Snippets[i].Text)})
	}
	var out strings.Builder
	for i := len(texts) - 1; i >= 0; i-- {
		out.WriteString(texts[i])
		b.tokens += b.Count(texts[i])
		b.note("snippet", b.Snippets[len(b.Snippets)-1-i].Path, texts[i], 0)
	}
	if b.Format.Snippet == "" {
		return "", out.String()
	}
	return out.String(), ""
}

func (b *builder) snippet(s Snippet) string {
	text := strings.TrimRight(b.clean(s.Text), "\r\n") + "\n"
	name := b.clean(s.Path)
	if b.Format.Snippet != "" {
		return b.header(b.Format.Snippet, name) + text + b.Format.Between
	}
	mark := b.LineComment
	if mark == "" {
		mark = "//"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s:\n", mark, oneLine(path.Clean(name)))
	for line := range strings.Lines(text) {
		fmt.Fprintf(&out, "%s %s", mark, line)
	}
	return out.String()
}

func (b *builder) note(name, path, text string, cut int) {
	if text == "" && cut <= 0 {
		return
	}
	b.sections = append(b.sections, Section{Name: name, Path: path, Tokens: b.Count(text), Kept: len(text), Cut: max(0, cut)})
}
