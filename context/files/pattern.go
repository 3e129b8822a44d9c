package files

import (
	"path"
	"strings"
)

// Patterns of .gitignore, as gitignore(5) and git's wildmatch.c define them. The libraries that were looked at
// (sabhiram/go-gitignore, denormal/go-gitignore, go-git's plumbing/format/gitignore) turn patterns into regular
// expressions or split them in ways that differ from git at "**", escapes, classes and trailing blanks; this matcher
// agrees with `git check-ignore` on a generated test and takes time proportional to pattern × path, however many
// stars a pattern has.

// verdict is what patterns say of a path.
type verdict int

const (
	undecided verdict = iota
	ignored
	allowed
)

// patterns are the lines of one file; the last one that matches decides.
type patterns []pattern

type pattern struct {
	negated bool
	dirOnly bool
	base    bool     // has no slash: matches the last part of a path anywhere
	parts   []string // between slashes; "**" stands for any number of folders
}

func parsePatterns(text string) patterns {
	var list patterns
	text = strings.TrimPrefix(text, "\ufeff")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if p, ok := parsePattern(line); ok {
			list = append(list, p)
		}
	}
	return list
}

func parsePattern(line string) (pattern, bool) {
	var p pattern
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line = trimBlanks(line)
	if rest, ok := strings.CutPrefix(line, "!"); ok {
		p.negated, line = true, rest
	}
	if rest, ok := strings.CutSuffix(line, "/"); ok {
		p.dirOnly, line = true, rest
	}
	if line == "" {
		return p, false
	}
	p.base = !strings.Contains(line, "/")
	p.parts = strings.Split(strings.TrimPrefix(line, "/"), "/")
	return p, true
}

// trimBlanks takes blanks from the end of a line unless a backslash stands before them.
func trimBlanks(line string) string {
	end := len(line)
	for end > 0 && line[end-1] == ' ' {
		slashes := 0
		for i := end - 2; i >= 0 && line[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 1 {
			break
		}
		end--
	}
	return line[:end]
}

// decide tells what the patterns say of a path relative to their folder.
func (list patterns) decide(name string, isDir bool) verdict {
	if len(list) == 0 {
		return undecided
	}
	base := path.Base(name)
	var parts []string
	for i := len(list) - 1; i >= 0; i-- {
		p := &list[i]
		if p.dirOnly && !isDir {
			continue
		}
		matches := false
		if p.base {
			matches = matchPart(p.parts[0], base)
		} else {
			if parts == nil {
				parts = strings.Split(name, "/")
			}
			matches = matchParts(p.parts, parts)
		}
		if matches && p.negated {
			return allowed
		}
		if matches {
			return ignored
		}
	}
	return undecided
}

// matchParts matches folders by the greedy method for stars: on a mismatch only the last "**" takes one more folder,
// which is enough (as in wildcard matching of strings), so the time is at most parts × parts.
func matchParts(pattern, parts []string) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(parts) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, mark = p, n
			p++
			if p == len(pattern) {
				return n < len(parts) // "a/**" matches what is inside, and inside is something
			}
		case p < len(pattern) && matchPart(pattern[p], parts[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return p == len(pattern)
}

// matchPart matches one name: "*", "?", classes and escapes, by the same greedy method.
func matchPart(pattern, name string) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, n
			p++
			continue
		}
		if p < len(pattern) {
			size, ok, valid := matchOne(pattern[p:], name[n])
			if !valid {
				return false
			}
			if ok {
				p += size
				n++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, n = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne matches one byte with the next element of a pattern, of which it tells the size. Like git it compares
// bytes. A pattern that ends in a backslash or in an open class is not valid and matches nothing.
func matchOne(pattern string, c byte) (size int, ok, valid bool) {
	switch pattern[0] {
	case '?':
		return 1, true, true
	case '\\':
		if len(pattern) < 2 {
			return 0, false, false
		}
		return 2, pattern[1] == c, true
	case '[':
		return matchClass(pattern, c)
	}
	return 1, pattern[0] == c, true
}

func matchClass(pattern string, c byte) (size int, ok, valid bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	found := false
	for first := true; ; first = false {
		if i >= len(pattern) {
			return 0, false, false
		}
		if pattern[i] == ']' && !first {
			return i + 1, found != negated, true
		}
		if end := strings.Index(pattern[i:], ":]"); strings.HasPrefix(pattern[i:], "[:") && end > 0 {
			member, known := namedClass(pattern[i+2:i+end], c)
			if !known {
				return 0, false, false
			}
			found = found || member
			i += end + 2
			continue
		}
		low, next, good := classByte(pattern, i)
		if !good {
			return 0, false, false
		}
		high := low
		if next+1 < len(pattern) && pattern[next] == '-' && pattern[next+1] != ']' {
			if high, next, good = classByte(pattern, next+1); !good {
				return 0, false, false
			}
		}
		found = found || low <= c && c <= high
		i = next
	}
}

// classByte reads one byte of a class, escaped or not.
func classByte(pattern string, i int) (c byte, next int, ok bool) {
	if pattern[i] == '\\' {
		i++
	}
	if i >= len(pattern) {
		return 0, 0, false
	}
	return pattern[i], i + 1, true
}

func namedClass(name string, c byte) (member, known bool) {
	lower, upper, digit := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
	blank := c == ' ' || c == '\t'
	space := blank || c >= '\n' && c <= '\r'
	graph := c > ' ' && c < 0x7f
	switch name {
	case "alnum":
		return lower || upper || digit, true
	case "alpha":
		return lower || upper, true
	case "blank":
		return blank, true
	case "cntrl":
		return c < ' ' || c == 0x7f, true
	case "digit":
		return digit, true
	case "graph":
		return graph, true
	case "lower":
		return lower, true
	case "print":
		return graph || c == ' ', true
	case "punct":
		return graph && !lower && !upper && !digit, true
	case "space":
		return space, true
	case "upper":
		return upper, true
	case "xdigit":
		return digit || c|0x20 >= 'a' && c|0x20 <= 'f', true
	}
	return false, false
}
