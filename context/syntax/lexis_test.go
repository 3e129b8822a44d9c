package syntax

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/infill-dev/infill/context/source"
)

// TestScan finds the brackets of code and what a text ends in.
func TestScan(t *testing.T) {
	for _, test := range []struct {
		lexis               *lexis
		text, brackets, end string
	}{
		{&goLexis, "f(a[1]) { // (\n/* { */ }", "([]){}", "code"},
		{&goLexis, "f(`(\n\"` + \"\\\"(\" + '(' + '\\'')", "()", "code"},
		{&goLexis, "f(\"(", "(", "string"},
		{&goLexis, "f(\"(\n)", "()", "code"},
		{&goLexis, "x // (", "", "comment"},
		{&goLexis, "x /* (", "", "comment"},
		{&goLexis, "x := \"\\", "", "string"},
		{&pythonLexis, "f('(', \"\"\"(\n\"\"\") # (\n[", "()[", "code"},
		{&pythonLexis, "f\"{g(a['x'])} {{(}} {h!r:>{w}}\" + (", "([]){}(", "code"}, // the braces of a width count as a pair
		{&pythonLexis, "rf'{", "", "code"},
		{&pythonLexis, "f'{a", "", "code"},
		{&pythonLexis, "f'{a} b", "", "string"},
		{&pythonLexis, "f'{a\n(", "(", "code"},
		{&pythonLexis, "F\"\"\"{a\n(", "(", "code"},
		{&pythonLexis, "of'{(' + [", "[", "code"},
		{&scriptLexis, "`a ${b({c: `${d}`})} (` + (", "({})(", "code"},
		{&scriptLexis, "`a ${b", "", "code"},
		{&scriptLexis, "`a ${`b", "", "string"},
		{&scriptLexis, "/[/(]\\/(/g.test(a / b / c)", "()", "code"},
		{&scriptLexis, "return /(/\n(", "(", "code"},
		{&scriptLexis, "a / (b) / (c", "()(", "code"},
		{&scriptLexis, "x = /( not closed\n)", "()", "code"},
		{&scriptLexis, "<p>don't (</p>", "(", "code"},
		{&javaLexis, "f(\"\"\"\n(\" \\\"\"\" (\n\"\"\", '(')", "()", "code"},
		{&rustLexis, "fn f<'a>(x: &'a str) -> char { '(' }", "(){}", "code"},
		{&rustLexis, "(r#\"(\"#, br\"(\", r\"(\\\", b'(', '\\'')", "()", "code"},
		{&rustLexis, "r##\"(\"#", "", "string"},
		{&rustLexis, "for(\"(\n\") // (\n", "()", "code"},
		{&rustLexis, "/* /* ( */ ( */ (", "(", "code"},
		{&rustLexis, "/* /* */ (", "", "comment"},
	} {
		var brackets strings.Builder
		stop := test.lexis.scan(test.text, 0, len(test.text), func(_ source.Offset, b byte) { brackets.WriteByte(b) })
		if brackets.String() != test.brackets || stop.inside != test.end {
			t.Errorf("%q has brackets %q and ends in %s, want %q and %s", test.text, brackets.String(), stop.inside, test.brackets, test.end)
		}
		if stop.outer > stop.start || stop.start > len(test.text) {
			t.Errorf("%q: %+v", test.text, stop)
		}
	}
}

// TestDifference makes one text of another by their difference, which is no longer than it must be at its ends.
func TestDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		before := strings.Repeat("abcdefgh", random.IntN(200)) + strings.Repeat("a", random.IntN(600))
		edit := randomEdit(random, before)
		after := before[:edit.Span.Start] + edit.New + before[edit.Span.End:]
		found := difference(before, after)
		if !leadsTo(before, []source.Edit{found}, after) {
			t.Fatalf("%+v does not lead from %q to %q", found, before, after)
		}
		if found.Span.Len() > edit.Span.Len() || len(found.New) > len(edit.New) {
			t.Errorf("%+v is longer than %+v", found, edit)
		}
	}
}
