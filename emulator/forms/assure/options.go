package assure

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"time"
)

// Unlock says how an encrypted document is opened. The zero value is for documents that open without a password.
type Unlock struct {
	Encryption UnlockEncryption `json:"encryption,omitempty"` // "" means PASSWORD_BASED_ENCRYPT if there is a password
	UnlockWith string           `json:"unlockWith,omitempty"` // the open or the permission password
}

// UnlockEncryption is the kind of encryption to unlock.
type UnlockEncryption string

// PasswordBasedEncrypt is the one kind of encryption that can be unlocked.
const PasswordBasedEncrypt UnlockEncryption = "PASSWORD_BASED_ENCRYPT"

// Credential is what signs: a key, its certificate, and the certificates above it, the issuer first. The key is an RSA or
// an ECDSA key. Chain may be empty.
type Credential struct {
	Signer      crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate
}

// Digest is the algorithm of a message digest. The zero value means SHA256.
type Digest string

// The digests.
const (
	SHA256 Digest = "SHA256"
	SHA384 Digest = "SHA384"
	SHA512 Digest = "SHA512"
)

// MDPPermission says what may still be changed in a certified document. The zero value means FORM_CHANGES.
type MDPPermission string

// The permissions of certified documents. NonAuthorSignature, in a seed value, asks for an ordinary signature; a certified
// document with it has no rule about changes.
const (
	NoChanges             MDPPermission = "NO_CHANGES"
	FormChanges           MDPPermission = "FORM_CHANGES"
	AnnotationFormChanges MDPPermission = "ANNOTATION_FORM_CHANGES"
	NonAuthorSignature    MDPPermission = "NON_AUTHOR_SIGNATURE"
)

// Signature is what the service's options say about a signature. The zero value is good: every default is the service's.
type Signature struct {
	Reason     string     `json:"reason,omitempty"`
	Location   string     `json:"location,omitempty"`
	Contact    string     `json:"contact,omitempty"`
	Digest     Digest     `json:"digestMethod,omitempty"`
	Revocation Revocation `json:"revocation,omitzero"`
	Appearance Appearance `json:"appearance,omitzero"`
	Unlock     Unlock     `json:"unlock,omitzero"`
}

// Revocation says how revocation data is to be embedded. It is checked and has no effect.
type Revocation struct {
	Order            RevocationOrder `json:"order,omitempty"`
	EnforceEmbedding bool            `json:"enforceEmbedding,omitempty"`
	Embed            *bool           `json:"embed,omitempty"`   // nil means true
	MaxSize          *int            `json:"maxSize,omitempty"` // kilobytes, 0 to 10240; nil means 100
}

// RevocationOrder says which protocol is asked first. The zero value means OCSP_FIRST.
type RevocationOrder string

// The orders of asking for revocation.
const (
	OCSPFirst RevocationOrder = "OCSP_FIRST"
	CRLFirst  RevocationOrder = "CRL_FIRST"
)

// Appearance says what a visible signature looks like. The zero value is the name and all lines of text.
type Appearance struct {
	Type      AppearanceType `json:"type,omitempty"`
	Format    SigningFormat  `json:"signingFormat,omitempty"`
	Logo      Logo           `json:"logo,omitzero"`
	Graphic   Graphic        `json:"graphic,omitzero"`
	Display   Display        `json:"display,omitzero"`
	Direction TextDirection  `json:"textDirection,omitempty"`
}

// AppearanceType says what stands beside the text of a signature. The zero value means NAME.
type AppearanceType string

// The types of appearance.
const (
	NameAppearance    AppearanceType = "NAME"
	GraphicAppearance AppearanceType = "GRAPHIC"
	NoGraphic         AppearanceType = "NOGRAPHIC"
)

// SigningFormat is the form of the signature value. The zero value means PKCS7_DETACHED.
type SigningFormat string

// The signing formats.
const (
	PKCS7Detached SigningFormat = "PKCS7_DETACHED"
	CAdES         SigningFormat = "CADES"
)

// TextDirection is the direction of the text of a signature. The zero value means AUTO.
type TextDirection string

// The directions of text.
const (
	Auto        TextDirection = "AUTO"
	LeftToRight TextDirection = "LTR"
	RightToLeft TextDirection = "RTL"
)

// Logo is a PDF document whose first page stands behind the text.
type Logo struct {
	PDF     []byte   `json:"pdf,omitempty"`     // base64 in JSON
	Opacity *float64 `json:"opacity,omitempty"` // 0 to 1; nil means 0.5
}

// Graphic is a PDF document whose first page stands beside the text. It is needed for the type GRAPHIC, and not looked at
// otherwise.
type Graphic struct {
	PDF []byte `json:"pdf,omitempty"` // base64 in JSON
}

// Display says which lines are shown. The zero value shows all of them; so does JSON for those that it does not name.
type Display struct {
	HideName, HideLocation, HideDN, HideReason, HideDate, HideLabels, HideDefaultLogo bool
}

