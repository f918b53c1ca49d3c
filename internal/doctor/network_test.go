package doctor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/doctor"
)

// via sends every request through the proxy at addr, as the variable HTTPS_PROXY would.
func (b *bench) via(addr string) {
	b.Helper()
	u := &url.URL{Scheme: "http", Host: addr, User: url.UserPassword("corporate-user", "proxy-passphrase")}
	client, err := ims.NewHTTPClient(ims.HTTPConfig{
		RootCAs: b.e.CAs, Proxy: func(*http.Request) (*url.URL, error) { return u, nil }, ConnectTimeout: patience, HeaderTimeout: patience,
	})
	if err != nil {
		b.Fatal(err)
	}
	closeIdle(b.T, client.Transport)
	b.cfg.HTTPClient = client
	b.cfg.Environment = []doctor.Variable{{Name: "HTTPS_PROXY", Value: u.String()}, {Name: "NO_PROXY", Value: "intranet.example"}}
}

// adobe names the production IMS as the endpoint: a proxy of the test answers for it.
func (b *bench) adobe() {
	b.Helper()
	b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = "ims-na1.adobelogin.com" })
}

// proxy is a proxy that hands each tunnel to serve, which must not keep it.
func proxy(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	var tunnels sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("the proxy got %s", r.Method)
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		tunnels.Add(1)
		defer tunnels.Done()
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n") // the client sees if it fails
		serve(conn)
	}))
	t.Cleanup(func() {
		server.Close()
		tunnels.Wait()
	})
	return server.Listener.Addr().String()
}

func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	target := strings.TrimPrefix(b.e.URL(), "https://")
	addr := proxy(t, func(conn net.Conn) {
		up, err := net.Dial("tcp", target)
		if err != nil {
			t.Error(err)
			return
		}
		defer up.Close()
		go func() {
			_, _ = io.Copy(up, conn)
			_ = up.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(conn, up)
	})
	b.via(addr)
	r := b.climb()
	wantState(t, r, "proxy", doctor.StateOK, "", "http://"+addr, "chosen by HTTPS_PROXY", "NO_PROXY")
	wantState(t, r, "name", doctor.StateOK, "", "the proxy resolves 127.0.0.1")
	wantState(t, r, "token", doctor.StateOK, "")
	if all := said(r); strings.Contains(all, "proxy-passphrase") || strings.Contains(all, "corporate-user") {
		t.Errorf("the report shows the user of the proxy:\n%s", all)
	}
}

func TestBrokenProxies(t *testing.T) {
	t.Parallel()
	answers := func(t *testing.T, status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	for _, tt := range []struct {
		name  string
		addr  func(*testing.T) string
		cause string
		class doctor.Class
		says  string
	}{
		{"407", func(t *testing.T) string { return answers(t, http.StatusProxyAuthRequired) }, "proxy_authentication",
			doctor.ClassCredential, "user name and password"},
		{"403", func(t *testing.T) string { return answers(t, http.StatusForbidden) }, "proxy_fault", doctor.ClassTemporary, "403"},
		{"a dead one", nowhere, "proxy_fault", doctor.ClassTemporary, "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.adobe()
			addr := tt.addr(t)
			b.via(addr)
			r := b.climb()
			wantBroken(t, r, "proxy", tt.cause, tt.class, tt.says, "This came from your proxy, not from Adobe", addr, "HTTPS_PROXY")
			wantState(t, r, "clock", doctor.StateSkipped, "")
			if all := said(r); strings.Contains(all, "proxy-passphrase") {
				t.Errorf("the report shows the password of the proxy:\n%s", all)
			}
		})
	}
}

// A variable for the proxy that is no address of one, most often because of a character in the password, is found out
// and not shown.
func TestWrongProxyVariable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, value string }{
		{"a # in the password", "http://corporate-user:s3cret#pass@proxy.corp.example:3128"},
		{"a / in the password", "http://corporate-user:s3cret/pass@proxy.corp.example:3128"},
		{"a / instead of the :", "http://corporate-user/s3cret-pass@proxy.corp.example:3128"},
		{"a % in the password", "http://corporate-user:s3cret%zzpass@proxy.corp.example:3128"},
		{"a ? in the password", "corporate-user:s3cret?pass@proxy.corp.example:3128"},
		{"no port", "proxy.corp.example:s3cret-pass"},
		{"a script", "http://proxy.corp.example/s3cret-pass.pac"},
		{"another scheme", "ftp://corporate-user:s3cret-pass@proxy.corp.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.adobe()
			b.cfg.Environment = []doctor.Variable{{Name: "HTTPS_PROXY", Value: tt.value}}
			b.resolved(func(_ context.Context, addr string) (string, error) {
				return "", &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
			})
			r := b.climb()
			wantState(t, r, "name", doctor.StateSkipped, "", "HTTPS_PROXY is not the address of a proxy")
			wantBroken(t, r, "proxy", "proxy_address", doctor.ClassCredential, "%23 for a #", "not shown", "cannot be reached")
			for what, text := range map[string]string{"report": said(r), "bundle": r.Bundle(doctor.About{})} {
				if strings.Contains(text, "s3cret") || strings.Contains(text, "corporate") {
					t.Errorf("the %s shows a part of the variable:\n%s", what, text)
				}
			}
		})
	}
}

