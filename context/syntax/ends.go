package syntax

import (
	"slices"
	"strings"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/infill-dev/infill/context/source"
)

// item is a statement, declaration or member on the way from the root to a position.
type item struct {
	span     source.Span
	role     nodeRole
	sequence source.Span // the node whose child it is, such as a block; empty for a comment within a statement
}

// endOf finds where in the candidate the statement at the cursor, or the block that it opens, is complete; -1 when
// it is not.
//
// The statement is the innermost item of a block, file or type body at the first text of the candidate. When it began
// before the cursor, the candidate goes on with it. When the cursor stands right behind the brace or colon of the
// block, the whole block counts and not its first statement. A candidate that was cut short leaves brackets open,
// which may tear up the tree around it; they are closed for the question.
func (j judgement) endOf(at place, after *tree, errors []source.Span, worse bool, brackets *balance, stop ending) int {
	if at.inside == insideComment {
		return j.commentEnd(at)
	}
	cut := j.cursor <= stop.start && stop.start < j.end && !strings.HasPrefix(j.text[stop.start:], j.language.lexis.lineComment)
	if !worse || len(brackets.unclosed) == 0 && !cut {
		return j.result(j.statementEnd(after, errors, j.end, true))
	}
	limit := j.end
	if cut {
		limit = stop.start
	}
	closers := brackets.closers()
	closed := j.text[:limit] + closers + j.text[j.end:]
	tree := j.apply(after, j.text, source.Edit{Span: source.Span{Start: limit, End: j.end}, New: closers}, closed)
	if tree == nil {
		return -1
	}
	defer tree.close()
	j.text = closed
	return j.result(j.statementEnd(tree, slices.Collect(tree.errors()), limit, false))
}

// result turns an offset into a length of the candidate without blanks at its end.
func (j judgement) result(end source.Offset) int {
	if end < 0 {
		return -1
	}
	return len(strings.TrimRight(j.text[j.cursor:end], " \t\r\n"))
}

// commentEnd is where the comment at the cursor ends. A line comment may also end with the candidate.
func (j judgement) commentEnd(at place) int {
	candidate := j.text[j.cursor:j.end]
	if strings.HasPrefix(j.text[at.start:], "/*") {
		if end := strings.Index(candidate, "*/"); end >= 0 {
			return end + len("*/")
		}
		return -1
	}
	line, _, _ := strings.Cut(candidate, "\n")
	return len(strings.TrimRight(line, " \t\r"))
}

// statementEnd finds the end of the statement at the cursor in a tree of the text. It is at most limit, the end of
// the candidate; when mayGoOn, a statement that the text behind the candidate completes ends at limit.
func (j judgement) statementEnd(tree *tree, errors []source.Span, limit source.Offset, mayGoOn bool) source.Offset {
	items, comment := j.itemsAtCandidate(tree, limit)
	if comment >= 0 {
		return comment
	}
	if len(items) == 0 {
		return -1
	}
	last := items[len(items)-1]
	ends := func(span source.Span) source.Offset { return j.spanEnd(span, errors, limit, mayGoOn) }
	if last.span.Start < j.cursor || !j.behindOpener(last) {
		return ends(last.span)
	}
	if len(items) > 1 {
		if end := ends(items[len(items)-2].span); end >= 0 {
			return end
		}
	}
	if end := ends(last.sequence); end >= 0 {
		return end
	}
	return ends(last.span)
}

// itemsAtCandidate is the items around the first text that the candidate writes, comments and attributes in front of
// it left out. A comment that ends the line of the cursor behind a statement is an end itself: comment is then its
// end, else -1.
func (j judgement) itemsAtCandidate(tree *tree, limit source.Offset) (items []item, comment source.Offset) {
	for first := j.firstText(j.cursor, limit); first < limit; {
		items = j.items(tree, first)
		if len(items) == 0 {
			return nil, -1
		}
		last := items[len(items)-1]
		if last.role != commentNode && last.role != attributeNode || last.span.Start < j.cursor {
			return items, -1
		}
		behind := !startsLine(j.text, j.cursor) && !strings.Contains(j.text[j.cursor:last.span.Start], "\n")
		if behind && last.role == commentNode && last.sequence.Len() > 0 {
			return nil, min(last.span.End, limit)
		}
		first = j.firstText(last.span.End, limit)
	}
	return nil, -1
}

