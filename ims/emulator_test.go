package ims_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/emulatortest"
	fake "github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// adobe is an emulator, a client for it, and what its credential files say.
type adobe struct {
	*emulatortest.Emulator
	client      *ims.Client
	assertion   ims.Assertion
	key         *rsa.PrivateKey
	certificate *x509.Certificate
	secret      secret.Text
	server      ims.ClientCredentialsRequest
}

func newAdobe(t *testing.T) *adobe {
	t.Helper()
	e := emulatortest.New(t)
	a := &adobe{Emulator: e}
	a.client = newClient(t, ims.Config{Endpoint: e.URL(), HTTPClient: newHTTPClient(t, ims.HTTPConfig{CAFile: e.CAFile})})
	a.readServiceToken(t)
	a.readServerToServer(t)
	return a
}

// readServiceToken reads the file by hand, so that the test depends on nothing but its shape.
func (a *adobe) readServiceToken(t *testing.T) {
	t.Helper()
	var file struct {
		Integration struct {
			IMSEndpoint, Metascopes, ID, Org, PrivateKey, PublicKey string
			TechnicalAccount                                        struct{ ClientID, ClientSecret string }
		}
	}
	readJSON(t, a.ServiceToken, &file)
	in := file.Integration
	a.assertion = ims.Assertion{
		Endpoint: in.IMSEndpoint, ClientID: in.TechnicalAccount.ClientID, Organization: in.Org, TechnicalAccount: in.ID,
		Metascopes: []string{in.Metascopes},
	}
	a.secret = secret.New(in.TechnicalAccount.ClientSecret)
	var err error
	if a.key, err = x509.ParsePKCS1PrivateKey(der(t, in.PrivateKey)); err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der(t, in.PublicKey)); err != nil {
		t.Fatal(err)
	}
}

func (a *adobe) readServerToServer(t *testing.T) {
	t.Helper()
	var file struct {
		ClientID      string   `json:"CLIENT_ID"`
		ClientSecrets []string `json:"CLIENT_SECRETS"`
		Scopes        []string `json:"SCOPES"`
	}
	readJSON(t, a.OAuthServerToServer, &file)
	a.server = ims.ClientCredentialsRequest{ClientID: file.ClientID, ClientSecret: secret.New(file.ClientSecrets[0]), Scopes: file.Scopes}
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func der(t *testing.T, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no PEM")
	}
	return block.Bytes
}

