package ollama_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/ollama"
)

const name = "qwen2.5-coder:0.5b"

func request() model.Request {
	return model.Request{
		Model: name, Prompt: "<|fim_prefix|>a<|fim_suffix|>b & \"c\"<|fim_middle|>", MaxTokens: 64,
		Stop: []string{"<|endoftext|>", "<|file_sep|>"}, LogProbs: true, Context: 8192, KeepAlive: 30 * time.Minute,
	}
}

// connect starts a scripted server and a client of it.
func connect(t *testing.T, m *modeltest.Model) (*ollama.Client, *modeltest.Server) {
	t.Helper()
	server := modeltest.NewServer(m)
	t.Cleanup(server.Close)
	return dial(t, server.URL), server
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

// serve starts a server that answers everything by one handler.
func serve(t *testing.T, handler http.HandlerFunc) *ollama.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return dial(t, server.URL)
}

// outcome is what came out of a stream.
type outcome struct {
	text   string
	tokens []model.Token
	final  *model.Stats
	err    error
}

func generate(ctx context.Context, from model.Generator, request model.Request) (o outcome) {
	for chunk, err := range from.Generate(ctx, request) {
		if err != nil {
			o.err = err
			continue // an error must be the last step
		}
		o.text += chunk.Text
		o.tokens = append(o.tokens, chunk.Tokens...)
		if o.final = chunk.Final; o.err != nil {
			o.err = errors.New("a chunk came behind an error")
		}
	}
	if o.err == nil && o.final == nil {
		o.err = errors.New("the stream ended without a final chunk or an error")
	}
	return o
}

func TestGenerate(t *testing.T) {
	client, server := connect(t, modeltest.New("return {p=0.5}wid{p=0.25}|th * 字\n⏎{prompt=21 cached=17 prefill=20ms eval=30ms load=40ms total=90ms}"))
	got := generate(t.Context(), client, request())
	if got.err != nil {
		t.Fatal(got.err)
	}
	if want := "return width * 字\n"; got.text != want {
		t.Errorf("text %q, want %q", got.text, want)
	}
	tokens := []model.Token{{Text: "return ", LogProb: math.Log(0.5)}, {Text: "wid", LogProb: math.Log(0.25)}, {Text: "th * 字\n"}}
	if diff := cmp.Diff(tokens, got.tokens); diff != "" {
		t.Error("tokens (-want +got):", diff)
	}
	stats := &model.Stats{PromptTokens: 21, CachedTokens: 17, GeneratedTokens: 3, Reason: "stop",
		Load: 40 * time.Millisecond, PromptEval: 20 * time.Millisecond, Eval: 30 * time.Millisecond, Total: 90 * time.Millisecond}
	if diff := cmp.Diff(stats, got.final); diff != "" {
		t.Error("stats (-want +got):", diff)
	}
	if server.Left() != 0 {
		t.Error("the client left a stream that it read to its end")
	}
}

