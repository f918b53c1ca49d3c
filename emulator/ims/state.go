package ims

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// ClientState is a client as it is, without its secrets.
type ClientState struct {
	// Client is the client as it was added, with its CredentialID. Its Secrets are nil.
	Client
	// Secrets are in the order in which they were added.
	Secrets []SecretState
	// Migrated is set by [Server.SetMigrated], Throttle by [Server.SetThrottle], Rate by [Server.SetRate].
	Migrated bool
	Throttle time.Duration
	Rate     Rate
}

// SecretState is what may be known about a client secret.
type SecretState struct {
	// UUID is its name in the I/O Management API, 32 hexadecimal digits.
	UUID string
	// Fingerprint tells secrets apart; see [secret.Text.Fingerprint].
	Fingerprint string
	Created     time.Time
	// LastUsed has an entry for each grant type that the secret was used for.
	LastUsed map[string]time.Time
}

// BindingState is a binding as it is.
type BindingState struct {
	Binding
	// LastJTI is the greatest "jti" used, -1 before any. Without JTIRequired it does not grow.
	LastJTI int64
	// Certificates are in the order in which they were added.
	Certificates []CertificateState
}

// CertificateState is a certificate of a binding.
type CertificateState struct {
	// Fingerprint is the SHA-256 of the certificate's DER in hexadecimal digits.
	Fingerprint string
	// Subject is the distinguished name by RFC 2253.
	Subject             string
	NotBefore, NotAfter time.Time
	Revoked             bool
}

// Organizations returns the organizations, ordered by ID.
func (s *Server) Organizations() []Organization {
	return sorted(s.current.Load().organizations, func(o Organization) Organization { return o },
		func(a, b Organization) int { return cmp.Compare(a.ID, b.ID) })
}

// Accounts returns the accounts, ordered by ID.
func (s *Server) Accounts() []Account {
	return sorted(s.current.Load().accounts, func(a Account) Account {
		a.Products = slices.Clone(a.Products)
		return a
	}, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
}

// Clients returns the clients, ordered by ID.
func (s *Server) Clients() []ClientState {
	return sorted(s.current.Load().clients, (*client).state, func(a, b ClientState) int { return cmp.Compare(a.ID, b.ID) })
}

// Client returns one client. It reports whether it exists.
func (s *Server) Client(id string) (ClientState, bool) {
	c, ok := s.current.Load().clients.get(id)
	if !ok {
		return ClientState{}, false
	}
	return c.state(), true
}

// Account returns one account. It reports whether it exists.
func (s *Server) Account(id string) (Account, bool) {
	a, ok := s.current.Load().accounts.get(id)
	a.Products = slices.Clone(a.Products)
	return a, ok
}

// Bindings returns the bindings, ordered by client, organization and account.
func (s *Server) Bindings() []BindingState {
	r := s.current.Load()
	all := make([]BindingState, 0, r.bindings.size)
	for key, b := range r.bindings.all() {
		all = append(all, b.state(key))
	}
	slices.SortFunc(all, func(a, b BindingState) int {
		return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Account, b.Account))
	})
	return all
}

func sorted[V, S any](t table[string, V], state func(V) S, compare func(a, b S) int) []S {
	all := make([]S, 0, t.size)
	for _, v := range t.all() {
		all = append(all, state(v))
	}
	slices.SortFunc(all, compare)
	return all
}

func (c *client) state() ClientState {
	out := ClientState{Client: c.Client, Migrated: c.migrated, Throttle: c.throttle, Rate: c.rate}
	out.Scopes, out.Metascopes = slices.Clone(c.Scopes), slices.Clone(c.Metascopes)
	out.RedirectURIs = slices.Clone(c.RedirectURIs)
	for _, s := range c.secrets {
		out.Secrets = append(out.Secrets, s.state())
	}
	return out
}

func (c clientSecret) state() SecretState {
	return SecretState{UUID: c.uuid, Fingerprint: c.text.Fingerprint(), Created: c.created, LastUsed: c.usage.times()}
}

func (b *binding) state(key bindingKey) BindingState {
	out := BindingState{
		Binding: Binding{
			Organization: key.organization, Account: key.account, ClientID: key.client,
			Metascopes: slices.Sorted(maps.Keys(b.metascopes)), JTIRequired: b.jtiRequired,
		},
		LastJTI: b.lastJTI.Load(),
	}
	for _, c := range b.certificates {
		out.Certificates = append(out.Certificates, CertificateState{
			Fingerprint: c.name(), Subject: c.subject, NotBefore: c.notBefore, NotAfter: c.notAfter, Revoked: c.revoked,
		})
	}
	return out
}
