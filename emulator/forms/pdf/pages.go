package pdf

import (
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxPageDepth bounds how deep a tree of pages is.
const maxPageDepth = 64

// Page is a page of a document with what it inherits.
type Page struct {
	Ref       types.IndirectRef
	Dict      types.Dict // the document's own
	Resources types.Dict // the page's or inherited; may be nil
	// MediaBox and CropBox are left, bottom, right and top, in points.
	MediaBox, CropBox [4]float64
	Rotate            int // degrees clockwise: 0, 90, 180 or 270
}

// Size returns the size of the page as it is shown.
func (p *Page) Size() Size {
	s := Size{p.CropBox[2] - p.CropBox[0], p.CropBox[3] - p.CropBox[1]}
	if p.Rotate%180 != 0 {
		s.Width, s.Height = s.Height, s.Width
	}
	return s
}

// pageWalk collects pages.
type pageWalk struct {
	ctx   *model.Context
	seen  map[int]bool
	pages []*Page
}

// Pages returns all pages in order, in one walk through the tree. Its error is an [*Error].
func Pages(ctx *model.Context) ([]*Page, error) {
	w := &pageWalk{ctx: ctx, seen: map[int]bool{}}
	err := Guard("the pages cannot be read", func() error {
		root, err := ctx.Pages()
		if err != nil {
			return err
		}
		if root == nil {
			return errorf("the document has no pages")
		}
		// Letter is what viewers take where a page has no size.
		letter := [4]float64{0, 0, 612, 792}
		return w.down(*root, Page{MediaBox: letter, CropBox: letter}, 0)
	})
	return w.pages, err
}

func (w *pageWalk) down(ref types.IndirectRef, p Page, depth int) error {
	number := ref.ObjectNumber.Value()
	if w.seen[number] || depth > maxPageDepth || len(w.pages) >= MaxPages {
		return errorf("the tree of pages is nested too deep, has too many pages, or holds a page twice")
	}
	w.seen[number] = true
	d, err := w.ctx.DereferenceDict(ref)
	if err != nil || d == nil {
		return err
	}
	if err := w.inherit(&p, d); err != nil {
		return err
	}
	o, isNode := d.Find("Kids")
	if !isNode {
		p.Ref, p.Dict = ref, d
		w.pages = append(w.pages, &p)
		return nil
	}
	kids, err := w.ctx.DereferenceArray(o)
	if err != nil {
		return err
	}
	for _, k := range kids {
		kid, ok := k.(types.IndirectRef)
		if !ok {
			continue
		}
		if err := w.down(kid, p, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *pageWalk) inherit(p *Page, d types.Dict) error {
	f := &form{ctx: w.ctx}
	if o, ok := d.Find("Resources"); ok {
		res, err := w.ctx.DereferenceDict(o)
		if err != nil {
			return err
		}
		p.Resources = res
	}
	if b, ok := f.box(d["MediaBox"]); ok {
		p.MediaBox, p.CropBox = b, b
	}
	if b, ok := f.box(d["CropBox"]); ok {
		p.CropBox = b
	}
	if o, ok := d.Find("Rotate"); ok {
		p.Rotate = ((f.number(o)/90*90)%360 + 360) % 360
	}
	return nil
}

// box reads a rectangle that has an area.
func (f *form) box(o types.Object) (b [4]float64, ok bool) {
	v, ok := f.numbers(o, 4)
	if !ok {
		return b, false
	}
	b = [4]float64{min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])}
	for _, n := range b {
		if math.IsNaN(n) || math.Abs(n) > 1e6 {
			return b, false
		}
	}
	return b, b[2] > b[0] && b[3] > b[1]
}

// SetPages makes pages those of the document, in this order. A page that stands there again is copied without its
// annotations. Pages that are left out lose their content, their form fields are removed, and bookmarks and destinations
// lead nowhere there. New pages are those whose Ref has object number 0: they become part of the document.
// The error is an [*Error].
func SetPages(ctx *model.Context, pages []*Page) error {
	before, err := Pages(ctx)
	if err != nil {
		return err
	}
	if len(pages) == 0 || len(pages) > MaxPages {
		return errorf("a document has 1 to %d pages, not %d", MaxPages, len(pages))
	}
	return Guard("the pages cannot be arranged", func() error {
		root, err := ctx.Pages()
		if err != nil {
			return err
		}
		kept := map[int]bool{}
		var kids types.Array
		for _, p := range pages {
			ref, err := settlePage(ctx, p, kept)
			if err != nil {
				return err
			}
			kids = append(kids, ref)
		}
		if err := dropPages(ctx, before, kept); err != nil {
			return err
		}
		tree, err := ctx.DereferenceDict(*root)
		if err != nil {
			return err
		}
		clear(tree)
		tree["Type"], tree["Kids"], tree["Count"] = types.Name("Pages"), kids, types.Integer(len(kids))
		for _, k := range kids {
			d, err := ctx.DereferenceDict(k)
			if err != nil {
				return err
			}
			d["Parent"] = *root
		}
		ctx.PageCount = len(kids)
		return nil
	})
}

// settlePage writes into the page what it inherited, and returns its reference.
func settlePage(ctx *model.Context, p *Page, kept map[int]bool) (types.IndirectRef, error) {
	d, number := p.Dict, p.Ref.ObjectNumber.Value()
	isNew := number == 0
	if kept[number] {
		d = d.Clone().(types.Dict)
		d.Delete("Annots")
		d.Delete("B")
		isNew = true
	}
	d["Type"] = types.Name("Page")
	d["MediaBox"] = types.NewNumberArray(p.MediaBox[:]...)
	d.Delete("CropBox")
	if p.CropBox != p.MediaBox {
		d["CropBox"] = types.NewNumberArray(p.CropBox[:]...)
	}
	d.Delete("Rotate")
	if p.Rotate != 0 {
		d["Rotate"] = types.Integer(p.Rotate)
	}
	if _, ok := d.Find("Resources"); !ok {
		// A copy, because pdfcpu renumbers what it merges in place, and would do so twice with what is shared.
		d["Resources"] = copyDict(p.Resources)
	}
	if !isNew {
		kept[number] = true
		return p.Ref, nil
	}
	ref, err := ctx.IndRefForNewObject(d)
	if err != nil {
		return types.IndirectRef{}, err
	}
	if number == 0 {
		p.Ref = *ref
	}
	return *ref, nil
}

// dropPages empties the pages that are not kept, and removes their form fields.
func dropPages(ctx *model.Context, before []*Page, kept map[int]bool) error {
	gone := map[int]bool{}
	for _, p := range before {
		if kept[p.Ref.ObjectNumber.Value()] {
			continue
		}
		annots, err := ctx.DereferenceArray(p.Dict["Annots"])
		if err != nil {
			return err
		}
		for _, a := range annots {
			if ref, ok := a.(types.IndirectRef); ok {
				gone[ref.ObjectNumber.Value()] = true
			}
		}
		clear(p.Dict)
		p.Dict["Type"], p.Dict["MediaBox"] = types.Name("Page"), types.NewNumberArray(0, 0, 1, 1)
		p.Dict["Resources"] = types.NewDict()
	}
	form, err := acroForm(ctx)
	if err != nil || form == nil || len(gone) == 0 {
		return err
	}
	fields, err := form.prune(form.dict["Fields"], gone, 0)
	if err != nil {
		return err
	}
	form.dict["Fields"] = fields
	return nil
}

// prune returns the fields that have a place left.
func (f *form) prune(o types.Object, gone map[int]bool, depth int) (types.Array, error) {
	kids, err := f.ctx.DereferenceArray(o)
	if err != nil || depth > maxFieldDepth {
		return nil, err
	}
	left := types.Array{}
	for _, k := range kids {
		if ref, ok := k.(types.IndirectRef); ok && gone[ref.ObjectNumber.Value()] {
			continue
		}
		d, err := f.ctx.DereferenceDict(k)
		if err != nil {
			return nil, err
		}
		if sub, ok := d.Find("Kids"); ok {
			rest, err := f.prune(sub, gone, depth+1)
			if err != nil {
				return nil, err
			}
			if len(rest) == 0 {
				continue
			}
			d["Kids"] = rest
		}
		left = append(left, k)
	}
	return left, nil
}

// Flatten draws the form's fields into the pages and removes the form. A document without one stays as it is. The error is
// an [*Error].
func Flatten(ctx *model.Context) error {
	return Guard("the form cannot be flattened", func() error {
		form, err := acroForm(ctx)
		if err != nil || form == nil {
			return err
		}
		fields, err := form.fields()
		if err != nil {
			return err
		}
		return form.flatten(fields)
	})
}
