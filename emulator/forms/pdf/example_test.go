package pdf_test

import (
	"bytes"
	"errors"
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

func ExampleOpen() {
	d := fpdf.New("L", "pt", "A4", "")
	d.SetTitle("A letter", true)
	d.AddPage()
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		fmt.Println(err)
		return
	}
	f, err := pdf.Open(b.Bytes(), pdf.OpenOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Info().Title, f.PageCount(), f.HasForm())
	_, err = pdf.Open([]byte("not a document"), pdf.OpenOptions{})
	var e *pdf.Error
	fmt.Println(errors.As(err, &e), err)
	// Output:
	// A letter 1 false
	// true pdf: this is not a PDF document: it does not begin with "%PDF-"
}

func ExampleFill() {
	out, report, err := pdf.Fill(formPDF(), []byte(`<form><name>Ada Lovelace</name><shoe>39</shoe></form>`), pdf.FillOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Filled, report.Unused)
	f, err := pdf.Open(out, pdf.OpenOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fields, err := f.Fields()
	fmt.Println(fields[0].Name, fields[0].Value, err)
	// Output:
	// [form1[0].name] [shoe]
	// form1[0].name Ada Lovelace <nil>
}
