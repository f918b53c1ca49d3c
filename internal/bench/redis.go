package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/store/redisstore"
)

// redisStore compares reading an entry that the client holds with reading a map and with asking the server.
func redisStore(ctx context.Context, a *adobe, e effort) ([]row, error) {
	const what = "warm read of the store in Redis"
	if _, err := exec.LookPath("redis-server"); err != nil {
		missing := "redis-server is not on this machine"
		return []row{
			{What: what, Against: "a map behind a lock", LeftOut: missing}, {What: what, Against: "a round trip", LeftOut: missing},
		}, nil
	}
	url, stop, err := startRedis(ctx, a.dir)
	if err != nil {
		return nil, err
	}
	defer stop()
	// The one that saved an entry asks the server for a while what became of it; the others hold what they read.
	saver, err := openRedis(ctx, url)
	if err != nil {
		return nil, err
	}
	defer saver.Close()
	warm, err := redisstore.New(redisstore.Config{URL: url})
	if err != nil {
		return nil, err
	}
	defer warm.Close()
	asking, err := redisstore.New(redisstore.Config{URL: url + "?client_cache=0"})
	if err != nil {
		return nil, err
	}
	defer asking.Close()
	var held lockedMap
	held.save(entryNumber(0), make([]byte, entrySize))
	near, err := compare(e, loading(ctx, warm.Load), loading(ctx, held.load))
	if err != nil {
		return nil, err
	}
	far, err := compare(e, loading(ctx, warm.Load), loading(ctx, asking.Load))
	if err != nil {
		return nil, err
	}
	return []row{
		{
			What: what, Against: "a map behind a lock", Unit: "µs", Measured: near.measured / 1e3,
			Reference: near.reference / 1e3, Ratio: near.ratio,
		},
		row{
			What: what, Against: "a round trip", Unit: "µs", Measured: far.measured / 1e3, Reference: far.reference / 1e3,
			Ratio: far.ratio,
		}.atMost(0.2),
	}, nil
}

// loading reads the first entry again and again.
func loading(ctx context.Context, load func(context.Context, string) ([]byte, error)) func(*testing.B) {
	return func(b *testing.B) {
		name := entryNumber(0)
		for b.Loop() {
			if entry, err := load(ctx, name); err != nil || len(entry) != entrySize {
				b.Fatal("no entry: ", err)
			}
		}
	}
}

// lockedMap is the least that a store in memory can be.
type lockedMap struct {
	mu      sync.Mutex
	entries map[string][]byte
}

func (m *lockedMap) save(name string, entry []byte) { m.entries = map[string][]byte{name: entry} }

func (m *lockedMap) load(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.entries[name]), nil
}

// openRedis returns a store whose first entry is there.
func openRedis(ctx context.Context, url string) (*redisstore.Store, error) {
	s, err := redisstore.New(redisstore.Config{URL: url})
	if err != nil {
		return nil, err
	}
	if err := s.Save(ctx, entryNumber(0), make([]byte, entrySize), time.Now().Add(24*time.Hour)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// startRedis starts a server on a socket in dir, and returns its URL and what ends it.
func startRedis(ctx context.Context, dir string) (url string, stop func(), err error) {
	socket := filepath.Join(dir, "redis.sock")
	cmd := exec.CommandContext(ctx, "redis-server", "--port", "0", "--unixsocket", socket, "--unixsocketperm", "600",
		"--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no")
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	url = "unix://" + filepath.ToSlash(socket)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var s *redisstore.Store
		if s, err = openRedis(ctx, url); err == nil {
			return url, stop, s.Close()
		}
	}
	stop()
	return "", nil, fmt.Errorf("redis-server does not answer: %w", err)
}
