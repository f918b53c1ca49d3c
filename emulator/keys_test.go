package emulator_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

func TestCertificates(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t, func(c *emulator.Config) { c.Hosts = []string{"ims.example.test", "192.0.2.7"} })
	address := strings.TrimPrefix(e.URL(), "https://")
	dial := func(name string, version uint16) error {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: e.CAs, ServerName: name, MaxVersion: version, MinVersion: tls.VersionTLS10}}
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	for _, name := range []string{"127.0.0.1", "localhost", "::1", "ims.example.test", "192.0.2.7"} {
		if err := dial(name, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := dial("ims-na1.adobelogin.com", 0); err == nil {
		t.Error("the certificate holds for a host that was not asked for")
	}
	if err := dial("localhost", tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	if err := dial("localhost", tls.VersionTLS12); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}

func TestAuthorityIsBound(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t, func(c *emulator.Config) { c.Hosts = []string{"ims.example.test", "192.0.2.7"} })
	block, _ := pem.Decode(e.CertificateAuthority())
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !ca.IsCA || !ca.MaxPathLenZero || !ca.PermittedDNSDomainsCritical || !slices.Equal(ca.PermittedDNSDomains, []string{"localhost", "ims.example.test"}) {
		t.Errorf("CA %v, critical %v, names %v", ca.IsCA, ca.PermittedDNSDomainsCritical, ca.PermittedDNSDomains)
	}
	var ranges []string
	for _, r := range ca.PermittedIPRanges {
		ranges = append(ranges, r.String())
	}
	if want := []string{"127.0.0.0/8", "::1/128", "192.0.2.7/32"}; !slices.Equal(ranges, want) {
		t.Errorf("address ranges %v, want %v", ranges, want)
	}
	if life := time.Until(ca.NotAfter); life > 31*24*time.Hour {
		t.Errorf("the authority lives %v", life)
	}
}
