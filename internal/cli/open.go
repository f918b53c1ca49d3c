package cli

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/term"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/tokencache"
)

// choice is which credentials to use and what belongs to them, after flags, environment and configuration have been
// looked at in this order.
type choice struct {
	file       string // "" if content or environ is set
	content    []byte
	environ    bool
	selector   string
	keyFile    string
	caFile     string
	allowHosts []string
	scopes     []string
	aem        string // URL of the instance, of the profile
}

// choose finds the credentials to use: a flag, a profile named by a flag, the environment, the default profile.
// When nothing names any, file, content and environ of the choice are empty.
func (a *app) choose() (choice, error) {
	c := choice{
		selector: a.flags.selector, keyFile: a.flags.keyFile, caFile: a.flags.caFile,
		allowHosts: a.flags.allowHosts, scopes: a.flags.scopes,
	}
	env := a.getenv("IMSX_CREDENTIALS")
	switch {
	case a.flags.credentials != "" && a.flags.profile != "":
		return c, usagef("--credentials and --profile exclude each other")
	case a.flags.credentials != "":
		c.file = a.flags.credentials
	case a.flags.profile != "":
		return c, a.useProfile(&c, a.flags.profile)
	case isContent(env):
		c.content = []byte(env)
	case env != "":
		c.file = env
	case a.getenv("IMSX_PROFILE") != "":
		return c, a.useProfile(&c, a.getenv("IMSX_PROFILE"))
	default:
		return c, a.useDefault(&c)
	}
	return c, nil
}

// isContent tells credentials that stand in a variable themselves from the path of a file.
func isContent(value string) bool {
	value = strings.TrimSpace(value)
	return strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[")
}

func (a *app) useProfile(c *choice, name string) error {
	cfg, path, err := a.loadConfig()
	if err != nil {
		return err
	}
	p, err := a.namedProfile(cfg, path, name)
	if err != nil {
		return err
	}
	c.file = p.Credentials
	c.selector = orString(c.selector, p.Select)
	c.keyFile = orString(c.keyFile, p.KeyFile)
	c.caFile = orString(c.caFile, p.CAFile)
	c.allowHosts = append(c.allowHosts, p.AllowHosts...)
	c.aem = p.AEM
	if c.scopes == nil {
		c.scopes = p.Scopes
	}
	return nil
}

// useDefault takes the default profile of the configuration, or else the variables of other tools.
func (a *app) useDefault(c *choice) error {
	cfg, _, err := a.loadConfig()
	if err != nil {
		return err
	}
	if cfg.Default != "" {
		return a.useProfile(c, cfg.Default)
	}
	_, err = credentials.FromEnviron(a.Env, credentials.Options{})
	c.environ = err == nil
	return nil
}

func (c *choice) none() bool { return c.file == "" && c.content == nil && !c.environ }

func orString(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// read reads the credentials of a choice, whole.
func (a *app) read(c choice) (*credentials.Set, error) {
	opts := credentials.Options{KeyFile: c.keyFile, AllowHosts: c.allowHosts}
	var err error
	if opts.Passphrase, err = a.passphrase(); err != nil {
		return nil, err
	}
	switch {
	case c.none():
		return nil, a.noCredentials(opts)
	case c.environ:
		return credentials.FromEnviron(a.Env, opts)
	case c.content != nil:
		return credentials.Parse(c.content, opts)
	case c.file == "-":
		if term.IsTerminal(a.Stdin) {
			return nil, usagef("-c - reads the credentials from standard input, which is a terminal").withHint("use -c FILE, or pipe a file in")
		}
		return credentials.Read(a.Stdin, opts)
	}
	return credentials.Open(c.file, opts)
}

// noCredentials says that none are given, or what the variables of another tool lack to be some.
func (a *app) noCredentials(opts credentials.Options) error {
	_, err := credentials.FromEnviron(a.Env, opts)
	var refused *credentials.Error
	if errors.As(err, &refused) && refused.Reason != credentials.ReasonNoMatch {
		return refused
	}
	return usagef("no credentials given").
		withHint("name a file with -c FILE, or set IMSX_CREDENTIALS; imsx demo works without any")
}

// passphrase returns the private key's passphrase from its file or the environment.
func (a *app) passphrase() (secret.Text, error) {
	if a.flags.passphraseFile == "" {
		return secret.New(a.getenv("IMSX_PASSPHRASE")), nil
	}
	data, err := os.ReadFile(a.flags.passphraseFile)
	if err != nil {
		return secret.Text{}, &inputError{fmt.Errorf("reading the passphrase: %w", err)}
	}
	return secret.New(strings.TrimRight(string(data), "\r\n")), nil
}

// finding is what a check of the credentials found.
type finding struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	What     string `json:"what"`
	Do       string `json:"do,omitempty"`
}

func findingsOf(c *credentials.Credentials) []finding {
	var out []finding
	for _, f := range c.Check(time.Now()) {
		out = append(out, finding{Severity: string(f.Severity), Code: f.Code, What: f.What, Do: f.Do})
	}
	return out
}

// credential reads the chosen credential and tells what is wrong, or about to be wrong, with it.
func (a *app) credential(c choice) (*credentials.Credentials, error) {
	set, err := a.read(c)
	if err != nil {
		return nil, err
	}
	cred, err := set.Select(c.selector)
	if err != nil {
		return nil, err
	}
	for _, f := range findingsOf(cred) {
		if f.Severity != string(credentials.SeverityInfo) {
			a.findings = append(a.findings, f)
		}
	}
	a.tellFindings()
	return cred, nil
}

func (a *app) tellFindings() {
	if a.flags.json {
		return // they are part of the result or of the error
	}
	st := a.style(a.Stderr)
	for _, f := range a.findings {
		a.say("%s %s %s", st.Warn("warning:"), f.What, f.Do)
	}
}

// open returns the source of the chosen credential.
func (a *app) open() (*imsx.Source, *credentials.Credentials, error) {
	if err := a.checkFlags(); err != nil {
		return nil, nil, err
	}
	c, err := a.choose()
	if err != nil {
		return nil, nil, err
	}
	cred, err := a.credential(c)
	if err != nil {
		return nil, nil, err
	}
	client, err := laterClient(c)
	if err != nil {
		return nil, nil, err
	}
	kept, err := a.openCache()
	if err != nil {
		return nil, nil, err
	}
	src, err := imsx.New(imsx.Config{
		Credentials: cred, Scopes: c.scopes, HTTPClient: client, AllowHosts: c.allowHosts, UserAgent: a.userAgent(),
		Store: kept.store, StoreTimeout: kept.limit, Timeout: a.flags.timeout, MinTTL: a.flags.minTTL, Notify: a.notify,
	})
	if err != nil {
		return nil, nil, err
	}
	return src, cred, nil
}

func (a *app) userAgent() string { return "imsx/" + a.Version }

func httpClient(c choice) (*http.Client, error) {
	client, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: c.caFile})
	if err != nil {
		return nil, &inputError{fmt.Errorf("--ca-file: %w", err)}
	}
	return client, nil
}

