package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infill-dev/infill/lsp"
)

func serveCommand(std streams) *cobra.Command {
	var socket, logFile, level string
	var stdio bool
	command := &cobra.Command{
		Use:   "serve",
		Short: "Speaks the Language Server Protocol over stdio or a socket",
		Long: "Speaks the Language Server Protocol (3.18) over stdio, or with every client that connects to a socket.\n\n" +
			"ADDRESS is a loopback address with its port (127.0.0.1:9257, [::1]:9257) or the path of a Unix socket, which only\n" +
			"the user can open. The log goes to stderr; at level info it has a line for each request.",
		Args: exactly(0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, closeLog, err := openLog(std.err, logFile, level)
			if err != nil {
				return err
			}
			defer closeLog()
			s, problems := userSettings()
			h := newHost(cmd.Context(), log)
			defer h.Close()
			config := lsp.Config{Host: h, Settings: s, Problems: problems, Version: version, Log: log}
			if socket != "" {
				return serveSocket(cmd.Context(), socket, config, std.err)
			}
			err = lsp.Serve(cmd.Context(), pipes{std.in, std.out}, config)
			if errors.Is(err, lsp.ErrNoShutdown) {
				return exitError(exitFailed)
			}
			return err
		},
	}
	flags := command.Flags()
	flags.StringVar(&socket, "socket", "", "listen at `ADDRESS` instead of talking over stdio")
	flags.StringVar(&logFile, "log-file", "", "append the log to `FILE` instead of writing it to stderr")
	// Editors show stderr as errors, so that a line for each key is not for every day.
	flags.StringVar(&level, "log-level", "warn", "least `LEVEL` that is logged: debug, info, warn or error")
	flags.BoolVar(&stdio, "stdio", false, "talk over stdio; the default, and accepted because clients append it")
	return command
}

// pipes is stdin and stdout as one connection.
type pipes struct {
	io.Reader
	io.Writer
}

// Close closes stdout and, as far as the system can, unblocks a read of stdin.
func (p pipes) Close() error {
	var failed error
	for _, end := range []any{p.Reader, p.Writer} {
		if closer, ok := end.(io.Closer); ok {
			failed = errors.Join(failed, closer.Close())
		}
	}
	return failed
}

func openLog(stderr io.Writer, name, level string) (*slog.Logger, func(), error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, nil, usageError{fmt.Errorf("--log-level %q is not debug, info, warn or error", level)}
	}
	out, closeLog := stderr, func() {}
	if name != "" {
		file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("open the log: %w", err)
		}
		out, closeLog = file, func() { _ = file.Close() }
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: least})), closeLog, nil
}

// serveSocket serves every client that connects, until the command is interrupted. All share one host.
func serveSocket(ctx context.Context, address string, config lsp.Config, said io.Writer) error {
	listener, err := listen(ctx, address)
	if err != nil {
		return err
	}
	fmt.Fprintf(said, "infill: listening at %s\n", listener.Addr())
	return config.Host.Accept(ctx, listener, func(conn net.Conn) {
		if err := lsp.Serve(ctx, conn, config); err != nil {
			config.Log.Warn("client", "problem", err.Error())
		}
	})
}

// listen opens a socket that no other machine can reach.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	if strings.ContainsAny(address, `/\`) {
		listener, err := config.Listen(ctx, "unix", filepath.Clean(address))
		if err != nil {
			return nil, fmt.Errorf("listen: %w", err)
		}
		if err := os.Chmod(address, 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("keep %s from other users: %w", address, err), listener.Close())
		}
		return listener, nil
	}
	where, err := netip.ParseAddrPort(strings.Replace(address, "localhost:", "127.0.0.1:", 1))
	if err != nil || !where.Addr().IsLoopback() {
		return nil, usageError{fmt.Errorf("%q is neither a loopback address with its port, such as 127.0.0.1:9257, nor the path of a socket", address)}
	}
	listener, err := config.Listen(ctx, "tcp", where.String())
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}
