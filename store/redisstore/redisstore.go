// Package redisstore keeps entries in Redis or Valkey, for all machines that use the same server. It deals in opaque
// bytes, and makes a [github.com/imsx/imsx/tokencache.Store] without importing it.
//
//	store, err := redisstore.New(redisstore.Config{URL: "rediss://cache.example:6379"})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	src, err := imsx.New(imsx.Config{Credentials: c, Store: store})
//
// # Reading
//
// Entries that were read are kept in the client's memory for as long as the server announces changes (client-side
// caching, Redis 6 and later), so that reading one again costs no round trip, and a foreign write or delete is seen at
// once.
//
// # Locks
//
// A lock is a lease: a key that ends by itself unless its holder renews it. A holder that died delays the others by the
// rest of its lease. A holder that lost its lease, because it or the network stood still, cannot put an older entry over a
// newer one: [Store.SaveNewer] compares the times of issue on the server.
//
// # When the server is away
//
// No call waits for the server longer than [Config.Timeout], except for a lock that somebody holds. After a failure to
// reach it, calls fail at once for a second; then one of them tries again. [Config.Notify] is told once when it goes away
// and once when it is back.
//
// # What the server sees
//
// Names and bytes of entries, sizes, and times of issue and expiry. The password is sent to the server alone, and no error
// shows it.
package redisstore

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/imsx/imsx/internal/namelock"
)

// Store keeps entries on a server. Its methods are safe for concurrent use. It connects when it is first used. Make one
// with [New] and close it.
type Store struct {
	link   *link
	prefix string
	lease  time.Duration
	notify func(Event)
	local  namelock.Set // so that one of this process at a time asks the server for a lock

	mu      sync.Mutex
	held    map[string]bool      // names whose lock this store holds
	written map[string]time.Time // when this store changed an entry, for a while
}

// New returns a store for cfg. It connects to nobody. The error is about cfg, and shows no password.
func New(cfg Config) (*Store, error) {
	opt, err := cfg.options()
	if err != nil {
		return nil, fmt.Errorf("redisstore: %w", err)
	}
	return &Store{
		link: newLink(opt, cfg), prefix: cfg.prefix(), lease: cfg.lease(), notify: cfg.notify,
		held: map[string]bool{}, written: map[string]time.Time{},
	}, nil
}

// Close ends the connections. Calls after it fail; locks that are held end with their leases.
func (s *Store) Close() error {
	s.link.close()
	return nil
}

// The braces make a cluster keep an entry and its lock together.
func (s *Store) entryKey(name string) string { return s.prefix + "{" + name + "}" }
func (s *Store) lockKey(name string) string  { return s.prefix + "{" + name + "}:lock" }

// localCopy is how long an entry is kept in the client's memory without the server having announced a change.
const localCopy = 10 * time.Minute

// Load returns the entry saved last under name. A miss wraps [fs.ErrNotExist]; what stands under the key and is no entry
// is one, too. The caller owns the slice.
func (s *Store) Load(ctx context.Context, name string) ([]byte, error) {
	var value string
	found := true
	err := s.link.do(ctx, "load", func(ctx context.Context, c rueidis.Client) error {
		get := c.B().Get().Key(s.entryKey(name))
		var result rueidis.RedisResult
		if s.unsettled(name) {
			result = c.Do(ctx, get.Build())
		} else {
			result = c.DoCache(ctx, get.Cache(), localCopy)
		}
		var err error
		value, err = result.ToString()
		if rueidis.IsRedisNil(err) || hasPrefix(err, "WRONGTYPE") {
			found = false
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	entry, ok := decode(value)
	if !found || !ok {
		return nil, fmt.Errorf("no entry of this name: %w", fs.ErrNotExist)
	}
	return entry, nil
}

// Save replaces the entry under name. The server drops it at its expiry. An entry past its expiry is not saved.
func (s *Store) Save(ctx context.Context, name string, entry []byte, expiry time.Time) error {
	life := time.Until(expiry)
	if life <= 0 {
		return s.Delete(ctx, name)
	}
	return s.change(ctx, "save", name, func(ctx context.Context, c rueidis.Client) error {
		value := encode(entry, time.Time{})
		return c.Do(ctx, c.B().Set().Key(s.entryKey(name)).Value(value).PxMilliseconds(millis(life)).Build()).Error()
	})
}

// SaveNewer replaces the entry under name, unless the one that is there was issued later. Then it does nothing and
// returns nil. A zero issued is older than any other.
func (s *Store) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	life := time.Until(expiry)
	if life <= 0 {
		return nil
	}
	return s.change(ctx, "save", name, func(ctx context.Context, c rueidis.Client) error {
		return saveNewer.Exec(ctx, c, []string{s.entryKey(name)}, []string{
			encode(entry, issued), strconv.FormatInt(issuedMillis(issued), 10), strconv.FormatInt(millis(life), 10),
		}).Error()
	})
}

// millis is at least one: the server takes no zero.
func millis(d time.Duration) int64 { return max(1, d.Milliseconds()) }

// Delete removes the entry under name. Deleting what is not there is no error.
func (s *Store) Delete(ctx context.Context, name string) error {
	return s.change(ctx, "delete", name, func(ctx context.Context, c rueidis.Client) error {
		return c.Do(ctx, c.B().Del().Key(s.entryKey(name)).Build()).Error()
	})
}

const (
	// settling is how long the announcement of a change may be on its way.
	settling = time.Second
	// maxWritten is how many changes are remembered before those that have settled are forgotten.
	maxWritten = 1000
)

// unsettled reports whether the local copy of an entry may be older than what this store has written, or than what the
// holder before it wrote under the lock.
func (s *Store) unsettled(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, wrote := s.written[name]
	if wrote && time.Since(at) > settling {
		delete(s.written, name)
		wrote = false
	}
	return wrote || s.held[name]
}

// change runs an exchange that changes an entry.
func (s *Store) change(ctx context.Context, op, name string, f func(context.Context, rueidis.Client) error) error {
	err := s.link.do(ctx, op, f)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if len(s.written) >= maxWritten {
		maps.DeleteFunc(s.written, func(_ string, at time.Time) bool { return now.Sub(at) > settling })
	}
	s.written[name] = now // also after a failure, of which nobody knows how far it got
	return err
}

func (s *Store) setHeld(name string, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held {
		s.held[name] = true
	} else {
		delete(s.held, name)
	}
}
