package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infill-dev/infill/completion/settings"
)

func TestWithFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		full := filepath.Join(folder, name)
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return full
	}
	good := write("good.toml", "items = 2\n[languages]\nmarkdown = false\n")
	link := filepath.Join(folder, "link.toml")
	if err := os.Symlink(good, link); err != nil {
		t.Skip("no links here:", err)
	}
	tests := []struct {
		name     string
		from     settings.Source
		file     string
		items    int
		problems string // part of the only problem, empty for none
	}{
		{"good", settings.User, good, 2, ""},
		{"absent", settings.User, filepath.Join(folder, "absent.toml"), 3, ""},
		{"no TOML", settings.User, write("bad.toml", "items = = 2"), 3, "the file is not used"},
		{"too large", settings.User, write("large.toml", strings.Repeat("# comment\n", 30_000)), 3, "larger than"},
		{"a folder", settings.User, folder, 3, "not a plain file"},
		{"a link of the user's", settings.User, link, 2, ""},
		{"a link of a repository", settings.Repository, link, 3, "not a plain file"},
		{"an endpoint of a repository", settings.Repository, write("endpoint.toml", "endpoint = \"http://127.0.0.1:1\"\n"), 3, "only the user or editor configuration may set it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, problems := settings.Default().WithFile(test.from, test.file)
			if s.Items != test.items {
				t.Errorf("items %d, want %d", s.Items, test.items)
			}
			switch {
			case test.problems == "" && len(problems) > 0:
				t.Errorf("problems %v", problems)
			case test.problems != "" && (len(problems) != 1 || !strings.Contains(problems[0].String(), test.problems)):
				t.Errorf("problems %v, want one about %q", problems, test.problems)
			}
		})
	}
}
