package fim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFormatFor(t *testing.T) {
	tests := map[string]string{
		"codegemma": "codegemma", "codegemma:2b": "codegemma", "codegemma:7b-code": "codegemma", "codegemma:2b-code-v1.1-q4_K_M": "codegemma",
		"codegemma:7b-instruct-v1.1-fp16": "codegemma", "codegemma:latest": "codegemma", "library/codegemma:code": "codegemma",
		"hf.co/google/codegemma-7b-GGUF:Q4_K_M": "codegemma", "hf.co/lmstudio-community/codegemma-1.1-2b-GGUF": "codegemma",
		"qwen2.5-coder": "qwen-coder", "qwen2.5-coder:0.5b": "qwen-coder", "qwen2.5-coder:1.5b-base": "qwen-coder", "qwen2.5-coder:3b-instruct-q8_0": "qwen-coder",
		"qwen2.5-coder:7b-base-q4_K_M": "qwen-coder", "qwen2.5-coder:14b": "qwen-coder", "qwen2.5-coder:32b-instruct-q4_K_S": "qwen-coder",
		"hf.co/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M": "qwen-coder", "hf.co/bartowski/Qwen2.5-Coder-14B-GGUF:IQ4_XS": "qwen-coder",
		"registry.example.org/team/qwen2.5-coder:7b": "qwen-coder", "krith/qwen2.5-coder-7b-instruct:IQ3_M": "qwen-coder", "hhao/qwen2.5-coder-tools:7b": "qwen-coder",
		"qwen3-coder": "qwen-coder", "qwen3-coder:30b": "qwen-coder", "qwen3-coder:30b-a3b-q4_K_M": "qwen-coder", "qwen3-coder:480b-cloud": "qwen-coder",
		"hf.co/unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:UD-Q4_K_XL": "qwen-coder", "qwen3-coder-next": "qwen-coder",
		"starcoder2": "starcoder2", "starcoder2:3b": "starcoder2", "starcoder2:7b-q4_0": "starcoder2", "starcoder2:15b-instruct-v0.1-q4_K_M": "starcoder2",
		"hf.co/second-state/StarCoder2-3B-GGUF": "starcoder2",
		"deepseek-coder":                        "deepseek-coder", "deepseek-coder:1.3b": "deepseek-coder", "deepseek-coder:6.7b-base": "deepseek-coder", "deepseek-coder:6.7b-base-q4_K_M": "deepseek-coder",
		"deepseek-coder:33b-instruct-q5_K_M": "deepseek-coder", "deepseek-coder-v2": "deepseek-coder", "deepseek-coder-v2:16b-lite-base-q4_0": "deepseek-coder",
		"deepseek-coder-v2:lite": "deepseek-coder", "deepseek-coder-v2:236b": "", "lucasmg/deepseek-coder:1.3b": "deepseek-coder",
		"codellama": "codellama", "codellama:7b": "codellama", "codellama:7b-code": "codellama", "codellama:13b-code-q4_K_M": "codellama", "codellama:7b-instruct": "codellama",
		"codellama:34b": "", "codellama:34b-code": "", "codellama:70b-code-q4_0": "", "codellama:7b-python": "", "codellama:13b-python-q5_K_S": "",
		"hf.co/TheBloke/CodeLlama-7B-GGUF": "codellama", "hf.co/TheBloke/CodeLlama-7B-Python-GGUF": "",
		"qwen2.5": "", "qwen2.5:7b-instruct": "", "qwen3:8b": "", "qwen3.5:9b": "", "codeqwen": "", "codeqwen:7b-code": "", "starcoder": "", "starcoder:1b-base": "",
		"deepseek-r1:7b": "", "deepseek-llm:7b": "", "deepseek-v3": "", "deepseek-v3.1:671b": "", "llama3.2:1b": "", "llama3.1:8b-instruct-q4_0": "", "gemma2:2b": "",
		"gemma3:4b-it-qat": "", "gemma:2b": "", "mistral:7b": "", "mistral-nemo": "", "phi3:mini": "", "phi4": "", "smollm2:135m": "", "tinyllama": "",
		"wizardcoder:7b-python": "", "magicoder": "", "nomic-embed-text:latest": "", "gpt-oss:20b": "", "dolphincoder:7b": "", "": "",
	}
	if len(tests) < 60 {
		t.Errorf("only %d names", len(tests))
	}
	for tag, want := range tests {
		format, ok := FormatFor(tag)
		if format.Name != want || ok != (want != "") {
			t.Errorf("FormatFor(%q) = %q, %v; want %q", tag, format.Name, ok, want)
		}
	}
}

