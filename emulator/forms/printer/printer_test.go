package printer_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/printer"
)

// languages writes documents with default options.
var languages = map[string]func(io.Writer, *page.Document) error{
	"PostScript": func(w io.Writer, d *page.Document) error {
		return printer.PostScript(w, d, printer.PostScriptOptions{})
	},
	"PostScript 3": func(w io.Writer, d *page.Document) error {
		return printer.PostScript(w, d, printer.PostScriptOptions{Level: 3})
	},
	"PCL":  func(w io.Writer, d *page.Document) error { return printer.PCL(w, d, printer.PCLOptions{}) },
	"ZPL":  func(w io.Writer, d *page.Document) error { return printer.ZPL(w, d, printer.LabelOptions{}) },
	"DPL":  func(w io.Writer, d *page.Document) error { return printer.DPL(w, d, printer.LabelOptions{}) },
	"IPL":  func(w io.Writer, d *page.Document) error { return printer.IPL(w, d, printer.LabelOptions{}) },
	"TPCL": func(w io.Writer, d *page.Document) error { return printer.TPCL(w, d, printer.LabelOptions{}) },
	"AFP":  func(w io.Writer, d *page.Document) error { return printer.AFP(w, d, printer.AFPOptions{}) },
}

// written returns what a language makes of a document.
func written(t *testing.T, write func(io.Writer, *page.Document) error, d *page.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRefusedDocuments(t *testing.T) {
	t.Parallel()
	sized := func(w, h float64) *page.Document { return &page.Document{Pages: []page.Page{{Width: w, Height: h}}} }
	cases := []struct {
		name     string
		document *page.Document
		want     string
	}{
		{"none", nil, "no pages"},
		{"no pages", &page.Document{}, "no pages"},
		{"too many pages", &page.Document{Pages: make([]page.Page, printer.MaxPages+1)}, "more than 10000"},
		{"flat page", sized(100, 0), "100 by 0 points"},
		{"page without a number", sized(math.NaN(), 100), "NaN"},
		{"large page", sized(100, printer.MaxSize+1), "must be from 1 to 14400"},
		{"endless page", sized(math.Inf(1), 100), "+Inf"},
		{"text nowhere", label(text(math.NaN(), 0, "x")), "page 1, item 1: NaN"},
		{"line far away", label(text(0, 0, "x"), page.Line{X2: 1e9}), "page 1, item 2: 1e+09"},
		{"endless dash", label(page.Line{Dash: []float64{1, math.Inf(1)}}), "+Inf"},
		{"endless image", label(page.Image{W: math.Inf(-1)}), "-Inf"},
		{"endless corner", label(page.Rect{Radius: math.Inf(1)}), "+Inf"},
		{"too many items", label(make([]page.Item, printer.MaxItems+1)...), "more than 200000"},
		{"too much text", label(page.Text{Text: strings.Repeat("x", printer.MaxText+1)}), "bytes of text"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for name, write := range languages {
				var b bytes.Buffer
				err := write(&b, c.document)
				var e *printer.Error
				if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: got %v, want an Error with %q", name, err, c.want)
				}
				if b.Len() > 0 {
					t.Errorf("%s: %d bytes were written", name, b.Len())
				}
			}
		})
	}
}

func TestRefusedOptions(t *testing.T) {
	t.Parallel()
	d := label(text(10, 10, "x"))
	long := &page.Document{Pages: []page.Page{{Width: 100, Height: 3000}}}
	crowded := label(slices.Repeat([]page.Item{text(10, 10, "x")}, 401)...)
	cases := []struct {
		name string
		err  error
		want string
	}{
		{"level 1", printer.PostScript(io.Discard, d, printer.PostScriptOptions{Level: 1}), "language level 1"},
		{"level 4", printer.PostScript(io.Discard, d, printer.PostScriptOptions{Level: 4}), "from 2 to 3"},
		{"negative copies", printer.PostScript(io.Discard, d, printer.PostScriptOptions{Copies: -1}), "-1 copies"},
		{"too many copies", printer.PCL(io.Discard, d, printer.PCLOptions{Copies: 10_000}), "10000 copies"},
		{"no such duplex", printer.PCL(io.Discard, d, printer.PCLOptions{Duplex: 9}), "9 is no way"},
		{"no such duplex in PostScript", printer.PostScript(io.Discard, d, printer.PostScriptOptions{Duplex: -1}), "-1 is no way"},
		{"coarse head", printer.ZPL(io.Discard, d, printer.LabelOptions{DPI: 99}), "resolution 99"},
		{"fine head", printer.IPL(io.Discard, d, printer.LabelOptions{DPI: 1201}), "from 100 to 1200"},
		{"copies of labels", printer.DPL(io.Discard, d, printer.LabelOptions{Copies: 10_000}), "10000 copies"},
		{"coarse AFP", printer.AFP(io.Discard, d, printer.AFPOptions{Resolution: 71}), "resolution 71"},
		{"fine AFP", printer.AFP(io.Discard, d, printer.AFPOptions{Resolution: 2401}), "from 72 to 2400"},
		{"long label in DPL", printer.DPL(io.Discard, long, printer.LabelOptions{}), "a label in DPL has at most 2834"},
		{"long label in TPCL", printer.TPCL(io.Discard, long, printer.LabelOptions{}), "a label in TPCL"},
		{"long label in ZPL", printer.ZPL(io.Discard, long, printer.LabelOptions{DPI: 1200}), "a label in ZPL has at most 1920"},
		{"long page in AFP", printer.AFP(io.Discard, long, printer.AFPOptions{Resolution: 1440}), "AFP at this resolution"},
		{"fields in IPL", printer.IPL(io.Discard, crowded, printer.LabelOptions{}), "401 texts, more than the 400"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var e *printer.Error
			if !errors.As(c.err, &e) || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %v, want an Error with %q", c.err, c.want)
			}
		})
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriterErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("paper jam")
	for name, write := range languages {
		err := write(brokenWriter{broken}, label(text(10, 10, "x")))
		var e *printer.Error
		if !errors.Is(err, broken) || errors.As(err, &e) {
			t.Errorf("%s: got %v, want the writer's error", name, err)
		}
	}
}

