package completion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/retrieve"
	"github.com/infill-dev/infill/fim"
)

// written asks the model and makes candidates of what it writes. A model that fails is told in the trace.
func (r *run) written() []candidate {
	ctx, cancel := context.WithTimeout(r.ctx, r.patience())
	defer cancel()
	done := r.stage("choose the model")
	chosen := r.engine.models.choose(ctx, time.Now())
	done(chosen.name)
	if chosen.problem != nil {
		r.trace.Problem = sentence(chosen.problem)
		return nil
	}
	r.trace.Model, r.trace.Family = "ollama "+chosen.name, chosen.format.Name
	snippets := r.gather(ctx)
	prompt := r.prompt(chosen.format, r.layout(), snippets)
	found, healed := r.ask(ctx, chosen, prompt)
	if !healed && ctx.Err() == nil {
		found, _ = r.ask(ctx, chosen, r.prompt(chosen.format, fim.Plain, snippets))
	}
	for i := range found {
		r.polish(&found[i])
		if c := &found[i]; c.dropped == "" && !c.facts.Unsure && c.facts.Joint < r.gate() {
			c.dropped = fmt.Sprintf("its probability %.2f is below the gate %.2f", c.facts.Joint, r.gate())
		}
	}
	return found
}

// withLocal is how long an automatic answer waits for the model when the local engine has one that may be shown: a
// model that is warm makes it better within this time, and one that is not finds the prompt in its cache at the next key.
const withLocal = 400 * time.Millisecond

// patience is how long the model may take.
func (r *run) patience() time.Duration {
	switch {
	case r.request.Invoked:
		return r.engine.settings.WaitInvoked
	case r.answered:
		return min(withLocal, r.engine.settings.WaitAutomatic)
	}
	return r.engine.settings.WaitAutomatic
}

// layout is the prompt's layout: healed where the family can, unless the user says otherwise.
func (r *run) layout() fim.Layout {
	if r.engine.settings.Layout == "plain" {
		return fim.Plain
	}
	return fim.Healed
}

func (r *run) gather(ctx context.Context) []retrieve.Snippet {
	done := r.stage("gather")
	snippets := retrieve.Gather(ctx, retrieve.Query{Snapshot: r.request.Snapshot, Path: r.request.Path, Offset: r.request.Offset,
		Budget: r.engine.settings.SnippetTokens, Count: fim.EstimateTokens})
	done(fmt.Sprintf("%d snippets", len(snippets)))
	return snippets
}

// prompt builds the prompt and notes its sections, with the reason of each snippet.
func (r *run) prompt(format fim.Format, layout fim.Layout, snippets []retrieve.Snippet) fim.Prompt {
	done := r.stage("build")
	text := r.site.file.Text()
	request := fim.Request{Format: format, Layout: layout, Repository: r.request.Repository, Path: string(r.site.file.Path()),
		Prefix: text[:r.site.offset], Suffix: text[r.site.offset:], Budget: r.budget(), LineComment: lex.LineComment(r.site.language)}
	for _, snippet := range snippets {
		request.Snippets = append(request.Snippets, fim.Snippet{Path: string(snippet.Path), Text: snippet.Text})
	}
	prompt := fim.Build(request)
	r.trace.Prompt, r.trace.Sections = prompt.Text, nil
	next := 0
	for _, section := range prompt.Sections {
		s := trace.Section{Name: section.Name, Path: section.Path, Tokens: section.Tokens, Kept: section.Kept, Cut: section.Cut}
		if section.Name == "snippet" && next < len(snippets) {
			snippet := snippets[next]
			next++
			s.Reason, s.Score = snippet.Reason, snippet.Score
			s.FirstLine, s.LastLine = r.linesOf(snippet)
		}
		r.trace.Sections = append(r.trace.Sections, s)
	}
	r.trace.Healed = prompt.Healed
	done(fmt.Sprintf("%s layout, about %d tokens", layout, prompt.Tokens))
	return prompt
}

// linesOf are the first and last line of a snippet, counted from 1.
func (r *run) linesOf(snippet retrieve.Snippet) (first, last int) {
	file, known := r.request.Snapshot.File(snippet.Path)
	if !known {
		return 0, 0
	}
	return file.Point(snippet.Span.Start).Line + 1, file.Point(max(snippet.Span.Start, snippet.Span.End-1)).Line + 1
}

