package ollama

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/infill-dev/infill/completion/model"
)

func TestEndpoint(t *testing.T) {
	tests := []struct {
		setting, env string
		want         string // the address, or a part of the sentence
		wrong        bool
	}{
		{"", "", "http://127.0.0.1:11434", false},
		{"http://localhost:11434/", "ignored here", "http://localhost:11434", false},
		{"  https://gpu.example:8443/ollama/ ", "", "https://gpu.example:8443/ollama", false},
		{"HTTP://127.0.0.1:1", "", "http://127.0.0.1:1", false},
		{"http://0.0.0.0:11434", "", "http://127.0.0.1:11434", false},
		{"http://[::]:11434", "", "http://[::1]:11434", false},
		{"http://0.0.0.0", "", "http://127.0.0.1", false},
		{"http://[::]", "", "http://[::1]", false},
		{"", "example", "http://example:11434", false},
		{"", "127.0.0.1:8080", "http://127.0.0.1:8080", false},
		{"", ":8080", "http://127.0.0.1:8080", false},
		{"", "0.0.0.0", "http://127.0.0.1:11434", false},
		{"", "0.0.0.0:5000", "http://127.0.0.1:5000", false},
		{"", "::", "http://[::1]:11434", false},
		{"", "::1", "http://[::1]:11434", false},
		{"", "[::1]", "http://[::1]:11434", false},
		{"", "[::1]:99", "http://[::1]:99", false},
		{"", "2001:db8::1", "http://[2001:db8::1]:11434", false},
		{"", "https://example", "https://example", false},
		{"", "http://:8080", "http://127.0.0.1:8080", false},
		{"", "example:", "http://example:11434", false},
		{"", "example/path", "http://example:11434/path", false},
		{"", ` "127.0.0.1:1" `, "http://127.0.0.1:1", false},

		{"localhost:11434", "", `The endpoint "localhost:11434" has no scheme; write http://localhost:11434.`, true},
		{"http://local host:11434", "", `holds a space`, true},
		{"http://a\nb", "", `holds a space or a control character`, true},
		{"ftp://example", "", `must begin with http:// or https://`, true},
		{"file:///etc/passwd", "", `must begin with http:// or https://`, true},
		{"http://", "", `names no machine`, true},
		{"http://user:secret@example", "", `holds a user name or a password`, true},
		{"http://example?x=1", "", `must end before any ? or #`, true},
		{"http://example#x", "", `must end before any ? or #`, true},
		{"http://example:99999", "", `port that does not exist`, true},
		{"http://example:0", "", `port that does not exist`, true},
		{"http://[::1", "", `is not a URL`, true},
		{"http://exa%mple", "", `is not a URL`, true},
		{"", "a b", `The address "http://a b:11434" in OLLAMA_HOST holds a space`, true},
		{"", "example:port", `is not a URL`, true},
	}
	for _, test := range tests {
		t.Run(test.setting+"|"+test.env, func(t *testing.T) {
			got, err := Endpoint(test.setting, test.env)
			if test.wrong {
				if !errors.Is(err, model.ErrAddress) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
					t.Errorf("%v, error %v, want %s", got, err, test.want)
				}
				return
			}
			if err != nil || got.String() != test.want {
				t.Errorf("%v, %v, want %s", got, err, test.want)
			}
		})
	}
}

func FuzzEndpoint(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:11434", "::1", ":80", "http://[fe80::1%25eth0]:1", "a/b?c#d", "0.0.0.0:", "http://[::]", "[", "http://%zz"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, address string, env bool) {
		setting, host := address, ""
		if env {
			setting, host = "", address
		}
		got, err := Endpoint(setting, host)
		if err != nil {
			if !errors.Is(err, model.ErrAddress) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if got.Scheme != "http" && got.Scheme != "https" || got.Hostname() == "" || got.User != nil || got.RawQuery != "" {
			t.Fatalf("%q becomes %q", address, got)
		}
		if ip, err := netip.ParseAddr(got.Hostname()); err == nil && ip.IsUnspecified() {
			t.Fatalf("%q becomes %q, which is no address to dial", address, got)
		}
		again, err := Endpoint(got.String(), "")
		if err != nil || again.String() != got.String() {
			t.Fatalf("%q becomes %q and then %v, %v", address, got, again, err)
		}
	})
}

