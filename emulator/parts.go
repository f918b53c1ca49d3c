package emulator

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/console"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/secret"
)

// parts are what an emulator is made of.
type parts struct {
	clock   *clock.Clock
	journal *journal.Journal
	faults  *fault.Set
	ims     *ims.Server
	aem     *aem.Server
	forms   *forms.Server
	console *console.Server
}

// environment is the AEM environment that an emulator begins with; its service credentials are for this one.
const environment aem.EnvironmentID = "p11111-e22222"

// journalSize is how many requests the journal remembers.
const journalSize = 10_000

// consolePath is where the console is, below the origin of the identity service.
const consolePath = console.Prefix + "console/"

// build makes the parts and lets the first people in.
func (e *Emulator) build() error {
	e.clock = new(clock.Clock)
	e.journal = journal.New(journalSize, e.clock)
	e.faults = fault.NewSet(fault.Config{Seed: e.cfg.chance(), Clock: e.clock, RouteName: routeName})
	var err error
	e.ims, err = ims.New(ims.Config{
		Key: e.cfg.Keys.Token, TokenLifetime: e.cfg.TokenLifetime, Logger: e.logger, Clock: e.clock,
		Random: e.cfg.random("identity service"),
	})
	if err != nil {
		return err
	}
	if e.people, err = populate(e.ims, e.cfg.Keys.ServiceAccount, e.cfg.random("people"), e.clock.Now()); err != nil {
		return err
	}
	e.forms, err = forms.New(forms.Config{
		Clock: e.clock, Credential: e.signingCredential, BatchDir: e.cfg.BatchDir, Logger: e.logger,
	})
	if err != nil {
		return err
	}
	e.aem, err = aem.New(aem.Config{
		Clock: e.clock, Verify: e.verify, Random: e.cfg.random("aem"), Logger: e.logger, Mount: e.forms.Mount(), Assets: forms.Samples(),
	})
	if err != nil {
		return err
	}
	if err := e.aem.AddEnvironment(environment, e.people.organization.ID); err != nil {
		return err
	}
	e.console, err = console.New(console.Config{
		IMS: e.ims, AEM: e.aem, Forms: e.forms, Faults: e.faults, Journal: e.journal, Clock: e.clock, Key: e.cfg.ControlKey,
		Addresses: e.addresses, PrivateKey: e.privateKey, DevelopmentToken: e.newDevelopmentToken, Reset: e.restore,
		Logger: e.logger,
	})
	if err != nil {
		return err
	}
	e.ims.Mark()
	return nil
}

// routeName tells what the journal calls the route of a request that a fault answers itself.
func routeName(service string, r *http.Request) string {
	if service == "ims" {
		name, _ := ims.Route(r.URL.Path)
		return name
	}
	if name, ok := forms.Route(r.URL.Path); ok {
		return r.Method + " " + name
	}
	return ""
}

// chance returns the seed of the faults.
func (c Config) chance() uint64 {
	var b [8]byte
	_, _ = c.random("faults").Read(b[:])
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}

// imsHandler serves the identity service, and the control API beside it.
func (e *Emulator) imsHandler() http.Handler {
	service := e.watched("ims", e.ims)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, console.Prefix) {
			e.console.ServeHTTP(w, r)
			return
		}
		service.ServeHTTP(w, r)
	})
}

// watched puts the journal and the faults in front of a service.
func (e *Emulator) watched(service string, h http.Handler) http.Handler {
	return e.dated(e.journal.Middleware(service)(e.faults.Middleware(service)(h)))
}

// dated makes the header Date tell the emulator's time, by which clients find out that the clocks differ.
func (e *Emulator) dated(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.clock.Difference() != 0 {
			w.Header().Set("Date", e.clock.Now().UTC().Format(http.TimeFormat))
		}
		h.ServeHTTP(w, r)
	})
}

func (e *Emulator) authorHandler() http.Handler  { return e.aemHandler(aem.Author) }
func (e *Emulator) publishHandler() http.Handler { return e.aemHandler(aem.Publish) }

// aemHandler serves AEM on a door that is for one tier, unless a request names the other by its host.
func (e *Emulator) aemHandler(tier aem.Tier) http.Handler {
	handler := e.aem.Handler(tier)
	byTier := map[aem.Tier]http.Handler{
		aem.Author:  e.watched("aem-author", handler),
		aem.Publish: e.watched("aem-publish", handler),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byTier[aem.TierOf(r.Host, tier)].ServeHTTP(w, r)
	})
}

