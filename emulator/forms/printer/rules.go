package printer

import (
	"math"

	"github.com/imsx/imsx/emulator/forms/page"
)

// rule is a filled rectangle along the edges of the page, in points.
type rule struct {
	x, y, w, h float64
	color      page.Color
}

// run is a text with what the simpler languages know of it.
type run struct {
	page.Text
	turns int // counterclockwise, in quarters of a turn, from 0 to 3
}

// hairline is the width of a line that has none, in points.
const hairline = 0.25

func newRun(t page.Text) run {
	turns := int(math.Round(math.Mod(t.Angle, 360)/90)) % 4
	if t.Font.Size <= 0 {
		t.Font.Size = 10
	}
	return run{t, (turns + 4) % 4}
}

// at returns the point that lies so far along the baseline and so far below it.
func (r run) at(along, below float64) (x, y float64) {
	switch r.turns {
	case 1:
		return r.X + below, r.Y - along
	case 2:
		return r.X - along, r.Y - below
	case 3:
		return r.X - below, r.Y + along
	}
	return r.X + along, r.Y + below
}

// width is how long the text is, which is guessed where the layout did not say.
func (r run) width() float64 {
	if r.Width > 0 {
		return r.Width
	}
	return float64(len(r.Text.Text)) * r.Font.Size / 2
}

// decorations returns the lines under and through a text.
func (r run) decorations() []rule {
	var all []rule
	thick := r.Font.Size / 18
	for _, below := range r.decorationOffsets() {
		x1, y1 := r.at(0, below)
		x2, y2 := r.at(r.width(), below+thick)
		all = append(all, rule{min(x1, x2), min(y1, y2), math.Abs(x2 - x1), math.Abs(y2 - y1), r.Color})
	}
	return all
}

func (r run) decorationOffsets() []float64 {
	var at []float64
	if r.Underline {
		at = append(at, r.Font.Size*0.1)
	}
	if r.Strike {
		at = append(at, -r.Font.Size*0.25)
	}
	return at
}

// lineRules returns a line as a rule, or nothing if it is slanted.
func lineRules(l page.Line) []rule {
	w := max(l.Width, hairline)
	switch {
	case math.Abs(l.Y1-l.Y2) < 0.01:
		return []rule{{min(l.X1, l.X2), l.Y1 - w/2, math.Abs(l.X2 - l.X1), w, l.Color}}
	case math.Abs(l.X1-l.X2) < 0.01:
		return []rule{{l.X1 - w/2, min(l.Y1, l.Y2), w, math.Abs(l.Y2 - l.Y1), l.Color}}
	}
	return nil
}

// edges returns the border of a rectangle.
func edges(r page.Rect) []rule {
	if r.Stroke == nil {
		return nil
	}
	w, c := max(r.LineWidth, hairline), *r.Stroke
	x, y, width, height := r.X-w/2, r.Y-w/2, r.W+w, r.H+w
	return []rule{
		{x, y, width, w, c}, {x, y + height - w, width, w, c},
		{x, y, w, height, c}, {x + width - w, y, w, height, c},
	}
}

func fill(r page.Rect) []rule {
	if r.Fill == nil {
		return nil
	}
	return []rule{{r.X, r.Y, r.W, r.H, *r.Fill}}
}

// parts splits an item into what the simpler languages carry: rules below, and at most one text.
func parts(item page.Item) ([]rule, *run) {
	switch it := item.(type) {
	case page.Line:
		return lineRules(it), nil
	case page.Rect:
		return append(fill(it), edges(it)...), nil
	case page.Text:
		r := newRun(it)
		return r.decorations(), &r
	}
	return nil, nil
}

// onPage cuts a rule at the edges of the page. It reports whether anything is left.
func (r rule) onPage(p page.Page) (rule, bool) { return r.clip(0, 0, p.Width, p.Height) }

// clip cuts a rule at the edges of a rectangle. It reports whether anything is left.
func (r rule) clip(left, top, right, bottom float64) (rule, bool) {
	x2, y2 := min(r.x+r.w, right), min(r.y+r.h, bottom)
	r.x, r.y = max(r.x, left), max(r.y, top)
	r.w, r.h = x2-r.x, y2-r.y
	return r, r.w > 0 && r.h > 0
}

// luminance is the brightness of a color, from 0 to 1.
func luminance(c page.Color) float64 {
	return (0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)) / 255
}

// inked reports whether a color is black on a printer that has only black.
func inked(c page.Color) bool { return luminance(c) < 0.6 }
