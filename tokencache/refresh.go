package tokencache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/imsx/imsx/token"
)

// refresh gets a token from the store or from the server. Among all that share the store, one asks the server.
func (s *Source) refresh(ctx context.Context, f *flight) (token.Token, error) {
	if s.cfg.Store == nil {
		return s.fetch(ctx, f)
	}
	t, found, working := s.stored(ctx, f)
	if found {
		return t, nil
	}
	if working {
		unlock, err := s.lock(ctx)
		switch {
		case err == nil:
			defer unlock()
			if t, found, _ = s.stored(ctx, f); found {
				return t, nil
			}
		case ctx.Err() != nil:
			return token.Token{}, ctx.Err() // the source was closed meanwhile
		case f.aside && errors.Is(err, errLockHeld):
			return token.Token{}, err // the held token serves: somebody else is at it
		}
	}
	t, err := s.fetch(ctx, f)
	if err == nil && t.Origin != token.OriginCache {
		s.save(ctx, t, f)
	}
	return t, err
}

// errLockHeld says that somebody else was refreshing for as long as this source waits.
var errLockHeld = errors.New("another holder of the store's lock has been refreshing the token for long")

// The pauses between attempts: half a second at first, doubled each time, up to ten seconds, each varied by half.
const (
	firstPause  = 500 * time.Millisecond
	pauseFactor = 2
	maxPause    = 10 * time.Second
	pauseJitter = 0.5
)

func newBackoff(first, longest time.Duration) *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: first, MaxInterval: longest, Multiplier: pauseFactor, RandomizationFactor: pauseJitter,
	}
}

// pauseAfter returns how long to leave the server alone after n failed refreshes in a row.
func pauseAfter(n int, first, longest time.Duration) time.Duration {
	b := newBackoff(first, longest)
	var d time.Duration
	for range min(n, 10) {
		d = b.NextBackOff()
	}
	return d
}

// attemptsError is the last error of several attempts.
type attemptsError struct {
	n    int
	took time.Duration
	last error
}

func (e *attemptsError) Error() string {
	return fmt.Sprintf("%v (after %d attempts in %v)", e.last, e.n, e.took.Round(100*time.Millisecond))
}

func (e *attemptsError) Unwrap() error { return e.last }

// fetch asks the server until it gives a token, refuses for good, or no time is left for another attempt.
func (s *Source) fetch(ctx context.Context, f *flight) (token.Token, error) {
	if err := s.awaitTurn(ctx); err != nil {
		return token.Token{}, err
	}
	start, pauses := time.Now(), newBackoff(firstPause, maxPause)
	var before error
	for n := 1; ; n++ {
		s.fetches.Add(1)
		t, err := s.cfg.Fetch.Token(ctx)
		if err == nil {
			s.refreshes.Add(1)
			return t, nil
		}
		if ctx.Err() != nil && before != nil {
			err = before // an attempt that our own deadline cut short tells less than the one before it
		}
		before = err
		f.setLast(err)
		retryable, delay := retryAdvice(err)
		delay = max(delay, pauses.NextBackOff())
		again := retryable && timeLeft(ctx, delay)
		s.notifyAttempt(n, err, delay, again)
		if !again || !sleep(ctx, delay) {
			return token.Token{}, finalError(err, n, time.Since(start))
		}
		if t, found := s.storedMeanwhile(ctx, f); found {
			return t, nil
		}
	}
}

// storedMeanwhile returns the token that somebody else got while this source was failing.
func (s *Source) storedMeanwhile(ctx context.Context, f *flight) (t token.Token, found bool) {
	if s.cfg.Store == nil || s.storeFaults.Load()&uint32(storeReading) != 0 {
		return token.Token{}, false
	}
	t, found, _ = s.stored(ctx, f)
	return t, found
}

// awaitTurn waits until the server may be asked again after earlier failures, or returns the last one if that is later
// than ctx allows.
func (s *Source) awaitTurn(ctx context.Context) error {
	s.mu.Lock()
	wait, last := time.Until(s.notBefore), s.lastErr
	s.mu.Unlock()
	if wait <= 0 || last == nil {
		return nil
	}
	if !timeLeft(ctx, wait) || !sleep(ctx, wait) {
		return last
	}
	return nil
}

func (s *Source) notifyAttempt(n int, err error, delay time.Duration, again bool) {
	if !again {
		delay = 0
	}
	s.cfg.notify(Event{Kind: EventAttemptFailed, Err: err, Attempt: n, Wait: delay})
}

func finalError(err error, n int, took time.Duration) error {
	if n == 1 {
		return err
	}
	return &attemptsError{n: n, took: took, last: err}
}

// timeLeft reports whether ctx lives longer than d from now.
func timeLeft(ctx context.Context, d time.Duration) bool {
	end, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || time.Until(end) > d)
}

