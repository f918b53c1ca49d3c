package ims

import "fmt"

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
