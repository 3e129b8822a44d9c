package chunk

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/source"
)

// Term is one word of a query. Text is as in Word. A term of weight 2 counts as one that stands twice in the query.
type Term struct {
	Text   string
	Weight float64
}

// Hit is a chunk that shares words with a query.
type Hit struct {
	Segment int // index of its segment
	Path    source.Path
	Span    source.Span
	Score   float64
}

// The constants of BM25 (Robertson and Zaragoza 2009, section 3.4): how soon repeating a word stops to count, and how
// much a long chunk loses. In 15 lines of code it matters whether a word stands there, hardly how often: k1 0.5 gives
// about half a point more recall than the usual 1.2 (BenchmarkRecall in retrieve, on cmd/go and on x/tools).
const (
	k1 = 0.5
	b  = 0.75
)

// commonShare is the share of chunks above which a word of the query is left out: it says little (its rarity is
// below 2.3 against 12 for a word of one chunk in 250,000) and has the longest postings.
const commonShare = 0.1

// Search finds the k chunks that score highest, the best first, those of equal score in order of path and offset.
// The rarity of a word counts over all segments together. A chunk of a file that skip names is no hit but still
// counts for rarity; nil skips nothing. When ctx ends it returns what the words looked at so far give.
func Search(ctx context.Context, segments []*Segment, terms []Term, k int, skip func(segment int, path source.Path) bool) []Hit {
	if k <= 0 {
		return nil
	}
	scorer := newScorer(segments)
	weighed := weigh(segments, terms)
	best := shortlist{k: k}
	for i, segment := range segments {
		scores := scorer.score(ctx, segment, weighed)
		best.take(i, segment, scores, skip)
	}
	return best.finish()
}

// Rarity is the inverse document frequency of a word over all segments together: ln(1 + (N-n+½)/(n+½)) for n of N
// chunks.
func Rarity(segments []*Segment, word string) float64 {
	chunks, with := 0, 0
	for _, segment := range segments {
		chunks += segment.Chunks()
		reader := segment.terms.find(word)
		with += reader.left
	}
	return rarity(chunks, with)
}

func rarity(chunks, with int) float64 {
	return math.Log(1 + (float64(chunks-with)+0.5)/(float64(with)+0.5))
}

// weighedTerm is a term of a query with what one full occurrence adds to a score.
type weighedTerm struct {
	text   string
	impact float32
}

// weigh finds the impact of each word of a query, the greatest first, and drops those that are absent or common.
func weigh(segments []*Segment, terms []Term) []weighedTerm {
	weights := map[string]float64{}
	for _, term := range terms {
		weights[term.Text] += term.Weight
	}
	chunks := 0
	for _, segment := range segments {
		chunks += segment.Chunks()
	}
	var weighed []weighedTerm
	for text, weight := range weights {
		with := 0
		for _, segment := range segments {
			reader := segment.terms.find(text)
			with += reader.left
		}
		if with == 0 || weight <= 0 || common(chunks, with) {
			continue
		}
		weighed = append(weighed, weighedTerm{text, float32(weight * rarity(chunks, with) * (k1 + 1))})
	}
	slices.SortFunc(weighed, func(x, y weighedTerm) int {
		return cmp.Or(cmp.Compare(y.impact, x.impact), strings.Compare(x.text, y.text))
	})
	return weighed
}

// common tells whether a word says too little. In a small index a word of many chunks may still be all there is.
func common(chunks, with int) bool {
	return chunks >= 1000 && float64(with) > commonShare*float64(chunks)
}

// scorer knows what a count in a chunk of a length is worth: count / (count + k1·(1-b+b·length/average)).
type scorer struct {
	saturation [longest + 1][most + 1]float32
}

func newScorer(segments []*Segment) *scorer {
	chunks, total := 0, uint64(0)
	for _, segment := range segments {
		chunks += segment.Chunks()
		total += segment.total
	}
	average := float64(total) / float64(max(1, chunks))
	s := &scorer{}
	for length := range s.saturation {
		for count := 1; count <= most; count++ {
			norm := k1 * (1 - b + b*float64(length)/max(1, average))
			s.saturation[length][count] = float32(float64(count) / (float64(count) + norm))
		}
	}
	return s
}

// score adds up the impacts of all words for each chunk of a segment.
func (s *scorer) score(ctx context.Context, segment *Segment, terms []weighedTerm) []float32 {
	scores := make([]float32, segment.Chunks())
	for _, term := range terms {
		if ctx.Err() != nil {
			break
		}
		for reader := segment.terms.find(term.text); reader.left > 0; {
			p := reader.next()
			scores[p.chunk] += term.impact * s.saturation[segment.lengths[p.chunk]][p.count]
		}
	}
	return scores
}

// shortlist keeps the best k hits seen so far. It holds up to twice as many and sorts when it is full, which is
// cheaper than a heap that orders every hit.
type shortlist struct {
	k    int
	hits []Hit
	bar  float64 // the score of the k-th hit; a lower one cannot enter
}

// take looks at all chunks of a segment.
func (l *shortlist) take(number int, segment *Segment, scores []float32, skip func(int, source.Path) bool) {
	const unknown, kept, skipped = 0, 1, 2
	verdicts := make([]uint8, len(segment.paths))
	for i, score := range scores {
		if score == 0 || float64(score) < l.bar {
			continue
		}
		piece := segment.pieces[i]
		path := segment.paths[piece.file]
		if verdicts[piece.file] == unknown {
			verdicts[piece.file] = kept
			if skip != nil && skip(number, path) {
				verdicts[piece.file] = skipped
			}
		}
		if verdicts[piece.file] == skipped {
			continue
		}
		span := source.Span{Start: source.Offset(piece.start), End: source.Offset(piece.end)}
		l.hits = append(l.hits, Hit{Segment: number, Path: path, Span: span, Score: float64(score)})
		if len(l.hits) >= 2*l.k {
			l.shrink()
		}
	}
}

func (l *shortlist) shrink() {
	slices.SortFunc(l.hits, order)
	if len(l.hits) >= l.k {
		l.hits = l.hits[:l.k]
		l.bar = l.hits[l.k-1].Score
	}
}

// order puts the best hit first and hits of one score in a fixed order.
func order(x, y Hit) int {
	return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Span.Start, y.Span.Start),
		cmp.Compare(x.Segment, y.Segment))
}

func (l *shortlist) finish() []Hit {
	l.shrink()
	return slices.Clone(l.hits)
}
