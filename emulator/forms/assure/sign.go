package assure

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// signing is one signature on its way.
type signing struct {
	Signature
	u           *update
	credential  Credential
	at          time.Time
	digest      Digest
	level       int // of a certification, 1 to 3; 0 for an ordinary signature
	attestation string
	lock        bool
}

// Sign signs an empty signature field. The field's own rules (its lock and its seed value) and those of a certified document
// are obeyed. Its error is an [*Error] for everything that the document or the options have wrong; another one means that
// the credential does not sign. The result begins with doc, byte for byte, and does not share memory with it.
func Sign(doc []byte, o SignOptions) ([]byte, error) {
	return sign(doc, o.Field, &signing{Signature: o.Signature, credential: o.Credential, at: o.Time})
}

// Certify signs an empty signature field as the author's signature, which says what may still be changed. It is refused
// when the document is signed or certified already. Errors and the result are as with [Sign].
func Certify(doc []byte, o CertifyOptions) ([]byte, error) {
	permissions, err := oneOf("permissions", o.Permissions, FormChanges, NoChanges, AnnotationFormChanges, NonAuthorSignature)
	if err != nil {
		return nil, err
	}
	if err := checkText("legalAttestation", o.LegalAttestation); err != nil {
		return nil, err
	}
	return sign(doc, o.Field, &signing{
		Signature: o.Signature, credential: o.Credential, at: o.Time,
		level: mdpLevels[permissions], attestation: o.LegalAttestation, lock: o.LockField,
	})
}

