package bulk

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// run is a run that is going on.
type run struct {
	cfg   Config
	state *state
	begun time.Time
	seed  maphash.Seed
	names map[uint64]struct{} // hashes of the outputs so far; the feeder's own

	mu     sync.Mutex
	stop   context.CancelFunc
	report Report
	recent recent
	kind   string // of the common errors in a row
	row    int
	last   error
	unmade bool  // whether inputs were left because the run ended
	broken error // what ended the run by the file system's or the inputs' fault
}

func newRun(cfg Config, st *state) *run {
	r := &run{cfg: cfg, state: st, begun: time.Now(), seed: maphash.MakeSeed(), names: make(map[uint64]struct{})}
	r.report.Total, r.report.Ignored = cfg.Total, st.journal.ignored
	return r
}

// work feeds the workers until the inputs, the context or the patience ends, and waits for them.
func (r *run) work(ctx context.Context) {
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	queue := make(chan Item)
	var workers sync.WaitGroup
	for range r.cfg.parallel() {
		workers.Go(func() {
			for it := range queue {
				r.do(ctx, it)
			}
		})
	}
	r.feed(ctx, queue)
	close(queue)
	workers.Wait()
}

// feed hands out the inputs.
func (r *run) feed(ctx context.Context, queue chan<- Item) {
	for input, err := range r.cfg.Inputs {
		if ctx.Err() != nil {
			r.leave()
			return
		}
		if err != nil {
			r.breakOff(err)
			return
		}
		it, err := r.cfg.item(input)
		if err == nil {
			err = r.claim(it)
		}
		if err != nil {
			r.failed(it, err)
			continue
		}
		select {
		case queue <- it:
		case <-ctx.Done():
			r.leave()
			return
		}
	}
}

// leave notes that an input was left because the run ended.
func (r *run) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unmade = true
}

// claim refuses an output that another input of this run has. Of the names only a hash of 64 bits is kept: two names
// out of a million fall together with a probability below 1 in 10 million.
func (r *run) claim(it Item) error {
	h := maphash.String(r.seed, strings.ToLower(it.Output)) // as file systems compare that do not tell the cases apart
	if _, taken := r.names[h]; taken {
		return fmt.Errorf("another input has the output %q as well", it.Output)
	}
	r.names[h] = struct{}{}
	return nil
}

// do makes one document, unless it is there.
func (r *run) do(ctx context.Context, it Item) {
	if ctx.Err() != nil {
		r.leave()
		return
	}
	digest, err := r.cfg.Digest(ctx, it)
	if err == nil && (digest == "" || len(digest) > MaxDigest) {
		err = errors.New("the digest is empty or too long")
	}
	if err != nil {
		r.failedUnless(ctx, it, err)
		return
	}
	if !r.cfg.Redo && r.state.journal.has(it.Output, digest) && isThere(it.Path, r.state.journal.size(it.Output)) {
		r.finished(func(rep *Report) { rep.Skipped++ })
		return
	}
	size, err := r.cfg.Work(ctx, it)
	if err == nil {
		err = place(it)
	}
	if err != nil {
		_ = os.Remove(it.Draft) // if there is one
		r.failedUnless(ctx, it, err)
		return
	}
	// The document is complete, so it is noted even if the run has been told to end meanwhile.
	e := entry{Output: it.Output, Input: it.Input, Digest: digest, Bytes: size, At: time.Now().UTC()}
	if err := r.state.journal.add(e); err != nil {
		r.breakOff(err)
		return
	}
	r.made(size)
}

// place moves a draft to where it belongs.
func place(it Item) error {
	if err := os.MkdirAll(filepath.Dir(it.Path), 0o755); err != nil {
		return err
	}
	if err := os.Rename(it.Draft, it.Path); err != nil {
		return fmt.Errorf("putting the result in its place: %w", err)
	}
	return nil
}

func isThere(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

func (r *run) made(size int64) {
	r.finished(func(rep *Report) {
		rep.Made++
		rep.Bytes += size
		r.kind, r.row = "", 0
		r.recent.add(time.Now())
	})
}

// failedUnless notes a failure, except one that is due to the end of the run.
func (r *run) failedUnless(ctx context.Context, it Item, err error) {
	if ctx.Err() != nil {
		r.leave()
		return
	}
	r.failed(it, err)
}

// failed notes a failure, and stops the run where the same would happen to all others.
func (r *run) failed(it Item, err error) {
	f := Failure{Input: it.Input, Output: it.Output, Cause: r.cfg.describe(err)}
	if err := r.state.failures.add(f); err != nil {
		r.breakOff(err)
		return
	}
	r.finished(func(rep *Report) {
		rep.Failed++
		rep.FailuresFile = r.state.failures.path
		if len(rep.Failures) < FailuresKept {
			rep.Failures = append(rep.Failures, f)
		}
		r.recent.add(time.Now())
		r.count(err)
	})
}

// count follows the common errors in a row. The mutex is held.
func (r *run) count(err error) {
	kind := r.cfg.common(err)
	if kind == "" {
		r.kind, r.row = "", 0
		return
	}
	if kind != r.kind {
		r.kind, r.row = kind, 0
	}
	r.row++
	r.last = err
	if r.row >= r.cfg.stopAfter() && r.report.Stopped == nil {
		r.report.Stopped = err
		r.stop()
	}
}

// finished changes the report and tells about it.
func (r *run) finished(change func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.report)
	if r.cfg.Notify != nil {
		r.cfg.Notify(r.progress())
	}
}

// progress is the present state. The mutex is held.
func (r *run) progress() Progress {
	p := r.report.Progress
	now := time.Now()
	p.Elapsed, p.Rate, p.Left = now.Sub(r.begun), r.recent.rate(now), -1
	if left := p.Total - p.Finished(); p.Total > 0 && p.Rate > 0 {
		p.Left = time.Duration(float64(max(left, 0)) / p.Rate * float64(time.Second))
	}
	return p
}

// breakOff ends the run by a fault that is no document's.
func (r *run) breakOff(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil {
		r.broken = err
	}
	r.stop()
}

// result returns the report of a run whose workers have ended.
func (r *run) result(ctx context.Context) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Progress = r.progress()
	r.report.Interrupted = ctx.Err() != nil && r.unmade
	// Fewer documents than StopAfter can also have met nothing but one common error.
	rep := &r.report
	if rep.Stopped == nil && !rep.Interrupted && rep.Made+rep.Skipped == 0 && r.row > 0 && r.row == rep.Failed {
		rep.Stopped = r.last
	}
	return r.report
}