// firstText is the first offset in a range that is not blank; its end when there is none.
func (j judgement) firstText(start, end source.Offset) source.Offset {
	for start < end && isBlank(j.text[start]) {
		start++
	}
	return min(start, end)
}

// items goes down from the root to an offset and collects the items on the way, the outermost first.
func (j judgement) items(tree *tree, at source.Offset) []item {
	cursor := sitter.NewTreeCursor(tree.RootNode())
	defer cursor.Close()
	var items []item
	root := tree.RootNode()
	sequence, within, broken := spanOf(root), (*j.language.nodes)[root.Type()], root.IsError()
	for node := descend(cursor, at); node != nil; node = descend(cursor, at) {
		span := spanOf(node)
		kind := node.Type()
		role := (*j.language.nodes)[kind]
		isItem := broken && isStatement(kind) || within == sequenceNode || within == elementNode && role == elementNode
		if isItem && node.IsNamed() && !node.IsError() && !headFields[cursor.CurrentFieldName()] {
			items = append(items, item{span, role, sequence})
		} else if role == commentNode {
			items = append(items, item{span: span, role: role})
		}
		sequence, within, broken = span, role, node.IsError()
	}
	return items
}

func isStatement(kind string) bool {
	return slices.ContainsFunc(statementEndings, func(ending string) bool { return strings.HasSuffix(kind, ending) })
}

// behindOpener tells whether the cursor stands on the line of the brace, colon or tag that opens what holds the item,
// with nothing between.
func (j judgement) behindOpener(first item) bool {
	line := j.text[strings.LastIndexByte(j.text[:j.cursor], '\n')+1 : j.cursor]
	line = strings.TrimRight(line, " \t")
	if line == "" || first.span.Start < j.cursor {
		return false
	}
	brace := first.sequence.Start < j.cursor && strings.HasSuffix(line, "{")
	colon := j.language.id == "python" && strings.HasSuffix(line, ":")
	tag := first.role == elementNode && strings.HasSuffix(line, ">")
	return brace || colon || tag
}

// spanEnd is the end of a node within limit; -1 when it is broken at or behind the cursor or goes on behind limit.
func (j judgement) spanEnd(span source.Span, errors []source.Span, limit source.Offset, mayGoOn bool) source.Offset {
	if j.brokenWithin(span, errors) {
		return -1
	}
	end := span.End
	if end > limit && strings.Trim(j.text[limit:end], " \t\r\n") != "" {
		if mayGoOn && completes(j.text[limit:end]) {
			return limit
		}
		return -1
	}
	end = min(end, limit)
	written := strings.TrimRight(j.text[:end], " \t\r\n")
	if len(written) <= j.cursor {
		return -1
	}
	if j.language.id == "python" && strings.HasSuffix(written, ":") {
		return -1 // the grammar takes a block that is still empty
	}
	if end = len(written); end < limit && (j.text[end] == ';' || j.text[end] == ',') {
		end++
	}
	return end
}

// brokenWithin tells whether a syntax error touches the part of a node behind the cursor. An error around the whole
// node lies elsewhere.
func (j judgement) brokenWithin(span source.Span, errors []source.Span) bool {
	return slices.ContainsFunc(errors, func(one source.Span) bool {
		if one.Covers(span) && one != span {
			return false
		}
		if one.Len() == 0 {
			return j.cursor <= one.Start && one.Start <= span.End && span.Start <= one.Start
		}
		return one.Start < span.End && one.End > max(j.cursor, span.Start)
	})
}

// completes tells whether the rest of a statement behind the candidate belongs to it: closing brackets that an editor
// puts there on its own, or text on the line that the candidate was written into.
func completes(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(line, " \t\r") != "" || strings.Trim(rest, ")]};, \t\r\n") == ""
}
