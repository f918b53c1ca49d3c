package xfa

import (
	"math"

	"github.com/imsx/imsx/emulator/forms/page"
)

// rect is a rectangle on a page.
type rect struct{ x, y, w, h float64 }

func (r rect) inset(i insets) rect {
	return rect{r.x + i.left, r.y + i.top, max(0, r.w-i.across()), max(0, r.h-i.down())}
}

// edge is how a side of a border is drawn.
type edge struct {
	visible bool
	width   float64
	color   page.Color
	stroke  string
}

// edgeOf reads an edge element.
func edgeOf(n *node) edge {
	e := edge{visible: isVisible(n), width: n.length("thickness", 0.5), stroke: n.attr("stroke")}
	e.color = colorOf(n.child("color"), page.Color{})
	if e.width <= 0 {
		e.visible = false
	}
	return e
}

func (e edge) dash() []float64 {
	w := max(e.width, 0.5)
	switch e.stroke {
	case "dashed":
		return []float64{3 * w, 2 * w}
	case "dotted":
		return []float64{w, w}
	case "dashDot":
		return []float64{3 * w, w, w, w}
	case "dashDotDot":
		return []float64{3 * w, w, w, w, w, w}
	}
	return nil
}

// edgesOf reads the edges of a border: top, right, bottom, left. Those that are not given are as the last one that is, or,
// of two, as the one on the other side.
func edgesOf(border *node) [4]edge {
	var edges [4]edge
	given := border.all("edge")
	if len(given) == 0 {
		given = []*node{{name: "edge"}}
	}
	for i := range edges {
		from := min(i, len(given)-1)
		if i >= len(given) && len(given) > 1 {
			from = i - 2
		}
		edges[i] = edgeOf(given[min(from, len(given)-1)])
	}
	for i := range edges {
		edges[i].shade(i)
	}
	return edges
}

// shade gives a raised or lowered edge its color, as if light came from the upper left. Side counts from the top, clockwise.
func (e *edge) shade(side int) {
	light, dark := page.Color{R: 212, G: 212, B: 212}, page.Color{R: 112, G: 112, B: 112}
	towards := side == 0 || side == 3
	switch e.stroke {
	case "raised", "embossed":
		e.color = dark
		if towards {
			e.color = light
		}
	case "lowered", "etched":
		e.color = light
		if towards {
			e.color = dark
		}
	}
}

func isVisible(n *node) bool {
	switch n.attr("presence") {
	case "hidden", "invisible", "inactive":
		return false
	}
	return true
}

// fillOf returns the color of a fill element, nil if it is transparent. Gradients are the middle of their colors.
func (l *layouter) fillOf(fill *node) *page.Color {
	if fill == nil || !isVisible(fill) {
		return nil
	}
	color := colorOf(fill.child("color"), page.Color{R: 255, G: 255, B: 255})
	for _, kind := range []string{"linear", "radial", "pattern", "stipple"} {
		if n := fill.child(kind); n != nil {
			other := colorOf(n.child("color"), page.Color{})
			color = page.Color{R: middle(color.R, other.R), G: middle(color.G, other.G), B: middle(color.B, other.B)}
			l.notes.add("Gradients and patterns are approximated by a single color.")
		}
	}
	return &color
}

func middle(a, b uint8) uint8 { return uint8((int(a) + int(b)) / 2) }

// border paints a border element, or a rectangle, around a rectangle.
func (l *layouter) border(p *painter, border *node, r rect) {
	if border == nil || !isVisible(border) {
		return
	}
	r = r.inset(insetsOf(border.child("margin")))
	fill, edges := l.fillOf(border.child("fill")), edgesOf(border)
	radius := 0.0
	if corner := border.child("corner"); corner.attr("join") == "round" && isVisible(corner) {
		radius = min(corner.length("radius", 0), r.w/2, r.h/2)
	}
	same := edges[0] == edges[1] && edges[1] == edges[2] && edges[2] == edges[3]
	if same && edges[0].visible && edges[0].dash() == nil {
		stroke := edges[0].color
		p.add(page.Rect{X: r.x, Y: r.y, W: r.w, H: r.h, Radius: radius, LineWidth: edges[0].width, Fill: fill, Stroke: &stroke})
		return
	}
	if fill != nil {
		p.add(page.Rect{X: r.x, Y: r.y, W: r.w, H: r.h, Radius: radius, Fill: fill})
	}
	corners := [5][2]float64{{r.x, r.y}, {r.x + r.w, r.y}, {r.x + r.w, r.y + r.h}, {r.x, r.y + r.h}, {r.x, r.y}}
	for i, e := range edges {
		if e.visible {
			l.stroke(p, e, corners[i][0], corners[i][1], corners[i+1][0], corners[i+1][1])
		}
	}
}

