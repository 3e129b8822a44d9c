package lsp_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// pieces are what is typed: characters of every width, every line ending, and what only looks like one.
var pieces = []string{"a", "bc", "é", "世", "🙂", "e\u0301", "\n", "\r\n", "\r", "\n\r", "\u2028", "\u0085", "\ufeff", "\t", "\v", "\x00", "func f() {\r\n\treturn\n}"}

// TestTyping is row 15 of the table of bad input: an editor types at random, in every encoding, and the server's text
// is the editor's.
func TestTyping(t *testing.T) {
	for _, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
		t.Run(encoding, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pair := lsptest.Server(t, lsptest.Options{Encodings: []string{encoding}})
				if string(pair.Encoding()) != encoding {
					t.Fatalf("the server counts in %s", pair.Encoding())
				}
				random := rand.New(rand.NewPCG(uint64(len(encoding)), 7))
				for range 20 {
					text := ""
					for range random.IntN(60) {
						text += pieces[random.IntN(len(pieces))]
					}
					d := pair.Document("a.go", text)
					for range 100 {
						var script [15]byte
						for i := range script {
							script[i] = byte(random.UintN(256))
						}
						typeScript(t, d, script[:5*(1+random.IntN(3))])
					}
					same(t, pair, d)
					if err := d.Close(); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

// typeScript makes an edit of every five bytes, and sends them as one change.
func typeScript(t *testing.T, d *headless.Document, script []byte) {
	t.Helper()
	text := d.Text()
	var edits []source.Edit
	for ; len(script) >= 5; script = script[5:] {
		at := func(high, low byte) int { return boundary(text, (int(high)<<8|int(low))%(len(text)+1)) }
		span := source.Span{Start: at(script[0], script[1]), End: at(script[2], script[3])}
		if span.Start > span.End {
			span.Start, span.End = span.End, span.Start
		}
		if script[0]&3 != 0 { // most edits are small
			span.End = boundary(text, min(span.End, span.Start+int(script[3]&7)))
		}
		piece := pieces[int(script[4])%len(pieces)]
		if script[2]&7 == 0 {
			piece = ""
		}
		edits = append(edits, source.Edit{Span: span, New: piece})
		text = text[:span.Start] + piece + text[span.End:]
	}
	if err := d.Edit(edits...); err != nil {
		t.Fatal(err)
	}
	if d.Text() != text {
		t.Fatalf("the editor has %q, not %q", d.Text(), text)
	}
}

// boundary is the start of the character at an offset.
func boundary(text string, offset int) int {
	for offset > 0 && offset < len(text) && !utf8.RuneStart(text[offset]) {
		offset--
	}
	return offset
}

func same(t *testing.T, pair *lsptest.Pair, d *headless.Document) {
	t.Helper()
	if got, err := pair.ServerText(d); got != d.Text() || err != nil {
		t.Fatalf("the server has %q, %v; the editor %q", got, err, d.Text())
	}
}

// FuzzTyping is TestTyping for texts and scripts that nobody thought of.
func FuzzTyping(f *testing.F) {
	f.Add("a🙂\r\nb", byte(1), []byte{0, 3, 0, 3, 1, 0, 6, 0, 7, 5})
	f.Add("\r\r\n\n", byte(0), []byte{0, 2, 0, 2, 0})
	f.Add("\u2028\ufeff", byte(2), []byte{0, 0, 0, 9, 7})
	f.Fuzz(func(t *testing.T, text string, encoding byte, script []byte) {
		synctest.Test(t, func(t *testing.T) {
			name := []string{"utf-8", "utf-16", "utf-32"}[encoding%3]
			pair := lsptest.Server(t, lsptest.Options{Encodings: []string{name}})
			d, err := pair.OpenURI("untitled:a", "go", text)
			if err != nil {
				t.Fatal(err)
			}
			for len(script) >= 5 {
				size := min(len(script), 5*(1+int(script[0]&1)))
				typeScript(t, d, script[:size])
				script = script[size:]
			}
			same(t, pair, d)
		})
	})
}

// TestOneLongLine is row 18: nothing takes time that grows with the square of a line. It runs in real time.
func TestOneLongLine(t *testing.T) {
	const size = 10 << 20
	lines := map[string]string{
		"words":      strings.Repeat("total = total + width; ", size/23),
		"brackets":   strings.Repeat("(", size),
		"wide":       strings.Repeat("世🙂", size/7),
		"many lines": strings.Repeat("x\n", size/2),
	}
	for name, text := range lines {
		t.Run(name, func(t *testing.T) {
			pair := lsptest.Server(t, lsptest.Options{Model: modeltest.New("x⏎"), Encodings: []string{"utf-16"}})
			pair.Ready()
			within := func(limit time.Duration, what string, work func()) {
				t.Helper()
				began := time.Now()
				work()
				if took := time.Since(began); took > limit {
					t.Errorf("%s took %s", what, took)
				}
			}
			var d *headless.Document
			within(5*time.Second, "open", func() {
				d = pair.Document("a.go", text)
				pair.Settle()
			})
			within(5*time.Second, "three edits at the end", func() {
				for range 3 {
					at := len(d.Text())
					if err := d.Edit(source.Edit{Span: source.Span{Start: at, End: at}, New: " y = "}); err != nil {
						t.Fatal(err)
					}
				}
				pair.Settle()
			})
			for _, ask := range []headless.Ask{{}, {Invoked: true}} {
				within(5*time.Second, "a completion", func() {
					if _, err := pair.Complete(t.Context(), d, len(d.Text()), ask); err != nil {
						t.Error(err)
					}
				})
			}
			same(t, pair, d)
		})
	}
}
