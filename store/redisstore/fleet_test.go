//go:build unix

package redisstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

const (
	fleet    = 1000
	lifetime = 24 * time.Hour
)

// outside lets a store be used from a bubble of simulated time: its calls are made by goroutines that live in real time,
// while that of the bubble stands still.
type outside struct {
	store *redisstore.Store
	calls chan func()
	idle  chan chan struct{} // one for each call that may be under way
}

func newOutside(t *testing.T, s *redisstore.Store) *outside {
	const atOnce = 2 * fleet // most of the fleet may wait for one lock
	o := &outside{store: s, calls: make(chan func()), idle: make(chan chan struct{}, atOnce)}
	var workers sync.WaitGroup
	for range atOnce {
		o.idle <- make(chan struct{}, 1)
		workers.Go(func() {
			for call := range o.calls {
				call()
			}
		})
	}
	t.Cleanup(func() {
		close(o.calls)
		workers.Wait()
	})
	return o
}

func (o *outside) do(call func(context.Context)) {
	done := <-o.idle
	o.calls <- func() {
		call(context.Background())
		done <- struct{}{}
	}
	<-done
	o.idle <- done
}

func (o *outside) Load(_ context.Context, name string) (entry []byte, err error) {
	o.do(func(ctx context.Context) { entry, err = o.store.Load(ctx, name) })
	return entry, err
}

func (o *outside) Save(_ context.Context, name string, entry []byte, expiry time.Time) (err error) {
	life := time.Until(expiry) // simulated
	o.do(func(ctx context.Context) { err = o.store.Save(ctx, name, entry, time.Now().Add(life)) })
	return err
}

func (o *outside) SaveNewer(_ context.Context, name string, entry []byte, issued, expiry time.Time) (err error) {
	life := time.Until(expiry)
	o.do(func(ctx context.Context) { err = o.store.SaveNewer(ctx, name, entry, issued, time.Now().Add(life)) })
	return err
}

func (o *outside) Delete(_ context.Context, name string) (err error) {
	o.do(func(ctx context.Context) { err = o.store.Delete(ctx, name) })
	return err
}

func (o *outside) Lock(_ context.Context, name string) (func(), error) {
	var unlock func()
	var err error
	o.do(func(ctx context.Context) { unlock, err = o.store.Lock(ctx, name) })
	if err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { o.do(func(context.Context) { unlock() }) }), nil
}

// exchanges is an identity service that counts.
type exchanges struct {
	mu sync.Mutex
	at []time.Time
}

func (e *exchanges) Token(context.Context) (token.Token, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	e.at = append(e.at, now)
	return token.Token{
		AccessToken: secret.New(fmt.Sprintf("token-%d", len(e.at))), Issued: now, Expiry: now.Add(lifetime),
		Origin: token.OriginExchange,
	}, nil
}

func (e *exchanges) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.at)
}

// peak returns how many of the times lie in the same minute at most.
func peak(times []time.Time) int {
	perMinute := map[time.Time]int{}
	most := 0
	for _, at := range times {
		minute := at.Truncate(time.Minute)
		perMinute[minute]++
		most = max(most, perMinute[minute])
	}
	return most
}

// member is a process of the fleet: it starts some time in the first hour and asks for a token now and then.
func member(t *testing.T, cfg tokencache.Config, until time.Time, refreshed func(time.Time)) {
	cfg.Notify = func(e tokencache.Event) {
		if e.Kind == tokencache.EventRefreshed {
			refreshed(time.Now())
		}
	}
	time.Sleep(rand.N(time.Hour))
	src, err := tokencache.New(cfg)
	if err != nil {
		t.Error(err)
		return
	}
	defer src.Close()
	for time.Now().Before(until) {
		tok, err := src.Token(context.Background())
		if err != nil || !time.Now().Before(tok.Expiry) {
			t.Errorf("at %v: token %v, %v", time.Now(), tok, err)
			return
		}
		time.Sleep(5*time.Minute + rand.N(10*time.Minute))
	}
}

// TestFleet simulates 1,000 processes over one Redis server through 48 hours, and then an hour, in which all of them need
// a new token, without Redis.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("two simulated days of a thousand processes take a while")
	}
	server := redistest.Start(t)
	store := newOutside(t, newStore(t, redisstore.Config{URL: server.URL()}))
	ims := &exchanges{}
	cfg := tokencache.Config{
		Identity: token.Identity{ClientID: "client-0"}, Fetch: ims, Store: store,
		SealingSecrets: []secret.Text{secret.New("the fleet's secret")}, StoreTimeout: time.Hour,
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var renewals []time.Time
		note := func(at time.Time) {
			mu.Lock()
			defer mu.Unlock()
			if at.Sub(start) > 2*time.Hour { // the first token is no renewal
				renewals = append(renewals, at)
			}
		}
		const simulated, away = 48 * time.Hour, 69 * time.Hour // the third token ends after 70 hours or so
		var members sync.WaitGroup
		for range fleet {
			members.Go(func() { member(t, cfg, start.Add(away+2*time.Hour), note) })
		}
		time.Sleep(simulated)
		mu.Lock()
		ideal := int(simulated / lifetime)
		t.Logf("%d processes, %v: %d exchanges (one for each lifetime would be %d), %d renewals, at most %d of them in one minute",
			fleet, simulated, ims.count(), ideal, len(renewals), peak(renewals))
		if n := ims.count(); n < ideal || n > ideal+1 {
			t.Errorf("%d exchanges in %v, want %d or one more", n, simulated, ideal)
		}
		if most := peak(renewals); most > fleet/5 {
			t.Errorf("%d of %d renewals in one minute", most, fleet)
		}
		mu.Unlock()
		withoutRedis(t, server, store, ims, start, away)
		members.Wait()
	})
}

// withoutRedis takes the server away for an hour in which the current token ends.
func withoutRedis(t *testing.T, server *redistest.Server, store *outside, ims *exchanges, start time.Time, away time.Duration) {
	time.Sleep(time.Until(start.Add(away)))
	before := ims.count()
	server.Stop()
	time.Sleep(time.Hour)
	store.do(func(context.Context) { server.Restart() }) // which waits in real time
	ims.mu.Lock()
	defer ims.mu.Unlock()
	alone := slices.Clone(ims.at[before:])
	t.Logf("Redis away for an hour: %d exchanges, at most %d of them in one minute", len(alone), peak(alone))
	if len(alone) > fleet {
		t.Errorf("%d exchanges of %d processes while Redis was away", len(alone), fleet)
	}
}
