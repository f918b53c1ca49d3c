package fault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Stage is where a scenario is played.
type Stage struct {
	Target Target // required
	Faults *Set   // required
	// Logger gets a record of each step. Nil means silence.
	Logger *slog.Logger
}

func (s Stage) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Logger
}

// Apply makes the scenario's changes and switches its faults on. If something fails, what came before it stays. Then it
// begins to play the steps, if there are any, until all are done, ctx ends, or the run is closed. The faults of a
// scenario with a seed draw from it. A run that was returned must be closed.
func (s *Scenario) Apply(ctx context.Context, on Stage) (*Run, error) {
	if s.Seed != nil {
		on.Faults.SetSeed(*s.Seed)
	}
	for i, c := range s.Changes {
		if err := on.Target.Apply(c); err != nil {
			return nil, changeError(s.lines, i, c, err)
		}
	}
	for _, f := range s.Faults {
		if _, err := on.Faults.Add(f); err != nil {
			return nil, fmt.Errorf("fault %q: %w", f.label(), err)
		}
	}
	return start(ctx, s.Steps, on), nil
}

// changeError says which change could not be made, and where it stands in the file if it comes from one.
func changeError(lines []int, i int, c Change, err error) error {
	if i < len(lines) {
		return fmt.Errorf("scenario, line %d: %s: %w", lines[i], c.Kind(), err)
	}
	return fmt.Errorf("%s: %w", c.Kind(), err)
}

// Run is a scenario that is being played. All methods are safe for concurrent use.
type Run struct {
	stage  Stage
	cancel context.CancelFunc
	ended  chan struct{} // closed when the goroutine has ended
	done   chan struct{} // closed when nothing more will happen
	stop   func()        // of counting requests

	requests atomic.Int64
	next     atomic.Int64 // the request before which a step is due; 0 if there is none

	mu      sync.Mutex // held while a step is done
	timed   []Step     // to be done, the first one first
	counted []Step
	closed  bool
	err     error
}

// start begins to play steps.
func start(ctx context.Context, steps []Step, on Stage) *Run {
	ctx, cancel := context.WithCancel(ctx)
	r := &Run{stage: on, cancel: cancel, ended: make(chan struct{}), done: make(chan struct{})}
	for _, step := range steps {
		if step.AfterRequests > 0 {
			r.counted = append(r.counted, step)
		} else {
			r.timed = append(r.timed, step)
		}
	}
	slices.SortStableFunc(r.timed, func(a, b Step) int { return cmp.Compare(a.After, b.After) })
	slices.SortStableFunc(r.counted, func(a, b Step) int { return a.AfterRequests - b.AfterRequests })
	r.setNextLocked()
	r.stop = on.Faults.watch(r.arrived)
	r.endIfDoneLocked()
	go r.play(ctx, time.Now())
	return r
}

// setNextLocked notes before which request the next step is due.
func (r *Run) setNextLocked() {
	next := int64(0)
	if len(r.counted) > 0 {
		next = int64(r.counted[0].AfterRequests) + 1
	}
	r.next.Store(next)
}

// endIfDoneLocked closes done once there is nothing left to do.
func (r *Run) endIfDoneLocked() {
	if len(r.timed)+len(r.counted) > 0 && !r.closed {
		return
	}
	select {
	case <-r.done:
	default:
		close(r.done)
		r.cancel()
	}
}

// play does the steps that have a time, and ends with the run.
func (r *Run) play(ctx context.Context, begin time.Time) {
	defer close(r.ended)
	defer r.finish()
	for {
		after, ok := r.nextTime()
		if !ok {
			// Requests may still be counted.
			<-ctx.Done()
			return
		}
		t := time.NewTimer(time.Until(begin.Add(after)))
		select {
		case <-t.C:
			r.doTimed()
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

// finish makes sure that nothing happens any more.
func (r *Run) finish() {
	r.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.next.Store(0)
	r.endIfDoneLocked()
}

func (r *Run) nextTime() (after time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.timed) == 0 {
		return 0, false
	}
	return r.timed[0].After, true
}

func (r *Run) doTimed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.timed) == 0 {
		return
	}
	r.doLocked(r.timed[0])
	r.timed = r.timed[1:]
	r.endIfDoneLocked()
}

// arrived counts a request and does the steps that are due before it. Requests that come meanwhile wait.
func (r *Run) arrived() {
	n := r.requests.Add(1)
	if next := r.next.Load(); next == 0 || n < next {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.closed && len(r.counted) > 0 && int64(r.counted[0].AfterRequests) < n {
		r.doLocked(r.counted[0])
		r.counted = r.counted[1:]
	}
	if !r.closed {
		r.setNextLocked()
	}
	r.endIfDoneLocked()
}

// doLocked does a step. What fails in it does not keep the rest from being done.
func (r *Run) doLocked(step Step) {
	var errs []error
	for _, id := range step.Lift {
		if !r.stage.Faults.Lift(id) {
			errs = append(errs, fmt.Errorf("lift: no fault has the id %q", id))
		}
	}
	for _, f := range step.Faults {
		if _, err := r.stage.Faults.Add(f); err != nil {
			errs = append(errs, fmt.Errorf("fault %q: %w", f.label(), err))
		}
	}
	for i, c := range step.Actions {
		if err := r.stage.Target.Apply(c); err != nil {
			errs = append(errs, changeError(step.lines, i, c, err))
		}
	}
	err := errors.Join(errs...)
	r.err = errors.Join(r.err, err)
	attrs := []any{"faults", len(step.Faults), "lifted", len(step.Lift), "actions", len(step.Actions)}
	if step.AfterRequests > 0 {
		attrs = append(attrs, "after_requests", step.AfterRequests)
	} else {
		attrs = append(attrs, "after", step.After)
	}
	if err != nil {
		r.stage.logger().Error("a step of the scenario went wrong", append(attrs, "cause", err)...)
		return
	}
	r.stage.logger().Info("a step of the scenario was done", attrs...)
}

// Done returns a channel that is closed when all steps are done, or the run has ended before that.
func (r *Run) Done() <-chan struct{} { return r.done }

// Err returns what went wrong in the steps so far, nil if nothing did.
func (r *Run) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the run and waits until nothing of it is left. Its faults and changes stay. A second call does nothing. It
// must not be called by the [Target] from within a change.
func (r *Run) Close() {
	r.cancel()
	<-r.ended
}
