package ims

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // for the hashes of the algorithms below
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of an assertion. Real ones are about a kilobyte.
const (
	maxAssertion = 32 << 10
	maxClaims    = 256
)

// clockSkew is how long after its expiry an assertion is still accepted, as a client library of Adobe's has it.
const clockSkew = 30 * time.Second

// secondsBound tells seconds from milliseconds in "exp". Senders published by Adobe itself use milliseconds, so IMS
// evidently takes them; 10^11 seconds are the year 5138, 10^11 milliseconds were in 1973.
const secondsBound = 100_000_000_000

// assertion is a decoded JWT that claims to come from a technical account. Decoding says nothing about its truth.
type assertion struct {
	algorithm string
	claims    map[string]json.RawMessage
	signed    string // header and payload as they were sent
	signature []byte

	issuer, subject, audience string
	expiry                    time.Time
	id                        int64
	hasID                     bool
}

// decodeAssertion splits a compact JWS (RFC 7515, section 7.1) and reads header and payload.
func decodeAssertion(text string) (*assertion, *failure) {
	if len(text) > maxAssertion || strings.Count(text, ".") != 2 {
		return nil, errUndecodable
	}
	dot := strings.LastIndexByte(text, '.')
	head, payload, _ := strings.Cut(text[:dot], ".")
	header, err := decodePart(head)
	if err != nil {
		return nil, errUndecodable
	}
	a := &assertion{signed: text[:dot]}
	if json.Unmarshal(header["alg"], &a.algorithm) != nil {
		return nil, errUndecodable
	}
	if _, critical := header["crit"]; critical {
		// RFC 7515, section 4.1.11: an extension that is not understood makes the JWS invalid.
		return nil, errUndecodable
	}
	if a.claims, err = decodePart(payload); err != nil {
		return nil, errUndecodable
	}
	if a.signature, err = base64URL(text[dot+1:]); err != nil {
		return nil, errUndecodable
	}
	return a, nil
}

// base64URL decodes a part of a JWS. The decoder of the standard library passes over line breaks; RFC 7515, section 2
// allows none.
func base64URL(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errNotBase64URL
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

var errNotBase64URL = errors.New("a line break in base64url")

var errNotObject = errors.New("not a JSON object with unique members")

// decodePart reads one base64url part as a JSON object. Member names must be unique: RFC 7519, section 4 lets a
// receiver refuse others, and two readings of one assertion are a danger.
func decodePart(part string) (map[string]json.RawMessage, error) {
	raw, err := base64URL(part)
	if err != nil || !utf8.Valid(raw) {
		return nil, errNotObject
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errNotObject
	}
	members := map[string]json.RawMessage{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errNotObject
		}
		key, _ := name.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errNotObject
		}
		if _, repeated := members[key]; repeated || len(members) == maxClaims {
			return nil, errNotObject
		}
		members[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errNotObject
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	return members, nil
}

// whyUndecodable says for a person what is wrong with an assertion that cannot be decoded.
func whyUndecodable(text string) string {
	switch {
	case text == "":
		return "jwt_token is missing"
	case len(text) > maxAssertion:
		return "it is longer than 32 KiB"
	case strings.Count(text, ".") != 2:
		return "it does not have three parts"
	}
	return "its parts are not base64url of JSON objects with unique members, or the header has no alg"
}

// readClaims checks the form of the registered claims and that the assertion has not expired: integers first, then
// the expiry, then the rest.
func (a *assertion) readClaims(j judge) *failure {
	exp, f := a.integer("exp")
	if f == nil {
		f = a.readID()
	}
	if j.told("exp and jti are integers", f, "") != nil {
		return f
	}
	_, hasExpiry := a.claims["exp"]
	if exp >= secondsBound {
		exp /= 1000
	}
	a.expiry = time.Unix(exp, 0)
	if hasExpiry && j.now.After(a.expiry.Add(clockSkew)) {
		return j.told("not expired", errExpired, "it expired at "+a.expiry.UTC().Format(time.RFC3339)+", and it is "+
			j.now.UTC().Format(time.RFC3339))
	}
	j.trail.Pass("not expired", "")
	a.issuer, a.subject = a.text("iss"), a.text("sub")
	if claim := a.badClaim(hasExpiry); claim != "" {
		return j.told("claims are well formed", errBadClaim, claim+" is missing or malformed")
	}
	if j.strict.DayCap && a.expiry.After(j.now.Add(24*time.Hour+clockSkew)) {
		return j.told("claims are well formed", errBeyondDay, "")
	}
	j.trail.Pass("claims are well formed", "")
	a.audience = a.readAudience()
	return nil
}

// badClaim returns the name of a registered claim that is missing or malformed, or "".
func (a *assertion) badClaim(hasExpiry bool) string {
	ident, found := strings.CutSuffix(a.issuer, "@AdobeOrg")
	switch {
	case !hasExpiry:
		return "exp"
	case !found || ident == "":
		return "iss"
	case !isAccount(a.subject):
		return "sub"
	case a.id < 0:
		return "jti"
	}
	return ""
}

// integer reads a claim as an integer; an absent claim is 0. A text is answered like a JWT that cannot be decoded, as
// the live service does with an "exp" that is a date.
func (a *assertion) integer(name string) (int64, *failure) {
	raw, ok := a.claims[name]
	if !ok {
		return 0, nil
	}
	if raw[0] == '"' {
		return 0, errUndecodable
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, errNotInteger
	}
	return n, nil
}

// readID reads "jti": an integer, or the digits of one as a text. Adobe's pages have both.
func (a *assertion) readID() *failure {
	raw, ok := a.claims["jti"]
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil {
		return errNotInteger
	}
	a.id, a.hasID = n, true
	return nil
}

// readAudience reads "aud": a text, or an array of one (RFC 7519, section 4.1.3). Anything else is "".
func (a *assertion) readAudience() string {
	if s := a.text("aud"); s != "" {
		return s
	}
	var list []string
	if json.Unmarshal(a.claims["aud"], &list) != nil || len(list) != 1 {
		return ""
	}
	return list[0]
}

// text returns a claim that is a JSON string, or "".
func (a *assertion) text(name string) string {
	var s string
	_ = json.Unmarshal(a.claims[name], &s)
	return s
}

// isAccount reports whether s has the form of an account, "ident@authentication-source".
func isAccount(s string) bool {
	ident, source, found := strings.Cut(s, "@")
	return found && ident != "" && source != "" && !strings.Contains(source, "@")
}

// metascopes returns the names of the claims "https://{host}/s/{name}" that are true and whose host is known.
func (a *assertion) metascopes(known func(host string) bool) []string {
	var names []string
	for claim, value := range a.claims {
		host, path, ok := splitURL(claim)
		if !ok || string(value) != "true" {
			continue
		}
		if name, ok := strings.CutPrefix(path, "/s/"); ok && name != "" && known(host) {
			names = append(names, name)
		}
	}
	return names
}

// splitURL splits an http or https URL in its host, in lower case and without the scheme's own port, and the rest.
func splitURL(s string) (host, path string, ok bool) {
	scheme, rest, found := strings.Cut(s, "://")
	if !found || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return "", "", false
	}
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 {
		return "", "", false
	}
	return plainHost(rest[:slash], strings.EqualFold(scheme, "https")), rest[slash:], true
}

