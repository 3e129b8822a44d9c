package syntax

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// sample is a text of a language to start from.
type sample struct{ id, text string }

// samples are the texts of the outline fixtures.
func samples(t testing.TB) []sample {
	t.Helper()
	names, err := filepath.Glob("testdata/outline/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var found []sample
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file := archive.Files[0]
		found = append(found, sample{ids[filepath.Ext(file.Name)], string(file.Data)})
	}
	return found
}

// editor types into an open document and compares each of its outlines with that of a fresh parse. They are the same
// for each text without a syntax error. What the runtime makes of a broken part depends on the nodes that it had
// before, so there they may differ, and differing counts how often they do.
type editor struct {
	t                 testing.TB
	syntax            *Syntax
	handle            outline.Handle
	id                string
	text              string
	broken, differing int
}

func open(t testing.TB, syntax *Syntax, handle outline.Handle, id, text string) *editor {
	e := &editor{t: t, syntax: syntax, handle: handle, id: id}
	e.outline(text, source.Hash{}, nil)
	return e
}

// edit makes edits, each against the text left by those before.
func (e *editor) edit(edits ...source.Edit) {
	e.t.Helper()
	text := e.text
	for _, edit := range edits {
		text = text[:edit.Span.Start] + edit.New + text[edit.Span.End:]
	}
	e.outline(text, source.HashOf(e.text), edits)
}

