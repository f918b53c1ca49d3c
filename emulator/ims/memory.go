package ims

import (
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

// tokenKey is what an id is remembered by: a part of its hash, so that an id takes 16 bytes however long it is.
type tokenKey [16]byte

func keyOf(id string) tokenKey {
	sum := sha256.Sum256([]byte(id))
	return tokenKey(sum[:16])
}

// memory remembers values until they expire.
type memory[V any] struct {
	mu      sync.RWMutex
	entries map[tokenKey]V
	cleanAt int
}

// leastClean is how many entries there are before the first cleaning. After one, the next comes when there are twice as
// many as were left, so that cleaning costs little however many there are.
const leastClean = 1024

// add remembers v under id, and forgets what dead says has expired when there is much. It reports whether id was new.
func (m *memory[V]) add(id string, v V, dead func(V) bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[tokenKey]V{}
	}
	if len(m.entries) >= max(m.cleanAt, leastClean) {
		maps.DeleteFunc(m.entries, func(_ tokenKey, v V) bool { return dead(v) })
		m.cleanAt = 2 * len(m.entries)
	}
	key := keyOf(id)
	_, there := m.entries[key]
	m.entries[key] = v
	return !there
}

func (m *memory[V]) get(id string) (V, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok := m.entries[keyOf(id)]
	return v, ok
}

// take is get, and forgets id: of several calls one gets the value.
func (m *memory[V]) take(id string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := keyOf(id)
	v, ok := m.entries[key]
	delete(m.entries, key)
	return v, ok
}

func (m *memory[V]) len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.entries)
}

// clean forgets what dead says has expired.
func (m *memory[V]) clean(dead func(V) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.entries, func(_ tokenKey, v V) bool { return dead(v) })
}

func (m *memory[V]) snapshot() map[tokenKey]V {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return maps.Clone(m.entries)
}

func (m *memory[V]) restore(entries map[tokenKey]V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries, m.cleanAt = maps.Clone(entries), 0
}

// revocations remembers the ids of ended tokens and sessions until they would have expired, in milliseconds.
type revocations struct{ memory[int64] }

// end remembers id. It reports whether it was not ended before.
func (v *revocations) end(id string, expiry, now time.Time) bool {
	ms := now.UnixMilli()
	return v.add(id, expiry.UnixMilli(), func(e int64) bool { return e < ms })
}

func (v *revocations) has(id string) bool {
	_, ok := v.get(id)
	return ok
}
