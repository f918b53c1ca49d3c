package ims_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

type recorder = httptest.ResponseRecorder

func TestIdentityNeedsBearer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	token := goodToken(t, s)
	for _, path := range []string{
		"/ims/profile/v1", "/ims/userinfo/v1", "/ims/userinfo/v2", "/ims/organizations/v5", "/ims/organizations/v6",
	} {
		for _, header := range []string{"", "Bearer", "Bearer x", "Basic " + token, token, "Bearer " + token + "x", "Bearer " + token[1:]} {
			w := get(s, path, authorization(header))
			wantRefusal(t, w, refusal{401, "invalid_token", ""})
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s: 401 without a challenge", path)
			}
		}
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER "} {
			if w := get(s, path, authorization(scheme+token)); w.Code != 200 {
				t.Errorf("%s with %q: status %d", path, scheme, w.Code)
			}
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	bearer := authorization("bearer " + goodToken(t, s))
	for _, w := range []*recorder{get(s, "/ims/profile/v1?client_id="+clientID, bearer), post(s, "/ims/profile/v1", nil, bearer)} {
		var p map[string]any
		must(t, json.Unmarshal(w.Body.Bytes(), &p))
		if p["userId"] != account || p["email"] != "bot@techacct.adobe.com" || p["name"] != "Build Bot" ||
			p["given_name"] != "Build" || p["family_name"] != "Bot" || p["projectedProductContext"] == nil {
			t.Errorf("profile %v", p)
		}
	}
}

func TestUserinfoByScope(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string][]string{
		"openid":                       {"sub"},
		"openid,email":                 {"sub", "email_verified", "email"},
		"openid,profile":               {"sub", "account_type", "name", "given_name", "family_name"},
		"openid,address,profile,email": {"sub", "account_type", "email_verified", "address", "name", "given_name", "family_name", "email"},
	}
	for scopes, want := range tests {
		token, err := s.IssueToken(clientID, account, strings.Split(scopes, ",")...)
		must(t, err)
		w := get(s, "/ims/userinfo/v2", authorization("Bearer "+token.Reveal()))
		wantMembers(t, w, want...)
		var info struct{ Sub string }
		if err := json.Unmarshal(w.Body.Bytes(), &info); err != nil || info.Sub != account {
			t.Errorf("%s: %s", scopes, w.Body)
		}
	}
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := get(s, "/ims/organizations/v6", authorization("Bearer "+goodToken(t, s)))
	want := `[{"orgName":"Example","orgRef":{"ident":"89ABCDEF0123456789ABCDEF","authSrc":"AdobeOrg"},"orgType":"Enterprise"}]`
	if w.Body.String() != want {
		t.Errorf("body = %s, want %s", w.Body, want)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, origin := range []string{"https://ims.example.test:8443", "http://127.0.0.1:80"} {
		w := do(s, httptest.NewRequest("GET", origin+"/ims/.well-known/openid-configuration", nil))
		var doc map[string]any
		must(t, json.Unmarshal(w.Body.Bytes(), &doc))
		if doc["issuer"] != origin || doc["token_endpoint"] != origin+"/ims/token/v3" || doc["jwks_uri"] != origin+"/ims/keys" ||
			doc["userinfo_endpoint"] != origin+"/ims/userinfo/v2" {
			t.Errorf("document %v", doc)
		}
		if methods := doc["token_endpoint_auth_methods_supported"].([]any); len(methods) != 2 {
			t.Errorf("client authentication %v", methods)
		}
	}
}

// TestSetUpErrors: every method that names what is not there, or gives what cannot be, fails.
func TestSetUpErrors(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	newWith := func(c ims.Config) error { _, err := ims.New(c); return err }
	issue := func(client, account string) error { _, err := s.IssueToken(client, account); return err }
	tests := map[string]error{
		"weak signing key":             newWith(ims.Config{Key: weak}),
		"EC signing key":               newWith(ims.Config{Key: elliptical}),
		"negative lifetime":            newWith(ims.Config{Key: serverKey(), TokenLifetime: -1}),
		"lifetime of zero":             s.SetTokenLifetime(0),
		"lifetime of years":            s.SetTokenLifetime(1e18),
		"organization without id":      s.AddOrganization(ims.Organization{}),
		"id with a quote":              s.AddOrganization(ims.Organization{ID: `a"b@AdobeOrg`}),
		"id with a line break":         s.AddClient(ims.Client{ID: "a\nb"}),
		"long id":                      s.AddAccount(ims.Account{ID: strings.Repeat("x", 300), Organization: org}),
		"account without organization": s.AddAccount(ims.Account{ID: "a@b", Organization: "none@AdobeOrg"}),
		"client without account":       s.AddClient(ims.Client{ID: "x", ClientCredentials: true}),
		"binding without client":       s.AddBinding(ims.Binding{ClientID: "x"}),
		"certificate without client":   s.AddCertificate("x", certificate(t, firstKey(), 0, time.Hour)),
		"certificate without RSA":      s.AddCertificate(clientID, &x509.Certificate{PublicKey: elliptical.Public()}),
		"certificate with a weak key":  s.AddCertificate(clientID, &x509.Certificate{PublicKey: weak.Public()}),
		"revocation without client":    s.RevokeCertificate("x", certificate(t, firstKey(), 0, time.Hour)),
		"jti without client":           s.SetJTIRequired("x", true),
		"migration without client":     s.SetMigrated("x", true),
		"throttle without client":      s.SetThrottle("x", time.Second),
		"token without client":         issue("x", account),
		"token without account":        issue(clientID, "x@y"),
	}
	for name, err := range tests {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestConfigurationIsCopied: what a caller does with its slices afterwards has no effect.
func TestConfigurationIsCopied(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := client()
	must(t, s.AddClient(c))
	c.Secrets[0] = secret.New("changed")
	c.Scopes[0] = "changed"
	wantToken(t, post(s, "/ims/token/v3", tokenFields("openid")))
}

func TestLog(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s, err := ims.New(ims.Config{Key: serverKey(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	must(t, s.AddClient(ims.Client{ID: clientID, Secrets: []secret.Text{secret.New(password)}}))
	w := post(s, exchange, exchangeFields("an assertion"))
	w2 := post(s, exchange, map[string][]string{"client_id": {strings.Repeat("long\n", 100)}})
	for _, want := range []string{
		"client=" + clientID, "outcome=invalid_client", w.Header().Get("X-Debug-Id"), w2.Header().Get("X-Debug-Id"),
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
	if strings.Count(log.String(), "\n") != 2 || log.Len() > 1000 || strings.Contains(log.String(), password) {
		t.Errorf("log:\n%s", log.String())
	}
}
