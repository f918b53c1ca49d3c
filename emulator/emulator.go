// Package emulator is a local stand-in for Adobe's cloud: IMS on loopback, with TLS by an authority of its own, and
// the credential files to go with it. Clients that know nothing of it work against it. It is not for production: its
// accounts are made up, its state lives in memory, and whoever can read its files can get its tokens.
//
// [New] makes one, [Emulator.Start] starts it, [Emulator.WriteFiles] writes what a person would have downloaded:
//
//	e, err := emulator.New(emulator.Config{})
//	...
//	if err := e.Start(""); err != nil {
//		return err
//	}
//	defer e.Close()
//	err = e.WriteFiles("adobe")
//
// In Go tests, package emulatortest does this in one call.
//
// # Trust
//
// The authority can sign only for loopback and the names in [Config.Hosts], its key exists only in memory and is
// dropped when the server's certificate is made, and its certificate ends after 30 days.
//
// # Independence
//
// The emulator shares no code with the clients in this module: a mistake in how they understand IMS is not repeated
// here.
package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imsx/imsx/emulator/ims"
)

// Config configures an [Emulator]. The zero value is good.
type Config struct {
	// TokenLifetime is how long access tokens live. 0 means 24 hours; the least is one second.
	TokenLifetime time.Duration
	// Hosts are further names or IP addresses under which clients reach the emulator. They go into its certificate,
	// and assertions may name them.
	Hosts []string
	// Plain serves HTTP instead of HTTPS.
	Plain bool
	// Logger gets one record for each request and warnings, never a secret. Nil means silence.
	Logger *slog.Logger
	// Version is what emulator.json says. Empty means "devel".
	Version string
	// Keys are the RSA keys to use, so that many emulators in one process need not make each its own.
	Keys Keys
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

func (c Config) version() string {
	if c.Version == "" {
		return "devel"
	}
	return c.Version
}

// Emulator is one local Adobe with one organization, one technical account of each kind of credentials, and one
// developer. All methods are safe for concurrent use.
type Emulator struct {
	cfg    Config
	logger *slog.Logger
	ims    *ims.Server
	people population

	mu       sync.Mutex
	stage    stage
	server   *http.Server
	done     chan struct{} // closed when serving has ended
	serveErr error         // why it ended, if not by Close; read after done
	origin   string
	ca       []byte
	written  *statusFile
}

// stage is how far the life of an emulator has come. It only grows.
type stage int

const (
	stageNew stage = iota
	stageStarted
	stageClosed
)

// New makes an emulator that is not listening yet. It generates the keys that cfg does not give, which takes some
// hundred milliseconds. It fails if a value of cfg is out of its bounds.
func New(cfg Config) (*Emulator, error) {
	cfg.Hosts = slices.Clone(cfg.Hosts)
	for _, host := range cfg.Hosts {
		if err := checkHost(host); err != nil {
			return nil, err
		}
	}
	keys, err := cfg.Keys.complete()
	if err != nil {
		return nil, err
	}
	cfg.Keys = keys
	server, err := ims.New(ims.Config{Key: keys.Token, TokenLifetime: cfg.TokenLifetime, Logger: cfg.logger()})
	if err != nil {
		return nil, err
	}
	e := &Emulator{cfg: cfg, logger: cfg.logger(), ims: server}
	if e.people, err = populate(server, keys.ServiceAccount); err != nil {
		return nil, err
	}
	server.AddHosts(cfg.Hosts...)
	return e, nil
}

// checkHost refuses what cannot be a name in a certificate and in a URL.
func checkHost(host string) error {
	if net.ParseIP(host) != nil {
		return nil
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	}
	if host == "" || len(host) > 253 || strings.ContainsFunc(host, odd) || strings.HasPrefix(host, ".") ||
		strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return fmt.Errorf("%q is not a host name or an IP address; a port does not belong here", host)
	}
	return nil
}

// IMS returns the identity service, to configure it and to count requests. It is never nil.
func (e *Emulator) IMS() *ims.Server { return e.ims }

// Handler returns the handler that [Emulator.Start] serves, for servers and round trippers of one's own.
func (e *Emulator) Handler() http.Handler { return e.ims }

// Start listens on addr and serves until [Emulator.Close]. The empty address means "127.0.0.1:0", a free port; an
// address without a host means 127.0.0.1. Another interface must be named, as in "0.0.0.0:8443", and is warned about in
// the log: everybody who reaches it can use the emulator. An emulator starts once.
func (e *Emulator) Start(addr string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage != stageNew {
		return errors.New("the emulator was started before")
	}
	host, port, err := splitAddr(addr)
	if err != nil {
		return err
	}
	if err := checkHost(host); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	if err := e.serve(listener, host); err != nil {
		_ = listener.Close()
		return err
	}
	return nil
}

