package headless_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/lsp/position"
)

// reply is what the scripted server does with a request: it answers with result or refusal, or not at all.
type reply struct {
	result  string // JSON
	refusal *jsonrpc2.Error
	silent  bool
}

// server is a language server that follows a script, and keeps the documents that it is told of.
type server struct {
	stream  jsonrpc2.Stream
	replies map[string]reply        // by method; initialize, shutdown and exit have theirs
	first   func(*server)           // runs when the client is initialized
	heard   []string                // methods, in order
	params  map[string][]string     // parameters, by method
	answers map[int64]string        // the client's answers, by the number of the question
	texts   map[string]*source.File // open documents
	units   position.Encoding
	closed  chan struct{}
}

func newServer(conn io.ReadWriteCloser, units position.Encoding) *server {
	return &server{stream: jsonrpc2.NewStream(conn), replies: map[string]reply{}, params: map[string][]string{}, answers: map[int64]string{},
		texts: map[string]*source.File{}, units: units, closed: make(chan struct{})}
}

// serve answers until the client says exit or leaves.
func (s *server) serve(t *testing.T) {
	defer close(s.closed)
	defer s.stream.Close()
	for {
		message, _, err := s.stream.Read(context.Background())
		if err != nil {
			return
		}
		switch message := message.(type) {
		case *jsonrpc2.Response:
			number, _ := message.ID().Number()
			s.answers[number] = string(message.Result())
			if message.Err() != nil {
				s.answers[number] = message.Err().Error()
			}
			s.heard = append(s.heard, fmt.Sprintf("answer %d", number))
		case *jsonrpc2.Call:
			s.hear(message.Method(), message.Params())
			s.answer(message)
		case *jsonrpc2.Notification:
			s.hear(message.Method(), message.Params())
			if message.Method() == "exit" {
				return
			}
			s.take(t, message.Method(), message.Params())
		}
	}
}

func (s *server) hear(method string, params []byte) {
	method = strings.Clone(method)
	s.heard = append(s.heard, method)
	s.params[method] = append(s.params[method], string(params))
}

func (s *server) answer(call *jsonrpc2.Call) {
	planned, known := s.replies[call.Method()]
	switch {
	case known && planned.silent:
		return
	case known:
	case call.Method() == "initialize":
		planned.result = fmt.Sprintf(`{"capabilities":{"positionEncoding":%q,"textDocumentSync":{"save":{"includeText":true}}}}`, s.units)
	case call.Method() == "shutdown":
		planned.result = "null"
	default:
		planned.refusal = jsonrpc2.NewError(jsonrpc2.MethodNotFound, "unknown")
	}
	var refusal error
	if planned.refusal != nil {
		refusal = planned.refusal
	}
	s.write(jsonrpc2.NewResponse(call.ID(), jsonrpc2.RawMessage(planned.result), refusal))
}

func (s *server) write(message jsonrpc2.Message) {
	_, _ = s.stream.Write(context.Background(), message)
}

func (s *server) ask(number int64, method, params string) {
	s.write(jsonrpc2.NewCall(jsonrpc2.NewNumberID(number), method, jsonrpc2.RawMessage(params)))
}

func (s *server) tell(method, params string) {
	s.write(jsonrpc2.NewNotification(method, jsonrpc2.RawMessage(params)))
}

// take keeps documents as a server does.
func (s *server) take(t *testing.T, method string, params []byte) {
	var p struct {
		ID           int64
		TextDocument struct {
			URI, Text string
		}
		ContentChanges []struct {
			Range *struct {
				Start, End struct{ Line, Character uint32 }
			}
			Text string
		}
	}
	if err := json.Unmarshal(params, &p); err != nil && len(params) > 0 {
		t.Errorf("%s: %v", method, err)
	}
	switch method {
	case "initialized":
		if s.first != nil {
			s.first(s)
		}
	case "$/cancelRequest":
		s.write(jsonrpc2.NewResponse(jsonrpc2.NewNumberID(p.ID), nil, jsonrpc2.NewError(-32800, "cancelled")))
	case "textDocument/didOpen":
		s.texts[p.TextDocument.URI] = source.NewFile("x", p.TextDocument.Text)
	case "textDocument/didChange":
		for _, change := range p.ContentChanges {
			if change.Range == nil {
				s.texts[p.TextDocument.URI] = source.NewFile("x", change.Text)
				continue
			}
			file := s.texts[p.TextDocument.URI]
			r := change.Range
			span, err := s.units.Span(file, r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
			next, applyErr := file.Apply([]source.Edit{{Span: span, New: change.Text}})
			if err != nil || applyErr != nil {
				t.Errorf("edit %v: %v", change, errors.Join(err, applyErr))
				continue
			}
			s.texts[p.TextDocument.URI] = next
		}
	}
}
