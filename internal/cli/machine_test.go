//go:build unix

package cli_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/internal/redistest"
)

// machine is an emulator and the environment of processes that get their tokens from it.
type machine struct {
	em  *emulator.Emulator
	dir string
}

func newMachine(t *testing.T, cfg emulator.Config) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir()}
	em, err := startEmulator(m.dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = em.Close() })
	m.em = em
	return m
}

// exchanges counts those that gave a token.
func (m *machine) exchanges() int {
	return m.em.Journal().Count(journal.Filter{Service: "ims", Route: "exchange", Status: http.StatusOK})
}

// got is what a process printed, and how long it took.
type got struct {
	token string
	took  time.Duration
}

// command is a process of "imsx token", with one of the given caches.
func (m *machine) command(ctx context.Context, t *testing.T, cache ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, "token", "--timeout", "120s", "-c", filepath.Join(m.dir, emulator.ServiceTokenFile),
		"--ca-file", filepath.Join(m.dir, emulator.CertificateAuthorityFile))
	// A busy machine must not make a process give the cache up: how many exchanges there are is what counts here.
	cmd.Env = append([]string{"HOME=" + m.dir, "PATH=" + os.Getenv("PATH"), "IMSX_CACHE_TIMEOUT=20s"}, cache...)
	return cmd
}

// atOnce starts a process for each of the environments, all at the same time, and returns what they printed.
func (m *machine) atOnce(t *testing.T, environments [][]string) []got {
	t.Helper()
	all := make([]got, len(environments))
	var running sync.WaitGroup
	for i, env := range environments {
		running.Go(func() {
			cmd := m.command(t.Context(), t, env...)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			start := time.Now()
			out, err := cmd.Output()
			if err != nil || strings.Contains(stderr.String(), "cache") {
				t.Errorf("imsx token: %v: %s", err, stderr.String())
			}
			all[i] = got{strings.TrimSpace(string(out)), time.Since(start)}
		})
	}
	running.Wait()
	return all
}

func repeated(n int, env ...string) [][]string {
	all := make([][]string, n)
	for i := range all {
		all[i] = env
	}
	return all
}

// wantOneToken checks that all processes got the same.
func wantOneToken(t *testing.T, all []got) string {
	t.Helper()
	for i, g := range all {
		if g.token == "" || g.token != all[0].token {
			t.Fatalf("process %d of %d has another token than the first", i, len(all))
		}
	}
	return all[0].token
}

func TestProcessesOfOneMachineShareAnExchange(t *testing.T) {
	t.Parallel()
	m := newMachine(t, emulator.Config{})
	all := m.atOnce(t, repeated(200, "IMSX_CACHE_DIR="+filepath.Join(t.TempDir(), "cache")))
	wantOneToken(t, all)
	if n := m.exchanges(); n != 1 {
		t.Errorf("200 processes on a cold cache made %d exchanges, want 1", n)
	}
}

// threeMachines are n processes on each of three machines, which share a server.
func threeMachines(t *testing.T, n int, url string) [][]string {
	t.Helper()
	var all [][]string
	for range 3 {
		all = append(all, repeated(n, "IMSX_CACHE_DIR="+t.TempDir(), "IMSX_CACHE="+url)...)
	}
	return all
}

func TestMachinesOfAFleetShareAnExchange(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	m := newMachine(t, emulator.Config{})
	wantOneToken(t, m.atOnce(t, threeMachines(t, 20, server.URL())))
	if n := m.exchanges(); n != 1 {
		t.Errorf("60 processes on three machines made %d exchanges, want 1", n)
	}
}

