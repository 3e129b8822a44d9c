package source

import (
	"path"
	"strings"
)

// LanguageOf is the language id (as LSP names it: "go", "python", "typescriptreact", …) by the path's name; empty
// when it is unknown.
func LanguageOf(p Path) string {
	name := path.Base(string(p))
	if language, known := languageByName[name]; known {
		return language
	}
	return languageByExtension[strings.ToLower(path.Ext(name))]
}

// languageByName holds files that are known by their whole name.
var languageByName = map[string]string{
	"Makefile": "makefile", "makefile": "makefile", "GNUmakefile": "makefile", "Dockerfile": "dockerfile",
	"Containerfile": "dockerfile", "CMakeLists.txt": "cmake", "go.mod": "go.mod", "go.sum": "go.sum", "go.work": "go.work",
	"Gemfile": "ruby", "Rakefile": "ruby", "BUILD": "starlark", "WORKSPACE": "starlark", ".bashrc": "shellscript",
	".zshrc": "shellscript", ".profile": "shellscript", "Jenkinsfile": "groovy",
}

// languageByExtension holds the ids of LSP 3.18 ("Text Document Language Identifiers") and the usual ones beside them.
var languageByExtension = map[string]string{
	".go": "go", ".py": "python", ".pyi": "python", ".pyw": "python",
	".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescriptreact",
	".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact",
	".java": "java", ".rs": "rust", ".kt": "kotlin", ".kts": "kotlin", ".scala": "scala", ".sc": "scala", ".swift": "swift",
	".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".c++": "cpp", ".hh": "cpp", ".hpp": "cpp", ".hxx": "cpp", ".ipp": "cpp",
	".cs": "csharp", ".rb": "ruby", ".rake": "ruby", ".gemspec": "ruby", ".php": "php", ".lua": "lua",
	".sh": "shellscript", ".bash": "shellscript", ".zsh": "shellscript", ".ksh": "shellscript", ".fish": "fish", ".ps1": "powershell",
	".html": "html", ".htm": "html", ".xhtml": "html", ".css": "css", ".scss": "scss", ".less": "less", ".vue": "vue", ".svelte": "svelte",
	".json": "json", ".jsonc": "jsonc", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini", ".xml": "xml", ".xsd": "xml",
	".md": "markdown", ".markdown": "markdown", ".rst": "restructuredtext", ".tex": "latex", ".txt": "plaintext",
	".sql": "sql", ".proto": "proto", ".graphql": "graphql", ".zig": "zig", ".dart": "dart", ".ex": "elixir", ".exs": "elixir",
	".erl": "erlang", ".hs": "haskell", ".ml": "ocaml", ".mli": "ocaml", ".fs": "fsharp", ".clj": "clojure", ".el": "elisp",
	".mk": "makefile", ".dockerfile": "dockerfile", ".cmake": "cmake", ".pl": "perl", ".pm": "perl", ".r": "r", ".jl": "julia",
	".groovy": "groovy", ".gradle": "groovy", ".bzl": "starlark", ".star": "starlark", ".tf": "terraform", ".nix": "nix", ".nim": "nim",
	".scm": "scheme", ".vim": "vim", ".m": "objective-c", ".mm": "objective-cpp",
}
