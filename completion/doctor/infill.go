package doctor

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/fim"
)

// answer is one generation, read to its end.
type answer struct {
	text   string
	tokens int // with a log-probability
	stats  model.Stats
}

// generate asks the model.
func (e *examination) generate(prompt string, stops []string, most int) (answer, error) {
	patience := loadTime
	if e.loaded {
		patience = fillTime
	}
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	request := model.Request{Model: e.name, Prompt: prompt, Stop: stops, MaxTokens: most, LogProbs: true,
		Context: e.Context, Threads: e.Threads, KeepAlive: e.KeepAlive}
	var a answer
	for chunk, err := range e.server.Generate(ctx, request) {
		if err != nil {
			return a, err
		}
		a.text += chunk.Text
		a.tokens += len(chunk.Tokens)
		if chunk.Final != nil {
			a.stats = *chunk.Final
		}
	}
	e.loaded = true
	return a, nil
}

// noAnswer is the problem that the model does not answer; nothing further can be asked of it.
func (e *examination) noAnswer(err error) Check {
	e.stuck = "the model does not answer"
	return failed(err)
}

// markers tests whether the model's vocabulary has the markers of its family as single tokens. A text that is no token costs
// many: the three of Qwen2.5-Coder cost a SmolLM2 22 tokens. The test is necessary and not sufficient, since chat models
// share the vocabulary of their family.
func (e *examination) markers() Check {
	if !e.known {
		e.format, e.known = fim.FormatFor(e.name)
	}
	var cost int
	if e.known {
		var fits bool
		var err error
		if cost, fits, err = e.fits(e.format); err != nil {
			return e.noAnswer(err)
		}
		if fits {
			return ok(fmt.Sprintf("Its vocabulary has the markers of the family %s.", e.format.Name))
		}
	}
	other, found, err := e.otherFormat()
	if err != nil {
		return e.noAnswer(err)
	}
	fix := fmt.Sprintf("Set family to %s, if the test gaps below are filled.", other.Name)
	switch {
	case found && e.known:
		sentence := fmt.Sprintf("Its vocabulary lacks the markers of the family %s but has those of %s.", e.format.Name, other.Name)
		e.format = other
		return problem(sentence, fix)
	case found:
		e.format = other
		return problem(fmt.Sprintf("The family of %s is not known by its name, but its vocabulary has the markers of %s.", e.name, other.Name), fix)
	}
	e.stuck = "the model cannot infill"
	lacks := "its vocabulary lacks the markers of every known family"
	if e.known {
		lacks = fmt.Sprintf("its vocabulary lacks the markers of %s, which cost %d tokens instead of 3", e.format.Name, cost)
	}
	return problem(fmt.Sprintf("The model %s cannot infill: %s.", e.name, lacks), another)
}

// another is the fix for a model that cannot infill.
const another = "Take a model that was trained to infill: run `ollama pull " + recommended + "`, and set model to it or leave model out."

// fits tests the bare markers of a format: three tokens, and one for a vocabulary that begins each text with its own. Blanks
// that belong to a marker may cost one each.
func (e *examination) fits(format fim.Format) (cost int, fits bool, err error) {
	bare := strings.Join(format.Markers(), "")
	cost, err = e.cost(bare, format)
	blanks := len(strings.Fields(bare)) - 1
	return cost, cost <= 3+1+blanks, err
}

// cost is the number of tokens of a text.
func (e *examination) cost(text string, format fim.Format) (int, error) {
	a, err := e.generate(text, format.Stops, 1)
	return a.stats.PromptTokens, err
}

// otherFormat is the known format whose markers the vocabulary has. Of several with the same markers it is the one whose
// stops are single tokens too: CodeGemma and Qwen2.5-Coder differ in these.
func (e *examination) otherFormat() (best fim.Format, found bool, err error) {
	tested := map[string]bool{} // by the bare markers, whether they fit
	least := 0
	for _, format := range fim.Formats() {
		if e.known && format.Name == e.format.Name {
			continue
		}
		bare := strings.Join(format.Markers(), "")
		fits, known := tested[bare]
		if !known {
			if _, fits, err = e.fits(format); err != nil {
				return best, false, err
			}
			tested[bare] = fits
		}
		if !fits {
			continue
		}
		cost, err := e.cost(strings.Join(format.Stops, ""), format)
		if err != nil {
			return best, false, err
		}
		if excess := cost - len(format.Stops); !found || excess < least {
			best, found, least = format, true, excess
		}
	}
	return best, found, nil
}

