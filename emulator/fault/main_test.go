package fault_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a set of faults in front of a handler, behind a journal.
type world struct {
	set     *fault.Set
	journal *journal.Journal
	real    http.Handler
}

const realBody = `{"token_type":"bearer","access_token":"secret","expires_in":863990000}`

// newWorld has a handler that answers as the exchange does, and reads the body as that does.
func newWorld() *world {
	real := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("X-Body", string(body[:min(len(body), 100)]))
		_, _ = io.WriteString(w, realBody)
	})
	return &world{set: fault.NewSet(fault.Config{}), journal: journal.New(0, nil), real: real}
}

func (w *world) handler(service string) http.Handler {
	return w.journal.Middleware(service)(w.set.Middleware(service)(w.real))
}

func (w *world) add(t testing.TB, f fault.Fault) string {
	t.Helper()
	id, err := w.set.Add(f)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ask sends a request in process.
func (w *world) ask(service string, r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.handler(service).ServeHTTP(rec, r)
	return rec
}

// exchange is the request of a client to the exchange.
func exchange(client string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/ims/exchange/jwt", strings.NewReader(url.Values{"client_id": {client}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// statuses asks the exchange n times.
func (w *world) statuses(n int) []int {
	var all []int
	for range n {
		all = append(all, w.ask("ims", exchange("a")).Code)
	}
	return all
}

func status(code int) fault.Effect { return fault.Effect{Status: &fault.Status{Code: code}} }
