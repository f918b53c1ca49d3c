package clients_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

// addWebClient adds a client that people sign in to, and returns what makes its credentials of others.
func addWebClient(t *testing.T, e *emulatortest.Emulator) func(map[string]any) {
	t.Helper()
	web := ims.Client{
		ID: "web", Secrets: []secret.Text{secret.New("s8e-web")}, Organization: text(t, readJSON(t, e.OAuthServerToServer), "ORG_ID"),
		Scopes: []string{"openid", "AdobeID", "offline_access"}, AuthorizationCode: true, RedirectURIs: []string{"https://localhost/back"},
	}
	if err := e.IMS().AddClient(web); err != nil {
		t.Fatal(err)
	}
	return func(v map[string]any) {
		v["CLIENT_ID"], v["CLIENT_SECRETS"], v["SCOPES"] = web.ID, []string{web.Secrets[0].Reveal()}, web.Scopes
	}
}

// signIn chooses the developer on the sign-in page at an address of Adobe's, and returns the parameters with which the
// browser is led back.
func signIn(t *testing.T, e *emulatortest.Emulator, address string) url.Values {
	t.Helper()
	local := strings.Replace(address, "https://"+production, e.URL(), 1)
	browser := *e.Client
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := browser.PostForm(local, url.Values{"imsx_account": {"developer@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		t.Fatalf("status %s: %v", resp.Status, err)
	}
	if got := back.Host + back.Path; got != "localhost/back" {
		t.Errorf("the browser is led to %s", got)
	}
	return back.Query()
}

// TestAIOSignIn: a person signs in where @adobe/aio-lib-ims says, and the client makes tokens of the code.
func TestAIOSignIn(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	file := edited(t, e.OAuthServerToServer, addWebClient(t, e))
	got, failed := runNode(t, e, "aio-lib-ims.cjs", "prod", "signInAddress", file)
	if failed != nil {
		t.Fatal(*failed)
	}
	back := signIn(t, e, text(t, got, "url"))
	if back.Get("state") != "a state" || back.Get("code") == "" {
		t.Fatalf("the browser is led back with %d parameters and the state %q", len(back), back.Get("state"))
	}
	got, failed = runNode(t, e, "aio-lib-ims.cjs", "prod", "signedIn", file, back.Get("code"))
	if failed != nil {
		t.Fatal(*failed)
	}
	expectToken(t, e, text(t, got, "first"), "web")
	expectToken(t, e, text(t, got, "second"), "web")
	if before, after := object(t, got, "before")["valid"], object(t, got, "after")["valid"]; before != true || after != false {
		t.Errorf("valid before the refresh token was invalidated: %v, after: %v", before, after)
	}
	if days, _ := got["refresh_days"].(float64); days < 13.9 || days > 14 {
		t.Errorf("the refresh token lives %v days, want 14", days)
	}
	// A code is good once.
	_, failed = runNode(t, e, "aio-lib-ims.cjs", "prod", "signedIn", file, back.Get("code"))
	if failed == nil || !strings.Contains(failed.Message, `"error":"access_denied"`) {
		t.Errorf("the second use of a code: %v", failed)
	}
}
