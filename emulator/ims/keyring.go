package ims

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// signingKey is one key of the server's.
type signingKey struct {
	id     string
	signer crypto.Signer
	public *rsa.PublicKey
}

// keyring is the keys of a server at one moment. It is replaced, never changed.
type keyring struct {
	number int          // of rotations, and so of the newest key
	keys   []signingKey // the first signs, all verify
}

// keyID names the first signing key in tokens and in the key set. It is the name in tokens of the live service. The
// keys after it count on.
const keyID = "ims_na1-key-at-"

// maxKeys is how many keys a ring has: of more, the oldest go.
const maxKeys = 16

func newKeyring(key crypto.Signer) *keyring { return (&keyring{}).rotated(key, false) }

func (k *keyring) rotated(key crypto.Signer, keepOld bool) *keyring {
	next := &keyring{number: k.number + 1}
	id := keyID + strconv.Itoa(next.number)
	next.keys = []signingKey{{id: id, signer: key, public: key.Public().(*rsa.PublicKey)}}
	if keepOld {
		next.keys = append(next.keys, k.keys[:min(len(k.keys), maxKeys-1)]...)
	}
	return next
}

// RotateKey makes key the one that signs from now on; nil means a new one. With keepOld the tokens signed before stay
// good and their keys stay in the key set, of which the newest 16 are kept. Without it every token so far is void. It
// fails for anything but an RSA key of at least 2048 bits.
func (s *Server) RotateKey(key crypto.Signer, keepOld bool) error {
	key, err := Config{Key: key}.key()
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.keyring.Store(s.keyring.Load().rotated(key, keepOld))
	return nil
}

// KeyIDs returns the names of the keys in the key set. The first one signs.
func (s *Server) KeyIDs() []string {
	var ids []string
	for _, k := range s.keyring.Load().keys {
		ids = append(ids, k.id)
	}
	return ids
}

// The kinds of tokens that are signed: the claim "type" of the first three, and the header's "itt" or "typ".
const (
	kindAccess  = "access_token"
	kindRefresh = "refresh_token"
	kindCode    = "authorization_code"
	kindID      = "id_token"
)

// header is the first part of a token, with the members and order of real ones. They have no "typ", and "x5u" is a bare
// file name, against RFC 7515, section 4.1.5. For refresh tokens and codes "itt" is a guess.
func (k signingKey) header(kind string, omitX5U bool) string {
	if kind == kindID {
		return `{"alg":"RS256","kid":"` + k.id + `","typ":"JWT"}`
	}
	x5u := `"x5u":"` + k.id + `.cer",`
	if omitX5U {
		x5u = ""
	}
	return `{"alg":"RS256",` + x5u + `"kid":"` + k.id + `","itt":"` + itt[kind] + `"}`
}

// sign returns a token with the given payload.
func (s *Server) sign(kind string, payload []byte) (string, error) {
	key := s.keyring.Load().keys[0]
	text := make([]byte, 0, 2048)
	text = base64.RawURLEncoding.AppendEncode(text, []byte(key.header(kind, s.Strict().OmitX5U)))
	text = append(text, '.')
	text = base64.RawURLEncoding.AppendEncode(text, payload)
	digest := sha256.Sum256(text)
	signature, err := key.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return "", err
	}
	text = append(text, '.')
	return string(base64.RawURLEncoding.AppendEncode(text, signature)), nil
}

// What is wrong with a token, as [Server.CheckToken] returns it. The texts are the reasons of /ims/validate_token; of
// these only bad_signature is public.
var (
	ErrTokenSignature = errors.New("bad_signature")
	ErrTokenMalformed = errors.New("malformed_token")
	ErrTokenExpired   = errors.New("expired_token")
	ErrTokenRevoked   = errors.New("revoked_token")
)

// open verifies the signature of a token of this server and returns its payload. The header names the key and nothing
// else: there is no algorithm to choose.
func (k *keyring) open(text string) ([]byte, error) {
	dot := strings.LastIndexByte(text, '.')
	if len(text) > maxAssertion || strings.Count(text, ".") != 2 {
		return nil, ErrTokenSignature
	}
	head, body, _ := strings.Cut(text[:dot], ".")
	var header struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	raw, err := base64URL(head)
	if err != nil || json.Unmarshal(raw, &header) != nil || header.Algorithm != "RS256" {
		return nil, ErrTokenSignature
	}
	signature, err := base64URL(text[dot+1:])
	if err != nil || !k.verifies(header.KeyID, text[:dot], signature) {
		return nil, ErrTokenSignature
	}
	payload, err := base64URL(body)
	if err != nil {
		return nil, ErrTokenSignature
	}
	return payload, nil
}

func (k *keyring) verifies(id, signed string, signature []byte) bool {
	digest := sha256.Sum256([]byte(signed))
	for _, key := range k.keys {
		if key.id == id {
			return rsa.VerifyPKCS1v15(key.public, crypto.SHA256, digest[:], signature) == nil
		}
	}
	return false
}

var itt = map[string]string{kindAccess: "at", kindRefresh: "rt", kindCode: "ac"}
