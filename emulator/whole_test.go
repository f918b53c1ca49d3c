package emulator_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
)

// The tests of this file go through several parts of an emulator at once.

// credentialFile is the part of oauth_server_to_server.json that the tests need.
type credentialFile struct {
	ClientID      string   `json:"CLIENT_ID"`
	ClientSecrets []string `json:"CLIENT_SECRETS"`
	Scopes        []string `json:"SCOPES"`
}

// oauthToken gets a token with the OAuth credentials of e, and returns the status and the token.
func oauthToken(t *testing.T, e *emulatortest.Emulator) (int, string) {
	t.Helper()
	data, err := os.ReadFile(e.OAuthServerToServer)
	if err != nil {
		t.Fatal(err)
	}
	var c credentialFile
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	form := "grant_type=client_credentials&client_id=" + c.ClientID + "&client_secret=" + c.ClientSecrets[0] + "&scope=" + strings.Join(c.Scopes, ",")
	resp, err := e.Client.Post(e.URL()+"/ims/token/v3", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, answer.AccessToken
}

// developerToken is the ready token that e wrote.
func developerToken(t *testing.T, e *emulatortest.Emulator) string {
	t.Helper()
	data, err := os.ReadFile(e.LocalDevelopmentToken)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		AccessToken string `json:"accessToken"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.AccessToken
}

// call sends a GET with a token and returns status and body.
func call(t *testing.T, e *emulatortest.Emulator, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := e.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

const currentUser = "/libs/granite/security/currentuser.json"

func TestTokenOpensAEM(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	for _, origin := range []string{e.AEMAuthorURL(), e.AEMPublishURL()} {
		if status, _ := call(t, e, origin+currentUser, ""); status != http.StatusUnauthorized {
			t.Errorf("without a token: %d, want 401", status)
		}
		if status, body := call(t, e, origin+currentUser, developerToken(t, e)); status != http.StatusOK || !strings.Contains(body, `"authorizableId":"`) ||
			!strings.Contains(body, "@example") {
			t.Errorf("with a developer's token: %d %s, want 200 and the user", status, body)
		}
	}
	e.WantRequests(t, 2, journal.Filter{Service: "aem-author"})
	e.WantRequests(t, 1, journal.Filter{Service: "aem-publish", Status: http.StatusOK})
}

func TestServerToServerNeedsTheAllowList(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	_, token := oauthToken(t, e)
	status, body := call(t, e, e.AEMAuthorURL()+currentUser, token)
	if status != http.StatusForbidden || !strings.Contains(body, "allowlisted") {
		t.Fatalf("before the client is allowed: %d %s, want 403 that says why", status, body)
	}
	author, ok := e.AEM().Instance("p11111-e22222", aem.Author)
	if !ok {
		t.Fatal("there is no author")
	}
	var c credentialFile
	data, err := os.ReadFile(e.OAuthServerToServer)
	if err != nil || json.Unmarshal(data, &c) != nil {
		t.Fatal("the credentials cannot be read")
	}
	if err := author.AllowClient(c.ClientID); err != nil {
		t.Fatal(err)
	}
	if status, body := call(t, e, e.AEMAuthorURL()+currentUser, token); status != http.StatusOK {
		t.Errorf("after it: %d %s, want 200", status, body)
	}
}

func TestClockMovesEverywhere(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	token := developerToken(t, e)
	e.Clock().Move(25 * time.Hour)
	if status, _ := call(t, e, e.AEMAuthorURL()+currentUser, token); status != http.StatusUnauthorized {
		t.Errorf("AEM takes a token of yesterday: %d", status)
	}
	if _, body := call(t, e, e.URL()+"/ims/validate_token/v1?type=access_token&client_id=cm-p11111-e22222", token); !strings.Contains(body, `"valid":false`) {
		t.Errorf("IMS takes a token of yesterday: %s", body)
	}
	if status, token := oauthToken(t, e); status != http.StatusOK || token == "" {
		t.Errorf("tomorrow no token is given: %d", status)
	}
	for _, origin := range []string{e.URL() + "/ims/keys", e.AEMAuthorURL() + currentUser} {
		res, err := e.Client.Get(origin)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		at, err := http.ParseTime(res.Header.Get("Date"))
		if ahead := time.Until(at); err != nil || ahead < 20*time.Hour || ahead > 26*time.Hour {
			t.Errorf("%s answers with the date %q, %v", origin, res.Header.Get("Date"), err)
		}
	}
}

