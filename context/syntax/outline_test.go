package syntax

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

var update = flag.Bool("update", false, "write the want sections of the fixtures")

// ids by the extension of a fixture's file.
var ids = map[string]string{
	".go": "go", ".py": "python", ".ts": "typescript", ".tsx": "typescriptreact", ".js": "javascript",
	".jsx": "javascriptreact", ".java": "java", ".rs": "rust",
}

// TestOutlineFixtures compares the outline of the first file of each fixture with its want section.
func TestOutlineFixtures(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/outline/*.txtar")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range fixtures {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { checkOutline(t, name) })
	}
}

func checkOutline(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) != 2 || archive.Files[1].Name != "want" {
		t.Fatalf("a fixture holds a file and a want section")
	}
	file := archive.Files[0]
	text := string(file.Data)
	facts := outlineOf(t, New(), ids[filepath.Ext(file.Name)], text)
	checkSane(t, text, facts)
	got := dump(text, facts)
	if *update {
		archive.Files[1].Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
		t.Errorf("outline (-want +got):\n%s", diff)
	}
}

// TestOutlineAfterTheEnd asks with a context that has ended.
func TestOutlineAfterTheEnd(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := New().Outline(ended, outline.ParseRequest{Path: "a.go", Text: "package a\n"}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

// TestLanguageByPath finds the language when the client names none.
func TestLanguageByPath(t *testing.T) {
	for path, want := range map[source.Path]string{"a/b.go": "go", "x.py": "python", "c.tsx": "typescriptreact", "d.rs": "rust"} {
		facts, err := New().Outline(t.Context(), outline.ParseRequest{Path: path, Text: "\n"})
		if err != nil || facts.Language != want || facts.TextOnly != "" {
			t.Errorf("%s is %q, text only because %q, %v", path, facts.Language, facts.TextOnly, err)
		}
	}
}

func outlineOf(t testing.TB, syntax *Syntax, id, text string) outline.Outline {
	t.Helper()
	facts, err := syntax.Outline(t.Context(), outline.ParseRequest{Language: id, Text: text, Hash: source.HashOf(text)})
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// checkSane checks what holds for every outline.
func checkSane(t testing.TB, text string, facts outline.Outline) {
	t.Helper()
	whole := source.Span{End: len(text)}
	for i, decl := range facts.Decls {
		if !whole.Covers(decl.Span) || !decl.Span.Covers(decl.NameSpan) || decl.Name == "" {
			t.Errorf("declaration %q: name %v outside of span %v or of the text", decl.Name, decl.NameSpan, decl.Span)
		}
		if decl.Body.Len() > 0 && !decl.Span.Covers(decl.Body) {
			t.Errorf("declaration %q: body %v outside of span %v", decl.Name, decl.Body, decl.Span)
		}
		if !whole.Covers(decl.Doc) || decl.Parent >= i || decl.Parent < -1 {
			t.Errorf("declaration %q: doc %v, parent %d", decl.Name, decl.Doc, decl.Parent)
		}
		if strings.ContainsAny(decl.Signature, "\n\r\t") || len(decl.Signature) > signatureLength+len(" …") {
			t.Errorf("declaration %q: signature %q", decl.Name, decl.Signature)
		}
	}
	for i, use := range facts.References {
		if !whole.Covers(use.Span) || text[use.Span.Start:use.Span.End] != use.Name || use.Name == "" {
			t.Errorf("reference %q is not at %v", use.Name, use.Span)
		}
		if i > 0 && facts.References[i-1].Span.Start >= use.Span.Start {
			t.Errorf("reference %q at %v is out of order", use.Name, use.Span)
		}
	}
	for i, scope := range facts.Scopes {
		if !whole.Covers(scope.Span) || scope.Parent >= i || scope.Parent >= 0 && !facts.Scopes[scope.Parent].Span.Covers(scope.Span) {
			t.Errorf("scope %v in %d", scope.Span, scope.Parent)
		}
	}
}
