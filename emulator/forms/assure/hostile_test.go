package assure_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

// hostile are documents that something is wrong with.
func hostile() map[string][]byte {
	doc := formDoc("")
	replace := func(old, new string) []byte { return bytes.ReplaceAll(doc, []byte(old), []byte(new)) }
	return map[string][]byte{
		"empty":               {},
		"text":                []byte("hello"),
		"header only":         []byte("%PDF-1.7\n"),
		"no startxref":        replace("startxref", "startxxxx"),
		"startxref too far":   append(bytes.Clone(doc), "\nstartxref\n99999999\n%%EOF"...),
		"startxref negative":  append(bytes.Clone(doc), "\nstartxref\n-5\n%%EOF"...),
		"startxref at itself": append(bytes.Clone(doc), fmt.Sprintf("\nstartxref\n%d\n%%%%EOF", len(doc)+1)...),
		"giant length":        replace("/Length 7", "/Length 99999999999999999997"),
		"giant size":          replace("/Size ", "/Size 9999999999"),
		"cyclic pages":        replace("/Kids[3 0 R]", "/Kids[2 0 R]"),
		"cyclic fields":       replace("/Kids[8 0 R 9 0 R 10 0 R]", "/Kids[7 0 R 8 0 R 7 0 R]  "),
		"pages are a number":  replace("/Pages 2 0 R", "/Pages 42   "),
		"fields are a name":   replace("/Fields[7 0 R]", "/Fields/None  "),
		"form is a string":    replace("/AcroForm<</Fields[7 0 R]>>", "/AcroForm(none)            "),
		"rectangle of names":  replace("72 500 322 600", "/a /b /c /d    "),
		"rectangle of one":    replace("72 500 322 600", "72            "),
		"rectangle too large": replace("72 500 322 600", "0 0 9e99 9e99 "),
		"nested arrays":       replace("/F 4/P 3 0 R", "/X"+string(bytes.Repeat([]byte("["), 5000))),
		"no root":             replace("/Root 1 0 R", "/Boot 1 0 R"),
		"root is a page":      replace("/Root 1 0 R", "/Root 3 0 R"),
		"encrypt is nothing":  replace("/Root 1 0 R", "/Root 1 0 R/Encrypt 77 0 R"),
		"encrypt is empty":    replace("/Root 1 0 R", "/Root 1 0 R/Encrypt<<>>"),
		"encrypt is a page":   replace("/Root 1 0 R", "/Root 1 0 R/Encrypt 3 0 R"),
	}
}

// everything does everything to a document, and returns the errors.
func everything(doc []byte) []error {
	var all []error
	note := func(err error) { all = append(all, err) }
	_, err := assure.Inspect(doc)
	note(err)
	_, err = assure.Encrypt(doc, assure.EncryptOptions{OpenPassword: "x"})
	note(err)
	_, err = assure.Decrypt(doc, "open")
	note(err)
	o := signOptions("form1[0].Sign[0]")
	o.Unlock.UnlockWith = "open"
	_, err = assure.Sign(doc, o)
	note(err)
	c := certifyOptions("Sign[0]", "")
	c.Appearance.Type, c.Appearance.Graphic.PDF = assure.GraphicAppearance, doc
	_, err = assure.Certify(doc, c)
	note(err)
	_, err = assure.AddSignatureField(doc, assure.FieldOptions{Field: "form1[0].new", Unlock: o.Unlock})
	note(err)
	return all
}

func onlyOwnErrors(t *testing.T, doc []byte) {
	t.Helper()
	for i, err := range everything(doc) {
		var own *assure.Error
		if err != nil && !errors.As(err, &own) {
			t.Errorf("operation %d: got error %v of type %T, want an *assure.Error", i, err, err)
		}
	}
}

func TestHostileDocumentsAreErrors(t *testing.T) {
	t.Parallel()
	for name, doc := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onlyOwnErrors(t, doc)
		})
	}
	_, err := assure.Inspect(make([]byte, pdf.MaxSize+1))
	wantError(t, err, "is the most")
}

func TestTruncatedDocumentsAreErrors(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string][]byte{"table": formDoc(""), "stream": withStreams(t, formDoc(""))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 0; n < len(doc)-8; n += 97 {
				_, err := assure.Sign(doc[:n], signOptions("form1[0].Sign[0]"))
				wantError(t, err, "")
				onlyOwnErrors(t, doc[:n])
			}
		})
	}
}

func FuzzDocuments(f *testing.F) {
	for _, doc := range hostile() {
		f.Add(doc)
	}
	f.Add(formDoc(""))
	f.Add(withStreams(f, formDoc("/XFA 5 0 R")))
	f.Add(must(f)(assure.Encrypt(formDoc(""), assure.EncryptOptions{OpenPassword: "open", Compatibility: assure.Acrobat10})))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 1<<16 {
			return
		}
		onlyOwnErrors(t, doc)
		out, err := assure.Sign(doc, signOptions("form1[0].Sign[0]"))
		if err == nil && !bytes.HasPrefix(out, doc) {
			t.Error("a signed document does not begin with what it was made from")
		}
	})
}
