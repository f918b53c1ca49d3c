//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/redisstore"
)

// The tests of this file keep the operator's page true.

// inPage returns what the operator's page says in the place of the expression's parenthesis.
func inPage(t *testing.T, expression string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(expression).FindSubmatch(page)
	if m == nil {
		t.Fatalf("docs/redis.md has nothing like %q", expression)
	}
	return string(m[1])
}

// setUser gives a server the user of the operator's page, with further rights as the page names them.
func setUser(t *testing.T, server *redistest.Server, further ...string) {
	t.Helper()
	rule := strings.Fields(strings.Replace(inPage(t, `(?m)^ACL SETUSER tokens (.*)$`), ">PASSWORD", ">a-password", 1))
	if got := server.Do(append([]string{"ACL", "SETUSER", "tokens"}, append(rule, further...)...)...); got != "+OK" {
		t.Fatal(got)
	}
}

// wantEnoughRights does all that a store can do.
func wantEnoughRights(t *testing.T, url string) {
	t.Helper()
	const lease = 3 * time.Second // a slow machine renews it in time
	log := &eventLog{}
	open := func() *redisstore.Store {
		return newStore(t, redisstore.Config{URL: url, Username: "tokens", Password: secret.New("a-password"), Lease: lease, Notify: log.add})
	}
	s := open()
	save(t, s, "entry")
	wantEntry(t, s, "entry")
	wantEntry(t, open(), "entry") // by its local copy
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(lease + lease/6) // it is renewed meanwhile
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if second, err := open().Lock(ctx, entryName); err == nil {
		second()
		t.Error("the lease could not be renewed")
	}
	if err := s.SaveNewer(t.Context(), entryName, []byte("newer"), time.Now(), inAnHour()); err != nil {
		t.Error(err)
	}
	unlock()
	again, err := open().Lock(t.Context(), entryName)
	if err != nil {
		t.Fatalf("Lock after unlock: %v", err)
	}
	again()
	n := 0
	if err := s.List(t.Context(), func(redisstore.Info) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("List = %d entries, %v; want 1", n, err)
	}
	if err := s.Delete(t.Context(), entryName); err != nil {
		t.Error(err)
	}
	if got := log.text(); got != "" {
		t.Errorf("events %q with %v, want none", got, log.last)
	}
}

func TestLeastRights(t *testing.T) {
	t.Run("one server", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t)
		setUser(t, server)
		wantEnoughRights(t, server.URL())
		other := newStore(t, redisstore.Config{URL: server.URL(), Username: "tokens", Password: secret.New("a-password"), Prefix: "elsewhere:"})
		if err := other.Save(t.Context(), entryName, nil, inAnHour()); err == nil {
			t.Error("the rule allows other keys")
		}
		named := newStore(t, redisstore.Config{URL: strings.Replace(server.URL(), "://", "://tokens:a-password@", 1)})
		save(t, named, "entry")
		wantEntry(t, named, "entry")
	})
	t.Run("another database", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t)
		setUser(t, server, inPage(t, "(?m)^- a database other than 0: `(.*)`"))
		wantEnoughRights(t, server.URL()+"/5")
	})
	t.Run("a cluster", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t, "--cluster-enabled", "yes")
		server.Do("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
		eventually(t, "the cluster is whole", func() bool {
			return strings.Contains(server.Do("CLUSTER", "INFO"), "cluster_state:ok")
		})
		setUser(t, server, inPage(t, "(?m)^- Cluster: `(.*)`"))
		wantEnoughRights(t, server.URL())
	})
	t.Run("behind a sentinel", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t)
		setUser(t, server, inPage(t, "(?m)^- Sentinel: `(.*)`"))
		sentinel := redistest.StartSentinel(t, "tokens", server)
		rule := inPage(t, "(?m)^- on each sentinel.*`allchannels -@all`: `(.*)`")
		args := append([]string{"ACL", "SETUSER", "tokens", "on", ">a-password", "allchannels", "-@all"}, strings.Fields(rule)...)
		if got := sentinel.Do(args...); got != "+OK" {
			t.Fatal(got)
		}
		wantEnoughRights(t, sentinel.URL()+"?master_set=tokens")
	})
}

