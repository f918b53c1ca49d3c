package assure_test

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"github.com/smallstep/pkcs7"

	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

func TestSignAppendsAVerifiableSignature(t *testing.T) {
	t.Parallel()
	docs := map[string][]byte{"table": formDoc(""), "stream": withStreams(t, formDoc(""))}
	ec := credentialOf(ecKey(), "Edgar Curve")
	cases := map[string]func(*assure.SignOptions){
		"defaults": func(*assure.SignOptions) {},
		"SHA384":   func(o *assure.SignOptions) { o.Digest = assure.SHA384 },
		"SHA512":   func(o *assure.SignOptions) { o.Digest = assure.SHA512 },
		"CAdES":    func(o *assure.SignOptions) { o.Appearance.Format = assure.CAdES },
		"ECDSA":    func(o *assure.SignOptions) { o.Credential = ec },
		"EC CAdES": func(o *assure.SignOptions) { o.Credential, o.Appearance.Format = ec, assure.CAdES },
		"texts": func(o *assure.SignOptions) {
			o.Reason, o.Location, o.Contact = "Größe (ok)", "San José", "a@example.com"
		},
		"no graphic": func(o *assure.SignOptions) {
			o.Appearance.Type, o.Appearance.Direction = assure.NoGraphic, assure.RightToLeft
		},
		"graphic": func(o *assure.SignOptions) {
			o.Appearance.Type, o.Appearance.Graphic.PDF = assure.GraphicAppearance, plainDoc()
			o.Appearance.Logo.PDF = withStreams(t, plainDoc())
		},
	}
	for kind, doc := range docs {
		for name, change := range cases {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				o := signOptions("form1[0].Sign[0]")
				change(&o)
				out := must(t)(assure.Sign(doc, o))
				p7 := verified(t, doc, out, 1)
				opens(t, out, "")
				cades := o.Appearance.Format == assure.CAdES
				at, timed := signingTime(p7)
				if timed == cades || timed && !at.Equal(signedAt) {
					t.Errorf("got signing time %v, %t", at, timed)
				}
				var id struct{ Certs []struct{ Hash []byte } }
				if err := p7.UnmarshalSignedAttribute(oidCertV2, &id); cades && (err != nil && !strings.Contains(err.Error(), "trailing")) {
					t.Errorf("got no certificate attribute: %v", err)
				}
				if got := bytes.Contains(out, []byte("/ETSI.CAdES.detached")); got != cades {
					t.Errorf("got CAdES %t, want %t", got, cades)
				}
				if !bytes.Contains(out[len(doc):], []byte("/M (D:20310504151617+02'00')")) {
					t.Error("the time is not in the document")
				}
			})
		}
	}
}

func TestSignKeepsEarlierSignatures(t *testing.T) {
	t.Parallel()
	doc := formDoc("")
	one := must(t)(assure.Sign(doc, signOptions("form1[0].Sign[0]")))
	two := must(t)(assure.Sign(one, signOptions("form1[0].Sign[1]")))
	verified(t, one, two, 2)

	_, err := assure.Sign(two, signOptions("form1[0].Sign[1]"))
	wantError(t, err, "signed already")
	broken := bytes.Replace(two, []byte("Contract"), []byte("contract"), 1)
	p7 := parseContents(t, contentsOf(t, broken))
	p7.Content = broken
	if err := p7.Verify(); err == nil {
		t.Error("a changed document verifies")
	}
	var mismatch *pkcs7.MessageDigestMismatchError
	if err := p7.Verify(); !errors.As(err, &mismatch) {
		t.Errorf("got %v, want a digest that does not match", err)
	}
}

func contentsOf(t *testing.T, doc []byte) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(doc, []byte("/Contents <3"))
	if !ok {
		t.Fatal("no signature")
	}
	digits, _, _ := bytes.Cut(rest, []byte(">"))
	return append([]byte("3"), digits...)
}

func TestSignEncryptedDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []assure.Compatibility{assure.Acrobat6, assure.Acrobat7, assure.Acrobat10} {
		for kind, plain := range map[string][]byte{"table": formDoc(""), "stream": withStreams(t, formDoc(""))} {
			t.Run(string(c)+" "+kind, func(t *testing.T) {
				t.Parallel()
				doc := must(t)(assure.Encrypt(plain, assure.EncryptOptions{
					OpenPassword: "open", PermPassword: "perm", Compatibility: c,
				}))
				for _, password := range []string{"open", "perm"} {
					o := signOptions("form1[0].Sign[0]")
					o.Reason = "a secret reason"
					o.Unlock = assure.Unlock{Encryption: assure.PasswordBasedEncrypt, UnlockWith: password}
					out := must(t)(assure.Sign(doc, o))
					verified(t, doc, out, 1)
					if got := reasonIn(t, opens(t, out, "open")); got != o.Reason {
						t.Errorf("the reason is read as %q", got)
					}
					if bytes.Contains(out, []byte(o.Reason)) {
						t.Error("the reason is not encrypted")
					}
				}
				_, err := assure.Sign(doc, signOptions("form1[0].Sign[0]"))
				wantError(t, err, "password")
			})
		}
	}
}

// reasonIn returns the reason that a document's signature gives, decrypted.
func reasonIn(t *testing.T, f *pdf.File) string {
	t.Helper()
	for _, entry := range f.Context().Table {
		d, ok := entry.Object.(types.Dict)
		if !ok || d["Reason"] == nil {
			continue
		}
		reason, err := f.Context().DereferenceText(d["Reason"])
		if err != nil {
			t.Fatal(err)
		}
		return reason
	}
	t.Fatal("no signature has a reason")
	return ""
}

