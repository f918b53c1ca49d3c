package ims

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// ValidateRequest is what [Client.Validate] sends.
type ValidateRequest struct {
	// Token is the token to ask about. Required.
	Token secret.Text
	// ClientID is the client that the token was issued to; empty means the one that the token names.
	ClientID string
}

// Validation is what IMS says of a token.
type Validation struct {
	// Valid reports whether IMS accepts the token.
	Valid bool
	// Reason is IMS's code for why not, such as "bad_signature"; empty if the token is valid or IMS does not say.
	Reason string
	// Claims are the token's claims as IMS read them, without a header; zero if the answer has none.
	Claims token.Claims
	// DebugID is the header X-Debug-Id.
	DebugID string
	// ClockDifference is the server's clock minus the local one; 0 if they agree within a second or so, or if unknown.
	ClockDifference time.Duration
}

// Validate asks IMS whether it accepts a token (POST /ims/validate_token/v1). A token that IMS does not accept is no
// error: it is a Validation that says so.
func (c *Client) Validate(ctx context.Context, req ValidateRequest) (Validation, error) {
	kind, clientID := describeToken(req.Token, req.ClientID)
	call := call{
		op: opValidate, path: pathValidate, clientID: clientID, host: c.endpoint.Host,
		form:    url.Values{"type": {kind}, "client_id": {clientID}, "token": {req.Token.Reveal()}},
		secrets: []secret.Text{req.Token},
	}
	if err := call.check(required{"token", req.Token.IsZero()}, required{"client id", clientID == ""}); err != nil {
		return Validation{}, err
	}
	a, err := c.post(ctx, call)
	if err != nil {
		return Validation{}, err
	}
	v, problem := readValidation(a, call)
	if problem != "" {
		return Validation{}, call.malformed(a, problem)
	}
	return v, nil
}

// describeToken returns type and client of a token for a request: what the caller says, or what the token says itself.
func describeToken(t secret.Text, clientID string) (kind, client string) {
	// An opaque token says nothing, and counts as an access token.
	claims, _ := token.ParseClaims(t)
	kind, client = claims.Type, clientID
	if kind == "" {
		kind = "access_token"
	}
	if client == "" {
		client = claims.ClientID
	}
	return kind, client
}

func readValidation(a answer, call call) (v Validation, problem string) {
	var wire struct {
		Valid  json.RawMessage `json:"valid"`
		Reason string          `json:"reason"`
		Token  json.RawMessage `json:"token"`
	}
	if err := json.Unmarshal(a.body, &wire); err != nil {
		return Validation{}, notJSON(a.body)
	}
	v.DebugID, v.ClockDifference = call.debugID(a), a.clock.difference
	switch strings.Trim(string(wire.Valid), `"`) {
	case "true":
		v.Valid = true
	case "false":
		v.Reason = call.cleaner().Description(wire.Reason)
	default:
		return Validation{}, "the answer does not say whether the token is valid"
	}
	v.Claims = claimsOf(wire.Token)
	return v, ""
}

// claimsOf reads the claims of a decoded token, by way of an unsecured JWS (RFC 7515, appendix A.5).
func claimsOf(payload json.RawMessage) token.Claims {
	encode := base64.RawURLEncoding.EncodeToString
	claims, err := token.ParseClaims(secret.New(encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "."))
	if err != nil {
		return token.Claims{}
	}
	claims.Header = nil
	return claims
}

// InvalidateRequest is what [Client.Invalidate] sends.
type InvalidateRequest struct {
	// Token is the token to end. Required.
	Token secret.Text
	// ClientID is the client that the token was issued to; empty means the one that the token names.
	ClientID string
	// ClientSecret is the client's secret; empty means that none is sent, and IMS may refuse.
	ClientSecret secret.Text
}

// Invalidate ends a token for everybody (POST /ims/invalidate_token/v2).
func (c *Client) Invalidate(ctx context.Context, req InvalidateRequest) error {
	kind, clientID := describeToken(req.Token, req.ClientID)
	call := call{
		op: opInvalidate, path: pathInvalidate, clientID: clientID, host: c.endpoint.Host,
		form:    url.Values{"token_type": {kind}, "client_id": {clientID}, "token": {req.Token.Reveal()}},
		secrets: []secret.Text{req.Token, req.ClientSecret},
	}
	if !req.ClientSecret.IsZero() {
		call.form.Set("client_secret", req.ClientSecret.Reveal())
	}
	if err := call.check(required{"token", req.Token.IsZero()}, required{"client id", clientID == ""}); err != nil {
		return err
	}
	_, err := c.post(ctx, call)
	return err
}
