package aem

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	connectTimeout = 10 * time.Second
	idleTimeout    = 60 * time.Second
	maxIdlePerHost = 64
	maxHeader      = 256 << 10
)

// newTransport returns the transport of a client that was given none. It has no limit on the wait for an answer: a
// document may take minutes, and the call has a limit of its own.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: checkProxyAnswer,
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           maxIdlePerHost,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleTimeout,
		WriteBufferSize:        64 << 10,
		ReadBufferSize:         64 << 10,
	}
}

// proxy chooses as the environment says. Its error is replaced, because it can quote the proxy's password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New(proxyAddressText)
	}
	return u, nil
}

// The texts of a proxy's failures. The transport of package ims has the same, so that [proxyRefusal] knows both.
const (
	proxyAnswerText  = "the proxy answered "
	proxyAddressText = "the proxy's address cannot be read"
)

func checkProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%d", proxyAnswerText, resp.StatusCode)
	}
	return nil
}
