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

// language is what the package knows of one language: its grammar, the query for its facts, and what questions about
// candidates depend on.
type language struct {
	id      string // as LSP names it
	grammar func() *sitter.Language
	query   func() (*query, error)
	nodes   *nodeTypes
	lexis   *lexis
	words   words // reserved
}

// languages by LSP id.
var languages = map[string]*language{
	"go":              newLanguage("go", golang.GetLanguage, "go", &goNodes, &goLexis, goReserved),
	"python":          newLanguage("python", python.GetLanguage, "python", &pythonNodes, &pythonLexis, pythonReserved),
	"typescript":      newLanguage("typescript", typescript.GetLanguage, "typescript", &scriptNodes, &scriptLexis, scriptReserved),
	"typescriptreact": newLanguage("typescriptreact", tsx.GetLanguage, "typescript", &scriptNodes, &scriptLexis, scriptReserved),
	"javascript":      newLanguage("javascript", javascript.GetLanguage, "javascript", &scriptNodes, &scriptLexis, scriptReserved),
	"javascriptreact": newLanguage("javascriptreact", javascript.GetLanguage, "javascript", &scriptNodes, &scriptLexis, scriptReserved),
	"java":            newLanguage("java", java.GetLanguage, "java", &javaNodes, &javaLexis, javaReserved),
	"rust":            newLanguage("rust", rust.GetLanguage, "rust", &rustNodes, &rustLexis, rustReserved),
}

// newLanguage makes a language with the query in queries/<file>.scm.
func newLanguage(id string, grammar func() *sitter.Language, file string, nodes *nodeTypes, lexis *lexis, words words) *language {
	made := &language{id: id, grammar: sync.OnceValue(grammar), nodes: nodes, lexis: lexis, words: words}
	made.query = sync.OnceValues(func() (*query, error) {
		text, err := queries.ReadFile("queries/" + file + ".scm")
		if err != nil {
			return nil, fmt.Errorf("read the query of %s: %w", id, err)
		}
		return compile(id, text, made.grammar())
	})
	return made
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

// compile compiles the query of a language. A query that does not fit its grammar costs the outlines of that language
// and nothing else.
func compile(id string, text []byte, grammar *sitter.Language) (*query, error) {
	compiled, err := sitter.NewQuery(text, grammar)
	if err != nil {
		return nil, fmt.Errorf("compile the query of %s: %w", id, err)
	}
	roles := make([]role, compiled.CaptureCount())
	for i := range roles {
		name := compiled.CaptureNameForId(uint32(i))
		known := false
		if roles[i], known = roleOf(name); !known {
			compiled.Close()
			return nil, fmt.Errorf("compile the query of %s: unknown capture @%s", id, name)
		}
	}
	return &query{compiled, roles}, nil
}

func roleOf(capture string) (role, bool) {
	if capture == "kind.property" {
		return role{part: declaration, kind: outline.Field, property: true}, true
	}
	if kind, ok := strings.CutPrefix(capture, "kind."); ok {
		return role{part: declaration, kind: outline.Kind(kind)}, true
	}
	part, known := parts[capture]
	return role{part: part}, known
}
