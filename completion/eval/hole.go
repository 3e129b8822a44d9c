// Package eval measures completion on a repository: it cuts holes into its files, lets several arms fill the same
// holes, and compares with what stood there.
//
// One thing must stay true: nobody sees the answer. A hole is cut from the editor's text and from the text on disk, and
// the index of the engine without a model leaves the file out.
//
//	holes := eval.Cut(base, eval.Options{Tasks: 100, Seed: 1})
//	for outcome := range eval.Run(ctx, base, index, holes, arms) { … }
package eval

import (
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Kind is what is missing at a hole.
type Kind string

// The kinds. The cursor of a Word hole stands inside a word, which is a task of its own and listed apart.
const (
	Mid    Kind = "mid"    // the rest of a line from behind a token
	Cross  Kind = "cross"  // the same, where it needs a name that the file has nowhere else and another file declares
	Block  Kind = "block"  // the two to eight lines of a block
	Start  Kind = "start"  // a whole line behind its indentation
	Silent Kind = "silent" // nothing: the line is whole
	Word   Kind = "word"   // the rest of a line from inside a word
)

// Kinds are all kinds, in the order in which they are reported.
var Kinds = []Kind{Mid, Cross, Block, Start, Silent, Word}

// Hole is one task: the text of a file with a piece taken out at an offset, and the piece.
type Hole struct {
	Kind   Kind
	Path   source.Path
	Line   int // from 1, of the cursor
	Offset source.Offset
	Want   string
	file   *source.File // with Want
}

// text is the file's text without the answer. It is made when it is needed: there are many more places than holes.
func (h Hole) text() string {
	if h.file == nil {
		return ""
	}
	return h.file.Text()[:h.Offset] + h.file.Text()[h.Offset+len(h.Want):]
}

// Options say which holes are cut.
type Options struct {
	Tasks int    // most holes in all, spread evenly over the kinds
	Kinds []Kind // none: all
	Seed  uint64
}

// mostOfAFile keeps one long file from being the measure of a repository: so many holes of a kind it may have.
const mostOfAFile = 3

// Cut chooses holes. The same files, options and seed give the same holes. Tests, generated, vendored and minified files
// give none.
func Cut(base *workspace.Base, options Options) []Hole {
	kinds := options.Kinds
	if len(kinds) == 0 {
		kinds = Kinds
	}
	names := declaredNames(base)
	random := rand.New(rand.NewPCG(options.Seed, 0))
	found := map[Kind][]Hole{}
	for record := range base.Records() {
		if record.Outline == nil || record.Outline.TextOnly != "" || !fit(record.File) {
			continue
		}
		ofFile := map[Kind][]Hole{}
		for _, hole := range sites(record.File, names) {
			ofFile[hole.Kind] = append(ofFile[hole.Kind], hole)
		}
		for _, kind := range Kinds {
			list := ofFile[kind]
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			found[kind] = append(found[kind], list[:min(mostOfAFile, len(list))]...)
		}
	}
	for _, kind := range Kinds {
		list := found[kind]
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return spread(found, kinds, options.Tasks)
}

// spread takes holes of each kind in turn, so that a run that is stopped has some of each.
func spread(found map[Kind][]Hole, kinds []Kind, most int) []Hole {
	var holes []Hole
	for i := 0; len(holes) < most; i++ {
		before := len(holes)
		for _, kind := range kinds {
			if i < len(found[kind]) && len(holes) < most {
				holes = append(holes, found[kind][i])
			}
		}
		if len(holes) == before {
			break // there are no more
		}
	}
	return holes
}

// declaredNames tells for each name which files declare it: a path, or "" for several.
func declaredNames(base *workspace.Base) map[string]source.Path {
	names := map[string]source.Path{}
	for record := range base.Records() {
		if record.Outline == nil {
			continue
		}
		for _, decl := range record.Outline.Decls {
			where, known := names[decl.Name]
			switch {
			case !known:
				names[decl.Name] = record.File.Path()
			case where != record.File.Path():
				names[decl.Name] = ""
			}
		}
	}
	return names
}

// fit tells whether holes are cut into a file.
func fit(file *source.File) bool {
	name, base := "/"+strings.ToLower(string(file.Path())), strings.ToLower(path.Base(string(file.Path())))
	if language := source.LanguageOf(file.Path()); !measured[language] || file.Len() > 256<<10 {
		return false
	}
	for _, part := range []string{"/vendor/", "/third_party/", "/testdata/", "/test/", "/tests/", "/dist/", "/node_modules/"} {
		if strings.Contains(name, part) {
			return false
		}
	}
	for _, part := range []string{"_test.", ".test.", ".spec.", "test_", ".min.", ".pb.", "_generated.", "conftest."} {
		if strings.Contains(base, part) {
			return false
		}
	}
	head := file.Text()[:min(file.Len(), 2<<10)]
	return !strings.Contains(head, "DO NOT EDIT") && !strings.Contains(head, "@generated") && file.Len() < 200*file.Lines()
}

// measured are the languages into which holes are cut: those that infill parses.
var measured = map[string]bool{"go": true, "python": true, "typescript": true, "typescriptreact": true, "javascript": true, "javascriptreact": true, "java": true, "rust": true}

// sites are all places of a file where a hole of some kind may be.
func sites(file *source.File, names map[string]source.Path) []Hole {
	language := source.LanguageOf(file.Path())
	tokens := lex.Tokens(file.Text(), language)
	seen := map[string]int{}
	for _, token := range tokens {
		if token.Kind == lex.Ident {
			seen[file.Slice(token.Span)]++
		}
	}
	foreign := func(token lex.Token) bool {
		name := file.Slice(token.Span)
		where, declared := names[name]
		return token.Kind == lex.Ident && len(name) > 2 && seen[name] == 1 && declared && where != file.Path() && !lex.IsKeyword(language, name)
	}
	var holes []Hole
	for start := 0; start < len(tokens); {
		end := start
		for end < len(tokens) && tokens[end].Kind != lex.Newline {
			end++
		}
		if line := tokens[start:end]; len(line) > 1 && !slices.ContainsFunc(line, func(t lex.Token) bool { return t.Kind == lex.Comment }) {
			holes = append(holes, inLine(file, line, foreign)...)
		}
		start = end + 1
	}
	return append(holes, blocks(file, language)...)
}

// inLine are the holes of one line of code, given by its tokens.
func inLine(file *source.File, line []lex.Token, foreign func(lex.Token) bool) []Hole {
	number := file.Point(line[0].Span.Start).Line
	end := line[len(line)-1].Span.End
	if file.Point(end).Line != number || strings.TrimSpace(file.Slice(source.Span{Start: end, End: file.Line(number).End})) != "" {
		return nil // a token of several lines
	}
	var holes []Hole
	add := func(kind Kind, offset source.Offset) { holes = append(holes, cut(file, kind, offset, end)) }
	add(Start, line[0].Span.Start)
	holes = append(holes, cut(file, Silent, end, end))
	for i, token := range line[:len(line)-1] {
		kind := Mid
		if slices.ContainsFunc(line[i+1:], foreign) {
			kind = Cross
		}
		add(kind, token.Span.End)
		if token.Kind == lex.Ident && token.Span.Len() > 3 {
			add(Word, token.Span.Start+token.Span.Len()/2)
		}
	}
	return holes
}

// cut takes the text between two offsets out.
func cut(file *source.File, kind Kind, from, to source.Offset) Hole {
	return Hole{Kind: kind, Path: file.Path(), Line: file.Point(from).Line + 1, Offset: from, Want: file.Text()[from:to], file: file}
}

// blocks are the bodies of two to eight lines that are indented deeper than the line above them.
func blocks(file *source.File, language string) []Hole {
	var holes []Hole
	for i := range file.Lines() - 1 {
		opener := strings.TrimRight(file.Slice(file.Line(i)), " \t")
		if !strings.HasSuffix(opener, "{") && !(language == "python" && strings.HasSuffix(opener, ":")) {
			continue
		}
		margin, last := indent(opener), i
		for j := i + 1; j < file.Lines() && j <= i+9; j++ {
			line := file.Slice(file.Line(j))
			if strings.TrimSpace(line) != "" && indent(line) <= margin {
				break
			}
			if strings.TrimSpace(line) != "" {
				last = j
			}
		}
		if lines := last - i; lines >= 2 && lines <= 8 {
			holes = append(holes, cut(file, Block, file.Line(i).End, file.Line(last).End))
		}
	}
	return holes
}

func indent(line string) int {
	width := 0
	for _, c := range line {
		switch c {
		case ' ':
			width++
		case '\t':
			width += 4
		default:
			return width
		}
	}
	return width
}
