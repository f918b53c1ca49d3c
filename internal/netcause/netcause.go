// Package netcause finds out why a request got no answer: what stands between the caller and the server. It also reads
// what the head of a refusal says to every client: how long to wait, and where a redirect leads.
//
// A transport whose proxy and OnProxyConnectResponse are [Proxy] and [CheckProxyAnswer] makes failures of a proxy known by
// their types.
package netcause

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/imsx/imsx/internal/cleantext"
)

// Cause is why a request got no answer, in the words that the packages above use.
type Cause string

// The causes.
const (
	Network              Cause = "network"
	Timeout              Cause = "timeout"
	Canceled             Cause = "canceled"
	NameNotResolved      Cause = "name_not_resolved"
	UntrustedCertificate Cause = "untrusted_certificate"
	ProxyAuthentication  Cause = "proxy_authentication"
	ProxyFault           Cause = "proxy_fault"
	Redirected           Cause = "redirected"
)

// ProxyError is a proxy's refusal to connect.
type ProxyError struct{ Status int }

// Error tells the status.
func (e *ProxyError) Error() string { return fmt.Sprintf("the proxy answered %d", e.Status) }

// ErrProxyAddress takes the place of errors about a proxy's address, which can quote its password.
var ErrProxyAddress = errors.New("the proxy's address cannot be read")

// Proxy returns what choose does, with [ErrProxyAddress] for any error.
func Proxy(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(req *http.Request) (*url.URL, error) {
		u, err := choose(req)
		if err != nil {
			return nil, ErrProxyAddress
		}
		return u, nil
	}
}

// CheckProxyAnswer makes a refusal to connect a [*ProxyError]. It is for http.Transport.OnProxyConnectResponse.
func CheckProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return &ProxyError{Status: resp.StatusCode}
	}
	return nil
}

// Find finds the cause of a failed round trip. caller is the context without the limit of the client, and limit the error
// by which that limit is known. Of err's own text nothing is used, because it can quote what the server sent; what a
// certificate says of its issuer is cleaned. visible is the part of the chain that may be shown to callers: a context's
// error, a [*net.OpError], a [*net.DNSError] or a [*tls.CertificateVerificationError]; nil if there is none.
func Find(caller context.Context, err, limit error) (cause Cause, description string, visible error) {
	if ended := caller.Err(); ended != nil {
		if errors.Is(ended, context.Canceled) {
			return Canceled, "", ended
		}
		return Timeout, "the caller's deadline passed", ended
	}
	if errors.Is(err, limit) {
		return Timeout, limit.Error(), nil
	}
	if redirectUnread(err) {
		return Redirected, "redirect", nil
	}
	if cause, description, visible = ofProxy(err); cause != "" {
		return cause, description, visible
	}
	if cause, description, visible = ofTLS(err); cause != "" {
		return cause, description, visible
	}
	if cause, description, visible = ofName(err); cause != "" {
		return cause, description, visible
	}
	return ofNetwork(err)
}

// redirectUnread recognizes a redirect whose Location is no URL. net/http makes it an error before it asks whether to
// follow, and gives that error no type.
func redirectUnread(err error) bool {
	wrapped, ok := errors.AsType[*url.Error](err)
	return ok && strings.HasPrefix(wrapped.Err.Error(), "failed to parse Location header")
}

func ofProxy(err error) (Cause, string, error) {
	var op *net.OpError
	refusal, refused := errors.AsType[*ProxyError](err)
	switch {
	case refused && refusal.Status == http.StatusProxyAuthRequired, proxyDemandsAuthentication(err):
		return ProxyAuthentication, "the proxy answered 407", nil
	case refused:
		return ProxyFault, refusal.Error(), nil
	case errors.Is(err, ErrProxyAddress):
		return ProxyFault, ErrProxyAddress.Error(), nil
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return ProxyFault, "no connection to the proxy: " + describeNetwork(op.Err), op
	}
	return "", "", nil
}

// proxyDemandsAuthentication recognizes a 407 to CONNECT through a transport without [CheckProxyAnswer]: net/http
// then reports the status text alone.
func proxyDemandsAuthentication(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == http.StatusText(http.StatusProxyAuthRequired) {
			return true
		}
	}
	return false
}

func ofTLS(err error) (Cause, string, error) {
	verification, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
			return Network, "the server does not speak TLS", nil
		}
		if alert, ok := errors.AsType[tls.AlertError](err); ok {
			return Network, "the TLS handshake failed: " + alert.Error(), nil
		}
		return "", "", nil
	}
	var (
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	description := "issued by an unknown authority"
	switch {
	case errors.As(err, &host):
		description = "it is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		description = "it is not valid at this time"
	case errors.As(err, &invalid):
		description = "it is not fit for this use"
	}
	return UntrustedCertificate, "the server's certificate" + issuer(verification) + ": " + description, verification
}

// issuer names the authority that the server's certificate claims, which tells a company's proxy from a public one.
func issuer(e *tls.CertificateVerificationError) string {
	if len(e.UnverifiedCertificates) == 0 {
		return ""
	}
	name := e.UnverifiedCertificates[0].Issuer
	for _, text := range append([]string{name.CommonName}, name.Organization...) {
		if text = cleantext.New().Label(text); text != "" {
			return ", issued by \"" + text + "\""
		}
	}
	return ""
}

func ofName(err error) (Cause, string, error) {
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return "", "", nil
	case dns.IsNotFound:
		return NameNotResolved, "there is no such host", dns
	case dns.IsTimeout:
		return NameNotResolved, "the name service did not answer in time", dns
	}
	return NameNotResolved, "the name service failed", dns
}

func ofNetwork(err error) (Cause, string, error) {
	timeout, ok := errors.AsType[net.Error](err)
	if ok && timeout.Timeout() {
		return Timeout, describeTimeout(err), nil
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return Network, describeNetwork(op), op
	}
	return Network, describeNetwork(err), nil
}

func describeTimeout(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "no connection in time"
	}
	return "no answer in time"
}

func describeNetwork(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to the host"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed without an answer"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "there is no such host"
	}
	return "the connection broke"
}