// TestEachRightIsNeeded takes the rights of the page away, one at a time.
func TestEachRightIsNeeded(t *testing.T) {
	for _, right := range regexp.MustCompile(`\+[a-z|]+`).FindAllString(inPage(t, `(?m)^ACL SETUSER tokens (.*)$`), -1) {
		if right == "+hello" || right == "+ping" {
			continue // asked for before the login, and after a time of silence
		}
		t.Run(right, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			setUser(t, server, "-"+right[1:])
			server.Do("ACL", "LOG", "RESET")
			open := func() *redisstore.Store {
				return newStore(t, redisstore.Config{URL: server.URL(), Username: "tokens", Password: secret.New("a-password"), Lease: time.Second})
			}
			s := open()
			_ = s.Save(t.Context(), entryName, nil, inAnHour())
			if _, err := open().Load(t.Context(), entryName); right == "+get" && (err == nil || errors.Is(err, fs.ErrNotExist)) {
				t.Errorf("Load = %v, want the server's refusal", err)
			}
			if unlock, err := s.Lock(t.Context(), entryName); err == nil {
				time.Sleep(500 * time.Millisecond) // the lease is renewed
				unlock()
			}
			_ = s.List(t.Context(), func(redisstore.Info) error { return nil })
			_ = s.Delete(t.Context(), entryName)
			command, _, _ := strings.Cut(right[1:], "|")
			if !refuses(t, server, command) {
				t.Errorf("nothing that the store does needs %s", right)
			}
		})
	}
}

// refuses reports whether the server has refused a command to the user of the page.
func refuses(t *testing.T, server *redistest.Server, command string) bool {
	t.Helper()
	for line := range strings.SplitSeq(server.Do("INFO", "commandstats"), "\r\n") {
		name, rest, _ := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":")
		base, _, _ := strings.Cut(name, "|")
		if base == command && !strings.Contains(rest, "rejected_calls=0") {
			return true
		}
	}
	return false
}

// TestMemoryPerEntry measures what a token costs, and looks whether the page says so.
func TestMemoryPerEntry(t *testing.T) {
	e, server := newEmulator(t), redistest.Start(t)
	p := newProcess(t, e, e.ServiceToken, newStore(t, redisstore.Config{URL: server.URL()}))
	tok := p.token()
	key := "imsx:{" + p.Names()[0] + "}"
	number := func(reply string) int {
		n, err := strconv.Atoi(strings.TrimPrefix(reply, ":"))
		if err != nil {
			t.Fatalf("%q: %v", reply, err)
		}
		return n
	}
	used := number(server.Do("MEMORY", "USAGE", key))
	value := number(server.Do("STRLEN", key))
	t.Logf("a token of %d characters: a value of %d bytes, %d bytes of the server's memory", tok.AccessToken.Len(), value, used)
	said, err := strconv.Atoi(strings.ReplaceAll(inPage(t, `MEMORY USAGE.* says ([0-9,]+) bytes`), ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	if used < said/2 || used > said*3/2 {
		t.Errorf("an entry takes %d bytes, the page says %d", used, said)
	}
}

// TestCommandsPerLifetime counts what a process asks of the server for one token, and looks whether the page says so.
func TestCommandsPerLifetime(t *testing.T) {
	e, server := newEmulator(t), redistest.Start(t)
	counts := map[string]int{}
	open := func() *redisstore.Store {
		return newStore(t, redisstore.Config{URL: server.URL(), Observe: func(o redisstore.Operation) { counts[o.Name]++ }})
	}
	newProcess(t, e, e.ServiceToken, open()).token()
	if got, want := fmt.Sprint(counts), "map[load:2 lock:1 save:1 unlock:1]"; got != want {
		t.Errorf("the process that renews makes the exchanges %s, want %s", got, want)
	}
	inPage(t, `(two reads, one lock, one write, one unlock)`)
	clear(counts)
	reader := newProcess(t, e, e.ServiceToken, open())
	for range 100 {
		reader.token()
	}
	if got, want := fmt.Sprint(counts), "map[load:1]"; got != want {
		t.Errorf("another process makes the exchanges %s, want %s", got, want)
	}
	inPage(t, `(one read, and no more)`)
}
