package retrieve

import (
	"cmp"
	"context"
	"path"
	"slices"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/source"
)

// recipe is the numbers that Gather works with. BenchmarkRecall measures what each of them gives.
type recipe struct {
	lines  int     // how many lines before the cursor, and behind it, ask
	fade   float64 // a word so many lines from the cursor counts half as much as one on its line; 0: all count 1
	folder float64 // a piece of the cursor's own folder scores so much more: 0.2 makes 12 of 10
	hits   int     // how many hits are looked at
}

// standard holds only what pays on Go's cmd/go and on golang.org/x/tools. BenchmarkRecall's points of recall at 1,024
// tokens that a change loses, on the one and the other: every word counting 1 within 10 lines 5.6 and 4.4; 10 lines that
// fade 3.5 and 2.1; folder 0 0.8 and 0.6; no outlines 5.1 and 1.4. 20 and 80 lines, fade 1 and 3, folder 0.4 and twice
// the hits stay within about a point. A prior for common imports, and the parts of identifiers as words of their own,
// gained on one repository or budget and lost on another.
var standard = recipe{lines: 40, fade: 2, folder: 0.2, hits: 100}

func (r recipe) gather(ctx context.Context, query Query) []Snippet {
	file, known := query.Snapshot.File(query.Path)
	if !known || query.Budget <= 0 || query.Count == nil {
		return nil
	}
	view := r.look(file, language(query), query.Offset)
	corpus := assemble(query.Snapshot, query.Path)
	hits := chunk.Search(ctx, corpus.segments, view.terms, r.hits, corpus.skip)
	r.prefer(hits, query)
	packing := packing{query: query, view: view, held: map[string]bool{}}
	for _, hit := range hits {
		if ctx.Err() != nil || !packing.room() {
			break
		}
		packing.offer(hit)
	}
	explain(packing.snippets, view, corpus)
	slices.Reverse(packing.snippets)
	return packing.snippets
}

// prefer lifts the hits of the cursor's own folder.
func (r recipe) prefer(hits []chunk.Hit, query Query) {
	folder := path.Dir(string(query.Path))
	for i := range hits {
		if path.Dir(string(hits[i].Path)) == folder {
			hits[i].Score *= 1 + r.folder
		}
	}
	slices.SortStableFunc(hits, func(x, y chunk.Hit) int { return cmp.Compare(y.Score, x.Score) })
}

// language is what the editor says of the cursor's file, else what its name says.
func language(query Query) string {
	if document, open := query.Snapshot.Document(query.Path); open && document.Language != "" {
		return document.Language
	}
	return source.LanguageOf(query.Path)
}
