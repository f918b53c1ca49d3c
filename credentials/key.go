package credentials

import (
	"crypto"
	"crypto/hkdf"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// Key is a private key with the certificate that came with it. It prints as its size, fingerprint and dates.
type Key struct {
	// Signer signs with the RSA private key.
	Signer crypto.Signer
	// Certificate is the certificate beside the key, nil if there was none.
	Certificate *x509.Certificate
	// Expires is the end of the certificate: its own notAfter, or certificateExpirationDate where the file has only
	// that. Zero means unknown.
	Expires time.Time
	// Encoding says in words how the key was written, for example "PKCS#1 PEM with CRLF line ends".
	Encoding string

	declared time.Time // certificateExpirationDate, if the file has one
}

// Fingerprint names the key for people: "sha256:" and the hexadecimal SHA-256 of the certificate's DER encoding, as
// "openssl x509 -fingerprint -sha256" and the consoles compute it. Without a certificate it is the same as
// [Key.PublicKeyFingerprint].
func (k Key) Fingerprint() string {
	if k.Certificate == nil {
		return k.PublicKeyFingerprint()
	}
	return fingerprint(k.Certificate.Raw)
}

// PublicKeyFingerprint returns "sha256:" and the hexadecimal SHA-256 of the public key as a DER SubjectPublicKeyInfo
// (RFC 5280, section 4.1.2.7), or "" if there is no usable key. It stays the same when a certificate is renewed.
func (k Key) PublicKeyFingerprint() string {
	if k.Signer == nil {
		return ""
	}
	der, err := x509.MarshalPKIXPublicKey(k.Signer.Public())
	if err != nil {
		return ""
	}
	return fingerprint(der)
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// MatchesCertificate reports whether the certificate is for this key. It is true when there is no certificate.
func (k Key) MatchesCertificate() bool {
	if k.Certificate == nil || k.Signer == nil {
		return true
	}
	public, ok := k.Signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(k.Certificate.PublicKey)
}

// DeriveSecret returns a text that depends on the private key and on label alone, by HKDF-SHA-256 (RFC 5869): who has the
// key can make it, and it tells nothing of the key. It is false for a signer that does not have its key in memory, such as
// one of a security module.
func (k Key) DeriveSecret(label string) (secret.Text, bool) {
	s, ok := k.Signer.(*signer)
	if !ok {
		return secret.Text{}, false
	}
	derived, err := hkdf.Key(sha256.New, s.key.D.Bytes(), nil, label, sha256.Size)
	if err != nil {
		return secret.Text{}, false
	}
	return secret.New(hex.EncodeToString(derived)), true
}

// String returns a short text for people; it holds nothing of the private key.
func (k Key) String() string {
	if k.Signer == nil {
		return "(no key)"
	}
	parts := []string{"key"}
	if public, ok := k.Signer.Public().(*rsa.PublicKey); ok {
		parts[0] = fmt.Sprintf("RSA %d", public.N.BitLen())
	}
	parts = append(parts, k.Fingerprint())
	if !k.Expires.IsZero() {
		parts = append(parts, "expires "+k.Expires.UTC().Format(time.DateOnly))
	}
	return strings.Join(parts, " ")
}

// GoString returns the same as [Key.String].
func (k Key) GoString() string { return k.String() }

// Format writes the same as [Key.String], whatever the verb and flags.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// LogValue returns the same as [Key.String], for log/slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON writes fingerprints, expiry and encoding. There is no UnmarshalJSON.
func (k Key) MarshalJSON() ([]byte, error) {
	var expires *time.Time
	if !k.Expires.IsZero() {
		expires = &k.Expires
	}
	return json.Marshal(struct {
		Fingerprint          string     `json:"fingerprint"`
		PublicKeyFingerprint string     `json:"public_key_fingerprint"`
		Expires              *time.Time `json:"expires,omitempty"`
		Encoding             string     `json:"encoding,omitempty"`
	}{k.Fingerprint(), k.PublicKeyFingerprint(), expires, k.Encoding})
}

// signer keeps the private key out of reach of fmt and encoding/json, which would print all of an *rsa.PrivateKey.
type signer struct {
	key *rsa.PrivateKey
}

func (s *signer) Public() crypto.PublicKey { return s.key.Public() }

func (s *signer) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(random, digest, opts)
}
