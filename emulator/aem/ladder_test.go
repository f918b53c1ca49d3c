package aem_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/aem"
)

const currentUser = "/libs/granite/security/currentuser.json"

// TestLadder sends one request that fails at each rung, and compares the answer and what the journal says.
func TestLadder(t *testing.T) {
	t.Parallel()
	upToToken := "pass content delivery network\npass bearer token present\n"
	tests := []struct {
		name     string
		bearer   aem.Bearer
		err      error
		header   []string // in the place of the token
		path     string
		prepare  func(*testing.T, *fixture)
		status   int
		code     string
		ladder   string // the end of it
		contains string // of the body
	}{
		{
			name: "CDN rule", path: currentUser, header: []string{"Authorization", "Bearer whatever"},
			prepare: func(t *testing.T, f *fixture) { f.author(t).SetCDNBlock(true) },
			status:  406, code: "cdn_blocked", contains: "Not Acceptable",
			ladder: "FAIL content delivery network: a rule of the content delivery network blocks every request to this host\n",
		},
		{
			name: "no token", path: currentUser, header: []string{"X", "Y"}, status: 401, code: "no_token",
			ladder:   "pass content delivery network\nFAIL bearer token present: the request has no Authorization header\n",
			contains: "Sign In",
		},
		{
			name: "basic", path: currentUser, header: []string{"Authorization", "Basic YTpi"}, status: 401, code: "no_token",
			ladder: "FAIL bearer token present: the scheme of the Authorization header is not Bearer\n",
		},
		{
			name: "empty", path: currentUser, header: []string{"Authorization", "Bearer  "}, status: 401, code: "no_token",
			ladder: "FAIL bearer token present: there is no token after Bearer\n",
		},
		{
			name: "two headers", path: currentUser, header: []string{"Authorization", "Bearer a", "Authorization", "Bearer a"},
			status: 401, code: "no_token",
			ladder: "FAIL bearer token present: the request has more than one Authorization header\n",
		},
		{
			name: "too long", path: currentUser, header: []string{"Authorization", "Bearer " + strings.Repeat("a", 16<<10+1)},
			status: 401, code: "malformed_token", ladder: "FAIL token well formed: the token has more than 16384 bytes\n",
		},
		{
			name: "as long as it may be", path: currentUser, header: []string{"Authorization", "Bearer " + strings.Repeat("a", 16<<10)},
			status: 401, code: "malformed_token", ladder: "FAIL token well formed: it is not an access token of an identity service\n",
		},
		{
			name: "malformed", path: currentUser, err: fmt.Errorf("reading: %w", aem.ErrMalformed), status: 401,
			code:   "malformed_token",
			ladder: upToToken + "FAIL token well formed: it is not an access token of an identity service\n",
		},
		{
			name: "another error", path: currentUser, err: errors.New("out of order"), status: 401, code: "malformed_token",
			ladder: upToToken + "FAIL token well formed: it is not an access token of an identity service\n",
		},
		{
			name: "signature", path: currentUser, err: aem.ErrSignature, status: 401, code: "bad_signature",
			ladder: upToToken + "pass token well formed\n" +
				"FAIL token signature: the signature does not fit a key of this identity service\n",
		},
		{
			name: "expired", path: currentUser, err: aem.ErrExpired, status: 401, code: "expired_token",
			bearer: aem.Bearer{Expiry: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)},
			ladder: upToToken + "pass token well formed\npass token signature\n" +
				"FAIL token not expired: the token ended at 2020-01-02 03:04:05 UTC\n",
		},
		{
			name: "expired by the clock", path: currentUser, status: 401, code: "expired_token",
			bearer: aem.Bearer{Expiry: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)},
			ladder: "FAIL token not expired: the token ended at 2020-01-02 03:04:05 UTC\n",
		},
		{
			name: "revoked", path: currentUser, err: aem.ErrRevoked, status: 401, code: "revoked_token",
			ladder: upToToken + "pass token well formed\npass token signature\npass token not expired\n" +
				"FAIL token not revoked: the token was invalidated\n",
		},
		{
			name: "another environment", path: currentUser, status: 401, code: "other_environment",
			bearer: aem.Bearer{ClientID: "cm-p11111-e33333-integration-0", Organization: organization, Kind: aem.KindExchange},
			ladder: "FAIL token of this environment: the client belongs to p11111-e33333, this host to p11111-e22222\n",
		},
		{
			name: "another organization", path: currentUser, status: 401, code: "other_environment",
			bearer: aem.Bearer{
				ClientID: oauthClient, Organization: "OTHER@AdobeOrg", Kind: aem.KindServerToServer,
				Expiry: time.Date(9999, 1, 2, 3, 4, 5, 0, time.UTC),
			},
			ladder: "pass token not expired: good until 9999-01-02 03:04:05 UTC\npass token not revoked\nFAIL token of this environment: the token is of the organization \"OTHER@AdobeOrg\", this host of \"" +
				organization + "\"\n",
		},
		{
			name: "no API key", path: "/adobe/document/generate/pdfform", status: 403, code: "api_key",
			bearer: aem.Bearer{ClientID: oauthClient, Organization: organization, Kind: aem.KindServerToServer},
			ladder: "FAIL API key: the header X-Api-Key is missing; it must have the client id\n", contains: "Api Key is required",
		},
		{
			name: "not allowed", path: currentUser, status: 403, code: "not_allowlisted",
			bearer:   aem.Bearer{ClientID: oauthClient, Organization: organization, Email: oauthMail, Kind: aem.KindServerToServer},
			ladder:   "pass token of this environment: p11111-e22222\nFAIL client allowed: the client id is not in allowedClientIDs.author of the environment's API configuration\n",
			contains: "IMS Client ID not allowlisted",
		},
		{
			name: "no account", path: currentUser, status: 401, code: "no_account",
			bearer: aem.Bearer{ClientID: "a", Organization: organization, Kind: aem.KindExchange},
			ladder: "FAIL user exists: the token names no account that a user could be made for\n",
		},
		{
			name: "no rights", path: "/adobe/forms/doc/v1/generatePDFOutput", status: 403, code: "forbidden",
			bearer: aem.Bearer{ClientID: "a", Organization: organization, Email: serviceMail, Kind: aem.KindExchange},
			ladder: "pass token not revoked\npass token of this environment: p11111-e22222\n" +
				"pass user exists: created by this call: " + serviceMail + " is in contributors\n" +
				"FAIL user's rights: using the Forms services needs forms-users or administrators; put the user " + serviceMail + " there\n",
			contains: "Forbidden",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.add("token", tt.bearer, tt.err)
			if tt.prepare != nil {
				tt.prepare(t, f)
			}
			header := tt.header
			if header == nil {
				header = []string{"Authorization", "Bearer token"}
			}
			w := f.do(t, "GET", tt.path, "", nil, header...)
			wantStatus(t, w, tt.status)
			e := f.last(t)
			wantDiff(t, e.Code, tt.code)
			if ladder := checks(e); !strings.HasSuffix(ladder, tt.ladder) {
				t.Errorf("the ladder is\n%s\nwant at its end\n%s", ladder, tt.ladder)
			}
			if !strings.Contains(w.Body.String(), tt.contains) {
				t.Errorf("the body is %s", w.Body)
			}
			if e.DebugID == "" || e.DebugID != w.Header().Get("X-Request-Id") {
				t.Errorf("the journal has the identifier %q, the answer %q", e.DebugID, w.Header().Get("X-Request-Id"))
			}
		})
	}
}

