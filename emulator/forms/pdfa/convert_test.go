package pdfa_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/pdfa"
)

func TestConvertRemovesWhatIsNotAllowed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		doc    page
		change string
		gone   string
	}{
		"open action": {page{catalog: "/OpenAction<</S/JavaScript/JS(x)>>"}, "Actions", "/JavaScript"},
		"scripts":     {page{catalog: "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(x)>>]>>>>"}, "JavaScript", "/JavaScript"},
		"trigger":     {page{catalog: "/AA<</WC<</S/JavaScript/JS(x)>>>>"}, "Actions", "/AA"},
		"link": {
			page{page: "/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(a.exe)>>>>]"}, "Actions", "/Launch",
		},
		"following action": {
			page{catalog: "/OpenAction<</S/Named/N/NextPage/Next[<</S/JavaScript/JS(x)>>]>>"}, "", "/JavaScript",
		},
		"movie": {page{page: "/Annots[<</Type/Annot/Subtype/Movie/Rect[0 0 9 9]/Movie<</F(a)>>>>]"}, "Annotations", "/Movie"},
		"XFA": {page{
			catalog: "/AcroForm<</Fields[7 0 R]/XFA 4 0 R/NeedAppearances true>>", more: []string{"<</FT/Tx/T(a)/DA(/F1 9 Tf)>>"},
		}, "The XFA form", "/XFA"},
		"file": {page{
			catalog: "/Names<</EmbeddedFiles<</Names[(a)7 0 R]>>>>",
			more:    []string{"<</Type/Filespec/F(a)/UF(a)/EF<</F 8 0 R>>>>", stream("/Type/EmbeddedFile", "hello")},
		}, "Embedded files", "/EmbeddedFile"},
		"group":    {page{page: "/Group<</S/Transparency/CS/DeviceRGB>>"}, "", "/Transparency"},
		"transfer": {page{resources: "/ExtGState<</G<</TR/Identity>>>>"}, "", "/TR"},
		"layers":   {page{catalog: "/OCProperties<</OCGs[]/D<<>>>>"}, "Layers", "/OCProperties"},
		"interpolation": {page{resources: "/XObject<</I 7 0 R>>", more: []string{
			stream("/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Interpolate true", "a"),
		}}, "", "/Interpolate true"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, r, err := pdfa.Convert(c.doc.bytes(), pdfa.ConvertOptions{Time: now, ResultLevel: pdfa.Detailed})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Changes, func(s string) bool { return strings.HasPrefix(s, c.change) }) {
				t.Errorf("got changes %q, want one with %q", r.Changes, c.change)
			}
			if bytes.Contains(out, []byte(c.gone)) {
				t.Errorf("the document still has %s", c.gone)
			}
		})
	}
}

func TestConvertKeepsFilesInPartThree(t *testing.T) {
	t.Parallel()
	doc := page{
		catalog: "/Names<</EmbeddedFiles<</Names[(a)7 0 R]>>>>",
		more:    []string{"<</Type/Filespec/UF(a)/EF<</F 8 0 R>>>>", stream("/Type/EmbeddedFile", "hello")},
	}.bytes()
	out, _, err := pdfa.Convert(doc, pdfa.ConvertOptions{Compliance: pdfa.PDFA3B, Time: now})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out, []byte("/AFRelationship/Unspecified")) || !bytes.Contains(out, []byte("hello")) {
		t.Error("the file is not there, or has no relationship")
	}
}

func TestConvertDecrypts(t *testing.T) {
	t.Parallel()
	out, r, err := pdfa.Convert(encrypted(t, page{}.bytes()), pdfa.ConvertOptions{Time: now})
	if err != nil {
		t.Fatal(err)
	}
	f, err := pdf.Open(out, pdf.OpenOptions{})
	if err != nil || f.Encrypted() {
		t.Errorf("the document is still encrypted, or broken: %v", err)
	}
	if !slices.Contains(r.Changes, "The encryption was removed.") {
		t.Errorf("got changes %q", r.Changes)
	}
}

