package printer_test

import (
	"bytes"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/imsx/imsx/emulator/forms/page"
)

// found is a text that a decoder found in a stream, with its place in points and its direction in quarters of a turn
// counterclockwise.
type found struct {
	Page  int
	X, Y  float64
	Turns int
	Text  string
}

// label is a page of 4 by 6 inches.
func label(items ...page.Item) *page.Document {
	return &page.Document{Title: "A label", Pages: []page.Page{{Width: 288, Height: 432, Items: items}}}
}

func text(x, y float64, s string) page.Text {
	return page.Text{X: x, Y: y, Text: s, Font: page.Font{Size: 10}, Width: 5 * float64(len(s))}
}

// drawDocument generates documents of texts that lie on their pages, in characters that are given.
func drawDocument(t *rapid.T, characters string) *page.Document {
	runes := rapid.RuneFrom([]rune(characters))
	d := &page.Document{}
	for range rapid.IntRange(1, 3).Draw(t, "pages") {
		p := page.Page{Width: float64(rapid.IntRange(72, 800).Draw(t, "width")), Height: float64(rapid.IntRange(72, 800).Draw(t, "height"))}
		for range rapid.IntRange(0, 6).Draw(t, "texts") {
			p.Items = append(p.Items, page.Text{
				X:    rapid.Float64Range(20, p.Width-20).Draw(t, "x"),
				Y:    rapid.Float64Range(20, p.Height-20).Draw(t, "y"),
				Text: rapid.StringOfN(runes, 1, 40, -1).Draw(t, "text"),
				Font: page.Font{
					Family: page.Family(rapid.IntRange(0, 2).Draw(t, "family")), Size: rapid.Float64Range(4, 20).Draw(t, "size"),
					Bold: rapid.Bool().Draw(t, "bold"), Italic: rapid.Bool().Draw(t, "italic"),
				},
				Color:     page.Color{R: rapid.Byte().Draw(t, "red")},
				Angle:     float64(90 * rapid.IntRange(-1, 3).Draw(t, "quarters")),
				Width:     rapid.Float64Range(0, 100).Draw(t, "measured"),
				Underline: rapid.Bool().Draw(t, "underline"),
			})
		}
		if rapid.Bool().Draw(t, "line") {
			p.Items = append(p.Items, page.Line{X1: 10, Y1: 10, X2: 60, Y2: 10, Width: 1})
		}
		d.Pages = append(d.Pages, p)
	}
	return d
}

// texts returns what a decoder must find.
func texts(d *page.Document) []found {
	var all []found
	for i, p := range d.Pages {
		for _, item := range p.Items {
			if t, ok := item.(page.Text); ok {
				all = append(all, found{i + 1, t.X, t.Y, (int(t.Angle)/90 + 4) % 4, t.Text})
			}
		}
	}
	return all
}

// roundTrip writes generated documents, reads them back and compares texts, directions, and places within a tolerance in
// points.
func roundTrip(t *testing.T, characters string, tolerance float64, write func(io.Writer, *page.Document) error, decode func([]byte) ([]found, error)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t, characters)
		var b bytes.Buffer
		if err := write(&b, d); err != nil {
			t.Fatal(err)
		}
		got, err := decode(b.Bytes())
		if err != nil {
			t.Fatalf("%v in\n%q", err, b.Bytes())
		}
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= tolerance })
		if diff := cmp.Diff(texts(d), got, near, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("texts (-written +read):\n%s\n%q", diff, b.Bytes())
		}
	})
}

const (
	asciiText  = ` !"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\]^_abcxyz{|}~`
	latin1Text = asciiText + "ÄÖÜäöüßéèêñçÅØ£§°½"
	ansiText   = latin1Text + "€„“”–—•…Š"
	anyText    = ansiText + "ŁódźΩμέγαпривет漢字"
)
