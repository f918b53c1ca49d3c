// Package console is the emulator's own face: a control API for programs and tests, and a web page for people. Both
// live under /_imsx/, beside the paths of Adobe's that the emulator plays.
//
//	s, err := console.New(console.Config{IMS: ims, Faults: faults, Journal: journal, Clock: clock, Key: key})
//	...
//	mux.Handle("/_imsx/", s)
//
// The control API speaks JSON; /_imsx/openapi.json describes it. The page is at /_imsx/console/.
//
// # Trust
//
// Who controls the emulator can mint tokens and read its credentials. A request without the control key is served only
// if it comes from loopback, names a loopback host, and is not sent by a page of another site: a name that was made to
// resolve to 127.0.0.1 does not get in, and neither does a form on somebody's page. Everything else needs the key, as
// the header X-Imsx-Control-Key, as a bearer, or, in a browser, by signing in. Only /_imsx/health and the page for signing
// in, with its style, are open to all.
//
// The page loads nothing from elsewhere and runs under a content security policy without inline scripts and styles.
// What is pasted into its decoder is judged and forgotten: it reaches no log and no journal.
package console

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/secret"
)

// Prefix is where a [Server] is mounted.
const Prefix = "/_imsx/"

// Config configures a [Server]. IMS, Faults, Journal and Clock must be given.
type Config struct {
	// IMS is the identity service that is controlled.
	IMS *ims.Server
	// AEM is the emulated AEM. Nil means that there is none: its routes answer 404 and its parts of the page are absent.
	AEM *aem.Server
	// Forms are the Forms services of AEM. Nil means that there are none: their routes answer 404 and their page is absent.
	Forms *forms.Server
	// Faults, Journal and Clock are those of the emulator.
	Faults  *fault.Set
	Journal *journal.Journal
	Clock   *clock.Clock
	// Key is the control key. The empty text means that there is none: then only loopback callers are served.
	Key secret.Text
	// Addresses tells where the emulator can be reached. Nil means that the page names the origin it was asked under.
	Addresses func() Addresses
	// PrivateKey returns a client's private key and its certificate, for the downloads that hold a key; nil, nil if the
	// emulator has none for this client. A nil function means the same for every client. Keys that the control API
	// makes are remembered by the server itself.
	PrivateKey func(clientID string) (*rsa.PrivateKey, *x509.Certificate)
	// DevelopmentToken makes a ready access token of a developer, for the download of the local development token. Nil
	// means that this download is not offered.
	DevelopmentToken func() (secret.Text, error)
	// Reset brings the emulator back to how it was started. It is called after the journal, the faults and the clock
	// were reset, and must restore IMS, AEM and Forms. Nil means that there is nothing more to restore.
	Reset func() error
	// Logger gets warnings, without secrets. Nil means silence.
	Logger *slog.Logger
}

// Addresses is where the parts of an emulator can be reached.
type Addresses struct {
	IMS     string `json:"ims_url"`                   // the origin, such as "https://127.0.0.1:8443"
	Author  string `json:"aem_author_url,omitempty"`  // empty if AEM is not served
	Publish string `json:"aem_publish_url,omitempty"` // empty if AEM is not served
	CAFile  string `json:"ca_file,omitempty"`         // the path of the authority's certificate; empty without TLS
	Dir     string `json:"dir,omitempty"`             // where the credential files are; empty if none were written
	Version string `json:"version,omitempty"`
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// Server serves the control API and the console. It is safe for concurrent use.
type Server struct {
	cfg      Config
	logger   *slog.Logger
	handler  http.Handler
	pages    *pages
	keys     madeKeys
	sessions sessions
	started  time.Time
	ending   context.Context
	end      context.CancelFunc
}

// New returns a server. It fails if a part that must be given is missing. [Server.Close] ends it.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.IMS == nil:
		return nil, errors.New("the console has no identity service")
	case cfg.Faults == nil || cfg.Journal == nil || cfg.Clock == nil:
		return nil, errors.New("the console needs faults, a journal and a clock")
	}
	p, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, logger: cfg.logger(), pages: p, started: time.Now(), sessions: newSessions(cfg.Key)}
	s.ending, s.end = context.WithCancel(context.Background())
	s.handler = s.mux()
	return s, nil
}

// Close ends the event streams that are open, so that a graceful shutdown of the HTTP server does not wait for them.
// It does not wait for their handlers. New streams end at once.
func (s *Server) Close() { s.end() }

// ServeHTTP answers requests under [Prefix].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