func TestConvertRefusesWhatItCannotMend(t *testing.T) {
	t.Parallel()
	other := "<</Type/Font/Subtype/Type1/BaseFont/Garamond/FirstChar 65/LastChar 65/Widths[500]" +
		"/FontDescriptor<</Type/FontDescriptor/FontName/Garamond/Flags 32/FontBBox[0 0 1 1]/ItalicAngle 0/Ascent 1/Descent 1/CapHeight 1/StemV 1>>>>"
	cases := map[string]struct {
		doc    page
		o      pdfa.ConvertOptions
		clause string
	}{
		"font":          {page{resources: "/X 7 0 R", page: "/Resources<</Font<</F9 7 0 R>>>>", more: []string{other}}, pdfa.ConvertOptions{}, "6.3.4"},
		"transparency":  {page{resources: "/ExtGState<</G<</ca 0.5>>>>"}, pdfa.ConvertOptions{}, "6.4"},
		"CMYK":          {page{content: "0 0 0 1 k"}, pdfa.ConvertOptions{}, "6.2.3.3"},
		"CMYK for SWOP": {page{content: "0 0 0 1 k"}, pdfa.ConvertOptions{ColorSpace: pdfa.SWOP, Compliance: pdfa.PDFA2B}, "6.2.4.3"},
		"hidden layer":  {page{catalog: "/OCProperties<</OCGs[7 0 R]/D<</OFF[7 0 R]>>>>", more: []string{"<</Type/OCG/Name(a)>>"}}, pdfa.ConvertOptions{}, "6.1.13"},
		"hidden note":   {page{page: "/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/F 2>>]"}, pdfa.ConvertOptions{}, "6.5.3"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.o.Time, c.o.ResultLevel = now, pdfa.Detailed
			out, r, err := pdfa.Convert(c.doc.bytes(), c.o)
			e := wantError(t, err, "cannot be made PDFA_")
			if out != nil || r.IsPDFA || e.Report.IsPDFA {
				t.Error("a document is returned, or said to be PDF/A")
			}
			if !slices.ContainsFunc(e.Report.Findings, func(f pdfa.Finding) bool { return f.Clause == c.clause }) {
				t.Errorf("got findings %v, want %s", e.Report.Findings, c.clause)
			}
		})
	}
	all := pdfa.ConvertOptions{Time: now, OptionalContent: pdfa.AllContent}
	if _, _, err := pdfa.Convert(cases["hidden layer"].doc.bytes(), all); err != nil {
		t.Errorf("all layers: got %v", err)
	}
}

