package lex

import "strings"

// rules is what the scanner must know of a language.
type rules struct {
	line        []string    // marks that comment out the rest of a line
	block       [][2]string // marks around a comment
	single      bool        // 'text' is a string
	char        bool        // 'x' is a character
	triple      bool        // """text""" is a string
	backtick    bool        // `text` is a string
	rawBacktick bool        // without escapes
	prefixed    bool        // letters may stand before the quote
	hashed      bool        // r#"text"#
	keywords    map[string]bool
}

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

var slashes = [][2]string{{"/*", "*/"}}

var (
	cWords          = "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while"
	javaScriptWords = "async await break case catch class const continue debugger default delete do else export extends false finally for from function get if import in instanceof let new null of return set static super switch this throw true try typeof undefined var void while with yield"
	typeScriptWords = javaScriptWords + " abstract any as boolean declare enum implements infer interface is keyof namespace never number object private protected public readonly string symbol type unknown"
)

var (
	goRules = &rules{line: []string{"//"}, block: slashes, char: true, backtick: true, rawBacktick: true,
		keywords: words("break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false")}
	pythonRules = &rules{line: []string{"#"}, single: true, triple: true, prefixed: true,
		keywords: words("False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case self cls")}
	javaScriptRules = &rules{line: []string{"//"}, block: slashes, single: true, backtick: true, keywords: words(javaScriptWords)}
	typeScriptRules = &rules{line: []string{"//"}, block: slashes, single: true, backtick: true, keywords: words(typeScriptWords)}
	javaRules       = &rules{line: []string{"//"}, block: slashes, char: true, triple: true,
		keywords: words("abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for goto if implements import instanceof int interface long native new package private protected public record return short static strictfp super switch synchronized this throw throws transient try var void volatile while yield true false null")}
	rustRules = &rules{line: []string{"//"}, block: slashes, char: true, prefixed: true, hashed: true,
		keywords: words("as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while")}
	kotlinRules = &rules{line: []string{"//"}, block: slashes, char: true, triple: true,
		keywords: words("as break by catch class companion const constructor continue data do else enum false final finally for fun get if import in init inline interface internal is lateinit null object open operator out override package private protected public return sealed set super suspend this throw true try typealias val var vararg when where while")}
	cRules   = &rules{line: []string{"//"}, block: slashes, char: true, keywords: words(cWords)}
	cppRules = &rules{line: []string{"//"}, block: slashes, char: true,
		keywords: words(cWords + " alignas bool catch class concept consteval constexpr constinit const_cast co_await co_return co_yield decltype delete dynamic_cast explicit export false final friend mutable namespace new noexcept nullptr operator override private protected public reinterpret_cast requires static_assert static_cast template this thread_local throw true try typeid typename using virtual wchar_t")}
	csharpRules = &rules{line: []string{"//"}, block: slashes, char: true, triple: true,
		keywords: words("abstract as async await base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern false finally fixed float for foreach get goto if implicit in int interface internal is lock long namespace new null object operator out override params private protected public readonly record ref return sbyte sealed set short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using var virtual void volatile while yield")}
	rubyRules = &rules{line: []string{"#"}, block: [][2]string{{"=begin", "=end"}}, single: true, backtick: true,
		keywords: words("alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield")}
	phpRules = &rules{line: []string{"//", "#"}, block: slashes, single: true, backtick: true,
		keywords: words("abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enum extends final finally fn for foreach function global goto if implements include instanceof interface isset list match namespace new null or print private protected public readonly require return static switch throw trait try true false unset use var while xor yield")}
	luaRules = &rules{line: []string{"--"}, block: [][2]string{{"--[[", "]]"}}, single: true,
		keywords: words("and break do else elseif end false for function goto if in local nil not or repeat return then true until while")}
	shellRules = &rules{line: []string{"#"}, single: true,
		keywords: words("case do done elif else esac export fi for function if in local return select then until while")}
	scalaRules = &rules{line: []string{"//"}, block: slashes, char: true, triple: true,
		keywords: words("abstract case catch class def do else enum extends extension false final finally for given if implicit import lazy match new null object override package private protected return sealed super then this throw trait true try type using val var while with yield")}
	swiftRules = &rules{line: []string{"//"}, block: slashes, triple: true,
		keywords: words("actor as associatedtype async await break case catch class continue default defer deinit do else enum extension fallthrough false fileprivate for func guard if import in init inout internal is let mutating nil open operator private protocol public repeat rethrows return self Self static struct subscript super switch throw throws true try typealias var where while")}
	hashRules = &rules{line: []string{"#"}, single: true, keywords: words("true false null")}
	sqlRules  = &rules{line: []string{"--"}, block: slashes, single: true, backtick: true, keywords: words("select from where insert update delete into values create table join on and or not null as order by group")}
	markRules = &rules{block: [][2]string{{"<!--", "-->"}}}
	cssRules  = &rules{block: slashes, single: true}
	// otherRules suit most: C's comments, no strings in single quotes, since in prose the mark is an apostrophe.
	otherRules = &rules{line: []string{"//"}, block: slashes, keywords: words("true false null")}
)

var byLanguage = map[string]*rules{
	"go": goRules, "python": pythonRules, "javascript": javaScriptRules, "javascriptreact": javaScriptRules,
	"typescript": typeScriptRules, "typescriptreact": typeScriptRules, "vue": typeScriptRules, "svelte": typeScriptRules,
	"java": javaRules, "rust": rustRules, "kotlin": kotlinRules, "c": cRules, "cpp": cppRules, "csharp": csharpRules,
	"ruby": rubyRules, "php": phpRules, "lua": luaRules, "shellscript": shellRules, "scala": scalaRules, "swift": swiftRules,
	"yaml": hashRules, "toml": hashRules, "makefile": hashRules, "dockerfile": hashRules, "cmake": hashRules, "perl": rubyRules,
	"r": hashRules, "elixir": hashRules, "julia": hashRules, "sql": sqlRules, "html": markRules, "xml": markRules,
	"markdown": markRules, "css": cssRules, "scss": cssRules, "dart": javaScriptRules, "zig": otherRules, "proto": cppRules,
}

func rulesOf(language string) *rules {
	if rules, known := byLanguage[language]; known {
		return rules
	}
	return otherRules
}

// IsKeyword tells whether word is reserved in the language, or as good as reserved: "self" in Python.
func IsKeyword(language, word string) bool { return rulesOf(language).keywords[word] }

// LineComment is the mark that starts a comment to the end of the line, "//" where the language is unknown and
// empty where it has none.
func LineComment(language string) string {
	if line := rulesOf(language).line; len(line) > 0 {
		return line[0]
	}
	return ""
}
