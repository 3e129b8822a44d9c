package eval

import (
	"context"
	"iter"
	"time"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Arm is one way to fill holes: with the model, with the engine that needs none, or with both as in an editor.
type Arm struct {
	Name         string
	Engine       *completion.Engine
	Local, Model bool
}

// Outcome is what one arm said at one hole.
type Outcome struct {
	Hole    Hole
	Arm     string
	Text    string // what was shown, empty for silence
	Score   float64
	Engine  string
	Silence string
	Problem string
	Verdict outline.Verdict // of Text in place; not Known for silence

	Sections []trace.Section // of the prompt, when a model was asked

	PromptTokens, GeneratedTokens int
	First, Total                  time.Duration
}

// Run lets every arm fill every hole, hole by hole, so that a run that is stopped has compared the arms on the same
// holes. It ends early when ctx ends. judge may be nil.
func Run(ctx context.Context, base *workspace.Base, index *local.Index, judge outline.Judge, holes []Hole, arms []Arm) iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		for _, hole := range holes {
			// The file's text on disk goes, too: nobody may find the answer there.
			file := source.NewFile(hole.Path, hole.text())
			snapshot := (&workspace.Snapshot{}).Apply(workspace.Rebased{Base: base}).
				Apply(workspace.Indexed{Records: []*workspace.Record{{File: file}}}).
				Apply(workspace.Opened{File: file, Language: source.LanguageOf(hole.Path), Version: 1})
			for _, arm := range arms {
				outcome, ok := fill(ctx, snapshot, index, judge, hole, arm)
				if !ok || !yield(outcome) {
					return
				}
			}
		}
	}
}

// fill asks one arm; false when ctx has ended.
func fill(ctx context.Context, snapshot *workspace.Snapshot, index *local.Index, judge outline.Judge, hole Hole, arm Arm) (Outcome, bool) {
	request := completion.Request{Snapshot: snapshot, Path: hole.Path, Offset: hole.Offset, Invoked: hole.Kind == Block, Count: 1,
		LocalOnly: !arm.Model, Fresh: true} // two holes may stand on one line
	if arm.Local {
		request.Local = index
	}
	var last completion.Answer
	for answer, err := range arm.Engine.Complete(ctx, request) {
		if err != nil {
			return Outcome{}, false
		}
		last = answer
	}
	outcome := Outcome{Hole: hole, Arm: arm.Name}
	outcome.tell(last.Trace)
	if len(last.Items) > 0 {
		item := last.Items[0]
		outcome.Text, outcome.Score, outcome.Engine = item.Text, item.Score, item.Engine
		if judge != nil {
			outcome.Verdict = verdict(ctx, judge, hole, item.Text)
		}
	}
	return outcome, true
}

func (o *Outcome) tell(t *trace.Trace) {
	o.Silence, o.Problem, o.Sections = t.Silence, t.Problem, t.Sections
	o.PromptTokens, o.GeneratedTokens, o.First, o.Total = t.PromptTokens, t.GeneratedTokens, t.FirstToken, t.Total
}

// verdict asks whether a text fits its place. A judge that fails does not know.
func verdict(ctx context.Context, judge outline.Judge, hole Hole, text string) outline.Verdict {
	around := hole.text()
	v, err := judge.Judge(ctx, outline.JudgeRequest{Path: hole.Path, Language: source.LanguageOf(hole.Path), Text: around,
		Hash: source.HashOf(around), Replace: source.Span{Start: hole.Offset, End: hole.Offset}, Candidate: text})
	if err != nil {
		return outline.Verdict{}
	}
	return v
}
