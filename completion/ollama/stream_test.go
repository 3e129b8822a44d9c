package ollama

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ollama/ollama/api"

	"github.com/infill-dev/infill/completion/model"
)

// recorded are lines as Ollama 0.17.4 sends them.
const recorded = `{"model":"q05","created_at":"2026-11-23T10:00:00Z","response":"字","done":false,"logprobs":[{"token":"字","logprob":-0.000346,"bytes":[229,173,151],"top_logprobs":[{"token":"字","logprob":-0.000346,"bytes":[229,173,151]}]}]}
{"model":"q05","created_at":"2026-11-23T10:00:00Z","response":" \"rocket","done":false,"logprobs":[{"token":" \"","logprob":-0.008887,"bytes":[32,34]},{"token":"rocket","logprob":-0.474621,"bytes":[114,111,99,107,101,116]}]}
{"model":"q05","created_at":"2026-11-23T10:00:00Z","response":"","done":true,"done_reason":"stop","total_duration":1150159390,"load_duration":118490856,"prompt_eval_count":21,"prompt_eval_duration":431959543,"eval_count":5,"eval_duration":585314660}
`

func collect(r io.Reader) (all []model.Chunk, failure error) {
	for chunk, err := range chunks(r) {
		if err != nil {
			return all, err
		}
		all = append(all, chunk)
	}
	return all, nil
}

func TestRecordedStream(t *testing.T) {
	want := []model.Chunk{
		{Text: "字", Tokens: []model.Token{{Text: "字", LogProb: -0.000346}}},
		{Text: ` "rocket`, Tokens: []model.Token{{Text: ` "`, LogProb: -0.008887}, {Text: "rocket", LogProb: -0.474621}}},
		{Final: &model.Stats{PromptTokens: 21, CachedTokens: -1, GeneratedTokens: 5, Reason: "stop",
			Total: 1150159390, Load: 118490856, PromptEval: 431959543, Eval: 585314660}},
	}
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(recorded), "byte by byte": iotest.OneByteReader(strings.NewReader(recorded)),
		"with CRLF and blank lines": strings.NewReader(strings.ReplaceAll(recorded, "\n", "\r\n\n  \n")),
		"without a last newline":    strings.NewReader(strings.TrimSpace(recorded)),
		"data with the end":         iotest.DataErrReader(strings.NewReader(recorded)),
	} {
		got, err := collect(r)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(name, err, "(-want +got):", diff)
		}
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", maxLine-100)
	final := "\n{\"done\":true}\n"
	tests := []struct {
		name, stream string
		want         string // the text of all chunks
		err          error  // nil: it ends well
	}{
		{"cached tokens", `{"done":true,"prompt_eval_cached_count":7}`, "", nil},
		{"a long line", `{"response":"` + long + `"}` + final, long, nil},
		{"a line that is too long", `{"response":"` + strings.Repeat("x", maxLine) + `"}` + final, "", errLongLine},
		{"a line without end", strings.Repeat("x", 2*maxLine), "", errLongLine},
		{"the last line holds text", `{"response":"a","done":true}`, "a", nil},
		{"nothing is read behind the end", `{"response":"a","done":true}` + "\n{{{", "a", nil},
		{"an empty stream", "", "", errCut},
		{"blank lines only", "\n\n \n", "", errCut},
		{"no final message", `{"response":"a"}` + "\n", "a", errCut},
		{"half a line", `{"response":"a"}` + "\n" + `{"respo`, "a", errHalfLine},
		{"half a character", `{"response":"a"}` + "\n{\"response\":\"\xe5\xad", "a", errHalfLine},
		{"a web page", "<html>", "", errHTML},
		{"an error", `{"error":"out of luck"}`, "", told("out of luck")},
		{"an error as an object", `{"error":{"message":"out of luck"}}`, "", told("out of luck")},
		{"an error as a list", `{"error":["x"]}`, "", told(`["x"]`)},
		{"an empty error", `{"error":"","response":"a"}` + final, "a", nil},
		{"no error", `{"error":null,"response":"a"}` + final, "a", nil},
		{"null", "null" + final, "", nil},
		{"another machine", `{"remote_host":"https://ollama.com","response":"a"}`, "", errElsewhere},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := collect(strings.NewReader(test.stream))
			if !errors.Is(err, test.err) || err == nil != (test.err == nil) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			var text strings.Builder
			for _, chunk := range got {
				text.WriteString(chunk.Text)
			}
			if text.String() != test.want {
				t.Errorf("%d bytes of text, want %d", text.Len(), len(test.want))
			}
		})
	}
	got, _ := collect(strings.NewReader(tests[0].stream))
	if len(got) != 1 || got[0].Final == nil || got[0].Final.CachedTokens != 7 {
		t.Errorf("cached tokens: %+v", got)
	}
}

