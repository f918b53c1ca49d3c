package ims

import (
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
	// Exchanges and ClientCredentials are tokens given by the two grants of services.
	Exchanges, ClientCredentials int64
	// AuthorizationCode, Refresh and TokenExchange are tokens given by the grants that act for users: by a code or
	// straight from the sign-in, by a refresh token, for another access token.
	AuthorizationCode, Refresh, TokenExchange int64
	// Refused is the number of token requests that got an error answer other than 429, Throttled those with 429.
	Refused, Throttled int64
}

// Tokens returns how many access tokens the client got by any grant.
func (c ClientCounters) Tokens() int64 {
	return c.Exchanges + c.ClientCredentials + c.AuthorizationCode + c.Refresh + c.TokenExchange
}

type tally struct {
	exchanges, clientCredentials, authorizationCode, refresh, tokenExchange atomic.Int64
	refused, throttled                                                      atomic.Int64
}

type counters struct {
	refused, issued atomic.Int64
}

// Counters returns the counters as they are now. Requests under way may be in one number and not yet in another.
func (s *Server) Counters() Counters {
	r := s.current.Load()
	out := Counters{
		Clients: make(map[string]ClientCounters, r.clients.size),
		Refused: s.counters.refused.Load(),
		Issued:  s.counters.issued.Load(),
	}
	for id, c := range r.clients.all() {
		out.Clients[id] = ClientCounters{
			Exchanges: c.tally.exchanges.Load(), ClientCredentials: c.tally.clientCredentials.Load(),
			AuthorizationCode: c.tally.authorizationCode.Load(), Refresh: c.tally.refresh.Load(),
			TokenExchange: c.tally.tokenExchange.Load(),
			Refused:       c.tally.refused.Load(), Throttled: c.tally.throttled.Load(),
		}
	}
	return out
}

func (t *tally) copy() *tally {
	out := &tally{}
	out.exchanges.Store(t.exchanges.Load())
	out.clientCredentials.Store(t.clientCredentials.Load())
	out.authorizationCode.Store(t.authorizationCode.Load())
	out.refresh.Store(t.refresh.Load())
	out.tokenExchange.Store(t.tokenExchange.Load())
	out.refused.Store(t.refused.Load())
	out.throttled.Store(t.throttled.Load())
	return out
}

// usage is when a client secret was last used, in milliseconds, by grant type.
type usage struct {
	exchange, clientCredentials, authorizationCode, refresh, other atomic.Int64
}

func (u *usage) of(grantType string) *atomic.Int64 {
	switch grantType {
	case grantExchange:
		return &u.exchange
	case grantClientCredentials:
		return &u.clientCredentials
	case grantAuthorizationCode:
		return &u.authorizationCode
	case grantRefreshToken:
		return &u.refresh
	default:
		return &u.other
	}
}

// usageTypes are the names under which uses are told, in their order. The last stands for all other grants.
var usageTypes = []string{
	grantExchange, grantClientCredentials, grantAuthorizationCode, grantRefreshToken, grantTokenExchange,
}

// times returns the moments of use by grant type.
func (u *usage) times() map[string]time.Time {
	times := map[string]time.Time{}
	for _, t := range usageTypes {
		if ms := u.of(t).Load(); ms != 0 {
			times[t] = time.UnixMilli(ms)
		}
	}
	return times
}

func (u *usage) copy() *usage {
	out := &usage{}
	for _, t := range usageTypes {
		out.of(t).Store(u.of(t).Load())
	}
	return out
}
