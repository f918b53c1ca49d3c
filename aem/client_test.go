package aem_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/imsx/imsx/aem"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, base string
		allow      []string
		want       aem.Cause
	}{
		{"nothing", "", nil, aem.CauseInvalidRequest},
		{"no host", "https://", nil, aem.CauseInvalidRequest},
		{"other scheme", "ftp://author-p1-e2.adobeaemcloud.com", nil, aem.CauseInvalidRequest},
		{"a path", "https://author-p1-e2.adobeaemcloud.com/adobe/forms/doc/v1", nil, aem.CauseInvalidRequest},
		{"a query", "https://author-p1-e2.adobeaemcloud.com?a=b", nil, aem.CauseInvalidRequest},
		{"a password", "https://me:secret-password@author-p1-e2.adobeaemcloud.com", nil, aem.CauseInvalidRequest},
		{"another host", "https://example.com", nil, aem.CauseHostNotAllowed},
		{"the domain itself", "https://adobeaemcloud.com", nil, aem.CauseHostNotAllowed},
		{"a host that looks alike", "https://author-p1-e2.adobeaemcloud.com.evil.example", nil, aem.CauseHostNotAllowed},
		{"a host with the name as its end", "https://evil-adobe.io", nil, aem.CauseHostNotAllowed},
		{"the identity service", "https://ims-na1.adobelogin.com", nil, aem.CauseHostNotAllowed},
		{"not below the allowed domain", "https://example.com", []string{"*.example.com", "", "*", "*."}, aem.CauseHostNotAllowed},
		{"plain", "http://author-p1-e2.adobeaemcloud.com", nil, aem.CauseInsecure},
		{"plain, allowed by name", "http://aem.example.com", []string{"aem.example.com"}, aem.CauseInsecure},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := aem.New(aem.Config{BaseURL: tt.base, AllowHosts: tt.allow, Source: &issuer{}})
			e := wantCause(t, err, tt.want)
			if e.Op != "configure" || strings.Contains(e.Error(), "secret-password") {
				t.Errorf("error is %v", e)
			}
		})
	}
	_, err := aem.New(aem.Config{BaseURL: "https://author-p1-e2.adobeaemcloud.com"})
	if e := wantCause(t, err, aem.CauseInvalidRequest); !strings.Contains(e.Description, "source") {
		t.Errorf("error is %v", e)
	}
	_, err = aem.New(aem.Config{BaseURL: "http://localhost", Source: &issuer{}, APIKey: "a\nb"})
	if e := wantCause(t, err, aem.CauseInvalidRequest); !strings.Contains(e.Description, "API key") {
		t.Errorf("error is %v", e)
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"author-p1-e2.adobeaemcloud.com":               "https://author-p1-e2.adobeaemcloud.com",
		"HTTPS://Publish-P1-E2.AdobeAEMcloud.com:443/": "https://publish-p1-e2.adobeaemcloud.com",
		"https://gateway.adobe.io":                     "https://gateway.adobe.io",
		"http://127.0.0.1:8080":                        "http://127.0.0.1:8080",
		"http://author.localhost:80/":                  "http://author.localhost",
		"https://[::1]:8443":                           "https://[::1]:8443",
		"https://aem.example.com":                      "https://aem.example.com",
		"https://b.c.example.org":                      "https://b.c.example.org",
	} {
		client, err := aem.New(aem.Config{BaseURL: base, AllowHosts: []string{"AEM.example.com", "*.Example.org"}, Source: &issuer{}})
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if got := client.BaseURL(); got != want {
			t.Errorf("%s: base is %q, want %q", base, got, want)
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, body = r, string(data)
	}))
	t.Cleanup(server.Close)
	client := newClient(t, func(c *aem.Config) { c.BaseURL, c.APIKey, c.UserAgent = server.URL, "my-client", "tests/1" })
	_, err := do(t.Context(), client, aem.Request{
		Method: "PUT", Path: "/adobe/a%2Fb/ü c", Query: url.Values{"q": {"1 2"}},
		Header: http.Header{"x-own": {"a", "b"}, "Authorization": {"Basic x"}, "Content-Type": {"text/x"}, "Content-Length": {"9"}, "Host": {"evil"}},
		Body:   aem.BytesBody("text/plain", []byte("content")),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, got, want string }{
		{"method", got.Method, "PUT"},
		{"path and query", got.RequestURI, "/adobe/a%2Fb/%C3%BC%20c?q=1+2"},
		{"Authorization", got.Header.Get("Authorization"), "Bearer " + testToken + "-0"},
		{"X-Api-Key", got.Header.Get("X-Api-Key"), "my-client"},
		{"User-Agent", got.Header.Get("User-Agent"), "tests/1"},
		{"Content-Type", got.Header.Get("Content-Type"), "text/plain"},
		{"X-Own", strings.Join(got.Header["X-Own"], ","), "a,b"},
		{"Host", got.Host, strings.TrimPrefix(server.URL, "http://")},
		{"body", body, "content"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
		}
	}
	if got.ContentLength != 7 {
		t.Errorf("Content-Length is %d, want 7", got.ContentLength)
	}
	if _, err := do(t.Context(), client, aem.Request{Path: "/x", RawQuery: "b&a=1;2&b=%zz&c=x y\r\n\xff?/", Query: url.Values{"no": {"t"}}}); err != nil {
		t.Fatal(err)
	}
	if want := "/x?b&a=1;2&b=%zz&c=x%20y%0D%0A%FF?/"; got.RequestURI != want {
		t.Errorf("raw query: %q, want %q", got.RequestURI, want)
	}
	if _, err := do(t.Context(), client, aem.Request{Path: "/content/dam"}); err != nil {
		t.Fatal(err)
	}
	if got.Method != "GET" || got.Header.Get("X-Api-Key") != "" || got.ContentLength != 0 {
		t.Errorf("outside /adobe/: %s, X-Api-Key %q, length %d", got.Method, got.Header.Get("X-Api-Key"), got.ContentLength)
	}
	own := http.Header{"x-api-key": {"another"}}
	if _, err := do(t.Context(), client, aem.Request{Path: "/adobe/forms", Header: own}); err != nil {
		t.Fatal(err)
	}
	if key := got.Header.Get("X-Api-Key"); key != "another" {
		t.Errorf("a header of the request's own: X-Api-Key %q, want %q", key, "another")
	}
}

