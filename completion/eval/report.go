package eval

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infill-dev/infill/context/source"
)

//go:embed report.html
var reportText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{"percent": Share.String, "ms": milliseconds}).Parse(reportText))

// Report is what came out of a run. As JSON, all but Times is the same in each run with the same seed, model and files.
type Report struct {
	Folder       string        `json:"folder"`
	Seed         uint64        `json:"seed"`
	Holes        int           `json:"holes"` // that all arms have tried
	Of           int           `json:"of"`    // that were cut
	Rows         []Row         `json:"rows"`
	Pairs        []Pair        `json:"pairs"` // the last arm against each other one
	Calibrations []Calibration `json:"calibrations"`
	Problems     []string      `json:"problems,omitempty"`
	Times        []Times       `json:"times"`

	Best  []Case `json:"-"`
	Worst []Case `json:"-"`

	outcomes []Outcome
	arms     []string
}

// Case is one suggestion in its place.
type Case struct {
	Outcome
	Above, Before, After, Below string // the text around the cursor
}

// NewReport measures the outcomes of a run in which so many holes were cut.
func NewReport(folder string, seed uint64, of int, outcomes []Outcome, arms []string) Report {
	r := Report{Folder: folder, Seed: seed, Of: of, Holes: len(outcomes) / max(1, len(arms)), Rows: Measure(outcomes, arms, seed),
		Times: Took(outcomes, arms), outcomes: outcomes, arms: arms}
	for _, arm := range arms {
		r.Calibrations = append(r.Calibrations, Calibrate(outcomes, arm))
		if last := arms[len(arms)-1]; arm != last {
			r.Pairs = append(r.Pairs, Compare(outcomes, last, arm))
		}
	}
	for _, o := range outcomes {
		if o.Problem != "" && !slices.Contains(r.Problems, o.Problem) {
			r.Problems = append(r.Problems, o.Problem)
		}
	}
	r.Best, r.Worst = extremes(outcomes)
	return r
}

// mostCases is how many cases of each kind a report shows.
const mostCases = 10

// extremes are the longest right suggestions, and the wrong ones that their arm was surest of.
func extremes(outcomes []Outcome) (best, worst []Case) {
	shown := slices.DeleteFunc(slices.Clone(outcomes), func(o Outcome) bool { return o.Text == "" })
	slices.SortStableFunc(shown, func(a, b Outcome) int { return cmp.Compare(len(b.Text), len(a.Text)) })
	for _, o := range shown {
		if o.exact() && len(best) < mostCases {
			best = append(best, inPlace(o))
		}
	}
	slices.SortStableFunc(shown, func(a, b Outcome) int { return cmp.Compare(b.Score, a.Score) })
	for _, o := range shown {
		if !o.exact() && len(worst) < mostCases {
			worst = append(worst, inPlace(o))
		}
	}
	return best, worst
}

// Right tells whether the suggestion is what stood there.
func (c Case) Right() bool { return c.exact() }

// inPlace cuts three lines above and below the cursor.
func inPlace(o Outcome) Case {
	file := source.NewFile(o.Hole.Path, o.Hole.text())
	line := file.Point(o.Hole.Offset).Line
	span := file.Line(line)
	return Case{Outcome: o,
		Above:  file.Slice(source.Span{Start: file.Line(max(0, line-3)).Start, End: span.Start}),
		Before: file.Slice(source.Span{Start: span.Start, End: o.Hole.Offset}),
		After:  file.Slice(source.Span{Start: o.Hole.Offset, End: span.End}),
		Below:  strings.TrimLeft(file.Slice(source.Span{Start: span.End, End: file.Line(line + 3).End}), "\r\n"),
	}
}

// WriteHTML writes the report as one HTML file that needs no other and no network.
func (r Report) WriteHTML(out io.Writer) error { return page.Execute(out, r) }

// Curves are the plots of precision against coverage.
func (r Report) Curves() template.HTML { return curves(r.outcomes, r.arms) }

// colours of the arms, apart for people who do not see red and green apart (Okabe and Ito).
var colours = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"}

// curves draws one line for each arm in a square of 100 by 100 percent.
func curves(outcomes []Outcome, arms []string) template.HTML {
	const size, margin = 300, 40
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="precision against coverage">`, size+3*margin, size+2*margin, size+3*margin, size+2*margin)
	for i := 0; i <= 100; i += 25 {
		at := margin + size*i/100
		fmt.Fprintf(&svg, `<line x1="%d" y1="%d" x2="%d" y2="%d" class="grid"/><line x1="%d" y1="%d" x2="%d" y2="%d" class="grid"/>`, at, margin, at, margin+size, margin, at, margin+size, at)
		fmt.Fprintf(&svg, `<text x="%d" y="%d" text-anchor="middle">%d</text><text x="%d" y="%d" text-anchor="end">%d</text>`, at, margin+size+16, i, margin-6, margin+size-size*i/100+4, i)
	}
	fmt.Fprintf(&svg, `<text x="%d" y="%d" text-anchor="middle">shown, %% of holes</text><text x="%d" y="%d">right, %% of shown</text>`, margin+size/2, margin+size+34, 4, margin-14)
	for i, arm := range arms {
		var points []string
		for _, p := range Curve(outcomes, arm) {
			points = append(points, fmt.Sprintf("%.1f,%.1f", margin+size*p.Coverage, margin+size*(1-p.Precision)))
		}
		colour := colours[i%len(colours)]
		fmt.Fprintf(&svg, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(points, " "), colour)
		fmt.Fprintf(&svg, `<text x="%d" y="%d" style="fill:%s">%s</text>`, margin+size+8, margin+16*(i+1), colour, template.HTMLEscapeString(arm))
	}
	svg.WriteString("</svg>")
	return template.HTML(svg.String()) // made of numbers and escaped names only
}

// String is a share in percent with its interval, for people.
func (s Share) String() string {
	if s.Of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f (%.0f–%.0f)", s.Mean*100, s.Low*100, s.High*100)
}

func milliseconds(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
}