// laterClient returns a client that is made when the first request is sent: a token from the cache needs none, and
// reading the system's certificate authorities takes longer than all the rest. That the file of authorities can be used
// is seen at once.
func laterClient(c choice) (*http.Client, error) {
	if c.caFile == "" {
		return httpClient(c)
	}
	data, err := os.ReadFile(c.caFile)
	if err != nil || !x509.NewCertPool().AppendCertsFromPEM(data) {
		return httpClient(c) // which says what is wrong with it
	}
	made := sync.OnceValues(func() (*http.Client, error) { return httpClient(c) })
	return &http.Client{Transport: laterTransport(made)}, nil
}

// laterTransport sends requests by a client that it makes first.
type laterTransport func() (*http.Client, error)

// RoundTrip implements [http.RoundTripper].
func (l laterTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	client, err := l()
	if err != nil {
		return nil, err
	}
	return client.Transport.RoundTrip(req)
}

// tellWait is the wait from which a person is told about it unasked.
const tellWait = 2 * time.Second

// notify tells what happens inside the source: everything when asked, and long waits in any case.
func (a *app) notify(e tokencache.Event) {
	switch e.Kind {
	case tokencache.EventStoreFailed, tokencache.EventStoreRecovered, tokencache.EventEntryUnreadable:
		a.notifyStore(e)
		return
	}
	if a.flags.json {
		return
	}
	switch {
	case e.Kind == tokencache.EventAttemptFailed && e.Wait > 0 && (a.flags.verbose || e.Wait >= tellWait):
		a.say("attempt %d: %v; trying again in %v (limit %v)", e.Attempt, e.Err, e.Wait.Round(100*time.Millisecond), a.flags.timeout)
	case e.Kind == tokencache.EventRefreshed && a.flags.verbose:
		a.say("new token by %s, valid until %s", e.Origin, when(e.Expiry))
	}
}

// tellClock tells a person that the clocks differ.
func (a *app) tellClock(d time.Duration) {
	const tolerated = 30 * time.Second
	if a.flags.json || d.Abs() < tolerated {
		return
	}
	direction := "behind"
	if d < 0 {
		direction = "ahead of"
	}
	a.say("%s this machine's clock is %v %s the server's; set it right", a.style(a.Stderr).Warn("warning:"), d.Abs().Round(time.Second), direction)
}

// maxInput bounds what is read from standard input and files besides credentials.
const maxInput = 1 << 20

// readInput reads FILE, or standard input for "-", to its limit. what names it in errors.
func (a *app) readInput(file, what string) ([]byte, error) {
	in := a.Stdin
	switch {
	case file == "-" && term.IsTerminal(a.Stdin):
		return nil, usagef("standard input is a terminal").withHint("pipe " + what + " in, or name a FILE")
	case file != "-":
		f, err := os.Open(file)
		if err != nil {
			return nil, &inputError{fmt.Errorf("reading %s: %w", what, err)}
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	switch {
	case err != nil:
		return nil, &inputError{fmt.Errorf("reading %s: %w", what, err)}
	case len(data) > maxInput:
		return nil, &inputError{fmt.Errorf("reading %s: it is larger than %d bytes", what, maxInput)}
	case len(bytes.TrimSpace(data)) == 0:
		return nil, &inputError{fmt.Errorf("reading %s: the input is empty", what)}
	}
	return data, nil
}

// printJSON writes v as indented JSON to standard output.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
