package ims

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
)

// settings are what holds for the whole server. They are replaced, never changed.
type settings struct {
	lifetime time.Duration
	rate     Rate
	strict   Strict
}

func (s *Server) changeSettings(edit func(*settings)) {
	s.writing.Lock()
	defer s.writing.Unlock()
	next := *s.settings.Load()
	edit(&next)
	s.settings.Store(&next)
}

// SetTokenLifetime sets how long access tokens issued from now on live: whole milliseconds, from one second to a year.
func (s *Server) SetTokenLifetime(d time.Duration) error {
	if d < time.Second || d > 366*24*time.Hour {
		return errors.New("the token lifetime is not between one second and 366 days")
	}
	s.changeSettings(func(s *settings) { s.lifetime = d.Truncate(time.Millisecond) })
	return nil
}

// TokenLifetime returns how long access tokens issued now live.
func (s *Server) TokenLifetime() time.Duration { return s.settings.Load().lifetime }

// SetStrict replaces the strict rules.
func (s *Server) SetStrict(strict Strict) { s.changeSettings(func(s *settings) { s.strict = strict }) }

// Strict returns the strict rules.
func (s *Server) Strict() Strict { return s.settings.Load().strict }

// SetDefaultRate replaces the throttle of the clients that have none of their own. The zero value is none. It fails for
// a rate that is negative, infinite or not a number.
func (s *Server) SetDefaultRate(r Rate) error {
	if err := r.check(); err != nil {
		return err
	}
	s.changeSettings(func(s *settings) { s.rate = r })
	return nil
}

// DefaultRate returns the throttle of the clients that have none of their own.
func (s *Server) DefaultRate() Rate { return s.settings.Load().rate }

// SetRate bounds how often the token endpoints serve a client; the zero value takes the bound away, so that the
// server's own holds. Too frequent requests get 429, and in Retry-After the whole seconds until there is room for one.
// The client's bucket is full afterwards.
func (s *Server) SetRate(clientID string, r Rate) error {
	if err := r.check(); err != nil {
		return err
	}
	return s.editClient(clientID, func(c *client) { c.rate, c.bucket = r, &bucket{} })
}

func (r Rate) check() error {
	if !(r.PerSecond >= 0) || math.IsInf(r.PerSecond, 0) || r.Burst < 0 {
		return fmt.Errorf("%v requests per second and %d at once is not a rate", r.PerSecond, r.Burst)
	}
	return nil
}

// randomness is where random bytes come from.
type randomness struct {
	mu   sync.Mutex
	from io.Reader // nil is crypto/rand
}

func (r *randomness) fill(b []byte) {
	if r.from == nil {
		_, _ = rand.Read(b)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := io.ReadFull(r.from, b); err != nil {
		_, _ = rand.Read(b)
	}
}

// hex returns n random bytes in hexadecimal digits.
func (r *randomness) hex(n int) string {
	b := make([]byte, n)
	r.fill(b)
	return hex.EncodeToString(b)
}
