package fault_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
)

func TestHowOften(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults []fault.Fault
		want   []int
	}{
		{"none", nil, []int{200, 200}},
		{"until lifted", []fault.Fault{{Effect: status(503)}}, []int{503, 503, 503}},
		{"the next two", []fault.Fault{{Effect: status(503), When: fault.When{Count: 2}}}, []int{503, 503, 200, 200}},
		{"one after the other", []fault.Fault{
			{Effect: status(503), When: fault.When{Count: 1}}, {Effect: status(500), When: fault.When{Count: 2}},
		}, []int{503, 500, 500, 200}},
		{"the first one wins", []fault.Fault{{Effect: status(503)}, {Effect: status(500)}}, []int{503, 503}},
		{"always by chance", []fault.Fault{{Effect: status(503), When: fault.When{Probability: 1}}}, []int{503, 503, 503}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			for _, f := range tt.faults {
				w.add(t, f)
			}
			if diff := cmp.Diff(tt.want, w.statuses(len(tt.want))); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

// byChance returns which of 200 requests failed with a probability of 30 %.
func byChance(t *testing.T, setSeed, seed uint64, id string) []int {
	t.Helper()
	w := newWorld()
	w.set = fault.NewSet(fault.Config{Seed: setSeed})
	w.add(t, fault.Fault{ID: id, Effect: status(503), When: fault.When{Probability: 0.3, Seed: seed}})
	return w.statuses(200)
}

func TestProbability(t *testing.T) {
	t.Parallel()
	first := byChance(t, 0, 7, "")
	failed := 0
	for _, s := range first {
		if s == 503 {
			failed++
		}
	}
	if failed < 40 || failed > 80 {
		t.Errorf("%d of 200 failed, want about 60", failed)
	}
	for _, tt := range []struct {
		name       string
		again      []int
		wantsEqual bool
	}{
		{"the same seed", byChance(t, 0, 7, ""), true},
		{"another set and id with the fault's own seed", byChance(t, 99, 7, "other"), true},
		{"another seed", byChance(t, 0, 8, ""), false},
		{"no seed of its own", byChance(t, 0, 0, ""), false},
	} {
		if got := slices.Equal(first, tt.again); got != tt.wantsEqual {
			t.Errorf("%s: the same sequence %v, want %v", tt.name, got, tt.wantsEqual)
		}
	}
	if !slices.Equal(byChance(t, 5, 0, "x"), byChance(t, 5, 0, "x")) {
		t.Error("the same seed of the set gives another sequence")
	}
	if slices.Equal(byChance(t, 5, 0, "x"), byChance(t, 6, 0, "x")) || slices.Equal(byChance(t, 5, 0, "x"), byChance(t, 5, 0, "y")) {
		t.Error("another seed of the set, or another fault, gives the same sequence")
	}
}

func TestCountIsExactAmongMany(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(t, fault.Fault{Effect: status(503), When: fault.When{Count: 37}})
	var failed atomic.Int64
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			for _, s := range w.statuses(10) {
				if s == 503 {
					failed.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if s := w.set.List()[0]; failed.Load() != 37 || s.Played != 37 || s.Left != 0 {
		t.Errorf("%d failed, played %d, left %d; want 37, 37, 0", failed.Load(), s.Played, s.Left)
	}
}

func multipartRequest(t *testing.T, client string) *http.Request {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, value := range map[string]string{"grant_type": "client_credentials", "client_id": client} {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/ims/token/v3", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return r
}

func withHeader(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func request(method, target string) *http.Request { return httptest.NewRequest(method, target, nil) }

func bearer(client string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return "Bearer " + part(`{"alg":"RS256"}`) + "." + part(`{"client_id":"`+client+`"}`) + "." + part("x")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("a%2Db:password"))
	profile := func() *http.Request { return request(http.MethodGet, "/ims/profile/v1") }
	assets := func() *http.Request { return request(http.MethodGet, "/api/assets/folder/x.png") }
	for _, tt := range []struct {
		name    string
		match   fault.Match
		service string
		request *http.Request
		want    bool
	}{
		{"everything", fault.Match{}, "ims", exchange("a"), true},
		{"never the control API", fault.Match{}, "ims", request(http.MethodGet, "/_imsx/faults"), false},
		{"service", fault.Match{Service: "ims"}, "ims", exchange("a"), true},
		{"another service", fault.Match{Service: "aem"}, "ims", exchange("a"), false},
		{"both tiers", fault.Match{Service: "aem"}, "aem-publish", assets(), true},
		{"one tier", fault.Match{Service: "aem-author"}, "aem-author", assets(), true},
		{"the other tier", fault.Match{Service: "aem-author"}, "aem-publish", assets(), false},
		{"route by name", fault.Match{Route: "exchange"}, "ims", exchange("a"), true},
		{"another spelling", fault.Match{Route: "exchange"}, "ims", request(http.MethodPost, "/ims/exchange/v1/jwt"), true},
		{"another route", fault.Match{Route: "token"}, "ims", exchange("a"), false},
		{"a route of AEM", fault.Match{Route: "assets"}, "aem-author", assets(), true},
		{"a route of AEM at IMS", fault.Match{Route: "assets"}, "ims", assets(), false},
		{"path", fault.Match{Route: "/ims/exchange/jwt"}, "ims", exchange("a"), true},
		{"path and more", fault.Match{Route: "/ims/exchange"}, "ims", exchange("a"), false},
		{"star", fault.Match{Route: "/ims/*/jwt"}, "ims", exchange("a"), true},
		{"star and slash", fault.Match{Route: "/ims/*"}, "ims", exchange("a"), false},
		{"two stars", fault.Match{Route: "/ims/**"}, "ims", exchange("a"), true},
		{"two stars in the middle", fault.Match{Route: "/api/**.png"}, "aem-author", assets(), true},
		{"a dot is a dot", fault.Match{Route: "/ims/exchange.jwt"}, "ims", exchange("a"), false},
		{"method", fault.Match{Route: "POST /ims/**"}, "ims", exchange("a"), true},
		{"another method", fault.Match{Route: "GET /ims/**"}, "ims", exchange("a"), false},
		{"client in the form", fault.Match{ClientID: "a"}, "ims", exchange("a"), true},
		{"another client", fault.Match{ClientID: "a"}, "ims", exchange("b"), false},
		{"client in a multipart form", fault.Match{ClientID: "a"}, "ims", multipartRequest(t, "a"), true},
		{"client in the query", fault.Match{ClientID: "a"}, "ims", request(http.MethodPost, "/ims/token/v3?client_id=a"), true},
		{"client in Basic", fault.Match{ClientID: "a-b"}, "ims", withHeader(profile(), "Authorization", basic), true},
		{"client of the bearer", fault.Match{ClientID: "a"}, "ims", withHeader(profile(), "Authorization", bearer("a")), true},
		{"client of the bearer at AEM", fault.Match{ClientID: "a"}, "aem-author", withHeader(assets(), "authorization", bearer("a")), true},
		{"client of another bearer", fault.Match{ClientID: "a"}, "aem-author", withHeader(assets(), "Authorization", bearer("b")), false},
		{"client in a header", fault.Match{ClientID: "a"}, "ims", withHeader(profile(), "X-IMS-ClientId", "a"), true},
		{"API key", fault.Match{ClientID: "a"}, "aem-author", withHeader(assets(), "X-Api-Key", "a"), true},
		{"the form before the query", fault.Match{ClientID: "b"}, "ims", func() *http.Request {
			r := exchange("a")
			r.URL.RawQuery = "client_id=b"
			return r
		}(), false},
		{"no client", fault.Match{ClientID: "a"}, "ims", profile(), false},
		{"a broken bearer", fault.Match{ClientID: "a"}, "ims", withHeader(profile(), "Authorization", "Bearer x.%.y"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(t, fault.Fault{Match: tt.match, Effect: status(503)})
			got := w.ask(tt.service, tt.request).Code == 503
			if got != tt.want {
				t.Errorf("played %v, want %v", got, tt.want)
			}
		})
	}
}

// TestEffectNarrowsTheMatch is about faults that make sense only somewhere.
func TestEffectNarrowsTheMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		effect  fault.Effect
		service string
		path    string
		want    bool
	}{
		{"an error of IMS at IMS", fault.Effect{Error: "no_binding"}, "ims", "/ims/exchange/jwt", true},
		{"an error of IMS at AEM", fault.Effect{Error: "no_binding"}, "aem-author", "/api/assets.json", false},
		{"an error of AEM at AEM", fault.Effect{Error: "aem_forbidden"}, "aem-author", "/api/assets.json", true},
		{"an error of AEM at IMS", fault.Effect{Error: "aem_forbidden"}, "ims", "/ims/exchange/jwt", false},
		{"a token at the exchange", fault.Effect{Token: fault.WrongUnit}, "ims", "/ims/exchange/jwt", true},
		{"a token at the token endpoint", fault.Effect{Token: fault.WrongUnit}, "ims", "/ims/token/v3", true},
		{"a token where there is none", fault.Effect{Token: fault.WrongUnit}, "ims", "/ims/profile/v1", false},
		{"an error of authorize", fault.Effect{AuthorizeError: "login_required"}, "ims", "/ims/authorize/v2", true},
		{"an error of authorize elsewhere", fault.Effect{AuthorizeError: "login_required"}, "ims", "/ims/token/v3", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(t, fault.Fault{Effect: tt.effect})
			w.ask(tt.service, request(http.MethodPost, tt.path))
			if got := w.set.List()[0].Played == 1; got != tt.want {
				t.Errorf("played %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBodyIsStillThere(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(t, fault.Fault{Match: fault.Match{ClientID: "a"}, Effect: fault.Effect{ContentType: "text/plain"}})
	if got := w.ask("ims", exchange("a")).Header().Get("X-Body"); got != "client_id=a" {
		t.Errorf("the handler read %q", got)
	}
	long := strings.Repeat("x", 3<<20)
	r := httptest.NewRequest(http.MethodPost, "/ims/token/v3", strings.NewReader("client_id=a&y="+long))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	read := 0
	w.real = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		read = b.Len()
	})
	if w.ask("ims", r); read != len(long)+len("client_id=a&y=") {
		t.Errorf("the handler read %d bytes of a long body", read)
	}
}

func TestListAndLift(t *testing.T) {
	t.Parallel()
	var clk clock.Clock
	clk.Set(-time.Hour)
	w := newWorld()
	w.set = fault.NewSet(fault.Config{Clock: &clk})
	first := w.add(t, fault.Fault{Effect: status(503), When: fault.When{Count: 2}})
	second := w.add(t, fault.Fault{ID: "mine", Name: "by name", Effect: status(500)})
	w.statuses(3)
	got := w.set.List()
	if len(got) != 2 || got[0].ID != first || got[0].Played != 2 || got[0].Left != 0 || got[0].Name != "status 503" ||
		got[1].ID != second || second != "mine" || got[1].Played != 1 || got[1].Left != -1 || got[1].Name != "by name" {
		t.Errorf("List() = %+v", got)
	}
	if d := time.Since(got[0].Added); d < time.Hour || d > time.Hour+time.Minute {
		t.Errorf("Added = %v, want an hour ago", got[0].Added)
	}
	got[1].Effect.Status.Code = 1
	if w.set.List()[1].Effect.Status.Code != 500 {
		t.Error("a change of what List returned changed the set")
	}
	if !w.set.Lift("mine") || w.set.Lift("mine") {
		t.Error("Lift does not report what it did")
	}
	if s := w.statuses(1); s[0] != 200 {
		t.Errorf("after Lift the status is %d", s[0])
	}
	w.set.Clear()
	if got := w.set.List(); got == nil || len(got) != 0 {
		t.Errorf("after Clear: %v", got)
	}
	third := w.add(t, fault.Fault{Effect: status(503)})
	if third == first {
		t.Errorf("the id %q was given twice", first)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(t, fault.Fault{ID: "taken", Effect: status(503)})
	for _, tt := range []struct {
		name  string
		fault fault.Fault
		want  []string
	}{
		{"nothing", fault.Fault{}, []string{"effect: is missing"}},
		{"two effects", fault.Fault{Effect: fault.Effect{Hang: true, Reset: true}}, []string{"effect: must be one, not 2: hang, reset"}},
		{"the same id", fault.Fault{ID: "taken", Effect: status(503)}, []string{`id: "taken" is the id of another fault`}},
		{"everything at once", fault.Fault{
			ID: "a\nb", Match: fault.Match{Service: "aim", Route: "exchagne", ClientID: "\x00"},
			Effect: fault.Effect{Error: "throtled"}, When: fault.When{Count: -1, Probability: 2},
		}, []string{
			"effect.error: unknown error", `did you mean "throttled"?`, "id: must be", "match.client_id: must be",
			`did you mean "exchange"?`, "match.service:", "when.count:", "when.probability:",
		}},
		{"the wrong service", fault.Fault{Match: fault.Match{Service: "aem"}, Effect: fault.Effect{Error: "migrated"}}, []string{"match.service:"}},
		{"the wrong route", fault.Fault{Match: fault.Match{Route: "assets"}, Effect: fault.Effect{Token: "wrong_unit"}}, []string{"match.route:"}},
		{"a route elsewhere", fault.Fault{Match: fault.Match{Route: "exchange", Service: "aem"}, Effect: status(500)}, []string{"match.route:"}},
		{"status", fault.Fault{Effect: fault.Effect{Status: &fault.Status{Code: 99, Body: "xml", Headers: map[string]string{
			"Content-Length": "5", "a b": "c", "X-Ok": "a\r\nb",
		}}}}, []string{"200 to 599", `"xml" is not "json", "html" or "empty"`, "set by the server", `"a b" is not`, `"X-Ok" is not`}},
		{"latency", fault.Fault{Effect: fault.Effect{Latency: &fault.Latency{Min: 2, Max: 1}}}, []string{"effect.latency:"}},
		{"cut", fault.Fault{Effect: fault.Effect{CutBody: new(int64(-1))}}, []string{"effect.cut_body:"}},
		{"slow", fault.Fault{Effect: fault.Effect{SlowBody: -1}}, []string{"effect.slow_body:"}},
		{"content type", fault.Fault{Effect: fault.Effect{ContentType: "a b\n"}}, []string{"effect.content_type:"}},
		{"members", fault.Fault{Effect: fault.Effect{Drop: []string{"a..b"}}}, []string{"effect.drop_members:"}},
		{"value", fault.Fault{Effect: fault.Effect{Replace: map[string]json.RawMessage{"a": []byte("{")}}}, []string{"is not JSON"}},
		{"token", fault.Fault{Effect: fault.Effect{Token: "expired"}}, []string{"effect.token:"}},
		{"authorize", fault.Fault{Effect: fault.Effect{AuthorizeError: "consent"}}, []string{"effect.authorize_error:"}},
		{"retry without an answer", fault.Fault{Effect: fault.Effect{Hang: true, RetryAfter: 1}}, []string{"effect.retry_after:"}},
		{"seed without chance", fault.Fault{Effect: status(500), When: fault.When{Seed: 1}}, []string{"when.seed:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := w.set.Add(tt.fault)
			var problems *fault.Error
			if !errors.As(err, &problems) {
				t.Fatalf("err = %v, want a *fault.Error", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in:\n%v", want, err)
				}
			}
		})
	}
}

func TestNotMoreThanAThousand(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for range 1000 {
		w.add(t, fault.Fault{Effect: status(503), When: fault.When{Count: 1}})
	}
	if _, err := w.set.Add(fault.Fault{Effect: status(503)}); err == nil {
		t.Error("the set took one more")
	}
}

func TestClosedSetTakesNoFaults(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(t, fault.Fault{Effect: status(503)})
	w.set.Close()
	w.set.Close()
	if s := w.statuses(1); s[0] != 200 || len(w.set.List()) != 0 {
		t.Errorf("after Close the status is %d, faults %v", s[0], w.set.List())
	}
	if _, err := w.set.Add(fault.Fault{Effect: status(503)}); err == nil {
		t.Error("a closed set took a fault")
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.add(t, fault.Fault{Effect: fault.Effect{Latency: &fault.Latency{Min: 2 * time.Second}}})
		w.add(t, fault.Fault{Effect: status(503), When: fault.When{Count: 1}})
		w.add(t, fault.Fault{Effect: fault.Effect{Latency: &fault.Latency{Min: time.Second}}, When: fault.When{Count: 1}})
		for n, want := range []struct {
			status int
			took   time.Duration
		}{{503, 3 * time.Second}, {200, 2 * time.Second}} {
			begin := time.Now()
			if got := w.ask("ims", exchange("a")).Code; got != want.status || time.Since(begin) != want.took {
				t.Errorf("request %d: status %d after %v, want %+v", n, got, time.Since(begin), want)
			}
		}
		if e, _ := w.journal.Get(1); e.Fault != "latency 2s, latency 1s, status 503" || e.Took != 3*time.Second {
			t.Errorf("the journal says %q, %v", e.Fault, e.Took)
		}
	})
}

func TestSpreadLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		took := func() (all []time.Duration) {
			w := newWorld()
			w.add(t, fault.Fault{Effect: fault.Effect{Latency: &fault.Latency{Min: time.Second, Max: 3 * time.Second}}})
			for range 100 {
				begin := time.Now()
				w.ask("ims", exchange("a"))
				all = append(all, time.Since(begin))
			}
			return all
		}
		first := took()
		if least, most := slices.Min(first), slices.Max(first); least < time.Second || least > 1200*time.Millisecond ||
			most > 3*time.Second || most < 2800*time.Millisecond {
			t.Errorf("spread from %v to %v, want 1s to 3s", least, most)
		}
		if !slices.Equal(first, took()) {
			t.Error("the same seed spreads differently")
		}
	})
}

func TestLiftEndsLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		id := w.add(t, fault.Fault{Effect: fault.Effect{Latency: &fault.Latency{Min: time.Hour}}})
		done := make(chan int)
		begin := time.Now()
		go func() { done <- w.ask("ims", exchange("a")).Code }()
		time.Sleep(time.Minute)
		w.set.Lift(id)
		if got := <-done; got != 200 || time.Since(begin) != time.Minute {
			t.Errorf("status %d after %v, want 200 after a minute", got, time.Since(begin))
		}
	})
}

