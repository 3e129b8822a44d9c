// Package model says what a model is: something that generates, lists, shows and loads, as small interfaces, and
// names the errors that every implementation uses.
//
// One thing must stay true: a stream that ends without a chunk whose Final is set, and without an error, does not
// exist. An implementation whose server goes quiet yields ErrMalformed.
package model

import (
	"context"
	"iter"
	"strings"
	"time"
)

// Request is one raw generation: the prompt is sent as it is, no template is applied.
type Request struct {
	Model  string
	Prompt string
	// MaxTokens bounds what is generated; at least 1 (Ollama takes 0 as unlimited).
	MaxTokens int
	Stop      []string
	// LogProbs asks for the log-probability of each token, where the server has them.
	LogProbs bool
	// Context is the context length in tokens with which the model is loaded. It must be the same in every
	// request to one model, or the server loads the model again.
	Context int
	// Threads is the number of CPU threads, 0 for the server's default; a load option like Context.
	Threads int
	// KeepAlive tells how long the model stays loaded after the request: 0 leaves it to the server, a negative
	// value keeps it until the server ends.
	KeepAlive time.Duration
}

// Chunk is one piece of a stream.
type Chunk struct {
	Text   string
	Tokens []Token // the tokens of Text; empty when the server gives no log-probabilities
	Final  *Stats  // set on the last chunk only
}

// Token is one generated token.
type Token struct {
	Text    string
	LogProb float64 // natural logarithm of the token's probability
}

// Stats is what the server tells at the end of a stream. Durations that it does not tell are zero.
type Stats struct {
	PromptTokens    int // the whole prompt, cached part included
	CachedTokens    int // of these, re-used from the server's cache; -1 when unknown
	GeneratedTokens int
	Load            time.Duration
	PromptEval      time.Duration
	Eval            time.Duration
	Total           time.Duration
	Reason          string // "stop", "length", "load", …
}

// Generator streams text. Leaving the loop or ending ctx drops the connection to the server. The loop's body runs
// in the caller's goroutine. The error is the last thing yielded.
type Generator interface {
	Generate(ctx context.Context, request Request) iter.Seq2[Chunk, error]
}

// Info is what a server tells about one model.
type Info struct {
	Name          string // with its tag: "qwen2.5-coder:0.5b"
	Digest        string
	Architecture  string // "qwen2", "gemma", …; may be empty
	ContextLength int    // the length it was trained for; 0 when unknown
	Bytes         int64
}

// Catalog tells which models a server has.
type Catalog interface {
	// Version is the server's version; "0.0.0" means unknown.
	Version(ctx context.Context) (string, error)
	List(ctx context.Context) ([]Info, error)
	Show(ctx context.Context, name string) (Info, error)
}

// Loader loads a model without generating, so that the first completion does not pay for it.
type Loader interface {
	// Load returns when the model is ready. The request's prompt and stops are ignored.
	Load(ctx context.Context, request Request) error
}

// Loaded is a model in a server's memory.
type Loaded struct {
	Name          string
	Bytes         int64 // in all
	GPUBytes      int64 // of these, on the GPU; 0 means that the CPU computes
	ContextLength int   // the length that is really loaded, which may be less than what was asked for; 0 when unknown
}

// Memory tells which models are loaded at the moment.
type Memory interface {
	Loaded(ctx context.Context) ([]Loaded, error)
}

// SameName tells whether two names mean one model: the tag defaults to "latest", the registry and the library
// namespace may be left out, and case does not count.
func SameName(a, b string) bool { return strings.EqualFold(fullName(a), fullName(b)) }

func fullName(name string) string {
	name = strings.TrimPrefix(name, "registry.ollama.ai/")
	name = strings.TrimPrefix(name, "library/")
	if !strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		name += ":latest"
	}
	return name
}