func TestConvertKeepsTheInformation(t *testing.T) {
	t.Parallel()
	doc := page{more: []string{
		"info:<</Title(Rechnung <1> & mehr)/Author<FEFF00C400620063>/Keywords(a, b)/CreationDate(D:20200102030405+01'00')>>",
	}}.bytes()
	for _, c := range []pdfa.Compliance{pdfa.PDFA1B, pdfa.PDFA3B} {
		out, _, err := pdfa.Convert(doc, pdfa.ConvertOptions{Compliance: c, Time: now, Verify: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"Rechnung &lt;1&gt; &amp; mehr", "<rdf:li>Äbc</rdf:li>", "<pdf:Keywords>a, b<",
			"<xmp:CreateDate>2020-01-02T03:04:05+01:00<",
			"<xmp:ModifyDate>2031-05-04T15:16:17Z<", "<pdfaid:conformance>B<",
		} {
			if !bytes.Contains(out, []byte(want)) {
				t.Errorf("%s: the metadata has no %q", c, want)
			}
		}
	}
}

func TestConvertIsRepeatable(t *testing.T) {
	t.Parallel()
	one, two := archived(t, pdfa.PDFA2B), archived(t, pdfa.PDFA2B)
	if !bytes.Equal(one, two) {
		t.Error("two conversions of one document differ")
	}
	again, _, err := pdfa.Convert(one, pdfa.ConvertOptions{Compliance: pdfa.PDFA1B, Time: now})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(again, []byte("/GTS_PDFA1")); n != 1 {
		t.Errorf("got %d output intents, want 1", n)
	}
}

// TestSubstitutesHaveTheWidths compares the programs of the embedded fonts with the core fonts' widths.
func TestSubstitutesHaveTheWidths(t *testing.T) {
	t.Parallel()
	f, err := pdf.Open(archived(t, pdfa.PDFA2B), pdf.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := f.Context()
	checked := 0
	for core, object := range map[string]int{"Helvetica": 5, "Times-Italic": 6} {
		d, err := ctx.DereferenceDict(*types.NewIndirectRef(object, 0))
		if err != nil {
			t.Fatal(err)
		}
		descriptor, err := ctx.DereferenceDict(d["FontDescriptor"])
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := ctx.DereferenceStreamDict(descriptor["FontFile2"])
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Decode(); err != nil {
			t.Fatal(err)
		}
		program, err := sfnt.Parse(s.Content)
		if err != nil {
			t.Fatal(err)
		}
		var buf sfnt.Buffer
		for code := 'A'; code <= 'z'; code++ {
			i, err := program.GlyphIndex(&buf, code)
			if err != nil {
				t.Fatal(err)
			}
			advance, err := program.GlyphAdvance(&buf, i, fixed.I(1000), 0)
			if err != nil {
				t.Fatal(err)
			}
			want, err := font.CharWidth(core, code)
			if err != nil {
				t.Fatal(err)
			}
			listed := int(d.ArrayEntry("Widths")[code-32].(types.Integer))
			if code != '`' && (advance.Round() != want || listed != want) {
				t.Errorf("%s %q: got width %d, listed %d, want %d", core, code, advance.Round(), listed, want)
			}
			checked++
		}
	}
	if checked == 0 {
		t.Error("no font was checked")
	}
}

// TestStandardEncoding checks that fonts without an encoding show and mean what they did, without differences.
func TestStandardEncoding(t *testing.T) {
	t.Parallel()
	for _, c := range []pdfa.Compliance{pdfa.PDFA1B, pdfa.PDFA2B, pdfa.PDFA3B} {
		p := page{content: `BT /F2 24 Tf 72 720 Td (it\047s \256ne \252so\272) Tj ET`}
		out, _, err := pdfa.Convert(p.bytes(), pdfa.ConvertOptions{Compliance: c, Time: now})
		if err != nil {
			t.Fatal(err)
		}
		f, err := pdf.Open(out, pdf.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := f.PageText(1)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.TrimSpace(text), "it’s ﬁne “so”"; got != want {
			t.Errorf("%s: got the text %q, want %q", c, got, want)
		}
		if bytes.Contains(out, []byte("/Differences")) {
			t.Errorf("%s: an encoding has differences", c)
		}
		want := "%PDF-1.7"
		if c == pdfa.PDFA1B {
			want = "%PDF-1.4"
		}
		if got := string(out[:8]); got != want {
			t.Errorf("%s: got the header %s, want %s", c, got, want)
		}
	}
}

// TestStandardWidths checks the widths of the characters that only StandardEncoding has.
func TestStandardWidths(t *testing.T) {
	t.Parallel()
	out, _, err := pdfa.Convert(page{}.bytes(), pdfa.ConvertOptions{Time: now})
	if err != nil {
		t.Fatal(err)
	}
	f, err := pdf.Open(out, pdf.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Context().DereferenceDict(*types.NewIndirectRef(6, 0)) // Times-Italic
	if err != nil {
		t.Fatal(err)
	}
	widths := d.ArrayEntry("Widths")
	for code, want := range map[int]int{174: 500, 164: 167, 245: 278, 232: 556, 198: 333, 'A': 611, 39: 333} {
		if got := int(widths[code-32].(types.Integer)); got != want {
			t.Errorf("code %d: got the width %d, want %d", code, got, want)
		}
	}
}
