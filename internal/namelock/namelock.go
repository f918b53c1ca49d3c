// Package namelock has locks by name, within one process, that a waiter can give up on.
package namelock

import (
	"context"
	"sync"
)

// Set is a set of locks, one for each name. The zero value is ready to use. It must not be copied after first use.
type Set struct {
	mu    sync.Mutex
	locks map[string]*lock
}

// lock is held by whoever has put a value into the channel. users counts the holder and the waiters, so that the last one
// removes it.
type lock struct {
	held  chan struct{}
	users int
}

// Lock waits until the caller alone holds name, or ctx ends; then the error is that of ctx. unlock may be called more than
// once, from any goroutine.
func (s *Set) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := s.enter(name)
	select {
	case l.held <- struct{}{}:
		return sync.OnceFunc(func() {
			<-l.held
			s.leave(name, l)
		}), nil
	case <-ctx.Done():
		s.leave(name, l)
		return nil, ctx.Err()
	}
}

func (s *Set) enter(name string) *lock {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.locks[name]
	if l == nil {
		if s.locks == nil {
			s.locks = make(map[string]*lock)
		}
		l = &lock{held: make(chan struct{}, 1)}
		s.locks[name] = l
	}
	l.users++
	return l
}

func (s *Set) leave(name string, l *lock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(s.locks, name)
	}
}