// UnmarshalJSON reads the service's form, in which each line is true unless it says otherwise. A name that is not known is
// an error.
func (d *Display) UnmarshalJSON(data []byte) error {
	shown := displayJSON{true, true, true, true, true, true, true}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&shown); err != nil {
		return err
	}
	*d = Display{!shown.Name, !shown.Location, !shown.DN, !shown.Reason, !shown.Date, !shown.Labels, !shown.DefaultLogo}
	return nil
}

// MarshalJSON writes the service's form.
func (d Display) MarshalJSON() ([]byte, error) {
	return json.Marshal(displayJSON{
		!d.HideName, !d.HideLocation, !d.HideDN, !d.HideReason, !d.HideDate, !d.HideLabels, !d.HideDefaultLogo,
	})
}

type displayJSON struct {
	Name        bool `json:"name"`
	Location    bool `json:"location"`
	DN          bool `json:"dn"`
	Reason      bool `json:"reason"`
	Date        bool `json:"date"`
	Labels      bool `json:"labels"`
	DefaultLogo bool `json:"defaultLogo"`
}

// SignOptions are for [Sign]. Field, Credential and Time are required.
type SignOptions struct {
	Field      string // the full name of the signature field, or for an XFA form its last part
	Credential Credential
	Time       time.Time
	Signature
}

// Certification is what the service's options say about a certification: those of a signature, and three more.
type Certification struct {
	Signature
	LegalAttestation string        `json:"legalAttestation,omitempty"`
	LockField        bool          `json:"lockField,omitempty"` // the certified field becomes read-only
	Permissions      MDPPermission `json:"permissions,omitempty"`
}

// CertifyOptions are for [Certify]. Field, Credential and Time are required.
type CertifyOptions struct {
	Field      string // as for SignOptions
	Credential Credential
	Time       time.Time
	Certification
}

// Rectangle is the place of a field in points, from the page's lower left corner. The zero value is an invisible field.
type Rectangle struct {
	LowerLeftX int `json:"lowerLeftX"`
	LowerLeftY int `json:"lowerLeftY"`
	Width      int `json:"width"`
	Height     int `json:"height"`
}

// FieldOptions are for [AddSignatureField]. Field is required.
type FieldOptions struct {
	Field     string     `json:"-"` // the full name; dots separate the names of its parents
	Page      int        `json:"-"` // from 1; 0 means 1
	Rectangle Rectangle  `json:"-"`
	SeedValue *SeedValue `json:"seedValue,omitempty"`
	FieldMDP  *FieldMDP  `json:"fieldMdp,omitempty"`
	Unlock    Unlock     `json:"unlock,omitzero"`
}

// FieldMDP says which fields are locked once the new field is signed.
type FieldMDP struct {
	Filter FieldFilter `json:"filter"`
	Fields []string    `json:"fields,omitempty"` // full names; those that do not exist are ignored
}

// FieldFilter says which fields a list means.
type FieldFilter string

// The filters of fields.
const (
	AllFields     FieldFilter = "ALL"
	IncludeFields FieldFilter = "INCLUDE"
	ExcludeFields FieldFilter = "EXCLUDE"
)

// SeedValue constrains the signature that will be made in a field.
type SeedValue struct {
	Cert              *CertSeedValue `json:"certSeedValue,omitempty"`
	Filter            string         `json:"filter,omitempty"` // a signature handler, such as Adobe.PPKLite
	Flags             int            `json:"flags,omitempty"`
	LegalAttestations []string       `json:"legalAttestations,omitempty"`
	Permissions       MDPPermission  `json:"permissions,omitempty"` // "" means no rule
	Reasons           []string       `json:"reasons,omitempty"`
	SubFilter         []string       `json:"subFilter,omitempty"`
	Timestamp         *Timestamp     `json:"timestamp,omitempty"`
	Digests           Digests        `json:"digestMethod,omitempty"`
	RevocationCheck   bool           `json:"revocationCheck,omitempty"`
}

// Digests is a list of digests. In JSON it may also be a single one, as the service's examples have it.
type Digests []Digest

// UnmarshalJSON reads a list, or a single digest.
func (d *Digests) UnmarshalJSON(data []byte) error {
	var one Digest
	if json.Unmarshal(data, &one) == nil && one != "" {
		*d = Digests{one}
		return nil
	}
	return json.Unmarshal(data, (*[]Digest)(d))
}

// Timestamp is the time-stamping that a seed value asks for.
type Timestamp struct {
	Required bool   `json:"required,omitempty"`
	URL      string `json:"url,omitempty"`
}

// CertSeedValue constrains the certificate that a field is signed with.
type CertSeedValue struct {
	Flags        int                 `json:"flags,omitempty"`
	IssuerCerts  [][]byte            `json:"issuerCerts,omitempty"`  // DER or PEM; base64 in JSON
	SubjectCerts [][]byte            `json:"subjectCerts,omitempty"` // DER or PEM; base64 in JSON
	ObjectIDs    []string            `json:"objectIds,omitempty"`    // certificate policies, in dotted form
	KeyUsage     []string            `json:"keyUsageExtns,omitempty"`
	Subjects     []map[string]string `json:"subjects,omitempty"`
}
