package pdf

import (
	"maps"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// HasForm reports whether the document has form fields.
func (f *File) HasForm() bool {
	has := false
	// A form that cannot be read is none.
	_ = Guard("the form cannot be read", func() error {
		form, err := acroForm(f.ctx)
		if err != nil || form == nil {
			return err
		}
		fields, err := form.fields()
		has = len(fields) > 0
		return err
	})
	return has || f.xfa
}

// IsXFA reports whether the document carried an XFA form when it was opened.
func (f *File) IsXFA() bool { return f.xfa }

// Signed reports whether a signature field of the document has a signature.
func (f *File) Signed() bool {
	signed := false
	_ = Guard("the form cannot be read", func() error {
		form, err := acroForm(f.ctx)
		if err != nil || form == nil {
			return err
		}
		fields, err := form.fields()
		for _, e := range fields {
			signed = signed || e.kind == FieldSignature && e.dict.HasEntry("V")
		}
		return err
	})
	return signed
}

// Info returns what the document says about itself.
func (f *File) Info() Info {
	c := f.ctx.XRefTable
	return Info{
		Title: c.Title, Author: c.Author, Subject: c.Subject, Keywords: c.Keywords, Creator: c.Creator, Producer: c.Producer,
		CreationDate: c.CreationDate, ModDate: c.ModDate, Properties: maps.Clone(c.Properties),
	}
}

// PageSizes returns the size of each page as it is shown: of the crop box, turned by the page's rotation.
func (f *File) PageSizes() ([]Size, error) {
	pages, err := Pages(f.ctx)
	sizes := make([]Size, len(pages))
	for i, p := range pages {
		sizes[i] = p.Size()
	}
	return sizes, err
}

// text returns a text of the document, or nothing where there is none or it cannot be read.
func (f *form) text(o types.Object) string {
	s, err := f.ctx.DereferenceText(o)
	if err != nil {
		return ""
	}
	return s
}
