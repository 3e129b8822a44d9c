package ollama

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/infill-dev/infill/completion/model"
)

// body is the request of /api/generate. The api package's type is not used: it always sends empty suffix, system
// and template fields, and leaves false values out that we must send.
type body struct {
	Model       string  `json:"model"`
	Prompt      string  `json:"prompt"`
	Raw         bool    `json:"raw"`
	Stream      bool    `json:"stream"`
	LogProbs    bool    `json:"logprobs,omitempty"`
	TopLogProbs *int    `json:"top_logprobs,omitempty"`
	Truncate    bool    `json:"truncate"`
	Shift       bool    `json:"shift"`
	KeepAlive   string  `json:"keep_alive,omitempty"`
	Options     options `json:"options"`
}

// options are Ollama's model options. NumCtx and NumThread are load options: when one differs from the request before,
// or is left out after it was set, the server loads the model again.
type options struct {
	NumCtx        int      `json:"num_ctx,omitempty"`
	NumPredict    int      `json:"num_predict"`
	Temperature   float64  `json:"temperature"`
	Seed          int      `json:"seed"`
	RepeatPenalty float64  `json:"repeat_penalty"`
	NumThread     int      `json:"num_thread,omitempty"`
	Stop          []string `json:"stop,omitempty"`
}

// encode writes the request body. Equal requests give equal bytes.
func encode(request model.Request) ([]byte, error) {
	b := body{
		Model:     request.Model,
		Prompt:    request.Prompt,
		Raw:       true, // the prompt is laid out by us, whatever the model's template is
		Stream:    true,
		LogProbs:  request.LogProbs,
		Truncate:  false, // a prompt that is too long is an error, not a prompt without its beginning
		Shift:     false, // an answer that reaches the context's end stops there, or half of the prompt is dropped
		KeepAlive: keepAlive(request.KeepAlive),
		Options: options{
			NumCtx:        request.Context,
			NumPredict:    max(1, request.MaxTokens), // 0 is unlimited
			Temperature:   0,
			Seed:          1,
			RepeatPenalty: 1.0, // Ollama's 1.1 over 64 tokens harms code, which repeats itself
			NumThread:     request.Threads,
			Stop:          request.Stop, // replaces the model's own list
		},
	}
	if request.LogProbs {
		b.TopLogProbs = new(int) // 0: the chosen token only
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // markers stay readable and are not three times as long
	if err := encoder.Encode(b); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// keepAlive writes a duration as people do, "30m"; "" leaves it to the server, negative is for ever.
func keepAlive(d time.Duration) string {
	if d == 0 {
		return ""
	}
	if d < 0 {
		return "-1s"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
