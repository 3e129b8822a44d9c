package syntax

import (
	sitter "github.com/smacker/go-tree-sitter"

	"github.com/infill-dev/infill/context/source"
)

// nodeRole is what a node type means for questions about candidates.
type nodeRole uint8

const (
	otherNode    nodeRole = iota
	sequenceNode          // its named children are statements or members
	elementNode           // of JSX: the elements among its children stand on their own as statements do
	stringNode
	commentNode
	attributeNode // stands on its own in front of what it belongs to
	codeNode      // code inside a string, as in `${…}`
)

// nodeTypes is the role of the node types of a grammar that have one.
type nodeTypes map[string]nodeRole

var goNodes = nodeTypes{
	"source_file": sequenceNode, "block": sequenceNode, "field_declaration_list": sequenceNode,
	"interface_type": sequenceNode, "const_declaration": sequenceNode, "var_spec_list": sequenceNode,
	"import_spec_list": sequenceNode, "type_declaration": sequenceNode,
	"expression_switch_statement": sequenceNode, "type_switch_statement": sequenceNode,
	"select_statement": sequenceNode, "expression_case": sequenceNode, "type_case": sequenceNode,
	"communication_case": sequenceNode, "default_case": sequenceNode,
	"interpreted_string_literal": stringNode, "raw_string_literal": stringNode, "rune_literal": stringNode,
	"comment": commentNode,
}

var pythonNodes = nodeTypes{
	"module": sequenceNode, "block": sequenceNode,
	"string": stringNode, "interpolation": codeNode,
	"comment": commentNode,
}

// scriptNodes serve JavaScript, TypeScript and TSX: their grammars share these names.
var scriptNodes = nodeTypes{
	"program": sequenceNode, "statement_block": sequenceNode, "class_body": sequenceNode,
	"interface_body": sequenceNode, "object_type": sequenceNode, "enum_body": sequenceNode,
	"switch_body": sequenceNode, "switch_case": sequenceNode, "switch_default": sequenceNode,
	"string": stringNode, "template_string": stringNode, "regex": stringNode, "template_substitution": codeNode,
	"comment": commentNode, "decorator": attributeNode,
	"jsx_element": elementNode, "jsx_self_closing_element": elementNode,
}

var javaNodes = nodeTypes{
	"program": sequenceNode, "block": sequenceNode, "class_body": sequenceNode, "interface_body": sequenceNode,
	"enum_body": sequenceNode, "enum_body_declarations": sequenceNode, "annotation_type_body": sequenceNode,
	"constructor_body": sequenceNode, "switch_block": sequenceNode, "switch_block_statement_group": sequenceNode,
	"string_literal": stringNode, "character_literal": stringNode,
	"line_comment": commentNode, "block_comment": commentNode,
}

var rustNodes = nodeTypes{
	"source_file": sequenceNode, "block": sequenceNode, "declaration_list": sequenceNode,
	"field_declaration_list": sequenceNode, "enum_variant_list": sequenceNode, "match_block": sequenceNode,
	"string_literal": stringNode, "raw_string_literal": stringNode, "char_literal": stringNode,
	"line_comment": commentNode, "block_comment": commentNode, "attribute_item": attributeNode,
}

// headFields are the fields of a sequence node that belong to its head: the value of a case, the subject of a switch.
var headFields = map[string]bool{
	"value": true, "type": true, "communication": true, "initializer": true, "alias": true,
}

// statementEndings end the names of the node types that stand for whole statements and declarations in each of the
// grammars. They tell statements from fragments among the children of an ERROR node.
var statementEndings = []string{"_statement", "_declaration", "_definition", "_item", "_spec"}

// descend goes to the child that holds the byte at an offset; nil when no child does, and the cursor then stays.
//
// The binding says that GoToFirstChildForByte finds the first child that extends beyond the byte, but the C code takes
// one that ends at it, even an empty one. Asking for the byte behind rules these out, so a caller that goes on behind
// the end of what it found always comes forward.
func descend(cursor *sitter.TreeCursor, at source.Offset) *sitter.Node {
	if cursor.GoToFirstChildForByte(uint32(at)+1) < 0 {
		return nil
	}
	child := cursor.CurrentNode()
	if !spanOf(child).Contains(at) {
		cursor.GoToParent()
		return nil
	}
	return child
}

func spanOf(node *sitter.Node) source.Span {
	return source.Span{Start: int(node.StartByte()), End: int(node.EndByte())}
}
