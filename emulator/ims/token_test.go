package ims_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

func tokenFields(scope string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {password}, "scope": {scope},
	}
}

// TestTokenShape compares a token with the shape of real ones: members, their order, types and forms.
func TestTokenShape(t *testing.T) {
	t.Parallel()
	before := time.Now().UnixMilli()
	parts := strings.Split(goodToken(t, newServer(t)), ".")
	after := time.Now().UnixMilli()
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	must(t, err)
	if want := `{"alg":"RS256","x5u":"ims_na1-key-at-1.cer","kid":"ims_na1-key-at-1","itt":"at"}`; string(header) != want {
		t.Errorf("header = %s, want %s", header, want)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	shape := regexp.MustCompile(`^\{"id":"(\d{13})_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}_ue1",` +
		`"org":"` + org + `","type":"access_token","client_id":"` + clientID + `","user_id":"` + account + `","as":"ims-na1",` +
		`"aa_id":"` + account + `","ctp":3,"moi":"[0-9a-f]{8}","expires_in":"86400000","scope":"openid,AdobeID,profile",` +
		`"created_at":"(\d{13})"\}$`)
	m := shape.FindSubmatch(payload)
	if m == nil {
		t.Fatalf("payload = %s", payload)
	}
	created, _ := strconv.ParseInt(string(m[2]), 10, 64)
	if string(m[1]) != string(m[2]) || created < before || created > after {
		t.Errorf("id begins with %s, created_at is %s, now is %d", m[1], m[2], after)
	}
}

// TestEnvironmentOfTokens: who calls stage by its name gets tokens that say so.
func TestEnvironmentOfTokens(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for host, want := range map[string]string{
		"ims-na1-stg1.adobelogin.com": "ims-na1-stg1", "IMS-NA1-STG1.adobelogin.com:8443": "ims-na1-stg1",
		"ims-na1.adobelogin.com": "ims-na1", "127.0.0.1:8443": "ims-na1", "ims-na1-qa1.adobelogin.com": "ims-na1",
	} {
		at := func(r *http.Request) { r.Host = host }
		c := claims(map[string]any{"aud": "https://" + host + "/c/" + clientID})
		for _, w := range []*recorder{
			post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), c)), at), post(s, "/ims/token/v2", tokenFields("openid"), at),
		} {
			if got := claimsOf(t, wantToken(t, w).AccessToken)["as"]; got != want {
				t.Errorf("at %s: %v, want %s", host, got, want)
			}
		}
	}
}

// TestTokenSignature verifies a token by the published keys alone, with a library that the server does not use.
func TestTokenSignature(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(get(s, "/ims/keys").Body.Bytes(), &set))
	jws, err := jose.ParseSignedCompact(goodToken(t, s), []jose.SignatureAlgorithm{jose.RS256})
	must(t, err)
	keys := set.Key(jws.Signatures[0].Header.KeyID)
	if len(set.Keys) != 1 || len(keys) != 1 || keys[0].Use != "sig" || keys[0].Algorithm != "RS256" {
		t.Fatalf("key set %+v", set)
	}
	if _, err := jws.Verify(keys[0]); err != nil {
		t.Error(err)
	}
	if _, err := jws.Verify(foreignKey().Public()); err == nil {
		t.Error("the token verifies under a foreign key")
	}
}

func TestExpiresIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		must(t, s.SetTokenLifetime(time.Hour))
		exchanged := wantToken(t, post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))))
		granted := wantToken(t, post(s, "/ims/token/v3", tokenFields("openid")))
		if exchanged.ExpiresIn != 3_599_999 || granted.ExpiresIn != 3599 {
			t.Errorf("expires_in %d and %d, want milliseconds, then seconds", exchanged.ExpiresIn, granted.ExpiresIn)
		}
		validity := func() string {
			return post(s, "/ims/validate_token/v1", url.Values{"client_id": {clientID}, "token": {granted.AccessToken}}).Body.String()
		}
		time.Sleep(time.Hour - time.Millisecond)
		if got := validity(); !strings.Contains(got, `"valid":true`) {
			t.Errorf("a millisecond before its expiry: %s", got)
		}
		time.Sleep(time.Millisecond)
		if got := validity(); !strings.Contains(got, `"valid":false,"reason":"expired_token"`) {
			t.Errorf("at its expiry: %s", got)
		}
		if w := get(s, "/ims/profile/v1", authorization("Bearer "+granted.AccessToken)); w.Code != 401 {
			t.Errorf("profile with an expired token: status %d", w.Code)
		}
	})
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	scopeOf := func(token string) string {
		var p struct{ Scope string }
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		must(t, err)
		must(t, json.Unmarshal(raw, &p))
		return p.Scope
	}
	for _, path := range []string{"/ims/token/v1", "/ims/token/v2", "/ims/token/v3", "/ims/token/v4"} {
		t.Run(path, func(t *testing.T) {
			got := wantToken(t, post(s, path, tokenFields("openid,AdobeID")))
			if got.ExpiresIn != 86399 || scopeOf(got.AccessToken) != "openid,AdobeID" {
				t.Errorf("expires_in %d, scope %q", got.ExpiresIn, scopeOf(got.AccessToken))
			}
			got = wantToken(t, postMultipart(t, s, path, tokenFields("AdobeID openid, AdobeID")))
			if scopeOf(got.AccessToken) != "AdobeID,openid" {
				t.Errorf("scope %q", scopeOf(got.AccessToken))
			}
			second := tokenFields("openid")
			second.Set("client_secret", password2)
			second.Set("org_id", "undefined")
			wantToken(t, post(s, path, second))
			inBody := tokenFields("openid")
			inBody.Del("client_id")
			wantToken(t, post(s, path+"?client_id="+clientID, inBody))
		})
	}
}

func TestClientCredentialsRefuses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := client()
	c.ID, c.ClientCredentials = "jwt-only", false
	must(t, s.AddClient(c))
	tests := []struct {
		name, field, value string
		want               refusal
	}{
		{"unknown client", "client_id", "nobody", refusal{400, "invalid_client", badClient}},
		{"no client", "client_id", "", refusal{400, "invalid_client", badClient}},
		{"wrong secret", "client_secret", "p8e-x", refusal{400, "invalid_client", badSecret}},
		{"no secret", "client_secret", "", refusal{400, "invalid_client", badSecret}},
		{"other grant", "grant_type", "password", refusal{400, "unsupported_grant_type", ""}},
		{"known grant not given", "grant_type", "authorization_code", refusal{400, "unauthorized_client", ""}},
		{"no grant", "grant_type", "", refusal{400, "invalid_request", ""}},
		{"grant not given", "client_id", "jwt-only", refusal{400, "unauthorized_client", ""}},
		{"foreign scope", "scope", "openid,admin", refusal{400, "invalid_scope", ""}},
		{"no scope", "scope", ",", refusal{400, "invalid_scope", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tokenFields("openid")
			f.Set(tt.field, tt.value)
			wantRefusal(t, post(s, "/ims/token/v3", f), tt.want)
		})
	}
}

