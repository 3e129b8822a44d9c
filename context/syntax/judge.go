package syntax

import (
	"context"
	"fmt"
	"slices"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// Judge answers questions about a candidate by parsing the text with and without it. Both parses start from the tree
// of the open document when a handle is given, whatever text it holds by now, and else from nothing. It fails when
// the context has ended before it began, or when Replace does not fit the text.
func (s *Syntax) Judge(ctx context.Context, request outline.JudgeRequest) (outline.Verdict, error) {
	if err := ctx.Err(); err != nil {
		return outline.Verdict{}, fmt.Errorf("judge a candidate in %s: %w", request.Path, err)
	}
	if !(source.Span{End: len(request.Text)}).Covers(request.Replace) || request.Replace.Len() < 0 {
		return outline.Verdict{}, fmt.Errorf("judge a candidate in %s: the span [%d,%d) does not fit a text of %d bytes",
			request.Path, request.Replace.Start, request.Replace.End, len(request.Text))
	}
	j := judgement{
		ctx: ctx, syntax: s,
		text:   request.Text[:request.Replace.Start] + request.Candidate + request.Text[request.Replace.End:],
		cursor: request.Replace.Start,
		end:    request.Replace.Start + len(request.Candidate),
	}
	var reason string
	if j.language, reason = s.admit(request.Path, request.Language, request.Text); reason != "" {
		return outline.Verdict{}, nil
	}
	if reason = s.gates.refuse(j.text); reason != "" {
		return outline.Verdict{}, nil
	}
	return j.verdict(request), nil
}

// judgement is one question being answered. Offsets are those of the text with the candidate, in which the candidate
// covers [cursor, end); up to the cursor the text without it has the same.
type judgement struct {
	ctx         context.Context
	syntax      *Syntax
	language    *language
	text        string
	cursor, end source.Offset
}

func (j judgement) verdict(request outline.JudgeRequest) outline.Verdict {
	before := j.parseBefore(request)
	if before == nil {
		return outline.Verdict{}
	}
	defer before.close()
	after := j.apply(before, request.Text, source.Edit{Span: request.Replace, New: request.Candidate}, j.text)
	if after == nil {
		return outline.Verdict{}
	}
	defer after.close()
	errorsBefore, errorsAfter := slices.Collect(before.errors()), slices.Collect(after.errors())
	place := j.place(before, request.Text, errorsBefore)
	var brackets balance
	stop := j.language.lexis.scan(j.text, place.start, j.end, func(at source.Offset, bracket byte) {
		if at >= j.cursor {
			brackets.add(bracket)
		}
	})
	verdict := outline.Verdict{
		Known:     true,
		NewErrors: len(errorsAfter) - len(errorsBefore),
		Unclosed:  string(brackets.unclosed),
		Extra:     string(brackets.extra),
		Inside:    place.inside,
	}
	verdict.End = j.endOf(place, after, errorsAfter, verdict.NewErrors > 0, &brackets, stop)
	return verdict
}

// parseBefore parses the text without the candidate, from the kept tree of the open document when there is one.
func (j judgement) parseBefore(request outline.JudgeRequest) *tree {
	kept, known := j.syntax.documents.borrow(request.Handle)
	if !known {
		return j.syntax.parse(j.ctx, j.language, nil, request.Text, interactiveLimit)
	}
	defer kept.tree.close()
	if kept.language != j.language {
		return j.syntax.parse(j.ctx, j.language, nil, request.Text, interactiveLimit)
	}
	return j.syntax.reparse(j.ctx, kept, nil, request.Text, interactiveLimit)
}

// apply parses the text after an edit from the tree of the text before it.
func (j judgement) apply(before *tree, text string, edit source.Edit, after string) *tree {
	edited := before.copy()
	defer edited.close()
	edited.Edit(editInput(text, edit))
	return j.syntax.parse(j.ctx, j.language, edited, after, interactiveLimit)
}
