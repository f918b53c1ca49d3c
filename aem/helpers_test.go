package aem_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testToken is long enough for parts of it to be looked for.
const testToken = "eyJhbGciOiJSUzI1NiJ9.QWxsIG9mIHRoaXMgaXMgYSBzZWNyZXQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"

// issuer gives numbered tokens and keeps each until it is told that it was refused.
type issuer struct {
	mu      sync.Mutex
	n       int
	asked   int
	dropped []string
	stuck   bool  // gives the same token again
	err     error // of every token but the first
}

func (s *issuer) Token(context.Context) (token.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.err != nil && s.n > 0 {
		return token.Token{}, s.err
	}
	return token.Token{AccessToken: secret.New(fmt.Sprintf("%s-%d", testToken, s.n))}, nil
}

func (s *issuer) Invalidate(_ context.Context, t token.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped = append(s.dropped, t.AccessToken.Reveal()[len(testToken):])
	if !s.stuck {
		s.n++
	}
	return nil
}

func (s *issuer) refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.dropped)
}

// serve starts a server on loopback and returns a client for it that sends everything once.
func serve(t testing.TB, handler http.HandlerFunc, changes ...func(*aem.Config)) *aem.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newClient(t, append([]func(*aem.Config){func(c *aem.Config) { c.BaseURL = server.URL }}, changes...)...)
}

func newClient(t testing.TB, changes ...func(*aem.Config)) *aem.Client {
	t.Helper()
	cfg := aem.Config{Source: &issuer{}, MaxAttempts: 1}
	for _, change := range changes {
		change(&cfg)
	}
	client, err := aem.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// reply answers every request alike.
func reply(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// do sends a request and reads the whole answer.
func do(ctx context.Context, client *aem.Client, req aem.Request) (string, error) {
	resp, err := client.Do(ctx, req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return string(data), err
}

// asError fails unless err is an *aem.Error, and returns it.
func asError(t testing.TB, err error) *aem.Error {
	t.Helper()
	e, ok := errors.AsType[*aem.Error](err)
	if !ok {
		t.Fatalf("error is %v (%T), want an *aem.Error", err, err)
	}
	return e
}

func wantCause(t testing.TB, err error, want aem.Cause) *aem.Error {
	t.Helper()
	e := asError(t, err)
	if e.Cause != want {
		t.Errorf("cause is %q, want %q: %v", e.Cause, want, err)
	}
	return e
}

// printed is v in every way that programs print values, with all errors that it wraps.
func printed(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("message", "value", v)
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(raw)
	if err, ok := v.(error); ok {
		for ; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintln(&b, err.Error())
		}
	}
	return b.String()
}

// wantHidden fails if text shows eight characters in a row of a secret.
func wantHidden(t testing.TB, text string, secrets ...string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, s := range secrets {
		for i := 0; i+8 <= len(s); i++ {
			if strings.Contains(text, strings.ToLower(s[i:i+8])) {
				t.Errorf("%d characters in, a secret shows: %s", i, text)
				return
			}
		}
	}
}

// roundTripper answers without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return f(req)
}

// answered is an answer of a roundTripper.
func answered(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}
}
