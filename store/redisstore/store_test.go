//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/tokencache"
	"github.com/imsx/imsx/tokencache/storetest"
)

var (
	_ tokencache.Store      = (*redisstore.Store)(nil)
	_ tokencache.NewerSaver = (*redisstore.Store)(nil)
)

// TestMain finds goroutines that are left. The Redis client closes a connection to a node that is gone from the cluster five
// seconds later, and looks for nodes once more a second after it found none: these are waited for.
func TestMain(m *testing.M) {
	code := m.Run()
	left := goleak.Find()
	for end := time.Now().Add(30 * time.Second); left != nil && time.Now().Before(end); {
		left = goleak.Find()
	}
	if left != nil {
		fmt.Fprintln(os.Stderr, left)
		code = max(code, 1)
	}
	os.Exit(code)
}

var entryName = strings.Repeat("0123456789abcdef", 4)

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

// newStore returns a store that is patient with a slow machine, unless cfg says otherwise.
func newStore(t testing.TB, cfg redisstore.Config) *redisstore.Store {
	t.Helper()
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	s, err := redisstore.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func wantEntry(t testing.TB, s *redisstore.Store, want string) {
	t.Helper()
	if got, err := s.Load(t.Context(), entryName); err != nil || string(got) != want {
		t.Errorf("Load = %q, %v; want %q", got, err, want)
	}
}

func wantMiss(t testing.TB, s *redisstore.Store) {
	t.Helper()
	if got, err := s.Load(t.Context(), entryName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %q, %v; want a miss", got, err)
	}
}

func save(t testing.TB, s *redisstore.Store, entry string) {
	t.Helper()
	if err := s.Save(t.Context(), entryName, []byte(entry), inAnHour()); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

// eventually waits for what the server or the client does in its own time.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 seconds: %s", what)
		}
	}
}

func TestContract(t *testing.T) {
	server := redistest.Start(t)
	n := 0
	open := func(query string) func(*testing.T) tokencache.Store {
		return func(t *testing.T) tokencache.Store {
			n++
			return newStore(t, redisstore.Config{URL: server.URL() + query, Prefix: fmt.Sprintf("t%d:", n)})
		}
	}
	t.Run("one client", func(t *testing.T) { storetest.Run(t, open("/0")) })
	t.Run("another database", func(t *testing.T) { storetest.Run(t, open("/3")) })
	t.Run("without a client cache", func(t *testing.T) { storetest.Run(t, open("?client_cache=0")) })
	t.Run("two clients", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) tokencache.Store {
			n++
			cfg := redisstore.Config{URL: server.URL(), Prefix: fmt.Sprintf("t%d:", n)}
			return &twins{stores: [2]*redisstore.Store{newStore(t, cfg), newStore(t, cfg)}}
		})
	})
}

// twins writes and locks by two clients in turn. What it reads is read by the one that wrote last: that the other sees it
// at once is another test.
type twins struct {
	stores [2]*redisstore.Store
	n      atomic.Uint32
}

func (w *twins) next() *redisstore.Store { return w.stores[w.n.Add(1)%2] }
func (w *twins) last() *redisstore.Store { return w.stores[w.n.Load()%2] }

func (w *twins) Load(ctx context.Context, name string) ([]byte, error) {
	return w.last().Load(ctx, name)
}
func (w *twins) Delete(ctx context.Context, name string) error { return w.next().Delete(ctx, name) }
func (w *twins) Lock(ctx context.Context, name string) (func(), error) {
	return w.next().Lock(ctx, name)
}
func (w *twins) Save(ctx context.Context, name string, entry []byte, expiry time.Time) error {
	return w.next().Save(ctx, name, entry, expiry)
}

func (w *twins) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	return w.next().SaveNewer(ctx, name, entry, issued, expiry)
}