func TestRequestsThatAreNotSent(t *testing.T) {
	t.Parallel()
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	tests := []struct {
		name string
		req  aem.Request
		says string
	}{
		{"relative path", aem.Request{Path: "content"}, "slash"},
		{"query in the path", aem.Request{Path: "/content?a"}, "query"},
		{"fragment in the path", aem.Request{Path: "/content#a"}, "query"},
		{"line end in the path", aem.Request{Path: "/a\nb"}, "control"},
		{"broken escape", aem.Request{Path: "/a%zz"}, "escaped"},
		{"line end in a header", aem.Request{Header: http.Header{"X-A": {"a\r\nX-B: c"}}}, "header"},
		{"blank in a header's name", aem.Request{Header: http.Header{"X A": {"a"}}}, "header"},
		{"method of two words", aem.Request{Method: "GET IT"}, "method"},
		{"file that is not there", aem.Request{Method: "POST", Body: aem.FileBody("", "testdata/none")}, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.req.Op = "try it"
			_, err := client.Do(t.Context(), tt.req)
			if e := wantCause(t, err, aem.CauseInvalidRequest); e.Op != "try it" || !strings.Contains(e.Description, tt.says) {
				t.Errorf("error is %v, want one that says %q", e, tt.says)
			}
		})
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	ports := map[string]bool{}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		ports[r.RemoteAddr] = true
		if r.URL.Path == "/fail" {
			reply(404, "<html>none</html>")(w, r)
			return
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 20<<10))
	})
	for i := range 10 {
		resp, err := client.Do(t.Context(), aem.Request{})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.CopyN(io.Discard, resp.Body, int64(i)<<10)
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		_, err = client.Do(t.Context(), aem.Request{Path: "/fail"})
		wantCause(t, err, aem.CauseNotFound)
	}
	// One is enough; a machine under load may take longer over the rest of a body than is waited for it.
	if len(ports) > 3 {
		t.Errorf("%d connections were made for 20 requests", len(ports))
	}
}
