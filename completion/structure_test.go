package completion

import (
	"strings"
	"testing"

	"github.com/infill-dev/infill/context/source"
)

// siteAt makes the site of a text with a cursor mark.
func siteAt(t testing.TB, marked, language string) site {
	t.Helper()
	before, after, ok := strings.Cut(marked, "‸")
	if !ok {
		t.Fatalf("no cursor in %q", marked)
	}
	return siteOf(source.NewFile("x", before+after), len(before), language)
}

func TestShape(t *testing.T) {
	tests := []struct {
		marked, language string
		want             shape
	}{
		{"x := ‸", "go", restOfLine},
		{"x := ‸)", "go", restOfLine},
		{"\t‸", "go", statement},
		{"‸", "go", statement},
		{"\t‸ x", "go", restOfLine},
		{"func f() {‸", "go", body},
		{"func f() {‸}", "go", restOfLine},
		{"def f():‸", "python", body},
		{"case 1:‸", "go", restOfLine},
		{"x = {‸", "python", body},
		{`fmt.Print("{‸`, "go", restOfLine},
	}
	for _, test := range tests {
		if got := siteAt(t, test.marked, test.language).shape; got != test.want {
			t.Errorf("%q in %s: %v, want %v", test.marked, test.language, got, test.want)
		}
	}
}

// TestStructuralEnd shows where generated text is cut: the part before ¦ is kept.
func TestStructuralEnd(t *testing.T) {
	tests := []struct {
		name, language, marked, generated string
		blocks                            bool
	}{
		{"the rest of a line ends with it", "go", "\tx := ‸\n", "compute(y)¦\n\treturn x\n", false},
		{"a bracket that follows already", "go", "\tf(‸)\n", "a, g(b)¦)\n", false},
		{"a bracket that does not follow", "go", "\tf(‸\n", "a, g(b))¦\n", false},
		{"another bracket follows", "go", "\tx[f(‸]\n", "a)¦]", false},
		{"a bracket in a string", "go", "\tf(‸)\n", `")"¦)`, false},
		{"a quote that follows already", "go", "\tf(\"‸\")\n", `hello¦", x)`, false},
		{"a block that the line opens, when asked", "go", "func f() {\n\tif err ‸\n}\n", "!= nil {\n\t\treturn err\n\t}¦\n\treturn nil\n}\n", true},
		{"only the line, unasked", "go", "func f() {\n\tif err ‸\n}\n", "!= nil {¦\n\t\treturn err\n\t}\n", false},
		{"one statement", "go", "func f() {\n\t‸\n}\n", "x := 1¦\n\ty := 2\n}\n", false},
		{"a statement with its block", "go", "func f() {\n\t‸\n}\n", "for i := range 3 {\n\t\tg(i)\n\t}¦\n\th()\n}\n", false},
		{"if and else", "go", "func f() {\n\t‸\n}\n", "if x {\n\t\tg()\n\t} else {\n\t\th()\n\t}¦\n\ti()\n}\n", false},
		{"a call over several lines", "go", "func f() {\n\t‸\n}\n", "g(\n\t\ta,\n\t\tb,\n\t)¦\n\th()\n", false},
		{"a statement of Python", "python", "def f():\n    ‸\n", "x = 1¦\n    y = 2\n", false},
		{"a block of Python", "python", "def f():\n    ‸\n", "for x in y:\n        g(x)\n        h(x)¦\n    return 1\n", false},
		{"else in Python", "python", "def f():\n    ‸\n", "if x:\n        g()\n    else:\n        h()¦\n    return 1\n", false},
		{"a body", "go", "func f() {‸\n}\n", "\n\tg()\n\th()¦\n}\n\nfunc g() {\n", false},
		{"a body that is not closed yet", "go", "func f() {‸\n", "\n\tg()\n}¦\n\nfunc g() {\n", false},
		{"a body of Python", "python", "def f():‸\n", "\n    g()\n\n    h()¦\n\ndef g():\n", false},
		{"a body on one line", "go", "func f() int {‸\n", " return 1 }¦\n\nfunc g() {}\n", false},
		{"the next line is there", "go", "\t‸\n\treturn x\n", "x++\n\treturn x", false},
		{"a line again and again", "python", "‸\n", "class A:\n    x\n    x¦\n    x\n    x\n    x\n", false},
		{"less indentation", "python", "class A:\n    def f():\n        ‸\n", "return 1¦\n\n    def g():\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want, rest, marked := strings.Cut(test.generated, "¦")
			if !marked { // the next line is there: the statement alone ends before it
				want = "x++"
			}
			s := siteAt(t, test.marked, test.language)
			got := structuralEnd(s, want+rest, test.blocks, true)
			if !marked {
				got = structuralEnd(s, test.generated, test.blocks, true)
				rest = strings.TrimPrefix(test.generated, want)
			}
			if (want + rest)[:got.bytes] != want {
				t.Errorf("kept %q by %q, want %q", (want + rest)[:got.bytes], got.rule, want)
			}
			streamedLikeWhole(t, s, want+rest, test.blocks)
		})
	}
}

