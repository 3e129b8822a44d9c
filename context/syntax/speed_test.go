package syntax

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	sitter "github.com/smacker/go-tree-sitter"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// The claim: the outline of an open document is current within one re-parse and one query over the whole tree. The
// benchmarks measure both parts and the outline after a keystroke, on one Go file of about 5,000 lines.

// bigLines is the number of lines of the benchmarks' file.
const bigLines = 5_000

// bigFile is the beginning of the HTTP/2 code of the standard library, up to the end of a declaration.
func bigFile(b *testing.B) string {
	b.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Skip(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "src/net/http/h2_bundle.go"))
	if err != nil {
		b.Skip(err)
	}
	lines := strings.SplitAfterN(string(data), "\n", bigLines+1)
	head := strings.Join(lines[:min(bigLines, len(lines))], "")
	return head[:strings.LastIndex(head, "\n}\n")+len("\n}\n")]
}

// middle is an offset inside of a function body in the middle of a text, at the start of a line.
func middle(b *testing.B, text string) source.Offset {
	b.Helper()
	at := strings.Index(text[len(text)/2:], "\n\treturn ")
	if at < 0 {
		b.Fatal("no statement in the middle of the text")
	}
	return len(text)/2 + at + 1
}

func parsed(b *testing.B, syntax *Syntax, text string) *tree {
	b.Helper()
	tree := syntax.parse(b.Context(), languages["go"], nil, text, backgroundLimit)
	if tree == nil {
		b.Fatal("the parse hit its limit")
	}
	return tree
}

// BenchmarkRawParse parses the file afresh.
func BenchmarkRawParse(b *testing.B) {
	text, syntax := bigFile(b), New()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		parsed(b, syntax, text).close()
	}
}

// BenchmarkReparse parses the file after one more letter of a name in its middle.
func BenchmarkReparse(b *testing.B) {
	text, syntax := bigFile(b), New()
	before := document{language: languages["go"], tree: parsed(b, syntax, text), text: text, hash: source.HashOf(text)}
	defer before.tree.close()
	at := middle(b, text) + len("\treturn ")
	edit := source.Edit{Span: source.Span{Start: at, End: at}, New: "x"}
	next := text[:at] + edit.New + text[at:]
	for b.Loop() {
		syntax.reparse(b.Context(), before, []source.Edit{edit}, next, backgroundLimit).close()
	}
}

// BenchmarkQuery runs the query over the whole tree and looks at no match.
func BenchmarkQuery(b *testing.B) {
	text, syntax := bigFile(b), New()
	query, err := languages["go"].query()
	if err != nil {
		b.Fatal(err)
	}
	kept := parsed(b, syntax, text)
	defer kept.close()
	for b.Loop() {
		tree := kept.copy() // with no nodes cached, as after a parse
		cursor := sitter.NewQueryCursor()
		cursor.Exec(query.Query, tree.RootNode())
		for more := true; more; {
			_, more = cursor.NextMatch()
		}
		cursor.Close()
		tree.close()
	}
}

// BenchmarkOutlineFresh outlines the file as a closed one.
func BenchmarkOutlineFresh(b *testing.B) {
	text, syntax := bigFile(b), New()
	for b.Loop() {
		outlineOf(b, syntax, "go", text)
	}
}

// BenchmarkOutlineAfterKeystroke outlines the open file after each letter typed into a name and taken back.
func BenchmarkOutlineAfterKeystroke(b *testing.B) {
	text := bigFile(b)
	at := middle(b, text) + len("\treturn ")
	benchmarkTyping(b, text, at, "x")
}

// BenchmarkOutlineTypingBrokenSyntax outlines the open file after each letter of a statement that is typed on a line
// of its own in a function: all but the last leave a syntax error.
func BenchmarkOutlineTypingBrokenSyntax(b *testing.B) {
	text := bigFile(b)
	benchmarkTyping(b, text, middle(b, text), "\tfor i, stream := range sc.streams[len(pending):] {\n\t\tif stream.id == uint32(i) { stream.close(\"done\") }\n\t}\n")
}

// benchmarkTyping types code letter by letter and starts again: one operation is one letter.
func benchmarkTyping(b *testing.B, text string, at source.Offset, code string) {
	syntax := New()
	defer syntax.Close(1)
	request := outline.ParseRequest{Handle: 1, Language: "go", Text: text, Hash: source.HashOf(text), Background: true}
	outlined := func() {
		if facts, err := syntax.Outline(b.Context(), request); err != nil || facts.TextOnly != "" {
			b.Fatal(facts.TextOnly, err)
		}
	}
	typed := 0
	outlined()
	for b.Loop() {
		edit := source.Edit{Span: source.Span{Start: at + typed, End: at + typed}}
		if typed < len(code) {
			edit.New = code[typed : typed+1]
			typed++
		} else {
			edit.Span.Start, typed = at, 0
		}
		b.StopTimer() // the editor's work
		request.Base, request.Edits = request.Hash, []source.Edit{edit}
		request.Text = request.Text[:edit.Span.Start] + edit.New + request.Text[edit.Span.End:]
		request.Hash = source.HashOf(request.Text)
		b.StartTimer()
		outlined()
	}
}

// BenchmarkJudge judges a statement of three lines in the middle of the open file.
func BenchmarkJudge(b *testing.B) {
	text, syntax := bigFile(b), New()
	defer syntax.Close(1)
	at := middle(b, text)
	hash := source.HashOf(text)
	if _, err := syntax.Outline(b.Context(), outline.ParseRequest{Handle: 1, Language: "go", Text: text, Hash: hash, Background: true}); err != nil {
		b.Fatal(err)
	}
	request := outline.JudgeRequest{
		Handle: 1, Language: "go", Text: text, Hash: hash, Replace: source.Span{Start: at, End: at},
		Candidate: "\tif err != nil {\n\t\treturn err\n\t}\n",
	}
	for b.Loop() {
		if verdict, err := syntax.Judge(b.Context(), request); err != nil || verdict.End < 0 {
			b.Fatal(verdict, err)
		}
	}
}
