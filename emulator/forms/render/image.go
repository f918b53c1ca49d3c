package render

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // read by image.Decode
	"image/png"
	"strconv"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/page"
)

// image draws an image, which is in the file once however often it is drawn.
func (r *writer) image(i *page.Image) {
	if len(i.Data) == 0 || i.W <= 0 || i.H <= 0 {
		return
	}
	options := fpdf.ImageOptions{ImageType: i.Format, AllowNegativePosition: true}
	name, known := r.images[&i.Data[0]]
	if !known {
		data, err := usable(i)
		if err != nil {
			r.err = err
			return
		}
		name = "image" + strconv.Itoa(len(r.images)+1)
		r.images[&i.Data[0]] = name
		r.pdf.RegisterImageOptionsReader(name, options, bytes.NewReader(data))
		if err := r.pdf.Error(); err != nil {
			r.err = fmt.Errorf("image of format %q: %w", i.Format, err)
			return
		}
	}
	r.pdf.ImageOptions(name, i.X, i.Y, i.W, i.H, false, options, 0, "")
}

// usable returns an image in a form that can be put into a PDF: PNG with deep colors, or interlaced, is written anew.
func usable(i *page.Image) ([]byte, error) {
	const ( // of the first chunk of a PNG
		depth     = 24
		interlace = 28
	)
	if _, _, err := image.DecodeConfig(bytes.NewReader(i.Data)); err != nil {
		return nil, fmt.Errorf("image of format %q: %w", i.Format, err)
	}
	if i.Format != "png" || len(i.Data) <= interlace || i.Data[depth] <= 8 && i.Data[interlace] == 0 {
		return i.Data, nil
	}
	deep, err := png.Decode(bytes.NewReader(i.Data))
	if err != nil {
		return nil, fmt.Errorf("image of format %q: %w", i.Format, err)
	}
	plain := image.NewNRGBA(deep.Bounds())
	for y := plain.Rect.Min.Y; y < plain.Rect.Max.Y; y++ {
		for x := plain.Rect.Min.X; x < plain.Rect.Max.X; x++ {
			plain.Set(x, y, deep.At(x, y))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, plain); err != nil {
		return nil, fmt.Errorf("image of format %q: %w", i.Format, err)
	}
	return b.Bytes(), nil
}
