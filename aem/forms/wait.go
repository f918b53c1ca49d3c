package forms

import (
	"context"
	"errors"
	"time"

	"github.com/imsx/imsx/aem"
)

// The waits between two looks at a run: they grow by half each time.
const (
	firstLook   = time.Second
	longestLook = 30 * time.Second
	// maxLost is how many looks in a row may fail for reasons that can pass, each after its own attempts.
	maxLost = 3
)

// Wait follows a run until it is over, and returns its last state, also that of a run that failed: look at its Status.
// After each look, progress is told the state; nil means nobody is. The waits grow from 1 to 30 seconds. Wait ends early
// if ctx ends, with an error that wraps its own, and with the error of the service if three looks in a row fail; the
// state is then the last one seen.
func (s *Service) Wait(ctx context.Context, configName, executionID string, progress func(BatchState)) (BatchState, error) {
	var last BatchState
	lost := 0
	for wait := firstLook; ; wait = min(wait*3/2, longestLook) {
		state, err := s.Execution(ctx, configName, executionID)
		failure, known := errors.AsType[*aem.Error](err)
		switch {
		case err == nil:
			lost, last = 0, state
			if progress != nil {
				progress(state)
			}
			if state.Status.Over() {
				return state, nil
			}
		case !known || !failure.Retryable() || ctx.Err() != nil || lost+1 == maxLost:
			return last, err
		default:
			lost++
		}
		if err := pause(ctx, wait); err != nil {
			return last, err
		}
	}
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
