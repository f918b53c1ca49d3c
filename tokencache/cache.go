// Package tokencache keeps one access token per identity and renews it in time. A [Source] made by [New] hands out the
// token it holds without a lock, renews it before it expires, lets any number of callers share one request, and, given
// a [Store], shares tokens with other processes.
//
//	src, err := tokencache.New(tokencache.Config{Identity: id, Fetch: fetch})
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	t, err := src.Token(ctx)
//
// # Windows
//
// A token is fresh until its advisory window begins: the last tenth of its lifetime, at least 5 minutes and at most an
// hour before expiry, a little different for each source so that a fleet does not renew at once. In that window callers
// still get the token at once, and one refresh runs beside them. In the mandatory window, the last minute, callers wait
// for the refresh; if it fails they get the token as long as it lives. For tokens that live less than 10 minutes the
// windows are half the lifetime and a tenth of it.
//
// # Failures
//
// Errors that implement [token.RetryError] and report that they can pass are retried with exponential backoff, jitter
// and the server's own wish, within [Config.Timeout]. Other errors are final: they are returned at once and remembered
// for [Config.RefusalTTL], so that a loop does not hammer the server.
//
// # Safety
//
// What goes into a store is sealed with AES-256-GCM under a key derived (HKDF-SHA-256, RFC 5869) from
// [Config.SealingSecrets], and bound to its name, a keyed hash of the identity. A store alone reveals neither a token
// nor whom it belongs to.
package tokencache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// ErrClosed is returned by [Source.Token] when the source was closed and holds no token that can be handed out.
var ErrClosed = errors.New("the token source is closed")

// ErrTooShort is returned by [Source.Token] when a new token lives shorter than [Config.MinTTL].
var ErrTooShort = errors.New("a new token does not live as long as was asked for")

// Config says what a [Source] fetches and how it keeps it. Fetch is required.
type Config struct {
	// Identity is whom and what the tokens are for. It names the store's entry.
	Identity token.Identity
	// Fetch makes one attempt to get a new token. It is called by one goroutine at a time, with a context that no
	// caller's cancellation ends. Its error decides about retries by implementing [token.RetryError].
	Fetch token.Source
	// Store is where tokens rest beyond this source. Nil: they do not.
	Store Store
	// SealingSecrets are the texts that the sealing key is derived from. The first seals; each opens. Needed with a
	// Store. Take what lets its holder get a token anyway, and nothing that a person could guess.
	SealingSecrets []secret.Text
	// Timeout bounds one refresh with all its attempts. 0: 30 seconds.
	Timeout time.Duration
	// MinTTL is the least time that a token must have left when it is handed out. 0: any.
	MinTTL time.Duration
	// RefusalTTL is how long a final error is remembered. 0: 30 seconds; negative: not at all.
	RefusalTTL time.Duration
	// StoreTimeout bounds each read and write of the store; waiting for its lock is bounded by half of Timeout.
	// 0: 500 milliseconds.
	StoreTimeout time.Duration
	// ClockDifference returns how far the server's clock is ahead of the local one, as far as known. Times in the
	// store are by the server's clock. Nil: no difference.
	ClockDifference func() time.Duration
	// Notify is told what happens, from the goroutine where it happens; it must not block or call the source.
	// Nil: nobody is told.
	Notify func(Event)
}

func (c *Config) timeout() time.Duration      { return orDefault(c.Timeout, 30*time.Second) }
func (c *Config) storeTimeout() time.Duration { return orDefault(c.StoreTimeout, 500*time.Millisecond) }
func (c *Config) minTTL() time.Duration       { return min(max(0, c.MinTTL), farAhead) }
func (c *Config) refusalTTL() time.Duration   { return max(0, orDefault(c.RefusalTTL, 30*time.Second)) }

func (c *Config) ahead() time.Duration {
	if c.ClockDifference == nil {
		return 0
	}
	return c.ClockDifference()
}

