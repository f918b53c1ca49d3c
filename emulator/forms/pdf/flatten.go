package pdf

import (
	"fmt"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// flatten draws every widget's appearance into its page, takes the widgets off the pages, and removes the form. Fields
// without an appearance get one of their value first; hidden ones are not drawn.
func (f *form) flatten(fields []*field) error {
	for _, field := range fields {
		if err := field.ensureAppearance(); err != nil {
			return err
		}
	}
	pages, err := Pages(f.ctx)
	if err != nil {
		return err
	}
	for _, p := range pages {
		if err := f.flattenPage(p); err != nil {
			return err
		}
	}
	f.ctx.RootDict.Delete("AcroForm")
	f.ctx.RootDict.Delete("Perms")
	f.ctx.Form = nil
	return nil
}

func (f *field) ensureAppearance() error {
	if f.kind != FieldText && f.kind != FieldCombo && f.kind != FieldList || f.value() == "" {
		return nil
	}
	for _, w := range f.widgets {
		if w.HasEntry("AP") {
			return nil
		}
	}
	_, err := f.draw(f.shown())
	return err
}

// shown returns what the field shows for its value.
func (f *field) shown() string {
	value := f.value()
	if f.kind == FieldText {
		return value
	}
	for _, o := range f.options() {
		if o.export == value {
			return o.shown
		}
	}
	return value
}

// placed is an appearance with its place on the page.
type placed struct {
	ref    types.IndirectRef
	matrix [6]float64
}

func (f *form) flattenPage(page *Page) error {
	annots, err := f.ctx.DereferenceArray(page.Dict["Annots"])
	if err != nil || len(annots) == 0 {
		return err
	}
	var rest types.Array
	var shown []placed
	for _, a := range annots {
		w, err := f.ctx.DereferenceDict(a)
		if err != nil {
			return err
		}
		if w == nil || w.Subtype() == nil || *w.Subtype() != "Widget" {
			rest = append(rest, a)
			continue
		}
		p, ok, err := f.place(w)
		if err != nil {
			return err
		}
		if ok {
			shown = append(shown, p)
		}
	}
	page.Dict.Delete("Annots")
	if len(rest) > 0 {
		page.Dict["Annots"] = rest
	}
	return f.paint(page, shown)
}

func (f *form) paint(page *Page, shown []placed) error {
	if len(shown) == 0 {
		return nil
	}
	prefix, err := FreeName(f.ctx, page, "XObject", "FlatField")
	if err != nil {
		return err
	}
	var stream []byte
	objects := types.NewDict()
	for i, p := range shown {
		name := fmt.Sprintf("%s.%d", prefix, i)
		objects[name] = p.ref
		m := p.matrix
		stream = fmt.Appendf(stream, "q %s %s %s %s %s %s cm /%s Do Q\n",
			num(m[0]), num(m[1]), num(m[2]), num(m[3]), num(m[4]), num(m[5]), name)
	}
	return AddContent(f.ctx, page, Content{Stream: stream, Resources: map[string]types.Dict{"XObject": objects}})
}

// place computes how a widget's appearance is put into its rectangle: ISO 32000-1, 12.5.5, algorithm "appearance streams".
func (f *form) place(w types.Dict) (placed, bool, error) {
	const hidden, noView = 1 << 1, 1 << 5
	if flags := f.number(w["F"]); flags&(hidden|noView) != 0 {
		return placed{}, false, nil
	}
	ref, ok, err := f.normalAppearance(w)
	if err != nil || !ok {
		return placed{}, false, err
	}
	sd, _, err := f.ctx.DereferenceStreamDict(ref)
	if err != nil || sd == nil {
		return placed{}, false, err
	}
	if !sd.HasEntry("Subtype") {
		sd.InsertName("Subtype", "Form")
	}
	x, y, b, ok := f.rect(w)
	bbox, ok2 := f.numbers(sd.Dict["BBox"], 4)
	if !ok || !ok2 || b.w == 0 || b.h == 0 {
		return placed{}, false, nil
	}
	matrix, ok := f.numbers(sd.Dict["Matrix"], 6)
	if !ok {
		matrix = []float64{1, 0, 0, 1, 0, 0}
	}
	x0, y0, x1, y1 := bounds(matrix, bbox)
	if x1 == x0 || y1 == y0 {
		return placed{}, false, nil
	}
	sx, sy := b.w/(x1-x0), b.h/(y1-y0)
	return placed{ref, [6]float64{sx, 0, 0, sy, x - x0*sx, y - y0*sy}}, true, nil
}

// bounds returns the rectangle around a turned box.
func bounds(m, b []float64) (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range [4][2]float64{{b[0], b[1]}, {b[0], b[3]}, {b[2], b[1]}, {b[2], b[3]}} {
		x, y := m[0]*p[0]+m[2]*p[1]+m[4], m[1]*p[0]+m[3]*p[1]+m[5]
		x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
	}
	return x0, y0, x1, y1
}

func (f *form) numbers(o types.Object, n int) ([]float64, bool) {
	a, err := f.ctx.DereferenceArray(o)
	if err != nil || len(a) != n {
		return nil, false
	}
	out := make([]float64, n)
	for i := range out {
		if out[i], err = f.ctx.DereferenceNumber(a[i]); err != nil {
			return nil, false
		}
	}
	return out, true
}

// normalAppearance returns the stream for the widget's state.
func (f *form) normalAppearance(w types.Dict) (types.IndirectRef, bool, error) {
	ap, err := f.ctx.DereferenceDict(w["AP"])
	if err != nil || ap == nil {
		return types.IndirectRef{}, false, err
	}
	o, err := f.ctx.Dereference(ap["N"])
	if err != nil {
		return types.IndirectRef{}, false, err
	}
	ref, isRef := ap["N"].(types.IndirectRef)
	if states, ok := o.(types.Dict); ok {
		state := w.NameEntry("AS")
		if state == nil {
			return types.IndirectRef{}, false, nil
		}
		found, _ := states.Find(*state)
		ref, isRef = found.(types.IndirectRef)
	}
	return ref, isRef, nil
}
