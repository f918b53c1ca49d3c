package assure_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

// signedAt is a time far from the machine's, so that a clock that is used by mistake shows.
var signedAt = time.Date(2031, time.May, 4, 15, 16, 17, 0, time.FixedZone("", 2*60*60))

// classic builds a document with a cross-reference table from the texts of its objects, the first of which is the catalog.
func classic(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	const id = "<00112233445566778899aabbccddeeff>"
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R/ID[%s%s]>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, id, id, at)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content)
}

const letter = "BT /F1 18 Tf 72 720 Td (Contract no. 42) Tj ET 72 700 m 540 700 l S"

// plainDoc is a document of two pages without a form.
func plainDoc() []byte {
	return classic(
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 612 792]>>",
		"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F1 6 0 R>>>>>>",
		"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F1 6 0 R>>>>/Rotate 90>>",
		stream("", letter),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	)
}

// formDoc is a document with a form: an XFA-like tree of names with two signature fields and a text field.
func formDoc(catalog string) []byte {
	widget := "<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/Parent 7 0 R/Rect[%s]/F 4/P 3 0 R>>"
	return classic(
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R]"+catalog+">>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 612 792]>>",
		"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</Font<</F1 6 0 R>>>>/Annots 4 0 R>>",
		"[8 0 R 9 0 R 10 0 R]",
		stream("", letter),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<</T(form1[0])/Kids[8 0 R 9 0 R 10 0 R]>>",
		fmt.Sprintf(widget, "Sign[0]", "72 500 322 600"),
		fmt.Sprintf(widget, "Sign[1]", "72 300 322 400"),
		"<</Type/Annot/Subtype/Widget/FT/Tx/DA(/F1 10 Tf 0 g)/T(Name[0])/Parent 7 0 R/Rect[72 200 322 220]/F 4/P 3 0 R>>",
	)
}

// withStreams writes a document anew, with a cross-reference stream and object streams.
func withStreams(t testing.TB, doc []byte) []byte {
	t.Helper()
	f, err := pdf.Open(doc, pdf.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := f.Context()
	ctx.WriteObjectStream, ctx.WriteXRefStream = true, true
	var b bytes.Buffer
	if err := api.WriteContext(ctx, &b); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()
	if !bytes.Contains(out, []byte("/XRef")) {
		t.Fatal("the document has no cross-reference stream")
	}
	return out
}

// authority is a root with an intermediate one, both worthless.
type authority struct {
	root, middle *x509.Certificate
	key          crypto.Signer
}

var theAuthority = sync.OnceValue(func() authority {
	rootKey, key := ecKey(), ecKey()
	root := issue("Worthless Root", rootKey.Public(), nil, rootKey)
	return authority{root, issue("Worthless Middle", key.Public(), root, rootKey), key}
})

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func ecKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func issue(name string, key crypto.PublicKey, parent *x509.Certificate, by crypto.Signer) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), NotBefore: signedAt.AddDate(-1, 0, 0), NotAfter: signedAt.AddDate(1, 0, 0),
		Subject: pkix.Name{CommonName: name, Organization: []string{"Example Inc."}, Country: []string{"DE"}},
		IsCA:    strings.HasPrefix(name, "Worthless"), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
}

// credentialOf issues a certificate for a key.
func credentialOf(key crypto.Signer, name string) assure.Credential {
	a := theAuthority()
	return assure.Credential{
		Signer: key, Certificate: issue(name, key.Public(), a.middle, a.key), Chain: []*x509.Certificate{a.middle},
	}
}

var credential = sync.OnceValue(func() assure.Credential { return credentialOf(rsaKey(), "Jane Signer") })

func signOptions(field string) assure.SignOptions {
	return assure.SignOptions{Field: field, Credential: credential(), Time: signedAt}
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// wantError checks that an error is of the package's type and names what is wrong.
func wantError(t *testing.T, err error, part string) {
	t.Helper()
	var e *assure.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v of type %T, want an *assure.Error", err, err)
	}
	if !strings.Contains(e.Error(), part) {
		t.Fatalf("got error %q, want one with %q", e, part)
	}
}
