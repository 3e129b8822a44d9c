package syntax

import (
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// TestGates outlines texts at and behind each limit.
func TestGates(t *testing.T) {
	line := "var x = 1 // " + strings.Repeat("x", 86) + "\n"
	long := func(length int) string { return "var x = `" + strings.Repeat("x", length-len("var x = ``")) + "`" }
	for _, test := range []struct {
		name, text, reason string
	}{
		{"a file of 1 MiB", strings.Repeat(line, 1<<20/len(line)), ""},
		{"a larger file", strings.Repeat(line, 1<<20/len(line)+1), "larger than 1048576 bytes"},
		{"a line of 20 KB", "package a\n" + long(20_000) + "\nvar y int\n", ""},
		{"a longer line", "package a\n" + long(20_001) + "\nvar y int\n", "a line longer than 20000 bytes"},
		{"a longer last line", "package a\n" + long(20_001), "a line longer than 20000 bytes"},
		{"a NUL near the start", "package a\n\x00", "binary: a NUL byte near the start"},
		{"a NUL far behind", "package a\n" + strings.Repeat("// a\n", 2_000) + "\x00", ""},
		{"a UTF-16 file", utf16Of("package a\n"), "binary: a NUL byte near the start"},
		{"brackets 2,000 deep", "package a\nvar x = " + strings.Repeat("(\n", 2_000) + "1" + strings.Repeat(")", 2_000) + "\n", ""},
		{"brackets deeper", "package a\nvar x = " + strings.Repeat("(\n", 2_001) + "1" + strings.Repeat(")", 2_001) + "\n", "brackets nested deeper than 2000"},
		{"depth behind what closes too much", strings.Repeat(")", 5_000) + "\n" + strings.Repeat("[", 2_001), "brackets nested deeper than 2000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			syntax := New()
			facts, err := syntax.Outline(t.Context(), outline.ParseRequest{Language: "go", Text: test.text, Background: true})
			if err != nil || facts.TextOnly != test.reason {
				t.Errorf("text only because %q, %v; want %q", facts.TextOnly, err, test.reason)
			}
			if facts.TextOnly != "" && len(facts.Decls)+len(facts.References) > 0 {
				t.Errorf("a text that is not parsed has facts")
			}
			verdict, err := syntax.Judge(t.Context(), outline.JudgeRequest{Language: "go", Text: test.text, Candidate: "x"})
			if err != nil || test.reason != "" && verdict.Known {
				t.Errorf("%+v, %v", verdict, err)
			}
		})
	}
}

func utf16Of(text string) string {
	out := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(text)) {
		out += string([]byte{byte(unit), byte(unit >> 8)})
	}
	return out
}

// TestGatesOfCandidates judges a candidate that takes a text behind a limit.
func TestGatesOfCandidates(t *testing.T) {
	for name, candidate := range map[string]string{
		"size": strings.Repeat("x\n", 1<<20), "line": strings.Repeat("x", 30_000), "depth": strings.Repeat("(\n", 3_000),
	} {
		verdict, err := New().Judge(t.Context(), outline.JudgeRequest{Language: "go", Text: "package a\n", Candidate: candidate})
		if err != nil || verdict != (outline.Verdict{}) {
			t.Errorf("%s: %+v, %v", name, verdict, err)
		}
	}
}

