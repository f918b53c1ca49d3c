package tokencache_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

// countingStore counts the calls that others notice.
type countingStore struct {
	tokencache.MemoryStore
	mu           sync.Mutex
	locks, saves int
	kept         time.Duration // how long the last entry was to be kept
}

func (s *countingStore) Lock(ctx context.Context, name string) (func(), error) {
	s.mu.Lock()
	s.locks++
	s.mu.Unlock()
	return s.MemoryStore.Lock(ctx, name)
}

func (s *countingStore) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	s.mu.Lock()
	s.saves++
	s.kept = time.Until(expiry)
	s.mu.Unlock()
	return s.MemoryStore.SaveNewer(ctx, name, entry, issued, expiry)
}

func (s *countingStore) counts() [2]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return [2]int{s.locks, s.saves}
}

// A token that rests in the store is taken without the lock, so that it is had while somebody holds that.
func TestStoredTokenNeedsNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, iss := new(countingStore), &issuer{lifetime: day}
		wantToken(t, newSource(t, shared(iss, store, "key")), "token-1")
		for range 3 {
			wantToken(t, newSource(t, shared(iss, store, "key")), "token-1")
		}
		if got := store.counts(); got != [2]int{1, 1} {
			t.Errorf("%d locks and %d saves, want one each", got[0], got[1])
		}
	})
}

// A token that somebody else saved while this source was failing is not saved again.
func TestTokenOfAnotherIsNotSavedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(countingStore)
		failing := &issuer{lifetime: day, fail: &failure{msg: "throttled", retryable: true, delay: 25 * time.Second}}
		var wg sync.WaitGroup
		wg.Go(func() { wantToken(t, newSource(t, shared(failing, store, "key")), "token-1") })
		synctest.Wait()
		wantToken(t, newSource(t, shared(&issuer{lifetime: day}, store, "key")), "token-1") // once it has waited for the lock
		wg.Wait()
		if got := store.counts(); got[1] != 1 || failing.attempts() != 1 {
			t.Errorf("%d saves, %d attempts of the one that failed; want 1 and 1", got[1], failing.attempts())
		}
	})
}

func TestTokenWithoutExpiryIsStoredForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(countingStore)
		wantToken(t, newSource(t, shared(token.Static(token.Token{AccessToken: secret.New("opaque")}), store, "key")), "opaque")
		if store.kept != day {
			t.Errorf("the entry is kept for %v, want a day", store.kept)
		}
		wantToken(t, newSource(t, shared(&issuer{lifetime: day}, store, "key")), "opaque")
	})
}