// outline outlines a text with the story of how it came about, which may be wrong.
func (e *editor) outline(text string, base source.Hash, edits []source.Edit) {
	e.t.Helper()
	before := e.text
	e.text = text
	facts, err := e.syntax.Outline(e.t.Context(), outline.ParseRequest{
		Handle: e.handle, Language: e.id, Text: text, Hash: source.HashOf(text), Base: base, Edits: edits,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	checkSane(e.t, text, facts)
	fresh := outlineOf(e.t, New(), e.id, text)
	diff := cmp.Diff(fresh, facts)
	if fresh.HasError && facts.HasError {
		e.broken++
		if diff != "" {
			e.differing++
		}
		return
	}
	if diff != "" {
		e.t.Fatalf("%s: after %q became %q, the outline (-fresh +incremental):\n%s", e.id, before, text, diff)
	}
}

// close closes the document, which leaves no tree behind.
func (e *editor) close() {
	e.t.Helper()
	e.syntax.Close(e.handle)
	if live := e.syntax.live.Load(); live != 0 {
		e.t.Fatalf("%d trees are left", live)
	}
}

// pieces are what edits insert: what changes the shape of code, with some text that is wrong in any language.
var pieces = []string{
	"a", " ", "\n", "\t", "    ", "(", ")", "{", "}", "[", "]", "\"", "'", "`", "\"\"\"", "/*", "*/", "//", "#", ":", ";", ",", ".",
	"=", "<", ">", "=>", "return ", "if x ", "else ", "func f() {\n", "def f():\n    ", "class A ", "fn f() {}\n", "import a\n", "x = 1\n",
	"é", "日本", "\x00", "\xff", "\r\n", "\ufeff", "@a\n", "#[a]\n", "/// doc\n", "<p>", "</p>", "${", "r#\"", "var a, b int\n",
}

func randomEdit(random *rand.Rand, text string) source.Edit {
	start := random.IntN(len(text) + 1)
	end := start
	switch random.IntN(4) {
	case 0:
		end = min(len(text), start+random.IntN(8))
	case 1:
		end = min(len(text), start+random.IntN(80))
	}
	edit := source.Edit{Span: source.Span{Start: start, End: end}}
	if end == start || random.IntN(3) > 0 {
		edit.New = pieces[random.IntN(len(pieces))]
	}
	return edit
}

// TestIncrementalEqualsFresh edits each of the fixtures at random places, inside of characters of several bytes too.
func TestIncrementalEqualsFresh(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	broken, differing := 0, 0
	for _, sample := range samples(t) {
		e := open(t, New(), 7, sample.id, sample.text)
		for range 25 {
			edits := []source.Edit{randomEdit(random, e.text)}
			if random.IntN(4) == 0 {
				first := edits[0]
				next := e.text[:first.Span.Start] + first.New + e.text[first.Span.End:]
				edits = append(edits, randomEdit(random, next))
			}
			e.edit(edits...)
		}
		e.close()
		broken, differing = broken+e.broken, differing+e.differing
	}
	if broken == 0 || differing > broken/20 {
		t.Errorf("%d of %d outlines of broken texts differ from fresh ones, more than one in 20", differing, broken)
	}
}

// typed is code that is typed into the middle of a text of each language.
var typed = map[string]string{
	"go":              "func typed(a []string) (string, error) {\n\tfor i, s := range a {\n\t\tif s == \"é(\" { // b\n\t\t\treturn s[i:], nil\n\t\t}\n\t}\n}\n",
	"python":          "@cached\ndef typed(a: list[str]) -> str:\n    \"\"\"Says é.\"\"\"\n    for s in a:\n        if s == f\"{a!r} (\":  # b\n            return [x for x in s]\n",
	"typescript":      "export class Typed<T> {\n  @Input() a: string = `b ${c(\"é\")} d`;\n  private run(): Promise<void> { /* e */ return f?.g(); }\n}\n",
	"typescriptreact": "const Typed = ({ a }: Props) => {\n  const [b, setB] = useState<string>(\"é\");\n  return <p title={a}>it's {b.map(c => <b/>)}</p>;\n};\n",
	"javascript":      "export async function typed(a, { b, ...c }) {\n  const re = /[é(]/g;\n  return a?.b(`c ${d}`); // e\n}\n",
	"javascriptreact": "export const Typed = ({ a }) => (\n  <p className=\"é\">it's {a && <b/>}</p>\n);\n",
	"java":            "@Typed(a = \"é(\")\npublic record B(int c) implements D {\n    String f() { return switch (c) { case 1 -> \"x\"; default -> null; }; } // g\n}\n",
	"rust":            "#[derive(Debug)]\npub enum Typed<'a> { A, B(&'a str) }\nimpl Typed<'_> { fn f(&self) -> char { match self { A => 'é', _ => g!(\"(\") } } } // h\n",
}

// TestTyping types code byte by byte through the broken syntax that this makes, and takes it back in larger steps.
func TestTyping(t *testing.T) {
	for id, code := range typed {
		t.Run(id, func(t *testing.T) {
			text := sampleOf(t, id)
			at := strings.Index(text, "\n\n") + 1
			e := open(t, New(), 1, id, text)
			for i := range len(code) {
				e.edit(source.Edit{Span: source.Span{Start: at + i, End: at + i}, New: code[i : i+1]})
			}
			for end := at + len(code); end > at; end -= 7 {
				e.edit(source.Edit{Span: source.Span{Start: max(at, end-7), End: end}})
			}
			if e.text != text {
				t.Errorf("the text is now %q", e.text)
			}
			e.close()
			if e.broken == 0 || e.differing > e.broken/20 {
				t.Errorf("%d of %d outlines of broken texts differ from fresh ones, more than one in 20", e.differing, e.broken)
			}
		})
	}
}

func sampleOf(t testing.TB, id string) string {
	t.Helper()
	all := samples(t)
	return all[slices.IndexFunc(all, func(s sample) bool { return s.id == id && strings.Contains(s.text, "\n\n") })].text
}

// TestWrongEdits tells wrong stories of how a text came about. The answer is the same.
func TestWrongEdits(t *testing.T) {
	text := "package a\n\nfunc f() {}\n\nfunc g() {\n\tf()\n}\n"
	insert := source.Edit{Span: source.Span{Start: 10, End: 10}, New: "var x int\n"}
	for name, story := range map[string]struct {
		base  source.Hash
		edits []source.Edit
	}{
		"no edits":         {source.HashOf(text), nil},
		"no base":          {source.Hash{}, []source.Edit{insert}},
		"another base":     {source.HashOf("b"), []source.Edit{insert}},
		"another place":    {source.HashOf(text), []source.Edit{{Span: source.Span{Start: 3, End: 9}, New: "var x int\n"}}},
		"another text":     {source.HashOf(text), []source.Edit{{Span: insert.Span, New: "x"}}},
		"behind the end":   {source.HashOf(text), []source.Edit{{Span: source.Span{Start: 1000, End: 1001}}}},
		"before the start": {source.HashOf(text), []source.Edit{{Span: source.Span{Start: -1, End: 3}}}},
		"turned around":    {source.HashOf(text), []source.Edit{{Span: source.Span{Start: 9, End: 3}}}},
		"twice":            {source.HashOf(text), []source.Edit{insert, insert}},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, New(), 1, "go", text)
			e.outline(text[:10]+insert.New+text[10:], story.base, story.edits)
			e.outline("package b\n", story.base, story.edits)
			e.outline("", story.base, story.edits)
			e.outline(text, story.base, story.edits)
			e.close()
		})
	}
}

// TestHandles opens, changes and closes documents in every order that could leave a tree behind or mix two up.
func TestHandles(t *testing.T) {
	syntax := New()
	syntax.Close(5)
	a := open(t, syntax, 1, "go", "package a\nfunc f() {}\n")
	b := open(t, syntax, 2, "python", "def g(): pass\n")
	a.edit(source.Edit{New: "// a\n"})
	b.edit(source.Edit{New: "# b\n"})
	a.id = "python"
	a.outline("def f(): pass\n", source.HashOf(a.text), nil)
	a.outline(strings.Repeat("(", 3_000), source.HashOf(a.text), nil)
	a.outline("def f(): pass\n", source.HashOf(a.text), nil)
	a.id = "cobol"
	a.outline("MOVE A TO B.", source.HashOf(a.text), nil)
	if live := syntax.live.Load(); live != 1 {
		t.Errorf("%d trees live for one document", live)
	}
	syntax.Close(1)
	syntax.Close(1)
	b.close()
}