// TestPathologicalInput outlines inputs that take the parser superlinear time or memory, with the gates and, where the
// gates let nothing through, without them: then the time limit has to hold.
func TestPathologicalInput(t *testing.T) {
	calls := strings.Repeat(strings.Repeat("f(", 40)+"\n", 3_200) // 256 KB in lines of 80 characters
	for _, test := range []struct {
		name, text string
		gates      gates
		reason     string
	}{
		{"calls in calls", calls, standardGates, "brackets nested deeper than 2000"},
		{"calls in calls, no gates", calls, gates{}, tooSlow(interactiveLimit)},
		{"a million brackets", strings.Repeat("(", 1_000_000), standardGates, "a line longer than 20000 bytes"},
		{"a million brackets in lines", strings.Repeat(strings.Repeat("(", 80)+"\n", 12_500), standardGates, "brackets nested deeper than 2000"},
		{"a line of 10 MB", strings.Repeat("x", 10_000_000), standardGates, "larger than 1048576 bytes"},
		{"a large file of short lines", strings.Repeat("x\n", 5_000_000), standardGates, "larger than 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			syntax := New()
			syntax.gates = test.gates
			start := time.Now()
			facts := outlineOf(t, syntax, "go", "package a\n"+test.text)
			if took := time.Since(start); took > interactiveLimit+time.Second {
				t.Errorf("it took %v", took)
			}
			if facts.TextOnly != test.reason {
				t.Errorf("text only because %q, want %q", facts.TextOnly, test.reason)
			}
			if live := syntax.live.Load(); live != 0 {
				t.Errorf("%d trees are left", live)
			}
		})
	}
}

// TestDeepBrackets frees trees of 10^5 nested brackets, without gates: no recursion in C or Go may run out of stack.
func TestDeepBrackets(t *testing.T) {
	deep := strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000)
	for id, text := range map[string]string{
		"go": "package a\nvar x = " + deep, "python": "x = " + deep, "javascript": "x = " + deep, "rust": "const X: u8 = " + deep + ";",
	} {
		syntax := New()
		syntax.gates = gates{}
		facts, err := syntax.Outline(t.Context(), outline.ParseRequest{Handle: 1, Language: id, Text: text, Background: true})
		if err != nil || facts.TextOnly == "" && len(facts.Decls)+len(facts.References) == 0 {
			t.Errorf("%s: %+v, %v", id, facts, err)
		}
		syntax.Close(1)
	}
}

// TestTimeGrowsWithSize outlines long lists of each kind that the queries look into. A pattern that holds a name of a
// list while it waits for what stands behind the list takes cubic time in C, which nothing can stop: 100 s and more
// for each of these.
func TestTimeGrowsWithSize(t *testing.T) {
	list := func(item string) string { return strings.Repeat(item+"\n", 4_000) }
	for _, test := range []struct{ id, text string }{
		{"go", "package a\nvar " + list("a,") + "b int\n"},
		{"go", "package a\nconst " + list("a,") + "b = 1\n"},
		{"go", "package a\ntype a struct {\n" + list("f,") + "b int }\n"},
		{"go", "package a\nfunc f() {\n" + list("if a { } else") + "{}}\n"},
		{"python", "from x import (" + list("a,") + "b)\n"},
		{"python", "from x import (" + list("a as b,") + "b)\n"},
		{"python", "(" + list("a,") + "b) = 1\n"},
		{"python", "class A:\n" + list(" @a\n def f(): 'a'")},
		{"typescript", "import {" + list("a,") + "} from 'x'\n"},
		{"typescript", "import {" + list("a as b,") + "} from 'x'\n"},
		{"typescript", "export {" + list("a as b,") + "} from 'x'\n"},
		{"typescript", "let " + list("a,") + "b: number\n"},
		{"typescript", "const {" + list("a,") + "b} = x\n"},
		{"typescript", "namespace A {" + list("export let a") + "}\n"},
		{"typescript", "class A { constructor(" + list("private a,") + "b) {} }\n"},
		{"typescriptreact", "x = <a>" + list("<b c={d}/>") + "</a>\n"},
		{"javascript", "const {" + list("a: b,") + "c} = require('x')\n"},
		{"javascriptreact", "x = " + list("<a>")},
		{"java", "class A { int " + list("a,") + "b; }\n"},
		{"java", "record A(int a" + list(",\nint a") + ") {}\n"},
		{"rust", "use a::{" + list("a,") + "b};\n"},
		{"rust", "enum A {" + list("a,") + "b}\n"},
		{"rust", list("#[a]") + "fn f() {}\n"},
	} {
		start := time.Now()
		facts, err := New().Outline(t.Context(), outline.ParseRequest{Language: test.id, Text: test.text, Background: true})
		if err != nil || facts.TextOnly != "" {
			t.Errorf("%s %.40q: %s, %v", test.id, test.text, facts.TextOnly, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s %.40q took %v", test.id, test.text, took)
		}
	}
}

// TestUnusualFiles outlines files that are not what their names say, or are written in unusual ways.
func TestUnusualFiles(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"blank", " \n\t\r\n", ""},
		{"a byte order mark", "\ufeffpackage a\n\nfunc f() {}\n", "f"},
		{"Windows' line endings", "package a\r\n\r\n// F is.\r\n// It does.\r\nfunc f(\r\n\ta int,\r\n) {}\r\n", "f"},
		{"lone carriage returns, which Go does not know", "package a\r\rfunc f() {}\r", "f and errors"},
		{"no line ending at the end", "package a\n\nvar f int", "f"},
		{"Latin-1", "package a\n\n// \xe9\nvar f = \"\xe9\"\n", "f"},
		{"bytes that are no text", "\x7fELF\x02\x01\x01\xff\xfe\x80\n", " and errors"},
	} {
		t.Run(test.name, func(t *testing.T) {
			facts := outlineOf(t, New(), "go", test.text)
			checkSane(t, test.text, facts)
			var got string
			for _, decl := range facts.Decls {
				got += decl.Name
			}
			if facts.HasError {
				got += " and errors"
			}
			if got != test.want || facts.TextOnly != "" {
				t.Errorf("it declares %q, want %q; text only: %q", got, test.want, facts.TextOnly)
			}
		})
	}
}

