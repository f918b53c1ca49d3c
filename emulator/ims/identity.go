package ims

import (
	"encoding/json"
	"strings"
	"time"
)

// bearerAccount returns the claims of the request's bearer token and the account that it acts as.
func (c *call) bearerAccount() (payload, Account, *failure) {
	p, err := c.check(bearer(c.r), time.Now())
	if err != nil {
		return payload{}, Account{}, errBearer
	}
	c.client = p.ClientID
	a, ok := c.state.accounts[p.UserID]
	if !ok {
		a = Account{ID: p.UserID, Organization: p.Organization}
	}
	return p, a, nil
}

func (c *call) answerJSON(v any) *failure {
	body, err := json.Marshal(v)
	if err != nil {
		return errInternal
	}
	return c.answer(body)
}

// profile serves /ims/profile/v1. The members are those that public code reads; the live answer has more.
func (c *call) profile() *failure {
	_, a, f := c.bearerAccount()
	if f != nil {
		return f
	}
	given, family := names(a.Name)
	return c.answerJSON(struct {
		AccountType string `json:"account_type"`
		UserID      string `json:"userId"`
		Name        string `json:"name"`
		GivenName   string `json:"given_name"`
		FamilyName  string `json:"family_name"`
		Email       string `json:"email"`
		Contexts    []any  `json:"projectedProductContext"`
	}{"ent", a.ID, a.Name, given, family, a.Email, []any{}})
}

// userinfo serves /ims/userinfo: the claims of OpenID Connect Core 1.0, section 5.1, each only with its scope.
func (c *call) userinfo() *failure {
	p, a, f := c.bearerAccount()
	if f != nil {
		return f
	}
	scopes := set(splitScopes(p.Scope))
	claims := map[string]any{"sub": a.ID}
	if scopes["profile"] {
		given, family := names(a.Name)
		claims["name"], claims["given_name"], claims["family_name"] = a.Name, given, family
		claims["account_type"] = "ent"
	}
	if scopes["email"] {
		claims["email"], claims["email_verified"] = a.Email, true
	}
	if scopes["address"] {
		claims["address"] = map[string]string{"country": "US"}
	}
	return c.answerJSON(claims)
}

// names splits a name for people at its first blank.
func names(name string) (given, family string) {
	given, family, _ = strings.Cut(name, " ")
	return given, family
}

// organizations serves /ims/organizations/v5 and v6: an array with the organization of the token.
func (c *call) organizations() *failure {
	_, a, f := c.bearerAccount()
	if f != nil {
		return f
	}
	type reference struct {
		Ident  string `json:"ident"`
		Source string `json:"authSrc"`
	}
	type organization struct {
		Name      string    `json:"orgName"`
		Reference reference `json:"orgRef"`
		Type      string    `json:"orgType"`
	}
	o, ok := c.state.organizations[a.Organization]
	if !ok {
		return c.answerJSON([]organization{})
	}
	ident, source, _ := strings.Cut(o.ID, "@")
	return c.answerJSON([]organization{{Name: o.Name, Reference: reference{ident, source}, Type: "Enterprise"}})
}
