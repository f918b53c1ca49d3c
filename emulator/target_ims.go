package emulator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/ims"
)

// addClient adds or replaces a client, and with the JWT exchange the binding of its account with its certificates.
func (t target) addClient(c fault.AddClient) error {
	s, people := t.e.ims, t.e.people
	account := c.Account
	if account == "" {
		account = people.service.Account
		if c.ClientCredentials && !c.ExchangeJWT {
			account = people.oauth.Account
		}
	}
	organization := t.organization(c.Organization)
	err := s.AddClient(ims.Client{
		ID: c.ID, Name: c.Name, Secrets: c.Secrets, Organization: organization, Account: account, Scopes: c.Scopes,
		Metascopes: c.Metascopes, ExchangeJWT: c.ExchangeJWT, ClientCredentials: c.ClientCredentials,
	})
	if err != nil {
		return err
	}
	if c.ExchangeJWT {
		err = s.AddBinding(ims.Binding{
			Organization: organization, Account: account, ClientID: c.ID, Metascopes: c.Metascopes, JTIRequired: c.JTIRequired,
		})
		if err != nil {
			return err
		}
	}
	for _, text := range c.Certificates {
		if err := s.AddCertificatePEM(c.ID, []byte(text)); err != nil {
			return err
		}
	}
	return s.SetMigrated(c.ID, c.Migrated)
}

func (t target) rotateKey(c fault.RotateKey) error {
	key, err := t.e.cfg.keyMaker()("rotated key " + strings.Join(t.e.ims.KeyIDs(), " "))
	if err != nil {
		return err
	}
	return t.e.ims.RotateKey(key, !c.Forget)
}

func (t target) throttle(c fault.Throttle) error {
	rate := ims.Rate{PerSecond: c.Rate, Burst: c.Burst}
	if c.ClientID == "" {
		return t.e.ims.SetDefaultRate(rate)
	}
	return t.e.ims.SetRate(c.ClientID, rate)
}

// certificates returns the fingerprints of a client's certificates that begin with the given digits.
func (t target) certificates(clientID, beginning string) ([]string, error) {
	digits := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(beginning, "sha256:"), ":", ""))
	var found []string
	for _, b := range t.e.ims.Bindings() {
		if b.ClientID != clientID {
			continue
		}
		for _, c := range b.Certificates {
			if strings.HasPrefix(c.Fingerprint, digits) {
				found = append(found, c.Fingerprint)
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("client %q has no certificate %q", clientID, beginning)
	}
	return unique(found), nil
}

// onCertificates does something with each of a client's certificates.
func (t target) onCertificates(clientID, beginning string, do func(fingerprint string) error) error {
	found, err := t.certificates(clientID, beginning)
	if err != nil {
		return err
	}
	var errs []error
	for _, fingerprint := range found {
		errs = append(errs, do(fingerprint))
	}
	return errors.Join(errs...)
}

func (t target) addSecret(c fault.AddSecret) error {
	if c.Secret.IsZero() {
		_, _, err := t.e.ims.AddSecret(c.ClientID)
		return err
	}
	_, err := t.e.ims.AddGivenSecret(c.ClientID, c.Secret)
	return err
}

func (t target) removeSecret(c fault.RemoveSecret) error {
	state, ok := t.e.ims.Client(c.ClientID)
	if !ok || len(state.Secrets) == 0 {
		return fmt.Errorf("client %q has no secret to remove", c.ClientID)
	}
	secrets := state.Secrets // in the order in which they were added
	switch {
	case c.Which == "newest":
		return t.e.ims.RemoveSecret(c.ClientID, secrets[len(secrets)-1].UUID)
	case c.Which == "oldest":
		return t.e.ims.RemoveSecret(c.ClientID, secrets[0].UUID)
	}
	for _, s := range secrets {
		if s.Fingerprint == c.Secret.Fingerprint() {
			return t.e.ims.RemoveSecret(c.ClientID, s.UUID)
		}
	}
	return fmt.Errorf("client %q has no such secret", c.ClientID)
}
