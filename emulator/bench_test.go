package emulator_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

// serviceFile is what the tests read of service_token.json.
type serviceFile struct {
	OK          bool `json:"ok"`
	StatusCode  int  `json:"statusCode"`
	Integration struct {
		IMSEndpoint      string `json:"imsEndpoint"`
		Metascopes       string `json:"metascopes"`
		TechnicalAccount struct {
			ClientID     string `json:"clientId"`
			ClientSecret string `json:"clientSecret"`
		} `json:"technicalAccount"`
		Email      string `json:"email"`
		ID         string `json:"id"`
		Org        string `json:"org"`
		PrivateKey string `json:"privateKey"`
		PublicKey  string `json:"publicKey"`
		Expiration string `json:"certificateExpirationDate"`
	} `json:"integration"`
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// exchangeForm returns the fields of a good exchange with the credentials in e's service_token.json.
func exchangeForm(t testing.TB, e *emulatortest.Emulator) url.Values {
	t.Helper()
	var f serviceFile
	readJSON(t, e.ServiceToken, &f)
	in := f.Integration
	claims := map[string]any{
		"iss": in.Org, "sub": in.ID, "exp": time.Now().Add(time.Hour).Unix(),
		"aud":                              e.URL() + "/c/" + in.TechnicalAccount.ClientID,
		e.URL() + "/s/" + in.Metascopes:    true,
		"https://elsewhere.example/s/none": true,
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: parseKey(t, in.PrivateKey)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	assertion, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{
		"client_id": {in.TechnicalAccount.ClientID}, "client_secret": {in.TechnicalAccount.ClientSecret},
		"jwt_token": {assertion},
	}
}

// BenchmarkExchange is the rate of exchanges over loopback HTTP, with connections kept alive. Compare it with
// BenchmarkBound: both run on all cores, and the client's work is in the measured time, too.
func BenchmarkExchange(b *testing.B) {
	for _, plain := range []bool{true, false} {
		name := map[bool]string{true: "http", false: "https"}[plain]
		b.Run(name, func(b *testing.B) { benchmarkExchange(b, plain) })
	}
}

func benchmarkExchange(b *testing.B, plain bool) {
	e := emulatortest.New(b, func(c *emulator.Config) { c.Plain = plain })
	body := exchangeForm(b, e).Encode()
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := e.Client.Post(e.URL()+"/ims/exchange/jwt", "application/x-www-form-urlencoded", strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			answer, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"access_token"`)) {
				b.Errorf("status %d, %v", resp.StatusCode, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "exchanges/s")
}

// BenchmarkBound is the least that an exchange can cost: one RSA-2048 verification and one signature.
func BenchmarkBound(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("an assertion"))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
				b.Error(err)
				return
			}
			if _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "exchanges/s")
}
