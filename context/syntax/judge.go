package syntax

import (
	"context"
	"fmt"
	"strings"

	sitter "github.com/smacker/go-tree-sitter"

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
	errorsBefore, errorsAfter := syntaxErrors(before), syntaxErrors(after)
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

// syntaxErrors is the spans of the ERROR and MISSING nodes of a tree, the outer before the inner. It enters only
// nodes that hold an error, so it costs next to nothing on a clean tree.
func syntaxErrors(tree *tree) []source.Span {
	root := tree.RootNode()
	if !root.HasError() {
		return nil
	}
	var found []source.Span
	cursor := sitter.NewTreeCursor(root)
	defer cursor.Close()
	for {
		node := cursor.CurrentNode()
		hasError := node.HasError()
		if hasError && (node.IsError() || node.IsMissing()) {
			found = append(found, spanOf(node))
		}
		if hasError && cursor.GoToFirstChild() {
			continue
		}
		for !cursor.GoToNextSibling() {
			if !cursor.GoToParent() {
				return found
			}
		}
	}
}

// place is what the cursor stands in, and where a scan of the candidate has to begin to know it too.
type place struct {
	inside string
	start  source.Offset
}

// place finds what the cursor stands in, in the text without the candidate. On a line with a syntax error, such as
// a string that is being typed, the tree may not know, and the line is read from its start.
func (j judgement) place(before *tree, text string, errors []source.Span) place {
	if found := j.placeInTree(before); found.inside != insideCode {
		return found
	}
	start := strings.LastIndexByte(text[:j.cursor], '\n') + 1
	end := j.cursor
	if next := strings.IndexByte(text[end:], '\n'); next >= 0 {
		end += next
	}
	for _, one := range errors {
		if one.Start <= end && one.End >= start {
			stop := j.language.lexis.scan(text, start, j.cursor, func(source.Offset, byte) {})
			if stop.inside != insideCode {
				return place(stop)
			}
		}
	}
	return place{insideCode, j.cursor}
}

// placeInTree goes down to the cursor and takes the innermost string, comment or piece of code in a string around it.
// A comment may end at the cursor: more text would belong to it, unless it is closed.
func (j judgement) placeInTree(before *tree) place {
	found := place{insideCode, j.cursor}
	if j.cursor == 0 {
		return found
	}
	cursor := sitter.NewTreeCursor(before.RootNode())
	defer cursor.Close()
	for node := descend(cursor, j.cursor-1); node != nil; node = descend(cursor, j.cursor-1) {
		span := spanOf(node)
		switch role := (*j.language.nodes)[node.Type()]; {
		case role == stringNode && j.cursor < span.End:
			found = place{insideString, span.Start}
		case role == commentNode && (j.cursor < span.End || !strings.HasPrefix(j.text[span.Start:], "/*")) && !j.behindLine(span):
			found = place{insideComment, span.Start}
		case role == codeNode && j.cursor < span.End:
			found = place{insideCode, j.cursor}
		}
	}
	return found
}

// behindLine tells whether a line ending lies between a line comment's text and the cursor: the doc comments of Rust
// hold theirs.
func (j judgement) behindLine(comment source.Span) bool {
	return !strings.HasPrefix(j.text[comment.Start:], "/*") && strings.Contains(j.text[comment.Start:j.cursor], "\n")
}
