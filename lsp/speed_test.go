package lsp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infill-dev/infill/completion/model"
	"github.com/infill-dev/infill/completion/modeltest"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
	"github.com/infill-dev/infill/lsp"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// framed is a message with its header.
func framed(body string) []byte {
	return fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// readFrame reads a message as cheaply as can be, so that the client's share of a round trip is small.
func readFrame(in *bufio.Reader, into []byte) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	length, err := strconv.Atoi(string(bytes.TrimSpace(line[len("Content-Length:"):])))
	if err != nil {
		return nil, err
	}
	if _, err := in.ReadSlice('\n'); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(in, into[:length])
	return into[:length], err
}

// dialed is two ends of a Unix socket, the second served by serve.
func dialed(b *testing.B, serve func(net.Conn)) net.Conn {
	b.Helper()
	listener, err := net.Listen("unix", filepath.Join(b.TempDir(), "s"))
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		serve(conn)
	}()
	conn, err := net.Dial("unix", listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		conn.Close()
		<-done
		listener.Close()
	})
	return conn
}

// exchange sends a frame and reads the answer.
func exchange(b *testing.B, conn net.Conn, in *bufio.Reader, message, room []byte) time.Duration {
	began := time.Now()
	if _, err := conn.Write(message); err != nil {
		b.Fatal(err)
	}
	if _, err := readFrame(in, room); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// echo answers each frame with itself.
func echo(conn net.Conn) {
	defer conn.Close()
	in, room := bufio.NewReader(conn), make([]byte, 4096)
	for {
		body, err := readFrame(in, room)
		if err != nil {
			return
		}
		if _, err := conn.Write(framed(string(body))); err != nil {
			return
		}
	}
}

// BenchmarkRoundTrip200B compares a request of 200 bytes, answered by the server without any work, with 200 bytes that
// the other side of a socket echoes. The claim: at most twice the time. Both are measured in turn, so that a busy
// machine slows both.
func BenchmarkRoundTrip200B(b *testing.B) {
	h := lsptest.Host(b, lsptest.Options{})
	raw := dialed(b, echo)
	server := dialed(b, func(conn net.Conn) {
		_ = lsp.Serve(context.Background(), conn, lsp.Config{Host: h, Settings: settings.Default()})
	})
	rawIn, serverIn, room := bufio.NewReader(raw), bufio.NewReader(server), make([]byte, 64<<10)
	exchange(b, server, serverIn, framed(initialize), room)
	request := `{"jsonrpc":"2.0","id":1,"method":"infill/none","params":{"padding":"`
	request += strings.Repeat("x", 200-len(request)-len(`"}}`)) + `"}}`
	message := framed(request)
	var echoed, answered []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		echoed = append(echoed, exchange(b, raw, rawIn, message, room))
		answered = append(answered, exchange(b, server, serverIn, message, room))
	}
	b.ReportMetric(float64(at(echoed, 50).Nanoseconds()), "echo-p50-ns")
	b.ReportMetric(float64(at(answered, 50).Nanoseconds()), "lsp-p50-ns")
	b.ReportMetric(float64(at(answered, 50))/float64(at(echoed, 50)), "lsp/echo")
}

// at is a percentile.
func at(durations []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(durations))
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}

// keyboard is a client's end of a connection that gives the server one message at a time, and notes how long the server
// is busy with each: from the moment in which it gets the bytes to the moment in which it asks for more. Edits are taken
// on the reading goroutine, so the text has changed by then.
type keyboard struct {
	next func() []byte // nil ends the connection
	gave time.Time
	took []time.Duration
}

func (k *keyboard) Read(p []byte) (int, error) {
	if !k.gave.IsZero() {
		k.took = append(k.took, time.Since(k.gave))
	}
	message := k.next()
	if message == nil {
		return 0, io.EOF
	}
	if len(message) > len(p) {
		return 0, errors.New("the message does not fit the server's buffer")
	}
	n := copy(p, message)
	k.gave = time.Now()
	return n, nil
}

func (k *keyboard) Write(p []byte) (int, error) { return len(p), nil }
func (k *keyboard) Close() error                { return nil }

