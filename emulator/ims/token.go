package ims

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// tokenGrant is one grant type of /ims/token.
type tokenGrant struct {
	allowed func(*client) bool
	public  bool // public clients may use it without a secret
	run     func(*call, *client, form, time.Time) ([]byte, *failure)
}

var tokenGrants = map[string]tokenGrant{
	grantClientCredentials: {
		allowed: func(c *client) bool { return c.ClientCredentials }, run: (*call).clientCredentials,
	},
	grantAuthorizationCode: {
		allowed: func(c *client) bool { return c.AuthorizationCode }, public: true, run: (*call).authorizationCode,
	},
	grantRefreshToken: {
		allowed: func(c *client) bool { return c.AuthorizationCode }, public: true, run: (*call).refreshToken,
	},
	grantCluster: {
		allowed: func(c *client) bool { return c.TokenExchange }, run: (*call).cluster,
	},
	grantTokenExchange: {
		allowed: func(c *client) bool { return c.TokenExchange }, run: (*call).onBehalfOf,
	},
}

// token serves /ims/token/v1 to v4, which behave alike here.
func (c *call) token() *failure {
	f, bad := c.fields()
	if bad != nil {
		return bad
	}
	grantType := f.get("grant_type")
	g, known := tokenGrants[grantType]
	cl, bad := c.authenticateFor(g, grantType, f)
	if bad != nil {
		return bad
	}
	switch {
	case grantType == "":
		return cl.refuse(c.refuse("grant", errNoGrantType, ""))
	case !known:
		return cl.refuse(c.refuse("grant", errGrantType, ""))
	case !g.allowed(cl):
		return cl.refuse(c.refuse("grant", errNoGrant, ""))
	}
	c.record.Pass("grant", "")
	body, bad := g.run(c, cl, f, c.now())
	if bad != nil {
		return cl.refuse(bad)
	}
	return c.answer(body)
}

// authenticateFor finds the client and checks its secret, unless it has none by its nature and the grant has another
// proof.
func (c *call) authenticateFor(g tokenGrant, grantType string, f form) (*client, *failure) {
	id, secrets := clientAuth(c.r, f)
	cl, bad := c.identify(id)
	if bad != nil {
		return nil, bad
	}
	if cl.Public && g.public && len(secrets) == 0 {
		c.record.Pass("client secret", "a public client needs none")
		return cl, nil
	}
	return cl, c.checkSecret(cl, secrets, grantType, errWrongSecret)
}

// clientCredentials is RFC 6749, section 4.4. The field org_id counts only for a client without an organization: for
// another it says nothing new, and a client of Adobe's sends the text "undefined" there.
func (c *call) clientCredentials(cl *client, f form, now time.Time) ([]byte, *failure) {
	scopes, bad := c.asked(f, cl)
	if bad != nil {
		return nil, bad
	}
	g := grant{client: cl.ID, organization: cl.Organization, account: cl.Account, scopes: scopes}
	if cl.Organization == "" {
		o, ok := c.state.organizations.get(f.get("org_id"))
		if !ok {
			return nil, c.refuse("organization", errNoOrganization, "")
		}
		c.record.Pass("organization", "")
		g.organization, g.lifetime = o.ID, min(time.Hour, c.TokenLifetime())
	}
	c.record.Account(short(g.account))
	t, err := c.newToken(g, now)
	if err != nil {
		return nil, errInternal
	}
	cl.tally.clientCredentials.Add(1)
	if cl.Organization == "" {
		// The sample of this flow in Adobe's guide has no token_type.
		return c.shape.write(nil, []member{{name: "access_token", text: t.text}, t.expiresIn(c.shape, c.now())}), nil
	}
	return t.tokenAnswer(c.shape, c.now()), nil
}

// asked returns the scopes that a request asks for: at least one, and all of them the client's.
func (c *call) asked(f form, cl *client) ([]string, *failure) {
	scopes := splitScopes(f.get("scope"))
	switch {
	case len(scopes) == 0:
		return nil, c.refuse("scope", errNoScope, "")
	case !subset(scopes, cl.scopes):
		return nil, c.refuse("scope", errScope, whichScope(scopes, cl.scopes))
	}
	c.record.Pass("scope", "")
	return scopes, nil
}

