package console_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/console"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	organization = "89ABCDEF0123456789ABCDEF@AdobeOrg"
	service      = "cm-p11111-e22222-integration-0"
	serviceUser  = "0123456789ABCDEF01234567@techacct.adobe.com"
	oauth        = "0123456789abcdef0123456789abcdef"
	oauthUser    = "89ABCDEF0123456701234567@techacct.adobe.com"
	developer    = "FEDCBA9876543210FEDCBA98@AdobeID"
	serviceMail  = "service@techacct.adobe.com"
	oauthMail    = "oauth@techacct.adobe.com"
	environment  = "p11111-e22222"
	secretText   = "p8e-secret-of-the-service"
	controlKey   = "control-key-for-these-tests"
)

var rsaKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is an emulator in small: IMS, AEM and the console behind one listener each.
type world struct {
	*console.Server
	ims         *ims.Server
	aem         *aem.Server
	forms       *forms.Server
	faults      *fault.Set
	journal     *journal.Journal
	clock       *clock.Clock
	certificate *x509.Certificate
	resets      int
	url         string // of IMS and console
	author      string
	client      *http.Client
}

// newWorld starts a world on loopback.
func newWorld(t testing.TB, change ...func(*console.Config)) *world {
	t.Helper()
	w := &world{clock: &clock.Clock{}}
	var err error
	w.ims, err = ims.New(ims.Config{Key: rsaKeys()[0], Clock: w.clock})
	must(t, err)
	w.journal = journal.New(0, w.clock)
	w.faults = fault.NewSet(fault.Config{Clock: w.clock, RouteName: func(_ string, r *http.Request) string {
		name, _ := ims.Route(r.URL.Path)
		return name
	}})
	w.populate(t)
	w.forms, err = forms.New(forms.Config{Clock: w.clock})
	must(t, err)
	t.Cleanup(w.forms.Close)
	w.aem, err = aem.New(aem.Config{Clock: w.clock, Verify: w.verify, Mount: w.forms.Mount(), Assets: forms.Samples()})
	must(t, err)
	must(t, w.aem.AddEnvironment(environment, ""))
	cfg := console.Config{
		IMS: w.ims, AEM: w.aem, Forms: w.forms, Faults: w.faults, Journal: w.journal, Clock: w.clock, Key: secret.New(controlKey),
		Addresses: func() console.Addresses {
			return console.Addresses{IMS: w.url, Author: w.author, Dir: "adobe", Version: "1.2.3"}
		},
		PrivateKey: func(id string) (*rsa.PrivateKey, *x509.Certificate) {
			if id != service {
				return nil, nil
			}
			return rsaKeys()[1], w.certificate
		},
		DevelopmentToken: func() (secret.Text, error) { return w.ims.IssueToken(service, developer, "openid") },
		Reset:            func() error { w.resets++; w.ims.Reset(); w.forms.Reset(); w.aem.Reset(); return nil },
	}
	for _, c := range change {
		c(&cfg)
	}
	w.Server, err = console.New(cfg)
	must(t, err)
	w.listen(t)
	return w
}

func (w *world) populate(t testing.TB) {
	t.Helper()
	s := w.ims
	must(t, s.AddOrganization(ims.Organization{ID: organization, Name: "Emulated Organization"}))
	for _, a := range []ims.Account{
		{ID: serviceUser, Organization: organization, Email: serviceMail, Name: "Emulated ServiceAccount"},
		{ID: oauthUser, Organization: organization, Email: oauthMail, Name: "Emulated ServerToServer"},
		{ID: developer, Organization: organization, Email: "developer@example.com", Name: "Emulated Developer"},
	} {
		must(t, s.AddAccount(a))
	}
	must(t, s.AddClient(ims.Client{
		ID: service, Name: "AEM service credentials", Secrets: []secret.Text{secret.New(secretText)}, Organization: organization,
		Account: serviceUser, Scopes: []string{"openid", "AdobeID"}, Metascopes: []string{"ent_aem_cloud_api"}, ExchangeJWT: true,
	}))
	must(t, s.AddClient(ims.Client{
		ID: oauth, Name: "OAuth server-to-server", Secrets: []secret.Text{secret.New("p8e-secret-of-oauth")},
		Organization: organization, Account: oauthUser, Scopes: []string{"openid", "AdobeID"}, ClientCredentials: true,
	}))
	must(t, s.AddBinding(ims.Binding{
		Organization: organization, Account: serviceUser, ClientID: service, Metascopes: []string{"ent_aem_cloud_api"},
	}))
	w.certificate = newCertificate(t, rsaKeys()[1], 47*24*time.Hour)
	must(t, s.AddCertificate(service, w.certificate))
	s.Mark()
}

func newCertificate(t testing.TB, key *rsa.PrivateKey, life time.Duration) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: service},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return cert
}

// verify is how AEM asks IMS about a token.
func (w *world) verify(token string) (aem.Bearer, error) {
	a, err := w.ims.CheckToken(token)
	if err != nil {
		return aem.Bearer{}, aem.ErrSignature
	}
	return aem.Bearer{
		ClientID: a.ClientID, Account: a.Account, Organization: a.Organization, Email: a.Email, Name: a.Name,
		Scopes: a.Scopes, Kind: aem.Kind(a.Kind), Expiry: a.Expiry,
	}, nil
}

// listen serves the parts as package emulator does.
func (w *world) listen(t testing.TB) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(console.Prefix, w.Server)
	mux.Handle("/", w.journal.Middleware("ims")(w.faults.Middleware("ims")(w.ims)))
	main := httptest.NewServer(mux)
	author := httptest.NewServer(w.journal.Middleware("aem-author")(w.faults.Middleware("aem-author")(w.aem.Handler(aem.Author))))
	w.url, w.author, w.client = main.URL, author.URL, main.Client()
	w.ims.AddHosts(strings.TrimPrefix(main.URL, "http://"))
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		w.Close()
		w.faults.Close()
		main.Close()
		author.Close()
	})
}

// assertion signs claims as the service account would; change edits the usual ones.
func (w *world) assertion(t testing.TB, change func(claims map[string]any)) string {
	t.Helper()
	claims := map[string]any{
		"iss": organization, "sub": serviceUser, "aud": w.url + "/c/" + service,
		"exp": w.clock.Now().Add(5 * time.Minute).Unix(), w.url + "/s/ent_aem_cloud_api": true,
	}
	if change != nil {
		change(claims)
	}
	body, err := json.Marshal(claims)
	must(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(body)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, rsaKeys()[1], crypto.SHA256, digest[:])
	must(t, err)
	return text + "." + encode(signature)
}

// exchange sends an assertion and returns the status.
func (w *world) exchange(t testing.TB, secretValue, assertion string) int {
	t.Helper()
	res, err := w.client.PostForm(w.url+"/ims/exchange/jwt", url.Values{
		"client_id": {service}, "client_secret": {secretValue}, "jwt_token": {assertion},
	})
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	must(t, err)
	return res.StatusCode
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// object reads the body as JSON.
func (a answer) object(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// call sends a request to the control API; a body is sent as JSON.
func (w *world) call(t testing.TB, method, path, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	must(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := w.client.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	must(t, err)
	return answer{res.StatusCode, res.Header, string(content)}
}

// newServer serves a handler on loopback and returns its origin.
func newServer(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
