package local

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
)

// Request asks for the rest of a line.
type Request struct {
	File     *source.File
	Language string
	Offset   source.Offset
}

// Suggestion is the rest of a line, or the reason why there is none. A text is given with any confidence above
// zero; whether it is shown is the caller's choice.
type Suggestion struct {
	Text       string
	Confidence float64 // how likely it is that all of it is right, the end of the line included
	Source     string  // where it comes from, for people
	Reason     string  // why there is no text
}

// Bounds of a request: bytes before the cursor that are cut into words, and bytes behind it; words before it that the
// file's cache holds; bytes of the cursor's line; words of a suggestion; the least confidence at which it is worth to go
// on.
const (
	bytesBefore = 256 << 10
	bytesBehind = 9000
	wordsBefore = 4000
	maxLine     = 4000
	maxWords    = 24
	hopeless    = 0.05
)

// repeatAtStart is the number of words that must stand before an empty line as they stand elsewhere, since there is
// nothing else to go by. Of 765 lines, 69 are then shown at a gate of 0.65, of which 66 are right.
const repeatAtStart = 6

// together is the exponent that makes a line's confidence of the product of its words': the words of a line are right or
// wrong together. Of 6,000 lines of x/tools, 57 % were right where the product was 0.4 to 0.5, and 69 % where it was 0.6 to
// 0.7; the exponent makes 0.53 and 0.71 of these.
const together = 0.8

// Complete continues the line at an offset. The file's own copy in the index does not count, its text around the
// cursor does.
func (ix *Index) Complete(request Request) Suggestion {
	l, reason := newLine(ix, request)
	if reason != "" {
		return Suggestion{Reason: reason}
	}
	for range maxWords {
		more, reason := l.step()
		if reason != "" {
			return Suggestion{Reason: reason}
		}
		if !more {
			return l.suggestion()
		}
	}
	return Suggestion{Reason: "the line would be too long"}
}

// line is a completion on its way.
type line struct {
	ix         *Index
	file       *source.File
	language   string
	own        corpus            // words of the file around the cursor
	numbers    map[string]uint32 // of these words
	names      []string
	corners    []*corner // the workspace, the file
	brackets   brackets
	typed      string // beginning of the word under the cursor
	closing    string // quotes behind the cursor that end the text under it
	after      []word // words that follow the cursor on its line
	blankLine  bool
	blank      bool // there is a blank before the cursor, or nothing
	out        strings.Builder
	depth      int // brackets open in what was written
	confidence float64
	first      guess
}

// newLine looks at the place. The reason tells why nothing can be said there.
func newLine(ix *Index, request Request) (l *line, reason string) {
	text, offset := request.File.Text(), request.Offset
	if offset < 0 || offset > len(text) || offset < len(text) && !utf8.RuneStart(text[offset]) {
		return nil, "the position is not between two characters of the file"
	}
	span := request.File.Line(request.File.Point(offset).Line)
	before := text[span.Start:offset]
	if span.Len() > maxLine {
		return nil, "the line is too long"
	}
	from := 0
	if offset > bytesBefore {
		from = request.File.Line(request.File.Point(offset - bytesBefore).Line).Start
	}
	if offset-from > bytesBefore+maxLine {
		from = span.Start // behind a huge line
	}
	head, typed, comment := wordsBeforeCursor(text[from:offset], request.Language)
	switch {
	case comment:
		return nil, "in a comment"
	case strings.ContainsAny(typed, "\r\n"):
		return nil, "inside a text of several lines"
	}
	l = &line{ix: ix, file: request.File, language: request.Language, numbers: map[string]uint32{}, typed: typed, confidence: 1}
	l.blankLine = strings.TrimSpace(before) == ""
	l.blank = offset == 0 || strings.ContainsRune(" \t\r\n", rune(text[offset-1]))
	tail, rest := l.behind(text, offset, span.End)
	if strings.Trim(rest, "\"'`#") != "" || rest != "" && !isText(typed+rest) {
		return nil, "inside a word"
	}
	l.closing = rest
	for _, w := range head {
		l.brackets.push(w.text)
	}
	l.brackets.lost = from > 0
	l.fill(head[max(0, len(head)-wordsBefore):], from, tail)
	return l, ""
}

// wordsBeforeCursor cuts the text before the cursor into words, and tells what the cursor touches: a comment, or a word that
// may go on. A letter shows it: what swallows it is not at its end.
func wordsBeforeCursor(text, language string) (head []word, typed string, comment bool) {
	all := lex.Tokens(text+"x", language)
	last := all[len(all)-1]
	if last.Kind == lex.Comment {
		return nil, "", true
	}
	return words(text, all[:len(all)-1]), text[last.Span.Start:], false
}

// behind is the words behind the cursor, some of which end its line, and the rest of the word under it.
func (l *line) behind(text string, offset, lineEnd int) (tail []word, rest string) {
	to := min(len(text), offset+bytesBehind)
	if to < len(text) {
		to = max(lineEnd, offset+strings.LastIndexByte(text[offset:to], '\n')+1) // no half word at the end
	}
	to = max(to, offset)
	start := offset - len(l.typed)
	tokens := lex.Tokens(text[start:to], l.language)
	if l.typed != "" && len(tokens) > 0 {
		rest = text[offset : start+tokens[0].Span.End]
		tokens = tokens[1:]
	}
	for _, w := range words(text[start:to], tokens) {
		w.start += start
		tail = append(tail, w)
		if w.start < lineEnd {
			l.after = append(l.after, w)
		}
	}
	return tail, rest
}

