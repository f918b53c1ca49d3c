package journal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/journal"
)

// ask sends a request through the journal to a handler that tells the record what tell does, and answers with a status.
func ask(j *journal.Journal, service, path string, status int, tell func(*journal.Record)) {
	h := j.Middleware(service)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tell != nil {
			tell(journal.From(r.Context()))
		}
		w.WriteHeader(status)
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, nil))
}

// exchange is a request of a client to the exchange.
func exchange(j *journal.Journal, client string, status int) {
	ask(j, "ims", "/ims/exchange/jwt", status, func(r *journal.Record) {
		r.Route("exchange")
		r.Client(client)
		if status >= 400 {
			r.Code("invalid_client")
		}
	})
}

func ids(entries []journal.Entry) []int64 {
	all := []int64{}
	for _, e := range entries {
		all = append(all, e.ID)
	}
	return all
}

func TestEntry(t *testing.T) {
	t.Parallel()
	var clk clock.Clock
	clk.Set(23 * time.Hour)
	j := journal.New(0, &clk)
	before := time.Now()
	ask(j, "ims", "/ims/exchange/jwt?client_secret=hidden", 400, func(r *journal.Record) {
		r.Route("exchange")
		r.Client("client")
		r.Account("account")
		r.Code("invalid_token")
		r.Fault("slow")
		r.Fault("throttled")
		r.DebugID("debug")
		r.Field("grant_type", "client_credentials")
		r.Pass("client exists", "")
		r.Fail("signature", "of another key")
		time.Sleep(time.Millisecond)
	})
	got, ok := j.Get(1)
	want := journal.Entry{
		ID: 1, Service: "ims", Method: "POST", Path: "/ims/exchange/jwt", Route: "exchange", ClientID: "client",
		Account: "account", Status: 400, Code: "invalid_token", Fault: "slow, throttled", DebugID: "debug",
		Fields: []journal.Field{{Name: "grant_type", Value: "client_credentials"}},
		Checks: []journal.Check{
			{Name: "client exists", Passed: true}, {Name: "signature", Detail: "of another key"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(journal.Entry{}, "Time", "Took")); diff != "" || !ok {
		t.Errorf("found %v; entry (-want +got):\n%s", ok, diff)
	}
	if d := got.Time.Sub(before.Add(23 * time.Hour)); d < -time.Second || d > time.Minute {
		t.Errorf("Time = %v, want 23 hours ahead", got.Time)
	}
	if got.Took < time.Millisecond || got.Took > time.Minute {
		t.Errorf("Took = %v", got.Took)
	}
}

func TestRecordWithoutRequest(t *testing.T) {
	t.Parallel()
	r := journal.From(t.Context())
	if r != nil {
		t.Fatalf("From = %v, want nil", r)
	}
	for _, tell := range []func(string){r.Route, r.Client, r.Account, r.Code, r.Fault, r.DebugID} {
		tell("text") // must not panic
	}
	r.Field("name", "value")
	r.Pass("check", "")
	r.Fail("check", "")
}

func TestRecordAfterTheRequest(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	var kept *journal.Record
	ask(j, "ims", "/", 200, func(r *journal.Record) {
		r.Pass("first", "")
		kept = r
	})
	kept.Client("late")
	kept.Fault("late")
	kept.Pass("late", "")
	kept.Field("late", "")
	e, _ := j.Get(1)
	if len(e.Checks) != 1 || e.ClientID != "" || e.Fault != "" || e.Fields != nil {
		t.Errorf("the entry changed after the end of the request: %+v", e)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	exchange(j, "a", 200)
	exchange(j, "b", 200)
	exchange(j, "a", 400)
	ask(j, "aem-author", "/api/assets.json", 403, func(r *journal.Record) { r.Client("a"); r.Code("forbidden") })
	ask(j, "ims", "/ims/profile/v1", 429, func(r *journal.Record) { r.Route("profile"); r.Fault("throttled") })
	for _, tt := range []struct {
		name   string
		filter journal.Filter
		want   []int64
		count  int // as want, if 0
	}{
		{"all", journal.Filter{}, []int64{1, 2, 3, 4, 5}, 0},
		{"a service", journal.Filter{Service: "ims"}, []int64{1, 2, 3, 5}, 0},
		{"a route", journal.Filter{Route: "exchange"}, []int64{1, 2, 3}, 0},
		{"a client", journal.Filter{ClientID: "a"}, []int64{1, 3, 4}, 0},
		{"a client's exchanges", journal.Filter{ClientID: "a", Route: "exchange"}, []int64{1, 3}, 0},
		{"a status", journal.Filter{Status: 200}, []int64{1, 2}, 0},
		{"a code", journal.Filter{Code: "forbidden"}, []int64{4}, 0},
		{"a fault", journal.Filter{Fault: "throttled"}, []int64{5}, 0},
		{"another fault", journal.Filter{Fault: "slow"}, []int64{}, 0},
		{"any fault", journal.Filter{Fault: "*"}, []int64{5}, 0},
		{"since", journal.Filter{Since: 3}, []int64{4, 5}, 0},
		{"the newest", journal.Filter{Limit: 2}, []int64{4, 5}, 5},
		{"the newest of a client", journal.Filter{Limit: 2, ClientID: "a"}, []int64{3, 4}, 3},
		{"nothing", journal.Filter{ClientID: "nobody"}, []int64{}, 0},
		{"the future", journal.Filter{Since: 99}, []int64{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ids(j.Query(tt.filter))); diff != "" {
				t.Errorf("Query (-want +got):\n%s", diff)
			}
			want := max(tt.count, len(tt.want))
			if got := j.Count(tt.filter); got != want {
				t.Errorf("Count = %d, want %d", got, want)
			}
		})
	}
}

func TestResultsAreCopies(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	ask(j, "ims", "/", 200, func(r *journal.Record) { r.Pass("check", "detail"); r.Field("name", "value") })
	for name, get := range map[string]func() journal.Entry{
		"Query": func() journal.Entry { return j.Query(journal.Filter{})[0] },
		"Get":   func() journal.Entry { e, _ := j.Get(1); return e },
		"Subscribe": func() journal.Entry {
			return <-j.Subscribe(t.Context(), 0)
		},
	} {
		e := get()
		e.Checks[0].Name, e.Fields[0].Value = "changed", "changed"
		if e := get(); e.Checks[0].Name != "check" || e.Fields[0].Value != "value" {
			t.Errorf("a change of what %s returned changed the journal: %+v", name, e)
		}
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	const capacity = 10
	j := journal.New(capacity, nil)
	for n := range 3*capacity + 7 {
		exchange(j, fmt.Sprintf("client %d", n%2), 200)
	}
	got := ids(j.Query(journal.Filter{}))
	if len(got) != capacity || got[0] != 28 || got[capacity-1] != 37 || j.Last() != 37 {
		t.Errorf("remembered are %v, Last() = %d", got, j.Last())
	}
	for id, want := range map[int64]bool{-1: false, 0: false, 1: false, 27: false, 28: true, 37: true, 38: false} {
		if e, ok := j.Get(id); ok != want || ok && e.ID != id {
			t.Errorf("Get(%d) = %d, %v; want %v", id, e.ID, ok, want)
		}
	}
	if got := j.Count(journal.Filter{ClientID: "client 0"}); got != 19 {
		t.Errorf("Count = %d, want 19: also those that fell out", got)
	}
	if got := j.Count(journal.Filter{ClientID: "client 0", Since: 27}); got != 5 {
		t.Errorf("Count since 27 = %d, want 5", got)
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	j := journal.New(1, nil)
	for range 3 {
		exchange(j, "b", 200)
	}
	exchange(j, "a", 400)
	exchange(j, "a", 200)
	want := []journal.Total{
		{Service: "ims", Route: "exchange", ClientID: "a", Status: 200, Count: 1},
		{Service: "ims", Route: "exchange", ClientID: "a", Status: 400, Code: "invalid_client", Count: 1},
		{Service: "ims", Route: "exchange", ClientID: "b", Status: 200, Count: 3},
	}
	if diff := cmp.Diff(want, j.Totals(journal.Filter{})); diff != "" {
		t.Errorf("Totals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:], j.Totals(journal.Filter{ClientID: "b"})); diff != "" {
		t.Errorf("Totals of b (-want +got):\n%s", diff)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	j := journal.New(10, nil)
	exchange(j, "a", 200)
	exchange(j, "a", 200)
	j.Clear()
	if got := j.Query(journal.Filter{}); len(got) != 0 || j.Count(journal.Filter{}) != 0 || len(j.Totals(journal.Filter{})) != 0 {
		t.Errorf("after Clear: %v", got)
	}
	if _, ok := j.Get(2); ok {
		t.Error("an entry is left after Clear")
	}
	exchange(j, "a", 200)
	if got := ids(j.Query(journal.Filter{})); !cmp.Equal(got, []int64{3}) || j.Count(journal.Filter{}) != 1 {
		t.Errorf("ids %v, count %d; want 3 and 1", got, j.Count(journal.Filter{}))
	}
}

// TestMemoryOfHostileRequests fills a journal with the largest entries that handlers can make.
func TestMemoryOfHostileRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("fills some megabytes")
	}
	const capacity = 200
	j := journal.New(capacity, nil)
	long := strings.Repeat("x", 50_000)
	before := heap()
	for n := range 2 * capacity {
		ask(j, "ims", "/"+long, 200, func(r *journal.Record) {
			r.Client(fmt.Sprint(n, long))
			r.Code(long)
			for range 300 {
				r.Field("name", long)
				r.Fail("name", long)
			}
		})
	}
	per := (int64(heap()) - int64(before)) / capacity
	if per > 12<<10 {
		t.Errorf("an entry keeps %d bytes", per)
	}
	e, _ := j.Get(2 * capacity)
	if !e.Shortened || len(e.Path) > 300 || len(e.ClientID) > 300 || len(e.Fields) > 50 || len(e.Checks) > 50 {
		t.Errorf("shortened %v, path %d bytes, %d fields, %d checks", e.Shortened, len(e.Path), len(e.Fields), len(e.Checks))
	}
	runtime.KeepAlive(j)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestManyClientsAreBounded(t *testing.T) {
	t.Parallel()
	j := journal.New(1, nil)
	const clients = 100_500
	h := j.Middleware("ims")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		journal.From(r.Context()).Client(r.URL.Path)
	}))
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for n := range clients {
		r.URL.Path = fmt.Sprint(n)
		h.ServeHTTP(w, r)
	}
	if got := j.Count(journal.Filter{}); got != clients {
		t.Errorf("Count = %d, want %d: none may be lost", got, clients)
	}
	if got := len(j.Totals(journal.Filter{})); got > 100_001 {
		t.Errorf("%d totals are kept", got)
	}
	if got := j.Count(journal.Filter{ClientID: "7"}); got != 1 {
		t.Errorf("Count of an early client = %d, want 1", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	j := journal.New(50, nil)
	var wait sync.WaitGroup
	for n := range 8 {
		wait.Go(func() {
			for range 200 {
				exchange(j, fmt.Sprint(n), 200)
				j.Query(journal.Filter{Limit: 3})
				j.Count(journal.Filter{Route: "exchange"})
			}
		})
	}
	wait.Wait()
	if got := j.Count(journal.Filter{ClientID: "3"}); got != 200 {
		t.Errorf("Count = %d, want 200", got)
	}
	seen := map[int64]bool{}
	for _, e := range j.Query(journal.Filter{}) {
		if seen[e.ID] {
			t.Errorf("the id %d is there twice", e.ID)
		}
		seen[e.ID] = true
	}
}

// TestReadingWhileWriting is for the race detector: each way to read, while requests come.
func TestReadingWhileWriting(t *testing.T) {
	t.Parallel()
	j := journal.New(8, nil)
	var writers, readers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 100 {
				exchange(j, "a", 200)
			}
		})
	}
	for _, read := range []func(){
		func() { j.Get(j.Last()) }, func() { j.Query(journal.Filter{Limit: 3}) },
		func() { j.Count(journal.Filter{ClientID: "a"}) }, func() { j.Count(journal.Filter{Since: 1}) },
	} {
		readers.Go(func() {
			for j.Last() < 400 {
				read()
				runtime.Gosched()
			}
		})
	}
	writers.Wait()
	readers.Wait()
	if got := j.Count(journal.Filter{}); got != 400 {
		t.Errorf("%d requests are counted, want 400", got)
	}
}
