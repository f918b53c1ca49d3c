package ims

import (
	"maps"
	"runtime"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTableModel compares tables with maps, old versions included. The table is not visible outside.
func TestTableModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			table table[int, int]
			model map[int]int
		}
		versions := []version{{model: map[int]int{}}}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			from := versions[rapid.IntRange(0, len(versions)-1).Draw(t, "version")]
			key := rapid.IntRange(0, 600).Draw(t, "key")
			next := version{from.table, maps.Clone(from.model)}
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				next.table = next.table.without(key)
				delete(next.model, key)
			case 1:
				next.table = next.table.transform(func(v int) int { return v + 1 })
				for k := range next.model {
					next.model[k]++
				}
			default:
				next.table = next.table.with(key, key*2)
				next.model[key] = key * 2
			}
			versions = append(versions, next)
		}
		for _, v := range versions {
			if got := maps.Collect(v.table.all()); !maps.Equal(got, v.model) || v.table.size != len(v.model) {
				t.Fatalf("table %v of size %d, want %v", got, v.table.size, v.model)
			}
			for k, want := range v.model {
				if got, ok := v.table.get(k); !ok || got != want {
					t.Fatalf("get(%d) = %d, %v, want %d", k, got, ok, want)
				}
			}
		}
	})
}

// TestRevocationsAreBounded ends a million short-lived tokens. What is remembered is not visible outside.
func TestRevocationsAreBounded(t *testing.T) {
	t.Parallel()
	var v revocations
	now := time.Unix(1_700_000_000, 0)
	v.end("kept", now.AddDate(1, 0, 0), now)
	most := 0
	for i := range 1_000_000 {
		now = now.Add(time.Millisecond)
		v.end(now.String(), now.Add(time.Second), now)
		if i%1000 == 0 {
			most = max(most, v.len())
		}
	}
	if most > 8*1024 || !v.has("kept") {
		t.Errorf("%d were remembered at a time, kept %v", most, v.has("kept"))
	}
}

// TestMillionRevoked ends a million tokens that would have lived on.
func TestMillionRevoked(t *testing.T) {
	if testing.Short() {
		t.Skip("much memory")
	}
	held := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var v revocations
	before, now := held(), time.Unix(1_700_000_000, 0)
	for i := range 1_000_000 {
		v.end(strconv.Itoa(i), now.Add(24*time.Hour), now)
	}
	if used := held() - before; used > 128<<20 || v.len() != 1_000_000 {
		t.Errorf("%d tokens that were ended take %d MiB, want a million in less than 128", v.len(), used>>20)
	} else {
		t.Logf("a million tokens that were ended take %d MiB", used>>20)
	}
	if !v.has("0") || !v.has("999999") || v.has("1000000") {
		t.Error("some were forgotten, or others made up")
	}
}
