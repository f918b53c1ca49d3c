package console_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/console"
	"github.com/imsx/imsx/secret"
)

// TestAccess asks from anywhere, under any name and from any page.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const local, remote = "127.0.0.1:54321", "192.0.2.9:54321"
	for _, tt := range []struct {
		name, peer, host string
		header           []string
		want             int
	}{
		{"a program on this machine", local, "127.0.0.1:8443", nil, 200},
		{"by the name localhost", local, "localhost:8443", nil, 200},
		{"by IPv6", "[::1]:54321", "[::1]:8443", nil, 200},
		{"by IPv4 in IPv6", "[::ffff:127.0.0.1]:54321", "127.0.0.1", nil, 200},
		{"a page of this origin", local, "127.0.0.1:8443", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8443"}, 200},
		{"typed into the address bar", local, "127.0.0.1:8443", []string{"Sec-Fetch-Site", "none"}, 200},

		{"a page of another site", local, "127.0.0.1:8443", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a page of another port", local, "localhost:8443", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another origin, an old browser", local, "127.0.0.1:8443", []string{"Origin", "https://evil.example"}, 403},
		{"another port's origin", local, "127.0.0.1:8443", []string{"Origin", "http://127.0.0.1:3000"}, 403},
		{"the other scheme's origin", local, "127.0.0.1:8443", []string{"Origin", "https://127.0.0.1:8443"}, 403},
		{"an opaque origin", local, "127.0.0.1:8443", []string{"Origin", "null"}, 403},
		{"a link to the API", local, "127.0.0.1:8443", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},

		{"a name that was made to lead here", local, "evil.example:8443", nil, 401},
		{"the same, and it claims to be its own origin", local, "evil.example:8443", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example:8443"}, 401},
		{"Adobe's name", local, "ims-na1.adobelogin.com", nil, 401},
		{"a name that only begins like loopback", local, "127.0.0.1.evil.example", nil, 401},
		{"a name that only ends like localhost", local, "evil.localhost.example", nil, 401},
		{"no name", local, "", nil, 401},
		{"from another machine", remote, "127.0.0.1:8443", nil, 401},
		{"a wrong key", local, "127.0.0.1:8443", []string{console.KeyHeader, "guess"}, 401},
		{"a wrong bearer", remote, "ims-na1.adobelogin.com", []string{"Authorization", "Bearer guess"}, 401},
		{"a forged cookie", remote, "emulator.example", []string{"Cookie", "imsx_console=99999999999.AAAA"}, 401},

		{"the key", remote, "ims-na1.adobelogin.com", []string{console.KeyHeader, controlKey}, 200},
		{"the key as a bearer", remote, "emulator.example:8443", []string{"Authorization", "bearer " + controlKey}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest(http.MethodGet, "/_imsx/clients", nil)
			req.RemoteAddr, req.Host = tt.peer, tt.host
			for i := 0; i+1 < len(tt.header); i += 2 {
				req.Header.Set(tt.header[i], tt.header[i+1])
			}
			res := httptest.NewRecorder()
			w.ServeHTTP(res, req)
			if res.Code != tt.want {
				t.Errorf("status %d, want %d: %s", res.Code, tt.want, res.Body)
			}
			if res.Code != 200 && strings.Contains(res.Body.String(), service) {
				t.Errorf("the refusal tells about clients: %s", res.Body)
			}
			if got := res.Header().Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("the answer is shared with the origin %q", got)
			}
		})
	}
}

// TestNothingButHealthIsOpen asks for each operation and page without access.
func TestNothingButHealthIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paths := append(w.Operations(), "GET /_imsx/", "GET /_imsx/no/such", "GET /_imsx/console/", "GET /_imsx/console/journal",
		"GET /_imsx/console/journal/stream", "POST /_imsx/console/clock", "POST /_imsx/console/reset", "POST /_imsx/console/faults/add",
		"GET /_imsx/console/downloads/"+service+"/aem", "POST /_imsx/console/sign-out")
	for _, path := range paths {
		method, path, _ := strings.Cut(path, " ")
		req := httptest.NewRequest(method, path, strings.NewReader("{}"))
		req.RemoteAddr, req.Host = "192.0.2.9:1", "ims-na1.adobelogin.com"
		res := httptest.NewRecorder()
		w.ServeHTTP(res, req)
		want := http.StatusUnauthorized
		if path == "/_imsx/health" {
			want = http.StatusOK
		}
		if path == "/_imsx/" {
			want = http.StatusSeeOther // to the page that asks for the key
		}
		if res.Code != want {
			t.Errorf("%s %s: status %d, want %d", method, path, res.Code, want)
		}
	}
}

func TestWithoutAKeyNobodyElseGetsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *console.Config) { c.Key = secret.Text{} })
	for _, header := range []string{"", "guess"} {
		req := httptest.NewRequest(http.MethodGet, "/_imsx/clients", nil)
		req.RemoteAddr, req.Host = "192.0.2.9:1", "emulator.example"
		req.Header.Set(console.KeyHeader, header)
		res := httptest.NewRecorder()
		w.ServeHTTP(res, req)
		if res.Code != http.StatusUnauthorized {
			t.Errorf("key %q: status %d, want 401", header, res.Code)
		}
	}
	blank := httptest.NewRequest(http.MethodGet, "/_imsx/clients", nil)
	blank.RemoteAddr, blank.Host = "192.0.2.9:1", "emulator.example"
	blank.Header.Set("Authorization", "Bearer  ")
	answered := httptest.NewRecorder()
	w.ServeHTTP(answered, blank)
	if answered.Code != http.StatusUnauthorized {
		t.Errorf("a blank bearer: status %d, want 401", answered.Code)
	}
	res := w.call(t, "POST", "/_imsx/console/sign-in", "", "Host", "emulator.example")
	if res.status != http.StatusUnauthorized || res.header.Get("Set-Cookie") != "" {
		t.Errorf("signing in without a key: status %d, cookie %q", res.status, res.header.Get("Set-Cookie"))
	}
}

// signIn sends the form under a name that is not loopback.
func (w *world) signIn(t testing.TB, key string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/_imsx/console/sign-in", strings.NewReader(url.Values{"key": {key}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.RemoteAddr, req.Host = "192.0.2.9:1", "emulator.example"
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res := httptest.NewRecorder()
	w.ServeHTTP(res, req)
	return res
}

// TestOverTLS: the origin of the page then begins with https, and the cookie stays there.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for origin, want := range map[string]int{"https://127.0.0.1:8443": 200, "http://127.0.0.1:8443": 403} {
		req := httptest.NewRequest(http.MethodGet, "/_imsx/clients", nil)
		req.RemoteAddr, req.Host, req.TLS = "127.0.0.1:1", "127.0.0.1:8443", &tls.ConnectionState{}
		req.Header.Set("Origin", origin)
		res := httptest.NewRecorder()
		w.ServeHTTP(res, req)
		if res.Code != want {
			t.Errorf("a page of %s: status %d, want %d", origin, res.Code, want)
		}
	}
	for _, state := range []*tls.ConnectionState{nil, {}} {
		req := httptest.NewRequest(http.MethodPost, "/_imsx/console/sign-in", strings.NewReader(url.Values{"key": {controlKey}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.RemoteAddr, req.Host, req.TLS = "192.0.2.9:1", "emulator.example", state
		res := httptest.NewRecorder()
		w.ServeHTTP(res, req)
		if cookies := res.Result().Cookies(); len(cookies) != 1 || cookies[0].Secure != (state != nil) {
			t.Errorf("with TLS %v: cookies %v", state != nil, cookies)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if res := w.signIn(t, "guess"); res.Code != 401 || len(res.Result().Cookies()) != 0 || !strings.Contains(res.Body.String(), "not the control key") {
		t.Errorf("a wrong key: status %d, %s", res.Code, res.Body)
	}
	if res := w.signIn(t, controlKey, "Origin", "https://evil.example"); res.Code != 403 {
		t.Errorf("another site signs in: status %d, want 403", res.Code)
	}
	res := w.signIn(t, " "+controlKey+"\n")
	cookies := res.Result().Cookies()
	if res.Code != 303 || len(cookies) != 1 {
		t.Fatalf("the key: status %d, cookies %v", res.Code, cookies)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/_imsx/" || strings.Contains(c.Value, controlKey) {
		t.Errorf("cookie %v is not strict, or has the key", c)
	}
	ask := func(path, site string) int {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.RemoteAddr, req.Host = "192.0.2.9:1", "emulator.example"
		req.AddCookie(c)
		req.Header.Set("Sec-Fetch-Site", site)
		out := httptest.NewRecorder()
		w.ServeHTTP(out, req)
		return out.Code
	}
	if got := ask("/_imsx/console/", "same-origin"); got != 200 {
		t.Errorf("the console with a session: status %d", got)
	}
	if got := ask("/_imsx/clients", "same-origin"); got != 200 {
		t.Errorf("the API with a session: status %d", got)
	}
	if got := ask("/_imsx/clients", "cross-site"); got != 403 {
		t.Errorf("the session used by another site: status %d, want 403", got)
	}
	other := newWorld(t)
	req := httptest.NewRequest(http.MethodGet, "/_imsx/clients", nil)
	req.RemoteAddr = "192.0.2.9:1"
	req.AddCookie(c)
	out := httptest.NewRecorder()
	other.ServeHTTP(out, req)
	if out.Code != 401 {
		t.Errorf("the session at another emulator with the same key: status %d, want 401", out.Code)
	}
}

// TestALinkFromElsewhereOpensAPage follows a link on another site to the console.
func TestALinkFromElsewhereOpensAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	frame := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}
	for _, tt := range []struct {
		name, method, path string
		header             []string
		want               int
	}{
		{"a page", "GET", "/_imsx/console/journal", link, 200},
		{"a page in a frame", "GET", "/_imsx/console/journal", frame, 403},
		{"a download", "GET", "/_imsx/console/downloads/" + service + "/aem", link, 403},
		{"a form", "POST", "/_imsx/console/reset", link, 403},
	} {
		if got := w.call(t, tt.method, tt.path, "", tt.header...); got.status != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, got.status, tt.want)
		}
	}
	if w.resets != 0 {
		t.Error("another site has reset the emulator")
	}
}
