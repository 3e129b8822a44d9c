// Package lsp speaks the Language Server Protocol (3.18) with one client: it frames, decodes, calls the session and
// converts back.
//
// One thing must stay true: no message ends the process, every request is answered exactly once, and edits are applied
// in the order in which they arrive. Notifications run on the reading goroutine; a request takes its place in the text
// there, too, and only then lets the next message in.
package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/position"
	"github.com/infill-dev/infill/lsp/session"
)

// Config is what a server needs.
type Config struct {
	Host *host.Host
	// Settings are the user's own, Problems what was wrong in them, told to the client once.
	Settings settings.Settings
	Problems []settings.Problem
	// Version is told to the client.
	Version string
	// Log takes a line for each request and each fault; nil for nowhere.
	Log *slog.Logger
	// Session is told of the state of each client before its first message is read; nil for nobody.
	Session func(*session.Session)
}

// ErrNoShutdown is what Serve returns when the client said exit without shutdown before, which is an exit code of 1.
var ErrNoShutdown = errors.New("the client left without a shutdown request")

// Serve speaks with the client at the other end of conn until it says exit, the stream ends or ctx ends, and closes
// conn. The error tells of a frame that cannot be read or of ErrNoShutdown; the end of the stream is none.
func Serve(ctx context.Context, conn io.ReadWriteCloser, config Config) error {
	if config.Log == nil {
		config.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c := &client{config: config, encoding: position.UTF16, cancels: map[string]context.CancelFunc{}, trace: protocol.TraceValueOff}
	var gone context.CancelFunc
	c.life, gone = context.WithCancel(ctx)
	defer gone()
	c.stream = newStream(conn, gone, func(sentence string) { config.Log.Warn("message", "problem", sentence) })
	c.session = session.New(c.life, session.Config{Host: config.Host, Settings: config.Settings, Report: c.tell, Log: config.Log})
	if config.Session != nil {
		config.Session(c.session)
	}
	c.rpc = jsonrpc2.NewConn(c.stream, jsonrpc2.WithCodec(codec{}))
	c.rpc.Go(ctx, c.handle)
	select {
	case <-c.rpc.Done():
	case <-ctx.Done():
	}
	_ = c.stream.Close() // the client may have closed it already
	c.session.Shutdown()
	switch {
	case ctx.Err() != nil:
		return nil
	case c.exited && !c.shut:
		return ErrNoShutdown
	case c.exited:
		return nil
	}
	if err := c.rpc.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("serve a client: %w", err)
	}
	return nil
}

// codec encodes payloads with the union types of LSP; the library's own knows only JSON.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	return protocol.Marshal(v)
}

func (codec) Unmarshal(data []byte, v any) error { return protocol.Unmarshal(data, v) }

// client is the connection with one client. The reading goroutine alone uses the fields below session.
type client struct {
	config  Config
	stream  *stream
	rpc     jsonrpc2.Conn
	session *session.Session
	life    context.Context // of the connection: it ends when nothing more can be read

	mutex   sync.Mutex // guards cancels and trace
	cancels map[string]context.CancelFunc
	trace   protocol.TraceValue

	encoding    position.Encoding
	able        abilities
	options     map[string]any // initializationOptions
	initialized bool           // the initialize request was answered
	greeted     bool           // initialized has come
	shut        bool
	exited      bool

	progress map[string]string // token of each work under way, empty where the client refused; for tell only
	tokens   int
}
