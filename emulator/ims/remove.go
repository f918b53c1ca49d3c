package ims

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/imsx/imsx/secret"
)

// AddSecret gives a client one more secret, made up in the form of Adobe's, as the console does. It fails for an unknown
// client and for one that has two already.
func (s *Server) AddSecret(clientID string) (secret.Text, SecretState, error) {
	var b [24]byte
	s.random.fill(b[:])
	text := secret.New("p8e-" + base64.RawURLEncoding.EncodeToString(b[:]))
	state, err := s.AddGivenSecret(clientID, text)
	if err != nil {
		return secret.Text{}, SecretState{}, err
	}
	return text, state, nil
}

// AddGivenSecret is [Server.AddSecret] with a text that is given. It fails for the empty text, too.
func (s *Server) AddGivenSecret(clientID string, text secret.Text) (SecretState, error) {
	if text.IsZero() {
		return SecretState{}, errors.New("the client secret is empty")
	}
	added := clientSecret{text: text}
	s.complete(&added)
	err := s.change(func(r *registry) error {
		err := fmt.Errorf("unknown client %q", clientID)
		r.editClient(clientID, func(c *client) {
			if len(c.secrets) >= maxSecrets {
				err = ErrSecrets
				return
			}
			c.secrets = append(c.secrets, added)
			err = nil
		})
		return err
	})
	if err != nil {
		return SecretState{}, err
	}
	return added.state(), nil
}

// maxSecrets is how many secrets a client may have by Adobe's guide.
const maxSecrets = 2

// ErrSecrets is what AddSecret returns for a client that has as many secrets as it may have.
var ErrSecrets = errors.New("the client has two secrets already")

// RemoveSecret ends a secret of a client, named by its UUID. Tokens got with it stay good.
func (s *Server) RemoveSecret(clientID, uuid string) error {
	return s.change(func(r *registry) error {
		found := false
		r.editClient(clientID, func(c *client) {
			c.secrets = slices.DeleteFunc(c.secrets, func(s clientSecret) bool {
				found = found || s.uuid == uuid
				return s.uuid == uuid
			})
		})
		if !found {
			return fmt.Errorf("client %q has no such secret", clientID)
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

func (s *Server) editCertificate(clientID, fingerprint string, f func(*certificate)) error {
	return s.onCertificate(clientID, fingerprint, func(b *binding) {
		for i := range b.certificates {
			if b.certificates[i].name() == fingerprint {
				f(&b.certificates[i])
			}
		}
	})
}

// RemoveCertificate takes a certificate out of all bindings of a client.
func (s *Server) RemoveCertificate(clientID, fingerprint string) error {
	return s.onCertificate(clientID, fingerprint, func(b *binding) {
		b.certificates = slices.DeleteFunc(b.certificates, func(c certificate) bool { return c.name() == fingerprint })
	})
}

// onCertificate changes the bindings of a client. It fails if none has the certificate.
func (s *Server) onCertificate(clientID, fingerprint string, f func(*binding)) error {
	return s.change(func(r *registry) error {
		found := false
		r.editBindings(clientID, func(_ bindingKey, b *binding) {
			found = found || slices.ContainsFunc(b.certificates, func(c certificate) bool { return c.name() == fingerprint })
			f(b)
		})
		if !found {
			return fmt.Errorf("client %q has no such certificate", clientID)
		}
		return nil
	})
}

// RemoveBinding takes a binding away, with its certificates. It fails if there is none.
func (s *Server) RemoveBinding(organization, account, clientID string) error {
	key := bindingKey{organization, account, clientID}
	return s.change(func(r *registry) error {
		if _, ok := r.bindings.get(key); !ok {
			return fmt.Errorf("client %q has no binding to account %q", clientID, account)
		}
		r.dropBinding(key)
		return nil
	})
}

// RemoveClient takes a client away, with its bindings. Its tokens are good until they expire.
func (s *Server) RemoveClient(id string) error {
	return s.change(func(r *registry) error {
		c, ok := r.clients.get(id)
		if !ok {
			return fmt.Errorf("unknown client %q", id)
		}
		keys, _ := r.bindingsOf.get(id)
		for _, key := range keys {
			r.dropBinding(key)
		}
		r.credentials = r.credentials.without(c.CredentialID)
		r.clients = r.clients.without(id)
		return nil
	})
}

// RemoveAccount takes an account away, with its bindings. Its tokens are good until they expire.
func (s *Server) RemoveAccount(id string) error {
	return s.change(func(r *registry) error {
		if _, ok := r.accounts.get(id); !ok {
			return fmt.Errorf("unknown account %q", id)
		}
		for key := range r.bindings.all() {
			if key.account == id {
				r.dropBinding(key)
			}
		}
		r.accounts = r.accounts.without(id)
		return nil
	})
}

// RemoveOrganization takes an organization away. It fails while an account belongs to it.
func (s *Server) RemoveOrganization(id string) error {
	return s.change(func(r *registry) error {
		o, ok := r.organizations.get(id)
		if !ok {
			return fmt.Errorf("unknown organization %q", id)
		}
		for _, a := range r.accounts.all() {
			if a.Organization == id {
				return fmt.Errorf("organization %q has accounts", id)
			}
		}
		r.numbers = r.numbers.without(o.ConsoleID)
		r.organizations = r.organizations.without(id)
		return nil
	})
}
