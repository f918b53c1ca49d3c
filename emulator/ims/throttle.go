package ims

import (
	"math"
	"sync"
	"time"
)

// Rate bounds how often a client may ask for tokens: a bucket of Burst requests that fills by PerSecond. The zero value
// is no bound.
type Rate struct {
	PerSecond float64
	// Burst is how many requests may come at once. Less than 1 counts as 1.
	Burst int
}

func (r Rate) on() bool { return r.PerSecond > 0 }

// bucket is a client's token bucket. It begins full.
type bucket struct {
	mu   sync.Mutex
	used float64 // how much is missing from a full bucket
	last time.Time
}

// take takes one request out of the bucket, or returns how long it takes until there is one. When the clock is moved
// back the bucket stays as it is and fills on from there.
func (b *bucket) take(r Rate, now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if elapsed := now.Sub(b.last); elapsed > 0 {
		b.used = max(0, b.used-elapsed.Seconds()*r.PerSecond)
	}
	b.last = now
	size := float64(max(1, r.Burst))
	const tolerance = 1e-9 // of adding up fractions
	if b.used+1 <= size+tolerance {
		b.used++
		return 0, true
	}
	seconds := (b.used + 1 - size) / r.PerSecond
	return time.Duration(math.Min(seconds*float64(time.Second), float64(maxWait))), false
}

// maxWait bounds Retry-After.
const maxWait = 24 * time.Hour

func (b *bucket) copy() *bucket {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &bucket{used: b.used, last: b.last}
}
