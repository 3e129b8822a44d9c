// Package local is the engine that needs no model: it continues a line as the repository and the file continue the
// same words elsewhere, and says how sure it is.
//
// One thing must stay true: it is silent unless it is sure. What it offers is made of tokens that stood in this order
// somewhere in the workspace, and its confidence is a probability: of the lines that it offers with 0.7, seven in ten are
// right to the last token. The copy on disk of the file under the cursor never answers.
//
// It mixes an n-gram with a cache of the file (Hellendoorn and Devanbu, FSE 2017: nested cache n-gram) and a copy of
// the longest match (Liu and others, infini-gram, arXiv 2401.17377). corpus.go holds the index, predict.go the next
// token, brackets.go what cannot come, complete.go the rest of a line.
package local

import (
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/infill-dev/infill/context/lex"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
)

// Index is the token sequences of a workspace. It is immutable.
type Index struct {
	words  map[string]uint32
	texts  []string // of a word, by number
	corpus corpus
	files  []indexed // in path order
}

// indexed is one file: where its tokens lie in the corpus.
type indexed struct {
	file       *source.File
	start, end int
}

// Numbers of words with a meaning of their own.
const (
	boundary uint32 = iota // between files, and at the cursor
	newline
	firstWord
)

// maxBytes bounds the source of an index: 16 MB are about 3 million tokens, which take 45 MB.
const maxBytes = 16 << 20

// FromSnapshot indexes the files of a snapshot.
func FromSnapshot(s *workspace.Snapshot) *Index {
	return Build(func(yield func(*source.File) bool) {
		for record := range s.Records() {
			if !yield(record.File) {
				return
			}
		}
	})
}

// Build indexes files, which must come in path order. Prose and data are left out, since what they repeat is no code. Of
// more files than an index can hold it takes an even share, so that no folder is missing as a whole.
func Build(files iter.Seq[*source.File]) *Index { return build(files, maxBytes) }

func build(files iter.Seq[*source.File], most int) *Index {
	var code []*source.File
	total := 0
	for file := range files {
		if language := source.LanguageOf(file.Path()); language != "" && !notCode[language] {
			code = append(code, file)
			total += file.Len()
		}
	}
	ix := &Index{words: map[string]uint32{"\n": newline}, texts: []string{"", "\n"}}
	ix.corpus.add(boundary, 0)
	seen, taken := 0, 0
	for _, file := range code {
		seen += file.Len()
		if total > most && float64(taken+file.Len()) > float64(most)*float64(seen)/float64(total) {
			continue // the files before it had its share
		}
		taken += file.Len()
		ix.add(file)
	}
	ix.corpus.sort()
	return ix
}

func (ix *Index) add(file *source.File) {
	start := ix.corpus.len()
	for _, word := range words(file.Text(), lex.Tokens(file.Text(), source.LanguageOf(file.Path()))) {
		ix.corpus.add(ix.number(word.text), word.start)
	}
	ix.files = append(ix.files, indexed{file, start, ix.corpus.len()})
	ix.corpus.add(boundary, 0)
}

// notCode are languages in which repetition says nothing.
var notCode = map[string]bool{"markdown": true, "plaintext": true, "json": true, "jsonc": true, "xml": true, "html": true, "go.sum": true, "restructuredtext": true, "latex": true}

// Tokens is the size of the index.
func (ix *Index) Tokens() int { return ix.corpus.len() }

// Bytes is about how much memory the index takes beside the texts of the files.
func (ix *Index) Bytes() int { return ix.corpus.len()*12 + len(ix.texts)*64 }

func (ix *Index) number(text string) uint32 {
	if number, known := ix.words[text]; known {
		return number
	}
	number := uint32(len(ix.texts))
	text = strings.Clone(text) // do not keep the file's text alive for a word
	ix.words[text] = number
	ix.texts = append(ix.texts, text)
	return number
}

// word is a token as the engine sees it: comments are left out, a run of line endings is one.
type word struct {
	text  string
	start int
}

// words are the tokens of a text as the engine sees them.
func words(text string, tokens []lex.Token) []word {
	out := make([]word, 0, len(tokens))
	for _, token := range tokens {
		piece := text[token.Span.Start:token.Span.End]
		switch token.Kind {
		case lex.Comment:
			continue
		case lex.Newline:
			if n := len(out); n == 0 || out[n-1].text == "\n" {
				continue
			}
			piece = "\n"
		}
		out = append(out, word{piece, token.Span.Start})
	}
	return out
}

// fileAt is the file in which a position of the corpus lies.
func (ix *Index) fileAt(position int) indexed {
	at, found := slices.BinarySearchFunc(ix.files, position, func(f indexed, p int) int { return f.start - p })
	if !found {
		at--
	}
	if at < 0 {
		return indexed{}
	}
	return ix.files[at]
}

// holdout is the positions of the file under the cursor, whose copy on disk must not answer for it.
func (ix *Index) holdout(p source.Path) (start, end int) {
	at, found := slices.BinarySearchFunc(ix.files, p, func(f indexed, p source.Path) int { return strings.Compare(string(f.file.Path()), string(p)) })
	if !found {
		return 0, 0
	}
	return ix.files[at].start, ix.files[at].end
}

// neighbours is the positions of the files in the folder of p and below.
func (ix *Index) neighbours(p source.Path) (start, end int) {
	folder := path.Dir(string(p)) + "/"
	if folder == "./" {
		return 0, 0
	}
	first, _ := slices.BinarySearchFunc(ix.files, folder, func(f indexed, folder string) int { return strings.Compare(string(f.file.Path()), folder) })
	last := first
	for last < len(ix.files) && strings.HasPrefix(string(ix.files[last].file.Path()), folder) {
		last++
	}
	if first == last {
		return 0, 0
	}
	return ix.files[first].start, ix.files[last-1].end
}
