package lex_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/context/lex"
)

var names = map[lex.Kind]string{lex.Ident: "i", lex.Number: "n", lex.String: "s", lex.Comment: "c", lex.Punct: "p", lex.Newline: "l"}

func TestTokens(t *testing.T) {
	tests := []struct{ language, text, want string }{
		{"go", "x := a.b(1)", "i:x p::= i:a p:. i:b p:( n:1 p:)"},
		{"go", "s := `a\n\"b` // c\nd", "i:s p::= s:`a\n\"b` c:// c l:\n i:d"},
		{"go", `r := '\'' + 'x'`, `i:r p::= s:'\'' p:+ s:'x'`},
		{"go", `"a\"b" + "open` + "\nx", `s:"a\"b" p:+ s:"open ` + "l:\n i:x"},
		{"go", "/* a\nb */x", "c:/* a\nb */ i:x"},
		{"go", "a\r\nb\rc", "i:a l:\r\n i:b l:\r i:c"},
		{"go", "1.5e-3 0x1F 1_000 x.1", "n:1.5e-3 n:0x1F n:1_000 i:x p:. n:1"},
		{"python", "f'{x}' + r\"\\\" # c", `s:f'{x}' p:+ s:r"\" # c`},
		{"python", "'''a\nb''' is not x", "s:'''a\nb''' i:is i:not i:x"},
		{"python", "def f(x): return x", "i:def i:f p:( i:x p:) p:: i:return i:x"},
		{"rust", "fn f<'a>(x: &'a str) -> 'x'", "i:fn i:f p:< p:' i:a p:> p:( i:x p:: p:& p:' i:a i:str p:) p:-> s:'x'"},
		{"rust", `r#"a"b"# r`, `s:r#"a"b"# i:r`},
		{"javascript", "`a ${b}\n` => '$x'", "s:`a ${b}\n` p:=> s:'$x'"},
		{"markdown", "it's // here", "i:it p:' i:s p:/ p:/ i:here"},
		{"", "größe 世界 «x»", "i:größe i:世界 p:« i:x p:»"},
		{"shellscript", "if x; then # y", "i:if i:x p:; i:then c:# y"},
	}
	for _, test := range tests {
		var got []string
		for _, token := range lex.Tokens(test.text, test.language) {
			got = append(got, fmt.Sprintf("%s:%s", names[token.Kind], test.text[token.Span.Start:token.Span.End]))
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.language, test.text, diff)
		}
	}
}

func TestParts(t *testing.T) {
	tests := map[string]string{
		"parseHTTPRequest_v2": "parse http request v2", "x": "x", "": "", "__init__": "init", "URL": "url", "URLs": "ur ls",
		"camelCase": "camel case", "snake_case": "snake case", "größeÄndern": "größe ändern", "SHA256sum": "sha256sum", "$el": "el",
	}
	for identifier, want := range tests {
		if got := strings.Join(lex.Parts(identifier), " "); got != want {
			t.Errorf("Parts(%q) = %q, want %q", identifier, got, want)
		}
	}
}

func TestKeywordsAndComments(t *testing.T) {
	if !lex.IsKeyword("go", "func") || lex.IsKeyword("python", "func") || !lex.IsKeyword("typescript", "interface") {
		t.Error("keywords are mixed up")
	}
	for language, want := range map[string]string{"go": "//", "python": "#", "lua": "--", "html": "", "unknown": "//"} {
		if got := lex.LineComment(language); got != want {
			t.Errorf("LineComment(%s) = %q, want %q", language, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, seed := range []string{"x := `a", "'''", "r#\"a\"#", "'\\'", "f'", "/*", "0x", "1e-", "\xff\xfe", "a\r\n", "世\u00a0界", "'\\''"} {
		for _, language := range []string{"go", "python", "rust", "markdown", ""} {
			f.Add(seed, language)
		}
	}
	f.Fuzz(func(t *testing.T, text, language string) {
		end := 0
		blank := func(from, to int) {
			if rest := strings.TrimFunc(text[from:to], unicode.IsSpace); rest != "" {
				t.Fatalf("%q lies in no token", rest)
			}
		}
		for _, token := range lex.Tokens(text, language) {
			if token.Span.Start < end || token.Span.End <= token.Span.Start || token.Span.End > len(text) {
				t.Fatalf("span %v after %d in a text of %d bytes", token.Span, end, len(text))
			}
			blank(end, token.Span.Start)
			end = token.Span.End
		}
		blank(end, len(text))
	})
}

func BenchmarkTokens(b *testing.B) {
	text := strings.Repeat("func (s *Snapshot) File(path source.Path) (*source.File, bool) {\n\treturn s.files[path], \"x\" != `y` // why\n}\n", 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		lex.Tokens(text, "go")
	}
}
