package aem

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// UnauthorizedStyle is how a host answers 401: which of the two depends on the layer that refuses, and clients meet both.
type UnauthorizedStyle string

// The styles of a 401.
const (
	UnauthorizedHTML  UnauthorizedStyle = "html"  // the page of the login layer
	UnauthorizedEmpty UnauthorizedStyle = "empty" // no body
)

// Instance is one host: a tier of an environment, with users, a list of allowed clients and a repository of its own. All
// methods are safe for concurrent use. It is an [net/http.Handler].
type Instance struct {
	server       *Server
	id           EnvironmentID
	tier         Tier
	organization string

	mu       sync.RWMutex // held for short times, never while a body is read or written
	users    map[string]*User
	settings settings
	tree     *node
	pending  []*pending // files announced for upload, the oldest first
}

// settings are what the control API changes. The zero value is how a host starts.
type settings struct {
	allowed      map[string]bool
	blocked      bool
	open         bool
	unauthorized UnauthorizedStyle
}

func newInstance(s *Server, id EnvironmentID, tier Tier, organization string) *Instance {
	i := &Instance{server: s, id: id, tier: tier, organization: organization}
	i.clear()
	return i
}

// clear makes the instance new. The mutex is held, or nobody else knows the instance.
func (i *Instance) clear() {
	if i.tree != nil {
		i.server.budget.release(i.tree.cost() - nodeCost) // the root was never reserved
	}
	for _, p := range i.pending {
		i.server.budget.release(p.cost())
	}
	i.pending = nil
	i.users = map[string]*User{}
	i.settings = settings{allowed: map[string]bool{}, unauthorized: UnauthorizedHTML}
	i.tree = newFolder("dam", i.server.clock.Now())
}

// Environment returns the environment that the host belongs to.
func (i *Instance) Environment() EnvironmentID { return i.id }

// Tier returns the tier that the host belongs to.
func (i *Instance) Tier() Tier { return i.tier }

// Snapshot is the state of a host, in the form of the control API.
type Snapshot struct {
	Environment    EnvironmentID     `json:"environment"`
	Tier           Tier              `json:"tier"`
	Host           string            `json:"host"` // its name at Adobe
	Organization   string            `json:"organization,omitempty"`
	AllowedClients []string          `json:"allowed_clients"`
	CDNBlock       bool              `json:"cdn_block"`
	Open           bool              `json:"open"`
	Unauthorized   UnauthorizedStyle `json:"unauthorized"`
	Users          []User            `json:"users"` // by the time of their creation
	Assets         int               `json:"assets"`
	Folders        int               `json:"folders"`
	Bytes          int64             `json:"bytes"` // of the assets' content
}

// Snapshot returns the present state. The caller may keep and change it.
func (i *Instance) Snapshot() Snapshot {
	i.mu.RLock()
	defer i.mu.RUnlock()
	s := Snapshot{
		Environment: i.id, Tier: i.tier, Host: i.id.Host(i.tier), Organization: i.organization,
		AllowedClients: slices.Sorted(maps.Keys(i.settings.allowed)),
		CDNBlock:       i.settings.blocked, Open: i.settings.open, Unauthorized: i.settings.unauthorized,
		Users: make([]User, 0, len(i.users)),
	}
	if s.AllowedClients == nil {
		s.AllowedClients = []string{}
	}
	for _, u := range i.users {
		s.Users = append(s.Users, u.clone())
	}
	slices.SortFunc(s.Users, func(a, b User) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.Login, b.Login)
	})
	s.Assets, s.Folders, s.Bytes = i.tree.count()
	return s
}

// Reset makes the host as it was when its environment was added: no users, no allowed clients, no assets but those of the
// configuration.
func (i *Instance) Reset() {
	i.mu.Lock()
	i.clear()
	i.mu.Unlock()
	if err := i.Seed(i.server.assets...); err != nil {
		i.server.logger.Warn("the assets of the start are not back", "host", i.id.Host(i.tier), "cause", err)
	}
}

// set changes the settings.
func (i *Instance) set(change func(*settings)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(&i.settings)
}

// maxAllowed bounds the list of allowed clients.
const maxAllowed = 10_000

