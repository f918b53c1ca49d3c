package ims

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// The values of the claim "as". Clients find the host of IMS by it, "{as}.adobelogin.com", and know no others.
const (
	production = "ims-na1"
	stage      = "ims-na1-stg1"
)

// grant is what a token is to say.
type grant struct {
	kind                          string // "" is an access token
	environment                   string // "" is production
	client, organization, account string
	scopes                        []string
	session                       string // the sign-in that the token comes from, "" for technical accounts
	refresh                       string // the family of refresh tokens that it belongs to: rotation keeps it
	refreshExpiry                 time.Time
	lifetime                      time.Duration // 0 is the server's
}

// issued is a new token.
type issued struct {
	text     string
	id       string
	created  time.Time
	lifetime time.Duration
}

// newToken is issue for a request. The token is one of stage if the request called the server by stage's own name.
func (c *call) newToken(g grant, now time.Time) (issued, error) {
	host, _, _ := strings.Cut(strings.ToLower(c.r.Host), ":")
	if host == stage+".adobelogin.com" {
		g.environment = stage
	}
	return c.issue(g, c.shape, now)
}

// issue signs a new token that is valid from now on, unless the shape says something else.
func (s *Server) issue(g grant, shape *Shape, now time.Time) (issued, error) {
	if g.kind == "" {
		g.kind = kindAccess
	}
	if g.lifetime == 0 {
		g.lifetime = s.TokenLifetime()
	}
	t := issued{created: now, lifetime: g.lifetime}
	if g.kind == kindAccess {
		t.created, t.lifetime = shape.life(now, g.lifetime)
		s.counters.issued.Add(1)
	}
	t.id = s.newTokenID(t.created)
	var err error
	t.text, err = s.sign(g.kind, s.appendPayload(make([]byte, 0, 1024), g, t))
	return t, err
}

// appendPayload writes the claims in the order of real tokens. The times are milliseconds and, as there, texts.
func (s *Server) appendPayload(b []byte, g grant, t issued) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, t.id...)
	b = append(b, `","org":`...)
	b = appendText(b, g.organization)
	b = append(b, `,"type":"`...)
	b = append(b, g.kind...)
	b = append(b, `","client_id":`...)
	b = appendText(b, g.client)
	b = append(b, `,"user_id":`...)
	b = appendText(b, g.account)
	b = append(b, `,"as":"`...)
	b = append(b, cmp.Or(g.environment, production)...)
	b = append(b, `","aa_id":`...)
	b = appendText(b, g.account)
	b = append(b, `,"ctp":3`...)
	if g.session != "" {
		b = append(b, `,"sid":`...)
		b = appendText(b, g.session)
	}
	if g.refresh != "" {
		b = append(b, `,"rtid":`...)
		b = appendText(b, g.refresh)
		b = append(b, `,"rtea":"`...)
		b = strconv.AppendInt(b, g.refreshExpiry.UnixMilli(), 10)
		b = append(b, '"')
	}
	b = append(b, `,"moi":"`...)
	var moi [4]byte
	s.random.fill(moi[:])
	b = hex.AppendEncode(b, moi[:])
	b = append(b, `","expires_in":"`...)
	b = strconv.AppendInt(b, t.lifetime.Milliseconds(), 10)
	b = append(b, `","scope":`...)
	b = appendText(b, strings.Join(g.scopes, ","))
	b = append(b, `,"created_at":"`...)
	b = strconv.AppendInt(b, t.created.UnixMilli(), 10)
	return append(b, `"}`...)
}

