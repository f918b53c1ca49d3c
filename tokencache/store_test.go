package tokencache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
	"github.com/imsx/imsx/tokencache/storetest"
)

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) tokencache.Store { return new(tokencache.MemoryStore) })
}

func TestMemoryStoreDropsExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m tokencache.MemoryStore
		if err := m.Save(t.Context(), "name", []byte("entry"), time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got, err := m.Load(t.Context(), "name"); err == nil {
			t.Errorf("Load = %q after expiry, want a miss", got)
		}
	})
}

// sharedStore is a store as this project has them.
type sharedStore interface {
	tokencache.Store
	tokencache.NewerSaver
}

// spyStore records what a store is given, and fails as it is told.
type spyStore struct {
	tokencache.MemoryStore
	below   sharedStore // in the place of the memory if not nil
	mu      sync.Mutex
	fail    error
	hang    bool
	entries map[string][]byte

	brokenUntil time.Time // in the future while the store is broken
}

func (s *spyStore) rest() sharedStore {
	if s.below != nil {
		return s.below
	}
	return &s.MemoryStore
}

func (s *spyStore) broken(ctx context.Context) error {
	s.mu.Lock()
	fail, hang := s.fail, s.hang
	s.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return fail
}

func (s *spyStore) Load(ctx context.Context, name string) ([]byte, error) {
	if err := s.broken(ctx); err != nil {
		return nil, err
	}
	return s.rest().Load(ctx, name)
}

func (s *spyStore) Save(ctx context.Context, name string, entry []byte, expiry time.Time) error {
	if err := s.broken(ctx); err != nil {
		return err
	}
	s.see(name, entry)
	return s.rest().Save(ctx, name, entry, expiry)
}

func (s *spyStore) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	if err := s.broken(ctx); err != nil {
		return err
	}
	s.see(name, entry)
	return s.rest().SaveNewer(ctx, name, entry, issued, expiry)
}

func (s *spyStore) Delete(ctx context.Context, name string) error {
	if err := s.broken(ctx); err != nil {
		return err
	}
	return s.rest().Delete(ctx, name)
}

func (s *spyStore) see(name string, entry []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = make(map[string][]byte)
	}
	s.entries[name] = bytes.Clone(entry)
}

func (s *spyStore) Lock(ctx context.Context, name string) (func(), error) {
	if err := s.broken(ctx); err != nil {
		return nil, err
	}
	return s.rest().Lock(ctx, name)
}

func (s *spyStore) set(fail error, hang bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil || s.hang {
		s.brokenUntil = time.Now()
	}
	if s.fail, s.hang = fail, hang; fail != nil || hang {
		s.brokenUntil = time.Now().AddDate(1, 0, 0)
	}
}

// disturb says that the store does not work as it should until then.
func (s *spyStore) disturb(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until.After(s.brokenUntil) {
		s.brokenUntil = until
	}
}

// working reports whether the store has worked for as long as a refresh may take.
func (s *spyStore) working() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.brokenUntil) > time.Minute
}

func shared(fetch token.Source, store tokencache.Store, keys ...string) tokencache.Config {
	cfg := tokencache.Config{
		Fetch: fetch, Store: store,
		Identity: token.Identity{Endpoint: "https://ims.example", ClientID: "client-0", Scopes: []string{"b", "a"}},
	}
	for _, k := range keys {
		cfg.SealingSecrets = append(cfg.SealingSecrets, secret.New(k))
	}
	return cfg
}

func TestSourcesShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day, latency: time.Second}, new(tokencache.MemoryStore)
		var wg sync.WaitGroup
		var sources []*tokencache.Source
		for range 50 {
			src := newSource(t, shared(iss, store, "key"))
			sources = append(sources, src)
			wg.Go(func() { wantToken(t, src, "token-1") })
		}
		wg.Wait()
		time.Sleep(day)
		for _, src := range sources {
			wg.Go(func() { wantToken(t, src, "token-2") })
		}
		wg.Wait()
		if n := iss.attempts(); n != 2 {
			t.Errorf("50 sources made %d fetches in two lifetimes, want 2", n)
		}
		var fromCache int
		for _, src := range sources {
			if wantToken(t, src, "token-2").Origin == token.OriginCache {
				fromCache++
			}
		}
		if fromCache != 49 {
			t.Errorf("%d sources have their token from the cache, want 49", fromCache)
		}
	})
}

func TestAdvisoryRefreshIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day}, new(tokencache.MemoryStore)
		a, b := newSource(t, shared(iss, store, "key")), newSource(t, shared(iss, store, "key"))
		wantToken(t, a, "token-1")
		wantToken(t, b, "token-1")
		time.Sleep(day - 40*time.Minute)
		for _, src := range []*tokencache.Source{a, b} {
			wantToken(t, src, "token-1")
			synctest.Wait()
			wantToken(t, src, "token-2")
		}
		if n := iss.attempts(); n != 2 {
			t.Errorf("%d fetches, want 2", n)
		}
	})
}

