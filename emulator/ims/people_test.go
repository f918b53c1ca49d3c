package ims_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

// The people and clients of the grants that act for users.
const (
	user      = "ABCDEFABCDEF012345678901@AdobeID"
	sibling   = "00000000000000000000AAAA@89abcdef.e"
	otherOrg  = "FEDCBA9876543210FEDCBA98@AdobeOrg"
	webClient = "web-app"
	spaClient = "single-page-app"
	obo       = "middle-tier"
	callback  = "https://app.example.test/callback?keep=1"
	webSecret = "p8e-web"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of RFC 7636, appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// newPeople returns a server with people, a confidential and a public client, and a clock that can be moved.
func newPeople(t testing.TB) (*ims.Server, *clock.Clock) {
	t.Helper()
	c := &clock.Clock{}
	s, err := ims.New(ims.Config{Key: serverKey(), Clock: c})
	must(t, err)
	s.AddHosts("ims.example.test")
	must(t, s.AddOrganization(ims.Organization{ID: org, Name: "Example", ConsoleID: "1111"}))
	must(t, s.AddOrganization(ims.Organization{ID: otherOrg, Name: "Other"}))
	must(t, s.AddAccount(ims.Account{ID: account, Organization: org, Email: "bot@techacct.adobe.com", Name: "Build Bot"}))
	must(t, s.AddAccount(ims.Account{
		ID: user, Organization: org, Email: "ada@example.com", Name: "Ada <Admin>",
		Products: []ims.ProductProfile{{ID: "12", ServiceCode: "dma_aem_cloud", Name: "AEM Administrators"}},
	}))
	must(t, s.AddAccount(ims.Account{ID: sibling, Organization: otherOrg, Email: "ada@example.com", Name: "Ada Elsewhere"}))
	must(t, s.AddClient(client()))
	must(t, s.AddBinding(binding()))
	must(t, s.AddCertificate(clientID, certificate(t, firstKey(), -time.Hour, time.Hour)))
	must(t, s.AddClient(ims.Client{
		ID: webClient, Name: "Web <App>", Secrets: []secret.Text{secret.New(webSecret)}, AuthorizationCode: true,
		Scopes:       []string{"openid", "AdobeID", "email", "profile", "offline_access", "additional_info.projectedProductContext"},
		RedirectURIs: []string{callback, "http://127.0.0.1:1234/cb", "adobe+abc://sign-in/x"},
	}))
	must(t, s.AddClient(ims.Client{
		ID: spaClient, AuthorizationCode: true, Public: true, Scopes: []string{"openid", "offline_access"},
		RedirectURIs: []string{"https://spa.example.test/"},
	}))
	must(t, s.AddClient(ims.Client{
		ID: obo, Secrets: []secret.Text{secret.New("p8e-obo")}, TokenExchange: true, Scopes: []string{"openid", "AdobeID"},
	}))
	return s, c
}

// ask signs a user in at the authorize endpoint and returns the parameters of the redirect, from query and fragment.
func ask(t testing.TB, s http.Handler, query url.Values) url.Values {
	t.Helper()
	query = clone(query)
	query.Set("imsx_account", user)
	return redirected(t, get(s, "/ims/authorize/v2?"+query.Encode()))
}

func clone(v url.Values) url.Values {
	out := url.Values{}
	for name, values := range v {
		out[name] = values
	}
	return out
}

func redirected(t testing.TB, w *recorder) url.Values {
	t.Helper()
	if w.Code != 302 || w.Header().Get("X-Debug-Id") == "" || w.Header().Get("Cache-Control") != "no-store" ||
		w.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("status %d, headers %v, want a redirect: %s", w.Code, w.Header(), w.Body)
	}
	u, err := url.Parse(w.Header().Get("Location"))
	must(t, err)
	out := u.Query()
	inFragment, err := url.ParseQuery(u.Fragment)
	must(t, err)
	for name, values := range inFragment {
		out[name] = values
	}
	return out
}

func webQuestion(scope string) url.Values {
	return url.Values{"client_id": {webClient}, "redirect_uri": {callback}, "scope": {scope}, "response_type": {"code"}, "state": {"s&t"}}
}

func codeFields(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "client_id": {webClient}, "client_secret": {webSecret}, "code": {code}}
}

// userGranted is the answer of a grant that acts for a user.
type userGranted struct {
	granted
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Sub          string `json:"sub"`
	UserID       string `json:"userId"`
}

func wantUserToken(t testing.TB, w *recorder) userGranted {
	t.Helper()
	wantToken(t, w)
	var got userGranted
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	return got
}

