package ims

import (
	"net/http"
	"time"
)

// invalidate serves /ims/invalidate_token. A token that is not one of this server's, or no longer good, is answered
// with success, as RFC 7009, section 2.2 has it; so is one of a type that this server does not issue.
func (c *call) invalidate() *failure {
	f, bad := c.fields()
	if bad != nil {
		return bad
	}
	kind, bad := tokenType(f, "token_type")
	if bad != nil {
		return c.refuse("token_type", bad, "")
	}
	if bad := c.mayInvalidate(f, kind == "service_token"); bad != nil {
		return bad
	}
	return c.endToken(f.get("token"), f.get("cascading") == "all")
}

// revoke serves /ims/revoke (RFC 7009): a client that has a secret must show it, a public one gives its id.
func (c *call) revoke() *failure {
	f, bad := c.fields()
	if bad != nil {
		return bad
	}
	id, _ := clientAuth(c.r, f)
	cl, ok := c.state.clients.get(id)
	if bad := c.mayInvalidate(f, ok && !cl.Public); bad != nil {
		return bad
	}
	return c.endToken(f.get("token"), false)
}

// mayInvalidate checks the client. Its secret is not always needed, but a wrong one is never accepted.
func (c *call) mayInvalidate(f form, needsSecret bool) *failure {
	id, secrets := clientAuth(c.r, f)
	c.client = id
	cl, ok := c.state.clients.get(id)
	switch {
	case !ok:
		return c.refuse("client", errUnknownClient, "no client has this client_id")
	case (len(secrets) > 0 || needsSecret) && cl.secret(secrets) == nil:
		return c.refuse("client secret", errWrongSecret, "")
	}
	c.record.Pass("client", "")
	return nil
}

// endToken ends a token of the client's. A refresh token takes all tokens along that came from it. With cascading an
// access token ends everything of the same sign-in, too.
func (c *call) endToken(text string, cascading bool) *failure {
	if text == "" {
		return c.refuse("token", errNoToken, "")
	}
	now := c.now()
	p, err := c.check(text, now)
	if err != nil {
		c.record.Pass("token", "nothing to end: "+err.Error())
		return c.answer(nil)
	}
	if p.ClientID != c.client {
		return c.refuse("token", errForeign, "")
	}
	c.record.Account(short(p.UserID))
	c.record.Pass("token", "")
	c.revoked.end(p.ID, p.expiry(), now)
	if p.Type == kindCode {
		c.pending.take(p.ID)
	}
	if p.RefreshID != "" && (p.Type == kindRefresh || cascading) {
		c.revoked.end(p.RefreshID, now.Add(longest), now)
	}
	if p.Session != "" && cascading {
		c.revoked.end(p.Session, now.Add(longest), now)
	}
	return c.answer(nil)
}

// longest is longer than any token lives that comes from a sign-in.
const longest = 366*24*time.Hour + refreshLifetime

// logout serves /ims/logout/v1: it ends the sign-in of the cookie or of the access token, with all its tokens.
func (c *call) logout() *failure {
	f, bad := c.fields()
	if bad != nil {
		return bad
	}
	c.client = f.get("client_id")
	if _, ok := c.state.clients.get(c.client); !ok {
		return c.refuse("client", errUnknownClient, "no client has this client_id")
	}
	c.record.Pass("client", "")
	now := c.now()
	if cookie, err := c.r.Cookie(sessionCookie); err == nil {
		if s, ok := c.sessions.take(cookie.Value); ok {
			c.revoked.end(s.id, now.Add(longest), now)
		}
		http.SetCookie(c.w, c.cookie("", -1))
	}
	text := f.get("access_token")
	if text == "" {
		return c.answer(nil)
	}
	return c.endToken(text, true)
}
