package completion

import (
	"fmt"

	"github.com/infill-dev/infill/completion/memory"
	"github.com/infill-dev/infill/completion/trace"
)

// recalled is what is left of a suggestion that the user is typing: the same text, so that it never changes under the
// cursor, and no request. A user who asks wants to hear anew.
func (r *run) recalled() []Item {
	if r.request.Invoked || r.request.Fresh || r.request.Selected != "" || r.request.LocalOnly {
		return nil
	}
	done := r.stage("memory")
	rest, typed := r.engine.memory.Recall(r.place())
	if len(rest) == 0 {
		done("nothing fits")
		return nil
	}
	done(fmt.Sprintf("suggested before, %d bytes of it are typed", typed))
	var items []Item
	for _, offer := range rest[:min(len(rest), max(1, r.request.Count))] {
		c := candidate{text: offer.Text, engine: offer.Engine, score: offer.Score}
		items = append(items, r.item(c))
		r.trace.Candidates = append(r.trace.Candidates, trace.Candidate{Text: offer.Text, Kind: "remembered", Engine: offer.Engine,
			Score: offer.Score, Shown: true})
	}
	return items
}

// remember keeps what is shown for the keys that follow. What the local engine said because the model was too slow is
// not kept: at the next key the model has read the prompt and may say better.
func (r *run) remember(items []Item) {
	if r.request.Fresh || r.request.Selected != "" || r.request.LocalOnly || r.trace.Problem != "" {
		return
	}
	var offers []memory.Offer
	for _, item := range items {
		offers = append(offers, memory.Offer{Text: item.Text, Score: item.Score, Engine: item.Engine})
	}
	r.engine.memory.Remember(r.place(), offers)
}

func (r *run) place() memory.Place {
	text := r.site.file.Text()
	return memory.Place{Path: r.site.file.Path(), Before: text[:r.site.offset], After: text[r.site.offset:]}
}
