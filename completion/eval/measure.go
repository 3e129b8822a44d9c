package eval

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
)

// Row is the measures of one arm on one kind of hole. Shares are from 0 to 1. A measure that silence can win
// (Precision, WrongChars, Repeats, Valid) means nothing without Shown beside it.
type Row struct {
	Arm   string `json:"arm"`
	Kind  Kind   `json:"kind"`
	Holes int    `json:"holes"`

	Shown      Share   `json:"shown"`      // something was suggested
	Exact      Share   `json:"exact"`      // of all holes: the line, or the block, is the expected one
	Precision  Share   `json:"precision"`  // of the shown ones
	Similarity Share   `json:"similarity"` // edit similarity, silence counts as 0
	NamesF1    float64 `json:"namesF1"`    // of the identifiers, over all shown ones
	WrongChars int     `json:"wrongChars"` // shown characters of lines that are wrong
	Saved      float64 `json:"saved"`      // share of the wanted characters that need not be typed: the right beginning of what is shown
	Repeats    int     `json:"repeats"`    // suggestions that say what follows the cursor already
	Valid      Share   `json:"valid"`      // of the shown ones that could be judged: no new syntax error

	PromptTokens    float64 `json:"promptTokens"` // mean of those that asked a model
	GeneratedTokens float64 `json:"generatedTokens"`
}

