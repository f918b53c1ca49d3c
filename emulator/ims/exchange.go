package ims

import (
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// The grant types. The exchange of an assertion has no field grant_type; its name here is RFC 7523's.
const (
	grantExchange          = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantClientCredentials = "client_credentials"
	grantAuthorizationCode = "authorization_code"
	grantRefreshToken      = "refresh_token"
	grantCluster           = "cluster_at_exchange"
	grantTokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// fields reads the fields of a request.
func (c *call) fields() (form, *failure) {
	f, bad := readForm(c.w, c.r)
	if bad != nil {
		return nil, c.refuse("request", bad, "")
	}
	if c.record != nil {
		c.tellFields(f)
	}
	return f, nil
}

// identify finds the client of a request to a token endpoint and checks that it is not throttled.
func (c *call) identify(id string) (*client, *failure) {
	c.client = id
	cl, ok := c.state.clients.get(id)
	if !ok {
		c.counters.refused.Add(1)
		return nil, c.refuse("client", errUnknownClient, "no client has this client_id")
	}
	c.record.Pass("client", "")
	if f := c.throttled(cl); f != nil {
		cl.tally.throttled.Add(1)
		return nil, c.refuse("throttle", f, "retry after "+f.retryAfter.String())
	}
	return cl, nil
}

func (c *call) throttled(cl *client) *failure {
	if cl.throttle > 0 {
		return throttled(cl.throttle)
	}
	rate := cl.rate
	if !rate.on() {
		rate = c.settings.Load().rate
	}
	if !rate.on() {
		return nil
	}
	if wait, ok := cl.bucket.take(rate, c.now()); !ok {
		return throttled(wait)
	}
	c.record.Pass("throttle", "")
	return nil
}

// authenticate is identify, and checks the client's secret. The failure for a wrong secret differs between the
// endpoints.
func (c *call) authenticate(f form, grantType string, wrongSecret *failure) (*client, *failure) {
	id, secrets := clientAuth(c.r, f)
	cl, bad := c.identify(id)
	if bad != nil {
		return nil, bad
	}
	return cl, c.checkSecret(cl, secrets, grantType, wrongSecret)
}

func (c *call) checkSecret(cl *client, secrets []string, grantType string, wrongSecret *failure) *failure {
	match := cl.secret(secrets)
	if match == nil {
		detail := "it is none of the client's secrets"
		switch {
		case len(cl.secrets) == 0:
			detail = "the client has no secret"
		case len(secrets) == 0:
			detail = "the request has no client_secret"
		}
		return cl.refuse(c.refuse("client secret", wrongSecret, detail))
	}
	match.usage.of(grantType).Store(c.now().UnixMilli())
	c.record.Pass("client secret", "")
	return nil
}

// secret returns the client's secret that one of the texts is, nil if none is.
func (c *client) secret(texts []string) *clientSecret {
	var match *clientSecret
	for _, text := range texts {
		for i := range c.secrets {
			if c.secrets[i].text.Equal(secret.New(text)) && text != "" {
				match = &c.secrets[i]
			}
		}
	}
	return match
}

// refuse counts a failure of the client's and returns it.
func (c *client) refuse(f *failure) *failure {
	c.tally.refused.Add(1)
	return f
}

// exchange serves /ims/exchange/jwt. Its checks run in a fixed order, and the first that fails is the answer. Adobe
// documents the errors but not the order.
func (c *call) exchange() *failure {
	f, bad := c.fields()
	if bad != nil {
		return bad
	}
	wrongSecret := errWrongSecretExchange
	if c.Strict().ExchangeSecret400 {
		wrongSecret = errWrongSecret
	}
	cl, bad := c.authenticate(f, grantExchange, wrongSecret)
	if bad != nil {
		return bad
	}
	switch {
	case cl.migrated:
		return cl.refuse(c.refuse("grant", errMigrated, "the client has been migrated to OAuth server-to-server"))
	case !cl.ExchangeJWT:
		return cl.refuse(c.refuse("grant", errNoExchange, ""))
	}
	c.record.Pass("grant", "")
	now := c.now()
	a, bad := c.judge(now).assertion(cl, f.get("jwt_token"), true)
	if a != nil {
		c.record.Account(short(a.subject))
	}
	if bad != nil {
		return cl.refuse(bad)
	}
	t, err := c.newToken(grant{client: cl.ID, organization: a.issuer, account: a.subject, scopes: cl.Scopes}, now)
	if err != nil {
		return cl.refuse(errInternal)
	}
	cl.tally.exchanges.Add(1)
	return c.answer(t.exchangeAnswer(c.shape, c.now()))
}

func (c *call) judge(now time.Time) judge {
	return judge{state: c.state, trail: c.record, strict: c.Strict(), host: plainHost(c.r.Host, c.r.TLS != nil), now: now}
}

// trail is told which checks were passed and failed. It is a *journal.Record or an [Explanation] in the making.
type trail interface {
	Pass(check, detail string)
	Fail(check, detail string)
}

// judge checks assertions.
type judge struct {
	state  *registry
	trail  trail
	strict Strict
	host   string // the one that the request used
	now    time.Time
}

// told reports a check: passed, or failed with f and why. It returns f.
func (j judge) told(check string, f *failure, why string) *failure {
	switch {
	case f == nil:
		j.trail.Pass(check, "")
	case why == "":
		j.trail.Fail(check, f.description)
	default:
		j.trail.Fail(check, why)
	}
	return f
}

// assertion checks everything about an assertion presented by cl; with use its "jti" is used up. The assertion is
// returned, too, if it could be decoded and its claims have the right form.
func (j judge) assertion(cl *client, text string, use bool) (*assertion, *failure) {
	a, f := decodeAssertion(text)
	if j.told("assertion decodes", f, whyUndecodable(text)) != nil {
		return nil, f
	}
	if f := a.readClaims(j); f != nil {
		return nil, f
	}
	if f := j.audience(a, cl.ID); f != nil {
		return a, f
	}
	b, ok := j.state.bindings.get(bindingKey{a.issuer, a.subject, cl.ID})
	if !ok {
		return a, j.told("binding", errNoBinding, "no binding ties this iss and sub to the client")
	}
	j.trail.Pass("binding", "")
	if f := j.signature(a, b); f != nil {
		return a, f
	}
	if f := j.id(a, b); f != nil {
		return a, f
	}
	if f := j.metascopes(a, b, cl); f != nil {
		return a, f
	}
	if use {
		if f := b.useID(a); f != nil {
			return a, j.told("jti", f, "")
		}
	}
	return a, nil
}

// audience checks that "aud" is {origin of this server}/c/{client_id}.
func (j judge) audience(a *assertion, clientID string) *failure {
	host, path, ok := splitURL(a.audience)
	if !ok || !j.knownHost(host) {
		return j.told("audience", errAudienceHost, "")
	}
	named, ok := strings.CutPrefix(path, "/c/")
	if _, exists := j.state.clients.get(named); !ok || !exists {
		return j.told("audience", errAudienceUnknown, "")
	}
	if named != clientID {
		return j.told("audience", errAudienceOther, "")
	}
	return j.told("audience", nil, "")
}

// knownHost reports whether host names this server: by a registered name, or by the one that the request used.
func (j judge) knownHost(host string) bool { return j.state.hosts[host] || host == j.host }

// id checks "jti" where the binding demands it, without using it up.
func (j judge) id(a *assertion, b *binding) *failure {
	switch {
	case !b.jtiRequired:
		return nil
	case !a.hasID:
		return j.told("jti", errNoID, "")
	case a.id <= b.lastJTI.Load():
		return j.told("jti", errReplayed, "")
	}
	return j.told("jti", nil, "")
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

func (j judge) metascopes(a *assertion, b *binding, cl *client) *failure {
	names := a.metascopes(j.knownHost)
	if len(names) == 0 {
		return j.told("metascopes", errNoMetascope, "")
	}
	for _, step := range []struct {
		in map[string]bool
		f  *failure
	}{{j.state.metascopes, errUnknownMetascope}, {b.metascopes, errMetascopeBinding}, {cl.metascopes, errMetascopeClient}} {
		for _, name := range names {
			if !step.in[name] {
				return j.told("metascopes", step.f, short(name)+" is not among them")
			}
		}
	}
	return j.told("metascopes", nil, "")
}

func subset(names []string, of map[string]bool) bool {
	for _, name := range names {
		if !of[name] {
			return false
		}
	}
	return true
}
