// Package completion turns a snapshot and a position into ranked completions.
//
// One thing must stay true: every request is answered and leaves a trace that explains what it shows or why it is
// silent; a broken model only makes the answer poorer.
package completion

import (
	"github.com/infill-dev/infill/completion/local"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Request asks what to write at a cursor.
type Request struct {
	Snapshot *workspace.Snapshot
	Path     source.Path
	Offset   source.Offset
	// Invoked tells that the user asked; otherwise the editor asks by itself while the user types.
	Invoked bool
	// Count is the most items wanted, at least 1.
	Count int
	// Selected is the text of the entry chosen in the editor's own completion list, which items must extend, and
	// the span that it replaces; empty when there is none.
	Selected     string
	SelectedSpan source.Span
	// LocalOnly keeps the request away from the model.
	LocalOnly bool
	// Fresh keeps the request away from what was suggested before, and what it suggests out of memory.
	Fresh bool
	// Local is the local engine's index of the workspace; nil while there is none.
	Local *local.Index
	// Repository is the name of the workspace, for prompts that tell it; may be empty.
	Repository string
}

// Item is one suggestion: Text replaces Replace.
type Item struct {
	Text    string
	Replace source.Span
	Score   float64 // calibrated probability that the text is right, 0 to 1
	Engine  string  // "local" or "ollama qwen2.5-coder:0.5b"
}

// Answer is a ranked list of items, best first, and what happened so far.
type Answer struct {
	Items []Item
	Trace *trace.Trace
	Final bool // nothing better follows
}
