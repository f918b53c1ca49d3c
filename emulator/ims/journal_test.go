package ims_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
)

// ladder returns the names of an entry's checks; one that failed has an exclamation mark.
func ladder(e journal.Entry) []string {
	var names []string
	for _, c := range e.Checks {
		if c.Passed {
			names = append(names, c.Name)
		} else {
			names = append(names, c.Name+"!")
		}
	}
	return names
}

// TestJournal reads what each kind of request leaves behind.
func TestJournal(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	j := journal.New(1000, &clock.Clock{})
	h := j.Middleware("ims")(s)
	good := exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))
	wrong := exchangeFields("x")
	wrong.Set("client_secret", "p8e-wrong-secret-of-the-caller")
	foreign := exchangeFields(sign(t, jose.RS256, foreignKey(), claims(nil)))
	steps := []string{"client", "client secret", "grant", "assertion decodes", "exp and jti are integers", "not expired",
		"claims are well formed", "audience", "binding", "signature", "metascopes"}
	tests := []struct {
		name   string
		do     func() *recorder
		route  string
		client string
		code   string
		checks []string
	}{
		{"exchange", func() *recorder { return post(h, exchange, good) }, "exchange", clientID, "", steps},
		{"wrong secret", func() *recorder { return post(h, exchange, wrong) }, "exchange", clientID, "invalid_client", []string{"client", "client secret!"}},
		{"wrong key", func() *recorder { return post(h, exchange, foreign) }, "exchange", clientID, "invalid_token",
			append(slices.Clone(steps[:9]), "signature!")},
		{"client_credentials", func() *recorder { return post(h, "/ims/token/v2", tokenFields("openid")) }, "token", clientID, "",
			[]string{"client", "client secret", "grant", "scope"}},
		{"unknown client", func() *recorder { return post(h, "/ims/token/v2", nil) }, "token", "", "invalid_client", []string{"client!"}},
		{"unknown path", func() *recorder { return get(h, "/ims/x") }, "", "", "not_found", []string{"endpoint!"}},
		{"wrong method", func() *recorder { return get(h, exchange) }, "exchange", "", "method_not_allowed", []string{"method!"}},
		{"invalid token", func() *recorder {
			return post(h, "/ims/validate_token/v1", url.Values{"client_id": {clientID}, "token": {"x"}})
		}, "validate", clientID, "bad_signature", []string{"token!"}},
		{"authorize", func() *recorder {
			q := webQuestion("openid")
			q.Set("prompt", "none")
			return get(h, authorizeURL(q))
		}, "authorize", webClient, "login_required", []string{"client", "redirect_uri", "request", "sign-in!"}},
		{"profile", func() *recorder { return get(h, "/ims/profile/v1") }, "profile", "", "invalid_token", []string{"access token!"}},
		{"secrets", func() *recorder {
			return gateway(h, http.MethodGet, "/console/organizations/1/credentials/1/secrets", "x", "y")
		}, "secrets", "", "401013", []string{"access token!"}},
	}
	for _, tt := range tests {
		w := tt.do()
		e, ok := j.Get(j.Last())
		if !ok || e.Route != tt.route || e.ClientID != tt.client || e.Code != tt.code || e.Status != w.Code ||
			e.DebugID != w.Header().Get("X-Debug-Id") {
			t.Errorf("%s: entry %+v", tt.name, e)
		}
		if got := ladder(e); !cmp.Equal(got, tt.checks) {
			t.Errorf("%s: checks %q, want %q", tt.name, got, tt.checks)
		}
		for _, c := range e.Checks {
			if !c.Passed && c.Detail == "" {
				t.Errorf("%s: %s failed without a reason", tt.name, c.Name)
			}
		}
	}
}

// TestJournalHasNoSecrets sends every kind of secret and looks for it in what the journal has.
func TestJournalHasNoSecrets(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	j := journal.New(1000, &clock.Clock{})
	h := j.Middleware("ims")(s)
	q := webQuestion("openid,offline_access")
	q.Set("nonce", "a-nonce-of-the-test")
	q.Set("imsx_account", user)
	back := redirected(t, get(h, authorizeURL(q)))
	f := codeFields(back.Get("code"))
	f.Set("unknown_field", "unknown-value-of-the-test")
	mine := wantUserToken(t, post(h, "/ims/token/v3", f))
	assertion := sign(t, jose.RS256, firstKey(), claims(nil))
	post(h, exchange, exchangeFields(assertion))
	post(h, "/ims/revoke", url.Values{"token": {mine.RefreshToken}}, func(r *http.Request) { r.SetBasicAuth(webClient, webSecret) })
	post(h, "/ims/token/v4", oboFields(mine.AccessToken))
	get(h, "/ims/validate_token/v1?client_id="+webClient+"&token="+mine.AccessToken)
	get(h, "/ims/profile/v1", authorization("Bearer "+mine.IDToken))
	text, err := json.Marshal(j.Query(journal.Filter{}))
	must(t, err)
	for _, secret := range []string{
		webSecret, password, back.Get("code"), mine.AccessToken, mine.RefreshToken, mine.IDToken, assertion, "s&t", "nonce-of-the-test",
		"unknown-value", "p8e-",
	} {
		if strings.Contains(string(text), secret[:min(len(secret), 20)]) && len(secret) > 3 {
			t.Errorf("the journal has %q", secret[:min(len(secret), 20)])
		}
	}
	if !strings.Contains(string(text), "sha256:") || !strings.Contains(string(text), `"authorization_code"`) {
		t.Errorf("the journal shows nothing: %s", text)
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/ims/exchange/jwt": "exchange", "/ims/exchange/jwt/": "exchange", "/ims/exchange/v1/jwt": "exchange", "/ims/token/v4": "token",
		"/console/organizations/1/credentials/2/secrets/x": "secrets", "/ims/authorize/v1": "authorize", "/ims/x": "", "/": "",
	} {
		got, ok := ims.Route(path)
		if got != want || ok != (want != "") || ok && !slices.Contains(ims.Routes(), got) {
			t.Errorf("%s: %q, %v, want %q", path, got, ok, want)
		}
	}
	if !slices.IsSorted(ims.Routes()) || len(ims.Routes()) != 16 {
		t.Errorf("routes %q", ims.Routes())
	}
}
