package retrieve

import (
	"math"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/source"
)

// view is what the lines around the cursor say.
type view struct {
	terms []chunk.Term    // in the order of their text
	words map[string]bool // the same words
}

// reach is the most bytes before the cursor, and behind it, that are read: more than 40 lines of any hand-written
// text. Reading begins well before the first line that asks, because a window that began inside a string or a comment
// of several lines would take code for text and text for code.
const reach = 16 << 10

// look reads the lines around the cursor. A word counts once, at its line nearest the cursor: what is
// repeated there is known already, and counting it each time loses 4 points of recall.
func (r recipe) look(file *source.File, language string, offset source.Offset) view {
	offset = max(0, min(offset, file.Len()))
	line := file.Point(offset).Line
	seen := source.Span{Start: max(0, offset-reach), End: min(file.Len(), offset+reach)}
	asks := source.Span{Start: file.Line(max(0, line-r.lines)).Start, End: file.Line(min(file.Lines()-1, line+r.lines)).End}
	weights := map[string]float64{}
	v := view{words: map[string]bool{}}
	for _, word := range chunk.Words(file.Slice(seen), language) {
		if at := seen.Start + word.Span.Start; asks.Contains(at) {
			weights[word.Text] = max(weights[word.Text], r.weight(file.Point(at).Line-line))
			v.words[word.Text] = true
		}
	}
	for word, weight := range weights {
		v.terms = append(v.terms, chunk.Term{Text: word, Weight: weight})
	}
	slices.SortFunc(v.terms, func(x, y chunk.Term) int { return strings.Compare(x.Text, y.Text) })
	return v
}

// weight is what a word counts that stands so many lines below the cursor's line.
func (r recipe) weight(lines int) float64 {
	if r.fade == 0 {
		return 1
	}
	return 1 / (1 + math.Abs(float64(lines))/r.fade)
}
