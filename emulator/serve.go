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
)

// The doors of an emulator, by their place in Emulator.doors.
const (
	doorIMS = iota
	doorAuthor
	doorPublish
)

// door is one address that an emulator listens on.
type door struct {
	listener net.Listener
	server   *http.Server
	origin   string
	err      error // why it ended, if not by Close; read after Emulator.done
}

// Start listens on addr and serves until [Emulator.Close]; AEM listens on addresses of its own, see [Config.AEMAddr]. The
// empty address means "127.0.0.1:0", a free port; an address without a host means 127.0.0.1. Another interface must be
// named, as in "0.0.0.0:8443", and is warned about in the log: everybody who reaches it can use the emulator. The scenario is
// in force before the first request is served, and its steps begin. An emulator starts once. After an error it does not
// listen; a change of the scenario that cannot be made is a [*ScenarioError].
func (e *Emulator) Start(addr string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage != stageNew {
		return errors.New("the emulator was started before")
	}
	if err := e.listen(addr); err != nil {
		e.closeListeners()
		return err
	}
	err := e.playLocked()
	if err == nil {
		err = e.open()
	}
	if err != nil {
		e.closeListeners()
		e.endRunLocked()
		return err
	}
	e.stage = stageStarted
	return nil
}

// listen opens the three listeners.
func (e *Emulator) listen(addr string) error {
	handlers := []http.Handler{doorIMS: e.imsHandler(), doorAuthor: e.authorHandler(), doorPublish: e.publishHandler()}
	publish := e.cfg.PublishAddr
	if publish == "" {
		host, _, err := splitAddr(e.cfg.AEMAddr)
		if err != nil {
			return err
		}
		publish = net.JoinHostPort(host, "0")
	}
	for i, a := range []string{doorIMS: addr, doorAuthor: e.cfg.AEMAddr, doorPublish: publish} {
		listener, err := listenOn(a)
		if err != nil {
			return err
		}
		e.doors = append(e.doors, &door{listener: listener, server: newServer(handlers[i], e.logger)})
	}
	return nil
}

func listenOn(addr string) (net.Listener, error) {
	host, port, err := splitAddr(addr)
	if err != nil {
		return nil, err
	}
	if err := checkHost(host); err != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

func (e *Emulator) closeListeners() {
	for _, d := range e.doors {
		_ = d.listener.Close()
	}
	e.doors = nil
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

// open begins to serve on all doors.
func (e *Emulator) open() error {
	var all []string
	for _, d := range e.doors {
		address := d.listener.Addr().(*net.TCPAddr)
		if !address.IP.IsLoopback() {
			e.logger.Warn("the emulator listens beyond loopback: everybody who reaches it can use it", "address", address.String())
		}
		names := e.names(address.IP)
		d.origin = e.originOf(names[0], address.Port)
		all = append(all, names...)
	}
	all = unique(all)
	if err := e.secure(all); err != nil {
		return err
	}
	port := e.doors[doorIMS].listener.Addr().(*net.TCPAddr).Port
	for _, name := range all {
		e.ims.AddHosts(bracketed(name), net.JoinHostPort(name, fmt.Sprint(port)))
	}
	e.done = make(chan struct{})
	var serving sync.WaitGroup
	for _, d := range e.doors {
		serving.Go(func() { e.serve(d) })
	}
	go func() {
		serving.Wait()
		close(e.done)
	}()
	return nil
}

// secure gives the servers a certificate for names.
func (e *Emulator) secure(names []string) error {
	if e.cfg.Plain {
		return nil
	}
	authority, certificate, err := newCertificates(names)
	if err != nil {
		return err
	}
	e.ca = authority
	for _, d := range e.doors {
		d.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	}
	return nil
}

// serve serves a door until its server is closed. If it ends by itself the others end with it.
func (e *Emulator) serve(d *door) {
	var err error
	if e.cfg.Plain {
		err = d.server.Serve(d.listener)
	} else {
		err = d.server.ServeTLS(d.listener, "", "")
	}
	if errors.Is(err, http.ErrServerClosed) {
		return
	}
	d.err = err
	e.logger.Error("serving ended", "cause", err)
	for _, other := range e.doors {
		_ = other.server.Close()
	}
}

// names are all host names of a door that listens on ip; the first goes into its URL.
func (e *Emulator) names(ip net.IP) []string {
	var names []string
	if ip.IsUnspecified() {
		names = append(names, e.cfg.Hosts...)
	} else {
		names = append(names, ip.String())
	}
	names = append(names, "127.0.0.1", "localhost", "::1")
	return unique(append(names, e.cfg.Hosts...))
}

// unique returns names without repetitions, in their order.
func unique(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
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

// URL returns the origin of the identity service, such as "https://127.0.0.1:41873", or "" before [Emulator.Start].
func (e *Emulator) URL() string { return e.originAt(doorIMS) }

// AEMAuthorURL returns the origin of AEM's author instance, or "" before [Emulator.Start].
func (e *Emulator) AEMAuthorURL() string { return e.originAt(doorAuthor) }

// AEMPublishURL returns the origin of AEM's publish instance, or "" before [Emulator.Start].
func (e *Emulator) AEMPublishURL() string { return e.originAt(doorPublish) }

// ConsoleURL returns the address of the console, or "" before [Emulator.Start].
func (e *Emulator) ConsoleURL() string {
	if origin := e.URL(); origin != "" {
		return origin + consolePath
	}
	return ""
}

func (e *Emulator) originAt(i int) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.originLocked(i)
}

func (e *Emulator) originLocked(i int) string {
	if len(e.doors) <= i {
		return ""
	}
	return e.doors[i].origin
}

// CertificateAuthority returns the authority of the server's certificate in PEM. It is nil before [Emulator.Start] and
// with [Config.Plain].
func (e *Emulator) CertificateAuthority() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.ca)
}

// Done returns a channel that is closed when the emulator has ended to serve, by [Emulator.Close] or because a listener
// broke. It is nil before [Emulator.Start].
func (e *Emulator) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done
}

// Shutdown stops listening, removes emulator.json, lifts all faults, and waits for requests under way, no longer than ctx
// allows; what is left then is cut. The error is the one that ended serving early, or wraps ctx.Err(). A second call does
// nothing.
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

// end stops the servers by stop, once.
func (e *Emulator) end(stop func(*http.Server) error) error {
	e.mu.Lock()
	was := e.stage
	e.stage = stageClosed
	written, run, doors := e.written, e.run, e.doors
	e.mu.Unlock()
	if was != stageStarted {
		e.forms.Close()
		return nil
	}
	if run != nil {
		run.Close()
	}
	e.faults.Close()
	e.console.Close()
	errs := []error{written.remove()}
	for _, d := range doors {
		errs = append(errs, stop(d.server))
	}
	<-e.done
	e.forms.Close()
	for _, d := range doors {
		errs = append(errs, d.err)
	}
	return errors.Join(errs...)
}
