package aem_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/internal/netcause"
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

// say writes text to the connection.
func say(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { _, _ = io.WriteString(c, text) }
}

func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		use  func(*net.TCPConn)
		says string
	}{
		{"closed without an answer", func(*net.TCPConn) {}, "connection"},
		{"reset", func(c *net.TCPConn) { _ = c.SetLinger(0) }, "reset"},
		{"cut in the head", say("HTTP/1.1 200 OK\r\nContent-Le"), "broke"},
		{"cut in the body", say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n%PDF-1.7"), "cut in the middle"},
		{"cut in a chunk", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"), "cut in the middle"},
		{"cut between chunks", say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), "cut in the middle"},
		{"no HTTP", say("220 " + testToken + " ESMTP\r\n"), "broke"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := do(t.Context(), serve(t, hijack(t, tt.use)), aem.Request{Method: "POST"})
			e := wantCause(t, err, aem.CauseNetwork)
			if !e.Retryable() || !strings.Contains(e.Description, tt.says) {
				t.Errorf("error is %+v, want one that says %q", *e, tt.says)
			}
			wantHidden(t, printed(t, err), testToken)
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, func(c *aem.Config) { c.BaseURL = "http://127.0.0.1:1" }).Do(t.Context(), aem.Request{})
	wantCause(t, err, aem.CauseNetwork)
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		t.Errorf("no *net.OpError in %v", err)
	}
}

// hang answers the head and a byte as far as asked, and then waits for the client to go.
func hang(head bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if head {
			_, _ = io.WriteString(w, "%")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	const short = 50 * time.Millisecond
	tests := []struct {
		name          string
		total, caller time.Duration
		head          bool
		client        *http.Client
	}{
		{"no head", short, 0, false, nil},
		{"no end of the body", short, 0, true, nil},
		{"caller's deadline before the head", 0, short, false, nil},
		{"caller's deadline in the body", 0, short, true, nil},
		{"no limit but the caller's", -1, short, true, nil},
		{"caller's client", 0, 0, false, &http.Client{Timeout: short, Transport: &http.Transport{}}},
		{"caller's transport", 0, 0, false, &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: short}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, hang(tt.head), func(c *aem.Config) { c.Timeout, c.HTTPClient = tt.total, tt.client })
			ctx := t.Context()
			if tt.caller > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.caller)
				defer cancel()
			}
			_, err := do(ctx, client, aem.Request{Repeatable: true})
			wantCause(t, err, aem.CauseTimeout)
			if got, want := errors.Is(err, context.DeadlineExceeded), tt.caller > 0; got != want {
				t.Errorf("is context.DeadlineExceeded: %v, want %v: %v", got, want, err)
			}
		})
	}
}

func TestCanceledContext(t *testing.T) {
	t.Parallel()
	for _, head := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if head {
				_, _ = io.WriteString(w, "%")
				_ = http.NewResponseController(w).Flush()
			}
			time.AfterFunc(20*time.Millisecond, cancel)
			<-r.Context().Done()
		})
		_, err := do(ctx, client, aem.Request{})
		if e := wantCause(t, err, aem.CauseCanceled); !errors.Is(err, context.Canceled) || e.Retryable() {
			t.Errorf("error is %v", err)
		}
	}
}

func TestUnresolvedName(t *testing.T) {
	t.Parallel()
	for _, dns := range []*net.DNSError{{Err: "no such host", IsNotFound: true}, {Err: "server misbehaving"}, {Err: "i/o timeout", IsTimeout: true}} {
		dns.Name = "author-p1-e2.adobeaemcloud.com"
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: dns}
		}}
		client := newClient(t, func(c *aem.Config) { c.BaseURL, c.HTTPClient = dns.Name, &http.Client{Transport: transport} })
		_, err := client.Do(t.Context(), aem.Request{})
		wantCause(t, err, aem.CauseNameNotResolved)
		if got, ok := errors.AsType[*net.DNSError](err); !ok || got.Name != dns.Name {
			t.Errorf("no *net.DNSError in %v", err)
		}
	}
}

func TestUntrustedCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	for name, tt := range map[string]struct {
		base  string
		roots *x509.CertPool
		says  string
	}{
		"unknown authority": {server.URL, x509.NewCertPool(), `issued by "Acme Co": issued by an unknown authority`},
		"other host":        {strings.Replace(server.URL, "127.0.0.1", "localhost", 1), pool, "for another host"},
		"own transport":     {server.URL, nil, "issued by an unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, func(c *aem.Config) {
				c.BaseURL = tt.base
				if tt.roots != nil {
					c.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: tt.roots}}}
				}
			})
			_, err := client.Do(t.Context(), aem.Request{Repeatable: true})
			if e := wantCause(t, err, aem.CauseUntrustedCertificate); !strings.Contains(e.Description, tt.says) {
				t.Errorf("description is %q, want it to say %q", e.Description, tt.says)
			}
			if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
				t.Errorf("no *tls.CertificateVerificationError in %v", err)
			}
		})
	}
}

func TestPlainServerBehindHTTPS(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	client := newClient(t, func(c *aem.Config) { c.BaseURL = strings.Replace(server.URL, "http:", "https:", 1) })
	_, err := client.Do(t.Context(), aem.Request{})
	if e := wantCause(t, err, aem.CauseNetwork); e.Description != "the server does not speak TLS" {
		t.Errorf("description is %q", e.Description)
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	status := func(code int) string {
		server := httptest.NewServer(reply(code, "<html>proxy</html>"))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	const host = "https://author-p1-e2.adobeaemcloud.com"
	for name, tt := range map[string]struct {
		base, proxy string
		check       func(context.Context, *url.URL, *http.Request, *http.Response) error
		want        aem.Cause
	}{
		"407 to CONNECT":          {host, status(407), nil, aem.CauseProxyAuthentication},
		"407 to CONNECT, checked": {host, status(407), netcause.CheckProxyAnswer, aem.CauseProxyAuthentication},
		"403 to CONNECT, checked": {host, status(403), netcause.CheckProxyAnswer, aem.CauseProxyFault},
		"407 to plain HTTP":       {"http://127.0.0.1:9", status(407), nil, aem.CauseProxyAuthentication},
		"away":                    {host, "127.0.0.1:1", nil, aem.CauseProxyFault},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, func(c *aem.Config) {
				c.BaseURL = tt.base
				c.HTTPClient = &http.Client{Transport: &http.Transport{
					Proxy:                  http.ProxyURL(&url.URL{Scheme: "http", Host: tt.proxy, User: url.UserPassword("me", "proxy-password")}),
					OnProxyConnectResponse: tt.check,
				}}
			})
			_, err := client.Do(t.Context(), aem.Request{})
			wantCause(t, err, tt.want)
			wantHidden(t, printed(t, err), "proxy-password")
		})
	}
}

// TestStreamsOfHTTP2 has a server that ends a stream in the middle of an answer, and the connection lives on.
func TestStreamsOfHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("HTTP/%d", r.ProtoMajor)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "%PDF-1.7")
		if r.URL.Path == "/cut" {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := newClient(t, func(c *aem.Config) { c.BaseURL, c.HTTPClient = server.URL, server.Client() })
	for path, cut := range map[string]bool{"/cut": true, "/whole": false} {
		got, err := do(t.Context(), client, aem.Request{Method: "POST", Path: path, Body: aem.BytesBody("", []byte("x"))})
		if !cut {
			if got != "%PDF-1.7" || err != nil {
				t.Errorf("%s: %q, %v", path, got, err)
			}
			continue
		}
		if e := wantCause(t, err, aem.CauseNetwork); e.Description != "the connection was cut in the middle of the answer" || e.Status != 200 {
			t.Errorf("%s: error is %v", path, e)
		}
	}
}
