package credentials

import (
	"slices"

	"github.com/imsx/imsx/secret"
)

// add puts c into the set, or adds its keys and secrets to a credential for the same thing: a rotation under way has
// two files of the same account, and both work until the old key is revoked.
func (s *Set) add(c *Credentials) {
	for _, old := range s.all {
		if old.sameAs(c) {
			old.merge(c)
			return
		}
	}
	s.all = append(s.all, c)
}

// sameAs reports whether c and d get the same tokens.
func (c *Credentials) sameAs(d *Credentials) bool {
	if c.Kind != d.Kind || c.Endpoint != d.Endpoint || c.ClientID != d.ClientID || c.Organization != d.Organization ||
		c.TechnicalAccountID != d.TechnicalAccountID {
		return false
	}
	if c.Kind == KindAccessToken {
		return c.AccessToken.Equal(d.AccessToken)
	}
	return sameNames(c.Metascopes, d.Metascopes) && sameNames(c.Scopes, d.Scopes)
}

func sameNames(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func (c *Credentials) merge(d *Credentials) {
	if c.Name == "" {
		c.Name = d.Name
	}
	if c.TechnicalAccountEmail == "" {
		c.TechnicalAccountEmail = d.TechnicalAccountEmail
	}
	for _, s := range d.ClientSecrets {
		if !slices.ContainsFunc(c.ClientSecrets, func(t secret.Text) bool { return t.Equal(s) }) {
			c.ClientSecrets = append(c.ClientSecrets, s)
		}
	}
	for _, k := range d.Keys {
		c.mergeKey(k)
	}
	// The key that lives longest is the newest, and the one to keep.
	slices.SortStableFunc(c.Keys, func(a, b Key) int { return b.Expires.Compare(a.Expires) })
	for _, n := range d.notes {
		if !slices.Contains(c.notes, n) {
			c.notes = append(c.notes, n)
		}
	}
}

// mergeKey adds k unless c has it; of two copies the one with the certificate that lives longer stays.
func (c *Credentials) mergeKey(k Key) {
	i := slices.IndexFunc(c.Keys, func(old Key) bool { return old.PublicKeyFingerprint() == k.PublicKeyFingerprint() })
	switch {
	case i < 0:
		c.Keys = append(c.Keys, k)
	case k.Expires.After(c.Keys[i].Expires):
		c.Keys[i] = k
	}
}
