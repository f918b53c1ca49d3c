package render_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/render"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

var at = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

func init() { api.DisableConfigDir() }

// pdf writes a document, and checks that it is a file that others can read.
func pdf(t *testing.T, d *page.Document, o render.Options) []byte {
	t.Helper()
	if o.Time.IsZero() {
		o.Time = at
	}
	var b bytes.Buffer
	if err := render.PDF(&b, d, o); err != nil {
		t.Fatal(err)
	}
	config := model.NewDefaultConfiguration()
	if err := api.Validate(bytes.NewReader(b.Bytes()), config); err != nil {
		t.Errorf("the file is not valid: %v", err)
	}
	count, err := api.PageCount(bytes.NewReader(b.Bytes()), config)
	if err != nil || count != max(1, len(d.Pages)) {
		t.Errorf("got %d pages, %v, want %d", count, err, len(d.Pages))
	}
	return b.Bytes()
}

var streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)

// contents returns what is in the streams of a file, unpacked.
func contents(file []byte) string {
	var all strings.Builder
	for _, m := range streams.FindAllSubmatch(file, -1) {
		r, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			all.Write(m[1])
			continue
		}
		if b, err := io.ReadAll(r); err == nil {
			all.Write(b)
		}
		all.WriteByte('\n')
	}
	return all.String()
}

func onePage(items ...page.Item) *page.Document {
	return &page.Document{Title: "Title", Language: "en-GB", Pages: []page.Page{{Width: 200, Height: 300, Items: items}}}
}

func has(t *testing.T, what, whole string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(whole, p) {
			t.Errorf("%s has no %q", what, p)
		}
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	red, blue := page.Color{R: 255}, page.Color{B: 255}
	for _, c := range []struct {
		name string
		item page.Item
		want []string
	}{
		{"text", page.Text{X: 10, Y: 20, Text: "a(b)\\ü€", Font: page.Font{Size: 12}}, []string{"BT 10.00 280.00 Td (a\\(b\\)\\\\\xfc\x80) Tj ET", "12.00 Tf"}},
		{"colored text", page.Text{X: 10, Y: 20, Text: "a", Font: page.Font{Size: 12}, Color: red}, []string{"1.000 0.000 0.000 rg"}},
		{
			"underlined text", page.Text{X: 10, Y: 20, Text: "a", Font: page.Font{Family: page.Mono, Size: 10}, Underline: true},
			[]string{"10.00 278.80 m 16.00 278.80 l S"},
		},
		{"text struck out", page.Text{X: 10, Y: 20, Text: "a", Font: page.Font{Family: page.Mono, Size: 10}, Strike: true}, []string{"10.00 282.80 m 16.00 282.80 l S"}},
		{"turned text", page.Text{X: 10, Y: 20, Text: "a", Font: page.Font{Size: 12}, Angle: 90}, []string{"0.00000 1.00000 -1.00000 0.00000 290.00000 270.00000 cm"}},
		{"a line", page.Line{X1: 1, Y1: 2, X2: 3, Y2: 4, Width: 2, Color: blue}, []string{"2.00 w", "0.000 0.000 1.000 RG", "1.00 298.00 m 3.00 296.00 l S"}},
		{"a dashed line", page.Line{X2: 3, Width: 1, Dash: []float64{3, 2}}, []string{"[3.00 2.00] 0.00 d", "[] 0.00 d"}},
		{"a rectangle", page.Rect{X: 10, Y: 20, W: 30, H: 40, Stroke: &red, LineWidth: 1}, []string{"10.00 280.00 30.00 -40.00 re S"}},
		{"a filled rectangle", page.Rect{X: 10, Y: 20, W: 30, H: 40, Fill: &red}, []string{"10.00 280.00 30.00 -40.00 re f"}},
		{"a rectangle with round corners", page.Rect{X: 10, Y: 20, W: 30, H: 40, Radius: 5, Fill: &red, Stroke: &blue, LineWidth: 1}, []string{" c", "B\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			has(t, "the page", contents(pdf(t, onePage(c.item), render.Options{})), c.want...)
		})
	}
}

