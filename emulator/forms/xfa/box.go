package xfa

import (
	"math"
	"strconv"
	"strings"
)

// box is a measured object. Boxes are not changed once they are measured, so one may be painted again and again.
type box struct {
	o        *object
	leaf     *leaf   // of a draw or a field; nil for containers
	x, y     float64 // within the content of the box around
	w, h     float64 // with the margins
	ins      insets
	kids     []*box
	stacked  bool // the kids stand one below the other, so pages may be broken between them
	breaks   bool // there are breaks within
	band     bool // the kids stand beside each other, so there is no place to break
	fixedH   bool
	leaders  overflow
	intact   bool
	next     bool // keep with the next
	previous bool // keep with the previous

	degrees        float64 // by which it is rotated, counterclockwise
	pivotX, pivotY float64 // about which, from the upper left corner
	shiftX, shiftY float64 // by which it is moved then
	turned         bool    // w and h were swapped
}

// leafWidth and leafHeight are those of an object before it is rotated; h is the height it is painted with.
func (b *box) leafWidth() float64 {
	if b.turned {
		return b.h
	}
	return b.w
}

func (b *box) leafHeight(h float64) float64 {
	if b.turned {
		return b.w
	}
	return h
}

// rotate reads the rotation of an object. It stands about the upper left corner, and moved so that the object is where it
// would be without; positioned objects turn about their anchor instead, see anchor.
func (b *box) rotate(t *node) {
	degrees, err := strconv.ParseFloat(t.attr("rotate"), 64)
	if err != nil || math.IsNaN(degrees) || math.IsInf(degrees, 0) {
		return
	}
	b.degrees = math.Mod(math.Mod(degrees, 360)+360, 360)
	w, h := b.w, b.h
	switch b.degrees {
	case 90:
		b.shiftY, b.turned = w, true
	case 180:
		b.shiftX, b.shiftY = w, h
	case 270:
		b.shiftX, b.turned = h, true
	}
	if b.turned {
		b.w, b.h = h, w
	}
}

// isShown reports whether an object is part of the layout. One that is invisible takes its place, but is not painted.
func isShown(t *node) bool {
	switch t.attr("presence") {
	case "hidden", "inactive":
		return false
	}
	views := strings.Fields(t.attr("relevant"))
	if len(views) == 0 {
		return true
	}
	wanted := false
	for _, v := range views {
		if v == "-print" {
			return false
		}
		wanted = wanted || v == "print" || v == "+print" || strings.HasPrefix(v, "-")
	}
	return wanted
}

// shownChildren returns the children of a container that are laid out; sets of subforms stand for their members.
func shownChildren(o *object) []*object {
	plain := true
	for _, c := range o.children {
		plain = plain && c.tmpl.name != "subformSet" && isShown(c.tmpl)
	}
	if plain {
		return o.children
	}
	var all []*object
	for _, c := range o.children {
		switch {
		case !isShown(c.tmpl):
		case c.tmpl.name == "subformSet":
			all = append(all, shownChildren(c)...)
		default:
			all = append(all, c)
		}
	}
	return all
}

// maxMeasured bounds the objects that are measured for a document; those on page areas count for each page.
const maxMeasured = 1_000_000

// box measures an object in the room it has across.
func (l *layouter) box(o *object, room float64) *box {
	if l.measured++; l.measured > maxMeasured {
		l.fail(&Error{What: "template and data together make more than 1,000,000 objects, counted on each page"})
		return &box{o: o}
	}
	var b *box
	switch o.tmpl.name {
	case "draw", "field":
		b = l.leafBox(o, room)
	default:
		b = l.container(o, room)
	}
	keep := o.tmpl.child("keep")
	b.next = isKept(keep.attr("next"))
	b.previous = isKept(keep.attr("previous"))
	if intact := keep.attr("intact"); intact != "" {
		b.intact = intact != "none"
	} else {
		b.intact = !b.stacked && len(b.kids) > 0
	}
	return b
}

func isKept(with string) bool { return with == "contentArea" || with == "pageArea" }

// container measures a subform, an area or a group of buttons.
func (l *layouter) container(o *object, room float64) *box {
	t := o.tmpl
	b := &box{o: o, ins: insetsOf(t.child("margin"))}
	w, fixedW := o.width()
	if !fixedW || w <= 0 {
		w, fixedW = room, false
		if most, ok := t.measure("maxW"); ok && most > 0 {
			w = min(w, most)
		}
	}
	inner := max(0, w-b.ins.across())
	var natural, tall float64
	cells := func(c *object) *box { return l.box(c, inner) }
	switch t.attr("layout") {
	case "tb":
		b.stacked = true
		b.kids = l.stack(o, inner)
	case "lr-tb", "rl-tb":
		b.stacked = true
		b.kids = l.rows(o, inner, t.attr("layout") == "rl-tb")
	case "table":
		b.stacked = true
		var columns []float64
		b.kids, columns = l.table(o, inner)
		cells = func(c *object) *box { return l.tableChild(c, columns, inner) }
	case "row", "rl-row":
		return l.row(o, nil, inner)
	default:
		b.kids = l.positioned(o, inner)
	}
	if b.stacked {
		l.bookends(b, cells)
		natural, tall = arrange(b.kids)
		b.breaks = hasBreaks(b.kids)
		b.leaders = l.overflowOf(o, cells)
	} else {
		natural, tall = extent(b.kids)
	}
	b.size(t, w, fixedW, natural, tall)
	return b
}

