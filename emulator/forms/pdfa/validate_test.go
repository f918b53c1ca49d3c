package pdfa_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/pdfa"
)

// archived is a document that is PDF/A.
func archived(t *testing.T, c pdfa.Compliance) []byte {
	t.Helper()
	out, r, err := pdfa.Convert(page{}.bytes(), pdfa.ConvertOptions{Compliance: c, Time: now})
	if err != nil || !r.IsPDFA {
		t.Fatalf("the document cannot be converted: %v", err)
	}
	return out
}

// clauses validates a document and returns the clauses of what is found.
func clauses(t *testing.T, doc []byte, c pdfa.Compliance) []string {
	t.Helper()
	r, err := pdfa.Validate(doc, pdfa.ValidateOptions{Compliance: c, ResultLevel: pdfa.Detailed})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Clause)
	}
	if r.IsPDFA != (len(all) == 0) {
		t.Errorf("got IsPDFA %t with findings %v", r.IsPDFA, r.Findings)
	}
	return all
}

func TestConvertedDocumentsAreValid(t *testing.T) {
	t.Parallel()
	for _, c := range []pdfa.Compliance{pdfa.PDFA1B, pdfa.PDFA2B, pdfa.PDFA3B} {
		doc := archived(t, c)
		if got := clauses(t, doc, c); len(got) > 0 {
			t.Errorf("%s: got findings %v", c, got)
		}
	}
	if got := clauses(t, archived(t, pdfa.PDFA1B), pdfa.PDFA2B); !slices.Equal(got, []string{"6.6.4"}) {
		t.Errorf("part 1 as part 2: got findings %v", got)
	}
}

// differences is a document with a font that has an encoding of its own.
var differences = page{
	resources: "/Font<</F9 7 0 R>>",
	more: []string{
		"<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 65/LastChar 65/Widths[500]/FontDescriptor 8 0 R" +
			"/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/B]>>>>",
		"<</Type/FontDescriptor/FontName/A/Flags 32/FontBBox[0 0 1 1]/ItalicAngle 0/Ascent 1/Descent 0/CapHeight 1/StemV 1/FontFile2 9 0 R>>",
		stream("/Length1 4", "abcd"),
	},
}