// TestDocWithWindowsLineEndings finds the whole comment.
func TestDocWithWindowsLineEndings(t *testing.T) {
	text := "package a\r\n\r\n// F is.\r\n// It does.\r\nfunc f(\r\n\ta int,\r\n) {}\r\n"
	decl := outlineOf(t, New(), "go", text).Decls[0]
	if doc := text[decl.Doc.Start:decl.Doc.End]; doc != "// F is.\r\n// It does." {
		t.Errorf("doc %q", doc)
	}
	if decl.Signature != "func f( a int, )" {
		t.Errorf("signature %q", decl.Signature)
	}
}

// TestDamagedQuery breaks the query of one language. That language is text, the others stay what they are.
func TestDamagedQuery(t *testing.T) {
	for _, damaged := range []string{"(function_declaration", "(no_such_node) @name", "(identifier) @no.such.part", "\x00\xff"} {
		golang := *languages["go"]
		golang.query = func() (*query, error) { return compile("go", []byte(damaged), golang.grammar()) }
		syntax := New()
		syntax.languages = maps.Clone(languages)
		syntax.languages["go"] = &golang

		facts, err := syntax.Outline(t.Context(), outline.ParseRequest{Handle: 1, Language: "go", Text: "package a\n"})
		if err != nil || !strings.HasPrefix(facts.TextOnly, "compile the query of go: ") {
			t.Errorf("%q: text only because %q, %v", damaged, facts.TextOnly, err)
		}
		if facts := outlineOf(t, syntax, "python", "def f(): pass\n"); len(facts.Decls) != 1 {
			t.Errorf("%q: Python is %+v", damaged, facts)
		}
		verdict, err := syntax.Judge(t.Context(), outline.JudgeRequest{
			Language: "go", Text: "package a\n", Candidate: "var x int", Replace: source.Span{Start: 10, End: 10},
		})
		if err != nil || verdict.End != len("var x int") {
			t.Errorf("%q: a verdict needs no query, but is %+v, %v", damaged, verdict, err)
		}
	}
}

// TestQueriesCompile compiles the query of each language: a mistake in one is found here and not by a user.
func TestQueriesCompile(t *testing.T) {
	for id, language := range languages {
		if _, err := language.query(); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
