package aem_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/journal"
)

const (
	environment  = aem.EnvironmentID("p11111-e22222")
	organization = "0123456789ABCDEF01234567@AdobeOrg"
	serviceMail  = "0f5c2a52-5d0a-4b53-9d68-6f1f9c6e1a11@techacct.adobe.com"
	oauthMail    = "a2a8f7de-6a0b-47f5-8f0e-6a3e1a8c7c22@techacct.adobe.com"
	oauthClient  = "0123456789abcdef0123456789abcdef"
	developer    = "developer@example.com"
)

// fixture is a server with one environment, and tokens that it knows.
type fixture struct {
	*aem.Server
	clock   *clock.Clock
	journal *journal.Journal
	handler http.Handler

	mu     sync.Mutex
	tokens map[string]verdict
}

type verdict struct {
	bearer aem.Bearer
	err    error
}

func newFixture(t testing.TB, change ...func(*aem.Config)) *fixture {
	t.Helper()
	f := &fixture{clock: &clock.Clock{}, tokens: map[string]verdict{}}
	f.journal = journal.New(100, f.clock)
	cfg := aem.Config{Clock: f.clock, Verify: f.verify}
	for _, c := range change {
		c(&cfg)
	}
	s, err := aem.New(cfg)
	must(t, err)
	f.Server = s
	must(t, s.AddEnvironment(environment, organization))
	f.handler = f.journal.Middleware("aem-author")(s.Handler(aem.Author))
	expiry := f.clock.Now().Add(24 * time.Hour)
	f.add("service", aem.Bearer{
		ClientID: "cm-p11111-e22222-integration-0", Account: "SERVICE@techacct.adobe.com", Organization: organization,
		Email: serviceMail, Kind: aem.KindExchange, Expiry: expiry,
	}, nil)
	f.add("oauth", aem.Bearer{
		ClientID: oauthClient, Account: "OAUTH@techacct.adobe.com", Organization: organization, Email: oauthMail,
		Kind: aem.KindServerToServer, Expiry: expiry,
	}, nil)
	f.add("developer", aem.Bearer{
		ClientID: "cm-p11111-e22222", Account: "DEVELOPER@AdobeID", Organization: organization, Email: developer,
		Name: "A Developer", Kind: aem.KindUser, Expiry: expiry,
	}, nil)
	return f
}

func (f *fixture) add(token string, b aem.Bearer, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens[token] = verdict{b, err}
}

func (f *fixture) verify(token string) (aem.Bearer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := f.tokens[token]; ok {
		return v.bearer, v.err
	}
	return aem.Bearer{}, aem.ErrMalformed
}

func (f *fixture) author(t testing.TB) *aem.Instance {
	t.Helper()
	i, ok := f.Instance(environment, aem.Author)
	if !ok {
		t.Fatal("there is no author")
	}
	return i
}

// do sends a request with a token to the author host.
func (f *fixture) do(t testing.TB, method, target, token string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return send(f.handler, method, target, token, body, headers...)
}

func send(h http.Handler, method, target, token string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for n := 0; n < len(headers); n += 2 {
		r.Header.Add(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// last returns the newest entry of the journal.
func (f *fixture) last(t testing.TB) journal.Entry {
	t.Helper()
	e, ok := f.journal.Get(f.journal.Last())
	if !ok {
		t.Fatal("the journal is empty")
	}
	return e
}

// checks writes an entry's checks, one to a line.
func checks(e journal.Entry) string {
	var b strings.Builder
	for _, c := range e.Checks {
		result := "pass"
		if !c.Passed {
			result = "FAIL"
		}
		line := result + " " + c.Name
		if c.Detail != "" {
			line += ": " + c.Detail
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantStatus(t testing.TB, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status %d, want %d: %s", w.Code, want, w.Body)
	}
}

func wantDiff(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// decoded reads a JSON answer.
func decoded(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

// writer lets the service account write assets.
func (f *fixture) writer(t testing.TB) {
	t.Helper()
	must(t, f.author(t).AddUser(serviceMail, aem.DAMUsers))
}

// names lists the names in a listing.
func names(t testing.TB, w *httptest.ResponseRecorder) []string {
	t.Helper()
	var v struct {
		Entities []struct {
			Properties struct{ Name string }
		}
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &v))
	all := []string{}
	for _, e := range v.Entities {
		all = append(all, e.Properties.Name)
	}
	return all
}

func numbered(n int) string { return fmt.Sprintf("asset-%03d.txt", n) }

// filterAll chooses every entry of the journal.
var filterAll journal.Filter
