package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/render"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// rendering compares making the sample invoice of its template and data, as the emulator does for each request, with
// writing nothing but its texts.
func rendering(_ context.Context, _ *adobe, e effort) ([]row, error) {
	template, _ := sample.Template("invoice.xdp")
	data, _ := sample.Data("invoice-1.xml")
	doc, err := laidOut(template, data)
	if err != nil {
		return nil, err
	}
	c, err := compareOperations(e, func() error {
		doc, err := laidOut(template, data)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		return render.PDF(&b, doc, render.Options{})
	}, func() error { return textsAlone(doc) })
	if err != nil {
		return nil, err
	}
	return []row{row{
		What: "sample invoice, from template to PDF", Against: "fpdf writing its texts alone", Unit: "per s",
		Measured: 1e9 / c.measured, Reference: 1e9 / c.reference, Ratio: 1 / c.ratio,
	}.atLeast(0.1)}, nil
}

// laidOut merges data with a template.
func laidOut(template, data []byte) (*page.Document, error) {
	form, err := xfa.Parse(template)
	if err != nil {
		return nil, err
	}
	return form.Layout(data, xfa.Options{Fonts: page.NewFonts(false)})
}

// textsAlone writes a PDF with the texts of a document.
func textsAlone(doc *page.Document) error {
	pdf := fpdf.New("P", "pt", "A4", "")
	texts := 0
	for _, p := range doc.Pages {
		pdf.AddPageFormat("P", fpdf.SizeType{Wd: p.Width, Ht: p.Height})
		for _, item := range p.Items {
			if t, ok := item.(page.Text); ok {
				pdf.SetFont("Helvetica", "", t.Font.Size)
				pdf.Text(t.X, t.Y, t.Text)
				texts++
			}
		}
	}
	if texts == 0 {
		return errors.New("the document has no texts")
	}
	return pdf.Output(io.Discard)
}
