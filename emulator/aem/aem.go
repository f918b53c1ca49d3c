// Package aem plays the door of AEM as a Cloud Service for tests and first steps: the author and publish hosts of one or
// more environments, the checks that a bearer token goes through there, and a small repository of assets behind them. It
// is not for production.
//
// Start with [New], add an environment, and serve it:
//
//	s, err := aem.New(aem.Config{Clock: &c, Verify: verify})
//	...
//	err = s.AddEnvironment("p11111-e22222", "")
//	...
//	err = http.ListenAndServe("127.0.0.1:8080", s.Handler(aem.Author))
//
// Package emulator does all this and lets the emulated IMS verify the tokens.
//
// # The ladder
//
// A request is judged step by step, and the first step that it does not pass gives the answer: the rules of the content
// delivery network (406); a bearer token that is there, well formed, signed, not expired, not revoked, and of this
// environment (401); the API key, where one is needed, and the list of allowed clients for OAuth server-to-server tokens
// (403); the user's rights (403). The first call that gets that far creates the account's user, in the group of
// contributors, as AEM does: it may read assets, and no more until somebody puts it into another group. Each step is told
// to the request's [journal.Record].
//
// # The repository
//
// Assets are listed, made, changed and deleted by the Assets HTTP API (/api/assets), downloaded from /content/dam, and
// uploaded by the direct binary upload as well (initiateUpload, completeUpload), which is what AEM as a Cloud Service
// wants clients to use. Author and publish have a repository each; [Server.Publish] copies from one to the other.
//
// # Trust
//
// Every request is taken as hostile: paths, names, bodies, fields and the memory that all assets take together are
// bounded. The repository is a tree in memory and knows no files, so there is nothing to break out to. The state ends
// with the process.
package aem

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/emulator/clock"
)

// Kind tells how an access token was obtained.
type Kind string

// The kinds of access tokens. AEM treats them differently: the list of allowed clients is for server-to-server tokens,
// and only user tokens act as a person.
const (
	KindExchange       Kind = "exchange" // service credentials: the exchange of an assertion
	KindServerToServer Kind = "oauth"    // OAuth server-to-server: client_credentials
	KindUser           Kind = "user"     // a person's, such as a local development token
)

// Bearer is what a verified access token says.
type Bearer struct {
	ClientID     string
	Account      string // the IMS identifier of the account, "…@techacct.adobe.com"
	Organization string
	Email        string // the login name of the account's user; if empty, Account is
	Name         string // for a person; may be empty
	Scopes       []string
	Kind         Kind
	// Groups are those that the account's product profiles confer. They come and go with the profiles, beside the
	// groups that the user was put in here.
	Groups []string
	// Expiry is when the token ends. Zero means that Verify alone decides.
	Expiry time.Time
}

// What Verify finds wrong with a token. Its error wraps one of these; any other error is taken as ErrMalformed.
var (
	ErrMalformed = errors.New("the token is malformed")
	ErrSignature = errors.New("the signature is not of this identity service")
	ErrExpired   = errors.New("the token has expired")
	ErrRevoked   = errors.New("the token was revoked")
)

// Config configures a [Server]. Verify is required; the zero values of the others are good.
type Config struct {
	// Clock tells the time. Nil means the machine's.
	Clock *clock.Clock
	// Verify checks an access token. Its error wraps [ErrMalformed], [ErrSignature], [ErrExpired] or [ErrRevoked]; with
	// the latter two the bearer is returned all the same. It is called by several goroutines at once.
	Verify func(token string) (Bearer, error)
	// Random gives the homes of users, in the order of their creation, and the key of the tokens against cross-site
	// requests. Nil means crypto/rand. It is read by one goroutine at a time.
	Random io.Reader
	// Logger gets one record for each request, without secrets. Nil means silence.
	Logger *slog.Logger
	// MaxAsset is the greatest size of an asset in bytes. 0 means 16 MiB.
	MaxAsset int64
	// MaxTotal bounds what the assets of all environments take together: their bytes, their properties, and 512 bytes
	// for each asset and folder. Uploads that are under way count. 0 means 256 MiB.
	MaxTotal int64
	// Mount answers the paths of the Forms services. Nil means that there are none: 404 behind the ladder.
	Mount *Mount
	// Assets are in every repository from the start, and again after a reset. They count as all others do.
	Assets []Asset
}

func (c Config) clock() *clock.Clock {
	if c.Clock == nil {
		return new(clock.Clock)
	}
	return c.Clock
}

