package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// Claims is what an IMS access token says of itself. Nothing of it has been verified.
//
// IMS's tokens do not use the registered claims of RFC 7519: the expiry is created_at plus expires_in, both
// milliseconds and both written as strings.
type Claims struct {
	// ID is the claim "id", which names this very token.
	ID string
	// Type is "access_token" for an access token.
	Type string
	// ClientID is the client that the token was issued to.
	ClientID string
	// UserID is the account that the token acts as, "…@techacct.adobe.com" for a technical account.
	UserID string
	// Organization is the claim "org"; many tokens lack it.
	Organization string
	// Server is the claim "as", the name of the IMS that issued it, such as "ims-na1".
	Server string
	// Scopes is the claim "scope", split at its commas.
	Scopes []string
	// CreatedAt is the issuer's time of issue; zero if the token does not say.
	CreatedAt time.Time
	// ExpiresAt is CreatedAt plus the claim "expires_in", or the claim "exp"; zero if the token does not say.
	ExpiresAt time.Time
	// Header and Payload are the decoded JSON objects as they stand.
	Header, Payload json.RawMessage
}

// ErrNotJWT is returned by [ParseClaims] for a text that is not a JSON Web Token. Such a token may still be valid: a
// bearer token is opaque to its holder (RFC 6750).
var ErrNotJWT = errors.New("not a JSON Web Token")

// maxJWT bounds what ParseClaims reads; real access tokens are one to two kilobytes.
const maxJWT = 64 << 10

// ParseClaims reads the claims of an access token without verifying its signature. Every error wraps [ErrNotJWT] and
// tells nothing of the content.
func ParseClaims(t secret.Text) (Claims, error) {
	header, payload, err := DecodeJWT(t)
	if err != nil {
		return Claims{}, err
	}
	var wire struct {
		ID        string   `json:"id"`
		Type      string   `json:"type"`
		ClientID  string   `json:"client_id"`
		UserID    string   `json:"user_id"`
		Org       string   `json:"org"`
		As        string   `json:"as"`
		Scope     string   `json:"scope"`
		CreatedAt flexible `json:"created_at"`
		ExpiresIn flexible `json:"expires_in"`
		Exp       flexible `json:"exp"`
	}
	if err := json.Unmarshal(payload, &wire); err != nil {
		return Claims{}, fmt.Errorf("%w: a claim has an unexpected type", ErrNotJWT)
	}
	c := Claims{
		ID: wire.ID, Type: wire.Type, ClientID: wire.ClientID, UserID: wire.UserID, Organization: wire.Org,
		Server: wire.As, Scopes: SplitScopes(wire.Scope), Header: header, Payload: payload,
	}
	c.CreatedAt, c.ExpiresAt = lifetime(int64(wire.CreatedAt), int64(wire.ExpiresIn), int64(wire.Exp))
	return c, nil
}

// lifetime turns the time claims into instants. created and expiresIn are milliseconds, exp is seconds.
func lifetime(created, expiresIn, exp int64) (createdAt, expiresAt time.Time) {
	const year9999 = 253402300799
	if created > 0 && created/1000 < year9999 {
		createdAt = time.UnixMilli(created)
		if expiresIn > 0 && expiresIn/1000 < year9999 {
			expiresAt = createdAt.Add(time.Duration(min(expiresIn, 1<<43)) * time.Millisecond)
		}
	}
	if expiresAt.IsZero() && exp > 0 && exp < year9999 {
		expiresAt = time.Unix(exp, 0)
	}
	return createdAt, expiresAt
}

// DecodeJWT splits a compact JWS (RFC 7515, section 7.1) and returns its header and payload, each a JSON object. The
// signature is not verified. Every error wraps [ErrNotJWT].
func DecodeJWT(t secret.Text) (header, payload json.RawMessage, err error) {
	text := strings.TrimSpace(t.Reveal())
	if len(text) > maxJWT {
		return nil, nil, fmt.Errorf("%w: longer than %d bytes", ErrNotJWT, maxJWT)
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("%w: it has %d parts instead of three", ErrNotJWT, len(parts))
	}
	if header, err = decodePart("header", parts[0]); err != nil {
		return nil, nil, err
	}
	if payload, err = decodePart("payload", parts[1]); err != nil {
		return nil, nil, err
	}
	return header, payload, nil
}

func decodePart(name, part string) (json.RawMessage, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return nil, fmt.Errorf("%w: its %s is not base64url", ErrNotJWT, name)
	}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		return nil, fmt.Errorf("%w: its %s is not a JSON object", ErrNotJWT, name)
	}
	return raw, nil
}

// SplitScopes splits a list of scopes at commas and white space and drops empty items. IMS joins with commas, some
// clients with blanks.
func SplitScopes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}

// flexible is a number of seconds or milliseconds that may be written as a number, with a fraction too (RFC 7519, section
// 2, NumericDate), or as a string of digits. Anything else counts as absent.
type flexible int64

// UnmarshalJSON reads a number or a string with one. It never fails.
func (f *flexible) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		*f = flexible(n)
	} else if x, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(x) < 1<<53 {
		*f = flexible(x)
	}
	return nil
}
