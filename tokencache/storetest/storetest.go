// Package storetest is the contract that every [tokencache.Store] must pass.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) tokencache.Store { return mystore.New(...) })
//	}
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imsx/imsx/tokencache"
)

// Run tests the stores that open returns: each call an empty one, cleaned up by t.Cleanup. The store must work while
// t.Context lives.
func Run(t *testing.T, open func(t *testing.T) tokencache.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, tokencache.Store)
	}{
		{"a miss is fs.ErrNotExist", testMiss},
		{"an entry is read as it was saved", testRoundTrip},
		{"the last save wins", testOverwrite},
		{"names do not mix", testNames},
		{"a deleted entry is gone", testDelete},
		{"the caller's slices are its own", testSlices},
		{"concurrent writers leave one whole entry", testConcurrentWriters},
		{"one at a time holds the lock", testLockExcludes},
		{"locks of two names are independent", testLockNames},
		{"a waiter gives up when its context ends", testLockGivesUp},
		{"unlock may be called twice and late", testUnlockTwice},
		{"a cancelled context is an error", testCancelled},
		{"an older entry does not replace a newer one", testNewer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

var name = strings.Repeat("0123456789abcdef", 4)

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func save(t *testing.T, s tokencache.Store, name string, entry []byte) {
	t.Helper()
	if err := s.Save(t.Context(), name, entry, inAnHour()); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

func wantEntry(t *testing.T, s tokencache.Store, name string, want []byte) {
	t.Helper()
	got, err := s.Load(t.Context(), name)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("Load = %q, %v; want %q", got, err, want)
	}
}

func wantMiss(t *testing.T, s tokencache.Store, name string) {
	t.Helper()
	if got, err := s.Load(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("Load = %q, %v; want fs.ErrNotExist", got, err)
	}
}

func testMiss(t *testing.T, s tokencache.Store) {
	wantMiss(t, s, name)
	if err := s.Delete(t.Context(), name); err != nil {
		t.Errorf("Delete of what is not there: %v", err)
	}
}

func testRoundTrip(t *testing.T, s tokencache.Store) {
	for _, size := range []int{1, 100, 4096, 64 << 10} {
		entry := bytes.Repeat([]byte{0, 0xff, '\n', '\r', 0x80}, size)[:size]
		save(t, s, name, entry)
		wantEntry(t, s, name, entry)
	}
}

func testOverwrite(t *testing.T, s tokencache.Store) {
	save(t, s, name, []byte("a long first entry"))
	save(t, s, name, []byte("second"))
	wantEntry(t, s, name, []byte("second"))
}

func testNames(t *testing.T, s tokencache.Store) {
	other := strings.Repeat("fedcba9876543210", 4)
	save(t, s, name, []byte("one"))
	save(t, s, other, []byte("two"))
	wantEntry(t, s, name, []byte("one"))
	wantEntry(t, s, other, []byte("two"))
	if err := s.Delete(t.Context(), name); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantMiss(t, s, name)
	wantEntry(t, s, other, []byte("two"))
}

func testDelete(t *testing.T, s tokencache.Store) {
	save(t, s, name, []byte("entry"))
	if err := s.Delete(t.Context(), name); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantMiss(t, s, name)
	save(t, s, name, []byte("again"))
	wantEntry(t, s, name, []byte("again"))
}

func testSlices(t *testing.T, s tokencache.Store) {
	entry := []byte("entry")
	save(t, s, name, entry)
	entry[0] = 'X'
	got, err := s.Load(t.Context(), name)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	got[0] = 'Y'
	wantEntry(t, s, name, []byte("entry"))
}

func testConcurrentWriters(t *testing.T, s tokencache.Store) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			entry := bytes.Repeat([]byte{byte('a' + i)}, 1000+i)
			for range 20 {
				if err := s.Save(t.Context(), name, entry, inAnHour()); err != nil {
					t.Errorf("Save: %v", err)
				}
				got, err := s.Load(t.Context(), name)
				if err != nil || !whole(got) {
					t.Errorf("Load = %d bytes, %v; want one writer's entry", len(got), err)
				}
			}
		})
	}
	wg.Wait()
}