// BenchmarkKeystroke5000Lines measures what one key in a Go file of 5,000 lines costs the server's reading goroutine,
// beside what copying the text once costs, which is the least that an immutable text can cost. Parsing runs beside it.
func BenchmarkKeystroke5000Lines(b *testing.B) {
	text := goFile(5000)
	lines := strings.Count(text, "\n")
	h := lsptest.Host(b, lsptest.Options{})
	const uri = "untitled:a.go"
	sent, keys := 0, 0
	b.ResetTimer()
	k := &keyboard{next: func() []byte {
		sent++
		switch {
		case sent == 1:
			return framed(initialize)
		case sent == 2:
			return framed(initialized)
		case sent == 3: // in pieces, since a text does not fit the buffer
			return framed(open(uri, 1, ""))
		case sent <= 3+lines/100+1:
			from := (sent - 4) * 100
			piece := strings.SplitAfter(text, "\n")[from:min(from+100, lines)]
			return framed(change(uri, sent, edit(from, 0, from, 0, strings.Join(piece, ""))))
		case keys < b.N:
			keys++
			if keys%2 == 1 {
				return framed(change(uri, sent, edit(lines/2, 0, lines/2, 0, "x")))
			}
			return framed(change(uri, sent, edit(lines/2, 0, lines/2, 1, "")))
		}
		return nil
	}}
	if err := lsp.Serve(context.Background(), k, lsp.Config{Host: h, Settings: settings.Default()}); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	took := k.took[len(k.took)-b.N:]
	var copies []time.Duration
	var sink string
	for range max(100, min(b.N, 1000)) {
		began := time.Now()
		sink = text[:len(text)/2] + "x" + text[len(text)/2:]
		copies = append(copies, time.Since(began))
	}
	_ = sink
	b.ReportMetric(float64(at(took, 50).Nanoseconds()), "key-p50-ns")
	b.ReportMetric(float64(at(took, 95).Nanoseconds()), "key-p95-ns")
	b.ReportMetric(float64(at(copies, 50).Nanoseconds()), "copy-p50-ns")
	b.ReportMetric(float64((at(took, 50) - at(copies, 50)).Nanoseconds()), "key-copy-p50-ns")
}

// goFile is a Go file of so many lines.
func goFile(lines int) string {
	var b strings.Builder
	b.WriteString("package a\n\n")
	for i := 0; strings.Count(b.String(), "\n") < lines; i += 10 {
		for j := i; j < i+10; j++ {
			fmt.Fprintf(&b, "// compute%d adds the squares of what it gets.\nfunc compute%d(values []int) int {\n\ttotal := %d\n\tfor _, value := range values {\n\t\ttotal += value * value\n\t}\n\treturn total\n}\n\n", j, j, j)
		}
	}
	return b.String()
}

// BenchmarkServerOverhead measures what the server adds to a model that writes its first token after 100 ms: typing and
// asking in a workspace of some 500 files. first is the time from the question to the request that reaches the model,
// which is what is added to the first token; over is the whole answer less the model's 100 ms. The claim: first is at
// most 5 ms for 95 of 100 requests.
func BenchmarkServerOverhead(b *testing.B) {
	const first = 100 * time.Millisecond
	root, name := toolsFolder(b, 500)
	scripted := modeltest.New()
	var asked atomic.Int64
	scripted.Reply = func(model.Request) string {
		asked.Store(time.Now().UnixNano())
		return "~100ms|nil⏎"
	}
	pair := lsptest.Server(b, lsptest.Options{Root: root, Model: scripted, Settings: map[string]any{"layout": "plain"}})
	pair.Ready()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(string(name))))
	if err != nil {
		b.Fatal(err)
	}
	d := pair.Document(name, string(text))
	offset := strings.Index(d.Text(), "\nfunc ")
	offset += strings.Index(d.Text()[offset:], "\n}")
	var before, over []time.Duration
	end := offset
	for i := 0; b.Loop(); i++ {
		// Another line each time, so that nothing is remembered; then a key and the question, as editors do.
		line := fmt.Sprintf("\n\tresult%d := ", i)
		if err := d.Edit(source.Edit{Span: source.Span{Start: offset, End: end}, New: line}); err != nil {
			b.Fatal(err)
		}
		end = offset + len(line)
		pair.Settle()
		if err := d.Edit(source.Edit{Span: source.Span{Start: end, End: end}, New: "x"}); err != nil {
			b.Fatal(err)
		}
		end++
		began := time.Now()
		if _, err := pair.Complete(b.Context(), d, end, headless.Ask{}); err != nil {
			b.Fatal(err)
		}
		took := time.Since(began)
		if took < first {
			b.Fatalf("answered after %s, before the model", took)
		}
		before = append(before, time.Unix(0, asked.Load()).Sub(began))
		over = append(over, took-first)
	}
	b.ReportMetric(float64(at(before, 50).Microseconds())/1000, "first-p50-ms")
	b.ReportMetric(float64(at(before, 95).Microseconds())/1000, "first-p95-ms")
	b.ReportMetric(float64(at(over, 50).Microseconds())/1000, "over-p50-ms")
	b.ReportMetric(float64(at(over, 95).Microseconds())/1000, "over-p95-ms")
}

// toolsFolder is a folder with n Go files of golang.org/x/tools, and the path of one of them.
func toolsFolder(b *testing.B, n int) (root string, name source.Path) {
	b.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/tools").Output()
	if err != nil {
		b.Fatal(err)
	}
	from, to := strings.TrimSpace(string(out)), b.TempDir()
	errEnough := errors.New("enough")
	count := 0
	err = filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		lsptest.Write(b, to, map[string]string{filepath.ToSlash(relative): string(text)})
		if count++; count == n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		b.Fatalf("%d files: %v", count, err)
	}
	return to, "go/analysis/passes/assign/assign.go"
}
