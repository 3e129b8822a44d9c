// Package score adds up weighted facts and can explain the sum.
//
// One thing must stay true: a score is the sum of its terms and nothing else, so that every score can be explained
// by listing them.
//
//	s := score.Of([]score.Term{{Name: "agreement", Value: 1, Weight: 0.8}})
//	s.Sum // 0.8
package score

import "math"

// Term is one fact with its weight.
type Term struct {
	Name   string
	Value  float64
	Weight float64
}

// Adds is what the term adds to the sum.
func (t Term) Adds() float64 { return t.Value * t.Weight }

// Score is a sum of terms.
type Score struct {
	Sum   float64
	Terms []Term // all terms, those that add nothing included, in the order given
}

// Of adds up terms. A term that is not a finite number counts as nothing.
func Of(terms []Term) Score {
	s := Score{Terms: terms}
	for _, term := range terms {
		if adds := term.Adds(); !math.IsNaN(adds) && !math.IsInf(adds, 0) {
			s.Sum += adds
		}
	}
	return s
}

// Probability maps a sum of log-odds to a probability (the logistic function).
func (s Score) Probability() float64 { return 1 / (1 + math.Exp(-s.Sum)) }

// LogOdds is the inverse of Probability; probabilities are kept away from 0 and 1 by 0.001, so that one fact that
// is sure never outweighs all others: LogOdds(0.5) = 0, LogOdds(1) = 6.9.
func LogOdds(probability float64) float64 {
	p := min(max(probability, 0.001), 0.999)
	return math.Log(p / (1 - p))
}
