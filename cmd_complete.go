package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/trace"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/context/workspace"
	"github.com/infill-dev/infill/lsp/position"
)

// completeFlags are what `complete` and `explain` take.
type completeFlags struct {
	after     string
	local     bool
	automatic bool
	asJSON    bool
	model     string
	root      string
	wait      time.Duration
}

func (f *completeFlags) on(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.after, "after", "", "complete behind the first `TEXT` on or below the line, as if its line ended there")
	flags.BoolVar(&f.local, "local", false, "use the engine that needs no model only")
	flags.BoolVar(&f.automatic, "automatic", false, "ask as an editor does while typing, not as a user who invokes completion")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	flags.StringVar(&f.model, "model", "", "`NAME` of the model to use")
	flags.StringVar(&f.root, "root", "", "workspace `DIR`; by default the nearest folder above the file with a .git, go.mod, package.json, …")
	flags.DurationVar(&f.wait, "wait", time.Minute, "answer within this time with what there is")
}

func completeCommand(std streams) *cobra.Command {
	var flags completeFlags
	command := &cobra.Command{
		Use:   "complete FILE[:LINE[:COLUMN]]",
		Short: "Completes at a place in a file and prints the suggestion there",
		Long: "Completes at a place in a file and prints the suggestion there, with where it came from.\n\n" +
			"LINE and COLUMN count from 1, the column in bytes; without a column the place is the end of the line, without a\n" +
			"line the end of the file. With --after TEXT the place is behind TEXT, and the rest of that line is left out,\n" +
			"so that the command can be tried on code that is already written.",
		Args: exactly(1, "FILE[:LINE[:COLUMN]]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, place, err := completeAt(cmd.Context(), std, flags, args[0])
			if err != nil {
				return err
			}
			return printAnswer(std, flags, answer, place)
		},
	}
	flags.on(command)
	return command
}

func explainCommand(std streams) *cobra.Command {
	var flags completeFlags
	command := &cobra.Command{
		Use:   "explain FILE[:LINE[:COLUMN]]",
		Short: "Completes like `complete` and tells everything that led to the answer",
		Long:  "Completes like `complete` and tells everything that led to the answer or to silence: stages with their times,\nsections of the prompt with tokens and cuts, candidates with facts and scores.",
		Args:  exactly(1, "FILE[:LINE[:COLUMN]]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, place, err := completeAt(cmd.Context(), std, flags, args[0])
			if err != nil {
				return err
			}
			return printExplanation(std, flags, answer, place)
		},
	}
	flags.on(command)
	return command
}

// place is where a command completes: a file of a workspace, with the text as if the rest of a line were missing.
type place struct {
	root    string
	file    *source.File
	offset  source.Offset
	removed string // what --after took away
}

// completeAt runs one completion of the place that the command line names.
func completeAt(ctx context.Context, std streams, flags completeFlags, target string) (completion.Answer, place, error) {
	at, err := placeOf(target, flags)
	if err != nil {
		return completion.Answer{}, at, err
	}
	config, problems := commandSettings(at.root, flags.model)
	for _, problem := range problems {
		fmt.Fprintf(std.err, "infill: %s\n", problem)
	}
	config.WaitAutomatic, config.WaitInvoked = flags.wait, flags.wait
	h := newHost(ctx, nil)
	defer h.Close()
	space, err := openSpace(ctx, h, at.root, config, progressOn(std.err))
	if err != nil {
		return completion.Answer{}, at, err
	}
	language := source.LanguageOf(at.file.Path())
	snapshot := space.snapshot.Apply(workspace.Opened{File: at.file, Language: language, Version: 1})
	request := completion.Request{Snapshot: snapshot, Path: at.file.Path(), Offset: at.offset, Invoked: !flags.automatic,
		Count: 1, LocalOnly: flags.local, Local: space.local, Repository: filepath.Base(at.root)}
	var last completion.Answer
	for answer, err := range h.Engine(config).Complete(ctx, request) {
		if err != nil {
			return last, at, err
		}
		last = answer
	}
	return last, at, nil
}