// whichScope says which scope is not granted.
func whichScope(scopes []string, granted map[string]bool) string {
	for _, s := range scopes {
		if !granted[s] {
			return short(s) + " is not granted"
		}
	}
	return ""
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

// narrowed returns the scopes that a request asks for, at most those that were granted; all of them if it asks for none.
func (c *call) narrowed(f form, granted []string) ([]string, *failure) {
	asked := splitScopes(f.get("scope"))
	if len(asked) == 0 {
		return granted, nil
	}
	if all := set(granted); !subset(asked, all) {
		return nil, c.refuse("scope", errScope, whichScope(asked, all))
	}
	c.record.Pass("scope", "")
	return asked, nil
}

// authorizationCode is RFC 6749, section 4.1.3, with PKCE. Adobe's guide does not list redirect_uri here, and it has no effect.
func (c *call) authorizationCode(cl *client, f form, now time.Time) ([]byte, *failure) {
	text := f.get("code")
	if text == "" {
		return nil, c.refuse("code", errNoCode, "")
	}
	p, err := c.check(text, now)
	a, there := c.findCode(p, now)
	switch {
	case err != nil || p.Type != kindCode || !there:
		return nil, c.refuse("code", errBadCode, "it is unknown, used or expired")
	case a.client != cl.ID:
		return nil, c.refuse("code", errBadCode, "it is another client's")
	}
	c.record.Pass("code", "")
	if bad := c.checkVerifier(cl, a, f.get("code_verifier")); bad != nil {
		return nil, bad
	}
	scopes, bad := c.narrowed(f, a.scopes)
	if bad != nil {
		return nil, bad
	}
	if !a.service {
		if _, first := c.pending.take(p.ID); !first {
			return nil, c.refuse("code", errBadCode, "it was used at this moment")
		}
	}
	a.session = cmp.Or(a.session, c.newTokenID(now))
	cl.tally.authorizationCode.Add(1)
	return c.userTokens(cl, a, scopes, "", now)
}

// checkVerifier checks that a code's user is who asked for it: RFC 7636, section 4.6.
func (c *call) checkVerifier(cl *client, a authorization, verifier string) *failure {
	switch {
	case a.challenge == "" && cl.Public && !a.service:
		return c.refuse("code_verifier", errVerifier, "the code of a public client was asked for without code_challenge")
	case a.challenge == "":
		return nil
	case verifier == "":
		return c.refuse("code_verifier", errVerifier, "code_verifier is missing")
	}
	challenge := verifier
	if a.method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		challenge = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if subtle.ConstantTimeCompare([]byte(challenge), []byte(a.challenge)) != 1 {
		return c.refuse("code_verifier", errVerifier, "")
	}
	c.record.Pass("code_verifier", "")
	return nil
}

// userTokens is the answer of a grant that acts for an account: access token, and by scope a refresh token, which replaces
// one of the given family or begins one. Without a family it follows a sign-in: then who it was is told, too, and by scope
// an id_token.
func (c *call) userTokens(cl *client, a authorization, scopes []string, family string, now time.Time) ([]byte, *failure) {
	account, ok := c.state.accounts.get(a.account)
	if !ok {
		return nil, c.refuse("account", errBadCode, "the account does not exist any more")
	}
	c.record.Account(short(a.account))
	g := grant{client: cl.ID, organization: account.Organization, account: account.ID, scopes: scopes, session: a.session}
	var members []member
	if slices.Contains(a.scopes, "offline_access") {
		g.refresh, g.refreshExpiry = cmp.Or(family, c.newTokenID(now)), now.Add(refreshLifetime)
		r := g
		r.kind, r.scopes, r.lifetime = kindRefresh, a.scopes, refreshLifetime
		t, err := c.newToken(r, now)
		if err != nil {
			return nil, errInternal
		}
		members = append(members, member{name: "refresh_token", text: t.text})
	}
	t, err := c.newToken(g, now)
	if err != nil {
		return nil, errInternal
	}
	signedIn := family == "" // just now, not at an earlier grant
	if signedIn {
		members = append(members, member{name: "sub", text: account.ID})
	}
	if signedIn && slices.Contains(scopes, "openid") {
		text, err := c.idToken(idClaims{account: account, client: cl.ID, nonce: a.nonce}, now)
		if err != nil {
			return nil, errInternal
		}
		members = append(members, member{name: "id_token", text: text})
	}
	members = append(members, member{name: "userId", text: account.ID})
	return t.tokenAnswer(c.shape, c.now(), members...), nil
}

// refreshLifetime is how long a refresh token lives by Adobe's guide.
const refreshLifetime = 14 * 24 * time.Hour

// refreshToken is RFC 6749, section 6. A refresh token is good for one use: the answer has the next.
func (c *call) refreshToken(cl *client, f form, now time.Time) ([]byte, *failure) {
	text := f.get("refresh_token")
	if text == "" {
		return nil, c.refuse("refresh token", errNoRefresh, "")
	}
	p, err := c.check(text, now)
	switch {
	case err != nil:
		return nil, c.refuse("refresh token", errBadRefresh, err.Error())
	case p.Type != kindRefresh:
		return nil, c.refuse("refresh token", errBadRefresh, "it is a token of another type")
	case p.ClientID != cl.ID:
		return nil, c.refuse("refresh token", errBadRefresh, "it is another client's")
	}
	scopes, bad := c.narrowed(f, p.scopes())
	if bad != nil {
		return nil, bad
	}
	if !c.revoked.end(p.ID, p.expiry(), now) {
		return nil, c.refuse("refresh token", errBadRefresh, "it was used at this moment")
	}
	c.record.Pass("refresh token", "")
	cl.tally.refresh.Add(1)
	a := authorization{client: cl.ID, account: p.UserID, scopes: p.scopes(), session: p.Session}
	return c.userTokens(cl, a, scopes, p.RefreshID, now)
}

// idClaims is what an id_token says.
type idClaims struct {
	account      Account
	client       string
	nonce        string
	access, code string // the tokens that are sent along, if the id_token vouches for them
}

// idToken signs an id_token (OpenID Connect Core 1.0, section 2). Its issuer is the one of the discovery document,
// although a page of Adobe's has it end in /ims.
func (c *call) idToken(claims idClaims, now time.Time) (string, error) {
	body, err := json.Marshal(struct {
		Issuer     string `json:"iss"`
		Subject    string `json:"sub"`
		Audience   string `json:"aud"`
		Expiry     int64  `json:"exp"`
		IssuedAt   int64  `json:"iat"`
		Nonce      string `json:"nonce,omitempty"`
		AccessHash string `json:"at_hash,omitempty"`
		CodeHash   string `json:"c_hash,omitempty"`
	}{
		c.origin(), claims.account.ID, claims.client, now.Add(c.TokenLifetime()).Unix(), now.Unix(), claims.nonce,
		halfHash(claims.access), halfHash(claims.code),
	})
	if err != nil {
		return "", err
	}
	return c.sign(kindID, body)
}

// halfHash is at_hash and c_hash by OpenID Connect Core 1.0, sections 3.2.2.9 and 3.3.2.11, and "" for "".
func halfHash(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
