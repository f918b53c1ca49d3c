package ims

import (
	"cmp"
	"slices"
	"time"
)

// accessTokenType names access tokens in a token exchange (RFC 8693, section 3).
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token"

// onBehalfOf is the token exchange of RFC 8693: the client gets a token for the user of another client's token.
func (c *call) onBehalfOf(cl *client, f form, now time.Time) ([]byte, *failure) {
	for _, name := range []string{"subject_token_type", "requested_token_type"} {
		if f.get(name) != accessTokenType {
			return nil, c.refuse("token types", errTokenType, name+" is not that of access tokens")
		}
	}
	c.record.Pass("token types", "")
	p, bad := c.givenToken(f, "subject_token", now)
	if bad != nil {
		return nil, bad
	}
	scopes, bad := c.asked(f, cl)
	if bad != nil {
		return nil, bad
	}
	return c.derive(cl, p, Account{ID: p.UserID, Organization: p.Organization}, scopes, now)
}

// cluster is the grant cluster_at_exchange: from a person's token to a token for another account of the same person,
// named by its id or by its organization. One person's accounts are those with one e-mail address.
func (c *call) cluster(cl *client, f form, now time.Time) ([]byte, *failure) {
	userID, organization := f.get("user_id"), f.get("owning_org_id")
	if (userID == "") == (organization == "") {
		return nil, c.refuse("account", errOneOfTwo, "")
	}
	p, bad := c.givenToken(f, "user_token", now)
	if bad != nil {
		return nil, bad
	}
	from, ok := c.state.accounts.get(p.UserID)
	if !ok {
		return nil, c.refuse("account", errCluster, "the token's account does not exist")
	}
	to, ok := c.state.sibling(from, userID, organization)
	if !ok {
		return nil, c.refuse("account", errCluster, "")
	}
	c.record.Pass("account", "")
	scopes := splitScopes(f.get("scope"))
	switch {
	case len(scopes) == 0:
		scopes = slices.DeleteFunc(p.scopes(), func(s string) bool { return !cl.scopes[s] })
	case !subset(scopes, cl.scopes):
		return nil, c.refuse("scope", errScope, whichScope(scopes, cl.scopes))
	}
	return c.derive(cl, p, to, scopes, now)
}

// givenToken checks an access token that a request has in a field.
func (c *call) givenToken(f form, field string, now time.Time) (payload, *failure) {
	p, err := c.check(f.get(field), now)
	switch {
	case f.get(field) == "":
		return payload{}, c.refuse(field, errNoSubject, field+" is missing")
	case err != nil:
		return payload{}, c.refuse(field, errBadSubject, err.Error())
	case p.Type != kindAccess:
		return payload{}, c.refuse(field, errBadSubject, "it is a token of another type")
	}
	c.record.Pass(field, "")
	return p, nil
}

// sibling returns the account of the same person with the given id, or in the given organization.
func (r *registry) sibling(of Account, id, organization string) (Account, bool) {
	same := func(a Account) bool { return a.ID == of.ID || of.Email != "" && a.Email == of.Email }
	if id != "" {
		a, ok := r.accounts.get(id)
		return a, ok && same(a)
	}
	best, found := Account{}, false
	for _, a := range r.accounts.all() {
		if a.Organization == organization && same(a) && (!found || a.ID < best.ID) {
			best, found = a, true
		}
	}
	return best, found
}

// derive answers with an access token that ends, at the latest, with the one that it is derived from.
func (c *call) derive(cl *client, from payload, account Account, scopes []string, now time.Time) ([]byte, *failure) {
	c.record.Account(short(account.ID))
	t, err := c.newToken(grant{
		client: cl.ID, organization: account.Organization, account: account.ID, scopes: scopes,
		session: cmp.Or(from.Session, from.ID), refresh: from.RefreshID, refreshExpiry: now.Add(refreshLifetime),
		lifetime: min(c.TokenLifetime(), max(time.Second, from.expiry().Sub(now))),
	}, now)
	if err != nil {
		return nil, errInternal
	}
	cl.tally.tokenExchange.Add(1)
	return t.tokenAnswer(c.shape, c.now()), nil
}