// placeOf finds the place that FILE[:LINE[:COLUMN]] and --after name.
func placeOf(target string, flags completeFlags) (place, error) {
	name, line, column, err := splitTarget(target)
	if err != nil {
		return place{}, usageError{err}
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return place{}, fmt.Errorf("find %s: %w", name, err)
	}
	text, err := readText(absolute)
	if err != nil {
		return place{}, err
	}
	root := flags.root
	if root == "" {
		root = rootAbove(filepath.Dir(absolute))
	}
	if root, err = filepath.Abs(root); err != nil {
		return place{}, fmt.Errorf("find %s: %w", flags.root, err)
	}
	path, inside := position.Relative(root, absolute)
	if !inside {
		return place{}, fmt.Errorf("%s does not lie in the workspace %s", name, root)
	}
	return locate(place{root: root, file: source.NewFile(path, text)}, line, column, flags.after)
}

// locate finds the offset; line and column are 0 when they were not given.
func locate(at place, line, column int, after string) (place, error) {
	file := at.file
	if line > file.Lines() {
		return at, usageError{fmt.Errorf("%s has %d lines, there is no line %d", file.Path(), file.Lines(), line)}
	}
	if after != "" {
		return cutAfter(at, max(0, line-1), after)
	}
	switch {
	case line == 0:
		at.offset = file.Len()
	case column == 0:
		at.offset = file.Line(line - 1).End
	default:
		at.offset = file.Offset(source.Point{Line: line - 1, Column: column - 1})
	}
	return at, nil
}

// cutAfter puts the place behind text and takes away the rest of the line.
func cutAfter(at place, line int, after string) (place, error) {
	from := at.file.Line(line).Start
	found := strings.Index(at.file.Text()[from:], after)
	if found < 0 {
		return at, usageError{fmt.Errorf("%q does not occur in %s on or below line %d", after, at.file.Path(), line+1)}
	}
	at.offset = from + found + len(after)
	end := at.file.Line(at.file.Point(at.offset).Line).End
	at.removed = at.file.Slice(source.Span{Start: at.offset, End: end})
	file, err := at.file.Apply([]source.Edit{{Span: source.Span{Start: at.offset, End: end}}})
	if err != nil {
		return at, err
	}
	at.file = file
	return at, nil
}

// splitTarget cuts FILE[:LINE[:COLUMN]]; a colon in the name itself (C:\x) is not followed by a number.
func splitTarget(target string) (name string, line, column int, err error) {
	name = target
	var numbers []int
	for len(numbers) < 2 {
		at := strings.LastIndexByte(name, ':')
		if at < 1 {
			break
		}
		number, notNumber := strconv.Atoi(name[at+1:])
		if notNumber != nil {
			break
		}
		if number < 1 {
			return "", 0, 0, fmt.Errorf("%s: lines and columns count from 1", target)
		}
		name, numbers = name[:at], append([]int{number}, numbers...)
	}
	switch len(numbers) {
	case 1:
		line = numbers[0]
	case 2:
		line, column = numbers[0], numbers[1]
	}
	return name, line, column, nil
}

// maxCommandFile bounds the file that a command completes in.
const maxCommandFile = 64 << 20

func readText(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a regular file", name)
	case info.Size() > maxCommandFile:
		return "", fmt.Errorf("%s has %d bytes; at most %d can be completed", name, info.Size(), maxCommandFile)
	}
	text, err := os.ReadFile(name)
	if err == nil && strings.IndexByte(string(text[:min(len(text), 8<<10)]), 0) >= 0 {
		err = fmt.Errorf("%s is not a text file", name)
	}
	return string(text), err
}

