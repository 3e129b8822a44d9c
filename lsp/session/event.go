package session

import "github.com/infill-dev/infill/completion/trace"

// Event is one of Warning, Status, Progress and Completed.
type Event interface{ event() }

// Warning is something that the user should know, said once.
type Warning struct{ Sentence string }

// Kind is what the session is doing, as a client may show it.
type Kind string

// The kinds of a Status.
const (
	Starting Kind = "starting"
	Indexing Kind = "indexing"
	Loading  Kind = "loading" // the model
	Ready    Kind = "ready"
	Problem  Kind = "problem" // the model is away or wrong; the local engine answers
)

// Status is the state of the session in one line.
type Status struct {
	Kind    Kind
	Message string
	Percent int // of Indexing
	Model   string
}

// Progress is the state of one long work.
type Progress struct {
	Work    string // "index" or "model": one at a time of each
	Title   string
	Message string
	Percent int // -1 when it is not known
	Done    bool
}

// Completed is the story of one request.
type Completed struct{ Trace *trace.Trace }

func (Warning) event()   {}
func (Status) event()    {}
func (Progress) event()  {}
func (Completed) event() {}
