package ims_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/ims"
)

// FuzzAuthorize sends any query to the authorize endpoint. Whatever it is, a browser is led to one of the client's own
// addresses or not at all, and no page runs what the query says.
func FuzzAuthorize(f *testing.F) {
	s, _ := newPeople(f)
	f.Add(webQuestion("openid").Encode())
	f.Add(webQuestion("openid").Encode() + "&prompt=none&response_type=id_token+token&nonce=n")
	f.Add("client_id=" + webClient + "&redirect_uri=http://127.0.0.1:1/cb&state=%0d%0aX:y&imsx_account=" + user)
	f.Add("client_id=" + spaClient + "&redirect_uri=//evil.test&code_challenge=" + challenge)
	f.Add("client_id=" + webClient + "&redirect_uri=https%3A%2F%2Fapp.example.test%40evil.test&scope=%3Cscript%3E")
	own := []string{"https://app.example.test/callback?keep=1", "adobe+abc://sign-in/x", "https://spa.example.test/"}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/ims/authorize/v2", nil)
		r.URL.RawQuery = query
		w := do(s, r)
		location := w.Header().Get("Location")
		switch w.Code {
		case 302:
			u, err := url.Parse(location)
			if err != nil {
				t.Fatalf("Location %q: %v", location, err)
			}
			loopback := u.Scheme == "http" && u.Hostname() == "127.0.0.1" && u.Path == "/cb"
			if !loopback && !slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(location, o) }) ||
				strings.ContainsAny(location, "\r\n \"<>") {
				t.Fatalf("led to %q", location)
			}
		case 200, 400:
			body := w.Body.String()
			if location != "" || strings.Contains(body, "<script") || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none';") {
				t.Fatalf("status %d, Location %q: %s", w.Code, location, body)
			}
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	})
}

// FuzzRegister registers what any body says. A client that comes out of it can be used.
func FuzzRegister(f *testing.F) {
	s, _ := newPeople(f)
	f.Add(`{"client_name":"x","redirect_uris":["https://a.test/"],"scope":"openid"}`)
	f.Add(`{"client_name":"x","redirect_uris":["a:b"],"scope":"\ud800"}`)
	f.Add(`{"client_name":"\u202e","redirect_uris":["http://[::1]:1/%zz"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		s.Reset()
		must(t, s.AddOrganization(ims.Organization{ID: org}))
		must(t, s.AddAccount(ims.Account{ID: user, Organization: org}))
		w := register(s, body)
		switch w.Code {
		case 400, 413:
			return
		case 201:
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		c := s.Clients()[0]
		back := get(s, "/ims/authorize/v2?client_id="+c.ID+"&imsx_account="+user)
		if back.Code != 302 {
			t.Fatalf("a registered client %+v cannot be used: %d %s", c, back.Code, back.Body)
		}
		if _, err := url.Parse(back.Header().Get("Location")); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzToken shows any text as a token wherever one is taken. Only what the server signed is good.
func FuzzToken(f *testing.F) {
	s, _ := newPeople(f)
	mine := signInWith(f, s, "openid,offline_access")
	good := map[string]bool{mine.AccessToken: true}
	for _, token := range []string{mine.AccessToken, mine.RefreshToken, mine.IDToken, goodToken(f, s) + "x", "..", "a.b.c", ""} {
		f.Add(token)
	}
	parts := strings.Split(mine.AccessToken, ".")
	f.Add("eyJhbGciOiJub25lIn0." + parts[1] + ".")
	f.Add(parts[0] + "." + parts[1] + "=." + parts[2])
	f.Fuzz(func(t *testing.T, text string) {
		_, err := s.CheckToken(text)
		if (err == nil) != good[text] {
			t.Fatalf("CheckToken: %v", err)
		}
		s.Explain(text)
		if len(text) > 100<<10 {
			return
		}
		field := url.Values{"client_id": {webClient}, "token": {text}}
		if w := post(s, "/ims/validate_token/v1", field); w.Code != 200 && w.Code != 400 {
			t.Fatalf("validate: status %d", w.Code)
		}
		code := codeFields(text)
		if w := post(s, "/ims/token/v3", code); w.Code != 400 {
			t.Fatalf("as a code: status %d: %s", w.Code, w.Body)
		}
		if w := post(s, "/ims/token/v4", oboFields(text)); (w.Code == 200) != good[text] {
			t.Fatalf("as a subject token: status %d: %s", w.Code, w.Body)
		}
	})
}