// streamedLikeWhole sees to it that a decision taken early is the decision taken at the end.
func streamedLikeWhole(t testing.TB, s site, text string, blocks bool) {
	t.Helper()
	whole := structuralEnd(s, text, blocks, true)
	for n := range len(text) {
		early := structuralEnd(s, text[:n], blocks, false)
		if early.bytes > n {
			t.Fatalf("after %d bytes of %q it keeps %d", n, text, early.bytes)
		}
		if early.done && early.bytes != whole.bytes {
			t.Fatalf("after %d bytes of %q it keeps %d by %q, at the end %d by %q", n, text, early.bytes, early.rule, whole.bytes, whole.rule)
		}
	}
}

func FuzzStructuralEnd(f *testing.F) {
	f.Add("func f() {\n\t‸\n}\n", "go", "if x {\n\t\ty\n\t}\n\tz\n", true)
	f.Add("def f():\n    ‸\n", "python", "if x:\n        y\n    else:\n        z\n    w\n", false)
	f.Add("f(\"‸\")", "go", `a\"b", c)`, false)
	f.Fuzz(func(t *testing.T, marked, language, text string, blocks bool) {
		if strings.Count(marked, "‸") != 1 || len(text) > 500 {
			t.Skip()
		}
		streamedLikeWhole(t, siteAt(t, marked, language), text, blocks)
	})
}

func TestWithoutSuffix(t *testing.T) {
	tests := []struct{ name, text, after, want string }{
		{"a closing bracket", "a, b)", ")", "a, b"},
		{"a bracket of its own", "g(b)", ")", "g(b)"},
		{"both", "g(b))", ")", "g(b)"},
		{"bracket and brace", "x) {", ") {", "x"},
		{"a semicolon", "x;", ";", "x"},
		{"words", "a, b int", " int", "a, b"},
		{"part of what follows", "x)", "), y)", "x"},
		{"nothing follows", "x)", "", "x)"},
		{"nothing in common", "x", ")", "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.TrimRight(withoutSuffix(test.text, test.after), " "); got != test.want {
				t.Errorf("withoutSuffix(%q, %q) = %q, want %q", test.text, test.after, got, test.want)
			}
		})
	}
}

func TestUnsafeTextIsNamed(t *testing.T) {
	tests := map[string]string{
		"plain, with\ttab and\nline":      "",
		"Grüße, 世界, 🙂, ❤\ufe0f, 👩\u200d💻": "",
		"esc \x1b[31m":     "a control character",
		"nul \x00":         "a control character",
		"lone cr \r here":  "a control character",
		"c1 \u0085":        "a control character",
		"bidi \u202e":      "a bidirectional control",
		"isolate \u2066":   "a bidirectional control",
		"tag \U000e0041":   "a tag character",
		"zero\u200bwidth":  "an invisible character",
		"joined a\u200db":  "an invisible character",
		"bom \ufeff":       "an invisible character",
		"selector x\ufe0f": "an invisible character",
		"broken \xff":      "a broken character",
	}
	for text, want := range tests {
		if got := unsafe(text); got != want {
			t.Errorf("unsafe(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLoops(t *testing.T) {
	tests := map[string]bool{
		strings.Repeat("x", 10_000):           true,
		strings.Repeat("foo, ", 40):           true,
		"a := 1\n" + strings.Repeat("\n", 99): true,
		"return fmt.Errorf(\"complete %s: %w\", path, err) // a long but honest line of code that says one thing once": false,
		"short short short": false,
	}
	for text, want := range tests {
		if got := loops(text); got != want {
			t.Errorf("loops(%.30q…) = %v, want %v", text, got, want)
		}
	}
}
