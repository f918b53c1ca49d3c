package journal

import (
	"slices"
	"sync"

	"github.com/imsx/imsx/emulator/clock"
)

// defaultCapacity is how many entries are remembered if nothing is said.
const defaultCapacity = 10_000

// Journal is the emulator's memory of its requests. All methods are safe for concurrent use. Its goroutines are those of
// [Journal.Subscribe], which end with their contexts; it needs no closing.
type Journal struct {
	clock *clock.Clock

	mu      sync.Mutex
	ring    []*Entry // the entry with the id n is at n % len(ring); an entry is never changed
	first   int64    // the id of the oldest entry
	next    int64    // the id of the next entry
	cleared int64    // the id of the newest entry that was cleared
	wake    chan struct{}
	totals  map[totalKey]int
}

// New returns a journal that remembers the last capacity entries; 0 or less means 10,000. It takes the time from clk;
// nil means the machine's time.
func New(capacity int, clk *clock.Clock) *Journal {
	if capacity <= 0 {
		capacity = defaultCapacity
	}
	if clk == nil {
		clk = &clock.Clock{}
	}
	return &Journal{
		clock: clk, ring: make([]*Entry, capacity), first: 1, next: 1, totals: map[totalKey]int{},
	}
}

// Filter chooses entries. The zero value of a field chooses all.
type Filter struct {
	Service  string `json:"service,omitempty"`
	Route    string `json:"route,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Status   int    `json:"status,omitempty"`
	Code     string `json:"code,omitempty"`
	// Fault is the name of a played fault; "*" means any.
	Fault string `json:"fault,omitempty"`
	// Since chooses the entries with a greater id.
	Since int64 `json:"since,omitempty"`
	// Limit is the greatest number of entries, the newest ones. [Journal.Count] takes no notice of it.
	Limit int `json:"limit,omitempty"`
}

func (f Filter) matches(e *Entry) bool { return f.matchesKey(keyOf(e)) && e.ID > f.Since }

// add gives e its id and remembers it.
func (j *Journal) add(e *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.ID = j.next
	j.next++
	j.ring[e.ID%int64(len(j.ring))] = e
	j.first = max(j.first, j.next-int64(len(j.ring)))
	j.count(e)
	if j.wake != nil {
		close(j.wake)
		j.wake = nil
	}
}

// at returns the entry with an id that is remembered. The journal is locked.
func (j *Journal) at(id int64) *Entry { return j.ring[id%int64(len(j.ring))] }

// Get returns the entry with an id, if it is still remembered.
func (j *Journal) Get(id int64) (Entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if id < j.first || id >= j.next {
		return Entry{}, false
	}
	return j.at(id).clone(), true
}

// Query returns the remembered entries that f chooses, the newest last. They are copies.
func (j *Journal) Query(f Filter) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []Entry
	for id := j.next - 1; id >= max(j.first, f.Since+1); id-- {
		if e := j.at(id); f.matches(e) {
			found = append(found, e.clone())
		}
		if f.Limit > 0 && len(found) == f.Limit {
			break
		}
	}
	slices.Reverse(found)
	return found
}

// Clear forgets all entries and totals. Ids go on, so that no id ever names two entries.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.first, j.cleared = j.next, j.next-1
	clear(j.ring)
	clear(j.totals)
}

// Last returns the id of the newest entry, 0 before the first one.
func (j *Journal) Last() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.next - 1
}
