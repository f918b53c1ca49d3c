package forms

import (
	"encoding/json"

	"github.com/imsx/imsx/secret"
)

// SignOptions are the options of assure/sign, and part of those of assure/certify.
type SignOptions struct {
	// Reason, Location and Contact are put into the signature.
	Reason   string `json:"reason,omitzero"`
	Location string `json:"location,omitzero"`
	Contact  string `json:"contact,omitzero"`
	// DigestMethod is the hash function; empty means SHA256.
	DigestMethod DigestMethod `json:"digestMethod,omitzero"`
	// Revocation says what is done about revoked certificates; nil means as the service does.
	Revocation *Revocation `json:"revocation,omitzero"`
	// Appearance is how the signature looks; nil means as the service does.
	Appearance *Appearance `json:"appearance,omitzero"`
	// Unlock opens an encrypted document; nil means that it is not encrypted.
	Unlock *Unlock `json:"unlock,omitzero"`
}

// Revocation says what is done about revoked certificates.
type Revocation struct {
	// Order says what is asked first; empty means OCSP_FIRST.
	Order RevocationOrder `json:"order,omitzero"`
	// EnforceEmbedding fails if revocation information cannot be embedded for every certificate.
	EnforceEmbedding bool `json:"enforceEmbedding,omitzero"`
	// Embed puts revocation information into the signature; nil means true.
	Embed *bool `json:"embed,omitzero"`
	// MaxSize is the most of that information, in kilobytes from 0 to 10240; nil means 100.
	MaxSize *int `json:"maxSize,omitzero"`
}

// Appearance is how a signature looks.
type Appearance struct {
	// Type is what is shown; empty means NAME.
	Type AppearanceType `json:"type,omitzero"`
	// SigningFormat is the format of the signature; empty means PKCS7_DETACHED.
	SigningFormat SigningFormat `json:"signingFormat,omitzero"`
	// Logo is a picture behind the text; nil means that of the service.
	Logo *Logo `json:"logo,omitzero"`
	// Graphic is the picture of the type GRAPHIC, which needs it.
	Graphic *Graphic `json:"graphic,omitzero"`
	// Display says which texts are shown; nil means all.
	Display *Display `json:"display,omitzero"`
	// TextDirection is the direction of the text; empty means AUTO.
	TextDirection TextDirection `json:"textDirection,omitzero"`
}

// Logo is a picture behind the text of a signature.
type Logo struct {
	// PDF is the picture, as a PDF document.
	PDF []byte `json:"pdf,omitempty"`
	// Opacity is from 0 to 1; nil means 0.5.
	Opacity *float64 `json:"opacity,omitzero"`
}

// Graphic is the picture of a signature.
type Graphic struct {
	// PDF is the picture, as a PDF document.
	PDF []byte `json:"pdf,omitempty"`
}

// Display says which texts of a signature are shown. A nil field means true.
type Display struct {
	Name        *bool `json:"name,omitzero"`
	Location    *bool `json:"location,omitzero"`
	DN          *bool `json:"dn,omitzero"` // the distinguished names of the subject and the issuer
	Reason      *bool `json:"reason,omitzero"`
	Date        *bool `json:"date,omitzero"`
	Labels      *bool `json:"labels,omitzero"`
	DefaultLogo *bool `json:"defaultLogo,omitzero"`
}

// CertifyOptions are the options of assure/certify.
type CertifyOptions struct {
	SignOptions

	// LegalAttestation explains what could change the legal meaning of the document.
	LegalAttestation string `json:"legalAttestation,omitzero"`
	// LockField locks the field.
	LockField bool `json:"lockField,omitzero"`
	// Permissions are what may be changed afterwards; empty means FORM_CHANGES.
	Permissions MDPPermissions `json:"permissions,omitzero"`
}

// Unlock opens a document that is encrypted with a password. It reads the JSON of the API; what it
// writes shows a fingerprint in place of the password.
type Unlock struct {
	// Password is the document's open password.
	Password secret.Text
}

// unlockWire has the password in clear.
type unlockWire struct {
	Encryption string `json:"encryption"`
	UnlockWith string `json:"unlockWith"`
}

// UnmarshalJSON reads the object that the API has: encryption and unlockWith.
func (u *Unlock) UnmarshalJSON(data []byte) error {
	var w unlockWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if problem := unlisted("unlock.encryption", unlockEncryption(w.Encryption)); problem != "" {
		return invalid("read options", "%s", problem)
	}
	u.Password = secret.New(w.UnlockWith)
	return nil
}

func (u *Unlock) wire() *unlockWire {
	if u == nil {
		return nil
	}
	return &unlockWire{Encryption: string(passwordBased), UnlockWith: u.Password.Reveal()}
}

func (u *Unlock) secrets() []secret.Text {
	if u == nil {
		return nil
	}
	return []secret.Text{u.Password}
}

type signWire struct {
	SignOptions

	Unlock *unlockWire `json:"unlock,omitzero"`
}

type certifyWire struct {
	CertifyOptions

	Unlock *unlockWire `json:"unlock,omitzero"`
}

const maxRevocationSize = 10240 // kilobytes

// check returns what is wrong with o, or "".
func (o SignOptions) check() string {
	problem := unlisted("digestMethod", o.DigestMethod)
	if r := o.Revocation; r != nil {
		problem = firstProblem(problem, unlisted("revocation.order", r.Order))
		if r.MaxSize != nil && (*r.MaxSize < 0 || *r.MaxSize > maxRevocationSize) {
			problem = firstProblem(problem, "revocation.maxSize is not from 0 to 10240")
		}
	}
	return firstProblem(problem, o.Appearance.check(), o.Unlock.check())
}

func (u *Unlock) check() string {
	if u != nil && u.Password.IsZero() {
		return "unlock.unlockWith is empty"
	}
	return ""
}

func (a *Appearance) check() string {
	if a == nil {
		return ""
	}
	problem := firstProblem(
		unlisted("appearance.type", a.Type),
		unlisted("appearance.signingFormat", a.SigningFormat),
		unlisted("appearance.textDirection", a.TextDirection),
	)
	switch {
	case problem != "":
		return problem
	case a.Type == AppearanceGraphic && (a.Graphic == nil || len(a.Graphic.PDF) == 0):
		return "appearance.graphic.pdf is missing, which the type GRAPHIC needs"
	case a.Logo != nil && a.Logo.Opacity != nil && (*a.Logo.Opacity < 0 || *a.Logo.Opacity > 1):
		return "appearance.logo.opacity is not from 0 to 1"
	}
	return ""
}
