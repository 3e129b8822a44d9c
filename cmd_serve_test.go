package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infill-dev/infill/context/source"
	"github.com/infill-dev/infill/editors/headless"
)

// TestServeOnASocket lets two editors work with one server over a socket, and ends it as an interrupt does.
func TestServeOnASocket(t *testing.T) {
	for name, address := range map[string]string{"unix": filepath.Join(t.TempDir(), "infill.sock"), "tcp": freeAddress(t)} {
		t.Run(name, func(t *testing.T) {
			sh := newShell(t, shapes())
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan int)
			go func() {
				ended <- execute(ctx, []string{"serve", "--socket", address, "--log-level", "error"}, streams{strings.NewReader(""), io.Discard, io.Discard})
			}()
			for range 2 {
				editor, err := headless.Connect(t.Context(), dial(t, name, address), headless.Options{Root: sh.root})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := editor.WaitReady(t.Context()); err != nil {
					t.Fatal(err)
				}
				text := shapes()["open.go"][:len(shapes()["open.go"])-len("\n}\n")]
				document, err := editor.Open(source.Path("open.go"), "go", text)
				if err != nil {
					t.Fatal(err)
				}
				items, err := editor.Complete(t.Context(), document, len(text), headless.Ask{})
				if err != nil || len(items) != 1 || items[0].Text != "path, count); err != nil {" {
					t.Errorf("%v, %v", items, err)
				}
				t.Cleanup(editor.Kill)
			}
			stop()
			select {
			case code := <-ended:
				if code != exitDone {
					t.Errorf("exit code %d", code)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("the server does not end")
			}
			if _, err := os.Stat(address); name == "unix" && err == nil {
				t.Error("the socket is left behind")
			}
		})
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// dial connects as soon as the server listens.
func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial(network, address); err == nil {
			return conn
		}
	}
	t.Fatalf("nobody listens at %s", address)
	return nil
}
