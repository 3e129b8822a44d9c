package fim

import (
	"slices"
	"strings"
)

// formats is the table of families. A new family is a new row and a few lines in the test of names; see
// CONTRIBUTING in the README.
//
// Sources: each family's model card and paper, compared with open clients; CodeGemma arXiv 2406.11409, Qwen2.5-Coder
// arXiv 2409.12186, StarCoder 2 arXiv 2402.19173 (5.1), DeepSeek-Coder arXiv 2401.14196, CodeLlama arXiv 2308.12950.
var formats = []Format{
	{
		Name:   "codegemma",
		Prefix: "<|fim_prefix|>", Suffix: "<|fim_suffix|>", Middle: "<|fim_middle|>",
		Snippet: "%s\n", Between: "<|file_separator|>", Current: "%s\n",
		Stops: []string{"<|file_separator|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<end_of_turn>", "<eos>"},
		names: []string{"codegemma"},
	},
	{
		Name:   "qwen-coder",
		Prefix: "<|fim_prefix|>", Suffix: "<|fim_suffix|>", Middle: "<|fim_middle|>",
		Repository: "<|repo_name|>%s\n", Snippet: "<|file_sep|>%s\n", Current: "<|file_sep|>%s\n",
		Stops: []string{"<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>",
			"<|repo_name|>", "<|file_sep|>", "<|im_start|>", "<|im_end|>"},
		Healed: true,
		names:  []string{"qwen2.5-coder", "qwen2.5coder", "qwen2_5-coder", "qwen25-coder", "qwen-2.5-coder", "qwen2.5.1-coder", "qwen3-coder", "qwen-3-coder", "qwen3coder"},
	},
	{
		Name:   "starcoder2",
		Prefix: "<fim_prefix>", Suffix: "<fim_suffix>", Middle: "<fim_middle>",
		Repository: "<repo_name>%s", Snippet: "<file_sep>%s\n", Current: "<file_sep>", Inside: "%s\n",
		Stops: []string{"<|endoftext|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<file_sep>", "<repo_name>"},
		names: []string{"starcoder2", "starcoder-2"},
	},
	{
		Name:   "deepseek-coder",
		Prefix: "<｜fim▁begin｜>", Suffix: "<｜fim▁hole｜>", Middle: "<｜fim▁end｜>",
		Snippet: "#%s\n", Current: "#%s\n",
		Stops: []string{"<｜end▁of▁sentence｜>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<|EOT|>"},
		names: []string{"deepseek-coder", "deepseekcoder"}, without: []string{"deepseek-coder-v2:236b"},
	},
	{
		Name:   "codellama",
		Prefix: "<PRE> ", Suffix: " <SUF>", Middle: " <MID>",
		Stops:   []string{"<EOT>", "<PRE>", "<SUF>", "<MID>", "</s>"},
		Special: []string{"<s>", "</s>", "[INST]", "[/INST]"},
		names:   []string{"codellama", "code-llama"},
		without: []string{"python", "34b", "70b"}, // trained without infilling, says the paper
	},
}

// Formats lists the known families.
func Formats() []Format { return slices.Clone(formats) }

// FormatNamed is the family of that name.
func FormatNamed(name string) (Format, bool) {
	at := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if at < 0 {
		return Format{}, false
	}
	return formats[at], true
}

// FormatFor is the family of a model by its Ollama name: "qwen2.5-coder:7b-base-q4_K_M",
// "hf.co/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M". False when no family is known to infill under that name.
func FormatFor(tag string) (Format, bool) {
	name := strings.ToLower(tag)
	name = name[strings.LastIndexByte(name, '/')+1:]
	for _, format := range formats {
		named := slices.ContainsFunc(format.names, func(part string) bool { return strings.Contains(name, part) })
		unfit := slices.ContainsFunc(format.without, func(part string) bool { return strings.Contains(name, part) })
		if named && !unfit {
			return format, true
		}
	}
	return Format{}, false
}
