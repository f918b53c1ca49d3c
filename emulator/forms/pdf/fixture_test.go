package pdf_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// plain makes a document of pages that say "page N of NAME".
func plain(t testing.TB, name string, pages int) []byte {
	t.Helper()
	d := fpdf.New("P", "pt", "A4", "")
	d.SetTitle(name, true)
	d.SetAuthor("Ada", true)
	for i := range pages {
		d.AddPage()
		d.SetFont("Helvetica", "", 20)
		d.Text(72, 100, fmt.Sprintf("page %d of %s", i+1, name))
	}
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// assemble writes objects, numbered from 1, the first being the catalog, as a document.
func assemble(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func streamObject(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content)
}

const state = "/Type/XObject/Subtype/Form/BBox[0 0 20 20]"

// formPDF is a document with a field of every kind. The fields begin at object 10.
func formPDF() []byte {
	fields := []string{
		`<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[100 700 300 720]/F 4/MK<</BC[0 0 1]/BG[0.9 0.9 1]>>%s>>`,
		`<</FT/Tx/T(notes)/Ff 4096/Type/Annot/Subtype/Widget/Rect[100 600 300 680]/F 4/MK<</BC[0]>>%s>>`,
		`<</FT/Btn/T(agree)/Type/Annot/Subtype/Widget/Rect[100 570 120 590]/F 4/AS/Off/AP<</N<</Yes 7 0 R/Off 8 0 R>>>>%s>>`,
		`<</FT/Btn/Ff 49152/T(color)/Kids[14 0 R 15 0 R]/Parent 9 0 R>>`,
		`<</Type/Annot/Subtype/Widget/Parent 13 0 R/Rect[100 540 120 560]/F 4/AS/Off/AP<</N<</red 7 0 R/Off 8 0 R>>>>>>`,
		`<</Type/Annot/Subtype/Widget/Parent 13 0 R/Rect[130 540 150 560]/F 4/AS/Off/AP<</N<</blue 7 0 R/Off 8 0 R>>>>>>`,
		`<</FT/Ch/Ff 131072/T(country)/Opt[[(DE)(Germany)][(FR)(France)]]/Type/Annot/Subtype/Widget/Rect[100 510 300 530]/F 4%s>>`,
		`<</FT/Ch/Ff 2097152/T(topics)/Opt[(one)(two)(three)]/Type/Annot/Subtype/Widget/Rect[100 450 300 500]/F 4%s>>`,
		`<</FT/Tx/Ff 16777216/MaxLen 8/T(code)/Type/Annot/Subtype/Widget/Rect[100 410 300 430]/F 4/MK<</BC[0]>>%s>>`,
		`<</FT/Tx/T(price[1])/Q 2/Type/Annot/Subtype/Widget/Rect[100 380 300 400]/F 4/MK<</BC[0]>>%s>>`,
		`<</FT/Sig/T(signature)/Type/Annot/Subtype/Widget/Rect[100 350 300 370]/F 4%s>>`,
	}
	for i := range fields {
		fields[i] = strings.ReplaceAll(fields[i], "%s", "/Parent 9 0 R/P 3 0 R")
	}
	objects := []string{
		`<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>`,
		`<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>`,
		`<</Type/Page/Parent 2 0 R/Contents 6 0 R/Resources<</Font<</H 5 0 R>>>>` +
			`/Annots[10 0 R 11 0 R 12 0 R 14 0 R 15 0 R 16 0 R 17 0 R 18 0 R 19 0 R 20 0 R]>>`,
		`<</Fields[9 0 R]/DA(/Helv 0 Tf 0 g)/DR<</Font<</Helv 5 0 R>>>>/NeedAppearances true>>`,
		`<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>`,
		streamObject("", "BT /H 16 Tf 100 760 Td (Application) Tj ET"),
		streamObject(state, "0 0 m 20 20 l S 0 20 m 20 0 l S"),
		streamObject(state, "0 0 20 20 re S"),
		`<</T(form1[0])/Kids[10 0 R 11 0 R 12 0 R 13 0 R 16 0 R 17 0 R 18 0 R 19 0 R 20 0 R]>>`,
	}
	return assemble(append(objects, fields...)...)
}

func open(t testing.TB, data []byte) *pdf.File {
	t.Helper()
	f, err := pdf.Open(data, pdf.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