// TestLadderInOrder lets a request fail at rung after rung: what is mended does not fail again, and the answer is always
// the first failure's.
func TestLadderInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	i.SetCDNBlock(true)
	path, key := "/adobe/document/generate/pdfform", []string(nil)
	step := func(token string, status int, code string) {
		t.Helper()
		wantStatus(t, f.do(t, "POST", path, token, nil, key...), status)
		wantDiff(t, f.last(t).Code, code)
	}
	step("", 406, "cdn_blocked")
	i.SetCDNBlock(false)
	step("", 401, "no_token")
	step("nonsense", 401, "malformed_token")
	step("oauth", 403, "api_key")
	key = []string{"X-Api-Key", "another"}
	step("oauth", 403, "api_key")
	key = []string{"X-Api-Key", oauthClient}
	step("oauth", 403, "not_allowlisted")
	wantDiff(t, len(i.Snapshot().Users), 0)
	must(t, i.AllowClient(oauthClient))
	step("oauth", 403, "forbidden")
	must(t, i.AddUserToGroup(oauthMail, aem.FormsUsers))
	step("oauth", 404, "not_found")
	all := []string{}
	for _, c := range f.last(t).Checks {
		all = append(all, c.Name)
	}
	wantDiff(t, all, aem.Checks())
	f.clock.Move(25 * time.Hour)
	step("oauth", 401, "expired_token")
}

