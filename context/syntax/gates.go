package syntax

import (
	"fmt"
	"strings"
)

// gates are the limits beyond which a text is not parsed. Measured parse times and heaps of texts beyond them grow
// faster than their size (1 MiB of "f(f(f(…" takes 3.9 s and 1.4 GB), while real code stays far below: the longest
// line of a 1 MB Kubernetes test file is 439 bytes. A zero limit is no limit.
type gates struct {
	size  int // bytes of the text
	line  int // bytes of the longest line
	head  int // bytes at the start that must not hold a NUL, which tells a binary file
	depth int // brackets open at once, counted without regard to strings
}

var standardGates = gates{size: 1 << 20, line: 20_000, head: 8_192, depth: 2_000}

// refuse tells why a text is not parsed; empty when it may be.
func (g gates) refuse(text string) string {
	switch {
	case g.size > 0 && len(text) > g.size:
		return fmt.Sprintf("larger than %d bytes", g.size)
	case strings.IndexByte(text[:min(g.head, len(text))], 0) >= 0:
		return "binary: a NUL byte near the start"
	case g.line > 0 && longestLine(text) > g.line:
		return fmt.Sprintf("a line longer than %d bytes", g.line)
	case g.depth > 0 && bracketDepth(text) > g.depth:
		return fmt.Sprintf("brackets nested deeper than %d", g.depth)
	}
	return ""
}

func longestLine(text string) int {
	longest := 0
	for {
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			return max(longest, len(text))
		}
		longest = max(longest, end)
		text = text[end+1:]
	}
}

// bracketDepth is the greatest number of brackets that are open at once. A closing bracket too many counts as none,
// so that text in front cannot hide depth behind it.
func bracketDepth(text string) int {
	depth, deepest := 0, 0
	for i := range len(text) {
		if change := nesting[text[i]]; change != 0 {
			depth = max(0, depth+int(change))
			deepest = max(deepest, depth)
		}
	}
	return deepest
}

// nesting is by how much a byte changes the number of open brackets. A table is several times faster than a switch.
var nesting = [256]int8{'(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1}
