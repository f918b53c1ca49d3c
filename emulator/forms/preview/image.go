package preview

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	imagedraw "image/draw"
	"image/jpeg"
	"image/png"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// drawnImage is an image that the picture has already; others refer to it. A nil one cannot be drawn.
type drawnImage struct {
	id string
}

// image draws an image XObject in the unit square.
func (in *interpreter) image(o types.Object, sd *types.StreamDict) {
	if in.truth(sd.Dict["ImageMask"]) {
		// A mask is in the color of the moment, so each is an image of its own.
		in.placeData(in.stencil(sd))
		return
	}
	k := key(o)
	drawn, known := in.images[k]
	if !known || k == "" {
		drawn = in.define(in.encode(sd))
		in.images[k] = drawn
	}
	in.place(drawn)
}

// inlineImage draws an image that stands in the content.
func (in *interpreter) inlineImage(s *scanner) {
	var d types.Dict
	_, data := s.inlineImage(func(entries []token) int {
		d = inlineDict(entries)
		return in.inlineSize(d)
	})
	if d == nil {
		return
	}
	sd := &types.StreamDict{Dict: d, Raw: bytes.Clone(data), FilterPipeline: inlineFilters(d)}
	if in.truth(d["ImageMask"]) {
		in.placeData(in.stencil(sd))
		return
	}
	in.placeData(in.encode(sd))
}

// define writes an image of one by one unit for later use.
func (in *interpreter) define(url string) *drawnImage {
	if url == "" {
		return nil
	}
	id := in.out.id("i")
	in.out.printf("<defs><image id=\"%s\" width=\"1\" height=\"1\" preserveAspectRatio=\"none\" href=\"%s\"/></defs>\n", id, url)
	return &drawnImage{id}
}

// unitSquare turns the unit square of an image, whose first row is above, into the picture.
func (in *interpreter) unitSquare() matrix { return matrix{1, 0, 0, -1, 0, 1}.then(in.state.ctm) }

func (in *interpreter) place(d *drawnImage) {
	if d == nil {
		in.missing()
		return
	}
	in.enterClip()
	in.out.printf("<use href=\"#%s\" %s%s/>\n", d.id, in.unitSquare().attribute(), in.opacity())
}

func (in *interpreter) placeData(url string) {
	if url == "" {
		in.missing()
		return
	}
	in.enterClip()
	in.out.printf("<image width=\"1\" height=\"1\" preserveAspectRatio=\"none\" %s%s href=\"%s\"/>\n",
		in.unitSquare().attribute(), in.opacity(), url)
}

// missing draws a gray box in the place of an image.
func (in *interpreter) missing() {
	in.enterClip()
	in.out.printf("<rect width=\"1\" height=\"1\" fill=\"#d8d8d8\" %s/>\n", in.unitSquare().attribute())
}

func (in *interpreter) opacity() string {
	if in.state.fill.alpha < 1 {
		return ` opacity="` + num(in.state.fill.alpha) + `"`
	}
	return ""
}

// take counts the pixels of an image. It reports whether they are few enough.
func (in *interpreter) take(width, height int) bool {
	if width <= 0 || height <= 0 || width > (MaxPixels-in.pixels)/height {
		return false
	}
	in.pixels += width * height
	return true
}

// encode returns an image as a data URL, or nothing if it cannot be drawn.
func (in *interpreter) encode(sd *types.StreamDict) string {
	if n := len(sd.FilterPipeline); n > 0 && sd.FilterPipeline[n-1].Name == filter.DCT {
		return in.encodeJPEG(sd)
	}
	img := in.samples(sd)
	if img == nil {
		return ""
	}
	in.applyMask(img, sd)
	return pngURL(img)
}

func pngURL(img image.Image) string {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}

// encodeJPEG passes a JPEG on as it is, unless it has a mask or colors that browsers do not agree on.
func (in *interpreter) encodeJPEG(sd *types.StreamDict) string {
	data, ok := in.decoded(sd)
	if !ok {
		return ""
	}
	conf, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil || !in.take(conf.Width, conf.Height) {
		return ""
	}
	masked := in.stream(sd.Dict["SMask"]) != nil || sd.Dict["Mask"] != nil
	if conf.ColorModel != color.CMYKModel && !masked {
		return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	img := image.NewNRGBA(decoded.Bounds())
	imagedraw.Draw(img, img.Bounds(), decoded, decoded.Bounds().Min, imagedraw.Src)
	in.applyMask(img, sd)
	return pngURL(img)
}

// inlineKeys and inlineValues are the short forms in inline images: ISO 32000-1, tables 93 and 94.
var inlineKeys = map[string]string{
	"BPC": "BitsPerComponent", "CS": "ColorSpace", "D": "Decode", "DP": "DecodeParms", "F": "Filter",
	"H": "Height", "IM": "ImageMask", "W": "Width",
}

var inlineValues = map[string]string{
	"AHx": filter.ASCIIHex, "A85": filter.ASCII85, "LZW": filter.LZW, "Fl": filter.Flate, "RL": filter.RunLength,
	"CCF": filter.CCITTFax, "DCT": filter.DCT,
}

func inlineDict(entries []token) types.Dict {
	d := types.NewDict()
	for i := 0; i+1 < len(entries); i += 2 {
		k := entries[i].text
		if long, ok := inlineKeys[k]; ok {
			k = long
		}
		d[k] = object(entries[i+1], k == "Filter")
	}
	return d
}

// object turns a token into an object of the document.
func object(t token, isFilter bool) types.Object {
	switch t.kind {
	case kindNumber:
		return types.Float(t.number)
	case kindName:
		if long, ok := inlineValues[t.text]; ok && isFilter {
			return types.Name(long)
		}
		return types.Name(t.text)
	case kindString:
		return types.NewHexLiteral([]byte(t.text))
	case kindArray:
		a := types.Array{}
		for _, e := range t.list {
			a = append(a, object(e, isFilter))
		}
		return a
	case kindDict:
		return inlineDict(t.list)
	}
	if t.text == "null" {
		return nil
	}
	return types.Boolean(t.text == "true")
}

func inlineFilters(d types.Dict) []types.PDFFilter {
	list := func(o types.Object) types.Array {
		if a, ok := o.(types.Array); ok {
			return a
		}
		if o == nil {
			return nil
		}
		return types.Array{o}
	}
	parms := list(d["DecodeParms"])
	var all []types.PDFFilter
	for i, o := range list(d["Filter"]) {
		n, _ := o.(types.Name)
		f := types.PDFFilter{Name: n.Value()}
		if i < len(parms) {
			if p, ok := parms[i].(types.Dict); ok {
				f.DecodeParms = integers(p)
			}
		}
		all = append(all, f)
	}
	return all
}

// integers makes the numbers of filter parameters what pdfcpu looks for.
func integers(d types.Dict) types.Dict {
	for k, o := range d {
		if v, ok := o.(types.Float); ok {
			d[k] = types.Integer(v.Value())
		}
	}
	return d
}

// inlineSize returns how many bytes the data of an unfiltered image has, or -1.
func (in *interpreter) inlineSize(d types.Dict) int {
	if d["Filter"] != nil {
		return -1
	}
	f := in.formatOf(d)
	if f == nil {
		return -1
	}
	return f.stride() * f.height
}
