package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/ims"
)

// target makes the changes of a scenario.
type target struct{ e *Emulator }

var _ fault.Target = target{}

// Apply makes one change.
func (t target) Apply(c fault.Change) error {
	switch c := c.(type) {
	case fault.MoveClock:
		t.e.clock.Move(c.By)
		return nil
	case fault.SetClock:
		t.e.clock.Set(c.Offset)
		return nil
	case fault.AddToGroup, fault.RemoveFromGroup, fault.AllowClient, fault.DisallowClient, fault.AddEnvironment:
		return t.applyAEM(c)
	}
	return t.applyIMS(c)
}

func (t target) applyIMS(c fault.Change) error {
	s := t.e.ims
	switch c := c.(type) {
	case fault.SetTokenLifetime:
		return s.SetTokenLifetime(c.Lifetime)
	case fault.AddOrganization:
		return s.AddOrganization(ims.Organization{ID: c.ID, Name: c.Name})
	case fault.AddAccount:
		return s.AddAccount(ims.Account{ID: c.ID, Organization: t.organization(c.Organization), Email: c.Email, Name: c.Name})
	case fault.AddClient:
		return t.addClient(c)
	case fault.RotateKey:
		return t.rotateKey(c)
	case fault.Throttle:
		return t.throttle(c)
	case fault.RevokeCertificate:
		return t.onCertificates(c.ClientID, c.Fingerprint, func(f string) error {
			return s.SetCertificateRevoked(c.ClientID, f, true)
		})
	case fault.ExpireCertificate:
		return t.onCertificates(c.ClientID, c.Fingerprint, func(f string) error { return s.ExpireCertificate(c.ClientID, f) })
	case fault.AddSecret:
		return t.addSecret(c)
	case fault.RemoveSecret:
		return t.removeSecret(c)
	}
	return fmt.Errorf("the change %s is not known", c.Kind())
}

// organization returns id, or the emulator's first organization if it is empty.
func (t target) organization(id string) string {
	if id == "" {
		return t.e.people.organization.ID
	}
	return id
}

// onInstances does something with the instances of an environment, or of all if it is empty, and of a tier, or of both.
func (t target) onInstances(environment, tier string, do func(*aem.Instance) error) error {
	var errs []error
	found := false
	for _, i := range t.e.aem.Instances() {
		if environment != "" && string(i.Environment()) != environment || tier != "" && string(i.Tier()) != tier {
			continue
		}
		found = true
		if err := do(i); err != nil && !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
			errs = append(errs, err) // once, though it is the same on both tiers
		}
	}
	if !found {
		return fmt.Errorf("there is no AEM environment %q", environment)
	}
	return errors.Join(errs...)
}

func (t target) applyAEM(c fault.Change) error {
	switch c := c.(type) {
	case fault.AddEnvironment:
		return t.e.aem.AddEnvironment(aem.EnvironmentID(strings.TrimSpace(c.ID)), t.organization(""))
	case fault.AddToGroup:
		return t.onInstances(c.Environment, "", func(i *aem.Instance) error { return t.addToGroup(i, c) })
	case fault.RemoveFromGroup:
		return t.onInstances(c.Environment, "", func(i *aem.Instance) error { return i.RemoveUserFromGroup(c.Account, c.Group) })
	case fault.AllowClient:
		return t.onInstances(c.Environment, c.Tier, func(i *aem.Instance) error { return i.AllowClient(c.ClientID) })
	case fault.DisallowClient:
		return t.onInstances(c.Environment, c.Tier, func(i *aem.Instance) error {
			i.DisallowClient(c.ClientID)
			return nil
		})
	}
	return fmt.Errorf("the change %s is not known", c.Kind())
}

// addToGroup puts an account's user into a group, and creates the user if no call has yet.
func (t target) addToGroup(i *aem.Instance, c fault.AddToGroup) error {
	err := i.AddUserToGroup(c.Account, c.Group)
	if !errors.Is(err, aem.ErrNotFound) {
		return err
	}
	login := c.Account
	if account, ok := t.e.ims.Account(c.Account); ok && account.Email != "" {
		login = account.Email
	}
	return i.AddUser(login, c.Group)
}
