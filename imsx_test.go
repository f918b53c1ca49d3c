package imsx_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open reads the only credential of a file.
func open(t testing.TB, path string) *credentials.Credentials {
	t.Helper()
	set, err := credentials.Open(path, credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := set.Select("")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newSource(t testing.TB, cfg imsx.Config) *imsx.Source {
	t.Helper()
	src, err := imsx.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func mustToken(t testing.TB, src token.Source) token.Token {
	t.Helper()
	tok, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestEachKindOfCredentials(t *testing.T) {
	e := emulatortest.New(t)
	tests := []struct {
		name, file string
		origin     token.Origin
		issued     int64
	}{
		{"service account", e.ServiceToken, token.OriginExchange, 1},
		{"server-to-server", e.OAuthServerToServer, token.OriginClientCredentials, 1},
		{"ready token", e.LocalDevelopmentToken, token.OriginFile, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := e.Tokens()
			c := open(t, tt.file)
			src := newSource(t, imsx.Config{Credentials: c, HTTPClient: e.Client})
			tok := mustToken(t, src)
			claims, err := token.ParseClaims(tok.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			want := token.Identity{
				Endpoint: c.Endpoint, Organization: c.Organization, Account: c.TechnicalAccountID, ClientID: c.ClientID, Grant: tt.origin,
				Scopes: append(slices.Clone(c.Metascopes), c.Scopes...),
			}
			if got := src.Identity(); !got.Equal(want) {
				t.Errorf("the identity is %+v, want %+v", got, want)
			}
			if tok.Origin != tt.origin || e.Tokens()-before != tt.issued {
				t.Errorf("origin %q after %d requests, want %q after %d", tok.Origin, e.Tokens()-before, tt.origin, tt.issued)
			}
			if d := tok.Expiry.Sub(claims.ExpiresAt).Abs(); d > 2*time.Second || tok.Remaining(time.Now()) < 23*time.Hour {
				t.Errorf("expiry %v is %v from the token's own", tok.Expiry, d)
			}
			if c.ClientID != "" && claims.ClientID != c.ClientID {
				t.Errorf("the token is for %q, want %q", claims.ClientID, c.ClientID)
			}
		})
	}
}

func TestAThousandCallersCauseOneExchange(t *testing.T) {
	e := emulatortest.New(t)
	src := newSource(t, imsx.Config{Credentials: open(t, e.ServiceToken), HTTPClient: e.Client})
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() { mustToken(t, src) })
	}
	wg.Wait()
	if n := e.Tokens(); n != 1 {
		t.Errorf("%d tokens were issued, want 1", n)
	}
}

func TestScopesCanBeChosen(t *testing.T) {
	e := emulatortest.New(t)
	src := newSource(t, imsx.Config{Credentials: open(t, e.OAuthServerToServer), HTTPClient: e.Client, Scopes: []string{"openid"}})
	claims, err := token.ParseClaims(mustToken(t, src).AccessToken)
	if err != nil || strings.Join(claims.Scopes, ",") != "openid" {
		t.Errorf("scopes %v, %v; want openid alone", claims.Scopes, err)
	}
}

func TestExpiredReadyToken(t *testing.T) {
	e := emulatortest.New(t, func(c *emulator.Config) { c.TokenLifetime = time.Second })
	c := open(t, e.LocalDevelopmentToken)
	time.Sleep(1100 * time.Millisecond)
	_, err := newSource(t, imsx.Config{Credentials: c}).Token(t.Context())
	if !errors.Is(err, imsx.ErrTokenExpired) || !strings.Contains(err.Error(), "until 20") {
		t.Errorf("Token = %v; want ErrTokenExpired with the time", err)
	}
}

// otherKey is a key that no account knows.
var otherKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func TestSeveralKeysAndSecrets(t *testing.T) {
	e := emulatortest.New(t)
	wrongSecret, wrongKey := secret.New("no longer valid"), credentials.Key{Signer: otherKey()}
	service, oauth := open(t, e.ServiceToken), open(t, e.OAuthServerToServer)
	rightKey, rightSecret := service.Keys[0], service.ClientSecrets[0]
	tests := []struct {
		name    string
		cred    *credentials.Credentials
		keys    []credentials.Key
		secrets []secret.Text
		want    ims.Cause // empty: a token
		says    string
	}{
		{"the second key fits", service, []credentials.Key{wrongKey, rightKey}, []secret.Text{rightSecret}, "", ""},
		{"the second secret fits", service, []credentials.Key{rightKey}, []secret.Text{wrongSecret, rightSecret}, "", ""},
		{"the second of both fits", service, []credentials.Key{wrongKey, rightKey}, []secret.Text{wrongSecret, rightSecret}, "", ""},
		{"no key fits", service, []credentials.Key{wrongKey, wrongKey}, []secret.Text{rightSecret}, ims.CauseNotBound, "(tried 2 keys)"},
		{"no secret fits", service, []credentials.Key{rightKey}, []secret.Text{wrongSecret, wrongSecret}, ims.CauseWrongSecret, "(tried 2 client secrets)"},
		{"the second secret fits, no key", service, []credentials.Key{wrongKey, wrongKey}, []secret.Text{wrongSecret, rightSecret}, ims.CauseNotBound, "(tried 2 keys and 2 client secrets)"},
		{"one of each, which does not fit", service, []credentials.Key{wrongKey}, []secret.Text{rightSecret}, ims.CauseNotBound, ""},
		{"server-to-server: the second secret fits", oauth, nil, []secret.Text{wrongSecret, oauth.ClientSecrets[0]}, "", ""},
		{"server-to-server: no secret fits", oauth, nil, []secret.Text{wrongSecret, wrongSecret}, ims.CauseWrongSecret, "(tried 2 client secrets)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := *tt.cred
			c.Keys, c.ClientSecrets = tt.keys, tt.secrets
			counting := &countingTransport{base: e.Client.Transport}
			src := newSource(t, imsx.Config{Credentials: &c, HTTPClient: &http.Client{Transport: counting}})
			_, err := src.Token(t.Context())
			var refused *ims.Error
			if tt.want != "" {
				if !errors.As(err, &refused) || refused.Cause != tt.want || !strings.HasSuffix(err.Error(), tt.says) || tt.says == "" && strings.Contains(err.Error(), "tried") {
					t.Errorf("Token = %v; want cause %s, %s", err, tt.want, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			first := counting.n
			if err := src.Invalidate(t.Context(), mustToken(t, src)); err != nil {
				t.Fatal(err)
			}
			mustToken(t, src)
			if again := counting.n - first; again != 1 {
				t.Errorf("the second fetch took %d requests, want 1: what worked is to be remembered", again)
			}
		})
	}
}

// TestRefusalsThatNothingElseMends counts the requests of one attempt: another key, secret or time is tried only for a
// refusal that names it.
func TestRefusalsThatNothingElseMends(t *testing.T) {
	e := emulatortest.New(t)
	tests := []struct {
		name, code, says string
		ahead            time.Duration // the server's clock, further with each answer
		service, oauth   int           // requests
	}{
		{"a scope", "invalid_scope", "none", 0, 1, 1},
		{"an unknown client", "invalid_client", "client_id", 0, 1, 1},
		{"a wrong secret", "invalid_client", "client_secret", 0, 2, 2},
		{"a key that is not bound", "invalid_signature", "none", 0, 2, 1},
		{"an id", "invalid_jti", "none", 0, 2, 1},
		{"expired, the clocks agree", "invalid_token", "expired", 0, 1, 1},
		{"expired, the clocks differ", "invalid_token", "expired", time.Hour, 2, 1},
		{"expired, the clocks differ by little", "invalid_token", "expired", 20 * time.Second, 2, 1},
		{"too far ahead", "bad_request", "exp", -30 * time.Hour, 2, 1},
		{"malformed, the clocks differ", "bad_request", "none", time.Hour, 1, 1},
	}
	for _, tt := range tests {
		for file, want := range map[string]int{e.ServiceToken: tt.service, e.OAuthServerToServer: tt.oauth} {
			c := open(t, file)
			c.ClientSecrets = append(c.ClientSecrets, secret.New("another"))
			if len(c.Keys) > 0 {
				c.Keys = append(c.Keys, credentials.Key{Signer: otherKey()})
			}
			n := 0
			server := roundTripFunc(func(req *http.Request) (*http.Response, error) {
				n++
				body := fmt.Sprintf(`{"error":%q,"error_description":%q}`, tt.code, tt.says)
				date := time.Now().Add(time.Duration(n) * tt.ahead).UTC().Format(http.TimeFormat)
				return &http.Response{StatusCode: 400, Request: req, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{"Date": {date}}}, nil
			})
			_, err := newSource(t, imsx.Config{Credentials: c, HTTPClient: &http.Client{Transport: server}}).Token(t.Context())
			if err == nil || n != want {
				t.Errorf("%s, %s: %d requests, %v; want %d", tt.name, c.Kind, n, err, want)
			}
		}
	}
}

// slowStore is away, and notes how long it may take.
type slowStore struct {
	tokencache.MemoryStore
	left time.Duration
}

func (s *slowStore) Load(ctx context.Context, _ string) ([]byte, error) {
	end, _ := ctx.Deadline()
	s.left = time.Until(end)
	return nil, errors.New("the store is away")
}

func TestSettingsReachTheCache(t *testing.T) {
	e := emulatortest.New(t)
	var events []tokencache.EventKind
	store := new(slowStore)
	src := newSource(t, imsx.Config{
		Credentials: open(t, e.OAuthServerToServer), HTTPClient: e.Client, Store: store, StoreTimeout: time.Hour, MinTTL: 48 * time.Hour,
		Notify: func(event tokencache.Event) { events = append(events, event.Kind) }, Timeout: 3 * time.Hour,
	})
	if _, err := src.Token(t.Context()); !errors.Is(err, tokencache.ErrTooShort) {
		t.Errorf("Token = %v, want ErrTooShort for a token that lives a day", err)
	}
	if store.left < 50*time.Minute || store.left > time.Hour {
		t.Errorf("the store had %v, want an hour", store.left)
	}
	if len(events) == 0 {
		t.Error("no event")
	}
}

// countingTransport counts requests; it is used by one goroutine at a time.
type countingTransport struct {
	base http.RoundTripper
	n    int
}

func (c *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c.n++
	return c.base.RoundTrip(req)
}

func TestAccountThatRequiresAnID(t *testing.T) {
	e := emulatortest.New(t)
	c := open(t, e.ServiceToken)
	if err := e.IMS().SetJTIRequired(c.ClientID, true); err != nil {
		t.Fatal(err)
	}
	src := newSource(t, imsx.Config{Credentials: c, HTTPClient: e.Client})
	for range 3 {
		if err := src.Invalidate(t.Context(), mustToken(t, src)); err != nil {
			t.Fatal(err)
		}
	}
}

// hsm signs with a key that it does not give away.
type hsm struct{ key crypto.Signer }

func (h hsm) Public() crypto.PublicKey { return h.key.Public() }
func (h hsm) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.key.Sign(r, digest, opts)
}

func TestStoreIsShared(t *testing.T) {
	for _, sealed := range []string{"key in memory", "key in a module", "no key"} {
		t.Run(sealed, func(t *testing.T) {
			e := emulatortest.New(t)
			c := open(t, e.ServiceToken)
			if sealed == "no key" {
				c = open(t, e.OAuthServerToServer)
			}
			if sealed == "key in a module" {
				c.Keys[0].Signer = hsm{c.Keys[0].Signer}
			}
			store := new(tokencache.MemoryStore)
			cfg := imsx.Config{Credentials: c, HTTPClient: e.Client, Store: store}
			first := mustToken(t, newSource(t, cfg))
			second := mustToken(t, newSource(t, cfg))
			if !first.AccessToken.Equal(second.AccessToken) || second.Origin != token.OriginCache || e.Tokens() != 1 {
				t.Errorf("the second source has %v by %s, after %d exchanges; want the first one's by cache", second.AccessToken, second.Origin, e.Tokens())
			}
			other := *c
			other.ClientSecrets = []secret.Text{secret.New("not the secret")}
			cfg.Credentials = &other
			if tok, err := newSource(t, cfg).Token(t.Context()); err == nil {
				t.Errorf("a source without the right secret opened the stored token %v", tok.AccessToken)
			}
			if sealed == "no key" {
				return
			}
			other = *c
			other.Keys = []credentials.Key{{Signer: otherKey()}}
			if tok, err := newSource(t, cfg).Token(t.Context()); err == nil {
				t.Errorf("a source without the right key opened the stored token %v", tok.AccessToken)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	e := emulatortest.New(t)
	service := open(t, e.ServiceToken)
	change := func(f func(*credentials.Credentials)) *credentials.Credentials { c := *service; f(&c); return &c }
	tests := map[string]struct {
		cred *credentials.Credentials
		want ims.Cause
	}{
		"no credentials":      {nil, ""},
		"no key":              {change(func(c *credentials.Credentials) { c.Keys = nil }), ""},
		"no secret":           {change(func(c *credentials.Credentials) { c.ClientSecrets = nil }), ""},
		"an unknown kind":     {change(func(c *credentials.Credentials) { c.Kind = "other" }), ""},
		"a foreign host":      {change(func(c *credentials.Credentials) { c.Endpoint = "https://ims.example" }), ims.CauseHostNotAllowed},
		"a look-alike":        {change(func(c *credentials.Credentials) { c.Endpoint = "https://adobelogin.com.example" }), ims.CauseHostNotAllowed},
		"plain HTTP to Adobe": {change(func(c *credentials.Credentials) { c.Endpoint = "http://ims-na1.adobelogin.com" }), ims.CauseInsecure},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := imsx.New(imsx.Config{Credentials: tt.cred})
			var refused *ims.Error
			switch {
			case err == nil:
				t.Error("New succeeded")
			case tt.want != "" && (!errors.As(err, &refused) || refused.Cause != tt.want):
				t.Errorf("New = %v, want cause %s", err, tt.want)
			}
		})
	}
	if _, err := imsx.New(imsx.Config{Credentials: change(func(c *credentials.Credentials) { c.Endpoint = "https://ims.example" }), AllowHosts: []string{"ims.example"}}); err != nil {
		t.Errorf("New with an allowed host = %v", err)
	}
}

func TestOpen(t *testing.T) {
	e := emulatortest.New(t)
	src, err := imsx.Open(e.LocalDevelopmentToken)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	mustToken(t, src)
	var refused *credentials.Error
	if _, err := imsx.Open(filepath.Join(e.Dir, "nothing")); !errors.As(err, &refused) {
		t.Errorf("Open of a missing file = %v, want *credentials.Error", err)
	}
}

// skewed is an IMS whose clock differs from ours: it refuses assertions that are expired by its own.
type skewed struct {
	ahead    time.Duration
	requests int
}

func (s *skewed) RoundTrip(req *http.Request) (*http.Response, error) {
	s.requests++
	if err := req.ParseForm(); err != nil {
		return nil, err
	}
	now := time.Now().Add(s.ahead)
	a, err := ims.DecodeAssertion(secret.New(req.PostForm.Get("jwt_token")))
	if err != nil {
		return nil, err
	}
	status, answer := http.StatusOK, any(map[string]any{"token_type": "bearer", "access_token": "opaque", "expires_in": 86399000})
	if now.After(a.Expiry) || a.Expiry.Sub(now) > 24*time.Hour {
		status, answer = http.StatusBadRequest, map[string]any{"error": "invalid_token", "error_description": "JWT token has expired"}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Request: req, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {now.UTC().Format(http.TimeFormat)}},
	}, nil
}

func TestClockBehindIsCorrected(t *testing.T) {
	e := emulatortest.New(t)
	server := &skewed{ahead: time.Hour}
	src := newSource(t, imsx.Config{Credentials: open(t, e.ServiceToken), HTTPClient: &http.Client{Transport: server}})
	tok := mustToken(t, src)
	if server.requests != 2 {
		t.Errorf("%d requests, want 2: refused, corrected", server.requests)
	}
	if d := src.ClockDifference() - time.Hour; d.Abs() > 3*time.Second {
		t.Errorf("ClockDifference = %v, want about 1h", src.ClockDifference())
	}
	if left := tok.Remaining(time.Now()); (left - 24*time.Hour).Abs() > 10*time.Second {
		t.Errorf("the token is valid for %v by the local clock, want 24h", left)
	}
	if err := src.Invalidate(t.Context(), tok); err != nil {
		t.Fatal(err)
	}
	mustToken(t, src)
	if server.requests != 3 {
		t.Errorf("%d requests, want 3: the correction is to be remembered", server.requests)
	}
}

func TestSecretsDoNotShowInErrors(t *testing.T) {
	e := emulatortest.New(t)
	c := open(t, e.ServiceToken)
	c.ClientSecrets = []secret.Text{secret.New("p8e-wrong-and-secret")}
	_, err := newSource(t, imsx.Config{Credentials: c, HTTPClient: e.Client}).Token(context.Background())
	if err == nil || strings.Contains(err.Error(), "p8e-wrong") {
		t.Errorf("Token = %v", err)
	}
	if data, err := os.ReadFile(e.ServiceToken); err != nil || !bytes.Contains(data, []byte("RSA PRIVATE KEY")) {
		t.Errorf("the emulator's file holds no key: %v", err)
	}
}
