package fim

import (
	"strings"
	"unicode/utf8"
)

// window chooses the part of text next to the cursor, its end for a prefix and its start for a suffix, of at most
// budget tokens, and makes it harmless. Whole lines are taken while they fit. The far edge lies on the grid of
// snapLines where that leaves at least half of what would fit.
func (b *builder) window(text string, budget int, isPrefix bool) string {
	lines := splitLines(text)
	if !isPrefix {
		reverse(lines)
	}
	// From here on the cursor is at the end of lines and the grid counts from its start.
	start, used := len(lines), 0
	for start > 0 {
		cost := b.Count(b.clean(lines[start-1]))
		if used+cost > budget {
			break
		}
		used += cost
		start--
	}
	if start == len(lines) {
		if start == 0 {
			return ""
		}
		return b.part(lines[start-1], budget, isPrefix)
	}
	if snapped := (start + snapLines - 1) / snapLines * snapLines; start > 0 && snapped < len(lines) && len(lines)-snapped >= (len(lines)-start)/2 {
		start = snapped
	}
	kept := lines[start:]
	if !isPrefix {
		reverse(kept)
	}
	return b.fit(strings.Join(kept, ""), budget, isPrefix)
}

// fit takes away lines far from the cursor until text fits as a whole, since the count of a whole may exceed the sum
// of the counts of its lines.
func (b *builder) fit(text string, budget int, isPrefix bool) string {
	for {
		clean := b.clean(text)
		if b.Count(clean) <= budget {
			return clean
		}
		shorter := text
		if at := strings.IndexByte(text, '\n'); isPrefix && at >= 0 && at+1 < len(text) {
			shorter = text[at+1:]
		} else if at := strings.LastIndexByte(strings.TrimRight(text, "\r\n"), '\n'); !isPrefix && at >= 0 {
			shorter = text[:at+1]
		}
		if shorter == text {
			return b.part(text, budget, isPrefix)
		}
		text = shorter
	}
}

// part is the piece of one line next to the cursor that fits, cut between characters.
func (b *builder) part(line string, budget int, isPrefix bool) string {
	low, high := 0, len(line) // bytes kept: low fits
	for low < high {
		middle := (low + high + 1) / 2
		if b.Count(b.clean(nearest(line, middle, isPrefix))) <= budget {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return b.clean(nearest(line, low, isPrefix))
}

// nearest is at most n bytes next to the cursor, whole characters only.
func nearest(line string, n int, isPrefix bool) string {
	if n >= len(line) {
		return line
	}
	if isPrefix {
		start := len(line) - n
		for start < len(line) && !utf8.RuneStart(line[start]) {
			start++
		}
		return line[start:]
	}
	for n > 0 && !utf8.RuneStart(line[n]) {
		n--
	}
	return line[:n]
}

func splitLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, line)
	}
	return lines
}

func reverse(lines []string) {
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
}
