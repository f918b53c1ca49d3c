// Package token is the vocabulary that the parts of imsx share: an access token with its expiry ([Token]), something
// that gives one ([Source]), and whom and what a token is for ([Identity]).
//
//	var src token.Source = ...
//	t, err := src.Token(ctx)
//	if err != nil {
//		return err
//	}
//	req.Header.Set("Authorization", t.Authorization())
//
// The package does no I/O and imports only the standard library and imsx's own type for secret texts.
package token

import (
	"time"

	"github.com/imsx/imsx/secret"
)

// Token is an access token of Adobe's identity service, IMS. It is a value: copies are independent.
type Token struct {
	// AccessToken is the bearer token itself. It prints as a fingerprint.
	AccessToken secret.Text
	// Expiry is the instant from which IMS and AEM refuse the token, by the local clock. Zero means unknown: such a
	// token is taken as valid until somebody refuses it.
	Expiry time.Time
	// Issued is the instant from which the lifetime counts, by the local clock. Zero means unknown.
	Issued time.Time
	// Origin tells where the token came from, as one of the Origin constants. Empty means unknown.
	Origin Origin
}

// Origin tells where a token came from.
type Origin string

// The places that a token comes from.
const (
	OriginExchange          Origin = "exchange"           // an assertion exchanged at /ims/exchange/jwt
	OriginClientCredentials Origin = "client_credentials" // /ims/token/v3
	OriginCache             Origin = "cache"              // obtained earlier, here or by another process
	OriginFile              Origin = "file"               // a ready token, as the local development token
)

// Authorization returns the value of the Authorization header: "Bearer " and the token. The result is a secret.
func (t Token) Authorization() string { return "Bearer " + t.AccessToken.Reveal() }

// ValidAt reports whether t has an access token that has not expired at now.
func (t Token) ValidAt(now time.Time) bool {
	return !t.AccessToken.IsZero() && (t.Expiry.IsZero() || now.Before(t.Expiry))
}

// Remaining returns how long t is valid after now. It is 0 for an expired token, and the largest Duration for one
// whose expiry is unknown.
func (t Token) Remaining(now time.Time) time.Duration {
	if t.Expiry.IsZero() {
		return 1<<63 - 1
	}
	return max(0, t.Expiry.Sub(now))
}

// Lifetime returns the duration from issue to expiry, or 0 if either is unknown.
func (t Token) Lifetime() time.Duration {
	if t.Issued.IsZero() || t.Expiry.IsZero() {
		return 0
	}
	return t.Expiry.Sub(t.Issued)
}
