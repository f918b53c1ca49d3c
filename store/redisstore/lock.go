package redisstore

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// The pauses between attempts to get a lease that somebody holds.
const (
	firstPause = 10 * time.Millisecond
	maxPause   = 250 * time.Millisecond
)

// Lock waits until the caller alone holds name among all that use the server, or ctx ends, or the server cannot be
// asked. The lease is renewed until unlock is called, which may be done more than once and from any goroutine; unlock may
// wait for the server, no longer than [Config.Timeout].
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	leave, err := s.local.Lock(ctx, name)
	if err != nil {
		return nil, err
	}
	l := &lease{store: s, key: s.lockKey(name), fence: rand.Text()}
	if err := l.acquire(ctx); err != nil {
		leave()
		return nil, err
	}
	s.setHeld(name, true)
	stop := l.keep()
	return sync.OnceFunc(func() {
		stop()
		s.setHeld(name, false)
		l.end()
		leave()
	}), nil
}

// lease is one time of holding a lock. Its holder knows it by the fence, a text that no other lease has.
type lease struct {
	store      *Store
	key, fence string
}

// acquire asks for the lease until it is free.
func (l *lease) acquire(ctx context.Context) error {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		got, err := l.try(ctx)
		if err != nil || got {
			return err
		}
		timer := time.NewTimer(pause/2 + mathrand.N(pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

func (l *lease) try(ctx context.Context) (got bool, err error) {
	err = l.store.link.do(ctx, "lock", func(ctx context.Context, c rueidis.Client) error {
		set := c.B().Set().Key(l.key).Value(l.fence).Nx().PxMilliseconds(millis(l.store.lease)).Build()
		err := c.Do(ctx, set).Error()
		if rueidis.IsRedisNil(err) {
			return nil
		}
		got = err == nil
		return err
	})
	return got, err
}

// keep renews the lease in the background. stop ends that and waits for it.
func (l *lease) keep() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(l.store.lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if lost := l.renew(ctx); lost {
				l.store.notify(Event{Kind: EventLeaseLost})
				return
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// renew reports whether the lease is somebody else's, or nobody's, by now. A server that cannot be asked does not say so.
func (l *lease) renew(ctx context.Context) (lost bool) {
	_ = l.store.link.do(ctx, "renew", func(ctx context.Context, c rueidis.Client) error {
		n, err := renewLease.Exec(ctx, c, []string{l.key}, []string{l.fence, strconv.FormatInt(millis(l.store.lease), 10)}).AsInt64()
		lost = err == nil && n == 0
		return err
	})
	return lost && ctx.Err() == nil
}

// end gives the lease back. What cannot be given back ends by itself.
func (l *lease) end() {
	_ = l.store.link.do(context.Background(), "unlock", func(ctx context.Context, c rueidis.Client) error {
		return endLease.Exec(ctx, c, []string{l.key}, []string{l.fence}).Error()
	})
}
