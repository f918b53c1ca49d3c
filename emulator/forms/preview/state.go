package preview

import "strings"

// state is what q saves and Q restores.
type state struct {
	ctm          matrix // from user space to the picture
	fill, stroke paint
	lineWidth    float64
	cap, join    int
	miter        float64
	dash         []float64
	dashPhase    float64
	clip         clip
	text         textState
}

// paint is a color in its space.
type paint struct {
	space *colorSpace
	color string // for SVG, such as "#ff0000"
	alpha float64
}

// clip is the region outside of which nothing is drawn: a box in the picture, and maybe a path below it.
type clip struct {
	box    box
	boxed  bool
	parent string // the id of a path
	depth  int    // of paths in paths
}

type textState struct {
	font             *font
	size             float64
	charSpace, words float64
	scale            float64 // 1 is normal
	leading, rise    float64
	mode             int
}

func newState(base matrix) state {
	black := paint{space: deviceGray, color: "#000000", alpha: 1}
	return state{ctm: base, fill: black, stroke: black, lineWidth: 1, miter: 10, text: textState{scale: 1}}
}

// path is a path in the picture's coordinates.
type path struct {
	d        strings.Builder
	x, y     float64 // current point, in user space
	startX   float64
	startY   float64
	hasPoint bool
	rect     *box // if the path is one upright rectangle
	parts    int
}

func (p *path) point(m matrix, x, y float64) {
	x, y = m.apply(x, y)
	p.d.WriteString(num(x) + " " + num(y) + " ")
}

func (p *path) moveTo(m matrix, x, y float64) {
	p.d.WriteByte('M')
	p.point(m, x, y)
	p.x, p.y, p.startX, p.startY, p.hasPoint = x, y, x, y, true
	p.parts++
	p.rect = nil
}

func (p *path) lineTo(m matrix, x, y float64) {
	if !p.hasPoint {
		p.moveTo(m, x, y)
		return
	}
	p.d.WriteByte('L')
	p.point(m, x, y)
	p.x, p.y, p.rect = x, y, nil
}

func (p *path) curveTo(m matrix, x1, y1, x2, y2, x3, y3 float64) {
	if !p.hasPoint {
		p.moveTo(m, x1, y1)
	}
	p.d.WriteByte('C')
	p.point(m, x1, y1)
	p.point(m, x2, y2)
	p.point(m, x3, y3)
	p.x, p.y, p.rect = x3, y3, nil
}

func (p *path) closePath() {
	if p.hasPoint {
		p.d.WriteByte('Z')
		p.x, p.y = p.startX, p.startY
	}
}

func (p *path) rectangle(m matrix, x, y, w, h float64) {
	p.moveTo(m, x, y)
	p.lineTo(m, x+w, y)
	p.lineTo(m, x+w, y+h)
	p.lineTo(m, x, y+h)
	p.closePath()
	if p.parts == 1 && m.upright() {
		b := m.bounds(box{x, y, x + w, y + h})
		p.rect = &b
	}
}
