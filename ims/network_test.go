package ims_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imsx/imsx/ims"
)

// hijack takes over the connection, so that a test can break it.
func hijack(t *testing.T, use func(*net.TCPConn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		use(conn.(*net.TCPConn))
	}
}

func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		says    string
	}{
		{"closed without an answer", hijack(t, func(*net.TCPConn) {}), "connection"},
		{"reset", hijack(t, func(c *net.TCPConn) { _ = c.SetLinger(0) }), "reset"},
		{"cut in the body", hijack(t, func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"abc")
		}), "cut in the middle"},
		{"cut in a chunk", hijack(t, func(c *net.TCPConn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc")
		}), "cut in the middle"},
		{"no HTTP", hijack(t, func(c *net.TCPConn) { _, _ = io.WriteString(c, "220 "+testSecret+" ESMTP\r\n") }), "broke"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, tt.handler).ExchangeJWT(t.Context(), exchangeRequest())
			e := wantCause(t, err, ims.CauseNetwork)
			if !e.Retryable() || !strings.Contains(e.Description, tt.says) {
				t.Errorf("error is %+v, want one that says %q", *e, tt.says)
			}
			for err := error(e); err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), testSecret[:8]) {
					t.Errorf("the chain shows the secret: %v", err)
				}
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, ims.Config{Endpoint: "http://127.0.0.1:1"}).ExchangeJWT(t.Context(), exchangeRequest())
	wantCause(t, err, ims.CauseNetwork)
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		t.Errorf("no *net.OpError in %v", err)
	}
}

// hang answers head and the first byte as far as asked, and then waits for the client to go.
func hang(head bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if head {
			_, _ = io.WriteString(w, "{")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	// Every limit but the one of the case is far away, so that a slow machine makes the test slow and not fail.
	const short, far = 50 * time.Millisecond, time.Hour
	tests := []struct {
		name           string
		header, total  time.Duration
		callerDeadline time.Duration
		head           bool
	}{
		{"no head", short, far, 0, false},
		{"no head within the total", far, short, 0, false},
		{"no end of the body", far, short, 0, true},
		{"caller's deadline before the head", far, far, short, false},
		{"caller's deadline in the body", far, far, short, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(hang(tt.head))
			t.Cleanup(server.Close)
			client := newClient(t, ims.Config{
				Endpoint: server.URL, Timeout: tt.total, HTTPClient: newHTTPClient(t, ims.HTTPConfig{HeaderTimeout: tt.header}),
			})
			ctx := t.Context()
			if tt.callerDeadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.callerDeadline)
				defer cancel()
			}
			_, err := client.ExchangeJWT(ctx, exchangeRequest())
			if e := wantCause(t, err, ims.CauseTimeout); !e.Retryable() {
				t.Error("a timeout is not retryable")
			}
			if got, want := errors.Is(err, context.DeadlineExceeded), tt.callerDeadline > 0; got != want {
				t.Errorf("is context.DeadlineExceeded: %v, want %v: %v", got, want, err)
			}
		})
	}
}

func TestCanceledContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := client.ExchangeJWT(ctx, exchangeRequest())
	if e := wantCause(t, err, ims.CauseCanceled); !errors.Is(err, context.Canceled) || e.Retryable() {
		t.Errorf("error is %v", err)
	}
}

// TestCanceledInARefusal has the caller give up while the body of a refusal comes: it is the caller who ended it.
func TestCanceledInARefusal(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body := readFunc(func([]byte) (int, error) {
		cancel()
		return 0, context.Canceled
	})
	transport := roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: io.NopCloser(body), Request: req}, nil
	})
	client := newClient(t, ims.Config{Endpoint: prod, HTTPClient: &http.Client{Transport: transport}})
	_, err := client.ExchangeJWT(ctx, exchangeRequest())
	if e := wantCause(t, err, ims.CauseCanceled); !errors.Is(err, context.Canceled) || e.Retryable() || e.Status != 503 {
		t.Errorf("error is %v", err)
	}
}

// readFunc makes a function an io.Reader.
type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

// TestCutRefusal has the body of a refusal end too early: the status still counts.
func TestCutRefusal(t *testing.T) {
	t.Parallel()
	client := serve(t, hijack(t, func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 100\r\n\r\n{\"error\":")
	}))
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	if e := wantCause(t, err, ims.CauseThrottled); e.RetryAfter != 7*time.Second {
		t.Errorf("error is %+v", *e)
	}
}

func TestTimeoutOfTheCallersClient(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(hang(false))
	t.Cleanup(server.Close)
	client := newClient(t, ims.Config{Endpoint: server.URL, HTTPClient: &http.Client{Timeout: 50 * time.Millisecond}})
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	wantCause(t, err, ims.CauseTimeout)
}

