package xfa

import (
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// Options say how a template is laid out. The zero value uses the template's own locale, the core fonts, and no images
// but those within the template.
type Options struct {
	// Locale is that of the documents, such as "de_DE", for objects of the template that name none themselves. Empty means
	// "en_US".
	Locale string
	// Fonts measures the text. Nil means the core fonts.
	Fonts *page.Fonts
	// Image returns the content of an image that the template or the data name by a reference. Nil means there are none. An
	// image that cannot be had is left out, and a note in the document says so.
	Image func(href string) ([]byte, error)
}

// Template is a parsed template. It is never changed, so it is safe for concurrent use.
type Template struct {
	root      *node // the outermost subform
	localeSet *node
	datasets  *node // data in the package
	ids       map[string]*node
	names     map[string]*node // subforms
	survey    survey
	external  bool // it uses prototypes in other files
}

// Parse reads a template: an XDP package, or the template element alone. Whatever is wrong with it is an [*Error].
func Parse(template []byte) (*Template, error) {
	doc, err := parseXML(template, "template")
	if err != nil {
		return nil, err
	}
	t := &Template{ids: map[string]*node{}, names: map[string]*node{}}
	top := doc
	if doc.name == "xdp" {
		t.localeSet, t.datasets = doc.child("localeSet"), doc.child("datasets")
		top = doc.child("template")
	}
	if top == nil || top.name != "template" {
		return nil, &Error{Line: doc.line, What: "the root element is " + quote(doc.name) + ", and no XFA template is within it"}
	}
	if top, t.external, err = resolveProtos(top); err != nil {
		return nil, err
	}
	for _, c := range top.children {
		if c.name == "subform" {
			t.root = c
			break
		}
	}
	if t.root == nil {
		return nil, &Error{Line: top.line, What: "the template has no subform"}
	}
	if t.localeSet == nil {
		t.localeSet = top.child("localeSet")
	}
	t.index(t.root)
	t.survey.element(t.root)
	return t, nil
}

// index notes the objects by ID and the subforms by name.
func (t *Template) index(n *node) {
	if id := n.attr("id"); id != "" && t.ids[id] == nil {
		t.ids[id] = n
	}
	if name := n.attr("name"); n.name == "subform" && name != "" && t.names[name] == nil {
		t.names[name] = n
	}
	for _, c := range n.children {
		if !c.isText() {
			t.index(c)
		}
	}
}

// Layout merges data with the template and places what results on pages. The data may be nil, for the data in the template's
// package, or an empty form if it has none; otherwise it is XML, plain or within an xfa:datasets or an xdp:xdp element.
// Whatever is wrong with it is an [*Error].
func (t *Template) Layout(data []byte, o Options) (*page.Document, error) {
	top, err := t.dataOf(data)
	if err != nil {
		return nil, err
	}
	if o.Fonts == nil {
		o.Fonts = page.NewFonts(false)
	}
	l := &layouter{
		template: t, options: o, fonts: o.Fonts, notes: &notes{}, images: map[string]*graphic{}, variants: map[variant][]byte{}, widths: map[*object]float64{},
		choices: map[*node]choices{}, pageObjects: map[*node]*object{}, referredTo: map[reference]*box{},
	}
	for _, sentence := range t.survey.sentences(l.fonts.Embedded()) {
		l.notes.add(sentence)
	}
	if t.external {
		l.notes.add("Prototypes in other files were left out.")
	}
	locales := newLocales(t.localeSet, o.Locale, l.notes)
	empty := len(top.children) == 0
	bind := &binder{top: top, empty: empty, locales: locales, notes: l.notes}
	if l.root, err = bind.root(t.root); err != nil {
		return nil, err
	}
	l.shared = &binder{top: top, empty: empty, shared: true, locales: locales, notes: l.notes}
	pages, err := l.pages()
	if err != nil {
		return nil, err
	}
	return &page.Document{Title: t.title(), Language: language(l.root.locale.Name), Pages: pages, Notes: l.notes.list}, nil
}

// dataOf reads the data, or takes that of the template's package.
func (t *Template) dataOf(data []byte) (*dataNode, error) {
	if len(data) == 0 && t.datasets != nil {
		return dataFrom(t.datasets), nil
	}
	return parseData(data)
}

// title returns the title that the template gives its documents, or the name of its outermost subform.
func (t *Template) title() string {
	for _, text := range t.root.child("desc").all("text") {
		if text.attr("name") == "title" {
			return strings.TrimSpace(text.content())
		}
	}
	return t.root.attr("name")
}

func language(locale string) string { return strings.ReplaceAll(locale, "_", "-") }

// MaxText bounds the text of a document, in bytes, with what is repeated on each page, and captions.
const MaxText = 32 << 20

// layouter lays out one document.
type layouter struct {
	template *Template
	options  Options
	fonts    *page.Fonts
	notes    *notes
	root     *object
	shared   *binder // for what stands on many pages, and so takes no data away from the rest

	number, count int  // of the page that is painted, and of all pages
	counted       bool // count is right
	usesCount     bool // the flow shows the number of pages

	items       int
	measured    int // objects
	text        int // bytes that were measured
	pixels      int // that were decoded
	images      map[string]*graphic
	variants    map[variant][]byte
	widths      map[*object]float64
	choices     map[*node]choices
	pageObjects map[*node]*object
	referredTo  map[reference]*box
	depth       int // of what is referred to
	embeddable  map[string]*object
	err         error
}

func (l *layouter) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

func errTooMuch() error {
	return &Error{What: "template and data together make more than 1,000,000 texts, lines and images"}
}

// pages lays out the document; twice, if what stands on the pages depends on their number.
func (l *layouter) pages() ([]page.Page, error) {
	f, err := l.flow()
	if err != nil {
		return nil, err
	}
	l.count, l.counted = len(f.sheets), true
	if l.usesCount || f.order.needsTotal() {
		if f, err = l.flow(); err != nil {
			return nil, err
		}
		l.count = len(f.sheets)
	}
	pages := make([]page.Page, len(f.sheets))
	for i, s := range f.sheets {
		if pages[i], err = l.pageOf(s, i+1); err != nil {
			return nil, err
		}
	}
	return pages, l.err
}

// flow places the content on pages.
func (l *layouter) flow() (*flow, error) {
	l.items, l.text = 0, 0
	f := &flow{l: l, order: newPageOrder(l.root.tmpl.child("pageSet"), l.count)}
	err := f.all(l.root)
	if err == nil {
		err = l.err
	}
	return f, err
}

// embedded returns the text of an object that rich text embeds, by ID or by name.
func (l *layouter) embedded(ref string) string {
	if l.embeddable == nil {
		l.embeddable = map[string]*object{}
		l.embedIndex(l.root)
	}
	key := "." + lastStep(ref)
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		key = "#" + id
	}
	target := l.embeddable[key]
	if target == nil {
		l.notes.add("The object " + quote(ref) + " that a text embeds is not in the template; it is left out.")
		return ""
	}
	f := &leaf{}
	if elements := target.tmpl.child("ui").elements(); len(elements) > 0 {
		f.widget = elements[0]
	}
	return l.display(target, f)
}

func (l *layouter) embedIndex(o *object) {
	for _, key := range []string{"#" + o.tmpl.attr("id"), "." + o.tmpl.attr("name")} {
		if len(key) > 1 && l.embeddable[key] == nil && o.tmpl.name == "field" {
			l.embeddable[key] = o
		}
	}
	for _, c := range o.children {
		l.embedIndex(c)
	}
}
