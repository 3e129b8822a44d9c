package syntax

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/outline"
)

func TestScratch(t *testing.T) {
	if os.Getenv("SCRATCH") == "" {
		t.Skip()
	}
	n := 4000
	fmt.Sscan(os.Getenv("SCRATCH"), &n)
	rep := func(s string) string { return strings.Repeat(s, n) }
	for _, c := range []struct{ id, name, text string }{
		{"go", "var names", "package a\nvar " + rep("a,\n") + "b int\n"},
		{"go", "const names", "package a\nconst " + rep("a,\n") + "b = 1\n"},
		{"go", "calls", "package a\nfunc f() {\n" + rep("f(a)\n") + "}\n"},
		{"go", "broken calls", "package a\nfunc f( {\n" + rep("f(a)\n") + "}\n"},
		{"go", "fields", "package a\ntype a struct {\n" + rep("f a\n") + "}\n"},
		{"go", "field names", "package a\ntype a struct {\n" + rep("f,\n") + "b int }\n"},
		{"go", "else if", "package a\nfunc f() {\n" + rep("if a { } else\n") + "{}}\n"},
		{"go", "plus", "package a\nvar x = " + rep("a +\n") + "1\n"},
		{"go", "not", "package a\nvar x = " + rep("!\n") + "1\n"},
		{"go", "dots", "package a\nvar x = a" + rep(".\na") + "\n"},
		{"typescript", "import", "import {" + rep("a,\n") + "} from 'x'\n"},
		{"typescript", "import alias", "import {" + rep("a as b,\n") + "} from 'x'\n"},
		{"typescript", "import open", "import {" + rep("a,\n")},
		{"typescript", "export open", "export {" + rep("a,\n")},
		{"typescript", "var", "var " + rep("a,\n") + "b: number\n"},
		{"typescript", "const", "const " + rep("a=1,\n") + "b: number\n"},
		{"typescript", "pattern", "const {" + rep("a,\n") + "b} = x\n"},
		{"typescript", "params", "class A { constructor(" + rep("private a,\n") + "b) {} }\n"},
		{"typescript", "members", "class A {" + rep("a() {}\n") + "}\n"},
		{"typescript", "enum", "enum A {" + rep("a,\n") + "}\n"},
		{"typescript", "exports", "namespace A {" + rep("export let a\n") + "}\n"},
		{"typescript", "arrow", "x = " + rep("a =>\n") + "1\n"},
		{"typescript", "ternary", "x = " + rep("a ? b :\n") + "1\n"},
		{"typescript", "generics", "x = " + rep("a<\n") + "1\n"},
		{"javascript", "require", "const {" + rep("a,\n") + "b} = require('x')\n"},
		{"javascript", "decls", "function f() {" + rep("var a\n") + "}\n"},
		{"javascriptreact", "jsx", "x = " + rep("<a>\n") + "\n"},
		{"python", "import", "from x import (" + rep("a,\n") + "b)\n"},
		{"python", "import as", "from x import (" + rep("a as b,\n") + "b)\n"},
		{"python", "pattern", "(" + rep("a,\n") + "b) = 1\n"},
		{"python", "import in", "def f():\n" + rep(" import a\n")},
		{"python", "imports", rep("import a\n")},
		{"python", "methods", "class A:\n" + rep(" def f():'a'\n")},
		{"python", "decorated", "class A:\n" + rep(" @a\n def f():'a'\n")},
		{"python", "nested", func() string {
			var b strings.Builder
			for i := range min(n, 1000) {
				b.WriteString(strings.Repeat(" ", i) + "if a:\n")
			}
			return b.String()
		}()},
		{"java", "fields", "class A {int " + rep("a,\n") + "b;}\n"},
		{"java", "record", "record A(int a" + rep(",\nint a") + ") {}\n"},
		{"java", "enum", "enum A {" + rep("a,\n") + "b;}\n"},
		{"java", "annotations", rep("@A\n") + "class A {}\n"},
		{"java", "dots", "import a" + rep(".\na") + ";\n"},
		{"rust", "use", "use a::{" + rep("a,\n") + "b};\n"},
		{"rust", "variants", "enum A {" + rep("a,\n") + "b}\n"},
		{"rust", "attributes", rep("#[a]\n") + "fn f() {}\n"},
		{"rust", "docs", rep("/// a\n") + "fn f() {}\n"},
		{"rust", "path", "use a" + rep("::\na") + ";\n"},
		{"rust", "calls", "fn f() {" + rep("f(a);\n") + "}\n"},
		{"rust", "macro", "fn f() { m!(" + rep("f(a);\n") + ") }\n"},
	} {
		if len(c.text) > 1<<20 {
			t.Logf("%s: too long", c.name)
			continue
		}
		s := New()
		t0 := time.Now()
		tree := s.parse(t.Context(), languages[c.id], nil, c.text, 2*time.Second)
		t1 := time.Now()
		if tree != nil {
			tree.close()
		}
		facts, _ := s.Outline(t.Context(), outline.ParseRequest{Language: c.id, Text: c.text, Background: true})
		t2 := time.Now()
		mark := ""
		if t2.Sub(t1) > 6*t1.Sub(t0) {
			mark = "   <<<<<<"
		}
		fmt.Printf("%-12s %-14s %7d bytes parse %8v outline %8v %s%s\n", c.id, c.name, len(c.text), t1.Sub(t0).Round(time.Microsecond*100), t2.Sub(t1).Round(time.Microsecond*100), facts.TextOnly, mark)
	}
}
