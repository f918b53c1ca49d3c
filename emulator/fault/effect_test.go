package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/secret"
)

// TestEveryError asks for each error by name and compares the wire with the table.
func TestEveryError(t *testing.T) {
	t.Parallel()
	for _, a := range fault.Answers() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(t, fault.Fault{Effect: fault.Effect{Error: a.Name, RetryAfter: 7}})
			service := "ims"
			if a.Service == "aem" {
				service = "aem-author"
			}
			asked := exchange("a")
			if strings.HasPrefix(a.Name, "forms_") {
				asked.URL.Path = "/adobe/forms/doc/v1/generatePDFOutput"
			}
			got := w.ask(service, asked)
			if got.Code != a.Status || got.Header().Get("Retry-After") != "7" {
				t.Errorf("status %d, headers %v; want %d", got.Code, got.Header(), a.Status)
			}
			if e, _ := w.journal.Get(1); e.Code != a.Code || e.Fault != "error "+a.Name {
				t.Errorf("the journal says %q, %q", e.Code, e.Fault)
			}
			if challenge := got.Header().Get("WWW-Authenticate"); (challenge != "") != (a.Status == 401) {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
			if service == "ims" {
				checkIMSError(t, got, a)
			}
		})
	}
}

func checkIMSError(t *testing.T, got *httptest.ResponseRecorder, a fault.Answer) {
	t.Helper()
	want := `{"error_description":"` + a.Description + `","error":"` + a.Code + `"}`
	if strings.HasPrefix(a.Name, "gateway_") {
		want = `{"error_code":"` + a.Code + `","message":"` + a.Description + `"}`
	}
	if got.Body.String() != want {
		t.Errorf("body %s, want %s", got.Body, want)
	}
	if got.Header().Get("X-Debug-Id") == "" || got.Header().Get("Content-Type") != "application/json;charset=UTF-8" {
		t.Errorf("headers %v", got.Header())
	}
}

// TestPublicStrings pins the strings that clients compare.
func TestPublicStrings(t *testing.T) {
	t.Parallel()
	byName := map[string]fault.Answer{}
	for _, a := range fault.Answers() {
		if _, twice := byName[a.Name]; twice || a.Meaning == "" || a.Status < 400 {
			t.Errorf("%+v is there twice or incomplete", a)
		}
		byName[a.Name] = a
	}
	for name, want := range map[string]string{
		"no_binding":          "Could not match JWT signature to any of the bindings",
		"malformed_assertion": "JWT token is incorrectly formatted, and can not be decoded.",
		"metascope_not_bound": "The metascopes in the JWT are not a subset of the metascopes in the binding.",
		"unknown_client":      "invalid client_id parameter",
		"wrong_secret":        "invalid client_secret parameter",
		"migrated":            "Please try again later",
	} {
		if byName[name].Description != want || !byName[name].Public {
			t.Errorf("%s: %+v, want %q", name, byName[name], want)
		}
	}
}

func TestAnswersMadeToOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		effect      fault.Effect
		service     string
		status      int
		contentType string
		body        string
	}{
		{"a status", status(503), "ims", 503, "application/json;charset=UTF-8",
			`{"error_description":"service unavailable","error":"service_unavailable"}`},
		{"a status of AEM", status(503), "aem-author", 503, "application/json",
			`{"status":503,"code":"service_unavailable","message":"service unavailable"}`},
		{"an unknown status", status(599), "ims", 599, "application/json;charset=UTF-8",
			`{"error_description":"status 599","error":"status_599"}`},
		{"HTML", fault.Effect{Status: &fault.Status{Code: 502, Body: "html"}}, "ims", 502, "text/html;charset=utf-8", "<!DOCTYPE html>"},
		{"empty", fault.Effect{Status: &fault.Status{Code: 502, Body: "empty"}}, "ims", 502, "", ""},
		{"without content", status(204), "ims", 204, "", ""},
		{"a header", fault.Effect{Status: &fault.Status{Code: 500, Headers: map[string]string{"content-type": "text/x"}}}, "ims", 500,
			"text/x", `{"error_description"`},
		{"200 and empty", fault.Effect{EmptyBody: true}, "ims", 200, "application/json;charset=UTF-8", ""},
		{"200 and HTML", fault.Effect{HTML: true}, "ims", 200, "text/html;charset=utf-8", "<!DOCTYPE html>"},
		{"another content type", fault.Effect{ContentType: "text/plain"}, "ims", 200, "text/plain", realBody},
		{"a member less", fault.Effect{Drop: []string{"expires_in"}}, "ims", 200, "application/json;charset=UTF-8",
			`{"token_type":"bearer","access_token":"secret"}`},
		{"a member changed", fault.Effect{Replace: map[string]json.RawMessage{"expires_in": []byte(`"soon"`), "x.y": []byte("1")}}, "ims", 200,
			"application/json;charset=UTF-8", `{"token_type":"bearer","access_token":"secret","expires_in":"soon","x":{"y":1}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(t, fault.Fault{Effect: tt.effect})
			got := w.ask(tt.service, exchange("a"))
			body := got.Body.String()
			if got.Code != tt.status || got.Header().Get("Content-Type") != tt.contentType || !strings.HasPrefix(body, tt.body) ||
				tt.body == "" && body != "" {
				t.Errorf("%d %q %q", got.Code, got.Header().Get("Content-Type"), body)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	replace := func(path, value string) fault.Effect {
		return fault.Effect{Replace: map[string]json.RawMessage{path: []byte(value)}}
	}
	for _, tt := range []struct {
		name   string
		effect fault.Effect
		body   string
		want   string
	}{
		{"inside", fault.Effect{Drop: []string{"a.b"}}, `{"a":{"b":1,"c":2.50},"b":3}`, `{"a":{"c":2.50},"b":3}`},
		{"several", fault.Effect{Drop: []string{"a", "c"}}, `{"a":1,"b":2,"c":3}`, `{"b":2}`},
		{"each one", fault.Effect{Drop: []string{"a"}}, `[{"a":1,"b":2},{"a":3},4]`, `[{"b":2},{},4]`},
		{"what is not there", fault.Effect{Drop: []string{"x", "a.b.c"}}, `{"a":1}`, `{"a":1}`},
		{"a value for an object", replace("a", "null"), `{"a":{"b":1}}`, `{"a":null}`},
		{"an object for a value", replace("a.b", "true"), `{"a":1}`, `{"a":{"b":true}}`},
		{"order and texts stay", replace("b", "2"), `{"z":"<ü>","b":1,"a":1e5}`, `{"z":"<ü>","b":2,"a":1e5}`},
		{"not JSON", fault.Effect{Drop: []string{"a"}}, `{"a":1`, `{"a":1`},
		{"no object", fault.Effect{Drop: []string{"a"}}, ` "a"`, ` "a"`},
		{"nothing", fault.Effect{Drop: []string{"a"}}, ``, ``},
		{"too large", fault.Effect{Drop: []string{"a"}}, `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, `{"a":"` + strings.Repeat("x", 1<<20) + `"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.real = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(201)
				for part := range strings.SplitAfterSeq(tt.body, ",") {
					_, _ = io.WriteString(w, part)
				}
			})
			w.add(t, fault.Fault{Effect: tt.effect})
			if got := w.ask("ims", exchange("a")); got.Body.String() != tt.want || got.Code != 201 {
				t.Errorf("%d %.200s, want %.200s", got.Code, got.Body, tt.want)
			}
		})
	}
}

// onTheWire starts a server in front of a world.
func onTheWire(t *testing.T, w *world, withTLS bool) (address string, client *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(w.handler("ims"))
	if withTLS {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	t.Cleanup(w.set.Close)
	return server.URL + "/ims/exchange/jwt", server.Client()
}

func TestReset(t *testing.T) {
	t.Parallel()
	for name, withTLS := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(t, fault.Fault{Effect: fault.Effect{Reset: true}, When: fault.When{Count: 1}})
			address, client := onTheWire(t, w, withTLS)
			res, err := client.PostForm(address, url.Values{"client_id": {"a"}})
			if err == nil {
				_ = res.Body.Close()
			}
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("err = %v, want a reset", err)
			}
			awaitEntry(t, w.journal)
			if got := post(t, client, address); got.err != nil || got.status != 200 {
				t.Errorf("the next request: %+v", got)
			}
			if e, _ := w.journal.Get(1); e.Status != 0 || e.Fault != "reset" || e.ClientID != "a" {
				t.Errorf("the journal says %+v", e)
			}
		})
	}
}

type answer struct {
	status int
	body   string
	err    error // of reading the body
}

func post(t *testing.T, client *http.Client, address string) answer {
	t.Helper()
	res, err := client.PostForm(address, url.Values{"client_id": {"a"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(body), err}
}

func TestCutBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after int64
		set   bool // the handler sets Content-Length
		want  string
	}{
		{"in the middle", 10, false, realBody[:10]},
		{"in the middle, with a length", 10, true, realBody[:10]},
		{"at once", 0, true, ""},
		{"before the last byte at the latest", 1000, true, realBody[:len(realBody)-1]},
		{"exactly the body", int64(len(realBody)), false, realBody[:len(realBody)-1]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.real = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.set {
					w.Header().Set("Content-Length", "70")
				}
				for _, b := range []byte(realBody) {
					_, _ = w.Write([]byte{b})
				}
			})
			w.add(t, fault.Fault{Effect: fault.Effect{CutBody: &tt.after}})
			address, client := onTheWire(t, w, true)
			got := post(t, client, address)
			if got.status != 200 || got.body != tt.want || !errors.Is(got.err, io.ErrUnexpectedEOF) {
				t.Errorf("got %+v, want %q and an unexpected end", got, tt.want)
			}
			awaitEntry(t, w.journal)
			if e, _ := w.journal.Get(1); e.Status != 200 || !e.Broken {
				t.Errorf("the journal says %d, broken %v", e.Status, e.Broken)
			}
		})
	}
}

func awaitEntry(t *testing.T, j *journal.Journal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, ok := <-j.Subscribe(ctx, 0); !ok {
		t.Fatal("no entry came")
	}
}

func TestSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for rate, want := range map[int64]time.Duration{
			7: 10 * time.Second, 70: time.Second, 1: 70 * time.Second, 1 << 20: 100 * time.Millisecond,
		} {
			w := newWorld()
			w.real = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, realBody[:70]) })
			w.add(t, fault.Fault{Effect: fault.Effect{SlowBody: rate}})
			begin := time.Now()
			got := w.ask("ims", exchange("a"))
			if took := time.Since(begin); took < want-time.Millisecond || took > want+time.Millisecond || got.Body.String() != realBody[:70] || !got.Flushed {
				t.Errorf("%d bytes per second: took %v, want %v; %q", rate, took, want, got.Body)
			}
		}
	})
}

func TestHangUntilTheClientGoes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(t, fault.Fault{Effect: fault.Effect{Hang: true}})
	address, client := onTheWire(t, w, true)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("client_id=a"))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error)
	go func() {
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		gone <- err
	}()
	awaitPlayed(w.set)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want no answer", err)
	}
	awaitEntry(t, w.journal) // the handler has noticed
	if e, _ := w.journal.Get(1); e.Status != 0 || e.Fault != "hang" {
		t.Errorf("the journal says %+v", e)
	}
}

// awaitPlayed waits until the first fault was played.
func awaitPlayed(s *fault.Set) {
	for s.List()[0].Played == 0 {
		time.Sleep(time.Millisecond)
	}
}

func TestHangEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fault.Set, string){
		"lifted":  func(s *fault.Set, id string) { s.Lift(id) },
		"cleared": func(s *fault.Set, _ string) { s.Clear() },
		"closed":  func(s *fault.Set, _ string) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id := w.add(t, fault.Fault{Effect: fault.Effect{Hang: true}, When: fault.When{Count: 1}})
			address, client := onTheWire(t, w, false)
			failed := make(chan error)
			go func() {
				res, err := client.PostForm(address, url.Values{})
				if err == nil {
					_ = res.Body.Close()
				}
				failed <- err
			}()
			awaitPlayed(w.set)
			end(w.set, id)
			if err := <-failed; err == nil {
				t.Error("the hanging request got an answer")
			}
		})
	}
}

// TestLatencyBeyondTheDeadlines has a server whose deadlines are shorter than the latency, and a long body.
func TestLatencyBeyondTheDeadlines(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	w := newWorld()
	w.real = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, n, " ", err)
	})
	w.add(t, fault.Fault{Effect: fault.Effect{Latency: &fault.Latency{Min: 400 * time.Millisecond}}})
	server := httptest.NewUnstartedServer(w.handler("ims"))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	server.Start()
	defer server.Close()
	res, err := server.Client().Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != fmt.Sprint(size, " ", nil) {
		t.Errorf("the handler read %s, %v", got, err)
	}
}

// newIMS is the real service with a client for client_credentials.
func newIMS(t *testing.T) *ims.Server {
	t.Helper()
	s, err := ims.New(ims.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const org = "89ABCDEF0123456789ABCDEF@AdobeOrg"
	const account = "0123456789ABCDEF01234567@techacct.adobe.com"
	for _, err := range []error{
		s.AddOrganization(ims.Organization{ID: org}),
		s.AddAccount(ims.Account{ID: account, Organization: org}),
		s.AddClient(ims.Client{
			ID: "a", Secrets: []secret.Text{secret.New("p8e-a")}, Organization: org, Account: account, Scopes: []string{"openid"},
			ClientCredentials: true,
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestTokens(t *testing.T) {
	t.Parallel()
	real := newIMS(t)
	for name, check := range map[string]func(expiresIn string) bool{
		"":                     func(e string) bool { return e == "86399" },
		fault.WrongUnit:        func(e string) bool { return len(e) == len("86399999") },
		fault.ExpiredOnArrival: func(e string) bool { return e == "0" },
		fault.ExpiresInText:    func(e string) bool { return e == `"86399"` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.real = real
			if name != "" {
				w.add(t, fault.Fault{Effect: fault.Effect{Token: name}, When: fault.When{Count: 1}})
			}
			r := httptest.NewRequest(http.MethodPost, "/ims/token/v3", strings.NewReader(
				"grant_type=client_credentials&client_id=a&client_secret=p8e-a&scope=openid"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			got := w.ask("ims", r)
			var body struct {
				Token     string          `json:"access_token"`
				ExpiresIn json.RawMessage `json:"expires_in"`
			}
			if err := json.NewDecoder(bytes.NewReader(got.Body.Bytes())).Decode(&body); err != nil || got.Code != 200 {
				t.Fatalf("%d %s: %v", got.Code, got.Body, err)
			}
			if !check(string(body.ExpiresIn)) {
				t.Errorf("expires_in is %s", body.ExpiresIn)
			}
			profile := request(http.MethodGet, "/ims/profile/v1")
			want := map[bool]int{true: 401, false: 200}[name == fault.ExpiredOnArrival]
			if got := w.ask("ims", withHeader(profile, "Authorization", "Bearer "+body.Token)); got.Code != want {
				t.Errorf("with the token the profile answers %d, want %d", got.Code, want)
			}
		})
	}
}

// TestErrorsAreTheServices compares errors by name with those that the real service gives for their causes.
func TestErrorsAreTheServices(t *testing.T) {
	t.Parallel()
	real := newIMS(t)
	const token, exchangePath = "/ims/token/v3", "/ims/exchange/jwt"
	for name, tt := range map[string]struct{ path, form string }{
		"unknown_client":         {token, "grant_type=client_credentials&client_id=x"},
		"wrong_secret":           {token, "grant_type=client_credentials&client_id=a&client_secret=x&scope=openid"},
		"wrong_secret_exchange":  {exchangePath, "client_id=a&client_secret=x&jwt_token=x"},
		"exchange_not_allowed":   {exchangePath, "client_id=a&client_secret=p8e-a&jwt_token=x"},
		"scope_not_granted":      {token, "grant_type=client_credentials&client_id=a&client_secret=p8e-a&scope=other"},
		"unsupported_grant_type": {token, "grant_type=password&client_id=a&client_secret=p8e-a&scope=openid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := func(faults ...fault.Fault) (int, string) {
				w := newWorld()
				w.real = real
				for _, f := range faults {
					w.add(t, f)
				}
				r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader(tt.form))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				got := w.ask("ims", r)
				var body struct {
					Code string `json:"error"`
				}
				if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil {
					t.Fatal(err)
				}
				return got.Code, body.Code
			}
			wantStatus, wantCode := ask()
			status, code := ask(fault.Fault{Effect: fault.Effect{Error: name}})
			if diff := cmp.Diff([]any{wantStatus, wantCode}, []any{status, code}); diff != "" {
				t.Errorf("the fault differs from the service (-service +fault):\n%s", diff)
			}
		})
	}
}
