package ddx

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// canvas collects what is drawn on a page, in the coordinates of the page as it is shown: points from its lower left
// corner.
type canvas struct {
	stream  strings.Builder
	prefix  string // of the names of resources
	fonts   types.Dict
	states  types.Dict
	objects types.Dict
	faces   map[pdf.Face]string
	lost    int // characters that cannot be shown
}

func newCanvas(prefix string) *canvas {
	return &canvas{
		prefix: prefix, fonts: types.NewDict(), states: types.NewDict(), objects: types.NewDict(), faces: map[pdf.Face]string{},
	}
}

func (c *canvas) content(p *pdf.Page, under bool) pdf.Content {
	return pdf.Content{
		Stream:    []byte(pageMatrix(p) + " cm\n" + c.stream.String()),
		Resources: map[string]types.Dict{"Font": c.fonts, "ExtGState": c.states, "XObject": c.objects},
		Under:     under,
	}
}

// pageMatrix turns coordinates of the page as it is shown into those of the page.
func pageMatrix(p *pdf.Page) string {
	b := p.CropBox
	switch p.Rotate {
	case 90:
		return matrix(0, 1, -1, 0, b[2], b[1])
	case 180:
		return matrix(-1, 0, 0, -1, b[2], b[3])
	case 270:
		return matrix(0, -1, 1, 0, b[0], b[3])
	}
	return matrix(1, 0, 0, 1, b[0], b[1])
}

func matrix(v ...float64) string {
	words := make([]string, len(v))
	for i, n := range v {
		words[i] = num(n)
	}
	return strings.Join(words, " ")
}