func TestUnresolvedName(t *testing.T) {
	t.Parallel()
	for _, dns := range []*net.DNSError{{Err: "no such host", IsNotFound: true}, {Err: "server misbehaving"}, {Err: "i/o timeout", IsTimeout: true}} {
		dns.Name = "ims.invalid"
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: dns}
		}}
		client := newClient(t, ims.Config{Endpoint: "https://ims.invalid", AllowHosts: []string{"IMS.invalid"}, HTTPClient: &http.Client{Transport: transport}})
		_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		wantCause(t, err, ims.CauseNameNotResolved)
		if got, ok := errors.AsType[*net.DNSError](err); !ok || got.Name != "ims.invalid" {
			t.Errorf("no *net.DNSError in %v", err)
		}
	}
}

// secureServer is a TLS server whose handler fails the test if it is reached and must not be.
func secureServer(t *testing.T, handler http.HandlerFunc, cfg *tls.Config) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = cfg
	server.Config.ErrorLog = nil
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func unreachable(t *testing.T) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }
}

func TestUntrustedCertificates(t *testing.T) {
	t.Parallel()
	server := secureServer(t, unreachable(t), nil)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	tests := []struct {
		name, endpoint string
		cfg            ims.HTTPConfig
		says           string
	}{
		{"unknown authority", server.URL, ims.HTTPConfig{RootCAs: x509.NewCertPool()}, `issued by "Acme Co": issued by an unknown authority`},
		{"system's authorities", server.URL, ims.HTTPConfig{}, "issued by an unknown authority"},
		{"other host", strings.Replace(server.URL, "127.0.0.1", "localhost", 1), ims.HTTPConfig{RootCAs: pool}, "for another host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, ims.Config{Endpoint: tt.endpoint, HTTPClient: newHTTPClient(t, tt.cfg)})
			_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
			e := wantCause(t, err, ims.CauseUntrustedCertificate)
			if !strings.Contains(e.Description, tt.says) {
				t.Errorf("description is %q, want it to say %q", e.Description, tt.says)
			}
			if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
				t.Errorf("no *tls.CertificateVerificationError in %v", err)
			}
		})
	}
}

func TestExtraAuthority(t *testing.T) {
	t.Parallel()
	server := secureServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.Version < tls.VersionTLS12 || r.ProtoMajor != 2 {
			t.Errorf("TLS version %x, HTTP %d", r.TLS.Version, r.ProtoMajor)
		}
		reply(200, `{"access_token":"abc","expires_in":86399000}`)(w, r)
	}, nil)
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, base := range []*x509.CertPool{nil, x509.NewCertPool()} {
		client := newClient(t, ims.Config{Endpoint: server.URL, HTTPClient: newHTTPClient(t, ims.HTTPConfig{CAFile: file, RootCAs: base})})
		if _, err := client.ExchangeJWT(t.Context(), exchangeRequest()); err != nil {
			t.Error(err)
		}
		if base != nil && !base.Equal(x509.NewCertPool()) {
			t.Error("the caller's pool was changed")
		}
	}
}

func TestUnusableCAFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: filepath.Join(dir, "none.pem")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want fs.ErrNotExist", err)
	}
	if _, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: dir}); err == nil {
		t.Error("a folder is accepted")
	} else if strings.Contains(err.Error(), "no PEM") {
		t.Errorf("a folder was read: %v", err)
	}
	large := filepath.Join(dir, "large.pem")
	if err := os.WriteFile(large, bytes.Repeat([]byte("\n"), 16<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: large}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a large file: %v", err)
	}
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: empty}); err == nil || !strings.Contains(err.Error(), "no PEM certificate") {
		t.Errorf("error is %v", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	server := secureServer(t, unreachable(t), &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	client := newClient(t, ims.Config{Endpoint: server.URL, HTTPClient: newHTTPClient(t, ims.HTTPConfig{RootCAs: pool})})
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	wantCause(t, err, ims.CauseNetwork)
}

func TestPlainServerBehindHTTPS(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(unreachable(t))
	t.Cleanup(server.Close)
	client := newClient(t, ims.Config{Endpoint: strings.Replace(server.URL, "http:", "https:", 1)})
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	if e := wantCause(t, err, ims.CauseNetwork); e.Description != "the server does not speak TLS" {
		t.Errorf("description is %q", e.Description)
	}
}

// through sends every request through the proxy at addr.
func through(addr string) func(*http.Request) (*url.URL, error) {
	return func(*http.Request) (*url.URL, error) {
		return &url.URL{Scheme: "http", Host: addr, User: url.UserPassword("me", "proxy-password")}, nil
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	status := func(code int) string {
		server := httptest.NewServer(reply(code, "<html>proxy</html>"))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	tests := []struct {
		name, endpoint, proxy string
		want                  ims.Cause
	}{
		{"407 to CONNECT", prod, status(407), ims.CauseProxyAuthentication},
		{"407 to plain HTTP", "http://127.0.0.1:9", status(407), ims.CauseProxyAuthentication},
		{"403 to CONNECT", prod, status(403), ims.CauseProxyFault},
		{"502 to CONNECT", prod, status(502), ims.CauseProxyFault},
		{"away", prod, "127.0.0.1:1", ims.CauseProxyFault},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, ims.Config{Endpoint: tt.endpoint, HTTPClient: newHTTPClient(t, ims.HTTPConfig{Proxy: through(tt.proxy)})})
			_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
			wantCause(t, err, tt.want)
			for err := error(err); err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), "proxy-password") {
					t.Errorf("the chain shows the proxy's password: %v", err)
				}
			}
		})
	}
	t.Run("407 through another transport", func(t *testing.T) {
		t.Parallel()
		transport := &http.Transport{Proxy: through(status(407))}
		client := newClient(t, ims.Config{Endpoint: prod, HTTPClient: &http.Client{Transport: transport}})
		_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		wantCause(t, err, ims.CauseProxyAuthentication)
	})
	t.Run("unreadable address", func(t *testing.T) {
		t.Parallel()
		choose := func(*http.Request) (*url.URL, error) {
			return nil, errors.New("http://me:proxy-password@[::1 is no URL")
		}
		client := newClient(t, ims.Config{Endpoint: prod, HTTPClient: newHTTPClient(t, ims.HTTPConfig{Proxy: choose})})
		_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		if e := wantCause(t, err, ims.CauseProxyFault); strings.Contains(e.Error(), "proxy-password") || errors.Unwrap(e) != nil {
			t.Errorf("error is %v", err)
		}
	})
}

