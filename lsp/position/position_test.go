package position

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/infill-dev/infill/context/source"
)

func TestNegotiate(t *testing.T) {
	tests := map[string]Encoding{"": UTF16, "utf-16": UTF16, "utf-8,utf-16,utf-32": UTF8, "utf-32,utf-8,utf-16": UTF8, "utf-32,utf-16": UTF16, "utf-32": UTF32, "utf-7": UTF16}
	for offered, want := range tests {
		if got := Negotiate(strings.Split(offered, ",")); got != want {
			t.Errorf("Negotiate(%s) = %s, want %s", offered, got, want)
		}
	}
}

func TestOffset(t *testing.T) {
	file := source.NewFile("x", "a🙂b\r\n世é\rlast")
	tests := []struct {
		encoding        Encoding
		line, character uint32
		want            int
		snapped         bool
	}{
		{UTF16, 0, 1, 1, false}, {UTF16, 0, 2, 1, true}, {UTF16, 0, 3, 5, false}, {UTF16, 0, 99, 6, false},
		{UTF8, 0, 5, 5, false}, {UTF8, 0, 3, 1, true}, {UTF32, 0, 2, 5, false},
		{UTF16, 1, 1, 11, false}, {UTF16, 1, 2, 13, false}, {UTF16, 2, 4, 18, false},
		{UTF16, 9, 0, 18, false}, {UTF16, 1<<32 - 1, 1<<32 - 1, 18, false}, {UTF16, 2, 1<<31 - 1, 18, false},
	}
	for _, test := range tests {
		got, snapped := test.encoding.Offset(file, test.line, test.character)
		if got != test.want || snapped != test.snapped {
			t.Errorf("%s %d:%d = %d %v, want %d %v", test.encoding, test.line, test.character, got, snapped, test.want, test.snapped)
		}
	}
	if _, err := UTF16.Span(file, 1, 0, 0, 5); err == nil {
		t.Error("a range that starts behind its end was taken")
	}
}

// slowPosition counts units with the standard library's encoders, rune by rune, splitting lines by the letter of LSP.
func slowPosition(e Encoding, text string, offset int) (line, character uint32) {
	rest := text[:offset]
	for {
		at := strings.IndexAny(rest, "\r\n")
		if at < 0 {
			break
		}
		size := 1
		full := text[len(text[:offset])-len(rest):]
		if strings.HasPrefix(full[at:], "\r\n") {
			size = 2
		}
		if at+size > len(rest) { // inside a line ending
			rest = rest[:at]
			break
		}
		rest = rest[at+size:]
		line++
	}
	for _, r := range rest {
		switch {
		case e == UTF16 && utf16.RuneLen(r) == 2:
			character += 2
		case e == UTF8 && r != utf8.RuneError:
			character += uint32(utf8.RuneLen(r))
		default:
			character++
		}
	}
	return line, character
}

func FuzzPosition(f *testing.F) {
	for _, text := range []string{"a🙂b\r\nc", "世界\ne\u0301x", "\ufeffx\r\ry", "\xed\xa0\x80z", "a\r", "\xff\n\xfe"} {
		for _, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
			f.Add(text, encoding, 3)
		}
	}
	f.Fuzz(func(t *testing.T, text, encoding string, offset int) {
		e := Negotiate([]string{encoding})
		file := source.NewFile("x", text)
		if offset < 0 || offset > len(text) || offset < len(text) && !utf8.RuneStart(text[offset]) || strings.ContainsRune(text, utf8.RuneError) && utf8.ValidString(text) {
			t.Skip()
		}
		if !utf8.ValidString(text[:offset]) && e == UTF8 {
			t.Skip() // the oracle cannot tell a broken byte from a long one
		}
		line, character := e.Position(file, offset)
		wantLine, wantCharacter := slowPosition(e, text, offset)
		if line != wantLine || character != wantCharacter {
			t.Fatalf("%s offset %d of %q is %d:%d, want %d:%d", e, offset, text, line, character, wantLine, wantCharacter)
		}
		back, snapped := e.Offset(file, line, character)
		if inside := file.Line(int(line)).End; back != min(offset, inside) || snapped {
			t.Fatalf("%s offset %d of %q came back as %d", e, offset, text, back)
		}
	})
}

