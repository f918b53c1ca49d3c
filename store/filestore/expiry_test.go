package filestore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

// TestManyAtExpiry lets sources over one folder need a new token at the same moment, again and again. One of them asks.
func TestManyAtExpiry(t *testing.T) {
	const sources, lifetimes, lifetime = 100, 5, 24 * time.Hour
	dir := filepath.Join(t.TempDir(), "cache")
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		issued := 0
		fetch := token.SourceFunc(func(context.Context) (token.Token, error) {
			time.Sleep(200 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			issued++
			now := time.Now()
			return token.Token{AccessToken: secret.New(fmt.Sprintf("token-%d", issued)), Issued: now, Expiry: now.Add(lifetime)}, nil
		})
		var all []*tokencache.Source
		for range sources {
			store, err := filestore.New(filestore.Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			src, err := tokencache.New(tokencache.Config{
				Identity: token.Identity{ClientID: "client-0"}, Fetch: fetch, Store: store, SealingSecrets: []secret.Text{secret.New("key")},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			all = append(all, src)
		}
		for round := range lifetimes {
			var callers sync.WaitGroup
			want := fmt.Sprintf("token-%d", round+1)
			var expiry time.Time
			for i, src := range all {
				callers.Go(func() {
					tok, err := src.Token(t.Context())
					if err != nil || tok.AccessToken.Reveal() != want {
						t.Errorf("Token = %q, %v; want %q", tok.AccessToken.Reveal(), err, want)
					}
					if i == 0 {
						expiry = tok.Expiry
					}
				})
			}
			callers.Wait()
			time.Sleep(time.Until(expiry))
		}
		if issued != lifetimes {
			t.Errorf("%d sources made %d exchanges in %d lifetimes", sources, issued, lifetimes)
		}
	})
}
