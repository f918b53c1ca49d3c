package forms

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/render"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// rendering is a template and how documents are made of it. Once it is prepared, it may be used by several goroutines.
type rendering struct {
	source   source
	template []byte
	base     string // the template's name, without its extension
	locale   string
	settings settings
	notes    []string // what of the options has no effect here

	form   *xfa.Template // nil if the template is a PDF document
	fields bool          // whether the PDF document has form fields
}

// settings are what options and an XCI configuration say about a PDF.
type settings struct {
	embedFonts, tagged, linearized bool
	version                        string
	creator, producer              string
	copies                         int
}

// maxImage bounds an image that a template refers to by HTTP.
const maxImage = 16 << 20

// produced is a document and what is known of it.
type produced struct {
	content                []byte
	contentType, extension string
	pages                  int
	notes                  []string
	picture                func() ([]byte, error)
	weight                 int
}

// errXFAForm is why a PDF with an XFA form is no template here.
var errXFAForm = &failureError{badRequest("not_emulated", "the template is a PDF document with an XFA form, which the emulator cannot render; send its XDP")}

// prepare reads the template.
func (g *rendering) prepare() error {
	if !isPDF(g.template) {
		form, err := xfa.Parse(g.template)
		g.form = form
		return err
	}
	f, err := pdf.Open(g.template, pdf.OpenOptions{})
	if err != nil {
		return err
	}
	fields, err := f.Fields()
	if err != nil {
		return err
	}
	g.fields = len(fields) > 0
	switch {
	case !f.IsXFA():
		return nil
	case !g.fields:
		return errXFAForm
	}
	g.notes = append(g.notes, "Of the template's XFA form only the fields are filled that the PDF document has by itself.")
	return nil
}

// isPDF reports whether a document is a PDF: its mark may stand anywhere in the first kilobyte.
func isPDF(content []byte) bool {
	return bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-"))
}

func (g *rendering) fonts() *page.Fonts { return page.NewFonts(g.settings.embedFonts) }

// layout merges data with the template.
func (g *rendering) layout(data []byte) (*page.Document, error) {
	images := g.source
	images.limit = maxImage
	doc, err := g.form.Layout(data, xfa.Options{Locale: g.locale, Fonts: g.fonts(), Image: images.read})
	if err != nil {
		return nil, err
	}
	for _, n := range g.notes {
		if !slices.Contains(doc.Notes, n) {
			doc.Notes = append(doc.Notes, n)
		}
	}
	return doc, nil
}

// pdf makes a PDF document; data may be nil.
func (g *rendering) pdf(data []byte, now time.Time) (produced, error) {
	if g.form == nil {
		return g.fill(data, now)
	}
	doc, err := g.layout(data)
	if err != nil {
		return produced{}, err
	}
	content, err := g.write(doc, now)
	return produced{
		content: content, contentType: pdfType, extension: "pdf", pages: len(doc.Pages), notes: slices.Concat(g.settings.unmet(), doc.Notes),
	}, err
}

// unmet names what was asked for and no PDF is here.
func (s settings) unmet() (notes []string) {
	if s.tagged {
		notes = append(notes, "The document is not tagged.")
	}
	if s.linearized {
		notes = append(notes, "The document is not linearized.")
	}
	return notes
}

const pdfType = "application/pdf"

// write writes a laid-out document as PDF.
func (g *rendering) write(doc *page.Document, now time.Time) ([]byte, error) {
	o := render.Options{
		Fonts: g.fonts(), Tagged: g.settings.tagged, Linearized: g.settings.linearized, Version: g.settings.version, Time: now,
		Producer: g.settings.producer,
	}
	if g.settings.creator != "" {
		o.Metadata = map[string]string{"Creator": g.settings.creator}
	}
	var b bytes.Buffer
	err := render.PDF(&b, doc, o)
	return b.Bytes(), err
}

// fill fills the form of a PDF template and flattens it.
func (g *rendering) fill(data []byte, now time.Time) (produced, error) {
	content, notes := g.template, slices.Clone(g.notes)
	switch {
	case g.fields:
		filled, report, err := pdf.Fill(g.template, data, pdf.FillOptions{Flatten: true, Time: now})
		if err != nil {
			return produced{}, err
		}
		content = filled
		for _, n := range report.Notes {
			notes = append(notes, sentence(n))
		}
	case len(data) > 0:
		notes = append(notes, "The template has no form fields, so that the data has no effect.")
	}
	if notes = append(notes, g.settings.unmet()...); len(notes) > 0 {
		noted, err := pdf.SetInfo(content, map[string]string{"Approximations": strings.Join(notes, " ")})
		if err != nil {
			return produced{}, err
		}
		content = noted
	}
	f, err := pdf.Open(content, pdf.OpenOptions{})
	if err != nil {
		return produced{}, err
	}
	return produced{content: content, contentType: pdfType, extension: "pdf", pages: f.PageCount(), notes: notes}, nil
}

// sentence makes a sentence of what begins in lower case and has no full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// twin makes a PDF with the look of a laid-out document when it is asked for.
func (g *rendering) twin(doc *page.Document, now time.Time) (picture func() ([]byte, error), weight int) {
	for _, p := range doc.Pages {
		for _, item := range p.Items {
			weight += 128
			switch item := item.(type) {
			case page.Text:
				weight += len(item.Text)
			case page.Image:
				weight += len(item.Data)
			}
		}
	}
	settings := g.settings
	return func() ([]byte, error) { return (&rendering{settings: settings}).write(doc, now) }, weight
}

// source is where the references of a request lead.
func (c *call) source(root string) source {
	return source{server: c.Server, ctx: context.WithoutCancel(c.r.Context()), instance: c.caller.Instance, root: root}
}
