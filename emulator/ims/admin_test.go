package ims_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%024X", i)
	}
	return ids
}

func TestState(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	if got := s.Organizations(); len(got) != 2 || got[0].ID != org || got[0].ConsoleID != "1111" || got[1].ConsoleID == "" {
		t.Errorf("organizations %+v", got)
	}
	if got := s.Accounts(); len(got) != 3 || got[1].ID != account {
		t.Errorf("accounts %+v", got)
	}
	if a, ok := s.Account(user); !ok || len(a.Products) != 1 {
		t.Errorf("account %+v", a)
	}
	clients := s.Clients()
	c, ok := s.Client(clientID)
	if len(clients) != 4 || !ok || c.Client.Secrets != nil || len(c.Secrets) != 2 || c.CredentialID == "" {
		t.Fatalf("client %+v", c)
	}
	first := c.Secrets[0]
	if first.Fingerprint != secret.New(password).Fingerprint() || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(first.UUID) ||
		len(first.LastUsed) != 0 {
		t.Errorf("secret %+v", first)
	}
	if got := s.ClientSecrets("nobody"); got != nil {
		t.Errorf("secrets of no client: %v", got)
	}
	wantToken(t, post(s, "/ims/token/v3", tokenFields("openid")))
	wantToken(t, post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))))
	if c, _ = s.Client(clientID); c.Secrets[0].LastUsed["client_credentials"].IsZero() || c.Secrets[0].LastUsed["urn:ietf:params:oauth:grant-type:jwt-bearer"].IsZero() ||
		len(c.Secrets[0].LastUsed) != 2 || len(c.Secrets[1].LastUsed) != 0 {
		t.Errorf("after a use: %+v", c.Secrets)
	}
	b := s.Bindings()
	if len(b) != 1 || b[0].LastJTI != -1 || len(b[0].Certificates) != 1 || b[0].Certificates[0].Subject != "CN="+clientID {
		t.Errorf("bindings %+v", b)
	}
	must(t, s.AddClient(client())) // the same secrets keep their names and dates
	if again, _ := s.Client(clientID); !cmp.Equal(again, c) {
		t.Error(cmp.Diff(c, again))
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	good := func() int {
		return post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))).Code
	}
	text, state, err := s.AddSecret(webClient)
	must(t, err)
	if text.Fingerprint() != state.Fingerprint || !strings.HasPrefix(text.Reveal(), "p8e-") {
		t.Errorf("secret %+v", state)
	}
	if _, _, err := s.AddSecret(webClient); err != ims.ErrSecrets {
		t.Errorf("a third secret: %v", err)
	}
	must(t, s.RemoveSecret(webClient, state.UUID))
	if s.RemoveSecret(webClient, state.UUID) == nil {
		t.Error("a secret was removed twice")
	}
	fingerprint := s.Bindings()[0].Certificates[0].Fingerprint
	steps := []struct {
		name   string
		change func() error
		status int
	}{
		{"as it was", func() error { return nil }, 200},
		{"revoked", func() error { return s.SetCertificateRevoked(clientID, fingerprint, true) }, 400},
		{"no longer", func() error { return s.SetCertificateRevoked(clientID, fingerprint, false) }, 200},
		{"expired", func() error { return s.ExpireCertificate(clientID, fingerprint) }, 400},
		{"removed", func() error { return s.RemoveCertificate(clientID, fingerprint) }, 400},
		{"in PEM", func() error {
			cert := certificate(t, firstKey(), -time.Hour, time.Hour)
			text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
			return s.AddCertificatePEM(clientID, append([]byte("a comment\n"), text...))
		}, 200},
		{"binding removed", func() error { return s.RemoveBinding(org, account, clientID) }, 400},
		{"binding again", func() error { return s.AddBinding(binding()) }, 400},
		{"for the account", func() error {
			return s.AddAccountCertificate(clientID, account, certificate(t, firstKey(), -time.Hour, time.Hour))
		}, 200},
		{"another account removed", func() error { return s.RemoveAccount(sibling) }, 200},
		{"account removed", func() error { return s.RemoveAccount(account) }, 400},
	}
	for _, step := range steps {
		must(t, step.change())
		if got := good(); got != step.status {
			t.Errorf("%s: status %d, want %d", step.name, got, step.status)
		}
	}
	must(t, s.RemoveClient(clientID))
	if _, ok := s.Client(clientID); ok || len(s.Bindings()) != 0 {
		t.Error("the client is still there")
	}
	must(t, s.RemoveOrganization(otherOrg))
}

