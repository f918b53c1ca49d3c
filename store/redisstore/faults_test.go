//go:build unix

package redisstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/redisstore"
)

// bound is the limit of each exchange in these tests, and tolerance what a slow machine may add.
const (
	bound     = 300 * time.Millisecond
	tolerance = 5 * time.Second
)

// eventLog collects events.
type eventLog struct {
	mu    sync.Mutex
	kinds []redisstore.EventKind
	last  error
}

func (l *eventLog) add(e redisstore.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kinds = append(l.kinds, e.Kind)
	if e.Err != nil {
		l.last = e.Err
	}
}

func (l *eventLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	parts := []string{}
	for _, k := range l.kinds {
		parts = append(parts, string(k))
	}
	return strings.Join(parts, " ")
}

// wantAway calls every method while the server cannot be reached: each fails in time, and most of them at once.
func wantAway(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx := t.Context()
	calls := map[string]func() error{
		"Load":      func() error { _, err := s.Load(ctx, entryName); return err },
		"Save":      func() error { return s.Save(ctx, entryName, []byte("entry"), inAnHour()) },
		"SaveNewer": func() error { return s.SaveNewer(ctx, entryName, []byte("entry"), time.Now(), inAnHour()) },
		"Delete":    func() error { return s.Delete(ctx, entryName) },
		"Lock": func() error {
			unlock, err := s.Lock(ctx, entryName)
			if err == nil {
				unlock()
			}
			return err
		},
		"List": func() error { return s.List(ctx, func(redisstore.Info) error { return nil }) },
	}
	for name, call := range calls {
		start := time.Now()
		err := call()
		if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want that the server cannot be reached", name, err)
		}
		if took := time.Since(start); took > 2*bound+tolerance {
			t.Errorf("%s took %v, want %v at most", name, took, bound)
		}
	}
	start := time.Now()
	for range 1000 {
		_, _ = s.Load(ctx, entryName)
	}
	if took := time.Since(start); took > 1000*bound/10 {
		t.Errorf("1000 calls while the server is away took %v: they wait each", took)
	}
}

// wantBack waits until the store works again by itself.
func wantBack(t *testing.T, s *redisstore.Store, log *eventLog) {
	t.Helper()
	eventually(t, "the store works again", func() bool {
		return s.Save(t.Context(), entryName, []byte("back"), inAnHour()) == nil
	})
	wantEntry(t, s, "back")
	if got := log.text(); got != "away reached" {
		t.Errorf("events %q, want one that the server is away and one that it is back", got)
	}
}

func TestServerComesLater(t *testing.T) {
	server := redistest.Start(t)
	server.Stop()
	log := &eventLog{}
	s := newStore(t, redisstore.Config{URL: server.URL(), Timeout: bound, Notify: log.add})
	wantAway(t, s)
	server.Restart()
	wantBack(t, s, log)
}

func TestServerIsRestarted(t *testing.T) {
	server := redistest.Start(t)
	log := &eventLog{}
	s := newStore(t, redisstore.Config{URL: server.URL(), Timeout: bound, Notify: log.add})
	eventually(t, "the store works", func() bool { return s.Save(t.Context(), entryName, []byte("entry"), inAnHour()) == nil })
	log.kinds = nil
	server.Stop()
	wantAway(t, s)
	server.Restart()
	wantBack(t, s, log)
}

func TestServerStandsStill(t *testing.T) {
	server := redistest.Start(t)
	log := &eventLog{}
	s := newStore(t, redisstore.Config{URL: server.URL(), Timeout: bound, Notify: log.add})
	eventually(t, "the store works", func() bool { return s.Save(t.Context(), entryName, []byte("entry"), inAnHour()) == nil })
	log.kinds = nil
	server.Pause()
	wantAwayForWrites(t, s)
	server.Resume()
	wantBack(t, s, log)
}

// wantAwayForWrites is for a server that does not answer: what was read before may still be had.
func wantAwayForWrites(t *testing.T, s *redisstore.Store) {
	t.Helper()
	start := time.Now()
	if err := s.Save(t.Context(), entryName, []byte("lost"), inAnHour()); err == nil {
		t.Error("Save succeeded without an answer")
	}
	if _, err := s.Lock(t.Context(), entryName); err == nil {
		t.Error("Lock succeeded without an answer")
	}
	if took := time.Since(start); took > 2*bound+tolerance {
		t.Errorf("two calls took %v, want %v at most", took, 2*bound)
	}
}

