package ims_test

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// BenchmarkTokensHeld issues tokens to 10,000 technical accounts, each with a client, a binding and a certificate, and
// tells how much memory the server holds afterwards. For a million tokens: -benchtime 1000000x. It takes a quick key to
// sign them, because the memory is what is measured.
func BenchmarkTokensHeld(b *testing.B) {
	s := newServer(b)
	populate(b, s, 10_000)
	must(b, s.RotateKey(quickServerKey(), false))
	clients := s.Clients()
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c := clients[next.Add(1)%int64(len(clients))]
			if _, err := s.IssueToken(c.ID, c.Account, "openid"); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	clients = nil
	b.ReportMetric(float64(heap())/(1<<20), "MiB-held")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-from-system")
	runtime.KeepAlive(s)
}
