package host_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/infill-dev/infill/completion"
	"github.com/infill-dev/infill/completion/settings"
	"github.com/infill-dev/infill/context/outline"
	"github.com/infill-dev/infill/lsp/host"
	"github.com/infill-dev/infill/lsp/lsptest"
)

// fakeParser outlines nothing and counts. See, when set, is called with each request.
type fakeParser struct {
	calls atomic.Int32
	see   func(context.Context, outline.ParseRequest)
}

func (p *fakeParser) Outline(ctx context.Context, request outline.ParseRequest) (outline.Outline, error) {
	p.calls.Add(1)
	if p.see != nil {
		p.see(ctx, request)
	}
	return outline.Outline{Hash: request.Hash}, ctx.Err()
}

func (p *fakeParser) Close(outline.Handle) {}

// in runs a test with a host in virtual time.
func in(t *testing.T, options lsptest.Options, run func(t *testing.T, h *host.Host, root string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		root := t.TempDir()
		lsptest.Write(t, root, options.Files)
		run(t, lsptest.Host(t, options), root)
	})
}

func TestEqualSettingsShareAnEngine(t *testing.T) {
	connected := 0
	h := lsptest.Host(t, lsptest.Options{Connect: func(settings.Settings) completion.Model { connected++; return nil }})
	a, b, c := settings.Default(), settings.Default(), settings.Default()
	a.Languages, b.Languages = map[string]bool{"go": true, "c": false}, map[string]bool{"c": false, "go": true}
	c.Items = 7
	if h.Engine(a) != h.Engine(b) || h.Engine(a) == h.Engine(c) || connected != 2 {
		t.Errorf("%d engines", connected)
	}
}

func TestGuard(t *testing.T) {
	var told []string
	h := lsptest.Host(t, lsptest.Options{Panicked: func(where string, value any) { told = append(told, fmt.Sprint(where, ": ", value)) }})
	if !h.Guard("good", func() {}) || h.Guard("bad", func() { panic("no") }) || h.Guard("nil", func() { var s []int; _ = s[len(told)] }) {
		t.Error("Guard says the wrong thing")
	}
	if len(told) != 2 || told[0] != "bad: no" {
		t.Errorf("told %q", told)
	}
}

// TestAccept serves clients over a real socket, each in its own goroutine, survives one that panics, and waits for all.
func TestAccept(t *testing.T) {
	var panics atomic.Int32
	h := lsptest.Host(t, lsptest.Options{Panicked: func(string, any) { panics.Add(1) }})
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var served atomic.Int32
	done := make(chan error, 1)
	go func() {
		done <- h.Accept(ctx, listener, func(conn net.Conn) {
			defer served.Add(1)
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			var first [1]byte
			if _, err := io.ReadFull(conn, first[:]); err != nil {
				return
			}
			if first[0] == '!' {
				_ = conn.Close()
				panic("a client")
			}
			_, _ = conn.Write(first[:])
			_, _ = io.Copy(io.Discard, conn)
		})
	}()
	dial := func(say string) net.Conn {
		conn, err := net.Dial("unix", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, say); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	bad := dial("!")
	_, _ = io.ReadAll(bad) // until it is closed
	var clients []net.Conn
	for range 5 {
		conn := dial("x")
		var echo [1]byte
		if _, err := io.ReadFull(conn, echo[:]); err != nil {
			t.Error(err)
		}
		clients = append(clients, conn)
	}
	clients[0].Close()
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if served.Load() != 6 || panics.Load() != 1 {
		t.Errorf("served %d, %d panics", served.Load(), panics.Load())
	}
	if _, err := net.Dial("unix", listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
	for _, conn := range append(clients, bad) {
		conn.Close()
	}
}
