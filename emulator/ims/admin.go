package ims

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// change replaces the registry by an edited copy, or leaves it if edit fails.
func (s *Server) change(edit func(*registry) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	next := s.current.Load().clone()
	if err := edit(next); err != nil {
		return err
	}
	s.current.Store(next)
	return nil
}

// AddHosts adds names under which this server is known, "host" or "host:port". An assertion may name them in "aud" and
// in its metascopes. The Host of the request itself and Adobe's production host are accepted anyway.
func (s *Server) AddHosts(names ...string) {
	_ = s.change(func(r *registry) error {
		for _, name := range names {
			r.hosts[plainHost(name, true)] = true
			r.hosts[plainHost(name, false)] = true
		}
		return nil
	})
}

// AddOrganization adds or replaces an organization.
func (s *Server) AddOrganization(o Organization) error {
	if err := checkID("organization", o.ID); err != nil {
		return err
	}
	return s.change(func(r *registry) error { r.organizations[o.ID] = o; return nil })
}

// AddAccount adds or replaces an account. Its organization must exist.
func (s *Server) AddAccount(a Account) error {
	if err := checkID("account", a.ID); err != nil {
		return err
	}
	return s.change(func(r *registry) error {
		if _, ok := r.organizations[a.Organization]; !ok {
			return fmt.Errorf("unknown organization %q", a.Organization)
		}
		r.accounts[a.ID] = a
		return nil
	})
}

// AddClient adds or replaces a client. A replaced client keeps its counters; it is no longer migrated or throttled.
// With ClientCredentials its account and organization must be given.
func (s *Server) AddClient(c Client) error {
	if err := checkID("client", c.ID); err != nil {
		return err
	}
	if c.ClientCredentials && (c.Account == "" || c.Organization == "") {
		return errors.New("a client with the client_credentials grant needs an account and an organization")
	}
	c.Secrets, c.Scopes = slices.Clone(c.Secrets), slices.Clone(c.Scopes)
	c.Metascopes = slices.Clone(c.Metascopes)
	next := &client{Client: c, scopes: set(c.Scopes), metascopes: set(c.Metascopes), tally: &tally{}}
	return s.change(func(r *registry) error {
		if old, ok := r.clients[c.ID]; ok {
			next.tally = old.tally
		}
		r.clients[c.ID] = next
		r.know(c.Metascopes)
		return nil
	})
}

// AddBinding adds or replaces a binding. Its client must exist. A replaced binding keeps its certificates and the
// record of its used ids.
func (s *Server) AddBinding(b Binding) error {
	key := bindingKey{b.Organization, b.Account, b.ClientID}
	next := &binding{metascopes: set(b.Metascopes), jtiRequired: b.JTIRequired, lastJTI: &atomic.Int64{}}
	next.lastJTI.Store(-1)
	return s.change(func(r *registry) error {
		if _, ok := r.clients[b.ClientID]; !ok {
			return fmt.Errorf("unknown client %q", b.ClientID)
		}
		if old, ok := r.bindings[key]; ok {
			next.certificates, next.lastJTI = old.certificates, old.lastJTI
		}
		r.bindings[key] = next
		r.know(b.Metascopes)
		return nil
	})
}

func (r *registry) know(metascopes []string) {
	for _, m := range metascopes {
		r.metascopes[m] = true
	}
}

// AddCertificate adds a certificate to every binding of a client; assertions signed with its key are accepted from
// then on, between the certificate's own dates. Only its key and dates are used: nothing else of it is checked. The
// key must be an RSA key of at least 2048 bits. A certificate that is already there is no longer revoked.
func (s *Server) AddCertificate(clientID string, cert *x509.Certificate) error {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minKeyBits {
		return errors.New("the certificate has no RSA key of at least 2048 bits")
	}
	added := certificate{
		fingerprint: sha256.Sum256(cert.Raw), key: key, notBefore: cert.NotBefore, notAfter: cert.NotAfter,
	}
	return s.editBindings(clientID, func(b *binding) {
		b.certificates = slices.DeleteFunc(b.certificates, func(c certificate) bool {
			return c.fingerprint == added.fingerprint
		})
		b.certificates = append(b.certificates, added)
	})
}

// RevokeCertificate makes a client's bindings refuse assertions signed under cert. It fails if none of them has it.
func (s *Server) RevokeCertificate(clientID string, cert *x509.Certificate) error {
	fingerprint := sha256.Sum256(cert.Raw)
	return s.change(func(r *registry) error {
		found := false
		r.editBindings(clientID, func(b *binding) {
			for i := range b.certificates {
				if b.certificates[i].fingerprint == fingerprint {
					b.certificates[i].revoked, found = true, true
				}
			}
		})
		if !found {
			return fmt.Errorf("client %q has no such certificate", clientID)
		}
		return nil
	})
}

// SetJTIRequired sets whether the bindings of a client demand the claim "jti".
func (s *Server) SetJTIRequired(clientID string, required bool) error {
	return s.editBindings(clientID, func(b *binding) { b.jtiRequired = required })
}

// SetMigrated sets whether a client has left the JWT exchange for OAuth server-to-server. The exchange then answers
// 500 internal_error, as the live service does; the client_credentials grant is not affected.
func (s *Server) SetMigrated(clientID string, migrated bool) error {
	return s.editClient(clientID, func(c *client) { c.migrated = migrated })
}

// SetThrottle makes the token endpoints answer a client's requests with 429 and Retry-After: wait, rounded up to whole
// seconds, until it is set to 0.
func (s *Server) SetThrottle(clientID string, wait time.Duration) error {
	return s.editClient(clientID, func(c *client) { c.throttle = max(0, wait) })
}

func (s *Server) editClient(clientID string, f func(*client)) error {
	return s.change(func(r *registry) error {
		if !r.editClient(clientID, f) {
			return fmt.Errorf("unknown client %q", clientID)
		}
		return nil
	})
}

func (s *Server) editBindings(clientID string, f func(*binding)) error {
	return s.change(func(r *registry) error {
		if r.editBindings(clientID, f) == 0 {
			return fmt.Errorf("client %q has no binding", clientID)
		}
		return nil
	})
}

// checkID refuses identifiers that could not travel in a form, a header and a token alike.
func checkID(what, id string) error {
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
	if id == "" || len(id) > 256 || strings.ContainsFunc(id, unprintable) {
		return fmt.Errorf("%s id %q is not a plain text of 1 to 256 characters", what, id)
	}
	return nil
}
