//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/store/redisstore"
)

const lockKey = "imsx:{0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}:lock"

func TestLeaseIsRenewed(t *testing.T) {
	server := redistest.Start(t)
	holder := newStore(t, redisstore.Config{URL: server.URL(), Lease: time.Second})
	unlock, err := holder.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	waiter := newStore(t, redisstore.Config{URL: server.URL()})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if second, err := waiter.Lock(ctx, entryName); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			second()
		}
		t.Errorf("Lock while another holds it = %v, want that it waits in vain", err)
	}
	unlock()
	if server.Do("EXISTS", lockKey) != ":0" {
		t.Error("the lease is there after unlock")
	}
}

// A holder whose process is gone renews nothing: the others wait no longer than the lease.
func TestDeadHolder(t *testing.T) {
	server := redistest.Start(t)
	server.Do("SET", lockKey, "a dead holder's fence", "PX", "1000")
	s := newStore(t, redisstore.Config{URL: server.URL()})
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestLostLease(t *testing.T) {
	server := redistest.Start(t)
	lost := make(chan redisstore.Event, 10)
	slow := newStore(t, redisstore.Config{URL: server.URL(), Lease: time.Second, Notify: func(e redisstore.Event) { lost <- e }})
	unlock, err := slow.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	server.Do("DEL", lockKey)
	if e := <-lost; e.Kind != redisstore.EventLeaseLost {
		t.Errorf("event %v, want %s", e, redisstore.EventLeaseLost)
	}
	quick := newStore(t, redisstore.Config{URL: server.URL()})
	other, err := quick.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := quick.SaveNewer(t.Context(), entryName, []byte("newer"), now, inAnHour()); err != nil {
		t.Fatal(err)
	}
	if err := slow.SaveNewer(t.Context(), entryName, []byte("older"), now.Add(-time.Minute), inAnHour()); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, quick, "newer")
	unlock() // is not the other's to give back
	if server.Do("EXISTS", lockKey) != ":1" {
		t.Error("a holder that lost its lease ended that of another")
	}
	other()
}

// Waiters of one process ask the server one at a time.
func TestLockInOneProcess(t *testing.T) {
	server := redistest.Start(t)
	s := newStore(t, redisstore.Config{URL: server.URL()})
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	server.Do("CONFIG", "RESETSTAT")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, entryName); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock = %v, want context.DeadlineExceeded", err)
	}
	unlock()
}

func TestCloseWhileHolding(t *testing.T) {
	server := redistest.Start(t)
	s := newStore(t, redisstore.Config{URL: server.URL(), Lease: time.Second})
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := s.Load(t.Context(), entryName); err == nil {
		t.Error("Load of a closed store succeeded")
	}
	unlock()
	other := newStore(t, redisstore.Config{URL: server.URL()})
	again, err := other.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatalf("Lock after the lease of a closed store: %v", err)
	}
	again()
}
