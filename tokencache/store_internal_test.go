package tokencache

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Internal, because a store does not tell how many entries it holds.
func TestMemoryStoreIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m MemoryStore
		const kept, passing = 100, 10_000
		most := 0
		save := func(name string, life time.Duration) {
			t.Helper()
			if err := m.Save(t.Context(), name, nil, time.Now().Add(life)); err != nil {
				t.Fatal(err)
			}
			most = max(most, len(m.entries))
		}
		for i := range kept {
			save(fmt.Sprintf("kept-%d", i), time.Hour)
		}
		for i := range passing {
			save(fmt.Sprintf("passing-%d", i), time.Millisecond)
			time.Sleep(time.Millisecond)
		}
		if most > 2*kept+minSweep {
			t.Errorf("the store held %d entries, of which %d were live", most, kept+1)
		}
		for i := range kept {
			if _, err := m.Load(t.Context(), fmt.Sprintf("kept-%d", i)); err != nil {
				t.Fatalf("a live entry is gone: %v", err)
			}
		}
	})
}
