package ims_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/ims"
)

func authorizeURL(q url.Values) string { return "/ims/authorize/v2?" + q.Encode() }

// TestSignInPage reads the page as a browser would, and sends its form.
func TestSignInPage(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	q := webQuestion("openid")
	q.Set("state", `"><script>alert(1)</script>`)
	w := get(s, authorizeURL(q))
	body := w.Body.String()
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, headers %v", w.Code, w.Header())
	}
	if strings.Contains(body, "<script") || strings.Contains(body, account) {
		t.Errorf("the page has a script or a technical account: %s", body)
	}
	for _, want := range []string{"Web &lt;App&gt;", "Ada &lt;Admin&gt;", `value="` + user + `"`, `value="` + sibling + `"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(body)
	sum := sha256.Sum256([]byte(style[1]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://app.example.test"
	if got := w.Header().Get("Content-Security-Policy"); got != want {
		t.Errorf("policy %q, want %q", got, want)
	}
	action := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(body)[1]
	action = strings.ReplaceAll(action, "&amp;", "&")
	back := redirected(t, post(s, action, url.Values{"imsx_account": {user}}))
	if back.Get("code") == "" || back.Get("state") != q.Get("state") {
		t.Errorf("redirect %v", back)
	}
	if back := redirected(t, post(s, action, url.Values{"imsx_action": {"deny"}})); back.Get("error") != "access_denied" || back.Get("code") != "" {
		t.Errorf("cancelled: %v", back)
	}
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 302, "none": 302} {
		from := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) }
		if w := post(s, action, url.Values{"imsx_account": {user}}, from); w.Code != want {
			t.Errorf("a form from %s: status %d, want %d", site, w.Code, want)
		}
	}
	for _, nobody := range []string{"nobody", account, "bot@techacct.adobe.com"} {
		if w := post(s, action, url.Values{"imsx_account": {nobody}}); w.Code != 400 {
			t.Errorf("%s signs in: status %d", nobody, w.Code)
		}
	}
	if back := redirected(t, post(s, action, url.Values{"imsx_account": {"ADA@example.com"}})); back.Get("code") == "" {
		t.Errorf("by e-mail address: %v", back)
	}
}

func TestSignInPageOfMany(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	for _, id := range manyIDs(60) {
		must(t, s.AddAccount(ims.Account{ID: id + "@AdobeID", Organization: org, Name: id, Email: id + "@example.com"}))
	}
	body := get(s, authorizeURL(webQuestion("openid"))).Body.String()
	if n := strings.Count(body, `<button type="submit" name="imsx_account"`); n != 50 || !strings.Contains(body, "One of 12 other accounts") {
		t.Errorf("the page has %d accounts: %s", n, body)
	}
}

// TestAuthorizeOverHTTP is a program with a cookie jar that follows redirects.
func TestAuthorizeOverHTTP(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	var arrived url.Values
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived = r.URL.Query() }))
	t.Cleanup(app.Close)
	q := webQuestion("openid")
	q.Set("redirect_uri", strings.Replace(app.URL, "localhost", "127.0.0.1", 1)+"/cb") // another port than the registered one
	q.Set("imsx_account", user)
	resp, err := server.Client().Get(server.URL + "/ims/authorize/v1?" + q.Encode())
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != 200 || arrived.Get("code") == "" || arrived.Get("state") != "s&t" {
		t.Fatalf("status %d, arrived %v", resp.StatusCode, arrived)
	}
	wantToken(t, post(s, "/ims/token/v3", codeFields(arrived.Get("code"))))
}

func TestSession(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	none := webQuestion("openid,offline_access")
	none.Set("prompt", "none")
	if got := redirected(t, get(s, authorizeURL(none))); got.Get("error") != "login_required" || got.Get("state") != "s&t" {
		t.Errorf("nobody is signed in, prompt=none: %v", got)
	}
	q := webQuestion("openid")
	q.Set("imsx_account", user)
	cookies := get(s, authorizeURL(q)).Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode || len(cookies[0].Value) < 32 {
		t.Fatalf("cookies %v", cookies)
	}
	signedIn := func(r *http.Request) { r.AddCookie(cookies[0]) }
	back := redirected(t, get(s, authorizeURL(none), signedIn))
	tokens := wantUserToken(t, post(s, "/ims/token/v3", codeFields(back.Get("code"))))
	login := webQuestion("openid")
	login.Set("prompt", "login")
	if w := get(s, authorizeURL(login), signedIn); w.Code != 200 {
		t.Errorf("prompt=login with a session: status %d", w.Code)
	}
	w := post(s, "/ims/logout/v1?client_id="+webClient, nil, signedIn)
	if w.Code != 200 || w.Body.Len() != 0 || w.Result().Cookies()[0].MaxAge != -1 {
		t.Errorf("logout: status %d, %q", w.Code, w.Body)
	}
	if got := redirected(t, get(s, authorizeURL(none), signedIn)); got.Get("error") != "login_required" {
		t.Errorf("after the logout: %v", got)
	}
	for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
		if v := valid(t, s, webClient, token, ""); v.Reason != "revoked_token" {
			t.Errorf("after the logout: %+v", v)
		}
	}
	cookies = get(s, authorizeURL(q)).Result().Cookies()
	c.Move(25 * time.Hour)
	if got := redirected(t, get(s, authorizeURL(none), signedIn)); got.Get("error") != "login_required" {
		t.Errorf("a day later: %v", got)
	}
}

func TestLogoutByToken(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	q := webQuestion("openid,offline_access")
	q.Set("imsx_account", user)
	signIn := get(s, authorizeURL(q))
	mine := wantUserToken(t, post(s, "/ims/token/v3", codeFields(redirected(t, signIn).Get("code"))))
	path := "/ims/logout/v1?client_id=" + webClient + "&access_token=" + mine.AccessToken
	wantRefusal(t, post(s, "/ims/logout/v1?client_id=nobody", nil), refusal{400, "invalid_client", badClient})
	wantRefusal(t, post(s, strings.Replace(path, webClient, spaClient, 1), nil), refusal{400, "invalid_client", ""})
	if w := post(s, path, nil); w.Code != 200 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if v := valid(t, s, webClient, mine.RefreshToken, "refresh_token"); v.Valid {
		t.Error("the refresh token survives the logout")
	}
	q.Del("imsx_account")
	q.Set("prompt", "none")
	again := get(s, authorizeURL(q), func(r *http.Request) { r.AddCookie(signIn.Result().Cookies()[0]) })
	if got := redirected(t, again).Get("error"); got != "login_required" {
		t.Errorf("the sign-in survives the logout: error %q", got)
	}
}

func TestImplicit(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	tests := []struct {
		responseType string
		code, token  bool
		id           bool
	}{
		{"token", false, true, false},
		{"id_token", false, false, true},
		{"id_token token", false, true, true},
		{"token id_token", false, true, true},
		{"code id_token", true, false, true},
	}
	for _, tt := range tests {
		q := webQuestion("openid")
		q.Set("response_type", tt.responseType)
		q.Set("nonce", "n")
		q.Set("imsx_account", user)
		w := get(s, authorizeURL(q))
		got := redirected(t, w)
		if !strings.HasPrefix(w.Header().Get("Location"), callback+"#") {
			t.Errorf("%s: the answer is not in the fragment", tt.responseType)
		}
		if (got.Get("code") != "") != tt.code || (got.Get("access_token") != "") != tt.token || (got.Get("id_token") != "") != tt.id {
			t.Errorf("%s: %v", tt.responseType, got)
		}
		if tt.token && (got.Get("expires_in") != "86399" || got.Get("token_type") != "bearer") {
			t.Errorf("%s: %v", tt.responseType, got)
		}
		if !tt.id {
			continue
		}
		c := claimsOf(t, got.Get("id_token"))
		if c["nonce"] != "n" || (c["at_hash"] != nil) != tt.token || (c["c_hash"] != nil) != tt.code {
			t.Errorf("%s: id_token %v", tt.responseType, c)
		}
	}
	q := webQuestion("openid")
	q.Set("response_mode", "fragment")
	q.Set("imsx_account", user)
	if w := get(s, authorizeURL(q)); !strings.Contains(w.Header().Get("Location"), "#code=") {
		t.Errorf("response_mode=fragment: %s", w.Header().Get("Location"))
	}
}

func TestAuthorizeErrorsOnTheRedirect(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	for name, tt := range map[string]struct{ field, value, want string }{
		"scope":                 {"scope", "openid admin", "invalid_scope"},
		"response type":         {"response_type", "device", "unsupported_response_type"},
		"combination":           {"response_type", "code token", "unsupported_response_type"},
		"response mode":         {"response_mode", "form_post", "invalid_request"},
		"prompt":                {"prompt", "consent", "invalid_request"},
		"state":                 {"state", strings.Repeat("x", 4097), "invalid_request"},
		"id_token, no nonce":    {"response_type", "id_token", "invalid_request"},
		"nonce":                 {"nonce", strings.Repeat("x", 4097), "invalid_request"},
		"login required":        {"prompt", "none", "login_required"},
		"long state in UTF-8":   {"state", strings.Repeat("ö", 4096), ""},
		"long state is allowed": {"state", strings.Repeat("x", 4096), ""},
	} {
		t.Run(name, func(t *testing.T) {
			q := webQuestion("openid")
			q.Set(tt.field, tt.value)
			w := get(s, authorizeURL(q))
			if tt.want == "" {
				if w.Code != 200 {
					t.Errorf("status %d", w.Code)
				}
				return
			}
			if got := redirected(t, w); got.Get("error") != tt.want || got.Get("code") != "" {
				t.Errorf("redirect %v, want %s", got, tt.want)
			}
		})
	}
	q := webQuestion("profile")
	q.Set("response_type", "id_token")
	q.Set("nonce", "n")
	if got := redirected(t, get(s, authorizeURL(q))); got.Get("error") != "invalid_scope" {
		t.Errorf("an id_token without the scope openid: %v", got)
	}
	q = webQuestion("openid")
	q.Set("response_type", "token")
	q.Set("response_mode", "query")
	if w := get(s, authorizeURL(q)); !strings.Contains(w.Header().Get("Location"), "#error=invalid_request") {
		t.Errorf("a token in the query: %s", w.Header().Get("Location"))
	}
	shaped := httptest.NewRequest(http.MethodGet, authorizeURL(webQuestion("openid")), nil)
	shaped = shaped.WithContext(ims.WithShape(t.Context(), ims.Shape{AuthorizeError: "consent_required"}))
	if got := redirected(t, do(s, shaped)); got.Get("error") != "consent_required" {
		t.Errorf("shaped: %v", got)
	}
}

func TestRedirectURIs(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	for asked, want := range map[string]string{ // "" is an error page
		"":                                   callback + "&",
		callback:                             callback + "&",
		"adobe+abc://sign-in/x":              "adobe+abc://sign-in/x?",
		"http://127.0.0.1:9/cb":              "http://127.0.0.1:9/cb?",
		"http://127.0.0.1:9/other":           callback + "&",
		"http://localhost:9/cb":              callback + "&",
		"https://127.0.0.1:9/cb":             "",
		"http://127.0.0.1:9/cb?x=1":          callback + "&",
		"http://app.example.test/callback":   callback + "&",
		"http://127.0.0.1.evil.test/cb":      callback + "&",
		"https://app.example.test/callback":  "",
		"https://evil.test/":                 "",
		"https://app.example.test@evil.test": "",
		callback + "#x":                      "",
		"javascript:alert(1)":                "",
		"//evil.test/":                       "",
		"https://app.example.test\r\nX: y":   "",
		strings.Repeat("x", 3000):            "",
	} {
		q := webQuestion("openid")
		q.Set("redirect_uri", asked)
		q.Set("imsx_account", user)
		w := get(s, authorizeURL(q))
		got := w.Header().Get("Location")
		if want == "" && (w.Code != 400 || got != "") || want != "" && (w.Code != 302 || !strings.HasPrefix(got, want+"code=")) {
			t.Errorf("%q: status %d, Location %q, want %q", asked, w.Code, got, want)
		}
	}
	for _, bad := range []url.Values{{}, {"client_id": {"nobody"}}, {"client_id": {obo}}} {
		w := get(s, authorizeURL(bad))
		if w.Code != 400 || !strings.Contains(w.Body.String(), `role="alert"`) || w.Header().Get("X-Debug-Id") == "" {
			t.Errorf("%v: status %d", bad, w.Code)
		}
	}
	for _, uri := range []string{"", "relative", "javascript:x", "https://", "http:///x", "https://a.test/#f", "https://a.test/;x", "https://u:p@a.test/"} {
		if err := s.AddClient(ims.Client{ID: "bad", AuthorizationCode: true, RedirectURIs: []string{uri}}); err == nil {
			t.Errorf("redirect URI %q was taken", uri)
		}
	}
}