// budget is the most tokens of a prompt: the user's limit, within the model's context less what is to be written.
func (r *run) budget() int {
	s := r.engine.settings
	const reserve = 64 // the estimate of tokens may be short by a little
	return max(0, min(s.PromptTokens, s.ContextTokens-s.BlockTokens-reserve))
}

// request is what all requests to one model share: the load options must be the same in each, or the server loads
// the model again.
func (e *Engine) request(name string) model.Request {
	return model.Request{Model: name, MaxTokens: 1, LogProbs: true, Context: e.settings.ContextTokens, Threads: e.settings.Threads,
		KeepAlive: e.settings.KeepAlive}
}

// ask streams one answer. healed is false when the model did not bring back what the prompt left out.
func (r *run) ask(ctx context.Context, chosen *choice, prompt fim.Prompt) (found []candidate, healed bool) {
	done := r.stage("generate")
	request := r.engine.request(chosen.name)
	request.Prompt, request.Stop = prompt.Text, prompt.Stops
	request.MaxTokens = r.engine.settings.BlockTokens
	if r.site.shape == restOfLine && !r.blocks() {
		request.MaxTokens = r.engine.settings.LineTokens
		request.Stop = append([]string{"\n"}, prompt.Stops...)
	}
	state := fim.Pending
	g := generate(ctx, r.engine.models.server, request, func(d *draft) (bool, string) {
		if r.trace.FirstToken == 0 {
			r.trace.FirstToken = time.Since(r.began)
		}
		var stop bool
		var why string
		stop, why, state = r.watch(d, prompt)
		return stop, why
	})
	r.count(g)
	text, state := r.answerText(g, prompt)
	done(r.outcome(g, state))
	r.fail(chosen, g.failure)
	if state == fim.Mismatch {
		return nil, false
	}
	complete := g.failure == nil && (strings.HasPrefix(g.why, "the model") || g.why == "budget")
	found = r.drafts(text, g.text.Len()-r.rawLen(g, prompt), g, complete)
	for i := range found {
		found[i].text = prompt.Restore(found[i].text)
	}
	return found, true
}

// watch decides after each chunk whether enough is known.
func (r *run) watch(d *draft, prompt fim.Prompt) (stop bool, why string, state fim.Stripped) {
	text, state := prompt.Strip(d.text.String())
	switch state {
	case fim.Mismatch:
		return true, "what was typed did not come back", state
	case fim.Pending:
		return false, "", state
	}
	if structural := structuralEnd(r.site, text, r.blocks(), false); structural.done {
		return true, structural.rule, state
	}
	if !d.unsure && d.running() < r.gate() && len(d.logs) > 0 {
		return true, fmt.Sprintf("the probability fell to %.2f", d.running()), state
	}
	if loops(text) {
		return true, "it repeats itself without end", state
	}
	return false, "", state
}

// answerText is what the model wrote behind the healed part, as user text again and with "\n" line endings.
func (r *run) answerText(g *generation, prompt fim.Prompt) (string, fim.Stripped) {
	text, state := prompt.Strip(g.text.String())
	if state == fim.Pending {
		if g.failure != nil {
			return "", fim.Matched // it never came so far
		}
		return "", fim.Mismatch
	}
	return strings.ReplaceAll(atMarker(text, prompt.Stops), "\r\n", "\n"), state
}

// rawLen is the number of bytes of the answer behind the healed part.
func (r *run) rawLen(g *generation, prompt fim.Prompt) int {
	text, _ := prompt.Strip(g.text.String())
	return len(text)
}

func (r *run) count(g *generation) {
	r.trace.GeneratedTokens += len(g.logs)
	if g.final != nil {
		r.trace.PromptTokens = g.final.PromptTokens
	}
}

func (r *run) outcome(g *generation, state fim.Stripped) string {
	switch {
	case g.failure != nil:
		return sentence(g.failure)
	case state == fim.Mismatch:
		return "what was typed did not come back"
	}
	return fmt.Sprintf("%d bytes, ended by: %s", g.text.Len(), g.why)
}

// fail tells the trace and the chooser what went wrong with the model.
func (r *run) fail(chosen *choice, failure error) {
	switch {
	case failure == nil || r.ctx.Err() != nil:
	case errors.Is(failure, context.DeadlineExceeded) || errors.Is(failure, model.ErrTimeout):
		r.trace.Problem = fmt.Sprintf("The model did not finish within %s.", r.patience())
	default:
		r.trace.Problem = sentence(failure)
		r.engine.models.failed(chosen, failure, time.Now())
	}
}
