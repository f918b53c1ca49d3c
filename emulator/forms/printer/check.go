package printer

import (
	"fmt"
	"math"

	"github.com/imsx/imsx/emulator/forms/page"
)

// farthest is how far from the page an item may lie, in points. It keeps every coordinate inside of what the languages write.
const farthest = 100_000

func errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

func check(d *page.Document) error {
	switch {
	case d == nil || len(d.Pages) == 0:
		return errorf("the document has no pages")
	case len(d.Pages) > MaxPages:
		return errorf("the document has %d pages, more than %d", len(d.Pages), MaxPages)
	}
	text := 0
	for i, p := range d.Pages {
		if err := checkPage(i+1, p, &text); err != nil {
			return err
		}
	}
	return nil
}

func checkPage(number int, p page.Page, text *int) error {
	for _, v := range []float64{p.Width, p.Height} {
		if !(v >= MinSize && v <= MaxSize) {
			return errorf("page %d is %g by %g points; each must be from %d to %d", number, p.Width, p.Height, MinSize, MaxSize)
		}
	}
	if len(p.Items) > MaxItems {
		return errorf("page %d has %d items, more than %d", number, len(p.Items), MaxItems)
	}
	for i, item := range p.Items {
		for _, v := range measures(item) {
			if math.IsNaN(v) || math.Abs(v) > farthest {
				return errorf("page %d, item %d: %g is no measure", number, i+1, v)
			}
		}
		if t, ok := item.(page.Text); ok {
			*text += len(t.Text)
		}
	}
	if *text > MaxText {
		return errorf("the document has more than %d bytes of text", MaxText)
	}
	return nil
}

// measures returns every number of an item.
func measures(item page.Item) []float64 {
	switch it := item.(type) {
	case page.Text:
		return []float64{it.X, it.Y, it.Width, it.Angle, it.Font.Size}
	case page.Line:
		return append([]float64{it.X1, it.Y1, it.X2, it.Y2, it.Width}, it.Dash...)
	case page.Rect:
		return []float64{it.X, it.Y, it.W, it.H, it.Radius, it.LineWidth}
	case page.Image:
		return []float64{it.X, it.Y, it.W, it.H}
	}
	return nil
}

func checkCopies(copies int) (int, error) {
	if copies == 0 {
		return 1, nil
	}
	if copies < 1 || copies > MaxCopies {
		return 0, errorf("%d copies: the number must be from 1 to %d", copies, MaxCopies)
	}
	return copies, nil
}

func checkDuplex(d Duplex) error {
	if d < DuplexUnset || d > ShortEdge {
		return errorf("%d is no way to print on two sides", int(d))
	}
	return nil
}

// checkRange returns v, or whatever zero stands for.
func checkRange(what string, v, zero, least, most int) (int, error) {
	if v == 0 {
		return zero, nil
	}
	if v < least || v > most {
		return 0, errorf("%s %d: it must be from %d to %d", what, v, least, most)
	}
	return v, nil
}
