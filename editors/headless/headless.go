// Package headless is an editor without a screen: it opens documents, edits them and asks for completions, as a client
// of a language server.
//
// One thing must stay true: the editor and the server hold the same text. An edit changes the document and goes to the
// server in one step, and a question is about the text that was sent before it.
//
//	editor, err := headless.Start(ctx, exec.Command("infill", "serve"), headless.Options{Root: root})
//	document, err := editor.Open("main.go", "go", text)
//	items, err := editor.Complete(ctx, document, offset, headless.Ask{Invoked: true})
//	err = editor.Close(ctx)
package headless

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"

	"go.lsp.dev/jsonrpc2"

	"github.com/infill-dev/infill/lsp/position"
)

// Options say what kind of editor it is. The zero value is one without a folder that counts columns in UTF-8.
type Options struct {
	// Root is the absolute path of the workspace folder; empty for none.
	Root string
	// Encodings are the position encodings that the editor knows, the best first; none means UTF-8.
	Encodings []string
	// Settings are sent with initialize, as initializationOptions.
	Settings map[string]any
	// Configuration answers workspace/configuration: its sections by name. Others are null.
	Configuration map[string]any
	// Trace is the value of initialize's trace: "off", "messages" or "verbose"; empty means off.
	Trace string
	// OnStatus is called with each status, in the order in which they come. It must not call the editor.
	OnStatus func(Status)
	// OnNotification is called with each notification of the server, likewise.
	OnNotification func(method string, params []byte)
	// Stderr takes what a server process writes there; nil for nowhere.
	Stderr io.Writer
}

// Editor is one client of one server. It is safe for use by several goroutines. Close or Kill it.
type Editor struct {
	options  Options
	wire     *wire
	process  *exec.Cmd // nil when the server is none of ours
	encoding position.Encoding
	hello    []byte       // the answer to initialize
	saveText bool         // the server wants the text with didSave
	end      func() error // wait, once

	mutex    sync.Mutex // guards what follows
	statuses []Status
	logs     []Log
	progress []Progress
	wanted   []string
	changed  chan struct{} // closed and made anew with each status
}

// Status is the parameter of infill/status.
type Status struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Percent int    `json:"percent"`
	Model   string `json:"model"`
}

// Busy tells that a better status will follow by itself.
func (s Status) Busy() bool {
	return s.Kind == "indexing" || s.Kind == "loading" || s.Kind == "starting"
}

// Log is the parameter of window/logMessage. Type is 1 for an error to 4 for a log line.
type Log struct {
	Type    int    `json:"type"`
	Message string `json:"message"`
}

// Progress is one step of a long work of the server.
type Progress struct {
	Token      string
	Kind       string // "create", "begin", "report" or "end"
	Title      string
	Message    string
	Percentage *int
}

// Connect makes an editor at the other end of a connection with a server and introduces it: initialize, initialized.
// Ending ctx later does not end the editor. Connect closes the connection when it fails.
func Connect(ctx context.Context, conn io.ReadWriteCloser, options Options) (*Editor, error) {
	return connect(ctx, conn, nil, options)
}

// Start starts a server process that speaks over stdin and stdout, and connects to it.
func Start(ctx context.Context, command *exec.Cmd, options Options) (*Editor, error) {
	in, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	command.Stderr = options.Stderr
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	return connect(ctx, stdio{out, in}, command, options)
}

func connect(ctx context.Context, conn io.ReadWriteCloser, process *exec.Cmd, options Options) (*Editor, error) {
	e := &Editor{options: options, process: process, changed: make(chan struct{})}
	e.wire = newWire(context.WithoutCancel(ctx), conn, e.told, e.asked)
	e.end = sync.OnceValue(e.wait)
	stop := context.AfterFunc(ctx, e.abort) // a server that does not answer at all
	defer stop()
	if err := e.introduce(context.WithoutCancel(ctx)); err != nil {
		e.abort()
		return nil, fmt.Errorf("connect to the server: %w", errors.Join(ctx.Err(), err, e.end()))
	}
	return e, nil
}

