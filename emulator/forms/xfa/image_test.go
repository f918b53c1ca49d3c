package xfa_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// drawing is an image of 40 by 20 pixels, which are 30 by 15 points.
func drawing() image.Image {
	img := image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{color.White, color.Black})
	img.SetColorIndex(3, 3, 1)
	return img
}

func encoded(t *testing.T, encode func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// bomb is a PNG of few bytes that says it is 50,000 pixels wide and high.
func bomb() string {
	chunk := func(name string, data []byte) []byte {
		out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		body := append([]byte(name), data...)
		return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 50_000), 50_000)
	file := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, 8, 2, 0, 0, 0))...)
	return base64.StdEncoding.EncodeToString(append(file, chunk("IEND", nil)...))
}

// TestManyPixels shows images of 16 million pixels each, of which a document has four.
func TestManyPixels(t *testing.T) {
	t.Parallel()
	draws := ""
	for i := range 6 {
		img := image.NewPaletted(image.Rect(0, 0, 4000, 4000), color.Palette{color.White, color.Black})
		img.SetColorIndex(i, 0, 1)
		draws += `<draw w="9pt" h="9pt"><value><image>` + encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) }) + `</image></value></draw>`
	}
	document := layout(t, stacked(draws), "", optionsNone)
	if got := len(document.Pages[0].Items); got != 4 {
		t.Errorf("got %d images, want 4", got)
	}
	diffStrings(t, document.Notes, []string{"The image of a draw is left out: the images together have more than 64 million pixels."})
}

func TestImages(t *testing.T) {
	t.Parallel()
	pngText := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, drawing()) })
	jpegText := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, drawing(), nil) })
	gifText := encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, drawing(), nil) })
	draw := func(attributes, inner, content string) string {
		return stacked(`<draw ` + attributes + `>` + inner + `<value><image ` + content + `</image></value></draw>`)
	}
	leftOut := func(why string) []string { return []string{"The image of a draw is left out: " + why + "."} }
	given := xfa.Options{Image: func(href string) ([]byte, error) {
		if href != "logo.png" {
			return nil, errors.New("no such image")
		}
		return base64.StdEncoding.DecodeString(pngText)
	}}
	edit := stacked(`<field name="a" w="60pt" h="60pt"><ui><imageEdit/></ui></field>`)
	run(t, []layoutCase{
		{name: "as large as it is", template: draw("", "", ">"+pngText), want: []string{"image 10,20 30x15 png"}},
		{name: "fitted", template: draw(`w="60pt" h="60pt"`, "", ">"+pngText), want: []string{"image 10,20 60x30 png"}},
		{name: "fitted in the middle", template: draw(`w="60pt" h="60pt"`, `<para hAlign="center" vAlign="middle"/>`, ">"+jpegText), want: []string{"image 10,35 60x30 jpeg"}},
		{name: "stretched", template: draw(`w="60pt" h="60pt"`, "", `aspect="none">`+pngText), want: []string{"image 10,20 60x60 png"}},
		{name: "actual", template: draw(`w="60pt" h="60pt"`, "", `aspect="actual">`+pngText), want: []string{"image 10,20 30x15 png"}},
		{name: "as wide as its box", template: draw(`w="60pt" h="10pt"`, "", `aspect="width">`+pngText), want: []string{"image 10,20 60x10 png"}},
		{name: "as high as its box", template: draw(`w="60pt" h="10pt"`, "", `aspect="height">`+pngText), want: []string{"image 10,20 20x10 png"}},
		{name: "GIF becomes PNG", template: draw("", "", ">"+gifText), want: []string{"image 10,20 30x15 png"}},
		{name: "by reference", template: draw("", "", `href="logo.png">`), options: given, want: []string{"image 10,20 30x15 png"}},
		{name: "in the data", template: edit, data: "<r><a>" + pngText + "</a></r>", want: []string{"image 10,20 60x30 png"}},
		{name: "by a reference in the data", template: edit, data: "<r><a>logo.png</a></r>", options: given, want: []string{"image 10,20 60x30 png"}},
		{name: "a reference to nothing", template: draw("", "", `href="x.png">`), options: given, notes: leftOut(`"x.png" cannot be had`)},
		{name: "a reference without images", template: draw("", "", `href="x.png">`), notes: leftOut("there are no images outside of the template")},
		{name: "no base64", template: draw("", "", ">%%%"), notes: leftOut("it is no base64")},
		{name: "no image", template: draw("", "", ">aGVsbG8="), notes: leftOut("it is neither PNG, JPEG nor GIF")},
		{name: "damaged", template: draw("", "", ">"+pngText[:len(pngText)-20]), notes: leftOut("it is damaged")},
		{name: "a bomb", template: draw("", "", ">"+bomb()), notes: leftOut("it has more than 16 million pixels")},
		{name: "rotated", template: draw(`rotate="90" w="60pt" h="30pt"`, "", ">"+jpegText), want: []string{"image 10,20 30x60 png"}},
		{
			name: "rotated by an odd angle", template: stacked(`<subform>` + `<draw rotate="45" w="60pt" h="30pt"><value><image>` + pngText + `</image></value></draw></subform>`),
			want:  []string{"image 10,-1.21 63.64x21.21 png"},
			notes: []string{"Images at odd angles are stretched to the place of the rotated object, and fills are left out."},
		},
	}, items)
}

// TestImageVariants looks at the pixels of images that are cut and turned. The image is 4 by 2 pixels, 3 by 1.5 points, each
// pixel in a color of its own.
func TestImageVariants(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	for y := range 2 {
		for x := range 4 {
			img.Set(x, y, color.NRGBA{R: uint8(10*y + x), A: 255})
		}
	}
	content := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })
	for _, c := range []struct {
		name, attributes, aspect string
		want                     [][]uint8
	}{
		{"cut at the right", `w="30pt" h="30pt"`, "height", [][]uint8{{0, 1}, {10, 11}}},
		{"cut below", `w="60pt" h="15pt"`, "width", [][]uint8{{0, 1, 2, 3}}},
		{"turned by 90", `w="40pt" h="20pt" rotate="90"`, "fit", [][]uint8{{3, 13}, {2, 12}, {1, 11}, {0, 10}}},
		{"turned by 180", `w="40pt" h="20pt" rotate="180"`, "fit", [][]uint8{{13, 12, 11, 10}, {3, 2, 1, 0}}},
		{"cut and turned by 270", `w="30pt" h="30pt" rotate="270"`, "height", [][]uint8{{10, 0}, {11, 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			draw := `<draw ` + c.attributes + `><value><image aspect="` + c.aspect + `">` + content + `</image></value></draw>`
			document := layout(t, stacked(draw+draw), "", optionsNone)
			diffStrings(t, document.Notes, nil)
			if len(document.Pages[0].Items) != 2 {
				t.Fatalf("got %d items, want 2", len(document.Pages[0].Items))
			}
			first, second := document.Pages[0].Items[0].(page.Image), document.Pages[0].Items[1].(page.Image)
			if &first.Data[0] != &second.Data[0] {
				t.Error("the same variant was made twice")
			}
			got, err := png.Decode(bytes.NewReader(first.Data))
			if err != nil {
				t.Fatal(err)
			}
			var reds [][]uint8
			for y := range got.Bounds().Dy() {
				var row []uint8
				for x := range got.Bounds().Dx() {
					row = append(row, color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA).R)
				}
				reds = append(reds, row)
			}
			if diff := cmp.Diff(reds, c.want); diff != "" {
				t.Errorf("pixels (-got +want):\n%s", diff)
			}
		})
	}
}
