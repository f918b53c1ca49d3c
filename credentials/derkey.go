package credentials

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// The sizes of RSA keys that are accepted. Adobe issues 2048 bits. The upper bound keeps a hostile file from making
// the check of the key itself expensive.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// maxKeyDER is more than an 8192-bit key needs.
const maxKeyDER = 8 << 10

var algorithms = []struct {
	oid  asn1.ObjectIdentifier
	name string
}{
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, "EC"},
	{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, "DSA"},
	{asn1.ObjectIdentifier{1, 3, 101, 112}, "Ed25519"},
	{asn1.ObjectIdentifier{1, 3, 101, 110}, "X25519"},
	{asn1.ObjectIdentifier{1, 3, 101, 113}, "Ed448"},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, "RSA-PSS"},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}, "Diffie-Hellman"},
}

var oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}

func notRSA(kind string) *Error {
	return newError(ReasonNotRSA, fmt.Sprintf("the private key is %s, not RSA", kind),
		"create the credential with an RSA key of 2048 bits: Adobe accepts no other kind of signature")
}

// pkcs8 is PrivateKeyInfo (RFC 5208, section 5), as far as it matters.
type pkcs8 struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
}

// pkcs1Head is the beginning of RSAPrivateKey (RFC 8017, appendix A.1.2).
type pkcs1Head struct {
	Version int
	N, E, D *big.Int
}

// ecKey is ECPrivateKey (RFC 5915), which can stand without armour too.
type ecKey struct {
	Version    int
	PrivateKey []byte
}

// der reads a DER private key of any syntax. carrier is "PEM", "DER" or another word for what it was wrapped in.
func (r *keyReader) der(der []byte, carrier string) (*signer, *Error) {
	var (
		info pkcs8
		enc  encryptedPKCS8
		head pkcs1Head
		ec   ecKey
	)
	switch {
	case unmarshal(der, &head):
		r.base = "PKCS#1 " + carrier
		return r.rsa(der, head)
	case unmarshal(der, &info):
		r.base = "PKCS#8 " + carrier
		return r.unwrap(info)
	case unmarshal(der, &enc):
		r.base = "encrypted PKCS#8 " + carrier
		return r.decrypt(enc)
	case unmarshal(der, &ec):
		r.base = carrier
		return nil, notRSA("EC")
	}
	switch {
	case parseCertificateDER(der) != nil:
		return nil, r.notPrivate([]pemBlock{{label: "CERTIFICATE"}})
	case isPKCS12(der):
		return nil, newError(ReasonBadKey, "the private key is in a PKCS#12 file, which is not read", hintPKCS12)
	}
	return nil, r.bad("the private key is neither PKCS#1 nor PKCS#8, or it is damaged or cut off")
}

const hintPKCS12 = "take the key out with: openssl pkcs12 -in FILE -nodes -nocerts -out private.key"

// isPKCS12 reports whether der is a PFX (RFC 7292, section 4).
func isPKCS12(der []byte) bool {
	var pfx struct {
		Version  int
		AuthSafe asn1.RawValue
		MacData  asn1.RawValue `asn1:"optional"`
	}
	return unmarshal(der, &pfx) && pfx.Version == 3 && pfx.AuthSafe.Tag == asn1.TagSequence
}

// unmarshal reads der into v and reports whether all of it fits.
func unmarshal(der []byte, v any) bool {
	rest, err := asn1.Unmarshal(der, v)
	return err == nil && len(rest) == 0
}

func (r *keyReader) unwrap(info pkcs8) (*signer, *Error) {
	for _, a := range algorithms {
		if info.Algorithm.Algorithm.Equal(a.oid) {
			return nil, notRSA(a.name)
		}
	}
	if !info.Algorithm.Algorithm.Equal(oidRSA) {
		return nil, notRSA("of an unknown kind")
	}
	var head pkcs1Head
	if !unmarshal(info.PrivateKey, &head) {
		return nil, r.bad("the RSA key inside is damaged")
	}
	return r.rsa(info.PrivateKey, head)
}

// rsa checks the size of a PKCS#1 key before anything is computed with it, and reads it.
func (r *keyReader) rsa(der []byte, head pkcs1Head) (*signer, *Error) {
	bits := head.N.BitLen()
	switch {
	case head.N.Sign() <= 0 || head.E.Sign() <= 0 || head.D.Sign() <= 0 || head.Version != 0:
		return nil, r.bad("the numbers of the RSA key do not fit together")
	case bits < minKeyBits:
		return nil, newError(ReasonBadKey, fmt.Sprintf("the RSA key has %d bits, fewer than %d", bits, minKeyBits),
			"create a new key pair in the console; Adobe's have 2048 bits")
	case bits > maxKeyBits || len(der) > maxKeyDER:
		return nil, newError(ReasonBadKey, fmt.Sprintf("the RSA key has %d bits or oversized parts; at most %d bits are accepted", bits, maxKeyBits),
			"create a new key pair in the console; Adobe's have 2048 bits")
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, r.bad("the numbers of the RSA key do not fit together")
	}
	return &signer{key: key}, nil
}
