package imsx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// counter is a source of numbered tokens.
type counter struct {
	mu      sync.Mutex
	n       int
	dropped []string
	err     error
}

func (c *counter) Token(context.Context) (token.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return token.Token{AccessToken: secret.New(fmt.Sprintf("token-%d", c.n))}, c.err
}

func (c *counter) Invalidate(_ context.Context, t token.Token) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.dropped = append(c.dropped, t.AccessToken.Reveal())
	return nil
}

// api answers 401 to all tokens but the accepted ones and notes what it was sent.
type api struct {
	*httptest.Server
	mu       sync.Mutex
	accepted []string
	seen     []string // "<authorization> <body>"
}

func newAPI(t *testing.T, accepted ...string) *api {
	a := &api{accepted: accepted}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		auth := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		a.mu.Lock()
		defer a.mu.Unlock()
		a.seen = append(a.seen, strings.TrimSpace(auth+" "+string(body)))
		if !slices.Contains(a.accepted, auth) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(a.Close)
	return a
}

func TestTransportRepeatsAfter401(t *testing.T) {
	tests := []struct {
		name     string
		accepted []string
		body     io.Reader
		status   int
		seen     []string
		dropped  []string
	}{
		{"accepted at once", []string{"token-0"}, nil, 200, []string{"token-0"}, nil},
		{"no body", []string{"token-1"}, nil, 200, []string{"token-0", "token-1"}, []string{"token-0"}},
		{"a body that can be read again", []string{"token-1"}, strings.NewReader("data"), 200, []string{"token-0 data", "token-1 data"}, []string{"token-0"}},
		{"a body that cannot", []string{"token-1"}, io.MultiReader(strings.NewReader("data")), 401, []string{"token-0 data"}, []string{"token-0"}},
		{"the new token is refused, too", nil, nil, 401, []string{"token-0", "token-1"}, []string{"token-0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, src := newAPI(t, tt.accepted...), new(counter)
			client := &http.Client{Transport: &imsx.Transport{Source: src}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != tt.status || !slices.Equal(a.seen, tt.seen) || !slices.Equal(src.dropped, tt.dropped) {
				t.Errorf("status %d, seen %q, dropped %q; want %d, %q, %q", resp.StatusCode, a.seen, src.dropped, tt.status, tt.seen, tt.dropped)
			}
			if req.Header.Get("Authorization") != "" {
				t.Error("the caller's request was changed")
			}
		})
	}
}

func TestTransportDoesNotHammerOver401(t *testing.T) {
	a, src := newAPI(t), new(counter)
	client := &http.Client{Transport: &imsx.Transport{Source: src}}
	for range 20 {
		resp, err := client.Get(a.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if len(src.dropped) != 1 {
		t.Errorf("20 refused calls dropped %d tokens, want 1", len(src.dropped))
	}
}

// TestTransportAfterAMinute has all tokens refused: the next one is asked for when a minute is over.
func TestTransportAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, closed := new(counter), 0
		tr := &imsx.Transport{Source: src, Base: roundTripFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 401, Body: &closeTracker{Reader: strings.NewReader("refused"), onClose: func() { closed++ }}, Request: r}, nil
		})}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.GetBody = nil
		for i, tt := range []struct {
			pause   time.Duration
			dropped int
		}{{0, 1}, {59 * time.Second, 1}, {2 * time.Second, 2}, {time.Second, 2}} {
			time.Sleep(tt.pause)
			resp, err := tr.RoundTrip(req)
			if err != nil || len(src.dropped) != tt.dropped {
				t.Fatalf("call %d: %v, %d tokens dropped, want %d", i, err, len(src.dropped), tt.dropped)
			}
			resp.Body.Close()
		}
		if closed != 6 {
			t.Errorf("%d of 6 bodies were closed", closed)
		}
	})
}

// TestTransportWithoutASecondToken has the source fail when the refused token is to be replaced.
func TestTransportWithoutASecondToken(t *testing.T) {
	src, n := new(counter), 0
	tr := &imsx.Transport{Source: src, Base: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		n++
		src.err = errors.New("no token")
		return &http.Response{StatusCode: 401, Body: io.NopCloser(strings.NewReader("refused")), Request: r}, nil
	})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil || resp.StatusCode != 401 || n != 1 {
		t.Fatalf("RoundTrip = %v, %v after %d requests, want the refusal of the first", resp, err, n)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "refused" || err != nil {
		t.Errorf("the refusal says %q, %v", body, err)
	}
	resp.Body.Close()
}

// TestTransportWhoseRepetitionFails loses the connection after the first 401.
func TestTransportWhoseRepetitionFails(t *testing.T) {
	n, broken := 0, errors.New("the connection broke")
	tr := &imsx.Transport{Source: new(counter), Base: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		if n++; n == 2 {
			return nil, broken
		}
		return &http.Response{StatusCode: 401, Body: http.NoBody, Request: r}, nil
	})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.RoundTrip(req); !errors.Is(err, broken) || n != 2 {
		t.Errorf("RoundTrip = %v after %d requests, want the failure of the second", err, n)
	}
}

