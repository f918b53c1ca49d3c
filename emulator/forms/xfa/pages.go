package xfa

import (
	"math"
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// MaxPages bounds the pages of a document.
const MaxPages = 2000

// sheet is a page in the making.
type sheet struct {
	area  *node // the page area; nil if the template has none
	w, h  float64
	areas []contentArea
	painter
	touched bool // something was placed on it
}

// contentArea is where content flows on a page.
type contentArea struct {
	rect
	node *node
}

// pageOrder says which page area is next.
type pageOrder struct {
	areas     []*node
	paginated bool // by the position of the page, not by the order of the areas
	at, used  int
	total     int // the number of pages, if it is known from a first run
}

// newPageOrder reads the page set of the outermost subform.
func newPageOrder(set *node, total int) *pageOrder {
	o := &pageOrder{total: total}
	relation := set.attr("relation")
	o.paginated = relation == "simplexPaginated" || relation == "duplexPaginated"
	o.collect(set)
	return o
}

func (o *pageOrder) collect(set *node) {
	for _, c := range set.elements() {
		switch c.name {
		case "pageArea":
			o.areas = append(o.areas, c)
		case "pageSet":
			o.collect(c)
		}
	}
}

// next returns the area of the page of a number, counted from 1; nil if the template has none. With a target it is that.
func (o *pageOrder) next(number int, target *node) *node {
	if len(o.areas) == 0 {
		return nil
	}
	if target != nil {
		if i := slices.Index(o.areas, target); i >= 0 {
			o.at, o.used = i, 1
		}
		return target
	}
	if o.paginated {
		for _, a := range o.areas {
			if o.suits(a, number) {
				return a
			}
		}
		return o.areas[len(o.areas)-1]
	}
	for range o.areas {
		if most := o.areas[o.at].child("occur").number("max", -1); most < 0 || o.used < most {
			break
		}
		if o.at+1 == len(o.areas) && o.areas[o.at].child("occur").number("max", -1) > 0 && len(o.areas) == 1 {
			break
		}
		o.at, o.used = (o.at+1)%len(o.areas), 0
	}
	o.used++
	return o.areas[o.at]
}

// blank returns the area of a page of a number that is left blank, so that the next has the number that it must have; nil if
// the template has none for such pages.
func (o *pageOrder) blank(number int) *node {
	for _, a := range o.areas {
		if o.paginated && a.attr("blankOrNotBlank") == "blank" && parityOf(a).allows(number) {
			return a
		}
	}
	return nil
}

// parityOf returns the numbers that the pages of an area may have.
func parityOf(area *node) parity {
	switch area.attr("oddOrEven") {
	case "odd":
		return oddPage
	case "even":
		return evenPage
	}
	return anyPage
}

// suits reports whether an area is for the page of a number.
func (o *pageOrder) suits(area *node, number int) bool {
	if !parityOf(area).allows(number) || area.attr("blankOrNotBlank") == "blank" {
		return false
	}
	first, last := number == 1, o.total > 0 && number == o.total
	switch area.attr("pagePosition") {
	case "first":
		return first
	case "last":
		return last && !first
	case "only":
		return first && last
	case "rest":
		return !first && !last
	}
	return true
}

// needsTotal reports whether some area is for the last page, or the only one.
func (o *pageOrder) needsTotal() bool {
	return o.paginated && slices.ContainsFunc(o.areas, func(a *node) bool {
		position := a.attr("pagePosition")
		return position == "last" || position == "only"
	})
}

// find returns the page area that a target names, by itself or by a content area on it; and that content area, if any.
func (o *pageOrder) find(target string) (area, content *node) {
	is := func(n *node) bool {
		id, ok := strings.CutPrefix(target, "#")
		return ok && n.attr("id") == id || !ok && (n.attr("name") == lastStep(target) || n.attr("id") == target)
	}
	if target == "" {
		return nil, nil
	}
	for _, a := range o.areas {
		if is(a) {
			return a, nil
		}
		for _, c := range a.all("contentArea") {
			if is(c) {
				return a, c
			}
		}
	}
	return nil, nil
}

// lastStep returns the last name of a path.
func lastStep(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		path = path[i+1:]
	}
	name, _, _ := strings.Cut(path, "[")
	return name
}

// The sizes of pages.
const (
	letterShort, letterLong = 612.0, 792.0
	minPage, maxPage        = 36.0, 14400.0
	defaultMargin           = 18.0
)

// stocks are the sizes of named media: short and long edge.
var stocks = map[string][2]float64{
	"letter": {letterShort, letterLong}, "legal": {612, 1008}, "tabloid": {792, 1224}, "ledger": {792, 1224},
	"executive": {522, 756},
	"a3":        {841.89, 1190.55}, "a4": {595.28, 841.89}, "a5": {419.53, 595.28}, "a6": {297.64, 419.53}, "b4": {708.66, 1000.63},
	"b5": {498.9, 708.66}, "na_letter": {letterShort, letterLong}, "iso_a4": {595.28, 841.89}, "jis-b5": {515.91, 728.5},
}

// newSheet makes an empty page of a page area.
func newSheet(area *node, fonts *page.Fonts, count *int) *sheet {
	s := &sheet{area: area, painter: painter{fonts: fonts, count: count}}
	medium := area.child("medium")
	size, ok := stocks[strings.ToLower(medium.attr("stock"))]
	if !ok {
		size = [2]float64{letterShort, letterLong}
	}
	short, long := medium.length("short", size[0]), medium.length("long", size[1])
	short, long = max(minPage, min(short, maxPage)), max(minPage, min(long, maxPage))
	s.w, s.h = short, long
	if medium.attr("orientation") == "landscape" {
		s.w, s.h = max(short, long), min(short, long)
	}
	for _, c := range area.all("contentArea") {
		r := rect{c.length("x", 0), c.length("y", 0), c.length("w", s.w), c.length("h", s.h)}
		s.areas = append(s.areas, contentArea{r, c})
	}
	if len(s.areas) == 0 {
		m := defaultMargin
		s.areas = []contentArea{{rect: rect{m, m, s.w - 2*m, s.h - 2*m}}}
	}
	return s
}

// pageOf finishes a page: what is on the page area stands behind the content.
func (l *layouter) pageOf(s *sheet, number int) (page.Page, error) {
	back := painter{fonts: l.fonts, count: &l.items}
	l.number = number
	if s.area != nil {
		o, err := l.pageObject(s.area)
		if err != nil {
			return page.Page{}, err
		}
		for _, k := range l.positioned(o, s.w) {
			l.paint(&back, k, k.x, k.y)
		}
	}
	if back.full() {
		l.fail(errTooMuch())
	}
	if l.err != nil {
		return page.Page{}, l.err
	}
	round := func(v float64) float64 { return math.Round(v*1000) / 1000 }
	return page.Page{Width: round(s.w), Height: round(s.h), Items: append(back.items, s.items...)}, nil
}

// pageObject returns what is on a page area, with its data.
func (l *layouter) pageObject(area *node) (*object, error) {
	if o := l.pageObjects[area]; o != nil {
		return o, nil
	}
	data := l.root.data
	o := &object{tmpl: area, data: data, locale: l.root.locale, parent: l.root}
	if err := l.shared.children(o); err != nil {
		return nil, err
	}
	l.pageObjects[area] = o
	return o, nil
}
