package local

import (
	"fmt"
	"strings"

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
	Confidence float64 // product of the confidences of its words, the end of the line included
	Source     string  // where it comes from, for people
	Reason     string  // why there is no text
}

// Bounds of a request: words of the file before and behind the cursor that its cache holds, words of a suggestion,
// the least confidence at which it is worth to go on, and the match that is a certain repeat at the start of a line.
const (
	wordsBefore    = 4000
	wordsBehind    = 1500
	maxWords       = 24
	hopeless       = 0.05
	certainAtStart = 12
)

// Complete continues the line at an offset. The file's own copy in the index does not count, its text around the
// cursor does.
func (ix *Index) Complete(request Request) Suggestion {
	l := newLine(ix, request)
	if l.reason != "" {
		return Suggestion{Reason: l.reason}
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
	own        corpus            // words of the file around the cursor
	lastByte   byte              // before the cursor, 0 at the start of the file
	numbers    map[string]uint32 // of words that only this file has
	names      []string
	corners    []*corner
	typed      string // beginning of the word under the cursor
	after      []word // words that follow the cursor on its line
	out        strings.Builder
	depth      int // brackets open in what was written
	confidence float64
	first      guess
	blankLine  bool
	reason     string
}

func newLine(ix *Index, request Request) *line {
	l := &line{ix: ix, file: request.File, numbers: map[string]uint32{}, confidence: 1}
	text, offset := request.File.Text(), request.Offset
	at := request.File.Point(offset).Line
	span := request.File.Line(at)
	before := text[span.Start:offset]
	l.blankLine = strings.TrimSpace(before) == ""
	if offset > 0 {
		l.lastByte = text[offset-1]
	}
	from, to := max(0, offset-wordsBefore*6), min(len(text), offset+wordsBehind*6)
	for from > 0 && text[from-1] != '\n' {
		from--
	}
	head := tokens(text[from:offset], request.Language)
	if inComment(before, head, offset-from) {
		l.reason = "in a comment"
		return l
	}
	if n := len(head); n > 0 && offset-from == head[n-1].start+len(head[n-1].text) && partial(head[n-1].text) {
		l.typed = head[n-1].text
		head = head[:n-1]
	}
	l.after = tokens(text[offset:max(offset, span.End)], request.Language)
	head = head[max(0, len(head)-wordsBefore):]
	l.fill(head, from, tokens(text[offset:to], request.Language), offset)
	return l
}

// inComment tells whether the cursor's line goes on behind its last word with text that is no word: a comment.
func inComment(before string, head []word, end int) bool {
	rest := before
	if n := len(head); n > 0 && head[n-1].text != "\n" {
		if behind := end - head[n-1].start - len(head[n-1].text); behind < len(before) {
			rest = before[len(before)-behind:]
		}
	}
	return strings.TrimSpace(rest) != "" && (len(head) == 0 || rest != before || head[len(head)-1].text == "\n")
}

// partial tells whether a word that touches the cursor may go on: an identifier, a number, an open string.
func partial(text string) bool {
	c := text[0]
	if c == '"' || c == '\'' || c == '`' {
		return len(text) == 1 || text[len(text)-1] != c
	}
	return c == '_' || c == '$' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c >= 0x80
}

// fill makes the file's own corpus: the words before the cursor, a boundary, the words behind it.
func (l *line) fill(head []word, from int, tail []word, offset int) {
	l.own.add(boundary, 0)
	var mine, theirs []uint32
	for _, w := range head {
		id, known := l.ix.words[w.text]
		if !known {
			id = boundary
		}
		theirs = append(theirs, id)
		mine = append(mine, l.ownNumber(w.text))
		l.own.add(mine[len(mine)-1], from+w.start)
	}
	cursor := l.own.len()
	l.own.add(boundary, 0)
	for _, w := range tail[:min(len(tail), wordsBehind)] {
		l.own.add(l.ownNumber(w.text), offset+w.start)
	}
	l.own.sort()
	path := l.file.Path()
	skipFrom, skipTo := l.ix.holdout(path)
	nearFrom, nearTo := l.ix.neighbours(path)
	l.corners = []*corner{
		{corpus: &l.ix.corpus, context: theirs, skip: span{skipFrom, skipTo}, near: span{nearFrom, nearTo}, textOf: func(id uint32) string { return l.ix.texts[id] }},
		{corpus: &l.own, inFile: true, context: mine, skip: span{cursor, cursor + 1}, textOf: func(id uint32) string { return l.names[id] }},
	}
}

// ownNumber numbers the words of the file.
func (l *line) ownNumber(text string) uint32 {
	if len(l.names) == 0 {
		l.names = []string{"", "\n"}
		l.numbers["\n"] = newline
	}
	id, known := l.numbers[text]
	if !known {
		id = uint32(len(l.names))
		l.numbers[text] = id
		l.names = append(l.names, text)
	}
	return id
}

// step writes one more word. more is false when the line is complete.
func (l *line) step() (more bool, reason string) {
	typed := l.typed
	l.typed = ""
	best, ok := next(l.corners, startsWith(typed))
	if !ok {
		return false, "nothing like it in the workspace"
	}
	if l.blankLine && l.out.Len() == 0 && typed == "" && (best.length < certainAtStart || !best.agreed) {
		return false, "the line is empty and no long repeat is at hand"
	}
	l.confidence *= best.confidence
	if l.confidence < hopeless {
		return false, "not sure enough"
	}
	if l.out.Len() == 0 && l.first.text == "" {
		l.first = best
	}
	if best.text == "\n" {
		if len(l.after) > 0 {
			return false, "the line would end before what follows the cursor"
		}
		return false, ""
	}
	if len(l.after) > 0 && best.text == l.after[0].text && l.depth <= 0 && typed == "" {
		return false, "" // what follows the cursor goes on from here
	}
	if strings.Contains(best.text, "\n") {
		return false, "the text would span lines"
	}
	if typed == "" {
		l.out.WriteString(l.gap(best))
	}
	l.out.WriteString(best.text[len(typed):])
	switch best.text {
	case "(", "[", "{":
		l.depth++
	case ")", "]", "}":
		l.depth--
	}
	l.push(best.text)
	return true, ""
}

// push adds a word to the contexts.
func (l *line) push(text string) {
	id, known := l.ix.words[text]
	if !known {
		id = boundary
	}
	l.corners[0].context = append(l.corners[0].context, id)
	l.corners[1].context = append(l.corners[1].context, l.ownNumber(text))
}

// gap is the blanks before a word, as they stand at the place it was taken from.
func (l *line) gap(g guess) string {
	written := l.out.String()
	if written == "" && l.endsBlank() {
		return ""
	}
	c, file := &l.ix.corpus, l.file
	if g.at.inFile {
		c = &l.own
	} else {
		file = l.ix.fileAt(g.at.position).file
	}
	if file == nil || g.at.position < 1 || c.ids[g.at.position-1] <= newline {
		return ""
	}
	names := func(id uint32) string { return l.ix.texts[id] }
	if g.at.inFile {
		names = func(id uint32) string { return l.names[id] }
	}
	end := int(c.starts[g.at.position-1]) + len(names(c.ids[g.at.position-1]))
	start := int(c.starts[g.at.position])
	if start <= end {
		return ""
	}
	if strings.Trim(file.Slice(source.Span{Start: end, End: start}), " ") == "" {
		return file.Slice(source.Span{Start: end, End: start})
	}
	return " "
}

// endsBlank tells whether a blank stands before the cursor.
func (l *line) endsBlank() bool {
	return l.lastByte == ' ' || l.lastByte == '\t' || l.lastByte == '\n' || l.lastByte == 0
}

func (l *line) suggestion() Suggestion {
	text := l.out.String()
	if text == "" {
		return Suggestion{Reason: "nothing is missing here"}
	}
	return Suggestion{Text: text, Confidence: l.confidence, Source: l.origin()}
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