func TestBrokenConnectionIsNotAnEnd(t *testing.T) {
	broken := errors.New("reset by peer")
	got, err := collect(io.MultiReader(strings.NewReader(`{"response":"a"}`+"\n"+`{"response":"b"}`), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(got) != 1 || got[0].Text != "a" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTokens(t *testing.T) {
	got, err := collect(strings.NewReader(`{"response":"é","logprobs":[
		{"token":"\ufffd","logprob":-1,"bytes":[195]},{"token":"\ufffd","logprob":3,"bytes":[169]},
		{"token":"\ufffd","logprob":-0.5},{"token":"\ufffd","bytes":["x"]},{"token":"a\ufffd","bytes":null}]}` + "\n"))
	if !errors.As(err, new(*json.SyntaxError)) || got != nil {
		t.Fatalf("an object over several lines: %v, %v", got, err)
	}
	got, err = collect(strings.NewReader(`{"response":"é","logprobs":[{"token":"\ufffd","logprob":-1,"bytes":[195]},{"token":"\ufffd","logprob":3,"bytes":[169]},{"token":"\ufffd","logprob":-0.5},{"token":"\ufffd","bytes":["x"]}]}` + "\n"))
	want := []model.Token{{Text: "\xc3", LogProb: -1}, {Text: "\xa9", LogProb: 0}, {Text: "\ufffd", LogProb: -0.5}, {Text: "\ufffd"}}
	if len(got) != 1 || !errors.Is(err, errCut) {
		t.Fatal(got, err)
	}
	if diff := cmp.Diff(want, got[0].Tokens); diff != "" {
		t.Error("(-want +got):", diff)
	}
}

// The slow twin reads everything, splits it, and decodes with the api package's types.
func slowText(stream []byte) (text string, ended bool) {
	for _, l := range bytes.Split(stream, []byte("\n")) {
		if l = bytes.TrimSpace(l); len(l) == 0 {
			continue
		}
		var answer struct {
			api.GenerateResponse
			Error any `json:"error"`
		}
		if json.Unmarshal(l, &answer) != nil {
			return text, false
		}
		if answer.Error != nil && answer.Error != "" || answer.RemoteHost != "" {
			return text, false
		}
		text += answer.Response
		if answer.Done {
			return text, true
		}
	}
	return text, false
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(recorded), uint8(1))
	f.Add([]byte(recorded[:200]), uint8(255))
	f.Add([]byte("{\"response\":\"a\"}\r\n\r\n{\"done\":true}"), uint8(3))
	f.Add([]byte(`{"error":{"message":"x"}}`), uint8(0))
	f.Add([]byte("<html>\n"), uint8(0))
	f.Add([]byte(`{"response":"\ud800","logprobs":[{"token":"\ufffd","bytes":[300,-1]}],"done":true,"eval_count":-3}`), uint8(0))
	f.Add([]byte(strings.Repeat("[", 20000)), uint8(9))
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		var text strings.Builder
		var final *model.Stats
		var failure error
		for chunk, err := range chunks(&inPieces{bytes.NewReader(stream), int(piece) + 1}) {
			if failure != nil || final != nil {
				t.Fatal("something came behind the end")
			}
			if failure = err; err != nil {
				continue
			}
			text.WriteString(chunk.Text)
			for _, token := range chunk.Tokens {
				if !(token.LogProb <= 0) || math.IsInf(token.LogProb, 0) {
					t.Fatalf("log-probability %v", token.LogProb)
				}
			}
			if final = chunk.Final; final != nil && (final.PromptTokens < 0 || final.GeneratedTokens < 0 || final.CachedTokens < -1 || final.Total < 0) {
				t.Fatalf("stats %+v", *final)
			}
		}
		if (failure == nil) == (final == nil) {
			t.Fatalf("final %v and error %v", final, failure)
		}
		if c := (&Client{base: &url.URL{Scheme: "http", Host: "h"}}); failure != nil {
			sentence := model.Sentence(c.streamFailure(t.Context(), failure, "m", true))
			if len(sentence) > 1500 || strings.ContainsAny(sentence, "\n\r\x1b\x00") {
				t.Fatalf("sentence %q", sentence)
			}
		}
		slow, ended := slowText(stream)
		if ended && failure == nil && text.String() != slow {
			t.Fatalf("text %q, slowly %q", text.String(), slow)
		}
		if ended && failure != nil && errors.Is(failure, errCut) {
			t.Fatal("an end was missed")
		}
	})
}

