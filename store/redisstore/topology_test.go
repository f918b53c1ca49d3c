//go:build unix

package redisstore_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/tokencache"
	"github.com/imsx/imsx/tokencache/storetest"
)

func TestCluster(t *testing.T) {
	var nodes []*redistest.Server
	for range 2 {
		nodes = append(nodes, redistest.Start(t, "--cluster-enabled", "yes"))
	}
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
	url := nodes[0].URL() + "?addr=" + nodes[1].Addr
	n := 0
	storetest.Run(t, func(t *testing.T) tokencache.Store {
		n++
		return newStore(t, redisstore.Config{URL: url, Prefix: fmt.Sprintf("t%d:", n)})
	})
	s := newStore(t, redisstore.Config{URL: url, Prefix: "all:"})
	for i := range 50 {
		if err := s.Save(t.Context(), fmt.Sprintf("%064d", i), []byte("entry"), inAnHour()); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Clear(t.Context()); n != 50 || err != nil {
		t.Errorf("Clear = %d, %v; want 50 from both nodes", n, err)
	}
}

// startSentinel starts one that calls the primary "tokens".
func startSentinel(t *testing.T, primary *redistest.Server) *redistest.Server {
	t.Helper()
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor tokens 127.0.0.1 %s 1\nsentinel down-after-milliseconds tokens 500\nsentinel failover-timeout tokens 5000\n", primary.Port())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return redistest.StartSentinel(t, config)
}

func TestSentinelFailsOver(t *testing.T) {
	primary := redistest.Start(t)
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+primary.Port())
	eventually(t, "the replica follows", func() bool {
		return strings.Contains(replica.Do("INFO", "replication"), "master_link_status:up")
	})
	sentinel := startSentinel(t, primary)
	eventually(t, "the sentinel knows the replica", func() bool {
		return strings.Contains(sentinel.Do("INFO", "sentinel"), "slaves=1")
	})
	s := newStore(t, redisstore.Config{URL: sentinel.URL() + "?master_set=tokens", Timeout: time.Second})
	save(t, s, "before")
	wantEntry(t, s, "before")
	eventually(t, "the replica has the entry", func() bool { return replica.Do("DBSIZE") == ":1" })
	primary.Stop()
	eventually(t, "writes go to the new primary", func() bool {
		return s.Save(t.Context(), entryName, []byte("after"), inAnHour()) == nil
	})
	wantEntry(t, s, "after")
	if !strings.Contains(replica.Do("INFO", "replication"), "role:master") {
		t.Error("the replica is no primary by now")
	}
}

func TestUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "imsx") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "redis.sock")
	redistest.Start(t, "--unixsocket", socket)
	s := newStore(t, redisstore.Config{URL: "unix://" + socket + "?db=2"})
	save(t, s, "entry")
	wantEntry(t, s, "entry")
}

// authority makes certificates for loopback.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (a *authority) issue(name string, isCA bool) (certFile, keyFile string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: isCA, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if a.cert == nil {
		a.cert, a.key = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write(name+".crt", "CERTIFICATE", der), a.write(name+".key", "PRIVATE KEY", keyDER)
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

func TestTLSWithClientCertificate(t *testing.T) {
	ca := &authority{t: t, dir: t.TempDir()}
	caFile, _ := ca.issue("ca", true)
	serverCert, serverKey := ca.issue("server", false)
	clientCert, clientKey := ca.issue("client", false)
	server := redistest.StartTLS(t, "--tls-cert-file", serverCert, "--tls-key-file", serverKey, "--tls-ca-cert-file", caFile)
	url := "rediss://" + server.TLSAddr
	s := newStore(t, redisstore.Config{URL: url, CAFile: caFile, CertFile: clientCert, KeyFile: clientKey})
	save(t, s, "entry")
	wantEntry(t, s, "entry")
	for name, cfg := range map[string]redisstore.Config{
		"an unknown authority":  {CertFile: clientCert, KeyFile: clientKey},
		"no client certificate": {CAFile: caFile},
	} {
		cfg.URL, cfg.Timeout = url, bound
		if _, err := newStore(t, cfg).Load(t.Context(), entryName); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("%s: Load = %v, want that the server cannot be reached", name, err)
		}
	}
}
