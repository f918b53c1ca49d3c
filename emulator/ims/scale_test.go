package ims_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/secret"
)

// populate adds n technical accounts, each with a client, a binding and a certificate of its own.
func populate(t testing.TB, s *ims.Server, n int) {
	t.Helper()
	cert := certificate(t, secondKey(), -1e12, 1e12)
	for i, id := range manyIDs(n) {
		a := id + "@techacct.adobe.com"
		must(t, s.AddAccount(ims.Account{ID: a, Organization: org, Email: id + "@techacct.adobe.com", Name: "Account " + id}))
		c := client()
		c.ID, c.Account, c.Secrets = fmt.Sprintf("client-%d", i), a, []secret.Text{secret.New("p8e-" + id)}
		must(t, s.AddClient(c))
		must(t, s.AddBinding(ims.Binding{Organization: org, Account: a, ClientID: c.ID, Metascopes: []string{metascope}}))
		must(t, s.AddCertificate(c.ID, cert))
	}
}

// BenchmarkExchangeAccounts is the time of one exchange, without the network, with more and more accounts. It must not
// grow.
func BenchmarkExchangeAccounts(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newServer(b)
			populate(b, s, n)
			h := journal.New(0, &clock.Clock{}).Middleware("ims")(s)
			body := exchangeFields(sign(b, jose.RS256, firstKey(), claims(nil))).Encode()
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, exchange, strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatalf("status %d: %s", w.Code, w.Body)
				}
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestScale holds 10,000 accounts and remembers nothing of issued tokens; a mark doubles nothing but the counters. What a
// million ended tokens take is in TestMillionRevoked.
func TestScale(t *testing.T) {
	if testing.Short() {
		t.Skip("many accounts")
	}
	s := newServer(t)
	before := heap()
	populate(t, s, 10_000)
	s.Mark()
	used := int64(heap()) - int64(before)
	t.Logf("10,000 accounts take %d MiB", used>>20)
	if used > 128<<20 {
		t.Errorf("10,000 accounts take %d MiB, want less than 128", used>>20)
	}
	if got := len(s.Bindings()); got != 10_001 {
		t.Errorf("%d bindings", got)
	}
	// Issued tokens leave nothing. At 16 bytes each, a number to remember them by, these would be 312 KiB.
	must(t, s.RotateKey(quickServerKey(), true))
	before = heap()
	for range 20_000 {
		if _, err := s.IssueToken(clientID, account); err != nil {
			t.Fatal(err)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 256<<10 {
		t.Errorf("20,000 tokens have left %d KiB", grown>>10)
	}
	s.Reset()
	wantToken(t, post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))))
	for _, a := range s.Accounts()[:100] {
		must(t, s.RemoveAccount(a.ID))
	}
	if got := len(s.Accounts()); got != 10_001-100 {
		t.Errorf("%d accounts are left", got)
	}
}
