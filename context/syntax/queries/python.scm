; Facts of a Python file. What the capture names mean is told in ../facts.go; when two patterns name the same place,
; the one that stands first here wins.

(function_definition
  name: (identifier) @name
  return_type: (_)? @type
  body: (block) @body) @kind.function

(class_definition name: (identifier) @name body: (block) @body) @kind.class
(decorated_definition) @wrap

(expression_statement (assignment left: (identifier) @name type: (_)? @type)) @kind.variable
(expression_statement (assignment left: (pattern_list (identifier) @name))) @kind.variable
(expression_statement (assignment left: (tuple_pattern (identifier) @name))) @kind.variable
(expression_statement
  (assignment
    left: (attribute object: (identifier) @owner attribute: (identifier) @name)
    type: (_)? @type)) @kind.property
(expression_statement
  (assignment
    left: (pattern_list (attribute object: (identifier) @owner attribute: (identifier) @name)))) @kind.property
(type_alias_statement . (type [(identifier) @name (generic_type (identifier) @name)]) (type) @type) @kind.type

(block . (expression_statement . (string) @doc .))

(import_statement name: (dotted_name) @import.path) @import
(import_statement name: (aliased_import name: (dotted_name) @import.path alias: (identifier) @import.alias)) @import
(import_from_statement module_name: (_) @import.path) @import
(import_from_statement name: (dotted_name) @import.name)
(import_from_statement name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
(import_from_statement (wildcard_import) @import.name)
(future_import_statement) @ignore

(comment) @comment

(function_definition body: (block) @scope.function)
(class_definition body: (block) @scope.type)

(call function: [(identifier) @call (attribute attribute: (identifier) @call)])

(identifier) @reference
