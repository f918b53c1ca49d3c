package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

// imsRoutes are the operations about who exists at the identity service.
var imsRoutes = []route{
	{method: "GET", path: "organizations", serve: (*call).organizations},
	{method: "POST", path: "organizations", status: http.StatusCreated, serve: (*call).addOrganization},
	{method: "DELETE", path: "organizations/{id}", status: http.StatusNoContent, serve: (*call).removeOrganization},
	{method: "GET", path: "accounts", serve: (*call).accounts},
	{method: "POST", path: "accounts", status: http.StatusCreated, serve: (*call).addAccount},
	{method: "DELETE", path: "accounts/{id}", status: http.StatusNoContent, serve: (*call).removeAccount},
	{method: "GET", path: "clients", serve: (*call).clients},
	{method: "POST", path: "clients", status: http.StatusCreated, serve: (*call).addClient},
	{method: "GET", path: "clients/{id}", serve: (*call).client},
	{method: "PATCH", path: "clients/{id}", serve: (*call).changeClient},
	{method: "DELETE", path: "clients/{id}", status: http.StatusNoContent, serve: (*call).removeClient},
	{method: "POST", path: "clients/{id}/secrets", status: http.StatusCreated, serve: (*call).addSecret},
	{method: "DELETE", path: "clients/{id}/secrets/{uuid}", status: http.StatusNoContent, serve: (*call).removeSecret},
	{method: "GET", path: "bindings", serve: (*call).bindings},
	{method: "POST", path: "bindings", status: http.StatusCreated, serve: (*call).addBinding},
	{method: "DELETE", path: "bindings/{client}/{account}", status: http.StatusNoContent, serve: (*call).removeBinding},
	{method: "GET", path: "certificates", serve: (*call).certificates},
	{method: "POST", path: "certificates", status: http.StatusCreated, serve: (*call).addCertificate},
	{method: "DELETE", path: "certificates/{client}/{fingerprint}", status: http.StatusNoContent, serve: (*call).removeCertificate},
	{method: "POST", path: "certificates/{client}/{fingerprint}/revoke", serve: (*call).revokeCertificate},
	{method: "POST", path: "certificates/{client}/{fingerprint}/restore", serve: (*call).restoreCertificate},
	{method: "POST", path: "certificates/{client}/{fingerprint}/expire", serve: (*call).expireCertificate},
	{method: "POST", path: "tokens", status: http.StatusCreated, serve: (*call).mintToken},
	{method: "GET", path: "keys", serve: (*call).signingKeys},
	{method: "POST", path: "keys/rotate", serve: (*call).rotateKey},
	{method: "GET", path: "settings", serve: (*call).settings},
	{method: "PATCH", path: "settings", serve: (*call).changeSettings},
}

type organizationJSON struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	ConsoleID string `json:"console_id,omitempty"`
}

type productJSON struct {
	ID          string `json:"id,omitempty"`
	ServiceCode string `json:"service_code"`
	Name        string `json:"name"`
}

type accountJSON struct {
	ID           string        `json:"id"`
	Organization string        `json:"organization"`
	Email        string        `json:"email,omitempty"`
	Name         string        `json:"name,omitempty"`
	Products     []productJSON `json:"products,omitempty"`
}

// done answers a change that either succeeded or was refused.
func done(err error) (any, *problem) {
	if err != nil {
		return nil, refused(err)
	}
	return nil, nil
}

func (c *call) organizations() (any, *problem) {
	list := []organizationJSON{}
	for _, o := range c.cfg.IMS.Organizations() {
		list = append(list, organizationJSON(o))
	}
	return map[string]any{"organizations": list}, nil
}

func (c *call) addOrganization() (any, *problem) {
	var in organizationJSON
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if err := c.cfg.IMS.AddOrganization(ims.Organization(in)); err != nil {
		return nil, refused(err)
	}
	return in, nil
}

func (c *call) removeOrganization() (any, *problem) {
	id := c.r.PathValue("id")
	if !slices.ContainsFunc(c.cfg.IMS.Organizations(), func(o ims.Organization) bool { return o.ID == id }) {
		return nil, notFound("organization", id, "organizations")
	}
	return done(c.cfg.IMS.RemoveOrganization(id))
}

func newAccountJSON(a ims.Account) accountJSON {
	out := accountJSON{ID: a.ID, Organization: a.Organization, Email: a.Email, Name: a.Name}
	for _, p := range a.Products {
		out.Products = append(out.Products, productJSON(p))
	}
	return out
}

func (c *call) accounts() (any, *problem) {
	list := []accountJSON{}
	for _, a := range c.cfg.IMS.Accounts() {
		list = append(list, newAccountJSON(a))
	}
	return map[string]any{"accounts": list}, nil
}

