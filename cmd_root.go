package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// streams are the three ends of a command, given so that tests can hold them.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Exit codes, named in the README.
const (
	exitDone    = 0 // something was suggested, or the command did what it says
	exitFailed  = 1 // something went wrong; stderr says what
	exitUsage   = 2 // the command line is wrong
	exitSilence = 3 // there is nothing to suggest at this place; stdout says why
)

// exitError carries an exit code out of a command that has already said what there is to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a wrong command line.
type usageError struct{ error }

func execute(ctx context.Context, args []string, std streams) int {
	root := rootCommand(std)
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	var code exitError
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintf(std.err, "infill: %v\nRun 'infill help' for how to use it.\n", err)
		return exitUsage
	}
	fmt.Fprintf(std.err, "infill: %v\n", err)
	return exitFailed
}

func rootCommand(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "infill",
		Short:         "Completes code at a cursor, knowing your repository and your GPU",
		Long:          "infill completes code at a cursor. It knows the repository, talks to a model on this machine (Ollama), and works without one.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          func(_ *cobra.Command, args []string) error { return unknownCommand(args) },
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(serveCommand(std), completeCommand(std), explainCommand(std), evalCommand(std), doctorCommand(std), versionCommand(std))
	return root
}

func unknownCommand(args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("there is no command %q", args[0])}
	}
	return nil
}

// exactly checks the number of arguments of a command.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%d arguments given, want %s", len(args), what)}
		}
		return nil
	}
}
