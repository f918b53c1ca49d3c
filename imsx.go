// Package imsx turns credentials that Adobe handed out into access tokens for AEM as a Cloud Service and other Adobe
// APIs. [Open] reads a credential file and gives a [Source]; [Source.Client] gives an HTTP client that signs its
// requests.
//
//	src, err := imsx.Open("service_token.json")
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	resp, err := src.Client().Get("https://author-p1-e2.adobeaemcloud.com/api/assets.json")
//
// A source asks Adobe's identity service, IMS, once for a token, keeps it, renews it before it expires, and lets any
// number of goroutines share it: see package tokencache for its promises.
//
// # Errors
//
// What IMS refuses is an *ims.Error with one cause of a closed list, each with a sentence that says what it means and
// one that says who must do what. What is wrong with a credential file is a *credentials.Error.
//
// # Security
//
// Secrets go only to Adobe's hosts and loopback unless [Config.AllowHosts] names others, and tokens only to the hosts
// of [Transport.Hosts]. No error, no printed value and no log of imsx holds a secret: see package secret.
//
// imsx is independent of Adobe.
package imsx

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

// Config says which tokens a [Source] gives and how it gets them. Credentials is required; the zero values of the rest
// are right for most programs.
type Config struct {
	// Credentials are what Adobe handed out. They are not changed.
	Credentials *credentials.Credentials
	// Scopes replace the scopes, or for a service account the metascopes, of the credentials. Nil: those of the
	// credentials.
	Scopes []string
	// HTTPClient sends the requests to IMS; its proxy and TLS settings are used, its redirect policy is not.
	// Nil: that of ims.NewHTTPClient with a zero configuration.
	HTTPClient *http.Client
	// AllowHosts are hosts outside Adobe's domains that may get the secrets, by their whole name.
	AllowHosts []string
	// UserAgent is sent to IMS. Empty: "imsx".
	UserAgent string
	// AssertionLifetime is how long a signed assertion is valid. 0: 5 minutes; at most 24 hours.
	AssertionLifetime time.Duration
	// Store is where tokens rest beyond this source. Nil: they do not.
	Store tokencache.Store
	// StoreTimeout bounds each use of the store. 0: 500 milliseconds.
	StoreTimeout time.Duration
	// Timeout bounds one refresh with all its attempts. 0: 30 seconds.
	Timeout time.Duration
	// MinTTL is the least time that a token must have left when it is handed out. 0: any.
	MinTTL time.Duration
	// Notify is told what happens inside the source; it must not block. Nil: nobody is told.
	Notify func(tokencache.Event)
}

// ErrTokenExpired is returned by the Token method of a [Source] for credentials that are a ready access token whose time
// has passed.
var ErrTokenExpired = errors.New("the access token has expired")

// Source gives access tokens of one credential. It is safe for concurrent use. Make one with [New] or [Open].
//
// Token, Invalidate, Status and Close are those of the embedded tokencache.Source, without a call in between. Errors of
// Token are *ims.Error, [ErrTokenExpired], or those that tokencache documents.
type Source struct {
	*tokencache.Source // not to be replaced

	identity token.Identity
	clock    *atomic.Int64 // nanoseconds by which the server's clock is ahead
}

var (
	_ token.Source      = (*Source)(nil)
	_ token.Invalidator = (*Source)(nil)
)

// Open reads the credential file at path, which must hold one credential, and returns its source. A private key beside
// the file is found; a passphrase, or a choice among several credentials, needs credentials.Open and [New].
// The error is a *credentials.Error, or one of [New].
func Open(path string) (*Source, error) {
	set, err := credentials.Open(path, credentials.Options{})
	if err != nil {
		return nil, err
	}
	c, err := set.Select("")
	if err != nil {
		return nil, err
	}
	return New(Config{Credentials: c})
}

// New returns a source for cfg. It sends nothing. It returns an *ims.Error for an endpoint that must not get secrets.
func New(cfg Config) (*Source, error) {
	if cfg.Credentials == nil {
		return nil, errors.New("imsx: Config.Credentials is nil")
	}
	s := &Source{clock: new(atomic.Int64)}
	fetch, id, err := newFetcher(cfg, s.clock)
	if err != nil {
		return nil, err
	}
	s.identity = id
	cc := tokencache.Config{
		Identity: id, Fetch: fetch, Timeout: cfg.Timeout, MinTTL: cfg.MinTTL, Notify: cfg.Notify,
		StoreTimeout: cfg.StoreTimeout, ClockDifference: s.ClockDifference,
	}
	if cfg.Store != nil && cfg.Credentials.Kind != credentials.KindAccessToken {
		cc.Store = cfg.Store
		if cc.SealingSecrets, err = sealingSecrets(cfg.Credentials); err != nil {
			return nil, err
		}
	}
	if s.Source, err = tokencache.New(cc); err != nil {
		return nil, err
	}
	return s, nil
}

// Identity tells whom and what the tokens are for.
func (s *Source) Identity() token.Identity { return s.identity }

// ClockDifference returns how far the server's clock is ahead of the local one, as of the last answer; 0 while they
// agree within a second or so, or nothing has been asked.
func (s *Source) ClockDifference() time.Duration { return time.Duration(s.clock.Load()) }

// Client returns a new HTTP client that adds the source's token to requests to the hosts of [DefaultHosts].
// It follows redirects as usual, without the token where the target is another host.
func (s *Source) Client() *http.Client { return &http.Client{Transport: &Transport{Source: s}} }

// newFetcher returns what makes one attempt to get a token, and for whom.
func newFetcher(cfg Config, clock *atomic.Int64) (token.Source, token.Identity, error) {
	c := cfg.Credentials
	id := token.Identity{
		Endpoint: c.Endpoint, Organization: c.Organization, Account: c.TechnicalAccountID, ClientID: c.ClientID,
	}
	if c.Kind == credentials.KindAccessToken {
		id.Grant = token.OriginFile
		return readyToken(c), id, nil
	}
	client, err := ims.New(ims.Config{
		Endpoint: c.Endpoint, HTTPClient: cfg.HTTPClient, AllowHosts: cfg.AllowHosts, UserAgent: cfg.UserAgent,
	})
	if err != nil {
		return nil, token.Identity{}, err
	}
	id.Endpoint = client.Endpoint()
	if len(c.ClientSecrets) == 0 || c.Kind == credentials.KindServiceAccount && len(c.Keys) == 0 {
		return nil, token.Identity{}, errors.New("imsx: the credentials lack a client secret or a key")
	}
	switch c.Kind {
	case credentials.KindServiceAccount:
		id.Grant, id.Scopes = token.OriginExchange, orDefault(cfg.Scopes, c.Metascopes)
		return newExchanger(client, c, id.Scopes, cfg.AssertionLifetime, clock), id, nil
	case credentials.KindServerToServer:
		id.Grant, id.Scopes = token.OriginClientCredentials, orDefault(cfg.Scopes, c.Scopes)
		return newPresenter(client, c, id.Scopes, clock), id, nil
	}
	return nil, token.Identity{}, fmt.Errorf("imsx: unknown kind of credentials %q", c.Kind)
}

func orDefault(scopes, def []string) []string {
	if scopes == nil {
		return def
	}
	return scopes
}
