package headless

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sourcegraph/conc"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// wire is the connection with the server. It matches answers to questions and hands on what the server tells and
// asks, in the order in which it comes. The library's own connection is not used because it forgets a call whose
// context has ended, and an editor must see the answer to what it cancelled.
type wire struct {
	stream jsonrpc2.Stream
	life   context.Context // never ends; the stream wants one
	told   func(method string, params []byte)
	asked  func(method string, params []byte) (any, error)
	group  conc.WaitGroup
	done   chan struct{} // closed when nothing more will come

	mutex   sync.Mutex // guards what follows
	next    int64
	waiting map[jsonrpc2.ID]chan *jsonrpc2.Response
	strays  int   // answers to what was not asked, or was answered already
	why     error // why the connection has ended
}

// question is a request under way.
type question struct {
	id     jsonrpc2.ID
	answer chan *jsonrpc2.Response // has room for the one answer
}

// errGone is what a request gets whose answer cannot come any more.
var errGone = errors.New("the server is gone")

func newWire(life context.Context, conn io.ReadWriteCloser, told func(string, []byte), asked func(string, []byte) (any, error)) *wire {
	w := &wire{stream: jsonrpc2.NewStream(conn), life: life, told: told, asked: asked, done: make(chan struct{}),
		waiting: map[jsonrpc2.ID]chan *jsonrpc2.Response{}}
	w.group.Go(w.read)
	return w
}

// read takes messages until the connection ends. It never waits for the server to read: answers have goroutines of
// their own, or the two ends could wait for each other.
func (w *wire) read() {
	defer close(w.done)
	for {
		message, _, err := w.stream.Read(w.life)
		if err != nil {
			w.mutex.Lock()
			w.why = err
			w.mutex.Unlock()
			return
		}
		switch message := message.(type) {
		case *jsonrpc2.Response:
			w.answered(message)
		case *jsonrpc2.Notification:
			w.told(message.Method(), message.Params())
		case *jsonrpc2.Call:
			id := message.ID()
			result, refusal := w.asked(message.Method(), message.Params())
			raw, err := encode(result)
			if refusal == nil {
				refusal = err
			}
			w.group.Go(func() { _ = w.write(jsonrpc2.NewResponse(id, raw, refusal)) }) // a failure ends read, too
		}
	}
}

func (w *wire) answered(response *jsonrpc2.Response) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	answer, known := w.waiting[response.ID()]
	if !known {
		w.strays++
		return
	}
	delete(w.waiting, response.ID())
	answer <- response
}

// ask sends a request.
func (w *wire) ask(method string, params any) (question, error) {
	raw, err := encode(params)
	if err != nil {
		return question{}, err
	}
	w.mutex.Lock()
	w.next++
	asked := question{jsonrpc2.NewNumberID(w.next), make(chan *jsonrpc2.Response, 1)}
	w.waiting[asked.id] = asked.answer
	w.mutex.Unlock()
	return asked, w.write(jsonrpc2.NewCall(asked.id, method, raw))
}

// wait waits for the answer to a request. The end of ctx cancels the request.
func (w *wire) wait(ctx context.Context, asked question, result any) error {
	select {
	case response := <-asked.answer:
		return decode(response, result)
	case <-w.done:
		return w.last(asked, result)
	case <-ctx.Done():
	}
	id, _ := asked.id.Number()
	if raw, err := encode(map[string]int64{"id": id}); err == nil {
		_ = w.write(jsonrpc2.NewNotification("$/cancelRequest", raw)) // a failure ends the connection, seen below
	}
	select {
	case response := <-asked.answer:
		err := decode(response, result)
		if code := (*jsonrpc2.Error)(nil); errors.As(err, &code) && code.Code == cancelled {
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return err
	case <-w.done:
		return w.last(asked, result)
	}
}

// cancelled is LSP's code of the answer to a request that the client cancelled.
const cancelled jsonrpc2.Code = -32800

// last looks for an answer that came just before the connection ended.
func (w *wire) last(asked question, result any) error {
	select {
	case response := <-asked.answer:
		return decode(response, result)
	default:
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return fmt.Errorf("%w: %w", errGone, w.why)
}

func (w *wire) write(message jsonrpc2.Message) error {
	_, err := w.stream.Write(w.life, message)
	return err
}

// close ends the connection and waits for all goroutines.
func (w *wire) close() {
	_ = w.stream.Close() // the server may have closed it
	w.group.Wait()
}

// complaint is what the server did that no server may.
func (w *wire) complaint() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.strays > 0 {
		return fmt.Errorf("the server sent %d answers that nothing had asked for", w.strays)
	}
	return nil
}

// encode makes JSON of values, the union types of LSP among them; nil is nothing.
func encode(value any) (jsonrpc2.RawMessage, error) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		return jsonrpc2.RawMessage(value), nil
	case object, []object, []any:
		return json.Marshal(value) // keys in order: two runs send the same bytes
	}
	return protocol.Marshal(value)
}

func decode(response *jsonrpc2.Response, into any) error {
	if err := response.Err(); err != nil {
		return err
	}
	switch into := into.(type) {
	case nil:
		return nil
	case *json.RawMessage:
		*into = json.RawMessage(response.Result())
		return nil
	}
	return protocol.Unmarshal(response.Result(), into)
}