func (c *call) addAccount() (any, *problem) {
	var in accountJSON
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	a := ims.Account{ID: in.ID, Organization: in.Organization, Email: in.Email, Name: in.Name}
	for _, p := range in.Products {
		a.Products = append(a.Products, ims.ProductProfile(p))
	}
	if err := c.cfg.IMS.AddAccount(a); err != nil {
		return nil, refused(err)
	}
	return in, nil
}

func (c *call) removeAccount() (any, *problem) {
	id := c.r.PathValue("id")
	if _, ok := c.cfg.IMS.Account(id); !ok {
		return nil, notFound("account", id, "accounts")
	}
	return done(c.cfg.IMS.RemoveAccount(id))
}

// clientJSON is a client as it is.
type clientJSON struct {
	clientInput
	Secrets  []secretJSON `json:"secrets"`
	Migrated bool         `json:"migrated"`
	Throttle string       `json:"throttle,omitempty"`
	Rate     *rateJSON    `json:"rate,omitempty"`
}

// clientInput is what can be given when a client is added, beside its secrets.
type clientInput struct {
	ID                string   `json:"id"`
	Name              string   `json:"name,omitempty"`
	Organization      string   `json:"organization,omitempty"`
	Account           string   `json:"account,omitempty"`
	Scopes            []string `json:"scopes,omitempty"`
	Metascopes        []string `json:"metascopes,omitempty"`
	ExchangeJWT       bool     `json:"exchange_jwt,omitempty"`
	ClientCredentials bool     `json:"client_credentials,omitempty"`
	AuthorizationCode bool     `json:"authorization_code,omitempty"`
	TokenExchange     bool     `json:"token_exchange,omitempty"`
	Public            bool     `json:"public,omitempty"`
	RedirectURIs      []string `json:"redirect_uris,omitempty"`
	CredentialID      string   `json:"credential_id,omitempty"`
}

type secretJSON struct {
	UUID        string               `json:"uuid"`
	Fingerprint string               `json:"fingerprint"`
	Created     time.Time            `json:"created"`
	LastUsed    map[string]time.Time `json:"last_used,omitempty"`
	// Secret is the secret itself, in the answer to its making and nowhere else.
	Secret string `json:"secret,omitempty"`
}

type rateJSON struct {
	PerSecond float64 `json:"per_second"`
	Burst     int     `json:"burst"`
}

func newClientJSON(s ims.ClientState) clientJSON {
	out := clientJSON{clientInput: clientInput{
		ID: s.ID, Name: s.Name, Organization: s.Organization, Account: s.Account, Scopes: s.Scopes, Metascopes: s.Metascopes,
		ExchangeJWT: s.ExchangeJWT, ClientCredentials: s.ClientCredentials, AuthorizationCode: s.AuthorizationCode,
		TokenExchange: s.TokenExchange, Public: s.Public, RedirectURIs: s.RedirectURIs, CredentialID: s.CredentialID,
	}, Secrets: []secretJSON{}, Migrated: s.Migrated}
	for _, x := range s.Secrets {
		out.Secrets = append(out.Secrets, newSecretJSON(x))
	}
	if s.Throttle > 0 {
		out.Throttle = s.Throttle.String()
	}
	if s.Rate.PerSecond > 0 {
		out.Rate = &rateJSON{s.Rate.PerSecond, s.Rate.Burst}
	}
	return out
}

func newSecretJSON(s ims.SecretState) secretJSON {
	return secretJSON{UUID: s.UUID, Fingerprint: s.Fingerprint, Created: s.Created, LastUsed: s.LastUsed}
}

func (c *call) clients() (any, *problem) {
	list := []clientJSON{}
	for _, s := range c.cfg.IMS.Clients() {
		list = append(list, newClientJSON(s))
	}
	return map[string]any{"clients": list}, nil
}

func (c *call) client() (any, *problem) {
	id := c.r.PathValue("id")
	s, ok := c.cfg.IMS.Client(id)
	if !ok {
		return nil, notFound("client", id, "clients")
	}
	return newClientJSON(s), nil
}

