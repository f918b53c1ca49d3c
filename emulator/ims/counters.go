package ims

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Counters is how often what was asked, since the server was made. It is a copy.
type Counters struct {
	// Clients has an entry for each client that was added, also without any request.
	Clients map[string]ClientCounters
	// Refused is the number of requests to the token endpoints that named no client of this server.
	Refused int64
	// Issued is the number of access tokens issued in any way.
	Issued int64
}

// ClientCounters is the part of [Counters] about one client.
type ClientCounters struct {
	// Exchanges and ClientCredentials are tokens given by the two grants.
	Exchanges, ClientCredentials int64
	// Refused is the number of token requests that got an error answer other than 429, Throttled those with 429.
	Refused, Throttled int64
}

// Tokens returns how many tokens the client got by either grant.
func (c ClientCounters) Tokens() int64 { return c.Exchanges + c.ClientCredentials }

type tally struct {
	exchanges, clientCredentials, refused, throttled atomic.Int64
}

type counters struct {
	refused, issued atomic.Int64
}

// Counters returns the counters as they are now. Requests under way may be in one number and not yet in another.
func (s *Server) Counters() Counters {
	r := s.current.Load()
	out := Counters{
		Clients: make(map[string]ClientCounters, len(r.clients)),
		Refused: s.counters.refused.Load(),
		Issued:  s.counters.issued.Load(),
	}
	for id, c := range r.clients {
		out.Clients[id] = ClientCounters{
			Exchanges: c.tally.exchanges.Load(), ClientCredentials: c.tally.clientCredentials.Load(),
			Refused: c.tally.refused.Load(), Throttled: c.tally.throttled.Load(),
		}
	}
	return out
}

// revocations remembers the ids of invalidated tokens until they would have expired.
type revocations struct {
	mu      sync.RWMutex
	expiry  map[string]time.Time
	cleanAt int
}

func (v *revocations) add(id string, expiry time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.expiry == nil {
		v.expiry = map[string]time.Time{}
	}
	if len(v.expiry) >= v.cleanAt {
		now := time.Now()
		maps.DeleteFunc(v.expiry, func(_ string, e time.Time) bool { return now.After(e) })
		v.cleanAt = max(1024, 2*len(v.expiry))
	}
	v.expiry[id] = expiry
}

func (v *revocations) has(id string) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	_, ok := v.expiry[id]
	return ok
}
