package syntax

import (
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// mergeImports gives each import the names that it lists. Names without a local name of their own share one Import;
// the bare path counts only when nothing is imported from it by name. An import inside of another is a part of it, such
// as the call in const fs = require("fs").
func mergeImports(statements, names []imported) []outline.Import {
	byStart := func(a, b imported) int { return bySpan(a.span, b.span) }
	slices.SortStableFunc(statements, byStart)
	slices.SortStableFunc(names, byStart)
	var imports []outline.Import
	next, last := 0, source.Span{}
	for _, statement := range statements {
		if last.Covers(statement.span) && last != statement.span {
			continue
		}
		last = statement.span
		var listed []outline.Import
		for ; next < len(names) && names[next].span.Start < statement.span.End; next++ {
			if names[next].span.Start >= statement.span.Start {
				listed = append(listed, names[next].from(statement.path))
			}
		}
		if len(listed) == 0 {
			listed = statement.expand()
		}
		for _, one := range joinNames(listed) {
			one.Span, one.Path = statement.span, strings.Clone(one.Path)
			imports = append(imports, one)
		}
	}
	return imports
}

// joinNames makes one Import of the names from one path that have no local name of their own.
func joinNames(imports []outline.Import) []outline.Import {
	plain := map[string]int{}
	joined := imports[:0]
	for _, one := range imports {
		if one.Alias == "" && len(one.Names) > 0 {
			if i, known := plain[one.Path]; known {
				joined[i].Names = append(joined[i].Names, one.Names...)
				continue
			}
			plain[one.Path] = len(joined)
		}
		joined = append(joined, one)
	}
	return joined
}

// expand makes the imports of an import that lists no names apart from its own match.
func (m imported) expand() []outline.Import {
	switch {
	case m.useTrees != "":
		return useTree("", m.useTrees)
	case m.qualified != "":
		return []outline.Import{qualifiedImport(m.qualified, m.name)}
	}
	return []outline.Import{m.from(m.path)}
}

// from makes the import of the match's name from a path.
func (m imported) from(path string) outline.Import {
	one := outline.Import{Path: path, Alias: strings.Clone(m.alias)}
	switch {
	case m.defaultName != "":
		one.Names, one.Alias = []string{"default"}, strings.Clone(m.defaultName)
	case m.name != "":
		one.Names = []string{strings.Clone(m.name)}
	}
	return one
}

// qualifiedImport splits java.util.List into package and name; with a star the whole path is the package.
func qualifiedImport(path, star string) outline.Import {
	if star != "" {
		return outline.Import{Path: path, Names: []string{"*"}}
	}
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 {
		return outline.Import{Path: path}
	}
	return outline.Import{Path: path[:dot], Names: []string{strings.Clone(path[dot+1:])}}
}

// useDepth bounds the nesting of Rust's use trees; real ones are two or three deep.
const useDepth = 64

// useTree flattens a Rust use tree: "a::{b::{self, C as D}, *}" under the path in front of it.
func useTree(prefix, tree string) []outline.Import { return useTreeWithin(prefix, tree, useDepth) }

func useTreeWithin(prefix, tree string, depth int) []outline.Import {
	tree = strings.TrimSpace(tree)
	if tree == "" || depth == 0 {
		return nil
	}
	brace := strings.IndexByte(tree, '{')
	if brace < 0 {
		return []outline.Import{useLeaf(prefix, tree)}
	}
	prefix = joinPath(prefix, strings.TrimSuffix(strings.TrimSpace(tree[:brace]), "::"))
	var imports []outline.Import
	for _, item := range listItems(tree[brace:]) {
		imports = append(imports, useTreeWithin(prefix, item, depth-1)...)
	}
	return imports
}

// useLeaf is one path of a use tree: "b::C as D", "*", "self".
func useLeaf(prefix, leaf string) outline.Import {
	var alias string
	if fields := strings.Fields(leaf); len(fields) == 3 && fields[1] == "as" {
		leaf, alias = fields[0], strings.Clone(fields[2])
	}
	if leaf == "self" && prefix != "" {
		return outline.Import{Path: prefix, Alias: alias}
	}
	path, name := "", leaf
	if colons := strings.LastIndex(leaf, "::"); colons >= 0 {
		path, name = leaf[:colons], leaf[colons+2:]
	}
	path = joinPath(prefix, path)
	if path == "" {
		return outline.Import{Path: name, Alias: alias}
	}
	return outline.Import{Path: path, Names: []string{strings.Clone(name)}, Alias: alias}
}

func joinPath(prefix, path string) string {
	if prefix == "" || path == "" {
		return prefix + path
	}
	return prefix + "::" + path
}

// listItems splits "{a, b::{c, d}, e}" at the commas of its outermost braces.
func listItems(list string) []string {
	var items []string
	depth, start := 0, 1
	for i := range len(list) {
		switch list[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return append(items, list[start:i])
			}
		case ',':
			if depth == 1 {
				items = append(items, list[start:i])
				start = i + 1
			}
		}
	}
	return append(items, list[min(start, len(list)):])
}
