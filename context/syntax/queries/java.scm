; Facts of a Java file. What the capture names mean is told in ../facts.go; when two patterns name the same place,
; the one that stands first here wins.

(class_declaration name: (identifier) @name body: (_) @body) @kind.class
(record_declaration name: (identifier) @name body: (_) @body) @kind.class
(enum_declaration name: (identifier) @name body: (_) @body) @kind.enum
(interface_declaration name: (identifier) @name body: (_) @body) @kind.interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @kind.interface

(method_declaration type: (_) @type name: (identifier) @name body: (block)? @body) @kind.method
(annotation_type_element_declaration type: (_) @type name: (identifier) @name) @kind.method
(constructor_declaration name: (identifier) @name body: (constructor_body) @body) @kind.constructor
(compact_constructor_declaration name: (identifier) @name body: (block) @body) @kind.constructor

(field_declaration type: (_) @type declarator: (variable_declarator name: (identifier) @name)) @kind.field
(constant_declaration type: (_) @type declarator: (variable_declarator name: (identifier) @name)) @kind.constant
(enum_constant name: (identifier) @name) @kind.enumMember
(record_declaration
  parameters: (formal_parameters
    (formal_parameter type: (_) @type name: (identifier) @name) @kind.field))

(import_declaration [(scoped_identifier) (identifier)] @import.qualified (asterisk)? @import.name) @import
(package_declaration) @ignore

[(line_comment) (block_comment)] @comment

(method_declaration body: (block) @scope.function)
(constructor_declaration body: (constructor_body) @scope.function)
(compact_constructor_declaration body: (block) @scope.function)
(lambda_expression body: (block) @scope.function)
(static_initializer (block) @scope.function)
[(class_body) (interface_body) (enum_body) (annotation_type_body)] @scope.type
[(block) (switch_block)] @scope

(method_invocation name: (identifier) @call)
(object_creation_expression type: [
  (type_identifier) @call
  (generic_type (type_identifier) @call)
  (scoped_type_identifier (type_identifier) @call .)
])

[(identifier) (type_identifier)] @reference
