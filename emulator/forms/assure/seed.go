package assure

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxCertificate is the most bytes of a certificate in a seed value.
const maxCertificate = 64 << 10

// keyUsages are the key usages in the order of their positions in a certificate's extension, RFC 5280, 4.2.1.3.
var keyUsages = []string{
	"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
	"encipherOnly", "decipherOnly",
}

// mdpLevels are the values of the entry P of a DocMDP transform, ISO 32000-1, table 254, and ISO 32000-2, table 237.
var mdpLevels = map[MDPPermission]int{NonAuthorSignature: 0, NoChanges: 1, FormChanges: 2, AnnotationFormChanges: 3}

var (
	objectID    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{1,9}(\.\d{1,30}){1,30}$`) })
	handlerName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._-]{1,127}$`) })
)

func (m *FieldMDP) check() error {
	if m == nil {
		return nil
	}
	if m.Filter == "" {
		return errorf("fieldMdp.filter is missing")
	}
	if _, err := oneOf("fieldMdp.filter", m.Filter, AllFields, IncludeFields, ExcludeFields); err != nil {
		return err
	}
	return checkList("fieldMdp.fields", m.Fields)
}

func checkList(what string, list []string) error {
	if len(list) > MaxList {
		return errorf("%s has %d entries, and %d is the most", what, len(list), MaxList)
	}
	for _, s := range list {
		if s == "" {
			return errorf("%s has an empty entry", what)
		}
		if err := checkText(what, s); err != nil {
			return err
		}
	}
	return nil
}

func (s *SeedValue) check() error {
	if s == nil {
		return nil
	}
	if s.Flags < 0 || s.Flags > maxSeedFlags {
		return errorf("seedValue.flags is %d, and must be from 0 to %d", s.Flags, maxSeedFlags)
	}
	if s.Filter != "" && !handlerName().MatchString(s.Filter) {
		return errorf("seedValue.filter is %s, which is not the name of a handler", quoted(s.Filter))
	}
	for _, l := range []struct {
		name string
		list []string
	}{{"legalAttestations", s.LegalAttestations}, {"reasons", s.Reasons}, {"subFilter", s.SubFilter}} {
		if err := checkList("seedValue."+l.name, l.list); err != nil {
			return err
		}
	}
	if err := s.checkValues(); err != nil {
		return err
	}
	if s.Timestamp != nil {
		if s.Timestamp.Required && s.Timestamp.URL == "" {
			return errorf("seedValue.timestamp is required, but names no url")
		}
		if err := checkText("seedValue.timestamp.url", s.Timestamp.URL); err != nil {
			return err
		}
	}
	return s.Cert.check()
}

func (s *SeedValue) checkValues() error {
	for _, f := range s.SubFilter {
		if !handlerName().MatchString(f) {
			return errorf("seedValue.subFilter names %s, which is not the name of an encoding", quoted(f))
		}
	}
	if len(s.Digests) > MaxList {
		return errorf("seedValue.digestMethod has %d entries, and %d is the most", len(s.Digests), MaxList)
	}
	for _, d := range s.Digests {
		if d == "" {
			return errorf("seedValue.digestMethod has an empty entry")
		}
		if _, err := oneOf("seedValue.digestMethod", d, SHA256, SHA384, SHA512); err != nil {
			return err
		}
	}
	if s.Permissions == "" {
		return nil
	}
	_, err := oneOf("seedValue.permissions", s.Permissions, NoChanges, FormChanges, AnnotationFormChanges, NonAuthorSignature)
	return err
}

func (c *CertSeedValue) check() error {
	if c == nil {
		return nil
	}
	if c.Flags < 0 || c.Flags > maxSeedFlags {
		return errorf("seedValue.certSeedValue.flags is %d, and must be from 0 to %d", c.Flags, maxSeedFlags)
	}
	if len(c.IssuerCerts) > MaxList || len(c.SubjectCerts) > MaxList || len(c.Subjects) > MaxList {
		return errorf("seedValue.certSeedValue has a list with more than %d entries", MaxList)
	}
	for _, raw := range slices.Concat(c.IssuerCerts, c.SubjectCerts) {
		if _, err := certificate(raw); err != nil {
			return err
		}
	}
	if err := checkList("seedValue.certSeedValue.objectIds", c.ObjectIDs); err != nil {
		return err
	}
	for _, id := range c.ObjectIDs {
		if !objectID().MatchString(id) {
			return errorf("seedValue.certSeedValue.objectIds names %s, which is not an object identifier", quoted(id))
		}
	}
	for _, u := range c.KeyUsage {
		if !slices.Contains(keyUsages, u) {
			return errorf("seedValue.certSeedValue.keyUsageExtns names %s, which is not a key usage", quoted(u))
		}
	}
	for _, s := range c.Subjects {
		both := slices.AppendSeq(slices.Collect(maps.Keys(s)), maps.Values(s))
		if err := checkList("seedValue.certSeedValue.subjects", both); err != nil {
			return err
		}
	}
	return nil
}

