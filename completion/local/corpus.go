package local

import (
	"slices"
	"sort"
)

// corpus is a sequence of words with a suffix array of reversed contexts: order lists the positions sorted by the
// words before them, the nearest first, so that all places with the same last k words stand together.
type corpus struct {
	ids    []uint32
	starts []uint32 // byte offset of each word in its file
	order  []uint32
}

// depth is how many words back contexts are told apart: the longest match that a copy can use.
const depth = 24

func (c *corpus) len() int { return len(c.ids) }

func (c *corpus) add(id uint32, start int) {
	c.ids, c.starts = append(c.ids, id), append(c.starts, uint32(start))
}

// sort builds the order: first into buckets by the nearest word, then each bucket by comparison.
func (c *corpus) sort() {
	n := len(c.ids)
	if n < 2 {
		return
	}
	sizes := make([]uint32, slices.Max(c.ids)+2)
	for _, id := range c.ids[:n-1] {
		sizes[id+1]++
	}
	for i := 1; i < len(sizes); i++ {
		sizes[i] += sizes[i-1]
	}
	c.order = make([]uint32, n-1)
	next := slices.Clone(sizes)
	for i := 1; i < n; i++ {
		id := c.ids[i-1]
		c.order[next[id]] = uint32(i)
		next[id]++
	}
	for id := int(boundary) + 1; id+1 < len(sizes); id++ {
		if bucket := c.order[sizes[id]:sizes[id+1]]; len(bucket) > 1 {
			slices.SortFunc(bucket, c.compare)
		}
	}
}

// compare orders two positions by the words before them, from the second nearest on. A context ends at a boundary.
func (c *corpus) compare(a, b uint32) int {
	for k := uint32(2); k <= depth; k++ {
		if a < k || b < k {
			return int(b) - int(a)
		}
		x, y := c.ids[a-k], c.ids[b-k]
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
		if x == boundary {
			return 0
		}
	}
	return 0
}

// span is a range of order.
type span struct{ from, to int }

func (s span) size() int { return s.to - s.from }

// all is every position.
func (c *corpus) all() span { return span{0, len(c.order)} }

// narrow is the part of a range, in which the last k-1 words agree, where the k-th word back is id.
func (c *corpus) narrow(within span, k int, id uint32) span {
	at := func(i int) uint32 {
		if position := int(c.order[i]); position >= k {
			return c.ids[position-k]
		}
		return boundary
	}
	from := within.from + sort.Search(within.size(), func(i int) bool { return at(within.from+i) >= id })
	to := from + sort.Search(within.to-from, func(i int) bool { return at(from+i) > id })
	return span{from, to}
}
