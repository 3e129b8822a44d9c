// Package memory remembers what was suggested, so that typing along a suggestion asks nobody again.
//
// One thing must stay true: what it recalls is the rest of a text that was offered at the same place. The text around
// the place and what was typed since agree with it byte for byte, whatever happened further away in the file.
package memory

import (
	"slices"
	"strings"
	"sync"

	"github.com/infill-dev/infill/context/source"
)

// Place is a cursor in a file.
type Place struct {
	Path   source.Path
	Before string // the text before the cursor
	After  string // the text behind it
}

// Offer is one suggestion: a text to insert at a place.
type Offer struct {
	Text   string
	Score  float64
	Engine string
}

// Bounds of what is kept. 4 KB before the cursor are some 100 lines and 1 KB behind it some 25: an edit beyond them
// would hardly change what a model says, and a suggestion outlives it. A person types along one of the last few
// suggestions; 64 are 300 KB.
const (
	before   = 4 << 10
	after    = 1 << 10
	mostKept = 64
)

// Memory is the suggestions of one engine, for one model and one set of settings. The zero value is empty. It is safe
// for use by several goroutines.
type Memory struct {
	mutex sync.Mutex
	kept  []memory // newest last
}

type memory struct {
	place  Place // only the text near the cursor
	offers []Offer
}

// Remember keeps the offers that were made at a place, the best first, in place of those made there before.
func (m *Memory) Remember(at Place, offers []Offer) {
	near := near(at)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.kept = slices.DeleteFunc(m.kept, func(old memory) bool { return old.place == near })
	if len(offers) == 0 {
		return
	}
	if len(m.kept) == mostKept {
		m.kept = slices.Delete(m.kept, 0, 1)
	}
	m.kept = append(m.kept, memory{near, slices.Clone(offers)})
}

// near is a place without the text far from the cursor. The copies do not keep the whole text alive.
func near(at Place) Place {
	return Place{at.Path, strings.Clone(at.Before[max(0, len(at.Before)-before):]), strings.Clone(at.After[:min(len(at.After), after)])}
}

// Recall is what is left of the newest offers that fit a place: those of which the beginning, which may be nothing, has
// been typed since. Typed tells how many bytes of them were. An offer that was typed to its end is no offer any more.
func (m *Memory) Recall(at Place) (rest []Offer, typed int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for i := len(m.kept) - 1; i >= 0; i-- {
		old := m.kept[i]
		if old.place.Path != at.Path || !strings.HasPrefix(at.After, old.place.After) {
			continue
		}
		for _, offer := range old.offers {
			if n, ok := typedOf(offer.Text, old.place.Before, at.Before); ok {
				rest, typed = append(rest, Offer{offer.Text[n:], offer.Score, offer.Engine}), n
			}
		}
		if len(rest) > 0 {
			return rest, typed
		}
	}
	return nil, 0
}

// typedOf is how many bytes of an offer stand between what was before the cursor when it was made and the cursor now: as
// many as possible, where a text that repeats itself leaves a choice.
func typedOf(offer, then, now string) (int, bool) {
	for n := len(offer) - 1; n >= 0; n-- {
		if rest, ok := strings.CutSuffix(now, offer[:n]); ok && strings.HasSuffix(rest, then) {
			return n, true
		}
	}
	return 0, false
}
