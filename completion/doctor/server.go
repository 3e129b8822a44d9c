package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/fim"
)

// Times that the server is given: for a list, for an answer of a model that it may have to load first, for an answer of
// one that is loaded. Loading 8 GB from a slow disk takes two minutes.
const (
	listTime = 10 * time.Second
	loadTime = 5 * time.Minute
	fillTime = time.Minute
)

// recommended is a model that is known to infill well for its size, for people who have none.
const recommended = "qwen2.5-coder:1.5b"

// reach asks for the version, the smallest question that there is.
func (e *examination) reach() Check {
	ctx, cancel := context.WithTimeout(e.ctx, listTime)
	defer cancel()
	number, err := e.server.Version(ctx)
	if err != nil {
		e.stuck = "the server does not answer"
		return failed(err)
	}
	e.number = number
	if e.Address == "" {
		return ok("The model server answers.")
	}
	return ok(fmt.Sprintf("Ollama at %s answers.", e.Address))
}

// versions are the least versions that matter, the newest first, and what an older one has or lacks.
var versions = []struct {
	least string
	lack  string
}{
	{"0.17.1", "has the known security hole CVE-2026-7482"},
	{"0.12.11", "tells no log-probabilities, without which unsure suggestions cannot be held back"},
}

func (e *examination) version() Check {
	number, known := parseVersion(e.number)
	if !known {
		return skipped(fmt.Sprintf("The server's version is not known (%s), as it is with a build of one's own.", e.number))
	}
	var lacks []string
	for _, row := range versions {
		if least, _ := parseVersion(row.least); slices.Compare(number, least) < 0 {
			lacks = append(lacks, row.lack)
		}
	}
	if len(lacks) > 0 {
		return problem(fmt.Sprintf("Ollama %s %s.", e.number, strings.Join(lacks, " and ")), fmt.Sprintf("Update Ollama to %s or newer.", versions[0].least))
	}
	return ok(fmt.Sprintf("Ollama %s has what infill needs.", e.number))
}

// parseVersion reads "0.17.4", "v0.17.4" and "0.17.4-rc1" as three numbers. "0.0.0" is what a build without a version says.
func parseVersion(text string) (numbers []int, known bool) {
	text, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(text), "v"), "-")
	for part := range strings.SplitSeq(text, ".") {
		number, err := strconv.Atoi(part)
		if err != nil || number < 0 {
			return nil, false
		}
		numbers = append(numbers, number)
	}
	if len(numbers) != 3 || slices.Max(numbers) == 0 {
		return nil, false
	}
	return numbers, true
}

// choose finds the model to examine, as the completion engine chooses it: the user's, else the first whose name is known.
func (e *examination) choose() Check {
	ctx, cancel := context.WithTimeout(e.ctx, listTime)
	defer cancel()
	e.stuck = "there is no model to ask"
	list, err := e.server.List(ctx)
	if err != nil {
		return failed(err)
	}
	if e.Family != "" {
		if check := e.chooseFormat(); check.State == Problem {
			return check
		}
	}
	at := slices.IndexFunc(list, func(info model.Info) bool { return model.SameName(info.Name, e.Model) })
	if e.Model == "" {
		at = slices.IndexFunc(list, func(info model.Info) bool { return e.known || nameKnown(info.Name) })
	}
	switch {
	case at < 0 && e.Model != "":
		return problem(fmt.Sprintf("The server has no model %s.", e.Model), fmt.Sprintf("Run `ollama pull %s`, or set model to one of `ollama list`.", e.Model))
	case at < 0 && len(list) == 0:
		return problem("The server has no models.", fmt.Sprintf("Run `ollama pull %s`.", recommended))
	case at < 0:
		return problem(fmt.Sprintf("None of the %d models on the server is known to infill.", len(list)),
			fmt.Sprintf("Run `ollama pull %s`, or set model to one that can.", recommended))
	}
	e.stuck = ""
	if e.name = e.Model; e.name != "" {
		return ok(fmt.Sprintf("The model %s is on the server (%s).", e.name, size(list[at].Bytes)))
	}
	e.name = list[at].Name
	return ok(fmt.Sprintf("The model %s (%s) is the first of %d on the server that is known to infill.", e.name, size(list[at].Bytes), len(list)))
}

func nameKnown(name string) bool {
	_, known := fim.FormatFor(name)
	return known
}

// chooseFormat finds the prompt format that the user has chosen.
func (e *examination) chooseFormat() Check {
	if fields, own := e.Formats[e.Family]; own {
		format, err := fim.Custom(e.Family, fields)
		if err != nil {
			return problem(fmt.Sprintf("The prompt format in your configuration is wrong: %v.", err), "Correct formats in your configuration.")
		}
		e.format, e.known = format, true
		return Check{}
	}
	if e.format, e.known = fim.FormatNamed(e.Family); e.known {
		return Check{}
	}
	return problem(fmt.Sprintf("There is no prompt format named %s.", e.Family), fmt.Sprintf("Set family to one of %s, or leave it out.", familyNames()))
}

func familyNames() string {
	var names []string
	for _, format := range fim.Formats() {
		names = append(names, format.Name)
	}
	return strings.Join(names, ", ")
}

// size is a number of bytes as Ollama tells it, in powers of ten.
func size(bytes int64) string {
	if bytes >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%d MB", (bytes+5e5)/1e6)
}
