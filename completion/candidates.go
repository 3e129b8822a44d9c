package completion

import (
	"context"
	"slices"
	"strings"

	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/ranking"
)

// candidate is one text that may be shown.
type candidate struct {
	text    string // as it would be inserted
	kind    string // "first line", "statement", "block", "copied"
	engine  string
	facts   ranking.Facts
	score   float64
	dropped string // why it cannot be shown, empty when it can
	judged  bool   // the facts of structure are known
}

// drafts makes the candidates of a model's text: the first line, the statement or block where structure ends it,
// and all of it where the two differ. text has passed Strip and has "\n" line endings.
func (r *run) drafts(text string, offset int, g *generation, complete bool) []candidate {
	blocks := r.blocks()
	full := structuralEnd(r.site, text, blocks, complete)
	var found []candidate
	add := func(kind string, length int, cutShort bool) {
		c := candidate{text: text[:length], kind: kind, engine: r.trace.Model}
		c.facts = ranking.Facts{Joint: g.joint(offset + length), Unsure: g.unsure, CutShort: cutShort}
		if g.unsure {
			c.facts.Joint = 0.5
		}
		if !slices.ContainsFunc(found, func(f candidate) bool { return strings.TrimSpace(f.text) == strings.TrimSpace(c.text) }) {
			found = append(found, c)
		}
	}
	if r.site.shape == restOfLine && g.failure != nil && !full.done {
		return []candidate{{text: text, kind: "part of a line", engine: r.trace.Model, dropped: "the stream ended before the line did"}}
	}
	if full.bytes > 0 {
		add(r.site.shape.String(), full.bytes, complete && !full.done && r.partial(g))
	}
	if verdict := r.judge(text[:full.bytes]); verdict.Known && verdict.End > 0 && verdict.End < full.bytes {
		add("up to the end of the statement", verdict.End, false)
	}
	if line := firstLineEnd(text, full.bytes); line > 0 && line < full.bytes {
		add("first line", line, false)
	}
	return found
}

// partial tells whether a text ends where a budget or a deadline cut it.
func (r *run) partial(g *generation) bool {
	return g.failure != nil || g.why == "budget"
}

// firstLineEnd is the end of the first line with text.
func firstLineEnd(text string, end int) int {
	at := 0
	for _, line := range lines(text[:end]) {
		if strings.TrimSpace(line) != "" {
			return at + len(strings.TrimRight(line, " \t\r"))
		}
		at += len(line) + 1
	}
	return 0
}

// polish makes the text of a candidate fit the place, and drops it when it cannot be shown.
func (r *run) polish(c *candidate) {
	if class := unsafe(c.text); class != "" {
		c.dropped = "it holds " + class
		return
	}
	if loops(c.text) {
		c.dropped = "it repeats itself without end"
		return
	}
	c.text = withoutSuffix(c.text, r.site.after)
	if strings.TrimSpace(r.site.after) == "" {
		c.text = strings.TrimRight(c.text, " \t\n")
	}
	if strings.HasSuffix(r.site.before, " ") && r.site.shape == restOfLine {
		c.text = strings.TrimLeft(c.text, " ")
	}
	switch {
	case strings.TrimSpace(c.text) == "":
		c.dropped = "nothing is missing here"
	case r.repeats(c.text):
		c.dropped = "the line below says the same"
	}
	if r.site.newline != "\n" {
		c.text = strings.ReplaceAll(c.text, "\n", r.site.newline)
	}
}

// repeats tells whether the cursor's line with the text would be the next line with text again.
func (r *run) repeats(text string) bool {
	first, _, more := strings.Cut(text, "\n")
	below := strings.TrimSpace(r.site.below)
	line := strings.TrimSpace(r.site.before + first + r.site.after)
	return !more && line == below && !closersOnly(line)
}

// weigh finds the facts of a candidate and scores it.
func (r *run) weigh(c *candidate, others []candidate) {
	f := &c.facts
	f.Lines = strings.Count(c.text, "\n") + 1
	f.Local = c.engine == localEngine
	above := strings.TrimSpace(r.site.above)
	first, _, _ := strings.Cut(c.text, "\n")
	f.RepeatsAbove = above != "" && !closersOnly(above) && strings.TrimSpace(r.site.before+first+r.site.after) == above
	for _, other := range others {
		if other.engine != c.engine && other.dropped == "" && agree(c.text, other.text) {
			f.Agreement = true
		}
	}
	if c.dropped == "" && !c.judged { // what cannot be shown is not worth a parse
		r.findStructure(c)
	}
	c.score = ranking.Score(*f).Probability()
}

// findStructure finds the facts that need a parse.
func (r *run) findStructure(c *candidate) {
	c.judged = true
	f := &c.facts
	if verdict := r.judge(c.text); verdict.Known {
		f.Parsed, f.NewErrors, f.Mends = true, max(0, verdict.NewErrors), verdict.NewErrors < 0
		f.EndsWell = endsWell(c.text, verdict)
		f.Unbalanced = len(verdict.Unclosed)
	}
}

// endsWell tells whether a text ends where its statement does, or with the brackets that stood open around it.
func endsWell(text string, verdict outline.Verdict) bool {
	text = strings.TrimRight(text, " \t\r\n")
	return verdict.End == len(text) || verdict.NewErrors < 0 && verdict.End > 0 && closersOnly(strings.TrimSpace(text[verdict.End:]))
}

// agree tells whether one text begins with the other.
func agree(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	return a != "" && b != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// judge asks about structure. A judge that fails is a judge that does not know.
func (r *run) judge(text string) outline.Verdict {
	if r.engine.judge == nil || text == "" {
		return outline.Verdict{}
	}
	file := r.site.file
	request := outline.JudgeRequest{Path: file.Path(), Language: r.site.language, Text: file.Text(), Hash: file.Hash(),
		Replace: source.Span{Start: r.site.offset, End: r.site.offset}, Candidate: text}
	if document, open := r.request.Snapshot.Document(file.Path()); open {
		request.Handle = document.Handle
	}
	verdict, err := r.engine.judge.Judge(context.WithoutCancel(r.ctx), request)
	if err != nil {
		return outline.Verdict{}
	}
	return verdict
}

// explained lists the terms of a score for the trace.
func explained(f ranking.Facts) []trace.Fact {
	var facts []trace.Fact
	for _, term := range ranking.Score(f).Terms {
		if term.Value != 0 {
			facts = append(facts, trace.Fact{Name: term.Name, Value: term.Value, Weight: term.Weight})
		}
	}
	return facts
}
