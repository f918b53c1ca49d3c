package pdf_test

import (
	"bytes"
	"testing"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

func FuzzOpen(f *testing.F) {
	f.Add(formPDF())
	f.Add(plain(f, "x", 2))
	f.Add([]byte("%PDF-1.7\n"))
	f.Add(bytes.Replace(formPDF(), []byte("/Kids[3 0 R]"), []byte("/Kids[2 0 R]"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		file, err := pdf.Open(data, pdf.OpenOptions{})
		if err != nil {
			if !isPDFError(err) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		for _, err := range exercise(file) {
			if err != nil && !isPDFError(err) {
				t.Fatalf("error of type %T: %v", err, err)
			}
		}
		_, _, err = pdf.Fill(data, []byte(application), pdf.FillOptions{Flatten: true, Time: noon})
		if err != nil && !isPDFError(err) {
			t.Fatalf("error of type %T: %v", err, err)
		}
	})
}

func FuzzFillData(f *testing.F) {
	f.Add([]byte(application))
	f.Add([]byte(`<x:datasets xmlns:x="http://www.xfa.org/schema/xfa-data/1.0/"><x:data><form1><name>A</name></form1></x:data></x:datasets>`))
	f.Add([]byte(`<!DOCTYPE d><d/>`))
	f.Add([]byte(`<d><name>&#x1F600;&amp;</name><price/><price>1</price></d>`))
	form := formPDF()
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		out, report, err := pdf.Fill(form, data, pdf.FillOptions{Time: noon})
		if err != nil {
			if !isPDFError(err) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		file, err := pdf.Open(out, pdf.OpenOptions{})
		if err != nil {
			t.Fatalf("the filled form cannot be opened: %v", err)
		}
		if fields, err := file.Fields(); err != nil || len(fields) != 9 {
			t.Errorf("%d fields, error %v; %d were filled", len(fields), err, len(report.Filled))
		}
	})
}
