package ims

import (
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// authenticate finds the client of a request to a token endpoint and checks its secret and that it is not throttled.
// The failure for a wrong secret differs between the endpoints.
func (c *call) authenticate(f form, wrongSecret *failure) (*client, *failure) {
	id, secrets := clientAuth(c.r, f)
	c.client = id
	cl, ok := c.state.clients[id]
	if !ok {
		c.counters.refused.Add(1)
		return nil, errUnknownClient
	}
	if cl.throttle > 0 {
		cl.tally.throttled.Add(1)
		return nil, throttled(cl.throttle)
	}
	if !cl.accepts(secrets) {
		return nil, cl.refuse(wrongSecret)
	}
	return cl, nil
}

// accepts reports whether one of the texts is one of the client's secrets.
func (c *client) accepts(texts []string) bool {
	ok := false
	for _, text := range texts {
		for _, s := range c.Secrets {
			if s.Equal(secret.New(text)) && text != "" {
				ok = true
			}
		}
	}
	return ok
}

// refuse counts a failure of the client's and returns it.
func (c *client) refuse(f *failure) *failure {
	c.tally.refused.Add(1)
	return f
}

// exchange serves /ims/exchange/jwt. Its checks run in a fixed order, and the first that fails is the answer. Adobe
// documents the errors but not the order.
func (c *call) exchange() *failure {
	f, bad := readForm(c.w, c.r)
	if bad != nil {
		return bad
	}
	cl, bad := c.authenticate(f, errWrongSecretExchange)
	if bad != nil {
		return bad
	}
	switch {
	case cl.migrated:
		return cl.refuse(errMigrated)
	case !cl.ExchangeJWT:
		return cl.refuse(errNoExchange)
	}
	now := time.Now()
	a, bad := c.checkAssertion(cl, f.get("jwt_token"), now)
	if bad != nil {
		return cl.refuse(bad)
	}
	t, err := c.issue(grant{client: cl.ID, organization: a.issuer, account: a.subject, scopes: cl.Scopes}, now)
	if err != nil {
		return cl.refuse(errInternal)
	}
	cl.tally.exchanges.Add(1)
	return c.answer(t.exchangeAnswer())
}

// checkAssertion checks everything about an assertion presented by cl.
func (c *call) checkAssertion(cl *client, text string, now time.Time) (*assertion, *failure) {
	a, f := decodeAssertion(text)
	if f != nil {
		return nil, f
	}
	if f := a.readClaims(now); f != nil {
		return nil, f
	}
	if f := c.checkAudience(a, cl.ID); f != nil {
		return nil, f
	}
	b, ok := c.state.bindings[bindingKey{a.issuer, a.subject, cl.ID}]
	if !ok {
		return nil, errNoBinding
	}
	if f := a.verify(b.certificates, now); f != nil {
		return nil, f
	}
	if f := b.checkID(a); f != nil {
		return nil, f
	}
	if f := c.checkMetascopes(a, b, cl); f != nil {
		return nil, f
	}
	return a, b.useID(a)
}

// checkAudience checks that "aud" is {origin of this server}/c/{client_id}.
func (c *call) checkAudience(a *assertion, clientID string) *failure {
	host, path, ok := splitURL(a.audience)
	if !ok || !c.knownHost(host) {
		return errAudienceHost
	}
	named, ok := strings.CutPrefix(path, "/c/")
	if _, exists := c.state.clients[named]; !ok || !exists {
		return errAudienceUnknown
	}
	if named != clientID {
		return errAudienceOther
	}
	return nil
}

// knownHost reports whether host names this server: by a registered name, or by the one that the request used.
func (c *call) knownHost(host string) bool {
	return c.state.hosts[host] || host == plainHost(c.r.Host, c.r.TLS != nil)
}

// checkID checks "jti" where the binding demands it, without using it up.
func (b *binding) checkID(a *assertion) *failure {
	switch {
	case !b.jtiRequired:
		return nil
	case !a.hasID:
		return errNoID
	case a.id <= b.lastJTI.Load():
		return errReplayed
	}
	return nil
}

// useID makes the assertion's "jti" the greatest used one. Of two requests with the same "jti" one is refused. It runs
// after all other checks, so that a refused assertion does not use up its id.
func (b *binding) useID(a *assertion) *failure {
	for b.jtiRequired {
		last := b.lastJTI.Load()
		if a.id <= last {
			return errReplayed
		}
		if b.lastJTI.CompareAndSwap(last, a.id) {
			break
		}
	}
	return nil
}

func (c *call) checkMetascopes(a *assertion, b *binding, cl *client) *failure {
	names := a.metascopes(c.knownHost)
	if len(names) == 0 {
		return errNoMetascope
	}
	switch {
	case !subset(names, c.state.metascopes):
		return errUnknownMetascope
	case !subset(names, b.metascopes):
		return errMetascopeBinding
	case !subset(names, cl.metascopes):
		return errMetascopeClient
	}
	return nil
}

func subset(names []string, of map[string]bool) bool {
	for _, name := range names {
		if !of[name] {
			return false
		}
	}
	return true
}
