package syntax

import (
	"fmt"
	"strings"

	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/context/source"
)

// dump writes an outline as text, one fact a line, for golden sections.
func dump(text string, facts outline.Outline) string {
	var out strings.Builder
	if facts.TextOnly != "" {
		return "text only: " + facts.TextOnly + "\n"
	}
	if facts.HasError {
		out.WriteString("has errors\n")
	}
	for _, one := range facts.Imports {
		fmt.Fprintf(&out, "import %s", one.Path)
		if len(one.Names) > 0 {
			fmt.Fprintf(&out, " names %s", strings.Join(one.Names, ","))
		}
		if one.Alias != "" {
			fmt.Fprintf(&out, " as %s", one.Alias)
		}
		out.WriteString("\n")
	}
	for _, decl := range facts.Decls {
		dumpDecl(&out, text, facts.Decls, decl)
	}
	var names []string
	for _, use := range facts.References {
		name := use.Name
		if use.Call {
			name += "()"
		}
		names = append(names, name)
	}
	if len(names) > 0 {
		fmt.Fprintf(&out, "uses %s\n", strings.Join(names, " "))
	}
	for _, scope := range facts.Scopes {
		fmt.Fprintf(&out, "scope %s in %d\n", oneLine(text, scope.Span), scope.Parent)
	}
	return out.String()
}

func dumpDecl(out *strings.Builder, text string, decls []outline.Decl, decl outline.Decl) {
	indent := ""
	for parent := decl.Parent; parent >= 0; parent = decls[parent].Parent {
		indent += "  "
	}
	fmt.Fprintf(out, "%s%s %s: %s\n", indent, decl.Kind, decl.Name, decl.Signature)
	if text[decl.NameSpan.Start:decl.NameSpan.End] != decl.Name {
		fmt.Fprintf(out, "%s  name %s\n", indent, oneLine(text, decl.NameSpan))
	}
	fmt.Fprintf(out, "%s  span %s\n", indent, oneLine(text, decl.Span))
	if decl.Body != (source.Span{}) {
		fmt.Fprintf(out, "%s  body %s\n", indent, oneLine(text, decl.Body))
	}
	if decl.Doc.Len() > 0 {
		fmt.Fprintf(out, "%s  doc %s\n", indent, oneLine(text, decl.Doc))
	}
	if decl.Receiver != "" {
		fmt.Fprintf(out, "%s  receiver %s\n", indent, decl.Receiver)
	}
	if decl.Type != "" {
		fmt.Fprintf(out, "%s  type %s\n", indent, decl.Type)
	}
}

// oneLine is the quoted text of a span, its middle left out when it is long.
func oneLine(text string, span source.Span) string {
	part := text[span.Start:span.End]
	if len(part) > 60 {
		part = part[:28] + " … " + part[len(part)-28:]
	}
	return fmt.Sprintf("%q", part)
}
