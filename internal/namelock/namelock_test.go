package namelock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/internal/namelock"
)

func TestOneAtATimeHoldsAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s namelock.Set
		unlock, err := s.Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if other, err := s.Lock(t.Context(), "b"); err != nil {
			t.Errorf("another name: %v", err)
		} else {
			other()
		}
		got := make(chan time.Time)
		go func() {
			second, err := s.Lock(t.Context(), "a")
			if err != nil {
				t.Error(err)
			}
			got <- time.Now()
			second()
		}()
		time.Sleep(time.Minute)
		released := time.Now()
		unlock()
		unlock() // does nothing
		if at := <-got; at.Before(released) {
			t.Error("two held the lock at once")
		}
	})
}

func TestAWaiterGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s namelock.Set
		unlock, err := s.Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Lock(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock = %v, want context.DeadlineExceeded", err)
		}
		if _, err := s.Lock(ctx, "b"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock with an ended context = %v, want context.DeadlineExceeded", err)
		}
		unlock()
		again, err := s.Lock(t.Context(), "a")
		if err != nil {
			t.Fatalf("Lock after all is over: %v", err)
		}
		again()
	})
}
