package ims

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// The paths of IMS. The exchange is known under three spellings; this is the documented one.
const (
	pathExchange   = "/ims/exchange/jwt"
	pathToken      = "/ims/token/v3"
	pathValidate   = "/ims/validate_token/v1"
	pathInvalidate = "/ims/invalidate_token/v2"
)

// maxAccessToken bounds an access token in bytes; real ones are one to two kilobytes, and servers refuse longer headers.
const maxAccessToken = 64 << 10

// Response is a token that IMS gave.
type Response struct {
	// Token is the access token, with its expiry by the local clock.
	Token token.Token
	// Scopes are the granted scopes, by the answer or by the token's own claims; nil if neither says. Metascopes do not
	// appear among them.
	Scopes []string
	// DebugID is the header X-Debug-Id.
	DebugID string
	// ClockDifference is the server's clock minus the local one; 0 if they agree within a second or so, or if unknown.
	ClockDifference time.Duration
}

// ExchangeRequest is what [Client.ExchangeJWT] sends. Every field is required.
type ExchangeRequest struct {
	ClientID                string
	ClientSecret, Assertion secret.Text
}

// ExchangeJWT exchanges an assertion for an access token (POST /ims/exchange/jwt). Its lifetime comes in milliseconds.
// Every exchange makes a new token; earlier ones stay valid.
func (c *Client) ExchangeJWT(ctx context.Context, req ExchangeRequest) (Response, error) {
	return c.tokenFrom(ctx, time.Millisecond, token.OriginExchange, call{
		op: opExchange, path: pathExchange, host: c.endpoint.Host,
		form: url.Values{
			"client_id":     {req.ClientID},
			"client_secret": {req.ClientSecret.Reveal()},
			"jwt_token":     {req.Assertion.Reveal()},
		},
		secrets:   []secret.Text{req.ClientSecret, req.Assertion},
		assertion: req.Assertion,
	}, required{"client id", req.ClientID == ""}, required{"client secret", req.ClientSecret.IsZero()},
		required{"assertion", req.Assertion.IsZero()})
}

// ClientCredentialsRequest is what [Client.ClientCredentials] sends.
type ClientCredentialsRequest struct {
	// ClientID and ClientSecret are the credentials. Required.
	ClientID     string
	ClientSecret secret.Text
	// Scopes are the scopes to ask for. At least one is required.
	Scopes []string
	// Organization is the IMS organization, "…@AdobeOrg", for clients that do not belong to a single one; else empty.
	Organization string
}

// ClientCredentials asks for an access token by client id and secret alone (POST /ims/token/v3, RFC 6749, section 4.4).
// Its lifetime comes in seconds.
func (c *Client) ClientCredentials(ctx context.Context, req ClientCredentialsRequest) (Response, error) {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {req.ClientID},
		"client_secret": {req.ClientSecret.Reveal()},
		"scope":         {strings.Join(req.Scopes, ",")},
	}
	if req.Organization != "" {
		form.Set("org_id", req.Organization)
	}
	return c.tokenFrom(ctx, time.Second, token.OriginClientCredentials, call{
		op: opClientCredentials, path: pathToken, host: c.endpoint.Host,
		form: form, secrets: []secret.Text{req.ClientSecret},
	}, required{"client id", req.ClientID == ""}, required{"client secret", req.ClientSecret.IsZero()},
		required{"scope", strings.Trim(form.Get("scope"), ", ") == ""})
}

// required is a part of a request that must not be missing.
type required struct {
	name    string
	missing bool
}

// check returns an error that names everything that is missing, or a client id that cannot be one, or nil. The client id
// also travels as a header, and may come from a token that somebody else made.
func (c call) check(parts ...required) error {
	var missing []string
	for _, p := range parts {
		if p.missing {
			missing = append(missing, p.name)
		}
	}
	switch {
	case len(missing) > 0:
		return c.fail(CauseInvalidRequest, "missing: "+strings.Join(missing, ", "))
	case !wireText(c.form.Get("client_id")):
		return c.fail(CauseInvalidRequest, "the client id has blanks or control characters")
	}
	return nil
}

// tokenFrom sends a call whose answer is a token with a lifetime in unit.
func (c *Client) tokenFrom(ctx context.Context, unit time.Duration, origin token.Origin, call call, parts ...required) (Response, error) {
	if err := call.check(parts...); err != nil {
		return Response{}, err
	}
	a, err := c.post(ctx, call)
	if err != nil {
		return Response{}, err
	}
	resp, problem := readToken(a, unit)
	if problem != "" {
		return Response{}, call.malformed(a, problem)
	}
	resp.Token.Origin = origin
	resp.DebugID = call.debugID(a)
	return resp, nil
}

// tokenAnswer is the successful answer of a token endpoint (RFC 6749, section 5.1).
type tokenAnswer struct {
	AccessToken string          `json:"access_token"`
	TokenType   string          `json:"token_type"`
	Scope       json.RawMessage `json:"scope"`
	ExpiresIn   number          `json:"expires_in"`
}

// readToken reads a successful answer, or says what is wrong with it.
func readToken(a answer, unit time.Duration) (resp Response, problem string) {
	var wire tokenAnswer
	if err := json.Unmarshal(a.body, &wire); err != nil {
		return Response{}, notJSON(a.body)
	}
	access := secret.New(wire.AccessToken)
	switch {
	case access.IsZero():
		return Response{}, "the answer has no access token"
	case access.Len() > maxAccessToken:
		return Response{}, "the access token is longer than 64 KiB"
	case strings.ContainsFunc(wire.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }):
		return Response{}, "the access token has characters that no token has"
	case wire.TokenType != "" && !strings.EqualFold(wire.TokenType, "bearer"):
		return Response{}, "the token is not a bearer token"
	}
	// An opaque token is no failure: its claims are empty then.
	claims, _ := token.ParseClaims(access)
	life, problem := lifetime(wire.ExpiresIn, unit, newClaimed(claims, a.clock))
	if problem != "" {
		return Response{}, problem
	}
	scopes := token.SplitScopes(scalar(wire.Scope))
	if len(scopes) == 0 {
		scopes = claims.Scopes
	}
	// The lifetime counts from before the request, so that a slow answer cannot make the expiry too late. The instants
	// carry no monotonic reading, because that clock stops while a machine sleeps.
	issued := a.clock.sent
	return Response{
		Token:           token.Token{AccessToken: access, Issued: issued, Expiry: issued.Add(life)},
		Scopes:          scopes,
		ClockDifference: a.clock.difference,
	}, ""
}

// notJSON says what a body is that is not the JSON object it should be.
func notJSON(body []byte) string {
	text := strings.TrimSpace(string(body[:min(len(body), 512)]))
	switch {
	case text == "":
		return "the answer is empty"
	case strings.HasPrefix(text, "<"):
		return "the answer is HTML or XML instead of JSON"
	case strings.HasPrefix(text, "{"):
		return "the answer is broken JSON or has fields of the wrong type"
	}
	return "the answer is not a JSON object"
}
