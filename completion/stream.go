package completion

import (
	"context"
	"math"
	"strings"

	"github.com/infill-dev/infill/completion/model"
)

// draft is what a model has written so far, with the probability of each beginning of it.
type draft struct {
	text   strings.Builder
	ends   []int     // end of each token in text
	logs   []float64 // sum of the log-probabilities up to and with each token
	unsure bool      // some text came without probabilities
	final  *model.Stats
}

func (d *draft) add(chunk model.Chunk) {
	start := d.text.Len()
	d.text.WriteString(chunk.Text)
	if chunk.Final != nil {
		d.final = chunk.Final
	}
	if chunk.Text != "" && len(chunk.Tokens) == 0 {
		d.unsure = true
		return
	}
	at := start
	for _, token := range chunk.Tokens {
		at = min(at+len(token.Text), d.text.Len())
		sum := token.LogProb
		if n := len(d.logs); n > 0 {
			sum += d.logs[n-1]
		}
		d.ends, d.logs = append(d.ends, at), append(d.logs, sum)
	}
}

// joint is the probability of the first n bytes: the product over all tokens that begin before n, which counts a
// token that goes on beyond n as a whole, as one that also says "the line ends here". 1 when nothing is known.
func (d *draft) joint(n int) float64 {
	begin, sum := 0, 0.0
	for i, end := range d.ends {
		if begin >= n {
			break
		}
		begin, sum = end, d.logs[i]
	}
	return math.Exp(sum)
}

// running is the probability of everything so far.
func (d *draft) running() float64 {
	if len(d.logs) == 0 {
		return 1
	}
	return math.Exp(d.logs[len(d.logs)-1])
}

// generation is how a stream ended.
type generation struct {
	draft
	why     string // the rule that ended it
	failure error  // a failure of the model; nil when the stream ended or was cut by us
}

// generate reads a stream until watch says that enough is known, the model ends, ctx ends or the stream fails.
func generate(ctx context.Context, from model.Generator, request model.Request, watch func(*draft) (stop bool, why string)) *generation {
	g := &generation{}
	for chunk, err := range from.Generate(ctx, request) {
		if err != nil {
			g.failure = err
			return g
		}
		g.add(chunk)
		if chunk.Final != nil {
			g.why = "the model ended"
			if chunk.Final.Reason == "length" {
				g.why = "budget"
			}
			return g
		}
		if stop, why := watch(&g.draft); stop {
			g.why = why
			return g
		}
	}
	return g
}
