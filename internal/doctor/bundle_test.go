package doctor_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/internal/doctor"
	"github.com/imsx/imsx/secret"
)

// wire keeps what goes over the connections of a climb, without TLS.
type wire struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *wire) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// tapped is a connection whose bytes are kept.
type tapped struct {
	net.Conn
	wire *wire
}

func (c tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	_, _ = c.wire.Write(p[:n])
	return n, err
}

func (c tapped) Write(p []byte) (int, error) {
	_, _ = c.wire.Write(p)
	return c.Conn.Write(p)
}

const proxyPassword = "hush-hush/proxy word"

// tap makes a climb on a plain emulator whose connections are listened to.
func tap(t *testing.T) (*bench, *wire) {
	t.Helper()
	e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = true })
	w := &wire{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return tapped{conn, w}, nil
	}}
	b := &bench{T: t, e: e, cfg: doctor.Config{
		HTTPClient: &http.Client{Transport: transport}, Timeout: patience, Private: []string{e.Dir},
		Environment: []doctor.Variable{
			{Name: "HTTPS_PROXY", Value: "http://corporate-user:" + url.QueryEscape(proxyPassword) + "@proxy.corp.example:3128"},
			{Name: "NO_PROXY", Value: "intranet.corp.example,10.1.2.3"},
		},
	}}
	b.use(e.ServiceToken)
	b.author()
	return b, w
}

var anyToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// secretsOf returns every secret of the credential files and of what went over the wire.
func (b *bench) secretsOf(w *wire) map[string]string {
	b.Helper()
	secrets := map[string]string{"the proxy's password": proxyPassword, "the proxy's user": "corporate-user"}
	var service struct {
		Integration struct {
			TechnicalAccount struct{ ClientSecret string }
			PrivateKey       string
		}
	}
	var oauth struct {
		Secrets []string `json:"CLIENT_SECRETS"`
	}
	for path, v := range map[string]any{b.e.ServiceToken: &service, b.e.OAuthServerToServer: &oauth} {
		if err := json.Unmarshal([]byte(readText(b.T, path)), v); err != nil {
			b.Fatal(err)
		}
	}
	secrets["a given client secret"] = givenSecret
	secrets["the client secret"] = service.Integration.TechnicalAccount.ClientSecret
	secrets["the other client secret"] = oauth.Secrets[0]
	n := 0
	for line := range strings.Lines(service.Integration.PrivateKey) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			n++
			secrets["a line of the key "+string(rune('a'+n))] = line
		}
	}
	secrets["the development token"] = anyToken.FindString(readText(b.T, b.e.LocalDevelopmentToken))
	for i, token := range anyToken.FindAllString(w.String(), -1) {
		secrets["a token on the wire "+string(rune('a'+i%26))] = token
		parts := strings.Split(token, ".")
		secrets["a signature on the wire "+string(rune('a'+i%26))] = parts[2]
		secrets["a payload on the wire "+string(rune('a'+i%26))] = parts[1]
	}
	return secrets
}

// pieces returns a secret in every form in which it could be shown, whole and in pieces.
func pieces(text string) []string {
	raw := []byte(text)
	forms := []string{
		text, url.QueryEscape(text), url.PathEscape(text), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
		base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), strings.ToLower(text), strings.ToUpper(text),
	}
	for _, form := range forms {
		const piece = 14
		for i := 0; i+piece < len(form); i += piece {
			forms = append(forms, form[i:i+piece])
		}
	}
	return forms
}