// exchange signs and exchanges.
func (a *adobe) exchange(t *testing.T) (ims.Response, error) {
	t.Helper()
	text, err := a.assertion.Sign(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return a.client.ExchangeJWT(t.Context(), ims.ExchangeRequest{ClientID: a.assertion.ClientID, ClientSecret: a.secret, Assertion: text})
}

func TestWholeLifeOfATokenOnTheEmulator(t *testing.T) {
	t.Parallel()
	a := newAdobe(t)
	resp, err := a.exchange(t)
	if err != nil {
		t.Fatal(err)
	}
	oauth, err := a.client.ClientCredentials(t.Context(), a.server)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []struct {
		ims.Response
		client string
		secret secret.Text
	}{{resp, a.assertion.ClientID, a.secret}, {oauth, a.server.ClientID, a.server.ClientSecret}} {
		if life := got.Token.Lifetime(); life < 24*time.Hour-time.Minute || life > 24*time.Hour {
			t.Errorf("lifetime is %v, want 24 hours", life)
		}
		if got.DebugID == "" || got.ClockDifference != 0 || len(got.Scopes) == 0 {
			t.Errorf("response is %+v", got)
		}
		claims, err := token.ParseClaims(got.Token.AccessToken)
		if err != nil || claims.ClientID != got.client {
			t.Errorf("claims are %+v, %v", claims, err)
		}
		v, err := a.client.Validate(t.Context(), ims.ValidateRequest{Token: got.Token.AccessToken})
		if err != nil || !v.Valid || v.Claims.ClientID != got.client {
			t.Errorf("validation is %+v, %v", v, err)
		}
		err = a.client.Invalidate(t.Context(), ims.InvalidateRequest{Token: got.Token.AccessToken, ClientSecret: got.secret})
		if err != nil {
			t.Error(err)
		}
		v, err = a.client.Validate(t.Context(), ims.ValidateRequest{Token: got.Token.AccessToken})
		if err != nil || v.Valid || v.Reason == "" {
			t.Errorf("validation after the end is %+v, %v", v, err)
		}
	}
}

func TestCausesOnTheEmulator(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*testing.T, *adobe)
		want  ims.Cause
	}{
		{"unknown client", func(_ *testing.T, a *adobe) { a.assertion.ClientID = "cm-p9-e9-nobody" }, ims.CauseUnknownClient},
		{"wrong secret", func(_ *testing.T, a *adobe) { a.secret = secret.New("p8e-wrong-wrong") }, ims.CauseWrongSecret},
		{"wrong key", func(t *testing.T, a *adobe) { a.key = key() }, ims.CauseNotBound},
		{"small key", func(t *testing.T, a *adobe) {
			var err error
			if a.key, err = rsa.GenerateKey(rand.Reader, 1024); err != nil {
				t.Fatal(err)
			}
		}, ims.CauseNotBound},
		{"other account", func(_ *testing.T, a *adobe) { a.assertion.TechnicalAccount = testAccount }, ims.CauseNotBound},
		{"revoked certificate", func(t *testing.T, a *adobe) {
			check(t, a.IMS().RevokeCertificate(a.assertion.ClientID, a.certificate))
		}, ims.CauseNotBound},
		{"expired assertion", func(_ *testing.T, a *adobe) { a.assertion.Now = time.Now().Add(-time.Hour) }, ims.CauseAssertionExpired},
		{"organization without domain", func(_ *testing.T, a *adobe) { a.assertion.Organization = "org" }, ims.CauseMalformedAssertion},
		{"ungranted metascope", func(_ *testing.T, a *adobe) { a.assertion.Metascopes = []string{"ent_user_sdk"} }, ims.CauseScopeNotGranted},
		{"metascope that does not exist", func(_ *testing.T, a *adobe) { a.assertion.Metascopes = []string{"ent_x"} }, ims.CauseScopeNotGranted},
		{"id required", func(t *testing.T, a *adobe) { check(t, a.IMS().SetJTIRequired(a.assertion.ClientID, true)) }, ims.CauseReplayedID},
		{"migrated", func(t *testing.T, a *adobe) { check(t, a.IMS().SetMigrated(a.assertion.ClientID, true)) }, ims.CauseMigrated},
		{"throttled", func(t *testing.T, a *adobe) { check(t, a.IMS().SetThrottle(a.assertion.ClientID, time.Hour)) }, ims.CauseThrottled},
		{"not enabled", func(t *testing.T, a *adobe) {
			check(t, a.IMS().AddClient(fake.Client{ID: a.assertion.ClientID, Secrets: []secret.Text{a.secret}}))
		}, ims.CauseNotEnabled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAdobe(t)
			tt.spoil(t, a)
			_, err := a.exchange(t)
			e := wantCause(t, err, tt.want)
			if e.DebugID == "" || e.Status == 0 {
				t.Errorf("error is %+v", *e)
			}
			if tt.want == ims.CauseThrottled && (e.RetryAfter < time.Minute || e.RetryAfter > time.Hour) {
				t.Errorf("retry after %v", e.RetryAfter)
			}
			wantHidden(t, printed(t, err), a.secret.Reveal())
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryIDIsUsedOnce(t *testing.T) {
	t.Parallel()
	a := newAdobe(t)
	check(t, a.IMS().SetJTIRequired(a.assertion.ClientID, true))
	a.assertion.ID = time.Now().UnixNano()
	if _, err := a.exchange(t); err != nil {
		t.Fatal(err)
	}
	_, err := a.exchange(t)
	wantCause(t, err, ims.CauseReplayedID)
	a.assertion.ID++
	if _, err := a.exchange(t); err != nil {
		t.Error(err)
	}
}

func TestClientCredentialsCausesOnTheEmulator(t *testing.T) {
	t.Parallel()
	a := newAdobe(t)
	for _, tt := range []struct {
		spoil func(*ims.ClientCredentialsRequest)
		want  ims.Cause
	}{
		{func(r *ims.ClientCredentialsRequest) { r.ClientID = strings.Repeat("0", 32) }, ims.CauseUnknownClient},
		{func(r *ims.ClientCredentialsRequest) { r.ClientSecret = secret.New("p8e-wrong") }, ims.CauseWrongSecret},
		{func(r *ims.ClientCredentialsRequest) { r.Scopes = []string{"not.granted"} }, ims.CauseScopeNotGranted},
		{func(r *ims.ClientCredentialsRequest) { r.ClientID, r.ClientSecret = a.assertion.ClientID, a.secret }, ims.CauseNotEnabled},
	} {
		req := a.server
		tt.spoil(&req)
		_, err := a.client.ClientCredentials(t.Context(), req)
		wantCause(t, err, tt.want)
	}
}

func TestSpellingsOfMetascopesOnTheEmulator(t *testing.T) {
	t.Parallel()
	a := newAdobe(t)
	name := a.assertion.Metascopes[0]
	for _, spelling := range []string{name, "/s/" + name, a.client.Endpoint() + "/s/" + name, prod + "/s/" + name} {
		a.assertion.Metascopes = []string{spelling}
		if _, err := a.exchange(t); err != nil {
			t.Errorf("%s: %v", spelling, err)
		}
	}
}

// startEmulator starts a plain emulator for an example, with one client.
func startEmulator() *httptest.Server {
	server, err := fake.New(fake.Config{Key: key()})
	if err != nil {
		panic(err)
	}
	err = server.AddClient(fake.Client{
		ID: "demo", Secrets: []secret.Text{secret.New("p8e-demo-secret")}, Organization: testOrg, Account: testAccount,
		Scopes: []string{"openid"}, ClientCredentials: true,
	})
	if err != nil {
		panic(err)
	}
	return httptest.NewServer(server)
}
