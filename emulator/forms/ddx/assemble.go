package ddx

import (
	"context"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// sheet is a page of a result, with the elements whose scope it is in, from the outside in.
type sheet struct {
	page   *pdf.Page
	scopes []*node
	source pdf.Info
	blank  bool
	// contents is which page of the table of contents it is, from 1; 0 for others.
	contents int
	own      *label // from the source; nil for none
	label    label
}

// assembly is a PDF result in the making.
type assembly struct {
	r      *runner
	node   *node
	file   *pdf.File // all sources merged; nil before the first
	sheets []*sheet
	marks  []mark
	base   pdf.Info
	rank   baseRank // of base
	bytes  int
	forms  map[*node]*formObject // pages that are drawn on others

	labeled       bool      // the pages have labels besides their numbers
	contents      *contents // nil for none
	contentsPages int       // how many it is given
}

// baseRank says why a document is the base document: the greatest counts, and the first of that rank.
type baseRank int

const (
	baseNone  baseRank = iota
	baseFirst          // the first source
	baseName           // a source with the name of the result
	baseSays           // a source that says so
)

func (a *assembly) context() *model.Context { return a.file.Context() }

// assemble merges the sources of a result, and puts the pages into their order. Nothing is drawn yet.
func (r *runner) assemble(n *node) (*assembly, error) {
	a, err := r.collect(n)
	if err != nil {
		return nil, err
	}
	if a.file == nil {
		return nil, jobErrorf(n.line, "the result has no pages: all its sources are missing")
	}
	a.labelPages()
	merged, err := pdf.Pages(a.context())
	if err != nil {
		return nil, err
	}
	i := 0
	for _, s := range a.sheets {
		if !s.blank {
			if i >= len(merged) {
				return nil, jobErrorf(n.line, "pages were lost while merging")
			}
			s.page = merged[i]
			i++
		}
	}
	return a, a.importForms()
}

// collect goes through a result's sources. A table of contents needs pages for the bookmarks of sources behind it, so that
// they are gone through once more with as many as it turned out to need.
func (r *runner) collect(n *node) (*assembly, error) {
	log := r.log.String()
	pages := 1
	for {
		a := &assembly{r: r, node: n, forms: map[*node]*formObject{}, contentsPages: pages}
		if err := a.collect(n, []*node{n}); err != nil {
			return nil, err
		}
		need := a.fillContents()
		if need == 0 || need == pages {
			return a, nil
		}
		pages = need
		r.log.Reset()
		r.log.WriteString(log)
	}
}

// collect walks through the elements that bring pages.
func (a *assembly) collect(parent *node, scopes []*node) error {
	first := len(a.marks)
	for _, k := range parent.kids {
		if err := a.r.ctx.Err(); err != nil {
			return err
		}
		var err error
		inner := append(slices.Clone(scopes), k)
		switch k.key() {
		case "PDF source":
			err = a.addSource(k, inner)
		case "PDFGroup":
			err = a.collect(k, inner)
		case "BlankPage":
			err = a.addBlank(k, inner)
		case "TableOfContents":
			err = a.addContents(k, inner)
		case "Bookmarks source":
			err = a.addMarks(k)
		}
		if err != nil {
			return err
		}
	}
	if parent.child("NoBookmarks") != nil {
		a.marks = a.marks[:first]
	}
	return nil
}

func (a *assembly) addSource(n *node, scopes []*node) error {
	data, ok, err := a.r.document(n)
	if err != nil || !ok {
		return err
	}
	if a.bytes += len(data); a.bytes > MaxSources {
		return jobErrorf(n.line, "the sources have more than %d bytes together", MaxSources)
	}
	f, err := a.r.open(n, data)
	if err != nil {
		return err
	}
	numbers, err := a.r.pageNumbers(n, f.PageCount(), pdf.MaxPages-len(a.sheets))
	if err != nil {
		return err
	}
	marks, err := a.sourceMarks(n, f, numbers)
	if err != nil {
		return err
	}
	info, labels := f.Info(), sourceLabels(f, numbers)
	a.r.logf("  source %q (line %d): %d of %d pages", short(n.attrs["source"]), n.line, len(numbers), f.PageCount())
	if err := a.prepare(n, f, scopes, numbers); err != nil {
		return jobErrorf(n.line, "the source %q: %s", short(n.attrs["source"]), plainText(err))
	}
	a.addBookmarks(n, marks, len(a.sheets)+1)
	for i := range numbers {
		s := &sheet{scopes: scopes, source: info}
		if labels != nil {
			s.own = &labels[i]
		}
		a.sheets = append(a.sheets, s)
	}
	a.chooseBase(n, info)
	if a.file == nil {
		a.file = f
		return nil
	}
	return a.merge(n, f)
}

// pageNumbers returns the pages that a source contributes.
func (r *runner) pageNumbers(n *node, count, most int) ([]int, error) {
	ranges, err := parsePages(n.attr("pages", "1-last"))
	if err != nil {
		return nil, err
	}
	numbers, err := choose(ranges, count, most)
	if err != nil {
		return nil, jobErrorf(n.line, "the source %q: %s", short(n.attrs["source"]), plainText(err))
	}
	return numbers, nil
}

// chooseBase keeps the information of the base document.
func (a *assembly) chooseBase(n *node, info pdf.Info) {
	rank := baseFirst
	switch {
	case n.attrs["baseDocument"] == "true":
		rank = baseSays
	case n.attrs["source"] == a.node.attrs["result"]:
		rank = baseName
	}
	if rank > a.rank {
		a.base, a.rank = info, rank
	}
}

// prepare removes what does not go into the result, and selects the pages.
func (a *assembly) prepare(n *node, f *pdf.File, scopes []*node, numbers []int) error {
	ctx := f.Context()
	if f.IsXFA() {
		a.r.notef("the XFA form of the source %q is left out, its AcroForm fields stay", short(n.attrs["source"]))
	}
	signatures, err := pdf.DropSignatures(ctx)
	if err != nil {
		return err
	}
	if signatures > 0 {
		a.r.notef("%d signatures of the source %q are removed, because assembling breaks them", signatures, short(n.attrs["source"]))
	}
	if err := strip(ctx, scopes); err != nil {
		return err
	}
	if err := a.addAttachments(ctx, n); err != nil {
		return err
	}
	pages, err := pdf.Pages(ctx)
	if err != nil {
		return err
	}
	chosen := make([]*pdf.Page, len(numbers))
	for i, number := range numbers {
		if number > len(pages) {
			return jobErrorf(n.line, "page %d is wanted of a document with %d pages", number, len(pages))
		}
		chosen[i] = pages[number-1]
	}
	return pdf.SetPages(ctx, chosen)
}

func (a *assembly) merge(n *node, f *pdf.File) error {
	err := pdf.Guard("it cannot be merged", func() error {
		return pdfcpu.MergeXRefTables(n.attrs["source"], f.Context(), a.context(), false, false)
	})
	if err != nil {
		return jobErrorf(n.line, "the source %q: %s", short(n.attrs["source"]), plainText(err))
	}
	return nil
}

func (a *assembly) addBlank(n *node, scopes []*node) error {
	if n.attrs["forceEven"] == "true" && len(a.sheets)%2 == 0 {
		return nil
	}
	if len(a.sheets) >= pdf.MaxPages {
		return jobErrorf(n.line, "the result has more than %d pages", pdf.MaxPages)
	}
	a.sheets = append(a.sheets, &sheet{scopes: scopes, blank: true})
	a.r.logf("  blank page (line %d)", n.line)
	return nil
}

// arrange applies sizes and turns. A blank page has those of the page before, or of the one after where there is none
// before, as far as its scopes say no others.
func (a *assembly) arrange() []*pdf.Page {
	var like *pdf.Page
	for i, s := range a.sheets {
		if !s.blank {
			s.turn(i + 1)
			s.resize(i + 1)
			if like == nil {
				like = s.page
			}
		}
	}
	pages := make([]*pdf.Page, len(a.sheets))
	for i, s := range a.sheets {
		if s.blank {
			s.page = &pdf.Page{
				Dict: types.NewDict(), Resources: types.NewDict(), MediaBox: like.CropBox, CropBox: like.CropBox, Rotate: like.Rotate,
			}
			if s.find(i+1, "PageRotation", "") != nil {
				s.page.Rotate = 0
				s.turn(i + 1)
			}
			s.resize(i + 1)
		}
		like = s.page
		pages[i] = s.page
	}
	return pages
}

// settle changes the pages' sizes and turns, makes them the pages of the document, and draws on them.
func (a *assembly) settle(ctx context.Context) error {
	if err := pdf.SetPages(a.context(), a.arrange()); err != nil {
		return err
	}
	// A page that stands there more than once has become several.
	now, err := pdf.Pages(a.context())
	if err != nil {
		return err
	}
	for i, s := range a.sheets {
		s.page = now[i]
	}
	for i, s := range a.sheets {
		if err := ctx.Err(); err != nil {
			return err
		}
		a.r.bates.turnPage()
		if err := a.draw(s, i+1); err != nil {
			return err
		}
	}
	return nil
}

// turn applies PageRotation.
func (s *sheet) turn(number int) {
	if n := s.find(number, "PageRotation", ""); n != nil {
		s.page.Rotate = ((s.page.Rotate+n.integer("rotate90", 0))%360 + 360) % 360
	}
}

// resize applies PageSize: the content keeps its size and stays in the middle.
func (s *sheet) resize(number int) {
	n := s.find(number, "PageSize", "")
	if n == nil {
		return
	}
	w, h := n.length("width", 0), n.length("height", 0)
	if p, ok := papers[n.attrs["name"]]; ok {
		w, h = p[0], p[1]
	}
	if s.page.Rotate%180 != 0 {
		w, h = h, w
	}
	b := s.page.CropBox
	x, y := (b[0]+b[2]-w)/2, (b[1]+b[3]-h)/2
	s.page.MediaBox = [4]float64{x, y, x + w, y + h}
	s.page.CropBox = s.page.MediaBox
}

// find returns the innermost element of a name that is for the page, or nil where there is none or one of the name not
// stands before it.
func (s *sheet) find(number int, name, not string) *node {
	for _, scope := range slices.Backward(s.scopes) {
		for _, k := range slices.Backward(scope.kids) {
			if k.name != name && (k.name != not || not == "") || !k.isFor(number) {
				continue
			}
			if k.name == not {
				return nil
			}
			return k
		}
	}
	return nil
}

// isFor applies the attribute alternation.
func (n *node) isFor(number int) bool {
	switch n.attrs["alternation"] {
	case "OddPages":
		return number%2 == 1
	case "EvenPages":
		return number%2 == 0
	}
	return true
}
