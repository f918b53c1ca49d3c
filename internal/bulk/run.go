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
	asked  streak // of those who make drafts
	placed streak // of those who put them in their places
	unmade bool   // whether inputs were left because the run ended
	broken error  // what ended the run by the file system's or the inputs' fault
}

// streak follows the common errors of one kind with nothing else in between.
type streak struct {
	kind string
	long int
	last error
}

// add counts an error of a kind. The kind "" ends the streak, as a success does.
func (s *streak) add(kind string, err error) {
	if kind == "" || kind != s.kind {
		*s = streak{kind: kind}
	}
	if kind != "" {
		s.long++
		s.last = err
	}
}

func newRun(cfg Config, st *state) *run {
	r := &run{cfg: cfg, state: st, begun: time.Now(), seed: maphash.MakeSeed(), names: make(map[uint64]struct{})}
	r.report.Total, r.report.Ignored = cfg.Total, st.journal.ignored
	return r
}

// work feeds the workers until the inputs, the context or the patience ends, and waits for them. Drafts are brought to
// their places by as many others, so that a worker makes the next document while the disk takes the last.
func (r *run) work(ctx context.Context) {
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	queue, drafts := make(chan Item), make(chan draft)
	var workers, placers sync.WaitGroup
	for range r.cfg.parallel() {
		workers.Go(func() {
			for it := range queue {
				r.do(ctx, it, drafts)
			}
		})
		placers.Go(func() {
			for d := range drafts {
				r.finish(d)
			}
		})
	}
	r.feed(ctx, queue)
	close(queue)
	workers.Wait()
	close(drafts)
	placers.Wait()
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
			r.failed(it, err, &r.asked)
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
		return &NameError{fmt.Sprintf("another input has the output %q as well, in upper or lower case", it.Output)}
	}
	r.names[h] = struct{}{}
	return nil
}

// draft is a document that was made and is not in its place yet.
type draft struct {
	Item

	digest string
	size   int64
}

// do makes the draft of one document, unless the document is there.
func (r *run) do(ctx context.Context, it Item, drafts chan<- draft) {
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
	if err != nil {
		_ = os.Remove(it.Draft) // if there is one
		r.failedUnless(ctx, it, err)
		return
	}
	r.mu.Lock()
	r.asked = streak{}
	r.mu.Unlock()
	drafts <- draft{it, digest, size}
}

// finish puts a draft in its place and notes it. The document is complete, so that is done even if the run has been told
// to end meanwhile.
func (r *run) finish(d draft) {
	if err := place(d.Item); err != nil {
		_ = os.Remove(d.Draft)
		r.failed(d.Item, err, &r.placed)
		return
	}
	e := entry{Output: d.Output, Input: d.Input, Digest: d.digest, Bytes: d.size, At: time.Now().UTC()}
	if err := r.state.journal.add(e, filepath.Dir(d.Path)); err != nil {
		r.breakOff(err)
		return
	}
	r.made(d.size)
}

// place moves a draft to where it belongs. It is synced before, so that no crash leaves half a document there.
func place(it Item) error {
	f, err := os.OpenFile(it.Draft, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(it.Path), 0o755); err != nil {
		return err
	}
	return os.Rename(it.Draft, it.Path)
}

func isThere(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

func (r *run) made(size int64) {
	r.finished(func(rep *Report) {
		rep.Made++
		rep.Bytes += size
		r.placed = streak{}
		r.recent.add(time.Now())
	})
}

// failedUnless notes a failure, except one that is due to the end of the run.
func (r *run) failedUnless(ctx context.Context, it Item, err error) {
	if ctx.Err() != nil {
		r.leave()
		return
	}
	r.failed(it, err, &r.asked)
}

// failed notes a failure, and stops the run where the same would happen to all others.
func (r *run) failed(it Item, err error, row *streak) {
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
		row.add(r.cfg.common(err), err)
		if row.long >= r.cfg.stopAfter() && rep.Stopped == nil {
			rep.Stopped = err
			r.stop()
		}
	})
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
	for _, row := range []streak{r.asked, r.placed} {
		if rep.Stopped == nil && !rep.Interrupted && rep.Made+rep.Skipped == 0 && row.long > 0 && row.long == rep.Failed {
			rep.Stopped = row.last
		}
	}
	return r.report
}
