package aem

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// diagnose finds the cause of a failed round trip. Of the error's own text nothing is used, because it can quote what
// the server sent; visible is the part of the chain that [Error] promises.
func diagnose(caller context.Context, err error) (cause Cause, description string, visible error) {
	if ended := caller.Err(); ended != nil {
		if errors.Is(ended, context.Canceled) {
			return CauseCanceled, "", ended
		}
		return CauseTimeout, "the caller's deadline passed", ended
	}
	if errors.Is(err, errTimeout) {
		return CauseTimeout, errTimeout.Error(), nil
	}
	if redirectUnread(err) {
		return CauseRedirected, "redirect", nil
	}
	for _, attempt := range []func(error) (Cause, string, error){diagnoseProxy, diagnoseTLS, diagnoseName} {
		if cause, description, visible = attempt(err); cause != "" {
			return cause, description, visible
		}
	}
	return diagnoseNetwork(err)
}

// redirectUnread recognizes a redirect whose Location is no URL. net/http makes it an error before it asks whether to
// follow, and gives that error no type.
func redirectUnread(err error) bool {
	wrapped, ok := errors.AsType[*url.Error](err)
	return ok && strings.HasPrefix(wrapped.Err.Error(), "failed to parse Location header")
}

func diagnoseProxy(err error) (Cause, string, error) {
	var op *net.OpError
	status := proxyRefusal(err)
	switch {
	case status == http.StatusProxyAuthRequired, says(err, http.StatusText(http.StatusProxyAuthRequired)):
		return CauseProxyAuthentication, proxyAnswerText + strconv.Itoa(http.StatusProxyAuthRequired), nil
	case status != 0:
		return CauseProxyFault, proxyAnswerText + strconv.Itoa(status), nil
	case says(err, proxyAddressText):
		return CauseProxyFault, proxyAddressText, nil
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return CauseProxyFault, "no connection to the proxy: " + describeNetwork(op.Err), op
	}
	return "", "", nil
}

// proxyRefusal returns the status with which a proxy refused to connect, or 0.
func proxyRefusal(err error) int {
	for ; err != nil; err = errors.Unwrap(err) {
		if code, ok := strings.CutPrefix(err.Error(), proxyAnswerText); ok {
			if status, err := strconv.Atoi(code); err == nil {
				return status
			}
		}
	}
	return 0
}

// says reports whether one of the errors in the chain has the text. net/http reports a proxy's refusal to CONNECT by the
// text of its status alone.
func says(err error, text string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == text {
			return true
		}
	}
	return false
}

func diagnoseTLS(err error) (Cause, string, error) {
	verification, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
			return CauseNetwork, "the server does not speak TLS", nil
		}
		if alert, ok := errors.AsType[tls.AlertError](err); ok {
			return CauseNetwork, "the TLS handshake failed: " + alert.Error(), nil
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
	return CauseUntrustedCertificate, "the server's certificate" + issuer(verification) + ": " + description, verification
}

// issuer names the authority that the server's certificate claims, which tells a company's proxy from a public one.
func issuer(e *tls.CertificateVerificationError) string {
	if len(e.UnverifiedCertificates) == 0 {
		return ""
	}
	name := e.UnverifiedCertificates[0].Issuer
	for _, text := range append([]string{name.CommonName}, name.Organization...) {
		if text != "" {
			return ", issued by \"" + newCleaner().clean(text, maxLabel) + "\""
		}
	}
	return ""
}

func diagnoseName(err error) (Cause, string, error) {
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return "", "", nil
	case dns.IsNotFound:
		return CauseNameNotResolved, "there is no such host", dns
	case dns.IsTimeout:
		return CauseNameNotResolved, "the name service did not answer in time", dns
	}
	return CauseNameNotResolved, "the name service failed", dns
}

func diagnoseNetwork(err error) (Cause, string, error) {
	timeout, ok := errors.AsType[net.Error](err)
	if ok && timeout.Timeout() {
		return CauseTimeout, describeTimeout(err), nil
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return CauseNetwork, describeNetwork(op), op
	}
	return CauseNetwork, describeNetwork(err), nil
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
