package aem_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/secret"
)

// mixed is a multipart/mixed body with the boundary "b".
func mixed(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--b\r\n" + p + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

// mixedPart is a part in the form of Adobe's services, without quotation marks.
func mixedPart(name, contentType, body string) string {
	return "Content-Disposition: attachment; name=" + name + "\r\nContent-Type: " + contentType + "\r\n\r\n" + body
}

const allowlistWords = "IMS Client ID not allowlisted. Allowlist the Client ID using the Configuration Pipeline."

func TestRefusals(t *testing.T) {
	t.Parallel()
	const typeJSON, typeHTML, typeProblem = "application/json", "text/html;charset=utf-8", "application/problem+json"
	tests := []struct {
		name              string
		status            int
		contentType, body string
		want              aem.Cause
		code, says        string
	}{
		{"401 of the output service", 401, typeJSON, `{"status":"401","code":"AEM-OUT-1","message":"token expired"}`, aem.CauseTokenRefused, "AEM-OUT-1", "token expired"},
		{"401 of the login layer", 401, typeHTML, "<html><head><title>AEM Sign In</title></head><body><h1>Adobe</h1><script>p</script></body></html>", aem.CauseTokenRefused, "", "AEM Sign In; Adobe"},
		{"401 without a body", 401, "", "", aem.CauseTokenRefused, "", ""},
		{"403 of the list in HTML", 403, typeHTML, "<h1>Forbidden</h1><p>" + allowlistWords + "</p>", aem.CauseClientNotAllowlisted, "", "Forbidden; " + allowlistWords},
		{"403 of the list in a problem", 403, typeProblem, `{"type":"about:blank","title":"Forbidden","status":403,"detail":"` + allowlistWords + `"}`, aem.CauseClientNotAllowlisted, "", allowlistWords},
		{"403 of the list in JSON", 403, typeJSON, `{"status":403,"code":"x","message":"The client-id is not on the allow list"}`, aem.CauseClientNotAllowlisted, "x", "The client-id is not on the allow list"},
		{"403 of the list in the Assets API's form", 403, typeJSON, `{"class":["core/response"],"properties":{"status.code":403,"status.message":"` + allowlistWords + `"}}`, aem.CauseClientNotAllowlisted, "", allowlistWords},
		{"403 of the list in plain text", 403, "text/plain", allowlistWords, aem.CauseClientNotAllowlisted, "", allowlistWords},
		{"403 of the list in other words", 403, "text/plain", "this client id is not allowed", aem.CauseClientNotAllowlisted, "", "this client id is not allowed"},
		{"403 of the list, the old word", 403, "text/plain", "not on the white-list", aem.CauseClientNotAllowlisted, "", "not on the white-list"},
		{"403 of a client id", 403, "text/plain", "wrong client id", aem.CauseGroupMissing, "", "wrong client id"},
		{"403 of a path", 403, "text/plain", "this path is not allowed", aem.CauseGroupMissing, "", "this path is not allowed"},
		{"403 of the group", 403, typeProblem, `{"title":"Forbidden","status":403,"detail":"Access denied"}`, aem.CauseGroupMissing, "", "Access denied"},
		{"403 without a body", 403, "", "", aem.CauseGroupMissing, "", ""},
		{"403 of the gateway, no key", 403, typeJSON, `{"error_code":"403000","message":"Api Key is required"}`, aem.CauseAPIKey, "403000", "Api Key is required"},
		{"403 of the gateway, wrong key", 403, typeJSON, `{"error_code":403003,"message":"invalid"}`, aem.CauseAPIKey, "403003", "invalid"},
		{"404 of the output service", 404, typeJSON, `{"status":404,"code":"none","message":"no template"}`, aem.CauseNotFound, "none", "no template"},
		{"404 of no host", 404, typeHTML, "<h1>Not Found</h1><p>Domain Not Found</p>", aem.CauseNotFound, "", "Not Found; Domain Not Found"},
		{"406", 406, typeHTML, "<title>Not Acceptable</title><h1>Not   Acceptable</h1>", aem.CauseCDNBlocked, "", "Not Acceptable"},
		{"407", 407, typeHTML, "<h1>Proxy</h1>", aem.CauseProxyAuthentication, "", "Proxy"},
		{"408", 408, typeJSON, `{"status":"408","code":"t","message":"took too long"}`, aem.CauseTimedOut, "t", "took too long"},
		{"409", 409, typeJSON, `{"type":"/errors/exists","title":"Conflict","status":409,"detail":"there is one","instance":"x"}`, aem.CauseConflict, "/errors/exists", "there is one"},
		{"429", 429, "", "", aem.CauseThrottled, "", ""},
		{"400 of a problem without a detail", 400, typeProblem, `{"title":"Bad Request","status":400}`, aem.CauseInvalidRequest, "", "Bad Request"},
		{"413", 413, "", "", aem.CauseInvalidRequest, "", ""},
		{"422 with an inner error", 422, typeJSON, `{"error":{"code":"E1","message":"broken"}}`, aem.CauseInvalidRequest, "E1", "broken"},
		{"400 of OAuth", 400, typeJSON, `{"error":"invalid_request","error_description":"no"}`, aem.CauseInvalidRequest, "invalid_request", "no"},
		{"418", 418, "text/plain", "teapot", aem.CauseUnknown, "", "teapot"},
		{"500 of JSON that is cut", 500, typeJSON, `{"status":"500","code":`, aem.CauseServerFault, "", ""},
		{"500 of an array", 500, typeJSON, `[1,2]`, aem.CauseServerFault, "", ""},
		{"500 of binary", 500, "application/octet-stream", "\x00\x01", aem.CauseServerFault, "", ""},
		{"503", 503, typeHTML, "<h1>Hibernated</h1>", aem.CauseServerFault, "", "Hibernated"},
		{"multipart", 500, `multipart/mixed; boundary="b"`, mixed(mixedPart("status", "text/plain", "500"), mixedPart("code", "text/plain", "C-7"), mixedPart("message", "text/plain", "the job failed")), aem.CauseServerFault, "C-7", "the job failed"},
		{"multipart with an object", 500, "multipart/mixed; boundary=b", mixed(mixedPart("error", typeJSON, `{"status":500,"code":"C","message":"m"}`)), aem.CauseServerFault, "C", "m"},
		{"multipart without a boundary", 500, "multipart/mixed", "--b\r\n", aem.CauseServerFault, "", ""},
		{"1xx in a status line of its own", 600, "", "", aem.CauseMalformedAnswer, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, reply(tt.status, tt.body, "Content-Type", tt.contentType, "X-Request-Id", "id-1"))
			_, err := client.Do(t.Context(), aem.Request{Method: "POST", Path: "/adobe/x", Op: "make", Repeatable: true})
			e := wantCause(t, err, tt.want)
			if e.Status != tt.status || e.Code != tt.code || e.Description != tt.says || e.RequestID != "id-1" {
				t.Errorf("status %d, code %q, description %q, id %q; want code %q, description %q",
					e.Status, e.Code, e.Description, e.RequestID, tt.code, tt.says)
			}
			if e.Op != "make" || e.Method != "POST" || e.Path != "/adobe/x" || e.Attempts[0].Status != tt.status {
				t.Errorf("error is %+v", *e)
			}
			if text := e.Error(); strings.ContainsFunc(text, unicode.IsControl) || !strings.Contains(text, "make POST 127.0.0.1:") || !strings.HasSuffix(text, "(request id id-1)") {
				t.Errorf("text is %q", text)
			}
		})
	}
}

