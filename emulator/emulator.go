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
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/secret"
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
	// AEMAddr is where AEM's author listens, PublishAddr its publish instance; see [Emulator.Start] for their form. Empty
	// means "127.0.0.1:0"; an empty PublishAddr beside an AEMAddr means a free port of the same host.
	AEMAddr, PublishAddr string
	// Seed makes keys, identifiers, secrets and chance depend on this text alone. Empty means that they are random. Keys
	// that are given come before those of the seed.
	Seed string
	// Scenario is played from the start. Nil means none. Its own seed counts if Seed is empty.
	Scenario *fault.Scenario
	// BatchDir is the folder that stands for the cloud storage of Forms batches: a folder in it for each data source, with
	// the records in "input". Empty means that there is none, and no batch can be started.
	BatchDir string
	// ControlKey opens the control API to callers that are not on loopback. Empty means a random one.
	ControlKey secret.Text
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

// Emulator is one local Adobe with one organization, one technical account of each kind of credentials, one developer and
// one AEM environment. All methods are safe for concurrent use.
type Emulator struct {
	cfg    Config
	logger *slog.Logger
	people population
	parts

	mu      sync.Mutex
	stage   stage
	doors   []*door
	done    chan struct{} // closed when serving has ended
	ca      []byte
	written *statusFile
	dir     string
	run     *fault.Run
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
	var err error
	if cfg.Keys, err = cfg.Keys.complete(cfg.keyMaker()); err != nil {
		return nil, err
	}
	if cfg.ControlKey.IsZero() {
		cfg.ControlKey = secret.New(hex.EncodeToString(random(rand.Reader, 20)))
	}
	e := &Emulator{cfg: cfg, logger: cfg.logger()}
	if err := e.build(); err != nil {
		return nil, err
	}
	e.ims.AddHosts(cfg.Hosts...)
	return e, nil
}

// seed returns what everything that is left to chance depends on, "" if on nothing.
func (c Config) seed() string {
	if c.Seed == "" && c.Scenario != nil && c.Scenario.Seed != nil {
		return strconv.FormatUint(*c.Scenario.Seed, 10)
	}
	return c.Seed
}

// random returns where identifiers and secrets for a purpose come from.
func (c Config) random(purpose string) io.Reader {
	if seed := c.seed(); seed != "" {
		return newSeededStream(seed, purpose)
	}
	return rand.Reader
}

// keyMaker returns what makes the keys that are not given.
func (c Config) keyMaker() func(purpose string) (*rsa.PrivateKey, error) {
	if seed := c.seed(); seed != "" {
		return func(purpose string) (*rsa.PrivateKey, error) { return seededKey(newSeededStream(seed, purpose)) }
	}
	return randomKey
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
