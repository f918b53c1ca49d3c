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
// # State
//
// What is configured, what was ended and used, and who is signed in lives in memory. Tokens do not: each says all about
// itself, and the server only remembers those that ended before their time. [Server.Mark] and [Server.Reset] go back to
// an earlier state.
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
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/emulator/clock"
)

// Config configures a [Server]. The zero value is good.
type Config struct {
	// Key signs the tokens. It must be an RSA key of at least 2048 bits. Nil means a new one.
	Key crypto.Signer
	// TokenLifetime is how long new access tokens live. 0 means 24 hours; see [Server.SetTokenLifetime] for the bounds.
	TokenLifetime time.Duration
	// Clock tells the time. Nil means the machine's.
	Clock *clock.Clock
	// Random is where identifiers, token ids and client secrets come from. Nil means crypto/rand. It need not be safe
	// for concurrent use. When it ends, crypto/rand takes over.
	Random io.Reader
	// Rate is the throttle of every client that has none of its own; see [Server.SetRate]. The zero value is none.
	Rate Rate
	// Strict are rules that are documented but not known to be enforced.
	Strict Strict
	// Logger gets one record for each request, without secrets. Nil means silence.
	Logger *slog.Logger
}

// Strict switches on what some document says or some reader needs, where the usual answer is another. The zero value is
// the usual answer to everything.
type Strict struct {
	// DayCap refuses assertions whose "exp" is more than 24 hours ahead, as an older guide of Adobe's says. Whether the
	// service does so is unknown, and the answer is made up.
	DayCap bool
	// ExchangeSecret400 answers a wrong client secret at the exchange with 400, as /ims/token does, instead of the
	// documented 401.
	ExchangeSecret400 bool
	// OmitX5U leaves "x5u" out of the header of tokens. It is a bare file name there, as in real tokens, and libraries
	// that hold to RFC 7515, section 4.1.5 refuse it.
	OmitX5U bool
}

func (c Config) key() (crypto.Signer, error) {
	if c.Key == nil {
		return rsa.GenerateKey(rand.Reader, minKeyBits)
	}
	return c.Key, checkKey(c.Key)
}

func checkKey(key crypto.Signer) error {
	pub, ok := key.Public().(*rsa.PublicKey)
	if !ok || pub.N.BitLen() < minKeyBits {
		return errors.New("the signing key is not an RSA key of at least 2048 bits")
	}
	return nil
}

func (c Config) lifetime() time.Duration {
	if c.TokenLifetime == 0 {
		return 24 * time.Hour
	}
	return c.TokenLifetime
}

func (c Config) clock() *clock.Clock {
	if c.Clock == nil {
		return &clock.Clock{}
	}
	return c.Clock
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
	clock  *clock.Clock
	random randomness
	logger *slog.Logger

	writing  sync.Mutex // held by whoever replaces one of the next three
	current  atomic.Pointer[registry]
	settings atomic.Pointer[settings]
	keyring  atomic.Pointer[keyring]
	mark     atomic.Pointer[mark]

	counters counters
	revoked  revocations // ids of tokens and sessions that were ended, and of refresh tokens that were used
	pending  pendingCodes
	sessions sessions
}

// New returns a server that knows no client. It fails if the key, the lifetime or the rate of cfg is unusable.
func New(cfg Config) (*Server, error) {
	key, err := cfg.key()
	if err != nil {
		return nil, err
	}
	s := &Server{clock: cfg.clock(), random: randomness{from: cfg.Random}, logger: cfg.logger()}
	s.settings.Store(&settings{strict: cfg.Strict})
	if err := s.SetTokenLifetime(cfg.lifetime()); err != nil {
		return nil, err
	}
	if err := s.SetDefaultRate(cfg.Rate); err != nil {
		return nil, err
	}
	s.keyring.Store(newKeyring(key))
	s.current.Store(newRegistry())
	s.Mark()
	return s, nil
}

func (s *Server) now() time.Time { return s.clock.Now() }