// signInWith returns the tokens of a whole sign-in at the confidential client.
func signInWith(t testing.TB, s http.Handler, scope string) userGranted {
	t.Helper()
	code := ask(t, s, webQuestion(scope)).Get("code")
	return wantUserToken(t, post(s, "/ims/token/v3", codeFields(code)))
}

func claimsOf(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts, want a JWT", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(raw, &claims))
	return claims
}

func valid(t testing.TB, s http.Handler, client, token, kind string) validity {
	t.Helper()
	return readValidity(t, post(s, "/ims/validate_token/v1", url.Values{"client_id": {client}, "token": {token}, "type": {kind}}))
}

func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	for _, path := range []string{"/ims/token/v1", "/ims/token/v2", "/ims/token/v3", "/ims/token/v4"} {
		back := ask(t, s, webQuestion("openid,AdobeID offline_access"))
		if back.Get("state") != "s&t" || back.Get("keep") != "1" {
			t.Errorf("redirect with %v", back)
		}
		if c := claimsOf(t, back.Get("code")); c["type"] != "authorization_code" || c["client_id"] != webClient {
			t.Errorf("code %v", c)
		}
		got := wantUserToken(t, postMultipart(t, s, path, codeFields(back.Get("code"))))
		if got.Sub != user || got.UserID != user || got.ExpiresIn != 86399 || got.RefreshToken == "" || got.IDToken == "" {
			t.Errorf("answer %+v", got)
		}
		if c := claimsOf(t, got.AccessToken); c["user_id"] != user || c["org"] != org || c["scope"] != "openid,AdobeID,offline_access" ||
			c["sid"] == nil || c["rtid"] == nil {
			t.Errorf("access token %v", c)
		}
		if c := claimsOf(t, got.RefreshToken); c["type"] != "refresh_token" || c["expires_in"] != "1209600000" || c["client_id"] != webClient {
			t.Errorf("refresh token %v", c)
		}
	}
	wantMembers(t, post(s, "/ims/token/v3", codeFields(ask(t, s, webQuestion("openid,offline_access")).Get("code"))),
		"access_token", "refresh_token", "sub", "id_token", "userId", "token_type", "expires_in")
	plain := signInWith(t, s, "AdobeID")
	if plain.RefreshToken != "" || plain.IDToken != "" {
		t.Error("refresh_token or id_token without their scopes")
	}
	if got := s.Counters().Clients[webClient]; got.AuthorizationCode != 6 || got.Tokens() != 6 {
		t.Errorf("counters %+v", got)
	}
}