func TestWarmReadAsksNobody(t *testing.T) {
	server := redistest.Start(t)
	writer, reader := newStore(t, redisstore.Config{URL: server.URL()}), newStore(t, redisstore.Config{URL: server.URL()})
	save(t, writer, "entry")
	wantEntry(t, reader, "entry")
	server.Do("CONFIG", "RESETSTAT")
	for range 1000 {
		wantEntry(t, reader, "entry")
	}
	if stats := server.Do("INFO", "commandstats"); strings.Contains(stats, "cmdstat_get:") {
		t.Errorf("1000 warm reads asked the server: %s", stats)
	}
}

func TestForeignChangesAreSeenAtOnce(t *testing.T) {
	server := redistest.Start(t)
	one, other := newStore(t, redisstore.Config{URL: server.URL()}), newStore(t, redisstore.Config{URL: server.URL()})
	wantMiss(t, other)
	save(t, one, "first")
	sees := func(want string) func() bool {
		return func() bool {
			got, _ := other.Load(t.Context(), entryName)
			return string(got) == want
		}
	}
	eventually(t, "a first write is seen", sees("first"))
	save(t, one, "second")
	eventually(t, "another write is seen", sees("second"))
	if err := one.Delete(t.Context(), entryName); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a delete is seen", sees(""))
}

// Under the lock, what the holder before wrote is seen whether or not it was announced.
func TestReadUnderTheLockIsCurrent(t *testing.T) {
	server := redistest.Start(t)
	stores := []*redisstore.Store{newStore(t, redisstore.Config{URL: server.URL()}), newStore(t, redisstore.Config{URL: server.URL()})}
	save(t, stores[0], "0")
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for range 50 {
				unlock, err := s.Lock(t.Context(), entryName)
				if err != nil {
					t.Errorf("Lock: %v", err)
					return
				}
				entry, err := s.Load(t.Context(), entryName)
				var n int
				if _, scanErr := fmt.Sscan(string(entry), &n); err != nil || scanErr != nil {
					t.Errorf("Load = %q, %v", entry, err)
				}
				if err := s.Save(t.Context(), entryName, fmt.Append(nil, n+1), inAnHour()); err != nil {
					t.Errorf("Save: %v", err)
				}
				unlock()
			}
		})
	}
	wg.Wait()
	wantEntry(t, stores[0], "100")
}

func TestEntriesEndOnTheServer(t *testing.T) {
	server := redistest.Start(t)
	s := newStore(t, redisstore.Config{URL: server.URL()})
	if err := s.Save(t.Context(), entryName, []byte("short"), time.Now().Add(200*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server drops the entry", func() bool { return server.Do("DBSIZE") == ":0" })
	save(t, s, "long")
	if err := s.Save(t.Context(), entryName, []byte("over"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, s)
}

func TestListAndClear(t *testing.T) {
	server := redistest.Start(t)
	s := newStore(t, redisstore.Config{URL: server.URL() + "?prefix=mine:"})
	server.Do("SET", "other:{a}", "not mine")
	server.Do("SET", "mine:{junk}", "no entry")
	issued := time.UnixMilli(1_700_000_000_000)
	for i := range 500 {
		if err := s.SaveNewer(t.Context(), fmt.Sprintf("%064d", i), make([]byte, 10), issued, inAnHour()); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	seen := map[string]bool{}
	err = s.List(t.Context(), func(i redisstore.Info) error {
		if seen[i.Name] || i.Size != 10 || !i.Issued.Equal(issued) || time.Until(i.Expiry) < 50*time.Minute {
			t.Errorf("List told %+v", i)
		}
		seen[i.Name] = true
		return nil
	})
	if err != nil || len(seen) != 500 {
		t.Errorf("List = %d entries, %v; want 500", len(seen), err)
	}
	if n, err := s.Clear(t.Context()); n != 501 || err != nil { // the junk, too
		t.Errorf("Clear = %d, %v; want 501", n, err)
	}
	if left := server.Do("DBSIZE"); left != ":2" { // the other's, and the lock
		t.Errorf("%s keys are left, want 2", left)
	}
}
