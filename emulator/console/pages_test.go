package console_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/console"
	"github.com/imsx/imsx/emulator/fault"
)

// pagePaths are all pages.
var pagePaths = []string{"", "journal", "accounts", "aem", "documents", "faults", "decoder", "downloads"}

// form sends a form of the page, as a browser without scripts does.
func (w *world) form(t testing.TB, path string, values ...string) answer {
	t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		v.Set(values[i], values[i+1])
	}
	return w.call(t, "POST", "/_imsx/console/"+path, v.Encode(), "Content-Type", "application/x-www-form-urlencoded",
		"Origin", w.url, "Sec-Fetch-Site", "same-origin")
}

// TestPagesKeepThePolicy looks for what the content security policy forbids, which a browser would not carry out.
func TestPagesKeepThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exchange(t, "p8e-wrong", "x")
	forbidden := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script>|javascript:|hx-on|hx-vals='js|https?://[^"<\s]*\.(js|css)"`)
	for _, path := range append(pagePaths, "journal?entry=1", "no-such-page") {
		got := w.call(t, "GET", "/_imsx/console/"+path, "")
		want := http.StatusOK
		if path == "no-such-page" {
			want = http.StatusNotFound
		}
		if got.status != want {
			t.Errorf("%s: status %d", path, got.status)
		}
		policy := got.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got.header.Get(name) != value {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
		if found := forbidden.FindString(got.body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		if !strings.Contains(got.body, `<html lang="en">`) || strings.Count(got.body, "<h1>") != 1 || !strings.Contains(got.body, `href="#main"`) {
			t.Errorf("%s lacks its language, its heading or the link to its content", path)
		}
	}
}

// TestAssets compares what is embedded with the list of checksums, and asks for it.
func TestAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sums, err := os.ReadFile(filepath.Join("assets", "SHA256SUMS"))
	must(t, err)
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		got := w.call(t, "GET", "/_imsx/console/assets/"+name, "")
		if got.status != 200 || fmt.Sprintf("%x", sha256.Sum256([]byte(got.body))) != sum {
			t.Errorf("%s: status %d, and its checksum is not %s", name, got.status, sum)
		}
		again := w.call(t, "GET", "/_imsx/console/assets/"+name, "", "If-None-Match", got.header.Get("ETag"))
		if again.status != http.StatusNotModified {
			t.Errorf("%s again: status %d", name, again.status)
		}
	}
	if got := w.call(t, "GET", "/_imsx/console/assets/htmx.min.js", "").body; !strings.Contains(got, `version:"2.0.11"`) {
		t.Error("htmx is another version than the pinned 2.0.11")
	}
	if got := w.call(t, "GET", "/_imsx/console/assets/SHA256SUMS", "").status; got != 404 {
		t.Errorf("a file that is no asset: status %d", got)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const attack = `"><script>alert(1)</script>`
	res, err := w.client.PostForm(w.url+"/ims/exchange/jwt", url.Values{"client_id": {attack}, "client_secret": {"x"}, "jwt_token": {"x"}})
	must(t, err)
	_ = res.Body.Close()
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/ims/%3Cscript%3Ealert(1)%3C/script%3E", nil)
	must(t, err)
	res, err = w.client.Do(req)
	must(t, err)
	_ = res.Body.Close()
	for _, path := range []string{"journal?entry=1", "journal?entry=2", "journal?client=" + url.QueryEscape(attack), "accounts?find=" + url.QueryEscape(attack), ""} {
		if body := w.call(t, "GET", "/_imsx/console/"+path, "").body; strings.Contains(body, "<script>alert") {
			t.Errorf("%s carries the script", path)
		}
	}
}

func TestJournalPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exchange(t, secretText, w.assertion(t, nil))
	w.exchange(t, "p8e-wrong", "x")
	for _, tt := range []struct {
		query          string
		want, unwanted string
	}{
		{"", "Requests", "Show all"},
		{"?outcome=refused", "client secret", `data-entry="1"`},
		{"?outcome=served", `data-entry="1"`, `data-entry="2"`},
		{"?outcome=fault", "No request fits", `data-entry`},
		{"?client=nobody", "No request fits", `data-entry`},
		{"?path=exchange", `data-entry="2"`, "Nothing was asked"},
		{"?path=token", "No request fits", `data-entry`},
		{"?entry=2", "Refused at “client secret”", ""},
		{"?entry=1", "Served.", "not reached"},
		{"?entry=99", "Choose a request", ""},
	} {
		body := w.call(t, "GET", "/_imsx/console/journal"+tt.query, "").body
		if !strings.Contains(body, tt.want) || tt.unwanted != "" && strings.Contains(body, tt.unwanted) {
			t.Errorf("%s: the page lacks %q or has %q", tt.query, tt.want, tt.unwanted)
		}
	}
	part := w.call(t, "GET", "/_imsx/console/journal/2", "", "HX-Request", "true").body
	if strings.Contains(part, "<html") || !strings.Contains(part, "not reached") || !strings.Contains(part, "metascopes") {
		t.Errorf("the part of a request: %s", part)
	}
	w.form(t, "journal/clear")
	if part := w.call(t, "GET", "/_imsx/console/journal/2", "").body; !strings.Contains(part, "no longer has request 2") {
		t.Errorf("a forgotten request: %s", part)
	}
}

// TestLaddersAreComplete compares the ladders of the page with what requests that pass everything went through.
func TestLaddersAreComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.exchange(t, secretText, w.assertion(t, nil)); got != 200 {
		t.Fatalf("exchange: status %d", got)
	}
	w.clientCredentials(t)
	must(t, w.openDoor())
	w.getAssets(t)
	names := func(id int64, leave string) []string {
		e, ok := w.journal.Get(id)
		if !ok {
			t.Fatalf("no request %d", id)
		}
		var all []string
		for _, c := range e.Checks {
			if !c.Passed {
				t.Fatalf("request %d failed at %s: %s", id, c.Name, c.Detail)
			}
			if c.Name != leave {
				all = append(all, c.Name)
			}
		}
		return all
	}
	if diff := cmp.Diff(console.Ladder("exchange"), names(1, "")); diff != "" {
		t.Errorf("the ladder of an exchange (-) and its checks (+):\n%s", diff)
	}
	if diff := cmp.Diff(console.Ladder("client_credentials"), names(2, "")); diff != "" {
		t.Errorf("the ladder of client_credentials (-) and its checks (+):\n%s", diff)
	}
	all := aem.Checks()
	if diff := cmp.Diff(append(all[:7:7], all[8:]...), names(3, aem.CheckAPIKey)); diff != "" {
		t.Errorf("the ladder of AEM (-) and its checks (+):\n%s", diff)
	}
}

func (w *world) clientCredentials(t testing.TB) {
	t.Helper()
	res, err := w.client.PostForm(w.url+"/ims/token/v3", url.Values{
		"client_id": {oauth}, "client_secret": {"p8e-secret-of-oauth"}, "grant_type": {"client_credentials"}, "scope": {"openid"},
	})
	must(t, err)
	_ = res.Body.Close()
}

// openDoor lets the OAuth client into AEM.
func (w *world) openDoor() error {
	host, _ := w.aem.Instance(environment, aem.Author)
	return host.AllowClient(oauth)
}

func (w *world) getAssets(t testing.TB) {
	t.Helper()
	token, err := w.ims.IssueToken(oauth, oauthUser, "openid")
	must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.author+"/api/assets.json", nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	res, err := w.client.Do(req)
	must(t, err)
	_ = res.Body.Close()
}

func TestFaultsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		want   string
	}{
		{"an error", []string{"effect", "error", "error", "throttled", "place", "exchange", "client", service, "count", "1"}, 200, "exchange, for " + service},
		{"a status", []string{"effect", "status", "code", "503", "body", "html", "retry", "30", "count", ""}, 200, "until lifted"},
		{"latency", []string{"effect", "latency", "min", "1s", "max", "2s"}, 200, "The fault is on"},
		{"a cut body", []string{"effect", "cut_body", "bytes", "10"}, 200, "The fault is on"},
		{"a slow body", []string{"effect", "slow_body", "bytes", "10"}, 200, "The fault is on"},
		{"no answer", []string{"effect", "hang", "share", "50"}, 200, "50 % of requests"},
		{"a reset", []string{"effect", "reset"}, 200, "The fault is on"},
		{"an empty body", []string{"effect", "empty_body"}, 200, "The fault is on"},
		{"a web page", []string{"effect", "html"}, 200, "The fault is on"},
		{"a content type", []string{"effect", "content_type", "type", "text/plain"}, 200, "The fault is on"},
		{"missing members", []string{"effect", "drop_members", "members", "expires_in, token_type"}, 200, "The fault is on"},
		{"an expired token", []string{"effect", "expired_on_arrival"}, 200, "The fault is on"},
		{"a wrong unit", []string{"effect", "wrong_unit"}, 200, "The fault is on"},
		{"an error at a whole service", []string{"effect", "status", "code", "500", "place", "service:aem-author"}, 200, "aem-author"},
		{"a path of a service", []string{"effect", "reset", "place", "service:ims", "path", "POST /ims/token/*"}, 200, "ims POST /ims/token/*"},
		{"a path", []string{"effect", "hang", "path", "/ims/**"}, 200, "/ims/**"},
		{"a repeatable choice", []string{"effect", "hang", "share", "50", "seed", "7"}, 200, "50 % of requests"},
		{"a route and a path", []string{"effect", "hang", "place", "exchange", "path", "/ims/**"}, 422, "not both"},
		{"a seed alone", []string{"effect", "hang", "seed", "7"}, 422, "give a share"},
		{"no JSON", []string{"effect", "replace_members", "values", "soon"}, 422, "JSON object"},
		{"nothing", []string{"effect", ""}, 422, "choose what goes wrong"},
		{"an unknown error", []string{"effect", "error", "error", "no_such"}, 422, "no_such"},
		{"no number", []string{"effect", "error", "error", "throttled", "count", "some"}, 422, "not a whole number"},
		{"no duration", []string{"effect", "latency", "min", "soon"}, 422, "not a duration"},
	} {
		w.faults.Clear()
		got := w.form(t, "faults/add", tt.fields...)
		if got.status != tt.status || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s: status %d, want %d and a page with %q", tt.name, got.status, tt.status, tt.want)
		}
		if on := len(w.faults.List()); on != map[bool]int{true: 1}[tt.status == 200] {
			t.Errorf("%s: %d faults are on", tt.name, on)
		}
	}
	w.form(t, "faults/add", "effect", "html")
	w.form(t, "faults/add", "effect", "reset")
	w.form(t, "faults/lift", "id", w.faults.List()[0].ID)
	if got := w.faults.List(); len(got) != 1 || !got[0].Effect.Reset {
		t.Errorf("after one was lifted: %v", got)
	}
	if got := w.form(t, "faults/clear"); !strings.Contains(got.body, "Everything works as it should") {
		t.Error("the page does not say that no fault is left")
	}
	if got := w.form(t, "faults/other"); got.status != 404 {
		t.Errorf("an unknown action: status %d", got.status)
	}
}

