package outline

import (
	"context"

	"github.com/infill-dev/infill/context/source"
)

// Handle names an open document in a Parser. Zero means a closed file: nothing is kept between calls.
type Handle uint64

// ParseRequest asks for the outline of a text.
type ParseRequest struct {
	Handle   Handle
	Path     source.Path
	Language string // language id as LSP names it; empty: by the path's name
	Text     string
	Hash     source.Hash // of Text
	// Base and Edits tell how Text came from the text that this handle was last parsed with (Base is its hash):
	// Edits in order, each against the text left by those before. When Base is not what the parser holds, it
	// parses afresh. The answer is the same for a text without syntax errors; in a broken one the parser's recovery
	// may depend on what stood there before.
	Base  source.Hash
	Edits []source.Edit
	// Background allows the longer time limit of indexing (2 s instead of 250 ms).
	Background bool
}

// Parser outlines texts. It may be called from several goroutines; calls for one handle must not overlap.
type Parser interface {
	// Outline never fails because of the text: what cannot be parsed comes back with TextOnly set. It fails when
	// ctx has ended before parsing began or the parser itself is gone.
	Outline(ctx context.Context, request ParseRequest) (Outline, error)
	// Close forgets a handle. Closing an unknown handle does nothing.
	Close(handle Handle)
}

// JudgeRequest asks about a candidate text put in place of Replace in Text.
type JudgeRequest struct {
	Handle    Handle // zero, or an open document whose kept tree may speed the answer
	Path      source.Path
	Language  string
	Text      string
	Hash      source.Hash // of Text
	Replace   source.Span // what the candidate replaces; empty at the cursor when it only inserts
	Candidate string
}

// Verdict answers questions of structure about a candidate.
type Verdict struct {
	// Known is false when the language has no grammar or a gate or limit was hit; the rest is then zero.
	Known bool
	// End is the length of the part of the candidate that completes the statement at the cursor or the block that
	// this statement opens, in bytes; -1 when the candidate has not reached such an end.
	End int
	// NewErrors is the number of syntax errors (ERROR and MISSING nodes) that Text with the candidate has and Text
	// without it has not; negative when the candidate mends errors.
	NewErrors int
	// Unclosed is the brackets that the candidate opens and does not close, in order; Extra those it closes
	// without opening them.
	Unclosed, Extra string
	// Inside tells what the cursor stands in: "code", "string" or "comment".
	Inside string
}

// Judge answers questions about candidates. It may be called from several goroutines.
type Judge interface {
	Judge(ctx context.Context, request JudgeRequest) (Verdict, error)
}
