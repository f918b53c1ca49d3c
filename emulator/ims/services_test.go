package ims_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

func ellipticKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func TestAdminEndpoints(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	service := authorization("Bearer " + goodToken(t, s))
	guid := url.Values{"guid": {strings.TrimSuffix(user, "@AdobeID")}, "auth_src": {"AdobeID"}}
	w := post(s, "/ims/admin_profile/v1", guid, service)
	var p struct {
		UserID   string `json:"userId"`
		Type     string `json:"account_type"`
		Contexts []struct {
			Context map[string]string `json:"prodCtx"`
		} `json:"projectedProductContext"`
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &p))
	if w.Code != 200 || p.UserID != user || p.Type != "ind" || len(p.Contexts) != 1 || p.Contexts[0].Context["serviceCode"] != "dma_aem_cloud" ||
		p.Contexts[0].Context["owningEntity"] != org {
		t.Errorf("status %d, profile %+v", w.Code, p)
	}
	if w := post(s, "/ims/admin_organizations/v5", guid, service); w.Code != 200 || !strings.Contains(w.Body.String(), `"orgName":"Example"`) {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	person := authorization("Bearer " + signInWith(t, s, "openid").AccessToken)
	for _, path := range []string{"/ims/admin_profile/v1", "/ims/admin_organizations/v5"} {
		wantRefusal(t, post(s, path, guid), refusal{401, "invalid_token", ""})
		wantRefusal(t, post(s, path, guid, person), refusal{403, "forbidden", ""})
		wantRefusal(t, post(s, path, url.Values{"guid": {"x"}}, service), refusal{404, "not_found", ""})
	}
}

func TestProductsNeedTheirScope(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	for scope, want := range map[string]int{"openid": 0, "openid,additional_info.projectedProductContext": 1} {
		w := get(s, "/ims/profile/v1", authorization("Bearer "+signInWith(t, s, scope).AccessToken))
		if got := strings.Count(w.Body.String(), `"prodCtx":`); got != want {
			t.Errorf("%s: %d products, want %d: %s", scope, got, want, w.Body)
		}
	}
	must(t, s.SetProducts(user, nil))
	token := signInWith(t, s, "additional_info.projectedProductContext").AccessToken
	if w := get(s, "/ims/profile/v1", authorization("Bearer "+token)); !strings.Contains(w.Body.String(), `"projectedProductContext":[]`) {
		t.Errorf("without products: %s", w.Body)
	}
}

func register(s http.Handler, body string) *recorder {
	r := httptest.NewRequest(http.MethodPost, "/ims/register", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return do(s, r)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	w := register(s, `{"client_name":"A tool","redirect_uris":["https://tool.example.test/cb"],"scope":"openid profile"}`)
	var got struct {
		ID     string   `json:"client_id"`
		Secret string   `json:"client_secret"`
		Scope  string   `json:"scope"`
		URIs   []string `json:"redirect_uris"`
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	if w.Code != 201 || got.Scope != "openid profile" || len(got.URIs) != 1 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	wantHeaders(t, w)
	code := ask(t, s, url.Values{"client_id": {got.ID}, "scope": {"openid"}}).Get("code")
	f := codeFields(code)
	f.Set("client_id", got.ID)
	f.Set("client_secret", got.Secret)
	wantToken(t, post(s, "/ims/token/v3", f))
	if w := register(s, `{"client_name":"x","redirect_uris":["http://localhost/cb"]}`); w.Code != 201 || !strings.Contains(w.Body.String(), "offline_access") ||
		strings.Contains(w.Body.String(), got.ID) || strings.Contains(w.Body.String(), got.Secret) {
		t.Errorf("without scope: %d %s", w.Code, w.Body)
	}
	for name, body := range map[string]string{
		"not JSON":       `x`,
		"an array":       `[]`,
		"no name":        `{"redirect_uris":["https://a.test/"]}`,
		"no redirect":    `{"client_name":"x"}`,
		"bad redirect":   `{"client_name":"x","redirect_uris":["javascript:x"]}`,
		"control sign":   `{"client_name":"x\u0000","redirect_uris":["https://a.test/"]}`,
		"bad scope":      `{"client_name":"x","redirect_uris":["https://a.test/"],"scope":"a\"b"}`,
		"many redirects": `{"client_name":"x","redirect_uris":["https://a.test/"` + strings.Repeat(`,"https://a.test/"`, 50) + `]}`,
		"long redirects": `{"client_name":"x","redirect_uris":["https://a.test/"` + strings.Repeat(`,"https://a.test/`+strings.Repeat("x", 900)+`"`, 10) + `]}`,
		"wrong type":     `{"client_name":7}`,
		"deep":           strings.Repeat(`{"a":`, 20_000),
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, register(s, body), refusal{400, "invalid_request", ""}) })
	}
	wantRefusal(t, register(s, `{"client_name":"x"}`), refusal{400, "invalid_request", "there is not between one and 50 redirect_uris"})
	wantRefusal(t, register(s, strings.Repeat("x", 2<<20)), refusal{413, "bad_request", ""})
}

