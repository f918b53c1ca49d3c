package preview_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/preview"
)

// packed is a stream of repeated text, compressed.
func packed(t testing.TB, dict, unit string, times int) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	block := strings.Repeat(unit, 1000)
	for range times / 1000 {
		if _, err := w.Write([]byte(block)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return stream(dict+"/Filter/FlateDecode", b.String())
}

// withStream is a document of one page whose content is a given stream object.
func withStream(content, resources string, objects ...string) []byte {
	return assemble(append([]string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<<" + resources + ">>>>", content,
	}, objects...)...)
}

const formObject = "/Type/XObject/Subtype/Form/BBox[0 0 200 100]"

func TestLimits(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		document []byte
		want     string
	}{
		{"content", withStream(packed(t, "", "          ", preview.MaxContent/10+1000), ""), "16777216 bytes"},
		{"content in parts", assemble("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents[4 0 R 4 0 R 4 0 R]>>", packed(t, "", "          ", 600_000)), "more than 16777216 bytes"},
		{"content of forms, as often as they are drawn", withStream(packed(t, "", "/X Do ", 20_000), "/XObject<</X 5 0 R>>",
			packed(t, formObject, " ", 1_000)), "draws more than 16777216 bytes"},
		{"operators", withStream(packed(t, "", "n ", preview.MaxOperators+1000), ""), "more than 2000000 operators"},
		{"output", assemble("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents[4 0 R 5 0 R]>>",
			stream("", "["+strings.Repeat("1234.567 ", 32)+"] 0 d"), packed(t, "", "0 0 5 5 re S ", 90_000)), "the picture has more than 33554432 bytes"},
		{"large page", withContent("", "/MediaBox[0 0 200000 10]"), "from 1 to 14400"},
		{"tiny page", withContent("", "/MediaBox[0 0 0.5 10]"), "from 1 to 14400"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			picture, err := preview.SVG(c.document, 1, "")
			var e *preview.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || picture != nil {
				t.Errorf("got %d bytes, %v, want an Error with %q", len(picture), err, c.want)
			}
		})
	}
}

func TestFormsThatDrawThemselves(t *testing.T) {
	t.Parallel()
	d := withStream(stream("", "/X Do"), "/XObject<</X 5 0 R>>", stream(formObject+"/Resources<</XObject<</X 5 0 R>>>>", "0 0 5 5 re f /X Do"))
	if n := len(elements(t, d, "path")); n != preview.MaxNesting {
		t.Errorf("got %d paths, want one for each of %d levels", n, preview.MaxNesting)
	}
	// Forms that draw themselves twice would be drawn four billion times.
	d = withStream(stream("", "/X Do"), "/XObject<</X 5 0 R>>", stream(formObject+"/Resources<</XObject<</X 5 0 R>>>>", "/X Do /X Do"+strings.Repeat(" ", 2000)))
	var e *preview.Error
	if _, err := preview.SVG(d, 1, ""); !errors.As(err, &e) {
		t.Errorf("got %v, want an Error", err)
	}
}

func TestImagesPastTheLimit(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	// Photographs are passed on without a look at more than how large they say they are: here 10,000 by 4,000 pixels.
	photo := b.Bytes()
	copy(photo[bytes.Index(photo, []byte{0xFF, 0xC0})+5:], []byte{0x0F, 0xA0, 0x27, 0x10})
	const small = "q 9 0 0 9 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID a EI Q "
	d := withStream(stream("", small+"q 9 0 0 9 0 0 cm /X Do Q "+small), "/XObject<</X 5 0 R>>",
		stream("/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode", string(photo)))
	if images, boxes := len(elements(t, d, "image")), len(elements(t, d, "rect"))-1; images != 2 || boxes != 1 {
		t.Errorf("got %d images and %d gray boxes, want 2 and 1", images, boxes)
	}
	huge := withContent("q 9 0 0 9 0 0 cm BI /W 65000 /H 65000 /IM true /F /AHx ID 00> EI Q", "")
	if images, boxes := len(elements(t, huge, "image")), len(elements(t, huge, "rect"))-1; images != 0 || boxes != 1 {
		t.Errorf("got %d images and %d gray boxes, want 0 and 1", images, boxes)
	}
}

