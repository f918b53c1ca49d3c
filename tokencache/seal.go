package tokencache

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// The labels keep the keys of different uses and versions apart (RFC 5869, section 3.2).
const (
	labelName  = "imsx entry name 1"
	labelEntry = "imsx entry 1"
	// sealVersion is the first byte of an entry.
	sealVersion = 1
)

// errUnreadable says that an entry could not be opened: written by other credentials, damaged, or moved.
var errUnreadable = errors.New("the entry does not open: it was written with other credentials, damaged, or moved")

// sealer names, seals and opens the entry of one identity under one secret.
type sealer struct {
	name string
	aead cipher.AEAD
}

func newSealer(id token.Identity, key secret.Text) (sealer, error) {
	nameKey, err := hkdf.Key(sha256.New, []byte(key.Reveal()), nil, labelName, 32)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the name key: %w", err)
	}
	entryKey, err := hkdf.Key(sha256.New, []byte(key.Reveal()), nil, labelEntry, 32)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the sealing key: %w", err)
	}
	block, err := aes.NewCipher(entryKey)
	if err != nil {
		return sealer{}, fmt.Errorf("preparing the cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealer{}, fmt.Errorf("preparing the cipher: %w", err)
	}
	mac := hmac.New(sha256.New, nameKey)
	mac.Write(id.Canonical())
	return sealer{name: hex.EncodeToString(mac.Sum(nil)), aead: aead}, nil
}

// sealed is what an entry holds. Times are milliseconds since 1970 by the server's clock.
type sealed struct {
	AccessToken string `json:"access_token"`
	Expiry      int64  `json:"expiry,omitempty"`
	Issued      int64  `json:"issued,omitempty"`
}

// seal encrypts t. ahead is how far the server's clock is ahead of the local one.
func (s sealer) seal(t token.Token, ahead time.Duration) ([]byte, error) {
	plain, err := json.Marshal(sealed{
		AccessToken: t.AccessToken.Reveal(),
		Expiry:      toMillis(t.Expiry, ahead),
		Issued:      toMillis(t.Issued, ahead),
	})
	if err != nil {
		return nil, fmt.Errorf("encoding the entry: %w", err)
	}
	out := make([]byte, 1+s.aead.NonceSize(), 1+s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	out[0] = sealVersion
	nonce := out[1:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	return s.aead.Seal(out, nonce, plain, s.additional()), nil
}

// open decrypts an entry. Every failure is errUnreadable.
func (s sealer) open(data []byte, ahead time.Duration) (token.Token, error) {
	size := 1 + s.aead.NonceSize()
	if len(data) < size || data[0] != sealVersion {
		return token.Token{}, errUnreadable
	}
	plain, err := s.aead.Open(nil, data[1:size], data[size:], s.additional())
	if err != nil {
		return token.Token{}, errUnreadable
	}
	var e sealed
	if err := json.Unmarshal(plain, &e); err != nil || e.AccessToken == "" {
		return token.Token{}, errUnreadable
	}
	return token.Token{
		AccessToken: secret.New(e.AccessToken),
		Expiry:      fromMillis(e.Expiry, ahead),
		Issued:      fromMillis(e.Issued, ahead),
		Origin:      token.OriginCache,
	}, nil
}

// additional binds an entry to its name, so that one moved under another name does not open.
func (s sealer) additional() []byte { return []byte(labelEntry + "\x00" + s.name) }

func toMillis(t time.Time, ahead time.Duration) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(ahead).UnixMilli()
}

func fromMillis(ms int64, ahead time.Duration) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).Add(-ahead)
}