func TestFaultIsPlayed(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	e.Play(t, fault.Fault{Name: "busy", Match: fault.Match{Service: "ims"}, Effect: fault.Effect{Error: "throttled"}, When: fault.When{Count: 2}})
	for i, want := range []int{429, 429, 200} {
		if status, _ := oauthToken(t, e); status != want {
			t.Errorf("request %d: %d, want %d", i+1, status, want)
		}
	}
	e.WantRequests(t, 2, journal.Filter{Fault: "busy"})
}

const scenario = `
clients:
  - id: second-client
    secrets: [p8e-second-secret]
    scopes: [openid]
    grants: [client_credentials]
faults:
  - name: down
    match: {service: aem-author}
    effect: {status: {code: 503}}
`

func TestScenarioIsPlayedAndRestored(t *testing.T) {
	t.Parallel()
	s, err := fault.ParseScenario([]byte(scenario))
	if err != nil {
		t.Fatal(err)
	}
	e := emulatortest.New(t, func(c *emulator.Config) { c.Scenario = s })
	check := func() {
		t.Helper()
		form := "grant_type=client_credentials&client_id=second-client&client_secret=p8e-second-secret&scope=openid"
		resp, err := e.Client.Post(e.URL()+"/ims/token/v3", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("the scenario's client gets %d, want 200", resp.StatusCode)
		}
		if status, _ := call(t, e, e.AEMAuthorURL()+currentUser, ""); status != http.StatusServiceUnavailable {
			t.Errorf("AEM answers %d, want the scenario's 503", status)
		}
	}
	check()
	if err := e.IMS().RemoveClient("second-client"); err != nil {
		t.Fatal(err)
	}
	e.Faults().Clear()
	resp, err := e.Client.Post(e.URL()+"/_imsx/reset", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("reset answers %d", resp.StatusCode)
	}
	check()
}

func TestSeedFixesTheCredentials(t *testing.T) {
	t.Parallel()
	var files [3]string
	for i, seed := range []string{"one", "one", "two"} {
		e := emulatortest.New(t, func(c *emulator.Config) { c.Seed = seed })
		data, err := os.ReadFile(e.OAuthServerToServer)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = strings.ReplaceAll(string(data), strings.TrimPrefix(e.URL(), "https://"), "HOST")
	}
	if files[0] != files[1] || files[0] == files[2] {
		t.Errorf("equal seeds must give equal credentials, and others others:\n%s\n%s\n%s", files[0], files[1], files[2])
	}
}

// TestEndsWithListeners ends an emulator while a page listens to the journal.
func TestEndsWithListeners(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	resp, err := e.Client.Get(e.URL() + "/_imsx/journal/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the journal's events: %s", resp.Status)
	}
	// It would wait for the listener until the context ends, and say so.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := e.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestNoResetAfterTheEnd: a reset that comes too late does not begin the scenario again, whose steps nobody would end.
func TestNoResetAfterTheEnd(t *testing.T) {
	t.Parallel()
	scenario, err := fault.ParseScenario([]byte("faults: {id: one, effect: {hang: true}}\nsteps: {after: 1 hour, lift: one}"))
	if err != nil {
		t.Fatal(err)
	}
	e := emulatortest.New(t, func(c *emulator.Config) { c.Scenario = scenario })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/_imsx/reset", nil)
	r.RemoteAddr, r.Host = "127.0.0.1:4711", "127.0.0.1"
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "has ended") {
		t.Errorf("a reset after the end: status %d, %s", w.Code, w.Body)
	}
}

// TestManyInOneProcess runs a hundred emulators at once.
func TestManyInOneProcess(t *testing.T) {
	t.Parallel()
	var all []*emulatortest.Emulator
	for range 100 {
		all = append(all, emulatortest.New(t))
	}
	for _, e := range all {
		if status, _ := oauthToken(t, e); status != http.StatusOK {
			t.Fatalf("one of a hundred answers %d", status)
		}
		e.WantRequests(t, 1, journal.Filter{})
	}
}
