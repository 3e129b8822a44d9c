package settings

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Option is one row of the table of settings.
type Option struct {
	Key     string
	Type    string   // for people: "text", "yes or no", "whole number", "number from 0 to 1", "duration", …
	Default any      // nil: nothing
	From    []Source // who may set it
	Doc     string   // one sentence
	set     func(*Settings, any) error
}

var (
	userOnly = []Source{User}
	people   = []Source{User, Editor}
	anyone   = []Source{User, Editor, Repository}
)

// Options is every setting, in the order in which people read them. README's table is made from it.
var Options = []Option{
	boolean("enabled", true, people, "Whether anything is suggested at all.",
		func(s *Settings) *bool { return &s.Enabled }),
	text("endpoint", "", people, "Address of the Ollama server; empty means OLLAMA_HOST, else http://127.0.0.1:11434.", nil,
		func(s *Settings) *string { return &s.Endpoint }),
	boolean("allow_remote", false, userOnly, "Whether the endpoint may be another machine than this one.",
		func(s *Settings) *bool { return &s.AllowRemote }),
	text("model", "", people, "Name of the model; empty means the first one on the server that can infill.", nil,
		func(s *Settings) *string { return &s.Model }),
	text("family", "", people, "Prompt format of the model; empty means by the model's name.", nil,
		func(s *Settings) *string { return &s.Family }),
	text("layout", "auto", people, "Prompt layout: auto, plain, or healed (the current line behind the middle marker).",
		[]string{"auto", "plain", "healed"}, func(s *Settings) *string { return &s.Layout }),
	number("context_tokens", 8192, 256, 1<<20, people, "Context length with which the model is loaded.",
		func(s *Settings) *int { return &s.ContextTokens }),
	number("threads", 0, 0, 1024, people, "CPU threads of the model; 0 leaves it to the server.",
		func(s *Settings) *int { return &s.Threads }),
	duration("keep_alive", 30*time.Minute, 0, 24*time.Hour, people, "How long the model stays loaded after the last request.",
		func(s *Settings) *time.Duration { return &s.KeepAlive }),
	number("prompt_tokens", 2048, 64, 1<<20, people, "Most tokens of a prompt.",
		func(s *Settings) *int { return &s.PromptTokens }),
	number("snippet_tokens", 1024, 0, 1<<20, people, "Most tokens of a prompt that text of other files may take.",
		func(s *Settings) *int { return &s.SnippetTokens }),
	number("line_tokens", 48, 1, 4096, people, "Most tokens to generate for the rest of a line.",
		func(s *Settings) *int { return &s.LineTokens }),
	number("block_tokens", 128, 1, 4096, people, "Most tokens to generate for a block.",
		func(s *Settings) *int { return &s.BlockTokens }),
	duration("wait_automatic", 3*time.Second, 10*time.Millisecond, 5*time.Minute, people, "An automatic request is answered within this time with what there is.",
		func(s *Settings) *time.Duration { return &s.WaitAutomatic }),
	duration("wait_invoked", 15*time.Second, 10*time.Millisecond, 5*time.Minute, people, "The same when the user asks.",
		func(s *Settings) *time.Duration { return &s.WaitInvoked }),
	share("gate_automatic", 0.5, people, "Least probability of a model's text that is shown unasked.",
		func(s *Settings) *float64 { return &s.GateAutomatic }),
	share("gate_invoked", 0.3, people, "The same when the user asks.",
		func(s *Settings) *float64 { return &s.GateInvoked }),
	share("gate_local", 0.6, people, "Least confidence of the engine that needs no model.",
		func(s *Settings) *float64 { return &s.GateLocal }),
	number("items", 3, 1, 10, people, "Most suggestions when the user asks.",
		func(s *Settings) *int { return &s.Items }),
	languages("languages", anyone, "Languages to switch on or off by id; \"*\" stands for the others."),
	globs("exclude", anyone, "Files to leave alone, as patterns of .gitignore."),
	number("max_bytes", 1<<20, 1, 64<<20, anyone, "Files above this many bytes are not read; a repository may only lower it.",
		func(s *Settings) *int { return &s.MaxBytes }),
	formats("formats", userOnly, "The user's own prompt formats, a table for each name."),
}

// Names says who may set the option, for people.
func (o Option) who() string {
	if len(o.From) == 1 {
		return string(o.From[0]) + "'s own"
	}
	names := make([]string, len(o.From))
	for i, from := range o.From {
		names[i] = string(from)
	}
	return strings.Join(names, " or ")
}

func boolean(key string, value bool, from []Source, doc string, field func(*Settings) *bool) Option {
	return Option{key, "yes or no", value, from, doc, func(s *Settings, v any) error {
		given, ok := v.(bool)
		if !ok {
			return mismatch("true or false", v)
		}
		*field(s) = given
		return nil
	}}
}

