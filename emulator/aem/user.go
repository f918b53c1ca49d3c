package aem

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The groups that the door knows. Names of product profiles, which begin with "AEM ", are groups as well.
const (
	Administrators = "administrators"
	Contributors   = "contributors"
	DAMUsers       = "dam-users"   // may write assets
	FormsUsers     = "forms-users" // may use the Forms services
)

// Groups returns the names of the groups that a user can be put in besides those of product profiles.
func Groups() []string { return []string{Administrators, Contributors, DAMUsers, FormsUsers} }

// User is a user of a host, in the form of the control API.
type User struct {
	Login    string    `json:"login"` // the account's e-mail address
	Account  string    `json:"account,omitempty"`
	ClientID string    `json:"client_id,omitempty"` // of the latest call
	Kind     Kind      `json:"kind,omitempty"`
	Name     string    `json:"name,omitempty"`
	Home     string    `json:"home"`
	Groups   []string  `json:"groups"`             // that it was put in
	Profiles []string  `json:"profiles,omitempty"` // that its product profiles confer, as of the latest call
	Created  time.Time `json:"created"`
	Calls    int64     `json:"calls"`
}

func (u *User) clone() User {
	c := *u
	c.Groups, c.Profiles = slices.Clone(u.Groups), slices.Clone(u.Profiles)
	return c
}

// all returns the groups of both kinds.
func (u *User) all() []string {
	all := slices.Concat(u.Groups, u.Profiles)
	slices.Sort(all)
	return slices.Compact(all)
}

// in reports whether the user is in one of the groups or in a product profile that stands for one: profiles are called
// "AEM Administrators - author - Program 1 - Environment 2" and the like.
func (u *User) in(groups ...string) bool {
	for _, g := range u.all() {
		switch {
		case strings.HasPrefix(g, "AEM Administrators"):
			g = Administrators
		case strings.HasPrefix(g, "AEM Users"):
			g = Contributors
		}
		if slices.Contains(groups, g) {
			return true
		}
	}
	return false
}

// login is the name that AEM gives to the user of a token.
func (b Bearer) login() string {
	if b.Email != "" {
		return b.Email
	}
	return b.Account
}

// firstGroups are those of a user that a call creates. A technical account starts as a contributor; a person who can
// get a token from the developer console is an administrator.
func (b Bearer) firstGroups() []string {
	if b.Kind == KindUser {
		return []string{Administrators, Contributors}
	}
	return []string{Contributors}
}

// enter finds the user of a token, creates it if this is its first call, and returns a copy.
func (i *Instance) enter(b Bearer) (u User, created bool, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	known, ok := i.users[b.login()]
	if !ok {
		if known, err = i.newUser(b.login(), b.firstGroups()); err != nil {
			return User{}, false, err
		}
	}
	known.Account, known.ClientID, known.Kind, known.Name = b.Account, b.ClientID, b.Kind, b.Name
	known.Profiles = slices.Clone(b.Groups)
	known.Calls++
	return known.clone(), !ok, nil
}

// newUser adds a user. The mutex is held.
func (i *Instance) newUser(login string, groups []string) (*User, error) {
	random, err := i.server.random.bytes(10)
	if err != nil {
		return nil, err
	}
	id := hex.EncodeToString(random)
	u := &User{Login: login, Home: "/home/users/" + id[:1] + "/" + id, Groups: groups, Created: i.now()}
	i.users[login] = u
	return u, nil
}

// AddUser creates a user before its first call, in contributors and the given groups. It fails for a login that is
// malformed or there already and for an unknown group.
func (i *Instance) AddUser(login string, groups ...string) error {
	if err := checkLabel("login name", login); err != nil {
		return err
	}
	all := []string{Contributors}
	for _, g := range groups {
		if err := checkGroup(g); err != nil {
			return err
		}
		if !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.user(login) != nil {
		return fmt.Errorf("the user %q exists already", login)
	}
	_, err := i.newUser(login, all)
	return err
}

// AddUserToGroup puts a user, named by its login or its account's id, into a group. It does nothing if the user is in
// it, and fails for an unknown group and, with an error that wraps [ErrNotFound], for a user that no call has created
// yet.
func (i *Instance) AddUserToGroup(user, group string) error {
	if err := checkGroup(group); err != nil {
		return err
	}
	return i.changeUser(user, func(u *User) {
		if !slices.Contains(u.Groups, group) {
			u.Groups = append(u.Groups, group)
		}
	})
}

// RemoveUserFromGroup takes a user out of a group that it was put in. It does nothing if the user is not in it, and
// fails, with an error that wraps [ErrNotFound], for an unknown user.
func (i *Instance) RemoveUserFromGroup(user, group string) error {
	return i.changeUser(user, func(u *User) {
		u.Groups = slices.DeleteFunc(slices.Clone(u.Groups), func(g string) bool { return g == group })
	})
}

// DeleteUser forgets a user: its next call is its first. It fails, with an error that wraps [ErrNotFound], for an
// unknown one.
func (i *Instance) DeleteUser(user string) error {
	return i.changeUser(user, func(u *User) { delete(i.users, u.Login) })
}

func (i *Instance) changeUser(name string, change func(*User)) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	u := i.user(name)
	if u == nil {
		return fmt.Errorf("user %q: %w", short(name), ErrNotFound)
	}
	change(u)
	return nil
}

// user finds a user by its login or its account's id. The mutex is held.
func (i *Instance) user(name string) *User {
	if u, ok := i.users[name]; ok {
		return u
	}
	for _, u := range i.users {
		if u.Account == name && name != "" {
			return u
		}
	}
	return nil
}

// checkGroup refuses a group that gives no rights here, so that a slip is not taken for a group without them.
func checkGroup(group string) error {
	if slices.Contains(Groups(), group) {
		return nil
	}
	if strings.HasPrefix(group, "AEM ") && len(group) <= 256 && utf8.ValidString(group) {
		return nil
	}
	return fmt.Errorf("the group %q is unknown; there are %s, and product profiles, which begin with \"AEM \"",
		short(group), strings.Join(Groups(), ", "))
}
