package pdfa_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/pdfa"
)

var now = time.Date(2031, time.May, 4, 15, 16, 17, 0, time.UTC)

// document builds a document from the texts of its objects, the first of which is the catalog and the last, if it begins
// with "info:", the information.
func document(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	info := ""
	for i, o := range objects {
		offsets[i] = b.Len()
		if rest, ok := strings.CutPrefix(o, "info:"); ok {
			o, info = rest, fmt.Sprintf("/Info %d 0 R", i+1)
		}
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	const id = "<00112233445566778899aabbccddeeff>"
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s/ID[%s%s]>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, info, id, id, at)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content)
}

// page is a document of one page. Parts are put into the catalog, the page and its resources; objects from 7 on are free.
type page struct {
	catalog, page, resources, content string
	more                              []string
}

func (p page) bytes() []byte {
	if p.content == "" {
		p.content = "0 0 1 rg BT /F1 24 Tf 72 720 Td (Invoice no. 4711: 1,234.50 \\200) Tj " +
			"/F2 24 Tf 0 -40 Td (Set in Times) Tj /F3 12 Tf 0 -40 Td (AVAILABLE fixed) Tj ET"
	}
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R" + p.catalog + ">>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 612 792]>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F2 6 0 R" +
			"/F3<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold>>>>" +
			p.resources + ">>" + p.page + ">>",
		stream("", p.content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Times-Italic>>",
	}
	return document(append(objects, p.more...)...)
}

// encrypted encrypts a document so that it opens without a password.
func encrypted(t *testing.T, doc []byte) []byte {
	t.Helper()
	conf := pdf.Configuration()
	conf.OwnerPW = "owner"
	var b bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(doc), &b, conf); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func wantError(t *testing.T, err error, part string) *pdfa.Error {
	t.Helper()
	var e *pdfa.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v of type %T, want a *pdfa.Error", err, err)
	}
	if !strings.Contains(e.Error(), part) {
		t.Fatalf("got error %q, want one with %q", e, part)
	}
	return e
}
