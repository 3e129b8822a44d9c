package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/infill-dev/infill/completion/eval"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/syntax"
	"github.com/infill-dev/infill/lsp/host"
)

// evalFlags are what `eval` takes.
type evalFlags struct {
	tasks       int
	kinds, arms []string
	model       string
	seed        uint64
	asJSON      bool
	report      string
	wait        time.Duration
}

func evalCommand(std streams) *cobra.Command {
	var flags evalFlags
	command := &cobra.Command{
		Use:   "eval [DIR]",
		Short: "Measures completion on a repository by filling holes cut into it",
		Long: "Measures completion on a repository: cuts holes into its files, lets each arm fill the same holes, and compares with\n" +
			"what stood there. An interrupt keeps what is done.\n\n" +
			"Kinds: mid (rest of a line), cross (the same, with a name that only another file has), block (2 to 8 lines), start\n" +
			"(a line), silent (nothing is missing), word (from inside a word).\n" +
			"Arms: local (no model), plain (the model, this file only), ours (the model, with other files), both (as in an\n" +
			"editor), settings:FILE (as ours, with the settings of a file).",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%d arguments given, want one DIR at most", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return evaluate(cmd.Context(), std, flags, dir)
		},
	}
	options := command.Flags()
	options.IntVar(&flags.tasks, "tasks", 60, "most holes, spread evenly over the kinds")
	options.StringSliceVar(&flags.kinds, "kinds", nil, "`KINDS` of holes; all when none is given")
	options.StringSliceVar(&flags.arms, "arms", []string{"local", "plain", "ours"}, "`ARMS` to compare")
	options.StringVar(&flags.model, "model", "", "`NAME` of the model to use")
	options.Uint64Var(&flags.seed, "seed", 1, "seed of the choice of holes and of the intervals")
	options.StringVar(&flags.report, "report", "", "write report.html and report.json into `FOLDER`")
	options.BoolVar(&flags.asJSON, "json", false, "print JSON")
	options.DurationVar(&flags.wait, "wait", 2*time.Minute, "give the model this time for each hole")
	return command
}

func evaluate(ctx context.Context, std streams, flags evalFlags, dir string) error {
	root, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find %s: %w", dir, err)
	}
	kinds, err := kindsOf(flags.kinds)
	if err != nil {
		return usageError{err}
	}
	config, problems := commandSettings(root, flags.model)
	for _, problem := range problems {
		fmt.Fprintf(std.err, "infill: %s\n", problem)
	}
	h := newHost(ctx, nil)
	defer h.Close()
	arms, err := armsOf(h, config, flags)
	if err != nil {
		return usageError{err}
	}
	space, err := openSpace(ctx, h, root, config, progressOn(std.err))
	if err != nil {
		return err
	}
	base := space.snapshot.Base()
	holes := eval.Cut(base, eval.Options{Tasks: flags.tasks, Kinds: kinds, Seed: flags.seed})
	if len(holes) == 0 {
		return fmt.Errorf("no hole can be cut into %s: none of its %d files is code that infill parses, beside tests and generated files", root, base.Files())
	}
	var outcomes []eval.Outcome
	tell := holesDone(std.err, len(holes)*len(arms))
	for outcome := range eval.Run(ctx, base, space.local, syntax.New(), holes, arms) {
		outcomes = append(outcomes, outcome)
		tell(len(outcomes))
	}
	result := eval.NewReport(root, flags.seed, len(holes), outcomes, flags.arms)
	if flags.report != "" {
		if err := writeReport(flags.report, result, std.err); err != nil {
			return err
		}
	}
	if flags.asJSON {
		encoder := json.NewEncoder(std.out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(result)
	} else {
		err = printEvaluation(std.out, result)
	}
	if err == nil && ctx.Err() != nil {
		fmt.Fprintf(std.err, "infill: interrupted after %d of %d holes.\n", result.Holes, result.Of)
		return exitError(exitFailed)
	}
	return err
}