// sleep waits for d and reports whether ctx lived so long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stored returns the token that rests in the store, if it serves the flight. working is false if the store failed.
func (s *Source) stored(ctx context.Context, f *flight) (t token.Token, found, working bool) {
	for i, sl := range s.sealers {
		t, err := s.load(ctx, sl)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if i == 0 {
				s.storeResult(storeReading, nil)
			}
			continue
		case errors.Is(err, errUnreadable):
			f.unreadable = true
			s.cfg.notify(Event{Kind: EventEntryUnreadable, Err: err})
			continue
		case err != nil:
			s.storeResult(storeReading, err)
			return token.Token{}, false, false
		}
		s.storeResult(storeReading, nil)
		if s.serves(t, f) {
			return t, true, true
		}
	}
	return token.Token{}, false, true
}

func (s *Source) load(ctx context.Context, sl sealer) (token.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.storeTimeout())
	defer cancel()
	data, err := s.cfg.Store.Load(ctx, sl.name)
	if err != nil {
		return token.Token{}, err
	}
	return sl.open(data, s.cfg.ahead())
}

// serves reports whether a stored token is worth taking: not the one that was refused, and with more life than the
// held one needs to be replaced for.
func (s *Source) serves(t token.Token, f *flight) bool {
	s.mu.Lock()
	refused := s.refused
	s.mu.Unlock()
	if !refused.IsZero() && t.AccessToken.Equal(refused) {
		return false
	}
	now := time.Now()
	e := newEntry(t, now, s.jitter, s.cfg.minTTL())
	if f.aside {
		return e.fresh(now)
	}
	return e.servable(now)
}

// lock waits for the store's lock, at most half of the time for the refresh. That somebody holds it for longer is
// errLockHeld, and no failure of the store.
func (s *Source) lock(ctx context.Context) (unlock func(), err error) {
	end := time.Now().Add(s.cfg.timeout() / 2)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	unlock, err = s.cfg.Store.Lock(ctx, s.sealers[0].name)
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil, !time.Now().Before(end): // a store may see the deadline pass before the context does
		return nil, errLockHeld
	}
	s.storeResult(storeWriting, fmt.Errorf("waiting for the lock: %w", err))
	return nil, err
}

// save puts t into the store, even when ctx has just ended: the token is worth keeping.
func (s *Source) save(ctx context.Context, t token.Token, f *flight) {
	ahead := s.cfg.ahead()
	data, err := s.sealers[0].seal(t, ahead)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.storeTimeout())
		defer cancel()
		err = s.put(ctx, data, issuedAt(t, ahead), storeExpiry(t, ahead), f.unreadable)
	}
	s.storeResult(storeWriting, err)
}

// put saves an entry, not over a newer one where the store can tell. What an unreadable entry says of its age counts for
// nothing.
func (s *Source) put(ctx context.Context, entry []byte, issued, expiry time.Time, unreadable bool) error {
	if ns, ok := s.cfg.Store.(NewerSaver); ok && !unreadable {
		return ns.SaveNewer(ctx, s.sealers[0].name, entry, issued, expiry)
	}
	return s.cfg.Store.Save(ctx, s.sealers[0].name, entry, expiry)
}

// issuedAt is when t was issued, by the server's clock. A token that does not say so was issued just now.
func issuedAt(t token.Token, ahead time.Duration) time.Time {
	if t.Issued.IsZero() {
		return time.Now().Add(ahead)
	}
	return t.Issued.Add(ahead)
}

// storeExpiry is when the store may drop the entry. A token without an expiry is kept for a day.
func storeExpiry(t token.Token, ahead time.Duration) time.Time {
	if t.Expiry.IsZero() {
		return time.Now().Add(24 * time.Hour)
	}
	return t.Expiry.Add(ahead)
}

// dropStored deletes t from the store unless the store holds another token by now.
func (s *Source) dropStored(ctx context.Context, t token.Token) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return fmt.Errorf("dropping the stored token: %w", err)
	}
	defer unlock()
	for _, sl := range s.sealers {
		held, loadErr := s.load(ctx, sl)
		if loadErr != nil || !held.AccessToken.Equal(t.AccessToken) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, s.cfg.storeTimeout())
		err = s.cfg.Store.Delete(ctx, sl.name)
		cancel()
		if err != nil {
			s.storeResult(storeWriting, err)
			return fmt.Errorf("dropping the stored token: %w", err)
		}
	}
	return nil
}

// storeUse is what a store is used for. A full disk, or a replica, takes reading and refuses writing.
type storeUse uint32

const (
	storeReading storeUse = 1 << iota
	storeWriting
)

// storeResult tells once that the store fails, and once that it works again in every use.
func (s *Source) storeResult(use storeUse, err error) {
	for {
		before := s.storeFaults.Load()
		after := before &^ uint32(use)
		switch {
		case err != nil && before != 0:
			return // told already, and over when what failed first works again
		case err != nil:
			after = uint32(use)
		}
		if !s.storeFaults.CompareAndSwap(before, after) {
			continue
		}
		switch {
		case before == 0 && after != 0:
			s.cfg.notify(Event{Kind: EventStoreFailed, Err: err})
		case before != 0 && after == 0:
			s.cfg.notify(Event{Kind: EventStoreRecovered})
		}
		return
	}
}