func splitAddr(addr string) (host, port string, err error) {
	if addr == "" {
		return "127.0.0.1", "0", nil
	}
	if host, port, err = net.SplitHostPort(addr); err != nil {
		return "", "", err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return host, port, nil
}

// serve begins to serve on listener, which was asked for as host.
func (e *Emulator) serve(listener net.Listener, host string) error {
	address := listener.Addr().(*net.TCPAddr)
	if !address.IP.IsLoopback() {
		e.logger.Warn("the emulator listens beyond loopback: everybody who reaches it can use it", "address", address.String())
	}
	names := e.names(host, address.IP)
	e.server = newServer(e.Handler(), e.logger)
	if !e.cfg.Plain {
		authority, certificate, err := newCertificates(names)
		if err != nil {
			return err
		}
		e.ca = authority
		e.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	}
	e.origin = e.originOf(names[0], address.Port)
	for _, name := range names {
		e.ims.AddHosts(bracketed(name), net.JoinHostPort(name, fmt.Sprint(address.Port)))
	}
	e.stage = stageStarted
	e.done = make(chan struct{})
	go e.run(listener, e.server)
	return nil
}

// run serves until the server is closed.
func (e *Emulator) run(listener net.Listener, server *http.Server) {
	defer close(e.done)
	var err error
	if e.cfg.Plain {
		err = server.Serve(listener)
	} else {
		err = server.ServeTLS(listener, "", "")
	}
	if !errors.Is(err, http.ErrServerClosed) {
		e.serveErr = err
		e.logger.Error("serving ended", "cause", err)
	}
}

// names are all host names of the emulator; the first goes into its URL.
func (e *Emulator) names(host string, ip net.IP) []string {
	var names []string
	switch {
	case ip.IsUnspecified():
		names = append(names, e.cfg.Hosts...)
	case host != "localhost":
		names = append(names, host)
	}
	names = append(names, "127.0.0.1", "localhost", "::1")
	names = append(names, e.cfg.Hosts...)
	seen := map[string]bool{}
	return slices.DeleteFunc(names, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

func (e *Emulator) originOf(host string, port int) string {
	scheme := "https"
	if e.cfg.Plain {
		scheme = "http"
	}
	return scheme + "://" + net.JoinHostPort(host, fmt.Sprint(port))
}

// bracketed returns a host as it stands in a URL without a port.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// newServer returns a server that slow and idle clients cannot hold. It speaks HTTP/1.1 only: over HTTP/2 all requests
// of a client share one connection, which costs a third of the exchanges per second.
func newServer(handler http.Handler, logger *slog.Logger) *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	return &http.Server{
		Protocols:         protocols,
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

// URL returns the origin of the emulator, such as "https://127.0.0.1:41873", or "" before [Emulator.Start].
func (e *Emulator) URL() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.origin
}

// CertificateAuthority returns the authority of the server's certificate in PEM. It is nil before [Emulator.Start] and
// with [Config.Plain].
func (e *Emulator) CertificateAuthority() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.ca)
}

// Done returns a channel that is closed when the emulator has ended to serve, by [Emulator.Close] or because its
// listener broke. It is nil before [Emulator.Start].
func (e *Emulator) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done
}

// Shutdown stops listening, removes emulator.json, and waits for requests under way, no longer than ctx allows; what
// is left then is cut. The error is the one that ended serving early, or wraps ctx.Err(). A second call does nothing.
func (e *Emulator) Shutdown(ctx context.Context) error {
	return e.end(func(s *http.Server) error {
		err := s.Shutdown(ctx)
		if err != nil {
			_ = s.Close()
		}
		return err
	})
}

// Close is [Emulator.Shutdown] without waiting: requests under way are cut.
func (e *Emulator) Close() error { return e.end((*http.Server).Close) }

// end stops the server by stop, once.
func (e *Emulator) end(stop func(*http.Server) error) error {
	e.mu.Lock()
	was := e.stage
	e.stage = stageClosed
	written := e.written
	e.mu.Unlock()
	if was != stageStarted {
		return nil
	}
	removeErr := written.remove()
	stopErr := stop(e.server)
	<-e.done
	return errors.Join(e.serveErr, stopErr, removeErr)
}
