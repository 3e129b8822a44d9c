package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/infill-dev/infill/completion/trace"
)

// ink colours text for a terminal; the zero value leaves it plain.
type ink struct{ colour bool }

// inkFor colours only what a person sees: a terminal, without NO_COLOR (no-color.org) and TERM=dumb.
func inkFor(out io.Writer) ink {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return ink{}
	}
	info, err := file.Stat()
	return ink{err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (i ink) paint(code, text string) string {
	if !i.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// ghost marks suggested text; without colour it stands in marks, so that it can be told from the file's.
func (i ink) ghost(text string) string {
	if !i.colour {
		return "«" + text + "»"
	}
	return i.paint("2;3;36", text)
}

func (i ink) note(text string) string  { return i.paint("2", text) }
func (i ink) title(text string) string { return i.paint("1", text) }

// number is the margin of a line; 0 stands for a line that is only suggested.
func (i ink) number(line int) string {
	if line == 0 {
		return i.note("     + │ ")
	}
	return i.note(fmt.Sprintf("%6d │ ", line))
}

// explanation tells the story of a request.
func explanation(t *trace.Trace, ink ink) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s %s:%d:%d, wanted: %s\n", ink.title("place"), t.Path, t.Line, t.Column, t.Wanted)
	if t.Model != "" {
		fmt.Fprintf(&out, "%s %s, prompt format %s\n", ink.title("model"), t.Model, t.Family)
	}
	if t.Problem != "" {
		fmt.Fprintf(&out, "%s %s\n", ink.title("problem"), t.Problem)
	}
	stages(&out, t, ink)
	sections(&out, t, ink)
	candidates(&out, t, ink)
	if t.Silence != "" {
		fmt.Fprintf(&out, "%s %s\n", ink.title("silent because"), t.Silence)
	}
	return out.String()
}

func stages(out io.Writer, t *trace.Trace, ink ink) {
	fmt.Fprintf(out, "\n%s\n", ink.title("stages"))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, stage := range t.Stages {
		fmt.Fprintf(table, "  %s\t%.1f ms\t%s\n", stage.Name, stage.Took.Seconds()*1000, stage.Note)
	}
	fmt.Fprintf(table, "  total\t%.1f ms\tfirst token after %.1f ms, %d tokens read, %d written\n", t.Total.Seconds()*1000,
		t.FirstToken.Seconds()*1000, t.PromptTokens, t.GeneratedTokens)
	table.Flush()
}

func sections(out io.Writer, t *trace.Trace, ink ink) {
	if len(t.Sections) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", ink.title("prompt"))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, section := range t.Sections {
		cut := ""
		if section.Cut > 0 {
			cut = fmt.Sprintf("%d bytes cut", section.Cut)
		}
		fmt.Fprintf(table, "  %s\t%s\t%d tokens\t%s\t%s\n", section.Name, section.Path, section.Tokens, cut, section.Reason)
	}
	table.Flush()
	fmt.Fprintf(out, "\n%s\n%s\n", ink.title("prompt as sent"), indented(t.Prompt))
}

func candidates(out io.Writer, t *trace.Trace, ink ink) {
	fmt.Fprintf(out, "\n%s\n", ink.title("candidates"))
	if len(t.Candidates) == 0 {
		fmt.Fprintln(out, "  none")
	}
	for _, candidate := range t.Candidates {
		state := "shown"
		if !candidate.Shown {
			state = "not shown"
			if candidate.Reason != "" {
				state += ": " + candidate.Reason
			}
		}
		fmt.Fprintf(out, "  %.2f  %s, %s, %s\n%s\n", candidate.Score, candidate.Engine, candidate.Kind, state, indented(candidate.Text))
		var facts []string
		for _, fact := range candidate.Facts {
			facts = append(facts, fmt.Sprintf("%s %.2f × %+.2f", fact.Name, fact.Value, fact.Weight))
		}
		if len(facts) > 0 {
			fmt.Fprintf(out, "        %s\n", ink.note(strings.Join(facts, ", ")))
		}
	}
}

// indented sets a text off, with control characters made visible, since a prompt holds what a repository holds.
func indented(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = "        │ " + visible(line)
	}
	return strings.Join(lines, "\n")
}

func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, line)
}