// The bytes are those of the measured request; the server's cache and its loaded options depend on them.
func TestRequestBody(t *testing.T) {
	without := request()
	without.LogProbs, without.KeepAlive, without.Context, without.Stop, without.MaxTokens = false, 0, 0, nil, 0
	threads := request()
	threads.Threads, threads.KeepAlive, threads.MaxTokens = 2, -1, 1
	client, server := connect(t, modeltest.New())
	for _, r := range []model.Request{request(), without, threads} {
		if got := generate(t.Context(), client, r); got.err != nil {
			t.Fatal(got.err)
		}
	}
	if err := client.Load(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	const prompt = `"prompt":"<|fim_prefix|>a<|fim_suffix|>b & \"c\"<|fim_middle|>"`
	want := []string{
		`{"model":"qwen2.5-coder:0.5b",` + prompt + `,"raw":true,"stream":true,"logprobs":true,"top_logprobs":0,"truncate":false,"shift":false,"keep_alive":"30m","options":{"num_ctx":8192,"num_predict":64,"temperature":0,"seed":1,"repeat_penalty":1,"stop":["<|endoftext|>","<|file_sep|>"]}}`,
		`{"model":"qwen2.5-coder:0.5b",` + prompt + `,"raw":true,"stream":true,"truncate":false,"shift":false,"options":{"num_predict":1,"temperature":0,"seed":1,"repeat_penalty":1}}`,
		`{"model":"qwen2.5-coder:0.5b",` + prompt + `,"raw":true,"stream":true,"logprobs":true,"top_logprobs":0,"truncate":false,"shift":false,"keep_alive":"-1s","options":{"num_ctx":8192,"num_predict":1,"temperature":0,"seed":1,"repeat_penalty":1,"num_thread":2,"stop":["<|endoftext|>","<|file_sep|>"]}}`,
		`{"model":"qwen2.5-coder:0.5b","prompt":"","raw":true,"stream":true,"truncate":false,"shift":false,"keep_alive":"30m","options":{"num_ctx":8192,"num_predict":64,"temperature":0,"seed":1,"repeat_penalty":1}}`,
	}
	var got []string
	for _, body := range server.Bodies() {
		got = append(got, string(body))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("bodies (-want +got):", diff)
	}
}

// Every failure has its own kind and one sentence that names the server or the model.
func TestFailures(t *testing.T) {
	tests := []struct {
		script   string
		kind     error
		text     string // what comes before the failure
		sentence string // U is the address
	}{
		{"!unreachable", model.ErrUnreachable, "", "Ollama at U does not answer. Start it with `ollama serve`."},
		{"!busy", model.ErrBusy, "", "Ollama at U is busy with other requests."},
		{"!loading", model.ErrLoading, "", "Ollama at U is still loading qwen2.5-coder:0.5b."},
		{"!missing", model.ErrNoModel, "", "Ollama at U has no model qwen2.5-coder:0.5b. Run `ollama pull qwen2.5-coder:0.5b`."},
		{"!toolong", model.ErrTooLong, "", "The prompt is longer than the context with which Ollama at U has loaded qwen2.5-coder:0.5b."},
		{"!refused", model.ErrRefused, "", "Ollama at U refuses the request for qwen2.5-coder:0.5b: option \"num_ctx\" must be of type integer."},
		{"!redirect", model.ErrForbidden, "", "The server at U sends requests on to another address, which infill does not follow."},
		{"!html", model.ErrMalformed, "", "The server at U answers with a web page; is it really Ollama?"},
		{"ab|!error=out of luck\x1b[2J", model.ErrRefused, "ab", "Ollama at U refuses the request for qwen2.5-coder:0.5b: out of luck\uFFFD[2J."},
		{"ab|!busy", model.ErrBusy, "ab", "Ollama at U is busy with other requests."},
		{"ab|!toolong", model.ErrTooLong, "ab", "The prompt is longer than the context with which Ollama at U has loaded qwen2.5-coder:0.5b."},
		{"ab|!error=model requires more system memory (9 GiB) than is available (2 GiB)", model.ErrRefused, "ab", "Ollama at U has not enough memory for qwen2.5-coder:0.5b; take a smaller model or context."},
		{"ab|!malformed", model.ErrMalformed, "ab", "Ollama at U sent an answer from qwen2.5-coder:0.5b that cannot be read."},
		{"ab|!half", model.ErrMalformed, "ab", "Ollama at U broke off in the middle of an answer from qwen2.5-coder:0.5b."},
		{"ab|!nofinal", model.ErrMalformed, "ab", "Ollama at U broke off in the middle of an answer from qwen2.5-coder:0.5b."},
		{"ab", model.ErrMalformed, "ab", "Ollama at U broke off in the middle of an answer from qwen2.5-coder:0.5b."},
		{"ab|!cut", model.ErrMalformed, "ab", "Ollama at U lost the connection in the middle of an answer from qwen2.5-coder:0.5b."},
		{"ab|!long", model.ErrMalformed, "ab", "Ollama at U sent more than an answer from qwen2.5-coder:0.5b can hold."},
		{"!stall", model.ErrTimeout, "", "Ollama at U did not begin an answer from qwen2.5-coder:0.5b in time; it may be loading the model or be busy with another request."},
		{"ab|!stall", model.ErrTimeout, "ab", "Ollama at U stopped writing in the middle of an answer from qwen2.5-coder:0.5b."},
	}
	for _, test := range tests {
		t.Run(test.script, func(t *testing.T) {
			client, server := connect(t, modeltest.New(test.script))
			limit := 10 * time.Second
			if test.kind == model.ErrTimeout {
				limit = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got := generate(ctx, client, request())
			if !errors.Is(got.err, test.kind) {
				t.Fatalf("error %v, want %v", got.err, test.kind)
			}
			if got.text != test.text {
				t.Errorf("text %q, want %q", got.text, test.text)
			}
			if want := strings.ReplaceAll(test.sentence, "U", server.URL); model.Sentence(got.err) != want {
				t.Errorf("sentence\n%s\nwant\n%s", model.Sentence(got.err), want)
			}
			if errors.Is(got.err, context.DeadlineExceeded) != (test.kind == model.ErrTimeout) {
				t.Errorf("the cause of %v is not told truly", got.err)
			}
		})
	}
}

// The calls that are not streams fail as clearly.
func TestCatalogFailures(t *testing.T) {
	tests := []struct {
		fault string
		kind  error
	}{
		{"unreachable", model.ErrUnreachable}, {"busy", model.ErrBusy}, {"redirect", model.ErrForbidden}, {"html", model.ErrMalformed},
		{"half", model.ErrMalformed}, {"stall", model.ErrTimeout},
	}
	for _, test := range tests {
		for _, call := range []string{"version", "list", "show", "loaded"} {
			t.Run(call+" "+test.fault, func(t *testing.T) {
				m := modeltest.New()
				m.Faults = map[string]string{call: test.fault}
				client, _ := connect(t, m)
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				calls := map[string]func() error{
					"version": func() error { _, err := client.Version(ctx); return err },
					"list":    func() error { _, err := client.List(ctx); return err },
					"show":    func() error { _, err := client.Show(ctx, name); return err },
					"loaded":  func() error { _, err := client.Loaded(ctx); return err },
				}
				if err := calls[call](); !errors.Is(err, test.kind) {
					t.Errorf("error %v, want %v", err, test.kind)
				} else if sentence := model.Sentence(err); !strings.Contains(sentence, "http://127.0.0.1:") || !strings.HasSuffix(sentence, ".") && !strings.HasSuffix(sentence, "?") {
					t.Errorf("sentence %q", sentence)
				}
			})
		}
	}
}

func TestCatalog(t *testing.T) {
	m := modeltest.New()
	m.InMemory = []model.Loaded{{Name: name, Bytes: 300, GPUBytes: 200, ContextLength: 4096}}
	client, _ := connect(t, m)
	version, err := client.Version(t.Context())
	if err != nil || version != "0.17.4" {
		t.Errorf("version %q, %v", version, err)
	}
	list, err := client.List(t.Context())
	want := m.Models[0]
	want.ContextLength = 0 // the list does not tell it
	if diff := cmp.Diff([]model.Info{want}, list); err != nil || diff != "" {
		t.Error(err, "list (-want +got):", diff)
	}
	info, err := client.Show(t.Context(), name)
	if diff := cmp.Diff(model.Info{Name: name, Architecture: "qwen2", ContextLength: 32768}, info); err != nil || diff != "" {
		t.Error(err, "show (-want +got):", diff)
	}
	loaded, err := client.Loaded(t.Context())
	if diff := cmp.Diff(m.InMemory, loaded); err != nil || diff != "" {
		t.Error(err, "loaded (-want +got):", diff)
	}
	if _, err := client.Show(t.Context(), "nope"); !errors.Is(err, model.ErrNoModel) {
		t.Errorf("show of a missing model: %v", err)
	}
	if err := client.Load(t.Context(), model.Request{Model: "nope"}); !errors.Is(err, model.ErrNoModel) {
		t.Errorf("load of a missing model: %v", err)
	}
	if err := client.Load(t.Context(), request()); err != nil || len(m.Loads()) != 2 {
		t.Errorf("load: %v, %d loads", err, len(m.Loads()))
	}
}

func TestNamesThatAreNotSent(t *testing.T) {
	client, server := connect(t, modeltest.New())
	for _, test := range []struct {
		name string
		kind error
	}{
		{"", model.ErrNoModel}, {"two words", model.ErrNoModel}, {"a\nb", model.ErrNoModel}, {"mödel", model.ErrNoModel},
		{strings.Repeat("a", 600), model.ErrNoModel},
		{"qwen3-coder:480b-cloud", model.ErrForbidden}, {"gpt-oss:CLOUD", model.ErrForbidden},
	} {
		r := request()
		r.Model = test.name
		got := generate(t.Context(), client, r)
		if !errors.Is(got.err, test.kind) {
			t.Errorf("%q: error %v, want %v", test.name, got.err, test.kind)
		}
		if sentence := model.Sentence(got.err); len(sentence) > 400 || strings.ContainsAny(sentence, "\n\x1b") {
			t.Errorf("%q: sentence %q", test.name, sentence)
		}
		if _, err := client.Show(t.Context(), test.name); !errors.Is(err, test.kind) {
			t.Errorf("show %q: error %v, want %v", test.name, err, test.kind)
		}
	}
	if len(server.Bodies()) > 0 {
		t.Error("a request was sent")
	}
}

// A model that Ollama runs on its maker's servers would send code away.
func TestCloudModels(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/tags":
			fmt.Fprint(w, `{"models":[{"name":"mine","remote_host":"https://ollama.com","remote_model":"big"},{"name":"qwen3-coder:480b-cloud"},{"name":"local"}]}`)
		case "/api/show":
			fmt.Fprint(w, `{"remote_host":"https://ollama.com","model_info":{}}`)
		default:
			fmt.Fprintln(w, `{"model":"mine","remote_host":"https://ollama.com","response":"x"}`)
		}
	}
	client := serve(t, answer)
	list, err := client.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "local" {
		t.Errorf("list %v, %v", list, err)
	}
	if _, err := client.Show(t.Context(), "mine"); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("show: %v", err)
	}
	r := request()
	r.Model = "mine"
	if got := generate(t.Context(), client, r); !errors.Is(got.err, model.ErrForbidden) {
		t.Errorf("generate: %v", got.err)
	}
}

