package journal_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/emulator/journal"
)

// discard is a writer that costs nothing.
type discard struct{}

var noHeader = http.Header{}

func (discard) Header() http.Header         { return noHeader }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func newRequest() *http.Request {
	return httptest.NewRequest(http.MethodPost, "/ims/exchange/jwt", nil)
}

// handlerLikeTheExchange tells as much as the exchange does.
func handlerLikeTheExchange() http.Handler {
	checks := []string{
		"fields", "client exists", "not throttled", "client secret", "not migrated", "grant", "decodes", "integers",
		"not expired", "claims", "audience", "binding", "signature", "jti", "metascopes",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := journal.From(r.Context())
		rec.Route("exchange")
		rec.DebugID("0123456789abcdef0123456789abcdef")
		rec.Field("client_id", "cm-p11111-e22222-integration-0")
		rec.Field("client_secret", "sha256:0123456789ab")
		rec.Field("jwt_token", "sha256:0123456789ab")
		for _, c := range checks {
			rec.Pass(c, "")
		}
		rec.Client("cm-p11111-e22222-integration-0")
		rec.Account("0123456789ABCDEF01234567@techacct.adobe.com")
		w.WriteHeader(200)
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	type want struct {
		status int
		broken bool
	}
	for _, tt := range []struct {
		name  string
		serve http.HandlerFunc
		want  want
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, want{200, false}},
		{"body only", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, want{200, false}},
		{"status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) }, want{418, false}},
		{"two statuses", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(404)
		}, want{404, false}},
		{"aborted at once", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, want{0, false}},
		{"aborted in the middle", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			panic(http.ErrAbortHandler)
		}, want{200, true}},
		{"flushed", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() }, want{200, false}},
		{"taken over", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}, want{0, false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := journal.New(0, nil)
			visit, ended := j.Middleware("ims")(tt.serve), make(chan struct{}, 8)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { ended <- struct{}{} }()
				visit.ServeHTTP(w, r)
			}))
			client := server.Client()
			if res, err := client.Post(server.URL+"/a", "text/plain", strings.NewReader("x")); err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			<-ended // closing the server does not wait for a handler that took its connection over
			server.Close()
			e, ok := j.Get(1)
			if got := (want{e.Status, e.Broken}); !ok || got != tt.want {
				t.Errorf("status and broken are %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestPanicGoesOn(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	boom := errors.New("boom")
	h := j.Middleware("ims")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(boom) }))
	defer func() {
		if got := recover(); got != any(boom) {
			t.Errorf("recovered %v, want the handler's panic", got)
		}
		if e, ok := j.Get(1); !ok || e.Status != 0 {
			t.Errorf("entry %+v, %v", e, ok)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), newRequest())
}

func TestDebugIDOfTheAnswer(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	h := j.Middleware("ims")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Debug-Id", "from the header")
	}))
	h.ServeHTTP(httptest.NewRecorder(), newRequest())
	if e, _ := j.Get(1); e.DebugID != "from the header" {
		t.Errorf("DebugID = %q", e.DebugID)
	}
}