// The same variable where the server is reached without a proxy, and for a server on this machine.
func TestWrongProxyVariableThatIsNotUsed(t *testing.T) {
	t.Parallel()
	wrong := []doctor.Variable{{Name: "https_proxy", Value: "corporate-user:s3cret?pass@proxy.corp.example:3128"}}
	here := newBench(t)
	here.cfg.Environment = wrong
	wantState(t, here.climb(), "proxy", doctor.StateOK, "", "direct")

	e := emulatortest.New(t, func(c *emulator.Config) { c.Hosts = []string{"ims-na1.adobelogin.com"} })
	b := &bench{T: t, e: e, cfg: doctor.Config{Timeout: patience, Environment: wrong}}
	b.adobe()
	b.resolved(func(context.Context, string) (string, error) { return strings.TrimPrefix(e.URL(), "https://"), nil })
	r := b.climb()
	wantState(t, r, "proxy", doctor.StateWarning, "proxy_address", "https_proxy", "reached all the same")
	wantState(t, r, "token", doctor.StateOK, "")
}

// nowhere is an address where nobody listens.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return l.Addr().String()
}

// interceptor is the certificate of a company's proxy for any host.
func interceptor(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := pkix.Name{CommonName: "Example Corp Inspection CA", Organization: []string{"Example Corp"}}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: issuer, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "ims-na1.adobelogin.com"}, DNSNames: []string{"ims-na1.adobelogin.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestInterceptedTLS(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.adobe()
	cert := interceptor(t)
	b.via(proxy(t, func(conn net.Conn) {
		_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}).Handshake() // the client ends it
	}))
	r := b.climb()
	wantBroken(t, r, "tls", "untrusted_certificate", doctor.ClassCredential, "Example Corp Inspection CA", "this came from your proxy, not from Adobe",
		"--ca-file", "ims-na1.adobelogin.com")
}

// The emulator's own authority is unknown to whom it was not given.
func TestUnknownAuthority(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	client, err := ims.NewHTTPClient(ims.HTTPConfig{RootCAs: x509.NewCertPool()})
	if err != nil {
		t.Fatal(err)
	}
	b.cfg.HTTPClient = client
	wantBroken(t, b.climb(), "tls", "untrusted_certificate", doctor.ClassCredential, "certificate issued by", "--ca-file", "ca.pem")
}

func TestNoTLS(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = server.Listener.Addr().String() })
	wantBroken(t, b.climb(), "tls", "network", doctor.ClassTemporary, "does not speak TLS")
}

// resolved sends what is dialled by name to a resolver of the test.
func (b *bench) resolved(lookup func(context.Context, string) (string, error)) {
	transport := b.e.Client.Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		to, err := lookup(ctx, addr)
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		var d net.Dialer
		return d.DialContext(ctx, network, to)
	}
	closeIdle(b.T, transport)
	b.cfg.HTTPClient = &http.Client{Transport: transport}
}

func TestUnresolvedName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.AllowHosts = []string{"ims.example.invalid"}
	b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = "ims.example.invalid" })
	b.resolved(func(context.Context, string) (string, error) {
		return "", &net.DNSError{Err: "no such host", Name: "ims.example.invalid", IsNotFound: true}
	})
	r := b.climb()
	wantBroken(t, r, "name", "name_not_resolved", doctor.ClassTemporary, "ims.example.invalid", "typing error")
	wantState(t, r, "clock", doctor.StateSkipped, "", "next rungs")
}