func TestAuthorizationCodeRefuses(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	fresh := func(edit url.Values) string {
		q := webQuestion("openid")
		for name, v := range edit {
			q[name] = v
		}
		return ask(t, s, q).Get("code")
	}
	used := fresh(nil)
	wantToken(t, post(s, "/ims/token/v3", codeFields(used)))
	s256 := url.Values{"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	old, bearer := fresh(nil), goodToken(t, s)
	c.Move(11 * time.Minute)
	tests := []struct {
		name string
		edit url.Values
		want refusal
	}{
		{"used", url.Values{"code": {used}}, refusal{400, "access_denied", ""}},
		{"expired", url.Values{"code": {old}}, refusal{400, "access_denied", ""}},
		{"unknown", url.Values{"code": {"x.y.z"}}, refusal{400, "access_denied", ""}},
		{"an access token", url.Values{"code": {bearer}}, refusal{400, "access_denied", ""}},
		{"missing", url.Values{"code": {""}}, refusal{400, "invalid_request", ""}},
		{"another client's", url.Values{"client_id": {spaClient}, "client_secret": {""}, "code": {fresh(nil)}}, refusal{400, "access_denied", ""}},
		{"wrong secret", url.Values{"client_secret": {"x"}, "code": {fresh(nil)}}, refusal{400, "invalid_client", badSecret}},
		{"no secret", url.Values{"client_secret": {""}, "code": {fresh(nil)}}, refusal{400, "invalid_client", badSecret}},
		{"more scopes", url.Values{"scope": {"openid,email"}, "code": {fresh(nil)}}, refusal{400, "invalid_scope", ""}},
		{"no verifier", url.Values{"code": {fresh(s256)}}, refusal{400, "invalid_grant", ""}},
		{"wrong verifier", url.Values{"code": {fresh(s256)}, "code_verifier": {verifier + "x"}}, refusal{400, "invalid_grant", ""}},
		{"challenge as verifier", url.Values{"code": {fresh(s256)}, "code_verifier": {challenge}}, refusal{400, "invalid_grant", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := codeFields("")
			for name, v := range tt.edit {
				f[name] = v
			}
			wantRefusal(t, post(s, "/ims/token/v3", f), tt.want)
		})
	}
}

func TestPKCE(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	question := url.Values{"client_id": {spaClient}, "scope": {"openid offline_access"}}
	if got := ask(t, s, question).Get("error"); got != "invalid_request" {
		t.Errorf("a public client without a challenge: error %q", got)
	}
	for method, sent := range map[string]string{"S256": challenge, "plain": verifier, "": verifier} {
		q := clone(question)
		q.Set("code_challenge", sent)
		if method != "" {
			q.Set("code_challenge_method", method)
		}
		f := url.Values{"grant_type": {"authorization_code"}, "client_id": {spaClient}, "code": {ask(t, s, q).Get("code")}}
		wantRefusal(t, post(s, "/ims/token/v3", f), refusal{400, "invalid_grant", ""})
		f.Set("code_verifier", verifier)
		got := wantUserToken(t, post(s, "/ims/token/v3", f))
		wantUserToken(t, post(s, "/ims/token/v3", url.Values{
			"grant_type": {"refresh_token"}, "client_id": {spaClient}, "refresh_token": {got.RefreshToken},
		}))
	}
	for _, bad := range []url.Values{
		{"code_challenge": {"short"}}, {"code_challenge": {challenge}, "code_challenge_method": {"S512"}},
		{"code_challenge": {strings.Repeat("%", 50)}}, {"code_challenge": {strings.Repeat("a", 42) + "{"}},
		{"code_challenge": {strings.Repeat("a", 42) + "["}}, {"code_challenge": {strings.Repeat("a", 42) + ":"}},
		{"code_challenge": {strings.Repeat("a", 42)}}, {"code_challenge": {strings.Repeat("a", 129)}},
	} {
		q := clone(question)
		for name, v := range bad {
			q[name] = v
		}
		if got := ask(t, s, q).Get("error"); got != "invalid_request" {
			t.Errorf("%v: error %q", bad, got)
		}
	}
}

func TestCodeRace(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	f := codeFields(ask(t, s, webQuestion("openid")).Get("code"))
	statuses := make(chan int, 8)
	for range cap(statuses) {
		go func() { statuses <- post(s, "/ims/token/v3", f).Code }()
	}
	good := 0
	for range cap(statuses) {
		if <-statuses == 200 {
			good++
		}
	}
	if good != 1 {
		t.Errorf("one code gave %d tokens at once", good)
	}
}

func TestIDToken(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	q := webQuestion("openid")
	q.Set("nonce", "n-1")
	f := codeFields(ask(t, s, q).Get("code"))
	got := wantUserToken(t, post(s, "/ims/token/v3", f))
	jws, err := jose.ParseSignedCompact(got.IDToken, []jose.SignatureAlgorithm{jose.RS256})
	must(t, err)
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(get(s, "/ims/keys").Body.Bytes(), &set))
	raw, err := jws.Verify(set.Key(jws.Signatures[0].Header.KeyID)[0])
	must(t, err)
	var c struct {
		Iss, Sub, Aud, Nonce string
		Exp, Iat             int64
	}
	must(t, json.Unmarshal(raw, &c))
	if c.Iss != "http://example.com" || c.Sub != user || c.Aud != webClient || c.Nonce != "n-1" || c.Exp-c.Iat != 86400 {
		t.Errorf("id_token %+v", c)
	}
	if w := get(s, "/ims/profile/v1", authorization("Bearer "+got.IDToken)); w.Code != 401 {
		t.Errorf("an id_token as bearer: status %d", w.Code)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	first := signInWith(t, s, "openid,email,offline_access")
	fields := func(token string) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "client_id": {webClient}, "client_secret": {webSecret}, "refresh_token": {token}}
	}
	c.Move(13 * 24 * time.Hour)
	narrow := fields(first.RefreshToken)
	narrow.Set("scope", "email")
	second := wantUserToken(t, post(s, "/ims/token/v2", narrow))
	if claimsOf(t, second.AccessToken)["scope"] != "email" || second.RefreshToken == first.RefreshToken || second.IDToken != "" {
		t.Errorf("answer %+v", second)
	}
	wantRefusal(t, post(s, "/ims/token/v2", fields(first.RefreshToken)), refusal{400, "invalid_grant", ""})
	c.Move(13 * 24 * time.Hour)
	w := post(s, "/ims/token/v2", fields(second.RefreshToken))
	wantMembers(t, w, "access_token", "refresh_token", "userId", "token_type", "expires_in")
	third := wantUserToken(t, w)
	if claimsOf(t, third.AccessToken)["scope"] != "openid,email,offline_access" {
		t.Error("the narrower scope of one refresh holds for the next")
	}
	if v := valid(t, s, webClient, third.RefreshToken, "refresh_token"); !v.Valid || v.Token["type"] != "refresh_token" {
		t.Errorf("refresh token %+v", v)
	}
	wantRefusal(t, post(s, "/ims/token/v2", fields(third.AccessToken)), refusal{400, "invalid_grant", ""})
	wantRefusal(t, post(s, "/ims/token/v2", fields("")), refusal{400, "invalid_request", ""})
	foreign := fields(third.RefreshToken)
	foreign.Set("client_id", spaClient)
	foreign.Del("client_secret")
	wantRefusal(t, post(s, "/ims/token/v2", foreign), refusal{400, "invalid_grant", ""})
	c.Move(14*24*time.Hour + time.Second)
	wantRefusal(t, post(s, "/ims/token/v2", fields(third.RefreshToken)), refusal{400, "invalid_grant", ""})
}

