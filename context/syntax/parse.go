package syntax

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/infill-dev/infill/context/source"
)

// tree is a tree-sitter tree that is counted while it lives. One goroutine uses it at a time: even reading writes to
// the node cache of the binding. Copies share their C nodes and may be used at the same time.
type tree struct {
	*sitter.Tree
	live *atomic.Int64
}

func newTree(made *sitter.Tree, live *atomic.Int64) *tree {
	live.Add(1)
	return &tree{made, live}
}

func (t *tree) copy() *tree { return newTree(t.Copy(), t.live) }

// close frees the C memory now; the garbage collector cannot see it and would be late.
func (t *tree) close() {
	t.live.Add(-1)
	t.Close()
}

func (t *tree) hasError() bool {
	for range t.errors() {
		return true
	}
	return false
}

// errors is the spans of the ERROR and MISSING nodes, the outer before the inner. It enters only nodes that hold an
// error, so it costs next to nothing on a clean tree. That a text ends without a line ending is no error, although
// Go's grammar misses one behind some declarations.
func (t *tree) errors() iter.Seq[source.Span] {
	return func(yield func(source.Span) bool) {
		root := t.RootNode()
		cursor := sitter.NewTreeCursor(root)
		defer cursor.Close()
		for {
			node := cursor.CurrentNode()
			hasError := node.HasError()
			if hasError && (node.IsError() || node.IsMissing()) {
				atEnd := node.StartByte() == root.EndByte() && node.Type() == "\n"
				if !atEnd && !yield(spanOf(node)) {
					return
				}
			}
			if hasError && cursor.GoToFirstChild() {
				continue
			}
			for !cursor.GoToNextSibling() {
				if !cursor.GoToParent() {
					return
				}
			}
		}
	}
}

// parse parses a text, with an edited tree of an earlier text to start from or nil. It is nil when the limit was
// hit. The parser is a fresh one each time: it costs a microsecond, and a used one that was stopped by its limit
// would go on with the text before.
func (s *Syntax) parse(ctx context.Context, language *language, base *tree, text string, limit time.Duration) *tree {
	parser := sitter.NewParser()
	defer parser.Close()
	parser.SetLanguage(language.grammar())
	parser.SetOperationLimit(int(limit / time.Microsecond))
	var old *sitter.Tree
	if base != nil {
		old = base.Tree
	}
	// The binding watches a context that can end from a goroutine whose late flag spoils later parses, hence the
	// limit instead.
	made, err := parser.ParseCtx(context.WithoutCancel(ctx), old, []byte(text))
	if err != nil {
		return nil
	}
	parsed := newTree(made, &s.live)
	if int(parsed.RootNode().EndByte()) <= len(text) {
		return parsed
	}
	parsed.close() // the edits did not lead to this text
	if base == nil {
		return nil
	}
	return s.parse(ctx, language, nil, text, limit)
}

// reparse parses the text that a document has become, starting from its tree. The edits tell how the text before
// became this one; when they do not lead there, the difference of the texts is used. The document's tree is left as
// it was.
func (s *Syntax) reparse(ctx context.Context, before document, edits []source.Edit, text string, limit time.Duration) *tree {
	edited := before.tree.copy()
	defer edited.close()
	if before.text == text {
		return edited.copy()
	}
	if !leadsTo(before.text, edits, text) {
		edits = []source.Edit{difference(before.text, text)}
	}
	now := before.text
	for _, edit := range edits {
		edited.Edit(editInput(now, edit))
		now = now[:edit.Span.Start] + edit.New + now[edit.Span.End:]
	}
	return s.parse(ctx, before.language, edited, text, limit)
}

// leadsTo tells whether the edits, each against the text left by those before, make text of before.
func leadsTo(before string, edits []source.Edit, text string) bool {
	if len(edits) == 0 {
		return false
	}
	for _, edit := range edits {
		if edit.Span.Start < 0 || edit.Span.End < edit.Span.Start || edit.Span.End > len(before) {
			return false
		}
		before = before[:edit.Span.Start] + edit.New + before[edit.Span.End:]
	}
	return before == text
}

// editInput describes an edit of text to tree-sitter. The binding ignores NewEndPoint, which leaves wrong rows in
// edited trees; they are never read.
func editInput(text string, edit source.Edit) sitter.EditInput {
	start, end := pointAt(text, edit.Span.Start), pointAt(text, edit.Span.End)
	return sitter.EditInput{
		StartIndex: uint32(edit.Span.Start), OldEndIndex: uint32(edit.Span.End),
		NewEndIndex: uint32(edit.Span.Start + len(edit.New)),
		StartPoint:  start, OldEndPoint: end, NewEndPoint: end,
	}
}

// pointAt is the row and column of an offset as tree-sitter counts them: only "\n" ends a row.
func pointAt(text string, offset source.Offset) sitter.Point {
	head := text[:offset]
	return sitter.Point{
		Row:    uint32(strings.Count(head, "\n")),
		Column: uint32(offset - 1 - strings.LastIndexByte(head, '\n')),
	}
}

// difference is the one edit between the common prefix and the common suffix of two texts.
func difference(before, after string) source.Edit {
	start := commonPrefix(before, after)
	tail := commonSuffix(before[start:], after[start:])
	return source.Edit{Span: source.Span{Start: start, End: len(before) - tail}, New: after[start : len(after)-tail]}
}

// stride is how many bytes are compared at once, which is many times faster than one by one.
const stride = 256

func commonPrefix(a, b string) int {
	i, n := 0, min(len(a), len(b))
	for i+stride <= n && a[i:i+stride] == b[i:i+stride] {
		i += stride
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func commonSuffix(a, b string) int {
	i, n := 0, min(len(a), len(b))
	for i+stride <= n && a[len(a)-i-stride:len(a)-i] == b[len(b)-i-stride:len(b)-i] {
		i += stride
	}
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	return i
}