// maxText bounds a text value; a name or an address is never longer.
const maxText = 2048

func text(key, value string, from []Source, doc string, choices []string, field func(*Settings) *string) Option {
	return Option{key, "text", value, from, doc, func(s *Settings, v any) error {
		given, ok := v.(string)
		switch {
		case !ok:
			return mismatch("a text", v)
		case len(given) > maxText:
			return fmt.Errorf("a text of %d bytes is too long (at most %d)", len(given), maxText)
		case choices != nil && !slices.Contains(choices, given):
			return fmt.Errorf("%q is not one of %s", shorten(given), strings.Join(choices, ", "))
		}
		*field(s) = given
		return nil
	}}
}

func number(key string, value, least, most int, from []Source, doc string, field func(*Settings) *int) Option {
	return Option{key, "whole number", value, from, doc, func(s *Settings, v any) error {
		given, ok := whole(v)
		if !ok {
			return mismatch("a whole number", v)
		}
		if given < least || given > most {
			return fmt.Errorf("%d is not between %d and %d", given, least, most)
		}
		*field(s) = given
		return nil
	}}
}

// whole takes the number types of TOML (int64) and JSON (float64).
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<31
	}
	return 0, false
}

func share(key string, value float64, from []Source, doc string, field func(*Settings) *float64) Option {
	return Option{key, "number from 0 to 1", value, from, doc, func(s *Settings, v any) error {
		given, ok := v.(float64)
		if n, isWhole := whole(v); isWhole {
			given, ok = float64(n), true
		}
		if !ok {
			return mismatch("a number from 0 to 1", v)
		}
		if !(given >= 0 && given <= 1) {
			return fmt.Errorf("%v is not between 0 and 1", given)
		}
		*field(s) = given
		return nil
	}}
}

func duration(key string, value, least, most time.Duration, from []Source, doc string, field func(*Settings) *time.Duration) Option {
	return Option{key, "duration", value.String(), from, doc, func(s *Settings, v any) error {
		given, ok := v.(string)
		if !ok {
			return mismatch("a duration such as \"30m\" or \"1.5s\"", v)
		}
		parsed, err := time.ParseDuration(given)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as \"30m\" or \"1.5s\"", shorten(given))
		}
		if parsed < least || parsed > most {
			return fmt.Errorf("%s is not between %s and %s", parsed, least, most)
		}
		*field(s) = parsed
		return nil
	}}
}

func languages(key string, from []Source, doc string) Option {
	return Option{key, "table of language id to true or false", nil, from, doc, func(s *Settings, v any) error {
		given, ok := v.(map[string]any)
		if !ok {
			return mismatch("a table such as { markdown = false }", v)
		}
		merged := maps.Clone(s.Languages)
		if merged == nil {
			merged = map[string]bool{}
		}
		for id, on := range given {
			value, ok := on.(bool)
			if !ok {
				return fmt.Errorf("language %s: %w", shorten(id), mismatch("true or false", on))
			}
			merged[id] = value
		}
		s.Languages = merged
		return nil
	}}
}

func globs(key string, from []Source, doc string) Option {
	return Option{key, "list of texts", nil, from, doc, func(s *Settings, v any) error {
		given, ok := v.([]any)
		if !ok {
			return mismatch("a list of patterns such as [\"testdata/**\"]", v)
		}
		merged := slices.Clone(s.Exclude)
		for _, one := range given {
			pattern, ok := one.(string)
			if !ok || len(pattern) > maxText {
				return errors.New("each pattern must be a text of at most 2048 bytes")
			}
			if !slices.Contains(merged, pattern) {
				merged = append(merged, pattern)
			}
		}
		s.Exclude = merged
		return nil
	}}
}

func formats(key string, from []Source, doc string) Option {
	return Option{key, "table of tables", nil, from, doc, func(s *Settings, v any) error {
		given, ok := v.(map[string]any)
		if !ok {
			return mismatch("a table for each format", v)
		}
		merged := maps.Clone(s.Formats)
		if merged == nil {
			merged = map[string]map[string]any{}
		}
		for name, one := range given {
			fields, ok := one.(map[string]any)
			if !ok {
				return fmt.Errorf("format %s: %w", shorten(name), mismatch("a table", one))
			}
			merged[name] = fields
		}
		s.Formats = merged
		return nil
	}}
}

// mismatch names the wanted and the given type without repeating a value that may be long or secret.
func mismatch(want string, given any) error {
	name := "something else"
	switch given.(type) {
	case string:
		name = "a text"
	case bool:
		name = "true or false"
	case int, int64, float64:
		name = "a number"
	case []any:
		name = "a list"
	case map[string]any:
		name = "a table"
	}
	return fmt.Errorf("must be %s, not %s", want, name)
}
