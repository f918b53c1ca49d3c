package ims

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/journal"
)

// Explanation says what is known about a pasted text: see [Server.Explain].
type Explanation struct {
	// Kind is "assertion", "access_token", "refresh_token", "authorization_code", "id_token", or "" for what is no JWT.
	Kind string `json:"kind"`
	// Header and Claims are the decoded parts, nil if they cannot be decoded.
	Header json.RawMessage `json:"header,omitempty"`
	Claims json.RawMessage `json:"claims,omitempty"`
	// Checks are what the server would check, up to the first that fails. The texts are for a person.
	Checks []journal.Check `json:"checks"`
	// Code and Description are the error that the text would get; "" if it is good.
	Code        string `json:"code,omitempty"`
	Description string `json:"description,omitempty"`
}

// Pass and Fail make an Explanation a trail of checks.
func (e *Explanation) Pass(check, detail string) {
	e.Checks = append(e.Checks, journal.Check{Name: check, Passed: true, Detail: detail})
}

// Fail tells that a check failed.
func (e *Explanation) Fail(check, detail string) {
	e.Checks = append(e.Checks, journal.Check{Name: check, Detail: detail})
}

// Explain judges an assertion or a token as a request with it would be judged, and tells each check. It uses nothing up:
// the "jti" of an assertion is still good afterwards. An assertion is judged for the client that its "aud" names.
func (s *Server) Explain(text string) Explanation {
	text = strings.TrimSpace(text)
	e := Explanation{Checks: []journal.Check{}}
	parts := strings.Split(text, ".")
	if len(text) > maxAssertion || len(parts) != 3 {
		e.refused(errUndecodable, whyUndecodable(text))
		return e
	}
	_, headerErr := decodePart(parts[0])
	claims, claimsErr := decodePart(parts[1])
	e.Header, e.Claims = decodedPart(parts[0], headerErr), decodedPart(parts[1], claimsErr)
	if headerErr != nil || claimsErr != nil {
		e.refused(errUndecodable, "header or claims are not base64url of a JSON object with unique members")
		return e
	}
	switch {
	case claims["type"] == nil && s.signedHere(text):
		s.explainID(&e, claims)
	case claims["type"] != nil && claims["created_at"] != nil:
		s.explainToken(&e, text)
	default:
		s.explainAssertion(&e, text)
	}
	return e
}

func (e *Explanation) refused(f *failure, why string) {
	e.Fail("decodes", why)
	e.Code, e.Description = f.code, f.description
}

// decodedPart returns the JSON of a part that could be decoded.
func decodedPart(part string, err error) json.RawMessage {
	if err != nil {
		return nil
	}
	raw, _ := base64URL(part)
	return raw
}

func (s *Server) signedHere(text string) bool {
	_, err := s.keyring.Load().open(text)
	return err == nil
}

// explainID judges an id_token, which is signed by this server and has no type.
func (s *Server) explainID(e *Explanation, claims map[string]json.RawMessage) {
	e.Kind = kindID
	e.Pass("signature", "")
	var expiry int64
	if json.Unmarshal(claims["exp"], &expiry) != nil || s.now().Unix() >= expiry {
		e.Fail("not expired", "it expired at "+time.Unix(expiry, 0).UTC().Format(time.RFC3339))
		e.Code, e.Description = ErrTokenExpired.Error(), "the id_token has expired"
		return
	}
	e.Pass("not expired", "")
}

func (s *Server) explainToken(e *Explanation, text string) {
	p, err := s.check(text, s.now())
	e.Kind = cmp.Or(p.Type, kindAccess)
	if errors.Is(err, ErrTokenSignature) {
		e.Fail("signature", "it is not signed by a key of this server")
	} else {
		e.Pass("signature", "")
	}
	until := p.expiry().UTC().Format(time.RFC3339)
	switch {
	case err == nil:
		e.Pass("not revoked", "")
		e.Pass("not expired", "until "+until)
		return
	case errors.Is(err, ErrTokenExpired):
		e.Pass("not revoked", "")
		e.Fail("not expired", "it expired at "+until+", and it is "+s.now().UTC().Format(time.RFC3339))
	case errors.Is(err, ErrTokenRevoked):
		e.Fail("not revoked", "it, or what it comes from, was ended or used up")
	case errors.Is(err, ErrTokenMalformed):
		e.Fail("well formed", "id is missing, or a claim has the wrong type")
	}
	e.Code, e.Description = err.Error(), "the reason that /ims/validate_token gives"
}

// explainAssertion judges an assertion for the client in its "aud".
func (s *Server) explainAssertion(e *Explanation, text string) {
	e.Kind = "assertion"
	a, f := decodeAssertion(text)
	if f != nil {
		e.refused(f, whyUndecodable(text))
		return
	}
	r := s.current.Load()
	audience := a.readAudience()
	_, clientID, _ := strings.Cut(audience, "/c/")
	cl, ok := r.clients.get(clientID)
	if !ok {
		e.Fail("audience", "it names no client of this server")
		e.Code, e.Description = errAudienceUnknown.code, errAudienceUnknown.description
		return
	}
	if !cl.ExchangeJWT || cl.migrated {
		e.Fail("grant", "the client may not exchange assertions")
		e.Code, e.Description = errNoExchange.code, errNoExchange.description
		return
	}
	j := judge{state: r, trail: e, strict: s.Strict(), now: s.now()}
	if _, f := j.assertion(cl, text, false); f != nil {
		e.Code, e.Description = f.code, f.description
	}
}
