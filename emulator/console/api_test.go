package console_test

import (
	"bufio"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/console"
	"github.com/imsx/imsx/emulator/fault"
)

// want calls the API and ends the test if the status is another.
func (w *world) want(t testing.TB, status int, method, path, body string) map[string]any {
	t.Helper()
	got := w.call(t, method, path, body)
	if got.status != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
	}
	if got.body == "" {
		return nil
	}
	return got.object(t)
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/_imsx/clock/move"
	for _, tt := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		code, message, hint      string
	}{
		{"unknown path", "GET", "/_imsx/clok", "", nil, 404, "not_found", "no such path", "openapi.json"},
		{"unknown method", "PATCH", path, "{}", nil, 405, "method_not_allowed", "does not take PATCH", "it takes POST"},
		{"not said to be JSON", "POST", path, `{"by":"1h"}`, []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type", "not said to be JSON", "Content-Type: application/json"},
		{"a form", "POST", path, "by=1h", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type", "", ""},
		{"no body", "POST", path, "", []string{"Content-Type", "application/json"}, 400, "bad_request", "empty", "one JSON object"},
		{"a misspelt member", "POST", path, `{"bye":"1h"}`, nil, 400, "bad_request", `unknown member "bye"`, `did you mean "by"?`},
		{"a strange member", "POST", path, `{"something":1}`, nil, 400, "bad_request", `unknown member "something"`, "known members: by"},
		{"a wrong type", "POST", path, `{"by":1}`, nil, 400, "bad_request", `member "by"`, ""},
		{"no JSON", "POST", path, `{"by":`, nil, 400, "bad_request", "", ""},
		{"two objects", "POST", path, `{"by":"1h"}{"by":"1h"}`, nil, 400, "bad_request", "goes on", "one object"},
		{"too large", "POST", path, `{"by":"` + strings.Repeat("1", 1<<20) + `"}`, nil, 413, "too_large", "1 MiB", ""},
		{"no duration", "POST", path, `{"by":"a while"}`, nil, 400, "bad_request", `"a while" is not a duration`, "23h"},
		{"too far", "POST", path, `{"by":"2000000h"}`, nil, 400, "bad_request", "a hundred years", ""},
		{"a list", "POST", "/_imsx/clients", `[1]`, nil, 400, "bad_request", "the body is a JSON array", "one JSON object"},
		{"two clocks", "PUT", "/_imsx/clock", `{"difference":"1h","now":"2026-01-01T00:00:00Z"}`, nil, 400, "bad_request", "either", ""},
		{"an unknown client", "GET", "/_imsx/clients/nobody", "", nil, 404, "not_found", `"nobody"`, "clients"},
		{"an unknown fault", "DELETE", "/_imsx/faults/f99", "", nil, 404, "not_found", `"f99"`, "faults"},
		{"a fault without effect", "POST", "/_imsx/faults", `{"effect":{}}`, nil, 400, "bad_request", "effect", "fault-kinds"},
		{"a misspelt fault", "POST", "/_imsx/faults", `{"efect":{"hang":true}}`, nil, 400, "bad_request", "efect", ""},
		{"an unknown parameter", "GET", "/_imsx/journal?clientid=x", "", nil, 400, "bad_request", `"clientid"`, `"client_id"`},
		{"a bad number", "GET", "/_imsx/journal?status=ok", "", nil, 400, "bad_request", `"ok" is not a number`, ""},
		{"a number that is too large", "GET", "/_imsx/journal?since=2147483648", "", nil, 400, "bad_request", `"2147483648" is not a number`, ""},
		{"a negative number", "GET", "/_imsx/journal?limit=-1", "", nil, 400, "bad_request", `"-1" is not a number`, ""},
		{"a negative rate", "PATCH", "/_imsx/clients/" + service, `{"rate":{"per_second":-1}}`, nil, 422, "refused", "rate", ""},
		{"an organization to remove", "DELETE", "/_imsx/organizations/x", "", nil, 404, "not_found", `"x"`, "organizations"},
		{"an organization with accounts", "DELETE", "/_imsx/organizations/" + organization, "", nil, 422, "refused", "has accounts", ""},
		{"an account to remove", "DELETE", "/_imsx/accounts/x", "", nil, 404, "not_found", `"x"`, "accounts"},
		{"a client to remove", "DELETE", "/_imsx/clients/x", "", nil, 404, "not_found", `"x"`, "clients"},
		{"a secret to remove", "DELETE", "/_imsx/clients/" + service + "/secrets/x", "", nil, 404, "not_found", `"x"`, "clients/" + service},
		{"a binding to remove", "DELETE", "/_imsx/bindings/x/y", "", nil, 404, "not_found", `"x/y"`, "bindings"},
		{"a change that is not possible", "PATCH", "/_imsx/clients/" + oauth, `{"jti_required":true,"migrated":true}`, nil, 422, "refused", "no binding", ""},
		{"an account without organization", "POST", "/_imsx/accounts", `{"id":"a@techacct.adobe.com","organization":"x@AdobeOrg"}`, nil, 422, "refused", "unknown organization", ""},
		{"three secrets", "POST", "/_imsx/clients", `{"id":"x","secrets":["a","b","c"]}`, nil, 400, "bad_request", "two secrets", ""},
		{"no certificate", "POST", "/_imsx/certificates", `{"client_id":"` + service + `","pem":"text"}`, nil, 422, "refused", "PEM", ""},
		{"neither PEM nor new", "POST", "/_imsx/certificates", `{"client_id":"` + service + `"}`, nil, 400, "bad_request", "either", "generate"},
		{"an unknown certificate", "POST", "/_imsx/certificates/" + service + "/00/revoke", "", nil, 404, "not_found", "", "certificates"},
		{"an unknown host", "GET", "/_imsx/aem/p1-e2/author", "", nil, 404, "not_found", "p1-e2/author", "aem"},
		{"a user that never called", "PUT", "/_imsx/aem/" + environment + "/author/users/nobody/groups/forms-users", "", nil, 404, "not_found", "", "first call"},
		{"an entry that is not there", "GET", "/_imsx/journal/7", "", nil, 404, "not_found", `"7"`, "journal"},
		{"no entry", "GET", "/_imsx/journal/seven", "", nil, 404, "not_found", `"seven"`, "journal"},
		{"events after nothing", "GET", "/_imsx/journal/events?since=x", "", nil, 400, "bad_request", "not the id", "0 for all"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := w.call(t, tt.method, tt.path, tt.body, tt.header...)
			o := got.object(t)
			hint, _ := o["hint"].(string)
			if got.status != tt.status || o["error"] != tt.code || !strings.Contains(fmt.Sprint(o["message"]), tt.message) || !strings.Contains(hint, tt.hint) {
				t.Errorf("status %d, %v, want %d %s, a message with %q and a hint with %q", got.status, o, tt.status, tt.code, tt.message, tt.hint)
			}
		})
	}
}

