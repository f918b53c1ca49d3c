// Package clock is the emulator's time: the machine's, moved by a difference that can be set. With it a token that lives
// a day expires within a test.
//
//	var c clock.Clock // the real time
//	c.Move(23 * time.Hour)
//	c.Now()
package clock

import (
	"sync/atomic"
	"time"
)

// Clock tells the emulator's time. The zero value tells the machine's. It is safe for concurrent use and must not be
// copied after first use.
type Clock struct {
	difference atomic.Int64
}

// Now returns the emulator's time, without a monotonic reading: two calls differ by more than the time between them if
// the clock was moved.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Difference()).Round(0) }

// Difference returns how far the clock is ahead of the machine's; negative if it is behind.
func (c *Clock) Difference() time.Duration { return time.Duration(c.difference.Load()) }

// Move moves the clock by d, forward or back, and returns the new difference, which never goes beyond [Limit].
func (c *Clock) Move(d time.Duration) time.Duration {
	for {
		old := c.difference.Load()
		next := bounded(old, int64(d))
		if c.difference.CompareAndSwap(old, next) {
			return time.Duration(next)
		}
	}
}

// Set makes the clock differ from the machine's by d, at most by [Limit]; 0 sets it right.
func (c *Clock) Set(d time.Duration) { c.difference.Store(bounded(0, int64(d))) }

// Limit is how far a clock goes from the machine's, either way: about a hundred years. Every time within it has a date
// that all formats can write.
const Limit = 100 * 365 * 24 * time.Hour

// bounded returns a + b, or the nearest that is within the limit. a is within it.
func bounded(a, b int64) int64 {
	return a + max(-int64(Limit)-a, min(int64(Limit)-a, b))
}
