package local

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// index builds an index of files given as path and text in turn.
func index(pathsAndTexts ...string) *Index {
	var files []*source.File
	for i := 0; i < len(pathsAndTexts); i += 2 {
		files = append(files, source.NewFile(source.Path(pathsAndTexts[i]), pathsAndTexts[i+1]))
	}
	slices.SortFunc(files, func(a, b *source.File) int { return strings.Compare(string(a.Path()), string(b.Path())) })
	return Build(slices.Values(files))
}

// at is a request at the mark ‸ of a text.
func at(t testing.TB, path source.Path, marked string) Request {
	t.Helper()
	before, after, ok := strings.Cut(marked, "‸")
	if !ok {
		t.Fatalf("no cursor in %q", marked)
	}
	return Request{File: source.NewFile(path, before+after), Language: source.LanguageOf(path), Offset: len(before)}
}

func TestWords(t *testing.T) {
	tests := []struct{ name, language, text, want string }{
		{"comments are left out", "go", "a /* b */ c // d\ne", "a c ⏎ e"},
		{"line endings are one", "go", "\n\na\r\n\r\n// x\r\nb\rc\n", "a ⏎ b ⏎ c ⏎"},
		{"a text is one", "go", `f("a b", 'c')`, `f ( "a b" , 'c' )`},
		{"letters before a text", "python", `f"a" + r'b'`, `f"a" + r'b'`},
		{"other scripts", "go", "größe := 面积", "größe := 面积"},
		{"nothing", "go", " \t ", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, word := range words(test.text, lex.Tokens(test.text, test.language)) {
				if word.text != "\n" && !strings.HasPrefix(test.text[word.start:], word.text) {
					t.Errorf("%q does not stand at %d", word.text, word.start)
				}
				got = append(got, strings.ReplaceAll(word.text, "\n", "⏎"))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Error("(-want +got):", diff)
			}
		})
	}
}

func TestBuild(t *testing.T) {
	ix := index("b/x.go", "a b\n", "a.go", "a", "README.md", "a a a a", "data.bin", "a a", "b/y.go", "", "z.json", `{"a": 1}`)
	if got := ix.Tokens(); got != 8 { // ␣a␣ab⏎␣␣
		t.Errorf("%d tokens, want 8", got)
	}
	if len(ix.files) != 3 {
		t.Errorf("%d files, want those of code", len(ix.files))
	}
	if ix.Bytes() < 8*12 {
		t.Errorf("%d bytes", ix.Bytes())
	}
	for position, want := range map[int]source.Path{1: "a.go", 3: "b/x.go", 5: "b/x.go"} {
		if got := ix.fileAt(position).file.Path(); got != want {
			t.Errorf("position %d is in %s, want %s", position, got, want)
		}
	}
	if start, end := ix.holdout("b/x.go"); start != 3 || end != 6 {
		t.Errorf("b/x.go is %d to %d", start, end)
	}
	if start, end := ix.holdout("none.go"); start != 0 || end != 0 {
		t.Errorf("a file that is not there is %d to %d", start, end)
	}
	if start, end := ix.neighbours("b/new.go"); start != 3 || end != 7 {
		t.Errorf("the folder b is %d to %d", start, end)
	}
	if start, end := ix.neighbours("new.go"); start != 0 || end != 0 {
		t.Errorf("the root is %d to %d; it is no folder that counts more", start, end)
	}
	file := source.NewFile("a.go", "a")
	snapshot := (&workspace.Snapshot{}).Apply(workspace.Indexed{Records: []*workspace.Record{{File: file}}})
	if got := FromSnapshot(snapshot).Tokens(); got != 3 {
		t.Errorf("%d tokens from a snapshot, want 3", got)
	}
	if got := FromSnapshot(&workspace.Snapshot{}).Tokens(); got != 1 {
		t.Errorf("%d tokens from an empty one, want the boundary", got)
	}
}