// TestJudgeWhileOutlining judges a document from several goroutines while it changes.
func TestJudgeWhileOutlining(t *testing.T) {
	syntax := New()
	text := "package a\n\nfunc f() {\n\tg(\n}\n"
	request := outline.JudgeRequest{
		Handle: 1, Language: "go", Text: text, Hash: source.HashOf(text), Candidate: "a)",
		Replace: source.Span{Start: 25, End: 25},
	}
	want, err := New().Judge(t.Context(), request)
	if err != nil || !want.Known {
		t.Fatalf("%+v, %v", want, err)
	}
	e := open(t, syntax, 1, "go", text)
	var judges sync.WaitGroup
	for range 3 {
		judges.Go(func() {
			for range 40 {
				if got, err := syntax.Judge(t.Context(), request); err != nil || got != want {
					t.Errorf("%+v, %v; want %+v", got, err, want)
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 40 {
		if e.edit(randomEdit(random, e.text)); i%10 == 9 {
			syntax.Close(1)
		}
	}
	judges.Wait()
	e.close()
}

// FuzzIncrementalEqualsFresh edits a document as the bytes of the script say.
func FuzzIncrementalEqualsFresh(f *testing.F) {
	for _, sample := range samples(f) {
		f.Add(sample.id, sample.text, "\x10\x00\x05\x40\x02\x1a\x80\x00\x0b")
	}
	f.Fuzz(func(t *testing.T, id, text, script string) {
		if languages[id] == nil || len(text) > 4_000 || len(script) > 60 {
			t.Skip()
		}
		e := open(t, New(), 1, id, text)
		for ; len(script) >= 3; script = script[3:] {
			start := int(script[0]) * (len(e.text) + 1) / 256
			end := min(len(e.text), start+int(script[1]))
			e.edit(source.Edit{Span: source.Span{Start: start, End: end}, New: pieces[int(script[2])%len(pieces)]})
		}
		e.close()
	})
}

// FuzzOutline outlines any bytes in any language.
func FuzzOutline(f *testing.F) {
	for _, sample := range samples(f) {
		f.Add(sample.id, sample.text)
	}
	for id := range languages {
		f.Add(id, "\xef\xbb\xbf\xff\xfe{(\x80")
	}
	f.Fuzz(func(t *testing.T, id, text string) {
		if len(text) > 10_000 {
			t.Skip()
		}
		syntax := New()
		checkSane(t, text, outlineOf(t, syntax, id, text))
		if live := syntax.live.Load(); live != 0 {
			t.Errorf("%d trees are left", live)
		}
	})
}

// FuzzJudge judges any candidate anywhere in any text.
func FuzzJudge(f *testing.F) {
	names, err := filepath.Glob("testdata/judge/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(name), ".txtar")
		for _, file := range archive.Files {
			if !strings.HasSuffix(file.Name, " want") {
				request := judgeRequest(f, id, string(file.Data))
				f.Add(id, request.Text, request.Candidate, request.Replace.Start, request.Replace.Len())
			}
		}
	}
	f.Fuzz(func(t *testing.T, id, text, candidate string, at, length int) {
		if len(text)+len(candidate) > 10_000 {
			t.Skip()
		}
		syntax := New()
		verdict, err := syntax.Judge(t.Context(), outline.JudgeRequest{
			Language: id, Text: text, Candidate: candidate, Replace: source.Span{Start: at, End: at + length},
		})
		fits := 0 <= at && at <= at+length && at+length <= len(text)
		if (err == nil) != fits {
			t.Errorf("[%d,%d) of %d bytes: %v", at, at+length, len(text), err)
		}
		checkVerdict(t, candidate, verdict)
		if live := syntax.live.Load(); live != 0 {
			t.Errorf("%d trees are left", live)
		}
	})
}

// checkVerdict checks what holds for every verdict.
func checkVerdict(t *testing.T, candidate string, verdict outline.Verdict) {
	t.Helper()
	if !verdict.Known {
		if verdict != (outline.Verdict{}) {
			t.Errorf("an unknown verdict says %+v", verdict)
		}
		return
	}
	if verdict.End < -1 || verdict.End > len(candidate) {
		t.Errorf("the end %d is outside of %q", verdict.End, candidate)
	}
	if end := candidate[:max(verdict.End, 0)]; strings.TrimRight(end, " \t\r\n") != end {
		t.Errorf("%q ends with a blank", candidate[:verdict.End])
	}
	if strings.Trim(verdict.Unclosed, "([{")+strings.Trim(verdict.Extra, ")]}") != "" {
		t.Errorf("unclosed %q, extra %q", verdict.Unclosed, verdict.Extra)
	}
	if inside := verdict.Inside; inside != insideCode && inside != insideString && inside != insideComment {
		t.Errorf("inside %q", inside)
	}
}
