package modeltest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/infill-dev/infill/completion/model"
)

// Server speaks Ollama's protocol over HTTP and answers as its Model does: /api/generate, /api/show, /api/tags, /api/ps and
// /api/version, with all faults of the scripts.
type Server struct {
	// URL is the address, "http://127.0.0.1:" and a port.
	URL   string
	Model *Model

	http   *httptest.Server
	bodies atomic.Pointer[[][]byte]
	left   atomic.Int64
}

// NewServer starts a server. The caller closes it.
func NewServer(m *Model) *Server {
	s := &Server{Model: m}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", s.call("version", func() any { return map[string]string{"version": m.ServerVersion} }))
	mux.HandleFunc("GET /api/tags", s.call("list", s.tags))
	mux.HandleFunc("GET /api/ps", s.call("loaded", s.running))
	mux.HandleFunc("POST /api/show", s.show)
	mux.HandleFunc("POST /api/generate", s.generate)
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	return s
}

// Close ends the server and drops its connections, as a server that is killed does.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Bodies are the bodies of the requests to /api/generate so far, in order, those of Load included.
func (s *Server) Bodies() [][]byte { return read(&s.bodies) }

// Left is the number of clients so far that left before their stream had ended.
func (s *Server) Left() int { return int(s.left.Load()) }

// call answers a request without a body.
func (s *Server) call(name string, answer func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if fault := s.Model.Faults[name]; fault != "" {
			s.fail(&reply{w: w, r: r}, fault, "")
			return
		}
		write(w, http.StatusOK, answer())
	}
}

func write(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}

type object = map[string]any

func (s *Server) tags() any {
	models := []object{}
	for _, info := range s.Model.Models {
		models = append(models, object{"name": info.Name, "model": info.Name, "size": info.Bytes, "digest": info.Digest,
			"details": object{"format": "gguf", "family": info.Architecture}})
	}
	return object{"models": models}
}

func (s *Server) running() any {
	models := []object{}
	for _, loaded := range s.Model.InMemory {
		models = append(models, object{"name": loaded.Name, "model": loaded.Name, "size": loaded.Bytes, "size_vram": loaded.GPUBytes,
			"context_length": loaded.ContextLength})
	}
	return object{"models": models}
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Model string }
	if err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&asked); err != nil {
		write(w, http.StatusBadRequest, object{"error": err.Error()})
		return
	}
	if fault := s.Model.Faults["show"]; fault != "" {
		s.fail(&reply{w: w, r: r, model: asked.Model}, fault, "")
		return
	}
	info, err := s.Model.Show(r.Context(), asked.Model)
	if err != nil {
		s.fail(&reply{w: w, r: r, model: asked.Model}, "missing", "")
		return
	}
	write(w, http.StatusOK, object{
		"details":      object{"format": "gguf", "family": info.Architecture},
		"model_info":   object{"general.architecture": info.Architecture, info.Architecture + ".context_length": info.ContextLength},
		"capabilities": []string{"completion"},
		"template":     "{{ .Prompt }}",
	})
}

// maxBody bounds a request; prompts have some ten kilobytes.
const maxBody = 64 << 20

// asked is the request of /api/generate as far as the server understands it.
type asked struct {
	Model    string
	Prompt   string
	LogProbs bool
	Options  struct {
		NumCtx     int      `json:"num_ctx"`
		NumPredict int      `json:"num_predict"`
		NumThread  int      `json:"num_thread"`
		Stop       []string `json:"stop"`
	}
	KeepAlive any `json:"keep_alive"`
}

func (a asked) request() model.Request {
	text, _ := a.KeepAlive.(string)
	keep, _ := time.ParseDuration(text)
	return model.Request{Model: a.Model, Prompt: a.Prompt, MaxTokens: a.Options.NumPredict, Stop: a.Options.Stop, LogProbs: a.LogProbs,
		Context: a.Options.NumCtx, Threads: a.Options.NumThread, KeepAlive: keep}
}

func (s *Server) generate(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client is gone
	}
	add(&s.bodies, text)
	var asked asked
	if err := json.Unmarshal(text, &asked); err != nil {
		write(w, http.StatusBadRequest, object{"error": err.Error()})
		return
	}
	request := asked.request()
	out := &reply{w: w, r: r, model: asked.Model, logProbs: asked.LogProbs && !s.Model.NoLogProbs}
	if request.Prompt == "" {
		s.load(out, request)
		return
	}
	s.play(out, s.Model.script(request), request)
}

func (s *Server) load(out *reply, request model.Request) {
	add(&s.Model.loads, request)
	switch fault := s.Model.Faults["load"]; {
	case !s.Model.has(request.Model):
		s.fail(out, "missing", "")
	case fault != "":
		s.fail(out, fault, "")
	default:
		write(out.w, http.StatusOK, object{"model": request.Model, "response": "", "done": true, "done_reason": "load"})
	}
}

