package xfa

import (
	"math"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// MaxItems bounds the texts, lines, rectangles and images of a document.
const MaxItems = 1_000_000

// painter collects what is on a page.
type painter struct {
	fonts *page.Fonts
	items []page.Item
	count *int // of all pages
}

func (p *painter) add(item page.Item) {
	if *p.count++; *p.count <= MaxItems {
		p.items = append(p.items, item)
	}
}

// full reports whether more was painted than a document may have.
func (p *painter) full() bool { return *p.count > MaxItems }

// line paints a line of text whose top left corner is at x, y.
func (p *painter) line(l *line, x, y float64) {
	x += l.indent
	free := l.room - l.width
	justify := l.align == alignJustify && !l.ends || l.align == alignJustifyAll
	switch {
	case l.room >= noWrap/2 || free < 0 && l.align == alignLeft:
	case l.align == alignCenter:
		x += free / 2
	case l.align == alignRight:
		x += free
	case justify && free > 0:
		p.justified(l, x, y, free)
		return
	}
	for i := range l.fragments {
		f := &l.fragments[i]
		text, width := f.text, f.w
		if i == len(l.fragments)-1 {
			text = strings.TrimRight(text, " ")
			width = l.width - f.x
		}
		p.text(text, f.style, x+f.x, y+l.baseline, width)
	}
}

// justified paints a line with wider spaces, word by word.
func (p *painter) justified(l *line, x, y, free float64) {
	gaps := 0
	for i := range l.fragments {
		gaps += strings.Count(l.fragments[i].text, " ")
	}
	if n := len(l.fragments); n > 0 {
		last := l.fragments[n-1].text
		gaps -= len(last) - len(strings.TrimRight(last, " "))
	}
	shift := 0.0
	for i := range l.fragments {
		f := &l.fragments[i]
		at := f.x
		words := strings.Split(f.text, " ")
		space, wider := f.style.width(p.fonts, " "), free/float64(max(gaps, 1))
		for j, word := range words {
			width := f.style.width(p.fonts, word)
			ruled := width
			if j+1 < len(words) && word != "" { // what is underlined goes on to the next word
				ruled += space + wider
			}
			p.text(word, f.style, x+at+shift, y+l.baseline, ruled)
			at += width
			if j+1 < len(words) {
				at += space
				shift += wider
			}
		}
	}
}

// text paints a text at a baseline, letter by letter if they are spaced.
func (p *painter) text(text string, s style, x, y, width float64) {
	if s.spacing != 0 && len(text) > 1 {
		for _, r := range text {
			letter := s
			letter.spacing = 0
			w := s.width(p.fonts, string(r))
			p.text(string(r), letter, x, y, w)
			x += w
		}
		return
	}
	if strings.TrimSpace(text) == "" && !s.underline && !s.strike || text == "" {
		return
	}
	p.add(page.Text{
		X: x, Y: y - s.shift, Text: text, Font: s.font, Color: s.color, Width: width, Underline: s.underline, Strike: s.strike,
	})
}

// turn is a rotation counterclockwise about a point, and a move after it.
type turn struct{ sin, cos, cx, cy, dx, dy float64 }

func (t turn) point(x, y float64) (float64, float64) {
	x, y = x-t.cx, y-t.cy
	return t.cx + x*t.cos + y*t.sin + t.dx, t.cy - x*t.sin + y*t.cos + t.dy
}

// box returns the rectangle around a turned one.
func (t turn) box(x, y, w, h float64) rect {
	x1, y1 := t.point(x, y)
	x2, y2 := t.point(x+w, y+h)
	return rect{min(x1, x2), min(y1, y2), math.Abs(x2 - x1), math.Abs(y2 - y1)}
}

// rotate turns the items from an index on, counterclockwise about a point, and then moves them. It reports whether all
// could be turned; of rectangles only the edges can, unless the angle is right, and images as far as image does.
func (p *painter) rotate(from int, degrees, cx, cy, dx, dy float64, image func(*page.Image, float64) bool) bool {
	t := turn{cx: cx, cy: cy, dx: dx, dy: dy}
	t.sin, t.cos = math.Sincos(degrees * math.Pi / 180)
	whole := true
	items := p.items[from:]
	p.items = p.items[:from:from]
	for _, item := range items {
		switch item := item.(type) {
		case page.Text:
			item.X, item.Y = t.point(item.X, item.Y)
			item.Angle += degrees
			p.items = append(p.items, item)
		case page.Line:
			p.items = append(p.items, t.line(item))
		case page.Rect:
			if math.Mod(degrees, 90) != 0 {
				whole = whole && item.Fill == nil
				p.items = append(p.items, t.edges(item)...)
				continue
			}
			r := t.box(item.X, item.Y, item.W, item.H)
			item.X, item.Y, item.W, item.H = r.x, r.y, r.w, r.h
			p.items = append(p.items, item)
		case page.Image:
			r := t.box(item.X, item.Y, item.W, item.H)
			item.X, item.Y, item.W, item.H = r.x, r.y, r.w, r.h
			whole = image(&item, degrees) && whole
			p.items = append(p.items, item)
		}
	}
	return whole
}

func (t turn) line(l page.Line) page.Line {
	l.X1, l.Y1 = t.point(l.X1, l.Y1)
	l.X2, l.Y2 = t.point(l.X2, l.Y2)
	return l
}

// edges returns the turned edges of a rectangle.
func (t turn) edges(r page.Rect) []page.Item {
	if r.Stroke == nil {
		return nil
	}
	corners := [5][2]float64{{r.X, r.Y}, {r.X + r.W, r.Y}, {r.X + r.W, r.Y + r.H}, {r.X, r.Y + r.H}, {r.X, r.Y}}
	var lines []page.Item
	for i := range 4 {
		a, b := corners[i], corners[i+1]
		lines = append(lines, t.line(page.Line{X1: a[0], Y1: a[1], X2: b[0], Y2: b[1], Width: r.LineWidth, Color: *r.Stroke}))
	}
	return lines
}
