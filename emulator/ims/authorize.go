package ims

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// question is what a client asks of a person at the authorize endpoints.
type question struct {
	client            *client
	redirect          string // where the answer goes; "" as long as that is not known
	code, token, id   bool   // what is asked for
	fragment          bool   // the answer travels in the fragment
	state, nonce      string
	prompt            string
	scopes            []string
	challenge, method string
}

// authorize serves /ims/authorize/v1 and v2: the authorization code (RFC 6749, section 4.1), the implicit grant, and
// OpenID Connect's combinations of them. Who is not signed in gets a page with the accounts to choose from.
func (c *call) authorize() *failure {
	f, bad := c.fields()
	if bad != nil {
		return c.errorPage(bad)
	}
	q, bad := c.question(f)
	if bad != nil {
		return c.errorPage(bad)
	}
	if code, why := q.read(f); code != "" {
		return c.leadError(q, code, "request", why)
	}
	c.record.Pass("request", "")
	if c.shape.AuthorizeError != "" {
		return c.leadError(q, c.shape.AuthorizeError, "fault", "the emulator was told to answer so")
	}
	if c.r.Method == http.MethodPost && f.get("imsx_action") == "deny" {
		return c.leadError(q, "access_denied", "sign-in", "the person cancelled")
	}
	s, bad := c.signIn(f, q)
	if bad != nil {
		return c.errorPage(bad)
	}
	switch {
	case s.account != "":
		return c.grantTo(q, s)
	case q.prompt == "none":
		return c.leadError(q, "login_required", "sign-in", "nobody is signed in, and prompt=none forbids to ask")
	}
	return c.signInPage(q, f)
}

// question finds out who asks and where the answer goes. Until both are known nothing is redirected.
func (c *call) question(f form) (*question, *failure) {
	c.client = f.get("client_id")
	cl, ok := c.state.clients.get(c.client)
	if !ok {
		return nil, c.refuse("client", errUnknownClient, "no client has this client_id")
	}
	if !cl.AuthorizationCode {
		return nil, c.refuse("client", errNoGrant, "the client may not use the authorize endpoints")
	}
	c.record.Pass("client", "")
	redirect, ok := cl.redirectFor(f.get("redirect_uri"))
	if !ok {
		return nil, c.refuse("redirect_uri", errRedirect, "")
	}
	c.record.Pass("redirect_uri", redirect)
	return &question{client: cl, redirect: redirect, prompt: f.get("prompt"), nonce: f.get("nonce")}, nil
}

// The bounds of what a client has a person carry along: "state" by Adobe's guide, in characters, and "nonce", which is
// remembered with the code.
const (
	maxState = 4096
	maxNonce = 4096
)

// isChallenge reports whether s has the form of a code challenge or code verifier (RFC 7636, sections 4.1 and 4.2).
func isChallenge(s string) bool {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._~-", r)
	}
	return len(s) >= 43 && len(s) <= 128 && !strings.ContainsFunc(s, odd)
}

// read reads the rest of a question. It returns the error code for the redirect and the reason, or "".
func (q *question) read(f form) (code, why string) {
	if !q.readType(f.get("response_type")) {
		return "unsupported_response_type", "response_type is not one of the discovery document's"
	}
	q.fragment = q.token || q.id
	if q.state = f.get("state"); utf8.RuneCountInString(q.state) > maxState {
		q.state = ""
		return "invalid_request", "state is longer than 4096 characters"
	}
	if len(q.nonce) > maxNonce {
		return "invalid_request", "nonce is longer than 4096 bytes"
	}
	switch mode := f.get("response_mode"); {
	case mode == "fragment":
		q.fragment = true
	case mode == "query" && q.fragment:
		return "invalid_request", "a token in the query would get into logs and histories"
	case mode != "" && mode != "query":
		return "invalid_request", "response_mode is neither query nor fragment"
	}
	if q.prompt != "" && q.prompt != "none" && q.prompt != "login" {
		return "invalid_request", "prompt is neither none nor login"
	}
	if q.id && q.nonce == "" { // OpenID Connect Core 1.0, section 3.2.2.1
		return "invalid_request", "an id_token needs a nonce"
	}
	if why := q.readChallenge(f); why != "" {
		return "invalid_request", why
	}
	if why := q.readScopes(f.get("scope")); why != "" {
		return "invalid_scope", why
	}
	return "", ""
}

// readChallenge reads the part of PKCE. It returns what is wrong with it, or "".
func (q *question) readChallenge(f form) string {
	q.challenge, q.method = f.get("code_challenge"), cmp.Or(f.get("code_challenge_method"), "plain")
	switch {
	case q.challenge == "" && q.code && q.client.Public: // RFC 7636, section 4.4.1
		return "a public client needs code_challenge"
	case q.challenge != "" && !isChallenge(q.challenge):
		return "code_challenge is not 43 to 128 unreserved characters"
	case q.challenge != "" && q.method != "S256" && q.method != "plain":
		return "code_challenge_method is neither S256 nor plain"
	}
	return ""
}

func (q *question) readType(text string) bool {
	for _, t := range strings.Fields(cmp.Or(text, "code")) {
		switch t {
		case "code":
			q.code = true
		case "token":
			q.token = true
		case "id_token":
			q.id = true
		default:
			return false
		}
	}
	// Of the combinations the discovery document has all but "code token" and all three.
	return !q.code || !q.token
}

// readScopes takes the scopes asked for, or all that the client has but offline_access. It returns what is wrong, or "".
func (q *question) readScopes(text string) string {
	q.scopes = splitScopes(text)
	if len(q.scopes) == 0 {
		q.scopes = slices.DeleteFunc(slices.Clone(q.client.Scopes), func(s string) bool { return s == "offline_access" })
	}
	if q.id && !slices.Contains(q.scopes, "openid") {
		return "an id_token needs the scope openid"
	}
	return whichScope(q.scopes, q.client.scopes)
}