func TestEveryFormatIsValid(t *testing.T) {
	for _, format := range Formats() {
		if err := format.Validate(); err != nil {
			t.Error(err)
		}
		for _, marker := range format.Markers() {
			if !slices.Contains(format.Stops, strings.TrimSpace(marker)) {
				t.Errorf("%s: %q is no stop", format.Name, marker)
			}
		}
		if named, ok := FormatNamed(format.Name); !ok || named.Name != format.Name {
			t.Errorf("%s is not found by its name", format.Name)
		}
	}
}

func TestCustom(t *testing.T) {
	format, err := Custom("mine", map[string]any{"prefix": "<P>", "suffix": "<S>", "middle": "<M>", "suffix_first": true, "stops": []any{"<E>"}})
	if err != nil || !format.SuffixFirst || format.Stops[0] != "<E>" {
		t.Errorf("%+v, %v", format, err)
	}
	if got := Build(Request{Format: format, Prefix: "a", Suffix: "b", Budget: 100}).Text; got != "<S>b<P>a<M>" {
		t.Errorf("prompt %q", got)
	}
	wrong := []map[string]any{
		{"prefix": "<P>", "suffix": "<S>"},
		{"prefix": "<P>", "suffix": "<P>", "middle": "<M>"},
		{"prefix": 1, "suffix": "<S>", "middle": "<M>"},
		{"prefix": "<P>", "suffix": "<S>", "middle": "<M>", "snippet": "%d"},
		{"prefix": "<P>", "suffix": "<S>", "middle": "<M>", "what": "x"},
		{"prefix": "<P>", "suffix": "<S>", "middle": "<M>", "stops": []any{1}},
	}
	for _, fields := range wrong {
		if _, err := Custom("mine", fields); err == nil {
			t.Errorf("%v was taken", fields)
		}
	}
}