// addClient adds or replaces a client. Its secrets are given, because a test often wants to know them before.
func (c *call) addClient() (any, *problem) {
	var in struct {
		clientInput
		Secrets []string `json:"secrets"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if len(in.Secrets) > 2 {
		return nil, badRequest("", "a client has two secrets at most")
	}
	client := ims.Client{
		ID: in.ID, Name: in.Name, Organization: in.Organization, Account: in.Account, Scopes: in.Scopes,
		Metascopes: in.Metascopes, ExchangeJWT: in.ExchangeJWT, ClientCredentials: in.ClientCredentials,
		AuthorizationCode: in.AuthorizationCode, TokenExchange: in.TokenExchange, Public: in.Public,
		RedirectURIs: in.RedirectURIs, CredentialID: in.CredentialID,
	}
	for _, text := range in.Secrets {
		client.Secrets = append(client.Secrets, secret.New(text))
	}
	if err := c.cfg.IMS.AddClient(client); err != nil {
		return nil, refused(err)
	}
	s, _ := c.cfg.IMS.Client(in.ID)
	return newClientJSON(s), nil
}

// changeClient changes what can change about a client while it is in use.
func (c *call) changeClient() (any, *problem) {
	var in struct {
		Migrated    *bool     `json:"migrated"`
		JTIRequired *bool     `json:"jti_required"`
		Throttle    *string   `json:"throttle"`
		Rate        *rateJSON `json:"rate"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	id := c.r.PathValue("id")
	if _, ok := c.cfg.IMS.Client(id); !ok {
		return nil, notFound("client", id, "clients")
	}
	var throttle time.Duration
	if in.Throttle != nil {
		var p *problem
		if throttle, p = duration("throttle", *in.Throttle); p != nil {
			return nil, p
		}
	}
	// What can be refused comes first, so that a refused change rarely leaves half of itself.
	for _, change := range []struct {
		on    bool
		apply func() error
	}{
		{in.JTIRequired != nil, func() error { return c.cfg.IMS.SetJTIRequired(id, *in.JTIRequired) }},
		{in.Rate != nil, func() error { return c.cfg.IMS.SetRate(id, ims.Rate(*in.Rate)) }},
		{in.Throttle != nil, func() error { return c.cfg.IMS.SetThrottle(id, throttle) }},
		{in.Migrated != nil, func() error { return c.cfg.IMS.SetMigrated(id, *in.Migrated) }},
	} {
		if !change.on {
			continue
		}
		if err := change.apply(); err != nil {
			return nil, refused(err)
		}
	}
	return c.client()
}

func (c *call) removeClient() (any, *problem) {
	id := c.r.PathValue("id")
	if _, ok := c.cfg.IMS.Client(id); !ok {
		return nil, notFound("client", id, "clients")
	}
	return done(c.cfg.IMS.RemoveClient(id))
}

func (c *call) addSecret() (any, *problem) {
	id := c.r.PathValue("id")
	if _, ok := c.cfg.IMS.Client(id); !ok {
		return nil, notFound("client", id, "clients")
	}
	text, state, err := c.cfg.IMS.AddSecret(id)
	if err != nil {
		return nil, refused(err)
	}
	out := newSecretJSON(state)
	out.Secret = text.Reveal() // the one time that it is told, as in Adobe's console
	return out, nil
}

func (c *call) removeSecret() (any, *problem) {
	id, uuid := c.r.PathValue("id"), c.r.PathValue("uuid")
	if c.cfg.IMS.RemoveSecret(id, uuid) != nil {
		return nil, notFound("secret", uuid, "clients/"+id)
	}
	return nil, nil
}

type bindingJSON struct {
	Organization string   `json:"organization"`
	Account      string   `json:"account"`
	ClientID     string   `json:"client_id"`
	Metascopes   []string `json:"metascopes,omitempty"`
	JTIRequired  bool     `json:"jti_required,omitempty"`
}

func (c *call) bindings() (any, *problem) {
	type stateJSON struct {
		bindingJSON
		Certificates []string `json:"certificates"` // fingerprints
	}
	list := []stateJSON{}
	for _, b := range c.cfg.IMS.Bindings() {
		s := stateJSON{bindingJSON: bindingJSON(b.Binding), Certificates: []string{}}
		for _, cert := range b.Certificates {
			s.Certificates = append(s.Certificates, cert.Fingerprint)
		}
		list = append(list, s)
	}
	return map[string]any{"bindings": list}, nil
}

func (c *call) addBinding() (any, *problem) {
	var in bindingJSON
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if err := c.cfg.IMS.AddBinding(ims.Binding(in)); err != nil {
		return nil, refused(err)
	}
	return in, nil
}

func (c *call) removeBinding() (any, *problem) {
	client, account := c.r.PathValue("client"), c.r.PathValue("account")
	removed := false
	for _, b := range c.cfg.IMS.Bindings() {
		if b.ClientID != client || b.Account != account {
			continue
		}
		if err := c.cfg.IMS.RemoveBinding(b.Organization, account, client); err != nil {
			return nil, refused(err)
		}
		removed = true
	}
	if !removed {
		return nil, notFound("binding", client+"/"+account, "bindings")
	}
	return nil, nil
}
