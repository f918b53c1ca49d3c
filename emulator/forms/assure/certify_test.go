package assure_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/assure"
)

func certifyOptions(field string, p assure.MDPPermission) assure.CertifyOptions {
	o := assure.CertifyOptions{Field: field, Credential: credential(), Time: signedAt}
	o.Permissions = p
	return o
}

func TestCertifySaysWhatMayBeChanged(t *testing.T) {
	t.Parallel()
	for kind, doc := range map[string][]byte{"table": formDoc(""), "stream": withStreams(t, formDoc(""))} {
		for permission, level := range map[assure.MDPPermission]int{
			"": 2, assure.NoChanges: 1, assure.FormChanges: 2, assure.AnnotationFormChanges: 3,
		} {
			t.Run(kind+" "+string(permission), func(t *testing.T) {
				t.Parallel()
				o := certifyOptions("form1[0].Sign[0]", permission)
				o.LockField = true
				out := must(t)(assure.Certify(doc, o))
				verified(t, doc, out, 1)
				ctx := opens(t, out, "").Context()
				if ctx.CertifiedSigObjNr == 0 {
					t.Error("the document does not count as certified")
				}
				added := string(out[len(doc):])
				for _, want := range []string{
					"/Perms <</DocMDP ", fmt.Sprintf("/P %d\n", level), "/Ff 1\n", "/SigFlags 3\n", "/F 132\n",
				} {
					if !strings.Contains(added, want) {
						t.Errorf("the update has no %q", want)
					}
				}
			})
		}
	}
}

func TestCertifyAttests(t *testing.T) {
	t.Parallel()
	doc := formDoc("")
	o := certifyOptions("form1[0].Sign[0]", "")
	o.LegalAttestation = "Nothing hidden"
	out := must(t)(assure.Certify(doc, o))
	verified(t, doc, out, 1)
	if !bytes.Contains(out, []byte("/Legal <</Attestation (Nothing hidden)")) {
		t.Error("the catalog has no attestation")
	}
	verified(t, out, must(t)(assure.Sign(out, signOptions("form1[0].Sign[1]"))), 2)
}

func TestCertifyAndSignObeyTheDocumentsRules(t *testing.T) {
	t.Parallel()
	doc := formDoc("")
	first, second := "form1[0].Sign[0]", "form1[0].Sign[1]"
	signed := must(t)(assure.Sign(doc, signOptions(first)))
	closed := must(t)(assure.Certify(doc, certifyOptions(first, assure.NoChanges)))
	open := must(t)(assure.Certify(doc, certifyOptions(first, assure.FormChanges)))
	ordinary := must(t)(assure.Certify(doc, certifyOptions(first, assure.NonAuthorSignature)))

	_, err := assure.Certify(signed, certifyOptions(second, ""))
	wantError(t, err, "signed already")
	_, err = assure.Certify(open, certifyOptions(second, ""))
	wantError(t, err, "certified already")
	_, err = assure.Sign(closed, signOptions(second))
	wantError(t, err, "certified against all changes")
	_, err = assure.AddSignatureField(closed, assure.FieldOptions{Field: "x"})
	wantError(t, err, "certified against all changes")
	verified(t, open, must(t)(assure.Sign(open, signOptions(second))), 2)
	verified(t, ordinary, must(t)(assure.Sign(ordinary, signOptions(second))), 2)
	if bytes.Contains(ordinary, []byte("DocMDP")) {
		t.Error("an ordinary signature certifies")
	}

	_, err = assure.Certify(doc, certifyOptions(first, "EVERYTHING"))
	wantError(t, err, "permissions")
	o := certifyOptions(first, "")
	o.LegalAttestation = strings.Repeat("x", assure.MaxText+1)
	_, err = assure.Certify(doc, o)
	wantError(t, err, "legalAttestation")
}

func TestSignedDocumentsAreNotWrittenAnew(t *testing.T) {
	t.Parallel()
	signed := must(t)(assure.Sign(formDoc(""), signOptions("form1[0].Sign[0]")))
	_, err := assure.Encrypt(signed, assure.EncryptOptions{OpenPassword: "x"})
	wantError(t, err, "is signed")
	locked := must(t)(assure.Encrypt(formDoc(""), assure.EncryptOptions{OpenPassword: "open"}))
	o := signOptions("form1[0].Sign[0]")
	o.Unlock.UnlockWith = "open"
	_, err = assure.Decrypt(must(t)(assure.Sign(locked, o)), "open")
	wantError(t, err, "is signed")
}
