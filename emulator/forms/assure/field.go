package assure

import (
	"slices"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxCoordinate is the greatest coordinate of a field, in points: the greatest side of a page.
const maxCoordinate = 14400

// Flags of annotations and of forms, in ISO 32000-1, tables 165, 221 and 219.
const (
	annotationPrint  = 1 << 2
	annotationLocked = 1 << 7
	fieldReadOnly    = 1 << 0
	signaturesExist  = 1 << 0
	appendOnly       = 1 << 1
)

// AddSignatureField adds an empty signature field. A field of that name must not exist; fields that its name says it is
// below are made where they are missing. The document may be signed, but not certified against all changes. Its error is
// an [*Error]. The result does not share memory with doc.
func AddSignatureField(doc []byte, o FieldOptions) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var out []byte
	err := guard("the field cannot be added", func() error {
		u, err := openUpdate(doc, o.Unlock)
		if err != nil {
			return err
		}
		f, err := readForm(u.ctx)
		if err != nil {
			return err
		}
		if level, certified := certification(u.ctx, f); certified && level == 1 {
			return errorf("the document is certified against all changes, and no field can be added")
		}
		if err := u.addField(f, o); err != nil {
			return err
		}
		out, err = u.bytes()
		return err
	})
	return out, err
}

// Notes is as [Signature.Notes].
func (o FieldOptions) Notes() []string {
	s := o.SeedValue
	if s == nil {
		return nil
	}
	var notes []string
	if s.Timestamp != nil && s.Timestamp.Required {
		notes = append(notes, "A field that requires a time stamp can be added, but not signed here.")
	}
	if s.RevocationCheck {
		notes = append(notes, "A field that requires revocation data can be added, but not signed here if its flags insist.")
	}
	return notes
}

func (o FieldOptions) check() error {
	if err := checkText("field", o.Field); err != nil {
		return err
	}
	if slices.Contains(strings.Split(o.Field, "."), "") {
		return errorf("field is %s: it needs a name, and no part of it between dots may be empty", quoted(o.Field))
	}
	if strings.Count(o.Field, ".") >= maxDepth {
		return errorf("field has more than %d parts", maxDepth)
	}
	if o.Page < 0 {
		return errorf("page is %d, and must be at least 1", o.Page)
	}
	r := o.Rectangle
	for _, c := range []struct {
		name  string
		value int
	}{{"lowerLeftX", r.LowerLeftX}, {"lowerLeftY", r.LowerLeftY}, {"width", r.Width}, {"height", r.Height}} {
		if c.value < 0 || c.value > maxCoordinate {
			return errorf("rectangle.%s is %d, and must be from 0 to %d", c.name, c.value, maxCoordinate)
		}
	}
	if err := o.FieldMDP.check(); err != nil {
		return err
	}
	return o.SeedValue.check()
}

func (u *update) addField(f *form, o FieldOptions) error {
	if f.byName(o.Field) != nil {
		return errorf("the document has a field %s already", quoted(o.Field))
	}
	page, err := u.page(max(o.Page, 1))
	if err != nil {
		return err
	}
	parent, rest, err := f.place(o.Field)
	if err != nil {
		return err
	}
	d := types.Dict{
		"Type": types.Name("Annot"), "Subtype": types.Name("Widget"), "FT": types.Name("Sig"),
		"F": types.Integer(annotationPrint), "P": page, "Rect": o.Rectangle.array(),
	}
	if err := u.constrain(d, o); err != nil {
		return err
	}
	ref, err := u.add(d)
	if err != nil {
		return err
	}
	if err := u.annotate(page, ref); err != nil {
		return err
	}
	return u.hang(f, parent, strings.Split(rest, "."), ref)
}

func (r Rectangle) array() types.Array {
	return types.Array{
		types.Integer(r.LowerLeftX), types.Integer(r.LowerLeftY),
		types.Integer(r.LowerLeftX + r.Width), types.Integer(r.LowerLeftY + r.Height),
	}
}

// place finds the field that a new one belongs below, and what is left of the name. A field without children of its own
// takes none.
func (f *form) place(name string) (*field, string, error) {
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		n := f.byName(name[:i])
		if n == nil {
			continue
		}
		if n.children == 0 && (n.kind != "" || len(n.widgets) > 0) {
			return nil, "", errorf("the field %s cannot have other fields below it", quoted(n.name))
		}
		return n, name[i+1:], nil
	}
	return nil, name, nil
}

// hang puts the field ref into the tree of fields, with the fields between that are missing. The last of names is its own.
func (u *update) hang(f *form, parent *field, names []string, ref types.IndirectRef) error {
	d, err := u.dict(ref)
	if err != nil {
		return err
	}
	for i := len(names) - 1; ; i-- {
		d["T"] = textString(names[i])
		if i == 0 {
			break
		}
		above := types.Dict{"Kids": types.Array{ref}}
		aboveRef, err := u.add(above)
		if err != nil {
			return err
		}
		d["Parent"] = aboveRef
		d, ref = above, aboveRef
	}
	if parent == nil {
		return u.addTop(f, ref)
	}
	d["Parent"] = parent.ref
	p, err := u.dict(parent.ref)
	if err != nil {
		return err
	}
	kids, err := array(u.ctx, p, "Kids")
	if err != nil {
		return err
	}
	p["Kids"] = append(kids, ref)
	return u.setForm(f, signaturesExist)
}

// addTop adds a field without a parent, to a form that is made if there is none.
func (u *update) addTop(f *form, ref types.IndirectRef) error {
	if f.dict == nil {
		f.dict = types.Dict{}
	}
	fields, err := array(u.ctx, f.dict, "Fields")
	if err != nil {
		return err
	}
	f.dict["Fields"] = append(fields, ref)
	return u.setForm(f, signaturesExist)
}

// setForm writes the form's dictionary with some flags set.
func (u *update) setForm(f *form, flags int) error {
	f.dict["SigFlags"] = types.Integer(integer(u.ctx, f.dict["SigFlags"]) | flags)
	if f.ref != nil {
		u.replace(*f.ref, f.dict)
		return nil
	}
	catalog, err := u.catalog()
	if err != nil {
		return err
	}
	catalog["AcroForm"] = f.dict
	return nil
}

// page returns the page with a number, counted from 1.
func (u *update) page(number int) (types.IndirectRef, error) {
	if err := u.ctx.EnsurePageCount(); err != nil {
		return types.IndirectRef{}, errorf("the document's pages cannot be counted")
	}
	if number > u.ctx.PageCount {
		return types.IndirectRef{}, errorf("page is %d, and the document has %d", number, u.ctx.PageCount)
	}
	ref, err := u.ctx.PageDictIndRef(number)
	if err != nil {
		return types.IndirectRef{}, err
	}
	return *ref, nil
}

// annotate adds an annotation to a page.
func (u *update) annotate(page, annotation types.IndirectRef) error {
	d, err := u.ctx.DereferenceDict(page)
	if err != nil || d == nil {
		return errorf("the page cannot be read")
	}
	all, err := array(u.ctx, d, "Annots")
	if err != nil {
		return err
	}
	all = append(all, annotation)
	if ref := d.IndirectRefEntry("Annots"); ref != nil {
		u.replace(*ref, all)
		return nil
	}
	d, err = u.dict(page)
	if err != nil {
		return err
	}
	d["Annots"] = all
	return nil
}
