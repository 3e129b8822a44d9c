package ollama

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/infill-dev/infill/completion/model"
)

// maxMessage bounds what is read of an error's text, and of the bytes behind a stream.
const maxMessage = 4 << 10

// errElsewhere is a stream that another machine writes.
var errElsewhere = errors.New("the model runs on another machine")

func (c *Client) failure(kind error, cause error, format string, values ...any) error {
	return &model.Error{Kind: kind, Cause: cause, Sentence: fmt.Sprintf(format, values...)}
}

func (c *Client) malformed(cause error, does string) error {
	return c.failure(model.ErrMalformed, cause, "The server at %s %s; is it really Ollama?", c.base, does)
}

func (c *Client) refused(name string, cause error) error {
	return c.failure(model.ErrRefused, cause, "The request to %s cannot be made at %s.", name, c.base)
}

func (c *Client) elsewhere(name string) error {
	return c.failure(model.ErrForbidden, nil,
		"The model %s runs on another machine, to which Ollama would send your code. Set allow_remote in your own configuration if it may.", quoted(name))
}

func (c *Client) unreachable(cause error) error {
	return c.failure(model.ErrUnreachable, cause, "Ollama at %s does not answer. Start it with `ollama serve`.", c.base)
}

// ended is the failure of a call whose context has ended: too slow, or cancelled by the caller, which is told as it is.
func (c *Client) ended(ctx context.Context, name string, started bool) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	what := "did not answer in time"
	switch {
	case started:
		what = "stopped writing in the middle of an answer from " + name
	case name != "":
		what = "did not begin an answer from " + name + " in time; it may be loading the model or be busy with another request"
	}
	return c.failure(model.ErrTimeout, context.DeadlineExceeded, "Ollama at %s %s.", c.base, what)
}

// callFailure is the failure of a call without a usable answer. name is the model that was asked for, or "".
func (c *Client) callFailure(ctx context.Context, err error, name string) error {
	var failure *model.Error
	var status *statusError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case ctx.Err() != nil:
		return c.ended(ctx, name, false)
	case errors.As(err, &failure): // from the guard of the transport
		return failure
	case errors.As(err, &status):
		return c.statusFailure(status, name)
	case errors.Is(err, errRedirect):
		return c.failure(model.ErrForbidden, err, "The server at %s sends requests on to another address, which infill does not follow.", c.base)
	case errors.As(err, &certificate):
		return c.failure(model.ErrUnreachable, err, "The server at %s shows a certificate that this machine does not trust.", c.base)
	case errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return c.failure(model.ErrUnreachable, err, "The server at %s does not speak https; write http:// in the endpoint.", c.base)
	case errors.Is(err, errLongReply), errors.As(err, &syntax), errors.As(err, &kind):
		return c.malformed(err, "gives an answer that cannot be read")
	case strings.Contains(err.Error(), "malformed"):
		return c.malformed(err, "does not speak http")
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return c.malformed(err, "gives an answer that cannot be read")
	}
	return c.unreachable(err)
}

// statusFailure is the failure told by an HTTP status and its text.
func (c *Client) statusFailure(answer *statusError, name string) error {
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(answer.text, &body) == nil {
		if message := errorText(body.Error); message != "" {
			return c.classify(answer.status, message, name)
		}
	}
	switch answer.status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusForbidden:
		return c.classify(answer.status, answer.Error(), name) // as a proxy in front of Ollama says it
	}
	return c.malformed(answer, "gives an answer that is not Ollama's")
}

// classify finds the kind of a failure that the server tells. Inside a stream the status is 200, so the words count as well;
// they are those of Ollama 0.5 to 0.17 and of llama-server, which newer Ollama versions run.
func (c *Client) classify(status int, message string, name string) error {
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(strings.ToLower(message), word) {
				return true
			}
		}
		return false
	}
	cause := errors.New(printable(message))
	switch {
	case has("exceeds the context length", "exceeds the available context", "exceed_context_size"):
		return c.failure(model.ErrTooLong, cause, "The prompt is longer than the context with which Ollama at %s has loaded %s.", c.base, name)
	case has("loading model"):
		return c.failure(model.ErrLoading, cause, "Ollama at %s is still loading %s.", c.base, name)
	case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests || has("server busy"):
		return c.failure(model.ErrBusy, cause, "Ollama at %s is busy with other requests.", c.base)
	case has("invalid model name"):
		return c.failure(model.ErrNoModel, cause, "%s is not the name of a model; a name is like qwen2.5-coder:0.5b.", quoted(name))
	case status == http.StatusNotFound || has("model") && has("not found"):
		return c.failure(model.ErrNoModel, cause, "Ollama at %s has no model %s. Run `ollama pull %s`.", c.base, name, name)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return c.failure(model.ErrRefused, cause, "The server at %s does not let infill in.", c.base)
	case has("more system memory", "out of memory"):
		return c.failure(model.ErrRefused, cause, "Ollama at %s has not enough memory for %s; take a smaller model or context.", c.base, name)
	}
	return c.failure(model.ErrRefused, nil, "Ollama at %s refuses the request for %s: %s.", c.base, name, strings.TrimRight(printable(message), "."))
}

// streamFailure is the failure of a stream that had begun with status 200.
func (c *Client) streamFailure(ctx context.Context, err error, name string, started bool) error {
	var message told
	broken := func(how string) error {
		return c.failure(model.ErrMalformed, err, "Ollama at %s %s.", c.base, how)
	}
	switch {
	case ctx.Err() != nil:
		return c.ended(ctx, name, started)
	case errors.As(err, &message):
		return c.classify(http.StatusOK, string(message), name)
	case errors.Is(err, errElsewhere):
		return c.elsewhere(name)
	case errors.Is(err, errCut), errors.Is(err, errHalfLine):
		return broken("broke off in the middle of an answer from " + name)
	case errors.Is(err, errLongLine), errors.Is(err, errLongStream):
		return broken("sent more than an answer from " + name + " can hold")
	case errors.Is(err, errHTML):
		return c.malformed(err, "answers with a web page")
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return broken("sent an answer from " + name + " that cannot be read")
	}
	return broken("lost the connection in the middle of an answer from " + name)
}

// quoted is a text that somebody else wrote, in quotes, short and without control characters.
func quoted(text string) string { return strconv.Quote(printable(text)) }

// printable is a text that somebody else wrote in one short line: it may end up on a terminal or in a log.
func printable(text string) string {
	const most = 200
	var out strings.Builder
	count := 0
	for _, r := range text {
		if count++; count > most {
			return out.String() + "…"
		}
		switch {
		case unicode.IsSpace(r):
			out.WriteByte(' ')
		case unicode.IsPrint(r):
			out.WriteRune(r)
		default:
			out.WriteRune(unicode.ReplacementChar)
		}
	}
	return strings.TrimSpace(out.String())
}