// whole reports whether an entry is one that testConcurrentWriters wrote.
func whole(entry []byte) bool {
	if len(entry) < 1000 {
		return false
	}
	i := int(entry[0] - 'a')
	return len(entry) == 1000+i && bytes.Equal(entry, bytes.Repeat(entry[:1], len(entry)))
}

func testLockExcludes(t *testing.T, s tokencache.Store) {
	var holders, most atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				unlock, err := s.Lock(t.Context(), name)
				if err != nil {
					t.Errorf("Lock: %v", err)
					return
				}
				most.Store(max(most.Load(), holders.Add(1)))
				time.Sleep(time.Millisecond)
				holders.Add(-1)
				unlock()
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d held the lock at once", most.Load())
	}
}

func testLockNames(t *testing.T, s tokencache.Store) {
	var unlocks []func()
	for i := range 3 {
		unlock, err := s.Lock(t.Context(), fmt.Sprintf("%064d", i))
		if err != nil {
			t.Fatalf("Lock: %v", err)
		}
		unlocks = append(unlocks, unlock)
	}
	for _, unlock := range unlocks {
		unlock()
	}
}

func testLockGivesUp(t *testing.T, s tokencache.Store) {
	unlock, err := s.Lock(t.Context(), name)
	if err != nil {
		t.Fatalf("Lock: %v", err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	second, err := s.Lock(ctx, name)
	if err == nil {
		second()
		t.Fatal("a second Lock succeeded while the first was held")
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock = %v; want context.DeadlineExceeded", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("giving up took %v", took)
	}
}

func testUnlockTwice(t *testing.T, s tokencache.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := s.Lock(ctx, name)
	if err != nil {
		t.Fatalf("Lock: %v", err)
	}
	cancel()
	unlock()
	again, err := s.Lock(t.Context(), name)
	if err != nil {
		t.Fatalf("Lock after unlock: %v", err)
	}
	unlock()
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if third, err := s.Lock(ctx, name); err == nil {
		third()
		t.Error("the second call of unlock released another holder's lock")
	}
	again()
}

func testCancelled(t *testing.T, s tokencache.Store) {
	save(t, s, name, []byte("entry"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Load(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("Load = %v; want context.Canceled", err)
	}
	if err := s.Save(ctx, name, []byte("other"), inAnHour()); !errors.Is(err, context.Canceled) {
		t.Errorf("Save = %v; want context.Canceled", err)
	}
	if unlock, err := s.Lock(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock = %v; want context.Canceled", err)
		if err == nil {
			unlock()
		}
	}
	wantEntry(t, s, name, []byte("entry"))
}

// testNewer is for stores that can tell which entry is newer.
func testNewer(t *testing.T, s tokencache.Store) {
	ns, ok := s.(tokencache.NewerSaver)
	if !ok {
		return
	}
	now := time.Now()
	put := func(entry string, issued time.Time) {
		t.Helper()
		if err := ns.SaveNewer(t.Context(), name, []byte(entry), issued, inAnHour()); err != nil {
			t.Fatalf("SaveNewer: %v", err)
		}
	}
	put("second", now)
	put("first", now.Add(-time.Minute))
	wantEntry(t, s, name, []byte("second"))
	put("no time of issue", time.Time{})
	wantEntry(t, s, name, []byte("second"))
	put("third", now.Add(time.Minute))
	wantEntry(t, s, name, []byte("third"))
	if err := s.Delete(t.Context(), name); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	put("first", now.Add(-time.Minute))
	wantEntry(t, s, name, []byte("first"))
	save(t, s, name, []byte("by Save"))
	wantEntry(t, s, name, []byte("by Save"))
}
