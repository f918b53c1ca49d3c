package preview

import (
	"fmt"
	"math"
	"strings"
)

// setFont runs Tf: a name and a size.
func (in *interpreter) setFont(operands []token) {
	n := len(operands)
	if n < 2 || operands[n-2].kind != kindName || operands[n-1].kind != kindNumber {
		return
	}
	in.state.text.font = in.font(in.resource(in.resources, "Font", operands[n-2].text))
	in.state.text.size = operands[n-1].number
}

func (in *interpreter) nextLine(x, y float64) {
	in.tlm = matrix{1, 0, 0, 1, x, y}.then(in.tlm)
	in.tm = in.tlm
}

// showText runs Tj, ', " and TJ.
func (in *interpreter) showText(name string, operands []token) {
	t := &in.state.text
	n := len(operands)
	if n == 0 {
		return
	}
	switch name {
	case `"`:
		if spaces, ok := numbers(operands[:n-1], 2); ok {
			t.words, t.charSpace = spaces[0], spaces[1]
		}
		in.nextLine(0, -t.leading)
	case "'":
		in.nextLine(0, -t.leading)
	}
	list := operands[n-1:]
	if name == "TJ" {
		list = operands[n-1].list
	}
	r := run{in: in}
	for _, o := range list {
		switch o.kind {
		case kindString:
			r.show(o.text)
		case kindNumber:
			r.move(-o.number / 1000 * t.size * t.scale)
		}
	}
	r.flush()
}

// run collects what is shown in one piece.
type run struct {
	in      *interpreter
	text    strings.Builder
	advance float64 // in text space
	// What is left of the text and the advance without spaces at the end.
	solid        int
	solidAdvance float64
}

// gap is how far a move may go, by the size of the font, before the text is drawn in two pieces.
const gap = 0.18

func (r *run) move(by float64) {
	t := r.in.state.text
	if math.Abs(by) > gap*math.Abs(t.size*t.scale) {
		r.flush()
		r.in.tm = matrix{1, 0, 0, 1, by, 0}.then(r.in.tm)
		return
	}
	r.advance += by
}

func (r *run) show(s string) {
	t := r.in.state.text
	for len(s) > 0 {
		g := t.font.next(s)
		s = s[g.bytes:]
		by := g.width/1000*t.size + t.charSpace
		if g.bytes == 1 && g.code == ' ' {
			by += t.words
		}
		blank := strings.TrimSpace(g.text) == ""
		if blank && r.text.Len() == 0 {
			r.flush() // spaces at the beginning only move
			r.in.tm = matrix{1, 0, 0, 1, by * t.scale, 0}.then(r.in.tm)
			continue
		}
		r.text.WriteString(g.text)
		r.advance += by * t.scale
		if !blank {
			r.solid, r.solidAdvance = r.text.Len(), r.advance-t.charSpace*t.scale
		}
	}
}

// flush draws the piece and begins another behind it.
func (r *run) flush() {
	in := r.in
	text, advance, start := r.text.String()[:r.solid], r.solidAdvance, in.tm
	in.tm = matrix{1, 0, 0, 1, r.advance, 0}.then(in.tm)
	*r = run{in: in}
	t := in.state.text
	if text == "" || t.size == 0 || t.mode == 3 || t.mode == 7 {
		return
	}
	m := matrix{1, 0, 0, -1, 0, t.rise}.then(start).then(in.state.ctm)
	if t.size < 0 {
		m = matrix{-1, 0, 0, -1, 0, 0}.then(m)
		advance = -advance
	}
	k := m.scale()
	if !m.valid() || k < 1e-6 {
		return
	}
	m.a, m.b, m.c, m.d = m.a/k, m.b/k, m.c/k, m.d/k
	length := ""
	if advance > 0 {
		length = fmt.Sprintf(` textLength="%s" lengthAdjust="spacingAndGlyphs"`, num(advance*k))
	}
	if strings.ContainsFunc(text, rightToLeft) {
		length += ` direction="ltr" unicode-bidi="bidi-override"` // a page has its characters in the order of the eye
	}
	in.enterClip()
	in.out.printf("<text %s font-size=\"%s\"%s%s%s>%s</text>\n",
		m.attribute(), num(math.Abs(t.size)*k), t.font.attributes(), length, in.textPaint(), escape(text))
}

func rightToLeft(r rune) bool {
	return r >= 0x590 && r <= 0x8FF || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFF
}

// textPaint returns the attributes of how text is painted, by the rendering mode.
func (in *interpreter) textPaint() string {
	switch in.state.text.mode & 3 {
	case 1:
		return ` fill="none"` + in.strokeAttributes()
	case 2:
		return in.state.fill.attributes("fill") + in.strokeAttributes()
	}
	return in.state.fill.attributes("fill")
}
