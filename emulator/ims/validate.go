package ims

import "encoding/json"

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
	Valid  bool            `json:"valid"`
	Reason string          `json:"reason,omitempty"`
	Token  json.RawMessage `json:"token,omitempty"`
}

// validate serves /ims/validate_token/v1. The token comes as a field or as the bearer. The answer has status 200
// whether it is valid or not.
func (c *call) validate() *failure {
	f, bad := c.fields()
	if bad != nil {
		return bad
	}
	kind, bad := tokenType(f, "type")
	if bad != nil {
		return c.refuse("type", bad, "")
	}
	text := f.get("token")
	if text == "" {
		text = bearer(c.r)
	}
	c.client = f.get("client_id")
	switch {
	case c.client == "":
		return c.refuse("client", errUnknownClient, "client_id is missing")
	case text == "":
		return c.refuse("token", errNoToken, "")
	}
	v := c.validation(text, kind)
	if v.Valid {
		c.record.Pass("token", "")
	} else {
		c.record.Fail("token", v.Reason)
		c.record.Code(v.Reason)
	}
	return c.answerJSON(v)
}

// validation judges a token. The reasons for another client and another type are made up.
func (c *call) validation(text, kind string) validation {
	p, err := c.check(text, c.now())
	if p.ID == "" {
		return validation{Reason: reason(err)}
	}
	c.record.Account(short(p.UserID))
	token, bad := withoutMember(p.raw, "scope")
	switch {
	case bad != nil:
		return validation{Reason: ErrTokenMalformed.Error()}
	case err != nil:
		return validation{Reason: err.Error(), Token: token}
	case p.ClientID != c.client:
		return validation{Reason: "client_mismatch"}
	case p.Type != kind:
		return validation{Reason: "type_mismatch"}
	}
	return validation{Valid: true, Token: token}
}