func kindsOf(names []string) ([]eval.Kind, error) {
	var kinds []eval.Kind
	for _, name := range names {
		if !slices.Contains(eval.Kinds, eval.Kind(name)) {
			return nil, fmt.Errorf("there is no kind %q of hole; the kinds are %v", name, eval.Kinds)
		}
		kinds = append(kinds, eval.Kind(name))
	}
	return kinds, nil
}

// armsOf makes the arms that are named.
func armsOf(h *host.Host, config settings.Settings, flags evalFlags) ([]eval.Arm, error) {
	config.WaitAutomatic, config.WaitInvoked = flags.wait, flags.wait
	var arms []eval.Arm
	for _, name := range flags.arms {
		arm, own := eval.Arm{Name: name, Model: true}, config
		file, isFile := strings.CutPrefix(name, "settings:")
		switch {
		case name == "local":
			arm.Local, arm.Model = true, false
		case name == "plain":
			own.SnippetTokens = 0
		case name == "ours":
		case name == "both":
			arm.Local = true
		case isFile:
			if _, err := os.Stat(file); err != nil {
				return nil, err
			}
			var problems []settings.Problem
			if own, problems = own.WithFile(settings.User, file); len(problems) > 0 {
				return nil, fmt.Errorf("%s: %s", file, problems[0])
			}
		default:
			return nil, fmt.Errorf("there is no arm %q; the arms are local, plain, ours, both and settings:FILE", name)
		}
		arm.Engine = h.Engine(own)
		arms = append(arms, arm)
	}
	return arms, nil
}

// writeReport writes report.html and report.json into a folder, which is made when it is not there.
func writeReport(folder string, result eval.Report, said io.Writer) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	var page, values bytes.Buffer
	if err := result.WriteHTML(&page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	encoder := json.NewEncoder(&values)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	for name, text := range map[string][]byte{"report.html": page.Bytes(), "report.json": values.Bytes()} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	fmt.Fprintf(said, "infill: the report is %s\n", filepath.Join(folder, "report.html"))
	return nil
}

// printEvaluation prints the table for people.
func printEvaluation(out io.Writer, result eval.Report) error {
	fmt.Fprintf(out, "%d holes in %s, seed %d; shares in percent, with 95 %% intervals\n\n", result.Holes, result.Folder, result.Seed)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "kind\tarm\tholes\tshown\tright of shown\tright of all\tsimilar\tnames F1\tsaved\twrong chars\trepeats\tvalid\tprompt tokens")
	for _, kind := range eval.Kinds {
		for _, r := range result.Rows {
			if r.Kind == kind {
				fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%.0f\t%.0f\t%d\t%d\t%s\t%.0f\n", r.Kind, r.Arm, r.Holes, r.Shown, r.Precision,
					r.Exact, r.Similarity, r.NamesF1*100, r.Saved*100, r.WrongChars, r.Repeats, r.Valid, r.PromptTokens)
			}
		}
	}
	fmt.Fprintln(table, "\narm\tfirst text p50\tp95\tanswer p50\tp95")
	for _, t := range result.Times {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", t.Arm, short(t.FirstP50), short(t.FirstP95), short(t.TotalP50), short(t.TotalP95))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, p := range result.Pairs {
		fmt.Fprintf(out, "%s against %s: right where the other is not at %d holes, the other way round at %d\n", p.A, p.B, p.Wins, p.Lost)
	}
	for _, problem := range result.Problems {
		fmt.Fprintf(out, "problem: %s\n", problem)
	}
	return nil
}

func short(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
}

// holesDone shows how far a run is, and how long it will still take, in one line of a terminal.
func holesDone(out io.Writer, all int) func(done int) {
	if !inkFor(out).colour {
		return func(int) {}
	}
	began := time.Now()
	return func(done int) {
		left := time.Duration(float64(time.Since(began)) / float64(done) * float64(all-done)).Round(time.Second)
		fmt.Fprintf(out, "\r\x1b[K%d of %d answers, %s left", done, all, left)
		if done == all {
			fmt.Fprint(out, "\r\x1b[K")
		}
	}
}
