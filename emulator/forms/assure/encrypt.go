package assure

import (
	"slices"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// EncryptOptions are for [Encrypt]. At least one password is required, and the two must differ. The tags are those of the
// service's "params" and "options" together.
type EncryptOptions struct {
	OpenPassword  string        `json:"openPassword,omitempty"`
	PermPassword  string        `json:"permPassword,omitempty"`
	Permissions   []Permission  `json:"permissions,omitempty"`
	Parts         Parts         `json:"parts,omitempty"`
	Compatibility Compatibility `json:"compatibility,omitempty"`
}

// Permission is what a person who opens the document with the open password, or without one, may do.
type Permission string

// The permissions. None of them at all means that the document may be read and nothing else.
const (
	AllPerm      Permission = "ALL_PERM"
	EditAdd      Permission = "EDIT_ADD"
	EditCopy     Permission = "EDIT_COPY"
	EditAssemble Permission = "EDIT_ASSEMBLE"
	EditExtract  Permission = "EDIT_EXTRACT"
	EditFormFill Permission = "EDIT_FORM_FILL"
	EditModify   Permission = "EDIT_MODIFY"
	PrintHigh    Permission = "PRINT_HIGH"
	PrintLow     Permission = "PRINT_LOW"
	PrintNone    Permission = "PRINT_NONE"
)

// permissionBits are the bits of table 22 in ISO 32000-1 that a permission sets.
var permissionBits = map[Permission]model.PermissionFlags{
	EditAdd:      model.PermissionModAnnFillForm,
	EditCopy:     model.PermissionExtract,
	EditAssemble: model.PermissionAssembleRev3,
	EditExtract:  model.PermissionExtractRev3,
	EditFormFill: model.PermissionFillRev3,
	EditModify:   model.PermissionModify,
	PrintHigh:    model.PermissionPrintRev2 | model.PermissionPrintRev3,
	PrintLow:     model.PermissionPrintRev2,
	PrintNone:    0,
}

// reservedBits must be set in every word of permissions.
const reservedBits model.PermissionFlags = 0xF0C0

// Parts says what is encrypted. The zero value means ALL.
type Parts string

// The parts of a document.
const (
	AllParts          Parts = "ALL"
	AllExceptMetadata Parts = "ALL_EXCEPT_METADATA"
	AttachmentsOnly   Parts = "ATTACHMENTS_ONLY"
)

// Compatibility is the oldest Acrobat that opens the document. The zero value means ACROBAT_7.
type Compatibility string

// The compatibilities: RC4 with 128 bits, AES with 128 bits, AES with 256 bits (revision 6).
const (
	Acrobat6  Compatibility = "ACROBAT_6"
	Acrobat7  Compatibility = "ACROBAT_7"
	Acrobat10 Compatibility = "ACROBAT_10"
)

// Encrypt encrypts a document that is neither encrypted nor signed. The document is written anew; how it looks stays as
// it is. Its error is an [*Error].
func Encrypt(doc []byte, o EncryptOptions) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	f, err := pdf.Open(doc, pdf.OpenOptions{})
	switch {
	case err != nil && hasPassword(err):
		return nil, errorf("the document is encrypted already")
	case err != nil:
		return nil, asError(err)
	case f.Encrypted():
		return nil, errorf("the document is encrypted already")
	}
	ctx := f.Context()
	if err := refuseSigned(ctx, "encrypted"); err != nil {
		return nil, err
	}
	o.configure(ctx)
	out, err := pdf.Write(ctx, time.Time{})
	return out, asError(err)
}