func (c Config) random() io.Reader {
	if c.Random == nil {
		return rand.Reader
	}
	return c.Random
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

func (c Config) maxAsset() int64 {
	if c.MaxAsset == 0 {
		return 16 << 20
	}
	return c.MaxAsset
}

func (c Config) maxTotal() int64 {
	if c.MaxTotal == 0 {
		return 256 << 20
	}
	return c.MaxTotal
}

// Server is the hosts of some environments. All methods are safe for concurrent use. It starts no goroutines and needs
// no closing.
type Server struct {
	clock    *clock.Clock
	verify   func(string) (Bearer, error)
	random   *source
	logger   *slog.Logger
	maxAsset int64
	budget   *budget
	csrfKey  []byte
	mount    *Mount
	assets   []Asset

	adding    sync.Mutex
	instances atomic.Pointer[[]*Instance] // replaced as a whole; in the order of their addition, author before publish
}

// New returns a server without an environment. It fails if Verify is missing, a limit is negative or Random gives
// nothing.
func New(cfg Config) (*Server, error) {
	if cfg.Verify == nil {
		return nil, errors.New("no function verifies the tokens")
	}
	if cfg.MaxAsset < 0 || cfg.MaxTotal < 0 {
		return nil, errors.New("a limit is negative")
	}
	s := &Server{
		clock: cfg.clock(), verify: cfg.Verify, random: &source{from: cfg.random()}, logger: cfg.logger(),
		maxAsset: cfg.maxAsset(), budget: &budget{limit: cfg.maxTotal()}, mount: cfg.Mount, assets: slices.Clone(cfg.Assets),
	}
	key, err := s.random.bytes(32)
	if err != nil {
		return nil, err
	}
	s.csrfKey = key
	s.instances.Store(new([]*Instance))
	return s, nil
}

// AddEnvironment adds the author and the publish instance of an environment. If an organization is given, tokens of
// another one do not belong to it. The first environment also answers for hosts that name none. It fails for an id that
// is malformed or there already, and if the assets of the configuration cannot be put there.
func (s *Server) AddEnvironment(id EnvironmentID, organization string) error {
	if err := id.check(); err != nil {
		return err
	}
	s.adding.Lock()
	defer s.adding.Unlock()
	old := *s.instances.Load()
	if slices.ContainsFunc(old, func(i *Instance) bool { return i.id == id }) {
		return errors.New("the environment " + string(id) + " exists already")
	}
	added := []*Instance{newInstance(s, id, Author, organization), newInstance(s, id, Publish, organization)}
	for _, i := range added {
		if err := i.Seed(s.assets...); err != nil {
			added[0].clear()
			added[1].clear()
			return err
		}
	}
	all := slices.Concat(old, added)
	s.instances.Store(&all)
	return nil
}

// Instance returns the host of a tier of an environment, and whether there is one.
func (s *Server) Instance(id EnvironmentID, tier Tier) (*Instance, bool) {
	for _, i := range *s.instances.Load() {
		if i.id == id && i.tier == tier {
			return i, true
		}
	}
	return nil, false
}

// Instances returns all hosts, in the order in which their environments were added, author before publish.
func (s *Server) Instances() []*Instance { return slices.Clone(*s.instances.Load()) }

// Snapshot returns the state of all hosts, in the order of [Server.Instances].
func (s *Server) Snapshot() []Snapshot {
	all := []Snapshot{}
	for _, i := range *s.instances.Load() {
		all = append(all, i.Snapshot())
	}
	return all
}

// Reset makes every host as it was when it was added.
func (s *Server) Reset() {
	for _, i := range *s.instances.Load() {
		i.Reset()
	}
}

// Handler answers for all environments. A Host whose first label is like author-p1-e2 or publish-p1-e2 names the tier
// and the environment, and gets 404 if there is none; any other host means the given tier of the first environment.
func (s *Server) Handler(tier Tier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, ok := s.find(r.Host, tier)
		if !ok {
			AnswerNoHost.Write(w, r)
			return
		}
		i.ServeHTTP(w, r)
	})
}

// find returns the instance that a request to host is for.
func (s *Server) find(host string, tier Tier) (*Instance, bool) {
	if named, id, ok := splitHost(host); ok {
		return s.Instance(id, named)
	}
	for _, i := range *s.instances.Load() {
		if i.tier == tier {
			return i, true
		}
	}
	return nil, false
}

// TierOf returns the tier that a request to host is for: the one that the host names, or else the given one.
func TierOf(host string, fallback Tier) Tier {
	if tier, _, ok := splitHost(host); ok {
		return tier
	}
	return fallback
}