// fill makes the file's own corpus: the words before the cursor, a boundary, the words behind it.
func (l *line) fill(head []word, from int, tail []word) {
	l.names = []string{"", "\n"}
	l.numbers["\n"] = newline
	l.own.add(boundary, 0)
	var mine, theirs []uint32
	for _, w := range head {
		theirs = append(theirs, l.ix.words[w.text]) // a word that the workspace lacks is a boundary
		mine = append(mine, l.ownNumber(w.text))
		l.own.add(mine[len(mine)-1], from+w.start)
	}
	l.own.add(boundary, 0)
	for _, w := range tail {
		l.own.add(l.ownNumber(w.text), w.start)
	}
	l.own.sort()
	path := l.file.Path()
	skipFrom, skipTo := l.ix.holdout(path)
	nearFrom, nearTo := l.ix.neighbours(path)
	l.corners = []*corner{
		{corpus: &l.ix.corpus, context: theirs, skip: span{skipFrom, skipTo}, near: span{nearFrom, nearTo}, textOf: func(id uint32) string { return l.ix.texts[id] }},
		{corpus: &l.own, inFile: true, context: mine, textOf: func(id uint32) string { return l.names[id] }},
	}
}

// ownNumber numbers the words of the file.
func (l *line) ownNumber(text string) uint32 {
	id, known := l.numbers[text]
	if !known {
		id = uint32(len(l.names))
		l.numbers[text] = id
		l.names = append(l.names, text)
	}
	return id
}

// fits tells whether a word may come next.
func (l *line) fits(typed, text string) bool {
	if typed != "" {
		return strings.HasPrefix(text, typed) && len(text) >= len(typed)+len(l.closing) && strings.HasSuffix(text, l.closing)
	}
	return unpaired[l.language] || l.brackets.fit(text)
}

// step writes one more word. more is false when the line is complete.
func (l *line) step() (more bool, reason string) {
	typed := l.typed
	l.typed = ""
	best, ok := l.next(typed)
	if !ok {
		return false, "nothing like it in the workspace"
	}
	if l.blankLine && l.out.Len() == 0 && typed == "" && best.length < repeatAtStart {
		return false, "the line is empty and nothing before it is repeated"
	}
	l.confidence *= best.confidence
	if l.confidence < hopeless {
		return false, "not sure enough"
	}
	if l.first.text == "" {
		l.first = best
	}
	switch {
	case best.text == "\n" && len(l.after) > 0:
		return false, "the line would end before what follows the cursor"
	case best.text == "\n":
		return false, ""
	case len(l.after) > 0 && best.text == l.after[0].text && l.depth <= 0 && typed == "":
		return false, "" // what follows the cursor goes on from here
	case strings.ContainsAny(best.text, "\r\n"):
		return false, "the text would span lines"
	}
	if typed == "" {
		l.out.WriteString(l.gap(best))
	}
	l.out.WriteString(best.text[len(typed) : len(best.text)-len(l.closing)])
	if l.closing != "" {
		return false, "" // the quotes that close the text stand there already
	}
	l.push(best.text)
	return true, ""
}

// push goes on by one word, typed or written.
func (l *line) push(text string) {
	switch text {
	case "(", "[", "{":
		l.depth++
	case ")", "]", "}":
		l.depth--
	}
	l.brackets.push(text)
	l.corners[0].context = append(l.corners[0].context, l.ix.words[text])
	own := boundary
	if id, known := l.numbers[text]; known {
		own = id
	}
	l.corners[1].context = append(l.corners[1].context, own)
}

// gap is the blank before a word, where one stands at the place it was taken from. One is enough: how many there are
// is a matter of alignment with the lines around.
func (l *line) gap(g guess) string {
	if l.out.Len() == 0 && l.blank {
		return ""
	}
	c, textOf := &l.ix.corpus, l.corners[0].textOf
	if g.at.inFile {
		c, textOf = &l.own, l.corners[1].textOf
	}
	at := g.at.position
	if before := c.ids[at-1]; before > newline && int(c.starts[at]) > int(c.starts[at-1])+len(textOf(before)) {
		return " "
	}
	return ""
}

func (l *line) suggestion() Suggestion {
	text := l.out.String()
	if text == "" {
		return Suggestion{Reason: "nothing is missing here"}
	}
	return Suggestion{Text: text, Confidence: math.Pow(l.confidence, together), Source: l.origin()}
}

// origin says where the first word comes from.
func (l *line) origin() string {
	file, position, c := l.file, l.first.at.position, &l.own
	if !l.first.at.inFile {
		file, c = l.ix.fileAt(position).file, &l.ix.corpus
	}
	if file == nil {
		return "the workspace"
	}
	line := file.Point(int(c.starts[position])).Line + 1
	if l.first.length > 0 {
		return fmt.Sprintf("copied from %s:%d, where %d words before it are the same", file.Path(), line, l.first.length)
	}
	return fmt.Sprintf("as in %s:%d", file.Path(), line)
}
