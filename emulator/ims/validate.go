package ims

import (
	"encoding/json"
	"time"
)

// The types of token that clients name. The live service may know more.
var tokenTypes = map[string]bool{
	"access_token": true, "refresh_token": true, "device_token": true, "authorization_code": true, "service_token": true,
}

// tokenType returns a field that names a type of token; absent means access_token, because some clients omit it.
func tokenType(f form, field string) (string, *failure) {
	t := f.get(field)
	if t == "" {
		return "access_token", nil
	}
	if !tokenTypes[t] {
		return "", errType
	}
	return t, nil
}

// validation is the answer of /ims/validate_token. Its token lacks the scopes, as on the live service.
type validation struct {
	Valid  bool     `json:"valid"`
	Reason string   `json:"reason,omitempty"`
	Token  *payload `json:"token,omitempty"`
}

// validate serves /ims/validate_token/v1. The token comes as a field or as the bearer. The answer has status 200
// whether it is valid or not.
func (c *call) validate() *failure {
	f, bad := readForm(c.w, c.r)
	if bad != nil {
		return bad
	}
	kind, bad := tokenType(f, "type")
	if bad != nil {
		return bad
	}
	text := f.get("token")
	if text == "" {
		text = bearer(c.r)
	}
	c.client = f.get("client_id")
	switch {
	case c.client == "":
		return errUnknownClient
	case text == "":
		return errNoToken
	}
	body, err := json.Marshal(c.validation(text, kind))
	if err != nil {
		return errInternal
	}
	return c.answer(body)
}

// validation judges a token. The reasons for another client and another type are made up.
func (c *call) validation(text, kind string) validation {
	p, err := c.check(text, time.Now())
	p.Scope = ""
	switch {
	case err != nil && p.ID == "":
		return validation{Reason: err.Error()}
	case err != nil:
		return validation{Reason: err.Error(), Token: &p}
	case p.ClientID != c.client:
		return validation{Reason: "client_mismatch"}
	case p.Type != kind:
		return validation{Reason: "type_mismatch"}
	}
	return validation{Valid: true, Token: &p}
}

// invalidate serves /ims/invalidate_token. A token that is not one of this server's, or no longer good, is answered
// with success, as RFC 7009, section 2.2 has it; so is one of a type that this server does not issue.
func (c *call) invalidate() *failure {
	f, bad := readForm(c.w, c.r)
	if bad != nil {
		return bad
	}
	kind, bad := tokenType(f, "token_type")
	if bad != nil {
		return bad
	}
	if bad := c.mayInvalidate(f, kind); bad != nil {
		return bad
	}
	text := f.get("token")
	if text == "" {
		return errNoToken
	}
	if p, err := c.check(text, time.Now()); err == nil {
		if p.ClientID != c.client {
			return errForeign
		}
		c.revoked.add(p.ID, p.expiry())
	}
	return c.answer(nil)
}

// mayInvalidate checks the client. Its secret is needed only for a service token, but a wrong one is never accepted.
func (c *call) mayInvalidate(f form, kind string) *failure {
	id, secrets := clientAuth(c.r, f)
	c.client = id
	cl, ok := c.state.clients[id]
	switch {
	case !ok:
		return errUnknownClient
	case (len(secrets) > 0 || kind == "service_token") && !cl.accepts(secrets):
		return errWrongSecret
	}
	return nil
}