func (l *layouter) stroke(p *painter, e edge, x1, y1, x2, y2 float64) {
	p.add(page.Line{X1: x1, Y1: y1, X2: x2, Y2: y2, Width: e.width, Color: e.color, Dash: e.dash()})
}

// shape paints a line, a rectangle or an arc of a draw.
func (l *layouter) shape(p *painter, n *node, r rect) {
	switch n.name {
	case "rectangle":
		l.border(p, n, r)
	case "line":
		e := edgeOf(n.child("edge"))
		if !e.visible {
			return
		}
		if n.attr("slope") == "/" {
			l.stroke(p, e, r.x, r.y+r.h, r.x+r.w, r.y)
		} else {
			l.stroke(p, e, r.x, r.y, r.x+r.w, r.y+r.h)
		}
	case "arc":
		l.arc(p, n, r)
	}
}

// arc paints an arc as a chain of lines, and a whole circle as a rectangle with round corners.
func (l *layouter) arc(p *painter, n *node, r rect) {
	if n.attr("circular") == "1" {
		d := min(r.w, r.h)
		r = rect{r.x + (r.w-d)/2, r.y + (r.h-d)/2, d, d}
	}
	e, fill := edgeOf(n.child("edge")), l.fillOf(n.child("fill"))
	start, sweep := angle(n, "startAngle", 0), angle(n, "sweepAngle", 360)
	whole := math.Abs(sweep) >= 360
	if whole && math.Abs(r.w-r.h) < 0.1 {
		circle := page.Rect{X: r.x, Y: r.y, W: r.w, H: r.h, Radius: r.w / 2, Fill: fill, LineWidth: e.width}
		if e.visible {
			circle.Stroke = &e.color
		}
		p.add(circle)
		return
	}
	switch {
	case fill != nil && whole:
		strips(p, r, *fill)
	case fill != nil:
		l.notes.add("The fill of arcs is left out.")
	}
	if !e.visible {
		return
	}
	const step = 6 // degrees
	count := max(1, int(math.Ceil(math.Abs(sweep)/step)))
	at := func(i int) (float64, float64) {
		sin, cos := math.Sincos((start + sweep*float64(i)/float64(count)) * math.Pi / 180)
		return r.x + r.w/2 + cos*r.w/2, r.y + r.h/2 - sin*r.h/2
	}
	x1, y1 := at(0)
	for i := 1; i <= count; i++ {
		x2, y2 := at(i)
		l.stroke(p, e, x1, y1, x2, y2)
		x1, y1 = x2, y2
	}
}

// strips fills an ellipse with strips, a point high or more.
func strips(p *painter, r rect, color page.Color) {
	const least, most = 8, 96
	count := max(least, min(most, int(r.h)))
	h := r.h / float64(count)
	for i := range count {
		y := (float64(i)+0.5)/float64(count)*2 - 1 // from -1 at the top to 1 at the bottom
		w := r.w * math.Sqrt(1-y*y)
		p.add(page.Rect{X: r.x + (r.w-w)/2, Y: r.y + float64(i)*h, W: w, H: h, Fill: &color})
	}
}

// angle returns an attribute in degrees, a full circle at most.
func angle(n *node, name string, otherwise float64) float64 {
	v, ok := parsePlain(n.attr(name))
	if !ok {
		return otherwise
	}
	return max(-360, min(360, v))
}
