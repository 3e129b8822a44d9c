package ollama_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/ollama"
)

// rig is a real server, or a skipped test.
func rig(t *testing.T) (*ollama.Client, string) {
	t.Helper()
	endpoint, name := os.Getenv("INFILL_TEST_OLLAMA"), os.Getenv("INFILL_TEST_MODEL")
	if endpoint == "" || name == "" {
		t.Skip("Set INFILL_TEST_OLLAMA and INFILL_TEST_MODEL to a real server and a Qwen2.5-Coder on it to run this test.")
	}
	return dial(t, endpoint), name
}

// fill is a request in the format of Qwen2.5-Coder, with load options that are the same in all tests.
func fill(name, prefix, suffix string) model.Request {
	return model.Request{
		Model: name, Prompt: "<|fim_prefix|>" + prefix + "<|fim_suffix|>" + suffix + "<|fim_middle|>", MaxTokens: 12,
		Stop:     []string{"<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|im_start|>", "<|im_end|>"},
		LogProbs: true, Context: 2048, Threads: 1, KeepAlive: 30 * time.Minute,
	}
}

func TestRealCatalog(t *testing.T) {
	client, name := rig(t)
	version, err := client.Version(t.Context())
	if err != nil || version == "" {
		t.Errorf("version %q, %v", version, err)
	}
	list, err := client.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, info := range list {
		if model.SameName(info.Name, name) {
			found = info.Digest != "" && info.Bytes > 1<<20 && info.Architecture == "qwen2"
		}
	}
	if !found {
		t.Errorf("%s is not told of in %v", name, list)
	}
	info, err := client.Show(t.Context(), name)
	if err != nil || info.Architecture != "qwen2" || info.ContextLength != 32768 {
		t.Errorf("show %+v, %v", info, err)
	}
	if _, err := client.Show(t.Context(), "nope"); !errors.Is(err, model.ErrNoModel) {
		t.Errorf("show of a missing model: %v", err)
	}
}

func TestRealGeneration(t *testing.T) {
	client, name := rig(t)
	r := fill(name, "def area(width, height):\n    return ", " * height\n\n")
	if err := client.Load(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	loaded, err := client.Loaded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loaded {
		if model.SameName(l.Name, name) && l.ContextLength != r.Context {
			t.Errorf("loaded %+v, want a context of %d", l, r.Context)
		}
	}
	got := generate(t.Context(), client, r)
	if got.err != nil {
		t.Fatal(got.err)
	}
	t.Logf("%q %+v", got.text, got.final)
	if !strings.HasPrefix(got.text, "width") {
		t.Errorf("text %q, want width…", got.text)
	}
	var told strings.Builder
	for _, token := range got.tokens {
		told.WriteString(token.Text)
		if token.LogProb > 0 || token.LogProb < -50 {
			t.Errorf("token %+v", token)
		}
	}
	if !strings.HasPrefix(told.String(), got.text) {
		t.Errorf("the tokens say %q, the text is %q", told.String(), got.text)
	}
	if got.final.PromptTokens < 10 || got.final.GeneratedTokens < 1 || got.final.GeneratedTokens > r.MaxTokens || got.final.PromptEval <= 0 || got.final.Reason == "" {
		t.Errorf("stats %+v", *got.final)
	}
	again := generate(t.Context(), client, r)
	if again.text != got.text {
		t.Errorf("the same request gives %q and then %q", got.text, again.text)
	}
}

func TestRealStopList(t *testing.T) {
	client, name := rig(t)
	r := fill(name, "def area(width, height):\n    return width ", " height\n\nprint(area(3, 4))\n")
	r.Stop = append([]string{"*"}, r.Stop...)
	got := generate(t.Context(), client, r)
	if got.err != nil || strings.Contains(got.text, "*") {
		t.Errorf("text %q, %v", got.text, got.err)
	}
}

func TestRealFailures(t *testing.T) {
	client, name := rig(t)
	long := fill(name, strings.Repeat("x = 1\n", 2000), "\n")
	if got := generate(t.Context(), client, long); !errors.Is(got.err, model.ErrTooLong) {
		t.Errorf("a prompt that is too long: %v", got.err)
	}
	if got := generate(t.Context(), client, fill("nope:1b", "a", "b")); !errors.Is(got.err, model.ErrNoModel) {
		t.Errorf("a missing model: %v", got.err)
	} else if want := "Ollama at " + client.Address() + " has no model nope:1b. Run `ollama pull nope:1b`."; model.Sentence(got.err) != want {
		t.Errorf("sentence %q", model.Sentence(got.err))
	}
}

// A cancelled generation leaves the server free for the next request within some tokens.
func TestRealCancel(t *testing.T) {
	client, name := rig(t)
	r := fill(name, "numbers = [1, 2, 3, 4, 5, ", "")
	r.MaxTokens = 1000
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	count := 0
	var last error
	for _, err := range client.Generate(ctx, r) {
		if last = err; err != nil {
			continue
		}
		if count++; count == 3 {
			cancel()
		}
	}
	if last != context.Canceled || count > 6 {
		t.Errorf("%d chunks, error %v", count, last)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	if got := generate(ctx, client, fill(name, "def area(width, height):\n    return wid", " * height\n\n")); got.err != nil {
		t.Errorf("the request behind it: %v", got.err)
	}
}
