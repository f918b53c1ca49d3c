package ddx

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// formObject is a page of a source as something that can be drawn.
type formObject struct {
	ref  types.IndirectRef
	size pdf.Size
}

// importForms brings the first page of each source that is drawn on pages into the document.
func (a *assembly) importForms() error {
	elements := a.node.drawn(nil)
	for _, key := range sorted(a.r.job.profiles) {
		elements = a.r.job.profiles[key].drawn(elements)
	}
	for _, n := range elements {
		if err := a.importForm(n); err != nil {
			return err
		}
	}
	return nil
}

// drawn appends the elements below n that draw a PDF source.
func (n *node) drawn(all []*node) []*node {
	switch n.name {
	case "Watermark", "Background", "PageOverlay", "PageUnderlay":
		if n.child("PDF") != nil {
			all = append(all, n)
		}
		return all
	}
	for _, k := range n.kids {
		all = k.drawn(all)
	}
	return all
}

func (a *assembly) importForm(n *node) error {
	source := n.child("PDF")
	data, ok, err := a.r.document(source)
	if err != nil || !ok {
		return err
	}
	if a.bytes += len(data); a.bytes > MaxSources {
		return jobErrorf(n.line, "the sources have more than %d bytes together", MaxSources)
	}
	f, err := a.r.open(source, data)
	if err != nil {
		return err
	}
	numbers, err := a.r.pageNumbers(source, f.PageCount(), pdf.MaxPages)
	if err != nil {
		return err
	}
	if err := strip(f.Context(), []*node{n}); err != nil {
		return err
	}
	pages, err := pdf.Pages(f.Context())
	if err != nil {
		return err
	}
	page := pages[numbers[0]-1]
	page.Dict.Delete("Annots")
	content, _, err := f.PageContent(numbers[0])
	if err != nil {
		return jobErrorf(n.line, "the source %q: %s", short(source.attrs["source"]), plainText(err))
	}
	if err := pdf.SetPages(f.Context(), []*pdf.Page{page}); err != nil {
		return err
	}
	if err := a.merge(source, f); err != nil {
		return err
	}
	return pdf.Guard("the page cannot be drawn", func() error { return a.makeObject(n, page, content) })
}

// makeObject makes a form XObject of the page that was merged last. Its resources were renumbered by merging.
func (a *assembly) makeObject(n *node, page *pdf.Page, content []byte) error {
	ctx := a.context()
	sd, err := ctx.NewStreamDictForBuf(content)
	if err != nil {
		return err
	}
	b := page.CropBox
	size := page.Size()
	sd.InsertName("Type", "XObject")
	sd.InsertName("Subtype", "Form")
	sd.Insert("BBox", types.NewNumberArray(b[:]...))
	sd.Insert("Matrix", shownMatrix(page))
	if res, ok := page.Dict.Find("Resources"); ok {
		sd.Insert("Resources", res)
	}
	if err := sd.Encode(); err != nil {
		return err
	}
	ref, err := ctx.IndRefForNewObject(*sd)
	if err != nil {
		return err
	}
	a.forms[n] = &formObject{ref: *ref, size: size}
	return nil
}

// shownMatrix turns coordinates of a page into those of the page as it is shown, from its lower left corner.
func shownMatrix(p *pdf.Page) types.Array {
	b := p.CropBox
	switch p.Rotate {
	case 90:
		return types.NewNumberArray(0, -1, 1, 0, -b[1], b[2])
	case 180:
		return types.NewNumberArray(-1, 0, 0, -1, b[2], b[3])
	case 270:
		return types.NewNumberArray(0, 1, -1, 0, b[3], -b[0])
	}
	return types.NewNumberArray(1, 0, 0, 1, -b[0], -b[1])
}
