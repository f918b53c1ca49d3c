//go:build unix

package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/store/redisstore"
)

// startCluster starts two nodes, the first with the lower half of the slots, and waits until they know each other.
func startCluster(t *testing.T) [2]*redistest.Server {
	t.Helper()
	nodes := [2]*redistest.Server{redistest.Start(t, "--cluster-enabled", "yes"), redistest.Start(t, "--cluster-enabled", "yes")}
	nodes[0].Do("CLUSTER", "ADDSLOTSRANGE", "0", "8191")
	nodes[1].Do("CLUSTER", "ADDSLOTSRANGE", "8192", "16383")
	if got := nodes[0].Do("CLUSTER", "MEET", "127.0.0.1", nodes[1].Port()); got != "+OK" {
		t.Fatal(got)
	}
	for _, node := range nodes {
		eventually(t, "the cluster is whole", func() bool {
			info := node.Do("CLUSTER", "INFO")
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:2")
		})
	}
	return nodes
}

// The operator moves the entry's slot from one node to the other, while the store is used.
func TestSlotMoves(t *testing.T) {
	nodes := startCluster(t)
	key := "imsx:{" + entryName + "}"
	slot := strings.TrimPrefix(nodes[0].Do("CLUSTER", "KEYSLOT", key), ":")
	from, to := nodes[0], nodes[1]
	if len(slot) == 5 || len(slot) == 4 && slot > "8191" {
		from, to = to, from
	}
	open := func() *redisstore.Store {
		return newStore(t, redisstore.Config{URL: nodes[0].URL(), Timeout: 10 * time.Second})
	}
	s, other := open(), open()
	use := func(entry string) {
		t.Helper()
		for _, user := range []*redisstore.Store{s, other, open()} {
			unlock, err := user.Lock(t.Context(), entryName)
			if err != nil {
				t.Fatalf("Lock: %v", err)
			}
			if err := user.SaveNewer(t.Context(), entryName, []byte(entry), time.Now(), inAnHour()); err != nil {
				t.Fatalf("SaveNewer: %v", err)
			}
			wantEntry(t, user, entry)
			unlock()
		}
	}
	use("before")
	must := func(node *redistest.Server, want string, args ...string) {
		t.Helper()
		if got := node.Do(args...); got != want {
			t.Fatalf("%q = %q, want %q", args, got, want)
		}
	}
	fromID, toID := from.Do("CLUSTER", "MYID"), to.Do("CLUSTER", "MYID")
	must(to, "+OK", "CLUSTER", "SETSLOT", slot, "IMPORTING", fromID)
	must(from, "+OK", "CLUSTER", "SETSLOT", slot, "MIGRATING", toID)
	use("the entry is here, and new keys are there")
	must(from, "+OK", "MIGRATE", "127.0.0.1", to.Port(), key, "0", "5000")
	use("the entry is there")
	for _, node := range []*redistest.Server{to, from} {
		must(node, "+OK", "CLUSTER", "SETSLOT", slot, "NODE", toID)
	}
	use("after")
	for _, user := range []*redisstore.Store{s, other} {
		eventually(t, "all see the last entry", func() bool {
			entry, err := user.Load(t.Context(), entryName)
			return err == nil && string(entry) == "after"
		})
	}
}

// What an operator does to a server in use: connections are killed, everything is deleted, scripts are forgotten.
func TestOperatorInterferes(t *testing.T) {
	server := redistest.Start(t)
	log := &eventLog{}
	s := newStore(t, redisstore.Config{URL: server.URL(), Timeout: 10 * time.Second, Notify: log.add})
	steps := map[string]func(){
		"CLIENT KILL":  func() { server.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") },
		"FLUSHALL":     func() { server.Do("FLUSHALL") },
		"SCRIPT FLUSH": func() { server.Do("SCRIPT", "FLUSH") },
		"DEBUG SLEEP":  func() { server.Do("DEBUG", "SLEEP", "0.2") },
	}
	for name, interfere := range steps {
		save(t, s, "before "+name)
		wantEntry(t, s, "before "+name)
		interfere()
		if name == "FLUSHALL" {
			eventually(t, "the entry is gone", func() bool { _, err := s.Load(t.Context(), entryName); return err != nil })
		}
		eventually(t, name+" is over", func() bool {
			return s.SaveNewer(t.Context(), entryName, []byte("after"), time.Now(), inAnHour()) == nil
		})
		wantEntry(t, s, "after")
	}
}

// A server that only knows the second version of the protocol, as managed ones and proxies do.
func TestOldProtocol(t *testing.T) {
	server := redistest.Start(t, "--rename-command", "HELLO", "")
	s := newStore(t, redisstore.Config{URL: server.URL() + "?client_cache=0"})
	save(t, s, "entry")
	wantEntry(t, s, "entry")
	foreign := newStore(t, redisstore.Config{URL: server.URL() + "?client_cache=0"})
	save(t, foreign, "foreign")
	wantEntry(t, s, "foreign")
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := newStore(t, redisstore.Config{URL: server.URL()}).Save(t.Context(), entryName, nil, inAnHour()); err == nil {
		t.Error("client-side caching works without HELLO")
	}
}
