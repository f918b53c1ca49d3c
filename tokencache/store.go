package tokencache

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/imsx/imsx/internal/namelock"
)

// Store keeps opaque entries for everyone who shares it. Its methods may be called by many goroutines at once, and must
// return soon after ctx ends.
type Store interface {
	// Load returns the entry saved last under name. A miss is an error that wraps fs.ErrNotExist; a store may also
	// report a miss once the entry's expiry has passed. The caller owns the returned slice.
	Load(ctx context.Context, name string) ([]byte, error)
	// Save replaces the entry under name, whole or not at all. The store may drop it after expiry. It does not keep
	// the slice.
	Save(ctx context.Context, name string, entry []byte, expiry time.Time) error
	// Delete removes the entry under name. Deleting what is not there is no error.
	Delete(ctx context.Context, name string) error
	// Lock waits until the caller alone may refresh name, or ctx ends. The lock may be lost (the holder died, the
	// lease ran out): two refreshes are then possible, a broken entry is not. unlock may be called after ctx ended,
	// and more than once.
	Lock(ctx context.Context, name string) (unlock func(), err error)
}

// NewerSaver is implemented by a [Store] that can tell which of two entries was issued later. A [Source] then saves
// through it, so that one that lost the lock, or went on without it, cannot put an older token over a newer one.
type NewerSaver interface {
	// SaveNewer does what Save does, except that it does nothing, and returns nil, if the entry under name is live and was
	// issued later than issued. A zero issued is older than any other.
	SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error
}

// MemoryStore is a [Store] in the memory of one process: for sources that share tokens within it, and for tests. Entries
// that are over are removed in time, so that it holds no more than about twice the live ones, or a few dozen. The zero value
// is an empty store, ready to use. It must not be copied after first use.
type MemoryStore struct {
	mu      sync.Mutex
	entries map[string]memoryEntry
	sweepAt int // the number of entries at which those that are over are looked for
	locks   namelock.Set
}

type memoryEntry struct {
	data           []byte
	issued, expiry time.Time
}

var (
	_ Store      = (*MemoryStore)(nil)
	_ NewerSaver = (*MemoryStore)(nil)
)

// Load returns a copy of the entry under name, or an error that wraps fs.ErrNotExist.
func (m *MemoryStore) Load(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[name]
	if !ok || !time.Now().Before(e.expiry) {
		delete(m.entries, name)
		return nil, fmt.Errorf("no entry of this name: %w", fs.ErrNotExist)
	}
	return slices.Clone(e.data), nil
}

// Save replaces the entry under name.
func (m *MemoryStore) Save(ctx context.Context, name string, entry []byte, expiry time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(name, memoryEntry{data: slices.Clone(entry), expiry: expiry})
	return nil
}

// SaveNewer replaces the entry under name unless the one that is there was issued later.
func (m *MemoryStore) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if held, ok := m.entries[name]; ok && held.issued.After(issued) && time.Now().Before(held.expiry) {
		return nil
	}
	m.put(name, memoryEntry{data: slices.Clone(entry), issued: issued, expiry: expiry})
	return nil
}

// put is called with mu held. Each time the entries have doubled, those that are over are removed.
func (m *MemoryStore) put(name string, e memoryEntry) {
	if m.entries == nil {
		m.entries = make(map[string]memoryEntry)
	}
	m.entries[name] = e
	if len(m.entries) < m.sweepAt {
		return
	}
	now := time.Now()
	maps.DeleteFunc(m.entries, func(_ string, e memoryEntry) bool { return !now.Before(e.expiry) })
	m.sweepAt = max(minSweep, 2*len(m.entries))
}

// minSweep is the number of entries from which it is worth looking for those that are over.
const minSweep = 64

// Delete removes the entry under name.
func (m *MemoryStore) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, name)
	return nil
}

// Lock waits until the caller alone holds name, or ctx ends.
func (m *MemoryStore) Lock(ctx context.Context, name string) (unlock func(), err error) {
	return m.locks.Lock(ctx, name)
}