// TestEndingRefreshEndsDerived: the access tokens of a refresh token end with it, by whichever endpoint; others do not.
func TestEndingRefreshEndsDerived(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	basic := func(r *http.Request) { r.SetBasicAuth(webClient, webSecret) }
	ends := map[string]func(refresh string) *recorder{
		"invalidate": func(refresh string) *recorder {
			return post(s, "/ims/invalidate_token/v2", url.Values{
				"token": {refresh}, "token_type": {"refresh_token"}, "client_id": {webClient}, "client_secret": {webSecret},
			})
		},
		"revoke": func(refresh string) *recorder { return post(s, "/ims/revoke", url.Values{"token": {refresh}}, basic) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			bystander := signInWith(t, s, "openid,offline_access")
			first := signInWith(t, s, "openid,offline_access")
			next := wantUserToken(t, post(s, "/ims/token/v3", url.Values{
				"grant_type": {"refresh_token"}, "client_id": {webClient}, "client_secret": {webSecret}, "refresh_token": {first.RefreshToken},
			}))
			if w := end(next.RefreshToken); w.Code != 200 || w.Body.Len() != 0 {
				t.Errorf("status %d, body %q", w.Code, w.Body)
			}
			for what, token := range map[string]string{"first": first.AccessToken, "next": next.AccessToken, "refresh": next.RefreshToken} {
				if v := valid(t, s, webClient, token, ""); v.Valid || v.Reason != "revoked_token" {
					t.Errorf("%s: %+v", what, v)
				}
			}
			if v := valid(t, s, webClient, bystander.AccessToken, ""); !v.Valid {
				t.Errorf("another sign-in: %+v", v)
			}
		})
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	mine := signInWith(t, s, "openid")
	token := url.Values{"token": {mine.AccessToken}}
	wantRefusal(t, post(s, "/ims/revoke?client_id="+webClient, token), refusal{400, "invalid_client", badSecret})
	wantRefusal(t, post(s, "/ims/revoke?client_id=nobody", token), refusal{400, "invalid_client", badClient})
	wantRefusal(t, post(s, "/ims/revoke?client_id="+spaClient, token), refusal{400, "invalid_client", ""})
	wantRefusal(t, post(s, "/ims/revoke?client_id="+spaClient, nil), refusal{400, "bad_request", ""})
	wantRefusal(t, post(s, "/ims/revoke", url.Values{"token": {strings.Repeat("a", 2<<20)}}), refusal{413, "bad_request", ""})
	if w := post(s, "/ims/revoke?client_id="+spaClient, url.Values{"token": {"x"}}); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("not a token: %d %q", w.Code, w.Body)
	}
	if w := post(s, "/ims/revoke", token, func(r *http.Request) { r.SetBasicAuth(webClient, webSecret) }); w.Code != 200 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if _, err := s.CheckToken(mine.AccessToken); err != ims.ErrTokenRevoked {
		t.Errorf("afterwards: %v", err)
	}
}

func TestServiceCode(t *testing.T) {
	t.Parallel()
	s, c := newPeople(t)
	code, err := s.IssueServiceCode(webClient, account, "openid", "AdobeID")
	must(t, err)
	if claimsOf(t, code.Reveal())["type"] != "authorization_code" {
		t.Error("the code does not say that it is one")
	}
	for range 2 {
		got := wantUserToken(t, postMultipart(t, s, "/ims/token/v1", codeFields(code.Reveal())))
		if got.Sub != account {
			t.Errorf("answer %+v", got)
		}
		c.Move(400 * 24 * time.Hour)
	}
	if v := valid(t, s, webClient, code.Reveal(), "authorization_code"); !v.Valid {
		t.Errorf("code %+v", v)
	}
	if _, err := s.IssueServiceCode(webClient, account, "admin"); err == nil {
		t.Error("a code with a scope that the client does not have")
	}
	if _, err := s.IssueServiceCode(webClient, "x@y"); err == nil {
		t.Error("a code for nobody")
	}
}
