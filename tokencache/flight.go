package tokencache

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/imsx/imsx/token"
)

// flight is one refresh that callers share.
type flight struct {
	// aside says that the held token still serves, so that only a fresher one is worth taking from the store.
	aside bool
	// unreadable says that an entry was found in the store that does not open. Only the refresh uses it.
	unreadable bool
	done       chan struct{}
	// entry and err are the outcome, valid once done is closed.
	entry *entry
	err   error

	mu   sync.Mutex
	last error // the latest attempt's error
}

func (f *flight) setLast(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = err
}

func (f *flight) lastError() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// refusal is a failure that is remembered until an instant.
type refusal struct {
	err   error
	until time.Time
}

// waitError says that a caller gave up. Both causes can be found by errors.Is and errors.As.
type waitError struct {
	ctx, last error
}

func (e *waitError) Error() string {
	if e.last == nil {
		return "waiting for a token: " + e.ctx.Error()
	}
	return fmt.Sprintf("waiting for a token: %v; the last attempt: %v", e.ctx, e.last)
}

func (e *waitError) Unwrap() []error {
	if e.last == nil {
		return []error{e.ctx}
	}
	return []error{e.ctx, e.last}
}

// wait is the way of a caller for whom no token is at hand.
func (s *Source) wait(ctx context.Context) (token.Token, error) {
	if err := ctx.Err(); err != nil {
		return s.aliveOr(&waitError{ctx: err})
	}
	f, e, err := s.join()
	if err != nil {
		return s.aliveOr(err)
	}
	if e != nil {
		return e.token, nil
	}
	select {
	case <-f.done:
		if f.err != nil {
			return s.aliveOr(f.err)
		}
		return f.entry.token, nil
	case <-ctx.Done():
		return s.aliveOr(&waitError{ctx: ctx.Err(), last: f.lastError()})
	}
}

// aliveOr returns the held token as long as it lives, and err otherwise.
func (s *Source) aliveOr(err error) (token.Token, error) {
	if e := s.current.Load(); e != nil && e.alive(time.Now()) {
		return e.token, nil
	}
	return token.Token{}, err
}

// join returns the flight that a caller waits for, starting it if there is none; or an entry that has come meanwhile;
// or the error that is remembered.
func (s *Source) join() (*flight, *entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if e := s.current.Load(); e != nil && e.servable(now) {
		return nil, e, nil
	}
	if s.flight != nil {
		return s.flight, nil, nil
	}
	if s.closed {
		return nil, nil, ErrClosed
	}
	if s.memory.err != nil && now.Before(s.memory.until) {
		return nil, nil, s.memory.err
	}
	return s.startLocked(false), nil, nil
}

// refreshAside starts a refresh beside the callers unless one runs, or failed a short while ago.
func (s *Source) refreshAside(now time.Time) {
	if now.UnixNano() < s.asideFrom.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight != nil || s.closed || now.Before(s.memory.until) {
		return
	}
	if e := s.current.Load(); e != nil && e.fresh(now) {
		return
	}
	s.startLocked(true)
}

func (s *Source) startLocked(aside bool) *flight {
	f := &flight{aside: aside, done: make(chan struct{})}
	s.flight = f
	s.asideFrom.Store(math.MaxInt64)
	s.running.Go(func() { s.fly(f) })
	return f
}

// fly runs a refresh to its end and publishes the outcome.
func (s *Source) fly(f *flight) {
	ctx, cancel := context.WithTimeout(s.base, s.cfg.timeout())
	defer cancel()
	t, err := s.refresh(ctx, f)
	now := time.Now()
	var e *entry
	if err == nil {
		e = newEntry(t, now, s.jitter, s.cfg.minTTL())
		if !e.alive(now) {
			e, err = nil, fmt.Errorf("%w: it has %v left", ErrTooShort, t.Remaining(now).Round(time.Second))
		}
	}
	if e != nil {
		s.cfg.notify(Event{Kind: EventRefreshed, Origin: t.Origin, Expiry: t.Expiry})
	}
	s.land(f, e, err, now)
}

func (s *Source) land(f *flight, e *entry, err error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flight, s.lastErr = nil, err
	if err == nil {
		s.failures, s.memory, s.notBefore = 0, refusal{}, time.Time{}
		s.current.Store(e)
		if !s.closed {
			s.asideFrom.Store(0)
		}
	} else {
		s.failures++
		s.memory, s.notBefore = s.remember(err, now), now.Add(pauseAfter(s.failures, firstPause, maxPause))
		if !s.closed {
			s.asideFrom.Store(s.asideAgain(now).UnixNano())
		}
	}
	f.entry, f.err = e, err
	close(f.done)
}

// maxRemembered bounds how long a server's wish to be left alone is obeyed without asking again.
const maxRemembered = time.Hour

// remember decides until when a failure is returned without another attempt.
func (s *Source) remember(err error, now time.Time) refusal {
	retryable, delay := retryAdvice(err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errLockHeld):
		return refusal{}
	case !retryable:
		return refusal{err: err, until: now.Add(s.cfg.refusalTTL())}
	case delay > 0:
		return refusal{err: err, until: now.Add(min(delay, maxRemembered))}
	}
	return refusal{}
}

// asideAgain is the instant from which a refresh may run beside the callers again after a failure.
func (s *Source) asideAgain(now time.Time) time.Time {
	again := now.Add(pauseAfter(s.failures, 10*time.Second, 5*time.Minute))
	if s.memory.until.After(again) {
		return s.memory.until
	}
	return again
}

// retryAdvice asks an error whether trying again can help, and what the server asked for.
func retryAdvice(err error) (retryable bool, delay time.Duration) {
	var re token.RetryError
	if errors.As(err, &re) {
		return re.Retryable(), re.RetryDelay()
	}
	return false, 0
}