// plainHost brings a host into the form in which hosts are compared.
func plainHost(host string, https bool) string {
	port := ":80"
	if https {
		port = ":443"
	}
	return strings.TrimSuffix(strings.ToLower(host), port)
}

// algorithms are those that Adobe's guides allow (RFC 7518, section 3.3). There is no "none" and no shared key: a
// signature is only ever checked as RSA, whatever the header says.
var algorithms = map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512}

// signature checks the signature against the live certificates of the binding, any of which may fit.
func (j judge) signature(a *assertion, b *binding) *failure {
	hash, ok := algorithms[a.algorithm]
	if !ok {
		return j.told("signature", errAlgorithm, "the header's alg is not RS256, RS384 or RS512")
	}
	if c := a.fits(hash, b.certificates, j.now, true); c != nil {
		j.trail.Pass("signature", c.subject)
		return nil
	}
	for _, other := range algorithms {
		if other != hash && a.fits(other, b.certificates, j.now, true) != nil {
			return j.told("signature", errAlgorithm, "it was made by another algorithm than the header's alg")
		}
	}
	return j.told("signature", errNoBinding, whyNoCertificate(a, hash, b, j.now))
}

// whyNoCertificate says for a person why no live certificate fits a signature.
func whyNoCertificate(a *assertion, hash crypto.Hash, b *binding, now time.Time) string {
	if len(b.certificates) == 0 {
		return "the binding has no certificate"
	}
	c := a.fits(hash, b.certificates, now, false)
	switch {
	case c == nil:
		return "the key is that of no certificate of the binding"
	case c.revoked:
		return "the certificate " + c.subject + " was revoked"
	case now.After(c.notAfter):
		return "the certificate " + c.subject + " expired at " + c.notAfter.UTC().Format(time.RFC3339)
	default:
		return "the certificate " + c.subject + " is not valid before " + c.notBefore.UTC().Format(time.RFC3339)
	}
}

// fits returns the certificate whose key made the signature; only live ones count if live is set.
func (a *assertion) fits(hash crypto.Hash, certificates []certificate, now time.Time, live bool) *certificate {
	h := hash.New()
	_, _ = io.WriteString(h, a.signed)
	digest := h.Sum(nil)
	for i := range certificates {
		c := &certificates[i]
		if (!live || c.live(now)) && rsa.VerifyPKCS1v15(c.key, hash, digest, a.signature) == nil {
			return c
		}
	}
	return nil
}
