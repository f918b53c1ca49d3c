package preview

import (
	"fmt"
	"math"
	"strings"
)

// painter is a path-painting operator.
type painter struct {
	fills, strokes, closes bool
	rule                   string // of the fill
}

var painters = map[string]painter{
	"S": {strokes: true}, "s": {strokes: true, closes: true},
	"f": {fills: true}, "F": {fills: true}, "f*": {fills: true, rule: "evenodd"},
	"B": {fills: true, strokes: true}, "B*": {fills: true, strokes: true, rule: "evenodd"},
	"b": {fills: true, strokes: true, closes: true}, "b*": {fills: true, strokes: true, closes: true, rule: "evenodd"},
	"n": {},
}

// paint draws the path, clips by it if asked to, and begins another.
func (in *interpreter) paint(p painter) {
	d := strings.TrimSpace(in.path.d.String())
	if d != "" && (p.fills || p.strokes) {
		attributes := ` fill="none"`
		if p.fills {
			attributes = in.state.fill.attributes("fill")
			if p.rule != "" {
				attributes += ` fill-rule="` + p.rule + `"`
			}
		}
		if p.strokes {
			attributes += in.strokeAttributes()
		}
		in.enterClip()
		in.out.printf("<path d=\"%s\"%s/>\n", d, attributes)
	}
	if in.clipRule != "" {
		in.clipBy(d)
	}
	in.path, in.clipRule = &path{}, ""
}

func (p paint) attributes(kind string) string {
	s := fmt.Sprintf(` %s="%s"`, kind, p.color)
	if p.alpha < 1 {
		s += fmt.Sprintf(` %s-opacity="%s"`, kind, num(p.alpha))
	}
	return s
}

// thinnest is the width of the thinnest line, in points.
const thinnest = 0.3

func (in *interpreter) strokeAttributes() string {
	st, k := in.state, in.state.ctm.scale()
	s := st.stroke.attributes("stroke") + fmt.Sprintf(` stroke-width="%s"`, num(max(math.Abs(st.lineWidth)*k, thinnest)))
	switch st.cap {
	case 1:
		s += ` stroke-linecap="round"`
	case 2:
		s += ` stroke-linecap="square"`
	}
	switch st.join {
	case 1:
		s += ` stroke-linejoin="round"`
	case 2:
		s += ` stroke-linejoin="bevel"`
	default:
		s += fmt.Sprintf(` stroke-miterlimit="%s"`, num(max(st.miter, 1)))
	}
	if len(st.dash) == 0 {
		return s
	}
	var dashes []string
	for _, v := range st.dash {
		dashes = append(dashes, num(v*k))
	}
	s += ` stroke-dasharray="` + strings.Join(dashes, " ") + `"`
	if st.dashPhase != 0 {
		s += fmt.Sprintf(` stroke-dashoffset="%s"`, num(st.dashPhase*k))
	}
	return s
}

// setDash reads an array of lengths and a phase. A pattern without length is a solid line.
func (in *interpreter) setDash(operands []token) {
	if len(operands) < 2 || operands[len(operands)-2].kind != kindArray {
		return
	}
	in.state.dash, in.state.dashPhase = nil, operands[len(operands)-1].number
	const most = 32
	sum := 0.0
	var dash []float64
	for _, t := range operands[len(operands)-2].list {
		if t.kind != kindNumber || t.number < 0 || len(dash) == most {
			return
		}
		sum += t.number
		dash = append(dash, t.number)
	}
	if sum > 0 {
		in.state.dash = dash
	}
}

// clipBy narrows the clip to the path that was just drawn. Upright rectangles are intersected here, so that nesting
// them costs nothing.
func (in *interpreter) clipBy(d string) {
	c := in.state.clip
	switch r := in.path.rect; {
	case d == "":
		c.box, c.boxed = box{}, true // nothing is inside of an empty path
	case r != nil:
		if c.boxed {
			*r = c.box.intersect(*r)
		}
		c.box, c.boxed = *r, true
	case c.depth < maxClipDepth:
		id, outer := in.out.id("c"), in.clipAttribute()
		in.out.printf("<clipPath id=\"%s\"%s><path d=\"%s\" clip-rule=\"%s\"/></clipPath>\n", id, outer, d, in.clipRule)
		c = clip{parent: id, depth: c.depth + 1}
	}
	in.state.clip = c
}

// clipAttribute returns the attribute that clips an element, and writes the path it refers to when it is new.
func (in *interpreter) clipAttribute() string {
	c := in.state.clip
	if !c.boxed {
		if c.parent == "" {
			return ""
		}
		return ` clip-path="url(#` + c.parent + `)"`
	}
	id, known := in.clips[c]
	if !known {
		id = in.out.id("c")
		in.clips[c] = id
		parent := ""
		if c.parent != "" {
			parent = ` clip-path="url(#` + c.parent + `)"`
		}
		in.out.printf("<clipPath id=\"%s\"%s><rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/></clipPath>\n",
			id, parent, num(c.box.x0), num(c.box.y0), num(c.box.width()), num(c.box.height()))
	}
	return ` clip-path="url(#` + id + `)"`
}

// enterClip begins a group with the clip of the moment, unless the last element was in such a group. Elements are in a group
// because a clip of their own would be transformed with them.
func (in *interpreter) enterClip() {
	attribute := in.clipAttribute()
	if attribute == in.group {
		return
	}
	in.leaveClip()
	if in.group = attribute; attribute != "" {
		in.out.printf("<g%s>\n", attribute)
	}
}

func (in *interpreter) leaveClip() {
	if in.group != "" {
		in.out.printf("</g>\n")
	}
	in.group = ""
}

// shading fills the clip, because the colors of a shading are not computed. Without a clip it is left out, rather than
// hiding the page.
func (in *interpreter) shading() {
	c := in.state.clip
	if !c.boxed && c.parent == "" {
		return
	}
	b := c.box
	if !c.boxed {
		b = box{0, 0, maxSide, maxSide}
	}
	in.enterClip()
	in.out.printf("<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\" fill-opacity=\"%s\"/>\n",
		num(b.x0), num(b.y0), num(b.width()), num(b.height()), patternGray, num(0.6*in.state.fill.alpha))
}
