package lsp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.lsp.dev/jsonrpc2"
)

// Bounds of what a client may send. A header line is some 30 bytes; a message holds at most a whole document. Memory
// grows with the bytes that have come, never with the length that a header promises.
const (
	maxHeaderLine = 8 << 10
	maxHeader     = 64 << 10
	maxBody       = 64 << 20
	maxID         = 1 << 10
	keptBody      = 1 << 20 // a larger read buffer is given back
	writeTimeout  = 30 * time.Second
)

// stream frames messages as LSP does (Content-Length headers) and lets nothing through that the connection behind it
// would die of: what is not a message is answered with an error and read over; only a broken frame, behind which
// nothing can be trusted, ends it.
type stream struct {
	conn   io.ReadWriteCloser
	in     *bufio.Reader
	body   []byte
	gone   func() // called when nothing more can be read
	report func(sentence string)

	writing sync.Mutex // guards out, and makes each write one piece; a client that does not read holds it up
	out     []byte

	mutex    sync.Mutex // guards what follows, and is never held while anybody waits for the client
	inFlight map[jsonrpc2.ID]bool
	ended    bool
}

func newStream(conn io.ReadWriteCloser, gone func(), report func(sentence string)) *stream {
	return &stream{conn: conn, in: bufio.NewReaderSize(conn, maxHeaderLine), gone: gone, report: report, inFlight: map[jsonrpc2.ID]bool{}}
}

// Read is the next message. Its error ends the connection, and the work for it: nobody waits for an answer any more.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	message, size, err := s.next(ctx)
	if err != nil {
		s.gone()
	}
	return message, size, err
}

func (s *stream) next(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if s.over() {
			return nil, 0, io.EOF
		}
		length, err := s.header()
		if err != nil {
			return nil, 0, err
		}
		if length > maxBody {
			message, err := s.skip(length)
			if err != nil {
				return nil, 0, err
			}
			if message != nil {
				return message, length, nil
			}
			if err := s.refuse(ctx, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "The message is too long.")); err != nil {
				return nil, 0, err
			}
			continue
		}
		if err := s.read(length); err != nil {
			return nil, 0, err
		}
		message, refusal := s.decode(s.body)
		if refusal == nil {
			return message, length, nil
		}
		s.report(refusal.Message)
		if err := s.refuse(ctx, refusal); err != nil {
			return nil, 0, err
		}
	}
}

// refuse answers what is no message, and therefore has no id.
func (s *stream) refuse(ctx context.Context, why *jsonrpc2.Error) error {
	_, err := s.Write(ctx, jsonrpc2.NewResponse(jsonrpc2.ID{}, nil, why))
	return err
}

// header reads a header block and gives the length of the body.
func (s *stream) header() (int64, error) {
	length, total := int64(-1), 0
	for {
		line, err := s.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, fmt.Errorf("header line longer than %d bytes", maxHeaderLine)
		case errors.Is(err, io.EOF) && total == 0 && len(line) == 0:
			return 0, io.EOF
		case err != nil:
			return 0, io.ErrUnexpectedEOF
		}
		if total += len(line); total > maxHeader {
			return 0, fmt.Errorf("header longer than %d bytes", maxHeader)
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			if length < 0 {
				return 0, errors.New("message without Content-Length")
			}
			return length, nil
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return 0, errors.New("header line without a colon")
		}
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		number, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil || number <= 0 || length >= 0 && number != length {
			return 0, errors.New("Content-Length is not one positive number")
		}
		length = number
	}
}

// read makes body the next n bytes.
func (s *stream) read(n int64) error {
	if cap(s.body) > keptBody {
		s.body = nil
	}
	s.body = s.body[:0]
	return s.more(n)
}

// more adds the next n bytes to body. It takes them as they come, 64 KB at a time, so that a promise costs nothing.
func (s *stream) more(n int64) error {
	const step = 64 << 10
	for n > 0 {
		start, size := len(s.body), min(step, n)
		s.body = append(s.body, make([]byte, size)...)
		if _, err := io.ReadFull(s.in, s.body[start:]); err != nil {
			return io.ErrUnexpectedEOF
		}
		n -= size
	}
	return nil
}