// SetAllowedClients replaces the list of client ids whose OAuth server-to-server tokens are let in. It starts empty:
// none is. Tokens of service credentials and of persons do not need it. It fails for an empty id and for a list of more
// than 10,000.
func (i *Instance) SetAllowedClients(ids ...string) error {
	if len(ids) > maxAllowed {
		return fmt.Errorf("the list of allowed clients is longer than %d", maxAllowed)
	}
	allowed := map[string]bool{}
	for _, id := range ids {
		if err := checkLabel("client id", id); err != nil {
			return err
		}
		allowed[id] = true
	}
	i.set(func(s *settings) { s.allowed = allowed })
	return nil
}

// AllowClient adds a client id to the list of [Instance.SetAllowedClients].
func (i *Instance) AllowClient(id string) error {
	if err := checkLabel("client id", id); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.settings.allowed) >= maxAllowed && !i.settings.allowed[id] {
		return fmt.Errorf("the list of allowed clients is longer than %d", maxAllowed)
	}
	i.settings.allowed[id] = true
	return nil
}

// DisallowClient removes a client id from the list of [Instance.SetAllowedClients]. It does nothing if it is not there.
func (i *Instance) DisallowClient(id string) { i.set(func(s *settings) { delete(s.allowed, id) }) }

// SetCDNBlock switches a rule of the content delivery network on or off that answers every request with 406.
func (i *Instance) SetCDNBlock(on bool) { i.set(func(s *settings) { s.blocked = on }) }

// SetOpen switches the checks that come after the token off or on: while a host is open, a good token is all that is
// needed; users are still created.
func (i *Instance) SetOpen(on bool) { i.set(func(s *settings) { s.open = on }) }

// SetUnauthorized sets the style of a 401. It starts as [UnauthorizedHTML]. It fails for an unknown style.
func (i *Instance) SetUnauthorized(style UnauthorizedStyle) error {
	if style != UnauthorizedHTML && style != UnauthorizedEmpty {
		return fmt.Errorf("the style %q of a 401 is neither %q nor %q", short(string(style)), UnauthorizedHTML, UnauthorizedEmpty)
	}
	i.set(func(s *settings) { s.unauthorized = style })
	return nil
}

// ErrNotFound is wrapped by the errors of calls that name a user, an environment or a path that does not exist.
var ErrNotFound = errors.New("not found")

// Asset is a file to put into a repository.
type Asset struct {
	Path        string // below /content/dam: "brand/logo.png"
	Title       string
	ContentType string // if empty, it follows from the name
	Content     []byte // copied
}

// Seed puts assets into the repository, with the folders that they need, whoever may write there. An asset that exists
// is replaced. It stops at the first that cannot be put there: a malformed path, a folder of that name, a limit.
func (i *Instance) Seed(assets ...Asset) error {
	for _, a := range assets {
		if err := i.seed(a); err != nil {
			return fmt.Errorf("asset %q: %w", short(a.Path), err)
		}
	}
	return nil
}

// Publish copies what is at path below /content/dam from an environment's author to its publish instance, folders with
// all that they contain; an empty path means everything. An error about what does not exist wraps [ErrNotFound].
func (s *Server) Publish(id EnvironmentID, path string) error {
	author, ok := s.Instance(id, Author)
	if !ok {
		return fmt.Errorf("environment %q: %w", short(string(id)), ErrNotFound)
	}
	publish, _ := s.Instance(id, Publish)
	names, err := splitNames(path)
	if err != nil {
		return err
	}
	author.mu.RLock()
	found, ok := author.tree.find(names)
	var copied *node
	if ok {
		copied = found.clone()
	}
	author.mu.RUnlock()
	if !ok {
		return fmt.Errorf("path %q: %w", short(path), ErrNotFound)
	}
	return publish.graft(names, copied)
}

// checkLabel refuses what cannot be an identifier.
func checkLabel(what, label string) error {
	if label == "" || len(label) > 256 || strings.ContainsFunc(label, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("the %s %q is empty, too long or has spaces in it", what, short(label))
	}
	return nil
}

// now is the emulator's time.
func (i *Instance) now() time.Time { return i.server.clock.Now() }
