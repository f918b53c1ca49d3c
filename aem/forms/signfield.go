package forms

import (
	"context"
	"encoding/json"
	"strconv"
)

// SignatureFieldRequest asks for a document with another signature field: assure/signfield.
type SignatureFieldRequest struct {
	// Document is the PDF. Required.
	Document Part
	// Field is the name of the new field. Required.
	Field string
	// Rectangle is where the field is on its page; nil means an invisible field.
	Rectangle *Rectangle
	// Page is the page of the field, from 1; 0 means 1.
	Page int
	// Options are the options of the field.
	Options SignatureFieldOptions
}

// Rectangle is a place on a page, in the units of the page's coordinates, which are points unless the page says
// otherwise, from its lower left corner. Nothing may be less than 0; all 0 is an invisible field.
type Rectangle struct {
	LowerLeftX int `json:"lowerLeftX"`
	LowerLeftY int `json:"lowerLeftY"`
	Width      int `json:"width"`
	Height     int `json:"height"`
}

// SignatureFieldOptions are the options of assure/signfield.
type SignatureFieldOptions struct {
	// SeedValue says how the field must be signed; nil means that it does not matter.
	SeedValue *SeedValue `json:"seedValue,omitzero"`
	// FieldMDP says which fields are locked when this one is signed; nil means none.
	FieldMDP *FieldMDP `json:"fieldMdp,omitzero"`
	// Unlock opens an encrypted document; nil means that it is not encrypted.
	Unlock *Unlock `json:"unlock,omitzero"`
}

// SeedValue says how a signature field must be signed.
type SeedValue struct {
	// CertSeedValue says with which certificate.
	CertSeedValue *CertSeedValue `json:"certSeedValue,omitzero"`
	// Filter is the signature handler, such as "Adobe.PPKLite".
	Filter string `json:"filter,omitzero"`
	// Flags says which entries are binding, as bits of the PDF specification.
	Flags int32 `json:"flags,omitzero"`
	// LegalAttestations are the attestations to choose from.
	LegalAttestations []string `json:"legalAttestations,omitempty"`
	// Permissions are what may be changed afterwards; empty means FORM_CHANGES.
	Permissions MDPPermissions `json:"permissions,omitzero"`
	// Reasons are the reasons to choose from.
	Reasons []string `json:"reasons,omitempty"`
	// SubFilter are the encodings to choose from, such as "ETSI.CAdES.detached".
	SubFilter []string `json:"subFilter,omitempty"`
	// Timestamp says whether a timestamp is needed; nil means that it is not.
	Timestamp *Timestamp `json:"timestamp,omitzero"`
	// DigestMethod are the hash functions to choose from.
	DigestMethod DigestMethods `json:"digestMethod,omitempty"`
	// RevocationCheck checks for revocation when the field is signed, and embeds what it found.
	RevocationCheck bool `json:"revocationCheck,omitzero"`
}

// DigestMethods is a list of hash functions. The API's schema has an array, its examples one text; both are read, and
// the array is written.
type DigestMethods []DigestMethod

// UnmarshalJSON reads a text or an array of texts.
func (m *DigestMethods) UnmarshalJSON(data []byte) error {
	var one DigestMethod
	if json.Unmarshal(data, &one) == nil && one != "" {
		*m = DigestMethods{one}
		return nil
	}
	var several []DigestMethod
	if err := json.Unmarshal(data, &several); err != nil {
		return err
	}
	*m = several
	return nil
}

// Timestamp says whether a signature needs a timestamp.
type Timestamp struct {
	// Required says that it does.
	Required bool `json:"required,omitzero"`
	// URL is the timestamp server.
	URL string `json:"url,omitzero"`
}

// CertSeedValue says with which certificate a field may be signed.
type CertSeedValue struct {
	// Flags says which entries are binding, as bits of the PDF specification.
	Flags int32 `json:"flags,omitzero"`
	// IssuerCerts are certificates of acceptable issuers, in DER.
	IssuerCerts [][]byte `json:"issuerCerts,omitempty"`
	// SubjectCerts are acceptable certificates, in DER.
	SubjectCerts [][]byte `json:"subjectCerts,omitempty"`
	// ObjectIDs are policies that the certificate must have. They need IssuerCerts.
	ObjectIDs []string `json:"objectIds,omitempty"`
	// KeyUsageExtensions are key usages that the certificate must have.
	KeyUsageExtensions []string `json:"keyUsageExtns,omitempty"`
	// Subjects are distinguished names, by attribute, of which the certificate must have all attributes of one.
	Subjects []map[string]string `json:"subjects,omitempty"`
}

// FieldMDP says which fields are locked by a signature.
type FieldMDP struct {
	// Filter says which fields count.
	Filter MDPFilter `json:"filter,omitzero"`
	// Fields are the full names of fields, for INCLUDE and EXCLUDE.
	Fields []string `json:"fields,omitempty"`
}

type signatureFieldWire struct {
	SignatureFieldOptions

	Unlock *unlockWire `json:"unlock,omitzero"`
}

func (r SignatureFieldRequest) prepare() (job, error) {
	d := formData{op: opSignatureField}
	d.required("document", r.Document, formPDF)
	d.field("field", r.Field)
	if problem := firstProblem(r.checkPlace(), r.Options.check()); problem != "" {
		d.fail(invalid(d.op, "%s", problem))
	}
	if r.Rectangle != nil {
		d.options("rectangle", r.Rectangle)
	}
	if r.Page != 0 {
		d.field("page", strconv.Itoa(r.Page))
	}
	d.options("options", signatureFieldWire{r.Options, r.Options.Unlock.wire()})
	j, err := d.job(pathSignatureField, kindPDF)
	j.Secrets = r.Options.Unlock.secrets()
	return j, err
}

func (r SignatureFieldRequest) checkPlace() string {
	if r.Page < 0 {
		return "page is less than 1"
	}
	if b := r.Rectangle; b != nil && min(b.LowerLeftX, b.LowerLeftY, b.Width, b.Height) < 0 {
		return "rectangle has a number less than 0"
	}
	return ""
}

func (o SignatureFieldOptions) check() string {
	problem := o.Unlock.check()
	if s := o.SeedValue; s != nil {
		problem = firstProblem(problem, unlisted("seedValue.permissions", s.Permissions))
		for _, m := range s.DigestMethod {
			problem = firstProblem(problem, unlisted("seedValue.digestMethod", m))
		}
	}
	if m := o.FieldMDP; m != nil {
		problem = firstProblem(problem, unlisted("fieldMdp.filter", m.Filter))
	}
	return problem
}

// AddSignatureField adds a signature field to a PDF, and returns it as [Service.Open] does.
func (s *Service) AddSignatureField(ctx context.Context, req SignatureFieldRequest) (*Document, error) {
	return s.Open(ctx, req)
}