// TestBundleHasNoSecrets climbs to many places and looks for every secret in what can be shown to everybody.
func TestBundleHasNoSecrets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(*bench)
		end     string // the cause; empty for the top
	}{
		{"to the top", func(b *bench) { b.cfg.For = doctor.ForAssets }, ""},
		{"server-to-server", func(b *bench) {
			b.use(b.e.OAuthServerToServer)
			b.allow()
		}, ""},
		{"a development token", func(b *bench) { b.use(b.e.LocalDevelopmentToken) }, ""},
		{"not bound", func(b *bench) {
			if err := b.e.IMS().RevokeCertificate(serviceClient, b.credential().Keys[0].Certificate); err != nil {
				b.Fatal(err)
			}
		}, "not_bound"},
		{"not on the list", func(b *bench) { b.use(b.e.OAuthServerToServer) }, "client_not_allowlisted"},
		{"no group", func(b *bench) { b.cfg.For = doctor.ForForms }, "group_missing"},
		{"401", func(b *bench) { b.playAEM("currentuser", fault.Effect{Error: "aem_unauthorized_html"}) }, "token_refused"},
		{"an IMS that repeats what it gets", func(b *bench) { b.echo() }, "wrong_secret"},
		{"an AEM that repeats what it gets", func(b *bench) {
			server := httptest.NewServer(http.HandlerFunc(echo))
			b.Cleanup(server.Close)
			b.cfg.AEM = server.URL
		}, "group_missing"},
		{"an AEM that knows the client secret", func(b *bench) { b.reveal() }, "group_missing"},
		{"half a file", func(b *bench) { b.write("half.json", readText(b.T, b.e.ServiceToken)[:1800]) }, "truncated"},
		{"a secret in the place of a name", func(b *bench) {
			misplaced := b.credential().ClientSecrets[0].Reveal()
			b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["id"] = misplaced })
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, w := tap(t)
			tt.prepare(b)
			r := b.climb()
			if tt.name != "a secret in the place of a name" && r.Verdict.Cause != tt.end {
				t.Fatalf("it ends with %q, want %q:\n%s", r.Verdict.Cause, tt.end, said(r))
			}
			bundle := r.Bundle(doctor.About{Version: "imsx test", Go: "go1", System: "linux/amd64", Flags: []string{"--aem"}})
			for what, text := range b.secretsOf(w) {
				for _, piece := range pieces(text) {
					if strings.Contains(bundle, piece) {
						t.Fatalf("the bundle shows %s as %q:\n%s", what, piece, bundle)
					}
					// The doctor cannot know that a name, or a word of AEM's, is a secret, before it has read all.
					if strings.Contains(said(r), piece) && !strings.Contains(tt.name, "secret") {
						t.Fatalf("the report shows %s as %q:\n%s", what, piece, said(r))
					}
				}
			}
			b.wantNoIdentifiers(bundle)
			if !strings.Contains(bundle, "- **") || !strings.Contains(bundle, r.Verdict.Text) || !strings.Contains(bundle, "imsx test") {
				t.Errorf("the bundle says too little:\n%s", bundle)
			}
		})
	}
}

// wantNoIdentifiers checks that nobody can be found by a bundle.
func (b *bench) wantNoIdentifiers(bundle string) {
	b.Helper()
	for _, path := range []string{b.e.ServiceToken, b.e.OAuthServerToServer} {
		c := b.credentialOf(path)
		for _, id := range []string{c.ClientID, c.Organization, c.TechnicalAccountID, c.TechnicalAccountEmail, path, b.e.Dir} {
			if id != "" && strings.Contains(strings.ToLower(bundle), strings.ToLower(id)) {
				b.Errorf("the bundle shows %q:\n%s", id, bundle)
			}
		}
	}
	for _, id := range []string{"proxy.corp.example", "intranet.corp.example", "10.1.2.3"} {
		if strings.Contains(bundle, id) {
			b.Errorf("the bundle shows %q:\n%s", id, bundle)
		}
	}
}

// echo puts an IMS in place that repeats the request in its refusal.
func (b *bench) echo() {
	server := httptest.NewServer(http.HandlerFunc(echo))
	b.Cleanup(server.Close)
	b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = server.URL })
}

// givenSecret has no shape by which it could be known as one.
const givenSecret = "correct horse battery staple"