func (s *Server) play(out *reply, script Script, request model.Request) {
	generated := 0
	for _, step := range script.steps {
		if wait(out.r.Context(), step.wait) != nil {
			s.left.Add(1)
			return
		}
		generated += len(step.chunk.Tokens)
		if step.chunk.Text == "" {
			continue
		}
		if out.chunk(step.chunk) != nil {
			s.left.Add(1)
			return
		}
	}
	if script.fault != "" && script.fault != "extra" {
		s.fail(out, script.fault, script.said)
		return
	}
	stats, err := script.stats(request, generated)
	if err != nil {
		_ = out.line(object{"error": err.Error()})
		return
	}
	out.final(stats)
	if script.fault == "extra" {
		_ = out.bytes("\x00 more {[")
	}
}

// statuses are the answers of faults that the server tells by a status, or inside the stream when that has begun.
var statuses = map[string]struct {
	status int
	text   string
}{
	"busy":    {http.StatusServiceUnavailable, "server busy, please try again. maximum pending requests exceeded"},
	"loading": {http.StatusServiceUnavailable, "llm server loading model"},
	"missing": {http.StatusNotFound, "model '%s' not found"},
	"toolong": {http.StatusBadRequest, "the input length exceeds the context length"},
	"refused": {http.StatusBadRequest, "option \"num_ctx\" must be of type integer"},
}

// fail makes a fault happen.
func (s *Server) fail(out *reply, fault, said string) {
	if known, ok := statuses[fault]; ok {
		text := known.text
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, out.model)
		}
		out.refuse(known.status, text)
		return
	}
	switch fault {
	case "error":
		if said == "" {
			said = "an error was encountered while running the model"
		}
		_ = out.line(object{"error": said})
	case "redirect":
		http.Redirect(out.w, out.r, "http://127.0.0.1:1/elsewhere", http.StatusFound)
	case "html":
		out.w.Header().Set("Content-Type", "text/html")
		_ = out.bytes("<!DOCTYPE html><html><body>Welcome</body></html>\n")
	case "malformed":
		_ = out.bytes("{\"response\": oops}\n")
	case "half":
		_ = out.bytes(`{"model":"m","response":"Ar`)
	case "long":
		if out.long() != nil {
			s.left.Add(1)
		}
	case "stall":
		out.flush()
		<-out.r.Context().Done()
		s.left.Add(1)
	case "cut", "unreachable":
		panic(http.ErrAbortHandler) // the way of net/http to break a connection
	}
}

// reply is an answer being written. Where an error of writing is dropped, the client is gone, which is no fault of a
// script.
type reply struct {
	w        http.ResponseWriter
	r        *http.Request
	model    string
	logProbs bool
	begun    bool
}

// refuse tells a failure by the status, or in the stream when that has begun.
func (out *reply) refuse(status int, text string) {
	if out.begun {
		_ = out.line(object{"error": text})
		return
	}
	write(out.w, status, object{"error": text})
}

func (out *reply) chunk(chunk model.Chunk) error {
	message := object{"model": out.model, "created_at": time.Now().UTC(), "response": chunk.Text, "done": false}
	if out.logProbs {
		var list []object
		for _, token := range chunk.Tokens {
			var bytes []int
			for _, b := range []byte(token.Text) {
				bytes = append(bytes, int(b))
			}
			list = append(list, object{"token": token.Text, "logprob": token.LogProb, "bytes": bytes})
		}
		message["logprobs"] = list
	}
	return out.line(message)
}

func (out *reply) final(stats *model.Stats) {
	message := object{"model": out.model, "created_at": time.Now().UTC(), "response": "", "done": true, "done_reason": stats.Reason,
		"total_duration": stats.Total, "load_duration": stats.Load, "prompt_eval_count": stats.PromptTokens,
		"prompt_eval_duration": stats.PromptEval, "eval_count": stats.GeneratedTokens, "eval_duration": stats.Eval}
	if stats.CachedTokens >= 0 {
		message["prompt_eval_cached_count"] = stats.CachedTokens
	}
	_ = out.line(message) // the client may be gone
}

func (out *reply) line(message object) error {
	if !out.begun {
		out.w.Header().Set("Content-Type", "application/x-ndjson")
	}
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return out.bytes(string(text) + "\n")
}

func (out *reply) bytes(text string) error {
	out.begun = true
	if _, err := io.WriteString(out.w, text); err != nil {
		return err
	}
	out.flush()
	return context.Cause(out.r.Context())
}

func (out *reply) flush() { _ = http.NewResponseController(out.w).Flush() }

// long writes a line of 1 GB, as long as somebody reads it.
func (out *reply) long() error {
	if err := out.bytes(`{"response":"`); err != nil {
		return err
	}
	piece := strings.Repeat("x", 64<<10)
	for sent := 0; sent < 1<<30; sent += len(piece) {
		if err := out.bytes(piece); err != nil {
			return err
		}
	}
	return out.bytes("\"}\n")
}
