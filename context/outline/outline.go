// Package outline describes what a file declares, imports and refers to, in plain values, and names the two
// interfaces that produce such facts.
//
// One thing must stay true: everything here is a message. Requests carry text, hash and handle, answers carry plain
// values, so that the parser may live in another process and a snapshot may hold an Outline for ever.
package outline

import "github.com/infill-dev/infill/context/source"

// Outline is what is known about one text. Spans are byte spans of the text named by Hash.
type Outline struct {
	Language   string // "go", "python", …; empty when the file is context as text only
	Hash       source.Hash
	Decls      []Decl
	Imports    []Import
	References []Reference
	Scopes     []Scope
	// HasError tells that the text holds at least one syntax error; the rest is still usable.
	HasError bool
	// TextOnly tells why no outline exists ("no grammar", "longer than 1 MiB", …); empty when there is one.
	TextOnly string
}

// Decl is one declaration.
type Decl struct {
	Name string
	Kind Kind
	// Span is the whole declaration, Body its body inside the braces or below the colon (empty when it has none),
	// NameSpan its name.
	Span, NameSpan, Body source.Span
	// Signature is the declaration on one line, without its body and with runs of white space folded.
	Signature string
	// Doc is the span of the comment or docstring that documents it; empty when there is none.
	Doc source.Span
	// Parent is the index of the enclosing declaration in Outline.Decls, -1 at the top level. For a Go method it
	// is -1 and Receiver holds the name of the receiver's type.
	Parent   int
	Receiver string
	// Type is the declared type of a variable, field or parameter or the result of a function, as written; may be empty.
	Type string
}

// Kind tells what a declaration declares.
type Kind string

// The kinds, named as LSP names its symbol kinds where it has one.
const (
	Function    Kind = "function"
	Method      Kind = "method"
	Constructor Kind = "constructor"
	Class       Kind = "class"
	Struct      Kind = "struct"
	Interface   Kind = "interface" // also Rust's trait
	Enum        Kind = "enum"
	EnumMember  Kind = "enumMember"
	Type        Kind = "type"
	Constant    Kind = "constant"
	Variable    Kind = "variable"
	Field       Kind = "field"
	Module      Kind = "module" // namespace, Rust's mod
	Macro       Kind = "macro"
	Impl        Kind = "impl" // Rust's impl block; Name is the type
)

// Import is one imported name or module.
type Import struct {
	Path  string   // as written, without quotes: "golang.org/x/tools/go/ast", "os.path", "./util"
	Alias string   // the local name when it is given
	Names []string // names imported from Path; empty when the module itself is imported
	Span  source.Span
}

// Reference is one use of a name.
type Reference struct {
	Name string
	Span source.Span
	Call bool // the name is called
}

// Scope is a span in which declared locals are visible: a function, block or class body.
type Scope struct {
	Span   source.Span
	Parent int // index in Outline.Scopes, -1 for the outermost
}
