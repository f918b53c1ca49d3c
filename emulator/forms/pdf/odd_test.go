package pdf_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// oddForm is a document with one field, in object 5. Its form has no default appearance, which it must have by the standard
// and often lacks.
func oddForm(field string) []byte {
	const widget = "/Type/Annot/Subtype/Widget/P 3 0 R/F 4/Rect[100 700 300 720]"
	return assemble(
		`<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>`,
		`<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>`,
		`<</Type/Page/Parent 2 0 R/Resources<<>>/Annots[5 0 R]>>`,
		streamObject(state+"/Resources<</Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>", "BT /H 9 Tf (mark) Tj ET"),
		"<<"+widget+field+">>",
	)
}

func flatText(t *testing.T, form []byte, data string) (text string, notes []string) {
	t.Helper()
	out, report, err := pdf.Fill(form, []byte(data), pdf.FillOptions{Flatten: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err = open(t, out).PageText(1)
	if err != nil {
		t.Fatal(err)
	}
	return text, report.Notes
}

func TestFillOddForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, field, data, want string }{
		{"without a default appearance", `/FT/Tx/T(a)`, `<d><a>text</a></d>`, "text"},
		{"a state with a space in its name", `/FT/Btn/T(a)/AS/Off/AP<</N<</Ja#20wohl 4 0 R>>>>`, `<d><a>Ja wohl</a></d>`, "mark"},
		{"a state with a sign for codes in its name", `/FT/Btn/T(a)/AS/Off/AP<</N<</5#2320 4 0 R>>>>`, `<d><a>5#20</a></d>`, "mark"},
		{"a choice that was made before", `/FT/Ch/Ff 131072/T(a)/V(fr)/Opt[[(de)(Germany)][(fr)(France)]]`, ``, "France"},
		{"a text that was there before", `/FT/Tx/T(a)/V(before)`, ``, "before"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, notes := flatText(t, oddForm(tt.field), tt.data)
			if strings.TrimSpace(text) != tt.want || len(notes) > 0 {
				t.Errorf("the page's text is %q with notes %q, want %q", text, notes, tt.want)
			}
		})
	}
}

// TestFillComb looks for the lines between the cells, which are there if the field has a border.
func TestFillComb(t *testing.T) {
	t.Parallel()
	const comb = `/FT/Tx/T(a)/Ff 16777216/MaxLen 4`
	for _, tt := range []struct {
		name, field string
		lines       int
	}{{"with a border", comb + "/MK<</BC[1 0 0]>>", 3}, {"without", comb, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if text, _ := flatText(t, oddForm(tt.field), `<d><a>AB</a></d>`); strings.Join(strings.Fields(text), "") != "AB" {
				t.Errorf("the page's text is %q, want AB", text)
			}
			f := open(t, fillWith(t, oddForm(tt.field), `<d><a>AB</a></d>`))
			if got := strings.Count(appearance(t, f), " l S"); got != tt.lines {
				t.Errorf("got %d lines, want %d", got, tt.lines)
			}
		})
	}
}

func fillWith(t *testing.T, form []byte, data string) []byte {
	t.Helper()
	out, _, err := pdf.Fill(form, []byte(data), pdf.FillOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// appearance returns the content of all forms that draw themselves, but the mark.
func appearance(t *testing.T, f *pdf.File) string {
	t.Helper()
	var b bytes.Buffer
	ctx := f.Context()
	for number := range ctx.Table {
		if sd, _, err := ctx.DereferenceStreamDict(*types.NewIndirectRef(number, 0)); err == nil && sd != nil {
			if err := sd.Decode(); err != nil {
				t.Fatal(err)
			}
			b.Write(sd.Content)
		}
	}
	return b.String()
}