func TestNetworkFaults(t *testing.T) {
	server := redistest.Start(t)
	tests := map[string]struct{ kind, attributes string }{
		"stalled":  {"timeout", `{"timeout": 0}`},
		"too slow": {"latency", `{"latency": 5000}`},
		"cut":      {"limit_data", `{"bytes": 1}`},
		"reset":    {"reset_peer", `{"timeout": 0}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metrics := toxiproxy.NewMetricsContainer(prometheus.NewRegistry())
			proxy := toxiproxy.NewProxy(toxiproxy.NewServer(metrics, zerolog.Nop()), "redis", "127.0.0.1:0", server.Addr)
			if err := proxy.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Stop)
			log := &eventLog{}
			s := newStore(t, redisstore.Config{
				URL: "redis://" + proxy.Listen, Prefix: strings.ReplaceAll(name, " ", "-") + ":", Timeout: bound, Notify: log.add,
			})
			eventually(t, "the store works", func() bool { return s.Save(t.Context(), entryName, []byte("entry"), inAnHour()) == nil })
			log.mu.Lock()
			log.kinds = nil
			log.mu.Unlock()
			toxic, err := json.Marshal(map[string]any{
				"name": "fault", "type": tt.kind, "stream": "downstream", "attributes": json.RawMessage(tt.attributes),
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(string(toxic))); err != nil {
				t.Fatal(err)
			}
			wantAwayForWrites(t, s)
			proxy.Toxics.ResetToxics(t.Context())
			wantBack(t, s, log)
		})
	}
}

// A server that refuses writes is there: what can be read is read.
func TestServerRefusesWrites(t *testing.T) {
	tests := map[string]func(t *testing.T, server *redistest.Server) (lift func()){
		"full": func(_ *testing.T, server *redistest.Server) func() {
			server.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
			server.Do("CONFIG", "SET", "maxmemory", "1")
			return func() { server.Do("CONFIG", "SET", "maxmemory", "0") }
		},
		"a replica": func(t *testing.T, server *redistest.Server) func() {
			primary := redistest.Start(t)
			primary.Do("SET", "imsx:{"+entryName+"}", "1|0|entry")
			server.Do("REPLICAOF", "127.0.0.1", primary.Port())
			eventually(t, "the replica has what the primary has", func() bool {
				return strings.Contains(server.Do("INFO", "replication"), "master_link_status:up")
			})
			return func() { server.Do("REPLICAOF", "NO", "ONE") }
		},
	}
	for name, refuse := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			log := &eventLog{}
			s := newStore(t, redisstore.Config{URL: server.URL(), Notify: log.add})
			save(t, s, "entry")
			lift := refuse(t, server)
			wantEntry(t, s, "entry")
			if err := s.Save(t.Context(), entryName, []byte("more"), inAnHour()); err == nil {
				t.Error("Save succeeded")
			}
			if _, err := s.Lock(t.Context(), entryName); err == nil {
				t.Error("Lock succeeded")
			}
			wantEntry(t, s, "entry")
			if got := log.text(); got != "" {
				t.Errorf("events %q, want none: the server can be reached", got)
			}
			lift()
			eventually(t, "writes work again", func() bool { return s.Save(t.Context(), entryName, []byte("more"), inAnHour()) == nil })
			wantEntry(t, s, "more")
		})
	}
}

func TestAnotherTypeUnderTheKey(t *testing.T) {
	server := redistest.Start(t)
	for name, write := range map[string]func(s *redisstore.Store) error{
		"Save": func(s *redisstore.Store) error { return s.Save(t.Context(), entryName, []byte("entry"), inAnHour()) },
		"SaveNewer": func(s *redisstore.Store) error {
			return s.SaveNewer(t.Context(), entryName, []byte("entry"), time.Now(), inAnHour())
		},
	} {
		t.Run(name, func(t *testing.T) {
			server.Do("DEL", "imsx:{"+entryName+"}", lockKey)
			server.Do("LPUSH", "imsx:{"+entryName+"}", "a list")
			s := newStore(t, redisstore.Config{URL: server.URL()})
			wantMiss(t, s)
			if err := write(s); err != nil {
				t.Fatal(err)
			}
			wantEntry(t, s, "entry")
		})
	}
}

func TestWrongPassword(t *testing.T) {
	const right, wrong = "the-right-password", "a-wrong-password"
	server := redistest.Start(t, "--requirepass", right)
	for name, cfg := range map[string]redisstore.Config{
		"wrong":           {Password: secret.New(wrong)},
		"none":            {},
		"an unknown user": {Username: "nobody", Password: secret.New(right)},
	} {
		t.Run(name, func(t *testing.T) {
			log := &eventLog{}
			cfg.URL, cfg.Timeout, cfg.Notify = server.URL(), bound, log.add
			wantAway(t, newStore(t, cfg))
			if got := log.text(); got != "away" || log.last == nil || strings.Contains(log.last.Error(), "password\"") ||
				strings.Contains(log.last.Error(), right) || strings.Contains(log.last.Error(), wrong) {
				t.Errorf("events %q with %v, want one that shows no password", got, log.last)
			}
		})
	}
	s := newStore(t, redisstore.Config{URL: server.URL(), Password: secret.New(right)})
	save(t, s, "entry")
	wantEntry(t, s, "entry")
}
