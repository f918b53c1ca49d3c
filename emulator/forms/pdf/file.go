package pdf

import (
	"bytes"
	"errors"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// OpenOptions are for [Open]. The zero value is for documents without a password.
type OpenOptions struct {
	// Password is tried as the owner's and as the user's password.
	Password string
	// Merging keeps note of what must be renamed when the document is merged into another.
	Merging bool
}

// File is an open document. It is for one goroutine at a time.
type File struct {
	ctx       *model.Context
	encrypted bool
	xfa       bool // when it was opened
}

// Size is the size of a page as it is shown, in points.
type Size struct{ Width, Height float64 }

// Info is what a document says about itself.
type Info struct {
	Title, Author, Subject, Keywords, Creator, Producer string
	CreationDate, ModDate                               string            // as written in the document, "D:2026…"
	Properties                                          map[string]string // the other entries
}

// Open reads a whole document. The file keeps data, which must not be changed. Its error is an [*Error].
func Open(data []byte, o OpenOptions) (*File, error) {
	ctx, xfa, err := readContext(data, o)
	if err != nil {
		return nil, err
	}
	return &File{ctx: ctx, encrypted: ctx.E != nil, xfa: xfa}, nil
}

func isPassword(err error) bool { return errors.Is(err, pdfcpu.ErrWrongPassword) }

func readContext(data []byte, o OpenOptions) (ctx *model.Context, xfa bool, err error) {
	if err := checkOutside(data); err != nil {
		return nil, false, err
	}
	conf := Configuration()
	conf.UserPW, conf.OwnerPW = o.Password, o.Password
	if o.Merging {
		conf.Cmd = model.MERGECREATE
	}
	err = Guard("the document cannot be read", func() (err error) {
		if ctx, err = api.ReadContext(bytes.NewReader(data), conf); err != nil {
			return err
		}
		if err := checkMetadata(ctx); err != nil {
			return err
		}
		if err := checkCycles(ctx); err != nil {
			return err
		}
		xfa = completeForm(ctx)
		return validate(ctx)
	})
	if err != nil {
		return nil, false, err
	}
	if ctx.PageCount > MaxPages {
		return nil, false, errorf("the document has %d pages, and %d is the most", ctx.PageCount, MaxPages)
	}
	return ctx, xfa, nil
}

// completeForm gives a form the default appearance that it must have and often lacks: viewers do without, pdfcpu does not. It
// reports whether there is an XFA form, which pdfcpu drops with a form that has no fields.
func completeForm(ctx *model.Context) (xfa bool) {
	form, err := acroForm(ctx)
	if err != nil || form == nil {
		return false // validation says what is wrong
	}
	if form.text(form.dict["DA"]) == "" {
		form.dict["DA"] = types.StringLiteral("/Helv 0 Tf 0 g")
	}
	return form.dict.HasEntry("XFA")
}

// validate has pdfcpu validate the document, without the legal attestations of its catalog (ISO 32000-1, section 12.8.5),
// which pdfcpu does not know.
func validate(ctx *model.Context) error {
	root, err := ctx.Catalog()
	if err != nil {
		return err
	}
	if legal, ok := root["Legal"]; ok {
		delete(root, "Legal")
		defer func() { root["Legal"] = legal }()
	}
	return api.ValidateContext(ctx)
}

// checkMetadata decodes the catalog's metadata, because pdfcpu does so while it validates, and with a limit of its own that
// is far too high.
func checkMetadata(ctx *model.Context) error {
	root, err := ctx.Catalog()
	if err != nil || root == nil {
		return err
	}
	// Dereference, not DereferenceStreamDict: that one marks the stream as validated, and validation then drops it.
	o, err := ctx.Dereference(root["Metadata"])
	sd, ok := o.(types.StreamDict)
	if err != nil || !ok {
		return nil // validation says what is wrong
	}
	if _, err := decode(sd, MaxMetadata); errors.Is(err, filter.ErrDecodeLimitExceeded) {
		return errorf("the metadata has more than %d bytes, decoded", MaxMetadata)
	}
	return nil
}

// checkOutside looks at what can be seen without reading the document.
func checkOutside(data []byte) error {
	switch {
	case len(data) == 0:
		return errorf("the document is empty")
	case len(data) > MaxSize:
		return errorf("the document has %d bytes, and %d is the most", len(data), MaxSize)
	case !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		return errorf("this is not a PDF document: it does not begin with %q", "%PDF-")
	}
	return nil
}

// PageCount returns the number of pages.
func (f *File) PageCount() int { return f.ctx.PageCount }

// Version returns the version of PDF, such as "1.7".
func (f *File) Version() string { return f.ctx.VersionString() }

// Encrypted reports whether the document was encrypted when it was opened.
func (f *File) Encrypted() bool { return f.encrypted }

// Context returns pdfcpu's view of the document, which the file keeps using: what is changed there is seen by the methods.
// Work on it belongs within [Guard].
func (f *File) Context() *model.Context { return f.ctx }

// DropEncryption makes [Write] write the document without encryption.
func (f *File) DropEncryption() {
	f.ctx.Encrypt, f.ctx.E, f.ctx.EncKey = nil, nil, nil
}
