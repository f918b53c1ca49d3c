package ims

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// keyID names the signing key in tokens and in the key set. It is the name in tokens of the live service.
const keyID = "ims_na1-key-at-1"

// tokenHeader is the header of an access token, with the members and order of real ones. They have no "typ", and
// "x5u" is a bare file name, against RFC 7515, section 4.1.5.
const tokenHeader = `{"alg":"RS256","x5u":"` + keyID + `.cer","kid":"` + keyID + `","itt":"at"}`

// environment is the claim "as". Clients find the host of IMS by it, and know no other value for production.
const environment = "ims-na1"

// issuer signs access tokens and knows its own again.
type issuer struct {
	key    crypto.Signer
	public *rsa.PublicKey
	header string // encoded, with its dot
}

func newIssuer(key crypto.Signer) issuer {
	return issuer{
		key:    key,
		public: key.Public().(*rsa.PublicKey),
		header: base64.RawURLEncoding.EncodeToString([]byte(tokenHeader)) + ".",
	}
}

// grant is what a token is to say.
type grant struct {
	client, organization, account string
	scopes                        []string
}

// issued is a new access token.
type issued struct {
	text     string
	created  time.Time
	lifetime time.Duration
}

// issue signs a new access token that is valid from now on.
func (s *Server) issue(g grant, now time.Time) (issued, error) {
	lifetime := time.Duration(s.lifetime.Load())
	payload := appendPayload(make([]byte, 0, 1024), g, now.UnixMilli(), lifetime.Milliseconds())
	text := make([]byte, 0, 2048)
	text = append(text, s.issuer.header...)
	text = base64.RawURLEncoding.AppendEncode(text, payload)
	digest := sha256.Sum256(text)
	signature, err := s.issuer.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return issued{}, err
	}
	text = append(text, '.')
	text = base64.RawURLEncoding.AppendEncode(text, signature)
	s.counters.issued.Add(1)
	return issued{text: string(text), created: now, lifetime: lifetime}, nil
}

// appendPayload writes the claims in the order of real tokens. The times are milliseconds and, as there, texts.
func appendPayload(b []byte, g grant, created, lifetime int64) []byte {
	b = append(b, `{"id":"`...)
	b = appendTokenID(b, created)
	b = append(b, `","org":`...)
	b = appendText(b, g.organization)
	b = append(b, `,"type":"access_token","client_id":`...)
	b = appendText(b, g.client)
	b = append(b, `,"user_id":`...)
	b = appendText(b, g.account)
	b = append(b, `,"as":"`+environment+`","aa_id":`...)
	b = appendText(b, g.account)
	b = append(b, `,"ctp":3,"moi":"`...)
	b = appendRandomHex(b, 4)
	b = append(b, `","expires_in":"`...)
	b = strconv.AppendInt(b, lifetime, 10)
	b = append(b, `","scope":`...)
	b = appendText(b, strings.Join(g.scopes, ","))
	b = append(b, `,"created_at":"`...)
	b = strconv.AppendInt(b, created, 10)
	return append(b, `"}`...)
}

// appendTokenID writes "{milliseconds}_{UUID}_{region}".
func appendTokenID(b []byte, created int64) []byte {
	var u [16]byte
	_, _ = rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // version 4 (RFC 9562, section 5.4)
	b = strconv.AppendInt(b, created, 10)
	for _, part := range [][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		separator := byte('-')
		if len(part) == 4 {
			separator = '_'
		}
		b = append(b, separator)
		b = hex.AppendEncode(b, part)
	}
	return append(b, "_ue1"...)
}

func appendRandomHex(b []byte, n int) []byte {
	var random [16]byte
	_, _ = rand.Read(random[:n])
	return hex.AppendEncode(b, random[:n])
}

