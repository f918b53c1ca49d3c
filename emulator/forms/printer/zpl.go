package printer

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"

	"github.com/imsx/imsx/emulator/forms/page"
)

// zplMost is the greatest coordinate of ZPL, in dots.
const zplMost = 32000

// ZPL writes a document in ZPL II, a label format for each page. Places are in dots; that of a text is the left end of its
// baseline. Characters are UTF-8.
func ZPL(w io.Writer, d *page.Document, o LabelOptions) error {
	l, err := newLabel(w, d, o)
	if err != nil {
		return err
	}
	if err := checkLabels(d, "ZPL", zplMost*72/float64(l.dpi)); err != nil {
		return err
	}
	z := zpl{l}
	for _, p := range d.Pages {
		z.printf("^XA\n^CI28\n^PW%d\n^LL%d\n^LH0,0\n", z.dots(p.Width), z.dots(p.Height))
		for _, item := range p.Items {
			z.item(item, p)
		}
		z.printf("^PQ%d\n^XZ\n", z.copies)
	}
	return z.done()
}

type zpl struct{ label }

func (z zpl) item(item page.Item, p page.Page) {
	if r, ok := item.(page.Rect); ok && z.rounded(r, p) {
		return
	}
	rules, text := parts(item)
	for _, r := range rules {
		if r, ok := r.onPage(p); ok && inked(r.color) {
			w, h := max(z.dots(r.w), 1), max(z.dots(r.h), 1)
			z.box(r.x, r.y, w, h, min(w, h), 0)
		}
	}
	if text != nil && text.X >= 0 && text.Y >= 0 && text.X <= p.Width && text.Y <= p.Height {
		z.run(*text)
	}
}

// rounded writes a rectangle with round corners that lies within the page. It reports whether it was one.
func (z zpl) rounded(r page.Rect, p page.Page) bool {
	if r.Radius <= 0 || r.W <= 0 || r.H <= 0 || r.X < 0 || r.Y < 0 || r.X+r.W > p.Width || r.Y+r.H > p.Height {
		return false
	}
	w, h := max(z.dots(r.W), 1), max(z.dots(r.H), 1)
	// The rounding is a number of eighths of half of the shorter side.
	rounding := min(int(math.Ceil(16*r.Radius/min(r.W, r.H))), 8)
	if r.Fill != nil && inked(*r.Fill) {
		z.box(r.X, r.Y, w, h, min(w, h), rounding)
	}
	if r.Stroke != nil && inked(*r.Stroke) {
		z.box(r.X, r.Y, w, h, max(z.dots(r.LineWidth), 1), rounding)
	}
	return true
}

func (z zpl) box(x, y float64, w, h, thick, rounding int) {
	z.printf("^FO%d,%d^GB%d,%d,%d,B,%d^FS\n", z.dots(x), z.dots(y), w, h, thick, rounding)
}

// run writes a text in the scalable font.
func (z zpl) run(r run) {
	data := fieldData(r.Text.Text)
	if data == "" {
		return
	}
	size := max(z.dots(r.Font.Size), 10) // the smallest there is
	reverse := ""
	if !inked(r.Color) {
		reverse = "^FR" // light on dark
	}
	z.printf("^FT%d,%d^A0%c,%d,%d%s^FH_^FD%s^FS\n", z.dots(r.X), z.dots(r.Y), "NBIR"[r.turns], size, size, reverse, data)
}

// fieldData writes a text for a field with hexadecimal escapes.
func fieldData(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		switch {
		case unicode.IsControl(r):
			b.WriteByte(' ')
		case r > '~' || strings.ContainsRune("^~_\\", r):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "_%02X", c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
