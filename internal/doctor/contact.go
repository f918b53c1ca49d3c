package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imsx/imsx/internal/cleantext"
)

// contact is what was seen of the way to a server: name, proxy, TLS and the head of the last answer. It is the transport
// of the clients that ask there.
type contact struct {
	base *http.Transport
	now  func() time.Time
	host string // without port

	mu       sync.Mutex
	proxied  *url.URL
	addrs    []string
	peer     string
	tlsState *tls.ConnectionState
	tlsErr   error
	answered bool
	status   int
	header   http.Header
	body     string // the beginning of an answer that is no success
	sent     time.Time
	received time.Time
}

func (c *climber) contact(origin string) *contact {
	return &contact{base: c.transport, now: c.cfg.now, host: hostOf(origin)}
}

// client returns an HTTP client whose requests are watched.
func (t *contact) client() *http.Client { return &http.Client{Transport: t} }

// maxSeen bounds what is looked at of an answer that is no success.
const maxSeen = 64 << 10

// RoundTrip sends a request and notes what can be seen on the way.
func (t *contact) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.base.Proxy != nil {
		if u, err := t.base.Proxy(req); err == nil {
			t.note(func() { t.proxied = u })
		}
	}
	sent := t.now()
	resp, err := t.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), t.trace())))
	if err != nil {
		return nil, err
	}
	received := t.now()
	var seen []byte
	if resp.StatusCode/100 != 2 {
		seen, _ = io.ReadAll(io.LimitReader(resp.Body, maxSeen))
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(seen), resp.Body), resp.Body}
	}
	t.note(func() {
		t.answered, t.status, t.header, t.body = true, resp.StatusCode, resp.Header, string(seen)
		t.sent, t.received = sent, received
	})
	return resp, nil
}

func (t *contact) note(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

// trace notes addresses and the TLS handshake. Its functions are called by the goroutines of a dial, which can outlive
// the request.
func (t *contact) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone: func(info httptrace.DNSDoneInfo) {
			t.note(func() {
				for _, a := range info.Addrs {
					t.addrs = append(t.addrs, a.String())
				}
			})
		},
		ConnectDone: func(_, addr string, err error) {
			if err == nil {
				t.note(func() { t.peer = addr })
			}
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			t.note(func() { t.tlsState, t.tlsErr = &state, err })
		},
	}
}

// look calls f with what has been noted, which does not change meanwhile.
func (t *contact) look(f func(*contact)) { t.note(func() { f(t) }) }

// dateSlack is what the header Date may be off because it counts whole seconds.
const dateSlack = 2 * time.Second

// clock returns the server's clock minus the local one, and whether the server told its time. It is 0 if the two may
// agree.
func (t *contact) clock() (difference time.Duration, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	date, err := http.ParseTime(t.header.Get("Date"))
	if err != nil {
		return 0, false
	}
	sent, received := t.sent.Round(0), t.received.Round(0)
	if date.Before(sent.Add(-dateSlack)) || date.After(received.Add(dateSlack)) {
		middle := sent.Add(received.Sub(sent) / 2)
		difference = date.Add(time.Second / 2).Sub(middle).Round(time.Second)
	}
	return difference, true
}

// addresses returns where the name led to, each once.
func (t *contact) addresses() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.Clone(t.addrs)
	slices.Sort(all)
	return slices.Compact(all)
}

// proxyURL returns the proxy that was used, or nil.
func (t *contact) proxyURL() *url.URL {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.proxied
}

// oddAddress returns an address of a private network or of this machine among those of a public name, or "".
func oddAddress(addrs []string) string {
	for _, text := range addrs {
		a, err := netip.ParseAddr(text)
		if err == nil && (a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast()) {
			return text
		}
	}
	return ""
}

// handshake returns what the TLS handshake showed; nil if there was none.
func (t *contact) handshake() (*tls.ConnectionState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tlsState, t.tlsErr
}

// issuerOf names the authority of a certificate.
func issuerOf(cert *x509.Certificate) string {
	for _, text := range append([]string{cert.Issuer.CommonName}, cert.Issuer.Organization...) {
		if name := cleantext.New().Label(text); name != "" {
			return name
		}
	}
	return "an authority without a name"
}

// hostOf returns the host of an origin, without port and brackets.
func hostOf(origin string) string {
	if origin == "" {
		return ""
	}
	if !strings.Contains(origin, "://") {
		origin = "https://" + origin
	}
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// isAddress reports whether a host is an IP address, which needs no name service.
func isAddress(host string) bool { return net.ParseIP(host) != nil }

// ask runs f within the limit of one step.
func (c *climber) ask(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	return f(ctx)
}