// gateway is a request to the I/O Management API.
func gateway(s http.Handler, method, path, token, key string) *recorder {
	r := httptest.NewRequest(method, "http://api.adobe.io"+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-Api-Key", key)
	return do(s, r)
}

func TestSecretsAPI(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	must(t, s.AddClient(ims.Client{
		ID: "s2s", Secrets: []secret.Text{secret.New("p8e-old")}, Organization: org, Account: account, ClientCredentials: true,
		Scopes: []string{"openid", "read_client_secret", "manage_client_secrets"}, CredentialID: "2222",
	}))
	f := tokenFields("read_client_secret,manage_client_secrets")
	f.Set("client_id", "s2s")
	f.Set("client_secret", "p8e-old")
	token := wantToken(t, post(s, "/ims/token/v3", f)).AccessToken
	const path = "/console/organizations/1111/credentials/2222/secrets"
	type item struct {
		Secret    *string             `json:"client_secret"`
		ExpiresAt string              `json:"expires_at"`
		CreatedAt string              `json:"created_at"`
		Created   string              `json:"created_at_str"`
		UUID      string              `json:"uuid"`
		Usages    []map[string]string `json:"secret_usages"`
	}
	list := func() []item {
		var got struct {
			ClientID string `json:"client_id"`
			Secrets  []item `json:"client_secrets"`
		}
		w := gateway(s, http.MethodGet, path, token, "s2s")
		must(t, json.Unmarshal(w.Body.Bytes(), &got))
		if w.Code != 200 || got.ClientID != "s2s" || strings.Contains(w.Body.String(), "p8e-") {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		return got.Secrets
	}
	before := list()
	if len(before) != 1 || before[0].ExpiresAt != "PERMANENT" || len(before[0].Usages) != 1 || before[0].Usages[0]["grant_type"] != "client_credentials" {
		t.Errorf("list %+v", before)
	}
	if _, err := time.Parse("Mon, Jan 02 2006 15:04:05.000 UTC", before[0].Created); err != nil || len(before[0].CreatedAt) != 13 {
		t.Errorf("created %q, %q: %v", before[0].CreatedAt, before[0].Created, err)
	}
	w := gateway(s, http.MethodPost, path, token, "s2s")
	var added item
	must(t, json.Unmarshal(w.Body.Bytes(), &added))
	if w.Code != 201 || added.Secret == nil || len(added.UUID) != 32 || added.Usages != nil || !strings.Contains(w.Body.String(), `"secret_usages":null`) {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	wantGateway(t, gateway(s, http.MethodPost, path, token, "s2s"), 400)
	f.Set("client_secret", *added.Secret)
	wantToken(t, post(s, "/ims/token/v3", f))
	if w := gateway(s, http.MethodDelete, path+"/"+before[0].UUID, token, "s2s"); w.Code != 204 || w.Body.Len() != 0 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	wantGateway(t, gateway(s, http.MethodDelete, path+"/"+before[0].UUID, token, "s2s"), 404)
	if after := list(); len(after) != 1 || after[0].UUID != added.UUID || after[0].Secret != nil {
		t.Errorf("list %+v", after)
	}
	f.Set("client_secret", "p8e-old")
	wantRefusal(t, post(s, "/ims/token/v3", f), refusal{400, "invalid_client", badSecret})
}

func wantGateway(t testing.TB, w *recorder, status int) (code string) {
	t.Helper()
	var got struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	if w.Code != status || !strings.HasPrefix(got.Code, w.Result().Status[:3]) || got.Message == "" || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("status %d: %s, want %d", w.Code, w.Body, status)
	}
	return got.Code
}

// TestSecretsAPIDuringMigration: while a credential is on its way from JWT to OAuth, with both grants, it gets no secret.
func TestSecretsAPIDuringMigration(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	const path = "/console/organizations/1111/credentials/2222/secrets"
	both := ims.Client{
		ID: "s2s", Organization: org, Account: account, ExchangeJWT: true, ClientCredentials: true, CredentialID: "2222",
		Scopes: []string{"manage_client_secrets"},
	}
	must(t, s.AddClient(both))
	token, err := s.IssueToken("s2s", account, "manage_client_secrets")
	must(t, err)
	add := func() *recorder { return gateway(s, http.MethodPost, path, token.Reveal(), "s2s") }
	wantGateway(t, add(), 400)
	must(t, s.SetMigrated("s2s", true))
	if w := add(); w.Code != 201 {
		t.Errorf("after the migration: status %d: %s", w.Code, w.Body)
	}
	both.ExchangeJWT = false
	must(t, s.AddClient(both))
	if w := add(); w.Code != 201 {
		t.Errorf("without the other grant: status %d: %s", w.Code, w.Body)
	}
}

func TestSecretsAPIRefuses(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	must(t, s.AddClient(ims.Client{
		ID: "s2s", Organization: org, Account: account, ClientCredentials: true, CredentialID: "2222",
		Scopes: []string{"read_client_secret"},
	}))
	must(t, s.AddClient(ims.Client{ID: "theirs", Organization: otherOrg, Account: account, CredentialID: "3333"}))
	token, err := s.IssueToken("s2s", account, "read_client_secret")
	must(t, err)
	const path = "/console/organizations/1111/credentials/2222/secrets"
	good := token.Reveal()
	theirNumber := s.Organizations()[1].ConsoleID
	for name, tt := range map[string]struct {
		method, path, token, key string
		status                   int
		code                     string
	}{
		"no token":           {"GET", path, "", "s2s", 401, "401013"},
		"bad token":          {"GET", path, good + "x", "s2s", 401, "401013"},
		"no key":             {"GET", path, good, "", 403, "403003"},
		"key of another":     {"GET", path, good, clientID, 403, "403003"},
		"scope to add":       {"POST", path, good, "s2s", 403, ""},
		"scope to delete":    {"DELETE", path + "/x", good, "s2s", 403, ""},
		"unknown credential": {"GET", strings.Replace(path, "2222", "9", 1), good, "s2s", 404, ""},
		"credential theirs":  {"GET", strings.Replace(path, "2222", "3333", 1), good, "s2s", 404, ""},
		"organization":       {"GET", strings.Replace(path, "1111", "9", 1), good, "s2s", 404, ""},
		"its full id":        {"GET", strings.Replace(path, "1111", org, 1), good, "s2s", 404, ""},
		"DELETE of all":      {"DELETE", path, good, "s2s", 405, ""},
		"GET of one":         {"GET", path + "/x", good, "s2s", 405, ""},
		"PUT":                {"PUT", path, good, "s2s", 405, ""},
		"their organization": {"GET", "/console/organizations/" + theirNumber + "/credentials/3333/secrets", good, "s2s", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wantGateway(t, gateway(s, tt.method, tt.path, tt.token, tt.key), tt.status); tt.code != "" && got != tt.code {
				t.Errorf("code %q, want %q", got, tt.code)
			}
		})
	}
	for _, unknown := range []string{"/console/", path + "/", path + "/a/b", "/console/organizations/1/credentials/2"} {
		wantGateway(t, gateway(s, http.MethodGet, unknown, good, "s2s"), 404)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	must(t, s.SetJTIRequired(clientID, true))
	good := sign(t, jose.RS256, firstKey(), claims(map[string]any{"jti": 1}))
	mine := signInWith(t, s, "openid,offline_access")
	revoked := signInWith(t, s, "openid").AccessToken
	post(s, "/ims/invalidate_token/v2", url.Values{"token": {revoked}, "client_id": {webClient}})
	minted, err := s.MintToken(map[string]any{"created_at": "1"})
	must(t, err)
	impossible, err := s.MintToken(map[string]any{"created_at": "-9223372036854775808", "expires_in": "-1"})
	must(t, err)
	nameless, err := s.MintToken(map[string]any{"id": nil})
	must(t, err)
	other := claims(map[string]any{"aud": origin + "/c/nobody"})
	for name, tt := range map[string]struct{ text, kind, code, failed string }{
		"assertion":            {good, "assertion", "", ""},
		"again":                {good, "assertion", "", ""},
		"with blanks":          {"\n" + good + "\n", "assertion", "", ""},
		"foreign key":          {sign(t, jose.RS256, foreignKey(), claims(nil)), "assertion", "invalid_token", "signature"},
		"expired":              {sign(t, jose.RS256, firstKey(), claims(map[string]any{"exp": 1})), "assertion", "invalid_token", "not expired"},
		"no client":            {sign(t, jose.RS256, firstKey(), other), "assertion", "invalid_client", "audience"},
		"access token":         {mine.AccessToken, "access_token", "", ""},
		"refresh token":        {mine.RefreshToken, "refresh_token", "", ""},
		"id_token":             {mine.IDToken, "id_token", "", ""},
		"revoked":              {revoked, "access_token", "revoked_token", "not revoked"},
		"token that expired":   {minted.Reveal(), "access_token", "expired_token", "not expired"},
		"token without id":     {nameless.Reveal(), "access_token", "malformed_token", "well formed"},
		"times that overflow":  {impossible.Reveal(), "access_token", "expired_token", "not expired"},
		"changed access token": {mine.AccessToken[:len(mine.AccessToken)-4] + "AAAA", "access_token", "bad_signature", "signature"},
		"no JWT":               {"x", "", "invalid_token", "decodes"},
		"too long":             {sign(t, jose.RS256, firstKey(), claims(map[string]any{"jti": 2, "x": strings.Repeat("x", 64<<10)})), "", "invalid_token", "decodes"},
		"no JSON":              {"a.b.c", "", "invalid_token", "decodes"},
	} {
		t.Run(name, func(t *testing.T) {
			e := s.Explain(tt.text)
			failed := ""
			for _, check := range e.Checks {
				if !check.Passed {
					failed = check.Name
				}
			}
			if e.Kind != tt.kind || e.Code != tt.code || failed != tt.failed || len(e.Checks) == 0 {
				t.Errorf("%+v", e)
			}
		})
	}
	c.Move(48 * time.Hour)
	if e := s.Explain(mine.IDToken); e.Code != "expired_token" {
		t.Errorf("an old id_token: %+v", e)
	}
}
