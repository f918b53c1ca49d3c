package ims

import (
	"hash/maphash"
	"iter"
	"maps"
)

// table is an immutable map: with and without return a changed copy and leave the old one as it was. A copy shares all
// but one of the shards with its origin, so a change costs little however many entries there are. The zero value is
// empty.
type table[K comparable, V any] struct {
	shards *[shards]map[K]V
	size   int
}

const shards = 256

var seed = maphash.MakeSeed()

func shard[K comparable](key K) int { return int(maphash.Comparable(seed, key) % shards) }

func (t table[K, V]) get(key K) (V, bool) {
	if t.shards == nil {
		var none V
		return none, false
	}
	v, ok := t.shards[shard(key)][key]
	return v, ok
}

func (t table[K, V]) with(key K, value V) table[K, V] {
	next, changed := t.copyFor(key)
	if _, there := changed[key]; !there {
		next.size++
	}
	changed[key] = value
	return next
}

func (t table[K, V]) without(key K) table[K, V] {
	if _, there := t.get(key); !there {
		return t
	}
	next, changed := t.copyFor(key)
	delete(changed, key)
	next.size--
	return next
}

// copyFor returns a copy of t in which the shard of key, which is returned too, belongs to the copy alone.
func (t table[K, V]) copyFor(key K) (table[K, V], map[K]V) {
	next := table[K, V]{shards: &[shards]map[K]V{}, size: t.size}
	if t.shards != nil {
		*next.shards = *t.shards
	}
	i := shard(key)
	changed := maps.Clone(next.shards[i])
	if changed == nil {
		changed = map[K]V{}
	}
	next.shards[i] = changed
	return next, changed
}

// all iterates over the entries in no particular order.
func (t table[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if t.shards == nil {
			return
		}
		for _, m := range t.shards {
			for k, v := range m {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// transform returns a table with the same keys and each value replaced by f of it.
func (t table[K, V]) transform(f func(V) V) table[K, V] {
	if t.shards == nil {
		return t
	}
	next := table[K, V]{shards: &[shards]map[K]V{}, size: t.size}
	for i, m := range t.shards {
		if len(m) == 0 {
			continue
		}
		changed := make(map[K]V, len(m))
		for k, v := range m {
			changed[k] = f(v)
		}
		next.shards[i] = changed
	}
	return next
}