func TestJournalKnowsWhatWasPlayed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.set = fault.NewSet(fault.Config{RouteName: func(service string, r *http.Request) string {
		return fmt.Sprint(service, " ", r.Method)
	}})
	w.add(t, fault.Fault{Name: "too fast", Match: fault.Match{Service: "ims"}, Effect: fault.Effect{Error: "throttled"}})
	w.add(t, fault.Fault{Effect: fault.Effect{Error: "aem_forbidden"}})
	w.ask("ims", exchange("client"))
	w.ask("aem-author", withHeader(request(http.MethodGet, "/x"), "Authorization", bearer("other")))
	for id, want := range map[int64]journal.Entry{
		1: {Route: "exchange", ClientID: "client", Status: 429, Code: "too_many_requests", Fault: "too fast"},
		2: {Route: "aem-author GET", ClientID: "other", Status: 403, Code: "forbidden", Fault: "error aem_forbidden"},
	} {
		got, _ := w.journal.Get(id)
		got = journal.Entry{Route: got.Route, ClientID: got.ClientID, Status: got.Status, Code: got.Code, Fault: got.Fault}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", id, diff)
		}
	}
	if n := w.journal.Count(journal.Filter{Route: "exchange", ClientID: "client"}); n != 1 {
		t.Errorf("%d exchanges are counted, want also the one that a fault answered", n)
	}
}
