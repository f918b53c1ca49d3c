package redisstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// lateContext has a deadline that has passed, which its timer has not told yet.
type lateContext struct{ context.Context }

func (lateContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Nanosecond), true }

// TestCallersDeadlineIsNoFault: the connection has the caller's deadline, and can end the exchange before the context
// says that it is over. The server is not away for that.
func TestCallersDeadlineIsNoFault(t *testing.T) {
	t.Parallel()
	l := newLink(rueidis.ClientOption{}, Config{
		Timeout: time.Hour, Notify: func(e Event) { t.Errorf("event %q with %v", e.Kind, e.Err) },
	})
	err := l.judge(lateContext{t.Context()}, time.Now(), context.DeadlineExceeded)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want context.DeadlineExceeded", err)
	}
	if errors.As(err, new(*awayError)) || l.failure != nil {
		t.Errorf("error %v says that the server is away", err)
	}
}

// TestSilentServerIsAway: a caller that waits as long as the limit learns of a silent server, although its own deadline
// passes as well.
func TestSilentServerIsAway(t *testing.T) {
	t.Parallel()
	var told []Event
	l := newLink(rueidis.ClientOption{}, Config{Timeout: time.Hour, Notify: func(e Event) { told = append(told, e) }})
	err := l.judge(lateContext{t.Context()}, time.Now().Add(-time.Hour), context.DeadlineExceeded)
	if !errors.As(err, new(*awayError)) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want one that says that the server is away", err)
	}
	if len(told) != 1 || told[0].Kind != EventAway {
		t.Errorf("events %v, want one that the server is away", told)
	}
}
