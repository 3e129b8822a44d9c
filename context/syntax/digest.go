package syntax

import (
	"cmp"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

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
		decls: r.finish(decls), imports: mergeImports(r.imports, r.listed), uses: uses, scopes: scopes,
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
