package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/tokencache"
)

// cacheConfig is where tokens rest between processes, as the configuration file says it.
type cacheConfig struct {
	// Store is "none", "memory", "file", or the URL of a Redis server.
	Store string `yaml:"store"`
	Dir   string `yaml:"dir"`
	// Timeout bounds each use of the cache, as a duration such as "500ms".
	Timeout string `yaml:"timeout"`
	// The rest is for Redis.
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
	// SentinelUsername and SentinelPasswordFile are for the sentinels, if they are not the same.
	SentinelUsername     string `yaml:"sentinel_username"`
	SentinelPasswordFile string `yaml:"sentinel_password_file"`
	Prefix               string `yaml:"prefix"`
	CAFile               string `yaml:"ca_file"`
	CertFile             string `yaml:"cert_file"`
	KeyFile              string `yaml:"key_file"`
}

// cache is where tokens rest beyond this process.
type cache struct {
	kind  string        // "none", "memory", "file" or "redis"
	place string        // the folder, or the server's address without user and password
	limit time.Duration // of each use; 0 means the default
	store tokencache.Store
	file  *filestore.Store
	redis *redisstore.Store
}

// openCache finds the cache to use: a flag, the environment, the configuration, the files of the user. It is opened once.
func (a *app) openCache() (*cache, error) {
	if a.cache != nil {
		return a.cache, nil
	}
	cfg, err := a.cacheConfig()
	if err != nil {
		return nil, err
	}
	c := &cache{}
	if cfg.Timeout != "" {
		if c.limit, err = time.ParseDuration(cfg.Timeout); err != nil || c.limit <= 0 {
			return nil, usagef("the limit for the cache, %q, is no duration such as 500ms", shortened(cfg.Timeout))
		}
	}
	switch cfg.Store {
	case "none", "memory":
		c.kind = cfg.Store
	case "file":
		err = a.openFileCache(c, cfg.Dir)
	default:
		err = a.openRedisCache(c, cfg)
	}
	if err != nil {
		return nil, err
	}
	a.cache = c
	return c, nil
}

// cacheConfig puts the settings together.
func (a *app) cacheConfig() (cacheConfig, error) {
	file, path, err := a.loadConfig()
	if err != nil {
		return cacheConfig{}, err
	}
	cfg := file.Cache
	for _, f := range []*string{
		&cfg.Dir, &cfg.PasswordFile, &cfg.SentinelPasswordFile, &cfg.CAFile, &cfg.CertFile, &cfg.KeyFile,
	} {
		if err := besideConfig(path, f); err != nil {
			return cacheConfig{}, err
		}
	}
	inFile := cfg.Store
	cfg.Store = orString(a.flags.cache, orString(a.getenv("IMSX_CACHE"), orString(inFile, "file")))
	cfg.Timeout = orString(a.getenv("IMSX_CACHE_TIMEOUT"), cfg.Timeout)
	cfg.Dir = orString(a.flags.cacheDir, orString(a.getenv("IMSX_CACHE_DIR"), cfg.Dir))
	if a.flags.noCache {
		cfg.Store = "none"
	}
	for _, visible := range []struct{ name, value string }{{"--cache", a.flags.cache}, {"cache.store in " + path, inFile}} {
		if hasPassword(visible.value) {
			return cacheConfig{}, usagef("the URL of %s has a password in it", visible.name).
				withHint("put the password into IMSX_CACHE_PASSWORD, or into a file named by cache.password_file")
		}
	}
	return cfg, nil
}

// hasPassword reports whether s is a URL with a password.
func hasPassword(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.User == nil {
		return false
	}
	_, has := u.User.Password()
	return has
}

// openFileCache uses the given folder, or the one for caches of this user. A user without one has no cache.
func (a *app) openFileCache(c *cache, dir string) error {
	c.kind = "file"
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			if a.flags.verbose {
				a.say("no cache: %v", err)
			}
			c.kind = "none"
			return nil
		}
		dir = filepath.Join(base, "imsx")
	}
	s, err := filestore.New(filestore.Config{Dir: dir})
	if err != nil {
		return err
	}
	c.file, c.store, c.place = s, s, s.Dir()
	return nil
}

