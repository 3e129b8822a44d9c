package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the version of this tree; a release moves it in the commit that it tags.
const version = "0.1.0-dev"

func versionCommand(std streams) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "version", Short: "Prints the version", Args: exactly(0, "none"),
		RunE: func(*cobra.Command, []string) error {
			about := struct {
				Version  string `json:"version"`
				Revision string `json:"revision,omitempty"`
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{version, revision(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			if asJSON {
				return json.NewEncoder(std.out).Encode(about)
			}
			_, err := fmt.Fprintf(std.out, "infill %s %s %s %s\n", about.Version, about.Revision, about.Go, about.Platform)
			return err
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// revision is the commit that the binary was built from, where the build recorded it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return ""
}
