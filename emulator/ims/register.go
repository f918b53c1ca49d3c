package ims

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/imsx/imsx/secret"
)

// registration is what a client says about itself (RFC 7591, section 2).
type registration struct {
	Name         string   `json:"client_name"`
	RedirectURIs []string `json:"redirect_uris"`
	Scope        string   `json:"scope"`
}

// registered is the answer (RFC 7591, section 3.2.1).
type registered struct {
	ID            string   `json:"client_id"`
	Secret        string   `json:"client_secret"`
	IssuedAt      int64    `json:"client_id_issued_at"`
	SecretExpires int64    `json:"client_secret_expires_at"`
	Name          string   `json:"client_name"`
	RedirectURIs  []string `json:"redirect_uris"`
	Scope         string   `json:"scope"`
	Grants        []string `json:"grant_types"`
	Auth          string   `json:"token_endpoint_auth_method"`
}

// The bounds of dynamic registration.
const (
	maxRegistered   = 10_000
	maxRedirectURIs = 50
	maxRedirects    = 8 << 10 // bytes of all redirect URIs together
	maxText         = 1000
)

// registeredScopes are those that a client gets that asks for none.
const registeredScopes = "openid AdobeID profile email offline_access"

// register serves /ims/register, dynamic client registration (RFC 7591). What it makes is a client with a secret for
// the authorization code.
func (c *call) register() *failure {
	body, bad := readBody(c.w, c.r)
	if bad != nil {
		return c.refuse("request", bad, "")
	}
	var in registration
	if err := json.Unmarshal(body, &in); err != nil {
		return c.refuse("request", badMetadata("the body is not a JSON object with client_name, redirect_uris and scope"), "")
	}
	if why := in.problem(); why != "" {
		return c.refuse("metadata", badMetadata(why), "")
	}
	c.record.Field("client_name", short(in.Name))
	c.record.Pass("metadata", "")
	cl := Client{
		ID: c.random.hex(16), Name: in.Name, AuthorizationCode: true, RedirectURIs: in.RedirectURIs,
		Scopes: splitScopes(in.Scope), Secrets: []secret.Text{secret.New("dcr-" + c.random.hex(24))},
	}
	if len(cl.Scopes) == 0 {
		cl.Scopes = splitScopes(registeredScopes)
	}
	if c.state.clients.size >= maxRegistered && c.registeredClients() >= maxRegistered {
		return c.refuse("metadata", errFull, "")
	}
	if err := c.AddClient(cl); err != nil {
		return c.refuse("metadata", badMetadata(err.Error()), "")
	}
	c.client = cl.ID
	return c.created(registered{
		ID: cl.ID, Secret: cl.Secrets[0].Reveal(), IssuedAt: c.now().Unix(), Name: cl.Name, RedirectURIs: cl.RedirectURIs,
		Scope: strings.Join(cl.Scopes, " "), Grants: []string{grantAuthorizationCode, grantRefreshToken}, Auth: "client_secret_post",
	})
}

// badMetadata is the answer to a registration with something wrong. Adobe's has this status and code in the tests of a client
// of theirs; the description is made up.
func badMetadata(why string) *failure { return badRequest("invalid_request", why) }

// problem says what is wrong with a registration, or "".
func (r registration) problem() string {
	odd := func(r rune) bool { return r < ' ' || r == 0x7f }
	badScope := func(s string) bool { return checkID("scope", s) != nil }
	switch {
	case r.Name == "" || len(r.Name) > maxText || strings.ContainsFunc(r.Name, odd):
		return "client_name is missing, longer than 1,000 bytes or not printable"
	case len(r.RedirectURIs) == 0 || len(r.RedirectURIs) > maxRedirectURIs:
		return "there is not between one and 50 redirect_uris"
	case len(strings.Join(r.RedirectURIs, "")) > maxRedirects:
		return "the redirect_uris are longer than 8 KiB together"
	case slices.ContainsFunc(r.RedirectURIs, func(u string) bool { return !goodRedirect(u) }):
		return "a redirect URI is not absolute or has a fragment"
	case len(r.Scope) > maxText || slices.ContainsFunc(splitScopes(r.Scope), badScope):
		return "scope is too long or not printable"
	}
	return ""
}

// registeredClients counts the clients that were registered so: they have a grant and neither account nor organization.
func (c *call) registeredClients() int {
	n := 0
	for _, cl := range c.state.clients.all() {
		if cl.AuthorizationCode && cl.Account == "" && cl.Organization == "" {
			n++
		}
	}
	return n
}

// created answers with status 201 and v as JSON.
func (c *call) created(v any) *failure {
	body, err := json.Marshal(v)
	if err != nil {
		return errInternal
	}
	c.w.Header()["Cache-Control"] = noStore
	c.w.WriteHeader(http.StatusCreated)
	_, _ = c.w.Write(body)
	return nil
}