// Share is a mean with its 95 % interval.
type Share struct {
	Of   int     `json:"of"`
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Times are how long an arm took; they differ from run to run and stand apart from the rest.
type Times struct {
	Arm      string        `json:"arm"`
	FirstP50 time.Duration `json:"firstP50"` // of those with a first token
	FirstP95 time.Duration `json:"firstP95"`
	TotalP50 time.Duration `json:"totalP50"`
	TotalP95 time.Duration `json:"totalP95"`
}

// Measure makes a row for each arm and kind, in the order of arms and Kinds. seed is of the bootstrap.
func Measure(outcomes []Outcome, arms []string, seed uint64) []Row {
	var rows []Row
	for _, arm := range arms {
		for _, kind := range Kinds {
			of := slices.DeleteFunc(slices.Clone(outcomes), func(o Outcome) bool { return o.Arm != arm || o.Hole.Kind != kind })
			if len(of) > 0 {
				rows = append(rows, row(arm, kind, of, seed))
			}
		}
	}
	return rows
}

func row(arm string, kind Kind, outcomes []Outcome, seed uint64) Row {
	r := Row{Arm: arm, Kind: kind, Holes: len(outcomes)}
	var shown, exact, precision, similar, valid []float64
	var common, said, wanted, saved, wantedChars, asked int
	for _, o := range outcomes {
		right := o.exact()
		shown, exact = append(shown, truth(o.Text != "")), append(exact, truth(right))
		similar = append(similar, o.similarity())
		wantedChars += len(o.wanted())
		saved += len(commonPrefix(o.said(), o.wanted()))
		if o.PromptTokens > 0 || o.GeneratedTokens > 0 {
			asked++
			r.PromptTokens += float64(o.PromptTokens)
			r.GeneratedTokens += float64(o.GeneratedTokens)
		}
		if o.Text == "" {
			continue
		}
		precision = append(precision, truth(right))
		if !right {
			r.WrongChars += len([]rune(o.Text))
		}
		r.Repeats += int(truth(o.repeats()))
		if o.Verdict.Known {
			valid = append(valid, truth(o.Verdict.NewErrors <= 0))
		}
		c, s, w := names(o)
		common, said, wanted = common+c, said+s, wanted+w
	}
	r.Shown, r.Exact, r.Precision = share(shown, seed), share(exact, seed), share(precision, seed)
	r.Similarity, r.Valid = share(similar, seed), share(valid, seed)
	if said+wanted > 0 {
		r.NamesF1 = 2 * float64(common) / float64(said+wanted)
	}
	if wantedChars > 0 {
		r.Saved = float64(saved) / float64(wantedChars)
	}
	if asked > 0 {
		r.PromptTokens /= float64(asked)
		r.GeneratedTokens /= float64(asked)
	}
	return r
}

// said and wanted are what is compared: the first line, or all lines of a block, without blanks at their ends.
func (o Outcome) said() string   { return compared(o.Text, o.Hole.Kind) }
func (o Outcome) wanted() string { return compared(o.Hole.Want, o.Hole.Kind) }

func compared(text string, kind Kind) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if kind == Block {
		lines := strings.Split(strings.Trim(text, "\n"), "\n")
		for i, line := range lines {
			lines[i] = strings.TrimRight(line, " \t")
		}
		return strings.TrimSpace(strings.Join(lines, "\n"))
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}

// exact tells whether an arm was right. Where nothing is missing, silence is.
func (o Outcome) exact() bool {
	if o.Hole.Kind == Silent {
		return o.Text == ""
	}
	return o.Text != "" && o.said() == o.wanted()
}

// similarity is 1 less the edit distance (Levenshtein) over the longer length.
func (o Outcome) similarity() float64 {
	a, b := []rune(o.said()), []rune(o.wanted())
	if longest := max(len(a), len(b)); longest > 0 {
		return 1 - float64(distance(a, b))/float64(longest)
	}
	return 1
}

// distance is the edit distance of Levenshtein.
func distance(a, b []rune) int {
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i, x := range a {
		current := make([]int, len(b)+1)
		current[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			current[j+1] = min(previous[j]+cost, previous[j+1]+1, current[j]+1)
		}
		previous = current
	}
	return previous[len(b)]
}

// repeats tells whether the last line of a suggestion stands just behind the cursor already.
func (o Outcome) repeats() bool {
	if o.Hole.file == nil {
		return false
	}
	behind := strings.TrimSpace(o.Hole.text()[o.Hole.Offset:])
	below, _, _ := strings.Cut(behind, "\n")
	text := strings.TrimSpace(o.Text)
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	return last != "" && last == strings.TrimSpace(below)
}

// names counts the identifiers that are both said and wanted, said, and wanted.
func names(o Outcome) (common, said, wanted int) {
	language := source.LanguageOf(o.Hole.Path)
	count := func(text string) map[string]int {
		found := map[string]int{}
		for _, token := range lex.Tokens(text, language) {
			if name := text[token.Span.Start:token.Span.End]; token.Kind == lex.Ident && !lex.IsKeyword(language, name) {
				found[name]++
			}
		}
		return found
	}
	a, b := count(o.said()), count(o.wanted())
	for name, n := range a {
		said += n
		common += min(n, b[name])
	}
	for _, n := range b {
		wanted += n
	}
	return common, said, wanted
}

func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

func truth(fact bool) float64 {
	if fact {
		return 1
	}
	return 0
}

// resamples of the bootstrap: the ends of a 95 % interval move by less than a point between seeds.
const resamples = 1000

// share is the mean of values, with the 95 % percentile interval of a bootstrap (Efron, 1979).
func share(values []float64, seed uint64) Share {
	s := Share{Of: len(values)}
	if len(values) == 0 {
		return s
	}
	s.Mean = mean(values)
	random := rand.New(rand.NewPCG(seed, uint64(len(values))))
	means := make([]float64, resamples)
	sample := make([]float64, len(values))
	for i := range means {
		for j := range sample {
			sample[j] = values[random.IntN(len(values))]
		}
		means[i] = mean(sample)
	}
	slices.Sort(means)
	s.Low, s.High = means[resamples*25/1000], means[resamples*975/1000-1]
	return s
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum / float64(len(values))
}

// Took makes the times of each arm.
func Took(outcomes []Outcome, arms []string) []Times {
	var all []Times
	for _, arm := range arms {
		var first, total []time.Duration
		for _, o := range outcomes {
			if o.Arm != arm {
				continue
			}
			total = append(total, o.Total)
			if o.First > 0 {
				first = append(first, o.First)
			}
		}
		all = append(all, Times{arm, percentile(first, 50), percentile(first, 95), percentile(total, 50), percentile(total, 95)})
	}
	return all
}

func percentile(values []time.Duration, p int) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(len(values)-1, len(values)*p/100)]
}

// Pair compares two arms on the holes that both have tried.
type Pair struct {
	A    string `json:"a"`
	B    string `json:"b"`
	Wins int    `json:"wins"` // holes that only A has right
	Lost int    `json:"lost"` // holes that only B has right
}

// Compare pairs an arm with another one. Where silence is right, it counts, too.
func Compare(outcomes []Outcome, a, b string) Pair {
	type key struct {
		kind   Kind
		path   source.Path
		offset source.Offset
	}
	right := map[key]bool{}
	for _, o := range outcomes {
		if o.Arm == b {
			right[key{o.Hole.Kind, o.Hole.Path, o.Hole.Offset}] = o.exact()
		}
	}
	pair := Pair{A: a, B: b}
	for _, o := range outcomes {
		other, tried := right[key{o.Hole.Kind, o.Hole.Path, o.Hole.Offset}]
		switch {
		case o.Arm != a || !tried || o.exact() == other:
		case other:
			pair.Lost++
		default:
			pair.Wins++
		}
	}
	return pair
}