// verify checks an access token for AEM.
func (e *Emulator) verify(text string) (aem.Bearer, error) {
	t, err := e.ims.CheckToken(text)
	b := aem.Bearer{
		ClientID: t.ClientID, Account: t.Account, Organization: t.Organization, Email: t.Email, Name: t.Name,
		Scopes: t.Scopes, Kind: aem.Kind(t.Kind), Expiry: t.Expiry,
	}
	for _, p := range t.Products {
		b.Groups = append(b.Groups, p.Name)
	}
	switch {
	case errors.Is(err, ims.ErrTokenSignature):
		return b, aem.ErrSignature
	case errors.Is(err, ims.ErrTokenExpired):
		return b, aem.ErrExpired
	case errors.Is(err, ims.ErrTokenRevoked):
		return b, aem.ErrRevoked
	case err != nil:
		return b, fmt.Errorf("%w: %w", aem.ErrMalformed, err)
	}
	return b, nil
}

// addresses tells the console where everything is.
func (e *Emulator) addresses() console.Addresses {
	e.mu.Lock()
	defer e.mu.Unlock()
	return console.Addresses{
		IMS: e.originLocked(doorIMS), Author: e.originLocked(doorAuthor), Publish: e.originLocked(doorPublish),
		CAFile: e.caFileLocked(), Dir: e.dir, Version: e.cfg.version(),
	}
}

// privateKey gives the console the key of the service credentials, for their download.
func (e *Emulator) privateKey(clientID string) (*rsa.PrivateKey, *x509.Certificate) {
	if clientID != e.people.service.ID {
		return nil, nil
	}
	return e.people.key, e.people.certificate
}

func (e *Emulator) newDevelopmentToken() (secret.Text, error) {
	p := e.people
	return e.ims.IssueToken(p.console.ID, p.developer, p.console.Scopes...)
}

// restore brings the state back to how it was when the emulator was started, and begins the scenario again.
func (e *Emulator) restore() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == stageClosed {
		return errors.New("the emulator has ended")
	}
	e.endRunLocked()
	// Once more than the console did: a step of the scenario may have been under way then.
	e.faults.Clear()
	e.clock.Set(0)
	e.ims.Reset()
	e.forms.Reset()
	e.aem.Reset()
	return e.playLocked()
}

// playLocked makes the changes of the scenario and begins its steps.
func (e *Emulator) playLocked() error {
	if e.cfg.Scenario == nil {
		return nil
	}
	var err error
	stage := fault.Stage{Target: target{e}, Faults: e.faults, Logger: e.logger}
	if e.run, err = e.cfg.Scenario.Apply(context.Background(), stage); err != nil {
		return &ScenarioError{err}
	}
	return nil
}

// ScenarioError is a change of the scenario that cannot be made.
type ScenarioError struct{ err error }

// Error says which change, and why.
func (e *ScenarioError) Error() string { return e.err.Error() }

// Unwrap returns what the change failed with.
func (e *ScenarioError) Unwrap() error { return e.err }

// endRunLocked ends the steps of the scenario.
func (e *Emulator) endRunLocked() {
	if e.run != nil {
		e.run.Close()
		e.run = nil
	}
}

// IMS returns the identity service, to configure it and to count requests. It is never nil.
func (e *Emulator) IMS() *ims.Server { return e.ims }

// AEM returns the instances of AEM, to configure them. It is never nil.
func (e *Emulator) AEM() *aem.Server { return e.aem }

// Forms returns the Forms services of AEM, with the documents that they made. It is never nil.
func (e *Emulator) Forms() *forms.Server { return e.forms }

// Faults returns the faults that are on. It is never nil.
func (e *Emulator) Faults() *fault.Set { return e.faults }

// Journal returns what the emulator was asked. It is never nil.
func (e *Emulator) Journal() *journal.Journal { return e.journal }

// Clock returns the emulator's clock. It is never nil.
func (e *Emulator) Clock() *clock.Clock { return e.clock }

// ControlKey returns the key of the control API for callers that are not on loopback.
func (e *Emulator) ControlKey() secret.Text { return e.cfg.ControlKey }

// Handler returns the handler of the identity service and the control API that [Emulator.Start] serves, for servers and
// round trippers of one's own.
func (e *Emulator) Handler() http.Handler { return e.imsHandler() }
