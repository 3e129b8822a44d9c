package syntax

import (
	"strings"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// part is what a capture of a query stands for.
type part uint8

const (
	declaration part = iota // @kind.…: a whole declaration of that kind
	namePart
	bodyPart
	typePart     // the declared type or result
	sharedPart   // a list of names that have one type
	receiverPart // the parameter list that holds the receiver of a Go method
	ownerPart    // what a property is set on; counts only when it is self or this
	docPart      // a docstring, the first statement of a body
	wrapPart     // a node that widens the declaration it ends with: export, decorators, Go's var keyword
	commentPart
	attributePart // stands between a comment and what it documents without parting them
	ignorePart    // holds no references
	scopePart
	functionScopePart // variables in here are locals and no declarations
	typeScopePart     // variables in here are declarations again
	referencePart
	callPart
	importPart // a whole import; without it, the captures below are one of the names that the import around lists
	pathPart
	importNamePart
	aliasPart
	defaultPart   // the local name of a default export
	requirePart   // counts only when it is "require"
	qualifiedPart // path and name in one: java.util.List
	useTreePart   // Rust's tree of names
)

// parts by the names that the queries give them.
var parts = map[string]part{
	"name": namePart, "body": bodyPart, "type": typePart, "shared": sharedPart, "receiver": receiverPart,
	"owner": ownerPart, "doc": docPart, "wrap": wrapPart, "comment": commentPart, "attribute": attributePart, "ignore": ignorePart,
	"scope": scopePart, "scope.function": functionScopePart, "scope.type": typeScopePart,
	"reference": referencePart, "call": callPart,
	"import": importPart, "import.path": pathPart, "import.name": importNamePart, "import.alias": aliasPart,
	"import.default": defaultPart, "import.require": requirePart, "import.qualified": qualifiedPart,
	"import.tree": useTreePart,
}

// chunk is a named child of the root and its facts. Facts count from the chunk's start, so they stay right while the
// chunk only moves.
type chunk struct {
	symbol sitter.Symbol // the node's type
	span   source.Span
	broken bool // holds a syntax error
	facts  *facts
}

// facts are what one chunk contributes to an outline, in the order of the text.
type facts struct {
	decls   []outline.Decl
	imports []outline.Import
	uses    []use
	scopes  []outline.Scope
	trivia  []trivium
}

// use is a reference without its name, which the text holds.
type use struct {
	start, end uint32
	call       bool
}

// trivium is a comment or an attribute.
type trivium struct {
	span      source.Span
	attribute bool
}

var noFacts = &facts{}

// content is what the facts of a chunk without errors depend on.
type content struct {
	symbol sitter.Symbol
	text   string
}

// readChunks reads the facts of a tree, child by child of its root. The facts of a child that the document before
// already had, with the same type and text and without errors, are taken over: after an edit that leaves the work of
// about one function. (The ids of C nodes would tell what a re-parse reused, but not for leaves such as comments,
// which lie inside their parents.)
func readChunks(tree *tree, language *language, query *query, text string, before document) []chunk {
	known := make(map[content]*facts, len(before.chunks))
	for _, chunk := range before.chunks {
		if !chunk.broken {
			known[content{chunk.symbol, before.text[chunk.span.Start:chunk.span.End]}] = chunk.facts
		}
	}
	cursor := sitter.NewTreeCursor(tree.RootNode())
	defer cursor.Close()
	reader := reader{
		text: text, query: query, cursor: sitter.NewQueryCursor(), words: language.words,
		shared: map[source.Span]string{}, docs: map[source.Offset]source.Span{},
	}
	defer reader.cursor.Close()
	chunks := make([]chunk, 0, len(before.chunks)+8)
	for more := cursor.GoToFirstChild(); more; more = cursor.GoToNextSibling() {
		node := cursor.CurrentNode()
		if !node.IsNamed() {
			continue
		}
		next := chunk{symbol: node.Symbol(), span: spanOf(node), broken: node.HasError()}
		next.facts = known[content{next.symbol, text[next.span.Start:next.span.End]}]
		if next.facts == nil || next.broken {
			next.facts = reader.read(node, next)
		}
		chunks = append(chunks, next)
	}
	return chunks
}

// reader reads the facts of one chunk after the other. Its spans count from the start of the chunk.
type reader struct {
	text   string
	query  *query
	cursor *sitter.QueryCursor
	words  words // reserved

	base    source.Offset
	chunk   string
	broken  bool // the chunk holds a syntax error
	decls   []declared
	shared  map[source.Span]string // the type of a list of names, by the list's span
	uses    []use
	scopes  []scoped
	wraps   []source.Span
	ignored []source.Span
	docs    map[source.Offset]source.Span // docstrings by their start
	trivia  []trivium
	imports []imported
	listed  []imported // names of imports
}

// declared is a declaration as a pattern found it.
type declared struct {
	outline.Decl
	pattern  int         // index of the pattern: of two that name one place the first counts
	property bool        // see role
	shell    source.Span // the body with its braces
	kept     bool
}

type scoped struct {
	span source.Span
	part part
}

// imported is the captures of a whole import, or of one of the names that it lists.
type imported struct {
	span                                                         source.Span
	path, name, alias, defaultName, require, qualified, useTrees string
}

// read runs the query on a child of the root.
func (r *reader) read(node *sitter.Node, of chunk) *facts {
	r.base, r.chunk, r.broken = of.span.Start, r.text[of.span.Start:of.span.End], of.broken
	r.decls, r.uses, r.scopes, r.wraps = r.decls[:0], r.uses[:0], r.scopes[:0], r.wraps[:0]
	r.ignored, r.trivia, r.imports, r.listed = r.ignored[:0], r.trivia[:0], r.imports[:0], r.listed[:0]
	clear(r.shared)
	clear(r.docs)
	r.cursor.Exec(r.query.Query, node)
	for {
		match, more := r.cursor.NextMatch()
		if !more {
			return r.digest()
		}
		r.take(match)
	}
}

// take sorts one match. Most matches are single captures: references, comments, scopes.
func (r *reader) take(match *sitter.QueryMatch) {
	if len(match.Captures) == 0 {
		return
	}
	if len(match.Captures) == 1 {
		capture := match.Captures[0]
		if r.takeSingle(r.query.roles[capture.Index].part, r.span(capture.Node)) {
			return
		}
	}
	decl := declared{pattern: int(match.PatternIndex), kept: true}
	var one imported
	var list, name source.Span
	isDecl, isImport := false, false
	for _, capture := range match.Captures {
		role, span := r.query.roles[capture.Index], r.span(capture.Node)
		text := r.chunk[span.Start:span.End]
		switch role.part {
		case declaration:
			isDecl = true
			decl.Span, decl.Kind, decl.property = span, role.kind, role.property
		case namePart:
			decl.NameSpan, decl.Name = nameSpan(span, text), unquote(text)
		case bodyPart:
			decl.shell = span
		case typePart:
			decl.Type = text
		case sharedPart:
			list = span
		case receiverPart:
			decl.Receiver = receiverType(text)
		case ownerPart:
			decl.kept = text == "self" || text == "this"
		case importPart:
			isImport = true
			one.span = span
		case pathPart:
			one.path = unquote(text)
		case importNamePart:
			one.name, name = unquote(text), span
		case aliasPart:
			one.alias, name = text, span
		case defaultPart:
			one.defaultName, name = text, span
		case requirePart:
			one.require = text
		case qualifiedPart:
			one.qualified = text
		case useTreePart:
			one.useTrees = text
		}
	}
	switch {
	case isDecl && decl.kept && r.isName(decl.NameSpan):
		r.decls = append(r.decls, decl)
	case list.Len() > 0:
		r.shared[list] = decl.Type
	case isImport && (one.require == "" || one.require == "require"):
		r.imports = append(r.imports, one)
	case !isImport && (one.name == "*" || r.isName(name)):
		one.span = name
		r.listed = append(r.listed, one)
	}
}

// takeSingle takes a match of one capture; false when it says something of a declaration or an import all the same.
func (r *reader) takeSingle(part part, span source.Span) bool {
	switch part {
	case referencePart, callPart:
		if r.isName(span) {
			r.uses = append(r.uses, use{uint32(span.Start), uint32(span.End), part == callPart})
		}
	case commentPart, attributePart:
		text := strings.TrimRight(r.chunk[span.Start:span.End], "\r\n") // Rust's doc comments hold their line ending
		r.trivia = append(r.trivia, trivium{source.Span{Start: span.Start, End: span.Start + len(text)}, part == attributePart})
	case scopePart, functionScopePart, typeScopePart:
		r.scopes = append(r.scopes, scoped{span, part})
	case wrapPart:
		r.wraps = append(r.wraps, span)
	case docPart:
		r.docs[span.Start] = span
	case ignorePart:
		r.ignored = append(r.ignored, span)
	default:
		return false
	}
	return true
}

// isName tells whether a span is a name. The parser puts empty ones where a name is missing, and takes reserved words
// for names in broken code; behind a dot, a language may allow them.
func (r *reader) isName(span source.Span) bool {
	if !r.broken {
		return span.Len() > 0
	}
	member := span.Start > 0 && r.chunk[span.Start-1] == '.'
	return span.Len() > 0 && (member || !r.words[r.chunk[span.Start:span.End]])
}

func (r *reader) span(node *sitter.Node) source.Span {
	return source.Span{Start: int(node.StartByte()) - r.base, End: int(node.EndByte()) - r.base}
}
