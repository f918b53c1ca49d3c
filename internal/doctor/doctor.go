// Package doctor finds out why a credential does not lead to an answer of AEM. [Climb] goes up a ladder of rungs, from the
// credential file over the key, the clock, the network and IMS to AEM's groups, and stops at the first broken one. Every
// [Rung] tells what was seen, what it means, and who must do what.
//
//	report := doctor.Climb(ctx, doctor.Config{
//		Input: doctor.Input{Path: path, Read: func() (*credentials.Set, error) { return credentials.Open(path, opts) }},
//		AEM:   "https://author-p1-e2.adobeaemcloud.com",
//		For:   doctor.ForForms,
//	})
//	for _, r := range report.Rungs {
//		fmt.Println(r.State, r.Title, r.Seen)
//	}
//
// The package prints nothing and reads no environment. What a cause means and who must do what comes from the tables of
// packages ims and aem; [Causes] are those that only the doctor sees.
//
// # What is asked of Adobe
//
// IMS is asked to validate a word that is no token, which shows the way, the clock and the certificates, and then for one
// token, with the keys and secrets of the credential in turn. If it refuses the scopes, it is asked for each alone. AEM is
// asked for /systemready, for the current user, and for one thing of the API that is named, in a way that changes and
// generates nothing. The first call to AEM that passes makes AEM create the technical account's user, as every first call
// does. Nothing else is sent twice.
//
// # Trust
//
// A report holds no secret: no token, no key, no client secret, no password of a proxy. It does hold identifiers: client
// id, accounts, hosts, paths. [Report.Bundle] makes a text of it that has these shortened.
package doctor

import (
	"context"
	"net/http"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
)

// API is what a technical account wants to use in AEM.
type API string

// The APIs whose group is looked at.
const (
	ForNone   API = "none"
	ForForms  API = "forms"  // the Communications APIs: group forms-users
	ForAssets API = "assets" // the Assets HTTP API, reading
)

// Input says where the credentials are.
type Input struct {
	// From says in words where the credentials are named, such as "-c" or "the variable IMSX_CREDENTIALS". Empty means
	// that nobody needs to be told.
	From string
	// Path is the file or the folder. Empty means that they do not stand in a file of their own.
	Path string
	// Err is why it is not known which credentials to use; Read is not called then. Nil means that it is.
	Err error
	// Hint says what to do about Err.
	Hint string
	// Read reads the credentials; it is called once at most. Required without Err.
	Read func() (*credentials.Set, error)
	// Selector chooses one of several, as for credentials.Set.Select.
	Selector string
}

// Variable is a variable of the environment that has a say in how Adobe is reached.
type Variable struct {
	// Name is the variable's name.
	Name string `json:"name"`
	// Value is the value. A report shows it without the user name and the password of a URL.
	Value string `json:"value"`
}

// Cache is where tokens rest between processes, as the caller found it.
type Cache struct {
	Kind    string // "none", "memory", "file" or "redis"
	Place   string // the folder, or the server's address without a password
	Problem string // why it cannot be used, without a secret; empty if it can
	Remedy  string // who must do what about it; empty: what [CauseCacheUnusable] says
	// Entry tells what rests there for these credentials, such as "a token that is valid for 3 hours"; empty for nothing.
	Entry string
}

// Config says what to look at, and how. Input is required.
type Config struct {
	Input Input
	// AEM is the origin of the AEM instance. Empty means that AEM is not looked at.
	AEM string
	// For is the API whose group is looked at. Empty means [ForNone].
	For API
	// Tier is "author", "publish" or "preview", for the list of allowed clients. Empty means what the host's name says.
	Tier string
	// EnvironmentType is "dev", "stage", "prod" or "rde", for the list of allowed clients. Empty means that it is not known.
	EnvironmentType string
	// Warn makes a report fail if the certificate or the token ends within this time. 0 means that it does not, and that
	// the last 30 days are told as a warning.
	Warn time.Duration
	// Scopes replace those of the credentials. Nil: those of the credentials.
	Scopes []string
	// HTTPClient is how IMS and AEM are reached. Its transport must be an *http.Transport, of which a copy is used. Nil
	// means that of ims.NewHTTPClient with a zero configuration.
	HTTPClient *http.Client
	// Environment are the variables that have a say in that.
	Environment []Variable
	// AllowHosts are further hosts that may get the secrets and the token.
	AllowHosts []string
	// UserAgent is sent to IMS and AEM. Empty: "imsx".
	UserAgent string
	// Timeout limits each step on the network. 0: 30 seconds.
	Timeout time.Duration
	// Now tells the time. Nil: time.Now.
	Now func() time.Time
	// Cache is where tokens rest between processes. Nil: it is not looked at.
	Cache *Cache
	// Private are further texts that a bundle must not show, such as the home folder and the name of the machine.
	Private []string
	// Begin is told of each rung when it is begun, with its title only, End when it is done. Nil: nobody is told.
	Begin, End func(Rung)
}

const (
	defaultTimeout = 30 * time.Second
	defaultWarning = 30 * 24 * time.Hour
	day            = 24 * time.Hour
)

func (cfg Config) now() time.Time {
	if cfg.Now == nil {
		return time.Now()
	}
	return cfg.Now()
}

func (cfg Config) timeout() time.Duration {
	if cfg.Timeout <= 0 {
		return defaultTimeout
	}
	return cfg.Timeout
}

func (cfg Config) warning() time.Duration {
	if cfg.Warn > 0 {
		return cfg.Warn
	}
	return defaultWarning
}

// transport returns a transport of the doctor's own, so that its first request makes a connection.
func (cfg Config) transport() *http.Transport {
	client := cfg.HTTPClient
	if client == nil {
		client, _ = ims.NewHTTPClient(ims.HTTPConfig{}) // fails for a CA file only
	}
	if t, ok := client.Transport.(*http.Transport); ok {
		return t.Clone()
	}
	client, _ = ims.NewHTTPClient(ims.HTTPConfig{})
	return client.Transport.(*http.Transport)
}

// Climb goes up the ladder and returns what it saw. It ends soon after ctx does; the rung that it was on is broken then.
// A report has no rung above the broken one, and none of AEM's without Config.AEM. It is the caller's.
func Climb(ctx context.Context, cfg Config) Report {
	c := newClimber(cfg)
	defer c.transport.CloseIdleConnections()
	for _, s := range ladder {
		if s.aem && cfg.AEM == "" {
			break
		}
		r := Rung{ID: s.id, Title: s.title, State: StateOK}
		if cfg.Begin != nil {
			cfg.Begin(r)
		}
		s.climb(c, ctx, &r)
		if ctx.Err() != nil && r.State != StateSkipped {
			r.interrupted()
		}
		c.report.Rungs = append(c.report.Rungs, r)
		if cfg.End != nil {
			cfg.End(r)
		}
		if r.State == StateBroken {
			break
		}
	}
	return c.done()
}
