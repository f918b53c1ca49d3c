package assure

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Flags of a seed value that make its entries rules, ISO 32000-1, tables 234 and 235.
const (
	seedFilter       = 1 << 0
	seedSubFilter    = 1 << 1
	seedReasons      = 1 << 3
	seedLegal        = 1 << 4
	seedRevocation   = 1 << 5
	seedDigest       = 1 << 6
	maxSeedFlags     = 1<<9 - 1
	certSeedSubject  = 1 << 0
	certSeedIssuer   = 1 << 1
	signatureHandler = "Adobe.PPKLite"
)

// certification returns the level of a certified document, and whether it is one. The level is 0 if it says nothing.
func certification(ctx *model.Context, f *form) (int, bool) {
	catalog, err := ctx.Catalog()
	if err != nil {
		return 0, false
	}
	if perms, err := ctx.DereferenceDict(catalog["Perms"]); err == nil && perms != nil {
		if sig, err := ctx.DereferenceDict(perms["DocMDP"]); err == nil && sig != nil {
			level, _ := mdpLevel(ctx, sig)
			return level, true
		}
	}
	for _, n := range f.fields {
		if sig := n.value(ctx); sig != nil {
			if level, ok := mdpLevel(ctx, sig); ok {
				return level, true
			}
		}
	}
	return 0, false
}

// mdpLevel returns what a signature with a DocMDP transform permits, which is 2 if it does not say.
func mdpLevel(ctx *model.Context, sig types.Dict) (int, bool) {
	params, ok := transform(ctx, sig, "DocMDP")
	if !ok {
		return 0, false
	}
	if level := integer(ctx, params["P"]); level >= 1 && level <= 3 {
		return level, true
	}
	return 2, true
}

// transform returns the parameters of a signature's transform, and whether it has it.
func transform(ctx *model.Context, sig types.Dict, method string) (types.Dict, bool) {
	refs, err := array(ctx, sig, "Reference")
	if err != nil {
		return nil, false
	}
	for _, o := range refs {
		ref, err := ctx.DereferenceDict(o)
		if err != nil || nameOf(ctx, ref["TransformMethod"]) != method {
			continue
		}
		params, err := ctx.DereferenceDict(ref["TransformParams"])
		return params, err == nil
	}
	return nil, false
}

// mayBeSigned checks the document's rules against a new signature in the field n. Level is what it permits if it
// certifies, and 0 otherwise.
func (f *form) mayBeSigned(n *field, level int) error {
	if n.value(f.ctx) != nil {
		return errorf("the signature field %s is signed already", quoted(n.name))
	}
	before, certified := certification(f.ctx, f)
	switch {
	case level > 0 && certified:
		return errorf("the document is certified already")
	case level > 0 && f.signed():
		return errorf("the document is signed already, and only the first signature can certify it")
	case certified && before == 1:
		return errorf("the document is certified against all changes, and cannot be signed")
	}
	for _, other := range f.fields {
		if sig := other.value(f.ctx); sig != nil {
			if lock, ok := transform(f.ctx, sig, "FieldMDP"); ok && locks(f.ctx, lock, n.name) {
				return errorf("the field %s is locked by the signature in %s", quoted(n.name), quoted(other.name))
			}
		}
	}
	return nil
}

// locks reports whether a lock means the field: itself, or one that it is below.
func locks(ctx *model.Context, lock types.Dict, name string) bool {
	names, err := array(ctx, lock, "Fields")
	if err != nil {
		return false
	}
	listed := slices.ContainsFunc(names, func(o types.Object) bool {
		s := text(ctx, o)
		return s == name || s != "" && strings.HasPrefix(name, s+".")
	})
	switch nameOf(ctx, lock["Action"]) {
	case "All":
		return true
	case "Include":
		return listed
	case "Exclude":
		return !listed
	}
	return false
}

