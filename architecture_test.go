package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/infill-dev/infill"

// imports is the import table of ARCHITECTURE.md: what each package may import of ours, in non-test files. "*"
// means anything.
var imports = map[string]string{
	".": "*",
	// outer ring
	"lsp":              "context/source lsp/position lsp/session lsp/host completion completion/doctor completion/settings completion/trace",
	"lsp/position":     "context/source",
	"lsp/session":      "context/source context/outline context/workspace completion completion/local completion/settings completion/trace lsp/host lsp/position",
	"lsp/host":         "context/source context/files context/outline context/workspace completion completion/local completion/settings",
	"lsp/lsptest":      "*",
	"editors/headless": "context/source lsp/position",
	// middle ring
	"completion":           "context/source context/lex context/outline context/workspace context/retrieve fim ranking completion/model completion/local completion/memory completion/settings completion/trace",
	"completion/eval":      "context/source context/lex context/outline context/workspace completion completion/local completion/trace",
	"completion/memory":    "context/source",
	"completion/model":     "",
	"completion/ollama":    "completion/model",
	"completion/local":     "context/source context/lex context/workspace completion/model",
	"completion/modeltest": "completion/model",
	"completion/settings":  "",
	"completion/trace":     "",
	"completion/doctor":    "completion/model fim",
	// inner ring
	"fim":               "",
	"ranking":           "ranking/score",
	"ranking/score":     "",
	"context/retrieve":  "context/source context/lex context/outline context/chunk context/workspace ranking/score",
	"context/workspace": "context/source context/lex context/outline context/chunk",
	"context/chunk":     "context/source context/lex context/outline",
	"context/files":     "context/source",
	"context/syntax":    "context/source context/outline",
	"context/outline":   "context/source",
	"context/lex":       "context/source",
	"context/source":    "",
}

// concurrent are the folders that may start goroutines; only they, and those below, may hold a mutex.
var concurrent = []string{"lsp/session", "lsp/host", "completion/stream", "completion/dispatch",
	"context/syntax/worker", "completion/refactor/queue", "editors/headless", "lsp/lsptest"}

// locking are further folders that may hold a mutex, each with its reason.
var locking = map[string]string{
	"completion/memory": "the table of remembered suggestions",
	"context/syntax":    "the table of open documents, whose trees C memory holds",
	"lsp":               "writes of one connection, and the requests in flight",
}

// clocks are the folders that may read the clock, beside the concurrent ones.
var clocks = map[string]string{
	".":                    "commands say how long they took",
	"completion":           "deadlines and the durations of a trace",
	"completion/ollama":    "durations that the server does not tell",
	"completion/modeltest": "scripted waits",
	"lsp":                  "deadlines of calls to the client",
}

// thirdParty are modules that only the named folders may import, because their types must not spread.
var thirdParty = map[string][]string{
	"github.com/smacker/go-tree-sitter": {"context/syntax"},
	"go.lsp.dev/":                       {"lsp", "editors/headless"},
	"github.com/ollama/ollama":          {"completion/ollama", "completion/modeltest"},
	"github.com/sourcegraph/conc":       concurrent,
}

// goFile is one parsed file of the module.
type goFile struct {
	name, folder string
	test         bool
	syntax       *ast.File
	set          *token.FileSet
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			if base := path.Base(name); name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, goFile{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), syntax, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (f goFile) imports() []string {
	var paths []string
	for _, spec := range f.syntax.Imports {
		unquoted, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, unquoted)
	}
	return paths
}

func TestImportTable(t *testing.T) {
	for _, file := range goFiles(t) {
		if file.test {
			continue
		}
		allowed, known := imports[file.folder]
		if !known {
			t.Errorf("%s: package %s is not in the import table", file.name, file.folder)
			continue
		}
		for _, imported := range file.imports() {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			if isOurs && allowed != "*" && !slices.Contains(strings.Fields(allowed), ours) {
				t.Errorf("%s imports %s, which the table does not allow", file.name, ours)
			}
			for prefix, folders := range thirdParty {
				if strings.HasPrefix(imported, prefix) && !slices.Contains(folders, file.folder) {
					t.Errorf("%s imports %s, which only %v may", file.name, imported, folders)
				}
			}
		}
	}
}

func TestEveryPackageInTheTableExists(t *testing.T) {
	for folder := range imports {
		if matches, _ := filepath.Glob(filepath.Join(filepath.FromSlash(folder), "*.go")); len(matches) == 0 {
			t.Errorf("the import table names %s, which has no Go file", folder)
		}
	}
}

func TestContextHasNoFileOfItsOwn(t *testing.T) {
	if matches, _ := filepath.Glob("context/*.go"); len(matches) > 0 {
		t.Errorf("context/ must hold packages only, so that nothing shadows the standard context: %v", matches)
	}
}

func TestPackageComments(t *testing.T) {
	comment := map[string]string{}
	for _, file := range goFiles(t) {
		if !file.test {
			comment[file.folder] += file.syntax.Doc.Text()
		}
	}
	for folder, text := range comment {
		switch {
		case text == "":
			t.Errorf("package %s has no package comment", folder)
		case folder != "." && !strings.Contains(strings.Join(strings.Fields(text), " "), "must stay true"):
			t.Errorf("the comment of package %s does not say what must stay true", folder)
		}
	}
}

func TestGoroutinesHaveNamedFolders(t *testing.T) {
	for _, file := range goFiles(t) {
		if file.test || slices.Contains(concurrent, file.folder) {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: starts a goroutine", file.set.Position(node.Pos()))
			case *ast.ChanType:
				t.Errorf("%s: uses a channel", file.set.Position(node.Pos()))
			case *ast.SelectorExpr:
				checkSelector(t, file, node)
			}
			return true
		})
	}
}

func checkSelector(t *testing.T, file goFile, node *ast.SelectorExpr) {
	t.Helper()
	left, ok := node.X.(*ast.Ident)
	if !ok {
		return
	}
	at := file.set.Position(node.Pos())
	_, mayLock := locking[file.folder]
	_, mayRead := clocks[file.folder]
	switch name := left.Name + "." + node.Sel.Name; name {
	case "time.AfterFunc", "context.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick", "time.After":
		t.Errorf("%s: %s outside the folders that own time", at, name)
	case "sync.Mutex", "sync.RWMutex":
		if !mayLock {
			t.Errorf("%s: %s outside the folders that may lock", at, name)
		}
	case "context.Background", "context.TODO":
		if file.folder != "." {
			t.Errorf("%s: %s outside main", at, name)
		}
	case "time.Now", "time.Since", "time.Until", "time.Sleep":
		if !mayRead {
			t.Errorf("%s: %s outside the folders that may read the clock", at, name)
		}
	}
}

func TestGoMod(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?m)^\s*(replace|exclude|tool)\b.*`).FindString(string(text)); found != "" {
		t.Errorf("go.mod must not hold %q", found)
	}
	if !strings.HasPrefix(string(text), "module "+module+"\n") {
		t.Error("the module path has changed")
	}
}

func TestTopLevel(t *testing.T) {
	allowed := regexp.MustCompile(`^(lsp|context|completion|fim|ranking|editors|testdata|go\.mod|go\.sum|README\.md|main\.go|cmd_[a-z_]+\.go|ARCHITECTURE\.md|CHANGELOG\.md|LICENSE|[a-z_]+_test\.go|\..*)$`)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !allowed.MatchString(entry.Name()) {
			t.Errorf("the top level holds %s, which ARCHITECTURE.md does not name", entry.Name())
		}
	}
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 40 {
		t.Errorf("main.go has %d lines; it only picks the subcommand", lines)
	}
}
