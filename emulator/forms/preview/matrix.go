package preview

import "math"

// matrix is the transformation x' = ax + cy + e, y' = bx + dy + f.
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

// then returns the transformation m followed by n.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d,
		m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

func (m matrix) apply(x, y float64) (float64, float64) {
	return m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f
}

// scale is how much longer a length becomes, on average.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

// upright reports whether the edges of a rectangle stay horizontal and vertical.
func (m matrix) upright() bool { return m.b == 0 && m.c == 0 || m.a == 0 && m.d == 0 }

func (m matrix) valid() bool {
	sum := m.a + m.b + m.c + m.d + m.e + m.f
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// box is a rectangle by two corners, the first with the smaller coordinates.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) width() float64  { return b.x1 - b.x0 }
func (b box) height() float64 { return b.y1 - b.y0 }

// ordered swaps corners that are the wrong way round.
func (b box) ordered() box {
	return box{min(b.x0, b.x1), min(b.y0, b.y1), max(b.x0, b.x1), max(b.y0, b.y1)}
}

func (b box) intersect(o box) box {
	r := box{max(b.x0, o.x0), max(b.y0, o.y0), min(b.x1, o.x1), min(b.y1, o.y1)}
	r.x1, r.y1 = max(r.x1, r.x0), max(r.y1, r.y0)
	return r
}

// bounds returns the smallest box around a box after a transformation.
func (m matrix) bounds(b box) box {
	x, y := m.apply(b.x0, b.y0)
	r := box{x, y, x, y}
	for _, p := range [3][2]float64{{b.x1, b.y0}, {b.x0, b.y1}, {b.x1, b.y1}} {
		x, y := m.apply(p[0], p[1])
		r = box{min(r.x0, x), min(r.y0, y), max(r.x1, x), max(r.y1, y)}
	}
	return r
}
