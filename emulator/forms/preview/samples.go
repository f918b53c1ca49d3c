package preview

import (
	"image"
	"image/color"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// format is how the samples of an image are stored.
type format struct {
	width, height, bits int
	space               *colorSpace
	decode              []float64 // pairs of what the least and the greatest sample mean; may be nil
}

// maxImageSide is the greatest width and height of an image.
const maxImageSide = 1 << 16

// formatOf reads the format of an image, or returns nil if it is not valid.
func (in *interpreter) formatOf(d types.Dict) *format {
	f := &format{
		width: int(in.number(d["Width"], 0)), height: int(in.number(d["Height"], 0)),
		bits: int(in.number(d["BitsPerComponent"], 8)), space: deviceGray, decode: in.numbers(d["Decode"]),
	}
	if in.truth(d["ImageMask"]) {
		f.bits = 1
	} else if d["ColorSpace"] != nil {
		f.space = in.space(d["ColorSpace"], in.resources, 0)
	}
	switch f.bits {
	case 1, 2, 4, 8, 16:
	default:
		return nil
	}
	if f.width <= 0 || f.height <= 0 || f.width > maxImageSide || f.height > maxImageSide || f.space.pattern {
		return nil
	}
	if len(f.decode) != 2*f.space.components {
		f.decode = nil
	}
	return f
}

// stride is how many bytes a row has.
func (f *format) stride() int { return (f.width*f.space.components*f.bits + 7) / 8 }

// raw decodes the samples of an image, or returns nil. Missing rows are zero.
func (in *interpreter) raw(sd *types.StreamDict) (*format, []byte) {
	for _, p := range sd.FilterPipeline {
		if p.Name == filter.JPX || p.Name == filter.JBIG2 || p.Name == filter.DCT {
			return nil, nil
		}
	}
	f := in.formatOf(sd.Dict)
	if f == nil || !in.take(f.width, f.height) {
		return nil, nil
	}
	size := f.stride() * f.height
	// Predictors want a byte for each row, and some writers add a line feed.
	if err := sd.DecodeWithLimit(2*int64(size) + 64<<10); err != nil {
		return nil, nil
	}
	data := sd.Content
	if len(data) < size {
		data = append(make([]byte, 0, size), data...)[:size]
	}
	return f, data
}

// sample returns a sample as a number from 0 to the greatest.
func (f *format) sample(row []byte, i int) int {
	switch f.bits {
	case 8:
		return int(row[i])
	case 16:
		return int(row[2*i])<<8 | int(row[2*i+1])
	}
	bit := i * f.bits
	return int(row[bit/8]) >> (8 - f.bits - bit%8) & (1<<f.bits - 1)
}

// value returns what a sample of a component means.
func (f *format) value(sample, component int) float64 {
	if f.space.palette > 0 && f.decode == nil {
		return float64(sample)
	}
	v := float64(sample) / float64(int(1)<<f.bits-1)
	if f.decode != nil {
		return f.decode[2*component] + v*(f.decode[2*component+1]-f.decode[2*component])
	}
	return f.space.scaled(component, v)
}

// samples returns an image whose samples are stored plainly, or nil.
func (in *interpreter) samples(sd *types.StreamDict) *image.NRGBA {
	f, data := in.raw(sd)
	if f == nil {
		return nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, f.width, f.height))
	n := f.space.components
	seen := map[[4]int]color.NRGBA{} // colors that were converted
	c := make([]float64, n)
	for y := range f.height {
		row := data[y*f.stride():]
		for x := range f.width {
			var k [4]int
			for j := range n {
				s := f.sample(row, x*n+j)
				c[j] = f.value(s, j)
				k[j%4] = k[j%4]<<16 ^ s
			}
			v, ok := seen[k]
			if !ok || n > 4 {
				v = pixel(f.space.rgb(c))
				if len(seen) < 4096 {
					seen[k] = v
				}
			}
			img.SetNRGBA(x, y, v)
		}
	}
	return img
}

func pixel(rgb [3]float64) color.NRGBA {
	return color.NRGBA{uint8(255*unit(rgb[0]) + 0.5), uint8(255*unit(rgb[1]) + 0.5), uint8(255*unit(rgb[2]) + 0.5), 255}
}

// stencil returns an image mask in the color of the moment as a data URL, or nothing.
func (in *interpreter) stencil(sd *types.StreamDict) string {
	f, data := in.raw(sd)
	if f == nil {
		return ""
	}
	painted := 0
	if len(f.decode) == 2 && f.decode[0] == 1 {
		painted = 1
	}
	var c color.NRGBA
	c.A = 255
	for i, part := range [3]*uint8{&c.R, &c.G, &c.B} {
		*part = uint8(unhex(in.state.fill.color[1+2*i])<<4 | unhex(in.state.fill.color[2+2*i]))
	}
	img := image.NewPaletted(image.Rect(0, 0, f.width, f.height), color.Palette{color.NRGBA{}, c})
	for y := range f.height {
		row := data[y*f.stride():]
		for x := range f.width {
			if f.sample(row, x) == painted {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	return pngURL(img)
}

// applyMask makes an image transparent by its soft mask, its stencil mask, or its range of masked colors.
func (in *interpreter) applyMask(img *image.NRGBA, sd *types.StreamDict) {
	mask, stencil := in.stream(sd.Dict["SMask"]), false
	if mask == nil {
		mask, stencil = in.stream(sd.Dict["Mask"]), true
	}
	if mask == nil {
		return
	}
	f, data := in.raw(mask)
	if f == nil || f.space.components != 1 {
		return
	}
	b := img.Bounds()
	for y := range b.Dy() {
		row := data[y*f.height/b.Dy()*f.stride():]
		for x := range b.Dx() {
			v := f.value(f.sample(row, x*f.width/b.Dx()), 0)
			if stencil {
				v = 1 - v // a set bit hides
			}
			img.Pix[img.PixOffset(b.Min.X+x, b.Min.Y+y)+3] = uint8(255*unit(v) + 0.5)
		}
	}
}