// TestResponseController checks that what a handler can do without the journal it can do with it.
func TestResponseController(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	flushed := make(chan struct{})
	goOn := make(chan struct{})
	server := httptest.NewServer(j.Middleware("ims")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		for name, err := range map[string]error{
			"SetReadDeadline":  c.SetReadDeadline(time.Now().Add(time.Minute)),
			"SetWriteDeadline": c.SetWriteDeadline(time.Now().Add(time.Minute)),
			"EnableFullDuplex": c.EnableFullDuplex(),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, _ = io.WriteString(w, "first\n")
		if err := c.Flush(); err != nil {
			t.Errorf("Flush: %v", err)
		}
		close(flushed)
		<-goOn
		_, _ = io.WriteString(w, "second\n")
	})))
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	<-flushed
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" {
		t.Errorf("before the end came %q, %v", line, err)
	}
	close(goOn)
	if line, err := lines.ReadString('\n'); line != "second\n" {
		t.Errorf("at the end came %q, %v", line, err)
	}
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(10, nil)
		exchange(j, "a", 200)
		exchange(j, "b", 200)
		old, all, fresh := j.Subscribe(t.Context(), 1), j.Subscribe(t.Context(), 0), j.Subscribe(t.Context(), j.Last())
		exchange(j, "c", 200)
		for _, tt := range []struct {
			name string
			from <-chan journal.Entry
			want []int64
		}{{"after an id", old, []int64{2, 3}}, {"from the beginning", all, []int64{1, 2, 3}}, {"from now on", fresh, []int64{3}}} {
			for _, want := range tt.want {
				if e := <-tt.from; e.ID != want || e.Missed != 0 {
					t.Errorf("%s: entry %d, missed %d; want %d", tt.name, e.ID, e.Missed, want)
				}
			}
			synctest.Wait()
			select {
			case e := <-tt.from:
				t.Errorf("%s: entry %d came, too", tt.name, e.ID)
			default:
			}
		}
		exchange(j, "d", 200)
		if e := <-fresh; e.ClientID != "d" {
			t.Errorf("after waiting came %+v", e)
		}
	})
}

func TestSlowSubscriber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(10, nil)
		slow := j.Subscribe(t.Context(), 0)
		for range 100 {
			exchange(j, "a", 200) // must not block
		}
		synctest.Wait()
		var got []int64
		missed := int64(0)
		for {
			select {
			case e := <-slow:
				got = append(got, e.ID)
				missed += e.Missed
				synctest.Wait()
				continue
			default:
			}
			break
		}
		if n := int64(len(got)); n+missed != 100 || missed < 80 || got[n-1] != 100 {
			t.Errorf("got %v and missed %d", got, missed)
		}
	})
}

func TestSubscriberOfAnEarlierEmulator(t *testing.T) {
	t.Parallel()
	j := journal.New(10, nil)
	exchange(j, "a", 200)
	if e := <-j.Subscribe(t.Context(), 500); e.ID != 1 || e.Missed != 0 {
		t.Errorf("got entry %d, missed %d; want the first", e.ID, e.Missed)
	}
}

func TestClearedIsNotMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(10, nil)
		exchange(j, "a", 200)
		c := j.Subscribe(t.Context(), 1)
		exchange(j, "a", 200)
		synctest.Wait() // the second is on its way
		exchange(j, "a", 200)
		j.Clear()
		exchange(j, "a", 200)
		first, second := <-c, <-c
		if first.ID != 2 || second.ID != 4 || second.Missed != 0 {
			t.Errorf("got %d and %d, missed %d; want 2 and 4, none missed", first.ID, second.ID, second.Missed)
		}
	})
}

// client is a writer that counts the journal's entries each time it gets something.
type client struct {
	*httptest.ResponseRecorder
	journal *journal.Journal
	seen    []int
}

func (c *client) Write(b []byte) (int, error) {
	c.seen = append(c.seen, c.journal.Count(journal.Filter{}))
	return c.ResponseRecorder.Write(b)
}

// TestEntryBeforeTheLastByte: who has read an answer whose length was declared, and then asks the journal, finds it there.
func TestEntryBeforeTheLastByte(t *testing.T) {
	t.Parallel()
	j := journal.New(0, nil)
	handler := j.Middleware("ims")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		journal.From(r.Context()).Route("exchange")
		w.Header().Set("Content-Length", "10000")
		_, _ = io.WriteString(w, strings.Repeat("a", 5000))
		_, _ = io.WriteString(w, strings.Repeat("b", 5000))
	}))
	c := &client{ResponseRecorder: httptest.NewRecorder(), journal: j}
	handler.ServeHTTP(c, newRequest())
	if len(c.seen) != 2 || c.seen[0] != 0 || c.seen[1] != 1 {
		t.Errorf("entries when the parts of the body arrived: %v, want [0 1]", c.seen)
	}
	entries := j.Query(journal.Filter{})
	if len(entries) != 1 || entries[0].Status != 200 || entries[0].Route != "exchange" || entries[0].Broken {
		t.Errorf("entries %+v, want one", entries)
	}
}