func (a *app) openRedisCache(c *cache, cfg cacheConfig) error {
	u, err := url.Parse(cfg.Store)
	if err != nil || u.Scheme == "" {
		return usagef("the cache is none of none, memory, file, and the URL of a Redis server")
	}
	password, err := a.cachePassword("IMSX_CACHE_PASSWORD", cfg.PasswordFile)
	if err != nil {
		return err
	}
	sentinelPassword, err := a.cachePassword("IMSX_CACHE_SENTINEL_PASSWORD", cfg.SentinelPasswordFile)
	if err != nil {
		return err
	}
	s, err := redisstore.New(redisstore.Config{
		URL: cfg.Store, Username: orString(a.getenv("IMSX_CACHE_USERNAME"), cfg.Username), Password: password,
		SentinelUsername: orString(a.getenv("IMSX_CACHE_SENTINEL_USERNAME"), cfg.SentinelUsername),
		SentinelPassword: sentinelPassword,
		CAFile:           orString(a.getenv("IMSX_CACHE_CA_FILE"), cfg.CAFile),
		CertFile:         orString(a.getenv("IMSX_CACHE_CERT_FILE"), cfg.CertFile),
		KeyFile:          orString(a.getenv("IMSX_CACHE_KEY_FILE"), cfg.KeyFile),
		Prefix:           cfg.Prefix, Timeout: c.limit, Notify: a.notifyRedis,
	})
	if err != nil {
		return usagef("the cache: %v", err)
	}
	a.atEnd(func() { _ = s.Close() })
	u.User, u.RawQuery = nil, ""
	c.kind, c.redis, c.store, c.place = "redis", s, s, u.String()
	return nil
}

// cachePassword returns a password of the cache from the environment, or else from its file.
func (a *app) cachePassword(variable, file string) (secret.Text, error) {
	if value := a.getenv(variable); value != "" || file == "" {
		return secret.New(value), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return secret.Text{}, &inputError{fmt.Errorf("reading the password of the cache: %w", err)}
	}
	return secret.New(strings.TrimRight(string(data), "\r\n")), nil
}

// notifyRedis tells what the token source does not see.
func (a *app) notifyRedis(e redisstore.Event) {
	if e.Kind == redisstore.EventLeaseLost && a.flags.verbose && !a.flags.json {
		a.say("the cache's lock was lost; another process may ask for a token, too")
	}
}

// notifyStore tells about the cache: that it fails in any case, that it works again when asked.
func (a *app) notifyStore(e tokencache.Event) {
	var f finding
	switch e.Kind {
	case tokencache.EventStoreFailed:
		f = finding{Severity: "warning", Code: "cache_unusable", What: fmt.Sprintf("the cache cannot be used: %v.", e.Err),
			Do: "The token comes without it. " + cacheRemedy(e.Err)}
	case tokencache.EventEntryUnreadable:
		f = finding{Severity: "warning", Code: "cache_entry_unreadable", What: fmt.Sprintf("the cached token is passed over: %v.", e.Err),
			Do: "Nobody needs to act; a new token takes its place."}
	default:
		if a.flags.verbose && !a.flags.json {
			a.say("the cache works again")
		}
		return
	}
	a.addFinding(f)
}

// cacheRemedy says who must do what about a cache that fails.
func cacheRemedy(err error) string {
	if unsafe, ok := errors.AsType[*filestore.UnsafeError](err); ok {
		return "Make the folder your own, with mode 0700: chmod 700 " + unsafe.Dir + "; or name another with --cache-dir."
	}
	return "Mend the cache, name another with --cache or --cache-dir, or turn it off with --cache none."
}

// addFinding tells a warning once, or keeps it for the JSON. It is called from several goroutines.
func (a *app) addFinding(f finding) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(a.findings, func(g finding) bool { return g.Code == f.Code }) {
		return
	}
	a.findings = append(a.findings, f)
	if !a.flags.json {
		a.say("%s %s %s", a.style(a.Stderr).Warn("warning:"), f.What, f.Do)
	}
}
