package ims_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

const (
	testClient  = "cm-p1-e2-integration"
	testOrg     = "0123456789ABCDEF01234567@AdobeOrg"
	testAccount = "89ABCDEF0123456789ABCDEF@techacct.adobe.com"
	testSecret  = "p8e-Qw3rTy/UiOp+AsDfGhJkLzXc"
)

// key is generated once: RSA keys are slow to make.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func assertion(endpoint string) ims.Assertion {
	return ims.Assertion{
		Endpoint: endpoint, ClientID: testClient, Organization: testOrg, TechnicalAccount: testAccount,
		Metascopes: []string{"ent_aem_cloud_api"},
	}
}

// signed returns a valid assertion for requests to servers that do not look at it.
var signed = sync.OnceValue(func() secret.Text {
	text, err := assertion("https://ims-na1.adobelogin.com").Sign(key())
	if err != nil {
		panic(err)
	}
	return text
})

// serve starts a server on loopback and returns a client for it.
func serve(t *testing.T, handler http.HandlerFunc) *ims.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newClient(t, ims.Config{Endpoint: server.URL})
}

func newClient(t testing.TB, cfg ims.Config) *ims.Client {
	t.Helper()
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = newHTTPClient(t, ims.HTTPConfig{})
	}
	client, err := ims.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func newHTTPClient(t testing.TB, cfg ims.HTTPConfig) *http.Client {
	t.Helper()
	client, err := ims.NewHTTPClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// reply answers every request alike.
func reply(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refusal is IMS's error body.
func refusal(code, description string) string {
	body, _ := json.Marshal(struct {
		Description string `json:"error_description"`
		Code        string `json:"error"`
	}{description, code})
	return string(body)
}

func exchangeRequest() ims.ExchangeRequest {
	return ims.ExchangeRequest{ClientID: testClient, ClientSecret: secret.New(testSecret), Assertion: signed()}
}

func credentialsRequest() ims.ClientCredentialsRequest {
	return ims.ClientCredentialsRequest{ClientID: testClient, ClientSecret: secret.New(testSecret), Scopes: []string{"openid", "AdobeID"}}
}

// asError fails unless err is an *ims.Error, and returns it.
func asError(t *testing.T, err error) *ims.Error {
	t.Helper()
	e, ok := errors.AsType[*ims.Error](err)
	if !ok {
		t.Fatalf("error is %v (%T), want an *ims.Error", err, err)
	}
	return e
}

func wantCause(t *testing.T, err error, want ims.Cause) *ims.Error {
	t.Helper()
	e := asError(t, err)
	if e.Cause != want {
		t.Errorf("cause is %q, want %q: %v", e.Cause, want, err)
	}
	return e
}

// accessToken returns a token in IMS's shape with an empty signature.
func accessToken(created time.Time, life time.Duration) string {
	return compact(`{"alg":"RS256","kid":"ims_na1-key-at-1","itt":"at"}`, fmt.Sprintf(
		`{"id":"1_a_ue1","type":"access_token","client_id":%q,"user_id":%q,"as":"ims-na1","scope":"openid,AdobeID","expires_in":%q,"created_at":%q}`,
		testClient, testAccount, strconv.FormatInt(life.Milliseconds(), 10), strconv.FormatInt(created.UnixMilli(), 10)))
}

func compact(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature"))
}

// roundTripper answers without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
