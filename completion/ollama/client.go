// Package ollama talks to an Ollama server: it streams raw generations, lists, shows and loads models.
//
// One thing must stay true: nothing is sent to an address that the user's own configuration does not allow. Every
// connection is checked at the moment of dialling, redirects are not followed, and a model that Ollama would run
// on somebody else's machine counts as another address.
//
// A generation takes three steps, each in its file: the request body (request.go), bounded lines (stream.go), and failures
// turned into sentences (failure.go). Addresses and connections are in endpoint.go.
package ollama

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/infill-dev/infill/completion/model"
)

// Config says where the server is.
type Config struct {
	// Endpoint is the address set by the user, as a URL; empty means OllamaHost, else DefaultEndpoint.
	Endpoint string
	// OllamaHost is the value of the environment variable OLLAMA_HOST.
	OllamaHost string
	// AllowRemote allows another machine than this one. Set it from the user's own configuration only.
	AllowRemote bool
	// Transport replaces the guarded transport, for tests; nil otherwise.
	Transport http.RoundTripper
}

// Client is a connection to one Ollama server. It implements model.Generator, model.Catalog, model.Loader and
// model.Memory. It is safe for use by several goroutines, and starts none.
type Client struct {
	base        *url.URL
	http        *http.Client
	api         *api.Client
	allowRemote bool
}

var (
	_ model.Generator = (*Client)(nil)
	_ model.Catalog   = (*Client)(nil)
	_ model.Loader    = (*Client)(nil)
	_ model.Memory    = (*Client)(nil)
)

// New makes a client; it does not connect. The error is a *model.Error of kind ErrAddress for an address that
// cannot be understood, and ErrForbidden for one that is not allowed.
func New(config Config) (*Client, error) {
	base, err := Endpoint(config.Endpoint, config.OllamaHost)
	if err != nil {
		return nil, err
	}
	if err := allowedHost(base, config.AllowRemote); err != nil {
		return nil, err
	}
	transport := config.Transport
	if transport == nil {
		transport = guarded(base, config.AllowRemote)
	}
	client := &http.Client{Transport: strict{transport}}
	return &Client{base: base, http: client, api: api.NewClient(base, client), allowRemote: config.AllowRemote}, nil
}

// Address is the server's address, for people: "http://127.0.0.1:11434".
func (c *Client) Address() string { return c.base.String() }

// Close drops idle connections. The client can still be used.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Generate streams one raw generation; see model.Generator. The connection is used again when the loop goes on until
// the stream ends, which it does right after the chunk with Final set; leaving the loop earlier drops it. ctx should have a
// deadline: a server that loads a model may need minutes.
//
// Errors are *model.Error, or context.Canceled when ctx was cancelled.
func (c *Client) Generate(ctx context.Context, request model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		body, err := c.open(ctx, request)
		if err != nil {
			yield(model.Chunk{}, err)
			return
		}
		defer body.Close()
		started := false
		for chunk, err := range chunks(body) {
			if err != nil {
				yield(model.Chunk{}, c.streamFailure(ctx, err, request.Model, started))
				return
			}
			started = true
			if !yield(chunk, nil) {
				return
			}
			if chunk.Final != nil {
				drain(body)
				return
			}
		}
	}
}

const generatePath = "/api/generate"

// open sends the request and answers with the stream of lines, which the caller closes.
func (c *Client) open(ctx context.Context, request model.Request) (io.ReadCloser, error) {
	if err := c.mayUse(request.Model); err != nil {
		return nil, err
	}
	text, err := encode(request)
	if err != nil {
		return nil, c.refused(request.Model, err)
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(generatePath).String(), bytes.NewReader(text))
	if err != nil {
		return nil, c.refused(request.Model, err)
	}
	post.Header.Set("Content-Type", "application/json")
	post.Header.Set("Accept", "application/x-ndjson")
	post.Header.Set("User-Agent", "infill")
	response, err := c.http.Do(post)
	if err != nil {
		return nil, c.callFailure(ctx, err, request.Model)
	}
	return response.Body, nil
}

// drain reads the end of a stream behind its final message, so that the connection can be used again. What a server says
// there does not matter; one that says much loses the connection.
func drain(body io.Reader) {
	_, _ = io.CopyN(io.Discard, body, maxMessage)
}

// Load loads a model without generating, with the load options of the request; see model.Loader.
func (c *Client) Load(ctx context.Context, request model.Request) error {
	request.Prompt, request.Stop, request.LogProbs = "", nil, false
	for _, err := range c.Generate(ctx, request) {
		if err != nil {
			return err
		}
	}
	return nil
}