// TestFaultsFormKnowsEachEffect chooses everything that the form offers, and looks for what it cannot do.
func TestFaultsFormKnowsEachEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := w.call(t, "GET", "/_imsx/console/faults", "").body
	_, choices, _ := strings.Cut(body, `<select id="effect"`)
	choices, _, _ = strings.Cut(choices, "</select>")
	played, tokens := map[string]bool{"retry_after": true}, map[string]bool{}
	for _, m := range regexp.MustCompile(`<option value="([^"]+)"`).FindAllStringSubmatch(choices, -1) {
		w.faults.Clear()
		if got := w.form(t, "faults/add", "effect", m[1], "retry", ""); got.status != 200 {
			t.Errorf("%s: status %d", m[1], got.status)
			continue
		}
		effect := w.faults.List()[0].Effect
		text, err := json.Marshal(effect)
		must(t, err)
		var members map[string]any
		must(t, json.Unmarshal(text, &members))
		for name := range members {
			played[name] = true
		}
		tokens[effect.Token] = true
	}
	for field := range reflect.TypeFor[fault.Effect]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !played[name] {
			t.Errorf("the form has no effect %q", name)
		}
	}
	for _, name := range []string{fault.ExpiredOnArrival, fault.WrongUnit, fault.ExpiresInText} {
		if !tokens[name] {
			t.Errorf("the form has no token that is %q", name)
		}
	}
	w.faults.Clear()
	w.form(t, "faults/add", "effect", "error", "error", "throttled", "retry", "9")
	if got := w.faults.List()[0].Effect; got.Error != "throttled" || got.RetryAfter != 9 {
		t.Errorf("the error with Retry-After is %+v", got)
	}
}

// TestLimitsForm throttles clients and changes the signing key.
func TestLimitsForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := func(action, want string, status int, values ...string) {
		t.Helper()
		if got := w.form(t, "limits/"+action, values...); got.status != status || !strings.Contains(got.body, want) {
			t.Errorf("%s %v: status %d, want %d and a page with %q", action, values, got.status, status, want)
		}
	}
	twice := func() [2]int {
		t.Helper()
		return [2]int{w.exchange(t, secretText, w.assertion(t, nil)), w.exchange(t, secretText, w.assertion(t, nil))}
	}
	set("throttle", "1 per minute, 1 at once", 200, "client", service, "rate", "1", "burst", "1")
	if got := twice(); got != [2]int{200, 429} {
		t.Errorf("throttled: statuses %v", got)
	}
	set("unthrottle", "The throttle is off", 200, "client", service)
	if got := twice(); got != [2]int{200, 200} {
		t.Errorf("the throttle is off: statuses %v", got)
	}
	set("throttle", "every client", 200, "client", "", "rate", "6", "burst", "3")
	if got := w.ims.DefaultRate(); got.PerSecond != 0.1 || got.Burst != 3 {
		t.Errorf("the rate of every client is %+v", got)
	}
	set("throttle", "at least 1", 422, "client", service, "rate", "0", "burst", "1")
	set("throttle", "not a whole number", 422, "client", service, "rate", "1", "burst", "some")
	set("throttle", "nobody", 422, "client", "nobody", "rate", "1", "burst", "1")
	set("nothing", "", 404)

	token, err := w.ims.IssueToken(service, serviceUser, "openid")
	must(t, err)
	before := w.ims.KeyIDs()
	set("rotate", "Older ones stay good", 200)
	if _, err := w.ims.CheckToken(token.Reveal()); err != nil || w.ims.KeyIDs()[0] == before[0] {
		t.Errorf("an older token: %v; the keys are %v", err, w.ims.KeyIDs())
	}
	set("forget", "Older ones are void", 200)
	if _, err := w.ims.CheckToken(token.Reveal()); err == nil {
		t.Error("an older token is still good")
	}
}

func TestClockForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		field, value string
		status       int
		want         string
	}{
		{"by", "23h", 200, "23 h ahead"},
		{"by", "-24h", 200, "1 h behind"},
		{"by", "1 hour", 200, "The same as the machine"},
		{"by", "tomorrow", 422, "not a duration"},
		{"by", "2000000h", 422, "hundred years"},
		{"set", "0s", 200, "The same as the machine"},
	} {
		got := w.form(t, "clock", tt.field, tt.value)
		if got.status != tt.status || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s=%s: status %d, want %d and a page with %q", tt.field, tt.value, got.status, tt.status, tt.want)
		}
	}
}

func TestAccountsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sum := fmt.Sprintf("%x", sha256.Sum256(w.certificate.Raw))
	page := w.call(t, "GET", "/_imsx/console/accounts", "").body
	for _, want := range []string{"46 days left", service, oauthUser, "client credentials", "JWT exchange"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, secretText) {
		t.Error("the page shows a secret")
	}
	for _, tt := range []struct {
		action string
		fields []string
		want   string
	}{
		{"revoke-certificate", []string{"client", service, "certificate", sum}, "revoked"},
		{"restore-certificate", []string{"client", service, "certificate", sum}, "46 days left"},
		{"expire-certificate", []string{"client", service, "certificate", sum}, "expired"},
		{"add-certificate", []string{"client", service, "pem", "text"}, "no certificate"},
		{"make-certificate", []string{"client", service}, "BEGIN RSA PRIVATE KEY"},
		{"add-secret", []string{"client", service}, "p8e-"},
		{"add-secret", []string{"client", service}, "two secrets"},
		{"remove-secret", []string{"client", service, "secret", "none"}, "no such secret"},
	} {
		if got := w.form(t, "accounts/"+tt.action, tt.fields...); !strings.Contains(got.body, tt.want) {
			t.Errorf("%s: status %d, and the page lacks %q", tt.action, got.status, tt.want)
		}
	}
	if body := w.call(t, "GET", "/_imsx/console/accounts?find=nobody", "").body; !strings.Contains(body, "No client fits") {
		t.Error("the page does not say that no client fits")
	}
}

func TestAEMPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host := "aem/" + environment + "/author/"
	if got := w.form(t, host+"allow", "client", oauth).body; !strings.Contains(got, "Disallow "+oauth) {
		t.Error("the client is not allowed")
	}
	w.getAssets(t)
	if got := w.form(t, host+"join", "user", oauthMail, "group", aem.FormsUsers).body; !strings.Contains(got, "Leave forms-users") {
		t.Error("the user is not in the group")
	}
	if got := w.form(t, host+"leave", "user", oauthMail, "group", aem.FormsUsers).body; !strings.Contains(got, "Join forms-users") {
		t.Error("the user is still in the group")
	}
	for _, name := range []string{"cdn", "open", "empty"} {
		for _, state := range []string{"on", "off"} {
			got := w.form(t, host+"switch", name, state).body
			if pressed := strings.Contains(got, `aria-pressed="true"`); pressed != (state == "on") {
				t.Errorf("%s %s: pressed %v", name, state, pressed)
			}
		}
	}
	if got := w.form(t, host+"join", "user", "nobody", "group", aem.FormsUsers); got.status != 422 {
		t.Errorf("a user that is not there: status %d", got.status)
	}
	if got := w.form(t, "aem/p1-e2/author/allow", "client", oauth); got.status != 404 {
		t.Errorf("a host that is not there: status %d", got.status)
	}
}

func TestResetForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.form(t, "reset")
	if got.status != 303 || w.resets != 1 {
		t.Errorf("status %d, %d resets", got.status, w.resets)
	}
	if page := w.call(t, "GET", got.header.Get("Location"), "").body; !strings.Contains(page, "as it was at the start") {
		t.Error("the page does not say what happened")
	}
}

// TestStreamOfThePage reads the rows that the page gets, filtered.
func TestStreamOfThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exchange(t, secretText, w.assertion(t, nil))
	w.exchange(t, "p8e-wrong", "x")
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/_imsx/console/journal/stream?since=0&outcome=refused", nil)
	must(t, err)
	res, err := w.client.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	buffer := make([]byte, 4096)
	text := ""
	for !strings.Contains(text, "</li>") {
		n, err := res.Body.Read(buffer)
		must(t, err)
		text += string(buffer[:n])
	}
	if !strings.Contains(text, "id: 2\nevent: row\ndata: <li>") || strings.Contains(text, "id: 1\n") {
		t.Errorf("the stream is %s", text)
	}
}
