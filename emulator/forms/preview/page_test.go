package preview_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/preview"
)

func TestBoxesAndRotation(t *testing.T) {
	t.Parallel()
	const content = "20 30 10 5 re f" // near the lower left corner
	cases := []struct{ name, entries, size, d string }{
		{"upright", "/MediaBox[0 0 200 100]", "0 0 200 100", "M20 70 L30 70 L30 65 L20 65 Z"},
		{"moved", "/MediaBox[10 10 210 110]", "0 0 200 100", "M10 80 L20 80 L20 75 L10 75 Z"},
		{"corners swapped", "/MediaBox[200 100 0 0]", "0 0 200 100", "M20 70 L30 70 L30 65 L20 65 Z"},
		{"cropped", "/MediaBox[0 0 200 100]/CropBox[10 20 110 80]", "0 0 100 60", "M10 50 L20 50 L20 45 L10 45 Z"},
		{"crop box outside", "/MediaBox[0 0 200 100]/CropBox[900 900 999 999]", "0 0 200 100", "M20 70 L30 70 L30 65 L20 65 Z"},
		{"turned right", "/MediaBox[0 0 200 100]/Rotate 90", "0 0 100 200", "M30 20 L30 30 L35 30 L35 20 Z"},
		{"upside down", "/MediaBox[0 0 200 100]/Rotate 180", "0 0 200 100", "M180 30 L170 30 L170 35 L180 35 Z"},
		{"turned left", "/MediaBox[0 0 200 100]/Rotate -90", "0 0 100 200", "M70 180 L70 170 L65 170 L65 180 Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := elements(t, withContent(content, c.entries), "svg", "path")
			got := []string{all[0].attributes["viewBox"], all[1].attributes["d"]}
			if diff := cmp.Diff([]string{c.size, c.d}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFontsOfDocuments(t *testing.T) {
	t.Parallel()
	d := made(t, func(d *fpdf.Fpdf) {
		d.SetFont("Helvetica", "B", 10)
		d.Text(10, 20, "Gr\xf6\xdfe \x80") // code page 1252
		d.SetFont("Times", "I", 10)
		d.Text(10, 40, "serif")
		d.SetFont("Courier", "", 10)
		d.Text(10, 60, "mono")
		d.AddUTF8FontFromBytes("go", "", goregular.TTF)
		d.SetFont("go", "", 10)
		d.Text(10, 80, "Łódź Ωμέγα")
		d.SetFont("ZapfDingbats", "", 10)
		d.Text(10, 100, "4l")
	})
	var got [][4]string
	for _, e := range elements(t, d, "text") {
		family, _, _ := strings.Cut(e.attributes["font-family"], ",")
		got = append(got, [4]string{e.text, family, e.attributes["font-weight"], e.attributes["font-style"]})
	}
	want := [][4]string{
		{"Größe €", "Helvetica", "bold", ""}, {"serif", "Times New Roman", "", "italic"}, {"mono", "Courier New", "", ""},
		{"Łódź Ωμέγα", "Helvetica", "", ""}, {"✔●", "Helvetica", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, font, codes, want string }{
		{"standard", "/BaseFont/Helvetica", "27 60 A9 AE E9 FB", "’‘'ﬁØß"},
		{"Windows", "/BaseFont/Helvetica/Encoding/WinAnsiEncoding", "27 80 93 E4", "'€“ä"},
		{"Macintosh", "/BaseFont/Helvetica/Encoding/MacRomanEncoding", "80 8A A5 D5 DE", "Ää•’ﬁ"},
		{"differences", "/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/adieresis/uni20AC/u1F600 90/T_h/one.oldstyle/nothing]>>",
			"41 42 43 44 5A 5B 5C", "a\u0308€😀DTh1\\"},
		{"Symbol", "/BaseFont/Symbol", "61 62 57 A3", "αβΩ≤"},
		{"map to Unicode", "/BaseFont/Helvetica/ToUnicode 5 0 R", "01 02 03 04 05 06", "A\u0301xyzQR"},
	}
	const toUnicode = "1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <01> <00410301> endbfchar " +
		"2 beginbfrange <02> <04> <0078> <05> <06> [<0051> <0052>] endbfrange"
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resources := "/Resources<</Font<</F<</Type/Font/Subtype/Type1" + c.font + ">>>>>>"
			d := withContent("BT /F 10 Tf 20 30 Td <"+c.codes+"> Tj ET", resources, stream("", toUnicode))
			if got := strings.Join(texts(t, d), "|"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCompositeFonts(t *testing.T) {
	t.Parallel()
	const child = "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X/DW 500/W[1[1000 2000] 5 7 100]" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 6 0 R>>]"
	cases := []struct{ name, font, codes, want, length string }{
		{"map to Unicode", "/Encoding/Identity-H/ToUnicode 5 0 R" + child, "0001 0002", "ab", "30"},
		{"ranges of widths and the default", "/Encoding/Identity-H/ToUnicode 5 0 R" + child, "0005 0007 0009", "egi", "7"},
		{"codes are Unicode", "/Encoding/UniGB-UCS2-H" + child, "6F22 5B57", "漢字", "10"},
		{"nothing is known", "/Encoding/Identity-H" + child, "0001 0002", "▯▯", "30"},
	}
	const toUnicode = "1 beginbfrange <0001> <0009> <0061> endbfrange"
	const descriptor = "<</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 1 1]/ItalicAngle 0/Ascent 1/Descent 0/CapHeight 1/StemV 1>>"
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resources := "/Resources<</Font<</F<</Type/Font/Subtype/Type0/BaseFont/X" + c.font + ">>>>>>"
			d := withContent("BT /F 10 Tf 20 30 Td <"+c.codes+"> Tj ET", resources, stream("", toUnicode), descriptor)
			e := elements(t, d, "text")
			if len(e) != 1 || e[0].text != c.want || e[0].attributes["textLength"] != c.length {
				t.Errorf("got %v, want %q of length %s", e, c.want, c.length)
			}
		})
	}
}

// decoded returns the picture in a data URL.
func decoded(t *testing.T, url string) (image.Image, string) {
	t.Helper()
	_, data, _ := strings.Cut(url, ",")
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	img, kind, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img, kind
}

func TestImagesOfDocuments(t *testing.T) {
	t.Parallel()
	source := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		source.SetNRGBA(i%8, i/8, color.NRGBA{200, 100, 50, uint8(255 - 80*(i/32))})
	}
	var p, j bytes.Buffer
	if err := errors.Join(png.Encode(&p, source), jpeg.Encode(&j, source, nil)); err != nil {
		t.Fatal(err)
	}
	photo := bytes.Clone(j.Bytes())
	d := made(t, func(d *fpdf.Fpdf) {
		d.RegisterImageOptionsReader("p", fpdf.ImageOptions{ImageType: "png"}, &p)
		d.RegisterImageOptionsReader("j", fpdf.ImageOptions{ImageType: "jpg"}, &j)
		d.ImageOptions("p", 100, 200, 50, 40, false, fpdf.ImageOptions{}, 0, "")
		d.ImageOptions("j", 100, 300, 50, 40, false, fpdf.ImageOptions{}, 0, "")
		d.ImageOptions("p", 200, 200, 50, 40, false, fpdf.ImageOptions{}, 0, "")
	})
	images, uses := elements(t, d, "image"), elements(t, d, "use")
	if len(images) != 2 || len(uses) != 3 {
		t.Fatalf("got %d images and %d uses of them, want 2 and 3", len(images), len(uses))
	}
	if got, want := uses[0].attributes["transform"], "matrix(50 0 0 40 100 200)"; got != want {
		t.Errorf("the first is at %s, want %s", got, want)
	}
	img, _ := decoded(t, images[0].attributes["href"])
	for _, at := range []image.Point{{0, 0}, {7, 7}} {
		if got, want := color.NRGBAModel.Convert(img.At(at.X, at.Y)), source.At(at.X, at.Y); got != want {
			t.Errorf("pixel %v is %v, want %v", at, got, want)
		}
	}
	if got := images[1].attributes["href"]; got != "data:image/jpeg;base64,"+base64.StdEncoding.EncodeToString(photo) {
		t.Errorf("the photograph is not passed on as it is: %.60s", got)
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	red, green, blue, white, black, none := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255},
		color.NRGBA{255, 255, 255, 255}, color.NRGBA{0, 0, 0, 255}, color.NRGBA{}
	cases := []struct {
		name, content string
		want          []color.NRGBA
	}{
		{"RGB", "BI /W 2 /H 1 /CS /RGB /BPC 8 ID \xff\x00\x00\x00\x00\xff EI", []color.NRGBA{red, blue}},
		{"gray of one bit", "BI /W 3 /H 1 /CS /G /BPC 1 ID \xa0 EI", []color.NRGBA{white, black, white}},
		{"gray the other way", "BI /W 2 /H 1 /CS /G /BPC 1 /D [1 0] ID \x80 EI", []color.NRGBA{black, white}},
		{"gray of 16 bits", "BI /W 2 /H 1 /CS /G /BPC 16 ID \xff\xff\x00\x00 EI", []color.NRGBA{white, black}},
		{"ink", "BI /W 2 /H 1 /CS /CMYK /BPC 8 ID \x00\x00\x00\xff\x00\x00\x00\x00 EI", []color.NRGBA{black, white}},
		{"palette of two bits", "BI /W 4 /H 1 /CS [/I /RGB 2 <FF000000FF000000FF>] /BPC 2 ID \x1b EI", []color.NRGBA{red, green, blue, blue}},
		{"hexadecimal", "BI /W 2 /H 1 /CS /G /BPC 8 /F /AHx ID ff00> EI", []color.NRGBA{white, black}},
		{"filters in a row", "BI /W 2 /H 1 /CS /G /BPC 8 /F [/AHx /RL] ID 01ff0080> EI", []color.NRGBA{white, black}},
		{"stencil in the color of the moment", "1 0 0 rg BI /W 2 /H 1 /IM true ID \x40 EI", []color.NRGBA{red, none}},
		{"stencil the other way", "0 0 1 rg BI /W 2 /H 1 /IM true /D [1 0] ID \x40 EI", []color.NRGBA{none, blue}},
		{"data that contains EI", "BI /W 4 /H 1 /CS /G /BPC 8 ID \x00EI\xff EI", []color.NRGBA{black, {69, 69, 69, 255}, {73, 73, 73, 255}, white}},
		{"missing data", "BI /W 2 /H 2 /CS /G /BPC 8 /F /AHx ID ff> EI", []color.NRGBA{white, black}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := elements(t, withContent("q 10 0 0 10 0 0 cm "+c.content+" Q 0 0 9 9 re f", ""), "image", "path")
			if len(all) != 2 || all[0].name != "image" {
				t.Fatalf("got %v, want an image and a path after it", all)
			}
			img, _ := decoded(t, all[0].attributes["href"])
			var got []color.NRGBA
			for x := range c.want {
				got = append(got, color.NRGBAModel.Convert(img.At(x, 0)).(color.NRGBA))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	const form = "/Type/XObject/Subtype/Form/BBox[0 0 20 20]"
	resources := "/Resources<</XObject<</X 5 0 R>>/ExtGState<</E<</ca 0.5/CA 0.25/LW 7>>>>>>"
	d := withContent("q 1 0 0 1 50 0 cm 1 0 0 rg /X Do Q 0 0 1 1 re f", resources, stream(form+"/Matrix[2 0 0 2 0 0]"+resources, "/E gs 0 0 5 5 re B 9 0 0 9 0 0 cm"))
	var got []string
	for _, e := range elements(t, d, "path") {
		got = append(got, fmt.Sprint(e.attributes["d"], e.attributes["fill"], e.attributes["fill-opacity"], e.attributes["stroke-opacity"], e.attributes["stroke-width"], len(e.clips)))
	}
	want := []string{"M50 100 L60 100 L60 90 L50 90 Z#ff00000.50.25141", "M0 100 L1 100 L1 99 L0 99 Z#0000000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	const form = "/Type/XObject/Subtype/Form/BBox[0 0 10 10]/Matrix[1 0 0 1 5 5]"
	annotation := func(rest string) string { return "<</Type/Annot/Subtype/Stamp/Rect[100 50 120 90]" + rest + ">>" }
	cases := []struct{ name, annotation, want string }{
		{"stretched into its rectangle", annotation("/AP<</N 5 0 R>>"), "M100 50 L120 50 L120 10 L100 10 Z"},
		{"by its state", annotation("/AS/On/AP<</N<</On 5 0 R/Off 6 0 R>>>>"), "M100 50 L120 50 L120 10 L100 10 Z"},
		{"unknown state", annotation("/AS/Other/AP<</N<</On 5 0 R>>>>"), ""},
		{"hidden", annotation("/F 2/AP<</N 5 0 R>>"), ""},
		{"not on the screen", annotation("/F 32/AP<</N 5 0 R>>"), ""},
		{"no appearance", annotation(""), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := withContent("", "/Annots["+c.annotation+"]", stream(form, "0 0 10 10 re f"), stream(form, "0 0 1 1 re f"))
			got := ""
			for _, e := range elements(t, d, "path") {
				got += e.attributes["d"]
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// formDocument has a text field without an appearance.
func formDocument(value string) []byte {
	field := "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/Rect[10 10 150 30]/F 4/MK<</BC[0 0 1]/BG[0.9]>>" + value + "/DA(/Helv 10 Tf 0 g)>>"
	return assemble("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf 0 g)/DR<</Font<</Helv 6 0 R>>>>>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Annots[5 0 R]>>", stream("", "n"), field,
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
}

func TestFields(t *testing.T) {
	t.Parallel()
	bare := formDocument("/V(Ada \\(1815\\)\nsecond line)")
	if diff := cmp.Diff([]string{"Ada (1815)"}, texts(t, bare)); diff != "" {
		t.Errorf("without an appearance (-want +got):\n%s", diff)
	}
	var fills []string
	for _, e := range elements(t, bare, "path") {
		fills = append(fills, e.attributes["fill"]+e.attributes["stroke"])
	}
	if diff := cmp.Diff([]string{"#e6e6e6", "none#0000ff"}, fills); diff != "" {
		t.Errorf("box (-want +got):\n%s", diff)
	}
	filled, _, err := pdf.Fill(formDocument(""), []byte("<form1><name>Grace</name></form1>"), pdf.FillOptions{Time: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Grace"}, texts(t, filled)); diff != "" {
		t.Errorf("filled (-want +got):\n%s", diff)
	}
}

func TestDocumentsOfPDFCPU(t *testing.T) {
	t.Parallel()
	plain := made(t, func(d *fpdf.Fpdf) {
		d.SetFont("Helvetica", "", 10)
		d.Text(10, 20, "below")
	})
	mark, err := api.TextWatermark("DRAFT", "rot:0, op:.5, fillc:#ff0000", true, false, types.POINTS)
	if err != nil {
		t.Fatal(err)
	}
	var marked, locked bytes.Buffer
	if err := api.AddWatermarks(bytes.NewReader(plain), &marked, nil, mark, pdf.Configuration()); err != nil {
		t.Fatal(err)
	}
	all := elements(t, marked.Bytes(), "text")
	if len(all) != 2 || all[0].text != "below" || all[1].text != "DRAFT" || all[1].attributes["fill-opacity"] != "0.5" || all[1].attributes["fill"] != "#ff0000" {
		t.Errorf("got %v, want the text and a translucent watermark", all)
	}

	conf := pdf.Configuration()
	conf.UserPW, conf.OwnerPW = "open", "own"
	if err := api.Encrypt(bytes.NewReader(marked.Bytes()), &locked, conf); err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]error{"open": nil, "own": nil, "": pdf.ErrPassword, "wrong": pdf.ErrPassword} {
		picture, err := preview.SVG(locked.Bytes(), 1, password)
		if !errors.Is(err, want) || err == nil && !bytes.Contains(picture, []byte(">DRAFT<")) {
			t.Errorf("password %q: got %v, want %v", password, err, want)
		}
	}
}
