package printer

import (
	"io"
	"math"

	"github.com/imsx/imsx/emulator/forms/page"
)

// PCL writes a document in PCL 5e or 5c. Places are in decipoints from the upper left corner of the paper.
func PCL(w io.Writer, d *page.Document, o PCLOptions) error {
	if err := check(d); err != nil {
		return err
	}
	copies, err := checkCopies(o.Copies)
	if err != nil {
		return err
	}
	if err := checkDuplex(o.Duplex); err != nil {
		return err
	}
	p := &pcl{output: newOutput(w), color: o.Color}
	p.text("\x1bE")
	p.printf("\x1b&l%dX", copies)
	switch o.Duplex {
	case Simplex:
		p.text("\x1b&l0S")
	case LongEdge:
		p.text("\x1b&l1S")
	case ShortEdge:
		p.text("\x1b&l2S")
	}
	if p.color {
		p.text("\x1b*r3U") // the palette of eight colors, red, green and blue
	}
	for _, pg := range d.Pages {
		p.page(pg)
	}
	p.text("\x1bE")
	return p.done()
}

type pcl struct {
	output
	color  bool
	size   paper
	height float64 // of the page, in points
	width  float64

	turns int
	ink   int // of the palette
	font  page.Font
}

// paper is a size of paper in PCL.
type paper struct {
	code      int
	landscape bool
}

// papers holds the sizes that PCL has codes for, upright, in points.
var papers = []struct {
	code          int
	width, height float64
}{
	{1, 522, 756}, {2, 612, 792}, {3, 612, 1008}, {6, 792, 1224},
	{25, 419.53, 595.28}, {26, 595.28, 841.89}, {27, 841.89, 1190.55},
}

const customPaper = 101

// choosePaper returns the paper for a page, which may lie on its side.
func choosePaper(width, height float64) paper {
	near := func(a, b float64) bool { return math.Abs(a-b) < 3 }
	for _, p := range papers {
		switch {
		case near(p.width, width) && near(p.height, height):
			return paper{p.code, false}
		case near(p.width, height) && near(p.height, width):
			return paper{p.code, true}
		}
	}
	return paper{customPaper, width > height}
}

func (p *pcl) page(pg page.Page) {
	if s := choosePaper(pg.Width, pg.Height); s != p.size {
		p.size = s
		orientation, left := 0, 180 // decipoints from the edge of the paper to where the printer would begin
		if s.landscape {
			orientation, left = 1, 144
		}
		// The left edge is moved to that of the paper; no margin above, no skip at the end of the page.
		p.printf("\x1b&l%da%do0e0l-%dU", s.code, orientation, left)
	}
	p.width, p.height = pg.Width, pg.Height
	p.turns, p.ink, p.font = 0, 0, page.Font{}
	p.text("\x1b&a0P")
	for _, item := range pg.Items {
		rules, text := parts(item)
		for _, r := range rules {
			p.rule(r, pg)
		}
		if text != nil {
			p.run(*text)
		}
	}
	p.text("\f")
}

// turn sets the direction of print, in quarters counterclockwise. Places count from the corner that is then upper left.
func (p *pcl) turn(turns int) {
	if turns != p.turns {
		p.turns = turns
		p.printf("\x1b&a%dP", 90*turns)
	}
}

func (p *pcl) moveTo(x, y float64) {
	switch p.turns {
	case 1:
		x, y = p.height-y, x
	case 2:
		x, y = p.width-x, p.height-y
	case 3:
		x, y = y, p.width-x
	}
	p.printf("\x1b&a%dh%dV", max(units(x, 720), 0), max(units(y, 720), 0))
}

func (p *pcl) rule(r rule, pg page.Page) {
	r, ok := r.clip(pg)
	if !ok {
		return
	}
	p.turn(0)
	p.moveTo(r.x, r.y)
	width, height := max(units(r.w, 720), 1), max(units(r.h, 720), 1)
	if p.color {
		p.useInk(r.color)
		p.printf("\x1b*c%dh%dv0P", width, height)
		return
	}
	shade := int(math.Round(100 * (1 - luminance(r.color))))
	p.printf("\x1b*c%dh%dv%dg2P", width, height, shade)
}

// useInk selects the nearest of the palette's eight colors: a bit each for red, green and blue.
func (p *pcl) useInk(c page.Color) {
	ink := int(c.R>>7) | int(c.G>>7)<<1 | int(c.B>>7)<<2
	if ink != p.ink {
		p.ink = ink
		p.printf("\x1b*v%dS", ink)
	}
}

func (p *pcl) run(r run) {
	b := encode(r.Text.Text, page.WinAnsi)
	if len(b) == 0 {
		return
	}
	if p.color {
		p.useInk(r.Color)
	}
	p.turn(r.turns)
	p.useFont(r.Font)
	p.moveTo(r.X, r.Y)
	p.bytes(b)
}

// useFont selects a font of the printer in Windows Latin 1.
func (p *pcl) useFont(f page.Font) {
	if f == p.font {
		return
	}
	p.font = f
	style, weight := 0, 0
	if f.Italic {
		style = 1
	}
	if f.Bold {
		weight = 3
	}
	switch f.Family {
	case page.Mono: // chosen by pitch, the characters in an inch; each is six tenths of the size
		p.printf("\x1b(19U\x1b(s0p%sh%ds%db4099T", number(120/f.Size), style, weight)
	case page.Serif:
		p.printf("\x1b(19U\x1b(s1p%sv%ds%db16901T", number(f.Size), style, weight)
	default:
		p.printf("\x1b(19U\x1b(s1p%sv%ds%db16602T", number(f.Size), style, weight)
	}
}