// everything is a document with all kinds of items, of which some are odd.
func everything(t testing.TB) *page.Document {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	img.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 255})
	img.SetNRGBA(3, 1, color.NRGBA{0, 0, 255, 128})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	red, gray := page.Color{R: 200}, page.Color{R: 230, G: 230, B: 230}
	turned := text(100, 100, "turned")
	turned.Angle, turned.Underline, turned.Strike = 30, true, true
	marked := text(20, 40, "marked")
	marked.Underline, marked.Strike = true, true
	return label(
		marked, turned, text(-50, -50, "outside"), text(10, 10, ""), page.Text{X: 5, Y: 5, Text: "no size"},
		page.Line{X1: 10, Y1: 50, X2: 200, Y2: 50, Width: 2, Color: red}, page.Line{X1: 10, Y1: 50, X2: 10, Y2: 90},
		page.Line{X1: 10, Y1: 50, X2: 100, Y2: 90, Dash: []float64{3, 0, 1}}, page.Line{Dash: []float64{0, 0}}, page.Line{Dash: []float64{-1}},
		page.Line{Dash: make([]float64, 100), Width: -5},
		page.Rect{X: 20, Y: 200, W: 100, H: 50, Radius: 10, LineWidth: 2, Fill: &gray, Stroke: &red},
		page.Rect{X: 150, Y: 200, W: 100, H: 50, Fill: &red}, page.Rect{W: -1, H: -1, Stroke: &red}, page.Rect{Radius: 1e4, Stroke: &red},
		page.Image{X: 20, Y: 300, W: 100, H: 50, Format: "png", Data: b.Bytes()},
		page.Image{X: 150, Y: 300, W: 50, H: 50, Format: "jpeg", Data: []byte("no image")}, page.Image{Data: b.Bytes()}, nil,
	)
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	for name, write := range languages {
		d := everything(t)
		first := written(t, write, d)
		if diff := cmp.Diff(everything(t), d); diff != "" {
			t.Errorf("%s changed the document (-before +after):\n%s", name, diff)
		}
		if second := written(t, write, d); second != first {
			t.Errorf("%s: the second time other bytes were written", name)
		}
	}
}

func TestStandIns(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, text, ansi, ascii string }{
		{"plain", "plain", "plain", "plain"},
		{"umlauts", "Größe", "Größe", "Grosse"},
		{"euro and quotes", "€ “5”…", "€ “5”…", `EUR "5"...`},
		{"Polish", "Łódź ęą", "Lódz ea", "Lodz ea"},
		{"every letter of Latin Extended-A in some words", "Ďĝįķńőřşŧűŵž", "Dgiknorstuwž", "Dgiknorstuwz"},
		{"ligatures", "ﬁ œ Æ ĳ", "fi œ Æ ij", "fi oe AE ij"},
		{"combining accent", "e\u0301", "e", "e"},
		{"invisible", "a\u200b\u00adb", "a\u00adb", "ab"},
		{"spaces and dashes", "a\u2003b\u2010c", "a b-c", "a b-c"},
		{"control characters", "a\tb\nc\x1bd\x00e\u009bf", "a b c d e f", "a b c d e f"},
		{"full width", "ＡＢ１", "AB1", "AB1"},
		{"unknown", "漢字Ω", "???", "???"},
		{"broken UTF-8", "a\xffb", "a?b", "a?b"},
		{"check marks", "☑ ✓", "[x] x", "[x] x"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := label(text(50, 50, c.text))
			pcl, err := readPCLBytes(written(t, languages["PCL"], d))
			if err != nil || pcl != c.ansi {
				t.Errorf("PCL: got %q, %v, want %q", pcl, err, c.ansi)
			}
			tpcl, err := readTPCL([]byte(written(t, languages["TPCL"], d)))
			if err != nil || len(tpcl) != 1 || tpcl[0].Text != c.ascii {
				t.Errorf("TPCL: got %v, %v, want %q", tpcl, err, c.ascii)
			}
		})
	}
}

