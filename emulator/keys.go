package emulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"sync"
	"time"
)

// Keys are the RSA keys of an [Emulator]. Emulators may share them; a token or assertion of one then has a good
// signature at the other. A nil key is generated.
type Keys struct {
	// Token signs access tokens, ServiceAccount is the private key in service_token.json.
	Token, ServiceAccount *rsa.PrivateKey
}

// GenerateKeys returns new keys of 2048 bits. It takes some hundred milliseconds.
func GenerateKeys() (Keys, error) { return Keys{}.complete(randomKey) }

func randomKey(string) (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }

const keyBits = 2048

// complete generates the missing keys side by side. generate is told what for.
func (k Keys) complete(generate func(purpose string) (*rsa.PrivateKey, error)) (Keys, error) {
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, missing := range []struct {
		key     **rsa.PrivateKey
		purpose string
	}{{&k.Token, "token key"}, {&k.ServiceAccount, "service account key"}} {
		if *missing.key == nil {
			wait.Go(func() { *missing.key, errs[i] = generate(missing.purpose) })
		}
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return Keys{}, err
	}
	return k, nil
}

// The lives of the certificates. The authority is kept short, because people put it into trust stores.
const (
	authorityLife = 30 * 24 * time.Hour
	clockMargin   = time.Hour
)

// newCertificates returns the certificate of a new authority in PEM, and a server certificate by it for names. The
// authority is bound to loopback and these names (RFC 5280, section 4.2.1.10), and its key is gone on return.
func newCertificates(names []string) (authority []byte, server tls.Certificate, err error) {
	now := time.Now()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	ca := authorityTemplate(names, now)
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return nil, tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, serverTemplate(names, ca), ca, key.Public(), caKey)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}),
		tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func authorityTemplate(names []string, now time.Time) *x509.Certificate {
	ips, dns := splitNames(names)
	ranges := []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
	for _, ip := range ips {
		if !ip.IsLoopback() {
			ranges = append(ranges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
		}
	}
	return &x509.Certificate{
		SerialNumber:                randomSerial(),
		Subject:                     pkix.Name{CommonName: "imsx emulator, local authority"},
		NotBefore:                   now.Add(-clockMargin),
		NotAfter:                    now.Add(authorityLife),
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         dns,
		PermittedIPRanges:           ranges,
	}
}

func serverTemplate(names []string, ca *x509.Certificate) *x509.Certificate {
	ips, dns := splitNames(names)
	return &x509.Certificate{
		SerialNumber:          randomSerial(),
		Subject:               pkix.Name{CommonName: "imsx emulator"},
		NotBefore:             ca.NotBefore,
		NotAfter:              ca.NotAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:              dns,
		IPAddresses:           ips,
	}
}

func splitNames(names []string) (ips []net.IP, dns []string) {
	for _, name := range names {
		switch ip := net.ParseIP(name); {
		case ip == nil:
			dns = append(dns, name)
		case ip.To4() != nil:
			ips = append(ips, ip.To4())
		default:
			ips = append(ips, ip)
		}
	}
	return ips, dns
}

// randomSerial returns a positive serial number of nine bytes, as long as those in Adobe's certificates.
func randomSerial() *big.Int {
	var b [9]byte
	_, _ = rand.Read(b[:])
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b[:])
}

// accountCertificate returns a certificate for a client's key in the style of Adobe's console: self-signed by the
// client's name, for one year, with the extensions that Adobe's samples have, down to a URI left over from a sample.
func accountCertificate(clientID string, key *rsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	sample, err := url.Parse("http://example.org/webid#me")
	if err != nil {
		return nil, err
	}
	name := pkix.Name{CommonName: clientID}
	template := &x509.Certificate{
		SerialNumber:          randomSerial(),
		Subject:               name,
		Issuer:                name,
		NotBefore:             now.Truncate(time.Second).Add(-clockMargin),
		NotAfter:              now.Truncate(time.Second).AddDate(1, 0, 0),
		SignatureAlgorithm:    x509.SHA256WithRSA,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment |
			x509.KeyUsageDataEncipherment | x509.KeyUsageCertSign,
		URIs: []*url.URL{sample},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
