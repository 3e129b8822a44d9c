package retrieve

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infill-dev/infill/context/chunk"
	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// The repositories that recall is measured on. Choices are made on cmd/go; x/tools only reports.
var repositories = []struct {
	name string
	dir  func(testing.TB) string
}{
	{"cmd/go", func(t testing.TB) string {
		return filepath.Join(strings.TrimSpace(string(run(t, "go", "env", "GOROOT"))), "src", "cmd", "go")
	}},
	{"x/tools", func(t testing.TB) string {
		var module struct{ Dir string }
		if err := json.Unmarshal(run(t, "go", "mod", "download", "-json", "golang.org/x/tools@v0.52.0"), &module); err != nil {
			t.Fatal(err)
		}
		return module.Dir
	}},
}

func run(t testing.TB, name string, arguments ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	command := exec.Command(name, arguments...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, stderr.Bytes())
	}
	return out
}

// repository is the Go files of a folder without tests and generated ones, and which identifiers they hold.
type repository struct {
	files       []*source.File
	lines       [][]map[string]bool // for each line of each file: its identifiers
	identifiers []map[string]int    // for each file: identifier → number of its lines that hold it
	homes       map[string]int      // identifier → number of files that hold it
}

func load(t testing.TB, dir string) *repository {
	t.Helper()
	r := &repository{homes: map[string]int{}}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "testdata" {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || bytes.Contains(text[:min(len(text), 3000)], []byte("Code generated")) {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		r.files = append(r.files, source.NewFile(source.Path(filepath.ToSlash(relative)), string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range r.files {
		lines := map[string]int{}
		byLine := identifierLines(file)
		for _, set := range byLine {
			for identifier := range set {
				lines[identifier]++
			}
		}
		r.lines = append(r.lines, byLine)
		for identifier := range lines {
			r.homes[identifier]++
		}
		r.identifiers = append(r.identifiers, lines)
	}
	return r
}

// identifierLines is the identifiers on each line.
func identifierLines(file *source.File) []map[string]bool {
	lines := make([]map[string]bool, file.Lines())
	for _, token := range lex.Tokens(file.Text(), "go") {
		word := file.Slice(token.Span)
		if token.Kind == lex.Ident && len(word) >= 3 && !lex.IsKeyword("go", word) {
			line := file.Point(token.Span.Start).Line
			if lines[line] == nil {
				lines[line] = map[string]bool{}
			}
			lines[line][word] = true
		}
	}
	return lines
}

// identifiers is those of three bytes and more, as spelled.
func identifiers(text string) map[string]bool {
	set := map[string]bool{}
	for _, token := range lex.Tokens(text, "go") {
		word := text[token.Span.Start:token.Span.End]
		if token.Kind == lex.Ident && len(word) >= 3 && !lex.IsKeyword("go", word) {
			set[word] = true
		}
	}
	return set
}

// hole is a line to be guessed: the file without it, where it stood, and its identifiers that only other files hold.
type hole struct {
	file   *source.File
	offset source.Offset
	wanted []string
}

// holes draws files at random and a line of each, until n lines have an identifier that only other files hold.
func (r *repository) holes(n int, seed uint64) []hole {
	random := rand.New(rand.NewPCG(seed, 1))
	var holes []hole
	for len(holes) < n {
		number := random.IntN(len(r.files))
		file := r.files[number]
		line := random.IntN(file.Lines())
		span := file.Line(line)
		var wanted []string
		for identifier := range r.lines[number][line] {
			if r.identifiers[number][identifier] == 1 && r.homes[identifier] > 1 {
				wanted = append(wanted, identifier)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		slices.Sort(wanted)
		without, err := file.Apply([]source.Edit{{Span: span}})
		if err != nil {
			panic(err)
		}
		holes = append(holes, hole{file: without, offset: span.Start, wanted: wanted})
	}
	return holes
}

// found is how many of the wanted identifiers stand in the texts.
func (h hole) found(texts []string) int {
	held := identifiers(strings.Join(texts, "\n"))
	found := 0
	for _, identifier := range h.wanted {
		if held[identifier] {
			found++
		}
	}
	return found
}

// countTokens counts line endings too.
func countTokens(text string) int { return len(lex.Tokens(text, "go")) }

// outlineOf is what Go's own parser says of the declarations of a file.
func outlineOf(t testing.TB, file *source.File) *outline.Outline {
	t.Helper()
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, string(file.Path()), file.Text(), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	span := func(node ast.Node) source.Span {
		return source.Span{Start: set.Position(node.Pos()).Offset, End: set.Position(node.End()).Offset}
	}
	result := &outline.Outline{Language: "go", Hash: file.Hash()}
	for _, decl := range syntax.Decls {
		d := outline.Decl{Kind: outline.Function, Span: span(decl), Parent: -1}
		doc := (*ast.CommentGroup)(nil)
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			d.Name, doc = decl.Name.Name, decl.Doc
		case *ast.GenDecl:
			d.Kind, doc = outline.Type, decl.Doc
		}
		if doc != nil {
			d.Doc = span(doc)
		}
		result.Decls = append(result.Decls, d)
	}
	return result
}

// answer gives the pieces of context for a hole within a budget of tokens.
type answer func(hole hole, budget int) []string

// plain is the yardstick: textbook BM25 (k1 1.2, b 0.75) over windows of 10 lines, asked with 10 lines before the
// cursor and 10 behind, every word counting as often as it stands there.
func (r *repository) plain() answer {
	type window struct {
		file   *source.File
		span   source.Span
		length float64
	}
	type use struct{ window, count int }
	var windows []window
	uses := map[string][]use{}
	total := 0.0
	for _, file := range r.files {
		first := len(windows)
		for i := 0; i < file.Lines(); i += 10 {
			windows = append(windows, window{file: file, span: source.Span{Start: file.Line(i).Start, End: file.LineWithEnding(i + 9).End}})
		}
		for _, word := range chunk.Words(file.Text(), "go") {
			at := first + file.Point(word.Span.Start).Line/10
			windows[at].length++
			total++
			list := uses[word.Text]
			if len(list) == 0 || list[len(list)-1].window != at {
				list = append(list, use{window: at})
			}
			list[len(list)-1].count++
			uses[word.Text] = list
		}
	}
	average, n := total/float64(len(windows)), float64(len(windows))
	return func(hole hole, budget int) []string {
		scores := make([]float64, len(windows))
		for _, term := range around(hole, 10) {
			df := float64(len(uses[term]))
			for _, use := range uses[term] {
				count := float64(use.count)
				scores[use.window] += math.Log(1+(n-df+0.5)/(df+0.5)) * count * 2.2 / (count + 1.2*(0.25+0.75*windows[use.window].length/average))
			}
		}
		order := make([]int, len(windows))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(scores[y], scores[x]) })
		var texts []string
		for _, i := range order {
			if windows[i].file.Path() == hole.file.Path() {
				continue
			}
			text := windows[i].file.Slice(windows[i].span)
			if budget -= countTokens(text); budget < 0 {
				break
			}
			texts = append(texts, text)
		}
		return texts
	}
}

// around is every word within so many lines of the hole, each as often as it stands there.
func around(hole hole, lines int) []string {
	var terms []string
	line := hole.file.Point(hole.offset).Line
	for _, word := range chunk.Words(hole.file.Text(), "go") {
		if at := hole.file.Point(word.Span.Start).Line; line-lines <= at && at <= line+lines {
			terms = append(terms, word.Text)
		}
	}
	return terms
}

func (r *repository) snapshot(t testing.TB, outlines bool) *workspace.Snapshot {
	var records []*workspace.Record
	for _, file := range r.files {
		record := &workspace.Record{File: file}
		if outlines {
			record.Outline = outlineOf(t, file)
		}
		records = append(records, record)
	}
	return (&workspace.Snapshot{}).Apply(workspace.Indexed{Records: records})
}

// gathered is what a recipe finds when the file with the hole is open.
func gathered(snapshot *workspace.Snapshot, recipe recipe) answer {
	return func(hole hole, budget int) []string {
		opened := snapshot.Apply(workspace.Opened{File: hole.file, Language: "go"})
		var texts []string
		for _, snippet := range recipe.gather(context.Background(), Query{Snapshot: opened, Path: hole.file.Path(),
			Offset: hole.offset, Budget: budget, Count: countTokens}) {
			texts = append(texts, snippet.Text)
		}
		return texts
	}
}

// recall is the share of wanted identifiers that stand in the context, over all holes, in percent.
func recall(holes []hole, budget int, answer answer) float64 {
	found, wanted := 0, 0
	for _, hole := range holes {
		found += hole.found(answer(hole, budget))
		wanted += len(hole.wanted)
	}
	return 100 * float64(found) / float64(wanted)
}

// BenchmarkRecall prints, for each arm and repository, the share of identifiers of a line that only other files hold
// and that stand in the retrieved context of 1,024 and of 460 tokens (a 2,000-character context).
func BenchmarkRecall(b *testing.B) {
	for _, repo := range repositories {
		r := load(b, repo.dir(b))
		holes := r.holes(600, 1)
		parsed, bare := r.snapshot(b, true), r.snapshot(b, false)
		change := func(f func(*recipe)) recipe {
			changed := standard
			f(&changed)
			return changed
		}
		for _, arm := range []struct {
			name   string
			answer answer
		}{
			{"plain", r.plain()},
			{"standard", gathered(parsed, standard)},
			{"without-outlines", gathered(bare, standard)},
			{"without-fade", gathered(parsed, change(func(r *recipe) { r.fade, r.lines = 0, 10 }))},
			{"with-10-lines", gathered(parsed, change(func(r *recipe) { r.lines = 10 }))},
			{"without-folder", gathered(parsed, change(func(r *recipe) { r.folder = 0 }))},
		} {
			b.Run(repo.name+"/"+arm.name, func(b *testing.B) {
				for b.Loop() {
					b.ReportMetric(recall(holes, 1024, arm.answer), "%at1024")
					b.ReportMetric(recall(holes, 460, arm.answer), "%at460")
				}
			})
		}
	}
}
