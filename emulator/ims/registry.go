package ims

import (
	"crypto/rsa"
	"crypto/sha256"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/secret"
)

// Organization is an IMS organization.
type Organization struct {
	// ID is the full identifier, "…@AdobeOrg".
	ID string
	// Name is for people.
	Name string
}

// Account is somebody that a token acts as: a technical account or a user.
type Account struct {
	// ID is the full identifier, "…@techacct.adobe.com" for a technical account.
	ID string
	// Organization is the ID of the account's organization.
	Organization string
	// Email and Name are what the profile shows.
	Email, Name string
}

// Client is what a client_id names.
type Client struct {
	// ID is the client_id.
	ID string
	// Secrets are the live client secrets; each of them is accepted.
	Secrets []secret.Text
	// Organization and Account are whom a token of the client_credentials grant acts for and as.
	Organization, Account string
	// Scopes are the scopes that a token of this client can have. One from an exchange has them all.
	Scopes []string
	// Metascopes are the metascopes that an assertion for this client may claim, as bare names.
	Metascopes []string
	// ExchangeJWT and ClientCredentials are the grants that the client may use.
	ExchangeJWT, ClientCredentials bool
}

// Binding ties a technical account to the metascopes and certificates with which it may ask for tokens of a client.
type Binding struct {
	// Organization is the "iss" of an assertion, Account its "sub", ClientID the client in its "aud".
	Organization, Account, ClientID string
	// Metascopes are the metascopes that the account has, as bare names.
	Metascopes []string
	// JTIRequired makes IMS demand a "jti" that is greater than each one used before.
	JTIRequired bool
}

// registry is the whole configuration at one moment. It is never changed after it was stored: requests read it
// without a lock.
type registry struct {
	hosts         map[string]bool
	organizations map[string]Organization
	accounts      map[string]Account
	clients       map[string]*client
	bindings      map[bindingKey]*binding
	metascopes    map[string]bool // the ones that exist
}

type client struct {
	Client
	scopes     map[string]bool
	metascopes map[string]bool
	migrated   bool
	throttle   time.Duration // 0 is off
	tally      *tally
}

type bindingKey struct{ organization, account, client string }

type binding struct {
	metascopes   map[string]bool
	certificates []certificate
	jtiRequired  bool
	lastJTI      *atomic.Int64 // shared by all versions of the binding
}

type certificate struct {
	fingerprint         [sha256.Size]byte
	key                 *rsa.PublicKey
	notBefore, notAfter time.Time
	revoked             bool
}

// live reports whether the certificate may verify an assertion at now.
func (c certificate) live(now time.Time) bool {
	return !c.revoked && !now.Before(c.notBefore) && !now.After(c.notAfter)
}

// productionHost is accepted in "aud" and in metascopes beside the server's own names, because many clients write it
// there whatever host they call.
const productionHost = "ims-na1.adobelogin.com"

// newRegistry returns the empty registry, with the metascopes that Adobe's pages and samples name.
func newRegistry() *registry {
	r := &registry{
		hosts:         map[string]bool{productionHost: true},
		organizations: map[string]Organization{},
		accounts:      map[string]Account{},
		clients:       map[string]*client{},
		bindings:      map[bindingKey]*binding{},
	}
	r.metascopes = set([]string{
		"ent_aem_cloud_api", "ent_aem_cloud_sdk", "ent_cloudmgr_sdk", "ent_adobeio_sdk", "ent_user_sdk",
		"ent_dataservices_sdk", "ent_documentcloud_sdk", "ent_analytics_bulk_ingest_sdk", "ent_campaign_sdk",
		"ent_marketing_sdk", "ent_reactor_sdk", "ent_reactor_admin_sdk", "ent_reactor_extension_developer_sdk",
		"ent_reactor_approver_sdk", "ent_reactor_publisher_sdk", "ent_gdpr_sdk", "ent_ccas_sdk", "ent_receiver_api",
	})
	return r
}

func (r *registry) clone() *registry {
	return &registry{
		hosts:         maps.Clone(r.hosts),
		organizations: maps.Clone(r.organizations),
		accounts:      maps.Clone(r.accounts),
		clients:       maps.Clone(r.clients),
		bindings:      maps.Clone(r.bindings),
		metascopes:    maps.Clone(r.metascopes),
	}
}

// editClient gives f a copy of a client that it may change. It reports whether the client exists.
func (r *registry) editClient(id string, f func(*client)) bool {
	old, ok := r.clients[id]
	if !ok {
		return false
	}
	c := *old
	f(&c)
	r.clients[id] = &c
	return true
}

// editBindings gives f a copy of each binding of a client, with certificates of its own. It returns how many.
func (r *registry) editBindings(clientID string, f func(*binding)) int {
	n := 0
	for key, old := range r.bindings {
		if key.client != clientID {
			continue
		}
		b := *old
		b.certificates = slices.Clone(old.certificates)
		f(&b)
		r.bindings[key] = &b
		n++
	}
	return n
}

func set(items []string) map[string]bool {
	m := make(map[string]bool, len(items))
	for _, item := range items {
		m[item] = true
	}
	return m
}