func TestValidateFindsBrokenRules(t *testing.T) {
	t.Parallel()
	annotation := func(s string) page { return page{page: "/Annots[<</Type/Annot/Rect[0 0 9 9]" + s + ">>]"} }
	state := func(s string) page { return page{resources: "/ExtGState<</G<<" + s + ">>>>"} }
	image := func(s string) page {
		const head = "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace"
		return page{resources: "/XObject<</I 7 0 R>>", more: []string{stream(head+s, "abcd"), stream(head+"/DeviceGray", "a")}}
	}
	form := func(s string) page {
		return page{resources: "/XObject<</X 7 0 R>>", more: []string{stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]"+s, "q Q")}}
	}
	file := page{
		catalog: "/Names<</EmbeddedFiles<</Names[(a)7 0 R]>>>>",
		more:    []string{"<</Type/Filespec/F(a)/UF(a)/EF<</F 8 0 R>>>>", stream("/Type/EmbeddedFile", "hello")},
	}
	cases := []struct {
		name       string
		doc        page
		one, later string // clauses, empty for none
	}{
		{"font", page{}, "6.3.4", "6.2.11.4.1"},
		{"differences", differences, "6.3.7", ""},
		{"metadata", page{}, "6.7.2", "6.6.2.1"},
		{"identification", page{}, "6.7.11", "6.6.4"},
		{"device color", page{content: "1 0 0 rg"}, "6.2.3.3", "6.2.4.3"},
		{"named device color", page{content: "/DeviceCMYK cs 0 0 0 1 sc"}, "6.2.3.3", "6.2.4.3"},
		{"inline image", page{content: "BI /W 1 /H 1 /BPC 8 /CS /RGB ID abc EI"}, "6.2.3.3", "6.2.4.3"},
		{"inline LZW", page{content: "BI /W 1 /H 1 /BPC 8 /F /LZW ID abc EI"}, "6.1.10", "6.1.7.2"},
		{"rendering intent", page{content: "/Wild ri"}, "6.2.9", "6.2.6"},
		{"nesting", page{content: strings.Repeat("q ", 29)}, "6.1.12", "6.1.13"},
		{"JavaScript", page{catalog: "/OpenAction<</S/JavaScript/JS(app.alert)>>"}, "6.6.1", "6.5.1"},
		{"scripts", page{catalog: "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(x)>>]>>>>"}, "6.6.1", "6.5.1"},
		{"launch", annotation("/Subtype/Link/F 4/A<</S/Launch/F(a.exe)>>"), "6.6.1", "6.5.1"},
		{"named action", annotation("/Subtype/Link/F 4/A<</S/Named/N/Print>>"), "6.6.1", "6.5.1"},
		{"hide action", annotation("/Subtype/Link/F 4/A<</S/Hide/T(x)>>"), "", "6.5.1"},
		{"trigger", page{catalog: "/AA<</WC<</S/JavaScript/JS(x)>>>>"}, "6.6.2", "6.5.2"},
		{"annotation type", annotation("/Subtype/Movie/F 4/Movie<</F(a)>>"), "6.5.2", "6.3.1"},
		{"annotation flags", annotation("/Subtype/Link/F 0"), "6.5.3", "6.3.2"},
		{"hidden annotation", annotation("/Subtype/Link/F 6"), "6.5.3", "6.3.2"},
		{"no appearance", annotation("/Subtype/Square/F 4"), "", "6.3.3"},
		{"opacity of annotation", annotation("/Subtype/Square/F 4/CA 0.5"), "6.5.3", "6.3.3"},
		{"color of annotation", annotation("/Subtype/Link/F 4/C[1 0 0]"), "6.5.3", ""},
		{"form makes appearances", page{catalog: "/AcroForm<</Fields[]/NeedAppearances true>>"}, "6.9", "6.4.1"},
		{"XFA", page{catalog: "/AcroForm<</Fields[]/XFA 4 0 R>>"}, "", "6.4.2"},
		{"transfer function", state("/TR/Identity"), "6.2.8", "6.2.5"},
		{"opacity", state("/ca 0.5"), "6.4", ""},
		{"blend mode", state("/BM/Multiply"), "6.4", ""},
		{"group", page{page: "/Group<</S/Transparency>>"}, "6.4", ""},
		{"soft mask", image("/DeviceGray/SMask 8 0 R"), "6.4", ""},
		{"interpolation", image("/DeviceGray/Interpolate true"), "6.2.4", "6.2.8.1"},
		{"color of image", image("/DeviceCMYK"), "6.2.3.3", "6.2.4.3"},
		{"color below", image("[/Indexed/DeviceRGB 0(abc)]"), "6.2.3.3", "6.2.4.3"},
		{"form with OPI", form("/OPI<</1.3<</Type/OPI/Version 1.3/F(a)/CropRect[0 0 1 1]/Size[1 1]/Position[0 0 1 1 1 1 1 1]>>>>"), "6.2.5", "6.2.9.1"},
		{"reference", form("/Ref<</F(a.pdf)/Page 0>>"), "6.2.6", "6.2.9.2"},
		{"embedded file", file, "6.1.11", ""},
		{"embedded text", file, "6.1.11", "6.8"},
		{"long name", page{page: "/" + strings.Repeat("x", 128) + " 1"}, "6.1.12", "6.1.13"},
		{"layers", page{catalog: "/OCProperties<</OCGs[]/D<<>>>>"}, "6.1.13", "6.9"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := clauses(t, c.doc.bytes(), pdfa.PDFA1B); c.one != "" && !slices.Contains(got, c.one) {
				t.Errorf("part 1: got %v, want %s", got, c.one)
			}
			got := clauses(t, c.doc.bytes(), pdfa.PDFA2B)
			if c.later != "" && !slices.Contains(got, c.later) {
				t.Errorf("part 2: got %v, want %s", got, c.later)
			}
		})
	}
}

func TestValidateLooksAtTheFile(t *testing.T) {
	t.Parallel()
	doc := archived(t, pdfa.PDFA1B)
	cases := map[string]struct {
		doc    []byte
		clause string
	}{
		"comment":   {bytes.Replace(doc, []byte("%\xe2\xe3\xcf\xd3"), []byte("%abcd"), 1), "6.1.2"},
		"encrypted": {encrypted(t, doc), "6.1.3"},
		"part":      {bytes.Replace(doc, []byte("<pdfaid:part>1"), []byte("<pdfaid:part>7"), 1), "6.7.11"},
		"title":     {bytes.Replace(doc, []byte("<pdf:Producer>imsx"), []byte("<pdf:Producer>IMSX"), 1), "6.7.3"},
		"broken":    {bytes.Replace(doc, []byte("</rdf:RDF>"), []byte("</rdf:RDX>"), 1), "6.7.2"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := clauses(t, c.doc, pdfa.PDFA1B); !slices.Contains(got, c.clause) {
				t.Errorf("got %v, want %s", got, c.clause)
			}
		})
	}
}

