package printer

import (
	"io"

	"github.com/imsx/imsx/emulator/forms/page"
)

const (
	tpclText   = 255 // characters in one string
	tpclFields = 100 // numbers of strings, used over again: a string is drawn when its data comes
)

// TPCL writes a document in the Toshiba TEC language, a label for each page. Places and sizes are in tenths of a millimeter;
// that of a text is the left end of its baseline. The resolution changes nothing. Characters are ASCII.
func TPCL(w io.Writer, d *page.Document, o LabelOptions) error {
	l, err := newLabel(w, d, o)
	if err != nil {
		return err
	}
	if err := checkLabels(d, "TPCL", tenthMost); err != nil {
		return err
	}
	for _, p := range d.Pages {
		l.tpclPage(p)
	}
	return l.done()
}

// tpclPage writes commands between an escape character and a line feed with a zero byte, so that braces in a text are no
// commands.
func (l label) tpclPage(p page.Page) {
	const end = "\n\x00"
	width, height := tenths(p.Width), tenths(p.Height)
	l.printf("\x1bD%04d,%04d,%04d%s\x1bC%s", min(height+20, 9999), width, height, end, end)
	rules, runs := content(p, ascii)
	for _, r := range rules {
		l.tpclRule(r, end)
	}
	n := 0
	for _, whole := range runs {
		for _, r := range split(whole, tpclText) {
			size := min(max(tenths(r.Font.Size), 20), 850)
			l.printf("\x1bPV%02d;%04d,%04d,%04d,%04d,%c,%s,B=%s%s",
				n%tpclFields, min(max(tenths(r.X), 0), 9999), min(max(tenths(r.Y), 0), 9999), size, size, tpclFont(r.Font), tpclTurn[r.turns], r.Text.Text, end)
			n++
		}
	}
	l.printf("\x1bXS;I,%04d,0000C3000%s", l.copies, end)
}

// tpclRule draws a line along the longer side of a rule.
func (l label) tpclRule(r rule, end string) {
	x1, y1, x2, y2 := r.x, r.y+r.h/2, r.x+r.w, r.y+r.h/2
	thick := r.h
	if r.h > r.w {
		x1, y1, x2, y2 = r.x+r.w/2, r.y, r.x+r.w/2, r.y+r.h
		thick = r.w
	}
	l.printf("\x1bLC;%04d,%04d,%04d,%04d,0,%02d%s",
		tenths(x1), tenths(y1), tenths(x2), tenths(y2), min(max(tenths(thick), 1), 99), end)
}

// tpclTurn holds the rotations, which count clockwise, by turns counterclockwise.
var tpclTurn = [4]string{"00", "33", "22", "11"}

// tpclFont is the letter of an outline font: one with fixed and one with natural widths.
func tpclFont(f page.Font) byte {
	if f.Family == page.Mono {
		return 'A'
	}
	return 'B'
}
