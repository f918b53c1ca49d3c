package ims_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/imsx/imsx/emulator/ims"
)

// BenchmarkTokensHeld issues tokens to 10,000 technical accounts, each with a client, and tells how much memory the
// server holds afterwards. For a million tokens: -benchtime 1000000x.
func BenchmarkTokensHeld(b *testing.B) {
	const accounts = 10_000
	s, err := ims.New(ims.Config{})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.AddOrganization(ims.Organization{ID: "O@AdobeOrg"}); err != nil {
		b.Fatal(err)
	}
	account := func(i int64) string { return fmt.Sprintf("%024X@techacct.adobe.com", i) }
	for i := range int64(accounts) {
		if err := s.AddAccount(ims.Account{ID: account(i), Organization: "O@AdobeOrg"}); err != nil {
			b.Fatal(err)
		}
		if err := s.AddClient(ims.Client{ID: fmt.Sprint(i), Organization: "O@AdobeOrg", Account: account(i), Scopes: []string{"openid"}}); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := next.Add(1) % accounts
			if _, err := s.IssueToken(fmt.Sprint(i), account(i), "openid"); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-held")
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-from-system")
	runtime.KeepAlive(s)
}
