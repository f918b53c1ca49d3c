package printer_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/printer"
)

// TestCommands looks for what a language must say besides the texts.
func TestCommands(t *testing.T) {
	t.Parallel()
	red, gray, white := page.Color{R: 255}, page.Color{R: 127, G: 127, B: 127}, page.Color{R: 255, G: 255, B: 255}
	rule := label(page.Line{X1: 72, Y1: 36, X2: 144, Y2: 36, Width: 7.2, Color: red})
	upright := label(page.Line{X1: 36, Y1: 72, X2: 36, Y2: 144, Width: 7.2})
	cut := label(page.Rect{X: 252, Y: 396, W: 500, H: 500, Fill: &page.Color{}})
	bold := label(page.Text{X: 10, Y: 20, Text: "x", Font: page.Font{Family: page.Mono, Size: 12, Bold: true, Italic: true}, Color: red})
	cases := []struct {
		name     string
		document *page.Document
		write    func(io.Writer, *page.Document) error
		want     []string
	}{
		{"PCL paper", &page.Document{Pages: []page.Page{{Width: 595, Height: 842}, {Width: 842, Height: 595}, {Width: 612, Height: 792}, {Width: 100, Height: 50}}},
			languages["PCL"], []string{
				"\x1b&l26a0o0l0e18.7111c30F", "\x1b&l26a1o0l0e13.2222c30F", "\x1b&l2a0o", "\x1b&f500i1000J\x1b&l101a1o",
			}},
		{"PCL papers of no name", &page.Document{Pages: []page.Page{{Width: 100, Height: 200}, {Width: 100, Height: 300}}},
			languages["PCL"], []string{"\x1b&f1000i2000J\x1b&l101a0o", "\x1b&f1000i3000J\x1b&l101a0o"}},
		{"PCL copies and sides", rule, pclWith(printer.PCLOptions{Copies: 3, Duplex: printer.ShortEdge}), []string{"\x1bE\x1b&l3X\x1b&l2S"}},
		{"PCL long edge", rule, pclWith(printer.PCLOptions{Duplex: printer.LongEdge}), []string{"\x1b&l1X\x1b&l1S"}},
		{"PCL one side", rule, pclWith(printer.PCLOptions{Duplex: printer.Simplex}), []string{"\x1b&l0S"}},
		{"PCL rule", rule, languages["PCL"], []string{"\x1b&a540h324V\x1b*c720h72V\x1b*c70g2P"}},
		{"PCL colors", rule, pclWith(printer.PCLOptions{Color: true}), []string{"\x1b*r3U", "\x1b*c720h72V\x1b*v1S\x1b*c0P"}},
		{"PCL shade", label(page.Rect{X: 72, W: 72, H: 72, Fill: &gray}), languages["PCL"], []string{"\x1b*c720h720V\x1b*c50g2P"}},
		{"PCL white", label(page.Rect{X: 72, W: 72, H: 72, Fill: &white}), languages["PCL"], []string{"\x1b*c720h720V\x1b*c1P"}},
		{"PCL black", label(page.Rect{X: 72, W: 72, H: 72, Fill: &page.Color{}}), languages["PCL"], []string{"\x1b*c720h720V\x1b*c0P"}},
		{"PCL rule from edge to edge", label(page.Rect{W: 288, H: 72, Fill: &page.Color{}}), languages["PCL"],
			[]string{"\x1b&a0h0V\x1b*c2520h720V"}},
		{"PCL font", bold, languages["PCL"], []string{"\x1b(19U\x1b(s0p10h1s3b4099T"}},
		{"ZPL rule", rule, languages["ZPL"], []string{"^FO300,135^GB300,30,30,B,0^FS"}},
		{"ZPL round corners", label(page.Rect{X: 72, Y: 72, W: 72, H: 72, Radius: 18, LineWidth: 0.72, Stroke: &red}), languages["ZPL"],
			[]string{"^FO300,300^GB300,300,3,B,4^FS"}},
		{"ZPL light text", label(page.Text{X: 72, Y: 72, Text: "x", Color: white, Font: page.Font{Size: 12}}), languages["ZPL"],
			[]string{"^FT300,300^A0N,50,50^FR^FH_^FDx^FS"}},
		{"ZPL box cut at the edge", cut, languages["ZPL"], []string{"^FO1050,1650^GB150,150,150,B,0^FS"}},
		{"ZPL 600", rule, labelWith(printer.ZPL, printer.LabelOptions{DPI: 600, Copies: 7}), []string{"^PW2400\n^LL3600\n", "^FO600,270^GB600,60,60,B,0^FS", "^PQ7\n"}},
		{"DPL rule", rule, labelWith(printer.DPL, printer.LabelOptions{Copies: 12}), []string{"\x02c1524\r", "1X1100013840254l02540025\r", "Q0012\rE\r"}},
		{"DPL bold", bold, languages["DPL"], []string{"1911S0014530035P012P012x\r"}},
		{"DPL long text", label(text(20, 20, strings.Repeat("y", 300))), languages["DPL"],
			[]string{"P010P010" + strings.Repeat("y", 255) + "\r", "P010P010" + strings.Repeat("y", 45) + "\r"}},
		{"DPL light text", label(page.Text{X: 72, Y: 72, Text: "x", Color: white, Font: page.Font{Size: 12}}, text(20, 20, "y")),
			languages["DPL"], []string{"D11\rA2\rA1\r1911S0112700254P012P012x\rA2\r1911S01"}},
		{"DPL font", label(text(20, 20, "y")), languages["DPL"], []string{"1911S01"}},
		{"IPL rule", rule, labelWith(printer.IPL, printer.LabelOptions{DPI: 400, Copies: 2}), []string{"\x02L1;o400,180;f0;l400;w40;\x03", "\x02\x1e2\x03"}},
		{"TPCL rule", rule, labelWith(printer.TPCL, printer.LabelOptions{Copies: 2}), []string{"\x1bD1544,1016,1524\n\x00\x1bC\n\x00\x1bLC;0254,0127,0508,0127,0,25\n\x00", "\x1bXS;I,0002,"}},
		{"TPCL upright rule", upright, languages["TPCL"], []string{"\x1bLC;0127,0254,0127,0508,0,25\n\x00"}},
		{"AFP rule", rule, languages["AFP"], []string{"\x2b\xd3\x07\xe4\x01\x2c\x00\x1e\x00", "\x2b\xd3\x0f\x80\x00\x01\x00\x00\x00\x00\x08\x08\x08\x00\xff\x00\x00"}},
		{"AFP upright rule", upright, languages["AFP"], []string{"\x2b\xd3\x07\xe6\x01\x2c\x00\x1e\x00"}},
		{"AFP page", upright, languages["AFP"], []string{"\xd3\xa6\xaf\x00\x00\x00\x00\x00\x0b\xb8\x0b\xb8\x00\x04\xb0\x00\x07\x08"}},
		{"AFP font", bold, languages["AFP"], []string{"\x0c\x02\x85\x00\xe3\xf1\xe5\xf1\xf0\xf5\xf0\xf0\x0c\x02\x86\x00\xc3\xe9\xf4\xf5\xf0\xf0\x40\x40\x04\x24\x05\x01\x03\x25\x00\x04\x26\x00\x00\x14\x1f\x07\x05\x00\xf0"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := written(t, c.write, c.document)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%q", want, got)
				}
			}
		})
	}
	for _, name := range []string{"ZPL", "DPL", "IPL", "TPCL"} {
		blank := written(t, languages[name], label())
		if got := written(t, languages[name], label(page.Rect{X: 1, Y: 1, W: 9, H: 9, Fill: &white})); got != blank {
			t.Errorf("%s draws white: %q", name, got)
		}
	}
}