// inPieces is a reader that gives only so many bytes at a time, as a network does.
type inPieces struct {
	io.Reader
	most int
}

func (r *inPieces) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), r.most)]) }

func TestKeepAlive(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -1: "-1s", -time.Hour: "-1s", 30 * time.Minute: "30m", 2 * time.Hour: "2h", 90 * time.Second: "1m30s",
		90 * time.Minute: "1h30m", 10 * time.Second: "10s", 500 * time.Millisecond: "500ms", 20 * time.Hour: "20h",
	} {
		got := keepAlive(d)
		if got != want {
			t.Errorf("keepAlive(%v) = %q, want %q", d, got, want)
		}
		if back, err := time.ParseDuration(got); d > 0 && (err != nil || back != d) {
			t.Errorf("%q means %v, %v, want %v", got, back, err, d)
		}
	}
}

// longStream has so many tokens as Ollama sends them, with log-probabilities.
func longStream(tokens int) []byte {
	var b bytes.Buffer
	for i := range tokens {
		fmt.Fprintf(&b, `{"model":"qwen2.5-coder:0.5b","created_at":"2026-11-23T10:00:00.123456789Z","response":" word%d","done":false,"logprobs":[{"token":" word%d","logprob":-0.000346,"bytes":[32,119,111,114,100],"top_logprobs":[{"token":" word%d","logprob":-0.000346,"bytes":[32,119,111,114,100]}]}]}`+"\n", i, i, i)
	}
	b.WriteString(`{"model":"qwen2.5-coder:0.5b","created_at":"2026-11-23T10:00:00Z","response":"","done":true,"done_reason":"stop","total_duration":1150159390,"eval_count":5}` + "\n")
	return b.Bytes()
}

// BenchmarkStream reads an answer of 64 tokens: only its bytes, with this package, decoded by the standard way, and with the
// api package's client.
func BenchmarkStream(b *testing.B) {
	stream := longStream(64)
	run := func(name string, read func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				read(b)
			}
		})
	}
	run("bytes", func(b *testing.B) {
		if n, err := io.Copy(io.Discard, &inPieces{bytes.NewReader(stream), 400}); err != nil || int(n) != len(stream) {
			b.Fatal(n, err)
		}
	})
	run("chunks", func(b *testing.B) {
		if all, err := collect(&inPieces{bytes.NewReader(stream), 400}); err != nil || len(all) != 65 {
			b.Fatal(err)
		}
	})
	run("decoder", func(b *testing.B) {
		decoder := json.NewDecoder(&inPieces{bytes.NewReader(stream), 400})
		for n := 0; ; n++ {
			var answer api.GenerateResponse
			if err := decoder.Decode(&answer); err == io.EOF && n == 65 {
				return
			} else if err != nil {
				b.Fatal(err)
			}
		}
	})
	client := api.NewClient(&url.URL{Scheme: "http", Host: "h"}, &http.Client{Transport: replay(stream)})
	run("api-client", func(b *testing.B) {
		count := 0
		err := client.Generate(b.Context(), &api.GenerateRequest{}, func(api.GenerateResponse) error { count++; return nil })
		if err != nil || count != 65 {
			b.Fatal(count, err)
		}
	})
}

// replay answers every request with the same bytes.
type replay []byte

func (r replay) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(&inPieces{bytes.NewReader(r), 400})}, nil
}

// BenchmarkGenerate is a whole request over loopback against a server that answers at once, and a bare POST of the same
// bytes that only reads the answer.
func BenchmarkGenerate(b *testing.B) {
	stream := longStream(64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(stream)
	}))
	defer server.Close()
	request := model.Request{Model: "m", Prompt: strings.Repeat("func area(w, h int) int { return w * h }\n", 100), MaxTokens: 64, LogProbs: true}
	body, err := encode(request)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			response, err := http.Post(server.URL, "application/json", bytes.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	})
	b.Run("client", func(b *testing.B) {
		b.ReportAllocs()
		client, err := New(Config{Endpoint: server.URL})
		if err != nil {
			b.Fatal(err)
		}
		defer client.Close()
		for b.Loop() {
			for _, err := range client.Generate(b.Context(), request) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
