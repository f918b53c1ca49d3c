package journal

import (
	"cmp"
	"slices"
	"strings"
)

// maxTotals bounds the kinds of requests that are counted one by one. Those beyond are counted without their client.
const maxTotals = 100_000

// totalKey is what requests are counted by.
type totalKey struct {
	service, route, client, code, fault string
	status                              int
}

// clone returns a key that does not keep the texts of its entry alive.
func (k totalKey) clone() totalKey {
	for _, s := range [...]*string{&k.service, &k.route, &k.client, &k.code, &k.fault} {
		*s = strings.Clone(*s)
	}
	return k
}

func keyOf(e *Entry) totalKey {
	return totalKey{
		service: e.Service, route: e.Route, client: e.ClientID, code: e.Code, fault: e.Fault, status: e.Status,
	}
}

func (f Filter) matchesKey(k totalKey) bool {
	return (f.Service == "" || f.Service == k.service) && (f.Route == "" || f.Route == k.route) &&
		(f.ClientID == "" || f.ClientID == k.client) && (f.Status == 0 || f.Status == k.status) &&
		(f.Code == "" || f.Code == k.code) && (f.Fault == "" || f.Fault == k.fault || f.Fault == "*" && k.fault != "")
}

// count adds e to the totals. The journal is locked.
func (j *Journal) count(e *Entry) {
	key := keyOf(e)
	if n, known := j.totals[key]; known {
		j.totals[key] = n + 1
		return
	}
	if len(j.totals) >= maxTotals {
		key.client = ""
	}
	j.totals[key.clone()]++
}

// Count returns how many requests f chooses since the journal was made or cleared, also those whose entries have
// fallen out. With [Filter.Since] it counts only the remembered ones. Once there were 100,000 different combinations of
// client, route and outcome, new ones are counted without their client.
func (j *Journal) Count(f Filter) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	if f.Since > 0 {
		for id := max(j.first, f.Since+1); id < j.next; id++ {
			if f.matches(j.at(id)) {
				n++
			}
		}
		return n
	}
	for key, count := range j.totals {
		if f.matchesKey(key) {
			n += count
		}
	}
	return n
}

// Total is how often requests of one kind came.
type Total struct {
	Service  string `json:"service"`
	Route    string `json:"route,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Status   int    `json:"status"`
	Code     string `json:"code,omitempty"`
	Fault    string `json:"fault,omitempty"`
	Count    int    `json:"count"`
}

// Totals returns how often each kind of request that f chooses came, in a fixed order. [Filter.Since] and
// [Filter.Limit] have no effect.
func (j *Journal) Totals(f Filter) []Total {
	j.mu.Lock()
	var all []Total
	for k, n := range j.totals {
		if f.matchesKey(k) {
			all = append(all, Total{k.service, k.route, k.client, k.status, k.code, k.fault, n})
		}
	}
	j.mu.Unlock()
	slices.SortFunc(all, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Route, b.Route), cmp.Compare(a.ClientID, b.ClientID),
			cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Fault, b.Fault))
	})
	return all
}
