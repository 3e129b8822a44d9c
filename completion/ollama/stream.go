package ollama

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion/model"
)

// Bounds of a stream. A line of one token has 300 bytes, one with 20 alternatives 3 KB. A stream of the largest answer that
// is ever asked for, 2,048 tokens, has 600 KB. Lines that say nothing come with some models, but not in such numbers.
const (
	maxLine   = 1 << 20
	maxStream = 16 << 20
	maxEmpty  = 10_000
	// readBuffer holds some ten lines. It is the whole memory that a usual stream needs; the api package takes 8 MB.
	readBuffer = 4 << 10
)

// What can be wrong with a stream.
var (
	errCut        = errors.New("it ends without its final message")
	errHalfLine   = errors.New("it ends in the middle of a line")
	errLongLine   = errors.New("a line is longer than 1 MB")
	errLongStream = errors.New("it is longer than 16 MB")
	errHTML       = errors.New("it is a web page")
)

// told is an error that the server itself reports inside a stream.
type told string

func (t told) Error() string { return string(t) }

// line is one message of a stream, with only the fields that we use.
type line struct {
	Response           string          `json:"response"`
	Done               bool            `json:"done"`
	DoneReason         string          `json:"done_reason"`
	Error              json.RawMessage `json:"error"`
	RemoteHost         string          `json:"remote_host"`
	LogProbs           []logProb       `json:"logprobs"`
	PromptEvalCount    int             `json:"prompt_eval_count"`
	PromptEvalCached   *int            `json:"prompt_eval_cached_count"` // newer servers; the api package does not know it
	EvalCount          int             `json:"eval_count"`
	TotalDuration      int64           `json:"total_duration"` // nanoseconds, all four
	LoadDuration       int64           `json:"load_duration"`
	PromptEvalDuration int64           `json:"prompt_eval_duration"`
	EvalDuration       int64           `json:"eval_duration"`
}

type logProb struct {
	Token   string          `json:"token"`
	LogProb float64         `json:"logprob"`
	Bytes   json.RawMessage `json:"bytes"` // an array of numbers, read only when Token cannot hold the text
}

// chunks reads a stream of JSON lines. Its last step is either a chunk with Final set or an error. It keeps nothing of r
// beyond the loop and does not close it.
func chunks(r io.Reader) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		lines := lineReader{reader: bufio.NewReaderSize(r, readBuffer)}
		for empty := 0; ; {
			text, err := lines.next()
			if err != nil {
				yield(model.Chunk{}, err)
				return
			}
			chunk, err := decode(text)
			if err != nil {
				yield(model.Chunk{}, lines.why(err, text))
				return
			}
			if chunk.Text == "" && len(chunk.Tokens) == 0 && chunk.Final == nil {
				if empty++; empty > maxEmpty {
					yield(model.Chunk{}, errLongStream)
					return
				}
				continue
			}
			if !yield(chunk, nil) || chunk.Final != nil {
				return
			}
		}
	}
}

// lineReader reads lines of bounded length.
type lineReader struct {
	reader *bufio.Reader
	long   []byte // a line that does not fit into the reader's buffer
	total  int
	ended  bool // the last line had no end
}

// next is the next line that is not blank, without its end, valid until the next call. A last line without an end counts.
// The error is errCut at the end, or that of the reader.
func (l *lineReader) next() ([]byte, error) {
	for {
		text, err := l.line()
		if text = bytes.TrimSpace(text); len(text) > 0 && (err == nil || errors.Is(err, io.EOF)) {
			l.ended = err != nil
			return text, nil
		}
		if errors.Is(err, io.EOF) {
			return nil, errCut
		}
		if err != nil {
			return nil, err
		}
	}
}

func (l *lineReader) line() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.reader.ReadSlice('\n')
		if l.total += len(part); l.total > maxStream {
			return nil, errLongStream
		}
		full := errors.Is(err, bufio.ErrBufferFull)
		if !full && len(l.long) == 0 {
			return part, err
		}
		if len(l.long)+len(part) > maxLine {
			return nil, errLongLine
		}
		l.long = append(l.long, part...)
		if !full {
			return l.long, err
		}
	}
}

// why makes an error of decoding more precise by what was read.
func (l *lineReader) why(err error, text []byte) error {
	var syntax *json.SyntaxError
	switch {
	case text[0] == '<':
		return errHTML
	case errors.As(err, &syntax) && l.ended && text[0] == '{':
		return errHalfLine
	}
	return err
}

// decode reads one line.
func decode(text []byte) (model.Chunk, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return model.Chunk{}, fmt.Errorf("a line cannot be read: %w", err)
	}
	if message := errorText(l.Error); message != "" {
		return model.Chunk{}, told(message)
	}
	if l.RemoteHost != "" {
		return model.Chunk{}, errElsewhere
	}
	chunk := model.Chunk{Text: l.Response}
	if len(l.LogProbs) > 0 {
		chunk.Tokens = make([]model.Token, len(l.LogProbs))
		for i, p := range l.LogProbs {
			chunk.Tokens[i] = model.Token{Text: p.text(), LogProb: min(p.LogProb, 0)}
		}
	}
	if l.Done {
		chunk.Final = l.stats()
	}
	return chunk, nil
}

// text is the token's text. A token may end inside a character; then only the bytes tell it.
func (p logProb) text() string {
	if !strings.ContainsRune(p.Token, utf8.RuneError) {
		return p.Token
	}
	var numbers []int
	if json.Unmarshal(p.Bytes, &numbers) != nil || len(numbers) == 0 {
		return p.Token
	}
	raw := make([]byte, len(numbers))
	for i, n := range numbers {
		raw[i] = byte(n)
	}
	return string(raw)
}

func (l line) stats() *model.Stats {
	cached := -1
	if l.PromptEvalCached != nil && *l.PromptEvalCached >= 0 {
		cached = *l.PromptEvalCached
	}
	return &model.Stats{
		PromptTokens:    max(0, l.PromptEvalCount),
		CachedTokens:    cached,
		GeneratedTokens: max(0, l.EvalCount),
		Load:            time.Duration(max(0, l.LoadDuration)),
		PromptEval:      time.Duration(max(0, l.PromptEvalDuration)),
		Eval:            time.Duration(max(0, l.EvalDuration)),
		Total:           time.Duration(max(0, l.TotalDuration)),
		Reason:          l.DoneReason,
	}
}

// errorText is the message of an error field, which is a text with Ollama and an object with a message with servers that
// follow OpenAI.
func errorText(field json.RawMessage) string {
	if len(field) == 0 || string(field) == "null" {
		return ""
	}
	var text string
	if json.Unmarshal(field, &text) == nil {
		return text
	}
	var object struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(field, &object) == nil && object.Message != "" {
		return object.Message
	}
	return string(field)
}
