package syntax

import (
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// assemble makes the outline of a text from the facts of its chunks.
func assemble(language *language, request outline.ParseRequest, chunks []chunk, hasError bool) outline.Outline {
	out := outline.Outline{Language: language.id, Hash: request.Hash, HasError: hasError}
	size := sizeOf(chunks)
	out.Decls = make([]outline.Decl, 0, size.decls)
	out.References = make([]outline.Reference, 0, size.uses)
	out.Scopes = make([]outline.Scope, 0, size.scopes)
	trivia := make([]trivium, 0, size.trivia)
	for _, chunk := range chunks {
		at, firstDecl, firstScope := chunk.span.Start, len(out.Decls), len(out.Scopes)
		for _, decl := range chunk.facts.decls {
			decl.Span, decl.NameSpan = shift(decl.Span, at), shift(decl.NameSpan, at)
			decl.Body, decl.Doc = shiftNonEmpty(decl.Body, at), shiftNonEmpty(decl.Doc, at)
			if decl.Parent >= 0 {
				decl.Parent += firstDecl
			}
			out.Decls = append(out.Decls, decl)
		}
		for _, one := range chunk.facts.imports {
			one.Span = shift(one.Span, at)
			out.Imports = append(out.Imports, one)
		}
		for _, use := range chunk.facts.uses {
			span := source.Span{Start: at + int(use.start), End: at + int(use.end)}
			out.References = append(out.References, outline.Reference{
				Name: request.Text[span.Start:span.End], Span: span, Call: use.call,
			})
		}
		for _, scope := range chunk.facts.scopes {
			scope.Span = shift(scope.Span, at)
			if scope.Parent >= 0 {
				scope.Parent += firstScope
			}
			out.Scopes = append(out.Scopes, scope)
		}
		for _, one := range chunk.facts.trivia {
			one.span = shift(one.span, at)
			trivia = append(trivia, one)
		}
	}
	for i := range out.Decls {
		if out.Decls[i].Doc.Len() == 0 {
			out.Decls[i].Doc = docComment(request.Text, trivia, out.Decls[i].Span.Start)
		}
	}
	return out
}

type factCount struct{ decls, uses, scopes, trivia int }

func sizeOf(chunks []chunk) factCount {
	var size factCount
	for _, chunk := range chunks {
		size.decls += len(chunk.facts.decls)
		size.uses += len(chunk.facts.uses)
		size.scopes += len(chunk.facts.scopes)
		size.trivia += len(chunk.facts.trivia)
	}
	return size
}

func shift(span source.Span, by int) source.Span {
	return source.Span{Start: span.Start + by, End: span.End + by}
}

// shiftNonEmpty leaves the zero span, which says that there is none, where it is.
func shiftNonEmpty(span source.Span, by int) source.Span {
	if span == (source.Span{}) {
		return span
	}
	return shift(span, by)
}

// docComment is the comment that stands right above an offset: a block comment, or a run of line comments without an
// empty line between. Attributes do not part it from what it documents; a comment behind code on its line does.
func docComment(text string, trivia []trivium, at source.Offset) source.Span {
	next, _ := slices.BinarySearchFunc(trivia, at, func(t trivium, at source.Offset) int { return t.span.Start - at })
	var doc source.Span
	for i := next - 1; i >= 0; i-- {
		one := trivia[i]
		if one.span.End > at || !isOneBreak(text[one.span.End:at]) {
			break
		}
		at = one.span.Start
		if one.attribute {
			if doc.Len() > 0 {
				break
			}
			continue
		}
		comment := text[one.span.Start:one.span.End]
		if !startsLine(text, one.span.Start) || strings.HasPrefix(comment, "//!") || strings.HasPrefix(comment, "/*!") {
			break
		}
		if doc.Len() == 0 {
			doc.End = one.span.End
		}
		doc.Start = one.span.Start
		if strings.HasPrefix(comment, "/*") {
			break
		}
	}
	return doc
}

// isOneBreak tells whether a gap is blank and holds at most one line ending.
func isOneBreak(gap string) bool {
	return strings.Count(gap, "\n") <= 1 && strings.Trim(gap, " \t\r\n\f") == ""
}

func startsLine(text string, at source.Offset) bool {
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	return strings.Trim(line, " \t\r\f") == ""
}
