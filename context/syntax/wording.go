package syntax

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

// signatureLength is where a signature is cut, in bytes. Almost all function heads are below 200 bytes; the rest are
// initial values and long parameter lists, of which the beginning says enough.
const signatureLength = 300

// signature is a declaration on one line: without annotations in front, comments and its body.
func (r *reader) signature(decl *declared) string {
	end := decl.Span.End
	switch {
	case decl.shell.Len() > 0:
		end = decl.shell.Start
	case decl.shell != (source.Span{}): // broken code: an empty body lies anywhere
		end = decl.Span.Start + strings.IndexByte(r.chunk[decl.Span.Start:end]+"\n", '\n')
	}
	start := skipAnnotations(r.chunk, decl.Span.Start, end)
	folded := strings.TrimSpace(r.fold(start, end))
	for _, tail := range []string{"=>", "=", ":", ";", ",", "{"} {
		folded = strings.TrimRight(strings.TrimSuffix(folded, tail), " ")
	}
	return cut(folded, signatureLength)
}

// fold is the text of a range without comments, with each run of white space as one space. It stops soon after
// signatureLength.
func (r *reader) fold(start, end source.Offset) string {
	var out strings.Builder
	next, _ := slices.BinarySearchFunc(r.trivia, start, func(t trivium, at source.Offset) int { return cmp.Compare(t.span.Start, at) })
	blank := false
	for at := start; at < end && out.Len() <= signatureLength; at++ {
		for next < len(r.trivia) && r.trivia[next].span.Start < at {
			next++
		}
		if next < len(r.trivia) && r.trivia[next].span.Start == at && !r.trivia[next].attribute && r.trivia[next].span.Len() > 0 {
			at = r.trivia[next].span.End - 1
			blank = true
			continue
		}
		if isBlank(r.chunk[at]) {
			blank = true
			continue
		}
		if blank && out.Len() > 0 {
			out.WriteByte(' ')
		}
		blank = false
		out.WriteByte(r.chunk[at])
	}
	return out.String()
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' }

// cut shortens a text to a length at a rune's start and says so with an ellipsis.
func cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	for length > 0 && !utf8.RuneStart(text[length]) {
		length--
	}
	return strings.TrimRight(text[:length], " ") + " …"
}

// skipAnnotations skips Java's annotations and the decorators of Python and TypeScript: @name, @a.b(…).
func skipAnnotations(text string, start, end source.Offset) source.Offset {
	for start < end && text[start] == '@' && !strings.HasPrefix(text[start:end], "@interface") {
		at := start + 1
		for at < end && (text[at] == '.' || text[at] == '_' || text[at] == '$' || isAlphanumeric(text[at])) {
			at++
		}
		if at < end && text[at] == '(' {
			at = closing(text, at, end)
		}
		for at < end && isBlank(text[at]) {
			at++
		}
		start = at
	}
	return start
}

func isAlphanumeric(b byte) bool {
	return b >= utf8.RuneSelf || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// closing is the offset behind the bracket that closes the one at offset at; end when there is none.
func closing(text string, at, end source.Offset) source.Offset {
	depth := 0
	for ; at < end; at++ {
		switch text[at] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return at + 1
			}
		case '"', '\'':
			for quote := text[at]; at+1 < end && text[at+1] != quote; at++ {
				if text[at+1] == '\\' {
					at++
				}
			}
			at++
		}
	}
	return end
}

// bodyOf splits the span of a body node into the body with its braces and the body inside them. The node of a Go
// interface also holds the keyword.
func bodyOf(text string, shell source.Span) (withBraces, inside source.Span) {
	if strings.HasPrefix(text[shell.Start:shell.End], "interface") {
		if brace := strings.IndexByte(text[shell.Start:shell.End], '{'); brace >= 0 {
			shell.Start += brace
		}
	}
	inside = shell
	if inside.Len() > 0 && text[inside.Start] == '{' {
		inside.Start++
		if inside.Len() > 0 && text[inside.End-1] == '}' {
			inside.End--
		}
	}
	return shell, inside
}

// receiverType is the type's name in a Go receiver: Box in "(b *Box[T])".
func receiverType(list string) string {
	list, _, _ = strings.Cut(list, "[")
	fields := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune("()*, \t\r\n", r) })
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1]
}

// declaredType is a type as written, without the colon that TypeScript's annotations hold, folded to one line.
func declaredType(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(text, ":"))
	if len(text) > 4*signatureLength {
		text = text[:4*signatureLength]
	}
	return cut(strings.Join(strings.Fields(text), " "), signatureLength)
}

// unquote takes the quotes off a literal.
func unquote(text string) string {
	if len(text) >= 2 && strings.IndexByte("\"'`", text[0]) >= 0 && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

// nameSpan is the span of a name without its quotes, as TypeScript's module "name" has them.
func nameSpan(span source.Span, text string) source.Span {
	if len(unquote(text)) < len(text) {
		return source.Span{Start: span.Start + 1, End: span.End - 1}
	}
	return span
}
