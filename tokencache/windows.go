package tokencache

import (
	"time"

	"github.com/imsx/imsx/token"
)

// The refresh windows. IMS's service tokens live 24 hours, so their advisory window is one hour.
const (
	minAdvisory    = 5 * time.Minute
	maxAdvisory    = time.Hour
	mandatory      = time.Minute
	shortLifetime  = 10 * time.Minute
	jitterFraction = 5 // the advisory window varies by a fifth from source to source
)

// windows are the durations before expiry at which a token is renewed.
type windows struct {
	advisory  time.Duration // from here the token is still handed out while one refresh runs beside it
	mandatory time.Duration // from here callers wait
}

// windowsFor returns the windows of a token with the given lifetime. jitter is in [0, 1) and the same for all tokens
// of a source; minTTL widens the windows so that no token with less left is handed out.
func windowsFor(lifetime time.Duration, jitter float64, minTTL time.Duration) windows {
	var w windows
	if lifetime < shortLifetime {
		w = windows{advisory: lifetime / 2, mandatory: lifetime / 10}
		w.advisory -= scale(w.advisory/jitterFraction, jitter)
	} else {
		w = windows{advisory: advisoryFor(lifetime, jitter), mandatory: mandatory}
	}
	if minTTL > w.mandatory {
		w.advisory += minTTL - w.mandatory
		w.mandatory = minTTL
	}
	return w
}

// advisoryFor spreads the window over a fifth of its length and keeps it within its bounds.
func advisoryFor(lifetime time.Duration, jitter float64) time.Duration {
	window := min(max(lifetime/10, minAdvisory), maxAdvisory)
	low := max(window-window/jitterFraction, minAdvisory)
	high := min(max(window, low+low/jitterFraction), maxAdvisory)
	return high - scale(high-low, jitter)
}

func scale(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// deadline is an instant by two clocks. The monotonic clock does not see a suspended machine, the wall clock can be
// set back; an instant counts as passed as soon as either says so.
type deadline struct {
	at   time.Time
	wall int64
}

// farAhead keeps deadlines within what Unix nanoseconds can tell, and their differences within a Duration.
const farAhead = 100 * 365 * 24 * time.Hour

func deadlineAt(now time.Time, in time.Duration) deadline {
	t := now.Add(min(in, farAhead))
	return deadline{at: t, wall: t.UnixNano()}
}

func (d *deadline) passed(now time.Time) bool { return now.UnixNano() >= d.wall || !now.Before(d.at) }

// entry is a token with the instants at which its state changes. It is immutable.
type entry struct {
	token                        token.Token
	advisory, mandatory, expired deadline
}

// newEntry places t on the clocks. A token without an expiry never enters a window.
func newEntry(t token.Token, now time.Time, jitter float64, minTTL time.Duration) *entry {
	if t.Expiry.IsZero() {
		never := deadlineAt(now, farAhead)
		return &entry{token: t, advisory: never, mandatory: never, expired: never}
	}
	remaining := max(-farAhead, t.Expiry.Round(0).Sub(now.Round(0)))
	lifetime := t.Lifetime()
	if lifetime <= 0 {
		lifetime = remaining
	}
	w := windowsFor(lifetime, jitter, minTTL)
	return &entry{
		token:     t,
		advisory:  deadlineAt(now, remaining-w.advisory),
		mandatory: deadlineAt(now, remaining-w.mandatory),
		expired:   deadlineAt(now, remaining-minTTL),
	}
}

// fresh reports whether nothing needs to be done about e.
func (e *entry) fresh(now time.Time) bool { return !e.advisory.passed(now) }

// servable reports whether callers may have e without waiting.
func (e *entry) servable(now time.Time) bool { return !e.mandatory.passed(now) }

// alive reports whether e is better than nothing: it has not expired, and has the least time left that was asked for.
func (e *entry) alive(now time.Time) bool { return !e.expired.passed(now) }
