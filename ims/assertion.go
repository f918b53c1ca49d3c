package ims

import (
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"

	"github.com/imsx/imsx/internal/cleantext"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

const (
	defaultLifetime = 5 * time.Minute
	// maxLifetime is the longest time that an assertion may lie ahead, by Adobe's page "Creating a JSON Web Token".
	maxLifetime = 24 * time.Hour
)

// Assertion is what is to be said in a signed assertion: who asks, for which client, for which rights, and until when.
type Assertion struct {
	// Endpoint is the origin of IMS, such as "https://ims-na1.adobelogin.com"; a bare host means https. Audience and
	// metascope claims are built from it. Required.
	Endpoint string
	// ClientID is the client that asks. Required.
	ClientID string
	// Organization is the issuer, "…@AdobeOrg". Required.
	Organization string
	// TechnicalAccount is the subject, the account's id "…@techacct.adobe.com" and not its e-mail address. Required.
	TechnicalAccount string
	// Metascopes are the rights to claim, each as a bare name, as "/s/name", or as the full URL of a claim, which is
	// taken as it is. An item may be a list with commas. At least one is required.
	Metascopes []string
	// Lifetime is how long the assertion is valid after Now: 0 means 5 minutes, at most 24 hours. It is cut to whole
	// seconds.
	Lifetime time.Duration
	// ID is the claim "jti", which some accounts require: greater each time, for example the time in nanoseconds. It is
	// sent as a string of digits (RFC 7519, section 4.1.7). 0 means none.
	ID int64
	// Now is the time at which the lifetime begins; zero means [time.Now]. Where the clocks differ, the caller adds
	// [Error.ClockDifference] or [Response.ClockDifference].
	Now time.Time
}

// Claims returns the JSON object that [Assertion.Sign] signs. It holds no secret. The error is an [*Error] with
// [CauseMalformedAssertion] that names every field that is missing or wrong.
func (a Assertion) Claims() ([]byte, error) {
	u, problems := a.check()
	origin := ""
	if u != nil {
		origin = u.String()
	}
	claims := make(map[string]any, 8)
	for _, name := range a.names() {
		claim, problem := metascopeClaim(origin, name)
		if problem != "" {
			problems = append(problems, problem)
		}
		claims[claim] = true
	}
	if len(claims) == 0 {
		problems = append(problems, "no metascope is given")
	}
	if len(problems) > 0 {
		return nil, a.malformed(strings.Join(problems, "; "))
	}
	claims["exp"] = a.expiry().Unix()
	claims["iss"] = a.Organization
	claims["sub"] = a.TechnicalAccount
	claims["aud"] = origin + "/c/" + a.ClientID
	if a.ID != 0 {
		claims["jti"] = strconv.FormatInt(a.ID, 10)
	}
	return json.Marshal(claims)
}

// Sign returns the assertion as a compact JWS, signed with RS256 (RFC 7518, section 3.3). The signer's key must be RSA;
// the key itself may rest elsewhere, as in a hardware module, and Sign blocks as long as the signer does. The error is
// that of [Assertion.Claims], or an [*Error] with [CauseMalformedAssertion] for a key of another type, or wraps that of
// the signer.
func (a Assertion) Sign(signer crypto.Signer) (secret.Text, error) {
	claims, err := a.Claims()
	if err != nil {
		return secret.Text{}, err
	}
	if signer == nil {
		return secret.Text{}, a.malformed("there is no key to sign with")
	}
	if _, ok := signer.Public().(*rsa.PublicKey); !ok {
		return secret.Text{}, a.malformed("the key is not an RSA key")
	}
	text, err := sign(signer, claims)
	if err != nil {
		return secret.Text{}, fmt.Errorf("sign the assertion: %w", err)
	}
	return secret.New(text), nil
}

func sign(signer crypto.Signer, claims []byte) (string, error) {
	key := jose.SigningKey{Algorithm: jose.RS256, Key: cryptosigner.Opaque(signer)}
	js, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	signed, err := js.Sign(claims)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func (a Assertion) malformed(problem string) *Error {
	return &Error{Op: opAssertion, Cause: CauseMalformedAssertion, Description: cleantext.New().Description(problem)}
}

// check returns the endpoint and what is wrong with the fields, metascopes excepted.
func (a Assertion) check() (u *url.URL, problems []string) {
	u, problem := parseEndpoint(a.Endpoint)
	if problem != "" {
		problems = append(problems, problem)
	}
	for _, field := range [...]struct{ name, value string }{
		{"client id", a.ClientID}, {"organization", a.Organization}, {"technical account", a.TechnicalAccount},
	} {
		switch {
		case field.value == "":
			problems = append(problems, "the "+field.name+" is missing")
		case !wireText(field.value):
			problems = append(problems, "the "+field.name+" has blanks or control characters")
		}
	}
	switch {
	case a.Lifetime < 0 || a.Lifetime > 0 && a.Lifetime < time.Second:
		problems = append(problems, "the lifetime is shorter than a second")
	case a.Lifetime > maxLifetime:
		problems = append(problems, "the lifetime is longer than 24 hours")
	}
	if a.ID < 0 {
		problems = append(problems, "the id is negative")
	}
	return u, problems
}

// wireText reports whether every character of s shows and is no blank.
func wireText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

// expiry returns the end of the lifetime, in whole seconds.
func (a Assertion) expiry() time.Time {
	now := a.Now
	if now.IsZero() {
		now = time.Now()
	}
	return now.Add(orDefault(a.Lifetime, defaultLifetime)).Truncate(time.Second)
}

// names returns the metascopes with lists taken apart.
func (a Assertion) names() []string {
	var names []string
	for _, item := range a.Metascopes {
		names = append(names, token.SplitScopes(item)...)
	}
	return names
}

// metascopeClaim returns the name of the claim for a metascope in any of its three spellings.
func metascopeClaim(origin, name string) (claim, problem string) {
	if strings.Contains(name, "://") {
		u, err := url.Parse(name)
		if err != nil || u.Host == "" || !strings.HasPrefix(u.Path, "/s/") || len(u.Path) <= len("/s/") {
			return "", "a metascope is a URL, but not of the form https://host/s/name"
		}
		return name, ""
	}
	bare := strings.TrimPrefix(name, "/s/")
	if bare == "" || strings.ContainsAny(bare, "/\\\"") || !wireText(bare) {
		return "", "a metascope is neither a name nor of the form /s/name"
	}
	return origin + "/s/" + bare, ""
}