// TestBrokenParts draws what is around something that cannot be drawn.
func TestBrokenParts(t *testing.T) {
	t.Parallel()
	const picture = "/Type/XObject/Subtype/Image/Width 2/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
	cases := []struct{ name, content, resources, object string }{
		{"image that is no JPEG", "/X Do", "/XObject<</X 5 0 R>>", stream(picture+"/Filter/DCTDecode", "no image")},
		{"JPEG 2000", "/X Do", "/XObject<</X 5 0 R>>", stream(picture+"/Filter/JPXDecode", "no image")},
		{"image with broken data", "/X Do", "/XObject<</X 5 0 R>>", stream(picture+"/Filter/FlateDecode", "no data")},
		{"image with a mask that is itself", "/X Do", "/XObject<</X 5 0 R>>", stream(picture+"/SMask 5 0 R", "ab")},
		{"image that has no object", "/X Do", "/XObject<</X 99 0 R>>", "null"},
		{"form with broken data", "/X Do", "/XObject<</X 5 0 R>>", stream(formObject+"/Filter/FlateDecode", "no data")},
		{"palette without colors", "/C cs 9 sc", "/ColorSpace<</C 5 0 R>>", "[/Indexed /DeviceRGB 255 ()]"},
		{"ink without a function", "/C cs 1 scn", "/ColorSpace<</C 5 0 R>>", "[/Separation /Spot /DeviceCMYK 5 0 R]"},
		{"inline image that does not end", "q BI /W 9 /H 9 Q", "", "null"},
		{"shading", "/S sh", "/Shading<</S 5 0 R>>", "<</ShadingType 2/ColorSpace/DeviceGray/Coords[0 0 1 1]/Function<</FunctionType 2/Domain[0 1]/N 1>>>>"},
		{"deep array", strings.Repeat("[", 6<<20) + strings.Repeat("]", 6<<20) + " TJ", "", "null"},
		{"deep dictionary", strings.Repeat("/A <<", 1<<20), "", "null"},
		{"unbalanced text", "BT BT ET ET ET (a) Tj", "", "null"},
		{"many operands", strings.Repeat("1 ", 5000) + "m", "", "null"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := withStream(stream("", "0 0 9 9 re f\n"+c.content), c.resources, c.object)
			drawn, err := preview.SVG(d, 1, "")
			var e *preview.Error
			if errors.As(err, &e) {
				return // the document does not pass validation
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parse(drawn); err != nil || !bytes.Contains(drawn, []byte("M0 100 L9 100 L9 91 L0 91 Z")) {
				t.Errorf("got %v, and the path is missing, in\n%s", err, drawn)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	whole := withContent("0 0 9 9 re f", "")
	cases := []struct {
		name     string
		document []byte
		page     int
		want     string
	}{
		{"nothing", nil, 1, "empty"},
		{"no PDF", []byte("<svg/>"), 1, "not a PDF"},
		{"no page 0", whole, 0, "page 0: the document has pages 1 to 1"},
		{"no page 2", whole, 2, "page 2: the document has pages 1 to 1"},
		{"beginning of a document", whole[:40], 1, "cannot be read"},
		{"content that cannot be decoded", withStream(stream("/Filter/FlateDecode", "no data"), ""), 1, "content cannot be decoded"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := preview.SVG(c.document, c.page, "")
			var e *preview.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an Error with %q", err, c.want)
			}
		})
	}
}

func FuzzContent(f *testing.F) {
	for _, s := range []string{
		"q 1 0 0 1 9 9 cm 0 0 9 9 re W n 1 0 0 rg 0 0 m 1 1 2 2 3 3 c h b* Q", "BT /F 9 Tf 1 Tc 2 Tw 90 Tz 3 TL 1 Ts 2 Tr 5 5 Td [(A) -900 (B)] TJ T* <41> Tj (x) ' 1 2 (y) \" ET",
		"BI /W 2 /H 1 /CS [/I /RGB 1 <FF000000FF00>] /BPC 1 /D [1 0] ID \x80 EI", "BI /W 8 /H 8 /IM true /F [/AHx /Fl] /DP [null <</Predictor 12>>] ID 00> EI",
		"/X Do /G gs /S sh /C cs 0.5 scn [1 2] 0 d 1 J 2 j 3 w 4 M", "[[[<</A[1]/B(\\)\\101)>>]]] TJ % comment\n(\\\n) Tj", "1e5 --4 .5. +3 0 0 cm",
	} {
		f.Add([]byte(s))
	}
	const resources = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<</X 5 0 R>>/ExtGState<</G<</ca 0.5/D[[1]0]>>>>" +
		"/ColorSpace<</C[/Separation/Spot/DeviceRGB 6 0 R]>>"
	f.Fuzz(func(t *testing.T, content []byte) {
		d := withStream(stream("", string(content)), resources, stream(formObject+"/Resources<<"+resources+">>", "0 0 9 9 re f /X Do"),
			"<</FunctionType 2/Domain[0 1]/C0[1 1 1]/C1[1 0 0]/N 1>>")
		picture, err := preview.SVG(d, 1, "")
		var e *preview.Error
		switch {
		case errors.As(err, &e):
		case err != nil:
			t.Fatalf("got a %T: %v", err, err)
		default:
			if _, err := parse(picture); err != nil {
				t.Fatalf("%v in\n%s", err, picture)
			}
		}
	})
}

func ExampleSVG() {
	d := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: 200, Ht: 100}})
	d.AddPage()
	d.SetFont("Helvetica", "", 12)
	d.Text(20, 40, "Hello & goodbye")
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		panic(err)
	}
	picture, err := preview.SVG(b.Bytes(), 1, "")
	if err != nil {
		panic(err)
	}
	fmt.Print(string(picture))
	// Output:
	// <svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100" xml:space="preserve">
	// <rect width="200" height="100" fill="#ffffff"/>
	// <text transform="matrix(1 0 0 1 20 40)" font-size="12" font-family="Helvetica, Arial, Liberation Sans, sans-serif" textLength="88.044" lengthAdjust="spacingAndGlyphs" fill="#000000">Hello &amp; goodbye</text>
	// </svg>
}