func TestAllowed(t *testing.T) {
	tests := []struct {
		address       string
		local, remote bool
	}{
		{"127.0.0.1", true, true}, {"127.9.9.9", true, true}, {"::1", true, true}, {"::ffff:127.0.0.1", true, true},
		{"192.168.1.5", false, true}, {"8.8.8.8", false, true}, {"2001:db8::1", false, true}, {"::ffff:8.8.8.8", false, true},
		{"169.254.169.254", false, false}, {"169.254.0.1", false, false}, {"::ffff:169.254.169.254", false, false},
		{"fe80::1", false, false}, {"fe80::1%eth0", false, false}, {"fd00:ec2::254", false, false}, {"100.100.100.200", false, false},
		{"192.0.0.192", false, false}, {"0.0.0.0", false, false}, {"::", false, false}, {"224.0.0.1", false, false}, {"ff02::1", false, false},
		{"255.255.255.255", false, false},
	}
	base := &url.URL{Scheme: "http", Host: "example:1"}
	for _, test := range tests {
		ip := netip.MustParseAddr(test.address)
		for _, remote := range []bool{false, true} {
			err := allowed(ip, base, remote)
			want := test.local
			if remote {
				want = test.remote
			}
			if (err == nil) != want || err != nil && !errors.Is(err, model.ErrForbidden) {
				t.Errorf("%s, remote allowed %v: %v", test.address, remote, err)
			}
		}
	}
}

func TestAddressesThatAreNeverDialled(t *testing.T) {
	for _, endpoint := range []string{"http://192.0.2.1:11434", "http://[2001:db8::1]", "http://169.254.169.254"} {
		if _, err := New(Config{Endpoint: endpoint}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	if _, err := New(Config{Endpoint: "http://169.254.169.254", AllowRemote: true}); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("metadata with allow_remote: %v", err)
	}
	if _, err := New(Config{Endpoint: "http://192.0.2.1:11434", AllowRemote: true}); err != nil {
		t.Errorf("another machine with allow_remote: %v", err)
	}
}

// A name is checked by what it means when it is dialled.
func TestGuardAsksAtDialTime(t *testing.T) {
	own := ownAddresses()
	if len(own) == 0 {
		t.Skip("This machine has no address but loopback.")
	}
	listener, err := net.Listen("tcp", joinPort(own[0], "0"))
	if err != nil {
		t.Skip("This machine does not listen at its own address: ", err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"version":"1.2.3"}`))
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, allow := range []bool{false, true} {
		transport := guarded(&url.URL{Scheme: "http", Host: "model.example"}, allow)
		client := &http.Client{Transport: transport}
		response, err := client.Get(base.String())
		if err == nil {
			response.Body.Close()
		}
		var failure *model.Error
		if allow != (err == nil) || !allow && !(errors.As(err, &failure) && errors.Is(err, model.ErrForbidden)) {
			t.Errorf("remote allowed %v: %v", allow, err)
		}
		transport.CloseIdleConnections()
	}
}

func TestProxyIsForOtherMachinesOnly(t *testing.T) {
	for _, test := range []struct {
		endpoint string
		allow    bool
		want     bool
	}{
		{"http://127.0.0.1:11434", true, false}, {"http://localhost", true, false}, {"http://[::1]", true, false},
		{"http://gpu.example", false, false}, {"http://gpu.example", true, true},
	} {
		base, err := url.Parse(test.endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if got := guarded(base, test.allow).Proxy != nil; got != test.want {
			t.Errorf("%s, remote allowed %v: proxy used %v", test.endpoint, test.allow, got)
		}
	}
}

// A server that listens everywhere is found at this machine's other addresses, one that listens on loopback is not.
func TestExposed(t *testing.T) {
	own := ownAddresses()
	start := func(address string) *Client {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Skip("This machine does not let a test listen everywhere: ", err)
		}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"version":"1.2.3"}`))
		}))
		server.Listener.Close()
		server.Listener = listener
		server.Start()
		t.Cleanup(server.Close)
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		client, err := New(Config{Endpoint: "http://127.0.0.1:" + port})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	if got := start("127.0.0.1:0").Exposed(t.Context()); len(got) != 0 {
		t.Errorf("a server on loopback is exposed at %v", got)
	}
	if len(own) == 0 {
		return // nowhere to be seen from
	}
	if got := start("0.0.0.0:0").Exposed(t.Context()); len(got) == 0 {
		t.Errorf("a server on every address is not found at any of %v", own)
	}
}
