package local

import (
	"math"

	"github.com/infill-dev/infill/context/lex"
)

// Constants of the mix. Order 6 is SLP-Core's; the weight n/(n+d) of a context seen n times with d different
// continuations, over the shorter contexts, is Witten and Bell's (1991); 400 positions of a context are looked at; the
// folder of the file counts four times (worth up to +0.3 points of the next word). Without sampling a context as common
// as "(" would cost milliseconds.
const (
	ngramOrder   = 6
	maxWeight    = 0.95
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

// class is a sort of word, as far as guessing it goes.
type class int

// The classes. A name is known when the file has it near the cursor.
const (
	mark class = iota // punctuation and keywords
	lineEnd
	knownName // also numbers
	newName
	knownText // of a string
	newText
)

// sureness is how much less sure than the mix one must be, in logits by class, and sureSlope by how much all logits shrink,
// because a context that was seen once is counted at each of its lengths. Fitted by logistic regression on 22,000 words
// of cmd/go, each held out with its file. Of the words that then have 0.8 to 0.9, 88 % are right there and 89 % in x/tools;
// with 0.5 to 0.6 it is 58 % and 55 %. A mixed share of 0.95 becomes 0.78 for a mark, 0.87 for a line's end, 0.61 for a
// name that the file does not have, 0.43 for a text that it does not have.
var sureness = [...]float64{mark: -0.57, lineEnd: 0.05, knownName: -0.73, newName: -1.39, knownText: -1.81, newText: -2.15}

const sureSlope = 0.63

// sure turns a mixed share into a probability.
func sure(share float64, c class) float64 {
	share = max(0.005, min(share, 0.9995))
	logit := sureSlope*math.Log(share/(1-share)) + sureness[c]
	return 1 / (1 + math.Exp(-logit))
}

// guess is one possible next word.
type guess struct {
	text       string
	confidence float64
	at         place // a place where it stood behind the same words
	length     int   // words of the match it was copied from; 0 when it comes from the mix
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
	s.byLength[0], s.longest = within, 0
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
	places float64
	total  float64 // the places, near ones more than once
	seen   map[uint32]seen
}

type seen struct {
	weight float64
	at     int
}

// continuations counts what follows the last k words, looking at an even sample of many places.
func (s *corner) continuations(k, sample int, fits func(string) bool) counts {
	c := counts{seen: map[uint32]seen{}}
	within := s.byLength[k]
	step := max(1, (within.size()+sample-1)/sample)
	for i := within.from; i < within.to; i += step {
		position := int(s.corpus.order[i])
		if position >= s.skip.from && position < s.skip.to {
			continue
		}
		id := s.corpus.ids[position]
		if id == boundary || !fits(s.textOf(id)) {
			continue
		}
		weight := 1.0
		if position >= s.near.from && position < s.near.to {
			weight = folderWeight
		}
		c.places++
		c.total += weight
		old := c.seen[id]
		c.seen[id] = seen{old.weight + weight, position}
	}
	return c
}

// next predicts the next word. typed is the beginning of it that is there already.
func (l *line) next(typed string) (best guess, found bool) {
	fits := func(text string) bool { return l.fits(typed, text) }
	for _, s := range l.corners {
		s.locate()
	}
	take := func(g guess) {
		g.confidence = sure(g.confidence, l.classOf(g.text))
		if !found || g.confidence > best.confidence || g.confidence == best.confidence && g.text < best.text {
			best, found = g, true
		}
	}
	for _, g := range l.mixed(typed, fits) {
		take(*g)
	}
	for _, s := range l.corners {
		if g, ok := s.copy(fits); ok {
			take(g)
			if g.text == best.text && g.length > best.length {
				best.at, best.length = g.at, g.length // the same word, and known from where
			}
		}
	}
	return best, found
}

// mixed mixes all contexts of both corpora: the longer over the shorter, and of the same length the file's over the
// workspace's (nested, as Hellendoorn and Devanbu do it). A word that has begun may also be any word of the file.
func (l *line) mixed(typed string, fits func(string) bool) map[string]*guess {
	mixed := map[string]*guess{}
	if own := l.corners[1]; typed != "" {
		mix(mixed, own, own.continuations(0, own.corpus.len(), fits))
	}
	for k := 1; k <= ngramOrder; k++ {
		for _, s := range l.corners {
			if k <= s.longest {
				mix(mixed, s, s.continuations(k, maxSampled, fits))
			}
		}
	}
	return mixed
}

// mix puts a longer context over what shorter ones said.
func mix(mixed map[string]*guess, s *corner, c counts) {
	if c.places == 0 {
		return
	}
	weight := min(c.places/(c.places+float64(len(c.seen))), maxWeight)
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

// copy continues the longest match, of at least four words, in the way most of its places do.
func (s *corner) copy(fits func(string) bool) (guess, bool) {
	for k := s.longest; k >= 4; k-- {
		c := s.continuations(k, maxSampled, fits)
		if c.places == 0 {
			continue // only places that must not answer
		}
		var best guess
		for id, one := range c.seen {
			text := s.textOf(id)
			share := one.weight / c.total
			if confidence := copied(k) * share; confidence > best.confidence || confidence == best.confidence && text < best.text {
				best = guess{text, confidence, place{s.inFile, one.at}, k}
			}
		}
		return best, true
	}
	return guess{}, false
}

// classOf sorts a word.
func (l *line) classOf(text string) class {
	_, known := l.numbers[text]
	switch c := text[0]; {
	case text == "\n":
		return lineEnd
	case isText(text) && known:
		return knownText
	case isText(text):
		return newText
	case !isName(c) || lex.IsKeyword(l.language, text):
		return mark
	case known:
		return knownName
	}
	return newName
}

// isText tells whether a word is a string, with letters before its quote or not.
func isText(text string) bool {
	last := text[len(text)-1]
	return text[0] == '"' || text[0] == '\'' || text[0] == '`' || isName(text[0]) && (last == '"' || last == '\'' || last == '#')
}

// isName tells whether a word that begins with this byte is a name or a number.
func isName(c byte) bool {
	return c == '_' || c == '$' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c >= 0x80
}
