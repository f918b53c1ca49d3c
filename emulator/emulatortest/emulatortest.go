// Package emulatortest starts an emulator inside a Go test and ends it with the test.
//
//	func TestFetch(t *testing.T) {
//		e := emulatortest.New(t)
//		cfg := MyConfig{Credentials: e.ServiceToken, HTTPClient: e.Client}
//		...
//		if got := e.Tokens(); got != 1 {
//			t.Errorf("%d tokens were fetched", got)
//		}
//	}
//
// Each emulator has its own ports, accounts, secrets, faults, clock, journal and directory, so parallel tests do not
// disturb each other. Only the RSA keys are shared, because making them is slow.
//
// A test that wants something to go wrong plays a fault or moves the clock, and then counts what was asked:
//
//	e.Play(t, fault.Fault{Match: fault.Match{Route: "exchange"}, Effect: fault.Effect{Error: "throttled"}, When: fault.When{Count: 2}})
//	e.Clock().Move(23 * time.Hour)
//	...
//	e.WantRequests(t, 3, journal.Filter{Route: "exchange"})
package emulatortest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/imsx/imsx/emulator"
)

// Emulator is a running emulator, its files, and a client that trusts it. The methods of [emulator.Emulator] are
// there, too: URL, AEMAuthorURL, IMS, AEM, Faults, Clock, Journal, Close and others.
type Emulator struct {
	*emulator.Emulator

	// Client trusts the emulator's authority and nothing else, and follows no proxy of the environment.
	Client *http.Client
	// CAs holds the emulator's authority. It is empty with emulator.Config.Plain.
	CAs *x509.CertPool
	// Dir is where the files are, a temporary directory of the test.
	Dir string
	// CAFile is the path of ca.pem. It is "" with emulator.Config.Plain.
	CAFile string
	// ServiceToken, OAuthServerToServer and LocalDevelopmentToken are the paths of the credential files.
	ServiceToken, OAuthServerToServer, LocalDevelopmentToken string
}

// keys are made once for each test binary.
var keys = sync.OnceValues(emulator.GenerateKeys)

// New starts an emulator on a free port of 127.0.0.1 with TLS and writes its files. Options change its configuration
// before it is made. The test fails at once if that is not possible. The emulator ends with the test.
func New(t testing.TB, options ...func(*emulator.Config)) *Emulator {
	t.Helper()
	var cfg emulator.Config
	for _, option := range options {
		option(&cfg)
	}
	seeded := cfg.Seed != "" || cfg.Scenario != nil && cfg.Scenario.Seed != nil
	if !seeded && cfg.Keys == (emulator.Keys{}) {
		shared, err := keys()
		if err != nil {
			t.Fatal(err)
		}
		cfg.Keys = shared
	}
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(""); err != nil {
		t.Fatal(err)
	}
	out := wrap(e, t.TempDir(), cfg.Plain)
	t.Cleanup(func() {
		out.Client.CloseIdleConnections()
		if err := e.Close(); err != nil {
			t.Errorf("the emulator ended with: %v", err)
		}
	})
	if err := e.WriteFiles(out.Dir); err != nil {
		t.Fatal(err)
	}
	return out
}

func wrap(e *emulator.Emulator, dir string, plain bool) *Emulator {
	out := &Emulator{
		Emulator:              e,
		CAs:                   x509.NewCertPool(),
		Dir:                   dir,
		ServiceToken:          filepath.Join(dir, emulator.ServiceTokenFile),
		OAuthServerToServer:   filepath.Join(dir, emulator.OAuthServerToServerFile),
		LocalDevelopmentToken: filepath.Join(dir, emulator.LocalDevelopmentTokenFile),
	}
	if !plain {
		out.CAs.AppendCertsFromPEM(e.CertificateAuthority())
		out.CAFile = filepath.Join(dir, emulator.CertificateAuthorityFile)
	}
	out.Client = &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: out.CAs, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 64,
	}}
	return out
}

// Tokens returns how many tokens the emulator gave to requests, by either grant and to any client.
func (e *Emulator) Tokens() int64 {
	var n int64
	for _, c := range e.IMS().Counters().Clients {
		n += c.Tokens()
	}
	return n
}