func pclWith(o printer.PCLOptions) func(io.Writer, *page.Document) error {
	return func(w io.Writer, d *page.Document) error { return printer.PCL(w, d, o) }
}

func labelWith(f func(io.Writer, *page.Document, printer.LabelOptions) error, o printer.LabelOptions) func(io.Writer, *page.Document) error {
	return func(w io.Writer, d *page.Document) error { return f(w, d, o) }
}

// TestUnderlines checks that a rule lies under a text whichever way it is turned.
func TestUnderlines(t *testing.T) {
	t.Parallel()
	box := regexp.MustCompile(`\^FO(\d+),(\d+)\^GB(\d+),(\d+)`)
	for _, c := range []struct {
		angle float64
		want  string // in dots of 300 to the inch: a text of 24 points at 72, 216 is 72 points long
	}{
		{0, "300 910 300 6"}, {90, "310 600 6 300"}, {180, "0 884 300 6"}, {270, "284 900 6 300"}, {-90, "284 900 6 300"}, {100, "310 600 6 300"},
	} {
		d := label(page.Text{X: 72, Y: 216, Text: "underlined", Width: 72, Underline: true, Angle: c.angle, Font: page.Font{Size: 24}})
		m := box.FindStringSubmatch(written(t, languages["ZPL"], d))
		if m == nil || strings.Join(m[1:], " ") != c.want {
			t.Errorf("at %g degrees: got %v, want %s", c.angle, m, c.want)
		}
	}
}

// TestFieldsOfIPL checks that rules give way to texts when a format is full.
func TestFieldsOfIPL(t *testing.T) {
	t.Parallel()
	var items []page.Item
	for range 399 {
		items = append(items, page.Line{X1: 1, Y1: 1, X2: 9, Y2: 1}, page.Line{X1: 1, Y1: 1, X2: 9, Y2: 1})
		items = append(items, text(10, 10, "x"))
	}
	got := written(t, languages["IPL"], label(items...))
	counts := []int{strings.Count(got, "\x02H"), strings.Count(got, "\x02L"), strings.Count(got, "\x02x\r\x03")}
	if diff := cmp.Diff([]int{399, 1, 399}, counts); diff != "" {
		t.Errorf("texts, rules, data (-want +got):\n%s", diff)
	}
}
