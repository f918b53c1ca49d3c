package aem

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/imsx/imsx/internal/netcause"
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
		Proxy:                  netcause.Proxy(http.ProxyFromEnvironment),
		OnProxyConnectResponse: netcause.CheckProxyAnswer,
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