// TestLayouts shows each family's prompt for the same place, in both layouts.
func TestLayouts(t *testing.T) {
	want := map[string]string{
		"codegemma":         "geo/area.go\nfunc Area()\n<|file_separator|>main.go\n<|fim_prefix|>a\n\tx := geo.<|fim_suffix|>\nb\n<|fim_middle|>",
		"qwen-coder":        "<|repo_name|>demo\n<|file_sep|>geo/area.go\nfunc Area()\n<|file_sep|>main.go\n<|fim_prefix|>a\n\tx := geo.<|fim_suffix|>\nb\n<|fim_middle|>",
		"qwen-coder healed": "<|repo_name|>demo\n<|file_sep|>geo/area.go\nfunc Area()\n<|file_sep|>main.go\n<|fim_prefix|>a\n<|fim_suffix|>\nb\n<|fim_middle|>\tx := geo",
		"starcoder2":        "<repo_name>demo<file_sep>geo/area.go\nfunc Area()\n<file_sep><fim_prefix>main.go\na\n\tx := geo.<fim_suffix>\nb\n<fim_middle>",
		"deepseek-coder":    "#geo/area.go\nfunc Area()\n#main.go\n<｜fim▁begin｜>a\n\tx := geo.<｜fim▁hole｜>\nb\n<｜fim▁end｜>",
		"codellama":         "<PRE> // geo/area.go:\n// func Area()\na\n\tx := geo. <SUF>\nb\n <MID>",
	}
	for _, format := range Formats() {
		for _, layout := range []Layout{Plain, Healed} {
			name := format.Name
			if layout == Healed && format.Healed {
				name += " healed"
			}
			prompt := Build(Request{Format: format, Layout: layout, Repository: "demo", Path: "main.go",
				Snippets: []Snippet{{"geo/area.go", "func Area()\n\n"}}, Prefix: "a\n\tx := geo.", Suffix: "\nb\n", Budget: 500})
			if diff := cmp.Diff(want[name], prompt.Text); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestSections(t *testing.T) {
	qwen, _ := FormatNamed("qwen-coder")
	prompt := Build(Request{Format: qwen, Repository: "demo", Path: "main.go", Budget: 120,
		Snippets: []Snippet{{"worse.go", strings.Repeat("worse\n", 60)}, {"best.go", "best\n"}},
		Prefix:   strings.Repeat("line of the prefix\n", 100) + "x", Suffix: strings.Repeat("line of the suffix\n", 100)})
	var got []string
	for _, section := range prompt.Sections {
		got = append(got, fmt.Sprintf("%s %s cut:%v", section.Name, section.Path, section.Cut > 0))
	}
	want := []string{"repository  cut:false", "snippet worse.go cut:true", "snippet best.go cut:false", "file header main.go cut:false",
		"prefix main.go cut:true", "suffix main.go cut:true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if prompt.Tokens > 120 || prompt.Tokens < 80 {
		t.Errorf("%d tokens of 120", prompt.Tokens)
	}
}

func TestTypingLeavesTheHealedPromptAlone(t *testing.T) {
	qwen, _ := FormatNamed("qwen-coder")
	before := strings.Repeat("\tvalue := compute(value)\n", 300)
	after := strings.Repeat("\n\treturn value", 200)
	var previous string
	for _, typed := range []string{"\tr", "\tre", "\tresult", "\tresult := c", "\tresult := compute"} {
		prompt := Build(Request{Format: qwen, Layout: Healed, Path: "a.go", Prefix: before + typed, Suffix: after, Budget: 600})
		head, _, _ := strings.Cut(prompt.Text, qwen.Middle)
		if previous != "" && head != previous {
			t.Fatalf("typing %q changed the prompt before the middle marker", typed)
		}
		previous = head
	}
}

func TestStrip(t *testing.T) {
	tests := []struct {
		line, answer, text string
		state              Stripped
	}{
		{"x := geo.", ".Area()", "Area()", Matched},
		{"x := geo.", "Area()", "", Mismatch},
		{"x := geo.", "", "", Pending},
		{"x := ", " := y", "y", Matched},
		{"x := ", ":= y", "y", Matched},
		{"x := ", " :", "", Pending},
		{"return ", " x", "x", Matched},
		{"return ", "x", "", Mismatch},
		{"return ", " ", "", Pending},
		{"return ", "(x)", "(x)", Matched},
		{"f(", "(a, b)", "a, b)", Matched},
		{"f(", "( a)", " a)", Matched},
		{`f("`, `("x")`, `x")`, Matched},
		{"word", "s", "s", Matched},
		{"\t", "\tx", "x", Matched},
		{"\t", "x", "x", Matched},
	}
	qwen, _ := FormatNamed("qwen-coder")
	for _, test := range tests {
		prompt := Build(Request{Format: qwen, Layout: Healed, Path: "a.go", Prefix: "a\n" + test.line, Suffix: "\n", Budget: 300})
		if text, state := prompt.Strip(test.answer); text != test.text || state != test.state {
			t.Errorf("line %q, answer %q: %q %v, want %q %v", test.line, test.answer, text, state, test.text, test.state)
		}
	}
}

func TestSpecialTokensInUserText(t *testing.T) {
	for _, text := range []string{"<|fim_middle|>", "<fim_prefix>", "<｜fim▁hole｜>", "<PRE> <EOT>", "[SUFFIX]", "<eos>", "<start_of_turn>", "<|im_end|>", "<[fim-middle]>",
		"<\u200b|fim_middle|>", "<\u200b\u200b|fim_middle|>"} {
		clean := neutralise(text, nil)
		if clean == text || specialsPlain(clean) {
			t.Errorf("%q became %q", text, clean)
		}
		if back := (Format{}).Restore(clean); back != text {
			t.Errorf("%q came back as %q", text, back)
		}
	}
	for _, text := range []string{"a < b && c > d", "x[i]", "<div>", "a <| b |> c", "vec![1]", "List<String>", "[PREFIX", "<-ch"} {
		if clean := neutralise(text, nil); clean != text {
			t.Errorf("harmless %q became %q", text, clean)
		}
	}
}

// specialsPlain tells whether text holds a special token as it is.
func specialsPlain(text string) bool {
	for _, match := range specials.FindAllStringSubmatch(text, -1) {
		if match[2] == "" {
			return true
		}
	}
	return false
}

// recorded holds texts of about the same size with Qwen2.5-Coder's own token counts.
var recorded = []struct {
	text   string
	tokens int
}{
	{"func main() {\n\tfmt.Println(\"hello, world\")\n}\n", 14},
	{"    return [x for x in items if x.value > threshold]\n", 13},
}

func TestEstimateIsNearTheCount(t *testing.T) {
	for _, r := range recorded {
		if got := EstimateTokens(r.text); float64(got) < 0.9*float64(r.tokens) || float64(got) > 1.6*float64(r.tokens) {
			t.Errorf("%q: estimated %d, counted %d", r.text, got, r.tokens)
		}
	}
}

func FuzzBuild(f *testing.F) {
	f.Add("a\n\tx := geo.", "\nb", "<|fim_middle|>", "p.go", 200, uint8(1), true)
	f.Add("<|fim_prefix|>", "<｜fim▁end｜>", "<PRE>", "a\nb", 5, uint8(4), false)
	f.Add(strings.Repeat("x\n", 300), strings.Repeat("世界\n", 300), "", "", 100, uint8(0), true)
	f.Fuzz(func(t *testing.T, prefix, suffix, snippet, path string, budget int, family uint8, healed bool) {
		if !utf8.ValidString(prefix) || !utf8.ValidString(suffix) || !utf8.ValidString(snippet) || !utf8.ValidString(path) || len(prefix)+len(suffix)+len(snippet) > 20_000 {
			t.Skip()
		}
		format := formats[int(family)%len(formats)]
		request := Request{Format: format, Path: path, Repository: "r", Prefix: prefix, Suffix: suffix, Budget: budget % 3000,
			Snippets: []Snippet{{path, snippet}, {"other", snippet}}}
		if healed {
			request.Layout = Healed
		}
		prompt := Build(request)
		if again := Build(request); again.Text != prompt.Text {
			t.Fatal("equal state gave different bytes")
		}
		checkMarkers(t, format, prompt.Text)
		if !utf8.ValidString(prompt.Text) {
			t.Fatal("a character was cut")
		}
		empty := request
		empty.Prefix, empty.Suffix, empty.Snippets = "", "", nil
		line := prefix[strings.LastIndexAny(prefix, "\r\n")+1:]
		if least := Build(empty).Tokens + EstimateTokens(neutralise(line, format.controls())); prompt.Tokens > max(request.Budget, least) {
			t.Fatalf("%d tokens for a budget of %d and a minimum of %d", prompt.Tokens, request.Budget, least)
		}
		checkNeighbours(t, format, request, prompt)
		if back := format.Restore(neutralise(prefix, format.controls())); back != prefix {
			t.Fatalf("%q came back as %q", prefix, back)
		}
	})
}

// checkMarkers sees to it that each marker stands in the prompt once and in order.
func checkMarkers(t *testing.T, format Format, text string) {
	t.Helper()
	at := -1
	for _, marker := range format.Markers() {
		marker = strings.TrimSpace(marker)
		if n := strings.Count(text, marker); n != 1 {
			t.Fatalf("%q stands %d times in %q", marker, n, text)
		}
		if found := strings.Index(text, marker); found < at {
			t.Fatalf("%q is out of order in %q", marker, text)
		} else {
			at = found
		}
	}
}

// checkNeighbours sees to it that what is kept of prefix and suffix touches the cursor.
func checkNeighbours(t *testing.T, format Format, request Request, prompt Prompt) {
	t.Helper()
	if request.Layout == Healed && format.Healed {
		_, typed, _ := strings.Cut(prompt.Text, format.Middle)
		if got := format.Restore(typed) + prompt.Healed; !strings.HasSuffix(request.Prefix, got) {
			t.Fatalf("behind the middle marker and healed: %q, typed %q", got, request.Prefix)
		}
	}
	_, behind, _ := strings.Cut(prompt.Text, format.Suffix)
	behind, _, _ = strings.Cut(behind, format.Middle)
	if got := format.Restore(behind); !strings.HasPrefix(request.Suffix, got) {
		t.Fatalf("suffix %q became %q", request.Suffix, got)
	}
}