// told lets whoever watches the dial know what a name led to, as the resolver of package net does.
func told(ctx context.Context, addrs ...string) {
	var info httptrace.DNSDoneInfo
	for _, a := range addrs {
		info.Addrs = append(info.Addrs, net.IPAddr{IP: net.ParseIP(a)})
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.DNSDone != nil {
		trace.DNSDone(info)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		addrs []string
		state doctor.State
		cause string
		says  string
	}{
		{"public", []string{"192.0.2.7", "2001:db8::7"}, doctor.StateOK, "", "leads to 192.0.2.7, 2001:db8::7"},
		{"a private network", []string{"192.0.2.7", "10.1.2.3"}, doctor.StateWarning, "private_address", "hosts file"},
		{"this machine", []string{"127.0.0.1"}, doctor.StateWarning, "private_address", "127.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulatortest.New(t, func(c *emulator.Config) { c.Hosts = []string{"ims-na1.adobelogin.com"} })
			b := &bench{T: t, e: e, cfg: doctor.Config{Timeout: patience}}
			b.adobe()
			b.resolved(func(ctx context.Context, _ string) (string, error) {
				told(ctx, tt.addrs...)
				return strings.TrimPrefix(e.URL(), "https://"), nil
			})
			r := b.climb()
			wantState(t, r, "name", tt.state, tt.cause, append(tt.addrs, tt.says)...)
			wantState(t, r, "token", doctor.StateOK, "")
		})
	}
}

func TestServerAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	addr := nowhere(t)
	b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = addr })
	wantBroken(t, b.climb(), "ims", "network", doctor.ClassTemporary, "refused", addr)
}

func TestUnansweringIMS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		effect fault.Effect
		cause  string
		class  doctor.Class
	}{
		{"hangs", fault.Effect{Hang: true}, "timeout", doctor.ClassTemporary},
		{"resets", fault.Effect{Reset: true}, "network", doctor.ClassTemporary},
		{"is down", fault.Effect{Error: "unavailable", RetryAfter: 7}, "server_fault", doctor.ClassTemporary},
		{"shows a page", fault.Effect{HTML: true}, "malformed_answer", doctor.ClassTemporary},
		{"sends elsewhere", fault.Effect{Status: &fault.Status{Code: 302, Headers: map[string]string{"Location": "https://portal.example/"}}},
			"redirected", doctor.ClassCredential},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.e.Play(t, fault.Fault{Match: fault.Match{Route: "validate"}, Effect: tt.effect})
			if tt.effect.Hang {
				b.cfg.Timeout = 300 * time.Millisecond
			}
			rung := wantBroken(t, b.climb(), "ims", tt.cause, tt.class)
			if tt.effect.RetryAfter > 0 {
				wantSays(t, rung, "7 seconds, as the server asks", "debug id")
			}
		})
	}
}

// What IMS says of a word that is no token is not known for every case: any answer of its kind will do.
func TestIMSInOtherWords(t *testing.T) {
	t.Parallel()
	for _, code := range []int{200, 400, 401, 429} {
		b := newBench(t)
		b.e.Play(t, fault.Fault{Match: fault.Match{Route: "validate"}, Effect: fault.Effect{Status: &fault.Status{Code: code}}})
		wantState(t, b.climb(), "ims", doctor.StateOK, "", "answers")
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		off   time.Duration
		oauth bool
		state doctor.State
		cause string
		says  string
	}{
		{"right", 0, false, doctor.StateOK, "", "agree"},
		{"two minutes ahead", 2 * time.Minute, false, doctor.StateWarning, "clock_differs", "ahead of the server's"},
		{"two minutes behind", -2 * time.Minute, false, doctor.StateWarning, "clock_differs", "behind the server's"},
		{"an hour ahead", time.Hour, false, doctor.StateBroken, "clock_wrong", "ahead of the server's"},
		{"an hour behind", -time.Hour, false, doctor.StateBroken, "clock_wrong", "behind the server's"},
		{"an hour behind, without assertions", -time.Hour, true, doctor.StateWarning, "clock_differs", "behind the server's"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if tt.oauth {
				b.use(b.e.OAuthServerToServer)
			}
			b.cfg.Now = func() time.Time { return time.Now().Add(tt.off) }
			r := b.climb()
			if tt.state == doctor.StateBroken {
				wantBroken(t, r, "clock", tt.cause, doctor.ClassCredential, tt.says, "time service", "this machine", "the server")
				return
			}
			wantState(t, r, "clock", tt.state, tt.cause, tt.says)
			wantState(t, r, "token", doctor.StateOK, "")
		})
	}
}

// The clock of a server that is wrong itself is what the ladder goes by.
func TestClockOfTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.e.Play(t, fault.Fault{Match: fault.Match{Route: "validate"}, Effect: fault.Effect{Status: &fault.Status{
		Code: 400, Headers: map[string]string{"Date": time.Now().Add(20 * time.Minute).UTC().Format(http.TimeFormat)},
	}}})
	wantBroken(t, b.climb(), "clock", "clock_wrong", doctor.ClassCredential, "behind the server's")
}
