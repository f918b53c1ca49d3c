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
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/tokencache"
	"github.com/imsx/imsx/tokencache/storetest"
)

func TestCluster(t *testing.T) {
	nodes := startCluster(t)
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

func TestSentinelFailsOver(t *testing.T) {
	primary := redistest.Start(t)
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+primary.Port())
	eventually(t, "the replica follows", func() bool {
		return strings.Contains(replica.Do("INFO", "replication"), "master_link_status:up")
	})
	sentinel := redistest.StartSentinel(t, "tokens", primary)
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

// The sentinels know other users than the servers, or none.
func TestSentinelLogin(t *testing.T) {
	const password, theirs = "a-password", "the-password-of-sentinels"
	primary := redistest.Start(t)
	primary.Do("ACL", "SETUSER", "tokens", "on", ">"+password, "allkeys", "allcommands", "allchannels")
	open, closed := redistest.StartSentinel(t, "tokens", primary), redistest.StartSentinel(t, "tokens", primary, "requirepass "+theirs)
	tests := map[string]struct {
		sentinel *redistest.Server
		query    string
		cfg      redisstore.Config
		works    bool
	}{
		"no password":               {open, "&sentinel_auth=0", redisstore.Config{}, true},
		"a user that is not there":  {open, "", redisstore.Config{}, false},
		"another user and password": {closed, "", redisstore.Config{SentinelUsername: "default", SentinelPassword: secret.New(theirs)}, true},
		"that of the servers":       {closed, "", redisstore.Config{}, false},
		"none where one is needed":  {closed, "&sentinel_auth=0", redisstore.Config{}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.cfg.URL = tt.sentinel.URL() + "?master_set=tokens" + tt.query
			tt.cfg.Username, tt.cfg.Password, tt.cfg.Timeout = "tokens", secret.New(password), 10*time.Second
			s := newStore(t, tt.cfg)
			err := s.Save(t.Context(), entryName, []byte("entry"), inAnHour())
			if (err == nil) != tt.works {
				t.Errorf("Save = %v, want that it works: %t", err, tt.works)
			}
			if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), theirs)) {
				t.Errorf("Save = %v, which shows a password", err)
			}
		})
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
