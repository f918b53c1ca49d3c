package preview

import (
	"fmt"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// patternGray stands for patterns and shadings.
const patternGray = "#c0c0c0"

// colorSpace turns components into a color.
type colorSpace struct {
	components int
	rgb        func(c []float64) [3]float64 // each from 0 to 1
	// decode is the range of the components in images, if it is not from 0 to 1.
	decode []float64
	// palette is how many colors an indexed space has, or 0.
	palette int
	pattern bool
}

var (
	deviceGray   = &colorSpace{components: 1, rgb: func(c []float64) [3]float64 { return [3]float64{c[0], c[0], c[0]} }}
	deviceRGB    = &colorSpace{components: 3, rgb: func(c []float64) [3]float64 { return [3]float64{c[0], c[1], c[2]} }}
	deviceCMYK   = &colorSpace{components: 4, rgb: printed}
	patternSpace = &colorSpace{pattern: true}
	labSpace     = &colorSpace{components: 3, decode: []float64{0, 100, -100, 100, -100, 100}, rgb: lightness}
)

// lightness shows a color of the Lab space by how light it is.
func lightness(c []float64) [3]float64 { return [3]float64{c[0] / 100, c[0] / 100, c[0] / 100} }

// inks are the colors of cyan, magenta, yellow and black as they are usually printed.
var inks = [4][3]float64{{0, 0.68, 0.94}, {0.93, 0, 0.55}, {1, 0.95, 0}, {0, 0, 0}}

// printed lays inks over each other, each taking its part of the light.
func printed(c []float64) [3]float64 {
	rgb := [3]float64{1, 1, 1}
	for i, ink := range inks {
		for j := range rgb {
			rgb[j] *= 1 - unit(c[i])*(1-ink[j])
		}
	}
	return rgb
}

func unit(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v, 1)
}

func (p *paint) set(space *colorSpace, c []float64) {
	p.space = space
	if space.pattern {
		p.color = patternGray
		return
	}
	if len(c) < space.components {
		return
	}
	p.color = hexColor(space.rgb(c[len(c)-space.components:]))
}

func hexColor(rgb [3]float64) string {
	var v [3]int
	for i := range v {
		v[i] = int(math.Round(255 * unit(rgb[i])))
	}
	return fmt.Sprintf("#%02x%02x%02x", v[0], v[1], v[2])
}

// setColor runs cs, sc, scn and their counterparts for strokes.
func (in *interpreter) setColor(name string, operands []token) {
	p := &in.state.fill
	if name[0] == 'C' || name[0] == 'S' {
		p = &in.state.stroke
	}
	if name == "cs" || name == "CS" {
		space := in.namedSpace(lastText(operands, kindName), in.resources, 0)
		initial := make([]float64, space.components)
		if space == deviceCMYK {
			initial[3] = 1
		}
		p.set(space, initial)
		return
	}
	if n := len(operands); n > 0 && operands[n-1].kind == kindName {
		p.color = patternGray
		return
	}
	var c []float64
	for _, t := range operands {
		c = append(c, t.number)
	}
	p.set(p.space, c)
}

const maxSpaceDepth = 4

// namedSpace returns a color space by its name in the resources, or of the device.
func (in *interpreter) namedSpace(name string, resources types.Dict, depth int) *colorSpace {
	switch name {
	case "DeviceGray", "G", "CalGray":
		return deviceGray
	case "DeviceRGB", "RGB", "CalRGB":
		return deviceRGB
	case "DeviceCMYK", "CMYK":
		return deviceCMYK
	case "Pattern":
		return patternSpace
	}
	if o := in.resource(resources, "ColorSpace", name); o != nil && depth < maxSpaceDepth {
		return in.space(o, resources, depth+1)
	}
	return deviceGray
}

// space reads a color space. One that is unknown is gray.
func (in *interpreter) space(o types.Object, resources types.Dict, depth int) *colorSpace {
	o = in.resolve(o)
	if n, ok := o.(types.Name); ok {
		return in.namedSpace(n.Value(), resources, depth)
	}
	a, ok := o.(types.Array)
	if !ok || len(a) == 0 || depth > maxSpaceDepth {
		return deviceGray
	}
	kind, _ := in.resolve(a[0]).(types.Name)
	switch kind {
	case "Lab":
		return labSpace
	case "ICCBased":
		return in.profileSpace(a)
	case "Indexed", "I":
		return in.indexedSpace(a, resources, depth)
	case "Separation", "DeviceN":
		return in.tintSpace(a, resources, depth)
	}
	return in.namedSpace(kind.Value(), nil, depth)
}

// profileSpace takes a profile for the device space with as many components.
func (in *interpreter) profileSpace(a types.Array) *colorSpace {
	if len(a) < 2 {
		return deviceGray
	}
	sd := in.stream(a[1])
	if sd == nil {
		return deviceGray
	}
	switch int(in.number(sd.Dict["N"], 1)) {
	case 3:
		return deviceRGB
	case 4:
		return deviceCMYK
	}
	return deviceGray
}

func (in *interpreter) indexedSpace(a types.Array, resources types.Dict, depth int) *colorSpace {
	if len(a) < 4 {
		return deviceGray
	}
	base := in.space(a[1], resources, depth+1)
	if base.pattern || base.palette > 0 {
		return deviceGray
	}
	table := in.bytes(a[3])
	count := min(max(int(in.number(a[2], 0)), 0), 255) + 1
	count = min(count, len(table)/base.components)
	return &colorSpace{components: 1, palette: max(count, 1), rgb: func(c []float64) [3]float64 {
		if count == 0 {
			return [3]float64{}
		}
		first := base.components * min(max(int(c[0]), 0), count-1)
		mixed := make([]float64, base.components)
		for j := range mixed {
			mixed[j] = base.scaled(j, float64(table[first+j])/255)
		}
		return base.rgb(mixed)
	}}
}

// scaled brings a component of an image, from 0 to 1, into its range.
func (s *colorSpace) scaled(component int, v float64) float64 {
	if s.decode == nil {
		return v
	}
	low, high := s.decode[2*component], s.decode[2*component+1]
	return low + v*(high-low)
}

// tintSpace mixes inks. With an exponential function the colors are right; otherwise more ink is darker.
func (in *interpreter) tintSpace(a types.Array, resources types.Dict, depth int) *colorSpace {
	if len(a) < 4 {
		return deviceGray
	}
	components := 1
	if names, ok := in.resolve(a[1]).(types.Array); ok {
		components = min(max(len(names), 1), 32)
	}
	s := &colorSpace{components: components, rgb: func(c []float64) [3]float64 {
		light := 1.0
		for _, v := range c {
			light *= 1 - unit(v)
		}
		return [3]float64{light, light, light}
	}}
	alternate := in.space(a[2], resources, depth+1)
	f, _ := in.resolve(a[3]).(types.Dict)
	if components != 1 || f == nil || alternate.pattern || alternate.palette > 0 || in.number(f["FunctionType"], 0) != 2 {
		return s
	}
	c0, c1 := in.numbers(f["C0"]), in.numbers(f["C1"])
	if len(c0) != alternate.components || len(c1) != alternate.components {
		return s
	}
	exponent := in.number(f["N"], 1)
	s.rgb = func(c []float64) [3]float64 {
		t := math.Pow(unit(c[0]), exponent)
		mixed := make([]float64, len(c0))
		for i := range mixed {
			mixed[i] = c0[i] + t*(c1[i]-c0[i])
		}
		return alternate.rgb(mixed)
	}
	return s
}
