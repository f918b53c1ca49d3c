package ims

import (
	"errors"
	"fmt"
	"maps"
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
			if r.hosts[plainHost(name, true)] && r.hosts[plainHost(name, false)] {
				continue
			}
			r.hosts = maps.Clone(r.hosts)
			r.hosts[plainHost(name, true)] = true
			r.hosts[plainHost(name, false)] = true
		}
		return nil
	})
}

// AddOrganization adds or replaces an organization. It fails if another one has its ConsoleID.
func (s *Server) AddOrganization(o Organization) error {
	if err := checkID("organization", o.ID); err != nil {
		return err
	}
	return s.change(func(r *registry) error {
		if old, replaces := r.organizations.get(o.ID); replaces {
			r.numbers = r.numbers.without(old.ConsoleID)
			if o.ConsoleID == "" {
				o.ConsoleID = old.ConsoleID
			}
		}
		if o.ConsoleID == "" {
			o.ConsoleID = freeNumber(o.ID, func(n string) bool { _, taken := r.numbers.get(n); return taken })
		}
		if err := checkNumber(o.ConsoleID); err != nil {
			return err
		}
		if _, taken := r.numbers.get(o.ConsoleID); taken {
			return fmt.Errorf("another organization has the number %s", o.ConsoleID)
		}
		r.numbers = r.numbers.with(o.ConsoleID, o.ID)
		r.organizations = r.organizations.with(o.ID, o)
		return nil
	})
}

// AddAccount adds or replaces an account. Its organization must exist.
func (s *Server) AddAccount(a Account) error {
	if err := checkID("account", a.ID); err != nil {
		return err
	}
	a.Products = slices.Clone(a.Products)
	return s.change(func(r *registry) error {
		if _, ok := r.organizations.get(a.Organization); !ok {
			return fmt.Errorf("unknown organization %q", a.Organization)
		}
		r.accounts = r.accounts.with(a.ID, a)
		return nil
	})
}

// SetProducts replaces the product profiles of an account.
func (s *Server) SetProducts(account string, products []ProductProfile) error {
	products = slices.Clone(products)
	return s.change(func(r *registry) error {
		a, ok := r.accounts.get(account)
		if !ok {
			return fmt.Errorf("unknown account %q", account)
		}
		a.Products = products
		r.accounts = r.accounts.with(account, a)
		return nil
	})
}

// AddClient adds or replaces a client. A replaced client keeps its counters, and the dates of the secrets that stay; it
// is no longer migrated or throttled. With ClientCredentials its account must be given, with AuthorizationCode at
// least one redirect URI. It fails if another client has its CredentialID.
func (s *Server) AddClient(c Client) error {
	if err := checkClient(c); err != nil {
		return err
	}
	next := newClient(c)
	return s.change(func(r *registry) error {
		old, replaces := r.clients.get(c.ID)
		if replaces {
			next.tally = old.tally
			next.keepSecrets(old)
			r.credentials = r.credentials.without(old.CredentialID)
			if next.CredentialID == "" {
				next.CredentialID = old.CredentialID
			}
		}
		for i := range next.secrets {
			s.complete(&next.secrets[i])
		}
		if next.CredentialID == "" {
			next.CredentialID = freeNumber(c.ID, func(n string) bool { _, taken := r.credentials.get(n); return taken })
		}
		if _, taken := r.credentials.get(next.CredentialID); taken {
			return fmt.Errorf("another client has the credential number %s", next.CredentialID)
		}
		r.credentials = r.credentials.with(next.CredentialID, c.ID)
		r.clients = r.clients.with(c.ID, next)
		r.know(next.Metascopes)
		return nil
	})
}

func checkClient(c Client) error {
	if err := checkID("client", c.ID); err != nil {
		return err
	}
	if c.ClientCredentials && c.Account == "" {
		return errors.New("a client with the client_credentials grant needs an account")
	}
	if c.AuthorizationCode && len(c.RedirectURIs) == 0 {
		return errors.New("a client with the authorization_code grant needs a redirect URI")
	}
	for _, uri := range c.RedirectURIs {
		if !goodRedirect(uri) {
			return fmt.Errorf("redirect URI %q is not absolute or has a fragment", uri)
		}
	}
	if c.CredentialID == "" {
		return nil
	}
	return checkNumber(c.CredentialID)
}

// newClient returns a client that shares nothing with c.
func newClient(c Client) *client {
	next := &client{Client: c, scopes: set(c.Scopes), metascopes: set(c.Metascopes), bucket: &bucket{}, tally: &tally{}}
	next.Scopes, next.Metascopes = slices.Clone(c.Scopes), slices.Clone(c.Metascopes)
	next.RedirectURIs = slices.Clone(c.RedirectURIs)
	next.Secrets = nil
	for _, text := range c.Secrets {
		next.secrets = append(next.secrets, clientSecret{text: text})
	}
	return next
}

// AddBinding adds or replaces a binding. Its client must exist. A replaced binding keeps its certificates and the
// record of its used ids.
func (s *Server) AddBinding(b Binding) error {
	key := bindingKey{b.Organization, b.Account, b.ClientID}
	next := &binding{metascopes: set(b.Metascopes), jtiRequired: b.JTIRequired, lastJTI: &atomic.Int64{}}
	next.lastJTI.Store(-1)
	return s.change(func(r *registry) error {
		if _, ok := r.clients.get(b.ClientID); !ok {
			return fmt.Errorf("unknown client %q", b.ClientID)
		}
		if old, ok := r.bindings.get(key); ok {
			next.certificates, next.lastJTI = old.certificates, old.lastJTI
		}
		r.putBinding(key, next)
		r.know(b.Metascopes)
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

// checkNumber refuses what cannot be a number of the console's.
func checkNumber(number string) error {
	if number == "" || len(number) > 20 || strings.Trim(number, "0123456789") != "" {
		return fmt.Errorf("%q is not a number of 1 to 20 digits", number)
	}
	return nil
}
