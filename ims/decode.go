package ims

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// DecodedAssertion is what an assertion says. Nothing of it has been verified.
type DecodedAssertion struct {
	// Header and Payload are the decoded JSON objects as they stand.
	Header, Payload json.RawMessage
	// Algorithm is the header's "alg".
	Algorithm string
	// Organization and TechnicalAccount are issuer and subject.
	Organization, TechnicalAccount string
	// Audience is the claim "aud"; if it lists several, the first.
	Audience string
	// Endpoint and ClientID are the two parts of an audience of the form {origin}/c/{client id}; empty for another form.
	Endpoint, ClientID string
	// ID is the claim "jti"; empty if there is none.
	ID string
	// Expiry and IssuedAt are the claims "exp" and "iat"; zero if absent or unreadable. A value that can only be
	// milliseconds is read as such.
	Expiry, IssuedAt time.Time
	// Metascopes are the claimed rights: the bare names, sorted.
	Metascopes []string
	// Odd says what IMS may refuse or what only works by chance, one sentence each.
	Odd []string
}

// DecodeAssertion reads an assertion, made here or elsewhere, without verifying its signature. Whether it has expired is
// for the caller to compare. Every error wraps [token.ErrNotJWT] and tells nothing of the content.
func DecodeAssertion(assertion secret.Text) (DecodedAssertion, error) {
	header, payload, err := token.DecodeJWT(assertion)
	if err != nil {
		return DecodedAssertion{}, err
	}
	d := DecodedAssertion{Header: header, Payload: payload}
	claims := object(payload)
	d.Algorithm = scalar(object(header)["alg"])
	d.Organization, d.TechnicalAccount = scalar(claims["iss"]), scalar(claims["sub"])
	d.ID = scalar(claims["jti"])
	d.readTimes(claims)
	d.readAudience(claims["aud"])
	d.readMetascopes(claims)
	d.judge()
	return d, nil
}

// object takes a JSON object apart; the caller knows that raw is one.
func object(raw json.RawMessage) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	return fields
}

// odd adds a finding.
func (d *DecodedAssertion) odd(is bool, sentence string) {
	if is {
		d.Odd = append(d.Odd, sentence)
	}
}

// readTimes reads exp and iat, which are seconds (RFC 7519, section 2).
func (d *DecodedAssertion) readTimes(claims map[string]json.RawMessage) {
	var millis bool
	d.Expiry, millis = instant(claims["exp"])
	d.odd(len(claims["exp"]) == 0, "The expiry (exp) is missing.")
	d.odd(len(claims["exp"]) > 0 && d.Expiry.IsZero(), "The expiry (exp) is not a number of seconds.")
	d.odd(millis, "The expiry (exp) is in milliseconds; IMS counts seconds.")
	d.odd(bytes.HasPrefix(claims["exp"], []byte(`"`)), "The expiry (exp) is a string; it must be a number.")
	d.IssuedAt, millis = instant(claims["iat"])
	d.odd(millis, "The time of issue (iat) is in milliseconds; IMS counts seconds.")
	long := !d.IssuedAt.IsZero() && !d.Expiry.IsZero() && d.Expiry.Sub(d.IssuedAt) > maxLifetime
	d.odd(long, "It is valid for more than 24 hours after its issue.")
}

// instant reads a time claim. A value beyond the year 5138 by seconds is taken as milliseconds.
func instant(raw json.RawMessage) (at time.Time, millis bool) {
	const firstMillis, last = 1e11, 253402300799 * 1e3
	f, err := strconv.ParseFloat(scalar(raw), 64)
	switch {
	case err != nil || !(f >= 1 && f < last):
		return time.Time{}, false
	case f >= firstMillis:
		return time.UnixMilli(int64(f)), true
	}
	return time.Unix(int64(f), 0), false
}

func (d *DecodedAssertion) readAudience(raw json.RawMessage) {
	var several []string
	if json.Unmarshal(raw, &several) != nil {
		several = []string{scalar(raw)}
	}
	if len(several) > 0 {
		d.Audience = several[0]
	}
	d.odd(len(several) > 1, "It names more than one audience (aud).")
	u, err := url.Parse(d.Audience)
	if err == nil && u.Host != "" && strings.HasPrefix(u.Path, "/c/") && len(u.Path) > len("/c/") {
		d.Endpoint, d.ClientID = u.Scheme+"://"+u.Host, strings.TrimPrefix(u.Path, "/c/")
	}
	d.odd(d.ClientID == "", "The audience (aud) is not of the form https://ims-host/c/client-id.")
}

// readMetascopes finds the claims whose name is a URL with the path /s/name.
func (d *DecodedAssertion) readMetascopes(claims map[string]json.RawMessage) {
	elsewhere, untrue := false, false
	for name, value := range claims {
		u, err := url.Parse(name)
		if err != nil || u.Host == "" || !strings.HasPrefix(u.Path, "/s/") || len(u.Path) <= len("/s/") {
			continue
		}
		if string(bytes.TrimSpace(value)) != "true" {
			untrue = true
			continue
		}
		d.Metascopes = append(d.Metascopes, strings.TrimPrefix(u.Path, "/s/"))
		elsewhere = elsewhere || d.Endpoint != "" && u.Scheme+"://"+u.Host != d.Endpoint
	}
	slices.Sort(d.Metascopes)
	d.Metascopes = slices.Compact(d.Metascopes)
	d.odd(len(d.Metascopes) == 0, "It claims no metascope.")
	d.odd(untrue, "A metascope's value is not true, so IMS does not count it.")
	d.odd(elsewhere, "A metascope names another host than the audience.")
}

// judge looks at the rest.
func (d *DecodedAssertion) judge() {
	d.odd(!slices.Contains([]string{"RS256", "RS384", "RS512"}, d.Algorithm), "It is not signed with an RSA algorithm that IMS reads (RS256).")
	d.odd(d.Organization == "", "The organization (iss) is missing.")
	d.odd(d.Organization != "" && !strings.HasSuffix(d.Organization, "@AdobeOrg"), "The organization (iss) does not end in @AdobeOrg.")
	d.odd(d.TechnicalAccount == "", "The technical account (sub) is missing.")
	name, _, at := strings.Cut(d.TechnicalAccount, "@")
	d.odd(d.TechnicalAccount != "" && !at, "The technical account (sub) has no domain such as @techacct.adobe.com.")
	d.odd(at && strings.Count(name, "-") == 4, "The technical account (sub) looks like its e-mail address; IMS wants the id.")
	_, err := strconv.ParseInt(d.ID, 10, 64)
	d.odd(d.ID != "" && err != nil, "The id (jti) is not an integer.")
}