// tunnel is a proxy that connects every request to addr, whatever host it names.
func tunnel(t *testing.T, addr string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") == "" {
			t.Errorf("the proxy got %s, authorization %q", r.Method, r.Header.Get("Proxy-Authorization"))
		}
		there, err := net.Dial("tcp", addr)
		if err != nil {
			t.Error(err)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		go func() { _, _ = io.Copy(there, buffered) }() // net/http may have read the first byte already
		_, _ = io.Copy(here, there)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	server := secureServer(t, reply(200, `{"access_token":"abc","expires_in":86399000}`), nil)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	httpClient := newHTTPClient(t, ims.HTTPConfig{RootCAs: pool, Proxy: through(tunnel(t, server.Listener.Addr().String()))})
	client := newClient(t, ims.Config{Endpoint: "https://example.com", AllowHosts: []string{"example.com"}, HTTPClient: httpClient})
	if _, err := client.ExchangeJWT(t.Context(), exchangeRequest()); err != nil {
		t.Error(err)
	}
}

func TestRedirectToNowhere(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"", "/ims/other?" + testSecret, "://"} {
		_, err := serve(t, reply(302, "", "Location", location)).ExchangeJWT(t.Context(), exchangeRequest())
		if e := wantCause(t, err, ims.CauseRedirected); e.Description != "redirect" {
			t.Errorf("description is %q", e.Description)
		}
	}
}

// TestRedirectsAreNotFollowed redirects to a second server, where nothing may arrive, whatever the caller's client does.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	t.Cleanup(other.Close)
	follower := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		for _, httpClient := range []*http.Client{nil, http.DefaultClient, follower} {
			server := httptest.NewServer(reply(status, "", "Location", other.URL+"/?leak="+url.QueryEscape(testSecret)))
			client := newClient(t, ims.Config{Endpoint: server.URL, HTTPClient: httpClient})
			_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
			e := wantCause(t, err, ims.CauseRedirected)
			if want := "redirect to " + strings.TrimPrefix(other.URL, "http://"); e.Description != want {
				t.Errorf("%d: description is %q, want %q", status, e.Description, want)
			}
			server.Close()
		}
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d requests arrived at the other host", n)
	}
	if follower.CheckRedirect == nil {
		t.Error("the caller's client was changed")
	}
}

// TestEndlessBodies is not parallel: it measures what the whole process allocates.
func TestEndlessBodies(t *testing.T) {
	const size = 200 << 20
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	for _, status := range []int{200, 400, 500} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			for n := 0; n < size; n += len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}))
		client := newClient(t, ims.Config{Endpoint: server.URL})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		runtime.ReadMemStats(&after)
		server.Close()
		want := map[int]ims.Cause{200: ims.CauseMalformedAnswer, 400: ims.CauseUnknown, 500: ims.CauseServerFault}[status]
		e := wantCause(t, err, want)
		if status == 200 && !strings.Contains(e.Description, "1 MiB") {
			t.Errorf("description is %q", e.Description)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
			t.Errorf("status %d: %d MiB allocated", status, used>>20)
		}
	}
}

// TestCompressedBodies has a body that would be large if it were unpacked.
func TestCompressedBodies(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("asked for %q", r.Header.Get("Accept-Encoding"))
		}
		reply(200, "\x1f\x8b\x08\x00", "Content-Encoding", "gzip")(w, r)
	})
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	wantCause(t, err, ims.CauseMalformedAnswer)
}

func TestEndlessHeader(t *testing.T) {
	t.Parallel()
	client := serve(t, hijack(t, func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Long: ")
		for range 64 {
			if _, err := c.Write(bytes.Repeat([]byte("a"), 64<<10)); err != nil {
				return
			}
		}
	}))
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	wantCause(t, err, ims.CauseNetwork)
}
