package ddx

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// The namespaces of the XML for bookmarks: that which is written, and an older one.
const (
	bookmarksNamespace    = "http://ns.adobe.com/pdf/bookmarks"
	oldBookmarksNamespace = "http://ns.adobe.com/xpdf/1.6"
)

// mark is a bookmark. A page of 0 leads nowhere.
type mark struct {
	title  string
	page   int
	kids   []mark
	listed bool // in the table of contents, with those below it; counts on the first level only
}

// sourceMarks returns the bookmarks of the selected pages of a source, their pages counted in the selection.
func (a *assembly) sourceMarks(n *node, f *pdf.File, numbers []int) ([]mark, error) {
	if n.child("NoBookmarks") != nil {
		return nil, nil
	}
	if replaced := n.child("Bookmarks"); replaced != nil {
		data, ok, err := a.r.document(replaced)
		if err != nil || !ok {
			return nil, err
		}
		return readMarks(replaced.line, data)
	}
	var all []pdfcpu.Bookmark
	err := pdf.Guard("its bookmarks cannot be read", func() (err error) {
		all, err = pdfcpu.Bookmarks(f.Context())
		return err
	})
	if err != nil {
		a.r.notef("the source %q: %s", short(n.attrs["source"]), plainText(err))
		return nil, nil
	}
	position := map[int]int{}
	for i, number := range numbers {
		if _, twice := position[number]; !twice {
			position[number] = i + 1
		}
	}
	return selected(all, position), nil
}

// selected drops bookmarks to pages that are not there; one with bookmarks below it that stay leads to the first of them.
func selected(all []pdfcpu.Bookmark, position map[int]int) []mark {
	var marks []mark
	for _, b := range all {
		m := mark{title: b.Title, page: position[b.PageFrom], kids: selected(b.Kids, position)}
		if m.page == 0 && len(m.kids) > 0 {
			m.page = m.kids[0].page
		}
		if m.page > 0 {
			marks = append(marks, m)
		}
	}
	return marks
}

// addBookmarks adds a source's bookmarks, which begins at page first, below its title where it has one.
func (a *assembly) addBookmarks(n *node, marks []mark, first int) {
	moved := moveMarks(marks, first-1)
	if title := a.r.bookmarkTitle(n); title != "" {
		moved = []mark{{title: title, page: first, kids: moved}}
	}
	for i := range moved {
		moved[i].listed = a.listed(n)
	}
	a.marks = append(a.marks, moved...)
}

// listed reports whether a source's bookmarks are in the table of contents: those of the sources behind it are, unless
// includeInTOC says otherwise.
func (a *assembly) listed(n *node) bool {
	if says, ok := n.attrs["includeInTOC"]; ok {
		return says == "true"
	}
	return a.contents != nil
}

func (r *runner) bookmarkTitle(n *node) string { return strings.TrimSpace(n.attrs["bookmarkTitle"]) }

func moveMarks(marks []mark, by int) []mark {
	var moved []mark
	for _, m := range marks {
		if m.page > 0 {
			m.page += by
		}
		m.kids = moveMarks(m.kids, by)
		moved = append(moved, m)
	}
	return moved
}

// addMarks adds bookmarks from XML, whose pages are those of the result.
func (a *assembly) addMarks(n *node) error {
	data, ok, err := a.r.document(n)
	if err != nil || !ok {
		return err
	}
	marks, err := readMarks(n.line, data)
	if err != nil {
		return jobErrorf(n.line, "the source %q: %s", short(n.attrs["source"]), plainText(err))
	}
	for i := range marks {
		marks[i].listed = a.listed(n)
	}
	a.marks = append(a.marks, marks...)
	return nil
}

// readMarks reads bookmarks in XML. Every kind of destination that has a page is taken, as a view of the whole page.
func readMarks(line int, data []byte) ([]mark, error) {
	root, err := readTree(data, bookmarksNamespace, oldBookmarksNamespace)
	if err != nil {
		return nil, jobErrorf(line, "the bookmarks: %s", plainText(err))
	}
	if root.name != "Bookmarks" {
		return nil, jobErrorf(line, "the bookmarks: the root element is <%s>", short(root.name))
	}
	return marksOf(root), nil
}

func marksOf(n *node) []mark {
	var marks []mark
	for _, k := range n.kids {
		if k.name != "Bookmark" {
			continue
		}
		m := mark{kids: marksOf(k)}
		if t := k.child("Title"); t != nil {
			m.title = t.content()
		}
		if d := k.child("Dest"); d != nil {
			for _, view := range d.kids {
				if page, ok := parseInteger(view.attrs["PageNum"]); ok && page >= 0 {
					m.page = page + 1
				}
			}
		}
		marks = append(marks, m)
	}
	return marks
}

// bookmarkXML is the other way.
type bookmarkXML struct {
	Title string        `xml:"Title"`
	Dest  *destXML      `xml:"Dest"`
	Kids  []bookmarkXML `xml:"Bookmark"`
}

type destXML struct {
	Fit struct {
		PageNum int `xml:"PageNum,attr"`
	} `xml:"Fit"`
}

func marksXML(marks []mark) []bookmarkXML {
	var out []bookmarkXML
	for _, m := range marks {
		b := bookmarkXML{Title: m.title, Kids: marksXML(m.kids)}
		if m.page > 0 {
			b.Dest = &destXML{}
			b.Dest.Fit.PageNum = m.page - 1
		}
		out = append(out, b)
	}
	return out
}

