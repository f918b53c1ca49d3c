package cli

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// signature are the flags of signing that are no options.
type signature struct{ alias, field, openPw string }

func (s *signature) bind(f *pflag.FlagSet) {
	f.StringVar(&s.alias, "credential-alias", "", "`ALIAS` of the credential that AEM signs with")
	f.StringVar(&s.field, "field", "", "`NAME` of the signature field")
	f.StringVar(&s.openPw, "open-password-file", "", passwordUsage("the password of an encrypted document", "IMSX_OPEN_PASSWORD"))
}

// check refuses what is missing before anything is asked.
func (s *signature) check() error {
	switch {
	case s.alias == "":
		return usagef("--credential-alias is missing").withHint("it names a credential that is configured in AEM")
	case s.field == "":
		return usagef("--field is missing").withHint("imsx forms signfield adds a field where there is none")
	}
	return nil
}

// unlock puts a password into the options if there is one.
func unlock(in *inputs, file string, into **forms.Unlock) error {
	password, err := in.openPassword(file)
	if err == nil && !password.IsZero() {
		*into = &forms.Unlock{Password: password}
	}
	return err
}

// signFlags binds flags to the options of signing.
func signFlags(f *pflag.FlagSet, o *forms.SignOptions) {
	f.StringVar(&o.Reason, "reason", "", "`TEXT`: why it is signed")
	f.StringVar(&o.Location, "location", "", "`TEXT`: where")
	f.StringVar(&o.Contact, "contact", "", "`TEXT`: whom to ask")
	f.Var(enumFlag(&o.DigestMethod), "digest-method", "hash function (default SHA256): "+valuesOf(o.DigestMethod))
	appearance := func() *forms.Appearance { return made(&o.Appearance) }
	lateEnum(f, func() *forms.AppearanceType { return &appearance().Type }, "appearance", "what the signature shows (default NAME)")
	lateEnum(f, func() *forms.SigningFormat { return &appearance().SigningFormat }, "signing-format", "format of the signature (default PKCS7_DETACHED)")
	lateEnum(f, func() *forms.TextDirection { return &appearance().TextDirection }, "text-direction", "direction of its text (default AUTO)")
	f.Var(&setFlag{kind: "FILE", set: func(file string) error {
		return readPicture(file, &made(&appearance().Graphic).PDF)
	}}, "graphic", "`FILE` with its picture (PDF), for --appearance GRAPHIC")
	f.Var(&setFlag{kind: "FILE", set: func(file string) error {
		return readPicture(file, &made(&appearance().Logo).PDF)
	}}, "logo", "`FILE` with the picture behind its text (PDF)")
	f.Var(&setFlag{kind: "NUMBER", set: func(s string) error {
		n, err := strconv.ParseFloat(s, 64)
		made(&appearance().Logo).Opacity = &n
		return err
	}}, "logo-opacity", "opacity of the logo, as a `NUMBER` from 0 to 1 (default 0.5)")
	f.Var(&setFlag{kind: "NAMES", set: func(s string) error { return hide(made(&appearance().Display), s) }},
		"hide", "texts that are not shown, with commas: name, location, dn, reason, date, labels, defaultLogo")
	revocation := func() *forms.Revocation { return made(&o.Revocation) }
	lateEnum(f, func() *forms.RevocationOrder { return &revocation().Order }, "revocation-order", "what is asked first (default OCSP_FIRST)")
	lateBool(f, func() *bool { return &revocation().EnforceEmbedding }, "enforce-revocation",
		"fail if revocation information cannot be embedded for every certificate")
	optionalBool(f, func() **bool { return &revocation().Embed }, "embed-revocation", "embed revocation information (default true)")
	optionalNumber(f, func() **int { return &revocation().MaxSize }, "revocation-max-size", "the most of it in kilobytes, as a `NUMBER` (default 100)")
}

// maxPicture bounds a picture of a signature.
const maxPicture = 8 << 20

func readPicture(file string, into *[]byte) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.Size() > maxPicture {
		return errors.New("the picture is larger than 8 MiB")
	}
	*into, err = os.ReadFile(file)
	return err
}

// hide sets the named texts to not shown.
func hide(d *forms.Display, names string) error {
	fields := map[string]**bool{
		"name": &d.Name, "location": &d.Location, "dn": &d.DN, "reason": &d.Reason, "date": &d.Date, "labels": &d.Labels,
		"defaultLogo": &d.DefaultLogo,
	}
	for _, name := range strings.Split(names, ",") {
		field, ok := fields[strings.TrimSpace(name)]
		if !ok {
			return errors.New("the texts are name, location, dn, reason, date, labels, defaultLogo")
		}
		*field = new(false)
	}
	return nil
}

