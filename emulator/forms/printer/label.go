package printer

import (
	"io"

	"github.com/imsx/imsx/emulator/forms/page"
)

// label is what the languages of label printers share.
type label struct {
	output
	dpi, copies int
}

func newLabel(w io.Writer, d *page.Document, o LabelOptions) (label, error) {
	if err := check(d); err != nil {
		return label{}, err
	}
	dpi, err := checkRange("resolution", o.DPI, 300, 100, 1200)
	if err != nil {
		return label{}, err
	}
	copies, err := checkCopies(o.Copies)
	return label{newOutput(w), dpi, copies}, err
}

// dots converts points to dots of the print head.
func (l label) dots(points float64) int { return units(points, float64(l.dpi)) }

// checkLabels refuses pages that are longer than a language can write, which is given in points.
func checkLabels(d *page.Document, language string, most float64) error {
	for i, p := range d.Pages {
		if p.Width > most || p.Height > most {
			return errorf("page %d is %g by %g points; a label in %s has at most %d", i+1, p.Width, p.Height, language, int(most))
		}
	}
	return nil
}

// content returns the texts on a page and the rules that are black. What begins outside of the page is left out.
func content(p page.Page, set charset) (rules []rule, runs []run) {
	for _, item := range p.Items {
		some, text := parts(item)
		for _, r := range some {
			if r, ok := r.onPage(p); ok && inked(r.color) {
				rules = append(rules, r)
			}
		}
		if text == nil || text.X < 0 || text.Y < 0 || text.X > p.Width || text.Y > p.Height {
			continue
		}
		if text.Text.Text = string(encode(text.Text.Text, set)); text.Text.Text != "" {
			runs = append(runs, *text)
		}
	}
	return rules, runs
}

// split cuts a text of single-byte characters into pieces that are not longer than most, each at its place.
func split(r run, most int) []run {
	s, width := r.Text.Text, r.width()
	var all []run
	for at := 0; at < len(s); at += most {
		end := min(at+most, len(s))
		piece := r
		piece.Text.Text = s[at:end]
		piece.X, piece.Y = r.at(width*float64(at)/float64(len(s)), 0)
		all = append(all, piece)
	}
	return all
}