// TestServiceTokensNeedNoListAndNoKey: the list of allowed clients and X-Api-Key are for server-to-server tokens.
func TestServiceTokensNeedNoListAndNoKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author(t).AddUser(serviceMail, aem.FormsUsers))
	for _, token := range []string{"service", "developer"} {
		wantStatus(t, f.do(t, "POST", "/adobe/forms/doc/v1/generatePDFOutput", token, nil), 404)
		for _, c := range f.last(t).Checks {
			if c.Name == aem.CheckAPIKey || c.Name == aem.CheckAllowed {
				t.Errorf("%s was checked", c.Name)
			}
		}
	}
}

func TestAllowedClientsAreByTier(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author(t).SetAllowedClients("first", oauthClient))
	wantStatus(t, f.do(t, "GET", currentUser, "oauth", nil), 200)
	publish := f.Handler(aem.Publish)
	wantStatus(t, send(publish, "GET", currentUser, "oauth", nil), 403)
	f.author(t).DisallowClient(oauthClient)
	wantStatus(t, f.do(t, "GET", currentUser, "oauth", nil), 403)
	wantDiff(t, f.author(t).Snapshot().AllowedClients, []string{"first"})
	for _, bad := range []string{"", "with space", strings.Repeat("a", 257)} {
		if f.author(t).AllowClient(bad) == nil || f.author(t).SetAllowedClients(bad) == nil {
			t.Errorf("%q was allowed", bad)
		}
	}
	if f.author(t).SetAllowedClients(make([]string, 10_001)...) == nil {
		t.Error("a list of 10,001 was taken")
	}
	most := make([]string, 10_000)
	for n := range most {
		most[n] = fmt.Sprintf("client-%d", n)
	}
	must(t, f.author(t).SetAllowedClients(most...))
	must(t, f.author(t).AllowClient(most[0]))
	if f.author(t).AllowClient("one-more") == nil {
		t.Error("a list of 10,000 took one more")
	}
}

func TestOpenHost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.author(t).SetOpen(true)
	wantStatus(t, f.do(t, "POST", "/api/assets/*?name=folder", "oauth", nil), 201)
	ladder := checks(f.last(t))
	for _, want := range []string{"pass client allowed: the host is open\n", "pass user's rights: the host is open\n"} {
		if !strings.Contains(ladder, want) {
			t.Errorf("the ladder is\n%s\nwithout\n%s", ladder, want)
		}
	}
	wantStatus(t, f.do(t, "GET", currentUser, "nonsense", nil), 401)
	f.author(t).SetOpen(false)
	wantStatus(t, f.do(t, "POST", "/api/assets/*?name=other", "oauth", nil), 403)
	wantStatus(t, f.do(t, "GET", "/api/assets.json", "service", nil), 200)
	if ladder := checks(f.last(t)); !strings.HasSuffix(ladder, "\npass user's rights: reading assets\n") {
		t.Errorf("the ladder is\n%s", ladder)
	}
}

