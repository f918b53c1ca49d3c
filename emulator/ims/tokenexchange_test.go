package ims_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

func oboFields(token string) url.Values {
	const accessToken = "urn:ietf:params:oauth:token-type:access_token"
	return url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "client_id": {obo}, "client_secret": {"p8e-obo"},
		"subject_token": {token}, "subject_token_type": {accessToken}, "requested_token_type": {accessToken}, "scope": {"AdobeID"},
		"resource": {"https://a.example", "https://b.example"},
	}
}

func TestOnBehalfOf(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	mine := signInWith(t, s, "openid,offline_access")
	got := wantToken(t, post(s, "/ims/token/v4", oboFields(mine.AccessToken)))
	if c := claimsOf(t, got.AccessToken); c["user_id"] != user || c["client_id"] != obo || c["scope"] != "AdobeID" || got.ExpiresIn > 86399 {
		t.Errorf("token %v", c)
	}
	tests := []struct {
		name, field, value string
		want               refusal
	}{
		{"subject missing", "subject_token", "", refusal{400, "invalid_request", ""}},
		{"subject not a token", "subject_token", "x", refusal{400, "invalid_grant", ""}},
		{"subject a refresh token", "subject_token", mine.RefreshToken, refusal{400, "invalid_grant", ""}},
		{"subject type", "subject_token_type", "x", refusal{400, "invalid_request", ""}},
		{"requested type", "requested_token_type", "", refusal{400, "invalid_request", ""}},
		{"no scope", "scope", "", refusal{400, "invalid_scope", ""}},
		{"foreign scope", "scope", "email", refusal{400, "invalid_scope", ""}},
		{"client without the grant", "client_id", webClient, refusal{400, "unauthorized_client", ""}},
	}
	for _, tt := range tests {
		f := oboFields(mine.AccessToken)
		f.Set(tt.field, tt.value)
		if tt.field == "client_id" {
			f.Set("client_secret", webSecret)
		}
		t.Run(tt.name, func(t *testing.T) { wantRefusal(t, post(s, "/ims/token/v4", f), tt.want) })
	}
	post(s, "/ims/revoke", url.Values{"token": {mine.RefreshToken}}, func(r *http.Request) { r.SetBasicAuth(webClient, webSecret) })
	if v := valid(t, s, obo, got.AccessToken, ""); v.Valid {
		t.Error("a derived token outlives the sign-in")
	}
	bot := goodToken(t, s)
	derived := wantToken(t, post(s, "/ims/token/v4", oboFields(bot)))
	post(s, "/ims/invalidate_token/v2", url.Values{"token": {bot}, "client_id": {clientID}})
	if v := valid(t, s, obo, derived.AccessToken, ""); v.Valid {
		t.Error("a derived token outlives its origin")
	}
}

func TestClusterExchange(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	mine := signInWith(t, s, "openid,AdobeID,email")
	fields := func(edit url.Values) url.Values {
		f := url.Values{"grant_type": {"cluster_at_exchange"}, "client_secret": {"p8e-obo"}, "user_token": {mine.AccessToken}, "scope": {""}}
		for name, v := range edit {
			f[name] = v
		}
		return f
	}
	const path = "/ims/token/v3?client_id=" + obo
	for _, target := range []url.Values{{"user_id": {sibling}}, {"owning_org_id": {otherOrg}}} {
		got := wantToken(t, post(s, path, fields(target)))
		if c := claimsOf(t, got.AccessToken); c["user_id"] != sibling || c["org"] != otherOrg || c["scope"] != "openid,AdobeID" {
			t.Errorf("%v: token %v", target, c)
		}
	}
	for name, tt := range map[string]struct {
		edit url.Values
		want refusal
	}{
		"neither":        {url.Values{}, refusal{400, "invalid_request", ""}},
		"both":           {url.Values{"user_id": {sibling}, "owning_org_id": {otherOrg}}, refusal{400, "invalid_request", ""}},
		"somebody else":  {url.Values{"user_id": {account}}, refusal{400, "invalid_grant", ""}},
		"unknown org":    {url.Values{"owning_org_id": {"x@AdobeOrg"}}, refusal{400, "invalid_grant", ""}},
		"no token":       {url.Values{"user_id": {sibling}, "user_token": {""}}, refusal{400, "invalid_request", ""}},
		"not a token":    {url.Values{"user_id": {sibling}, "user_token": {"x"}}, refusal{400, "invalid_grant", ""}},
		"foreign scope":  {url.Values{"user_id": {sibling}, "scope": {"email"}}, refusal{400, "invalid_scope", ""}},
		"unknown person": {url.Values{"user_id": {"x@y"}}, refusal{400, "invalid_grant", ""}},
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, post(s, path, fields(tt.edit)), tt.want) })
	}
	// Of a person's accounts in an organization it is the one with the least id.
	for _, id := range []string{"z@AdobeID", "#@AdobeID", "y@AdobeID"} {
		must(t, s.AddAccount(ims.Account{ID: id, Organization: otherOrg, Email: "ada@example.com"}))
	}
	first := wantToken(t, post(s, path, fields(url.Values{"owning_org_id": {otherOrg}})))
	if got := claimsOf(t, first.AccessToken)["user_id"]; got != "#@AdobeID" {
		t.Errorf("the token is of %q", got)
	}
	// Accounts without an address are not the same person's.
	must(t, s.AddAccount(ims.Account{ID: "A@AdobeID", Organization: org}))
	must(t, s.AddAccount(ims.Account{ID: "B@AdobeID", Organization: otherOrg}))
	token, err := s.IssueToken(webClient, "A@AdobeID", "openid")
	must(t, err)
	for _, target := range []url.Values{{"user_id": {"B@AdobeID"}}, {"owning_org_id": {otherOrg}}} {
		f := fields(target)
		f.Set("user_token", token.Reveal())
		wantRefusal(t, post(s, path, f), refusal{400, "invalid_grant", ""})
	}
}

func TestClientOfNoOrganization(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	must(t, s.AddClient(ims.Client{
		ID: "web", Secrets: []secret.Text{secret.New(password)}, Account: account, Scopes: []string{"openid"}, ClientCredentials: true,
	}))
	f := tokenFields("openid")
	f.Set("client_id", "web")
	wantRefusal(t, post(s, "/ims/token/v3", f), refusal{400, "invalid_request", ""})
	f.Set("org_id", otherOrg)
	w := post(s, "/ims/token/v3", f)
	var got map[string]any
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	if w.Code != 200 || got["expires_in"] != 3599.0 || len(got) != 2 || claimsOf(t, got["access_token"].(string))["org"] != otherOrg {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
