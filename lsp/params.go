package lsp

import (
	"errors"
	"fmt"

	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/position"
)

// The parameters of messages about documents, as far as infill reads them. They are not the library's: that one takes
// an edit whose range it cannot read for the whole new text, and refuses documents whose name is no proper URI. A value
// that is missing is nil here, so that it is not taken for zero.

// documentID names a document. Any text will do.
type documentID struct {
	URI string `json:"uri"`
}

type openParams struct {
	TextDocument struct {
		documentID
		LanguageID string `json:"languageId"`
		Version    int32  `json:"version"`
		Text       string `json:"text"`
	} `json:"textDocument"`
}

type changeParams struct {
	TextDocument struct {
		documentID
		Version int32 `json:"version"`
	} `json:"textDocument"`
	ContentChanges []contentChange `json:"contentChanges"`
}

// contentChange is a new text for a range, or for the whole document when there is none.
type contentChange struct {
	Range *textRange `json:"range"`
	Text  *string    `json:"text"`
}

// whole tells whether a change brings the whole text.
func (c contentChange) whole() bool { return c.Range == nil && c.Text != nil }

type textRange struct {
	Start textPosition `json:"start"`
	End   textPosition `json:"end"`
}

type textPosition struct {
	Line      *uint32 `json:"line"`
	Character *uint32 `json:"character"`
}

func (p textPosition) known() bool { return p.Line != nil && p.Character != nil }

// span converts a range. snapped tells that an end of it lay inside a character and was moved to its start. A start
// behind the end is an error; what lies beyond a line or the text is clamped. A key that is pressed has one position,
// and looking it up costs the length of its line.
func (r textRange) span(in position.Encoding, file *source.File) (span source.Span, snapped bool, err error) {
	if !r.Start.known() || !r.End.known() {
		return source.Span{}, false, errors.New("range lacks a line or a character")
	}
	fromLine, from, toLine, to := *r.Start.Line, *r.Start.Character, *r.End.Line, *r.End.Character
	if fromLine > toLine || fromLine == toLine && from > to {
		return source.Span{}, false, fmt.Errorf("range starts at %d:%d, behind its end %d:%d", fromLine, from, toLine, to)
	}
	span.Start, snapped = in.Offset(file, fromLine, from)
	span.End = span.Start
	if fromLine != toLine || from != to {
		end, also := in.Offset(file, toLine, to)
		span.End, snapped = max(span.Start, end), snapped || also
	}
	return span, snapped, nil
}

type saveParams struct {
	TextDocument documentID `json:"textDocument"`
	Text         *string    `json:"text"`
}

type closeParams struct {
	TextDocument documentID `json:"textDocument"`
}

type inlineParams struct {
	TextDocument documentID   `json:"textDocument"`
	Position     textPosition `json:"position"`
	Context      struct {
		TriggerKind            protocol.InlineCompletionTriggerKind `json:"triggerKind"`
		SelectedCompletionInfo *struct {
			Range textRange `json:"range"`
			Text  string    `json:"text"`
		} `json:"selectedCompletionInfo"`
	} `json:"context"`
}
