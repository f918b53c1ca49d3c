package redisstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/imsx/imsx/secret"
)

// Config says where the server is and how to use it. URL is required; the zero values of the rest are good.
type Config struct {
	// URL is redis://HOST:PORT/DB, rediss:// for TLS, or unix:///PATH?db=DB; valkey:// and valkeys:// mean the same. A user
	// name may stand in it, and a password should not: it has a field of its own. In its query: addr=HOST:PORT (repeatable,
	// further nodes of a cluster, or further sentinels), master_set=NAME (the addresses are Sentinel's), sentinel_auth=0
	// (the sentinels ask for no password), client_cache=0 (for servers without client-side caching), prefix=TEXT.
	URL string
	// Username and Password are those of the server's access control list; they go before those in the URL.
	Username string
	Password secret.Text
	// SentinelUsername and SentinelPassword are for the sentinels; empty means the same as above.
	SentinelUsername string
	SentinelPassword secret.Text
	// CAFile names a file of PEM certificates that are trusted besides the system's. CertFile and KeyFile name the
	// client's certificate and its key, both or neither. They need TLS.
	CAFile, CertFile, KeyFile string
	// Prefix begins every key. Empty means that of the URL, or else "imsx:".
	Prefix string
	// Timeout bounds each exchange with the server, and connecting to it. 0 means 500 milliseconds.
	Timeout time.Duration
	// Lease is how long a lock outlives its holder. 0 means 10 seconds; the least is one second.
	Lease time.Duration
	// Notify is told when the server goes away and is back; it must not block. Nil: nobody is told.
	Notify func(Event)
	// Observe is told of every exchange, for metrics; it must not block. Nil: nobody is told.
	Observe func(Operation)
}

// Event tells what happened to a [Store].
type Event struct {
	Kind EventKind
	Err  error // why, for EventAway; it shows no secret
}

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	EventAway      EventKind = "away"       // the server cannot be reached; told once until it can
	EventReached   EventKind = "reached"    // it can be reached again
	EventLeaseLost EventKind = "lease_lost" // a lock ended while it was held
)

// Operation is one exchange with the server.
type Operation struct {
	Name     string // "load", "save", "delete", "lock", "renew", "unlock", "list"
	Duration time.Duration
	Err      error // nil also for a miss and for a lock that somebody else holds
}

const (
	defaultPrefix  = "imsx:"
	defaultTimeout = 500 * time.Millisecond
	defaultLease   = 10 * time.Second
	maxPrefix      = 128
)

func (cfg Config) timeout() time.Duration {
	if cfg.Timeout <= 0 {
		return defaultTimeout
	}
	return cfg.Timeout
}

func (cfg Config) lease() time.Duration {
	if cfg.Lease <= 0 {
		return defaultLease
	}
	return max(cfg.Lease, time.Second)
}

func (cfg Config) notify(e Event) {
	if cfg.Notify != nil {
		cfg.Notify(e)
	}
}

func (cfg Config) observe(o Operation) {
	if cfg.Observe != nil {
		cfg.Observe(o)
	}
}

func (cfg Config) prefix() string {
	if cfg.Prefix != "" {
		return cfg.Prefix
	}
	if u, err := url.Parse(cfg.URL); err == nil && u.Query().Get("prefix") != "" {
		return u.Query().Get("prefix")
	}
	return defaultPrefix
}

// options turns cfg into those of the client.
func (cfg Config) options() (rueidis.ClientOption, error) {
	u, err := cfg.parseURL()
	if err != nil {
		return rueidis.ClientOption{}, err
	}
	opt := rueidis.ClientOption{
		Dialer: net.Dialer{Timeout: cfg.timeout()}, ConnWriteTimeout: cfg.timeout(), ClientName: "imsx",
		// A source asks now and then: one connection and small buffers are enough.
		PipelineMultiplex: -1, RingScaleEachConn: 6, ReadBufferEachConn: 16 << 10, WriteBufferEachConn: 16 << 10,
		CacheSizeEachConn: 32 << 20, BlockingPoolSize: 4,
		DisableCache: u.Query().Get("client_cache") == "0",
	}
	if err := cfg.address(u, &opt); err != nil {
		return rueidis.ClientOption{}, err
	}
	if opt.TLSConfig, err = cfg.tls(u); err != nil {
		return rueidis.ClientOption{}, err
	}
	cfg.login(u, &opt)
	return opt, nil
}

