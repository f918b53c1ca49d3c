package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// probePause is how long calls fail at once after the server could not be reached.
const probePause = time.Second

var errClosed = errors.New("the store is closed")

// link is the connection to the server, made when it is first needed and again when it was lost.
type link struct {
	opt     rueidis.ClientOption
	timeout time.Duration
	notify  func(Event)
	observe func(Operation)

	mu       sync.Mutex
	client   rueidis.Client
	dialing  chan struct{} // closed when an attempt to connect has ended; nil if none is under way
	failure  error         // why the server cannot be reached; nil while it can
	again    time.Time     // when the next call may try
	closed   bool
	attempts sync.WaitGroup
}

func newLink(opt rueidis.ClientOption, cfg Config) *link {
	return &link{opt: opt, timeout: cfg.timeout(), notify: cfg.notify, observe: cfg.observe}
}

// do runs one exchange with the server within the limit.
func (l *link) do(ctx context.Context, name string, f func(context.Context, rueidis.Client) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	client, err := l.connected(limited)
	if err == nil {
		err = f(limited, client)
	}
	err = l.judge(ctx, start, err)
	l.observe(Operation{Name: name, Duration: time.Since(start), Err: err})
	return err
}

// judge learns from the outcome of an exchange whether the server can be reached, and returns the error for the caller.
// That a caller gave up says nothing of the server, unless it waited about as long as the limit.
func (l *link) judge(caller context.Context, start time.Time, err error) error {
	_, answered := rueidis.IsRedisErr(err)
	var away *awayError
	switch {
	case err == nil || answered && !errors.As(err, &away):
		l.reached()
		return err
	case errors.Is(caller.Err(), context.Canceled), ended(caller) != nil && time.Since(start) < l.timeout*9/10:
		return ended(caller)
	case errors.Is(err, errClosed), errors.As(err, &away):
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v", l.timeout)
	}
	return l.lost(err)
}

// ended returns why the caller waits no longer, nil if it does. A deadline counts as soon as it has passed: the
// connection has the same one, and may notice before the context does.
func ended(caller context.Context) error {
	if end, limited := caller.Deadline(); limited && caller.Err() == nil && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return caller.Err()
}

func (l *link) reached() {
	l.mu.Lock()
	before := l.failure
	l.failure = nil
	l.mu.Unlock()
	if before != nil {
		l.notify(Event{Kind: EventReached})
	}
}

// lost notes that the server cannot be reached.
func (l *link) lost(err error) error {
	l.mu.Lock()
	before := l.failure
	l.failure, l.again = err, time.Now().Add(probePause)
	closed := l.closed
	l.mu.Unlock()
	failure := &awayError{err}
	if before == nil && !closed {
		l.notify(Event{Kind: EventAway, Err: failure})
	}
	return failure
}

// awayError says that the server cannot be reached.
type awayError struct{ err error }

func (e *awayError) Error() string { return "the Redis server cannot be reached: " + e.err.Error() }
func (e *awayError) Unwrap() error { return e.err }

// connected returns the client, connecting if need be, or why there is none.
func (l *link) connected(ctx context.Context) (rueidis.Client, error) {
	l.mu.Lock()
	switch {
	case l.closed:
		l.mu.Unlock()
		return nil, errClosed
	case l.failure != nil && time.Now().Before(l.again):
		failure := l.failure
		l.mu.Unlock()
		return nil, &awayError{failure}
	case l.failure != nil:
		l.again = time.Now().Add(probePause) // this call tries; the others wait for what it finds
	}
	if l.client != nil {
		defer l.mu.Unlock()
		return l.client, nil
	}
	if l.dialing == nil {
		l.dialing = make(chan struct{})
		l.attempts.Go(l.dial)
	}
	dialing := l.dialing
	l.mu.Unlock()
	select {
	case <-dialing:
		return l.dialed()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// dial connects, which takes no context: a caller that gives up leaves it behind.
func (l *link) dial() {
	client, err := rueidis.NewClient(l.opt)
	if err != nil {
		_ = l.lost(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.dialing)
	l.dialing = nil
	switch {
	case err != nil:
	case l.closed:
		client.Close()
	default:
		l.client = client
	}
}

func (l *link) dialed() (rueidis.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.client != nil:
		return l.client, nil
	case l.closed:
		return nil, errClosed
	}
	return nil, &awayError{l.failure}
}

// close ends the connection, and waits for an attempt to make one.
func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	client := l.client
	l.client = nil
	l.mu.Unlock()
	if client != nil {
		client.Close()
	}
	l.attempts.Wait()
}