func num(f float64) string {
	s := strconv.FormatFloat(f, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// opacity sets how much is seen through what follows.
func (c *canvas) opacity(part float64) {
	if part >= 1 {
		return
	}
	name := fmt.Sprintf("%sG%d", c.prefix, int(part*1000))
	c.states[name] = types.Dict{"Type": types.Name("ExtGState"), "ca": types.Float(part), "CA": types.Float(part)}
	fmt.Fprintf(&c.stream, "/%s gs\n", name)
}

func (c *canvas) font(face pdf.Face) string {
	name, ok := c.faces[face]
	if !ok {
		name = fmt.Sprintf("%sF%d", c.prefix, len(c.faces))
		c.faces[face] = name
		c.fonts[name] = face.Dict()
	}
	return name
}

// line draws a line of text from x on the baseline y.
func (c *canvas) line(l textLine, x, y float64) {
	for _, s := range l.spans {
		x += s.skip
		if s.text == "" {
			continue
		}
		face := s.style.face()
		w := face.Width(s.text, s.style.size)
		operand, lost := pdf.ShowText(s.text)
		c.lost += lost
		rgb := s.style.color
		fmt.Fprintf(&c.stream, "BT %s rg /%s %s Tf %s %s Td %s Tj ET\n",
			matrix(rgb[0], rgb[1], rgb[2]), c.font(face), num(s.style.size), num(x), num(y), operand)
		if s.style.underline {
			c.rule(rgb, x, y-0.12*s.style.size, w, s.style.size*0.06)
		}
		if s.style.strike {
			c.rule(rgb, x, y+0.25*s.style.size, w, s.style.size*0.06)
		}
		x += w
	}
}

func (c *canvas) rule(rgb [3]float64, x, y, w, h float64) {
	fmt.Fprintf(&c.stream, "%s rg %s re f\n", matrix(rgb[0], rgb[1], rgb[2]), matrix(x, y, w, h))
}

// ascentPart is how much of a line's height is above the baseline.
const ascentPart = 0.8

// margins of a page, from its edges.
type margins struct{ left, top, right, bottom float64 }

func (s *sheet) margins(number int) margins {
	const usual = 36
	m := margins{usual, usual, usual, usual}
	if n := s.find(number, "PageMargins", ""); n != nil {
		m = margins{n.length("left", usual), n.length("top", usual), n.length("right", usual), n.length("bottom", usual)}
	}
	return m
}

// draw puts everything on a page that its scopes say.
func (a *assembly) draw(s *sheet, number int) error {
	k := known{
		page: number, pages: len(a.sheets), label: s.label, last: a.sheets[len(a.sheets)-1].label,
		result: a.resultInfo(), source: s.source, now: a.r.o.Time, bates: a.r.bates,
	}
	for _, layer := range []struct {
		names [][2]string
		under bool
	}{
		{[][2]string{{"PageUnderlay", ""}, {"Background", "NoBackgrounds"}}, true},
		{[][2]string{{"Watermark", "NoWatermarks"}, {"PageOverlay", ""}, {"Header", "NoHeaders"}, {"Footer", "NoFooters"}}, false},
	} {
		prefix, err := a.freePrefix(s.page)
		if err != nil {
			return err
		}
		c := newCanvas(prefix)
		for _, name := range layer.names {
			if n := s.find(number, name[0], name[1]); n != nil {
				a.element(c, n, s, k)
			}
		}
		if s.contents > 0 && !layer.under {
			if err := a.drawContents(c, s, k); err != nil {
				return err
			}
		}
		if c.lost > 0 {
			a.r.notef("page %d: %d characters are question marks, because the standard fonts do not have them", number, c.lost)
		}
		if c.stream.Len() == 0 {
			continue
		}
		if err := pdf.AddContent(a.context(), s.page, c.content(s.page, layer.under)); err != nil {
			return err
		}
	}
	return nil
}

// freePrefix returns a beginning of names that no resource of the page has.
func (a *assembly) freePrefix(p *pdf.Page) (string, error) {
	prefix := "DDX"
	for range 3 { // a name found for one kind may have to give way to the next
		for _, kind := range []string{"Font", "ExtGState", "XObject"} {
			name, err := pdf.FreeName(a.context(), p, kind, prefix)
			if err != nil {
				return "", err
			}
			prefix = name
		}
	}
	return prefix, nil
}

// element draws one page content element.
func (a *assembly) element(c *canvas, n *node, s *sheet, k known) {
	n = a.r.job.styled(n)
	size, m := s.page.Size(), s.margins(k.page)
	c.stream.WriteString("q\n")
	switch n.name {
	case "Header", "Footer":
		a.band(c, n, size, m, k)
	default:
		a.stamp(c, n, size, m, k)
	}
	c.stream.WriteString("Q\n")
}

// styled returns the element that a style reference names, or n itself.
func (j *Job) styled(n *node) *node {
	if name, ok := n.attrs["styleReference"]; ok {
		return j.profiles["StyleProfile "+name].child(n.name)
	}
	return n
}

// band draws a header or footer: its parts begin at the upper margin, or end at the lower one.
func (a *assembly) band(c *canvas, n *node, size pdf.Size, m margins, k known) {
	for _, part := range n.kids {
		styled := part.child("StyledText")
		if styled == nil {
			continue
		}
		lines := k.expand(styled, a.r.style)
		y := size.Height - m.top
		if n.name == "Footer" {
			y = m.bottom + blockHeight(lines)
		}
		for _, l := range lines {
			x := m.left
			switch w := l.width(); part.name {
			case "Center":
				x = (size.Width - w) / 2
			case "Right":
				x = size.Width - m.right - w
			}
			c.line(l, x, y-l.height()*ascentPart)
			y -= l.height()
		}
	}
}

func blockHeight(lines []textLine) float64 {
	h := 0.0
	for _, l := range lines {
		h += l.height()
	}
	return h
}

func blockWidth(lines []textLine) float64 {
	w := 0.0
	for _, l := range lines {
		w = max(w, l.width())
	}
	return w
}

// stamp draws a watermark, background, overlay or underlay: text or a page, scaled and turned, at an anchor.
func (a *assembly) stamp(c *canvas, n *node, size pdf.Size, m margins, k known) {
	var lines []textLine
	object := a.forms[n]
	w, h := 0.0, 0.0
	if styled := n.child("StyledText"); styled != nil {
		lines = k.expand(styled, a.r.style)
		w, h = blockWidth(lines), blockHeight(lines)
	} else if object != nil {
		w, h = object.size.Width, object.size.Height
	}
	if w <= 0 || h <= 0 {
		return
	}
	angle := float64(n.integer("rotation", 0)%360) * math.Pi / 180
	scale := n.percent("scale")
	across, up := turned(w, h, angle)
	if n.attrs["fitToPage"] == "true" {
		scale = min((size.Width-m.left-m.right)/across, (size.Height-m.top-m.bottom)/up)
	}
	if scale <= 0 {
		return
	}
	x, y := anchor(n, size, m, across*scale, up*scale)
	sin, cos := math.Sincos(angle)
	c.opacity(min(n.percent("opacity"), 1))
	fmt.Fprintf(&c.stream, "%s cm\n", matrix(cos*scale, sin*scale, -sin*scale, cos*scale, x, y))
	if object != nil {
		name := c.prefix + "X" + strconv.Itoa(len(c.objects))
		c.objects[name] = object.ref
		fmt.Fprintf(&c.stream, "%s cm\n/%s Do\n", matrix(1, 0, 0, 1, -w/2, -h/2), name)
		return
	}
	top := h / 2
	for _, l := range lines {
		x := -w / 2
		switch l.align {
		case "", "center":
			x = -l.width() / 2
		case "right":
			x = w/2 - l.width()
		}
		c.line(l, x, top-l.height()*ascentPart)
		top -= l.height()
	}
}

// turned returns the size of the upright box around a turned one.
func turned(w, h, angle float64) (across, up float64) {
	sin, cos := math.Sincos(angle)
	sin, cos = math.Abs(sin), math.Abs(cos)
	return w*cos + h*sin, w*sin + h*cos
}

// anchor returns the middle of a box of the given size at the element's place.
func anchor(n *node, size pdf.Size, m margins, w, h float64) (x, y float64) {
	x, y = size.Width/2, size.Height/2
	switch n.attrs["horizontalAnchor"] {
	case "Left":
		x = m.left + w/2
	case "Right":
		x = size.Width - m.right - w/2
	}
	switch n.attrs["verticalAnchor"] {
	case "Top":
		y = size.Height - m.top - h/2
	case "Bottom":
		y = m.bottom + h/2
	}
	return x + n.length("horizontalOffset", 0), y + n.length("verticalOffset", 0)
}
