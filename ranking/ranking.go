// Package ranking puts candidates in order: facts about a candidate, one weight for each fact, a number.
//
// One thing must stay true: signals meet only in the table of weights. A Facts value says what was found, never
// what it is worth.
package ranking

import "github.com/infill-dev/infill/ranking/score"

// Facts is what is known about one candidate. Every field has a weight in the table; a test sees to it.
type Facts struct {
	// Joint is the product of the probabilities of the tokens shown, 0 to 1, as the engine gives them.
	Joint float64
	// Unsure tells that the engine gave no probabilities; Joint is then 0.5.
	Unsure bool
	// Local tells that the engine without a model made it.
	Local bool
	// Agreement tells that another engine begins with the same text.
	Agreement bool
	// NewErrors is the number of syntax errors that the file has with the candidate and has not without it.
	NewErrors int
	// Mends tells that the file has fewer syntax errors with the candidate than without it.
	Mends bool
	// Parsed tells that syntax was judged at all.
	Parsed bool
	// EndsWell tells that the candidate ends where the statement or the block that it opens ends.
	EndsWell bool
	// Unbalanced is the number of brackets that the candidate leaves open or closes too often, what follows the
	// cursor considered.
	Unbalanced int
	// RepeatsAbove tells that the candidate is the line just above the cursor again.
	RepeatsAbove bool
	// CutShort tells that the text ends where the budget or the deadline cut it and not where the model ended it.
	CutShort bool
	// Lines is the number of lines.
	Lines int
}

// weight is one line of the table. Worked examples are in log-odds: +0.7 doubles the odds of being right.
type weight struct {
	name   string
	weight float64
	value  func(Facts) float64
}

// weights is the whole table. Values beside Joint's are cold-start values, to be fitted by measurement; Joint's is 1
// because token products are honest probabilities (0.5B and 1.5B: share right in bins <.1/.1–.3/.3–.5/.5–.7/.7–.9/≥.9
// was 5/18/29/78/70/100 and 5/35/60/67/89/100 %).
var weights = []weight{
	// Joint 0.73 → +1.0: alone it scores 0.73.
	{"Joint", 1, func(f Facts) float64 { return score.LogOdds(f.Joint) }},
	// No probabilities: −0.4, behind a candidate of which we know 0.6.
	{"Unsure", -0.4, func(f Facts) float64 { return truth(f.Unsure) }},
	// The local engine at equal confidence stands behind the model: −0.3.
	{"Local", -0.3, func(f Facts) float64 { return truth(f.Local) }},
	// Both engines say so: +0.8, 0.6 becomes 0.77.
	{"Agreement", 0.8, func(f Facts) float64 { return truth(f.Agreement) }},
	// One new syntax error: −1.5, 0.7 becomes 0.34; more than two count as two.
	{"NewErrors", -1.5, func(f Facts) float64 { return float64(min(max(f.NewErrors, 0), 2)) }},
	// A half-written line that is whole again: +0.8. Of "x * y" and "x * y }" at 0.72 and 0.58, where only the second
	// closes a function on one line, the second stands first.
	{"Mends", 0.8, func(f Facts) float64 { return truth(f.Mends) }},
	// Judged and therefore known to parse or not: nothing by itself.
	{"Parsed", 0, func(f Facts) float64 { return truth(f.Parsed) }},
	// A complete statement: +0.3.
	{"EndsWell", 0.3, func(f Facts) float64 { return truth(f.EndsWell) }},
	// One bracket left open: −0.5; more than three count as three.
	{"Unbalanced", -0.5, func(f Facts) float64 { return float64(min(f.Unbalanced, 3)) }},
	// The line above again: −1.0.
	{"RepeatsAbove", -1, func(f Facts) float64 { return truth(f.RepeatsAbove) }},
	// Cut by budget or deadline: −1.0.
	{"CutShort", -1, func(f Facts) float64 { return truth(f.CutShort) }},
	// Longer texts carry more when they are right; the joint probability already charges them for their risk: +0.1 a
	// line, up to five.
	{"Lines", 0.1, func(f Facts) float64 { return float64(min(f.Lines-1, 5)) }},
}

// Score weighs facts. Its Probability estimates how likely the candidate is right.
func Score(facts Facts) score.Score {
	terms := make([]score.Term, len(weights))
	for i, w := range weights {
		terms[i] = score.Term{Name: w.name, Value: w.value(facts), Weight: w.weight}
	}
	return score.Of(terms)
}

func truth(fact bool) float64 {
	if fact {
		return 1
	}
	return 0
}
