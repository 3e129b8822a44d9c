package doctor_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/doctor"
	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/ollama"
)

// brain says how a scripted model answers: the first row whose text is in the prompt decides. The speed test is told by
// its function "describe".
type brain [][2]string

// good infills, ends half of its answers by itself, and reads 200 and writes 20 tokens a second.
var good = brain{
	{"def area(", "width|,| height⏎{prompt=20}"},
	{"def circle(", "area⏎{prompt=40}"},
	{"of names", "entry| of| names|)| {|\n|a|b|c|d|e|f|g⏎"},
	{"json.dumps", "json|\n|import| os|\n|a|b|c|d|e|f|g|h⏎"},
	{"describe", "return| \"\"⏎{prompt=400 prefill=2s eval=100ms}"},
	{"<|fim_prefix|><|fim_suffix|>", "a⏎{prompt=3}"},
}

// with is the brain with other answers before its own.
func (b brain) with(rows ...[2]string) brain { return append(brain(rows), b...) }

func (b brain) answer(request model.Request) string {
	for _, row := range b {
		if strings.Contains(request.Prompt, row[0]) {
			return row[1]
		}
	}
	return "something|else⏎{prompt=25}"
}

// server is a model with a brain and load options as config has them.
func server(b brain) *modeltest.Model {
	m := modeltest.New()
	m.Reply = b.answer
	return m
}

var config = doctor.Config{Context: 8192, Threads: 2, KeepAlive: 30 * time.Minute}

// told lists the checks as people read them. Each has one sentence, and each problem, but nothing else, a fix.
func told(t *testing.T, ctx context.Context, s doctor.Server, c doctor.Config) string {
	t.Helper()
	var out strings.Builder
	for check := range doctor.Examine(ctx, s, c) {
		if !strings.HasSuffix(check.Sentence, ".") || strings.Contains(check.Sentence, ". ") || (check.Fix != "") != (check.State == doctor.Problem) {
			t.Errorf("not one sentence, or a problem without a fix: %+v", check)
		}
		fmt.Fprintf(&out, "%s %s: %s\n", check.State, check.Name, check.Sentence)
		if check.Fix != "" {
			fmt.Fprintf(&out, "  fix: %s\n", check.Fix)
		}
	}
	return out.String()
}

const (
	reached  = "ok server: The model server answers.\nok version: Ollama 0.17.4 has what infill needs.\n"
	chosen   = "ok model: The model qwen2.5-coder:0.5b (491 MB) is the first of 1 on the server that is known to infill.\n"
	marked   = "ok markers: Its vocabulary has the markers of the family qwen-coder.\n"
	filled   = "ok fills: It fills 4 of 4 test gaps rightly.\n"
	stopped  = "ok stops: It ended 2 of 4 answers by itself; infill ends the others where their structure ends.\n"
	sure     = "ok probabilities: The server tells how sure the model is, so unsure suggestions can be held back.\n"
	quick    = "ok speed: It reads 200 and writes 20 tokens per second.\n"
	inMemory = "ok memory: It runs on the CPU, with the context of 8192 tokens that was asked for.\n"
	after    = stopped + sure + quick + inMemory
	take     = "  fix: Take a model that was trained to infill: run `ollama pull qwen2.5-coder:1.5b`, and set model to it or leave model out.\n"
)

// unasked is the skipped rest of an examination from a check on.
func unasked(from, why string) string {
	names := []string{"server", "version", "model", "markers", "fills", "stops", "probabilities", "speed", "memory"}
	var out strings.Builder
	skip := true
	for _, name := range names {
		if skip = skip && name != from; !skip {
			fmt.Fprintf(&out, "skipped %s: Not asked, because %s.\n", name, why)
		}
	}
	return out.String()
}

