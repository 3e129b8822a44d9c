package main

import (
	"os"
	"path/filepath"

	"github.com/infill-dev/infill/completion/settings"
)

// userSettings is the defaults with the user's own configuration over them, and what was wrong in it.
func userSettings() (settings.Settings, []settings.Problem) {
	defaults := settings.Default()
	folder, err := os.UserConfigDir()
	if err != nil {
		return defaults, nil // no home: nothing is configured
	}
	return defaults.WithFile(settings.User, filepath.Join(folder, "infill", "config.toml"))
}

// commandSettings is what a command works with in a workspace: the user's settings, then the repository's, then the
// flags.
func commandSettings(root, model string) (settings.Settings, []settings.Problem) {
	s, problems := userSettings()
	s, more := s.WithFile(settings.Repository, filepath.Join(root, settings.RepositoryFile))
	problems = append(problems, more...)
	if model != "" {
		s, more = s.With(settings.User, map[string]any{"model": model})
		problems = append(problems, more...)
	}
	return s, problems
}
