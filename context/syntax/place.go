package syntax

import (
	"slices"
	"strings"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/infill-dev/infill/context/source"
)

// place is what the cursor stands in, and where a scan of the candidate has to begin to know it too: at the start of
// the comment or string around it, the outermost when there is code in strings.
type place struct {
	inside string
	start  source.Offset
}

// place finds what the cursor stands in, in the text without the candidate. Where there is a syntax error in the
// declaration at the cursor, such as a string that is being typed, the tree may not know, and the text is read from
// the line of the first error.
func (j judgement) place(before *tree, text string, errors []source.Span) place {
	if found := j.placeInTree(before); found.start < j.cursor || len(errors) == 0 {
		return found
	}
	lineEnd := len(text)
	if next := strings.IndexByte(text[j.cursor:], '\n'); next >= 0 {
		lineEnd = j.cursor + next
	}
	chunk := chunkStart(before, j.cursor)
	first := slices.IndexFunc(errors, func(one source.Span) bool { return one.Start >= chunk })
	if first < 0 || errors[first].Start > lineEnd {
		return place{insideCode, j.cursor}
	}
	start := strings.LastIndexByte(text[:min(errors[first].Start, j.cursor)], '\n') + 1
	stop := j.language.lexis.scan(text, start, j.cursor, func(source.Offset, byte) {})
	return place{stop.inside, stop.outer}
}

// chunkStart is the start of the child of the root that holds an offset, or else of the last one in front of it.
func chunkStart(tree *tree, at source.Offset) source.Offset {
	cursor := sitter.NewTreeCursor(tree.RootNode())
	defer cursor.Close()
	start := 0
	for more := cursor.GoToFirstChild(); more; more = cursor.GoToNextSibling() {
		next := int(cursor.CurrentNode().StartByte())
		if next > at {
			break
		}
		start = next
	}
	return start
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
			found = place{insideString, min(found.start, span.Start)}
		case role == codeNode && j.cursor < span.End:
			found.inside = insideCode
		case role == commentNode && (j.cursor < span.End || !strings.HasPrefix(j.text[span.Start:], "/*")) && !j.behindLine(span):
			return place{insideComment, span.Start}
		}
	}
	return found
}

// behindLine tells whether a line ending lies between a line comment's text and the cursor: the doc comments of Rust
// hold theirs.
func (j judgement) behindLine(comment source.Span) bool {
	return !strings.HasPrefix(j.text[comment.Start:], "/*") && strings.Contains(j.text[comment.Start:j.cursor], "\n")
}
