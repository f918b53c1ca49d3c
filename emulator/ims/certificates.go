package ims

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// AddCertificate adds a certificate to every binding of a client; assertions signed with its key are accepted from
// then on, between the certificate's own dates. Only its key and dates are used: nothing else of it is checked. The
// key must be an RSA key of at least 2048 bits. A certificate that is already there is no longer revoked.
func (s *Server) AddCertificate(clientID string, cert *x509.Certificate) error {
	added, err := newCertificate(cert)
	if err != nil {
		return err
	}
	return s.editBindings(clientID, func(b *binding) { b.add(added) })
}

// AddAccountCertificate is [Server.AddCertificate] for the bindings of one account alone.
func (s *Server) AddAccountCertificate(clientID, account string, cert *x509.Certificate) error {
	added, err := newCertificate(cert)
	if err != nil {
		return err
	}
	return s.change(func(r *registry) error {
		found := false
		keys, _ := r.bindingsOf.get(clientID)
		for _, key := range keys {
			if key.account == account {
				r.editBinding(key, func(b *binding) { b.add(added) })
				found = true
			}
		}
		if !found {
			return fmt.Errorf("client %q has no binding to account %q", clientID, account)
		}
		return nil
	})
}

// AddCertificatePEM is [Server.AddCertificate] for certificates in PEM. Blocks of other types are passed over. It fails
// if there is no certificate or one of them cannot be used; then none is added.
func (s *Server) AddCertificatePEM(clientID string, text []byte) error {
	var certs []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate: %v", err)
		}
		if _, err := newCertificate(cert); err != nil {
			return err
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return errors.New("there is no certificate in PEM")
	}
	for _, cert := range certs {
		if err := s.AddCertificate(clientID, cert); err != nil {
			return err
		}
	}
	return nil
}

func newCertificate(cert *x509.Certificate) (certificate, error) {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minKeyBits {
		return certificate{}, errors.New("the certificate has no RSA key of at least 2048 bits")
	}
	return certificate{
		fingerprint: sha256.Sum256(cert.Raw), subject: cert.Subject.String(), key: key, notBefore: cert.NotBefore, notAfter: cert.NotAfter,
	}, nil
}

func (b *binding) add(added certificate) {
	b.certificates = slices.DeleteFunc(b.certificates, func(c certificate) bool { return c.fingerprint == added.fingerprint })
	b.certificates = append(b.certificates, added)
}

// RevokeCertificate makes a client's bindings refuse assertions signed under cert. It fails if none of them has it.
func (s *Server) RevokeCertificate(clientID string, cert *x509.Certificate) error {
	sum := sha256.Sum256(cert.Raw)
	return s.SetCertificateRevoked(clientID, hex.EncodeToString(sum[:]), true)
}

// SetCertificateRevoked revokes a certificate in all bindings of a client, or takes the revocation back. A certificate
// is named by the SHA-256 of its DER in hexadecimal digits, as in [CertificateState]. It fails if no binding has it.
func (s *Server) SetCertificateRevoked(clientID, fingerprint string, revoked bool) error {
	return s.editCertificate(clientID, fingerprint, func(c *certificate) { c.revoked = revoked })
}

// ExpireCertificate makes a certificate end one second ago, as if its year were over. Adding it again gives it back its
// own dates.
func (s *Server) ExpireCertificate(clientID, fingerprint string) error {
	now := s.now()
	return s.editCertificate(clientID, fingerprint, func(c *certificate) {
		c.notAfter = now.Add(-time.Second)
		if c.notBefore.After(c.notAfter) {
			c.notBefore = c.notAfter
		}
	})
}

// RemoveCertificate takes a certificate out of all bindings of a client.
func (s *Server) RemoveCertificate(clientID, fingerprint string) error {
	return s.onCertificate(clientID, fingerprint, func(b *binding) {
		b.certificates = slices.DeleteFunc(b.certificates, func(c certificate) bool { return c.name() == fingerprint })
	})
}

func (s *Server) editCertificate(clientID, fingerprint string, f func(*certificate)) error {
	return s.onCertificate(clientID, fingerprint, func(b *binding) {
		for i := range b.certificates {
			if b.certificates[i].name() == fingerprint {
				f(&b.certificates[i])
			}
		}
	})
}

// onCertificate changes the bindings of a client. It fails if none has the certificate.
func (s *Server) onCertificate(clientID, fingerprint string, f func(*binding)) error {
	return s.change(func(r *registry) error {
		found := false
		r.editBindings(clientID, func(b *binding) {
			found = found || slices.ContainsFunc(b.certificates, func(c certificate) bool { return c.name() == fingerprint })
			f(b)
		})
		if !found {
			return fmt.Errorf("client %q has no such certificate", clientID)
		}
		return nil
	})
}