func TestChangeErrors(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	fingerprint := s.Bindings()[0].Certificates[0].Fingerprint
	mint := func(claims map[string]any) error { _, err := s.MintToken(claims); return err }
	for name, err := range map[string]error{
		"organization with accounts":  s.RemoveOrganization(org),
		"unknown organization":        s.RemoveOrganization("x"),
		"unknown account":             s.RemoveAccount("x"),
		"unknown client":              s.RemoveClient("x"),
		"unknown binding":             s.RemoveBinding(org, account, "x"),
		"products of nobody":          s.SetProducts("x", nil),
		"secret of nobody":            func() error { _, _, err := s.AddSecret("x"); return err }(),
		"certificate of nobody":       s.ExpireCertificate("x", fingerprint),
		"unknown certificate":         s.RemoveCertificate(clientID, "00"),
		"no PEM":                      s.AddCertificatePEM(clientID, []byte("x")),
		"broken PEM":                  s.AddCertificatePEM(clientID, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})),
		"certificate without binding": s.AddAccountCertificate(clientID, user, certificate(t, firstKey(), 0, 1)),
		"number taken":                s.AddOrganization(ims.Organization{ID: "x@AdobeOrg", ConsoleID: "1111"}),
		"number of letters":           s.AddOrganization(ims.Organization{ID: "x@AdobeOrg", ConsoleID: "x"}),
		"number too long":             s.AddOrganization(ims.Organization{ID: "x@AdobeOrg", ConsoleID: strings.Repeat("1", 21)}),
		"empty secret":                func() error { _, err := s.AddGivenSecret(obo, secret.Text{}); return err }(),
		"credential number":           s.AddClient(ims.Client{ID: "x", CredentialID: "-1"}),
		"no redirect URI":             s.AddClient(ims.Client{ID: "x", AuthorizationCode: true}),
		"negative rate":               s.SetDefaultRate(ims.Rate{PerSecond: -1}),
		"rate that is no number":      s.SetRate(clientID, ims.Rate{PerSecond: math.NaN()}),
		"rate of nobody":              s.SetRate("x", ims.Rate{}),
		"elliptic key":                s.RotateKey(ellipticKey(t), true),
		"claims that are not JSON":    mint(map[string]any{"x": func() {}}),
		"long claims":                 mint(map[string]any{"x": strings.Repeat("x", 17<<10)}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMarkAndReset(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	must(t, s.SetJTIRequired(clientID, true))
	send := func(jti int) int {
		return post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"jti": jti})))).Code
	}
	if send(5) != 200 {
		t.Fatal("the exchange fails")
	}
	token := wantToken(t, post(s, "/ims/token/v3", tokenFields("openid"))).AccessToken
	before, counters := s.Clients(), s.Counters()
	s.Mark()
	for range 2 {
		if send(6) != 200 || send(6) != 400 {
			t.Error("jti 6 is not good once")
		}
		must(t, s.RemoveClient(webClient))
		must(t, s.SetTokenLifetime(time.Hour))
		s.SetStrict(ims.Strict{DayCap: true})
		must(t, s.SetRate(clientID, ims.Rate{PerSecond: 1}))
		post(s, "/ims/invalidate_token/v2", url.Values{"token": {token}, "client_id": {clientID}})
		must(t, s.RotateKey(foreignKey(), false))
		s.Reset()
		if got := s.Clients(); !cmp.Equal(got, before) {
			t.Error(cmp.Diff(before, got))
		}
		if got := s.Counters(); !cmp.Equal(got, counters) {
			t.Error(cmp.Diff(counters, got))
		}
		if _, err := s.CheckToken(token); err != nil {
			t.Errorf("a token from before the mark: %v", err)
		}
		if s.TokenLifetime() != 24*time.Hour || s.Strict() != (ims.Strict{}) || send(5) != 400 {
			t.Error("settings or the last jti were not restored")
		}
		s.Reset() // the refused jti was counted
	}
	empty, err := ims.New(ims.Config{Key: serverKey()})
	must(t, err)
	must(t, empty.AddClient(client()))
	empty.Reset()
	if len(empty.Clients()) != 0 {
		t.Error("a reset without a mark leaves a client")
	}
}

