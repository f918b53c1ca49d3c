package emulator

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"

	"github.com/imsx/imsx/emulator/forms/assure"
)

// signingLife is how long the certificate that signs documents lives.
const signingLife = 365 * 24 * time.Hour

// signingCredential makes what the Forms services sign documents with: a key, and a certificate that it signed itself. With
// a seed they are always the same, but for the times of the certificate.
func (e *Emulator) signingCredential() (assure.Credential, error) {
	key, err := e.cfg.keyMaker()("document signing")
	if err != nil {
		return assure.Credential{}, err
	}
	now := e.clock.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "imsx emulator document signing", Organization: []string{"imsx emulator, not for production"}},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(signingLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return assure.Credential{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return assure.Credential{Signer: key, Certificate: certificate}, err
}
