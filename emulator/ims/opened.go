package ims

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// payload is what the server reads of the claims of one of its tokens.
type payload struct {
	ID           string `json:"id"`
	Organization string `json:"org"`
	Type         string `json:"type"`
	ClientID     string `json:"client_id"`
	UserID       string `json:"user_id"`
	Session      string `json:"sid"`
	RefreshID    string `json:"rtid"`
	ExpiresIn    millis `json:"expires_in"`
	Scope        string `json:"scope"`
	CreatedAt    millis `json:"created_at"`

	raw []byte // all of it
}

// millis is a number of milliseconds, as a text as real tokens have it, or as a number.
type millis int64

func (m *millis) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*m = millis(n)
	return err
}

func (p payload) created() time.Time { return time.UnixMilli(int64(p.CreatedAt)) }

// expiry is created_at plus expires_in. A sum that overflows is long past.
func (p payload) expiry() time.Time {
	sum := p.CreatedAt + p.ExpiresIn
	if (sum > p.CreatedAt) != (p.ExpiresIn > 0) {
		return time.Time{}
	}
	return time.UnixMilli(int64(sum))
}

func (p payload) scopes() []string { return splitScopes(p.Scope) }

// check verifies that text is a token of this server that is still good. With ErrTokenExpired and ErrTokenRevoked the
// payload is returned all the same.
func (s *Server) check(text string, now time.Time) (payload, error) {
	raw, err := s.keyring.Load().open(text)
	if err != nil {
		return payload{}, err
	}
	p := payload{raw: raw}
	if json.Unmarshal(raw, &p) != nil || p.ID == "" {
		return payload{}, ErrTokenMalformed
	}
	switch {
	case s.ended(p):
		return p, ErrTokenRevoked
	case !now.Before(p.expiry()):
		return p, ErrTokenExpired
	}
	return p, nil
}

// ended reports whether a token, or what it comes from, was ended.
func (s *Server) ended(p payload) bool {
	for _, id := range []string{p.ID, p.Session, p.RefreshID} {
		if id != "" && s.revoked.has(id) {
			return true
		}
	}
	if p.Type != kindCode {
		return false
	}
	_, there := s.findCode(p, s.now())
	return !there
}

// AccessToken is what an access token of this server says.
type AccessToken struct {
	ID, ClientID, Account, Organization string
	Scopes                              []string
	Created, Expiry                     time.Time
	// Email, Name and Products are those of the account, as far as it exists.
	Email, Name string
	Products    []ProductProfile
	// Kind tells how such a token comes about, judged by account and client: "user" for a user's, "oauth" for a
	// technical account's by the client_credentials grant, "exchange" for one by the exchange of an assertion.
	Kind string
}

// CheckToken judges an access token as a service behind IMS does: signature, expiry, revocation. The error is
// [ErrTokenSignature], [ErrTokenMalformed], [ErrTokenExpired] or [ErrTokenRevoked]; with the last two the token is
// returned all the same. A refresh token or a code is malformed here.
func (s *Server) CheckToken(text string) (AccessToken, error) {
	p, err := s.check(text, s.now())
	switch {
	case errors.Is(err, ErrTokenSignature) || errors.Is(err, ErrTokenMalformed):
		return AccessToken{}, err
	case p.Type != kindAccess:
		return AccessToken{}, ErrTokenMalformed
	}
	r := s.current.Load()
	a, _ := r.accounts.get(p.UserID)
	c, _ := r.clients.get(p.ClientID)
	return AccessToken{
		ID: p.ID, ClientID: p.ClientID, Account: p.UserID, Organization: p.Organization, Scopes: p.scopes(),
		Created: p.created(), Expiry: p.expiry(), Email: a.Email, Name: a.Name, Products: a.Products, Kind: tokenKind(p, c),
	}, err
}

func tokenKind(p payload, c *client) string {
	switch {
	case !isTechnical(p.UserID):
		return "user"
	case c != nil && c.ClientCredentials && (!c.ExchangeJWT || c.migrated):
		return "oauth"
	default:
		return "exchange"
	}
}

// isTechnical reports whether an account is a technical one, which cannot sign in.
func isTechnical(account string) bool { return strings.HasSuffix(account, "@techacct.adobe.com") }

// withoutMember returns a JSON object without one of its members, the others in their order.
func withoutMember(object []byte, name string) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errNotObject
	}
	out := []byte{'{'}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		text, ok := key.(string)
		if !ok || text == name {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendText(out, text), ':')
		out = append(out, value...)
	}
	if _, err := dec.Token(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return append(out, '}'), nil
}
