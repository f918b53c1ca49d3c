package ims

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
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
	// ConsoleID is the number that the organization has in the paths of the I/O Management API. Empty means one that
	// is derived from ID.
	ConsoleID string
}

// Account is somebody that a token acts as: a technical account or a user.
type Account struct {
	// ID is the full identifier, "…@techacct.adobe.com" for a technical account; any other is a user, who can sign in.
	ID string
	// Organization is the ID of the account's organization.
	Organization string
	// Email and Name are what the profile shows. Accounts with the same Email are one person's: cluster_at_exchange
	// leads from one of them to another.
	Email, Name string
	// Products are the product profiles that the account is in, shown as projectedProductContext.
	Products []ProductProfile
}

// ProductProfile is a product profile of the Admin Console.
type ProductProfile struct {
	// ID is the profile's number. Empty means none is shown.
	ID string
	// ServiceCode is the product, such as "dma_aem_cloud".
	ServiceCode string
	// Name is for people.
	Name string
}

// Client is what a client_id names.
type Client struct {
	// ID is the client_id.
	ID string
	// Name is for people.
	Name string
	// Secrets are the live client secrets; each of them is accepted.
	Secrets []secret.Text
	// Organization and Account are whom a token of the client_credentials grant acts for and as. Without an
	// Organization the request must name one by org_id, as in Adobe's enterprise web app flow.
	Organization, Account string
	// Scopes are the scopes that a token of this client can have. One from an exchange has them all.
	Scopes []string
	// Metascopes are the metascopes that an assertion for this client may claim, as bare names.
	Metascopes []string
	// ExchangeJWT and ClientCredentials are the grants that the client may use.
	ExchangeJWT, ClientCredentials bool
	// AuthorizationCode allows the authorize endpoints, the authorization_code grant and, for those who have the scope
	// offline_access, the refresh_token grant.
	AuthorizationCode bool
	// TokenExchange allows the grants that turn one access token into another: on behalf of a user, and
	// cluster_at_exchange.
	TokenExchange bool
	// Public is a client that can keep no secret: it proves by PKCE (RFC 7636) that a code is its own.
	Public bool
	// RedirectURIs are where the authorize endpoints may lead back to. The first is the one for requests that name none.
	RedirectURIs []string
	// CredentialID is the number that the client's credential has in the paths of the I/O Management API. Empty means
	// one that is derived from ID.
	CredentialID string
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
	organizations table[string, Organization]
	accounts      table[string, Account]
	clients       table[string, *client]
	numbers       table[string, string] // from the ConsoleID to the organization
	credentials   table[string, string] // from the CredentialID to the client
	bindings      table[bindingKey, *binding]
	bindingsOf    table[string, []bindingKey] // by client
	serviceCodes  table[tokenKey, authorization]
	metascopes    map[string]bool // the ones that exist
}

type client struct {
	Client
	secrets    []clientSecret
	scopes     map[string]bool
	metascopes map[string]bool
	migrated   bool
	throttle   time.Duration // 0 is off
	rate       Rate
	bucket     *bucket // shared by all versions of the client
	tally      *tally
}

// clientSecret is one secret of a client, with what the I/O Management API tells about it.
type clientSecret struct {
	text    secret.Text
	uuid    string
	created time.Time
	usage   *usage // shared by all versions of the client
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
	subject             string
	key                 *rsa.PublicKey
	notBefore, notAfter time.Time
	revoked             bool
}

func (c certificate) name() string { return hex.EncodeToString(c.fingerprint[:]) }

// live reports whether the certificate may verify an assertion at now.
func (c certificate) live(now time.Time) bool {
	return !c.revoked && !now.Before(c.notBefore) && !now.After(c.notAfter)
}

// productionHost is accepted in "aud" and in metascopes beside the server's own names, because many clients write it
// there whatever host they call.
const productionHost = "ims-na1.adobelogin.com"