func TestExamine(t *testing.T) {
	// smol answers as SmolLM2-135M did: no marker is a token, and what it writes has nothing to do with the gap.
	smol := brain{{"<|fim_prefix|><|fim_suffix|>", "a⏎{prompt=22}"}, {"<fim_prefix><fim_suffix>", "a⏎{prompt=16}"},
		{"<PRE>", "a⏎{prompt=12}"}, {"<｜fim▁begin｜>", "a⏎{prompt=37}"}}
	tests := []struct {
		name   string
		brain  brain
		change func(*modeltest.Model, *doctor.Config)
		want   string
	}{
		{"all good", good, nil, reached + chosen + marked + filled + after},
		{"a configured model", good, func(m *modeltest.Model, c *doctor.Config) { c.Model = "Qwen2.5-Coder:0.5B" },
			reached + "ok model: The model Qwen2.5-Coder:0.5B is on the server (491 MB).\n" + marked + filled + after},
		{"unreachable", good, func(m *modeltest.Model, _ *doctor.Config) { m.Faults = map[string]string{"version": "unreachable"} },
			"problem server: The scripted model fails: model server unreachable.\n" +
				"  fix: Start Ollama with `ollama serve`, or set endpoint to the address where it runs.\n" +
				unasked("version", "the server does not answer")},
		{"an unknown version", good, func(m *modeltest.Model, _ *doctor.Config) { m.ServerVersion = "0.0.0" },
			"ok server: The model server answers.\nskipped version: The server's version is not known (0.0.0), as it is with a build of one's own.\n" +
				chosen + marked + filled + after},
		{"an old version", good, func(m *modeltest.Model, _ *doctor.Config) { m.ServerVersion = "v0.13.5-rc0" },
			"ok server: The model server answers.\nproblem version: Ollama v0.13.5-rc0 has the known security hole CVE-2026-7482.\n" +
				"  fix: Update Ollama to 0.17.1 or newer.\n" + chosen + marked + filled + after},
		{"a very old version", good, func(m *modeltest.Model, _ *doctor.Config) { m.ServerVersion, m.NoLogProbs = "0.12.9", true },
			"ok server: The model server answers.\nproblem version: Ollama 0.12.9 has the known security hole CVE-2026-7482 and tells no log-probabilities, " +
				"without which unsure suggestions cannot be held back.\n  fix: Update Ollama to 0.17.1 or newer.\n" + chosen + marked + filled + stopped +
				"problem probabilities: The server tells no log-probabilities, so suggestions that the model is unsure of cannot be held back.\n" +
				"  fix: Update Ollama to 0.12.11 or newer.\n" + quick + inMemory},
		{"no models", good, func(m *modeltest.Model, _ *doctor.Config) { m.Models = nil },
			reached + "problem model: The server has no models.\n  fix: Run `ollama pull qwen2.5-coder:1.5b`.\n" + unasked("markers", "there is no model to ask")},
		{"the list fails", good, func(m *modeltest.Model, _ *doctor.Config) { m.Faults = map[string]string{"list": "busy"} },
			reached + "problem model: The scripted model fails: model server busy.\n" +
				"  fix: Run `infill doctor` again when other programs are done with the server.\n" + unasked("markers", "there is no model to ask")},
		{"no known model", good, func(m *modeltest.Model, _ *doctor.Config) { m.Models[0].Name = "llama3:8b" },
			reached + "problem model: None of the 1 models on the server is known to infill.\n" +
				"  fix: Run `ollama pull qwen2.5-coder:1.5b`, or set model to one that can.\n" + unasked("markers", "there is no model to ask")},
		{"another model", good, func(m *modeltest.Model, c *doctor.Config) { c.Model = "codegemma:2b" },
			reached + "problem model: The server has no model codegemma:2b.\n" +
				"  fix: Run `ollama pull codegemma:2b`, or set model to one of `ollama list`.\n" + unasked("markers", "there is no model to ask")},
		{"not trained to infill", smol, func(m *modeltest.Model, c *doctor.Config) { m.Models[0].Name, c.Model = "smollm2:135m", "smollm2:135m" },
			reached + "ok model: The model smollm2:135m is on the server (491 MB).\n" +
				"problem markers: The model smollm2:135m cannot infill: its vocabulary lacks the markers of every known family.\n" + take +
				unasked("fills", "the model cannot infill")},
		{"named like one that can", smol, nil,
			reached + chosen + "problem markers: The model qwen2.5-coder:0.5b cannot infill: " +
				"its vocabulary lacks the markers of qwen-coder, which cost 22 tokens instead of 3.\n" + take + unasked("fills", "the model cannot infill")},
		{"markers without training", good.with([2]string{"def circle(", "the| radius⏎"}, [2]string{"of names", "names⏎"}, [2]string{"json.dumps", "jsonschema⏎"}), nil,
			reached + chosen + marked + "problem fills: The model qwen2.5-coder:0.5b cannot infill: it has the markers of qwen-coder but fills only 1 of 4 test gaps rightly.\n" +
				take + unasked("stops", "the model cannot infill")},
		{"doubtful", good.with([2]string{"def circle(", "the| radius⏎"}, [2]string{"json.dumps", "os⏎"}), nil,
			reached + chosen + marked + "problem fills: It fills only 2 of 4 test gaps rightly, so it is doubtful whether it can infill; it missed: left side, import.\n" +
				"  fix: Try another model, such as qwen2.5-coder:1.5b, or set family if the model is of another one.\n" +
				"ok stops: It ended 3 of 4 answers by itself; infill ends the others where their structure ends.\n" + sure + quick + inMemory},
		{"good enough", good.with([2]string{"def circle(", "the| radius⏎"}), nil,
			reached + chosen + marked + "ok fills: It fills 3 of 4 test gaps rightly, which is enough; it missed: left side.\n" + after},
		{"never stops", good.with([2]string{"def area(", " width, height| a| b| c| d| e| f| g| h| i| j| k| l| m⏎"}, [2]string{"def circle(", "area| a| b| c| d| e| f| g| h| i| j| k| l| m⏎"}), nil,
			reached + chosen + marked + filled +
				"ok stops: It ended 0 of 4 answers by itself; infill ends the others where their structure ends.\n" + sure + quick + inMemory},
		{"a token at the beginning of each text", good.with([2]string{"<|fim_prefix|><|fim_suffix|>", "a⏎{prompt=4}"}), nil,
			reached + chosen + marked + filled + after},
		{"an unknown name", good.with([2]string{"<|endoftext|>", "a⏎{prompt=9}"}, [2]string{"<|file_separator|>", "a⏎{prompt=19}"}),
			func(m *modeltest.Model, c *doctor.Config) {
				m.Models[0].Name, m.InMemory[0].Name, c.Model = "mine:7b", "mine:7b", "mine:7b"
			},
			reached + "ok model: The model mine:7b is on the server (491 MB).\n" +
				"problem markers: The family of mine:7b is not known by its name, but its vocabulary has the markers of qwen-coder.\n" +
				"  fix: Set family to qwen-coder, if the test gaps below are filled.\n" + filled + after},
		{"the wrong family", good.with([2]string{"<|file_separator|>", "a⏎{prompt=19}"}), func(_ *modeltest.Model, c *doctor.Config) { c.Family = "starcoder2" },
			reached + chosen + "problem markers: Its vocabulary lacks the markers of the family starcoder2 but has those of qwen-coder.\n" +
				"  fix: Set family to qwen-coder, if the test gaps below are filled.\n" + filled + after},
		{"no such family", good, func(_ *modeltest.Model, c *doctor.Config) { c.Family = "gpt" },
			reached + "problem model: There is no prompt format named gpt.\n" +
				"  fix: Set family to one of codegemma, qwen-coder, starcoder2, deepseek-coder, codellama, or leave it out.\n" + unasked("markers", "there is no model to ask")},
		{"a format of the user's", good.with([2]string{"<a><b><c>", "a⏎{prompt=3}"}), func(_ *modeltest.Model, c *doctor.Config) {
			c.Family, c.Formats = "own", map[string]map[string]any{"own": {"prefix": "<a>", "suffix": "<b>", "middle": "<c>"}}
		}, reached + chosen + "ok markers: Its vocabulary has the markers of the family own.\n" + filled + after},
		{"a wrong format of the user's", good, func(_ *modeltest.Model, c *doctor.Config) {
			c.Family, c.Formats = "own", map[string]map[string]any{"own": {"prefix": "<a>"}}
		}, reached + "problem model: The prompt format in your configuration is wrong: format own: the suffix marker is empty.\n" +
			"  fix: Correct formats in your configuration.\n" + unasked("markers", "there is no model to ask")},
		{"the model does not load", brain{{"", "!error=llama runner process has terminated"}}, nil,
			reached + chosen + "problem markers: The scripted model says: llama runner process has terminated.\n" +
				"  fix: Ollama's log tells more; a smaller model or a smaller context_tokens may help.\n" + unasked("fills", "the model does not answer")},
		{"it breaks in the middle", good.with([2]string{"of names", "en|try!cut|!cut"}), nil,
			reached + chosen + marked + "problem fills: The scripted model fails: malformed answer from the model server.\n" +
				"  fix: Set endpoint to the address of an Ollama server; if it is one, its log tells more.\n" + unasked("stops", "the model does not answer")},
		{"no durations", good.with([2]string{"describe", "a⏎"}), nil,
			reached + chosen + marked + filled + stopped + sure + "skipped speed: The server does not tell how long reading and writing took.\n" + inMemory},
		{"a part from the cache", good.with([2]string{"describe", "a|b⏎{prompt=400 cached=399 prefill=500ms eval=100ms}"}), nil,
			reached + chosen + marked + filled + stopped + sure + "ok speed: It reads 2.0 and writes 20 tokens per second.\n" + inMemory},
		{"on the GPU", good, func(m *modeltest.Model, _ *doctor.Config) {
			m.InMemory[0].GPUBytes, m.InMemory[0].ContextLength = m.InMemory[0].Bytes, 0
		}, reached + chosen + marked + filled + stopped + sure + quick + "ok memory: It runs on the GPU.\n"},
		{"half on the GPU", good, func(m *modeltest.Model, _ *doctor.Config) { m.InMemory[0].GPUBytes = m.InMemory[0].Bytes / 2 },
			reached + chosen + marked + filled + stopped + sure + quick +
				"ok memory: It runs on the GPU with 50 % of its 442 MB, and on the CPU with the rest, with the context of 8192 tokens that was asked for.\n"},
		{"another context", good, func(m *modeltest.Model, _ *doctor.Config) { m.InMemory[0].ContextLength = 4096 },
			reached + chosen + marked + filled + stopped + sure + quick +
				"problem memory: The server has loaded the model with a context of 4096 tokens, not with the 8192 that were asked for.\n" +
				"  fix: Set context_tokens to 4096, or end other programs that use the model with another context.\n"},
		{"not kept in memory", good, func(m *modeltest.Model, _ *doctor.Config) { m.InMemory = nil },
			reached + chosen + marked + filled + stopped + sure + quick +
				"problem memory: The server has dropped the model right after an answer, so that each completion must load it again.\n" +
				"  fix: Set keep_alive, for example to 30m, and see that OLLAMA_KEEP_ALIVE is not 0.\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, c := server(test.brain), config
			if test.change != nil {
				test.change(m, &c)
			}
			if diff := cmp.Diff(test.want, told(t, t.Context(), m, c)); diff != "" {
				t.Error("(-want +got):", diff)
			}
			for _, request := range m.Requests() {
				if request.Context != c.Context || request.Threads != c.Threads || request.KeepAlive != c.KeepAlive || !request.LogProbs || request.MaxTokens < 1 || len(request.Stop) == 0 {
					t.Errorf("a request differs from those of completions: %+v", request)
				}
			}
		})
	}
}

