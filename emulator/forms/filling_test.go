package forms_test

import (
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// pdfForm is a document with a form, whose fields are given, as some programs leave it: without a table of its objects and
// without a default appearance.
func pdfForm(form, widget string) string {
	return `%PDF-1.7
1 0 obj
<</Type/Catalog/Pages 2 0 R/AcroForm<<` + form + `>>>>
endobj
2 0 obj
<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 200]>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/Resources<<>>/Annots[4 0 R]>>
endobj
4 0 obj
<</Type/Annot/Subtype/Widget/P 3 0 R/F 4/Rect[10 10 200 30]` + widget + `>>
endobj
5 0 obj
<</Length 6>>
stream
<xdp/>
endstream
endobj
trailer
<</Size 6/Root 1 0 R>>
%%EOF
`
}

// TestPDFTemplate fills a form, flattens it, and says what it could not do.
func TestPDFTemplate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct{ name, form, widget, want, note string }{
		{"a form", "/Fields[4 0 R]", "/FT/Tx/T(name)", "Ada Lovelace", ""},
		{"a short field", "/Fields[4 0 R]", "/FT/Tx/T(name)/MaxLen 3", "Ada", `Field "name": the value was cut to the 3 characters that the field holds.`},
		{"an XFA form beside", "/Fields[4 0 R]/XFA 5 0 R", "/FT/Tx/T(name)", "Ada Lovelace", "Of the template's XFA form only the fields are filled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := f.post(t, outputPath+"generatePDFOutput", field{"template", "form.pdf", "application/pdf", pdfForm(tt.form, tt.widget)},
				file("data", "application/xml", "<form><name>Ada Lovelace</name></form>"))
			wantStatus(t, got, 200)
			opened, err := pdf.Open(got.Body.Bytes(), pdf.OpenOptions{})
			must(t, err)
			text, err := opened.PageText(1)
			must(t, err)
			if strings.TrimSpace(text) != tt.want || opened.HasForm() {
				t.Errorf("the page's text is %q, want %q; there is a form: %v", text, tt.want, opened.HasForm())
			}
			if note := opened.Info().Properties["Approximations"]; (note == "") != (tt.note == "") || !strings.Contains(note, tt.note) {
				t.Errorf("the note is %q, want one with %q", note, tt.note)
			}
		})
	}
}

// TestPDFTemplateOfXFA has no fields that the PDF document has by itself.
func TestPDFTemplateOfXFA(t *testing.T) {
	t.Parallel()
	got := newFixture(t).post(t, outputPath+"generatePDFOutput", field{"template", "form.pdf", "application/pdf", pdfForm("/Fields[]/XFA 5 0 R", "")})
	if wantStatus(t, got, 400); !strings.Contains(got.Body.String(), "XFA form") {
		t.Errorf("body %s", got.Body)
	}
}
