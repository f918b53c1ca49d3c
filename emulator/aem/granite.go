package aem

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// currentUser says who the token's user is: "does my token work" has its answer here.
func (c *call) currentUser() *failure {
	u := c.user
	name := u.Name
	if name == "" {
		name = u.Login
	}
	return c.answer(200, struct {
		Type   string   `json:"type"`
		ID     string   `json:"authorizableId"`
		Name   string   `json:"name"`
		Home   string   `json:"home"`
		Groups []string `json:"groups"`
	}{"user", u.Login, name, u.Home, u.all()})
}

// csrfLifetime is how long a token of csrfToken lives.
const csrfLifetime = 10 * time.Minute

// csrfToken gives a token against cross-site requests, in AEM's form: a JSON Web Token by HS256 with exp and iat. Calls
// with a bearer token do not need it, here as there.
func (c *call) csrfToken() *failure {
	now := c.now()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256"}`)) + "." +
		encode(fmt.Appendf(nil, `{"exp":%d,"iat":%d}`, now.Add(csrfLifetime).Unix(), now.Unix()))
	mac := hmac.New(sha256.New, c.server.csrfKey)
	mac.Write([]byte(text))
	return c.answer(200, map[string]string{"token": text + "." + encode(mac.Sum(nil))})
}

// health answers without a token, as load balancers ask.
func (c *call) health() *failure {
	type result struct {
		Name     string `json:"name"`
		Status   string `json:"status"`
		Finished string `json:"finishedAt"`
	}
	return c.answer(200, struct {
		Overall string   `json:"overallResult"`
		Results []result `json:"results"`
	}{"OK", []result{{"repository", "OK", c.now().UTC().Format("2006-01-02T15:04:05.000")}}})
}