func TestResultLevels(t *testing.T) {
	t.Parallel()
	doc := page{page: "/Annots[" + strings.Repeat("<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>", 3) + "]",
		content: "BT /F1 9 Tf (x) Tj ET"}.bytes()
	count := func(level pdfa.ResultLevel) (int, int) {
		r, err := pdfa.Validate(doc, pdfa.ValidateOptions{ResultLevel: level})
		if err != nil || r.IsPDFA || r.Compliance != pdfa.PDFA1B {
			t.Fatalf("got %v, %v", r, err)
		}
		most := 0
		for _, f := range r.Findings {
			most = max(most, f.Count)
		}
		return len(r.Findings), most
	}
	pass, _ := count("")
	summary, _ := count(pdfa.Summary)
	detailed, most := count(pdfa.Detailed)
	if pass != 0 || summary == 0 || detailed < summary || most != 1 {
		t.Errorf("got %d, %d and %d findings", pass, summary, detailed)
	}
	f := pdfa.Finding{Clause: "6.1.3", What: "the document is encrypted", Count: 2}
	if got, want := f.String(), "6.1.3: the document is encrypted (2 times)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBadInputIsAnError(t *testing.T) {
	t.Parallel()
	doc := page{}.bytes()
	_, err := pdfa.Validate(doc, pdfa.ValidateOptions{Compliance: "PDFA_9Z"})
	wantError(t, err, "compliance")
	_, err = pdfa.Validate(doc, pdfa.ValidateOptions{ResultLevel: "LOUD"})
	wantError(t, err, "resultLevel")
	_, _, err = pdfa.Convert(doc, pdfa.ConvertOptions{Time: now, ColorSpace: "PINK"})
	wantError(t, err, "colorSpace")
	_, _, err = pdfa.Convert(doc, pdfa.ConvertOptions{Time: now, OptionalContent: "SOME"})
	wantError(t, err, "optionalContent")
	_, _, err = pdfa.Convert(doc, pdfa.ConvertOptions{})
	wantError(t, err, "time")
	for name, bad := range hostile() {
		_, err := pdfa.Validate(bad, pdfa.ValidateOptions{})
		onlyOwn(t, name, err)
		_, _, err = pdfa.Convert(bad, pdfa.ConvertOptions{Time: now})
		onlyOwn(t, name, err)
	}
	for n := 0; n < len(doc)-8; n += 31 {
		_, err := pdfa.Validate(doc[:n], pdfa.ValidateOptions{})
		onlyOwn(t, fmt.Sprint(n), err)
	}
	_, err = pdfa.Validate(make([]byte, pdf.MaxSize+1), pdfa.ValidateOptions{})
	wantError(t, err, "is the most")
}

func hostile() map[string][]byte {
	doc := page{catalog: "/AcroForm<</Fields[]>>"}.bytes()
	replace := func(old, new string) []byte { return bytes.ReplaceAll(doc, []byte(old), []byte(new)) }
	return map[string][]byte{
		"empty":          {},
		"text":           []byte("hello"),
		"giant length":   replace("/Length 1", "/Length 9999999999999999999"),
		"cyclic pages":   replace("/Kids[3 0 R]", "/Kids[2 0 R]"),
		"cyclic form":    replace("/Fields[]", "/Fields[1 0 R]"),
		"cyclic font":    replace("/BaseFont/Helvetica", "/BaseFont 5 0 R    "),
		"resources":      replace("/Resources<<", "/Resources 3 0 R/Old<<"),
		"nested arrays":  replace("/Fields[]", "/X"+strings.Repeat("[", 5000)),
		"pages a number": replace("/Pages 2 0 R", "/Pages 42   "),
	}
}

func onlyOwn(t *testing.T, name string, err error) {
	t.Helper()
	if err != nil {
		t.Run(name, func(t *testing.T) { wantError(t, err, "") })
	}
}

func FuzzDocuments(f *testing.F) {
	for _, doc := range hostile() {
		f.Add(doc)
	}
	f.Add(page{catalog: "/OCProperties<</OCGs[]/D<<>>>>", page: "/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>]"}.bytes())
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 1<<16 {
			return
		}
		_, err := pdfa.Validate(doc, pdfa.ValidateOptions{Compliance: pdfa.PDFA3B, ResultLevel: pdfa.Detailed})
		if err != nil {
			wantError(t, err, "")
		}
		out, r, err := pdfa.Convert(doc, pdfa.ConvertOptions{Time: now})
		if err != nil {
			wantError(t, err, "")
			return
		}
		again, err := pdfa.Validate(out, pdfa.ValidateOptions{})
		if err != nil || !again.IsPDFA || !r.IsPDFA {
			t.Errorf("a converted document is not valid: %v, %v", again, err)
		}
	})
}