func TestSignFindsFieldsByPartOfTheirNameInXFA(t *testing.T) {
	t.Parallel()
	xfa := formDoc("/XFA 5 0 R")
	cases := []struct{ name, field, problem string }{
		{"full", "form1[0].Sign[1]", ""},
		{"last part", "Sign[1]", ""},
		{"no index", "Sign", ""},
		{"not there", "Sign[2]", "no signature field"},
		{"a text field", "form1[0].Name[0]", "is not a signature field"},
		{"part of a text field", "Name[0]", "no signature field"},
		{"half a part", "ign[1]", "no signature field"},
		{"none", "", "field is missing"},
		{"long", strings.Repeat("x", assure.MaxText+1), "bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := assure.Sign(xfa, signOptions(c.field))
			if c.problem != "" {
				wantError(t, err, c.problem)
				return
			}
			verified(t, xfa, must(t)(out, err), 1)
		})
	}
	_, err := assure.Sign(formDoc(""), signOptions("Sign[1]"))
	wantError(t, err, "no signature field")
	_, err = assure.Sign(plainDoc(), signOptions("Sign[1]"))
	wantError(t, err, "no signature field")
}

func TestSignRefusesBadOptions(t *testing.T) {
	t.Parallel()
	opacity, size := 1.5, 10241
	cases := map[string]struct {
		change func(*assure.SignOptions)
		part   string
	}{
		"digest":      {func(o *assure.SignOptions) { o.Digest = "MD5" }, "digestMethod"},
		"order":       {func(o *assure.SignOptions) { o.Revocation.Order = "NONE" }, "revocation.order"},
		"size":        {func(o *assure.SignOptions) { o.Revocation.MaxSize = &size }, "revocation.maxSize"},
		"type":        {func(o *assure.SignOptions) { o.Appearance.Type = "PHOTO" }, "appearance.type"},
		"format":      {func(o *assure.SignOptions) { o.Appearance.Format = "PGP" }, "appearance.signingFormat"},
		"direction":   {func(o *assure.SignOptions) { o.Appearance.Direction = "UP" }, "appearance.textDirection"},
		"opacity":     {func(o *assure.SignOptions) { o.Appearance.Logo.Opacity = &opacity }, "opacity"},
		"no graphic":  {func(o *assure.SignOptions) { o.Appearance.Type = assure.GraphicAppearance }, "graphic.pdf"},
		"bad graphic": {graphic([]byte("%PDF-1.4 nonsense")), "graphic.pdf"},
		"big graphic": {graphic(make([]byte, assure.MaxGraphic+1)), "graphic.pdf"},
		"reason":      {func(o *assure.SignOptions) { o.Reason = strings.Repeat("x", assure.MaxText+1) }, "reason"},
		"unlock":      {func(o *assure.SignOptions) { o.Unlock.Encryption = "KEY" }, "unlock.encryption"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := signOptions("form1[0].Sign[0]")
			c.change(&o)
			_, err := assure.Sign(formDoc(""), o)
			wantError(t, err, c.part)
		})
	}
}

func graphic(data []byte) func(*assure.SignOptions) {
	return func(o *assure.SignOptions) {
		o.Appearance.Type, o.Appearance.Graphic.PDF = assure.GraphicAppearance, data
	}
}

// refusing is a key that does not sign.
type refusing struct{ crypto.Signer }

var errRefused = errors.New("no")

func (refusing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errRefused }

func TestSignTellsFaultsOfTheCredentialApart(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(*assure.SignOptions)
		part   string
	}{
		"none":    {func(o *assure.SignOptions) { o.Credential = assure.Credential{} }, "no key"},
		"foreign": {func(o *assure.SignOptions) { o.Credential.Signer = ecKey() }, "does not belong"},
		"early":   {func(o *assure.SignOptions) { o.Time = signedAt.AddDate(-2, 0, 0) }, "not at the time"},
		"no time": {func(o *assure.SignOptions) { o.Time = time.Time{} }, "time of signing is missing"},
		"refuses": {func(o *assure.SignOptions) { o.Credential.Signer = refusing{rsaKey()} }, "does not sign"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := signOptions("form1[0].Sign[0]")
			c.change(&o)
			_, err := assure.Sign(formDoc(""), o)
			var own *assure.Error
			if err == nil || errors.As(err, &own) || !strings.Contains(err.Error(), c.part) {
				t.Errorf("got error %v, want one of the credential with %q", err, c.part)
			}
		})
	}
}

func TestNotesNameWhatIsApproximated(t *testing.T) {
	t.Parallel()
	var s assure.Signature
	s.Revocation.EnforceEmbedding = true
	s.Reason = "שלום"
	if got := s.Notes(); len(got) != 4 {
		t.Errorf("got notes %q, want four", got)
	}
	c := assure.Certification{Permissions: assure.NonAuthorSignature}
	c.Appearance.Display.HideDefaultLogo = true
	want := []string{
		"Revocation is not checked, and no revocation data is embedded.",
		"A certification with NON_AUTHOR_SIGNATURE is an ordinary signature.",
	}
	if diff := cmp.Diff(c.Notes(), want); diff != "" {
		t.Error(diff)
	}
}