func TestEntriesAreSealed(t *testing.T) {
	store := new(spyStore)
	wantToken(t, newSource(t, shared(&issuer{lifetime: day}, store, "key")), "token-1")
	if len(store.entries) != 1 {
		t.Fatalf("%d entries, want 1", len(store.entries))
	}
	for name, entry := range store.entries {
		for _, hidden := range []string{"token-1", "client-0", "ims.example"} {
			if strings.Contains(name, hidden) || bytes.Contains(entry, []byte(hidden)) {
				t.Errorf("the store shows %q", hidden)
			}
		}
	}
}

func TestEntryOpensOnlyForItsOwner(t *testing.T) {
	tests := map[string]struct {
		keys     []string
		identity func(*token.Identity)
		tamper   func(entry []byte) []byte
		want     string // the token that a second source gets
	}{
		"same credentials":        {keys: []string{"key"}, want: "token-1"},
		"scopes in another order": {keys: []string{"key"}, identity: func(id *token.Identity) { id.Scopes = []string{"a", "b", "a"} }, want: "token-1"},
		"a newer secret in front": {keys: []string{"newer", "key"}, want: "token-1"},
		"another secret":          {keys: []string{"other"}, want: "token-2"},
		"another client":          {keys: []string{"key"}, identity: func(id *token.Identity) { id.ClientID = "client-1" }, want: "token-2"},
		"another host":            {keys: []string{"key"}, identity: func(id *token.Identity) { id.Endpoint = "https://other.example" }, want: "token-2"},
		"more scopes":             {keys: []string{"key"}, identity: func(id *token.Identity) { id.Scopes = []string{"a", "b", "c"} }, want: "token-2"},
		"a flipped bit":           {keys: []string{"key"}, tamper: func(e []byte) []byte { e[len(e)/2] ^= 1; return e }, want: "token-2"},
		"a cut entry":             {keys: []string{"key"}, tamper: func(e []byte) []byte { return e[:len(e)-1] }, want: "token-2"},
		"an empty entry":          {keys: []string{"key"}, tamper: func([]byte) []byte { return nil }, want: "token-2"},
		"another version":         {keys: []string{"key"}, tamper: func(e []byte) []byte { e[0]++; return e }, want: "token-2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			iss, store := &issuer{lifetime: day}, new(spyStore)
			wantToken(t, newSource(t, shared(iss, store, "key")), "token-1")
			if tt.tamper != nil {
				for name, entry := range store.entries {
					if err := store.MemoryStore.Save(t.Context(), name, tt.tamper(entry), time.Now().Add(day)); err != nil {
						t.Fatal(err)
					}
				}
			}
			cfg := shared(iss, store, tt.keys...)
			if tt.identity != nil {
				tt.identity(&cfg.Identity)
			}
			wantToken(t, newSource(t, cfg), tt.want)
		})
	}
}

func TestMovedEntryDoesNotOpen(t *testing.T) {
	iss, store := &issuer{lifetime: day}, new(spyStore)
	wantToken(t, newSource(t, shared(iss, store, "key")), "token-1")
	first := onlyEntry(store)
	cfg := shared(iss, store, "key")
	cfg.Identity.ClientID = "client-1"
	wantToken(t, newSource(t, cfg), "token-2")
	for name := range store.entries {
		if err := store.MemoryStore.Save(t.Context(), name, first, time.Now().Add(day)); err != nil {
			t.Fatal(err)
		}
	}
	var events []tokencache.EventKind
	cfg.Notify = func(e tokencache.Event) { events = append(events, e.Kind) }
	wantToken(t, newSource(t, cfg), "token-3")
	if len(events) == 0 || events[0] != tokencache.EventEntryUnreadable {
		t.Errorf("events %v, want %s first", events, tokencache.EventEntryUnreadable)
	}
}

// An entry that does not open says nothing true about when it was issued.
func TestUnreadableEntryIsReplacedWhateverItsTime(t *testing.T) {
	iss, store := &issuer{lifetime: day}, new(spyStore)
	wantToken(t, newSource(t, shared(iss, store, "key")), "token-1")
	for name := range store.entries {
		later := time.Now().AddDate(1, 0, 0)
		if err := store.MemoryStore.SaveNewer(t.Context(), name, []byte("damaged"), later, later); err != nil {
			t.Fatal(err)
		}
	}
	wantToken(t, newSource(t, shared(iss, store, "key")), "token-2")
	wantToken(t, newSource(t, shared(iss, store, "key")), "token-2")
}

