// Package doctor examines a model server: whether it answers, has a model that can infill, and how fast that is. Each
// finding is one sentence, and each problem comes with what to do about it.
//
// One thing must stay true: the doctor judges by what a model does, not by its name. A model is called fit only after it
// has filled real gaps, and all requests carry the load options of the completion engine, so that an examination
// measures what completions will get and never makes the server load the model twice.
//
//	for check := range doctor.Examine(ctx, server, doctor.Config{Context: 8192, Now: time.Now}) {
//		fmt.Println(check.State, check.Sentence)
//	}
package doctor

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/fim"
)

// Server is what can be examined.
type Server interface {
	model.Generator
	model.Catalog
	model.Memory
}

// Config says what to examine, as the completion engine has it.
type Config struct {
	Address string                    // of the server, for people; may be empty
	Model   string                    // empty: the first model of the server that is known to infill
	Family  string                    // the user's choice of a prompt format; empty: by the model's name
	Formats map[string]map[string]any // the user's own prompt formats
	// Context, Threads and KeepAlive are the load options of every request.
	Context   int
	Threads   int
	KeepAlive time.Duration
	Now       func() time.Time // for how long checks take; nil: that is not told
}

// State is the outcome of a check.
type State string

// The outcomes.
const (
	OK      State = "ok"
	Problem State = "problem"
	Skipped State = "skipped" // it could not be asked, or the server does not tell; the sentence says why
)

// Check is one finding.
type Check struct {
	Name     string        `json:"name"`
	State    State         `json:"state"`
	Sentence string        `json:"sentence"`
	Fix      string        `json:"fix,omitempty"` // what to do; set for every problem
	Took     time.Duration `json:"took"`
}

// rows are the checks in the order in which they are made. A new check is a new row.
var rows = []struct {
	name string
	ask  func(*examination) Check
}{
	{"server", (*examination).reach},
	{"version", (*examination).version},
	{"model", (*examination).choose},
	{"markers", (*examination).markers},
	{"fills", (*examination).fills},
	{"stops", (*examination).stops},
	{"probabilities", (*examination).probabilities},
	{"speed", (*examination).speed},
	{"memory", (*examination).memory},
}

// Examine makes the checks one after the other and yields each as soon as it is known; there is one for each row, whatever
// happens. A check that makes later ones pointless leaves them skipped.
func Examine(ctx context.Context, server Server, config Config) iter.Seq[Check] {
	return func(yield func(Check) bool) {
		e := &examination{ctx: ctx, server: server, Config: config}
		for _, row := range rows {
			check := e.ask(row.ask)
			check.Name = row.name
			if !yield(check) {
				return
			}
		}
	}
}

// examination is what is known so far.
type examination struct {
	Config
	ctx     context.Context // of the one call of Examine
	server  Server
	stuck   string     // why nothing further can be asked: "the server does not answer"
	number  string     // the server's version
	name    string     // of the model
	format  fim.Format // by the user's choice or the model's name, when known; the one that fits after the markers' test
	known   bool
	loaded  bool     // the model has answered, so the next answer need not wait for loading
	answers []answer // to the test gaps
}

// ask makes one check and measures it.
func (e *examination) ask(question func(*examination) Check) Check {
	if e.ctx.Err() != nil {
		e.stuck = "the examination was ended"
	}
	if e.stuck != "" {
		return Check{State: Skipped, Sentence: "Not asked, because " + e.stuck + "."}
	}
	began := e.now()
	check := question(e)
	if e.ctx.Err() != nil {
		check = Check{State: Skipped, Sentence: "Not finished, because the examination was ended."}
	}
	check.Took = e.now().Sub(began)
	return check
}

func (e *examination) now() time.Time {
	if e.Now == nil {
		return time.Time{}
	}
	return e.Now()
}

func ok(sentence string) Check           { return Check{State: OK, Sentence: sentence} }
func problem(sentence, fix string) Check { return Check{State: Problem, Sentence: sentence, Fix: fix} }
func skipped(sentence string) Check      { return Check{State: Skipped, Sentence: sentence} }

// failed is the problem that an error is. Most sentences of model.Error name their fix in a second sentence.
func failed(err error) Check {
	sentence, fix, _ := strings.Cut(model.Sentence(err), ". ")
	if !strings.HasSuffix(sentence, ".") && !strings.HasSuffix(sentence, "?") {
		sentence += "."
	}
	if fix == "" {
		fix = fixFor(err)
	}
	return problem(sentence, fix)
}

// fixes is what helps against each kind of failure.
var fixes = []struct {
	kind error
	fix  string
}{
	{model.ErrUnreachable, "Start Ollama with `ollama serve`, or set endpoint to the address where it runs."},
	{model.ErrNoModel, "Run `ollama list` for the models that there are, and set model to one of them."},
	{model.ErrLoading, "Wait a minute and run `infill doctor` again."},
	{model.ErrBusy, "Run `infill doctor` again when other programs are done with the server."},
	{model.ErrTooLong, "Set context_tokens to a larger number."},
	{model.ErrTimeout, "Run `infill doctor` again when the model is loaded, or take a smaller model."},
	{model.ErrMalformed, "Set endpoint to the address of an Ollama server; if it is one, its log tells more."},
	{model.ErrRefused, "Ollama's log tells more; a smaller model or a smaller context_tokens may help."},
	{model.ErrAddress, "Set endpoint to an address such as http://127.0.0.1:11434."},
	{model.ErrForbidden, "Set endpoint to a server on this machine."},
}

func fixFor(err error) string {
	for _, row := range fixes {
		if errors.Is(err, row.kind) {
			return row.fix
		}
	}
	return "Look at the server's log, and run `infill doctor` again."
}
