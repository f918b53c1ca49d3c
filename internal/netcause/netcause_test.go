package netcause_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/imsx/imsx/internal/netcause"
)

var errLimit = errors.New("the client's own limit")

func TestFind(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithTimeout(t.Context(), 0)
	defer cancelLate()
	op := func(op string, err error) error { return &net.OpError{Op: op, Net: "tcp", Err: err} }
	certificate := func(err error) error {
		return &tls.CertificateVerificationError{
			UnverifiedCertificates: []*x509.Certificate{{Issuer: pkix.Name{CommonName: "Company\x07 proxy"}}}, Err: err,
		}
	}
	tests := map[string]struct {
		ctx   context.Context
		err   error
		want  netcause.Cause
		says  string
		shown bool
	}{
		"the caller cancelled":   {ended, io.EOF, netcause.Canceled, "", true},
		"the caller's deadline":  {late, io.EOF, netcause.Timeout, "the caller's deadline passed", true},
		"the client's limit":     {t.Context(), fmt.Errorf("x: %w", errLimit), netcause.Timeout, errLimit.Error(), false},
		"a redirect to nowhere":  {t.Context(), &url.Error{Err: errors.New("failed to parse Location header \"x\"")}, netcause.Redirected, "redirect", false},
		"a proxy's 407":          {t.Context(), &netcause.ProxyError{Status: 407}, netcause.ProxyAuthentication, "the proxy answered 407", false},
		"a 407 without a type":   {t.Context(), &url.Error{Err: errors.New("Proxy Authentication Required")}, netcause.ProxyAuthentication, "the proxy answered 407", false},
		"a proxy's 403":          {t.Context(), &netcause.ProxyError{Status: 403}, netcause.ProxyFault, "the proxy answered 403", false},
		"a proxy's address":      {t.Context(), netcause.ErrProxyAddress, netcause.ProxyFault, "address cannot be read", false},
		"a proxy that is away":   {t.Context(), op("proxyconnect", syscall.ECONNREFUSED), netcause.ProxyFault, "no connection to the proxy: the connection was refused", true},
		"an unknown authority":   {t.Context(), certificate(x509.UnknownAuthorityError{}), netcause.UntrustedCertificate, `issued by "Company proxy": issued by an unknown authority`, true},
		"another host":           {t.Context(), certificate(x509.HostnameError{Certificate: &x509.Certificate{}}), netcause.UntrustedCertificate, "for another host", true},
		"an expired certificate": {t.Context(), certificate(x509.CertificateInvalidError{Reason: x509.Expired}), netcause.UntrustedCertificate, "not valid at this time", true},
		"another use":            {t.Context(), certificate(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}), netcause.UntrustedCertificate, "not fit for this use", true},
		"an authority by its company": {t.Context(), &tls.CertificateVerificationError{
			UnverifiedCertificates: []*x509.Certificate{{Issuer: pkix.Name{Organization: []string{"Company"}}}}, Err: x509.UnknownAuthorityError{},
		}, netcause.UntrustedCertificate, `, issued by "Company": issued by an unknown authority`, true},
		"no certificate to show": {
			t.Context(), &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
			netcause.UntrustedCertificate, "the server's certificate: issued by an unknown authority", true,
		},
		"a TLS alert":                    {t.Context(), tls.AlertError(40), netcause.Network, "the TLS handshake failed: ", false},
		"plain HTTP where TLS was meant": {t.Context(), http.ErrSchemeMismatch, netcause.Network, "does not speak TLS", false},
		"no TLS":                         {t.Context(), tls.RecordHeaderError{}, netcause.Network, "does not speak TLS", false},
		"no such host":                   {t.Context(), &net.DNSError{IsNotFound: true}, netcause.NameNotResolved, "there is no such host", true},
		"a slow name service":            {t.Context(), &net.DNSError{IsTimeout: true}, netcause.NameNotResolved, "did not answer in time", true},
		"a broken name service":          {t.Context(), &net.DNSError{}, netcause.NameNotResolved, "the name service failed", true},
		"a proxy of no known name":       {t.Context(), op("proxyconnect", errors.Join(&net.DNSError{IsNotFound: true})), netcause.ProxyFault, "no connection to the proxy: there is no such host", true},
		"a slow proxy":                   {t.Context(), op("proxyconnect", os.ErrDeadlineExceeded), netcause.ProxyFault, "no connection to the proxy: no answer in time", true},
		"no connection in time":          {t.Context(), op("dial", os.ErrDeadlineExceeded), netcause.Timeout, "no connection in time", false},
		"no answer in time":              {t.Context(), op("read", os.ErrDeadlineExceeded), netcause.Timeout, "no answer in time", false},
		"no way to the network":          {t.Context(), op("dial", syscall.ENETUNREACH), netcause.Network, "there is no way to the host", true},
		"no way to the host":             {t.Context(), op("dial", syscall.EHOSTUNREACH), netcause.Network, "there is no way to the host", true},
		"a broken pipe":                  {t.Context(), op("write", syscall.EPIPE), netcause.Network, "the connection was reset", true},
		"a refused connection":           {t.Context(), op("dial", syscall.ECONNREFUSED), netcause.Network, "the connection was refused", true},
		"a reset connection":             {t.Context(), op("read", syscall.ECONNRESET), netcause.Network, "the connection was reset", true},
		"an end without an answer":       {t.Context(), io.ErrUnexpectedEOF, netcause.Network, "closed without an answer", false},
		"anything else":                  {t.Context(), errors.New("s3cret from the server"), netcause.Network, "the connection broke", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cause, said, shown := netcause.Find(tt.ctx, tt.err, errLimit)
			if cause != tt.want || !strings.Contains(said, tt.says) || (shown != nil) != tt.shown || strings.Contains(said, "s3cret") {
				t.Errorf("Find = %s, %q, %v; want %s that says %q", cause, said, shown, tt.want, tt.says)
			}
		})
	}
}

func TestProxyHidesItsAddress(t *testing.T) {
	t.Parallel()
	choose := netcause.Proxy(func(*http.Request) (*url.URL, error) { return nil, errors.New("http://user:s3cret@proxy") })
	if _, err := choose(nil); !errors.Is(err, netcause.ErrProxyAddress) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error is %v", err)
	}
	for status, refused := range map[int]bool{200: false, 403: true, 407: true} {
		err := netcause.CheckProxyAnswer(t.Context(), nil, nil, &http.Response{StatusCode: status})
		if (err != nil) != refused {
			t.Errorf("%d: %v", status, err)
		}
	}
}
