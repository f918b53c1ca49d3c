// Package ims plays Adobe's identity service for tests and first steps: an [http.Handler] with the token endpoints of
// IMS, real checks and real signatures. It is not for production.
//
// Start with [New], tell the server which organizations, accounts, clients and bindings exist, and serve it:
//
//	s, err := ims.New(ims.Config{})
//	...
//	err = s.AddClient(ims.Client{ID: "demo", Secrets: []secret.Text{secret.New("p8e-demo")}, Scopes: []string{"openid"}, ClientCredentials: true})
//	...
//	err = http.ListenAndServe("127.0.0.1:8080", s)
//
// Package emulator does all this, with credentials to go with it.
//
// # Trust
//
// Every request is taken as hostile: bodies, fields, claims and nesting are bounded, and what cannot be read gets an
// error answer. The state lives in memory and ends with the process.
//
// # Fidelity
//
// Status, error code and description are Adobe's where they are public. Where a description is not, it is made up, and
// the comment beside it says so. The page docs/emulator.md has the table.
package ims

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config configures a [Server]. The zero value is good.
type Config struct {
	// Key signs the access tokens. It must be an RSA key of at least 2048 bits. Nil means a new one.
	Key crypto.Signer
	// TokenLifetime is how long new access tokens live. 0 means 24 hours; see [Server.SetTokenLifetime] for the bounds.
	TokenLifetime time.Duration
	// Logger gets one record for each request, without secrets. Nil means silence.
	Logger *slog.Logger
}

func (c Config) key() (crypto.Signer, error) {
	if c.Key == nil {
		return rsa.GenerateKey(rand.Reader, minKeyBits)
	}
	pub, ok := c.Key.Public().(*rsa.PublicKey)
	if !ok || pub.N.BitLen() < minKeyBits {
		return nil, errors.New("the signing key is not an RSA key of at least 2048 bits")
	}
	return c.Key, nil
}

func (c Config) lifetime() time.Duration {
	if c.TokenLifetime == 0 {
		return 24 * time.Hour
	}
	return c.TokenLifetime
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// minKeyBits is the least modulus of RS256 by RFC 7518, section 3.3.
const minKeyBits = 2048

// Server is an identity service. All methods are safe for concurrent use; a change is seen by every request that
// begins after the method has returned. It starts no goroutines and needs no closing.
type Server struct {
	issuer   issuer
	lifetime atomic.Int64 // of new tokens, a time.Duration
	logger   *slog.Logger

	writing  sync.Mutex // held by change
	current  atomic.Pointer[registry]
	counters counters
	revoked  revocations
}

// New returns a server that knows no client. It fails if the key or the lifetime of cfg is unusable.
func New(cfg Config) (*Server, error) {
	key, err := cfg.key()
	if err != nil {
		return nil, err
	}
	s := &Server{issuer: newIssuer(key), logger: cfg.logger()}
	if err := s.SetTokenLifetime(cfg.lifetime()); err != nil {
		return nil, err
	}
	s.current.Store(newRegistry())
	return s, nil
}

// SetTokenLifetime sets how long access tokens issued from now on live: whole milliseconds, from one second to a year.
func (s *Server) SetTokenLifetime(d time.Duration) error {
	if d < time.Second || d > 366*24*time.Hour {
		return errors.New("the token lifetime is not between one second and 366 days")
	}
	s.lifetime.Store(int64(d.Truncate(time.Millisecond)))
	return nil
}

// call is one request on its way through a handler.
type call struct {
	*Server
	state   *registry // as it was when the request arrived
	w       http.ResponseWriter
	r       *http.Request
	client  string // for the log
	outcome string // for the log
}

// endpoint is a path of the service: the methods it takes and the handler.
type endpoint struct {
	get, post bool
	serve     func(*call) *failure
}

// route finds the endpoint of a path. It compares whole paths and never redirects, because a POST that is redirected
// arrives without its body at some clients.
func route(path string) (endpoint, bool) {
	switch path {
	case "/ims/exchange/jwt", "/ims/exchange/jwt/", "/ims/exchange/v1/jwt":
		return endpoint{post: true, serve: (*call).exchange}, true
	case "/ims/token/v1", "/ims/token/v2", "/ims/token/v3", "/ims/token/v4":
		return endpoint{post: true, serve: (*call).token}, true
	case "/ims/validate_token/v1":
		return endpoint{get: true, post: true, serve: (*call).validate}, true
	case "/ims/invalidate_token/v1", "/ims/invalidate_token/v2":
		return endpoint{post: true, serve: (*call).invalidate}, true
	case "/ims/keys":
		return endpoint{get: true, serve: (*call).keys}, true
	case "/ims/.well-known/openid-configuration":
		return endpoint{get: true, serve: (*call).discovery}, true
	case "/ims/profile/v1":
		return endpoint{get: true, post: true, serve: (*call).profile}, true
	case "/ims/userinfo/v1", "/ims/userinfo/v2":
		return endpoint{get: true, serve: (*call).userinfo}, true
	case "/ims/organizations/v5", "/ims/organizations/v6":
		return endpoint{get: true, serve: (*call).organizations}, true
	}
	return endpoint{}, false
}

// ServeHTTP answers a request to one of the endpoints under /ims/. Every answer, errors too, carries X-Debug-Id.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := debugID()
	w.Header()["X-Debug-Id"] = []string{id}
	w.Header()["Content-Type"] = jsonType
	c := &call{Server: s, state: s.current.Load(), w: w, r: r, outcome: "ok"}
	if f := c.dispatch(); f != nil {
		c.outcome = f.code
		f.write(w)
	}
	if s.logger.Enabled(r.Context(), slog.LevelInfo) {
		s.logger.Info("ims", "method", r.Method, "path", short(r.URL.Path), "client", short(c.client), "outcome", c.outcome,
			"debug_id", id)
	}
}

var jsonType = []string{"application/json;charset=UTF-8"}

func (c *call) dispatch() *failure {
	e, ok := route(c.r.URL.Path)
	if !ok {
		return errNoEndpoint
	}
	switch c.r.Method {
	case http.MethodGet, http.MethodHead:
		if e.get {
			return e.serve(c)
		}
		c.w.Header().Set("Allow", http.MethodPost)
	case http.MethodPost:
		if e.post {
			return e.serve(c)
		}
		c.w.Header().Set("Allow", "GET, HEAD")
	default:
		c.w.Header().Set("Allow", allow(e))
	}
	return errMethod
}

func allow(e endpoint) string {
	switch {
	case e.get && e.post:
		return "GET, HEAD, POST"
	case e.get:
		return "GET, HEAD"
	default:
		return http.MethodPost
	}
}

// answer writes a body with status 200. The body of a token answer must not be cached (RFC 6749, section 5.1), and
// none of the others gains by it.
func (c *call) answer(body []byte) *failure {
	c.w.Header()["Cache-Control"] = noStore
	_, _ = c.w.Write(body)
	return nil
}

var noStore = []string{"no-store"}

// debugID returns an opaque identifier of a request.
func debugID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// short bounds what a caller can put in the log.
func short(s string) string {
	const limit = 100
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
