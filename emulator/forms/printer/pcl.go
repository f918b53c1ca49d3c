package printer

import (
	"io"
	"math"
	"strconv"

	"github.com/imsx/imsx/emulator/forms/page"
)

// PCL writes a document in PCL 5e or 5c. Places are in decipoints from the upper left corner of the logical page, which ends a
// quarter of an inch before the left and the right edge of the paper: what lies beyond is cut off, and a text that begins
// there is moved in.
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
	color bool
	sheet sheet

	turns int
	ink   int // of the palette
	font  page.Font
}

// sheet is the paper of a page in PCL, and what a printer lets be printed on it.
type sheet struct {
	code          int
	landscape     bool
	width, height float64 // of the page, in points
	inset         float64 // how far in from the left and the right edge the logical page begins and ends, in points
}

// inset returns that of a sheet, in points. Printers have it in dots of a 300th of an inch.
func inset(metric, landscape bool) float64 {
	const dot = 72.0 / 300
	switch {
	case metric && landscape:
		return 59 * dot
	case metric:
		return 71 * dot
	case landscape:
		return 60 * dot
	}
	return 75 * dot
}

// papers holds the sizes that PCL has codes for, upright, in points.
var papers = []struct {
	code          int
	width, height float64
	metric        bool
}{
	{1, 522, 756, false}, {2, 612, 792, false}, {3, 612, 1008, false}, {6, 792, 1224, false},
	{25, 419.53, 595.28, true}, {26, 595.28, 841.89, true}, {27, 841.89, 1190.55, true},
}

const customPaper = 101

// chooseSheet returns the paper for a page, which may lie on its side.
func chooseSheet(width, height float64) sheet {
	near := func(a, b float64) bool { return math.Abs(a-b) < 3 }
	s := sheet{code: customPaper, landscape: width > height, width: width, height: height}
	metric := false
	for _, p := range papers {
		if near(p.width, min(width, height)) && near(p.height, max(width, height)) {
			s.code, metric = p.code, p.metric
		}
	}
	s.inset = inset(metric, s.landscape)
	return s
}

// textLines are the lines of a page; the least number at which the longest page has lines that are not too high.
const textLines = 30

// load asks for the paper of a page.
func (p *pcl) load(s sheet) {
	p.sheet = s
	orientation := 0
	if s.landscape {
		orientation = 1
	}
	if s.code == customPaper {
		p.printf("\x1b&f%di%dJ", units(min(s.width, s.height), 720), units(max(s.width, s.height), 720))
	}
	// No skip at the end of the page, which sets the margins, and then no margin above or below: lines, whose height is in
	// 48ths of an inch, fill the page. Places in turned text count from the margins.
	high := math.Floor(s.height*48/72/textLines*10_000) / 10_000
	p.printf("\x1b&l%da%do0l0e%sc%dF", s.code, orientation, strconv.FormatFloat(high, 'f', -1, 64), textLines)
}

func (p *pcl) page(pg page.Page) {
	if s := chooseSheet(pg.Width, pg.Height); s != p.sheet {
		p.load(s)
	}
	p.turns, p.ink, p.font = 0, 0, page.Font{}
	p.text("\x1b&a0P")
	for _, item := range pg.Items {
		rules, text := parts(item)
		for _, r := range rules {
			p.rule(r)
		}
		if text != nil {
			p.run(*text)
		}
	}
	p.text("\f")
}

// turn sets the direction of print, in quarters counterclockwise. Places count from the corner of the logical page that is
// then upper left.
func (p *pcl) turn(turns int) {
	if turns != p.turns {
		p.turns = turns
		p.printf("\x1b&a%dP", 90*turns)
	}
}

func (p *pcl) moveTo(x, y float64) {
	width, height := p.sheet.width-2*p.sheet.inset, p.sheet.height
	x -= p.sheet.inset
	switch p.turns {
	case 1:
		x, y = height-y, x
	case 2:
		x, y = width-x, height-y
	case 3:
		x, y = y, width-x
	}
	p.printf("\x1b&a%dh%dV", max(units(x, 720), 0), max(units(y, 720), 0))
}

func (p *pcl) rule(r rule) {
	r, ok := r.clip(p.sheet.inset, 0, p.sheet.width-p.sheet.inset, p.sheet.height)
	if !ok {
		return
	}
	p.turn(0)
	p.moveTo(r.x, r.y)
	p.printf("\x1b*c%dh%dV", max(units(r.w, 720), 1), max(units(r.h, 720), 1))
	shade := int(math.Round(100 * (1 - luminance(r.color))))
	switch {
	case p.color:
		p.useInk(r.color)
		p.text("\x1b*c0P")
	case shade == 0:
		p.text("\x1b*c1P") // a shade of 0 would be no shade at all
	case shade == 100:
		p.text("\x1b*c0P")
	default:
		p.printf("\x1b*c%dg2P", shade)
	}
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