// formsSignCommand is assure/sign.
func (a *app) formsSignCommand(fl *formsFlags) *cobra.Command {
	var s signature
	o := &forms.SignOptions{}
	d := &documentCommand{app: a, forms: fl, options: o}
	d.request = func(in *inputs, document forms.Part) (forms.Request, error) {
		if err := errors.Join(s.check(), unlock(in, s.openPw, &o.Unlock)); err != nil {
			return nil, err
		}
		return forms.SignRequest{Document: document, Credential: s.alias, Field: s.field, Options: *o}, nil
	}
	return d.command(&cobra.Command{
		Use:     "sign --document FILE_OR_PATH --credential-alias ALIAS --field NAME [-o FILE] [flags]",
		Short:   "Sign a PDF in one of its signature fields",
		Long:    `Signs a PDF in one of its signature fields, with a credential that AEM keeps.`,
		Example: `  imsx forms sign --document contract.pdf --credential-alias company --field Signature1 --reason Approved -o signed.pdf`,
	}, func(f *pflag.FlagSet) { signFlags(f, o) }, s.bind)
}

// formsCertifyCommand is assure/certify.
func (a *app) formsCertifyCommand(fl *formsFlags) *cobra.Command {
	var s signature
	o := &forms.CertifyOptions{}
	d := &documentCommand{app: a, forms: fl, options: o}
	d.request = func(in *inputs, document forms.Part) (forms.Request, error) {
		if err := errors.Join(s.check(), unlock(in, s.openPw, &o.Unlock)); err != nil {
			return nil, err
		}
		return forms.CertifyRequest{Document: document, Credential: s.alias, Field: s.field, Options: *o}, nil
	}
	return d.command(&cobra.Command{
		Use:     "certify --document FILE_OR_PATH --credential-alias ALIAS --field NAME [-o FILE] [flags]",
		Short:   "Certify a PDF",
		Long:    `Certifies a PDF: signs it as its author, and says what may be changed afterwards.`,
		Example: `  imsx forms certify --document contract.pdf --credential-alias company --field Author --permissions NO_CHANGES -o certified.pdf`,
	}, func(f *pflag.FlagSet) {
		f.Var(enumFlag(&o.Permissions), "permissions", "what may be changed afterwards (default FORM_CHANGES): "+valuesOf(o.Permissions))
		f.BoolVar(&o.LockField, "lock-field", false, "lock the field")
		f.StringVar(&o.LegalAttestation, "legal-attestation", "", "`TEXT` about what could change the legal meaning of the document")
		signFlags(f, &o.SignOptions)
	}, s.bind)
}

// formsSignFieldCommand is assure/signfield.
func (a *app) formsSignFieldCommand(fl *formsFlags) *cobra.Command {
	var field, rectangle, openPw string
	var page int
	o := &forms.SignatureFieldOptions{}
	d := &documentCommand{app: a, forms: fl, options: o}
	d.request = func(in *inputs, document forms.Part) (forms.Request, error) {
		if field == "" {
			return nil, usagef("--field is missing")
		}
		r, err := parseRectangle(rectangle)
		if err != nil {
			return nil, err
		}
		if err := unlock(in, openPw, &o.Unlock); err != nil {
			return nil, err
		}
		return forms.SignatureFieldRequest{Document: document, Field: field, Rectangle: r, Page: page, Options: *o}, nil
	}
	return d.command(&cobra.Command{
		Use:   "signfield --document FILE_OR_PATH --field NAME [-o FILE] [flags]",
		Short: "Add a signature field to a PDF",
		Long: `Adds a signature field to a PDF; without --rectangle it is invisible. The flags that begin with --seed say what a
signature in it must be like.`,
		Example: `  imsx forms signfield --document contract.pdf --field Signature1 --page 2 --rectangle 72,72,200,50 -o ready.pdf`,
	}, func(f *pflag.FlagSet) {
		lateEnum(f, func() *forms.MDPFilter { return &made(&o.FieldMDP).Filter }, "lock-fields", "which fields a signature locks")
		f.Var(&setFlag{kind: "NAMES", set: func(s string) error {
			made(&o.FieldMDP).Fields = strings.Split(s, ",")
			return nil
		}}, "lock-names", "names of the fields for INCLUDE and EXCLUDE, with commas")
		seedFlags(f, func() *forms.SeedValue { return made(&o.SeedValue) })
	}, func(f *pflag.FlagSet) {
		f.StringVar(&field, "field", "", "`NAME` of the new field")
		f.IntVar(&page, "page", 0, "`NUMBER` of its page (default 1)")
		f.StringVar(&rectangle, "rectangle", "", "its place from the lower left corner of the page, as `X,Y,WIDTH,HEIGHT` in points")
		f.StringVar(&openPw, "open-password-file", "", passwordUsage("the password of an encrypted document", "IMSX_OPEN_PASSWORD"))
	})
}

// parseRectangle reads four numbers with commas. No text is no rectangle.
func parseRectangle(s string) (*forms.Rectangle, error) {
	if s == "" {
		return nil, nil
	}
	r := &forms.Rectangle{}
	numbers := strings.Split(s, ",")
	fields := []*int{&r.LowerLeftX, &r.LowerLeftY, &r.Width, &r.Height}
	if len(numbers) != len(fields) {
		return nil, usagef("--rectangle must be four numbers: X,Y,WIDTH,HEIGHT")
	}
	for i, text := range numbers {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 {
			return nil, usagef("--rectangle: %q is not a whole number from 0", text)
		}
		*fields[i] = n
	}
	return r, nil
}
