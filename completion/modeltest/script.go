package modeltest

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infill-dev/infill/completion/model"
)

// Script is what the model does in answer to one request. Make one with Parse.
type Script struct {
	steps []step
	fault string            // a name of faults, "" for none; happens behind the steps
	said  string            // the text of the fault "error"
	final map[string]string // what the script tells of the final message
}

// step is a wait and then a chunk; a chunk without text is only a wait.
type step struct {
	wait  time.Duration
	chunk model.Chunk
}

// faults are what can go wrong, by name, with the kind of error that a program sees.
var faults = map[string]error{
	"unreachable": model.ErrUnreachable, // the connection is closed without an answer
	"busy":        model.ErrBusy,        // 503
	"loading":     model.ErrLoading,     // "loading model"
	"missing":     model.ErrNoModel,     // 404
	"toolong":     model.ErrTooLong,     // 400, the input length exceeds the context length
	"refused":     model.ErrRefused,     // 400, for another reason
	"error":       model.ErrRefused,     // an error message inside the stream; its text follows: !error=out of luck
	"redirect":    model.ErrForbidden,   // 302 to another address
	"html":        model.ErrMalformed,   // a web page
	"malformed":   model.ErrMalformed,   // a line that is not JSON
	"half":        model.ErrMalformed,   // half a line, then the end
	"cut":         model.ErrMalformed,   // the connection breaks
	"nofinal":     model.ErrMalformed,   // the stream ends without its final message
	"long":        model.ErrMalformed,   // a line of 1 GB
	"extra":       nil,                  // the final message, and bytes behind it
	"stall":       model.ErrTimeout,     // nothing more until the client leaves
}

var (
	waitMark  = regexp.MustCompile(`^~[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m)`)
	oddsMark  = regexp.MustCompile(`^\{p=([0-9.]+)\}`)
	finalMark = regexp.MustCompile(`^\{([a-z]+=[^ }]*( [a-z]+=[^ }]*)*)\}`)
	faultMark = regexp.MustCompile(`^!([a-z]+)(?:=([^\n]*))?`)
)

// Parse reads scripts, one behind the other:
//
//	|            ends a chunk
//	⏎            ends the stream as a server does, with a final message
//	~200ms       waits
//	{p=0.9}      gives the token that ends here its probability; a chunk is one token of probability 1 otherwise
//	!busy        ends the stream with a fault; it stands at the beginning of a chunk. The names are in the table faults
//	⏎{prompt=3}  sets values of the final message: prompt, cached, generated (tokens), load, prefill, eval (durations), reason
//	\|           is the character itself; so are \~ \! \{ \⏎ and \\
//
// One newline behind ⏎ or a fault belongs to the notation. A last script without ⏎ is cut: its stream ends without the final
// message; of its text one newline at the end is dropped, because text files end in one. Anything else is text.
func Parse(text string) ([]Script, error) {
	var scripts []Script
	for text != "" {
		p := &parser{rest: text}
		script, err := p.script()
		if err != nil {
			return nil, fmt.Errorf("script %d: %w", len(scripts)+1, err)
		}
		scripts = append(scripts, script)
		text = p.rest
	}
	return scripts, nil
}

type parser struct {
	rest   string
	made   Script
	wait   time.Duration
	token  strings.Builder
	tokens []model.Token
}

func (p *parser) script() (Script, error) {
	for p.rest != "" {
		if ended, err := p.next(); ended || err != nil {
			return p.made, err
		}
	}
	if text := p.token.String(); strings.HasSuffix(text, "\n") {
		p.token.Reset()
		p.token.WriteString(strings.TrimSuffix(text, "\n"))
	}
	p.endChunk()
	p.made.fault = "nofinal"
	return p.made, nil
}

// next reads one mark or one character, and tells whether the script has ended.
func (p *parser) next() (ended bool, err error) {
	if p.rest[0] == '\\' {
		if escaped := p.rest[1:]; startsWithMark(escaped) {
			p.take(1)
			p.literal()
			return false, nil
		}
	}
	switch {
	case p.rest[0] == '|':
		p.take(1)
		p.endChunk()
	case strings.HasPrefix(p.rest, "⏎"):
		p.take(len("⏎"))
		return true, p.end()
	case p.rest[0] == '~' && waitMark.MatchString(p.rest):
		p.endChunk()
		wait, err := time.ParseDuration(p.take(len(waitMark.FindString(p.rest)))[1:])
		p.wait += wait
		return false, err
	case p.rest[0] == '{' && oddsMark.MatchString(p.rest):
		return false, p.odds()
	case p.rest[0] == '!' && p.token.Len() == 0 && len(p.tokens) == 0 && p.fault():
		return true, nil
	default:
		p.literal()
	}
	return false, nil
}

