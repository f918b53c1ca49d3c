package assure

import (
	"maps"
	"slices"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxFields is the most fields of a form that are looked at.
const maxFields = 20000

// form is the interactive form of a document. Without one, dict is nil.
type form struct {
	ctx    *model.Context
	dict   types.Dict         // a copy of one level, which may be changed
	ref    *types.IndirectRef // nil for a form that stands in the catalog
	fields []*field
	xfa    bool
}

// field is a node of the tree of fields that has a name.
type field struct {
	name     string // the full name
	ref      types.IndirectRef
	dict     types.Dict
	kind     string // FT, its own or inherited
	parent   *field
	widgets  []types.IndirectRef // ref itself if field and widget are one
	children int                 // fields below it
}

// readForm reads the fields of a form, in the order of the document.
func readForm(ctx *model.Context) (*form, error) {
	catalog, err := ctx.Catalog()
	if err != nil {
		return nil, err
	}
	f := &form{ctx: ctx}
	o, ok := catalog.Find("AcroForm")
	if !ok {
		return f, nil
	}
	d, err := ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return f, err
	}
	f.dict = clone(d)
	if ref, ok := o.(types.IndirectRef); ok {
		f.ref = &ref
	}
	_, f.xfa = d.Find("XFA")
	kids, err := array(ctx, d, "Fields")
	if err != nil {
		return nil, err
	}
	return f, f.walk(kids, nil, map[int]bool{}, 0)
}

// walk adds the fields of kids and what is below them.
func (f *form) walk(kids types.Array, parent *field, seen map[int]bool, depth int) error {
	if depth > maxDepth {
		return errorf("the fields are nested more than %d deep", maxDepth)
	}
	for _, kid := range kids {
		ref, ok := kid.(types.IndirectRef)
		if !ok || seen[ref.ObjectNumber.Value()] {
			continue
		}
		seen[ref.ObjectNumber.Value()] = true
		if len(seen) > maxFields {
			return errorf("the form has more than %d fields", maxFields)
		}
		d, err := f.ctx.DereferenceDict(ref)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if err := f.visit(ref, d, parent, seen, depth); err != nil {
			return err
		}
	}
	return nil
}

func (f *form) visit(ref types.IndirectRef, d types.Dict, parent *field, seen map[int]bool, depth int) error {
	if _, named := d.Find("T"); !named && parent != nil {
		parent.widgets = append(parent.widgets, ref)
		return nil
	}
	name := text(f.ctx, d["T"])
	n := &field{name: name, ref: ref, dict: d, parent: parent}
	if parent != nil {
		n.name = parent.name + "." + name
		n.kind = parent.kind
		parent.children++
	}
	if kind := nameOf(f.ctx, d["FT"]); kind != "" {
		n.kind = kind
	}
	if nameOf(f.ctx, d["Subtype"]) == "Widget" {
		n.widgets = append(n.widgets, ref)
	}
	f.fields = append(f.fields, n)
	kids, err := array(f.ctx, d, "Kids")
	if err != nil {
		return err
	}
	return f.walk(kids, n, seen, depth+1)
}

// byName returns the field with the full name, or nil.
func (f *form) byName(name string) *field {
	i := slices.IndexFunc(f.fields, func(n *field) bool { return n.name == name })
	if i < 0 {
		return nil
	}
	return f.fields[i]
}

// find returns the signature field that a request means: by its full name, and for XFA forms also by the end of it.
func (f *form) find(name string) (*field, error) {
	if err := checkText("field", name); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, errorf("field is missing: it names the signature field")
	}
	if n := f.byName(name); n != nil {
		if !n.signature() {
			return nil, errorf("the field %s is not a signature field", quoted(name))
		}
		return n, nil
	}
	if !f.xfa {
		return nil, errorf("the document has no signature field %s", quoted(name))
	}
	return f.findPart(name)
}

func (f *form) findPart(name string) (*field, error) {
	var found *field
	for _, n := range f.fields {
		if !n.signature() || !strings.HasSuffix("."+indexed(n.name), "."+indexed(name)) {
			continue
		}
		if found != nil {
			return nil, errorf("the field name %s means both %s and %s", quoted(name), quoted(found.name), quoted(n.name))
		}
		found = n
	}
	if found == nil {
		return nil, errorf("the document has no signature field %s", quoted(name))
	}
	return found, nil
}

// indexed gives every part of an XFA name its index, which may be left out where it is the first.
func indexed(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		if !strings.HasSuffix(p, "]") {
			parts[i] = p + "[0]"
		}
	}
	return strings.Join(parts, ".")
}

func (n *field) signature() bool { return n.kind == "Sig" }

func (f *form) signed() bool {
	return slices.ContainsFunc(f.fields, func(n *field) bool { return n.value(f.ctx) != nil })
}

// value returns the signature of a signed field, or nil.
func (n *field) value(ctx *model.Context) types.Dict {
	if !n.signature() {
		return nil
	}
	for m := n; m != nil; m = m.parent {
		if o, ok := m.dict.Find("V"); ok {
			d, err := ctx.DereferenceDict(o)
			if err != nil {
				return nil
			}
			return d
		}
	}
	return nil
}

// clone copies one level: what is changed is the copy, what is in it stays shared.
func clone(d types.Dict) types.Dict {
	c := types.NewDict()
	maps.Copy(c, d)
	return c
}

// array returns a copy of an entry that is an array, or nil.
func array(ctx *model.Context, d types.Dict, key string) (types.Array, error) {
	o, ok := d.Find(key)
	if !ok {
		return nil, nil
	}
	a, err := ctx.DereferenceArray(o)
	return slices.Clone(a), err
}

// text returns a string, or nothing for what is none.
func text(ctx *model.Context, o types.Object) string {
	o, err := ctx.Dereference(o)
	if err != nil {
		return ""
	}
	switch o.(type) {
	case types.StringLiteral, types.HexLiteral:
		s, err := types.StringOrHexLiteral(o)
		if err == nil && s != nil {
			return *s
		}
	}
	return ""
}

// nameOf returns a name, or nothing for what is none.
func nameOf(ctx *model.Context, o types.Object) string {
	o, err := ctx.Dereference(o)
	if err != nil {
		return ""
	}
	n, _ := o.(types.Name)
	return string(n)
}

// integer returns a whole number, or zero for what is none.
func integer(ctx *model.Context, o types.Object) int {
	o, err := ctx.Dereference(o)
	if err != nil {
		return 0
	}
	n, _ := o.(types.Integer)
	return int(n)
}