// size gives a container its size around content of a size.
func (b *box) size(t *node, w float64, fixedW bool, natural, tall float64) {
	b.w = w
	if !fixedW {
		b.w = max(natural+b.ins.across(), t.length("minW", 0))
	}
	h, fixedH := t.measure("h")
	if !fixedH || h <= 0 {
		fixedH = false
		h = max(tall+b.ins.down(), t.length("minH", 0))
	} else if b.stacked {
		h = max(h, tall+b.ins.down())
	}
	b.h, b.fixedH = max(0, h), fixedH || t.attr("minH") != ""
}

// stack measures children that stand one below the other.
func (l *layouter) stack(o *object, room float64) []*box {
	children := shownChildren(o)
	kids := make([]*box, 0, len(children))
	for _, c := range children {
		kid := l.box(c, room)
		if c.tmpl.child("para").attr("hAlign") == "right" && c.tmpl.name == "subform" {
			kid.x = max(0, room-kid.w)
		}
		kids = append(kids, kid)
	}
	return kids
}

// arrange gives stacked boxes their places, and returns their extent.
func arrange(kids []*box) (w, h float64) {
	for _, k := range kids {
		k.y = h
		h += k.h
		w = max(w, k.x+k.w)
	}
	return w, h
}

// extent returns the extent of positioned boxes.
func extent(kids []*box) (w, h float64) {
	for _, k := range kids {
		w, h = max(w, k.x+k.w), max(h, k.y+k.h)
	}
	return w, h
}

// positioned measures children that stand at places of their own.
func (l *layouter) positioned(o *object, room float64) []*box {
	children := shownChildren(o)
	kids := make([]*box, 0, len(children))
	for _, c := range children {
		x, y := c.tmpl.length("x", 0), c.tmpl.length("y", 0)
		kid := l.box(c, max(0, room-x))
		kid.anchor(c.tmpl, x, y)
		kids = append(kids, kid)
	}
	return kids
}

// anchor puts a box so that its anchor is at x, y.
func (b *box) anchor(t *node, x, y float64) {
	w, h := b.w, b.h
	if b.turned {
		w, h = h, w
		b.w, b.h = w, h
	}
	var dx, dy float64
	name := strings.ToLower(t.attr("anchorType"))
	switch {
	case strings.HasSuffix(name, "center"):
		dx = w / 2
	case strings.HasSuffix(name, "right"):
		dx = w
	}
	switch {
	case strings.HasPrefix(name, "middle"):
		dy = h / 2
	case strings.HasPrefix(name, "bottom"):
		dy = h
	}
	b.x, b.y = x-dx, y-dy
	if b.degrees != 0 {
		b.turned, b.pivotX, b.pivotY, b.shiftX, b.shiftY = false, dx, dy, 0, 0
	}
}

// rows measures children that flow from left to right, and then to the next row.
func (l *layouter) rows(o *object, room float64, fromRight bool) []*box {
	var rows []*box
	var row *box
	end := func() {
		if row == nil {
			return
		}
		if fromRight {
			for _, k := range row.kids {
				k.x = room - k.x - k.w
			}
		}
		row.w, row.h = extent(row.kids)
		row.intact = true
		rows, row = append(rows, row), nil
	}
	x := 0.0
	for _, c := range shownChildren(o) {
		kid := l.box(c, room)
		if row != nil && x+kid.w > room+tolerance {
			end()
		}
		if kid.stacked && len(kid.kids) > 0 && kid.w >= room-tolerance { // it fills a row, and may be broken
			end()
			rows = append(rows, kid)
			continue
		}
		if row == nil {
			row, x = &box{}, 0
		}
		kid.x = x
		x += kid.w
		row.kids = append(row.kids, kid)
	}
	end()
	return rows
}

// hasBreaks reports whether pages are broken before, after or within some boxes.
func hasBreaks(kids []*box) bool {
	for _, k := range kids {
		if k.breaks || k.o != nil && (len(breaksOf(k.o.tmpl, "before")) > 0 || len(breaksOf(k.o.tmpl, "after")) > 0) {
			return true
		}
	}
	return false
}

// paint paints a box with all that is in it, at a place.
func (l *layouter) paint(p *painter, b *box, x, y float64) {
	l.paintAs(p, b, x, y, b.h)
}

// paintAs paints a box that is made higher.
func (l *layouter) paintAs(p *painter, b *box, x, y, h float64) {
	if p.full() || b.o != nil && b.o.tmpl.attr("presence") == "invisible" {
		return
	}
	if b.leaf != nil {
		l.paintLeaf(p, b, x, y, h)
		return
	}
	if b.o != nil {
		l.border(p, b.o.tmpl.child("border"), rect{x, y, b.w, h})
	}
	for _, k := range b.kids {
		l.paint(p, k, x+b.ins.left+k.x, y+b.ins.top+k.y)
	}
}