func FuzzOffset(f *testing.F) {
	f.Add("a🙂b\r\nc", uint32(0), uint32(2), uint32(1), uint32(0))
	f.Add("", uint32(1<<31), uint32(1<<31), uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, text string, a, b, c, d uint32) {
		file := source.NewFile("x", text)
		for _, e := range []Encoding{UTF8, UTF16, UTF32} {
			span, err := e.Span(file, a, b, c, d)
			if err == nil && (span.Start < 0 || span.End < span.Start || span.End > len(text)) {
				t.Fatalf("%s %d:%d-%d:%d is %v", e, a, b, c, d, span)
			}
		}
	})
}

func TestPathFromURI(t *testing.T) {
	tests := []struct {
		uri     string
		windows bool
		want    string // empty: an error
	}{
		{"file:///home/u/a%20b.go", false, "/home/u/a b.go"}, {"file:///a/%2F..%2F..%2Fetc/passwd", false, "/etc/passwd"},
		{"file:///a/../../b", false, "/b"}, {"file://localhost/a", false, "/a"}, {"file://server/share/a", false, ""},
		{"file:///a%23b%3Fc", false, "/a#b?c"}, {"file:///w%C3%B6rk/%E4%B8%96", false, "/wörk/世"}, {"FILE:///a", false, "/a"},
		{"untitled:Untitled-1", false, ""}, {"git:/a/b.go?x", false, ""}, {"vscode-notebook-cell:/a#b", false, ""}, {"", false, ""}, {"file://", false, ""},
		{"file:///a%00b", false, ""}, {"%zz", false, ""}, {"file:///%zz", false, ""},
		{"file:///c%3A/Users/a.go", true, `C:\Users\a.go`}, {"file:///C:/Users/../a.go", true, `C:\a.go`}, {"file://server/share/a.go", true, `\\server\share\a.go`},
		{"file:///d:/..%5C..%5Cx", true, `D:\x`}, {"file:///nodrive/a", true, ""},
	}
	for _, test := range tests {
		got, err := pathFromURI(test.uri, test.windows)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("pathFromURI(%q, %v) = %q, %v; want %q", test.uri, test.windows, got, err, test.want)
		}
	}
}

func TestRelative(t *testing.T) {
	tests := []struct {
		root, absolute string
		windows        bool
		want           source.Path
	}{
		{"/w", "/w/a/b.go", false, "a/b.go"}, {"/w", "/work/a.go", false, ""}, {"/w/", "/w/../x", false, ""}, {"/w", "/w", false, ""}, {"/", "/a", false, "a"},
		{"c:/w", "C:/w/a.go", true, "a.go"}, {"//server/share", "//server/share/a", true, "a"},
	}
	for _, test := range tests {
		if got, ok := relative(test.root, test.absolute, test.windows); got != test.want || ok != (test.want != "") {
			t.Errorf("relative(%q, %q) = %q, %v; want %q", test.root, test.absolute, got, ok, test.want)
		}
	}
}

func FuzzURI(f *testing.F) {
	f.Add("/a b/c#d?e%/世", false)
	f.Add(`C:\a b\c`, true)
	f.Add("file:///%2e%2e/x", false)
	f.Fuzz(func(t *testing.T, name string, windows bool) {
		if _, err := pathFromURI(name, windows); err == nil && !strings.Contains(strings.ToLower(name), "file:") {
			t.Fatalf("%q is a file", name)
		}
		if windows || !strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
			return
		}
		back, err := pathFromURI(uriFromPath(name, windows), windows)
		if again, _ := pathFromURI(uriFromPath(back, windows), windows); err != nil || again != back {
			t.Fatalf("%q came back as %q and %q: %v", name, back, again, err)
		}
	})
}
