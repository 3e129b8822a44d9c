package eval

import (
	"cmp"
	"math"
	"slices"
)

// Bin is the suggestions of one arm whose score lies in a range, and how many of them are right.
type Bin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Shown int     `json:"shown"`
	Score float64 `json:"score"` // their mean score
	Right float64 `json:"right"` // share that is right
}

// Calibration tells how honest an arm's scores are: on the suggestions that it has shown.
type Calibration struct {
	Arm  string `json:"arm"`
	Bins []Bin  `json:"bins"`
	// Error is the expected calibration error: the mean distance of score and share right over the bins, weighted by
	// their suggestions (Naeini and others, AAAI 2015).
	Error float64 `json:"error"`
}

// edges of the bins are those of the measurements that the gates were set by.
var edges = []float64{0, 0.3, 0.5, 0.7, 0.8, 0.9, 1}

// Calibrate sorts the suggestions of an arm into bins by their scores.
func Calibrate(outcomes []Outcome, arm string) Calibration {
	c := Calibration{Arm: arm}
	shown := 0
	for i := range len(edges) - 1 {
		bin := Bin{From: edges[i], To: edges[i+1]}
		for _, o := range outcomes {
			last := i == len(edges)-2
			if o.Arm != arm || o.Text == "" || o.Score < bin.From || o.Score >= bin.To && !last {
				continue
			}
			bin.Shown++
			bin.Score += o.Score
			bin.Right += truth(o.exact())
		}
		if bin.Shown > 0 {
			bin.Score /= float64(bin.Shown)
			bin.Right /= float64(bin.Shown)
			c.Error += math.Abs(bin.Score-bin.Right) * float64(bin.Shown)
			shown += bin.Shown
		}
		c.Bins = append(c.Bins, bin)
	}
	if shown > 0 {
		c.Error /= float64(shown)
	}
	return c
}

// Point is one gate: the share of holes at which an arm would speak, and how often it would be right.
type Point struct {
	Gate      float64 `json:"gate"`
	Coverage  float64 `json:"coverage"`
	Precision float64 `json:"precision"`
}

// Curve is precision against coverage of an arm as its gate is lowered from suggestion to suggestion. Holes where nothing
// is missing count: whoever speaks there is wrong.
func Curve(outcomes []Outcome, arm string) []Point {
	of := slices.DeleteFunc(slices.Clone(outcomes), func(o Outcome) bool { return o.Arm != arm })
	shown := slices.DeleteFunc(slices.Clone(of), func(o Outcome) bool { return o.Text == "" })
	slices.SortStableFunc(shown, func(a, b Outcome) int { return cmp.Compare(b.Score, a.Score) })
	var points []Point
	right := 0.0
	for i, o := range shown {
		right += truth(o.exact())
		if i+1 < len(shown) && shown[i+1].Score == o.Score {
			continue // one gate lets both through
		}
		points = append(points, Point{o.Score, float64(i+1) / float64(len(of)), right / float64(i+1)})
	}
	return points
}
