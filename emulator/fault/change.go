package fault

import (
	"time"

	"github.com/imsx/imsx/secret"
)

// Target is what a scenario changes besides faults: the emulator. Its method is called by one goroutine at a time.
type Target interface {
	// Apply makes one change, of one of the types in this package that are a [Change], at once. An error says why it
	// cannot be: an unknown client, for example. The target does not keep the change's slices.
	Apply(c Change) error
}

// Change is one change of the emulator's state: one of the types below.
type Change interface {
	// Kind is the name of the change in a scenario file.
	Kind() string
}

// The changes that happen in the middle: steps of a scenario have them as actions.
type (
	// MoveClock moves the emulator's clock, forward or back.
	MoveClock struct{ By time.Duration }

	// SetClock makes the emulator's clock differ from the machine's; 0 sets it right.
	SetClock struct{ Offset time.Duration }

	// RevokeCertificate makes a client's certificate refused from now on.
	RevokeCertificate struct {
		ClientID string
		// Fingerprint is the SHA-256 of the certificate in hexadecimal digits; a beginning of 8 digits will do. Empty
		// means all certificates of the client.
		Fingerprint string
	}

	// ExpireCertificate makes a client's certificate expire now. The fields are those of [RevokeCertificate].
	ExpireCertificate struct{ ClientID, Fingerprint string }

	// RotateKey gives the identity service a new key for access tokens. The old one no longer verifies tokens if
	// Forget is set.
	RotateKey struct{ Forget bool }

	// Throttle limits how often clients get tokens: a bucket of Burst requests that fills with Rate per second. A
	// Rate of 0 switches it off.
	Throttle struct {
		ClientID string // empty means each client
		Rate     float64
		Burst    int
	}

	// AddSecret gives a client one more secret. The zero Secret means a new one.
	AddSecret struct {
		ClientID string
		Secret   secret.Text
	}

	// RemoveSecret takes a secret from a client: the one given, or the oldest or newest if Which is "oldest" or
	// "newest".
	RemoveSecret struct {
		ClientID string
		Secret   secret.Text
		Which    string
	}

	// AddToGroup makes a technical account's user a member of a group in AEM. A user that AEM does not know yet is
	// created.
	AddToGroup struct {
		Account, Group string
		Environment    string // "p1-e2"; empty means all
	}

	// RemoveFromGroup ends a membership.
	RemoveFromGroup struct{ Account, Group, Environment string }

	// AllowClient puts a client id on the allow-list of AEM environments.
	AllowClient struct {
		ClientID    string
		Environment string // "p1-e2"; empty means all
		Tier        string // "author" or "publish"; empty means both
	}

	// DisallowClient takes a client id from the allow-list.
	DisallowClient struct{ ClientID, Environment, Tier string }
)

// The changes that make a world: a scenario has them at its head, and applies them in this order.
type (
	// SetTokenLifetime sets how long new access tokens live.
	SetTokenLifetime struct{ Lifetime time.Duration }

	// AddOrganization adds an organization, or replaces the one with its ID.
	AddOrganization struct{ ID, Name string }

	// AddAccount adds or replaces a technical account or a user.
	AddAccount struct {
		ID           string
		Organization string // empty means the emulator's first one
		Email, Name  string
	}

	// AddClient adds or replaces a client, and with the JWT exchange the binding of its account.
	AddClient struct {
		ID, Name              string
		Organization, Account string // empty means those of the emulator's first organization
		Secrets               []secret.Text
		Scopes                []string
		Metascopes            []string
		ExchangeJWT           bool
		ClientCredentials     bool
		Certificates          []string // in PEM; assertions signed by their keys are accepted
		JTIRequired           bool
		Migrated              bool
	}

	// AddEnvironment adds an AEM environment, such as "p1-e2".
	AddEnvironment struct{ ID string }
)

// Kind returns "move_clock"; the other kinds are named by the same rule, but for those of the head.
func (MoveClock) Kind() string { return "move_clock" }

// Kind returns "set_clock".
func (SetClock) Kind() string { return "set_clock" }

// Kind returns "revoke_certificate".
func (RevokeCertificate) Kind() string { return "revoke_certificate" }

// Kind returns "expire_certificate".
func (ExpireCertificate) Kind() string { return "expire_certificate" }

// Kind returns "rotate_key".
func (RotateKey) Kind() string { return "rotate_key" }

// Kind returns "throttle".
func (Throttle) Kind() string { return "throttle" }

// Kind returns "add_secret".
func (AddSecret) Kind() string { return "add_secret" }

// Kind returns "remove_secret".
func (RemoveSecret) Kind() string { return "remove_secret" }

// Kind returns "add_to_group".
func (AddToGroup) Kind() string { return "add_to_group" }

// Kind returns "remove_from_group".
func (RemoveFromGroup) Kind() string { return "remove_from_group" }

// Kind returns "allow_client".
func (AllowClient) Kind() string { return "allow_client" }

// Kind returns "disallow_client".
func (DisallowClient) Kind() string { return "disallow_client" }

// Kind returns "token_ttl".
func (SetTokenLifetime) Kind() string { return "token_ttl" }

// Kind returns "organizations".
func (AddOrganization) Kind() string { return "organizations" }

// Kind returns "accounts".
func (AddAccount) Kind() string { return "accounts" }

// Kind returns "clients".
func (AddClient) Kind() string { return "clients" }

// Kind returns "environments".
func (AddEnvironment) Kind() string { return "environments" }