// obeySeed checks a signature against the rules that its field brings along.
func (s *signing) obeySeed(n *field) error {
	ctx := s.u.ctx
	sv, err := ctx.DereferenceDict(n.dict["SV"])
	if err != nil || sv == nil {
		return err
	}
	if err := s.obeyLevel(sv); err != nil {
		return err
	}
	flags := integer(ctx, sv["Ff"])
	checks := []struct {
		flag int
		key  string
		what string
		is   string
	}{
		{seedFilter, "Filter", "handler", signatureHandler},
		{seedSubFilter, "SubFilter", "encoding", s.subFilter()},
		{seedReasons, "Reasons", "reason", s.Reason},
		{seedLegal, "LegalAttestation", "legal attestation", s.attestation},
		{seedDigest, "DigestMethod", "digest", string(s.digest)},
	}
	for _, c := range checks {
		if o, ok := sv.Find(c.key); ok && flags&c.flag != 0 && !allowed(ctx, o, c.is) {
			return errorf("the signature field %s does not allow the %s %s", quoted(n.name), c.what, quoted(c.is))
		}
	}
	if flags&seedRevocation != 0 && ctxBool(ctx, sv["AddRevInfo"]) {
		return errorf("the signature field %s requires revocation data, which is not emulated", quoted(n.name))
	}
	if stamp, err := ctx.DereferenceDict(sv["TimeStamp"]); err == nil && integer(ctx, stamp["Ff"])&1 != 0 {
		return errorf("the signature field %s requires a time stamp, which is not emulated", quoted(n.name))
	}
	return s.obeyCert(n, sv)
}

func (s *signing) obeyLevel(sv types.Dict) error {
	mdp, err := s.u.ctx.DereferenceDict(sv["MDP"])
	if err != nil || mdp == nil {
		return err
	}
	want := integer(s.u.ctx, mdp["P"])
	switch {
	case want == 0 && s.level != 0:
		return errorf("the signature field takes no certification")
	case want != 0 && s.level == 0:
		return errorf("the signature field takes only a certification")
	case want != s.level:
		return errorf("the signature field takes only a certification of level %d, not %d", want, s.level)
	}
	return nil
}

func (s *signing) obeyCert(n *field, sv types.Dict) error {
	ctx := s.u.ctx
	cert, err := ctx.DereferenceDict(sv["Cert"])
	if err != nil || cert == nil {
		return err
	}
	flags := integer(ctx, cert["Ff"])
	if flags&certSeedSubject != 0 && !among(ctx, cert, "Subject", s.credential.Certificate) {
		return errorf("the signature field %s takes only certificates that the credential's is not one of", quoted(n.name))
	}
	above := append([]*x509.Certificate{s.credential.Certificate}, s.credential.Chain...)
	if flags&certSeedIssuer != 0 && !among(ctx, cert, "Issuer", above...) {
		return errorf("the signature field %s takes only issuers that the credential's is not one of", quoted(n.name))
	}
	return nil
}

// among reports whether an array of certificates has one of some. An absent array has all.
func among(ctx *model.Context, d types.Dict, key string, some ...*x509.Certificate) bool {
	list, err := array(ctx, d, key)
	if err != nil || len(list) == 0 {
		return err == nil
	}
	for _, o := range list {
		o, _ := ctx.Dereference(o)
		raw, err := stringBytes(o)
		if err == nil && slices.ContainsFunc(some, func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, raw) }) {
			return true
		}
	}
	return false
}

// allowed reports whether a name, a text, or an array of them has the value.
func allowed(ctx *model.Context, o types.Object, value string) bool {
	o, err := ctx.Dereference(o)
	if err != nil {
		return false
	}
	switch o := o.(type) {
	case types.Array:
		return slices.ContainsFunc(o, func(e types.Object) bool { return allowed(ctx, e, value) })
	case types.Name:
		return string(o) == value
	}
	return text(ctx, o) == value
}

func ctxBool(ctx *model.Context, o types.Object) bool {
	o, err := ctx.Dereference(o)
	b, _ := o.(types.Boolean)
	return err == nil && bool(b)
}
