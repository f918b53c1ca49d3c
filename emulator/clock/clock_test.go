package clock_test

import (
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/emulator/clock"
)

func TestZeroIsTheMachinesTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock.Clock
		if got, want := c.Now(), time.Now().Round(0); !got.Equal(want) || c.Difference() != 0 {
			t.Errorf("Now() = %v, Difference() = %v; want %v, 0", got, c.Difference(), want)
		}
	})
}

func TestMoveAndSet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock.Clock
		for _, step := range []struct {
			name string
			do   func() time.Duration
			want time.Duration
		}{
			{"forward", func() time.Duration { return c.Move(23 * time.Hour) }, 23 * time.Hour},
			{"further", func() time.Duration { return c.Move(2 * time.Hour) }, 25 * time.Hour},
			{"back", func() time.Duration { return c.Move(-30 * time.Hour) }, -5 * time.Hour},
			{"set", func() time.Duration { c.Set(time.Minute); return c.Difference() }, time.Minute},
			{"set right", func() time.Duration { c.Set(0); return c.Difference() }, 0},
		} {
			if got := step.do(); got != step.want || c.Difference() != step.want {
				t.Errorf("%s: returned %v, Difference() = %v, want %v", step.name, got, c.Difference(), step.want)
			}
			if got, want := c.Now(), time.Now().Add(step.want).Round(0); !got.Equal(want) {
				t.Errorf("%s: Now() = %v, want %v", step.name, got, want)
			}
		}
	})
}

// TestNoMonotonicReading is about time.Sub: with monotonic readings it would not see that the clock was moved.
func TestNoMonotonicReading(t *testing.T) {
	t.Parallel()
	var c clock.Clock
	before := c.Now()
	c.Move(time.Hour)
	if got := c.Now().Sub(before); got < time.Hour || got > time.Hour+time.Minute {
		t.Errorf("the difference of two readings is %v, want an hour and a little", got)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	var c clock.Clock
	for range 3 {
		if got := c.Move(math.MaxInt64); got != clock.Limit {
			t.Errorf("moved forward to %v, want %v", got, clock.Limit)
		}
	}
	if got := c.Move(math.MinInt64); got != -clock.Limit {
		t.Errorf("moved back to %v, want %v", got, -clock.Limit)
	}
	if c.Set(math.MaxInt64); c.Difference() != clock.Limit {
		t.Errorf("set to %v, want %v", c.Difference(), clock.Limit)
	}
	if c.Set(math.MinInt64); c.Difference() != -clock.Limit || c.Now().Year() < 1 {
		t.Errorf("set to %v, now %v", c.Difference(), c.Now())
	}
}

func TestConcurrentMoves(t *testing.T) {
	t.Parallel()
	var c clock.Clock
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			for range 100 {
				c.Move(time.Second)
				_ = c.Now()
			}
		})
	}
	wait.Wait()
	if got, want := c.Difference(), 5000*time.Second; got != want {
		t.Errorf("Difference() = %v, want %v", got, want)
	}
}
