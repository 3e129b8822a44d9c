package model_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/infill-dev/infill/completion/model"
)

func TestError(t *testing.T) {
	const sentence = "Ollama at http://127.0.0.1:11434 broke off."
	tests := []struct {
		name     string
		err      error
		text     string
		sentence string
		is       []error
		isNot    []error
	}{
		{"with a cause", &model.Error{Kind: model.ErrMalformed, Sentence: sentence, Cause: io.ErrUnexpectedEOF},
			sentence + " (unexpected EOF)", sentence, []error{model.ErrMalformed, io.ErrUnexpectedEOF}, []error{model.ErrBusy, io.EOF}},
		{"without a cause", &model.Error{Kind: model.ErrBusy, Sentence: sentence},
			sentence, sentence, []error{model.ErrBusy}, []error{model.ErrMalformed, io.ErrUnexpectedEOF}},
		{"in a chain", fmt.Errorf("complete main.go: %w", &model.Error{Kind: model.ErrNoModel, Sentence: sentence}),
			"complete main.go: " + sentence, sentence, []error{model.ErrNoModel}, []error{model.ErrUnreachable}},
		{"another error", io.EOF, "EOF", "EOF", []error{io.EOF}, []error{model.ErrMalformed}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.text {
				t.Errorf("Error() = %q, want %q", got, test.text)
			}
			if got := model.Sentence(test.err); got != test.sentence {
				t.Errorf("Sentence = %q, want %q", got, test.sentence)
			}
			for _, kind := range test.is {
				if !errors.Is(test.err, kind) {
					t.Errorf("it is not %q", kind)
				}
			}
			for _, kind := range test.isNot {
				if errors.Is(test.err, kind) {
					t.Errorf("it is %q", kind)
				}
			}
		})
	}
	if got := model.Sentence(nil); got != "" {
		t.Errorf("no error has the sentence %q", got)
	}
}

func TestSameName(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"codegemma", "codegemma:latest", true},
		{"qwen2.5-coder:0.5b", "Qwen2.5-Coder:0.5B", true},
		{"registry.ollama.ai/library/q05:latest", "q05", true},
		{"library/q05", "q05", true},
		{"me/codegemma", "me/codegemma:latest", true},
		{"me/codegemma", "codegemma", false},
		{"localhost:5000/me/codegemma", "localhost:5000/me/codegemma:latest", true},
		{"codegemma:2b", "codegemma", false},
		{"", "latest", false},
	}
	for _, test := range tests {
		if got := model.SameName(test.a, test.b); got != test.want {
			t.Errorf("SameName(%q, %q) = %v", test.a, test.b, got)
		}
		if got := model.SameName(test.b, test.a); got != test.want {
			t.Errorf("SameName(%q, %q) = %v", test.b, test.a, got)
		}
	}
}
