package printer

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"image"
	"image/color"
	_ "image/jpeg" // decoders that image.Decode knows
	_ "image/png"
	"io"

	"github.com/imsx/imsx/emulator/forms/page"
)

// budget is how many pixels may still be drawn.
type budget struct{ left int }

// decode returns an image, or nil if it cannot be read or is too large.
func (b *budget) decode(data []byte) image.Image {
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || conf.Width <= 0 || conf.Height <= 0 || conf.Width > b.left/conf.Height {
		return nil
	}
	b.left -= conf.Width * conf.Height
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	return img
}

func (ps *postScript) image(im page.Image) {
	if im.W <= 0 || im.H <= 0 {
		return
	}
	img := ps.images.decode(im.Data)
	if img == nil {
		ps.crossedFrame(im)
		return
	}
	size := img.Bounds().Size()
	filter := "/RunLengthDecode"
	if ps.level == 3 {
		filter = "/FlateDecode"
	}
	ps.printf("gsave %s %s translate ", number(im.X), ps.y(im.Y+im.H))
	ps.printf("%s %s scale\n/DeviceRGB setcolorspace\n", number(im.W), number(im.H))
	ps.printf("<< /ImageType 1 /Width %d /Height %d /BitsPerComponent 8 /Decode [0 1 0 1 0 1]\n", size.X, size.Y)
	ps.printf("/ImageMatrix [%d 0 0 -%d 0 %d]\n", size.X, size.Y, size.Y)
	ps.printf("/DataSource currentfile /ASCII85Decode filter %s filter >> image\n", filter)
	ps.pixels(img)
	ps.text("~>\ngrestore\n")
}

// pixels writes the samples of an image row by row.
func (ps *postScript) pixels(img image.Image) {
	lines := &lineBreaker{w: ps.w}
	armor := ascii85.NewEncoder(lines)
	var packed io.WriteCloser = &runLength{w: armor}
	if ps.level == 3 {
		packed = zlib.NewWriter(armor)
	}
	b := img.Bounds()
	row := make([]byte, 0, 3*b.Dx())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row = row[:0]
		for x := b.Min.X; x < b.Max.X; x++ {
			c := onWhite(img.At(x, y))
			row = append(row, c.R, c.G, c.B)
		}
		_, _ = packed.Write(row) // the errors are those of ps.w, which remembers them
	}
	_, _ = packed.Close(), armor.Close()
}

// onWhite lays a color that may be translucent on white paper.
func onWhite(c color.Color) page.Color {
	r, g, b, a := c.RGBA()
	rest := 0xFFFF - a
	return page.Color{R: uint8((r + rest) >> 8), G: uint8((g + rest) >> 8), B: uint8((b + rest) >> 8)}
}

func (ps *postScript) crossedFrame(im page.Image) {
	gray := page.Color{R: 128, G: 128, B: 128}
	ps.rect(page.Rect{X: im.X, Y: im.Y, W: im.W, H: im.H, LineWidth: 0.5, Stroke: &gray})
	ps.line(page.Line{X1: im.X, Y1: im.Y, X2: im.X + im.W, Y2: im.Y + im.H, Width: 0.5, Color: gray})
	ps.line(page.Line{X1: im.X, Y1: im.Y + im.H, X2: im.X + im.W, Y2: im.Y, Width: 0.5, Color: gray})
}

// lineBreaker ends a line after some characters. No line begins with a percent sign, because spoolers read the comments of a
// document line by line.
type lineBreaker struct {
	w      io.ByteWriter
	column int
}

func (l *lineBreaker) Write(b []byte) (int, error) {
	for _, c := range b {
		if l.column >= 72 && c != '%' {
			if err := l.w.WriteByte('\n'); err != nil {
				return 0, err
			}
			l.column = 0
		}
		if l.column == 0 && c == '%' {
			if err := l.w.WriteByte(' '); err != nil {
				return 0, err
			}
		}
		if err := l.w.WriteByte(c); err != nil {
			return 0, err
		}
		l.column++
	}
	return len(b), nil
}

// runLength packs bytes for RunLengthDecode: a length below 128 stands before so many bytes and one more, a length above 128
// before a byte that comes 257 minus so many times, and 128 ends the data. A run does not cross two writes.
type runLength struct{ w io.Writer }

func (r *runLength) Write(b []byte) (int, error) {
	for i := 0; i < len(b); {
		n := sameFrom(b[i:])
		if n >= 3 {
			if _, err := r.w.Write([]byte{byte(257 - n), b[i]}); err != nil {
				return 0, err
			}
			i += n
			continue
		}
		end := i + n
		for end < len(b) && end-i < 125 && sameFrom(b[end:]) < 3 {
			end++
		}
		if _, err := r.w.Write(append([]byte{byte(end - i - 1)}, b[i:end]...)); err != nil {
			return 0, err
		}
		i = end
	}
	return len(b), nil
}

func (r *runLength) Close() error {
	_, err := r.w.Write([]byte{128})
	return err
}

// sameFrom returns how often the first byte comes in a row, at most 128 times.
func sameFrom(b []byte) int {
	n := 1
	for n < len(b) && n < 128 && b[n] == b[0] {
		n++
	}
	return n
}