// rootMarks are files and folders that stand at the root of a workspace.
var rootMarks = []string{".git", ".hg", "go.work", "go.mod", "package.json", "pyproject.toml", "setup.py", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts"}

// rootAbove is the nearest folder with a root mark, a repository before a package inside it; the folder itself when
// there is none.
func rootAbove(folder string) string {
	found := ""
	for at := folder; ; at = filepath.Dir(at) {
		for i, mark := range rootMarks {
			if _, err := os.Lstat(filepath.Join(at, mark)); err == nil {
				if i < 2 {
					return at
				}
				if found == "" {
					found = at
				}
			}
		}
		if filepath.Dir(at) == at {
			break
		}
	}
	if found == "" {
		return folder
	}
	return found
}

// printAnswer prints the suggestion in its place.
func printAnswer(std streams, flags completeFlags, answer completion.Answer, at place) error {
	if flags.asJSON {
		return printJSON(std, answer, at)
	}
	ink := inkFor(std.out)
	if len(answer.Items) == 0 {
		fmt.Fprintf(std.out, "%s\n", answer.Trace.Silence)
		return exitError(exitSilence)
	}
	best := answer.Items[0]
	fmt.Fprint(std.out, inPlace(at, best, ink))
	note := fmt.Sprintf("%s, %d %% sure, %d ms", best.Engine, int(best.Score*100+0.5), answer.Trace.Total.Milliseconds())
	if at.removed != "" && strings.TrimSpace(at.removed) == strings.TrimSpace(best.Text) {
		note += ", the same as in the file"
	}
	if answer.Trace.Problem != "" {
		note += "; " + answer.Trace.Problem
	}
	fmt.Fprintf(std.out, "%s\n", ink.note(note))
	return nil
}

// inPlace shows the suggestion between the three lines above and two lines below it.
func inPlace(at place, item completion.Item, ink ink) string {
	var out strings.Builder
	line := at.file.Point(at.offset).Line
	above, below := max(0, line-3), min(at.file.Lines()-1, line+2)
	for i := above; i < line; i++ {
		fmt.Fprintf(&out, "%s%s\n", ink.number(i+1), at.file.Slice(at.file.Line(i)))
	}
	span := at.file.Line(line)
	text := strings.ReplaceAll(item.Text, "\r\n", "\n")
	for i, part := range strings.Split(text, "\n") {
		if i == 0 {
			fmt.Fprintf(&out, "%s%s%s", ink.number(line+1), at.file.Slice(source.Span{Start: span.Start, End: item.Replace.Start}), ink.ghost(part))
			continue
		}
		fmt.Fprintf(&out, "\n%s%s", ink.number(0), ink.ghost(part))
	}
	fmt.Fprintf(&out, "%s\n", at.file.Slice(source.Span{Start: item.Replace.End, End: span.End}))
	for i := line + 1; i <= below && at.file.Line(i).Start < at.file.Len(); i++ {
		fmt.Fprintf(&out, "%s%s\n", ink.number(i+1), at.file.Slice(at.file.Line(i)))
	}
	return out.String()
}

// shown is the JSON form of an answer; its fields are part of the command's interface.
type shown struct {
	File   string       `json:"file"`
	Line   int          `json:"line"`
	Column int          `json:"column"`
	Items  []shownItem  `json:"items"`
	Trace  *trace.Trace `json:"trace"`
}

type shownItem struct {
	Text   string  `json:"text"`
	Engine string  `json:"engine"`
	Score  float64 `json:"score"`
}

func printJSON(std streams, answer completion.Answer, at place) error {
	point := at.file.Point(at.offset)
	out := shown{File: string(at.file.Path()), Line: point.Line + 1, Column: point.Column + 1, Items: []shownItem{}, Trace: answer.Trace}
	for _, item := range answer.Items {
		out.Items = append(out.Items, shownItem{item.Text, item.Engine, item.Score})
	}
	encoder := json.NewEncoder(std.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return err
	}
	if len(out.Items) == 0 {
		return exitError(exitSilence)
	}
	return nil
}

// printExplanation prints the trace for people.
func printExplanation(std streams, flags completeFlags, answer completion.Answer, at place) error {
	if flags.asJSON {
		return printJSON(std, answer, at)
	}
	err := printAnswer(std, flags, answer, at)
	var code exitError
	if err != nil && !errors.As(err, &code) {
		return err
	}
	fmt.Fprint(std.out, explanation(answer.Trace, inkFor(std.out)))
	return err
}