func TestHeaderOfTheSubmissionService(t *testing.T) {
	t.Parallel()
	_, err := serve(t, reply(400, "", "X-Error", "no such form")).Do(t.Context(), aem.Request{})
	if e := wantCause(t, err, aem.CauseInvalidRequest); e.Description != "no such form" {
		t.Errorf("description is %q", e.Description)
	}
}

func TestLogsOfAJob(t *testing.T) {
	t.Parallel()
	parts := []string{
		mixedPart("message", "text/plain", "it failed"),
		mixedPart("jobLog", "text/plain", "line 1\r\nline\t2\x1b[2J "+testToken+"-0 end"),
		mixedPart("conversionLog", "application/xml", strings.Repeat("x", 100<<10)),
	}
	for i := range 20 {
		parts = append(parts, mixedPart(fmt.Sprintf("n%dLog", i), "text/plain", "l"))
	}
	_, err := serve(t, reply(500, mixed(parts...), "Content-Type", "multipart/mixed; boundary=b")).Do(t.Context(), aem.Request{})
	e := wantCause(t, err, aem.CauseServerFault)
	if len(e.Logs) != 8 || e.Description != "it failed" {
		t.Fatalf("%d logs, want 8; description %q", len(e.Logs), e.Description)
	}
	if got := e.Logs[0]; got.Name != "jobLog" || got.Text != "line 1\nline\t2[2J [redacted] end" || got.Cut {
		t.Errorf("log is %+v", got)
	}
	if got := e.Logs[1]; got.Name != "conversionLog" || len(got.Text) != 64<<10 || !got.Cut {
		t.Errorf("log %q has %d bytes, cut: %v", got.Name, len(got.Text), got.Cut)
	}
}