// Over HTTP the same is told, with the address.
func TestOverHTTP(t *testing.T) {
	s := modeltest.NewServer(server(good))
	defer s.Close()
	client := dial(t, s.URL)
	c := config
	c.Address = client.Address()
	want := strings.Replace(reached, "The model server", "Ollama at "+s.URL, 1) + chosen + marked + filled + after
	if diff := cmp.Diff(want, told(t, t.Context(), client, c)); diff != "" {
		t.Error("(-want +got):", diff)
	}
	s.Close()
	want = "problem server: Ollama at " + s.URL + " does not answer.\n  fix: Start it with `ollama serve`.\n" + unasked("version", "the server does not answer")
	if diff := cmp.Diff(want, told(t, t.Context(), client, c)); diff != "" {
		t.Error("a server that is gone (-want +got):", diff)
	}
}

func dial(t *testing.T, url string) *ollama.Client {
	t.Helper()
	client, err := ollama.New(ollama.Config{Endpoint: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// The text of the speed test differs from one examination to the next, or the server's cache would answer; the other prompts
// do not, and there are few tokens in all.
func TestRequests(t *testing.T) {
	c := config
	clock := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { clock = clock.Add(7 * time.Millisecond); return clock }
	m := server(good)
	first := told(t, t.Context(), m, c)
	half := len(m.Requests())
	if second := told(t, t.Context(), m, c); first != second {
		t.Errorf("the second time it says\n%s", second)
	}
	requests := m.Requests()
	if half != 6 || len(requests) != 12 {
		t.Fatalf("%d and then %d requests, want 6 each time", half, len(requests)-half)
	}
	tokens := 0
	for i, request := range requests[:half] {
		tokens += request.MaxTokens
		if same, speed := request.Prompt == requests[half+i].Prompt, strings.Contains(request.Prompt, "describe"); same == speed {
			t.Errorf("request %d: the same prompt again is %v", i, same)
		}
	}
	if tokens > 100 {
		t.Errorf("up to %d tokens are generated; an examination should take seconds", tokens)
	}
	for check := range doctor.Examine(t.Context(), m, c) {
		if check.Took <= 0 {
			t.Errorf("%s took %s", check.Name, check.Took)
		}
	}
}

// An examination that is ended says so in each check that is left, and makes no problem of it.
func TestEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := server(good)
	m.Reply = func(request model.Request) string {
		if strings.Contains(request.Prompt, "def circle(") {
			cancel()
		}
		return good.answer(request)
	}
	want := reached + chosen + marked + "skipped fills: Not finished, because the examination was ended.\n" + unasked("stops", "the examination was ended")
	if diff := cmp.Diff(want, told(t, ctx, m, config)); diff != "" {
		t.Error("(-want +got):", diff)
	}
	count := 0
	for range doctor.Examine(t.Context(), m, config) {
		if count++; count == 2 {
			break
		}
	}
	if count != 2 {
		t.Error("leaving the loop does not end the examination")
	}
}

// A tiny context leaves the prompts short.
func TestTinyContext(t *testing.T) {
	c := config
	c.Context = 256
	m := server(good)
	m.InMemory[0].ContextLength = 256
	told(t, t.Context(), m, c)
	for _, request := range m.Requests() {
		if len(request.Prompt) > 4*(256-request.MaxTokens) {
			t.Errorf("a prompt of %d bytes for a context of 256 tokens", len(request.Prompt))
		}
	}
}

// rig is a real server, or a skipped test.
func rig(t *testing.T) (*ollama.Client, string) {
	t.Helper()
	endpoint, name := os.Getenv("INFILL_TEST_OLLAMA"), os.Getenv("INFILL_TEST_MODEL")
	if endpoint == "" || name == "" {
		t.Skip("Set INFILL_TEST_OLLAMA and INFILL_TEST_MODEL to a real server and a Qwen2.5-Coder on it to run this test.")
	}
	return dial(t, endpoint), name
}

func TestRealModelIsFit(t *testing.T) {
	client, name := rig(t)
	c := doctor.Config{Address: client.Address(), Model: name, Context: 2048, Threads: 1, KeepAlive: 30 * time.Minute, Now: time.Now}
	for check := range doctor.Examine(t.Context(), client, c) {
		t.Logf("%s %s: %s (%s)", check.State, check.Name, check.Sentence, check.Took.Round(time.Millisecond))
		if check.State == doctor.Problem || check.State == doctor.Skipped && check.Name != "version" {
			t.Errorf("%+v", check)
		}
	}
}

func TestRealChatModelIsUnfit(t *testing.T) {
	client, _ := rig(t)
	const name = "smollm2:135m"
	if _, err := client.Show(t.Context(), name); err != nil {
		t.Skipf("The server has no %s, the model that cannot infill: %v", name, err)
	}
	c := doctor.Config{Model: name, Context: 2048, Threads: 1, KeepAlive: time.Minute, Now: time.Now}
	unfit := false
	for check := range doctor.Examine(t.Context(), client, c) {
		t.Logf("%s %s: %s (%s)", check.State, check.Name, check.Sentence, check.Took.Round(time.Millisecond))
		unfit = unfit || check.State == doctor.Problem && strings.Contains(check.Sentence, "cannot infill")
	}
	if !unfit {
		t.Errorf("%s is not found unfit", name)
	}
	c.Family = "qwen-coder" // set by a user who believes that it can
	for check := range doctor.Examine(t.Context(), client, c) {
		if check.Name == "markers" && (check.State != doctor.Problem || !strings.Contains(check.Sentence, "22 tokens")) {
			t.Errorf("%+v", check)
		}
	}
}
