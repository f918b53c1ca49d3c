package ddx_test

import (
	"bytes"
	"fmt"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/ddx"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

// commented is a document with a link, a comment and, if form is given, a field, each on its page.
func commented(t *testing.T, form bool) []byte {
	t.Helper()
	d := fpdf.New("P", "pt", "A4", "")
	d.AddPage()
	d.LinkString(10, 10, 100, 20, "https://example.com/")
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	f := open(t, b.Bytes())
	ctx := f.Context()
	pages, err := pdf.Pages(ctx)
	if err != nil {
		t.Fatal(err)
	}
	annots, err := ctx.DereferenceArray(pages[0].Dict["Annots"])
	if err != nil {
		t.Fatal(err)
	}
	rect := types.NewNumberArray(100, 100, 200, 120)
	annots = append(annots, types.Dict{
		"Type": types.Name("Annot"), "Subtype": types.Name("Text"), "Rect": rect, "Contents": types.StringLiteral("a comment"),
	})
	if form {
		field := types.Dict{
			"Type": types.Name("Annot"), "Subtype": types.Name("Widget"), "Rect": rect, "FT": types.Name("Tx"),
			"T": types.StringLiteral("name"), "V": types.StringLiteral("Ada"),
		}
		ref, err := ctx.IndRefForNewObject(field)
		if err != nil {
			t.Fatal(err)
		}
		annots = append(annots, *ref)
		ctx.RootDict["AcroForm"] = types.Dict{"Fields": types.Array{*ref}, "DA": types.StringLiteral("/Helv 10 Tf 0 g")}
	}
	pages[0].Dict["Annots"] = annots
	out, err := pdf.Write(ctx, noon)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func annotations(t *testing.T, f *pdf.File) []string {
	t.Helper()
	pages, err := pdf.Pages(f.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for i, p := range pages {
		annots, err := f.Context().DereferenceArray(p.Dict["Annots"])
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range annots {
			d, err := f.Context().DereferenceDict(o)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, fmt.Sprintf("%d %s", i+1, *d.Subtype()))
		}
	}
	return kinds
}

func TestTakeAway(t *testing.T) {
	t.Parallel()
	all := map[string][]byte{"x.pdf": commented(t, true), "y.pdf": commented(t, false), "form": commented(t, true)}
	for _, tt := range []struct {
		name, inner string
		want        []string
		form        bool
	}{
		{"nothing", `<PDF source="x.pdf"/>`, []string{"1 Link", "1 Text", "1 Widget"}, true},
		{"comments", `<NoComments/><PDF source="x.pdf"/>`, []string{"1 Link", "1 Widget"}, true},
		{"links of one source", `<PDF source="x.pdf"><NoLinks/></PDF><PDF source="y.pdf"/>`, []string{"1 Text", "1 Widget", "2 Link", "2 Text"}, true},
		{"forms", `<NoForms/><PDF source="x.pdf"/>`, []string{"1 Link", "1 Text"}, false},
		{"of a page that comes again", `<PDF source="x.pdf" pages="1,1"/>`, []string{"1 Link", "1 Text", "1 Widget"}, true},
		{"all the rest", `<NoJavaScripts/><NoThumbnails/><NoFileAttachments/><NoXFA/><PDF source="y.pdf"/>`, []string{"1 Link", "1 Text"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := parse(t, `<PDF result="r">`+tt.inner+`</PDF>`).Run(t.Context(), all, ddx.Options{FailOnError: true})
			if err != nil {
				t.Fatal(err)
			}
			f := open(t, out.Results[0].Data)
			if diff := cmp.Diff(tt.want, annotations(t, f)); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if f.HasForm() != tt.form {
				t.Errorf("form %t, want %t", f.HasForm(), tt.form)
			}
		})
	}
	t.Run("flattened text stays", func(t *testing.T) {
		t.Parallel()
		out, err := parse(t, `<PDF result="r"><NoForms/><PDF source="x.pdf"/></PDF>`).Run(t.Context(), all, ddx.Options{FailOnError: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Ada"}, texts(t, open(t, out.Results[0].Data))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("fields of pages that are left out", func(t *testing.T) {
		t.Parallel()
		out, err := parse(t, `<PDF result="two" return="false"><PDF source="x.pdf"/><PDF source="y.pdf"/></PDF><PDF result="r"><PDF source="two" pages="2"/></PDF>`).
			Run(t.Context(), all, ddx.Options{FailOnError: true})
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, out.Results[0].Data)
		if f.HasForm() || bytes.Contains(out.Results[0].Data, []byte("(Ada)")) {
			t.Error("the field of the first page is still there")
		}
	})
}
