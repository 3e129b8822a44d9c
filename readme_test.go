package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/infill-dev/infill/completion/settings"
)

var update = flag.Bool("update", false, "write the generated parts of the README")

// TestReadmeSettings compares the table of settings in the README with the one in the code.
func TestReadmeSettings(t *testing.T) {
	readme := readReadme(t)
	part := regexp.MustCompile(`(?s)(<!-- settings: [^\n]* -->\n).*?(<!-- /settings -->)`)
	if !part.MatchString(readme) {
		t.Fatal("README.md has no place for the table of settings")
	}
	want := part.ReplaceAllStringFunc(readme, func(old string) string {
		marks := part.FindStringSubmatch(old)
		return marks[1] + settingsTable() + marks[2]
	})
	if readme == want {
		return
	}
	if !*update {
		t.Fatal("the table of settings in README.md is not the one in the code; run: go test . -run TestReadmeSettings -update")
	}
	if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func settingsTable() string {
	var out strings.Builder
	out.WriteString("| setting | value | default | may be set by | meaning |\n|---|---|---|---|---|\n")
	for _, option := range settings.Options {
		value := ""
		switch given := option.Default.(type) {
		case nil:
		case string:
			value = fmt.Sprintf("`%q`", given)
		default:
			value = fmt.Sprintf("`%v`", given)
		}
		var from []string
		for _, source := range option.From {
			from = append(from, string(source))
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", option.Key, option.Type, value, strings.Join(from, ", "), strings.ReplaceAll(option.Doc, "|", "\\|"))
	}
	return out.String()
}

// TestReadmeNamesTheCommands sees to it that the README tells of each command and of nothing that is none.
func TestReadmeNamesTheCommands(t *testing.T) {
	readme := readReadme(t)
	known := map[string]bool{"help": true, "completion": true}
	for _, command := range rootCommand(streams{}).Commands() {
		if command.Name() == "help" || command.Name() == "completion" || command.Hidden {
			continue
		}
		known[command.Name()] = true
		if !strings.Contains(readme, "| `infill "+command.Name()) {
			t.Errorf("README.md does not tell of infill %s", command.Name())
		}
		checkHelp(t, command)
	}
	for _, named := range regexp.MustCompile("`infill ([a-z]+)").FindAllStringSubmatch(readme, -1) {
		if !known[named[1]] {
			t.Errorf("README.md tells of infill %s, which does not exist", named[1])
		}
	}
}

// checkHelp sees to it that a command says what it does.
func checkHelp(t *testing.T, command *cobra.Command) {
	t.Helper()
	if command.Short == "" || strings.HasSuffix(command.Short, ".") {
		t.Errorf("infill %s: the short help %q should be a line without a full stop", command.Name(), command.Short)
	}
}

func readReadme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
