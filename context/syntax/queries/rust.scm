; Facts of a Rust file. What the capture names mean is told in ../facts.go; when two patterns name the same place,
; the one that stands first here wins.

(function_item name: (identifier) @name return_type: (_)? @type body: (block) @body) @kind.function
(function_signature_item name: (identifier) @name return_type: (_)? @type) @kind.function

(struct_item name: (type_identifier) @name body: (field_declaration_list) @body) @kind.struct
(struct_item name: (type_identifier) @name) @kind.struct
(union_item name: (type_identifier) @name body: (field_declaration_list) @body) @kind.struct
(enum_item name: (type_identifier) @name body: (enum_variant_list) @body) @kind.enum
(trait_item name: (type_identifier) @name body: (declaration_list) @body) @kind.interface
(mod_item name: (identifier) @name body: (declaration_list) @body) @kind.module
(mod_item name: (identifier) @name) @kind.module

(impl_item type: (type_identifier) @name body: (declaration_list) @body) @kind.impl
(impl_item type: (generic_type type: (type_identifier) @name) body: (declaration_list) @body) @kind.impl
(impl_item type: (scoped_type_identifier name: (type_identifier) @name) body: (declaration_list) @body) @kind.impl
(impl_item type: (reference_type type: (type_identifier) @name) body: (declaration_list) @body) @kind.impl
(impl_item
  type: [
    (primitive_type) (array_type) (tuple_type) (unit_type) (pointer_type) (dynamic_type) (function_type)
  ] @name
  body: (declaration_list) @body) @kind.impl

(enum_variant name: (identifier) @name) @kind.enumMember
(field_declaration name: (field_identifier) @name type: (_) @type) @kind.field
(const_item name: (identifier) @name type: (_) @type) @kind.constant
(static_item name: (identifier) @name type: (_) @type) @kind.variable
(type_item name: (type_identifier) @name type: (_) @type) @kind.type
(associated_type name: (type_identifier) @name) @kind.type
(macro_definition name: (identifier) @name) @kind.macro

(use_declaration argument: (_) @import.tree) @import
(extern_crate_declaration name: (identifier) @import.path alias: (identifier)? @import.alias) @import

[(line_comment) (block_comment)] @comment
(attribute_item) @attribute
[(lifetime) (label)] @ignore

(function_item body: (block) @scope.function)
(closure_expression body: (block) @scope.function)
(impl_item body: (declaration_list) @scope.type)
(trait_item body: (declaration_list) @scope.type)
[(field_declaration_list) (enum_variant_list)] @scope.type
[(block) (declaration_list) (match_block)] @scope

(call_expression function: [
  (identifier) @call
  (field_expression field: (field_identifier) @call)
  (scoped_identifier name: (identifier) @call)
  (generic_function function: [
    (identifier) @call
    (field_expression field: (field_identifier) @call)
    (scoped_identifier name: (identifier) @call)
  ])
])
(macro_invocation macro: [(identifier) @call (scoped_identifier name: (identifier) @call)])

[(identifier) (type_identifier) (field_identifier) (shorthand_field_identifier)] @reference