// startsWithMark tells whether the text begins with a character that a backslash makes plain.
func startsWithMark(text string) bool {
	return strings.HasPrefix(text, "⏎") || text != "" && strings.ContainsRune(`|~!{\`, rune(text[0]))
}

func (p *parser) take(n int) string {
	taken := p.rest[:n]
	p.rest = p.rest[n:]
	return taken
}

// literal moves one byte, or one ⏎, of text.
func (p *parser) literal() {
	n := 1
	if strings.HasPrefix(p.rest, "⏎") {
		n = len("⏎")
	}
	p.token.WriteString(p.take(n))
}

func (p *parser) odds() error {
	mark := oddsMark.FindStringSubmatch(p.rest)
	p.take(len(mark[0]))
	odds, err := strconv.ParseFloat(mark[1], 64)
	if err != nil || odds <= 0 || odds > 1 {
		return fmt.Errorf("%s: a probability is above 0 and at most 1", mark[0])
	}
	p.tokens = append(p.tokens, model.Token{Text: p.token.String(), LogProb: math.Log(odds)})
	p.token.Reset()
	return nil
}

func (p *parser) endChunk() {
	if p.token.Len() > 0 {
		p.tokens = append(p.tokens, model.Token{Text: p.token.String()})
		p.token.Reset()
	}
	if len(p.tokens) == 0 {
		return
	}
	var text strings.Builder
	for _, token := range p.tokens {
		text.WriteString(token.Text)
	}
	p.made.steps = append(p.made.steps, step{p.wait, model.Chunk{Text: text.String(), Tokens: p.tokens}})
	p.wait, p.tokens = 0, nil
}

// close ends the last chunk and keeps a wait that no chunk follows.
func (p *parser) close() {
	p.endChunk()
	if p.wait > 0 {
		p.made.steps = append(p.made.steps, step{wait: p.wait})
	}
	if strings.HasPrefix(p.rest, "\r\n") {
		p.take(2)
	} else if strings.HasPrefix(p.rest, "\n") {
		p.take(1)
	}
}

func (p *parser) end() error {
	if mark := finalMark.FindStringSubmatch(p.rest); mark != nil {
		p.take(len(mark[0]))
		p.made.final = map[string]string{}
		for _, pair := range strings.Fields(mark[1]) {
			key, value, _ := strings.Cut(pair, "=")
			p.made.final[key] = value
		}
	}
	p.close()
	_, err := p.made.stats(model.Request{}, 0)
	return err
}

// fault reads a fault, and tells whether one stands here.
func (p *parser) fault() bool {
	mark := faultMark.FindStringSubmatch(p.rest)
	if mark == nil {
		return false
	}
	if _, known := faults[mark[1]]; !known {
		return false
	}
	p.take(len(mark[0]))
	p.made.fault, p.made.said = mark[1], mark[2]
	p.close()
	return true
}

// stats is the final message of a stream in which so many tokens were sent. Durations are those of the script's waits: the
// first is the reading of the prompt, the others the writing.
func (s Script) stats(request model.Request, generated int) (*model.Stats, error) {
	stats := &model.Stats{PromptTokens: countTokens(request.Prompt), CachedTokens: -1, GeneratedTokens: generated, Reason: "stop"}
	for i, step := range s.steps {
		stats.Total += step.wait
		if i == 0 {
			stats.PromptEval = step.wait
		} else {
			stats.Eval += step.wait
		}
	}
	for key, value := range s.final {
		if err := set(stats, key, value); err != nil {
			return nil, fmt.Errorf("⏎{%s=%s}: %w", key, value, err)
		}
	}
	return stats, nil
}

func set(stats *model.Stats, key, value string) (err error) {
	counts := map[string]*int{"prompt": &stats.PromptTokens, "cached": &stats.CachedTokens, "generated": &stats.GeneratedTokens}
	durations := map[string]*time.Duration{"load": &stats.Load, "prefill": &stats.PromptEval, "eval": &stats.Eval, "total": &stats.Total}
	switch {
	case counts[key] != nil:
		*counts[key], err = strconv.Atoi(value)
	case durations[key] != nil:
		*durations[key], err = time.ParseDuration(value)
	case key == "reason":
		stats.Reason = value
	default:
		return fmt.Errorf("there is no value of this name")
	}
	return err
}

var marker = regexp.MustCompile(`<\|[a-z_]+\|>`)

// countTokens is a rough count: a marker is one token, and so are four bytes of other text.
func countTokens(text string) int {
	markers := marker.FindAllString(text, -1)
	length := 0
	for _, m := range markers {
		length += len(m)
	}
	return len(markers) + (len(text)-length+3)/4
}

// limited is a script whose stream has at most so many tokens, as a server has it.
func (s Script) limited(most int) Script {
	for i, step := range s.steps {
		if len(step.chunk.Tokens) <= most {
			most -= len(step.chunk.Tokens)
			continue
		}
		kept := s
		kept.steps, kept.fault = slices.Clone(s.steps[:i]), ""
		if most > 0 {
			short := step
			short.chunk = model.Chunk{Tokens: step.chunk.Tokens[:most]}
			for _, token := range short.chunk.Tokens {
				short.chunk.Text += token.Text
			}
			kept.steps = append(kept.steps, short)
		}
		kept.final = map[string]string{"reason": "length"}
		for key, value := range s.final {
			if key != "reason" && key != "generated" {
				kept.final[key] = value
			}
		}
		return kept
	}
	return s
}