func (c *Config) notify(e Event) {
	if c.Notify != nil {
		c.Notify(e)
	}
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// Source is a [token.Source] that keeps its token. It is safe for concurrent use. Make one with [New].
type Source struct {
	cfg     Config
	sealers []sealer
	jitter  float64

	// current is the token being handed out, nil if there is none.
	current atomic.Pointer[entry]
	// asideFrom is the earliest instant, in Unix nanoseconds, of the next refresh beside the callers.
	asideFrom atomic.Int64
	// storeFaults are the uses of the store that failed when last tried.
	storeFaults atomic.Uint32
	fetches     atomic.Uint64
	refreshes   atomic.Uint64

	base    context.Context // ends when the source is closed
	stop    context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex // guards what follows; never held across I/O
	flight    *flight
	memory    refusal
	failures  int         // failed refreshes in a row
	notBefore time.Time   // earliest next attempt after a failure
	refused   secret.Text // the token that was invalidated last
	lastErr   error
	closed    bool
}

var (
	_ token.Source      = (*Source)(nil)
	_ token.Invalidator = (*Source)(nil)
)

// New returns a source that holds no token yet. It does no I/O and starts no goroutine.
func New(cfg Config) (*Source, error) {
	if cfg.Fetch == nil {
		return nil, errors.New("tokencache: Config.Fetch is nil")
	}
	s := &Source{cfg: cfg, jitter: rand.Float64()}
	if cfg.Store != nil {
		if len(cfg.SealingSecrets) == 0 {
			return nil, errors.New("tokencache: a store needs Config.SealingSecrets")
		}
		for _, key := range cfg.SealingSecrets {
			if key.IsZero() {
				return nil, errors.New("tokencache: Config.SealingSecrets holds an empty text")
			}
			sl, err := newSealer(cfg.Identity, key)
			if err != nil {
				return nil, err
			}
			s.sealers = append(s.sealers, sl)
		}
	}
	s.base, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Token returns a valid token. A fresh one comes back without a lock, an allocation, or a system call beyond the
// clock. Without one, Token waits for a refresh that all callers share, no longer than ctx allows; a caller that gives
// up does not end it for the others, and its error wraps ctx.Err(), and the last attempt's error if there was one.
// While the held token lives, no failure is returned.
func (s *Source) Token(ctx context.Context) (token.Token, error) {
	if e := s.current.Load(); e != nil {
		now := time.Now()
		if e.fresh(now) {
			return e.token, nil
		}
		if e.servable(now) {
			s.refreshAside(now)
			return e.token, nil
		}
	}
	return s.wait(ctx)
}

// Invalidate drops t here and in the store, if it is the token they hold. It returns the store's error, if any; the
// token is not handed out again even then. It may block for the store, no longer than ctx allows.
func (s *Source) Invalidate(ctx context.Context, t token.Token) error {
	if t.AccessToken.IsZero() {
		return nil
	}
	if e := s.current.Load(); e != nil && e.token.AccessToken.Equal(t.AccessToken) {
		s.current.CompareAndSwap(e, nil)
	}
	s.mu.Lock()
	s.refused = t.AccessToken
	s.mu.Unlock()
	if s.cfg.Store == nil {
		return nil
	}
	return s.dropStored(ctx, t)
}

// Names returns the names under which the store can hold this source's entry, one for each sealing secret; nil without a
// store. The first is the one that is written.
func (s *Source) Names() []string {
	var names []string
	for _, sl := range s.sealers {
		names = append(names, sl.name)
	}
	return names
}

// Stored returns the token that rests in the store, whatever life it has left, without asking the server and without
// taking it over. A miss, also for lack of a store, wraps [fs.ErrNotExist]; an entry that does not open is an error, as is
// a store that fails. It may block for the store, no longer than [Config.StoreTimeout] for each name.
func (s *Source) Stored(ctx context.Context) (token.Token, error) {
	err := fmt.Errorf("no stored token: %w", fs.ErrNotExist)
	for _, sl := range s.sealers {
		t, loadErr := s.load(ctx, sl)
		switch {
		case loadErr == nil:
			return t, nil
		case !errors.Is(loadErr, fs.ErrNotExist):
			err = loadErr
		}
	}
	return token.Token{}, err
}

// Status describes the source. It does not block.
func (s *Source) Status() Status {
	st := Status{Fetches: s.fetches.Load(), Refreshes: s.refreshes.Load()}
	if e := s.current.Load(); e != nil {
		st.Expiry = e.token.Expiry
		st.RefreshAt = e.advisory.at
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Refreshing = s.flight != nil
	st.LastError = s.lastErr
	return st
}

// Close ends a refresh that is under way and waits for it. A token that is still fresh is handed out even afterwards;
// otherwise Token returns [ErrClosed]. Close always returns nil and may be called more than once.
func (s *Source) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.asideFrom.Store(math.MaxInt64)
	s.stop()
	s.running.Wait()
	return nil
}