// probe is a gap with one right filling, which neither a chat model nor a plain continuation of the prefix hits by chance:
// what stands behind the gap decides.
type probe struct {
	name, prefix, suffix, want string
}

// probes are the four of experiment Q6 that cannot be guessed from the text before the gap.
var probes = []probe{
	{"arguments", "def area(", "):\n    return width * height\n", "width, height"},
	{"left side", "import math\n\n\ndef circle(r):\n    ", " = math.pi * r ** 2\n    print(\"area:\", area)\n    return area\n", "area"},
	{"loop variable", "for (const ", " of names) {\n  console.log(entry.length);\n}\n", "entry"},
	{"import", "import ", "\n\nprint(json.dumps({\"a\": 1}))\n", "json"},
}

// probeTokens is enough for the longest filling and for a model to show whether it stops behind it.
const probeTokens = 12

// filled tells whether an answer begins with what is wanted. What follows is another question: small models write on.
func (p probe) filled(text string) bool {
	rest, begins := strings.CutPrefix(strings.TrimSpace(text), p.want)
	next, _ := utf8.DecodeRuneInString(rest)
	return begins && (rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '_')
}

// fills lets the model fill the test gaps: three of four are enough, two are doubtful, fewer are chance.
func (e *examination) fills() Check {
	var right, wrong []string
	for _, p := range probes {
		prompt := fim.Build(fim.Request{Format: e.format, Prefix: p.prefix, Suffix: p.suffix, Budget: e.budget()})
		a, err := e.generate(prompt.Text, prompt.Stops, probeTokens)
		if err != nil {
			return e.noAnswer(err)
		}
		e.answers = append(e.answers, a)
		if p.filled(a.text) {
			right = append(right, p.name)
		} else {
			wrong = append(wrong, p.name)
		}
	}
	share := fmt.Sprintf("%d of %d test gaps", len(right), len(probes))
	missed := "it missed: " + strings.Join(wrong, ", ")
	switch {
	case len(wrong) == 0:
		return ok(fmt.Sprintf("It fills %s rightly.", share))
	case len(right) >= 3:
		return ok(fmt.Sprintf("It fills %s rightly, which is enough; %s.", share, missed))
	case len(right) == 2:
		return problem(fmt.Sprintf("It fills only %s rightly, so it is doubtful whether it can infill; %s.", share, missed),
			fmt.Sprintf("Try another model, such as %s, or set family if the model is of another one.", recommended))
	}
	e.stuck = "the model cannot infill"
	return problem(fmt.Sprintf("The model %s cannot infill: it has the markers of %s but fills only %s rightly.", e.name, e.format.Name, share), another)
}

// budget is the room of a prompt; that of a test gap is never near it unless the context is tiny.
func (e *examination) budget() int {
	if e.Context <= 0 {
		return 700
	}
	return max(64, min(700, e.Context-128))
}

// stops reports whether the model ends its answers by itself. It need not: suggestions end where their structure ends.
func (e *examination) stops() Check {
	stopped := 0
	for _, a := range e.answers {
		if a.stats.Reason == "stop" {
			stopped++
		}
	}
	sentence := fmt.Sprintf("It ended %d of %d answers by itself", stopped, len(e.answers))
	if stopped == len(e.answers) {
		return ok(sentence + ".")
	}
	return ok(sentence + "; infill ends the others where their structure ends.")
}

// probabilities asks whether the server tells how sure the model is.
func (e *examination) probabilities() Check {
	for _, a := range e.answers {
		if a.tokens > 0 {
			return ok("The server tells how sure the model is, so unsure suggestions can be held back.")
		}
	}
	return problem("The server tells no log-probabilities, so suggestions that the model is unsure of cannot be held back.",
		"Update Ollama to 0.12.11 or newer.")
}