// Leaving the loop, or cancelling, is seen by the server at once.
func TestDisconnect(t *testing.T) {
	for _, way := range []string{"leaves the loop", "cancels"} {
		t.Run(way, func(t *testing.T) {
			gone := make(chan time.Time, 1)
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(w, `{"response":"a"}`)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				gone <- time.Now()
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var left time.Time
			for chunk, err := range client.Generate(ctx, request()) {
				if way == "leaves the loop" {
					if err != nil || chunk.Text != "a" {
						t.Fatalf("first step %v, %v", chunk, err)
					}
					left = time.Now()
					break
				}
				if err == nil {
					left = time.Now()
					cancel()
				} else if err != context.Canceled {
					t.Errorf("error %v, want context.Canceled as it is", err)
				}
			}
			select {
			case at := <-gone:
				t.Logf("the server saw it after %v", at.Sub(left))
				if at.Sub(left) > 500*time.Millisecond { // it takes under a millisecond; the rest is for a loaded machine
					t.Errorf("the server saw it after %v", at.Sub(left))
				}
			case <-time.After(5 * time.Second):
				t.Fatal("the server did not see that the client left")
			}
		})
	}
}

func TestConnectionIsUsedAgain(t *testing.T) {
	seen := map[string]bool{}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen[r.RemoteAddr] = true // requests come one after the other
		fmt.Fprintln(w, `{"response":"a"}`)
		fmt.Fprintln(w, `{"done":true}`)
	})
	for range 5 {
		if got := generate(t.Context(), client, request()); got.err != nil || got.final.CachedTokens != -1 {
			t.Fatal(got)
		}
	}
	if len(seen) != 1 {
		t.Errorf("%d connections for 5 requests", len(seen))
	}
}

