; Facts of a Go file. What the capture names mean is told in ../facts.go; when two patterns name the same place,
; the one that stands first here wins.

(function_declaration
  name: (identifier) @name
  result: (_)? @type
  body: (block)? @body) @kind.function

(method_declaration
  receiver: (parameter_list) @receiver
  name: (field_identifier) @name
  result: (_)? @type
  body: (block)? @body) @kind.method

(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @kind.struct
(type_spec name: (type_identifier) @name type: (interface_type) @body) @kind.interface
(type_spec name: (type_identifier) @name type: (_) @type) @kind.type
(type_alias name: (type_identifier) @name type: (_) @type) @kind.type

; A list takes a pattern for its names and one for its type. With both in one pattern, each name would wait for the
; type behind the list, and the runtime compares all that wait with each other at each name: cubic time.
(field_declaration name: (field_identifier) @name) @kind.field
(field_declaration name: (field_identifier) type: (_) @type) @shared
(field_declaration !name type: (type_identifier) @name @type) @kind.field
(field_declaration !name type: (qualified_type name: (type_identifier) @name) @type) @kind.field
(field_declaration !name type: (generic_type type: (type_identifier) @name) @type) @kind.field
(method_elem name: (field_identifier) @name result: (_)? @type) @kind.method

; The field "name:" would find only the first of several names.
(const_spec (identifier) @name) @kind.constant
(const_spec type: (_) @type) @shared
(var_spec (identifier) @name) @kind.variable
(var_spec type: (_) @type) @shared

[(type_declaration) (const_declaration) (var_declaration)] @wrap

(import_spec name: (_)? @import.alias path: (_) @import.path) @import

(comment) @comment

(function_declaration body: (block) @scope.function)
(method_declaration body: (block) @scope.function)
(func_literal body: (block) @scope.function)
[(field_declaration_list) (interface_type)] @scope.type
(block) @scope

(call_expression function: [
  (identifier) @call
  (selector_expression field: (field_identifier) @call)
  (index_expression operand: (identifier) @call)
  (index_expression operand: (selector_expression field: (field_identifier) @call))
])
(type_conversion_expression type: (generic_type type: (type_identifier) @call))

(qualified_type package: (package_identifier) @reference)
[(identifier) (type_identifier) (field_identifier)] @reference
