package syntax

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/golang"
	"github.com/smacker/go-tree-sitter/java"
	"github.com/smacker/go-tree-sitter/javascript"
	"github.com/smacker/go-tree-sitter/python"
	"github.com/smacker/go-tree-sitter/rust"
	"github.com/smacker/go-tree-sitter/typescript/tsx"
	"github.com/smacker/go-tree-sitter/typescript/typescript"

	"github.com/infill-dev/infill/context/outline"
)

//go:embed queries/*.scm
var queries embed.FS

// language is what the package knows of one language: its grammar, the query for its facts, and the few node types
// that questions about candidates depend on.
type language struct {
	id      string // as LSP names it
	grammar func() *sitter.Language
	query   func() *query
	nodes   *nodeTypes
	lexis   *lexis
}

// languages by LSP id.
var languages = map[string]*language{
	"go":              newLanguage("go", golang.GetLanguage, "go", &goNodes, &goLexis),
	"python":          newLanguage("python", python.GetLanguage, "python", &pythonNodes, &pythonLexis),
	"typescript":      newLanguage("typescript", typescript.GetLanguage, "typescript", &scriptNodes, &scriptLexis),
	"typescriptreact": newLanguage("typescriptreact", tsx.GetLanguage, "typescript", &scriptNodes, &scriptLexis),
	"javascript":      newLanguage("javascript", javascript.GetLanguage, "javascript", &scriptNodes, &scriptLexis),
	"javascriptreact": newLanguage("javascriptreact", javascript.GetLanguage, "javascript", &scriptNodes, &scriptLexis),
	"java":            newLanguage("java", java.GetLanguage, "java", &javaNodes, &javaLexis),
	"rust":            newLanguage("rust", rust.GetLanguage, "rust", &rustNodes, &rustLexis),
}

func newLanguage(id string, grammar func() *sitter.Language, file string, nodes *nodeTypes, lexis *lexis) *language {
	return &language{
		id: id, grammar: sync.OnceValue(grammar), nodes: nodes, lexis: lexis,
		query: sync.OnceValue(func() *query { return compile(file, grammar()) }),
	}
}

// query is a compiled query and the role of each of its captures. It is read-only and lives as long as the program.
type query struct {
	*sitter.Query
	roles []role
}

// role is what a capture means.
type role struct {
	part part
	kind outline.Kind // of declarations
	// property tells a field that is declared inside a method, such as Python's self.x = 1.
	property bool
}

// compile reads queries/<file>.scm. The files are part of the program, so a query that does not fit its grammar is a
// mistake in the program; a test compiles them all.
func compile(file string, grammar *sitter.Language) *query {
	text, err := queries.ReadFile("queries/" + file + ".scm")
	if err != nil {
		panic(fmt.Sprintf("read the query of %s: %v", file, err))
	}
	compiled, err := sitter.NewQuery(text, grammar)
	if err != nil {
		panic(fmt.Sprintf("compile the query of %s: %v", file, err))
	}
	roles := make([]role, compiled.CaptureCount())
	for i := range roles {
		roles[i] = roleOf(compiled.CaptureNameForId(uint32(i)))
	}
	return &query{compiled, roles}
}

func roleOf(capture string) role {
	if capture == "kind.property" {
		return role{part: declaration, kind: outline.Field, property: true}
	}
	if kind, ok := strings.CutPrefix(capture, "kind."); ok {
		return role{part: declaration, kind: outline.Kind(kind)}
	}
	part, known := parts[capture]
	if !known {
		panic("unknown capture @" + capture)
	}
	return role{part: part}
}