func TestExtraBytesBehindTheEnd(t *testing.T) {
	client, _ := connect(t, modeltest.New("ab|!extra"))
	if got := generate(t.Context(), client, request()); got.err != nil || got.text != "ab" {
		t.Errorf("%q, %v", got.text, got.err)
	}
}

func TestAnswersThatAreNotOllamas(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		kind    error
	}{
		{"404 without JSON", http.NotFound, model.ErrMalformed},
		{"404 with another JSON", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"detail":"Not Found"}`, 404) }, model.ErrMalformed},
		{"502 of a proxy", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>Bad gateway", 502) }, model.ErrMalformed},
		{"503 without JSON", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 503) }, model.ErrBusy},
		{"401", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", 401) }, model.ErrRefused},
		{"llama-server loads", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`, 503)
		}, model.ErrLoading},
		{"500 without memory", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":"model requires more system memory (9 GiB) than is available"}`, 500)
		}, model.ErrRefused},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, model.ErrMalformed},
		{"an array", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "[]") }, model.ErrMalformed},
		{"a wrong type", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"response":7}`) }, model.ErrMalformed},
		{"two objects in a line", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"response":"a"}{"done":true}`) }, model.ErrMalformed},
		{"signs of life for ever", func(w http.ResponseWriter, _ *http.Request) {
			line := []byte(strings.Repeat("{}\n\n", 10_000))
			for {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, model.ErrMalformed},
		{"blank lines for ever", func(w http.ResponseWriter, _ *http.Request) {
			line := []byte(strings.Repeat("\n", 100_000))
			for {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, model.ErrMalformed},
		{"long header", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}, model.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := generate(t.Context(), serve(t, test.handler), request()); !errors.Is(got.err, test.kind) {
				t.Errorf("error %v, want %v", got.err, test.kind)
			}
		})
	}
}

// What is not HTTP at all.
func TestAnotherProtocol(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(connection, "SSH-2.0-OpenSSH_9.2\r\n")
			connection.Close()
		}
	}()
	client := dial(t, "http://"+listener.Addr().String())
	if _, err := client.Version(t.Context()); !errors.Is(err, model.ErrMalformed) && !errors.Is(err, model.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
	secure := dial(t, "https://"+listener.Addr().String())
	if _, err := secure.Version(t.Context()); !errors.Is(err, model.ErrUnreachable) || !strings.Contains(model.Sentence(err), "https") {
		t.Errorf("https: %v", err)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	listener.Close()
	client := dial(t, address)
	got := generate(t.Context(), client, request())
	if want := "Ollama at " + address + " does not answer. Start it with `ollama serve`."; !errors.Is(got.err, model.ErrUnreachable) || model.Sentence(got.err) != want {
		t.Errorf("error %v", got.err)
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	server.Config.ErrorLog = nil
	client := dial(t, server.URL)
	if _, err := client.Version(t.Context()); !errors.Is(err, model.ErrUnreachable) || !strings.Contains(model.Sentence(err), "certificate") {
		t.Errorf("error %v", err)
	}
}
