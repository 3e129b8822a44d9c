// Package syntax outlines texts and judges candidates with tree-sitter.
//
// One thing must stay true: no node, tree or parser leaves this package. Open documents are handles, every answer is
// plain data, and a tree is used by one goroutine at a time, so that the whole of it can run in a child process and
// a fault of the C code costs no more than that process.
//
//	parser := syntax.New()
//	facts, err := parser.Outline(ctx, outline.ParseRequest{Path: "main.go", Text: text, Hash: source.HashOf(text)})
package syntax

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// The longest time that one parse may take. Well-formed code parses at about 10 MB/s, so 250 ms is enough for the
// largest text that passes the gates; the pathological inputs that reach the limits grow by hundreds of MB of C heap
// per second.
const (
	interactiveLimit = 250 * time.Millisecond
	backgroundLimit  = 2 * time.Second
)

// Syntax implements outline.Parser and outline.Judge for Go, Python, TypeScript, TSX, JavaScript with JSX, Java and
// Rust. It may be used from several goroutines; calls of Outline and Close for one handle must not overlap.
type Syntax struct {
	languages map[string]*language // by LSP id; never changes
	documents documents
	gates     gates
	live      atomic.Int64 // trees that have been made and not yet closed
}

var (
	_ outline.Parser = (*Syntax)(nil)
	_ outline.Judge  = (*Syntax)(nil)
)

// New makes a Syntax without open documents. It holds C memory for each open document until Close(handle).
func New() *Syntax { return &Syntax{languages: languages, gates: standardGates} }

// Outline says what a text declares, imports and refers to. The text of an open document is kept with its tree, so
// that the next call parses only what changed. The answer is that of a fresh parse, except in what the runtime makes of
// code with a syntax error: it tries to keep the nodes it had. The only error is that of a context that has ended
// before parsing began; a text that cannot be parsed is answered with TextOnly.
func (s *Syntax) Outline(ctx context.Context, request outline.ParseRequest) (outline.Outline, error) {
	if err := ctx.Err(); err != nil {
		return outline.Outline{}, fmt.Errorf("outline %s: %w", request.Path, err)
	}
	language, query, reason := s.admitOutline(request)
	if reason != "" {
		s.Close(request.Handle)
		return outline.Outline{Language: languageID(request.Path, request.Language), Hash: request.Hash, TextOnly: reason}, nil
	}
	limit := interactiveLimit
	if request.Background {
		limit = backgroundLimit
	}
	before, known := s.documents.borrow(request.Handle)
	if known {
		defer before.tree.close()
		if known = before.language == language; !known {
			before = document{}
		}
	}
	tree := s.parseNext(ctx, language, before, known, request, limit)
	if tree == nil {
		s.Close(request.Handle)
		return outline.Outline{Language: language.id, Hash: request.Hash, TextOnly: tooSlow(limit)}, nil
	}
	defer tree.close()
	chunks := readChunks(tree, language, query, request.Text, before)
	if request.Handle != 0 {
		s.documents.put(request.Handle, document{language, tree.copy(), request.Text, request.Hash, chunks})
	}
	return assemble(language, request, chunks, tree.hasError()), nil
}

// parseNext parses the text of a request, from the tree of the text before when it is known. It is nil when the time
// limit was hit.
func (s *Syntax) parseNext(ctx context.Context, language *language, before document, known bool, request outline.ParseRequest, limit time.Duration) *tree {
	if !known {
		return s.parse(ctx, language, nil, request.Text, limit)
	}
	edits := request.Edits
	if request.Base != before.hash {
		edits = nil
	}
	return s.reparse(ctx, before, edits, request.Text, limit)
}

// Close forgets an open document and frees its tree. Closing an unknown handle does nothing.
func (s *Syntax) Close(handle outline.Handle) { s.documents.remove(handle) }

// admit finds the language of a text and applies the gates; the reason is empty when the text may be parsed.
func (s *Syntax) admit(path source.Path, id, text string) (*language, string) {
	language := s.languages[languageID(path, id)]
	if language == nil {
		return nil, "no grammar for this language"
	}
	return language, s.gates.refuse(text)
}

// admitOutline does so for an outline, which needs the query of the language too.
func (s *Syntax) admitOutline(request outline.ParseRequest) (*language, *query, string) {
	language, reason := s.admit(request.Path, request.Language, request.Text)
	if reason != "" {
		return nil, nil, reason
	}
	query, err := language.query()
	if err != nil {
		return nil, nil, err.Error()
	}
	return language, query, ""
}

func languageID(path source.Path, id string) string {
	if id != "" {
		return id
	}
	return source.LanguageOf(path)
}

func tooSlow(limit time.Duration) string { return fmt.Sprintf("parsing took longer than %v", limit) }