// newTokenID returns "{milliseconds}_{UUID}_{region}".
func (s *Server) newTokenID(created time.Time) string {
	var u [16]byte
	s.random.fill(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // version 4 (RFC 9562, section 5.4)
	b := strconv.AppendInt(make([]byte, 0, 64), created.UnixMilli(), 10)
	for _, part := range [][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		separator := byte('-')
		if len(part) == 4 {
			separator = '_'
		}
		b = append(b, separator)
		b = hex.AppendEncode(b, part)
	}
	return string(append(b, "_ue1"...))
}

// appendText writes s as a JSON string.
func appendText(b []byte, s string) []byte {
	special := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) }
	if strings.ContainsFunc(s, special) {
		quoted, _ := json.Marshal(s)
		return append(b, quoted...)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// remaining is the time to the token's expiry. Like the live service's it is always a little under the lifetime, and at
// least one unit; 0 for a token that is issued expired.
func (t issued) remaining(now time.Time, shape *Shape, unit time.Duration) time.Duration {
	if shape.Expired {
		return 0
	}
	return max(unit, t.lifetime-now.Sub(t.created)-time.Millisecond)
}

// exchangeAnswer is the body of an answer of /ims/exchange/jwt, where expires_in is in milliseconds.
func (t issued) exchangeAnswer(shape *Shape, now time.Time) []byte {
	left := t.remaining(now, shape, time.Millisecond)
	return shape.write(make([]byte, 0, 2048), []member{
		{name: "token_type", text: "bearer"},
		{name: "access_token", text: t.text},
		{name: "expires_in", json: shape.expiresIn(left, true)},
	})
}

// tokenAnswer is the body of an answer of /ims/token, where expires_in is in seconds. Some grants have more between the
// access token and what is told about it.
func (t issued) tokenAnswer(shape *Shape, now time.Time, more ...member) []byte {
	members := append([]member{{name: "access_token", text: t.text}}, more...)
	members = append(members, member{name: "token_type", text: "bearer"}, t.expiresIn(shape, now))
	return shape.write(make([]byte, 0, 4096), members)
}

// expiresIn is the member expires_in in seconds.
func (t issued) expiresIn(shape *Shape, now time.Time) member {
	left := t.remaining(now, shape, time.Second)
	return member{name: "expires_in", json: shape.expiresIn(left, false)}
}

// IssueToken returns a new access token without any request, as Adobe's consoles hand them out. It acts as account,
// which must exist, and has the given scopes. It fails for an unknown client or account.
func (s *Server) IssueToken(clientID, account string, scopes ...string) (secret.Text, error) {
	a, err := s.granted(clientID, account)
	if err != nil {
		return secret.Text{}, err
	}
	g := grant{client: clientID, organization: a.Organization, account: account, scopes: scopes}
	t, err := s.issue(g, noShape, s.now())
	return secret.New(t.text), err
}

// granted returns an account, if the client exists, too.
func (s *Server) granted(clientID, account string) (Account, error) {
	r := s.current.Load()
	a, ok := r.accounts.get(account)
	if !ok {
		return Account{}, fmt.Errorf("unknown account %q", account)
	}
	if _, ok := r.clients.get(clientID); !ok {
		return Account{}, fmt.Errorf("unknown client %q", clientID)
	}
	return a, nil
}

// IssueServiceCode returns a permanent authorization code for a client's service account, as Adobe hands them out for
// services: it can be used any number of times and does not expire. It is a JWT, because clients read its "type". It fails for
// an unknown client or account, and for scopes that the client does not have.
func (s *Server) IssueServiceCode(clientID, account string, scopes ...string) (secret.Text, error) {
	a, err := s.granted(clientID, account)
	if err != nil {
		return secret.Text{}, err
	}
	g := grant{kind: kindCode, client: clientID, organization: a.Organization, account: account, scopes: scopes, lifetime: forever}
	t, err := s.issue(g, noShape, s.now())
	if err != nil {
		return secret.Text{}, err
	}
	return secret.New(t.text), s.change(func(r *registry) error {
		c, ok := r.clients.get(clientID)
		if !ok || !subset(scopes, c.scopes) {
			return fmt.Errorf("client %q does not have all of the scopes %q", clientID, scopes)
		}
		code := authorization{client: clientID, account: account, scopes: slices.Clone(scopes), service: true}
		r.serviceCodes = r.serviceCodes.with(keyOf(t.id), code)
		return nil
	})
}

// forever is the lifetime of a service code.
const forever = 100 * 366 * 24 * time.Hour
