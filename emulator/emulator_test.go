package emulator_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func parseKey(t testing.TB, text string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "RSA PRIVATE KEY" {
		t.Fatal("the private key is not PKCS#1 in PEM")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// testKeys returns keys that all tests of this package share with emulatortest's own.
func testKeys(t testing.TB) emulator.Keys {
	t.Helper()
	var f serviceFile
	readJSON(t, emulatortest.New(t).ServiceToken, &f)
	key := parseKey(t, f.Integration.PrivateKey)
	return emulator.Keys{Token: key, ServiceAccount: key}
}

type answer struct {
	TokenType   string `json:"token_type"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
	Error       string `json:"error"`
}

func post(t testing.TB, client *http.Client, address string, form url.Values) (int, answer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("status %d, not JSON: %v", resp.StatusCode, err)
	}
	return resp.StatusCode, a
}

func TestServiceTokenWorks(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		for _, path := range []string{"/ims/exchange/jwt", "/ims/exchange/jwt/", "/ims/exchange/v1/jwt"} {
			t.Run(map[bool]string{false: "TLS", true: "plain"}[plain]+path, func(t *testing.T) {
				t.Parallel()
				e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = plain })
				status, a := post(t, e.Client, e.URL()+path, exchangeForm(t, e))
				if status != 200 || a.TokenType != "bearer" || a.AccessToken == "" {
					t.Fatalf("status %d, %q, type %q", status, a.Error, a.TokenType)
				}
				if a.ExpiresIn > 86_400_000-1 || a.ExpiresIn < 86_400_000-60_000 {
					t.Errorf("expires_in = %d, want milliseconds slightly under a day", a.ExpiresIn)
				}
				if got := e.Tokens(); got != 1 {
					t.Errorf("Tokens() = %d, want 1", got)
				}
			})
		}
	}
}

// TestPublicClient uses the OAuth library of the Go project as it is: it sends Basic, and joins scopes with blanks.
func TestPublicClient(t *testing.T) {
	t.Parallel()
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		e := emulatortest.New(t)
		var f struct {
			Type    string   `json:"TYPE"`
			ID      string   `json:"CLIENT_ID"`
			Secrets []string `json:"CLIENT_SECRETS"`
			Scopes  []string `json:"SCOPES"`
			IMS     string   `json:"IMS"`
			Org     string   `json:"ORG_ID"`
		}
		readJSON(t, e.OAuthServerToServer, &f)
		if f.Type != "oauthservertoserver" || "https://"+f.IMS != e.URL() || !strings.HasSuffix(f.Org, "@AdobeOrg") {
			t.Errorf("TYPE %q, IMS %q, ORG_ID %q", f.Type, f.IMS, f.Org)
		}
		cfg := clientcredentials.Config{
			ClientID: f.ID, ClientSecret: f.Secrets[0], TokenURL: e.URL() + "/ims/token/v3", Scopes: f.Scopes, AuthStyle: style,
		}
		tok, err := cfg.Token(context.WithValue(t.Context(), oauth2.HTTPClient, e.Client))
		if err != nil {
			t.Fatal(err)
		}
		if left := time.Until(tok.Expiry); left < 23*time.Hour || left > 24*time.Hour {
			t.Errorf("the token lives %v, want about a day", left)
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL()+"/ims/organizations/v6", nil)
		tok.SetAuthHeader(req)
		resp, err := e.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("organizations with the token: status %d", resp.StatusCode)
		}
	}
}

// start starts an emulator that ends with the test.
func start(t *testing.T, cfg emulator.Config) *emulator.Emulator {
	t.Helper()
	if cfg.Keys.Token == nil {
		cfg.Keys = testKeys(t)
	}
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestHostsAreAudiences(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t, func(c *emulator.Config) { c.Hosts = []string{"ims.example.test"} })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(e.URL(), "https://"))
	if err != nil {
		t.Fatal(err)
	}
	transport := e.Client.Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
	}
	// The assertion names the emulator as in its URL, the request goes to another of its names.
	if status, a := post(t, e.Client, "https://ims.example.test/ims/exchange/jwt", exchangeForm(t, e)); status != 200 {
		t.Errorf("status %d, %s", status, a.Error)
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Config{Keys: testKeys(t)})
	if err != nil {
		t.Fatal(err)
	}
	if e.URL() != "" || e.CertificateAuthority() != nil || e.Done() != nil {
		t.Error("an emulator that was not started has an address")
	}
	if err := e.WriteFiles(t.TempDir()); err == nil {
		t.Error("files were written before the start")
	}
	if err := e.Start(":0"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.URL(), "https://127.0.0.1:") {
		t.Errorf("URL = %q, want loopback for an address without host", e.URL())
	}
	if err := e.Start(""); err == nil {
		t.Error("an emulator was started twice")
	}
	for range 2 {
		if err := e.Shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	}
	select {
	case <-e.Done():
	default:
		t.Error("Done is open after the end")
	}
	if err := e.Start(""); err == nil {
		t.Error("an emulator was started after its end")
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	busy := start(t, emulator.Config{Plain: true})
	for _, addr := range []string{strings.TrimPrefix(busy.URL(), "http://"), "127.0.0.1", "127.0.0.1:99999", "[fe80::1%lo]:0"} {
		e, err := emulator.New(emulator.Config{Keys: testKeys(t)})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Start(addr); err == nil {
			t.Errorf("Start(%q) succeeded", addr)
			_ = e.Close()
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNewFails(t *testing.T) {
	t.Parallel()
	tests := map[string]emulator.Config{
		"lifetime":   {TokenLifetime: -time.Second},
		"short life": {TokenLifetime: time.Millisecond},
		"port":       {Hosts: []string{"localhost:8080"}},
		"URL":        {Hosts: []string{"https://localhost"}},
		"empty host": {Hosts: []string{""}},
		"wildcard":   {Hosts: []string{"*.example.test"}},
		"brace":      {Hosts: []string{"a{b.test"}},
		"bracket":    {Hosts: []string{"a[b.test"}},
		"not ASCII":  {Hosts: []string{"ä.test"}},
		"two dots":   {Hosts: []string{"a..test"}},
		"long host":  {Hosts: []string{strings.Repeat("a.", 126) + "aa"}},
	}
	keys := testKeys(t)
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg.Keys = keys
			if _, err := emulator.New(cfg); err == nil {
				t.Error("New succeeded")
			}
		})
	}
}

func TestBeyondLoopbackIsWarnedAbout(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e, err := emulator.New(emulator.Config{Keys: testKeys(t), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start("0.0.0.0:0"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.HasPrefix(e.URL(), "https://127.0.0.1:") {
		t.Errorf("URL %q, log: %s", e.URL(), log.String())
	}
}

// TestLogHasNoSecrets reads the log of requests that carry every kind of secret.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := emulatortest.New(t, func(c *emulator.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	form := exchangeForm(t, e)
	_, a := post(t, e.Client, e.URL()+"/ims/exchange/jwt", form)
	post(t, e.Client, e.URL()+"/ims/validate_token/v1?token="+a.AccessToken, url.Values{"client_id": form["client_id"]})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Count(log.String(), `"outcome":"ok"`) != 2 {
		t.Errorf("want two requests in the log:\n%s", log.String())
	}
	for _, s := range []string{form.Get("client_secret"), form.Get("jwt_token"), a.AccessToken} {
		if strings.Contains(log.String(), s[:16]) {
			t.Error("a secret is in the log")
		}
	}
}

func TestGeneratedKeysDiffer(t *testing.T) {
	t.Parallel()
	k, err := emulator.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	if k.Token.Equal(k.ServiceAccount) || k.Token.N.BitLen() != 2048 || k.ServiceAccount.N.BitLen() != 2048 {
		t.Error("the keys are equal or not of 2048 bits")
	}
}

func TestHandlerWithoutListener(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Config{Keys: testKeys(t), Hosts: []string{"My_host-1.Example.test", "::1", "10.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	other, err := emulator.New(emulator.Config{Keys: testKeys(t)})
	if err != nil {
		t.Fatal(err)
	}
	if key := e.ControlKey().Reveal(); len(key) < 32 || key == other.ControlKey().Reveal() {
		t.Error("the control key is short, or that of another emulator")
	}
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ims/keys", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"kty":"RSA"`) {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// TestConcurrentUse runs exchanges while the configuration changes; the race detector and the counters judge.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	form := exchangeForm(t, e)
	done := make(chan error, 4)
	for range 4 {
		go func() {
			for range 10 {
				resp, err := e.Client.PostForm(e.URL()+"/ims/exchange/jwt", form)
				if err == nil {
					err = resp.Body.Close()
					if resp.StatusCode != 200 {
						err = errors.New(resp.Status)
					}
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 50 {
		e.IMS().AddHosts("other.example.test")
		if err := e.IMS().SetTokenLifetime(time.Hour); err != nil {
			t.Error(err)
		}
		e.IMS().Counters()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := e.Tokens(); got != 40 {
		t.Errorf("Tokens() = %d, want 40", got)
	}
}

// TestShutdownIsBounded: a request that does not end is cut when the context ends.
func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	e := start(t, emulator.Config{Plain: true})
	conn, err := net.Dial("tcp", strings.TrimPrefix(e.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The announced body does not come. The answer to Expect shows that the handler waits for it.
	request := "POST /ims/exchange/jwt HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 12)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v, want the context's error", err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.EOF) {
		t.Logf("the connection was cut: %v", err)
	}
}

func TestWriteFilesFails(t *testing.T) {
	t.Parallel()
	e := start(t, emulator.Config{Plain: true})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.WriteFiles(file); err == nil {
		t.Error("a file was taken as a directory")
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "service_token.json", "inner"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "emulator.json"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.WriteFiles(dir); err == nil {
		t.Error("a directory was replaced by a file")
	}
	if _, err := os.Stat(filepath.Join(dir, "emulator.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("incomplete files, but emulator.json says they are there: %v", err)
	}
}