func (o EncryptOptions) check() error {
	if o.OpenPassword == "" && o.PermPassword == "" {
		return errorf("openPassword and permPassword are both missing, and at least one is needed")
	}
	if o.OpenPassword == o.PermPassword {
		return errorf("openPassword and permPassword are the same, and must differ")
	}
	if len(o.OpenPassword) > maxPassword || len(o.PermPassword) > maxPassword {
		return errorf("a password has more than %d bytes", maxPassword)
	}
	if _, err := o.permissions(); err != nil {
		return err
	}
	if _, err := oneOf("parts", o.Parts, AllParts, AllExceptMetadata, AttachmentsOnly); err != nil {
		return err
	}
	_, err := oneOf("compatibility", o.Compatibility, Acrobat7, Acrobat6, Acrobat10)
	return err
}

// maxPassword is the most bytes of a password: those that encryption with 256 bits looks at.
const maxPassword = 127

func (o EncryptOptions) permissions() (model.PermissionFlags, error) {
	prints := func(p Permission) bool { return p == PrintHigh || p == PrintLow || p == AllPerm }
	if slices.Contains(o.Permissions, PrintNone) && slices.ContainsFunc(o.Permissions, prints) {
		return 0, errorf("permissions name %s together with one that allows printing", PrintNone)
	}
	bits := reservedBits
	for _, p := range o.Permissions {
		if p == AllPerm {
			bits |= model.PermissionsAll &^ 3
			continue
		}
		b, ok := permissionBits[p]
		if !ok {
			return 0, errorf("permissions name %s, which is not known", quoted(string(p)))
		}
		bits |= b
	}
	return bits, nil
}

// configure tells pdfcpu to encrypt when it writes. A document without a password for permissions gets the other one for
// both, as ISO 32000-1 has it in algorithm 3.
func (o EncryptOptions) configure(ctx *model.Context) {
	ctx.Cmd = model.ENCRYPT
	ctx.UserPW, ctx.OwnerPW = o.OpenPassword, o.PermPassword
	if ctx.OwnerPW == "" {
		ctx.OwnerPW = o.OpenPassword
	}
	ctx.Permissions, _ = o.permissions()
	ctx.EncryptUsingAES = o.Compatibility != Acrobat6
	ctx.EncryptKeyLength = 128
	if o.Compatibility == Acrobat10 {
		ctx.EncryptKeyLength = 256
		return
	}
	if ctx.PDF20() { // which knows no shorter keys
		older := model.V17
		ctx.RootVersion = &older
	}
}

// Notes tells what of the options has no effect or another one than with Adobe's service, one sentence each.
func (o EncryptOptions) Notes() []string {
	switch o.Parts {
	case AllExceptMetadata:
		return []string{"The metadata is encrypted with the rest of the document."}
	case AttachmentsOnly:
		return []string{"The whole document is encrypted, not only its attachments."}
	}
	return nil
}

// Decrypt removes the encryption by the open or the permission password. A signed document is refused, because its
// signatures would break. Its error is an [*Error], which wraps [pdf.ErrPassword] if the password is neither.
func Decrypt(doc []byte, password string) ([]byte, error) {
	mode, err := Inspect(doc)
	switch {
	case err != nil:
		return nil, err
	case mode == ModeNone:
		return nil, errorf("the document is not encrypted")
	case mode != ModePassword:
		return nil, errorf("the document is not encrypted with a password but with %s", mode)
	}
	f, err := pdf.Open(doc, pdf.OpenOptions{Password: password})
	if err != nil {
		return nil, asError(err)
	}
	ctx := f.Context()
	if err := refuseSigned(ctx, "decrypted"); err != nil {
		return nil, err
	}
	ctx.Encrypt, ctx.E, ctx.EncKey = nil, nil, nil
	out, err := pdf.Write(ctx, time.Time{})
	return out, asError(err)
}

// refuseSigned is for what writes a document anew.
func refuseSigned(ctx *model.Context, done string) error {
	return guard("the fields cannot be read", func() error {
		form, err := readForm(ctx)
		if err != nil {
			return err
		}
		if form.signed() {
			return errorf("the document is signed, and cannot be %s without breaking its signatures", done)
		}
		return nil
	})
}
