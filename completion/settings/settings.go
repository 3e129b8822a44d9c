// Package settings says what a user may set, which values are right, and who may set what.
//
// One thing must stay true: a repository can never choose where text is sent or what is run. An option that names
// an endpoint or changes who may be talked to is taken from the user's own configuration only, and an attempt from
// elsewhere is ignored and reported.
package settings

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Source says where values come from, which decides what they may change.
type Source string

// The sources, from the most trusted to the least.
const (
	User       Source = "user"       // infill/config.toml under the user's configuration folder, or a command's flags
	Editor     Source = "editor"     // initializationOptions and workspace/configuration
	Repository Source = "repository" // .infill.toml at the workspace root
)

// RepositoryFile is the name of a repository's own settings file.
const RepositoryFile = ".infill.toml"

// Settings are the values in force. The zero value is not usable: start from Default.
type Settings struct {
	Enabled     bool
	Endpoint    string // empty: OLLAMA_HOST, else the default address
	AllowRemote bool
	Model       string // empty: the first model on the server that can infill
	Family      string // empty: by the model's name
	Layout      string // "auto", "plain" or "healed"

	ContextTokens int // num_ctx, a load option: the same in every request
	Threads       int // num_thread, a load option; 0: the server's default
	KeepAlive     time.Duration

	PromptTokens  int // most tokens of a prompt
	SnippetTokens int // most of these that other files may take
	LineTokens    int // most tokens to generate for the rest of a line
	BlockTokens   int // most tokens to generate for a block

	WaitAutomatic time.Duration // an automatic request is answered within this time with what there is
	WaitInvoked   time.Duration

	GateAutomatic float64 // least joint probability of a model's text that is shown unasked
	GateInvoked   float64
	GateLocal     float64 // least confidence of the engine without a model
	Items         int     // most items when the user asks

	Languages map[string]bool           // language id to on or off; a language that is not named is on
	Exclude   []string                  // globs, as in .gitignore
	MaxBytes  int                       // files above this many bytes are not read
	Formats   map[string]map[string]any // the user's own FIM formats, by name
}

// Default is the settings of a user who has set nothing.
func Default() Settings {
	var settings Settings
	for _, option := range Options {
		if option.Default == nil {
			continue
		}
		if err := option.set(&settings, option.Default); err != nil {
			panic(fmt.Sprintf("settings: default of %s: %v", option.Key, err)) // a test runs this
		}
	}
	return settings
}

// Problem is a value that was not taken, with one sentence that says why and what is right.
type Problem struct {
	Source   Source
	Key      string
	Sentence string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s setting %s: %s", p.Source, p.Key, p.Sentence)
}

// With is the settings after taking values over, and what could not be taken. A key is a name of Options; a value
// has the types that JSON and TOML decode to. A wrong value leaves the setting as it was.
func (s Settings) With(from Source, values map[string]any) (Settings, []Problem) {
	var problems []Problem
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if values[key] == nil {
			continue // an editor's way to say "not set"
		}
		if sentence := s.take(from, key, values[key]); sentence != "" {
			problems = append(problems, Problem{Source: from, Key: shorten(key), Sentence: sentence})
		}
	}
	return s, problems
}

func (s *Settings) take(from Source, key string, value any) string {
	at := slices.IndexFunc(Options, func(o Option) bool { return o.Key == key })
	if at < 0 {
		return "there is no such setting" + nearest(key) + "."
	}
	option := Options[at]
	if !slices.Contains(option.From, from) {
		return fmt.Sprintf("ignored, because only the %s configuration may set it.", option.who())
	}
	next := *s
	if err := option.set(&next, value); err != nil {
		return err.Error() + "; the setting stays as it was."
	}
	if from == Repository && next.MaxBytes > s.MaxBytes {
		return "a repository may only lower it; the setting stays as it was."
	}
	*s = next
	return ""
}

// On tells whether completion is on for a language.
func (s Settings) On(language string) bool {
	if !s.Enabled {
		return false
	}
	if on, named := s.Languages[language]; named {
		return on
	}
	if on, named := s.Languages["*"]; named {
		return on
	}
	return true
}

// nearest suggests the option whose name shares most with a mistyped one.
func nearest(key string) string {
	folded := fold(key)
	for _, option := range Options {
		if known := fold(option.Key); known == folded || len(folded) > 3 && (strings.HasPrefix(known, folded) || strings.HasPrefix(folded, known)) {
			return fmt.Sprintf(" (is %q meant?)", option.Key)
		}
	}
	return ""
}

func fold(key string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(key))
}

// shorten keeps a key that a hostile file made very long out of logs and messages.
func shorten(key string) string {
	if len(key) > 60 {
		return strings.ToValidUTF8(key[:57], "") + "..."
	}
	return key
}
