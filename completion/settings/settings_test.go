package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/settings"
)

func TestDefault(t *testing.T) {
	s := settings.Default()
	if !s.On("go") || s.KeepAlive != 30*time.Minute || s.GateAutomatic != 0.5 || s.Layout != "auto" {
		t.Errorf("unexpected defaults: %+v", s)
	}
}

func TestEveryOptionIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range settings.Options {
		if o.Doc == "" || o.Type == "" || len(o.From) == 0 || seen[o.Key] {
			t.Errorf("option %q lacks a description, a type or a source, or stands twice", o.Key)
		}
		seen[o.Key] = true
	}
}

func TestWith(t *testing.T) {
	tests := []struct {
		name   string
		from   settings.Source
		values map[string]any
		check  func(settings.Settings) bool
		want   []string
	}{
		{"numbers of TOML and JSON", settings.User, map[string]any{"items": int64(2), "prompt_tokens": 300.0},
			func(s settings.Settings) bool { return s.Items == 2 && s.PromptTokens == 300 }, nil},
		{"a whole number for a share", settings.User, map[string]any{"gate_local": int64(1)},
			func(s settings.Settings) bool { return s.GateLocal == 1 }, nil},
		{"a wrong type keeps the default", settings.Editor, map[string]any{"items": "many"},
			func(s settings.Settings) bool { return s.Items == 3 },
			[]string{"editor setting items: must be a whole number, not a text; the setting stays as it was."}},
		{"out of bounds", settings.User, map[string]any{"items": int64(99)},
			func(s settings.Settings) bool { return s.Items == 3 },
			[]string{"user setting items: 99 is not between 1 and 10; the setting stays as it was."}},
		{"an unknown key with a likely name", settings.User, map[string]any{"promptTokens": int64(9)}, nil,
			[]string{`user setting promptTokens: there is no such setting (is "prompt_tokens" meant?).`}},
		{"a repository cannot choose the endpoint", settings.Repository, map[string]any{"endpoint": "http://127.0.0.1:1"},
			func(s settings.Settings) bool { return s.Endpoint == "" },
			[]string{"repository setting endpoint: ignored, because only the user or editor configuration may set it."}},
		{"an editor cannot allow remote servers", settings.Editor, map[string]any{"allow_remote": true},
			func(s settings.Settings) bool { return !s.AllowRemote },
			[]string{"editor setting allow_remote: ignored, because only the user's own configuration may set it."}},
		{"a repository may lower a limit", settings.Repository, map[string]any{"max_bytes": int64(1000)},
			func(s settings.Settings) bool { return s.MaxBytes == 1000 }, nil},
		{"a repository may not raise a limit", settings.Repository, map[string]any{"max_bytes": int64(2 << 20)},
			func(s settings.Settings) bool { return s.MaxBytes == 1<<20 },
			[]string{"repository setting max_bytes: a repository may only lower it; the setting stays as it was."}},
		{"languages", settings.Repository, map[string]any{"languages": map[string]any{"markdown": false}},
			func(s settings.Settings) bool { return !s.On("markdown") && s.On("go") }, nil},
		{"all but one language", settings.User, map[string]any{"languages": map[string]any{"*": false, "go": true}},
			func(s settings.Settings) bool { return !s.On("markdown") && s.On("go") }, nil},
		{"null means not set", settings.Editor, map[string]any{"items": nil},
			func(s settings.Settings) bool { return s.Items == 3 }, nil},
		{"durations", settings.User, map[string]any{"wait_automatic": "250ms", "keep_alive": "soon"},
			func(s settings.Settings) bool {
				return s.WaitAutomatic == 250*time.Millisecond && s.KeepAlive == 30*time.Minute
			},
			[]string{`user setting keep_alive: "soon" is not a duration such as "30m" or "1.5s"; the setting stays as it was.`}},
		{"a choice", settings.User, map[string]any{"layout": "fancy"}, nil,
			[]string{`user setting layout: "fancy" is not one of auto, plain, healed; the setting stays as it was.`}},
		{"a megabyte of text", settings.User, map[string]any{"model": strings.Repeat("x", 1<<20)},
			func(s settings.Settings) bool { return s.Model == "" },
			[]string{"user setting model: a text of 1048576 bytes is too long (at most 2048); the setting stays as it was."}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, problems := settings.Default().With(test.from, test.values)
			var sentences []string
			for _, problem := range problems {
				sentences = append(sentences, problem.String())
			}
			if diff := cmp.Diff(test.want, sentences); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if test.check != nil && !test.check(got) {
				t.Errorf("unexpected settings: %+v", got)
			}
		})
	}
}

func TestALongKeyIsShortened(t *testing.T) {
	_, problems := settings.Default().With(settings.Repository, map[string]any{strings.Repeat("k", 1<<20): true})
	if len(problems) != 1 || len(problems[0].String()) > 200 {
		t.Errorf("a long key is not shortened: %d problems", len(problems))
	}
}
