package printer

import (
	"io"

	"github.com/imsx/imsx/emulator/forms/page"
)

const (
	// tenthMost is the greatest coordinate of the languages that count in four digits of tenths of a millimeter, in points.
	tenthMost = 9999 * 72 / 254.0

	dplText = 255 // characters in one record
)

// tenths converts points to tenths of a millimeter.
func tenths(points float64) int { return units(points, 254) }

// DPL writes a document in the Datamax language, a label format for each page. Places are in tenths of a millimeter from the
// lower left corner of the label; that of a text is the left end of its baseline. Sizes are in points, so that the resolution
// changes nothing but how thin the thinnest line is. Characters are ISO 8859-1.
func DPL(w io.Writer, d *page.Document, o LabelOptions) error {
	l, err := newLabel(w, d, o)
	if err != nil {
		return err
	}
	if err := checkLabels(d, "DPL", tenthMost); err != nil {
		return err
	}
	for _, p := range d.Pages {
		l.dplPage(p)
	}
	return l.done()
}

func (l label) dplPage(p page.Page) {
	// A2: what lies on something else is black, too; printers differ in what they do without it.
	l.printf("\x02m\r\x02c%04d\r\x02ySE1\r\x02L\rD11\rA2\r", tenths(p.Height))
	rules, runs := content(p, latin1)
	for _, r := range rules {
		// At least a dot: a tenth of a millimeter is more than one from 254 dots to the inch on.
		w, h := max(tenths(r.w), 1), max(tenths(r.h), 1)
		l.printf("1X11000%04d%04dl%04d%04d\r", max(tenths(p.Height-r.y-r.h), 0), tenths(r.x), w, h)
	}
	for _, whole := range runs {
		light := !inked(whole.Color)
		if light {
			l.text("A1\r") // what lies on something black is white
		}
		for _, r := range split(whole, dplText) {
			l.dplRun(r, p)
		}
		if light {
			l.text("A2\r")
		}
	}
	l.printf("Q%04d\rE\r", l.copies)
}

func (l label) dplRun(r run, p page.Page) {
	size := min(max(int(r.Font.Size+0.5), 4), 999)
	// Rotation counts clockwise from 1, and a run's turns count counterclockwise.
	l.printf("%c911S%s%04d%04dP%03dP%03d%s\r", "1432"[r.turns], dplFont(r.Font),
		max(tenths(p.Height-r.Y), 0), tenths(r.X), size, size, r.Text.Text)
}

// dplFont is the number of the resident scalable font. Every printer has 01, CG Triumvirate; those with a display have 00
// besides, CG Triumvirate Bold Condensed.
func dplFont(f page.Font) string {
	if f.Bold {
		return "00"
	}
	return "01"
}
