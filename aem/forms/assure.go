package forms

import (
	"context"
	"net/http"
	"slices"

	"github.com/imsx/imsx/secret"
)

// The paths of the DocAssurance service. Decryption has that of encryption, with the method PUT.
const (
	pathEncrypt        = "/adobe/forms/document/assure/encrypt"
	pathInspect        = "/adobe/forms/document/assure/inspect"
	pathSign           = "/adobe/forms/document/assure/sign"
	pathCertify        = "/adobe/forms/document/assure/certify"
	pathSignatureField = "/adobe/forms/document/assure/signfield"
)

const (
	opEncrypt        = "encrypt"
	opDecrypt        = "decrypt"
	opInspect        = "inspect"
	opSign           = "sign"
	opCertify        = "certify"
	opSignatureField = "add signature field"
)

// EncryptRequest asks for a document that is protected by passwords: POST assure/encrypt.
type EncryptRequest struct {
	// Document is the PDF. Required.
	Document Part
	// OpenPassword opens the document. At least one of the two passwords is required, and they must differ.
	OpenPassword secret.Text
	// PermPassword changes or removes the permissions.
	PermPassword secret.Text
	// Permissions are what one may do who opened the document; nil means as the service does.
	Permissions []Permission
	// Options are the options of the encryption.
	Options EncryptOptions
}

// EncryptOptions are the options of assure/encrypt.
type EncryptOptions struct {
	// Parts are the parts of the document to encrypt; empty means ALL.
	Parts EncryptParts `json:"parts,omitzero"`
	// Compatibility is the oldest Acrobat that must be able to open the document; empty means ACROBAT_7.
	Compatibility Compatibility `json:"compatibility,omitzero"`
}

// encryptConfig is the part "config" of a request to encrypt. It has the passwords in clear.
type encryptConfig struct {
	Mode   string        `json:"mode"`
	Params encryptParams `json:"params"`
}

type encryptParams struct {
	OpenPassword string       `json:"openPassword,omitzero"`
	PermPassword string       `json:"permPassword,omitzero"`
	Permissions  []Permission `json:"permissions,omitempty"`
}

func (r EncryptRequest) prepare() (job, error) {
	d := formData{op: opEncrypt}
	d.required("document", r.Document, formPDF)
	switch {
	case r.OpenPassword.IsZero() && r.PermPassword.IsZero():
		d.fail(invalid(d.op, "there is no password"))
	case r.OpenPassword.Equal(r.PermPassword):
		d.fail(invalid(d.op, "the two passwords must differ"))
	}
	for _, p := range r.Permissions {
		listed(&d, "permissions", p)
	}
	listed(&d, "parts", r.Options.Parts)
	listed(&d, "compatibility", r.Options.Compatibility)
	d.options("config", encryptConfig{Mode: "ENCRYPT_WITH_PASSWORD", Params: encryptParams{
		OpenPassword: r.OpenPassword.Reveal(), PermPassword: r.PermPassword.Reveal(), Permissions: slices.Clone(r.Permissions),
	}})
	d.options("options", r.Options)
	j, err := d.job(pathEncrypt, kindPDF)
	j.Secrets = []secret.Text{r.OpenPassword, r.PermPassword}
	return j, err
}

// Encrypt protects a PDF by passwords, and returns it as [Service.Open] does.
func (s *Service) Encrypt(ctx context.Context, req EncryptRequest) (*Document, error) {
	return s.Open(ctx, req)
}

// DecryptRequest asks for a document without the encryption by passwords: PUT assure/encrypt.
type DecryptRequest struct {
	// Document is the PDF. Required.
	Document Part
	// Password is either password of the document. Required.
	Password secret.Text
}

func (r DecryptRequest) prepare() (job, error) {
	d := formData{op: opDecrypt}
	d.required("document", r.Document, formPDF)
	d.field("config", r.Password.Reveal())
	j, err := d.job(pathEncrypt, kindPDF)
	j.Method = http.MethodPut
	j.Secrets = []secret.Text{r.Password}
	return j, err
}

// Decrypt removes the encryption by passwords from a PDF, and returns it as [Service.Open] does.
func (s *Service) Decrypt(ctx context.Context, req DecryptRequest) (*Document, error) {
	return s.Open(ctx, req)
}

// InspectRequest asks how a document is protected: assure/inspect.
type InspectRequest struct {
	// Document is the PDF. Required.
	Document Part
}

// Inspect returns how a PDF is protected.
func (s *Service) Inspect(ctx context.Context, req InspectRequest) (SecurityMode, error) {
	d := formData{op: opInspect}
	d.required("document", req.Document, formPDF)
	j, err := d.job(pathInspect, kindAny)
	if err != nil {
		return "", err
	}
	var answer struct {
		Mode SecurityMode `json:"mode"`
	}
	err = s.getJSON(ctx, j.Request, &answer, func() string {
		if answer.Mode == "" {
			return "mode"
		}
		return ""
	})
	if err != nil {
		return "", err
	}
	return answer.Mode, nil
}

// SignRequest asks for a document with a signature in one of its fields: assure/sign.
type SignRequest struct {
	// Document is the PDF. Required.
	Document Part
	// Credential is the alias of a credential that AEM is configured with. Required.
	Credential string
	// Field is the full name of the signature field; for a PDF of an XFA form its last part is enough. Required.
	Field string
	// Options are the options of the signature.
	Options SignOptions
}

// CertifyRequest asks for a certified document: assure/certify.
type CertifyRequest struct {
	// Document is the PDF. Required.
	Document Part
	// Credential is the alias of a credential that AEM is configured with. Required.
	Credential string
	// Field is the full name of the signature field; for a PDF of an XFA form its last part is enough. Required.
	Field string
	// Options are the options of the certification.
	Options CertifyOptions
}

// credentialAlias is the part "credential".
type credentialAlias struct {
	Alias string `json:"alias"`
}

func (r SignRequest) prepare() (job, error) {
	d := formData{op: opSign}
	d.signature(r.Document, r.Credential, r.Field, r.Options)
	d.options("options", signWire{r.Options, r.Options.Unlock.wire()})
	j, err := d.job(pathSign, kindPDF)
	j.Secrets = r.Options.Unlock.secrets()
	return j, err
}

func (r CertifyRequest) prepare() (job, error) {
	d := formData{op: opCertify}
	d.signature(r.Document, r.Credential, r.Field, r.Options.SignOptions)
	listed(&d, "permissions", r.Options.Permissions)
	d.options("options", certifyWire{r.Options, r.Options.Unlock.wire()})
	j, err := d.job(pathCertify, kindPDF)
	j.Secrets = r.Options.Unlock.secrets()
	return j, err
}

// signature adds what signing and certifying share.
func (d *formData) signature(document Part, credential, field string, o SignOptions) {
	d.required("document", document, formPDF)
	if credential == "" {
		d.fail(invalid(d.op, "the credential is missing"))
	}
	d.options("credential", credentialAlias{credential})
	d.field("field", field)
	if problem := o.check(); problem != "" {
		d.fail(invalid(d.op, "%s", problem))
	}
}

// Sign signs a PDF in one of its signature fields, and returns it as [Service.Open] does.
func (s *Service) Sign(ctx context.Context, req SignRequest) (*Document, error) {
	return s.Open(ctx, req)
}

// Certify certifies a PDF, and returns it as [Service.Open] does.
func (s *Service) Certify(ctx context.Context, req CertifyRequest) (*Document, error) {
	return s.Open(ctx, req)
}