// A source that went on without the lock, and was slow, does not put its older token over a newer one.
func TestOlderTokenDoesNotReplaceNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(tokencache.MemoryStore)
		slow := newSource(t, shared(&slowIssuer{took: 40 * time.Second}, store, "key"))
		quick := newSource(t, shared(&issuer{lifetime: day}, store, "key"))
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = slow.Token(t.Context()) })
		synctest.Wait()
		wantToken(t, quick, "token-1") // once it has waited for the lock long enough
		wg.Wait()
		wantToken(t, newSource(t, shared(&issuer{lifetime: day}, store, "key")), "token-1")
	})
}

// slowIssuer answers late with a token that it issued early, whatever its context.
type slowIssuer struct{ took time.Duration }

func (i *slowIssuer) Token(context.Context) (token.Token, error) {
	now := time.Now()
	time.Sleep(i.took)
	return token.Token{AccessToken: secret.New("an old token"), Issued: now, Expiry: now.Add(day)}, nil
}

func TestStored(t *testing.T) {
	store := new(spyStore)
	iss := &issuer{lifetime: day}
	src := newSource(t, shared(iss, store, "newer", "key"))
	if tok, err := src.Stored(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stored of an empty store = %v, %v; want fs.ErrNotExist", tok, err)
	}
	wantToken(t, newSource(t, shared(iss, store, "key")), "token-1")
	tok, err := src.Stored(t.Context())
	if err != nil || tok.AccessToken.Reveal() != "token-1" || iss.attempts() != 1 {
		t.Errorf("Stored = %v, %v after %d fetches; want token-1 after 1", tok, err, iss.attempts())
	}
	names := src.Names()
	if len(names) != 2 || !bytes.Equal(store.entries[names[1]], onlyEntry(store)) {
		t.Errorf("Names = %q, of which the second is not that of the entry", names)
	}
	if err := store.Save(t.Context(), names[0], []byte("damaged"), time.Now().Add(day)); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete(t.Context(), names[1]); err != nil {
		t.Fatal(err)
	}
	if tok, err := src.Stored(t.Context()); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stored of an entry that does not open = %v, %v; want another error", tok, err)
	}
	if tok, err := newSource(t, tokencache.Config{Fetch: iss}).Stored(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stored without a store = %v, %v; want fs.ErrNotExist", tok, err)
	}
}

// fullStore can be read and locked, and takes nothing while it is full.
type fullStore struct {
	tokencache.MemoryStore
	full atomic.Bool
}

func (s *fullStore) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	if s.full.Load() {
		return errors.New("no space left")
	}
	return s.MemoryStore.SaveNewer(ctx, name, entry, issued, expiry)
}

func TestFullStoreIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(fullStore)
		store.full.Store(true)
		cfg := shared(&issuer{lifetime: day}, store, "key")
		var events []tokencache.EventKind
		cfg.Notify = func(e tokencache.Event) {
			if e.Kind != tokencache.EventRefreshed {
				events = append(events, e.Kind)
			}
		}
		src := newSource(t, cfg)
		for n := range 4 {
			store.full.Store(n < 3)
			wantToken(t, src, fmt.Sprintf("token-%d", n+1))
			time.Sleep(2 * day)
		}
		want := []tokencache.EventKind{tokencache.EventStoreFailed, tokencache.EventStoreRecovered}
		if !slices.Equal(events, want) {
			t.Errorf("events %v, want %v", events, want)
		}
	})
}

func onlyEntry(s *spyStore) []byte {
	for _, e := range s.entries {
		return e
	}
	return nil
}

func TestBrokenStoreIsNoFailure(t *testing.T) {
	for name, hang := range map[string]bool{"fails": false, "hangs": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss, store := &issuer{lifetime: day}, new(spyStore)
				store.set(errors.New("connection refused"), hang)
				var mu sync.Mutex
				var events []string
				cfg := shared(iss, store, "key")
				cfg.Notify = func(e tokencache.Event) {
					mu.Lock()
					defer mu.Unlock()
					events = append(events, string(e.Kind))
				}
				src := newSource(t, cfg)
				start := time.Now()
				wantToken(t, src, "token-1")
				if took := time.Since(start); took > time.Second {
					t.Errorf("the store held the caller up for %v, want at most its two timeouts", took)
				}
				time.Sleep(day)
				wantToken(t, src, "token-2")
				store.set(nil, false)
				time.Sleep(day)
				wantToken(t, src, "token-3")
				synctest.Wait()
				want := "[store_failed refreshed refreshed store_recovered refreshed]"
				if got := fmt.Sprint(events); got != want {
					t.Errorf("events %s, want %s", got, want)
				}
				wantToken(t, newSource(t, shared(iss, store, "key")), "token-3")
			})
		})
	}
}

func TestDeadLockHolderDelaysForABoundedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day}, new(spyStore)
		src := newSource(t, shared(iss, store, "key"))
		name := entryName(t, store)
		unlock, err := store.Lock(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		start := time.Now()
		wantToken(t, src, "token-1")
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("waited %v for a holder that never lets go, want at most half of the timeout", took)
		}
	})
}

// entryName finds the name under which shared sources keep their entry.
func entryName(t *testing.T, store *spyStore) string {
	t.Helper()
	probe := new(spyStore)
	wantToken(t, newSource(t, shared(&issuer{lifetime: day}, probe, "key")), "token-1")
	for name := range probe.entries {
		return name
	}
	t.Fatal("nothing was saved")
	return ""
}

func TestInvalidateReachesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day}, new(tokencache.MemoryStore)
		a, b := newSource(t, shared(iss, store, "key")), newSource(t, shared(iss, store, "key"))
		old := wantToken(t, a, "token-1")
		wantToken(t, b, "token-1")
		invalidate(t, a, old)
		wantToken(t, a, "token-2")
		invalidate(t, b, old)
		wantToken(t, b, "token-2")
		if n := iss.attempts(); n != 2 {
			t.Errorf("%d fetches, want 2: the second source must find the first one's new token", n)
		}
	})
}

func TestInvalidatedTokenIsNotTakenFromABrokenStore(t *testing.T) {
	iss, store := &issuer{lifetime: day}, new(spyStore)
	src := newSource(t, shared(iss, store, "key"))
	old := wantToken(t, src, "token-1")
	store.set(errors.New("read-only"), false)
	if err := src.Invalidate(t.Context(), old); err == nil {
		t.Error("Invalidate did not tell that the store failed")
	}
	store.set(nil, false)
	wantToken(t, src, "token-2")
}

func TestStoredTimesAreTheServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day}, new(tokencache.MemoryStore)
		ahead := func(d time.Duration) func() time.Duration { return func() time.Duration { return d } }
		cfg := shared(iss, store, "key")
		cfg.ClockDifference = ahead(2 * time.Hour)
		first := wantToken(t, newSource(t, cfg), "token-1")
		cfg.ClockDifference = ahead(-time.Hour)
		second := wantToken(t, newSource(t, cfg), "token-1")
		if d := second.Expiry.Sub(first.Expiry); d != 3*time.Hour {
			t.Errorf("a machine whose clock is 3 h ahead of another's sees an expiry %v later, want 3h", d)
		}
	})
}

// That somebody else is refreshing for long is no failure of the store, nor is that a source is closed while it waits.
func TestBusyLockIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day}, new(spyStore)
		name := entryName(t, store)
		var events []tokencache.EventKind
		cfg := shared(iss, store, "key")
		cfg.Notify = func(e tokencache.Event) { events = append(events, e.Kind) }
		src := newSource(t, cfg)
		wantToken(t, src, "token-1")
		unlock, err := store.Lock(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(day - 30*time.Minute)
		wantToken(t, src, "token-1")
		time.Sleep(time.Minute) // the refresh beside the caller has given up
		if n := iss.attempts(); n != 1 {
			t.Errorf("%d fetches, want 1: the token lives, and somebody else is at it", n)
		}
		time.Sleep(time.Minute)
		wantToken(t, src, "token-1")
		synctest.Wait()
		_ = src.Close()
		unlock()
		if want := []tokencache.EventKind{tokencache.EventRefreshed}; !slices.Equal(events, want) || iss.attempts() != 1 {
			t.Errorf("events %v and %d fetches, want %v and 1", events, iss.attempts(), want)
		}
	})
}

// A source that only reads from the store learns that it works again, and tells the next failure, too.
func TestRecoveryIsToldWithoutAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss, store := &issuer{lifetime: day}, new(spyStore)
		var events []tokencache.EventKind
		cfg := shared(iss, store, "key")
		cfg.Notify = func(e tokencache.Event) {
			if e.Kind != tokencache.EventRefreshed {
				events = append(events, e.Kind)
			}
		}
		src := newSource(t, cfg)
		for range 2 {
			store.set(errors.New("connection refused"), false)
			if _, err := src.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(day)
			store.set(nil, false)
			if _, err := newSource(t, shared(iss, store, "key")).Token(t.Context()); err != nil { // another one renews
				t.Fatal(err)
			}
			if _, err := src.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(day)
		}
		failed, recovered := tokencache.EventStoreFailed, tokencache.EventStoreRecovered
		if want := []tokencache.EventKind{failed, recovered, failed, recovered}; !slices.Equal(events, want) {
			t.Errorf("events %v, want %v", events, want)
		}
	})
}
