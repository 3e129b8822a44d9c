package local

import (
	"sort"
	"strings"
)

// Constants of the mix. Order 6 and the weight n/(n+0.8), at most 0.85, of a longer context over a shorter one are
// Jelinek-Mercer smoothing as SLP-Core does it; 400 positions of a context are looked at; the folder of the file
// counts four times (worth up to +0.7 points). Without sampling a context as common as "(" would cost milliseconds.
const (
	ngramOrder   = 6
	discount     = 0.8
	maxWeight    = 0.85
	maxSampled   = 400
	folderWeight = 4
)

// copied is how often the continuation of the longest match was right, by the length of the match in words; fitted
// on a repository that no number here comes from.
func copied(length int) float64 {
	switch {
	case length >= 12:
		return 0.93
	case length >= 10:
		return 0.84
	case length >= 8:
		return 0.78
	case length >= 6:
		return 0.70
	case length >= 4:
		return 0.55
	}
	return 0
}

// guess is one possible next word.
type guess struct {
	text       string
	confidence float64
	at         place // a place where it stood behind the same words
	length     int   // words of the match it was copied from; 0 when it comes from the mix
	agreed     bool  // every place with that match goes on so
}

// place is a position in a corpus.
type place struct {
	inFile   bool // in the file under the cursor, not in the index
	position int
}

// corner is one corpus to predict from: the workspace, or the file under the cursor.
type corner struct {
	corpus   *corpus
	inFile   bool
	context  []uint32 // the words before the cursor, by this corpus' numbers
	skip     span     // positions that must not answer
	near     span     // positions that count more
	textOf   func(uint32) string
	byLength [depth + 1]span
	longest  int
}

// locate finds the places with the same last words, for each number of words.
func (s *corner) locate() {
	within := s.corpus.all()
	s.longest = 0
	for k := 1; k <= min(depth, len(s.context)); k++ {
		id := s.context[len(s.context)-k]
		if id == boundary {
			return
		}
		within = s.corpus.narrow(within, k, id)
		if within.size() == 0 {
			return
		}
		s.byLength[k], s.longest = within, k
	}
}

// counts are the continuations of a context: how often each was seen, and one place of it.
type counts struct {
	total float64
	seen  map[uint32]seen
}

type seen struct {
	weight float64
	at     int
}

// continuations counts what follows the last k words, looking at an even sample of many.
func (s *corner) continuations(k int, fits func(string) bool) counts {
	c := counts{seen: map[uint32]seen{}}
	within := s.byLength[k]
	step := max(1, within.size()/maxSampled)
	for i := within.from; i < within.to; i += step {
		position := int(s.corpus.order[i])
		if position >= s.skip.from && position < s.skip.to {
			continue
		}
		id := s.corpus.ids[position]
		if id == boundary || fits != nil && !fits(s.textOf(id)) {
			continue
		}
		weight := 1.0
		if position >= s.near.from && position < s.near.to {
			weight = folderWeight
		}
		c.total += weight
		old := c.seen[id]
		c.seen[id] = seen{old.weight + weight, position}
	}
	return c
}

// next predicts the next word from both sources. fits, when given, restricts what may come.
func next(sources []*corner, fits func(string) bool) (best guess, ok bool) {
	mixed := map[string]*guess{}
	for _, s := range sources {
		s.locate()
	}
	for k := 1; k <= ngramOrder; k++ {
		for _, s := range sources {
			if k <= s.longest {
				mix(mixed, s, s.continuations(k, fits))
			}
		}
	}
	for _, g := range sortedGuesses(mixed) {
		if !ok || g.confidence > best.confidence {
			best, ok = *g, true
		}
	}
	for _, s := range sources {
		if copy, found := s.copy(fits); found && copy.confidence > best.confidence {
			best, ok = copy, true
		}
	}
	return best, ok
}

// mix puts a longer context over what shorter ones said.
func mix(mixed map[string]*guess, s *corner, c counts) {
	if c.total == 0 {
		return
	}
	weight := min(c.total/(c.total+discount), maxWeight)
	for _, g := range mixed {
		g.confidence *= 1 - weight
	}
	for id, one := range c.seen {
		text := s.textOf(id)
		g := mixed[text]
		if g == nil {
			g = &guess{text: text}
			mixed[text] = g
		}
		g.confidence += weight * one.weight / c.total
		g.at = place{s.inFile, one.at}
	}
}

func sortedGuesses(mixed map[string]*guess) []*guess {
	list := make([]*guess, 0, len(mixed))
	for _, g := range mixed {
		list = append(list, g)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].text < list[j].text })
	return list
}

// copy continues the longest match, of at least four words, in the way most of its places do.
func (s *corner) copy(fits func(string) bool) (guess, bool) {
	for k := s.longest; k >= 4; k-- {
		c := s.continuations(k, fits)
		if c.total == 0 {
			continue // only places that must not answer
		}
		var best guess
		for id, one := range c.seen {
			text := s.textOf(id)
			share := one.weight / c.total
			if confidence := copied(k) * share; confidence > best.confidence || confidence == best.confidence && text < best.text {
				best = guess{text, confidence, place{s.inFile, one.at}, k, len(c.seen) == 1}
			}
		}
		return best, true
	}
	return guess{}, false
}

// startsWith restricts guesses to those that go on with what was typed of a word.
func startsWith(typed string) func(string) bool {
	if typed == "" {
		return nil
	}
	return func(text string) bool { return strings.HasPrefix(text, typed) }
}