// bookmarksResult makes the XML of all bookmarks that the assembled document would have.
func (r *runner) bookmarksResult(n *node) ([]Result, error) {
	a, err := r.assemble(n)
	if err != nil {
		return nil, err
	}
	doc := struct {
		XMLName xml.Name      `xml:"http://ns.adobe.com/pdf/bookmarks Bookmarks"`
		Version string        `xml:"version,attr"`
		Kids    []bookmarkXML `xml:"Bookmark"`
	}{Version: "1.0", Kids: marksXML(a.marks)}
	return xmlResult(n, doc)
}

func xmlResult(n *node, doc any) ([]Result, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, jobErrorf(n.line, "the XML cannot be written: %v", err)
	}
	b.WriteByte('\n')
	return []Result{{Name: n.attrs["result"], ContentType: typeXML, Data: b.Bytes()}}, nil
}

// outline writes bookmarks into a document.
type outline struct {
	ctx   *model.Context
	pages []types.IndirectRef
}

// maxMarkDepth is how deep bookmarks are nested; deeper ones are left out, as pdfcpu would not read them.
const maxMarkDepth = 50

func (a *assembly) writeMarks() error {
	if len(a.marks) == 0 {
		return nil
	}
	o := &outline{ctx: a.context()}
	for _, s := range a.sheets {
		o.pages = append(o.pages, s.page.Ref)
	}
	return pdf.Guard("the bookmarks cannot be written", func() error {
		root := types.Dict{"Type": types.Name("Outlines")}
		ref, err := o.ctx.IndRefForNewObject(root)
		if err != nil {
			return err
		}
		count, err := o.level(root, *ref, a.marks, 0)
		if err != nil {
			return err
		}
		root["Count"] = types.Integer(count)
		a.context().RootDict["Outlines"] = *ref
		return nil
	})
}

// level writes the bookmarks below a parent, and returns how many there are on all levels.
func (o *outline) level(parent types.Dict, parentRef types.IndirectRef, marks []mark, depth int) (int, error) {
	if len(marks) == 0 || depth >= maxMarkDepth {
		return 0, nil
	}
	total := 0
	var before types.Dict
	var beforeRef types.IndirectRef
	for i, m := range marks {
		d := types.Dict{"Title": types.NewHexLiteral([]byte(types.EncodeUTF16String(m.title))), "Parent": parentRef}
		if m.page > 0 && m.page <= len(o.pages) {
			d["Dest"] = types.Array{o.pages[m.page-1], types.Name("Fit")}
		}
		ref, err := o.ctx.IndRefForNewObject(d)
		if err != nil {
			return 0, err
		}
		if i == 0 {
			parent["First"] = *ref
		} else {
			d["Prev"], before["Next"] = beforeRef, *ref
		}
		below, err := o.level(d, *ref, m.kids, depth+1)
		if err != nil {
			return 0, err
		}
		if below > 0 {
			d["Count"] = types.Integer(below)
		}
		total += 1 + below
		before, beforeRef = d, *ref
	}
	parent["Last"] = beforeRef
	return total, nil
}

// split makes a document of the pages from each bookmark of the first level to the next.
func (r *runner) split(n *node) ([]Result, error) {
	a, err := r.assemble(n)
	if err != nil {
		return nil, err
	}
	if len(a.marks) == 0 {
		return nil, jobErrorf(n.line, "the source has no bookmarks to split at")
	}
	whole, marks := a.sheets, a.marks
	if err := r.build(n, a); err != nil {
		return nil, err
	}
	data, err := r.write(a)
	if err != nil {
		return nil, err
	}
	var results []Result
	for i, m := range marks {
		end := len(whole)
		if i+1 < len(marks) {
			end = max(marks[i+1].page-1, m.page)
		}
		if m.page < 1 || end < m.page || i > 0 && m.page < marks[i-1].page {
			return nil, jobErrorf(n.line, "the bookmark %q is not in the order of the pages", short(m.title))
		}
		part, err := r.part(a, data, m, end)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%s.%06d.%s.pdf", n.attrs["prefix"], i+1, m.title)
		results = append(results, Result{Name: name, ContentType: typePDF, Data: part})
	}
	return results, nil
}

// part returns the pages from a bookmark's to end, with the bookmarks below it.
func (r *runner) part(whole *assembly, data []byte, m mark, end int) ([]byte, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	f, err := pdf.Open(data, pdf.OpenOptions{})
	if err != nil {
		return nil, err
	}
	pages, err := pdf.Pages(f.Context())
	if err != nil {
		return nil, err
	}
	if err := pdf.SetPages(f.Context(), pages[m.page-1:end]); err != nil {
		return nil, err
	}
	f.Context().RootDict.Delete("Outlines")
	a := &assembly{r: r, node: whole.node, file: f, marks: within(m.kids, m.page, end), labeled: whole.labeled}
	for i, p := range pages[m.page-1 : end] {
		a.sheets = append(a.sheets, &sheet{page: p, label: whole.sheets[m.page-1+i].label})
	}
	a.writeLabels()
	if err := a.writeMarks(); err != nil {
		return nil, err
	}
	return r.seal(whole.node, a)
}

// within returns the bookmarks to pages from first to end, counted from first.
func within(marks []mark, first, end int) []mark {
	var some []mark
	for _, m := range marks {
		if m.page >= first && m.page <= end {
			m.page -= first - 1
			m.kids = within(m.kids, first, end)
			some = append(some, m)
		}
	}
	return some
}