// What is looked for at the beginning and at the end of a message that is too long to read. Inside a text every quote
// is behind a backslash, so neither is found there.
var (
	methodOf = regexp.MustCompile(`"method"\s*:\s*("(?:[^"\\]|\\.)*")`)
	uriOf    = regexp.MustCompile(`"uri"\s*:\s*("(?:[^"\\]|\\.)*")`)
)

// skippedMethod is the method of the message that stands for one that was too long; its parameter is the document's
// URI. A client cannot send it.
const skippedMethod = "infill/internal/skipped"

// skip reads over a body that is too long. What it said of a document is not known then; nil is a message that spoke of
// none. It keeps the beginning and the end, because the text may come before what names it.
func (s *stream) skip(length int64) (jsonrpc2.Message, error) {
	const kept = 64 << 10
	if err := s.read(kept); err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, s.in, length-2*kept); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if err := s.more(kept); err != nil {
		return nil, err
	}
	s.report(fmt.Sprintf("A message of %d bytes was not read; at most %d are.", length, maxBody))
	find := func(what *regexp.Regexp) (text string) {
		for _, part := range [][]byte{s.body[:kept], s.body[kept:]} {
			if found := what.FindSubmatch(part); found != nil && json.Unmarshal(found[1], &text) == nil {
				return text
			}
		}
		return ""
	}
	uri := find(uriOf)
	if uri == "" || !strings.HasPrefix(find(methodOf), "textDocument/did") {
		return nil, nil
	}
	params, err := json.Marshal(uri)
	if err != nil {
		return nil, nil
	}
	return jsonrpc2.NewNotification(skippedMethod, params), nil
}

// decode makes a message of a body, or says why it is none. Values nested deeper than 10,000 are none: encoding/json
// refuses them without recursion.
func (s *stream) decode(body []byte) (jsonrpc2.Message, *jsonrpc2.Error) {
	if !json.Valid(body) {
		return nil, jsonrpc2.NewError(jsonrpc2.ParseError, "The message is not JSON.")
	}
	if first := bytes.TrimLeft(body, " \t\r\n"); first[0] != '{' {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "The message is not one JSON-RPC object.")
	}
	message, err := jsonrpc2.DecodeMessage(body)
	if err != nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "The message is no JSON-RPC request, notification or response.")
	}
	if request, ok := message.(jsonrpc2.RequestMessage); ok && request.Method() == skippedMethod {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "This message is internal.")
	}
	if call, ok := message.(*jsonrpc2.Call); ok {
		if text, ok := call.ID().StringValue(); ok && (len(text) > maxID || !utf8.ValidString(text)) {
			return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "The id of the request is too long or no text.")
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if s.inFlight[call.ID()] {
			return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "A request with this id is under way.")
		}
		s.inFlight[call.ID()] = true
	}
	return message, nil
}

// Write sends a message in one piece.
func (s *stream) Write(_ context.Context, message jsonrpc2.Message) (int64, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.over() {
		return 0, io.ErrClosedPipe
	}
	// The header goes before the body, whose length is known last: leave room for it.
	const room = len("Content-Length: 18446744073709551615\r\n\r\n")
	s.out = append(s.out[:0], make([]byte, room)...)
	body := jsonrpc2.AppendMessage(s.out, message)
	s.out = body
	header := strconv.AppendInt([]byte("Content-Length: "), int64(len(body)-room), 10)
	header = append(header, "\r\n\r\n"...)
	start := room - len(header)
	copy(body[start:], header)
	if deadline, ok := s.conn.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = deadline.SetWriteDeadline(time.Now().Add(writeTimeout)) // a pipe of the shell has none
	}
	n, err := s.conn.Write(body[start:])
	if cap(s.out) > keptBody {
		s.out = nil
	}
	return int64(n), err
}

// finished notes that a request has been answered, so that its id may come again.
func (s *stream) finished(id jsonrpc2.ID) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.inFlight, id)
}

// end makes the next Read the end of the stream, without waiting for the client to close it.
func (s *stream) end() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ended = true
}

// over tells whether the stream was ended from this side.
func (s *stream) over() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.ended
}

// Close ends the stream, and with it a write that the client holds up.
func (s *stream) Close() error {
	s.end()
	return s.conn.Close()
}
