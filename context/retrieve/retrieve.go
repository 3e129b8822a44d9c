// Package retrieve chooses which pieces of other files belong in the prompt for a cursor.
//
// One thing must stay true: it never fails and is a pure function of its query; when ctx ends it returns what it has.
package retrieve

import (
	"context"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Query asks for context for a cursor.
type Query struct {
	Snapshot *workspace.Snapshot
	Path     source.Path
	Offset   source.Offset // clamped to the text
	// Budget is the most tokens that all snippets together may take, counted by Count.
	Budget int
	// Count counts the tokens of a text as the model does, or nearly so.
	Count func(string) int
}

// Snippet is one piece of another file: whole lines, from a line that is not blank to another.
type Snippet struct {
	Path   source.Path
	Span   source.Span
	Text   string
	Reason string  // "shares Compute, Rect and 4 more words with the lines around the cursor"
	Score  float64 // comparable within one answer only
	Tokens int
}

// Gather finds snippets, the best one last (nearest the cursor in the prompt). The file of the cursor gives none:
// the prompt holds its text anyway. Nor does a piece whose words all stand around the cursor already, or whose lines
// all stand in better pieces. Pieces of one file that touch come as one snippet. Of open documents the editor's text
// counts.
func Gather(ctx context.Context, query Query) []Snippet { return standard.gather(ctx, query) }