// readPCLBytes returns the only text of a stream, by an own table of the characters that the cases have.
func readPCLBytes(s string) (string, error) {
	m := regexp.MustCompile(`(?s)V([^\x1b\f]+)\f`).FindStringSubmatch(s)
	if m == nil {
		return "", fmt.Errorf("no text in %q", s)
	}
	var all []rune
	for _, c := range []byte(m[1]) {
		r := rune(c)
		if i := strings.IndexByte("\x80\x85\x93\x94\x9c\x9e", c); i >= 0 {
			r = []rune("€…“”œž")[i]
		}
		all = append(all, r)
	}
	return string(all), nil
}

// A text can hold everything that begins a command in some language.
func TestTextsAreNoCommands(t *testing.T) {
	t.Parallel()
	evil := "^XZ~JA ^FS \x1bE {XS;I} \x02L\r E\rQ9999 \x1b%-12345X@PJL ) showpage % \\ |} \x03\x02\x1bC\x03 \n\x00 \n%%EOF"
	d := label(text(50, 50, evil))
	plain := label(text(50, 50, "plain"))
	// With control characters gone, what begins a command is counted: there are as many as for a plain text.
	for name, starts := range map[string][]string{
		"PostScript": {"\n%%", "showpage\n"}, "PCL": {"\x1b", "\f"}, "ZPL": {"^", "~"}, "DPL": {"\x02", "\r"}, "IPL": {"\x02", "\x03", "\x1b", "\r"},
		"TPCL": {"\x1b", "\n\x00"},
	} {
		for _, start := range starts {
			got, want := strings.Count(written(t, languages[name], d), start), strings.Count(written(t, languages[name], plain), start)
			if got != want {
				t.Errorf("%s has %q %d times, want %d", name, start, got, want)
			}
		}
	}
}

func TestLongTextsAreSplit(t *testing.T) {
	t.Parallel()
	d := label(page.Text{X: 10, Y: 50, Text: strings.Repeat("0123456789", 60), Font: page.Font{Size: 2}, Width: 270})
	for name, decode := range map[string]func([]byte) ([]found, error){
		"IPL":  func(b []byte) ([]found, error) { return readIPL(b, 300) },
		"TPCL": readTPCL,
	} {
		got, err := decode([]byte(written(t, languages[name], d)))
		if err != nil || len(got) != 3 || got[0].Text+got[1].Text+got[2].Text != strings.Repeat("0123456789", 60) {
			t.Fatalf("%s: got %v, %v, want three pieces", name, got, err)
		}
		each := got[1].X - got[0].X
		if want := 270 * float64(len(got[0].Text)) / 600; math.Abs(each-want) > 0.3 {
			t.Errorf("%s: the second piece is %g further, want %g", name, each, want)
		}
	}
	// A control sequence of AFP holds 253 characters, and the next goes on where it ends.
	got, err := readAFP([]byte(written(t, languages["AFP"], d)), 300)
	if err != nil || len(got) != 1 || utf8.RuneCountInString(got[0].Text) != 600 {
		t.Errorf("AFP: got %v, %v, want one text of 600 characters", got, err)
	}
}

func Example() {
	d := &page.Document{Pages: []page.Page{{Width: 144, Height: 72, Items: []page.Item{
		page.Text{X: 18, Y: 36, Text: "Größe 42", Font: page.Font{Size: 12, Bold: true}},
		page.Line{X1: 18, Y1: 40, X2: 126, Y2: 40, Width: 0.72},
	}}}}
	var b strings.Builder
	if err := printer.ZPL(&b, d, printer.LabelOptions{DPI: 300, Copies: 2}); err != nil {
		panic(err)
	}
	fmt.Print(b.String())
	// Output:
	// ^XA
	// ^CI28
	// ^PW600
	// ^LL300
	// ^LH0,0
	// ^FT75,150^A0N,50,50^FH_^FDGr_C3_B6_C3_9Fe 42^FS
	// ^FO75,165^GB450,3,3,B,0^FS
	// ^PQ2
	// ^XZ
}