// The sentinels know another user than the server behind them. Settings come from the environment, or from the
// configuration.
func TestCacheBehindASentinel(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	primary.Do("ACL", "SETUSER", "tokens", "on", ">a-password", "allkeys", "allcommands", "allchannels")
	closed, open := redistest.StartSentinel(t, "tokens", primary, "requirepass theirs"), redistest.StartSentinel(t, "tokens", primary)
	config := filepath.Join(t.TempDir(), "config.yaml")
	for path, text := range map[string]string{
		config: "cache:\n  store: " + closed.URL() + "?master_set=tokens\n  username: tokens\n  password_file: password\n" +
			"  sentinel_username: default\n  sentinel_password_file: theirs\n",
		filepath.Join(filepath.Dir(config), "password"): "a-password\n",
		filepath.Join(filepath.Dir(config), "theirs"):   "theirs\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	login := []string{"IMSX_CACHE_USERNAME=tokens", "IMSX_CACHE_PASSWORD=a-password"}
	m := newMachine(t, emulator.Config{})
	wantOneToken(t, m.atOnce(t, [][]string{
		{"IMSX_CONFIG=" + config},
		append([]string{
			"IMSX_CACHE=" + closed.URL() + "?master_set=tokens",
			"IMSX_CACHE_SENTINEL_USERNAME=default", "IMSX_CACHE_SENTINEL_PASSWORD=theirs",
		}, login...),
		append([]string{"IMSX_CACHE=" + open.URL() + "?master_set=tokens&sentinel_auth=0"}, login...),
	}))
}

// The processes come when the token has just ended, and Adobe's clock is not theirs.
func TestProcessesShareAnExchangeAtExpiry(t *testing.T) {
	t.Parallel()
	const lifetime = 20 * time.Second
	redis := redistest.Start(t)
	for name, environments := range map[string][][]string{
		"file":  repeated(60, "IMSX_CACHE_DIR="+filepath.Join(t.TempDir(), "cache")),
		"redis": threeMachines(t, 20, redis.URL()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, emulator.Config{TokenLifetime: lifetime})
			first := m.atOnce(t, environments[:1])[0]
			expired := time.Now().Add(lifetime)
			m.em.Clock().Move(time.Hour)
			time.Sleep(time.Until(expired))
			second := wantOneToken(t, m.atOnce(t, environments))
			if n := m.exchanges(); n != 2 || second == first.token {
				t.Errorf("%d exchanges in all, want one before and one after the expiry", n)
			}
		})
	}
}

// The holder of the lock is killed while it waits for IMS. The others wait for its lease at most.
func TestKilledHolder(t *testing.T) {
	t.Parallel()
	const lease, tolerance = 10 * time.Second, 5 * time.Second // the lease of the command line; a slow machine
	redis := redistest.Start(t)
	for name, tt := range map[string]struct {
		environments [][]string
		longest      time.Duration
	}{
		"file":  {repeated(20, "IMSX_CACHE_DIR="+filepath.Join(t.TempDir(), "cache")), 2 * time.Second},
		"redis": {threeMachines(t, 7, redis.URL()), lease + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, emulator.Config{})
			id, err := m.em.Faults().Add(fault.Fault{
				Match: fault.Match{Service: "ims", Route: "exchange"}, When: fault.When{Count: 1}, Effect: fault.Effect{Hang: true},
			})
			if err != nil {
				t.Fatal(err)
			}
			holder := m.command(t.Context(), t, tt.environments[0]...)
			if err := holder.Start(); err != nil {
				t.Fatal(err)
			}
			waitForFault(t, m, id)
			_ = holder.Process.Kill()
			_ = holder.Wait()
			all := m.atOnce(t, tt.environments)
			wantOneToken(t, all)
			if n := m.exchanges(); n != 1 { // besides the holder's, which was not answered
				t.Errorf("%d exchanges, want one", n)
			}
			for _, g := range all {
				if g.took > tt.longest+tolerance {
					t.Errorf("a process waited for %v, want %v at most", g.took, tt.longest)
				}
			}
		})
	}
}

// waitForFault waits until a fault was played.
func waitForFault(t *testing.T, m *machine, id string) {
	t.Helper()
	err := waitFor("the holder's request", func() bool {
		for _, s := range m.em.Faults().List() {
			if s.ID == id {
				return s.Played > 0
			}
		}
		return true // it was played as often as it was to be, and is gone
	})
	if err != nil {
		t.Fatal(err)
	}
}