// parseURL reads the URL. No part of its text is in an error: it may have a password, and in any place if it is mistyped.
func (cfg Config) parseURL() (*url.URL, error) {
	if cfg.URL == "" {
		return nil, errors.New("no URL is given")
	}
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	switch u.Scheme {
	case "redis", "rediss", "valkey", "valkeys", "unix":
	default:
		return nil, errors.New("the URL does not begin with redis, rediss, valkey, valkeys or unix")
	}
	known := []string{"addr", "master_set", "sentinel_auth", "client_cache", "prefix", "db"}
	for name := range u.Query() {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("the URL has a parameter that is none of %s", strings.Join(known, ", "))
		}
	}
	for _, name := range []string{"sentinel_auth", "client_cache"} {
		if value := u.Query().Get(name); value != "" && value != "0" && value != "1" {
			return nil, fmt.Errorf("%s in the URL is neither 0 nor 1", name)
		}
	}
	if p := cfg.prefix(); len(p) > maxPrefix || strings.ContainsAny(p, "{}*?[]\\ \r\n") {
		return nil, fmt.Errorf("the prefix is longer than %d or has one of {}*?[]\\ in it", maxPrefix)
	}
	return u, nil
}

// address takes the nodes and the database from the URL.
func (cfg Config) address(u *url.URL, opt *rueidis.ClientOption) error {
	database := u.Query().Get("db")
	if u.Scheme == "unix" {
		if u.Path == "" || u.Host != "" {
			return errors.New("the URL of a Unix socket is unix:///PATH")
		}
		path := u.Path
		opt.InitAddress = []string{path}
		opt.DialCtxFn = dialUnix
	} else {
		for _, addr := range append([]string{u.Host}, u.Query()["addr"]...) {
			node, err := withPort(addr, u.Query().Get("master_set") != "")
			if err != nil {
				return err
			}
			opt.InitAddress = append(opt.InitAddress, node)
		}
		if path := strings.Trim(u.Path, "/"); path != "" {
			database = path
		}
	}
	opt.Sentinel.MasterSet = u.Query().Get("master_set")
	if database != "" {
		n, err := strconv.Atoi(database)
		if err != nil || n < 0 {
			return errors.New("the database in the URL is no number")
		}
		opt.SelectDB = n
	}
	return nil
}

// withPort completes an address by the usual port.
func withPort(addr string, sentinel bool) (string, error) {
	port := "6379"
	if sentinel {
		port = "26379"
	}
	host, given, err := net.SplitHostPort(addr)
	if err != nil {
		host, given = strings.Trim(addr, "[]"), port
	}
	if host == "" || strings.ContainsAny(host, "/@ ") {
		return "", errors.New("an address in the URL has no host")
	}
	if _, err := strconv.ParseUint(given, 10, 16); err != nil {
		return "", errors.New("an address in the URL has a port that is no number")
	}
	return net.JoinHostPort(host, given), nil
}

// tls returns the settings of TLS, nil without.
func (cfg Config) tls(u *url.URL) (*tls.Config, error) {
	if u.Scheme != "rediss" && u.Scheme != "valkeys" {
		if cfg.CAFile != "" || cfg.CertFile != "" || cfg.KeyFile != "" {
			return nil, errors.New("certificates need a URL that begins with rediss")
		}
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("certificate authority: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("certificate authority %q: no PEM certificate in it", cfg.CAFile)
		}
		t.RootCAs = pool
	}
	if cfg.CertFile != "" || cfg.KeyFile != "" {
		cert, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		t.Certificates = []tls.Certificate{cert}
	}
	return t, nil
}

// login takes names and passwords from cfg, or else from the URL.
func (cfg Config) login(u *url.URL, opt *rueidis.ClientOption) {
	if u.User != nil {
		opt.Username = u.User.Username()
		opt.Password, _ = u.User.Password()
	}
	if cfg.Username != "" {
		opt.Username = cfg.Username
	}
	if !cfg.Password.IsZero() {
		opt.Password = cfg.Password.Reveal()
	}
	if opt.Sentinel.MasterSet != "" {
		opt.Sentinel.TLSConfig = opt.TLSConfig
		opt.Sentinel.Dialer = opt.Dialer
		cfg.sentinelLogin(u, opt)
	}
}

// sentinelLogin is that of the servers unless another is given, or none.
func (cfg Config) sentinelLogin(u *url.URL, opt *rueidis.ClientOption) {
	if u.Query().Get("sentinel_auth") == "0" {
		return
	}
	opt.Sentinel.Username, opt.Sentinel.Password = opt.Username, opt.Password
	if cfg.SentinelUsername != "" {
		opt.Sentinel.Username = cfg.SentinelUsername
	}
	if !cfg.SentinelPassword.IsZero() {
		opt.Sentinel.Password = cfg.SentinelPassword.Reveal()
	}
}
