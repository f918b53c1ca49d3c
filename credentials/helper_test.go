package credentials_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/credentials"
)

// The values that every example carries. The secrets are searched for in everything that is printed.
const (
	account = "0123456789ABCDEF01234567@techacct.adobe.com"
	email   = "00000000-0000-4000-8000-000000000000@techacct.adobe.com"
	org     = "89ABCDEF0123456789ABCDEF@AdobeOrg"
	secret1 = "p8e-SecretOneZZZ"
	secret2 = "p8e-SecretTwoZZZ"
)

// keyPair is an RSA key with a certificate, as the console makes them.
type keyPair struct {
	key     *rsa.PrivateKey
	certDER []byte
}

// newKey makes a key once per index and test binary.
var newKey = func() func(i int) *rsa.PrivateKey {
	var once [4]sync.Once
	var keys [4]*rsa.PrivateKey
	return func(i int) *rsa.PrivateKey {
		once[i].Do(func() {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			keys[i] = key
		})
		return keys[i]
	}
}()

func newPair(t testing.TB, i int, notBefore, notAfter time.Time) keyPair {
	t.Helper()
	key := newKey(i)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(i) + 1), Subject: pkix.Name{CommonName: "cm-p11111-e22222-integration-0"},
		NotBefore: notBefore, NotAfter: notAfter,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{key, der}
}

// validPair is in order on the day of the tests.
func validPair(t testing.TB, i int) keyPair {
	t.Helper()
	return newPair(t, i, today.AddDate(0, -1, 0), today.AddDate(1, i, 0))
}

var today = time.Date(2025, time.May, 6, 12, 0, 0, 0, time.UTC)

func (p keyPair) pkcs1() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(p.key)}))
}

func (p keyPair) pkcs8DER(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (p keyPair) pkcs8(t testing.TB) string {
	t.Helper()
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: p.pkcs8DER(t)}))
}

func (p keyPair) cert() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certDER}))
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

type m = map[string]any

func toJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// aemFile is a file of the AEM Developer Console.
func aemFile(p keyPair) m {
	cert, err := x509.ParseCertificate(p.certDER)
	if err != nil {
		panic(err)
	}
	return m{"ok": true, "statusCode": 200, "integration": m{
		"imsEndpoint": "ims-na1.adobelogin.com", "metascopes": "ent_aem_cloud_api",
		"technicalAccount": m{"clientId": "cm-p11111-e22222-integration-0", "clientSecret": secret1},
		"email":            email, "id": account, "org": org,
		"privateKey": crlf(p.pkcs1()), "publicKey": crlf(p.cert()),
		"certificateExpirationDate": cert.NotAfter.UTC().Format("2006-01-02T15:04:05.000Z"),
	}}
}

func oauthFile() m {
	return m{
		"TYPE": "oauthservertoserver", "CLIENT_ID": "fake32hex", "CLIENT_SECRETS": []string{secret1, secret2},
		"TECHNICAL_ACCOUNT_ID": account, "TECHNICAL_ACCOUNT_EMAIL": email, "ORG_ID": org,
		"SCOPES": []string{"AdobeID", "openid", "read_organizations"},
	}
}

// mustParse parses text and selects the only credential.
func mustParse(t *testing.T, text string, opts credentials.Options) *credentials.Credentials {
	t.Helper()
	set, err := credentials.Parse([]byte(text), opts)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return mustSelect(t, set, "")
}

func mustSelect(t *testing.T, set *credentials.Set, selector string) *credentials.Credentials {
	t.Helper()
	c, err := set.Select(selector)
	if err != nil {
		t.Fatalf("Select(%q): %v", selector, err)
	}
	return c
}

// wantError fails unless err is an *Error with that reason, a text, a hint, and no secret.
func wantError(t *testing.T, err error, reason credentials.Reason) *credentials.Error {
	t.Helper()
	var e *credentials.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want an *Error with reason %s", err, err, reason)
	}
	if e.Reason != reason {
		t.Errorf("got reason %s (%v), want %s", e.Reason, e, reason)
	}
	if e.Error() == "" || e.Hint() == "" {
		t.Errorf("error %q with hint %q lacks a text", e.Error(), e.Hint())
	}
	if strings.HasSuffix(e.Error(), ".") {
		t.Errorf("error ends in a full stop: %q", e.Error())
	}
	noSecret(t, e.Error()+e.Hint())
	return e
}

func noSecret(t *testing.T, s string) {
	t.Helper()
	for _, x := range []string{"SecretOne", "SecretTwo", "ZZZ", "p8e-", "s8e-", "MII", "-----BEGIN"} {
		if strings.Contains(s, x) {
			t.Errorf("%q shows a part of a secret, %q", s, x)
		}
	}
	for i := range 4 {
		if d := newKey(i).D.String(); strings.Contains(s, d[:20]) || bytes.Contains([]byte(s), newKey(i).D.Bytes()[:16]) {
			t.Errorf("a private exponent is shown")
		}
	}
}

func (p keyPair) certificate() *x509.Certificate {
	cert, err := x509.ParseCertificate(p.certDER)
	if err != nil {
		panic(err)
	}
	return cert
}
