package assure

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // SHA384 and SHA512
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"
)

// signingCertificateV2 is the signed attribute that CAdES requires, RFC 5035, section 3.
var signingCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}

// algorithm is a digest in all its names.
type algorithm struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
}

var algorithms = map[Digest]algorithm{
	SHA256: {pkcs7.OIDDigestAlgorithmSHA256, crypto.SHA256},
	SHA384: {pkcs7.OIDDigestAlgorithmSHA384, crypto.SHA384},
	SHA512: {pkcs7.OIDDigestAlgorithmSHA512, crypto.SHA512},
}

// check reports what keeps a credential from signing at a time.
func (c Credential) check(at time.Time) error {
	if c.Signer == nil || c.Certificate == nil {
		return errors.New("the credential has no key or no certificate")
	}
	switch key := c.Signer.Public().(type) {
	case *rsa.PublicKey:
		if !key.Equal(c.Certificate.PublicKey) {
			return errors.New("the credential's key does not belong to its certificate")
		}
	case *ecdsa.PublicKey:
		if !key.Equal(c.Certificate.PublicKey) {
			return errors.New("the credential's key does not belong to its certificate")
		}
	default:
		return fmt.Errorf("the credential's key is a %T, and must be of RSA or ECDSA", key)
	}
	if at.IsZero() {
		return errors.New("the time of signing is missing")
	}
	if at.Before(c.Certificate.NotBefore) || at.After(c.Certificate.NotAfter) {
		return fmt.Errorf("the credential's certificate is valid from %s to %s, and not at the time of signing, %s",
			c.Certificate.NotBefore.UTC().Format(time.RFC3339), c.Certificate.NotAfter.UTC().Format(time.RFC3339),
			at.UTC().Format(time.RFC3339))
	}
	return nil
}

// keyOnly lets pkcs7 assemble a message without signing it. The library takes the signing time from the machine's clock,
// so the attributes are set right afterwards, and signed once.
type keyOnly struct{ crypto.Signer }

func (keyOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return []byte{0}, nil }

// detached returns a detached CMS signature of content. The time of signing is one of its attributes, but for CAdES, where
// the document tells it.
func (c Credential) detached(content []byte, digest Digest, cades bool, at time.Time) ([]byte, error) {
	alg := algorithms[digest]
	message, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, err
	}
	message.SetDigestAlgorithm(alg.oid)
	var extra []pkcs7.Attribute
	if cades {
		extra = []pkcs7.Attribute{{Type: signingCertificateV2, Value: c.certificateID()}}
	}
	config := pkcs7.SignerInfoConfig{ExtraSignedAttributes: extra}
	if err := message.AddSigner(c.Certificate, keyOnly{c.Signer}, config); err != nil {
		return nil, err
	}
	for _, above := range c.Chain {
		message.AddCertificate(above)
	}
	message.Detach()
	signer := &message.GetSignedData().SignerInfos[0]
	attributes := signer.AuthenticatedAttributes
	for i := range attributes {
		if attributes[i].Type.Equal(pkcs7.OIDAttributeSigningTime) {
			if attributes[i].Value, err = timeValue(at); err != nil {
				return nil, err
			}
		}
	}
	if cades {
		attributes = slices.DeleteFunc(attributes, isSigningTime)
	}
	set, err := sortedSet(attributes)
	if err != nil {
		return nil, err
	}
	signer.AuthenticatedAttributes = attributes
	h := alg.hash.New()
	h.Write(set)
	if signer.EncryptedDigest, err = c.Signer.Sign(rand.Reader, h.Sum(nil), alg.hash); err != nil {
		return nil, fmt.Errorf("the credential does not sign: %w", err)
	}
	return message.Finish()
}

// isSigningTime reports whether an attribute, of a type that pkcs7 keeps to itself, is the time of signing.
func isSigningTime[T any](attribute T) bool {
	id, err := asn1.Marshal(pkcs7.OIDAttributeSigningTime)
	if err != nil {
		return false
	}
	der, err := asn1.Marshal(attribute)
	return err == nil && bytes.Contains(der[:min(len(der), len(id)+6)], id)
}

// sortedSet sorts attributes as DER has it, and returns them as the set that is signed.
func sortedSet[T any](attributes []T) ([]byte, error) {
	var failed error
	encoded := func(a T) []byte {
		der, err := asn1.Marshal(a)
		failed = errors.Join(failed, err)
		return der
	}
	slices.SortFunc(attributes, func(a, b T) int { return bytes.Compare(encoded(a), encoded(b)) })
	var all []byte
	for _, a := range attributes {
		all = append(all, encoded(a)...)
	}
	if failed != nil {
		return nil, failed
	}
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: all})
}

// timeValue is the set of one time that the attribute of the signing time holds.
func timeValue(at time.Time) (asn1.RawValue, error) {
	der, err := asn1.Marshal(at.UTC().Truncate(time.Second))
	return asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: der}, err
}

// certificateID is the value of signing-certificate-v2: a hash of the certificate, its issuer and its number.
func (c Credential) certificateID() any {
	type issuerSerial struct {
		Issuer []asn1.RawValue
		Serial asn1.RawValue
	}
	type essCertIDv2 struct { // the algorithm is left out: it is the default, SHA-256
		Hash         []byte
		IssuerSerial issuerSerial
	}
	type certificates struct{ Certs []essCertIDv2 }
	serial, err := asn1.Marshal(c.Certificate.SerialNumber)
	if err != nil {
		serial = []byte{asn1.TagInteger, 1, 0}
	}
	sum := sha256.Sum256(c.Certificate.Raw)
	name := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: c.Certificate.RawIssuer}
	return certificates{[]essCertIDv2{{sum[:], issuerSerial{[]asn1.RawValue{name}, asn1.RawValue{FullBytes: serial}}}}}
}