func TestBasicAuthentication(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := client()
	c.ID, c.Secrets = "odd", []secret.Text{secret.New(password), {}}
	must(t, s.AddClient(c))
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	tests := []struct {
		name, header, clientID, secret string
		want                           int
	}{
		{"plain", "Basic " + encode(clientID+":"+password), "", "", 200},
		{"scheme in lower case", "basic " + encode(clientID+":"+password), "", "", 200},
		{"form-encoded", "Basic " + encode(clientID+":p8e%2Dfirst"), "", "", 200},
		{"with client_id, too", "Basic " + encode(clientID+":"+password), clientID, "", 200},
		{"field before header", "Basic " + encode(clientID+":wrong"), clientID, password, 200},
		{"another client_id", "Basic " + encode(clientID+":"+password), "odd", "", 400},
		{"wrong", "Basic " + encode(clientID+":p8e-x"), "", "", 400},
		{"empty password", "Basic " + encode("odd:"), "", "", 400},
		{"no colon", "Basic " + encode(clientID), "", "", 400},
		{"not base64", "Basic ???", "", "", 400},
		{"Bearer", "Bearer " + encode(clientID+":"+password), "", "", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tokenFields("openid")
			f.Set("client_id", tt.clientID)
			f.Set("client_secret", tt.secret)
			if w := post(s, "/ims/token/v3", f, authorization(tt.header)); w.Code != tt.want {
				t.Errorf("status %d: %s, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

func TestMigratedClientKeepsClientCredentials(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	must(t, s.SetMigrated(clientID, true))
	wantToken(t, post(s, "/ims/token/v3", tokenFields("openid")))
	must(t, s.SetMigrated(clientID, false))
	goodToken(t, s)
}

// validity is the answer of /ims/validate_token.
type validity struct {
	Valid  bool
	Reason string
	Token  map[string]any
}

func readValidity(t testing.TB, w *recorder) validity {
	t.Helper()
	var v validity
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	wantHeaders(t, w)
	must(t, json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

func TestValidate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	token := goodToken(t, s)
	const path = "/ims/validate_token/v1"
	fields := url.Values{"type": {"access_token"}, "client_id": {clientID}, "token": {token}}
	noToken := url.Values{"type": {"access_token"}, "client_id": {clientID}}
	noType := url.Values{"client_id": {clientID}, "token": {token}}
	asBearer := authorization("Bearer " + token)
	answers := map[string]*recorder{
		"POST, all in the body":             post(s, path, fields),
		"GET, all in the query":             get(s, path+"?"+fields.Encode()),
		"POST multipart, token as bearer":   postMultipart(t, s, path, noToken, asBearer),
		"GET, token as bearer":              get(s, path+"?"+noToken.Encode(), asBearer),
		"GET, bearer in lower case":         get(s, path+"?"+noToken.Encode(), authorization("bearer "+token)),
		"POST, no type":                     post(s, path, noType),
		"POST, query and body":              post(s, path+"?client_id="+clientID, url.Values{"token": {token}}),
		"POST, with the header of a client": post(s, path, fields, func(r *http.Request) { r.Header.Set("X-IMS-ClientId", clientID) }),
	}
	for name, w := range answers {
		t.Run(name, func(t *testing.T) {
			v := readValidity(t, w)
			if !v.Valid || v.Reason != "" || v.Token["client_id"] != clientID || v.Token["user_id"] != account ||
				v.Token["type"] != "access_token" || v.Token["expires_in"] != "86400000" || v.Token["as"] != "ims-na1" {
				t.Errorf("answer %+v", v)
			}
			if _, ok := v.Token["scope"]; ok {
				t.Error("the answer has the scopes")
			}
		})
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	token := goodToken(t, s)
	other, err := ims.New(ims.Config{Key: foreignKey()})
	must(t, err)
	must(t, other.AddOrganization(ims.Organization{ID: org}))
	must(t, other.AddAccount(ims.Account{ID: account, Organization: org}))
	must(t, other.AddClient(ims.Client{ID: clientID}))
	foreign, err := other.IssueToken(clientID, account)
	must(t, err)
	parts := strings.Split(token, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	tests := []struct {
		name, token, client, kind, reason string
	}{
		{"text", "x", clientID, "", "bad_signature"},
		{"dots", "..", clientID, "", "bad_signature"},
		{"of another server", foreign.Reveal(), clientID, "", "bad_signature"},
		{"changed", parts[0] + "." + parts[1][1:] + "." + parts[2], clientID, "", "bad_signature"},
		{"not signed", unsigned, clientID, "", "bad_signature"},
		{"with a line break", token + "\n", clientID, "", "bad_signature"},
		{"an assertion", sign(t, jose.RS256, serverKey(), claims(nil)), clientID, "", "bad_signature"},
		{"of another client", token, "somebody", "", "client_mismatch"},
		{"of another type", token, clientID, "refresh_token", "type_mismatch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := url.Values{"token": {tt.token}, "client_id": {tt.client}, "type": {tt.kind}}
			if v := readValidity(t, post(s, "/ims/validate_token/v1", f)); v.Valid || v.Reason != tt.reason {
				t.Errorf("answer %+v, want reason %q", v, tt.reason)
			}
		})
	}
	minted, err := s.MintToken(map[string]any{"created_at": "1600000000000", "client_id": clientID})
	must(t, err)
	v := readValidity(t, post(s, "/ims/validate_token/v1", url.Values{"token": {minted.Reveal()}, "client_id": {clientID}}))
	if v.Valid || v.Reason != "expired_token" || v.Token["client_id"] != clientID {
		t.Errorf("of an expired token is said %+v", v)
	}
	for name, f := range map[string]url.Values{
		"no token":     {"client_id": {clientID}},
		"no client":    {"token": {token}},
		"unknown type": {"token": {token}, "client_id": {clientID}, "type": {"cookie"}},
	} {
		if w := post(s, "/ims/validate_token/v1", f); w.Code != 400 {
			t.Errorf("%s: status %d, want 400", name, w.Code)
		}
	}
}

func TestInvalidate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	right := []string{password}
	tests := []struct {
		name, path string
		fields     url.Values
		status     int
		dies       bool
	}{
		{"v1", "/ims/invalidate_token/v1", url.Values{"client_id": {clientID}}, 200, true},
		{"v2", "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}}, 200, true},
		{"with a secret", "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "client_secret": right, "cascading": {"all"}, "token_type": {"access_token"}}, 200, true},
		{"service token", "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "client_secret": right, "token_type": {"service_token"}}, 200, true},
		{"service token without a secret", "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "token_type": {"service_token"}}, 400, false},
		{"wrong secret", "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "client_secret": {"x"}}, 400, false},
		{"unknown client", "/ims/invalidate_token/v2", url.Values{"client_id": {"nobody"}}, 400, false},
		{"another client", "/ims/invalidate_token/v2", url.Values{"client_id": {"other"}}, 400, false},
		{"no client", "/ims/invalidate_token/v2", url.Values{}, 400, false},
		{"unknown type", "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "token_type": {"cookie"}}, 400, false},
	}
	must(t, s.AddClient(ims.Client{ID: "other"}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			token, bystander := goodToken(t, s), goodToken(t, s)
			tt.fields.Set("token", token)
			w := post(s, tt.path, tt.fields)
			if w.Code != tt.status || w.Code == 200 && w.Body.Len() != 0 {
				t.Errorf("status %d, body %q, want %d and an empty body for 200", w.Code, w.Body, tt.status)
			}
			v := readValidity(t, post(s, "/ims/validate_token/v1", url.Values{"client_id": {clientID}, "token": {token}}))
			if v.Valid == tt.dies || tt.dies && v.Reason != "revoked_token" {
				t.Errorf("afterwards %+v", v)
			}
			if w := get(s, "/ims/profile/v1", authorization("Bearer "+token)); (w.Code == 401) != tt.dies {
				t.Errorf("profile afterwards: status %d", w.Code)
			}
			if w := get(s, "/ims/profile/v1", authorization("Bearer "+bystander)); w.Code != 200 {
				t.Errorf("another token afterwards: status %d", w.Code)
			}
		})
	}
	t.Run("not a token", func(t *testing.T) {
		t.Parallel()
		w := post(s, "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "token": {"x"}})
		if w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("status %d, body %q", w.Code, w.Body)
		}
		w = post(s, "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}})
		wantRefusal(t, w, refusal{400, "bad_request", ""})
	})
}

// TestRevocationsAreForgotten invalidates more short-lived tokens than are remembered at a time; the live ones stay
// revoked.
func TestRevocationsAreForgotten(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many signatures")
	}
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		revoke := func() string {
			token := wantToken(t, post(s, "/ims/token/v3", tokenFields("openid"))).AccessToken
			post(s, "/ims/invalidate_token/v2", url.Values{"client_id": {clientID}, "token": {token}})
			return token
		}
		kept := revoke()
		must(t, s.SetTokenLifetime(time.Second))
		for range 1100 {
			revoke()
			time.Sleep(2 * time.Second)
		}
		v := readValidity(t, post(s, "/ims/validate_token/v1", url.Values{"client_id": {clientID}, "token": {kept}}))
		if v.Reason != "revoked_token" {
			t.Errorf("the oldest token: %+v", v)
		}
	})
}