// stdio is the two pipes of a process as one connection.
type stdio struct {
	io.ReadCloser
	io.WriteCloser
}

func (s stdio) Close() error { return errors.Join(s.WriteCloser.Close(), s.ReadCloser.Close()) }

// Close takes leave of the server (shutdown, exit) and waits until it is gone. The error is what it did wrong on the
// way, an exit code other than 0 among it. When ctx ends first, the server is killed.
func (e *Editor) Close(ctx context.Context) error {
	stop := context.AfterFunc(ctx, e.abort)
	defer stop()
	left := errors.Join(e.Call(context.WithoutCancel(ctx), "shutdown", nil, nil), e.Notify("exit", nil))
	<-e.wire.done
	if err := ctx.Err(); err != nil {
		left = fmt.Errorf("the server did not leave: %w", err)
	}
	return errors.Join(left, e.end(), e.wire.complaint())
}

// Kill ends the connection, and the server when it is a process of ours, without taking leave.
func (e *Editor) Kill() {
	e.abort()
	_ = e.end() // "signal: killed" is no news
}

// abort makes the connection end, whatever the server does.
func (e *Editor) abort() {
	if e.process != nil {
		_ = e.process.Process.Kill() // it may have ended by itself
	}
	_ = e.wire.stream.Close() // the server may have closed it
}

// wait waits for all goroutines and for the process.
func (e *Editor) wait() error {
	e.wire.close()
	if e.process == nil {
		return nil
	}
	if err := e.process.Wait(); err != nil {
		return fmt.Errorf("the server ended: %w", err)
	}
	return nil
}

// Call sends a request and waits for its answer, which is decoded into result unless that is nil. When ctx ends, the
// request is cancelled and the server's one answer is still waited for.
func (e *Editor) Call(ctx context.Context, method string, params, result any) error {
	asked, err := e.wire.ask(method, params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if err := e.wire.wait(ctx, asked, result); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// Notify sends a notification.
func (e *Editor) Notify(method string, params any) error {
	raw, err := encode(params)
	if err == nil {
		err = e.wire.write(jsonrpc2.NewNotification(method, raw))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// WaitReady waits until the server is busy neither with starting nor with reading the folder nor with loading the model,
// and gives the status it is in then.
func (e *Editor) WaitReady(ctx context.Context) (Status, error) {
	for {
		e.mutex.Lock()
		changed := e.changed
		var last Status
		known := len(e.statuses) > 0
		if known {
			last = e.statuses[len(e.statuses)-1]
		}
		e.mutex.Unlock()
		if known && !last.Busy() {
			return last, nil
		}
		select {
		case <-changed:
		case <-e.wire.done:
			return last, fmt.Errorf("wait for the server: %w", errGone)
		case <-ctx.Done():
			return last, fmt.Errorf("wait for the server: %w", ctx.Err())
		}
	}
}

// Statuses are the statuses so far, in order.
func (e *Editor) Statuses() []Status { return copyOf(e, &e.statuses) }

// Logs are the window/logMessage notifications so far, in order.
func (e *Editor) Logs() []Log { return copyOf(e, &e.logs) }

// Progress are the steps of long works so far, in order.
func (e *Editor) Progress() []Progress { return copyOf(e, &e.progress) }

// Registered are the methods that the server has asked for by client/registerCapability, in order.
func (e *Editor) Registered() []string { return copyOf(e, &e.wanted) }

// Encoding is how the editor and the server count columns.
func (e *Editor) Encoding() position.Encoding { return e.encoding }

// Hello is the server's answer to initialize, as JSON.
func (e *Editor) Hello() []byte { return slices.Clone(e.hello) }

func copyOf[T any](e *Editor, list *[]T) []T {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return slices.Clone(*list)
}