func TestMintToken(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	usual, err := s.MintToken(map[string]any{"client_id": clientID})
	must(t, err)
	issued, err := s.IssueToken(clientID, account, "openid", "AdobeID", "profile")
	must(t, err)
	got, want := claimsOf(t, usual.Reveal()), claimsOf(t, issued.Reveal())
	for _, differs := range []string{"id", "moi", "created_at"} {
		delete(got, differs)
		delete(want, differs)
	}
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if a, err := s.CheckToken(usual.Reveal()); err != nil || a.Account != account || a.ClientID != clientID || a.Kind != "exchange" ||
		a.Organization != org || a.Email != "bot@techacct.adobe.com" || !a.Expiry.Equal(a.Created.Add(24*time.Hour)) {
		t.Errorf("%+v, %v", a, err)
	}
	for name, tt := range map[string]struct {
		claims map[string]any
		want   error
	}{
		"numbers as times":   {map[string]any{"created_at": c.Now().UnixMilli(), "expires_in": 60000}, nil},
		"expired":            {map[string]any{"created_at": "1600000000000"}, ims.ErrTokenExpired},
		"without times":      {map[string]any{"created_at": nil, "expires_in": nil}, ims.ErrTokenExpired},
		"overflowing times":  {map[string]any{"expires_in": "9223372036854775807"}, ims.ErrTokenExpired},
		"without id":         {map[string]any{"id": nil}, ims.ErrTokenMalformed},
		"wrong type of user": {map[string]any{"user_id": 7}, ims.ErrTokenMalformed},
		"a refresh token":    {map[string]any{"type": "refresh_token"}, ims.ErrTokenMalformed},
		"more claims":        {map[string]any{"x": map[string]any{"y": 1}, "exp": 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := s.MintToken(tt.claims)
			must(t, err)
			if _, err := s.CheckToken(token.Reveal()); err != tt.want {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	const odd = "\"\\<>&é\n"
	token, err := s.MintToken(map[string]any{odd: odd, "client_id": clientID})
	must(t, err)
	told := valid(t, s, clientID, token.Reveal(), "access_token")
	if c := claimsOf(t, token.Reveal()); c[odd] != odd || told.Token[odd] != odd {
		t.Errorf("claims %v, told %+v", c, told)
	}
}

func TestTokenKinds(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	must(t, s.AddClient(ims.Client{ID: "s2s", Account: account, Organization: org, ClientCredentials: true}))
	for want, of := range map[string][2]string{"exchange": {clientID, account}, "oauth": {"s2s", account}, "user": {webClient, user}} {
		token, err := s.IssueToken(of[0], of[1])
		must(t, err)
		if got, err := s.CheckToken(token.Reveal()); err != nil || got.Kind != want {
			t.Errorf("kind %q, %v, want %q", got.Kind, err, want)
		}
	}
}

func TestRotateKey(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	first := goodToken(t, s)
	must(t, s.RotateKey(foreignKey(), true))
	second := goodToken(t, s)
	for _, token := range []string{first, second} {
		if _, err := s.CheckToken(token); err != nil {
			t.Error(err)
		}
	}
	if got := s.KeyIDs(); !cmp.Equal(got, []string{"ims_na1-key-at-2", "ims_na1-key-at-1"}) {
		t.Errorf("keys %v", got)
	}
	if !strings.Contains(get(s, "/ims/keys").Body.String(), `"kid":"ims_na1-key-at-2"`) {
		t.Error("the key set lacks the new key")
	}
	must(t, s.RotateKey(nil, false))
	for _, token := range []string{first, second} {
		if _, err := s.CheckToken(token); err != ims.ErrTokenSignature {
			t.Errorf("after the old keys went: %v", err)
		}
	}
	if _, err := s.CheckToken(goodToken(t, s)); err != nil || len(s.KeyIDs()) != 1 {
		t.Errorf("keys %v, %v", s.KeyIDs(), err)
	}
	for range 20 {
		must(t, s.RotateKey(serverKey(), true))
	}
	if len(s.KeyIDs()) != 16 {
		t.Errorf("%d keys are kept", len(s.KeyIDs()))
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	must(t, s.AddCertificate(clientID, certificate(t, firstKey(), -time.Hour, time.Hour)))
	far := exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"exp": time.Now().Add(25 * time.Hour).Unix()})))
	farMillis := exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"exp": time.Now().Add(25 * time.Hour).UnixMilli()})))
	day := exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"exp": time.Now().Add(24 * time.Hour).UnixMilli()})))
	wrong := exchangeFields("x")
	wrong.Set("client_secret", "x")
	wantToken(t, post(s, exchange, far))
	wantRefusal(t, post(s, exchange, wrong), refusal{401, "invalid_client", badSecret})
	s.SetStrict(ims.Strict{DayCap: true, ExchangeSecret400: true, OmitX5U: true})
	wantRefusal(t, post(s, exchange, far), refusal{400, "bad_request", ""})
	wantRefusal(t, post(s, exchange, farMillis), refusal{400, "bad_request", ""})
	wantRefusal(t, post(s, exchange, wrong), refusal{400, "invalid_client", badSecret})
	token := wantToken(t, post(s, exchange, day)).AccessToken
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	must(t, err)
	if _, there := jws.Signatures[0].Header.ExtraHeaders["x5u"]; there {
		t.Error("the header has x5u")
	}
	if _, err := s.CheckToken(token); err != nil {
		t.Error(err)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	must(t, s.SetRate(clientID, ims.Rate{PerSecond: 0.1, Burst: 2}))
	ask := func() *recorder { return post(s, "/ims/token/v3", tokenFields("openid")) }
	for range 2 {
		wantToken(t, ask())
	}
	w := ask()
	wantRefusal(t, w, refusal{429, "too_many_requests", ""})
	if got := w.Header().Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After %q, want 10", got)
	}
	c.Move(7 * time.Second)
	if got := ask().Header().Get("Retry-After"); got != "3" {
		t.Errorf("7 seconds later: Retry-After %q, want 3", got)
	}
	c.Move(3 * time.Second)
	wantToken(t, ask())
	wantRefusal(t, ask(), refusal{429, "too_many_requests", ""})
	c.Move(-time.Hour)
	wantRefusal(t, ask(), refusal{429, "too_many_requests", ""})
	c.Move(10 * time.Second) // it fills on from there
	wantToken(t, ask())
	must(t, s.SetRate(clientID, ims.Rate{}))
	must(t, s.SetDefaultRate(ims.Rate{PerSecond: 1e-9}))
	wantToken(t, ask())
	if got := ask().Header().Get("Retry-After"); got != "86400" {
		t.Errorf("Retry-After %q, want the greatest", got)
	}
	if got := s.Counters().Clients[clientID].Throttled; got != 5 {
		t.Errorf("%d were throttled, want 5", got)
	}
}