// reveal gives the client a secret of no shape, and puts an AEM in place that shows it.
func (b *bench) reveal() {
	b.Helper()
	if _, err := b.e.IMS().AddGivenSecret(serviceClient, secret.New(givenSecret)); err != nil {
		b.Fatal(err)
	}
	b.edit(b.e.ServiceToken, func(v map[string]any) {
		integration(v)["technicalAccount"].(map[string]any)["clientSecret"] = givenSecret
	})
	b.stand(http.StatusForbidden, "<html><head><title>"+givenSecret+" or "+strings.ToUpper(givenSecret)+"</title></head><body>no</body></html>")
	if r := b.climb(); !strings.Contains(said(r), givenSecret) {
		b.Fatalf("the report does not have what AEM said:\n%s", said(r))
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	said := "client_secret " + string(body) + " " + r.Header.Get("Authorization")
	code := http.StatusBadRequest
	switch {
	case r.URL.Path == "/systemready":
		code = http.StatusForbidden
	case strings.HasPrefix(r.URL.Path, "/libs/"):
		code = http.StatusForbidden
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Debug-Id", said)
	w.Header().Set("X-Request-Id", said)
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client", "error_description": said, "message": said, "code": said, "status": code})
}

func TestBundleShortensHosts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.atAdobe("https://author-p33333-e44444.adobeaemcloud.com")
	if err := b.e.AEM().AddEnvironment("p33333-e44444", ""); err != nil {
		t.Fatal(err)
	}
	b.use(b.e.OAuthServerToServer)
	bundle := b.climb().Bundle(doctor.About{})
	if strings.Contains(bundle, "33333") || strings.Contains(bundle, "44444") || !strings.Contains(bundle, "author-p…-e….adobeaemcloud.com") {
		t.Errorf("the bundle is\n%s", bundle)
	}
	if !strings.Contains(bundle, "allowedClientIDs") {
		t.Errorf("the bundle lacks the file:\n%s", bundle)
	}
}

// A host that has no shape of Adobe's is concealed as well.
func TestBundleHidesForeignHosts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.allow()
	b.cfg.AEM = "https://author.customer-acme.example"
	r := b.climb()
	if !strings.Contains(said(r), "customer-acme") {
		t.Errorf("the report does not name the host:\n%s", said(r))
	}
	if bundle := r.Bundle(doctor.About{}); strings.Contains(bundle, "acme") {
		t.Errorf("the bundle is\n%s", bundle)
	}
}

// So are identifiers that have no shape of Adobe's.
func TestBundleHidesForeignIdentifiers(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(map[string]any){
		"client":       func(o map[string]any) { o["technicalAccount"].(map[string]any)["clientId"] = "client-of-customer-acme" },
		"organization": func(o map[string]any) { o["org"] = "organization-of-customer-acme@Elsewhere" },
		"account":      func(o map[string]any) { o["id"] = "account-of-customer-acme@elsewhere" },
		"endpoint":     func(o map[string]any) { o["imsEndpoint"] = "ims.customer-acme.example" },
	} {
		b := newBench(t)
		b.edit(b.e.ServiceToken, func(v map[string]any) { change(integration(v)) })
		r := b.climb()
		if !strings.Contains(said(r), "customer-acme") {
			t.Errorf("%s: the report does not name it:\n%s", name, said(r))
		}
		if bundle := r.Bundle(doctor.About{}); strings.Contains(bundle, "acme") {
			t.Errorf("%s: the bundle is\n%s", name, bundle)
		}
	}
}

// A file is not told by its name either, where an error or an advice has the name alone.
func TestBundleHidesFileNames(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := filepath.Join(t.TempDir(), "customer-acme.key")
	b.cfg.Private = []string{key}
	b.cfg.Input = doctor.Input{Err: errors.New("customer-acme.key: run chmod 600 customer-acme.key, or look at " + key)}
	r := b.climb()
	if bundle := r.Bundle(doctor.About{}); strings.Contains(bundle, "acme") || strings.Count(bundle, "(path).key") != 3 {
		t.Errorf("the bundle is\n%s", bundle)
	}
}

// What a climb says on a terminal names what a person must compare, in full.
func TestReportIsNotShortened(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.author()
	b.cfg.For = doctor.ForForms
	c := b.credential()
	wantSays(t, rungOf(t, b.climb(), "complete"), c.ClientID, c.Organization, c.TechnicalAccountID, c.TechnicalAccountEmail)
}