// Of too many files every folder keeps its share.
func TestTooManyFiles(t *testing.T) {
	var files []*source.File
	for _, folder := range []string{"a", "b", "c", "d"} {
		for i := range 100 {
			files = append(files, source.NewFile(source.Path(fmt.Sprintf("%s/%02d.go", folder, i)), strings.Repeat("x = 1\n", 1+i%7)))
		}
	}
	total, taken, folders := 0, 0, map[byte]int{}
	for _, file := range files {
		total += file.Len()
	}
	for _, file := range build(slices.Values(files), total/4).files {
		taken += file.file.Len()
		folders[file.file.Path()[0]] += file.file.Len()
	}
	if taken > total/4 || taken < total/5 {
		t.Errorf("%d of %d bytes are taken, want a quarter", taken, total)
	}
	for _, folder := range []byte("abcd") {
		if share := folders[folder]; share < taken/5 || share > taken/3 {
			t.Errorf("%d of %d bytes are of folder %c, want a quarter", share, taken, folder)
		}
	}
	if all := build(slices.Values(files), total).files; len(all) != len(files) {
		t.Errorf("%d of %d files that fit are taken", len(all), len(files))
	}
}

// The places that narrow finds by binary search are those that a look at every place finds.
func TestNarrowAgreesWithLooking(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var c corpus
		c.add(boundary, 0)
		for range random.IntN(300) {
			c.add(uint32(random.IntN(5)), 0) // 0 is a boundary
		}
		c.add(boundary, 0)
		c.sort()
		context := make([]uint32, random.IntN(30))
		if from := random.IntN(len(c.ids)); len(context) < len(c.ids)-from {
			copy(context, c.ids[from:])
		}
		corner := corner{corpus: &c, context: context}
		corner.locate()
		for k := 1; k <= depth; k++ {
			var want, got []uint32
			for i := range c.ids {
				if i >= k && k <= len(context) && slices.Equal(c.ids[i-k:i], context[len(context)-k:]) && !slices.Contains(c.ids[i-k:i], boundary) {
					want = append(want, uint32(i))
				}
			}
			if k <= corner.longest {
				got = slices.Sorted(slices.Values(c.order[corner.byLength[k].from:corner.byLength[k].to]))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("the last %d of %v in %v: %v, want %v", k, context, c.ids, got, want)
			}
		}
	}
}

// five is a text five times: enough for the engine to be sure.
func five(text string) string { return strings.Repeat(text, 5) }

