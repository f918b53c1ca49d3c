package ims

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/imsx/imsx/internal/netcause"
)

// HTTPConfig says how to reach IMS. The zero value is right for a machine with a direct connection or with a proxy in
// its environment.
type HTTPConfig struct {
	// CAFile names a file of PEM certificates that are trusted besides RootCAs; empty means none.
	CAFile string
	// RootCAs are the trusted authorities; nil means the system's. The pool is not changed.
	RootCAs *x509.CertPool
	// Proxy chooses the proxy for a request; nil means [http.ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)
	// ConnectTimeout limits the connection and, again, the TLS handshake; 0 means 5 seconds.
	ConnectTimeout time.Duration
	// HeaderTimeout limits the wait between the request and the head of the answer; 0 means 10 seconds.
	HeaderTimeout time.Duration
}

const (
	defaultConnectTimeout = 5 * time.Second
	defaultHeaderTimeout  = 10 * time.Second
	maxCAFile             = 16 << 20
	maxHeader             = 256 << 10
)

// NewHTTPClient returns a client that speaks TLS 1.2 or later and follows no redirect. It owns a pool of connections:
// make one and share it. The error is about CAFile: it wraps the error of the file system, or says that the file holds
// no certificate.
func NewHTTPClient(cfg HTTPConfig) (*http.Client, error) {
	roots, err := cfg.roots()
	if err != nil {
		return nil, err
	}
	connect := orDefault(cfg.ConnectTimeout, defaultConnectTimeout)
	transport := &http.Transport{
		Proxy:                  cfg.proxy(),
		OnProxyConnectResponse: netcause.CheckProxyAnswer,
		DialContext:            (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    connect,
		ResponseHeaderTimeout:  orDefault(cfg.HeaderTimeout, defaultHeaderTimeout),
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
	}
	return &http.Client{Transport: transport, CheckRedirect: refuseRedirect}, nil
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func orDefault(d, fallback time.Duration) time.Duration {
	if d <= 0 {
		return fallback
	}
	return d
}

// roots returns the pool to trust; nil means the system's.
func (cfg HTTPConfig) roots() (*x509.CertPool, error) {
	if cfg.CAFile == "" {
		return cfg.RootCAs, nil
	}
	pem, err := readCAFile(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	pool := cfg.basePool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca file %q: no PEM certificate in it", cfg.CAFile)
	}
	return pool, nil
}

// basePool returns a pool of its own to add to. A system without a pool is no failure: the extra file then stands alone.
func (cfg HTTPConfig) basePool() *x509.CertPool {
	if cfg.RootCAs != nil {
		return cfg.RootCAs.Clone()
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return x509.NewCertPool()
	}
	return pool
}

func readCAFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("ca file: %w", err)
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, maxCAFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ca file: %w", err)
	case len(pem) > maxCAFile:
		return nil, fmt.Errorf("ca file %q: larger than %d MiB", name, maxCAFile>>20)
	}
	return pem, nil
}

// proxy returns the choice of the proxy.
func (cfg HTTPConfig) proxy() func(*http.Request) (*url.URL, error) {
	if cfg.Proxy == nil {
		return netcause.Proxy(http.ProxyFromEnvironment)
	}
	return netcause.Proxy(cfg.Proxy)
}
