package ims

import "time"

// authorization is what an account has allowed a client: what an authorization code stands for.
type authorization struct {
	client, account   string
	scopes            []string
	session           string
	nonce             string
	challenge, method string // of PKCE
	expiry            time.Time
	service           bool // a permanent code
}

// codeLifetime is how long a code lives: the most that RFC 6749, section 4.1.2 recommends.
const codeLifetime = 10 * time.Minute

// maxPending bounds how many codes there are that nobody has used.
const maxPending = 100_000

// pendingCodes remembers what the codes stand for that were not used yet, by the ids of the codes.
type pendingCodes struct{ memory[authorization] }

// findCode returns what a code stands for. It reports whether the code is still good.
func (s *Server) findCode(p payload, now time.Time) (authorization, bool) {
	if a, ok := s.pending.get(p.ID); ok {
		return a, now.Before(a.expiry)
	}
	return s.current.Load().serviceCodes.get(keyOf(p.ID))
}

// newCode makes a code, which is a JWT because clients read its "type".
func (c *call) newCode(a authorization, organization string, now time.Time) (string, *failure) {
	if c.pending.len() >= maxPending {
		c.pending.clean(func(a authorization) bool { return !now.Before(a.expiry) })
		if c.pending.len() >= maxPending {
			return "", errFull
		}
	}
	t, err := c.newToken(grant{
		kind: kindCode, client: a.client, organization: organization, account: a.account, scopes: a.scopes,
		session: a.session, lifetime: codeLifetime,
	}, now)
	if err != nil {
		return "", errInternal
	}
	a.expiry = now.Add(codeLifetime)
	c.pending.add(t.id, a, func(a authorization) bool { return !now.Before(a.expiry) })
	return t.text, nil
}

// session is a person's sign-in at the authorize endpoints.
type session struct {
	id      string // the claim "sid"
	account string
	expiry  time.Time
}

// sessionLifetime is how long a sign-in lasts. It is made up.
const sessionLifetime = 24 * time.Hour

// maxSessions bounds how many people are signed in.
const maxSessions = 100_000

// sessionCookie holds the name of a session, which nobody can guess.
const sessionCookie = "imsx_session"

// sessions are the sign-ins by the content of the cookie.
type sessions struct{ memory[session] }
