package syntax

import "strings"

// words are the reserved words of a language. Where code is broken the parser may take them for names: "def" of the
// line behind an unfinished call becomes an argument. Words that only some places reserve are names elsewhere and left
// out.
type words map[string]bool

func wordsOf(list string) words {
	set := words{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

var (
	goReserved = wordsOf(`break case chan const continue default defer else fallthrough for func go goto if import
		interface map package range return select struct switch type var`)
	pythonReserved = wordsOf(`False None True and as assert async await break class continue def del elif else except
		finally for from global if import in is lambda nonlocal not or pass raise return try while with yield`)
	scriptReserved = wordsOf(`break case catch class const continue debugger default delete do else enum export extends
		false finally for function if import in instanceof new null return super switch this throw true try typeof var
		void while with`)
	javaReserved = wordsOf(`abstract assert boolean break byte case catch char class const continue default do double
		else enum extends final finally float for goto if implements import instanceof int interface long native new
		package private protected public return short static strictfp super switch synchronized this throw throws
		transient try void volatile while true false null`)
	rustReserved = wordsOf(`as async await break const continue crate dyn else enum extern false fn for if impl in let
		loop match mod move mut pub ref return self static struct super trait true type unsafe use where while`)
)