// leadError sends the browser back to the client with an error code, because a check failed.
func (c *call) leadError(q *question, code, check, why string) *failure {
	c.outcome = code
	c.record.Fail(check, why)
	c.record.Code(short(code))
	return c.lead(q, url.Values{"error": {code}})
}

// lead sends the browser back to the client.
func (c *call) lead(q *question, parameters url.Values) *failure {
	if q.state != "" {
		parameters.Set("state", q.state)
	}
	h := c.w.Header()
	h["Cache-Control"] = noStore
	h.Set("Referrer-Policy", "no-referrer")
	h.Del("Content-Type")
	h.Set("Location", withParameters(q.redirect, parameters, q.fragment))
	c.w.WriteHeader(http.StatusFound)
	return nil
}

// signIn returns who is signed in: by the page's form, by the field imsx_account, which is for clients without a person
// in front of them, or by the cookie of an earlier sign-in. The session has no account if nobody is.
func (c *call) signIn(f form, q *question) (session, *failure) {
	name := f.get("imsx_account")
	if name == "" {
		return c.signedIn(q), nil
	}
	if site := c.r.Header.Get("Sec-Fetch-Site"); c.r.Method == http.MethodPost && site != "" && site != "same-origin" && site != "none" {
		return session{}, c.refuse("sign-in", errCrossSite, "")
	}
	a, ok := c.state.accounts.get(name)
	if !ok {
		a, ok = c.state.byEmail(name)
	}
	if !ok || isTechnical(a.ID) {
		return session{}, c.refuse("sign-in", errNoPerson, "")
	}
	now := c.now()
	if c.sessions.len() >= maxSessions {
		c.sessions.clean(func(s session) bool { return !now.Before(s.expiry) })
		if c.sessions.len() >= maxSessions {
			return session{}, c.refuse("sign-in", errFull, "")
		}
	}
	s := session{id: c.newTokenID(now), account: a.ID, expiry: now.Add(sessionLifetime)}
	value := c.random.hex(32)
	c.sessions.add(value, s, func(s session) bool { return !now.Before(s.expiry) })
	http.SetCookie(c.w, c.cookie(value, int(sessionLifetime/time.Second)))
	return s, nil
}

func (c *call) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/ims/", MaxAge: maxAge, HttpOnly: true, Secure: c.r.TLS != nil,
		SameSite: http.SameSiteLaxMode,
	}
}

// signedIn returns the session of the cookie, unless the client wants a new sign-in.
func (c *call) signedIn(q *question) session {
	cookie, err := c.r.Cookie(sessionCookie)
	if err != nil || q.prompt == "login" {
		return session{}
	}
	s, ok := c.sessions.get(cookie.Value)
	_, there := c.state.accounts.get(s.account)
	if !ok || !there || !c.now().Before(s.expiry) || c.revoked.has(s.id) {
		return session{}
	}
	return s
}

// byEmail returns the person with an e-mail address, in the first of their accounts.
func (r *registry) byEmail(email string) (Account, bool) {
	best, found := Account{}, false
	for _, a := range r.accounts.all() {
		if strings.EqualFold(a.Email, email) && !isTechnical(a.ID) && (!found || a.ID < best.ID) {
			best, found = a, true
		}
	}
	return best, found
}

// grantTo leads back to the client with what it asked for.
func (c *call) grantTo(q *question, s session) *failure {
	c.record.Pass("sign-in", "")
	c.record.Account(short(s.account))
	account, _ := c.state.accounts.get(s.account)
	now := c.now()
	parameters := url.Values{}
	claims := idClaims{account: account, client: q.client.ID, nonce: q.nonce}
	var f *failure
	if q.code {
		claims.code, f = c.newCode(authorization{
			client: q.client.ID, account: s.account, scopes: q.scopes, session: s.id, nonce: q.nonce,
			challenge: q.challenge, method: q.method,
		}, account.Organization, now)
		parameters.Set("code", claims.code)
	}
	if q.token && f == nil {
		claims.access, f = c.implicit(q, s, account, parameters)
	}
	if q.id && f == nil {
		text, err := c.idToken(claims, now)
		if err != nil {
			f = errInternal
		}
		parameters.Set("id_token", text)
	}
	if f != nil {
		code := "server_error"
		if f == errFull {
			code = f.code
		}
		return c.leadError(q, code, "answer", f.description)
	}
	return c.lead(q, parameters)
}

// implicit issues an access token for the redirect (RFC 6749, section 4.2.2).
func (c *call) implicit(q *question, s session, account Account, parameters url.Values) (string, *failure) {
	now := c.now()
	t, err := c.newToken(grant{
		client: q.client.ID, organization: account.Organization, account: s.account, scopes: q.scopes, session: s.id,
	}, now)
	if err != nil {
		return "", errInternal
	}
	q.client.tally.authorizationCode.Add(1)
	c.shape.set(parameters, []member{
		{name: "access_token", text: t.text}, {name: "token_type", text: "bearer"}, t.expiresIn(c.shape, now),
	})
	return t.text, nil
}

// set adds the members, shaped, to the parameters of a redirect.
func (s *Shape) set(parameters url.Values, members []member) {
	for _, m := range members {
		switch {
		case slices.Contains(s.Omit, m.name):
		case slices.Contains(s.Empty, m.name):
			parameters.Set(m.name, "")
		case m.json != nil:
			parameters.Set(m.name, strings.Trim(string(m.json), `"`))
		default:
			parameters.Set(m.name, m.text)
		}
	}
}