// newRegistry returns the empty registry, with the metascopes that Adobe's pages and samples name.
func newRegistry() *registry {
	return &registry{
		hosts: map[string]bool{productionHost: true},
		metascopes: set([]string{
			"ent_aem_cloud_api", "ent_aem_cloud_sdk", "ent_cloudmgr_sdk", "ent_adobeio_sdk", "ent_user_sdk",
			"ent_dataservices_sdk", "ent_documentcloud_sdk", "ent_analytics_bulk_ingest_sdk", "ent_campaign_sdk",
			"ent_marketing_sdk", "ent_reactor_sdk", "ent_reactor_admin_sdk", "ent_reactor_extension_developer_sdk",
			"ent_reactor_approver_sdk", "ent_reactor_publisher_sdk", "ent_gdpr_sdk", "ent_ccas_sdk", "ent_receiver_api",
		}),
	}
}

// clone returns a copy that an edit may change: its tables are replaced, its maps changed through own first.
func (r *registry) clone() *registry {
	c := *r
	return &c
}

func (r *registry) know(metascopes []string) {
	for _, m := range metascopes {
		if !r.metascopes[m] {
			r.metascopes = maps.Clone(r.metascopes)
			r.metascopes[m] = true
		}
	}
}

// editClient gives f a copy of a client that it may change. It reports whether the client exists.
func (r *registry) editClient(id string, f func(*client)) bool {
	old, ok := r.clients.get(id)
	if !ok {
		return false
	}
	c := *old
	c.secrets = slices.Clone(old.secrets)
	f(&c)
	r.clients = r.clients.with(id, &c)
	return true
}

// putBinding adds or replaces a binding.
func (r *registry) putBinding(key bindingKey, b *binding) {
	if _, there := r.bindings.get(key); !there {
		keys, _ := r.bindingsOf.get(key.client)
		r.bindingsOf = r.bindingsOf.with(key.client, append(keys[:len(keys):len(keys)], key))
	}
	r.bindings = r.bindings.with(key, b)
}

func (r *registry) dropBinding(key bindingKey) {
	r.bindings = r.bindings.without(key)
	keys, _ := r.bindingsOf.get(key.client)
	left := slices.DeleteFunc(slices.Clone(keys), func(k bindingKey) bool { return k == key })
	if len(left) == 0 {
		r.bindingsOf = r.bindingsOf.without(key.client)
		return
	}
	r.bindingsOf = r.bindingsOf.with(key.client, left)
}

// editBindings gives f a copy of each binding of a client, with certificates of its own. It returns how many.
func (r *registry) editBindings(clientID string, f func(*binding)) int {
	keys, _ := r.bindingsOf.get(clientID)
	for _, key := range keys {
		r.editBinding(key, f)
	}
	return len(keys)
}

func (r *registry) editBinding(key bindingKey, f func(*binding)) {
	old, _ := r.bindings.get(key)
	b := *old
	b.certificates = slices.Clone(old.certificates)
	f(&b)
	r.bindings = r.bindings.with(key, &b)
}

// frozen returns a copy with counters of its own: what happens to the one is not seen in the other.
func (r *registry) frozen() *registry {
	next := r.clone()
	next.clients = r.clients.transform(func(c *client) *client {
		f := *c
		f.bucket, f.tally = c.bucket.copy(), c.tally.copy()
		f.secrets = slices.Clone(c.secrets)
		for i := range f.secrets {
			f.secrets[i].usage = f.secrets[i].usage.copy()
		}
		return &f
	})
	next.bindings = r.bindings.transform(func(b *binding) *binding {
		f := *b
		f.lastJTI = &atomic.Int64{}
		f.lastJTI.Store(b.lastJTI.Load())
		return &f
	})
	return next
}

// number derives the decimal number under which the console knows an identifier.
func number(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return 100_000 + h.Sum64()%899_900_000
}

// freeNumber derives a number from id that taken does not have.
func freeNumber(id string, taken func(string) bool) string {
	for n := number(id); ; n++ {
		if text := strconv.FormatUint(n, 10); !taken(text) {
			return text
		}
	}
}

func set(items []string) map[string]bool {
	m := make(map[string]bool, len(items))
	for _, item := range items {
		m[item] = true
	}
	return m
}