func TestTransportWithASourceThatCannotInvalidate(t *testing.T) {
	a := newAPI(t)
	client := &http.Client{Transport: &imsx.Transport{Source: token.Static(token.Token{AccessToken: secret.New("fixed")})}}
	resp, err := client.Get(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 || len(a.seen) != 1 {
		t.Errorf("status %d after %d requests, want 401 after 1", resp.StatusCode, len(a.seen))
	}
}

func TestTransportChoosesHosts(t *testing.T) {
	tests := []struct {
		url   string
		hosts []string
		want  bool
	}{
		{"https://author-p1-e2.adobeaemcloud.com/x", nil, true},
		{"https://AUTHOR-p1-e2.AdobeAEMCloud.com/x", nil, true},
		{"https://cloudmanager.adobe.io/api", nil, true},
		{"http://author-p1-e2.adobeaemcloud.com/x", nil, false},
		{"https://adobeaemcloud.com/", nil, false},
		{"https://adobeaemcloud.com.evil.example/", nil, false},
		{"https://evil-adobeaemcloud.com/", nil, false},
		{"https://x.adobeaemcloud.com@evil.example/", nil, false},
		{"https://example.com/", nil, false},
		{"http://127.0.0.1:4502/", nil, true},
		{"http://localhost:4502/", nil, true},
		{"http://[::1]:4502/", nil, true},
		{"http://127.0.0.1.evil.example/", nil, false},
		{"https://aem.example.com/", []string{"aem.example.com"}, true},
		{"https://sub.aem.example.com/", []string{"aem.example.com"}, false},
		{"https://sub.example.com/", []string{"*.example.com"}, true},
		{"https://example.com/", []string{"*.example.com"}, false},
		{"https://author-p1-e2.adobeaemcloud.com/x", []string{"*.example.com"}, false},
		{"https://anything.example/", []string{"*", "*.", ""}, false},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			var got string
			tr := &imsx.Transport{Source: new(counter), Hosts: tt.hosts, Base: roundTripFunc(func(r *http.Request) (*http.Response, error) {
				got = r.Header.Get("Authorization")
				return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
			})}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tr.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
			if (got != "") != tt.want {
				t.Errorf("Authorization = %q, want one: %v", got, tt.want)
			}
		})
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTransportKeepsTheCallersHeader(t *testing.T) {
	a := newAPI(t, "mine")
	client := &http.Client{Transport: &imsx.Transport{Source: new(counter)}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer mine")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("seen %q, want the caller's own header", a.seen)
	}
}

// TestTransportAcrossRedirect follows a redirect from AEM to another host, which must not see the token.
func TestTransportAcrossRedirect(t *testing.T) {
	var seen sync.Map
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Host, r.Header.Get("Authorization"))
		if r.Host == "author-p1-e2.adobeaemcloud.com" {
			http.Redirect(w, r, "https://blobs.example/asset", http.StatusFound)
		}
	}))
	defer server.Close()
	base := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // both names lead to the test's server
	}
	defer base.CloseIdleConnections()
	client := &http.Client{Transport: &imsx.Transport{Source: new(counter), Base: base}}
	resp, err := client.Get("https://author-p1-e2.adobeaemcloud.com/asset")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	first, _ := seen.Load("author-p1-e2.adobeaemcloud.com")
	second, reached := seen.Load("blobs.example")
	if first != "Bearer token-0" || !reached || second != "" {
		t.Errorf("AEM saw %q, the other host (reached: %v) saw %q; want the token and nothing", first, reached, second)
	}
}

// closeTracker is a body that knows whether it was closed.
type closeTracker struct {
	io.Reader
	closed  bool
	onClose func() // may be nil
}

func (c *closeTracker) Close() error {
	c.closed = true
	if c.onClose != nil {
		c.onClose()
	}
	return nil
}

func TestTransportWithoutAToken(t *testing.T) {
	failure := errors.New("no token")
	tr := &imsx.Transport{Source: &counter{err: failure}, Base: roundTripFunc(func(*http.Request) (*http.Response, error) {
		t.Error("a request without a token was sent")
		return nil, failure
	})}
	body := &closeTracker{Reader: strings.NewReader("data")}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.RoundTrip(req); !errors.Is(err, failure) || !body.closed {
		t.Errorf("RoundTrip = %v, body closed: %v; want the source's error and a closed body", err, body.closed)
	}
}

func TestOAuth2TokenSource(t *testing.T) {
	end := time.Now().Add(time.Hour)
	src := imsx.OAuth2TokenSource(t.Context(), token.Static(token.Token{AccessToken: secret.New("token-0"), Expiry: end}))
	tok, err := src.Token()
	if err != nil || tok.AccessToken != "token-0" || tok.Type() != "Bearer" || !tok.Expiry.Equal(end) {
		t.Errorf("Token = %+v, %v", tok, err)
	}
	failure := errors.New("no token")
	if _, err := imsx.OAuth2TokenSource(t.Context(), &counter{err: failure}).Token(); !errors.Is(err, failure) {
		t.Errorf("Token = %v, want the source's error", err)
	}
	if _, err := imsx.OAuth2TokenSource(t.Context(), nil).Token(); err == nil {
		t.Error("Token of a nil source succeeded")
	}
}