// Version is the server's version; "0.0.0" means unknown.
func (c *Client) Version(ctx context.Context) (string, error) {
	version, err := c.api.Version(ctx)
	if err != nil {
		return "", c.callFailure(ctx, err, "")
	}
	if version == "" {
		return "", c.malformed(errors.New("no version in the answer"), "does not say its version")
	}
	return version, nil
}

// List lists the models of the server. A model that the server would run on another machine is not in the list unless
// AllowRemote is set: its prompts would leave this machine.
func (c *Client) List(ctx context.Context) ([]model.Info, error) {
	list, err := c.api.List(ctx)
	if err != nil {
		return nil, c.callFailure(ctx, err, "")
	}
	infos := make([]model.Info, 0, len(list.Models))
	for _, m := range list.Models {
		if remote(m.Name, m.RemoteHost, m.RemoteModel) && !c.allowRemote {
			continue
		}
		infos = append(infos, model.Info{Name: m.Name, Digest: m.Digest, Architecture: m.Details.Family, Bytes: m.Size})
	}
	return infos, nil
}

// Show tells about one model. Digest and Bytes are empty: Ollama tells them in the list only.
func (c *Client) Show(ctx context.Context, name string) (model.Info, error) {
	if err := c.mayUse(name); err != nil {
		return model.Info{}, err
	}
	shown, err := c.api.Show(ctx, &api.ShowRequest{Model: name})
	if err != nil {
		return model.Info{}, c.callFailure(ctx, err, name)
	}
	if remote(name, shown.RemoteHost, shown.RemoteModel) && !c.allowRemote {
		return model.Info{}, c.elsewhere(name)
	}
	architecture, _ := shown.ModelInfo["general.architecture"].(string)
	if architecture == "" {
		architecture = shown.Details.Family
	}
	length, _ := shown.ModelInfo[architecture+".context_length"].(float64)
	return model.Info{Name: name, Architecture: architecture, ContextLength: tokens(length)}, nil
}

// tokens is a count as JSON has it; one that makes no sense is unknown.
func tokens(count float64) int {
	if count >= 0 && count < 1<<31 {
		return int(count)
	}
	return 0
}

// Loaded tells which models are in memory; see model.Memory.
func (c *Client) Loaded(ctx context.Context) ([]model.Loaded, error) {
	list, err := c.api.ListRunning(ctx)
	if err != nil {
		return nil, c.callFailure(ctx, err, "")
	}
	loaded := make([]model.Loaded, 0, len(list.Models))
	for _, m := range list.Models {
		loaded = append(loaded, model.Loaded{Name: m.Name, Bytes: m.Size, GPUBytes: m.SizeVRAM, ContextLength: m.ContextLength})
	}
	return loaded, nil
}

// exposedTimeout is the time that one address of this machine is given to answer: it is a local call.
const exposedTimeout = 500 * time.Millisecond

// Exposed lists the addresses of this machine, other than loopback, at which the server answers too, which means that the
// network can use it. It asks only this machine, and nothing when the server is elsewhere.
func (c *Client) Exposed(ctx context.Context) []string {
	if !loopbackName(c.base.Hostname()) {
		return nil
	}
	var found []string
	for _, address := range ownAddresses() {
		base := *c.base
		base.Host = joinPort(address, port(c.base))
		ctx, cancel := context.WithTimeout(ctx, exposedTimeout)
		transport := guarded(&base, true)
		version, err := api.NewClient(&base, &http.Client{Transport: strict{transport}}).Version(ctx)
		transport.CloseIdleConnections()
		cancel()
		if err == nil && version != "" {
			found = append(found, base.Host)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// mayUse checks the name of a model before it is sent.
func (c *Client) mayUse(name string) error {
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, notInNames) {
		return &model.Error{Kind: model.ErrNoModel, Sentence: quoted(name) + " is not the name of a model; a name is like qwen2.5-coder:0.5b."}
	}
	if remote(name, "", "") && !c.allowRemote {
		return c.elsewhere(name)
	}
	return nil
}

// maxName bounds the name of a model; Ollama's own parts are at most 80 to 350 bytes long.
const maxName = 512

func notInNames(r rune) bool { return r <= ' ' || r == 0x7f || r > 0x7e }

// remote tells whether a model runs on another machine: Ollama says so, or the tag is "cloud" or ends in "-cloud", which
// Ollama sends to its maker's servers.
func remote(name, host, upstream string) bool {
	tag := name[strings.LastIndexByte(name, ':')+1:]
	return host != "" || upstream != "" || strings.EqualFold(tag, "cloud") || strings.HasSuffix(strings.ToLower(tag), "-cloud")
}