// TestClock moves the clock of an assertion, a certificate and a token.
func TestClock(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	token := goodToken(t, s)
	fields := exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))
	c.Move(23 * time.Hour)
	wantRefusal(t, post(s, exchange, fields), refusal{400, "invalid_token", ""})
	late := exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"exp": c.Now().Add(time.Minute).Unix()})))
	wantRefusal(t, post(s, exchange, late), refusal{400, "invalid_token", noBinding}) // the certificate has expired
	if _, err := s.CheckToken(token); err != nil {
		t.Errorf("after 23 hours: %v", err)
	}
	c.Move(time.Hour)
	if _, err := s.CheckToken(token); err != ims.ErrTokenExpired {
		t.Errorf("after 24 hours: %v", err)
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	fields := exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))
	send := func(path string, f url.Values, shape ims.Shape) map[string]any {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := do(s, r.WithContext(ims.WithShape(t.Context(), shape)))
		var got map[string]any
		dec := json.NewDecoder(w.Body)
		dec.UseNumber()
		must(t, dec.Decode(&got))
		return got
	}
	number := func(text string) any { return json.Number(text) }
	for name, tt := range map[string]struct {
		shape           ims.Shape
		exchanged, used any // expires_in of both endpoints
	}{
		"none":       {ims.Shape{Lifetime: time.Hour}, nil, number("3599")},
		"wrong unit": {ims.Shape{Lifetime: time.Hour, WrongUnit: true}, number("3599"), nil},
		"text":       {ims.Shape{Lifetime: time.Hour, ExpiresInText: true, WrongUnit: true}, "3599", nil},
		"negative":   {ims.Shape{ExpiresIn: "-1"}, number("-1"), number("-1")},
		"huge":       {ims.Shape{ExpiresIn: "1e300"}, number("1e300"), number("1e300")},
		"empty":      {ims.Shape{Empty: []string{"expires_in"}}, "", ""},
		"expired":    {ims.Shape{Expired: true}, number("0"), number("0")},
	} {
		if got := send(exchange, fields, tt.shape); tt.exchanged != nil && got["expires_in"] != tt.exchanged {
			t.Errorf("%s: exchange %v, want %v", name, got["expires_in"], tt.exchanged)
		}
		if got := send("/ims/token/v3", tokenFields("openid"), tt.shape); tt.used != nil && got["expires_in"] != tt.used {
			t.Errorf("%s: token %v, want %v", name, got["expires_in"], tt.used)
		}
	}
	got := send(exchange, fields, ims.Shape{Omit: []string{"token_type", "expires_in"}, Empty: []string{"access_token"}})
	if len(got) != 1 || got["access_token"] != "" {
		t.Errorf("left out and emptied: %v", got)
	}
	expired := send(exchange, fields, ims.Shape{Expired: true})["access_token"].(string)
	if _, err := s.CheckToken(expired); err != ims.ErrTokenExpired {
		t.Errorf("expired on arrival: %v", err)
	}
}