// TestBodiesAreRead sends each operation that takes a body two that it cannot take.
func TestBodiesAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host := "/_imsx/aem/" + environment + "/author"
	for _, operation := range []string{
		"POST /_imsx/organizations", "POST /_imsx/accounts", "POST /_imsx/clients", "PATCH /_imsx/clients/" + service, "POST /_imsx/bindings",
		"POST /_imsx/certificates", "POST /_imsx/tokens", "PATCH /_imsx/settings", "POST /_imsx/faults", "PUT /_imsx/clock", "POST /_imsx/clock/move",
		"POST /_imsx/aem", "PATCH " + host, "POST " + host + "/users",
	} {
		method, path, _ := strings.Cut(operation, " ")
		before := w.ims.Counters().Issued
		for _, body := range []string{`{"x":`, `{"x":1} x`, `{"no_such_member":1}`, `"text"`} {
			if got := w.want(t, 400, method, path, body); got["error"] != "bad_request" {
				t.Errorf("%s with %s: %v", operation, body, got)
			}
		}
		if got := w.ims.Counters().Issued; got != before {
			t.Errorf("%s: %d tokens were issued for what could not be read", operation, got-before)
		}
	}
}

func TestFaultOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	state := w.want(t, 201, "POST", "/_imsx/faults", `{"match":{"route":"exchange","client_id":"`+service+`"},"effect":{"error":"throttled"},"when":{"count":2}}`)
	for _, want := range []int{429, 429, 200} {
		if got := w.exchange(t, secretText, w.assertion(t, nil)); got != want {
			t.Errorf("exchange: status %d, want %d", got, want)
		}
	}
	list, _ := w.want(t, 200, "GET", "/_imsx/faults", "")["faults"].([]any)
	if len(list) != 1 {
		t.Fatalf("faults %v", list)
	}
	f, _ := list[0].(map[string]any)
	if f["id"] != state["id"] || f["played"] != 2.0 || f["left"] != 0.0 {
		t.Errorf("the fault is %v", f)
	}
	if got := w.want(t, 200, "GET", "/_imsx/journal/count?client_id="+service+"&status=429&route=exchange", "")["count"]; got != 2.0 {
		t.Errorf("the journal counts %v throttled exchanges, want 2", got)
	}
	w.want(t, 204, "DELETE", "/_imsx/faults/"+fmt.Sprint(state["id"]), "")
	for range 2 {
		w.want(t, 201, "POST", "/_imsx/faults", `{"effect":{"html":true}}`)
	}
	w.want(t, 204, "DELETE", "/_imsx/faults", "")
	if n := len(w.faults.List()); n != 0 {
		t.Errorf("%d faults are left when all were lifted", n)
	}
	if got := len(w.faults.List()); got != 0 {
		t.Errorf("%d faults are left", got)
	}
}

