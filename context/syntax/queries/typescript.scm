; Facts of a TypeScript file, TSX included. What the capture names mean is told in ../facts.go; when two patterns
; name the same place, the one that stands first here wins.

(function_declaration name: (identifier) @name return_type: (_)? @type body: (statement_block) @body) @kind.function
(generator_function_declaration
  name: (identifier) @name return_type: (_)? @type body: (statement_block) @body) @kind.function
(function_signature name: (identifier) @name return_type: (_)? @type) @kind.function

(lexical_declaration
  (variable_declarator name: (identifier) @name value: [
    (arrow_function return_type: (_)? @type body: (_) @body)
    (function_expression return_type: (_)? @type body: (_) @body)
    (generator_function return_type: (_)? @type body: (_) @body)
  ])) @kind.function
(variable_declaration
  (variable_declarator name: (identifier) @name value: [
    (arrow_function return_type: (_)? @type body: (_) @body)
    (function_expression return_type: (_)? @type body: (_) @body)
    (generator_function return_type: (_)? @type body: (_) @body)
  ])) @kind.function
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: [
      (function_expression return_type: (_)? @type body: (_) @body)
      (arrow_function return_type: (_)? @type body: (_) @body)
    ])) @kind.function

(class_declaration name: (type_identifier) @name body: (class_body) @body) @kind.class
(abstract_class_declaration name: (type_identifier) @name body: (class_body) @body) @kind.class
(lexical_declaration
  (variable_declarator name: (identifier) @name value: (class body: (class_body) @body))) @kind.class
(interface_declaration name: (type_identifier) @name body: (_) @body) @kind.interface
(type_alias_declaration name: (type_identifier) @name value: (_) @type) @kind.type
(enum_declaration name: (identifier) @name body: (enum_body) @body) @kind.enum
(enum_body name: [(property_identifier) (string)] @name @kind.enumMember)
(enum_assignment name: [(property_identifier) (string)] @name) @kind.enumMember
(internal_module name: (_) @name body: (statement_block) @body) @kind.module
(module name: (_) @name body: (statement_block) @body) @kind.module

(class_body
  (method_definition
    name: [(property_identifier) (private_property_identifier)] @name
    return_type: (_)? @type
    body: (statement_block) @body) @kind.method)
(method_signature
  name: [(property_identifier) (private_property_identifier)] @name return_type: (_)? @type) @kind.method
(abstract_method_signature
  name: [(property_identifier) (private_property_identifier)] @name return_type: (_)? @type) @kind.method
(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  value: [
    (arrow_function return_type: (_)? @type body: (_) @body)
    (function_expression return_type: (_)? @type body: (_) @body)
  ]) @kind.method
(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name type: (_)? @type) @kind.field
(property_signature name: (property_identifier) @name type: (_)? @type) @kind.field
(required_parameter (accessibility_modifier) pattern: (identifier) @name type: (_)? @type) @kind.property

; Not one pattern with an optional type: of several names the runtime may then find only the first.
(lexical_declaration
  kind: "const" (variable_declarator name: (identifier) @name type: (_) @type)) @kind.constant
(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @kind.constant
(lexical_declaration (variable_declarator name: (identifier) @name type: (_) @type)) @kind.variable
(lexical_declaration (variable_declarator name: (identifier) @name)) @kind.variable
(lexical_declaration
  kind: "const"
  (variable_declarator
    name: [
      (object_pattern [
        (shorthand_property_identifier_pattern) @name
        (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
        (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
        (rest_pattern (identifier) @name)
      ])
      (array_pattern [
        (identifier) @name
        (assignment_pattern left: (identifier) @name)
        (rest_pattern (identifier) @name)
      ])
    ])) @kind.constant
(lexical_declaration
  (variable_declarator
    name: [
      (object_pattern [
        (shorthand_property_identifier_pattern) @name
        (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
        (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
        (rest_pattern (identifier) @name)
      ])
      (array_pattern [
        (identifier) @name
        (assignment_pattern left: (identifier) @name)
        (rest_pattern (identifier) @name)
      ])
    ])) @kind.variable
(variable_declaration (variable_declarator name: (identifier) @name type: (_) @type)) @kind.variable
(variable_declaration (variable_declarator name: (identifier) @name)) @kind.variable
(variable_declaration
  (variable_declarator
    name: [
      (object_pattern [
        (shorthand_property_identifier_pattern) @name
        (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
        (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
        (rest_pattern (identifier) @name)
      ])
      (array_pattern [
        (identifier) @name
        (assignment_pattern left: (identifier) @name)
        (rest_pattern (identifier) @name)
      ])
    ])) @kind.variable

[(export_statement) (ambient_declaration)] @wrap

; The names apart from the import that lists them: in one pattern, each would wait for the source behind the list, and
; the runtime compares all that wait with each other at each name: cubic time.
(import_statement source: (string) @import.path) @import
(import_clause (identifier) @import.default)
(namespace_import (identifier) @import.alias)
(import_specifier name: (_) @import.name alias: (_)? @import.alias)
(import_statement
  (import_require_clause (identifier) @import.alias source: (string) @import.path)) @import
(export_statement source: (string) @import.path) @import
(export_specifier name: (_) @import.name alias: (_)? @import.alias)
(export_statement "*" @import.name)
(namespace_export (_) @import.alias)
(variable_declarator
  name: (identifier)? @import.alias
  value: (call_expression
    function: (identifier) @import.require
    arguments: (arguments . (string) @import.path .))) @import
(call_expression
  function: (identifier) @import.require
  arguments: (arguments . (string) @import.path .)) @import
(call_expression
  function: (import)
  arguments: (arguments . (string) @import.path .)) @import
(object_pattern (shorthand_property_identifier_pattern) @import.name)
(object_pattern (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias))

(comment) @comment
(class_body (decorator) @attribute)

(function_declaration body: (statement_block) @scope.function)
(generator_function_declaration body: (statement_block) @scope.function)
(function_expression body: (statement_block) @scope.function)
(generator_function body: (statement_block) @scope.function)
(arrow_function body: (statement_block) @scope.function)
(method_definition body: (statement_block) @scope.function)
[(class_body) (interface_body) (object_type) (enum_body)] @scope.type
[(statement_block) (switch_body)] @scope

(call_expression function: [
  (identifier) @call
  (member_expression property: [(property_identifier) (private_property_identifier)] @call)
])
(new_expression constructor: [
  (identifier) @call
  (member_expression property: (property_identifier) @call)
])

[
  (identifier)
  (type_identifier)
  (property_identifier)
  (private_property_identifier)
  (shorthand_property_identifier)
] @reference
