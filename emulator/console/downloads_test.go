package console_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator/console"
)

// TestDownloads reads each file by the package that reads what Adobe hands out, and checks that it says the truth.
func TestDownloads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type want struct {
		path, file string
		format     credentials.Format
		kind       credentials.Kind
		noEndpoint bool
	}
	const jwt, s2s = credentials.KindServiceAccount, credentials.KindServerToServer
	for _, tt := range []want{
		{service + "/aem", "service_token.json", credentials.FormatAEMServiceCredentials, jwt, false},
		{service + "/jwt-auth", "jwt-auth.json", credentials.FormatJWTAuth, jwt, false},
		{service + "/aio", "aio.json", credentials.FormatAIOContext, jwt, false},
		{service + "/env", "service.env", credentials.FormatEnvironment, jwt, false},
		{oauth + "/oauth", "oauth_server_to_server.json", credentials.FormatOAuthServerToServer, s2s, false},
		{oauth + "/project", "project.json", credentials.FormatDeveloperConsoleProject, s2s, true},
		{oauth + "/aio-oauth", "aio.json", credentials.FormatAIOContext, s2s, false},
		{oauth + "/env-oauth", "oauth.env", credentials.FormatEnvironment, s2s, false},
		{"developer/local-token", "local_development_token.json", credentials.FormatAEMLocalDevelopmentToken, credentials.KindAccessToken, true},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			got := w.call(t, "GET", "/_imsx/console/downloads/"+tt.path, "")
			if got.status != 200 || !strings.Contains(got.header.Get("Content-Disposition"), `"`+tt.file+`"`) {
				t.Fatalf("status %d, %v", got.status, got.header)
			}
			set, err := credentials.Parse([]byte(got.body), credentials.Options{})
			must(t, err)
			c, err := set.Select("")
			must(t, err)
			if c.Format != tt.format || c.Kind != tt.kind {
				t.Errorf("it is %s of kind %s, want %s of kind %s", c.Format, c.Kind, tt.format, tt.kind)
			}
			if !tt.noEndpoint && strings.TrimPrefix(c.Endpoint, "http://") != strings.TrimPrefix(w.url, "http://") {
				t.Errorf("endpoint %q, want %q", c.Endpoint, w.url)
			}
			w.checkCredentials(t, c)
		})
	}
}

func (w *world) checkCredentials(t *testing.T, c *credentials.Credentials) {
	t.Helper()
	switch c.Kind {
	case credentials.KindAccessToken:
		if _, err := w.ims.CheckToken(c.AccessToken.Reveal()); err != nil {
			t.Errorf("the token: %v", err)
		}
		return
	case credentials.KindServiceAccount:
		if len(c.Keys) != 1 || c.TechnicalAccountID != serviceUser || len(c.Metascopes) != 1 || c.ClientSecrets[0].Reveal() != secretText {
			t.Errorf("account %q, metascopes %q, %d keys", c.TechnicalAccountID, c.Metascopes, len(c.Keys))
		}
	case credentials.KindServerToServer:
		if c.ClientID != oauth || len(c.Scopes) != 2 || c.ClientSecrets[0].Reveal() != "p8e-secret-of-oauth" {
			t.Errorf("client %q, scopes %q", c.ClientID, c.Scopes)
		}
	}
	if c.Organization != organization {
		t.Errorf("organization %q", c.Organization)
	}
	for _, f := range c.Check(time.Now()) {
		if f.Severity == credentials.SeverityError {
			t.Errorf("finding %s: %s", f.Code, f.What)
		}
	}
}

func TestDownloadedKeyAndCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, kind := range map[string]string{"key": "PRIVATE KEY", "certificate": "CERTIFICATE"} {
		block, _ := pem.Decode([]byte(w.call(t, "GET", "/_imsx/console/downloads/"+service+"/"+name, "").body))
		if block == nil || block.Type != kind {
			t.Errorf("%s: %v, want %s", name, block, kind)
		}
	}
}

// TestDownloadsFollowChanges makes a new secret and a new key, and reads the file again.
func TestDownloadsFollowChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(t, 201, "POST", "/_imsx/clients/"+oauth+"/secrets", "")
	file := w.call(t, "GET", "/_imsx/console/downloads/"+oauth+"/oauth", "").object(t)
	if list, _ := file["CLIENT_SECRETS"].([]any); len(list) != 2 {
		t.Errorf("secrets %v, want two", list)
	}
	made := w.want(t, 201, "POST", "/_imsx/certificates", `{"client_id":"`+service+`","generate":true}`)
	body, err := json.Marshal(w.call(t, "GET", "/_imsx/console/downloads/"+service+"/jwt-auth", "").object(t)["privateKey"])
	must(t, err)
	if want, _ := json.Marshal(made["private_key"]); string(body) != string(want) {
		t.Error("the download has another key than the one that was made")
	}
}

func TestWhatIsNotThereToDownload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *console.Config) { c.PrivateKey, c.DevelopmentToken = nil, nil })
	for _, path := range []string{service + "/aem", service + "/oauth", oauth + "/aem", oauth + "/nothing", "nobody/oauth", "developer/local-token"} {
		if got := w.call(t, "GET", "/_imsx/console/downloads/"+path, ""); got.status != 404 {
			t.Errorf("%s: status %d, want 404", path, got.status)
		}
	}
	if page := w.call(t, "GET", "/_imsx/console/downloads", "").body; strings.Contains(page, service+"/") || !strings.Contains(page, oauth+"/oauth") {
		t.Error("the page offers what is not there, or not what is")
	}
}

// TestOfferedDownloadsExist follows each link of the page.
func TestOfferedDownloadsExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.call(t, "GET", "/_imsx/console/downloads", "").body
	links := regexp.MustCompile(`href="(/_imsx/console/downloads/[^"]+)" download="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) != 11 {
		t.Errorf("%d links, want 11", len(links))
	}
	for _, link := range links {
		got := w.call(t, "GET", link[1], "")
		if got.status != 200 || !strings.Contains(got.header.Get("Content-Disposition"), fmt.Sprintf("%q", link[2])) {
			t.Errorf("%s: status %d, %q", link[1], got.status, got.header.Get("Content-Disposition"))
		}
	}
}
