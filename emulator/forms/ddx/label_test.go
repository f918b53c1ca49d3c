package ddx_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/ddx"
)

// labeled puts the label of each page, and that of the last, into a footer.
const labeled = `<Footer><Center><StyledText><p><_PageLabel/> of <_LastPageLabel/></p></StyledText></Center></Footer>`

func TestPageLabels(t *testing.T) {
	t.Parallel()
	const roman = `<PDF result="t" return="false"><PDF source="a.pdf"><PageLabel format="LowerRoman" prefix="x" start="3"/></PDF></PDF>`
	for _, tt := range []struct {
		name, inner string
		want        []string
	}{
		{"numbers without any", `<PDF result="r">` + labeled + `<PDF source="a.pdf" pages="1-2"/></PDF>`, []string{"Alpha 1 1 of 2", "Alpha 2 2 of 2"}},
		{
			"counted through a result", `<PDF result="r">` + labeled + `<PageLabel prefix="page "/><PDF source="c.pdf"/><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 page 1 of page 2", "Gamma 1 page 2 of page 2"},
		},
		{
			"inner ones count alone",
			`<PDF result="r">` + labeled + `<PageLabel/><PDF source="c.pdf"/><PDF source="a.pdf" pages="1-2"><PageLabel format="UpperAlpha" start="26"/></PDF><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 1 of 2", "Alpha 1 Z of 2", "Alpha 2 AA of 2", "Gamma 1 2 of 2"},
		},
		{
			"continued",
			`<PDF result="r">` + labeled + `<PDF source="a.pdf" pages="1"><PageLabel format="UpperRoman" start="4"/></PDF><PDFGroup><PageLabel mode="Continue"/><PDF source="c.pdf"/></PDFGroup></PDF>`,
			[]string{"Alpha 1 IV of V", "Gamma 1 V of V"},
		},
		{
			"kept from a source", roman + `<PDF result="r">` + labeled + `<PDF source="t" pages="last,1"/><PDF source="c.pdf"/></PDF>`,
			[]string{"Alpha 3 xv of 3", "Alpha 1 xiii of 3", "Gamma 1 3 of 3"},
		},
		{
			"kept in a scope", roman + `<PDF result="r">` + labeled + `<PageLabel prefix="n"/><PDF source="t" pages="1"><PageLabel mode="Preserve"/></PDF><PDF source="c.pdf"/></PDF>`,
			[]string{"Alpha 1 xiii of n1", "Gamma 1 n1 of n1"},
		},
		{"taken away", roman + `<PDF result="r">` + labeled + `<NoPageLabels/><PDF source="t" pages="2"/></PDF>`, []string{"Alpha 2 1 of 1"}},
		{"without a number", `<PDF result="r">` + labeled + `<PageLabel format="None" prefix="cover"/><PDF source="c.pdf"/></PDF>`, []string{"Gamma 1 cover of cover"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, texts(t, assembled(t, tt.inner))); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPageLabelsOfParts checks that documents made from bookmarks keep the labels of their pages.
func TestPageLabelsOfParts(t *testing.T) {
	t.Parallel()
	const show = `<PDF result="r">` + labeled + `<PDF source="part.000002.Alpha chapter 3.pdf"/></PDF>`
	out := run(t, `<PDFsFromBookmarks prefix="part"><PageLabel prefix="s"/><PDF source="a.pdf"/></PDFsFromBookmarks>`+show, ddx.Options{FailOnError: true})
	got := texts(t, open(t, out.Results[len(out.Results)-1].Data))
	if diff := cmp.Diff([]string{"Alpha 3 s3 of s3"}, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

func TestBaseDocument(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, inner, want string }{
		{"the first", `<PDF result="r"><PDF source="a.pdf"/><PDF source="c.pdf"/></PDF>`, "Title of Alpha"},
		{"the one that says so", `<PDF result="b.pdf"><PDF source="a.pdf"/><PDF source="b.pdf"/><PDF source="c.pdf" baseDocument="true"/></PDF>`, "Title of Gamma"},
		{"the one of the result's name", `<PDF result="b.pdf"><PDF source="a.pdf"/><PDF source="b.pdf"/></PDF>`, "Title of Beta"},
	} {
		if got := assembled(t, tt.inner).Info().Title; got != tt.want {
			t.Errorf("%s: got the title %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestBrokenPageLabels checks that labels which cannot be read are as if there were none.
func TestBrokenPageLabels(t *testing.T) {
	t.Parallel()
	plain := document(t, "Gamma", 1)
	for _, tree := range []string{
		"<</Kids[99 0 R]>>", "<</Nums[0]>>", "<</Nums[(a)<</S/D>>]>>", "<</Nums 7>>", "[]", "<</Nums[0 (x)]>>",
		"<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids[<</Kids" +
			"[<</Kids[<</Kids[]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>]>>",
	} {
		source := bytes.Replace(plain, []byte("/Type /Catalog"), []byte("/Type /Catalog /PageLabels "+tree), 1)
		if bytes.Equal(source, plain) {
			t.Fatal("the document has no catalog of the expected form")
		}
		job := parse(t, `<PDF result="r">`+labeled+`<PDF source="a"/></PDF>`)
		out, err := job.Run(t.Context(), map[string][]byte{"a": source}, ddx.Options{FailOnError: true})
		if err != nil {
			if !isError(err) {
				t.Errorf("%s: error %v of type %T", tree, err, err)
			}
			continue
		}
		if diff := cmp.Diff([]string{"Gamma 1 1 of 1"}, texts(t, open(t, out.Results[0].Data))); diff != "" {
			t.Errorf("%s: texts (-want +got):\n%s", tree, diff)
		}
	}
}
