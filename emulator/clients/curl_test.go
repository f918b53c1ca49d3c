package clients_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/imsx/imsx/emulator/emulatortest"
)

// service is the content of service credentials that a request needs.
type service struct{ id, secret, assertion string }

// newService reads the service credentials of an emulator and signs an assertion with their key.
func newService(t *testing.T, e *emulatortest.Emulator) service {
	t.Helper()
	in := object(t, readJSON(t, e.ServiceToken), "integration")
	account := object(t, in, "technicalAccount")
	s := service{id: text(t, account, "clientId"), secret: text(t, account, "clientSecret")}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: privateKey(t, text(t, in, "privateKey"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.assertion, err = jwt.Signed(signer).Claims(map[string]any{
		"exp": time.Now().Add(5 * time.Minute).Unix(),
		"iss": in["org"],
		"sub": in["id"],
		"aud": "https://" + production + "/c/" + s.id,
		"https://" + production + "/s/" + text(t, in, "metascopes"): true,
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func privateKey(t *testing.T, text string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("there is no private key in PEM")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// curl asks Adobe's own address, which curl is told to look for at the emulator, and returns the status and the body.
func curl(t *testing.T, e *emulatortest.Emulator, args ...string) (status, body string) {
	t.Helper()
	at, err := url.Parse(e.URL())
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(at.Host)
	if err != nil {
		t.Fatal(err)
	}
	out := mustRun(t, nil, program(t, "curl"), append([]string{
		"--silent", "--show-error", "--max-time", "30", "--cacert", e.CAFile, "--write-out", `\n%{http_code}`,
		"--connect-to", production + ":443:" + host + ":" + port,
	}, args...)...)
	end := strings.LastIndexByte(string(out), '\n')
	return string(out[end+1:]), string(out[:end])
}

func TestCurlExchange(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	s := newService(t, e)
	ims := "https://" + production
	form := []string{"--data-urlencode", "client_id=" + s.id, "--data-urlencode", "client_secret=" + s.secret, "--data-urlencode", "jwt_token=" + s.assertion}
	parts := []string{"--form", "client_id=" + s.id, "--form", "client_secret=" + s.secret, "--form", "jwt_token=" + s.assertion}
	for name, args := range map[string][]string{
		"as documented":             append([]string{ims + "/ims/exchange/jwt"}, form...),
		"with a slash at the end":   append([]string{ims + "/ims/exchange/jwt/"}, form...),
		"with a version":            append([]string{ims + "/ims/exchange/v1/jwt"}, form...),
		"multipart":                 append([]string{ims + "/ims/exchange/jwt"}, parts...),
		"multipart, with a slash":   append([]string{ims + "/ims/exchange/jwt/"}, parts...),
		"multipart, with a version": append([]string{ims + "/ims/exchange/v1/jwt"}, parts...),
		"client id in the query":    append([]string{ims + "/ims/exchange/jwt?client_id=" + s.id}, form[2:]...),
		"all in the query":          append([]string{ims + "/ims/exchange/jwt", "--get", "--request", "POST"}, form...),
		"with charset": append([]string{
			ims + "/ims/exchange/jwt", "--header", "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
		}, form...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body := curl(t, e, args...)
			if status != "200" {
				t.Fatalf("status %s: %s", status, body)
			}
			expectToken(t, e, text(t, decode(t, []byte(body)), "access_token"), s.id)
		})
	}
}

func TestCurlServerToServer(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	v := readJSON(t, e.OAuthServerToServer)
	id, secret := text(t, v, "CLIENT_ID"), v["CLIENT_SECRETS"].([]any)[0].(string)
	grant := []string{"--data", "grant_type=client_credentials", "--data", "scope=openid,AdobeID"}
	inBody := []string{"--data", "client_id=" + id, "--data-urlencode", "client_secret=" + secret}
	for _, path := range []string{"/ims/token/v1", "/ims/token/v2", "/ims/token/v3", "/ims/token/v4"} {
		for name, client := range map[string][]string{"body": inBody, "basic": {"--user", id + ":" + secret}} {
			t.Run(path+" "+name, func(t *testing.T) {
				t.Parallel()
				status, body := curl(t, e, append(append([]string{"https://" + production + path}, grant...), client...)...)
				if status != "200" {
					t.Fatalf("status %s: %s", status, body)
				}
				expectToken(t, e, text(t, decode(t, []byte(body)), "access_token"), id)
			})
		}
	}
}

func TestCurlErrors(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	s := newService(t, e)
	for name, tt := range map[string]struct {
		args         []string
		status, body string
	}{
		"unknown client": {
			[]string{"/ims/exchange/jwt", "--data", "client_id=nobody&client_secret=x&jwt_token=" + s.assertion},
			"400", `{"error_description":"invalid client_id parameter","error":"invalid_client"}`,
		},
		"wrong secret": {
			[]string{"/ims/exchange/jwt", "--data", "client_id=" + s.id + "&client_secret=x&jwt_token=" + s.assertion},
			"401", `{"error_description":"invalid client_secret parameter","error":"invalid_client"}`,
		},
		"an assertion cut short": {
			[]string{"/ims/exchange/jwt", "--data", "client_id=" + s.id + "&client_secret=" + s.secret + "&jwt_token=" + s.assertion[:40]},
			"400", `{"error_description":"JWT token is incorrectly formatted, and can not be decoded.","error":"invalid_token"}`,
		},
		"wrong secret at token/v4": {
			[]string{"/ims/token/v4", "--data", "grant_type=client_credentials&client_id=" + s.id + "&client_secret=x"},
			"400", `{"error_description":"invalid client_secret parameter","error":"invalid_client"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.args[0] = "https://" + production + tt.args[0]
			status, body := curl(t, e, tt.args...)
			if status != tt.status || body != tt.body {
				t.Errorf("status %s, body %s; want %s, %s", status, body, tt.status, tt.body)
			}
		})
	}
}

// TestCurlTokenLife asks about a token in the ways in which public clients place the parts.
func TestCurlTokenLife(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	s := newService(t, e)
	ims := "https://" + production
	_, body := curl(t, e, ims+"/ims/exchange/v1/jwt", "--data", "client_id="+s.id+"&client_secret="+s.secret+"&jwt_token="+s.assertion)
	token := text(t, decode(t, []byte(body)), "access_token")
	bearer := "Authorization: Bearer " + token
	questions := map[string][]string{
		"in the body":            {ims + "/ims/validate_token/v1", "--data", "type=access_token&client_id=" + s.id + "&token=" + token},
		"in the query":           {ims + "/ims/validate_token/v1?type=access_token&client_id=" + s.id + "&token=" + token},
		"as the bearer, GET":     {ims + "/ims/validate_token/v1?type=access_token&client_id=" + s.id, "--header", bearer},
		"as the bearer, POST":    {ims + "/ims/validate_token/v1", "--form", "type=access_token", "--form", "client_id=" + s.id, "--header", bearer},
		"lower case bearer, GET": {ims + "/ims/validate_token/v1?client_id=" + s.id, "--header", "Authorization: bearer " + token},
	}
	ask := func(want bool) {
		t.Helper()
		for name, args := range questions {
			status, body := curl(t, e, args...)
			if got := decode(t, []byte(body))["valid"]; status != "200" || got != want {
				t.Errorf("%s: status %s, valid %v, want 200 and %v", name, status, got, want)
			}
		}
	}
	ask(true)
	status, body := curl(t, e, ims+"/ims/invalidate_token/v2", "--data",
		"token_type=access_token&client_id="+s.id+"&client_secret="+s.secret+"&token="+token)
	if status != "200" || body != "" {
		t.Errorf("invalidation: status %s, body %q", status, body)
	}
	ask(false)
}