// TestUnauthorizedStyles has the two bodies of a 401, on a page and on an API.
func TestUnauthorizedStyles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/aem/start.html", "/api/assets.json", "/adobe/forms/doc/v1/generatePDFOutput"} {
		must(t, f.author(t).SetUnauthorized(aem.UnauthorizedHTML))
		w := f.do(t, "GET", path, "", nil)
		wantStatus(t, w, 401)
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || !strings.Contains(w.Body.String(), "<html") {
			t.Errorf("%s: %s %s", path, w.Header(), w.Body)
		}
		must(t, f.author(t).SetUnauthorized(aem.UnauthorizedEmpty))
		w = f.do(t, "GET", path, "", nil)
		wantStatus(t, w, 401)
		if w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %s %s", path, w.Header(), w.Body)
		}
	}
	if f.author(t).SetUnauthorized("other") == nil {
		t.Error("an unknown style was taken")
	}
}

// TestForbiddenForms has the forms of a 403: a page, an entity of the Assets HTTP API, a problem document.
func TestForbiddenForms(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ contentType, body string }{
		"/content/dam/a.png": {"text/html;charset=utf-8",
			"<p>IMS Client ID not allowlisted. Allowlist the Client ID using the Configuration Pipeline.</p>"},
		"/api/assets.json": {"application/json;charset=utf-8",
			`{"class":["core/response"],"properties":{"path":"/api/assets.json","status.code":403,"status.message":"IMS Client ID not allowlisted. Allowlist the Client ID using the Configuration Pipeline."}}`},
		"/api.json": {"application/json;charset=utf-8", `"path":"/api.json","status.code":403`},
		"/adobe/sites/cf/fragments": {"application/problem+json",
			`{"detail":"IMS Client ID not allowlisted. Allowlist the Client ID using the Configuration Pipeline.","status":403,"title":"Forbidden","type":"about:blank"}`},
	} {
		f := newFixture(t)
		w := f.do(t, "GET", path, "oauth", nil, "X-Api-Key", oauthClient)
		wantStatus(t, w, 403)
		if got := w.Header().Get("Content-Type"); got != want.contentType || !strings.Contains(w.Body.String(), want.body) {
			t.Errorf("%s: %s %s", path, got, w.Body)
		}
	}
}

// TestNoTokenInTheJournal looks for the token in everything that a journal keeps.
func TestNoTokenInTheJournal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.do(t, "GET", currentUser, "service", nil)
	e := f.last(t)
	if len(e.Fields) != 1 || e.Fields[0].Name != "access_token" || !strings.HasPrefix(e.Fields[0].Value, "sha256:") {
		t.Errorf("the fields are %v", e.Fields)
	}
	wantDiff(t, []string{e.ClientID, e.Account, e.Route}, []string{
		"cm-p11111-e22222-integration-0", "SERVICE@techacct.adobe.com", "GET " + currentUser,
	})
}

// TestAnswers gives every answer without cause, on each kind of path.
func TestAnswers(t *testing.T) {
	t.Parallel()
	want := map[aem.Answer]int{
		aem.AnswerUnauthorizedHTML: 401, aem.AnswerUnauthorizedEmpty: 401, aem.AnswerForbidden: 403,
		aem.AnswerNotAllowlisted: 403, aem.AnswerAPIKey: 403, aem.AnswerCDNBlocked: 406, aem.AnswerNoHost: 404,
		aem.AnswerThrottled: 429, aem.AnswerUnavailable: 503,
	}
	wantDiff(t, len(aem.Answers()), len(want))
	for _, a := range aem.Answers() {
		for _, path := range []string{"/", "/api/assets.json", "/adobe/forms/x"} {
			w := httptest.NewRecorder()
			w.Header().Set("Retry-After", "7")
			a.Write(w, httptest.NewRequest("GET", path, nil))
			if w.Code != want[a] || a.Status() != want[a] || a.Code() == "" || w.Header().Get("Retry-After") != "7" {
				t.Errorf("%s on %s: %d, %d, %q", a, path, w.Code, a.Status(), a.Code())
			}
			if empty := a == aem.AnswerUnauthorizedEmpty; empty != (w.Body.Len() == 0) {
				t.Errorf("%s on %s: the body is %q", a, path, w.Body)
			}
		}
	}
	w := httptest.NewRecorder()
	unknown := aem.Answer("unknown")
	unknown.Write(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusInternalServerError || unknown.Status() != 0 || unknown.Code() != "" {
		t.Errorf("an unknown answer: %d", w.Code)
	}
}
