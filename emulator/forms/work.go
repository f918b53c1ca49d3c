package forms

import (
	"context"
	"errors"
	"fmt"
)

// errTimeout is the cause of a document that took too long, errEnding of one that came when the server was closed.
var (
	errTimeout = errors.New("the document took longer than the service waits")
	errEnding  = errors.New("the emulator is ending")
)

// work does something that takes a processor, as soon as one is free. It returns early when ctx ends, when the time is up
// (errTimeout) and when the server is closed (errEnding); do is then left to its end, and what it returns is dropped.
func work[T any](ctx context.Context, s *Server, do func() (T, error)) (T, error) {
	var none T
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, errTimeout)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-s.ending.Done():
		return none, errEnding
	}
	done := make(chan outcome[T], 1)
	started := s.begin(func() {
		defer func() { <-s.slots }()
		value, err := guarded(do)
		done <- outcome[T]{value, err}
	})
	if !started {
		<-s.slots
		return none, errEnding
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-s.ending.Done():
		return none, errEnding
	}
}

type outcome[T any] struct {
	value T
	err   error
}

// begin starts a goroutine that Close waits for, unless the server is closed.
func (s *Server) begin(do func()) bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.ending.Err() != nil {
		return false
	}
	s.working.Go(do)
	return true
}

// guarded calls do and makes an error of a panic: the documents come from anywhere.
func guarded[T any](do func() (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the document cannot be handled: %s", short(fmt.Sprint(v)))
		}
	}()
	return do()
}