// certificate parses a certificate of a request.
func certificate(raw []byte) (*x509.Certificate, error) {
	if len(raw) > maxCertificate {
		return nil, errorf("a certificate in seedValue.certSeedValue has more than %d bytes", maxCertificate)
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, errorf("a certificate in seedValue.certSeedValue cannot be read: %s", quoted(err.Error()))
	}
	return c, nil
}

// constrain gives a new field its lock and its seed value.
func (u *update) constrain(d types.Dict, o FieldOptions) error {
	if m := o.FieldMDP; m != nil {
		if lock := m.dict(); lock != nil {
			ref, err := u.add(lock)
			if err != nil {
				return err
			}
			d["Lock"] = ref
		}
	}
	if o.SeedValue == nil {
		return nil
	}
	ref, err := u.add(o.SeedValue.dict())
	if err != nil {
		return err
	}
	d["SV"] = ref
	return nil
}

// dict returns the lock dictionary, or nil for a list without entries, which locks nothing.
func (m *FieldMDP) dict() types.Dict {
	action := map[FieldFilter]types.Name{AllFields: "All", IncludeFields: "Include", ExcludeFields: "Exclude"}[m.Filter]
	d := types.Dict{"Type": types.Name("SigFieldLock"), "Action": action}
	if m.Filter == AllFields {
		return d
	}
	if len(m.Fields) == 0 {
		return nil
	}
	d["Fields"] = texts(m.Fields)
	return d
}

func texts(list []string) types.Array {
	a := types.Array{}
	for _, s := range list {
		a = append(a, textString(s))
	}
	return a
}

// dict returns the seed value dictionary of ISO 32000-1, table 234.
func (s *SeedValue) dict() types.Dict {
	d := types.Dict{"Type": types.Name("SV"), "Ff": types.Integer(s.Flags)}
	if s.Filter != "" {
		d["Filter"] = types.Name(s.Filter)
	}
	putTexts(d, "LegalAttestation", s.LegalAttestations)
	putTexts(d, "Reasons", s.Reasons)
	if len(s.SubFilter) > 0 {
		a := types.Array{}
		for _, f := range s.SubFilter {
			a = append(a, types.Name(f))
		}
		d["SubFilter"] = a
	}
	if len(s.Digests) > 0 {
		a := types.Array{}
		for _, m := range s.Digests {
			a = append(a, textString(string(m)))
		}
		d["DigestMethod"] = a
	}
	if s.Permissions != "" {
		d["MDP"] = types.Dict{"P": types.Integer(mdpLevels[s.Permissions])}
	}
	if t := s.Timestamp; t != nil && t.URL != "" {
		required := 0
		if t.Required {
			required = 1
		}
		d["TimeStamp"] = types.Dict{"URL": textString(t.URL), "Ff": types.Integer(required)}
	}
	if s.RevocationCheck {
		d["AddRevInfo"] = types.Boolean(true)
	}
	if s.Cert != nil {
		d["Cert"] = s.Cert.dict()
	}
	return d
}

func putTexts(d types.Dict, key string, list []string) {
	if len(list) > 0 {
		d[key] = texts(list)
	}
}

// dict returns the certificate seed value dictionary of ISO 32000-1, table 235.
func (c *CertSeedValue) dict() types.Dict {
	d := types.Dict{"Type": types.Name("SVCert"), "Ff": types.Integer(c.Flags)}
	putCertificates(d, "Issuer", c.IssuerCerts)
	putCertificates(d, "Subject", c.SubjectCerts)
	putTexts(d, "OID", c.ObjectIDs)
	if len(c.KeyUsage) > 0 {
		pattern := bytes.Repeat([]byte("X"), len(keyUsages))
		for i, u := range keyUsages {
			if slices.Contains(c.KeyUsage, u) {
				pattern[i] = '1'
			}
		}
		d["KeyUsage"] = texts([]string{string(pattern)})
	}
	if len(c.Subjects) > 0 {
		a := types.Array{}
		for _, s := range c.Subjects {
			names := types.Dict{}
			for k, v := range s {
				names[k] = textString(v)
			}
			a = append(a, names)
		}
		d["SubjectDN"] = a
	}
	return d
}

func putCertificates(d types.Dict, key string, list [][]byte) {
	a := types.Array{}
	for _, raw := range list {
		if c, err := certificate(raw); err == nil {
			a = append(a, types.NewHexLiteral(c.Raw))
		}
	}
	if len(a) > 0 {
		d[key] = a
	}
}
