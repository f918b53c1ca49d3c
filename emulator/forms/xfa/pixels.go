package xfa

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"

	"github.com/imsx/imsx/emulator/forms/page"
)

// variant is what can be made of an image: a part of it, turned counterclockwise by quarters of a circle.
type variant struct {
	of       *byte // where the image's content is
	part     image.Rectangle
	quarters int
}

// variantOf returns the content of a variant, as PNG; nil if the document's images have too many pixels with it. It is made
// once.
func (l *layouter) variantOf(v variant, content []byte) []byte {
	made, known := l.variants[v]
	if known {
		return made
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err == nil && config.Width*config.Height <= MaxAllPixels-l.pixels {
		l.pixels += config.Width * config.Height
		made = v.make(content)
	}
	l.variants[v] = made
	return made
}

func (v variant) make(content []byte) []byte {
	whole, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil
	}
	bounds := whole.Bounds()
	if v.part.Empty() {
		v.part = image.Rectangle{Max: bounds.Size()}
	}
	part := image.NewNRGBA(image.Rectangle{Max: v.part.Size()})
	draw.Draw(part, part.Rect, whole, bounds.Min.Add(v.part.Min), draw.Src)
	for range v.quarters {
		part = turnedQuarter(part)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, part); err != nil {
		return nil
	}
	return b.Bytes()
}

// turnedQuarter turns an image counterclockwise by a quarter of a circle.
func turnedQuarter(from *image.NRGBA) *image.NRGBA {
	w, h := from.Rect.Dx(), from.Rect.Dy()
	to := image.NewNRGBA(image.Rect(0, 0, h, w))
	const size = 4 // bytes of a pixel
	for y := range h {
		for x := range w {
			copy(to.Pix[to.PixOffset(y, w-1-x):][:size], from.Pix[from.PixOffset(x, y):][:size])
		}
	}
	return to
}

// cut cuts off what of an image is outside of a rectangle, and reports whether it could.
func (l *layouter) cut(i *page.Image, pixelsW, pixelsH float64, within rect) bool {
	left, top := max(i.X, within.x), max(i.Y, within.y)
	right, bottom := min(i.X+i.W, within.x+within.w), min(i.Y+i.H, within.y+within.h)
	across, down := pixelsW/i.W, pixelsH/i.H
	part := image.Rect(
		int((left-i.X)*across), int((top-i.Y)*down), int((right-i.X)*across+0.5), int((bottom-i.Y)*down+0.5),
	)
	if right <= left || bottom <= top || part.Empty() {
		return false
	}
	made := l.variantOf(variant{of: &i.Data[0], part: part}, i.Data)
	if made == nil {
		return false
	}
	i.X, i.Y, i.W, i.H, i.Format, i.Data = left, top, right-left, bottom-top, "png", made
	return true
}

// turnImage turns the content of an image, whose place is turned already, and reports whether it could: it must be by
// quarters of a circle.
func (l *layouter) turnImage(i *page.Image, degrees float64) bool {
	quarters := int(degrees) / 90
	if float64(quarters*90) != degrees {
		return false
	}
	made := l.variantOf(variant{of: &i.Data[0], quarters: quarters}, i.Data)
	if made == nil {
		return false
	}
	i.Format, i.Data = "png", made
	return true
}