func TestComplete(t *testing.T) {
	const open = "func a() error {\n\tfile, err := os.Open(name)\n\tif err != nil {\n\t\treturn nil, fmt.Errorf(\"open %s: %w\", name, err)\n\t}\n\tdefer file.Close()\n}\n"
	tests := []struct {
		name   string
		path   source.Path
		marked string
		others []string
		want   string
		reason string // when nothing is wanted
	}{
		{"what the workspace always says", "b.go", "package b\nx.y = 1\nif err ‸", []string{"a.go", five("if err != nil {\n")}, "!= nil {", ""},
		{"what the file always says", "b.go", five("w.Header().Set(\"Vary\", \"Origin\")\n") + "w.Header()‸", nil, `.Set("Vary", "Origin")`, ""},
		{"text below the cursor counts", "b.go", "w.Header()‸\n" + five("x.Header().Set(name, value)\n"), nil, ".Set(name, value)", ""},
		{"a long repeat is copied", "b.go", "func b() error {\n\tfile, err := os.Open(name)\n\tif err != nil {\n\t\treturn nil, fmt.Errorf(‸", []string{"a.go", open}, `"open %s: %w", name, err)`, ""},
		{"the longest repeat decides", "b.go", "begin(1)\nmiddle(2)\nend(‸", []string{"a.go", five("middle(2)\nend(3)\n"), "c.go", five("begin(1)\nmiddle(2)\nend(4)\n")}, "4)", ""},
		{"the file goes before the workspace", "b.go", five("log.Print(here)\n") + "log.Print(‸", []string{"a.go", five("log.Print(there)\n")}, "here)", ""},
		{"the folder goes before others", "x/b.go", "log.Print(‸", []string{"y/a.go", strings.Repeat("log.Print(there)\n", 6), "x/a.go", strings.Repeat("log.Print(here)\n", 5)}, "here)", ""},
		{"the rest of a word", "b.go", "x := strings.HasPre‸", []string{"a.go", five("x := strings.HasPrefix(s, t)\n")}, "fix(s, t)", ""},
		{"a whole word", "b.go", "x := strings.HasPrefix‸", []string{"a.go", five("x := strings.HasPrefix(s, t)\n")}, "(s, t)", ""},
		{"inside a word", "b.go", "x := strings.Has‸Prefix", []string{"a.go", five("x := strings.HasPrefix(s, t)\n")}, "", "inside a word"},
		{"a word of the file in a new place", "b.go", five("call(handleRequest)\n") + "other(handleReq‸", nil, "uest)", ""},
		{"a bracket stands there already", "b.go", "x := strings.HasPrefix(‸)", []string{"a.go", five("x := strings.HasPrefix(s, t)\n")}, "s, t", ""},
		{"what follows is not repeated", "b.go", "if err‸ {", []string{"a.go", five("if err != nil {\n")}, " != nil", ""},
		{"a comment follows", "b.go", "if err ‸ // why", []string{"a.go", five("if err != nil {\n")}, "!= nil {", ""},
		{"a bracket that is not open is not closed", "b.go", "x = f(a‸", []string{"a.go", five("y = g(f(a))\n")}, ")", ""},
		{"a line does not end inside a bracket", "b.go", "x = g(f(a)‸", []string{"a.go", strings.Repeat("f(a)\n", 9) + "x = g(f(a))\n"}, ")", ""},
		{"blanks as elsewhere", "b.go", "package b\nx‸", []string{"a.go", five("x := y[1] + 2\n")}, " := y[1] + 2", ""},
		{"no alignment of another place", "b.go", "x ‸", []string{"a.go", five("x  =   y   +  2\n")}, "= y + 2", ""},
		{"windows line endings", "b.go", "a = 1\r\nif err ‸\r\nb = 2\r\n", []string{"a.go", five("if err != nil {\r\n")}, "!= nil {", ""},
		{"other scripts", "b.go", "größe := ‸", []string{"a.go", five("größe := 面积(宽, 高)\n")}, "面积(宽, 高)", ""},
		{"python", "b.py", "for x ‸", []string{"a.py", five("for x in range(10):\n")}, "in range(10):", ""},
		{"inside a text", "b.go", "m.Get(\"Content-‸", []string{"a.go", five("m.Get(\"Content-Type\")\n")}, "Type\")", ""},
		{"inside a text whose end stands there", "b.go", "m.Get(\"Content-‸\")", []string{"a.go", five("m.Get(\"Content-Type\")\n")}, "Type", ""},
		{"inside a text that goes on", "b.go", "m.Get(\"Content-‸Length\")", []string{"a.go", five("m.Get(\"Content-Type\")\n")}, "", "inside a word"},
		{"behind a text", "b.py", "x = f\"{a}\"‸", []string{"a.py", five("x = f\"{a}\" + tail\n")}, " + tail", ""},
		{"inside a text of several lines", "b.go", "x := `a\nb ‸", []string{"a.go", five("b c\n")}, "", "inside a text of several lines"},
		{"in a comment", "b.go", "// if err ‸", []string{"a.go", five("if err != nil {\n")}, "", "in a comment"},
		{"in a comment of several lines", "b.go", "x /* a\nif err ‸", []string{"a.go", five("if err != nil {\n")}, "", "in a comment"},
		{"behind a comment", "b.go", "/* a */ if err ‸", []string{"a.go", five("if err != nil {\n")}, "!= nil {", ""},
		{"at the start of a line", "b.go", "x := 1\n\t‸", []string{"a.go", five("x := 1\n\ty := 2\n")}, "", "the line is empty and nothing before it is repeated"},
		{"at the start of a line in a repeat", "b.go", "a := b(c, d)\n‸", []string{"a.go", five("a := b(c, d)\ni := j(k, l)\n")}, "i := j(k, l)", ""},
		{"at the start of a line in a short repeat", "b.go", "x = x\n‸", []string{"a.go", five("x = x\ni := j(k, l)\n")}, "", "the line is empty and nothing before it is repeated"},
		{"at the end of a line that is whole", "b.go", "if err != nil {‸", []string{"a.go", five("if err != nil {\n")}, "", "nothing is missing here"},
		{"nothing like it", "b.go", "zzz ‸", []string{"a.go", five("if err != nil {\n")}, "", "nothing like it in the workspace"},
		{"as many ways as places", "b.go", "x ‸", []string{"a.go", "x a\nx b\nx c\nx d\nx e\nx f\nx g\nx h\nx i\nx j\n"}, "", "not sure enough"},
		{"never over a line's end", "b.go", "x := ‸", []string{"a.go", five("x := `a\nb`\n")}, "", "the text would span lines"},
		{"the line would go on", "b.go", "x ‸ y", []string{"a.go", five("x = 1\n")}, "", "the line would end before what follows the cursor"},
		{"a line without end", "b.go", "x ‸", []string{"a.go", strings.Repeat("x ", 500)}, "", "the line would be too long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := index(test.others...).Complete(at(t, test.path, test.marked))
			if got.Text != test.want || got.Reason != test.reason {
				t.Errorf("%q (%.2f, %s), reason %q; want %q, reason %q", got.Text, got.Confidence, got.Source, got.Reason, test.want, test.reason)
			}
			if (got.Text != "") != (got.Confidence > 0) || (got.Text != "") != (got.Source != "") {
				t.Errorf("half a suggestion: %+v", got)
			}
		})
	}
}