func TestFonts(t *testing.T) {
	t.Parallel()
	text := func(s string, f page.Font) *page.Document {
		f.Size = 12
		return onePage(page.Text{X: 10, Y: 20, Text: s, Font: f})
	}
	core := pdf(t, text("plain", page.Font{Family: page.Serif, Italic: true}), render.Options{})
	has(t, "the file", string(core), "/BaseFont /Times-Italic")
	if bytes.Contains(core, []byte("/FontFile2")) {
		t.Error("a core font is embedded")
	}
	fallback := pdf(t, text("Ω plain", page.Font{Bold: true}), render.Options{})
	has(t, "the file", string(fallback), "/BaseFont /Helvetica-Bold", "/FontFile2", "gosansB")
	embedded := pdf(t, text("plain", page.Font{Family: page.Mono}), render.Options{Fonts: page.NewFonts(true)})
	has(t, "the file", string(embedded), "/FontFile2", "gomono")
	if bytes.Contains(embedded, []byte("Courier")) {
		t.Error("a core font is named though all are to be embedded")
	}
	pdf(t, text("漢 😀 \u0001", page.Font{}), render.Options{})
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	document := onePage()
	document.Title, document.Language = "Größe <1>", "en(GB)"
	document.Notes = []string{"Barcodes are shown as their text.", "a < b"}
	file := string(pdf(t, document, render.Options{
		Tagged: true, Linearized: true, Version: "1.7", Metadata: map[string]string{"Author": "Ann & Bob", "my key": "my value", "1st": "x"},
	}))
	has(t, "the file", file, "%PDF-1.7\n", "/Lang (enGB)", "D:20260314092653", "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Größe &lt;1&gt;</rdf:li>",
		"<rdf:li>Barcodes are shown as their text.</rdf:li>", "<rdf:li>a &lt; b</rdf:li>", "<rdf:li>The file was to be tagged; it is not.</rdf:li>",
		"<rdf:li>The file was to be linearized; it is not.</rdf:li>", "the layout is an approximation", "<pdf:Producer>imsx emulator</pdf:Producer>",
		"Ann &amp; Bob", "<pdfx:my_key>my value</pdfx:my_key>", "<pdfx:_1st>x</pdfx:_1st>", "<xmp:CreateDate>2026-03-14T09:26:53Z</xmp:CreateDate>")
	plain := string(pdf(t, onePage(), render.Options{Producer: "other", Version: "1.4"}))
	has(t, "the file", plain, "%PDF-1.4\n", "<pdf:Producer>other</pdf:Producer>")
	if strings.Contains(plain, "tagged") || strings.Contains(plain, "linearized") {
		t.Error("a file that was not to be tagged speaks of it")
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2", "17", "1.10", "9.9", "1,7", "a.b"} {
		if err := render.PDF(io.Discard, onePage(), render.Options{Version: version}); err == nil {
			t.Errorf("version %q was taken", version)
		}
	}
	// What is transparent needs version 1.4.
	see := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	file := pdf(t, onePage(page.Image{W: 9, H: 9, Format: "png", Data: pngOf(t, see)}), render.Options{Version: "1.3"})
	has(t, "the file", string(file[:10]), "%PDF-1.4")
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImages(t *testing.T) {
	t.Parallel()
	bounds := image.Rect(0, 0, 8, 8)
	deep := image.NewRGBA64(bounds)
	deep.Set(1, 1, color.RGBA64{R: 0x1234, A: 0xffff})
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, deep, nil); err != nil {
		t.Fatal(err)
	}
	for name, i := range map[string]page.Image{
		"gray":        {Format: "png", Data: pngOf(t, image.NewGray(bounds))},
		"palette":     {Format: "png", Data: pngOf(t, image.NewPaletted(bounds, color.Palette{color.White, color.Transparent}))},
		"transparent": {Format: "png", Data: pngOf(t, image.NewNRGBA(bounds))},
		"deep":        {Format: "png", Data: pngOf(t, deep)},
		"deep gray":   {Format: "png", Data: pngOf(t, image.NewGray16(bounds))},
		"jpeg":        {Format: "jpeg", Data: jpg.Bytes()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i.X, i.Y, i.W, i.H = -5, 20, 30, 40
			again := i
			again.Y = 100
			file := string(pdf(t, onePage(i, again), render.Options{}))
			if got := strings.Count(file, "/Subtype /Image\n") - strings.Count(file, "/SMask "); got != 1 {
				t.Errorf("got %d images in the file, want 1", got)
			}
			has(t, "the page", contents([]byte(file)), "q 30.00000 0 0 40.00000 -5.00000 240.00000 cm", "q 30.00000 0 0 40.00000 -5.00000 160.00000 cm")
		})
	}
	for _, data := range []string{"no image", "\x89PNG\r\n\x1a\n", string(pngOf(t, deep)[:60])} {
		err := render.PDF(io.Discard, onePage(page.Image{W: 1, H: 1, Format: "png", Data: []byte(data)}), render.Options{})
		if err == nil {
			t.Errorf("image %q was taken", data)
		}
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	template, _ := sample.Template("letter")
	data, _ := sample.Data("letter-1")
	parsed, err := xfa.Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	for _, embed := range []bool{false, true} {
		fonts := page.NewFonts(embed)
		document, err := parsed.Layout(data, xfa.Options{Fonts: fonts})
		if err != nil {
			t.Fatal(err)
		}
		o := render.Options{Fonts: fonts, Metadata: map[string]string{"a": "1", "b": "2", "c": "3"}}
		first := pdf(t, document, o)
		for range 4 {
			if !bytes.Equal(pdf(t, document, o), first) {
				t.Fatalf("embedded %v: the files differ", embed)
			}
		}
		o.Time = at.Add(time.Hour)
		if bytes.Equal(pdf(t, document, o), first) {
			t.Errorf("embedded %v: another time makes no difference", embed)
		}
	}
}

func TestNoPages(t *testing.T) {
	t.Parallel()
	pdf(t, &page.Document{}, render.Options{})
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterThatFails(t *testing.T) {
	t.Parallel()
	if err := render.PDF(brokenWriter{}, onePage(), render.Options{}); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkInvoice makes the invoice from its template and data, as each request of the emulator does.
func BenchmarkInvoice(b *testing.B) {
	for _, c := range []struct {
		name, data string
		embed      bool
	}{{"one page", "invoice-1", false}, {"three pages", "invoice-2", false}, {"embedded fonts", "invoice-1", true}} {
		b.Run(c.name, func(b *testing.B) {
			template, _ := sample.Template("invoice")
			data, _ := sample.Data(c.data)
			fonts := page.NewFonts(c.embed)
			b.ReportAllocs()
			for b.Loop() {
				parsed, err := xfa.Parse(template)
				if err != nil {
					b.Fatal(err)
				}
				document, err := parsed.Layout(data, xfa.Options{Fonts: fonts})
				if err != nil {
					b.Fatal(err)
				}
				if err := render.PDF(io.Discard, document, render.Options{Fonts: fonts, Time: at}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}