func sign(doc []byte, name string, s *signing) ([]byte, error) {
	if err := s.Signature.check(); err != nil {
		return nil, err
	}
	if err := s.credential.check(s.at); err != nil {
		return nil, fmt.Errorf("assure: %w", err)
	}
	s.digest, _ = oneOf("digestMethod", s.Digest, SHA256, SHA384, SHA512)
	var out []byte
	err := guard("the document cannot be signed", func() (err error) {
		out, err = s.prepare(doc, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.seal(out)
}

// Notes tells what of the options has no effect or another one than with Adobe's service, one sentence each.
func (s Signature) Notes() []string {
	notes := []string{"Revocation is not checked, and no revocation data is embedded."}
	if s.Revocation.EnforceEmbedding {
		notes = append(notes, "Embedding of revocation data is not enforced.")
	}
	if _, ok := winAnsi(s.Reason + s.Location); !ok {
		notes = append(notes, "The visible signature shows a question mark for each character that is not in Windows-1252.")
	}
	if !s.Appearance.Display.HideDefaultLogo && len(s.Appearance.Logo.PDF) == 0 {
		notes = append(notes, "The default logo is a tick, not Adobe's.")
	}
	return notes
}

// Notes is as [Signature.Notes].
func (c Certification) Notes() []string {
	notes := c.Signature.Notes()
	if c.Permissions == NonAuthorSignature {
		notes = append(notes, "A certification with NON_AUTHOR_SIGNATURE is an ordinary signature.")
	}
	return notes
}

func (s Signature) check() error {
	for _, t := range []struct{ name, value string }{{"reason", s.Reason}, {"location", s.Location}, {"contact", s.Contact}} {
		if err := checkText(t.name, t.value); err != nil {
			return err
		}
	}
	if _, err := oneOf("digestMethod", s.Digest, SHA256, SHA384, SHA512); err != nil {
		return err
	}
	if _, err := oneOf("revocation.order", s.Revocation.Order, OCSPFirst, CRLFirst); err != nil {
		return err
	}
	if size := s.Revocation.MaxSize; size != nil && (*size < 0 || *size > 10240) {
		return errorf("revocation.maxSize is %d, and must be from 0 to 10240", *size)
	}
	return s.Appearance.check()
}

func (s *signing) subFilter() string {
	if s.Appearance.Format == CAdES {
		return "ETSI.CAdES.detached"
	}
	return "adbe.pkcs7.detached"
}

// The names of the placeholders, and the form of the byte range, whose numbers come when the document is written.
const (
	rangeSlot    = "ByteRange"
	contentsSlot = "Contents"
	rangeFormat  = "[0 %010d %010d %010d]"
)

// roomBeside is the room for a signature beside its certificates, in bytes.
const roomBeside = 6 << 10

// prepare returns the document with everything but the signature itself.
func (s *signing) prepare(doc []byte, name string) ([]byte, error) {
	u, err := openUpdate(doc, s.Unlock)
	if err != nil {
		return nil, err
	}
	s.u = u
	f, err := readForm(u.ctx)
	if err != nil {
		return nil, err
	}
	n, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if err := f.mayBeSigned(n, s.level); err != nil {
		return nil, err
	}
	if err := s.obeySeed(n); err != nil {
		return nil, err
	}
	value, err := u.add(s.value(n))
	if err != nil {
		return nil, err
	}
	if err := s.fill(n, value); err != nil {
		return nil, err
	}
	if err := u.setForm(f, signaturesExist|appendOnly); err != nil {
		return nil, err
	}
	if err := s.permit(value); err != nil {
		return nil, err
	}
	return u.bytes()
}

// value returns the signature dictionary.
func (s *signing) value(n *field) types.Dict {
	room := roomBeside + len(s.credential.Certificate.Raw)
	for _, above := range s.credential.Chain {
		room += len(above.Raw)
	}
	d := types.Dict{
		"Type": types.Name("Sig"), "Filter": types.Name(signatureHandler), "SubFilter": types.Name(s.subFilter()),
		"M":          types.StringLiteral(types.DateString(s.at)),
		"ByteRange":  placeholder{rangeSlot, fmt.Sprintf(rangeFormat, 0, 0, 0)},
		"Contents":   placeholder{contentsSlot, "<" + strings.Repeat("0", 2*room) + ">"},
		"Prop_Build": types.Dict{"App": types.Dict{"Name": types.Name("imsx emulator")}},
	}
	for key, value := range map[string]string{
		"Name": s.credential.Certificate.Subject.CommonName, "Reason": s.Reason, "Location": s.Location,
		"ContactInfo": s.Contact,
	} {
		if value != "" {
			d[key] = textString(value)
		}
	}
	if refs := s.references(n); len(refs) > 0 {
		d["Reference"] = refs
	}
	return d
}

// references are the transforms of a signature: what may be changed in the document, and which fields may not.
func (s *signing) references(n *field) types.Array {
	var refs types.Array
	if s.level > 0 {
		refs = append(refs, types.Dict{
			"Type": types.Name("SigRef"), "TransformMethod": types.Name("DocMDP"),
			"TransformParams": types.Dict{
				"Type": types.Name("TransformParams"), "V": types.Name("1.2"), "P": types.Integer(s.level),
			},
		})
	}
	lock, err := s.u.ctx.DereferenceDict(n.dict["Lock"])
	if err != nil || lock == nil {
		return refs
	}
	params := types.Dict{
		"Type": types.Name("TransformParams"), "V": types.Name("1.2"), "Action": types.Name(nameOf(s.u.ctx, lock["Action"])),
	}
	if names, err := array(s.u.ctx, lock, "Fields"); err == nil && len(names) > 0 {
		all := types.Array{}
		for _, o := range names {
			all = append(all, textString(text(s.u.ctx, o)))
		}
		params["Fields"] = all
	}
	return append(refs, types.Dict{
		"Type": types.Name("SigRef"), "TransformMethod": types.Name("FieldMDP"), "TransformParams": params,
		"Data": *s.u.ctx.Root,
	})
}

// fill gives the field its value and its widgets their appearance.
func (s *signing) fill(n *field, value types.IndirectRef) error {
	d, err := s.u.dict(n.ref)
	if err != nil {
		return err
	}
	d["V"] = value
	if s.lock {
		d["Ff"] = types.Integer(integer(s.u.ctx, d["Ff"]) | fieldReadOnly)
	}
	if len(n.widgets) > MaxList {
		return errorf("the signature field is shown at more than %d places", MaxList)
	}
	for _, ref := range n.widgets {
		w, err := s.u.dict(ref)
		if err != nil {
			return err
		}
		if s.lock {
			w["F"] = types.Integer(integer(s.u.ctx, w["F"]) | annotationLocked)
		}
		if err := s.draw(w); err != nil {
			return err
		}
	}
	return nil
}

// permit tells the catalog of a certification.
func (s *signing) permit(value types.IndirectRef) error {
	if s.level == 0 && s.attestation == "" {
		return nil
	}
	catalog, err := s.u.catalog()
	if err != nil {
		return err
	}
	if s.attestation != "" {
		catalog["Legal"] = types.Dict{"Attestation": textString(s.attestation)}
	}
	if s.level == 0 {
		return nil
	}
	perms := types.Dict{}
	if have, err := s.u.ctx.DereferenceDict(catalog["Perms"]); err == nil && have != nil {
		perms = clone(have)
	}
	perms["DocMDP"] = value
	catalog["Perms"] = perms
	return nil
}

// seal writes the byte range and the signature into their places in out, which it changes.
func (s *signing) seal(out []byte) ([]byte, error) {
	hole, numbers := s.u.slots[contentsSlot], s.u.slots[rangeSlot]
	copy(out[numbers.start:numbers.end], fmt.Sprintf(rangeFormat, hole.start, hole.end, len(out)-hole.end))
	content := slices.Concat(out[:hole.start], out[hole.end:])
	cms, err := s.credential.detached(content, s.digest, s.Appearance.Format == CAdES, s.at)
	if err != nil {
		return nil, fmt.Errorf("assure: %w", err)
	}
	if len(cms)*2 > hole.end-hole.start-2 {
		return nil, fmt.Errorf("assure: the signature has %d bytes, and the room for it is too small", len(cms))
	}
	hex.Encode(out[hole.start+1:], cms)
	return out, nil
}
