package credentials

import (
	"fmt"
	"slices"
	"strings"
)

// Set is what one input holds: one credential, most of the time. A Set is not changed after it was returned; it is
// safe for concurrent use.
type Set struct {
	// Format is the format of the input; of the first file, if it was a folder.
	Format Format
	// Source is the path of the file or folder, empty for bytes and the environment.
	Source string

	all     []*Credentials
	refused []refusal
	current string
}

// All returns every usable credential in the order of the input. Credentials of the same kind, endpoint, client,
// organization, account and rights are one, with several keys or secrets. The slice is the caller's; what it points
// to is shared.
func (s *Set) All() []*Credentials { return slices.Clone(s.all) }

// Refused returns what stands against the credentials that were recognised and cannot be used. [Set.Select] returns
// one of these when the choice falls on such a credential.
func (s *Set) Refused() []*Error {
	errs := make([]*Error, len(s.refused))
	for i, f := range s.refused {
		errs[i] = f.err
	}
	return errs
}

// Select returns one credential.
//
// selector is a name, a client id, a technical account id, a kind, or a fingerprint of a key, with or without
// "sha256:" and with at least eight digits. The empty selector matches everything.
//
// Among what matches, the context that the configuration itself calls current is chosen first. Otherwise the only
// server-to-server credential goes before service accounts, and the only service account before ready access tokens.
// Select never chooses between two of the same kind, usable or not: the error then has [ReasonAmbiguous] and lists
// them. If nothing matches it has [ReasonNoMatch]. Every error is an *[Error].
func (s *Set) Select(selector string) (*Credentials, error) {
	selector = strings.TrimSpace(selector)
	var cands []candidate
	for _, c := range s.all {
		if selector == "" || c.matches(selector) {
			cands = append(cands, candidate{kind: c.Kind, name: c.Name, usable: c})
		}
	}
	for i := range s.refused {
		f := &s.refused[i]
		if f.kind != "" && !s.replaced(f) && (selector == "" || f.matches(selector)) {
			cands = append(cands, candidate{kind: f.kind, name: f.name, refused: f})
		}
	}
	if len(cands) == 0 {
		return nil, s.noMatch()
	}
	chosen, ok := s.choose(cands)
	if !ok {
		return nil, s.ambiguous(cands)
	}
	if chosen.refused != nil {
		return nil, chosen.refused.err
	}
	return chosen.usable, nil
}

// candidate is a credential that Select may choose: a usable one, or one that was refused.
type candidate struct {
	kind    Kind
	name    string
	usable  *Credentials
	refused *refusal
}

func (s *Set) choose(cands []candidate) (candidate, bool) {
	if s.current != "" {
		named := slices.DeleteFunc(slices.Clone(cands), func(c candidate) bool { return c.name != s.current })
		if len(named) > 0 {
			cands = named
		}
	}
	for _, kind := range []Kind{KindServerToServer, KindServiceAccount, KindAccessToken} {
		of := slices.DeleteFunc(slices.Clone(cands), func(c candidate) bool { return c.kind != kind })
		if len(of) > 0 {
			return of[0], len(of) == 1
		}
	}
	return candidate{}, false
}

// replaced reports whether a usable credential stands for the same client and account as f, as when a project file
// lies beside the file with the key.
func (s *Set) replaced(f *refusal) bool {
	return f.clientID != "" && slices.ContainsFunc(s.all, func(c *Credentials) bool {
		return c.Kind == f.kind && c.ClientID == f.clientID && c.TechnicalAccountID == f.account
	})
}

func (c *Credentials) matches(selector string) bool {
	switch selector {
	case c.Name, c.ClientID, c.TechnicalAccountID, string(c.Kind):
		return true
	}
	digits := fingerprintDigits(selector)
	return digits != "" && slices.ContainsFunc(c.Keys, func(k Key) bool {
		return strings.HasPrefix(k.Fingerprint(), "sha256:"+digits) ||
			strings.HasPrefix(k.PublicKeyFingerprint(), "sha256:"+digits)
	})
}

func (f *refusal) matches(selector string) bool {
	switch selector {
	case f.name, f.clientID, f.account, string(f.kind):
		return true
	}
	return false
}

// fingerprintDigits returns the hexadecimal digits of a fingerprint as people copy it, with or without colons, or "".
func fingerprintDigits(s string) string {
	s = strings.ToLower(s)
	s = strings.ReplaceAll(strings.TrimPrefix(s, "sha256:"), ":", "")
	if len(s) < 8 || len(s) > 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}

func (s *Set) noMatch() *Error {
	e := newError(ReasonNoMatch, "no credential matches the selector; there are: "+s.choices(nil), "choose one of those that are listed")
	if len(s.all) == 0 {
		e.what = "there is no usable credential"
	}
	return e.at(s.Format, s.Source)
}

func (s *Set) ambiguous(cands []candidate) *Error {
	e := newError(ReasonAmbiguous, fmt.Sprintf("there are %d credentials to choose from: %s", len(cands), s.choices(cands)),
		"choose one by its name, client id, technical account id, kind or key fingerprint")
	return e.at(s.Format, s.Source)
}

// maxChoices bounds the list in a message.
const maxChoices = 12

// choices lists the candidates, or all usable credentials if there are none.
func (s *Set) choices(cands []candidate) string {
	if cands == nil {
		for _, c := range s.all {
			cands = append(cands, candidate{usable: c})
		}
	}
	var out []string
	for _, c := range cands {
		if c.usable != nil {
			out = append(out, c.usable.describe())
		} else {
			out = append(out, c.refused.describe())
		}
	}
	if len(out) > maxChoices {
		out = append(out[:maxChoices], fmt.Sprintf("and %d more", len(out)-maxChoices))
	}
	return strings.Join(out, "; ")
}

func (c *Credentials) describe() string {
	parts := []string{string(c.Kind)}
	if c.Name != "" {
		parts = append(parts, fmt.Sprintf("%q", clip(c.Name)))
	}
	if c.ClientID != "" {
		parts = append(parts, fmt.Sprintf("client %q", clip(c.ClientID)))
	}
	if c.TechnicalAccountID != "" {
		parts = append(parts, fmt.Sprintf("account %q", clip(c.TechnicalAccountID)))
	}
	for _, k := range c.Keys {
		parts = append(parts, "key "+k.Fingerprint()[:len("sha256:")+16])
	}
	return strings.Join(parts, " ")
}

func (f *refusal) describe() string {
	c := Credentials{Kind: f.kind, Name: f.name, ClientID: f.clientID, TechnicalAccountID: f.account}
	return c.describe() + " (cannot be used)"
}
