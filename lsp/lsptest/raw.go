package lsptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"sync"
	"testing"

	"github.com/infill-dev/infill/lsp/session"
)

// Wire is a client's end of a connection with a server, to write bytes by hand. What the server sends is read all the
// time, whether anybody asks for it or not.
type Wire struct {
	net.Conn
	Root    string
	Session *session.Session

	t      testing.TB
	in     *bufio.Reader
	server *running
	pumped chan struct{} // closed when all that the server sent is known; nil for Mute
	pings  int

	mutex   sync.Mutex // guards what follows
	frames  []string
	replies map[string]string // "result" or "error" of the answer to what the server asks, by method
	over    bool              // the server will send nothing more
	more    chan struct{}     // closed and made anew when one of them changes
}

// Raw starts a server for a client that is written by hand. The server ends with the test.
func Raw(t testing.TB, options Options) *Wire {
	t.Helper()
	w := Mute(t, options)
	w.pumped = make(chan struct{})
	go func() {
		defer close(w.pumped)
		w.pump()
	}()
	t.Cleanup(func() {
		_ = w.Close() // the test may have closed it
		<-w.pumped
	})
	return w
}

// Mute is Raw for a client that reads nothing but by ReadOne.
func Mute(t testing.TB, options Options) *Wire {
	t.Helper()
	s := start(t, &options)
	return &Wire{Conn: s.conn, Root: s.root, Session: s.session, t: t, in: bufio.NewReader(s.conn), server: s, replies: map[string]string{},
		more: make(chan struct{})}
}

// ReadOne is the next message. It is for Mute.
func (w *Wire) ReadOne() string {
	w.t.Helper()
	body, err := frame(w.in)
	if err != nil {
		w.t.Fatalf("the server sends nothing: %v", err)
	}
	return body
}

// Reply makes the client answer what the server asks by this method, with a result as JSON has it.
func (w *Wire) Reply(method, result string) { w.answer(method, `"result":`+result) }

// Refuse makes the client answer what the server asks by this method with an error.
func (w *Wire) Refuse(method string) {
	w.answer(method, `"error":{"code":-32601,"message":"There is no such method here."}`)
}

func (w *Wire) answer(method, member string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.replies[method] = member
}

// reply answers what the server asks, in a goroutine of its own, since a client must read while it writes.
func (w *Wire) reply(group *sync.WaitGroup, body string) {
	var asked Message
	if json.Unmarshal([]byte(body), &asked) != nil || asked.ID == nil {
		return
	}
	w.mutex.Lock()
	member, known := w.replies[asked.Method]
	w.mutex.Unlock()
	if !known {
		return
	}
	answer := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, asked.ID, member)
	group.Go(func() {
		_, _ = fmt.Fprintf(w.Conn, "Content-Length: %d\r\n\r\n%s", len(answer), answer) // the server may be gone
	})
}

// pump keeps the bodies of all frames.
func (w *Wire) pump() {
	var answers sync.WaitGroup
	defer answers.Wait()
	for {
		body, err := frame(w.in)
		w.reply(&answers, body)
		w.mutex.Lock()
		if err == nil {
			w.frames = append(w.frames, body)
		}
		w.over = err != nil
		close(w.more)
		w.more = make(chan struct{})
		w.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

func frame(in *bufio.Reader) (string, error) {
	header, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		return "", err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return "", err
	}
	body := make([]byte, length)
	_, err = io.ReadFull(in, body)
	return string(body), err
}

// Send sends one message.
func (w *Wire) Send(body string) {
	w.t.Helper()
	w.Type(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

// Type sends bytes.
func (w *Wire) Type(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w.Conn, text); err != nil {
		w.t.Fatalf("the server does not read: %v", err)
	}
}

// Frames are the messages that have come so far.
func (w *Wire) Frames() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.frames[:len(w.frames):len(w.frames)]
}

// Message is what a message of the server holds.
type Message struct {
	ID     json.RawMessage
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
	}
}

// Messages are the messages so far, decoded.
func (w *Wire) Messages() []Message {
	w.t.Helper()
	var messages []Message
	for _, frame := range w.Frames() {
		var message Message
		if err := json.Unmarshal([]byte(frame), &message); err != nil {
			w.t.Fatalf("the server sent %q: %v", frame, err)
		}
		messages = append(messages, message)
	}
	return messages
}

// Wait waits for the first message that fits.
func (w *Wire) Wait(what string, fits func(Message) bool) Message {
	w.t.Helper()
	for {
		w.mutex.Lock()
		more, over := w.more, w.over
		w.mutex.Unlock()
		for _, message := range w.Messages() {
			if fits(message) {
				return message
			}
		}
		if over {
			w.t.Fatalf("the connection ended before %s came; there are %v", what, w.Frames())
		}
		<-more
	}
}

// Answer waits for the answer to a request. The id is as JSON has it.
func (w *Wire) Answer(id string) Message {
	w.t.Helper()
	return w.Wait("the answer to "+id, func(m Message) bool { return m.Method == "" && string(m.ID) == id })
}

// Ended waits until the server has returned, and gives what it returned.
func (w *Wire) Ended() error {
	w.t.Helper()
	err := w.server.wait()
	if w.pumped != nil {
		<-w.pumped
	}
	return err
}

// Text is the server's text of a document that is open there, as soon as everything that was sent before has been taken.
// The error tells that it is not open or not known.
func (w *Wire) Text(uri string) (string, error) {
	w.t.Helper()
	w.pings++
	id := fmt.Sprintf(`"lsptest %d"`, w.pings)
	w.Send(`{"jsonrpc":"2.0","id":` + id + `,"method":"infill/none"}`)
	w.Answer(id)
	return w.TextNow(uri)
}

// TextNow is Text without waiting for the server.
func (w *Wire) TextNow(uri string) (string, error) { return text(w.Session, uri) }

// Interrupt ends the context that the server was given, as an interrupt of the program does.
func (w *Wire) Interrupt() { w.server.stop() }