// TestMovedClock lets a token expire within a moment.
func TestMovedClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, _ := w.want(t, 201, "POST", "/_imsx/tokens", `{"client_id":"`+oauth+`","scopes":["openid"]}`)["access_token"].(string)
	if _, err := w.ims.CheckToken(token); err != nil {
		t.Fatalf("the minted token: %v", err)
	}
	w.want(t, 200, "POST", "/_imsx/clock/move", `{"by":"23h"}`)
	if _, err := w.ims.CheckToken(token); err != nil {
		t.Errorf("after 23 hours: %v", err)
	}
	w.want(t, 200, "POST", "/_imsx/clock/move", `{"by":"61m"}`)
	if _, err := w.ims.CheckToken(token); err == nil {
		t.Error("after 24 hours the token is still good")
	}
	at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	w.want(t, 200, "PUT", "/_imsx/clock", `{"now":"`+at.Format(time.RFC3339)+`"}`)
	if got := w.clock.Now().Sub(at); got < 0 || got > time.Minute {
		t.Errorf("the clock is %v away from the time it was set to", got)
	}
	w.want(t, 200, "PUT", "/_imsx/clock", `{"difference":"0s"}`)
	if d := w.clock.Difference(); d != 0 {
		t.Errorf("the clock was set right and is off by %v", d)
	}
}

func TestMintedClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := w.want(t, 201, "POST", "/_imsx/tokens",
		`{"client_id":"`+oauth+`","account":"`+oauthUser+`","lifetime":"5m","claims":{"big":12345678901234567890,"moi":null,"ctp":0}}`)
	token, _ := answer["access_token"].(string)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %v", answer)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	for _, want := range []string{`"big":12345678901234567890`, `"ctp":0`, `"user_id":"` + oauthUser + `"`, `"expires_in":"300000"`} {
		if !strings.Contains(string(payload), want) {
			t.Errorf("the claims lack %s: %s", want, payload)
		}
	}
	if strings.Contains(string(payload), `"moi"`) {
		t.Errorf("a claim that was taken away is there: %s", payload)
	}
}

func TestSecretsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.want(t, 201, "POST", "/_imsx/clients/"+service+"/secrets", "")
	text, _ := made["secret"].(string)
	if got := w.exchange(t, text, w.assertion(t, nil)); got != 200 {
		t.Errorf("the new secret: status %d", got)
	}
	if got := w.want(t, 422, "POST", "/_imsx/clients/"+service+"/secrets", ""); !strings.Contains(fmt.Sprint(got["message"]), "two") {
		t.Errorf("a third secret: %v", got)
	}
	client := w.call(t, "GET", "/_imsx/clients/"+service, "")
	if strings.Contains(client.body, text) || strings.Contains(client.body, secretText) {
		t.Errorf("the client shows a secret: %s", client.body)
	}
	w.want(t, 204, "DELETE", "/_imsx/clients/"+service+"/secrets/"+fmt.Sprint(made["uuid"]), "")
	if got := w.exchange(t, text, w.assertion(t, nil)); got != 401 {
		t.Errorf("the deleted secret: status %d, want 401", got)
	}
}

func TestCertificatesOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sum := sha256.Sum256(w.certificate.Raw)
	path := fmt.Sprintf("/_imsx/certificates/%s/%x", service, sum)
	for _, step := range []struct {
		method, path, body string
		status, exchange   int
	}{
		{"POST", path + "/revoke", "", 200, 400},
		{"POST", path + "/restore", "", 200, 200},
		{"POST", path + "/expire", "", 200, 400},
		{"POST", "/_imsx/certificates", pemJSON(t, w.certificate), 201, 200},
		{"DELETE", path, "", 204, 400},
	} {
		w.want(t, step.status, step.method, step.path, step.body)
		if got := w.exchange(t, secretText, w.assertion(t, nil)); got != step.exchange {
			t.Errorf("after %s %s: exchange %d, want %d", step.method, step.path, got, step.exchange)
		}
	}
}

