package assure

import (
	"bytes"
	"compress/zlib"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// MaxGraphic is the most bytes of a logo or a graphic. [MaxGraphicObjects] is the most objects that its first page has.
const (
	MaxGraphic        = 4 << 20
	MaxGraphicObjects = 2000
)

// imported is a page of another document, as a form of this one.
type imported struct {
	ref types.IndirectRef
	box box
}

// importer copies objects of another document.
type importer struct {
	u    *update
	from *model.Context
	refs map[int]types.IndirectRef
}

// importPage adds the first page of a document as a form.
func (u *update) importPage(doc []byte) (imported, error) {
	f, err := pdf.Open(doc, pdf.OpenOptions{})
	if err != nil {
		return imported{}, err
	}
	im := &importer{u: u, from: f.Context(), refs: map[int]types.IndirectRef{}}
	page, _, inherited, err := im.from.PageDict(1, false)
	if err != nil {
		return imported{}, errorf("it has no first page")
	}
	corners := inherited.CropBox
	if corners == nil {
		corners = inherited.MediaBox
	}
	if corners == nil {
		return imported{}, errorf("its first page has no size")
	}
	b := box{corners.LL.X, corners.LL.Y, corners.UR.X, corners.UR.Y}.sorted()
	if !b.usable() {
		return imported{}, errorf("its first page has no size")
	}
	content, err := im.content(page)
	if err != nil {
		return imported{}, err
	}
	resources, err := im.copy(inherited.Resources, 0)
	if err != nil {
		return imported{}, err
	}
	form := types.Dict{
		"Type": types.Name("XObject"), "Subtype": types.Name("Form"), "Resources": resources,
		"BBox": types.Array{types.Float(b.x1), types.Float(b.y1), types.Float(b.x2), types.Float(b.y2)},
	}
	ref, err := u.add(compressed(form, content))
	return imported{ref, b}, err
}

// content returns the page's content streams, decoded, one after the other.
func (im *importer) content(page types.Dict) ([]byte, error) {
	o, err := im.from.Dereference(page["Contents"])
	if err != nil || o == nil {
		return nil, err
	}
	parts, ok := o.(types.Array)
	if !ok {
		parts = types.Array{o}
	}
	var all []byte
	for _, part := range parts {
		s, _, err := im.from.DereferenceStreamDict(part)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if err := s.DecodeWithLimit(MaxGraphic * 4); err != nil {
			return nil, errorf("its content cannot be read")
		}
		all = append(append(all, s.Content...), '\n')
		if len(all) > MaxGraphic*4 {
			return nil, errorf("its content has more than %d bytes", MaxGraphic*4)
		}
	}
	return all, nil
}

// copy copies an object and everything that it refers to. What a page refers to upwards, its parents, is left out.
func (im *importer) copy(o types.Object, depth int) (types.Object, error) {
	if depth > maxDepth {
		return nil, errorf("its resources are nested more than %d deep", maxDepth)
	}
	switch o := o.(type) {
	case types.Dict:
		return im.copyDict(o, depth)
	case types.Array:
		out := make(types.Array, len(o))
		for i, e := range o {
			var err error
			if out[i], err = im.copy(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case types.StreamDict:
		d, err := im.copyDict(o.Dict, depth)
		if err != nil {
			return nil, err
		}
		o.Dict = d
		return o, nil
	case types.IndirectRef:
		return im.copyRef(o, depth)
	}
	return o, nil
}

func (im *importer) copyDict(d types.Dict, depth int) (types.Dict, error) {
	out := types.Dict{}
	for _, k := range slices.Sorted(maps.Keys(d)) { // so that the copies are numbered the same way each time
		if k == "Parent" || k == "P" || k == "Length" || k == "StructParent" || k == "StructParents" || k == "Metadata" {
			continue
		}
		c, err := im.copy(d[k], depth+1)
		if err != nil {
			return nil, err
		}
		out[k] = c
	}
	return out, nil
}

func (im *importer) copyRef(ref types.IndirectRef, depth int) (types.Object, error) {
	nr := ref.ObjectNumber.Value()
	if have, ok := im.refs[nr]; ok {
		return have, nil
	}
	if len(im.refs) >= MaxGraphicObjects {
		return nil, errorf("its first page has more than %d objects", MaxGraphicObjects)
	}
	o, err := im.from.Dereference(ref)
	if err != nil {
		return nil, err
	}
	fresh, err := im.u.add(nil)
	if err != nil {
		return nil, err
	}
	im.refs[nr] = fresh
	c, err := im.copy(o, depth+1)
	if err != nil {
		return nil, err
	}
	im.u.replace(fresh, c)
	return fresh, nil
}

// compressed returns a stream, deflated.
func compressed(d types.Dict, content []byte) types.StreamDict {
	var buf bytes.Buffer
	z := zlib.NewWriter(&buf)
	z.Write(content) // a buffer takes everything
	z.Close()
	d["Filter"] = types.Name("FlateDecode")
	return types.StreamDict{Dict: d, Raw: buf.Bytes()}
}

// box is a rectangle by two corners.
type box struct{ x1, y1, x2, y2 float64 }

func (b box) width() float64  { return b.x2 - b.x1 }
func (b box) height() float64 { return b.y2 - b.y1 }

func (b box) sorted() box {
	return box{min(b.x1, b.x2), min(b.y1, b.y2), max(b.x1, b.x2), max(b.y1, b.y2)}
}

// usable reports whether something can be drawn into the box.
func (b box) usable() bool {
	for _, v := range []float64{b.x1, b.y1, b.x2, b.y2} {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return false
		}
	}
	return b.width() > 0 && b.height() > 0
}

// rectangle reads a rectangle of four numbers. One that is missing has no size.
func rectangle(ctx *model.Context, o types.Object) (box, error) {
	a, err := ctx.DereferenceArray(o)
	if err != nil || len(a) == 0 {
		return box{}, err
	}
	if len(a) != 4 {
		return box{}, errorf("the signature field's rectangle has %d numbers, and not 4", len(a))
	}
	var v [4]float64
	for i, e := range a {
		if v[i], err = ctx.DereferenceNumber(e); err != nil {
			return box{}, err
		}
	}
	b := box{v[0], v[1], v[2], v[3]}.sorted()
	if b.width() > 0 && b.height() > 0 && !b.usable() {
		return box{}, errorf("the signature field's rectangle is too large")
	}
	return b, nil
}

// plain returns an error without the prefix of its package.
func plain(err error) string {
	var own *Error
	var other *pdf.Error
	switch {
	case errors.As(err, &own):
		return own.What
	case errors.As(err, &other):
		return other.What
	}
	return quoted(err.Error())
}
