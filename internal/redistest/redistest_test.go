//go:build unix

package redistest_test

import (
	"strings"
	"testing"

	"github.com/imsx/imsx/internal/redistest"
)

// Each server has its port for itself, also where some need a second port.
func TestStart(t *testing.T) {
	const n = 12
	ids := map[string]bool{}
	for range n {
		ids[redistest.Start(t, "--cluster-enabled", "yes").Do("CLUSTER", "MYID")] = true
	}
	if len(ids) != n {
		t.Errorf("%d servers answer, want %d", len(ids), n)
	}
}

func TestRestart(t *testing.T) {
	s := redistest.Start(t)
	run := func() string {
		_, rest, _ := strings.Cut(s.Do("INFO", "server"), "run_id:")
		id, _, _ := strings.Cut(rest, "\r\n")
		return id
	}
	first, addr := run(), s.Addr
	s.Restart()
	if second := run(); second == "" || second == first || s.Addr != addr {
		t.Errorf("run %q at %s after %q at %s, want another one there", second, s.Addr, first, addr)
	}
}