// appendText writes s as a JSON string.
func appendText(b []byte, s string) []byte {
	plain := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) }
	if strings.ContainsFunc(s, plain) {
		quoted, _ := json.Marshal(s)
		return append(b, quoted...)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// remaining is the time to the token's expiry. Like the live service's it is always a little under the lifetime.
func (t issued) remaining() time.Duration {
	return max(time.Millisecond, t.lifetime-time.Since(t.created)-time.Millisecond)
}

// exchangeAnswer is the body of an answer of /ims/exchange/jwt, where expires_in is in milliseconds.
func (t issued) exchangeAnswer() []byte {
	b := make([]byte, 0, 2048)
	b = append(b, `{"token_type":"bearer","access_token":"`...)
	b = append(b, t.text...)
	b = append(b, `","expires_in":`...)
	b = strconv.AppendInt(b, t.remaining().Milliseconds(), 10)
	return append(b, '}')
}

// tokenAnswer is the body of an answer of /ims/token, where expires_in is in seconds.
func (t issued) tokenAnswer() []byte {
	b := make([]byte, 0, 2048)
	b = append(b, `{"access_token":"`...)
	b = append(b, t.text...)
	b = append(b, `","token_type":"bearer","expires_in":`...)
	b = strconv.AppendInt(b, max(1, int64(t.remaining()/time.Second)), 10)
	return append(b, '}')
}

// IssueToken returns a new access token without any request, as Adobe's consoles hand them out. It acts as account,
// which must exist, and has the given scopes. It fails for an unknown client or account.
func (s *Server) IssueToken(clientID, account string, scopes ...string) (secret.Text, error) {
	r := s.current.Load()
	a, ok := r.accounts[account]
	if !ok {
		return secret.Text{}, fmt.Errorf("unknown account %q", account)
	}
	if _, ok := r.clients[clientID]; !ok {
		return secret.Text{}, fmt.Errorf("unknown client %q", clientID)
	}
	t, err := s.issue(grant{client: clientID, organization: a.Organization, account: account, scopes: scopes}, time.Now())
	return secret.New(t.text), err
}

// payload is the claims of an access token of this server, in its order.
type payload struct {
	ID           string `json:"id"`
	Organization string `json:"org"`
	Type         string `json:"type"`
	ClientID     string `json:"client_id"`
	UserID       string `json:"user_id"`
	As           string `json:"as"`
	AccountID    string `json:"aa_id"`
	CTP          int    `json:"ctp"`
	MOI          string `json:"moi"`
	ExpiresIn    string `json:"expires_in"`
	Scope        string `json:"scope,omitempty"`
	CreatedAt    string `json:"created_at"`
}

// expiry is created_at plus expires_in.
func (p payload) expiry() time.Time {
	created, _ := strconv.ParseInt(p.CreatedAt, 10, 64)
	lifetime, _ := strconv.ParseInt(p.ExpiresIn, 10, 64)
	return time.UnixMilli(created + lifetime)
}

// What is wrong with an access token. The texts are the reasons of /ims/validate_token; of these only bad_signature
// is public.
var (
	errTokenSignature = errors.New("bad_signature")
	errTokenExpired   = errors.New("expired_token")
	errTokenRevoked   = errors.New("revoked_token")
)

// check verifies that text is an access token of this server that is still good. With errTokenExpired and
// errTokenRevoked the payload is returned all the same.
func (s *Server) check(text string, now time.Time) (payload, error) {
	p, err := s.issuer.open(text)
	switch {
	case err != nil:
		return payload{}, err
	case s.revoked.has(p.ID):
		return p, errTokenRevoked
	case !now.Before(p.expiry()):
		return p, errTokenExpired
	}
	return p, nil
}

// open verifies the signature of an access token. The header must be the one that this issuer writes, byte for byte,
// so there is no algorithm to choose.
func (i issuer) open(text string) (payload, error) {
	dot := strings.LastIndexByte(text, '.')
	if len(text) > maxAssertion || dot < len(i.header) || !strings.HasPrefix(text, i.header) {
		return payload{}, errTokenSignature
	}
	signature, err := base64URL(text[dot+1:])
	digest := sha256.Sum256([]byte(text[:dot]))
	if err != nil || rsa.VerifyPKCS1v15(i.public, crypto.SHA256, digest[:], signature) != nil {
		return payload{}, errTokenSignature
	}
	raw, err := base64URL(text[len(i.header):dot])
	var p payload
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return payload{}, errTokenSignature
	}
	return p, nil
}
