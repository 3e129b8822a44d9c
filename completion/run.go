package completion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/source"
)

// run is one request on its way.
type run struct {
	engine  *Engine
	ctx     context.Context // the request's; it ends with the run
	request Request
	site    site
	began   time.Time
	trace   *trace.Trace
	// answered tells that the local engine has something to show; unsaid is why it offered nothing.
	answered bool
	unsaid   string
}

func (r *run) complete(yield func(Answer, error) bool) {
	if reason := r.prepare(); reason != "" {
		r.finish(nil, reason, yield)
		return
	}
	if items := r.recalled(); len(items) > 0 {
		r.finish(items, "", yield)
		return
	}
	candidates := r.copied()
	if items := r.rank(candidates); len(items) > 0 && r.asksModel() {
		r.answered = true
		if !yield(Answer{Items: items, Trace: r.snapshot()}, nil) {
			return
		}
	}
	if r.asksModel() {
		candidates = append(candidates, r.written()...)
	}
	if err := r.ctx.Err(); err != nil {
		yield(Answer{Trace: r.snapshot(), Final: true}, err)
		return
	}
	items := r.rank(candidates)
	r.remember(items)
	r.finish(items, r.whySilent(candidates), yield)
}

// finish yields the last answer.
func (r *run) finish(items []Item, silence string, yield func(Answer, error) bool) {
	r.trace.Total = time.Since(r.began)
	if len(items) > 0 {
		r.trace.Engine = items[0].Engine
	} else {
		r.trace.Silence = silence
	}
	yield(Answer{Items: items, Trace: r.snapshot(), Final: true}, nil)
}

// snapshot is the trace so far, which later stages do not change.
func (r *run) snapshot() *trace.Trace {
	copied := *r.trace
	copied.Stages, copied.Candidates = slices.Clone(r.trace.Stages), slices.Clone(r.trace.Candidates)
	return &copied
}

// stage notes a step of the request: defer r.stage("gather")(&note).
func (r *run) stage(name string) func(note string) {
	began := time.Since(r.began)
	return func(note string) {
		r.trace.Stages = append(r.trace.Stages, trace.Stage{Name: name, Start: began, Took: time.Since(r.began) - began, Note: note})
	}
}

// prepare finds the place and tells why nothing should be suggested there, if so.
func (r *run) prepare() string {
	file, known := r.request.Snapshot.File(r.request.Path)
	if !known {
		return "The file is not known."
	}
	offset := r.request.Offset
	if r.request.Selected != "" {
		// The editor's list shows an entry: complete as if it were typed already.
		typed, err := file.Apply([]source.Edit{{Span: r.request.SelectedSpan, New: r.request.Selected}})
		if err != nil {
			return "The chosen entry does not fit the text."
		}
		file, offset = typed, r.request.SelectedSpan.Start+len(r.request.Selected)
	}
	if offset < 0 || offset > file.Len() {
		return "The position lies outside the file."
	}
	language := source.LanguageOf(file.Path())
	if document, open := r.request.Snapshot.Document(file.Path()); open && document.Language != "" {
		language = document.Language
	}
	r.site = siteOf(file, offset, language)
	point := file.Point(offset)
	r.trace.Path, r.trace.Line, r.trace.Column = string(file.Path()), point.Line+1, point.Column+1
	r.trace.Snapshot = r.request.Snapshot.Number()
	r.trace.Wanted = r.site.shape.String()
	if !r.engine.settings.On(language) {
		return fmt.Sprintf("Completion is off for %s.", nameOf(language))
	}
	if !r.request.Invoked && insideWord(r.site) {
		return "The cursor is inside a word."
	}
	return ""
}

func nameOf(language string) string {
	if language == "" {
		return "this kind of file"
	}
	return language
}

// insideWord tells whether a word goes on behind the cursor, where a suggestion would split it.
func insideWord(s site) bool {
	r, _ := utf8.DecodeRuneInString(s.after)
	return s.after != "" && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// blocks tells whether the rest of a line may bring the block that the line opens: when the user asks.
func (r *run) blocks() bool { return r.request.Invoked }

func (r *run) asksModel() bool { return r.engine.models != nil && !r.request.LocalOnly }

// gate is the least probability with which a model's text is shown.
func (r *run) gate() float64 {
	if r.request.Invoked {
		return r.engine.settings.GateInvoked
	}
	return r.engine.settings.GateAutomatic
}

// rank weighs the candidates, writes them into the trace and makes items of those that may be shown, best first.
func (r *run) rank(candidates []candidate) []Item {
	done := r.stage("rank")
	for i := range candidates {
		r.weigh(&candidates[i], candidates)
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var items []Item
	r.trace.Candidates = nil
	for _, c := range candidates {
		shown := c.dropped == "" && len(items) < max(1, r.request.Count) && !slices.ContainsFunc(items, func(i Item) bool { return i.Text == r.request.Selected+c.text })
		if shown {
			items = append(items, r.item(c))
		}
		r.trace.Candidates = append(r.trace.Candidates, trace.Candidate{Text: c.text, Kind: c.kind, Engine: c.engine, Score: c.score,
			Shown: shown, Reason: c.dropped, Facts: explained(c.facts)})
	}
	done(fmt.Sprintf("%d candidates, %d shown", len(candidates), len(items)))
	return items
}

func (r *run) item(c candidate) Item {
	replace := source.Span{Start: r.request.Offset, End: r.request.Offset}
	if r.request.Selected != "" {
		replace = r.request.SelectedSpan
	}
	return Item{Text: r.request.Selected + c.text, Replace: replace, Score: c.score, Engine: c.engine}
}

// whySilent says in one sentence, or two, why nothing is shown.
func (r *run) whySilent(candidates []candidate) string {
	if len(candidates) > 0 {
		best := candidates[0]
		return fmt.Sprintf("The best candidate, from %s, was not shown: %s.", best.engine, best.dropped)
	}
	local := "There is no index of the workspace yet."
	if r.unsaid != "" {
		local = fmt.Sprintf("The local engine offers nothing: %s.", r.unsaid)
	}
	switch {
	case r.trace.Problem != "":
		return r.trace.Problem + " " + local
	case r.asksModel():
		return "The model has nothing to add here. " + local
	}
	return local
}

// sentence is what people are told of a failure.
func sentence(err error) string {
	var failure *model.Error
	if errors.As(err, &failure) {
		return failure.Sentence
	}
	text := strings.ToUpper(err.Error()[:1]) + err.Error()[1:]
	return strings.TrimRight(text, ".") + "."
}
