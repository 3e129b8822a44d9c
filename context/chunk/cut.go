package chunk

import (
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// The lengths of a chunk in lines. With outlines, bounds of 8 and 20, 12 and 24, 15 and 30 give the same recall within a
// point (BenchmarkRecall in retrieve); 5 and 10 lose 3 to 5 points.
const (
	fewestLines = 10
	mostLines   = 20
)

// What it costs to begin a chunk at a line. A cut before a declaration is free; one inside a function short enough
// to fit a chunk costs more than a chunk that is seven lines too short.
const (
	costDeclaration = 0  // "// Area is …" or "func Area()": the line begins a declaration or its comment
	costParagraph   = 4  // a blank line stands before it
	costLine        = 8  // any other line
	costInside      = 16 // added for a line inside a declaration that fits a chunk
	costDepth       = 1  // added for each step of indentation, up to 4
	costMissing     = 3  // for each line that a chunk has less than fewestLines
	costMost        = 64 // however many declarations a line lies inside
)

// cut finds the chunks of a file, in order. Each line that is not blank lies in exactly one of them; they begin and
// end with such a line. Among all ways to cut into at most mostLines lines it takes the cheapest one (a shortest
// path over the lines, as Knuth and Plass break paragraphs).
func cut(file *source.File, outline *outline.Outline) []source.Span {
	lines := file.Lines()
	if file.Line(lines-1).Len() == 0 {
		lines-- // what stands behind the last line ending
	}
	costs := beginCosts(file, outline)
	best := make([]int32, lines+1) // best[j] is the cost of cutting the lines before j
	from := make([]int32, lines+1) // where the last of these chunks begins
	for j := 1; j <= lines; j++ {
		best[j] = 1 << 30
		for i := max(0, j-mostLines); i < j; i++ {
			cost := best[i] + costs[i] + int32(costMissing*max(0, fewestLines-(j-i)))
			if cost < best[j] {
				best[j], from[j] = cost, int32(i)
			}
		}
	}
	var spans []source.Span
	for j := lines; j > 0; j = int(from[j]) {
		if span, ok := trim(file, int(from[j]), j); ok {
			spans = append(spans, span)
		}
	}
	slices.Reverse(spans)
	return spans
}

// trim is the span of lines [first, behind) without blank lines at its ends; false when all are blank.
func trim(file *source.File, first, behind int) (source.Span, bool) {
	for first < behind && blank(file, first) {
		first++
	}
	for first < behind && blank(file, behind-1) {
		behind--
	}
	if first == behind {
		return source.Span{}, false
	}
	return source.Span{Start: file.Line(first).Start, End: file.LineWithEnding(behind - 1).End}, true
}

func blank(file *source.File, line int) bool {
	return strings.TrimSpace(file.Slice(file.Line(line))) == ""
}

// beginCosts is what it costs to begin a chunk at each line.
func beginCosts(file *source.File, outline *outline.Outline) []int32 {
	costs := make([]int32, file.Lines())
	afterBlank := true
	for i := range costs {
		text := file.Slice(file.Line(i))
		code := strings.TrimLeft(text, " \t")
		costs[i] = costLine
		if afterBlank {
			costs[i] = costParagraph
		}
		costs[i] += costDepth * int32(depth(text[:len(text)-len(code)]))
		afterBlank = strings.TrimSpace(code) == ""
	}
	if outline != nil {
		for _, decl := range outline.Decls {
			declarationCosts(file, decl, costs)
		}
	}
	if len(costs) > 0 {
		costs[0] = 0
	}
	return costs
}

// depth is the number of indentation steps of white space, at most 4; a tab or four blanks is a step.
func depth(space string) int {
	tabs := strings.Count(space, "\t")
	return min(4, tabs+(len(space)-tabs+3)/4)
}

// declarationCosts makes a cut before a declaration of several lines free and one inside it dear, when it fits a
// chunk. A declaration of one line (a field, a constant) is like any other line.
func declarationCosts(file *source.File, decl outline.Decl, costs []int32) {
	start := decl.Span.Start
	if decl.Doc.Len() > 0 {
		start = min(start, decl.Doc.Start)
	}
	first, last := file.Point(start).Line, file.Point(decl.Span.End-1).Line
	if first >= last {
		return
	}
	costs[first] = min(costs[first], costDeclaration)
	if last-first >= mostLines {
		return
	}
	for i := first + 1; i <= last; i++ {
		costs[i] = min(costs[i]+costInside, costMost)
	}
}