func pemJSON(t testing.TB, cert *x509.Certificate) string {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	body, err := json.Marshal(map[string]string{"client_id": service, "pem": string(text)})
	must(t, err)
	return string(body)
}

// TestMadeCertificate signs an assertion with the key that the API hands out.
func TestMadeCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.want(t, 201, "POST", "/_imsx/certificates", `{"client_id":"`+service+`","generate":true,"days":10}`)
	block, _ := pem.Decode([]byte(fmt.Sprint(made["private_key"])))
	if block == nil {
		t.Fatalf("no key: %v", made)
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	must(t, err)
	parts := strings.Split(w.assertion(t, nil), ".")
	unsigned := parts[0] + "." + parts[1]
	digest := sha256.Sum256([]byte(unsigned))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	must(t, err)
	if got := w.exchange(t, secretText, unsigned+"."+base64.RawURLEncoding.EncodeToString(signature)); got != 200 {
		t.Errorf("an assertion signed by the new key: status %d", got)
	}
	list, _ := w.want(t, 200, "GET", "/_imsx/certificates?client_id="+service, "")["certificates"].([]any)
	if len(list) != 2 {
		t.Fatalf("certificates %v", list)
	}
	if first, _ := list[0].(map[string]any); first["days_left"] != 9.0 || first["fingerprint"] != made["fingerprint"] {
		t.Errorf("the certificate that ends first is %v", list[0])
	}
}

// TestAEMWalls takes both walls behind a good token down.
func TestAEMWalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, _ := w.want(t, 201, "POST", "/_imsx/tokens", `{"client_id":"`+oauth+`","account":"`+oauthUser+`"}`)["access_token"].(string)
	call := func() int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.author+"/api/assets.json", nil)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := w.client.Do(req)
		must(t, err)
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := call(); got != 403 {
		t.Errorf("a client that is not allowed: status %d", got)
	}
	host := "/_imsx/aem/" + environment + "/author"
	w.want(t, 200, "PUT", host+"/allow-list/"+oauth, "")
	if got := call(); got != 200 {
		t.Errorf("an allowed client: status %d", got)
	}
	users, _ := w.want(t, 200, "GET", host, "")["users"].([]any)
	if len(users) != 1 {
		t.Errorf("the call made the users %v", users)
	}
	groups := fmt.Sprint(w.want(t, 200, "PUT", host+"/users/"+oauthMail+"/groups/forms-users", "")["users"])
	if !strings.Contains(groups, "forms-users") {
		t.Errorf("the user is in %s", groups)
	}
	w.want(t, 200, "PATCH", host, `{"cdn_block":true}`)
	if got := call(); got != 406 {
		t.Errorf("behind the CDN's rule: status %d", got)
	}
}

func TestRotatedKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, err := w.ims.IssueToken(oauth, oauthUser, "openid")
	must(t, err)
	w.want(t, 200, "POST", "/_imsx/keys/rotate", `{"forget":false}`)
	if _, err := w.ims.CheckToken(token.Reveal()); err != nil {
		t.Errorf("after a rotation that keeps the old key: %v", err)
	}
	w.want(t, 200, "POST", "/_imsx/keys/rotate", `{"forget":true}`)
	if _, err := w.ims.CheckToken(token.Reveal()); err == nil {
		t.Error("after a rotation that forgets the old key the token is good")
	}
}

func TestResetBringsEverythingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(t, 204, "DELETE", "/_imsx/clients/"+service, "")
	w.want(t, 201, "POST", "/_imsx/faults", `{"effect":{"html":true}}`)
	w.want(t, 200, "POST", "/_imsx/clock/move", `{"by":"1h"}`)
	w.exchange(t, secretText, "x")
	w.want(t, 204, "POST", "/_imsx/reset", "")
	if w.resets != 1 || w.clock.Difference() != 0 || len(w.faults.List()) != 0 || w.journal.Last() == 0 {
		t.Errorf("%d resets, clock %v, %d faults", w.resets, w.clock.Difference(), len(w.faults.List()))
	}
	if got := w.want(t, 200, "GET", "/_imsx/journal/count", "")["count"]; got != 0.0 {
		t.Errorf("%v requests are left in the journal", got)
	}
	if got := w.exchange(t, secretText, w.assertion(t, nil)); got != 200 {
		t.Errorf("the removed client after the reset: status %d", got)
	}
}

func TestFailedResetIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *console.Config) { c.Reset = func() error { return fmt.Errorf("no mark") } })
	if got := w.want(t, 500, "POST", "/_imsx/reset", ""); !strings.Contains(fmt.Sprint(got["message"]), "no mark") {
		t.Errorf("answer %v", got)
	}
}

