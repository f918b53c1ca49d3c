package ims_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/ims"
)

// FuzzAuthorize sends any query to the authorize endpoint. Whatever it is, a browser is led to one of the client's own
// addresses or not at all, and no page runs what the query says.
func FuzzAuthorize(f *testing.F) {
	s, _ := newPeople(f)
	quicken(f, s)
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
	s, err := ims.New(ims.Config{Key: quickServerKey()})
	must(f, err)
	must(f, s.AddOrganization(ims.Organization{ID: org}))
	must(f, s.AddAccount(ims.Account{ID: user, Organization: org}))
	s.Mark()
	f.Add(`{"client_name":"x","redirect_uris":["https://a.test/"],"scope":"openid"}`)
	f.Add(`{"client_name":"x","redirect_uris":["a:b"],"scope":"\ud800"}`)
	f.Add(`{"client_name":"\u202e","redirect_uris":["http://[::1]:1/%zz"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		s.Reset()
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
	quicken(f, s)
	mine := signInWith(f, s, "openid,offline_access")
	for _, token := range []string{mine.AccessToken, mine.RefreshToken, mine.IDToken, goodToken(f, s) + "x", "..", "a.b.c", ""} {
		f.Add(token)
	}
	parts := strings.Split(mine.AccessToken, ".")
	f.Add("eyJhbGciOiJub25lIn0." + parts[1] + ".")
	f.Add(parts[0] + "." + parts[1] + "=." + parts[2])
	f.Add(parts[0] + "." + parts[1] + ".\n" + parts[2])
	f.Fuzz(func(t *testing.T, text string) {
		_, err := s.CheckToken(text)
		if (err == nil) && !isGenuine(text) || err != nil && text == mine.AccessToken {
			t.Fatalf("CheckToken: %v", err)
		}
		if len(text) > 100<<10 {
			return
		}
		showToken(t, s, text, err == nil)
	})
}

// isGenuine reports, by an independent library, whether text is an access token with a good signature.
func isGenuine(text string) bool {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || !isCompact(text) {
		return false
	}
	payload, err := jws.Verify(quickServerKey().Public())
	var claims struct{ Type string }
	return err == nil && json.Unmarshal(payload, &claims) == nil && claims.Type == "access_token"
}

// showToken shows a text as a token of each kind. As the subject of an exchange and as the bearer it must be taken if it
// is a good access token, and only then.
func showToken(t *testing.T, s *ims.Server, text string, good bool) {
	t.Helper()
	s.Explain(text)
	field := url.Values{"client_id": {webClient}, "token": {text}}
	if w := post(s, "/ims/validate_token/v1", field); w.Code != 200 && w.Code != 400 || !json.Valid(w.Body.Bytes()) {
		t.Fatalf("validate: status %d: %s", w.Code, w.Body)
	}
	if w := post(s, "/ims/token/v3", codeFields(text)); w.Code != 400 {
		t.Fatalf("as a code: status %d: %s", w.Code, w.Body)
	}
	if w := post(s, "/ims/token/v4", oboFields(text)); (w.Code == 200) != good {
		t.Fatalf("as a subject token: status %d: %s", w.Code, w.Body)
	}
	w := get(s, "/ims/userinfo/v2", authorization("Bearer "+text))
	if good && w.Code != 200 || !good && w.Code != 401 || !json.Valid(w.Body.Bytes()) {
		t.Fatalf("as the bearer: status %d: %s", w.Code, w.Body)
	}
}

// FuzzTokenClaims puts any payload under the server's own signature, as a test may have it minted. Whatever it says, the
// endpoints agree on whether it is good, and a token that comes of it acts for the same account.
func FuzzTokenClaims(f *testing.F) {
	s, _ := newPeople(f)
	quicken(f, s)
	header := `{"alg":"RS256","kid":"` + s.KeyIDs()[0] + `"}`
	const times = `"created_at":"1","expires_in":"99999999999999"`
	f.Add(`{"id":"1","type":"access_token","client_id":"` + webClient + `","user_id":"` + user + `","scope":"openid profile",` + times + `}`)
	f.Add(`{"id":"2","type":"refresh_token","client_id":"` + webClient + `","user_id":"x@y","rtid":"3","scope":1,` + times + `}`)
	f.Add(`{"id":"4","type":"access_token","sid":"5","user_id":"\ud800@\u0000","created_at":9223372036854775807,"expires_in":1}`)
	f.Add(`{"id":"6","Type":"access_token","type":"x","created_at":"-1","expires_in":"1e9","aud":[` + strings.Repeat("{", 50) + `}`)
	f.Fuzz(func(t *testing.T, payload string) {
		text := quickServerKey().compact(t, header, payload)
		got, err := s.CheckToken(text)
		if err == nil && (got.ID == "" || !got.Expiry.After(time.Now().Add(-time.Hour))) {
			t.Fatalf("a good token: %+v", got)
		}
		showToken(t, s, text, err == nil)
		if err != nil {
			return
		}
		var derived granted
		must(t, json.Unmarshal(post(s, "/ims/token/v4", oboFields(text)).Body.Bytes(), &derived))
		if again, err := s.CheckToken(derived.AccessToken); err != nil || again.Account != strings.ToValidUTF8(got.Account, "\ufffd") {
			t.Fatalf("of %+v comes %+v, %v", got, again, err)
		}
	})
}
