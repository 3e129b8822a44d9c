package ollama

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/infill-dev/infill/completion/model"
)

// DefaultEndpoint is where Ollama listens when it is told nothing else.
const DefaultEndpoint = "http://127.0.0.1:11434"

const defaultPort = "11434"

// Endpoint is the address of the server: the user's setting, which is a URL with its scheme, else the value of OLLAMA_HOST
// in any form that Ollama itself takes (host, host:port, :port, with or without scheme, IPv6 with or without
// brackets), else DefaultEndpoint. An address on which a server listens everywhere (0.0.0.0, ::) means this machine.
// The error is a *model.Error of kind ErrAddress. Whether the address is allowed is not asked here.
func Endpoint(setting, ollamaHost string) (*url.URL, error) {
	setting, ollamaHost = strings.TrimSpace(setting), strings.Trim(strings.TrimSpace(ollamaHost), `"'`)
	switch {
	case setting != "":
		if !strings.Contains(setting, "://") {
			return nil, badAddress("The endpoint %s has no scheme; write http://%s.", setting, printable(setting))
		}
		return parse("endpoint", setting)
	case ollamaHost != "":
		if !strings.Contains(ollamaHost, "://") {
			ollamaHost = "http://" + withPort(ollamaHost)
		}
		return parse("OLLAMA_HOST", ollamaHost)
	}
	return url.Parse(DefaultEndpoint)
}

func badAddress(format string, address string, more ...any) error {
	return &model.Error{Kind: model.ErrAddress, Sentence: fmt.Sprintf(format, append([]any{quoted(address)}, more...)...)}
}

// withPort writes an address without scheme as a URL has it: a missing port is Ollama's, a missing host is this machine,
// IPv6 stands in brackets.
func withPort(address string) string {
	host, path, hasPath := strings.Cut(address, "/")
	if hasPath {
		path = "/" + path
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return joinPort(ip.String(), defaultPort) + path
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return host + ":" + defaultPort + path
	}
	if port == "" {
		port = defaultPort
	}
	return joinPort(name, port) + path
}

func joinPort(host, port string) string { return net.JoinHostPort(host, port) }

// parse reads a URL with scheme. what names where it comes from.
func parse(what, address string) (*url.URL, error) {
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, badAddress("The address %s in "+what+" holds a space or a control character.", address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, badAddress("The address %s in "+what+" is not a URL; write one like "+DefaultEndpoint+".", address)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, badAddress("The address %s in "+what+" must begin with http:// or https://.", address)
	case u.User != nil:
		return nil, &model.Error{Kind: model.ErrAddress, Sentence: "The address in " + what + " holds a user name or a password, which infill does not send."}
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.Contains(address, "#"):
		return nil, badAddress("The address %s in "+what+" must end before any ? or #.", address)
	}
	host := u.Hostname()
	if number, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || number == 0) {
		return nil, badAddress("The address %s in "+what+" has a port that does not exist.", address)
	}
	if host == "" && u.Port() == "" {
		return nil, badAddress("The address %s in "+what+" names no machine.", address)
	}
	if local := localFor(host); local != host {
		u.Host = strings.TrimSuffix(joinPort(local, u.Port()), ":")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

// localFor replaces an address on which a server listens everywhere by one at which it can be reached.
func localFor(host string) string {
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "":
		return "127.0.0.1"
	case err != nil || !ip.Unmap().IsUnspecified():
		return host
	case ip.Unmap().Is4():
		return "127.0.0.1"
	}
	return "::1"
}

// port is the port of a URL, by its scheme when it names none.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// loopbackName tells whether a host is this machine by its name alone.
func loopbackName(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// allowedHost refuses at once what need not be dialled to be refused: an address written as a number. A name is checked when
// it is dialled, because it may mean something else each time.
func allowedHost(base *url.URL, allowRemote bool) error {
	ip, err := netip.ParseAddr(base.Hostname())
	if err != nil {
		return nil
	}
	return allowed(ip, base, allowRemote)
}

// metadata are addresses at which cloud machines hand out credentials, beside the link-local ones: AWS over IPv6,
// Alibaba Cloud, Oracle Cloud.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("100.100.100.200"),
	netip.MustParseAddr("192.0.0.192"),
}

// allowed checks an address to be dialled: loopback always, others only where the user's own configuration says so, and never
// those that no model server has.
func allowed(ip netip.Addr, base *url.URL, allowRemote bool) error {
	ip = ip.Unmap().WithZone("")
	forbidden := func(why string) error {
		return &model.Error{Kind: model.ErrForbidden, Sentence: fmt.Sprintf("The model server %s is not used: %s", base, why)}
	}
	if ip.IsLoopback() {
		return nil
	}
	if ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || !ip.IsValid() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return forbidden(ip.String() + " is not the address of a machine with a model server.")
	}
	for _, address := range metadata {
		if ip == address {
			return forbidden(ip.String() + " is a cloud machine's source of credentials.")
		}
	}
	if !allowRemote {
		return forbidden(ip.String() + " is another machine. Set allow_remote in your own configuration if your code may be sent there.")
	}
	return nil
}

// dialTimeout bounds the making of a connection, not the answer.
const dialTimeout = 5 * time.Second

// guarded is a transport that connects only to addresses that are allowed. It asks for each address just before it is
// dialled, after the name was resolved, so a name that changes its meaning cannot lead elsewhere. The environment's
// proxy is used for another machine only.
func guarded(base *url.URL, allowRemote bool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: dialTimeout,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return allowed(to.Addr(), base, allowRemote)
		},
	}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // a stream is read as it comes, and a small answer cannot grow
	}
	if allowRemote && !loopbackName(base.Hostname()) {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return transport
}

// maxAnswer bounds what the calls that are not streams read; the largest, a model shown with its 256,000 tokens, has 8 MB.
const maxAnswer = 32 << 20

// errRedirect and errLongReply are answers that are not read.
var (
	errRedirect  = errors.New("the server redirects")
	errLongReply = errors.New("the answer is longer than 32 MB")
)

// statusError is an answer with a status of 400 or more.
type statusError struct {
	status int
	text   []byte // the beginning of the answer
}

func (e *statusError) Error() string { return fmt.Sprintf("HTTP status %d", e.status) }

// strict is a transport for which everything but a usable answer is an error. It follows no redirect and bounds
// what is read: streams are bounded by line (stream.go), what the api package reads as a whole is bounded here.
type strict struct{ http.RoundTripper }

func (s strict) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := s.RoundTripper.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	switch {
	case response.StatusCode >= 400:
		defer response.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxMessage)) // half a message is better than none
		return nil, &statusError{response.StatusCode, text}
	case response.StatusCode >= 300:
		response.Body.Close()
		return nil, errRedirect
	}
	if !strings.HasSuffix(request.URL.Path, generatePath) {
		response.Body = &bounded{ReadCloser: response.Body, left: maxAnswer}
	}
	return response, nil
}

// CloseIdleConnections passes the call on: http.Client looks for the method.
func (s strict) CloseIdleConnections() {
	if closer, ok := s.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// bounded is a body that fails when it is longer than it may be.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errLongReply
	}
	return n, err
}

// ownAddresses are the addresses of this machine that others can reach.
func ownAddresses() []string {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the machine does not tell; then nothing is known to be exposed
	}
	var own []string
	for _, address := range found {
		prefix, err := netip.ParsePrefix(address.String())
		if err != nil {
			continue
		}
		if ip := prefix.Addr().Unmap(); ip.IsGlobalUnicast() {
			own = append(own, ip.String())
		}
	}
	return own
}
