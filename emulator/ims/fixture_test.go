package ims_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

const (
	org        = "89ABCDEF0123456789ABCDEF@AdobeOrg"
	account    = "0123456789ABCDEF01234567@techacct.adobe.com"
	clientID   = "cm-p1-e2-integration-0"
	password   = "p8e-first"
	password2  = "p8e-second"
	origin     = "https://ims.example.test"
	production = "https://ims-na1.adobelogin.com"
	metascope  = "ent_aem_cloud_api"
	exchange   = "/ims/exchange/jwt"
)

// rsaKeys are made once: the server's, two of the account, one of nobody.
var rsaKeys = sync.OnceValue(func() (keys [4]*rsa.PrivateKey) {
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			keys[i] = key
		})
	}
	wait.Wait()
	return keys
})

func serverKey() *rsa.PrivateKey { return rsaKeys()[0] }
func firstKey() *rsa.PrivateKey  { return rsaKeys()[1] }
func secondKey() *rsa.PrivateKey { return rsaKeys()[2] }
func foreignKey() *rsa.PrivateKey {
	return rsaKeys()[3]
}

// certificate returns a self-signed certificate that is valid in the given span around now.
func certificate(t testing.TB, key crypto.Signer, from, to time.Duration) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: clientID},
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// newServer returns a server with one client that has all grants, one binding and a certificate of firstKey.
func newServer(t testing.TB) *ims.Server {
	t.Helper()
	s, err := ims.New(ims.Config{Key: serverKey()})
	if err != nil {
		t.Fatal(err)
	}
	s.AddHosts("ims.example.test")
	must(t, s.AddOrganization(ims.Organization{ID: org, Name: "Example"}))
	must(t, s.AddAccount(ims.Account{ID: account, Organization: org, Email: "bot@techacct.adobe.com", Name: "Build Bot"}))
	must(t, s.AddClient(client()))
	must(t, s.AddBinding(binding()))
	must(t, s.AddCertificate(clientID, certificate(t, firstKey(), -time.Hour, time.Hour)))
	return s
}

func client() ims.Client {
	return ims.Client{
		ID: clientID, Secrets: []secret.Text{secret.New(password), secret.New(password2)}, Organization: org,
		Account: account, Scopes: []string{"openid", "AdobeID", "profile"},
		Metascopes: []string{metascope, "ent_client_only_sdk"}, ExchangeJWT: true, ClientCredentials: true,
	}
}

func binding() ims.Binding {
	return ims.Binding{
		Organization: org, Account: account, ClientID: clientID, Metascopes: []string{metascope, "ent_binding_only_sdk"},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// claims are those of a good assertion, changed by edits: a nil value removes a claim.
func claims(edits map[string]any) map[string]any {
	c := map[string]any{
		"iss": org, "sub": account, "aud": origin + "/c/" + clientID, "exp": time.Now().Add(5 * time.Minute).Unix(),
		origin + "/s/" + metascope: true,
	}
	for name, value := range edits {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

// sign returns the compact form of claims, a JSON text or anything that marshals to one.
func sign(t testing.TB, alg jose.SignatureAlgorithm, key, claims any) string {
	t.Helper()
	payload, isText := claims.(string)
	if !isText {
		b, err := json.Marshal(claims)
		must(t, err)
		payload = string(b)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	must(t, err)
	jws, err := signer.Sign([]byte(payload))
	must(t, err)
	text, err := jws.CompactSerialize()
	must(t, err)
	return text
}

func exchangeFields(assertion string) url.Values {
	return url.Values{"client_id": {clientID}, "client_secret": {password}, "jwt_token": {assertion}}
}

// post sends fields urlencoded.
func post(s http.Handler, path string, fields url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	return do(s, r, edits...)
}

// postMultipart sends fields as multipart/form-data.
func postMultipart(t testing.TB, s http.Handler, path string, fields url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			must(t, w.WriteField(name, v))
		}
	}
	must(t, w.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return do(s, r, edits...)
}

func get(s http.Handler, path string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	return do(s, httptest.NewRequest(http.MethodGet, path, nil), edits...)
}

func do(s http.Handler, r *http.Request, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func authorization(value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", value) }
}

// refusal is an error answer.
type refusal struct {
	status      int
	code        string
	description string // "" in a wanted one: not fixed by anything public
}

// wantRefusal checks an error answer: status, body to the byte, headers.
func wantRefusal(t testing.TB, w *httptest.ResponseRecorder, want refusal) {
	t.Helper()
	var got struct {
		Description string `json:"error_description"`
		Code        string `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("status %d, not JSON: %q", w.Code, w.Body)
	}
	if w.Code != want.status || got.Code != want.code {
		t.Errorf("got %d %s (%s), want %d %s", w.Code, got.Code, got.Description, want.status, want.code)
	}
	if want.description != "" && got.Description != want.description {
		t.Errorf("error_description = %q, want %q", got.Description, want.description)
	}
	if compact := `{"error_description":"` + got.Description + `","error":"` + got.Code + `"}`; w.Body.String() != compact {
		t.Errorf("body = %s, want %s", w.Body, compact)
	}
	wantHeaders(t, w)
}

func wantHeaders(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Header().Get("X-Debug-Id") == "" || w.Header().Get("Content-Type") != "application/json;charset=UTF-8" {
		t.Errorf("headers %v", w.Header())
	}
}

// granted is the answer of a token endpoint.
type granted struct {
	TokenType   string `json:"token_type"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

func wantToken(t testing.TB, w *httptest.ResponseRecorder) granted {
	t.Helper()
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	wantHeaders(t, w)
	var got granted
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	if got.TokenType != "bearer" || got.AccessToken == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("type %q, headers %v", got.TokenType, w.Header())
	}
	return got
}

// wantMembers checks the members of a JSON object and their order.
func wantMembers(t testing.TB, w *httptest.ResponseRecorder, want ...string) {
	t.Helper()
	var got []string
	dec := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	_, err := dec.Token()
	for err == nil && dec.More() {
		name, _ := dec.Token()
		got = append(got, fmt.Sprint(name))
		err = dec.Decode(&json.RawMessage{})
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("members %q, %v, want %q", got, err, want)
	}
}

// goodToken returns an access token by an exchange.
func goodToken(t testing.TB, s http.Handler) string {
	t.Helper()
	return wantToken(t, post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil))))).AccessToken
}

// postRaw sends a query, content type and body as they are.
func postRaw(s http.Handler, path, query, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.URL.RawQuery = query
	r.Header["Content-Type"] = []string{contentType}
	return do(s, r)
}
