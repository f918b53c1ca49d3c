package journal

import "context"

// Subscribe returns a channel that gets each entry with an id greater than after, the remembered ones first, until ctx
// ends; then it is closed. A subscriber that does not keep up holds nobody: entries that fall out of the journal before
// they were sent are missed, and the next one says how many in [Entry.Missed]. An id that does not exist yet is one of
// another emulator's, and means the beginning. [Journal.Last] begins with what comes from now on.
func (j *Journal) Subscribe(ctx context.Context, after int64) <-chan Entry {
	out := make(chan Entry)
	j.mu.Lock()
	if after < 0 || after >= j.next {
		after = 0
	}
	if after == 0 {
		after = j.first - 1 // what fell out earlier was not missed
	}
	j.mu.Unlock()
	go j.feed(ctx, out, after)
	return out
}

// feed sends entries to one subscriber. It reads them out of the ring at the subscriber's speed, so nothing is queued.
func (j *Journal) feed(ctx context.Context, out chan<- Entry, after int64) {
	defer close(out)
	for {
		e, missed, wake := j.following(after)
		if e == nil {
			select {
			case <-wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		next := e.clone()
		next.Missed = missed
		select {
		case out <- next:
			after = e.ID
		case <-ctx.Done():
			return
		}
	}
}

// following returns the first remembered entry with an id greater than after and how many fell out before it, or what
// is closed when there is one. What was cleared did not fall out.
func (j *Journal) following(after int64) (e *Entry, missed int64, wake <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if id := max(after+1, j.first); id < j.next {
		return j.at(id), id - max(after, j.cleared) - 1, nil
	}
	if j.wake == nil {
		j.wake = make(chan struct{})
	}
	return nil, 0, j.wake
}