func TestDeterministic(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		s, err := ims.New(ims.Config{Key: serverKey(), Random: &seeded{mathrand.New(mathrand.NewPCG(seed, 0))}})
		must(t, err)
		must(t, s.AddOrganization(ims.Organization{ID: org}))
		must(t, s.AddAccount(ims.Account{ID: account, Organization: org}))
		must(t, s.AddClient(client()))
		text, state, err := s.AddSecret("nobody")
		if err == nil {
			t.Error("a secret for nobody")
		}
		token, err := s.MintToken(map[string]any{"created_at": "1"})
		must(t, err)
		id := claimsOf(t, token.Reveal())["id"].(string)
		return id[13:] + get(s, "/ims/keys").Header().Get("X-Debug-Id") + s.Clients()[0].Secrets[0].UUID + text.Reveal() + state.UUID
	}
	if a, b, other := run(1), run(1), run(2); a != b || a == other {
		t.Errorf("%s, %s with one seed, %s with another", a, b, other)
	}
	s, err := ims.New(ims.Config{Key: serverKey(), Random: bytes.NewReader([]byte("short"))})
	must(t, err)
	if a, b := get(s, "/ims/keys"), get(s, "/ims/keys"); a.Header().Get("X-Debug-Id") == b.Header().Get("X-Debug-Id") {
		t.Error("ids repeat when the given randomness has ended")
	}
}

type seeded struct{ r *mathrand.Rand }

func (s *seeded) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s.r.Uint32())
	}
	return len(b), nil
}
