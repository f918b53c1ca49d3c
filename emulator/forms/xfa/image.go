package xfa

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/gif"  // read and turned into PNG
	_ "image/jpeg" // read
	"image/png"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// The limits on images.
const (
	MaxImageSize   = 10 << 20   // bytes of one
	MaxImagePixels = 16_000_000 // of one, before it is decoded
	MaxAllPixels   = 64_000_000 // of all in a document
	maxImages      = 1000       // different ones in a document
)

// pointsPerPixel is the size of an image's dots: 96 to the inch.
const pointsPerPixel = 72.0 / 96

// graphic is an image to be shown.
type graphic struct {
	format string
	data   []byte
	w, h   float64 // in points, at 96 dots to the inch
	aspect string
}

// size returns the natural size of an image; none has no size.
func (i *graphic) size() (float64, float64) {
	if i == nil {
		return 0, 0
	}
	return i.w, i.h
}

// imageOf returns the image of an object: that of the data, or that in the template; nil if it has none.
func (l *layouter) imageOf(o *object) *graphic {
	n := o.tmpl.path("value", "image")
	content, href := n.content(), n.attr("href")
	if o.filled && strings.TrimSpace(o.value) != "" {
		content, href = o.value, ""
		if name := strings.TrimSpace(o.value); len(name) < 500 && (strings.Contains(name, ".") || strings.Contains(name, ":")) {
			content, href = "", name
		}
	}
	key := content
	if href != "" {
		key = "href " + href
	}
	if strings.TrimSpace(key) == "" {
		return nil
	}
	found, known := l.images[key]
	if !known && len(l.images) < maxImages {
		found = l.readImage(content, href, o)
		l.images[key] = found
	}
	if found == nil {
		return nil
	}
	own := *found
	if own.aspect = n.attr("aspect"); own.aspect == "" {
		own.aspect = "fit"
	}
	return &own
}

// readImage reads an image from base64, or by its reference. What is wrong with it is noted.
func (l *layouter) readImage(content, href string, o *object) *graphic {
	leftOut := func(why string) *graphic {
		l.notes.add("The image of " + describe(o.tmpl) + " is left out: " + why + ".")
		return nil
	}
	var data []byte
	var err error
	if href != "" {
		if l.options.Image == nil {
			return leftOut("there are no images outside of the template")
		}
		if data, err = l.options.Image(href); err != nil {
			return leftOut(quote(href) + " cannot be had")
		}
	} else {
		compact := strings.Join(strings.Fields(content), "")
		if data, err = base64.StdEncoding.DecodeString(compact); err != nil {
			return leftOut("it is no base64")
		}
	}
	if len(data) > MaxImageSize {
		return leftOut("it is larger than 10 MiB")
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return leftOut("it is neither PNG, JPEG nor GIF")
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > MaxImagePixels/config.Height {
		return leftOut("it has more than 16 million pixels")
	}
	if l.pixels += config.Width * config.Height; l.pixels > MaxAllPixels {
		return leftOut("the images together have more than 64 million pixels")
	}
	decoded, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return leftOut("it is damaged")
	}
	if format == "gif" {
		var b bytes.Buffer
		if err := png.Encode(&b, decoded); err != nil {
			return leftOut("it cannot be turned into PNG")
		}
		format, data = "png", b.Bytes()
	}
	w, h := float64(config.Width)*pointsPerPixel, float64(config.Height)*pointsPerPixel
	return &graphic{format: format, data: data, w: w, h: h}
}

// paintImage paints an image in a rectangle, by its aspect.
func (l *layouter) paintImage(p *painter, f *leaf, r rect) {
	i := f.picture
	if i == nil || r.w <= 0 || r.h <= 0 {
		return
	}
	w, h := i.w, i.h
	switch i.aspect {
	case "none":
		w, h = r.w, r.h
	case "actual":
	case "width":
		w, h = r.w, i.h*r.w/i.w
	case "height":
		w, h = i.w*r.h/i.h, r.h
	default:
		scale := min(r.w/i.w, r.h/i.h)
		w, h = i.w*scale, i.h*scale
	}
	x, y := r.x, r.y
	switch f.para.align {
	case alignCenter:
		x += (r.w - w) / 2
	case alignRight:
		x += r.w - w
	}
	switch f.para.vertical {
	case "middle":
		y += (r.h - h) / 2
	case "bottom":
		y += r.h - h
	}
	placed := page.Image{X: x, Y: y, W: w, H: h, Format: i.format, Data: i.data}
	const outside = 0.5
	if x < r.x-outside || y < r.y-outside || x+w > r.x+r.w+outside || y+h > r.y+r.h+outside {
		if !l.cut(&placed, i.w/pointsPerPixel, i.h/pointsPerPixel, r) {
			l.notes.add("An image that is larger than its place is left out.")
			return
		}
	}
	p.add(placed)
}
