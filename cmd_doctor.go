package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/infill-dev/infill/completion/doctor"
	"github.com/infill-dev/infill/completion/ollama"
)

func doctorCommand(std streams) *cobra.Command {
	var name string
	var asJSON bool
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Checks the model server and the model, and says how to mend what is wrong",
		Long: "Checks that the model server answers, that the model on it can infill, and how fast it is. Each problem comes\n" +
			"with what to do about it. The exit code is 1 when there is a problem.",
		Args: exactly(0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, problems := userSettings()
			for _, problem := range problems {
				fmt.Fprintf(std.err, "infill: %s\n", problem)
			}
			if name != "" {
				config.Model = name
			}
			client, err := ollama.New(ollama.Config{Endpoint: config.Endpoint, OllamaHost: os.Getenv("OLLAMA_HOST"), AllowRemote: config.AllowRemote})
			if err != nil {
				return err
			}
			defer client.Close()
			checks := doctor.Examine(cmd.Context(), client, doctor.Config{Address: client.Address(), Model: config.Model, Family: config.Family,
				Formats: config.Formats, Context: config.ContextTokens, Threads: config.Threads, KeepAlive: config.KeepAlive, Now: time.Now})
			var all []doctor.Check
			sick := false
			for check := range checks {
				all = append(all, check)
				sick = sick || check.State == doctor.Problem
				if !asJSON {
					printCheck(std, check)
				}
			}
			if asJSON {
				if err := printChecks(std, all); err != nil {
					return err
				}
			}
			if sick || cmd.Context().Err() != nil {
				return exitError(exitFailed)
			}
			return nil
		},
	}
	command.Flags().StringVar(&name, "model", "", "`NAME` of the model to check instead of the configured one")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// stateColours are codes of terminals: green, red, dim.
var stateColours = map[doctor.State]string{doctor.OK: "32", doctor.Problem: "31", doctor.Skipped: "2"}

// printCheck prints a check as soon as it is known. Names of models come from the server, so nothing is printed raw.
func printCheck(std streams, check doctor.Check) {
	ink := inkFor(std.out)
	mark := ink.paint(stateColours[check.State], fmt.Sprintf("%-7s", check.State))
	fmt.Fprintf(std.out, "%s  %-13s  %s\n", mark, check.Name, visible(check.Sentence))
	if check.Fix != "" {
		fmt.Fprintf(std.out, "%24s%s\n", "", ink.title(visible(check.Fix)))
	}
}

// printChecks prints the JSON form; its fields are part of the command's interface.
func printChecks(std streams, checks []doctor.Check) error {
	encoder := json.NewEncoder(std.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		Checks []doctor.Check `json:"checks"`
	}{checks})
}
