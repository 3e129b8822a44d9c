package host

import (
	"context"
	"errors"
	"net"

	"github.com/sourcegraph/conc"
)

// Accept serves each client that connects in a goroutine of its own until ctx ends, and then waits for them. serve
// must return when ctx ends. Accept closes the listener.
func (h *Host) Accept(ctx context.Context, listener net.Listener, serve func(net.Conn)) error {
	var clients conc.WaitGroup
	defer clients.Wait()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() }) // it ends Accept below
	defer stop()
	for {
		conn, err := listener.Accept()
		if err != nil {
			_ = listener.Close()
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		clients.Go(func() { h.Guard("client", func() { serve(conn) }) })
	}
}
