package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/page"
)

// Options say how a PDF is written.
type Options struct {
	// Fonts are those that the document was laid out with. Nil means the core fonts, which are not embedded.
	Fonts *page.Fonts
	// Tagged and Linearized are what was asked for. Neither is possible here: a sentence in the metadata says so.
	Tagged, Linearized bool
	// Version is that of the file's header, such as "1.7". Empty means "1.7".
	Version string
	// Time stands in the file as that of its creation. The zero value means the present.
	Time time.Time
	// Producer stands in the file. Empty means "imsx emulator".
	Producer string
	// Metadata are further entries: "Author", "Subject", "Keywords", "Creator" and "Title" at the places that PDF has for
	// them, others in the XMP packet by their names.
	Metadata map[string]string
}

func (o *Options) fonts() *page.Fonts {
	if o.Fonts == nil {
		return page.NewFonts(false)
	}
	return o.Fonts
}

func (o *Options) version() string {
	if o.Version == "" {
		return "1.7"
	}
	return o.Version
}

func (o *Options) producer() string {
	if o.Producer == "" {
		return "imsx emulator"
	}
	return o.Producer
}

func (o *Options) time() time.Time {
	if o.Time.IsZero() {
		return time.Now()
	}
	return o.Time
}

// PDF writes a document as PDF. The same document, with the same options and a time, gives the same bytes. The errors are
// those of w, and of images and options that cannot be used.
func PDF(w io.Writer, d *page.Document, o Options) error {
	version := o.version()
	if len(version) != 3 || version[0] < '1' || version[0] > '2' || version[1] != '.' || version[2] < '0' || version[2] > '9' {
		return fmt.Errorf("version %q is none of PDF", version)
	}
	r := &writer{pdf: newFile(d, &o), fonts: o.fonts(), images: map[*byte]string{}}
	for i := range d.Pages {
		r.page(&d.Pages[i])
	}
	if r.err != nil {
		return r.err
	}
	var b bytes.Buffer
	if err := r.pdf.Output(&b); err != nil {
		return fmt.Errorf("write PDF: %w", err)
	}
	file := b.Bytes()
	const head = len("%PDF-")
	if written := string(file[head : head+3]); version > written {
		copy(file[head:], version) // of the same length, so the places in the file stay right
	}
	_, err := w.Write(file)
	return err
}

// newFile begins a file.
func newFile(d *page.Document, o *Options) *fpdf.Fpdf {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: 595.28, Ht: 841.89}})
	pdf.SetCatalogSort(true) // so that the same document gives the same bytes
	pdf.SetCompression(true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	describe(pdf, d, o)
	return pdf
}

// writer writes the items of pages.
type writer struct {
	pdf    *fpdf.Fpdf
	fonts  *page.Fonts
	images map[*byte]string // the names of the images written, by where they are
	err    error
}

func (r *writer) page(p *page.Page) {
	r.pdf.AddPageFormat("P", fpdf.SizeType{Wd: p.Width, Ht: p.Height})
	for _, item := range p.Items {
		switch item := item.(type) {
		case page.Text:
			r.text(&item)
		case page.Line:
			r.line(&item)
		case page.Rect:
			r.rect(&item)
		case page.Image:
			r.image(&item)
		}
		if r.err != nil {
			return
		}
	}
}

func (r *writer) text(t *page.Text) {
	if t.Angle != 0 {
		r.pdf.TransformBegin()
		r.pdf.TransformRotate(t.Angle, t.X, t.Y)
		defer r.pdf.TransformEnd()
	}
	r.pdf.SetTextColor(int(t.Color.R), int(t.Color.G), int(t.Color.B))
	x := t.X
	for _, run := range r.fonts.Runs(t.Text) {
		r.pdf.SetFont(r.face(t.Font, run.Core), faceStyle(t.Font), t.Font.Size)
		text := run.Text
		if run.Core {
			text = toWinAnsi(text)
		} else {
			text = basicPlane(text)
		}
		r.pdf.Text(x, t.Y, text)
		x += r.fonts.Width(t.Font, run.Text)
	}
	if t.Underline {
		r.rule(t, t.Y+t.Font.Size*0.12, x)
	}
	if t.Strike {
		r.rule(t, t.Y-t.Font.Size*0.28, x)
	}
}

// rule draws a line under or through a text.
func (r *writer) rule(t *page.Text, y, end float64) {
	r.line(&page.Line{X1: t.X, Y1: y, X2: max(end, t.X+t.Width), Y2: y, Width: t.Font.Size * 0.05, Color: t.Color})
}

// face returns the name of a font within the file, which has the font from then on.
func (r *writer) face(f page.Font, core bool) string {
	if core {
		switch f.Family {
		case page.Serif:
			return "Times"
		case page.Mono:
			return "Courier"
		}
		return "Helvetica"
	}
	name := "GoSans"
	if f.Family == page.Mono {
		name = "GoMono"
	}
	r.pdf.AddUTF8FontFromBytes(name, faceStyle(f), page.TrueType(f))
	return name
}

func faceStyle(f page.Font) string {
	style := ""
	if f.Bold {
		style = "B"
	}
	if f.Italic {
		style += "I"
	}
	return style
}

// toWinAnsi encodes a text for the core fonts.
func toWinAnsi(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if b, ok := page.WinAnsi(r); ok {
			out = append(out, b)
		}
	}
	return string(out)
}

// basicPlane replaces the characters that the embedded fonts cannot number.
func basicPlane(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0xffff {
			return '\ufffd'
		}
		return r
	}, s)
}

func (r *writer) line(l *page.Line) {
	r.pdf.SetDrawColor(int(l.Color.R), int(l.Color.G), int(l.Color.B))
	r.pdf.SetLineWidth(l.Width)
	if len(l.Dash) > 0 {
		r.pdf.SetDashPattern(l.Dash, 0)
		defer r.pdf.SetDashPattern(nil, 0)
	}
	r.pdf.Line(l.X1, l.Y1, l.X2, l.Y2)
}

func (r *writer) rect(b *page.Rect) {
	style := ""
	if b.Fill != nil {
		r.pdf.SetFillColor(int(b.Fill.R), int(b.Fill.G), int(b.Fill.B))
		style = "F"
	}
	if b.Stroke != nil {
		r.pdf.SetDrawColor(int(b.Stroke.R), int(b.Stroke.G), int(b.Stroke.B))
		r.pdf.SetLineWidth(b.LineWidth)
		style += "D"
	}
	switch radius := min(b.Radius, b.W/2, b.H/2); {
	case style == "":
	case radius > 0:
		r.pdf.RoundedRect(b.X, b.Y, b.W, b.H, radius, "1234", style)
	default:
		r.pdf.Rect(b.X, b.Y, b.W, b.H, style)
	}
}
