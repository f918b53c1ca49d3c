package printer

import (
	"io"

	"github.com/imsx/imsx/emulator/forms/page"
)

const (
	iplFields = 400 // in one format
	iplText   = 250 // characters in one field
)

// IPL writes a document in the Intermec language: for each page a format is defined, filled and printed. Places are in dots;
// that of a text is its own upper left corner. Characters are ASCII. A format has at most 400 fields; rules that find no field
// are left out, and a page with more texts is an [*Error].
func IPL(w io.Writer, d *page.Document, o LabelOptions) error {
	l, err := newLabel(w, d, o)
	if err != nil {
		return err
	}
	if err := checkLabels(d, "IPL", 32000*72/float64(l.dpi)); err != nil {
		return err
	}
	pages := make([]iplPage, 0, len(d.Pages))
	for i, p := range d.Pages {
		ip := l.iplPage(p)
		if len(ip.runs) > iplFields {
			return errorf("page %d has %d texts, more than the %d fields of a format in IPL", i+1, len(ip.runs), iplFields)
		}
		pages = append(pages, ip)
	}
	for _, p := range pages {
		l.writeIPL(p)
	}
	return l.done()
}

type iplPage struct {
	rules []rule
	runs  []run
}

func (l label) iplPage(p page.Page) iplPage {
	rules, runs := content(p, ascii)
	var ip iplPage
	for _, r := range runs {
		ip.runs = append(ip.runs, split(r, iplText)...)
	}
	ip.rules = rules[:min(len(rules), max(iplFields-ip.firstRule(), 0))]
	return ip
}

// firstRule is the number of the first field that is a rule. Field 0 is a text in every format, even in one that has none.
func (p iplPage) firstRule() int { return max(len(p.runs), 1) }

// writeIPL writes a format with a number for each field, first the texts, and then the texts' data in the order of the fields.
func (l label) writeIPL(p iplPage) {
	l.text("\x02\x1bC\x03\n\x02\x1bP\x03\n\x02E1;F1;\x03\n")
	for i, r := range p.runs {
		// A field's place is the corner of its characters, not the baseline.
		x, y := r.at(0, -0.75*r.Font.Size)
		size := max(l.dots(r.Font.Size), 1)
		l.printf("\x02H%d;o%d,%d;f%d;c25;h%d;w%d;d0,%d;\x03\n",
			i, max(l.dots(x), 0), max(l.dots(y), 0), r.turns, size, size, len(r.Text.Text))
	}
	for i, r := range p.rules {
		n := p.firstRule() + i
		w, h := max(l.dots(r.w), 1), max(l.dots(r.h), 1)
		l.printf("\x02L%d;o%d,%d;f0;l%d;w%d;\x03\n", n, l.dots(r.x), l.dots(r.y), w, h)
	}
	l.text("\x02R;\x03\n\x02\x1bE1\x03\n\x02\x18\x03\n")
	for _, r := range p.runs {
		l.printf("\x02%s\r\x03\n", r.Text.Text)
	}
	l.printf("\x02\x1e%d\x03\n\x02\x17\x03\n", l.copies)
}
