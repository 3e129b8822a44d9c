package syntax

import (
	"cmp"
	"slices"
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
func readChunks(tree *tree, language *language, text string, before document) []chunk {
	known := make(map[content]*facts, len(before.chunks))
	for _, chunk := range before.chunks {
		if !chunk.broken {
			known[content{chunk.symbol, before.text[chunk.span.Start:chunk.span.End]}] = chunk.facts
		}
	}
	cursor := sitter.NewTreeCursor(tree.RootNode())
	defer cursor.Close()
	reader := reader{
		text: text, query: language.query(), cursor: sitter.NewQueryCursor(),
		shared: map[source.Span]string{}, docs: map[source.Offset]source.Span{},
	}
	defer reader.cursor.Close()
	chunks := make([]chunk, 0, len(before.chunks)+8)
	for more := cursor.GoToFirstChild(); more; more = cursor.GoToNextSibling() {
		node := cursor.CurrentNode()
		if !node.IsNamed() {
			continue
		}
		next := chunk{
			symbol: node.Symbol(), broken: node.HasError(),
			span: source.Span{Start: int(node.StartByte()), End: int(node.EndByte())},
		}
		next.facts = known[content{next.symbol, text[next.span.Start:next.span.End]}]
		if next.facts == nil || next.broken {
			next.facts = reader.read(node, next.span.Start, next.span.End)
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

	base     source.Offset
	chunk    string
	decls    []declared
	shared   map[source.Span]string // the type of a list of names, by the list's span
	uses     []use
	scopes   []scoped
	wraps    []source.Span
	ignored  []source.Span
	docs     map[source.Offset]source.Span // docstrings by their start
	trivia   []trivium
	imports  []imported
	imported []imported // names that imports list
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

// read runs the query on a child of the root that covers [start, end) of the text.
func (r *reader) read(node *sitter.Node, start, end source.Offset) *facts {
	r.base, r.chunk = start, r.text[start:end]
	r.decls, r.uses, r.scopes, r.wraps = r.decls[:0], r.uses[:0], r.scopes[:0], r.wraps[:0]
	r.ignored, r.trivia, r.imports, r.imported = r.ignored[:0], r.trivia[:0], r.imports[:0], r.imported[:0]
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
	case isDecl && decl.kept:
		r.decls = append(r.decls, decl)
	case list.Len() > 0:
		r.shared[list] = decl.Type
	case isImport && (one.require == "" || one.require == "require"):
		r.imports = append(r.imports, one)
	case !isImport && name.Len() > 0:
		one.span = name
		r.imported = append(r.imported, one)
	}
}

// takeSingle takes a match of one capture; false when it says something of a declaration or an import all the same.
func (r *reader) takeSingle(part part, span source.Span) bool {
	switch part {
	case referencePart:
		r.uses = append(r.uses, use{start: uint32(span.Start), end: uint32(span.End)})
	case callPart:
		r.uses = append(r.uses, use{uint32(span.Start), uint32(span.End), true})
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

func (r *reader) span(node *sitter.Node) source.Span {
	return source.Span{Start: int(node.StartByte()) - r.base, End: int(node.EndByte()) - r.base}
}

// digest makes facts of what the patterns found in the chunk.
func (r *reader) digest() *facts {
	if len(r.decls)+len(r.uses)+len(r.scopes)+len(r.imports)+len(r.trivia) == 0 {
		return noFacts
	}
	slices.SortFunc(r.trivia, func(a, b trivium) int { return bySpan(a.span, b.span) })
	scopes, kinds := nestScopes(r.scopes)
	decls := r.distinctDecls()
	for i := range decls {
		decls[i].kept = !isLocal(decls[i], scopes, kinds)
	}
	nestDecls(decls)
	uses := r.references(decls)
	settle(decls)
	return &facts{
		decls: r.finish(decls), imports: mergeImports(r.imports, r.imported), uses: uses, scopes: scopes,
		trivia: slices.Clone(r.trivia),
	}
}

// distinctDecls keeps one declaration for each declared name, widens it by what wraps it and sorts the outer before
// the inner.
func (r *reader) distinctDecls() []declared {
	decls := slices.Clone(r.decls)
	slices.SortFunc(decls, func(a, b declared) int {
		return cmp.Or(cmp.Compare(a.NameSpan.Start, b.NameSpan.Start), cmp.Compare(a.pattern, b.pattern))
	})
	decls = slices.CompactFunc(decls, func(a, b declared) bool { return a.NameSpan.Start == b.NameSpan.Start })
	for i := range decls {
		decls[i].Type = cmp.Or(decls[i].Type, r.shared[decls[i].Span])
	}
	sortDecls(decls)
	slices.SortFunc(r.wraps, func(a, b source.Span) int { return -bySpan(a, b) }) // the inner first
	for _, wrap := range r.wraps {
		widen(decls, wrap)
	}
	sortDecls(decls)
	return decls
}

// widen gives the span of a wrapping node to the outermost declarations that it ends with. A declaration deeper
// inside may end there too, as the last method of a decorated class does.
func widen(decls []declared, wrap source.Span) {
	first, _ := slices.BinarySearchFunc(decls, wrap.Start, func(d declared, at source.Offset) int { return d.Span.Start - at })
	for first < len(decls) && decls[first].Span.Start < wrap.End && decls[first].Span.End != wrap.End {
		first++
	}
	if first == len(decls) {
		return
	}
	start := decls[first].Span.Start
	for i := first; i < len(decls) && decls[i].Span.Start == start; i++ {
		if decls[i].Span.End == wrap.End {
			decls[i].Span = wrap
		}
	}
}

func sortDecls(decls []declared) {
	slices.SortFunc(decls, func(a, b declared) int {
		return cmp.Or(bySpan(a.Span, b.Span), cmp.Compare(a.NameSpan.Start, b.NameSpan.Start))
	})
}

// bySpan orders spans by start, and those that start together the longer first.
func bySpan(a, b source.Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
}

// nestScopes sorts scopes, keeps one for each span and finds their parents; kinds tells which part each one is.
func nestScopes(found []scoped) ([]outline.Scope, []part) {
	slices.SortFunc(found, func(a, b scoped) int {
		return cmp.Or(bySpan(a.span, b.span), -cmp.Compare(a.part, b.part)) // a plain scope last
	})
	found = slices.CompactFunc(found, func(a, b scoped) bool { return a.span == b.span })
	scopes, kinds := make([]outline.Scope, len(found)), make([]part, len(found))
	for i, scope := range found {
		parent := i - 1
		for parent >= 0 && !scopes[parent].Span.Covers(scope.span) {
			parent = scopes[parent].Parent
		}
		scopes[i], kinds[i] = outline.Scope{Span: scope.span, Parent: parent}, scope.part
	}
	return scopes, kinds
}

// isLocal tells whether a declaration is a local variable or constant of a function, which outlines leave out.
func isLocal(decl declared, scopes []outline.Scope, kinds []part) bool {
	if decl.Kind != outline.Variable && decl.Kind != outline.Constant {
		return false
	}
	at := decl.NameSpan.Start
	after, _ := slices.BinarySearchFunc(scopes, at+1, func(s outline.Scope, at source.Offset) int { return cmp.Compare(s.Span.Start, at) })
	for i := after - 1; i >= 0; i = scopes[i].Parent {
		if scopes[i].Span.Contains(at) && kinds[i] != scopePart {
			return kinds[i] == functionScopePart
		}
	}
	return false
}

// nestDecls finds the parent of each declaration: the innermost one around it.
func nestDecls(decls []declared) {
	for i := range decls {
		span := decls[i].Span
		parent := i - 1
		for parent >= 0 && (decls[parent].Span == span || !decls[parent].Span.Covers(span)) {
			parent = decls[parent].Parent
		}
		decls[i].Parent = bodyHolder(decls, parent, span.Start)
	}
}

// bodyHolder picks among declarations of one span (const f = () => {…}, g = …) the one whose body holds an offset.
func bodyHolder(decls []declared, parent int, at source.Offset) int {
	for i := parent; i >= 0 && decls[i].Span == decls[parent].Span; i-- {
		if decls[i].shell.Contains(at) {
			return i
		}
	}
	return parent
}

// settle decides what depends on the surroundings of a declaration: functions in types are methods, variables in
// classes are fields, and properties belong to the class around their method, once each.
func settle(decls []declared) {
	type member struct {
		parent int
		name   string
	}
	members := map[member]bool{}
	for i := range decls {
		decl := &decls[i]
		if decl.Kind == outline.Field && decl.Parent >= 0 && isFunction(decls[decl.Parent].Kind) {
			decl.Parent = typeAround(decls, decl.Parent)
			decl.kept = decl.kept && decl.property && decl.Parent >= 0
		}
		if decl.property && (decl.Parent < 0 || members[member{decl.Parent, decl.Name}]) {
			decl.kept = false
		}
		if decl.Parent < 0 {
			continue
		}
		members[member{decl.Parent, decl.Name}] = true
		switch parent := decls[decl.Parent].Kind; {
		case decl.Kind == outline.Variable && parent == outline.Class:
			decl.Kind = outline.Field
		case decl.Kind == outline.Function && isType(parent):
			decl.Kind = outline.Method
		}
		if decl.Kind == outline.Method && (decl.Name == "__init__" || decl.Name == "constructor") {
			decl.Kind = outline.Constructor
		}
	}
}

// typeAround climbs from a function to the type that holds it; -1 when there is none.
func typeAround(decls []declared, i int) int {
	for i >= 0 && isFunction(decls[i].Kind) {
		i = decls[i].Parent
	}
	if i >= 0 && isType(decls[i].Kind) {
		return i
	}
	return -1
}

func isFunction(kind outline.Kind) bool {
	return kind == outline.Function || kind == outline.Method || kind == outline.Constructor
}

func isType(kind outline.Kind) bool {
	switch kind {
	case outline.Class, outline.Struct, outline.Interface, outline.Enum, outline.Impl:
		return true
	}
	return false
}

// references sorts the uses of names. A name in an import, or where it is declared, is not a use of it; an assignment
// that sets a property again is, and so is the type that a Rust impl block names.
func (r *reader) references(decls []declared) []use {
	slices.SortFunc(r.uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.start, b.start), callsFirst(a, b))
	})
	ignored := r.ignored
	for _, one := range r.imports {
		ignored = append(ignored, one.span)
	}
	for _, decl := range decls {
		if !decl.property && decl.Kind != outline.Impl {
			ignored = append(ignored, decl.NameSpan)
		}
	}
	slices.SortFunc(ignored, bySpan)
	uses := make([]use, 0, len(r.uses))
	next, ignoredTo := 0, 0
	for i, use := range r.uses {
		for ; next < len(ignored) && ignored[next].Start <= int(use.start); next++ {
			ignoredTo = max(ignoredTo, ignored[next].End)
		}
		if int(use.start) < ignoredTo || i > 0 && use.start == r.uses[i-1].start {
			continue
		}
		uses = append(uses, use)
	}
	return slices.Clip(uses)
}

func callsFirst(a, b use) int {
	switch {
	case a.call == b.call:
		return 0
	case a.call:
		return -1
	}
	return 1
}

// finish drops what is not kept, renumbers parents and fills in what is read from the text. The strings are copies,
// so that facts kept over many edits do not hold each text they were read from.
func (r *reader) finish(decls []declared) []outline.Decl {
	index := make([]int, len(decls))
	out := make([]outline.Decl, 0, len(decls))
	for i := range decls {
		decl := &decls[i]
		parent := -1
		if decl.Parent >= 0 {
			parent = index[decl.Parent]
		}
		if !decl.kept {
			index[i] = parent // its children move up
			continue
		}
		index[i] = len(out)
		decl.Parent = parent
		decl.shell, decl.Body = bodyOf(r.chunk, decl.shell)
		if decl.Body.Len() > 0 {
			decl.Doc = r.docs[decl.Body.Start]
		}
		decl.Signature = r.signature(decl)
		decl.Name = strings.Clone(decl.Name)
		decl.Type = strings.Clone(declaredType(decl.Type))
		decl.Receiver = strings.Clone(decl.Receiver)
		out = append(out, decl.Decl)
	}
	return out
}
