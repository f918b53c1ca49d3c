package ims

import (
	"strings"
	"time"
)

// token serves /ims/token/v1 to v4, which behave alike here. Of the grants only client_credentials (RFC 6749, section
// 4.4) is there.
func (c *call) token() *failure {
	f, bad := readForm(c.w, c.r)
	if bad != nil {
		return bad
	}
	cl, bad := c.authenticate(f, errWrongSecret)
	if bad != nil {
		return bad
	}
	scopes, bad := cl.clientCredentials(f)
	if bad != nil {
		return cl.refuse(bad)
	}
	g := grant{client: cl.ID, organization: cl.Organization, account: cl.Account, scopes: scopes}
	t, err := c.issue(g, time.Now())
	if err != nil {
		return cl.refuse(errInternal)
	}
	cl.tally.clientCredentials.Add(1)
	return c.answer(t.tokenAnswer())
}

// clientCredentials checks the grant and returns the scopes asked for. The field org_id is ignored: for a client of
// one organization it says nothing new, and a client of Adobe's sends the text "undefined" there.
func (c *client) clientCredentials(f form) ([]string, *failure) {
	switch f.get("grant_type") {
	case "client_credentials":
	case "":
		return nil, errNoGrantType
	default:
		return nil, errGrantType
	}
	if !c.ClientCredentials {
		return nil, errNoGrant
	}
	scopes := splitScopes(f.get("scope"))
	switch {
	case len(scopes) == 0:
		return nil, errNoScope
	case !subset(scopes, c.scopes):
		return nil, errScope
	}
	return scopes, nil
}

// splitScopes splits at commas, as IMS's clients join, and at blanks, as RFC 6749 has it. A repeated scope counts once.
func splitScopes(s string) []string {
	seen := map[string]bool{}
	var scopes []string
	for _, scope := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !seen[scope] {
			seen[scope] = true
			scopes = append(scopes, scope)
		}
	}
	return scopes
}