func TestSource(t *testing.T) {
	ix := index("a.go", "package a\n\n"+five("begin(1); middle(2)\nend(3, 4)\n"))
	if got, want := ix.Complete(at(t, "b.go", "begin(1); middle(2)\nend(‸")).Source, "copied from a.go:12, where 12 words before it are the same"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := ix.Complete(at(t, "b.go", "end(‸")).Source, "as in a.go:12"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// More places that agree make surer, a place that does not makes less sure.
func TestConfidence(t *testing.T) {
	confidence := func(others string) float64 {
		return index("a.go", others).Complete(at(t, "b.go", "if err ‸")).Confidence
	}
	const line = "if err != nil {\n"
	once, often, mixed := confidence(line), confidence(strings.Repeat(line, 20)), confidence(strings.Repeat(line, 20)+five("if err == io.EOF {\n"))
	if once >= 0.5 || often <= 0.7 || mixed >= often {
		t.Errorf("once %.2f, often %.2f, often but not always %.2f", once, often, mixed)
	}
}

// What stands in the file on disk behind the cursor is what the user is about to write again or has removed: it must
// never answer. Other files may.
func TestTheFilesOwnCopyDoesNotAnswer(t *testing.T) {
	var disk strings.Builder
	disk.WriteString("package a\n")
	for i := range 50 {
		fmt.Fprintf(&disk, "call(first, second, third, planted%d)\n", i%2)
	}
	others := []string{"pkg/a.go", disk.String(), "pkg/c.go", five("call(first, second, elsewhere)\n")}
	ix := index(others...)
	for line := range strings.SplitSeq("call(‸|call(first, ‸|call(first, second, ‸|call(first, second, third, ‸|call(first, second, third, plan‸|‸", "|") {
		request := at(t, "pkg/a.go", "package a\ncall(first, second, x)\n"+line)
		if got := ix.Complete(request); strings.Contains(got.Text, "planted") {
			t.Errorf("%s: %q from %s", line, got.Text, got.Source)
		}
		request = at(t, "pkg/b.go", "package a\ncall(first, second, third, ‸")
		if got := ix.Complete(request); !strings.Contains(got.Text, "planted") {
			t.Errorf("another file cannot copy: %+v", got)
		}
	}
	if got := ix.Complete(at(t, "pkg/a.go", "package a\ncall(first, second, ‸")); got.Text != "elsewhere)" {
		t.Errorf("%+v, want what another file says", got)
	}
}

// The same request has the same answer, whatever the order of maps is, and in an index that was built again.
func TestSameAnswerAgain(t *testing.T) {
	var texts []string
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 20 {
		var text strings.Builder
		for range 100 {
			fmt.Fprintf(&text, "x%d := f%d(a, b%d)\n", random.IntN(4), random.IntN(4), random.IntN(3))
		}
		texts = append(texts, fmt.Sprintf("p%02d.go", i), text.String())
	}
	ix, again := index(texts...), index(texts...)
	for _, marked := range []string{"x1 := ‸", "x1‸", "x2 := f1(a, ‸", "x3 := f0(a, b1)\nx2 := f‸", "‸", "x1 := f2(‸)"} {
		request := at(t, "q.go", "x0 := f0(a, b0)\n"+marked)
		want := ix.Complete(request)
		for range 30 {
			if got := ix.Complete(request); got != want {
				t.Fatalf("%s: %+v and then %+v", marked, want, got)
			}
		}
		if got := again.Complete(request); got != want {
			t.Errorf("%s: %+v, from the index built again %+v", marked, want, got)
		}
	}
}

func TestBounds(t *testing.T) {
	empty := Build(slices.Values([]*source.File(nil)))
	small := index("a.go", five("if err != nil {\n"))
	huge := strings.Repeat("x = [1, 2, 3], ", 100_000)
	long := five("if err != nil {\n") + strings.Repeat("/* "+strings.Repeat("x ", 400)+"*/ call(a, b)\n", 1000)
	tests := []struct {
		name   string
		text   string
		offset int
		ok     bool // something may come
	}{
		{"an empty file", "", 0, false},
		{"the start", "if err", 0, false},
		{"before the file", "if err", -1, false},
		{"behind the file", "if err", 7, false},
		{"inside a character", "é", 1, false},
		{"a line end cut in two", "if err \r\n", 8, true},
		{"a huge line", huge, len(huge) / 2, false},
		{"behind a huge line", huge + "\nif err ", len(huge) + 8, true},
		{"before a huge line", "if err \n" + huge, 7, true},
		{"the end of a long file", long + "call(a, ", len(long) + 8, true},
		{"broken bytes", "\xff\xfe\x00 if err ", 11, true},
		{"nothing but brackets", strings.Repeat("(", 3000), 3000, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, ix := range []*Index{empty, small} {
				request := Request{File: source.NewFile("b.go", test.text), Language: "go", Offset: test.offset}
				if got := ix.Complete(request); got.Text != "" && !test.ok || got.Text == "" && got.Reason == "" {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	if got := small.Complete(Request{File: source.NewFile("b.go", huge+"\nif err "), Language: "go", Offset: len(huge) + 8}); got.Text != "!= nil {" {
		t.Errorf("behind a huge line: %+v", got)
	}
	if got := empty.Complete(Request{File: source.NewFile("b.go", long+"call(a, "), Language: "go", Offset: len(long) + 8}); got.Text != "b)" {
		t.Errorf("at the end of a file of %d bytes: %+v", len(long), got)
	}
}

// The last words that are looked at behind the cursor are whole ones.
func TestNoHalfWords(t *testing.T) {
	text := "call(‸\n" + strings.Repeat("call(abcdefghijklmnop)\n", 2000)
	for shift := range 25 {
		l, reason := newLine(index(), at(t, "a.go", strings.Repeat("x", shift)+"\n"+text))
		if reason != "" || l.own.len() < 100 {
			t.Fatalf("%d words, %s", l.own.len(), reason)
		}
		for _, name := range l.names {
			if strings.HasPrefix(name, "a") && name != "abcdefghijklmnop" {
				t.Errorf("shifted by %d there is half a word, %q", shift, name)
			}
		}
	}
}

func TestBrackets(t *testing.T) {
	tests := []struct {
		words string
		lost  bool
		yes   string // words that may follow
		no    string
	}{
		{"f (", false, ") a", "] } ⏎x"},
		{"f ( a", false, ")", "] } ⏎"},
		{"f ( a ,", false, ") ⏎", "]"},
		{"f (", false, "⏎", "]"},
		{"x = {", false, "} ⏎", ")"},
		{"f ( { ⏎ a ⏎ }", false, ") ⏎", "]"}, // the line did not open the parenthesis
		{"a", false, "⏎", ") ] }"},
		{"a", true, "⏎ ) ] }", ""},
		{"{ ( ⏎ }", false, "⏎", "} )"}, // one too many in broken code
	}
	for _, test := range tests {
		b := brackets{lost: test.lost}
		for _, word := range strings.Fields(strings.ReplaceAll(test.words, "⏎", " ␤ ")) {
			b.push(strings.ReplaceAll(word, "␤", "\n"))
		}
		for _, word := range strings.Fields(test.yes) {
			if !b.fit(strings.ReplaceAll(word, "⏎", "\n")) {
				t.Errorf("%s: %s does not fit", test.words, word)
			}
		}
		for _, word := range strings.Fields(test.no) {
			if b.fit(strings.ReplaceAll(word, "⏎", "\n")) && word != "⏎x" {
				t.Errorf("%s: %s fits", test.words, word)
			}
		}
	}
}

// An index may be asked by many at once.
func TestManyAtOnce(t *testing.T) {
	ix := index("a.go", five("if err != nil {\n"), "b.go", five("x := strings.HasPrefix(s, t)\n"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			marked, want := "if err ‸", "!= nil {"
			if i%2 == 0 {
				marked, want = "x := strings.‸", "HasPrefix(s, t)"
			}
			for range 50 {
				if got := ix.Complete(at(t, "c.go", marked)); got.Text != want {
					t.Errorf("%q, want %q", got.Text, want)
				}
			}
		})
	}
	all.Wait()
}

// Whatever the text is, there is no panic, and an answer is whole and on one line.
func FuzzComplete(f *testing.F) {
	languages := []source.Path{"a.go", "a.py", "a.ts", "a.rs", "a.sh", "a.c", "a"}
	for i, text := range []string{
		"if err ‸", "x := \"a‸\"\n", "'''doc\n‸", "f(‸)\r\n", "`${‸}`", "r#\"a‸\"#", "/* a ‸", "# a ‸", "größe‸ := ", "a\x00‸\xff", "(((‸]]]", "a = \\‸\nb", "‸",
	} {
		before, after, _ := strings.Cut(text, "‸")
		f.Add(before+after, "if err != nil {\nx := \"ab\"\nf(a, b)\n"+before+after, len(before), i)
	}
	f.Fuzz(func(t *testing.T, text, other string, offset, language int) {
		path := languages[(language%len(languages)+len(languages))%len(languages)]
		ix := index(string(path), text+other, "b/"+string(path), other, "c/"+string(path), five(other))
		request := Request{File: source.NewFile(path, text), Language: source.LanguageOf(path), Offset: offset}
		got := ix.Complete(request)
		if again := ix.Complete(request); again != got {
			t.Fatalf("%+v and then %+v", got, again)
		}
		switch {
		case strings.ContainsAny(got.Text, "\r\n"):
			t.Errorf("%q has more than one line", got.Text)
		case (got.Text == "") != (got.Reason != ""), (got.Text == "") != (got.Confidence == 0), got.Confidence < 0 || got.Confidence > 1:
			t.Errorf("half a suggestion: %+v", got)
		case !utf8.ValidString(got.Text) && utf8.ValidString(text) && utf8.ValidString(other):
			t.Errorf("%q is half a character", got.Text)
		}
	})
}