// events reads server-sent events: id and event in one text, "3 entry".
func events(t testing.TB, res *http.Response, n int) []string {
	t.Helper()
	var got []string
	id, name := "", ""
	for lines := bufio.NewScanner(res.Body); len(got) < n && lines.Scan(); {
		switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			var e struct {
				ID int64 `json:"id"`
			}
			if err := json.Unmarshal([]byte(value), &e); err != nil || fmt.Sprint(e.ID) != id {
				t.Errorf("event %s has the data %s", id, value)
			}
			got = append(got, id+" "+name)
		}
	}
	return got
}

func TestJournalEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.exchange(t, "p8e-wrong", "x")
	}
	stream := func(path string, header ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+path, nil)
		must(t, err)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := w.client.Do(req)
		must(t, err)
		t.Cleanup(func() { _ = res.Body.Close() })
		if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
			t.Errorf("Content-Type %q", kind)
		}
		return res
	}
	if got := events(t, stream("/_imsx/journal/events?since=0"), 3); strings.Join(got, ",") != "1 entry,2 entry,3 entry" {
		t.Errorf("from the beginning: %q", got)
	}
	if got := events(t, stream("/_imsx/journal/events?since=0", "Last-Event-ID", "2"), 1); strings.Join(got, ",") != "3 entry" {
		t.Errorf("resumed after 2: %q", got)
	}
	live := stream("/_imsx/journal/events")
	w.exchange(t, "p8e-wrong", "x")
	if got := events(t, live, 1); strings.Join(got, ",") != "4 entry" {
		t.Errorf("from now on: %q", got)
	}
	w.Close()
	if got := events(t, live, 1); len(got) != 0 {
		t.Errorf("after the end: %q", got)
	}
}

// TestNothingSecretInTheJournal sends secrets in every way and reads the journal.
func TestNothingSecretInTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	assertion := w.assertion(t, nil)
	w.exchange(t, secretText, assertion)
	res, err := w.client.PostForm(w.url+"/_imsx/console/decoder", url.Values{"text": {assertion}})
	must(t, err)
	_ = res.Body.Close()
	journal := w.call(t, "GET", "/_imsx/journal", "").body
	page := w.call(t, "GET", "/_imsx/console/journal?entry=1", "").body
	for _, text := range []string{journal, page} {
		if strings.Contains(text, secretText) || strings.Contains(text, assertion) || strings.Contains(text, strings.Split(assertion, ".")[2]) {
			t.Error("the journal shows a secret")
		}
	}
	if got := w.journal.Last(); got != 1 {
		t.Errorf("the journal has %d requests, want only the exchange", got)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, cfg := range []console.Config{
		{},
		{IMS: w.ims, Journal: w.journal, Clock: w.clock},
		{IMS: w.ims, Faults: fault.NewSet(fault.Config{}), Clock: w.clock},
		{IMS: w.ims, Faults: w.faults, Journal: w.journal},
	} {
		if _, err := console.New(cfg); err == nil {
			t.Errorf("New(%+v) has no error", cfg)
		}
	}
	s, err := console.New(console.Config{IMS: w.ims, Faults: w.faults, Journal: w.journal, Clock: w.clock})
	must(t, err)
	defer s.Close()
	for _, operation := range s.Operations() {
		if strings.Contains(operation, "/aem") {
			t.Errorf("without AEM there is %s", operation)
		}
	}
}

func TestEventsOfHEADEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.call(t, "HEAD", "/_imsx/journal/events", ""); got.status != 200 || got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("status %d, %v", got.status, got.header)
	}
}

// TestSettingsKeepWhatIsAbsent changes one member of the strict rules, then one of the rate.
func TestSettingsKeepWhatIsAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(t, 200, "PATCH", "/_imsx/settings", `{"token_lifetime":"1 hour","rate":{"per_second":2,"burst":3},"strict":{"day_cap":true}}`)
	w.want(t, 200, "PATCH", "/_imsx/settings", `{"strict":{"omit_x5u":true}}`)
	w.want(t, 200, "PATCH", "/_imsx/settings", `{"rate":{"burst":4}}`)
	if got := w.ims.Strict(); !got.DayCap || !got.OmitX5U || got.ExchangeSecret400 {
		t.Errorf("the strict rules are %+v", got)
	}
	if got := w.ims.DefaultRate(); got.PerSecond != 2 || got.Burst != 4 || w.ims.TokenLifetime() != time.Hour {
		t.Errorf("the rate is %+v, tokens live %v", got, w.ims.TokenLifetime())
	}
}