func TestErrorBodiesAreBounded(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(400)
		chunk := []byte(strings.Repeat("wörd ", 10_000))
		for range 1000 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, err := client.Do(t.Context(), aem.Request{})
	e := wantCause(t, err, aem.CauseInvalidRequest)
	if got := []rune(e.Description); len(got) != 300 || got[299] != '…' {
		t.Errorf("description has %d characters: %q", len(got), e.Description)
	}
}

// TestEchoesAreRedacted has a server that answers with the token in every field that is shown.
func TestEchoesAreRedacted(t *testing.T) {
	t.Parallel()
	whole := testToken + "-0"
	for _, echo := range []string{whole, strings.ToUpper(whole), whole[:20], "Bearer " + whole + " is wrong", whole[:40] + " " + whole[40:], strings.Repeat(whole, 9)} {
		for _, answer := range []struct{ contentType, body string }{
			{"application/json", `{"code":"` + echo + `","message":"` + echo + `"}`},
			{"application/problem+json", `{"type":"` + echo + `","title":"` + echo + `"}`},
			{"text/html", "<title>" + echo + "</title><p>" + echo + "</p>"},
			{"text/plain", echo},
			{"multipart/mixed; boundary=b", mixed(mixedPart("code", "text/plain", echo), mixedPart("jobLog", "text/plain", echo), mixedPart("message", "text/plain", echo))},
		} {
			for _, status := range []int{302, 400, 401, 403, 500} {
				client := serve(t, reply(status, answer.body, "Content-Type", answer.contentType, "X-Request-Id", echo,
					"Location", "https://"+whole+".example/"+whole))
				_, err := client.Do(t.Context(), aem.Request{Path: "/" + whole})
				e := asError(t, err)
				wantHidden(t, printed(t, err)+printed(t, *e), testToken)
			}
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://login.example.com/a?b=c": "redirect to login.example.com", "/login": "redirect", "": "redirect", "%zz": "redirect",
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/start" {
				t.Error("the redirect was followed")
			}
			reply(302, "<html>", "Location", location)(w, r)
		})
		_, err := client.Do(t.Context(), aem.Request{Path: "/start", Repeatable: true})
		if e := wantCause(t, err, aem.CauseRedirected); e.Description != want || e.Retryable() {
			t.Errorf("%q: error is %v, want %q", location, e, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	date := func(at time.Time) string { return at.Format(http.TimeFormat) }
	for _, tt := range []struct {
		value, date string
		want        time.Duration
	}{
		{"7", "", 7 * time.Second}, {" 0 ", "", 0}, {"-1", "", 0}, {"soon", "", 0}, {"", "", 0},
		{"99999999999", "", 30 * 24 * time.Hour}, {"99999999999999999999", "", 30 * 24 * time.Hour},
		{date(now.Add(time.Hour)), date(now.Add(50 * time.Minute)), 10 * time.Minute},
		{date(now.Add(-time.Hour)), date(now), 0},
		{date(now.Add(60 * 24 * time.Hour)), date(now), 30 * 24 * time.Hour},
	} {
		_, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.date != "" {
				w.Header().Set("Date", tt.date)
			}
			reply(429, "", "Retry-After", tt.value)(w, r)
		}).Do(t.Context(), aem.Request{})
		e := wantCause(t, err, aem.CauseThrottled)
		if e.RetryAfter != tt.want || e.RetryDelay() != tt.want || !e.Retryable() {
			t.Errorf("%q: %v, want %v", tt.value, e.RetryAfter, tt.want)
		}
		if told := strings.Contains(e.Error(), "the server asks to wait "+tt.want.String()); told != (tt.want > 0) {
			t.Errorf("%q: the error says %q", tt.value, e)
		}
	}
}

func TestPasswordsOfRequestsAreRedacted(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"document-password": "document: [redacted], [redacted] and [redacted]", "Kx7": "document: [redacted], [redacted] and Kx",
	} {
		body := `{"message":"document: ` + password + `, ` + strings.ToUpper(password) + ` and ` + password[:len(password)*7/8] + `"}`
		_, err := serve(t, reply(400, body)).Do(t.Context(), aem.Request{Path: "/document/assure", Secrets: []secret.Text{secret.New(password), {}}})
		if e := wantCause(t, err, aem.CauseInvalidRequest); e.Description != want || e.Path != "/document/assure" {
			t.Errorf("description is %q, want %q; path %q", e.Description, want, e.Path)
		}
	}
}
