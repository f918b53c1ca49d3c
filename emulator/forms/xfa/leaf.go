package xfa

import (
	"math"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// leaf is a draw or a field: a border, a caption, and what shows its value.
type leaf struct {
	ins     insets // between the edges and the content
	caption caption
	lines   []line // of the value
	look    style
	para    paraStyle
	widget  *node  // the child of ui, such as textEdit; nil for draws without one
	uiIns   insets // between the widget's edges and the value
	kind    widgetKind
	grows   bool // the height is not fixed
	script  *pageScript
	picture *graphic // of an image
	checked bool
	comb    int
	shapes  *node // a line, rectangle or arc
}

// caption is the text beside a value.
type caption struct {
	lines     []line
	placement string
	reserve   float64
	para      paraStyle
	shown     bool
}

type widgetKind int

const (
	widgetText widgetKind = iota
	widgetCheck
	widgetImage
	widgetShape
	widgetButton
	widgetSignature
)

// leafBox measures a draw or a field in the room it has across.
func (l *layouter) leafBox(o *object, room float64) *box {
	t := o.tmpl
	f := &leaf{ins: insetsOf(t.child("margin"))}
	f.look, f.para = styleOf(t.child("font"), defaultStyle), paraOf(t.child("para"), paraStyle{})
	if elements := t.child("ui").elements(); len(elements) > 0 {
		f.widget = elements[0]
	}
	f.uiIns = widgetInsets(f.widget)
	f.kind = l.kindOf(o, f)
	b := &box{o: o, leaf: f}
	w, fixed := o.width()
	if !fixed {
		w = min(room, t.length("maxW", noWrap))
		if w <= 0 {
			w = noWrap
		}
	}
	f.caption = l.captionOf(o, f, w-f.ins.across())
	contentW, contentH := l.content(o, f, w, fixed)
	natural, tall := f.natural(contentW, contentH)
	if !fixed {
		w = max(natural, t.length("minW", 0))
		if most, ok := t.measure("maxW"); ok && most > 0 {
			w = min(w, most)
		}
	}
	h, fixedH := t.measure("h")
	if !fixedH {
		f.grows = true
		h = max(tall, t.length("minH", 0))
		if most, ok := t.measure("maxH"); ok && most > 0 {
			h = min(h, most)
		}
	}
	b.w, b.h = max(0, w), max(0, h)
	b.rotate(t)
	return b
}

// widgetInsets returns the space between a widget's border and its value.
func widgetInsets(widget *node) insets {
	if widget == nil {
		return insets{}
	}
	if margin := widget.child("margin"); margin != nil && len(margin.attrs) > 0 {
		return insetsOf(margin)
	}
	if border := widget.child("border"); border != nil && isVisible(border) && widget.name != "checkButton" {
		return insets{left: 2, right: 2, top: 1, bottom: 1}
	}
	return insets{}
}

// kindOf says how the value of an object is shown.
func (l *layouter) kindOf(o *object, f *leaf) widgetKind {
	if f.widget != nil {
		switch f.widget.name {
		case "checkButton":
			return widgetCheck
		case "imageEdit":
			return widgetImage
		case "button":
			return widgetButton
		case "signature":
			return widgetSignature
		case "barcode":
			l.notes.add("Barcodes are shown as their text.")
		}
	}
	for _, v := range o.tmpl.child("value").elements() {
		switch v.name {
		case "image":
			return widgetImage
		case "line", "rectangle", "arc":
			f.shapes = v
			return widgetShape
		}
	}
	return widgetText
}

// captionOf measures the caption of an object.
func (l *layouter) captionOf(o *object, f *leaf, room float64) caption {
	n := o.tmpl.child("caption")
	if n == nil || n.attr("presence") == "hidden" || n.attr("presence") == "inactive" {
		return caption{}
	}
	c := caption{placement: n.attr("placement"), shown: isVisible(n)}
	look := f.look
	if font := n.child("font"); font != nil {
		look = styleOf(font, defaultStyle)
	}
	around := paraStyle{}
	if f.kind == widgetButton {
		around = paraStyle{align: alignCenter, vertical: "middle"}
	}
	c.para = paraOf(n.child("para"), around)
	reserve, given := n.measure("reserve")
	if given = given && reserve > 0; given && c.beside() {
		room = reserve
	}
	ins := insetsOf(n.child("margin"))
	draw := &object{tmpl: n, parent: o, locale: o.locale}
	draw.setDefault()
	c.lines = wrap(l.fonts, l.paragraphs(draw, draw.value, look, c.para), max(1, room-ins.across()))
	switch {
	case given:
		c.reserve = reserve
	case c.beside():
		c.reserve = widest(c.lines) + ins.across()
		if c.reserve > 0 && !given {
			c.reserve += 2
		}
		c.lines = wrap(l.fonts, l.paragraphs(draw, draw.value, look, c.para), c.reserve)
	default:
		c.reserve = height(c.lines) + ins.down()
	}
	return c
}

// beside reports whether the caption stands left or right of the value.
func (c *caption) beside() bool { return c.placement != "top" && c.placement != "bottom" }

// without returns the place of a caption that stood on an earlier page.
func (c caption) without() caption {
	if !c.beside() {
		return caption{}
	}
	c.lines = nil
	return c
}

// content measures the value of an object that is w wide.
func (l *layouter) content(o *object, f *leaf, w float64, fixed bool) (float64, float64) {
	room := w - f.ins.across() - f.uiIns.across()
	if f.caption.beside() {
		room -= f.caption.reserve
	}
	switch f.kind {
	case widgetCheck:
		f.checked = l.isChecked(o)
		size := f.widget.length("size", 10)
		return size, size
	case widgetImage:
		f.picture = l.imageOf(o)
		return f.picture.size()
	case widgetShape, widgetSignature:
		return 0, 0
	case widgetButton:
		return 0, 0
	}
	f.script = pageScriptOf(o.tmpl)
	f.lines = l.valueLines(o, f, room, fixed)
	return widest(f.lines), height(f.lines)
}

// valueLines wraps the value of an object.
func (l *layouter) valueLines(o *object, f *leaf, room float64, fixed bool) []line {
	text := ""
	if f.script != nil {
		text = f.script.value(max(l.number, 1), max(l.count, 1))
	} else {
		text = l.display(o, f)
	}
	single := f.widget != nil && o.tmpl.name == "field" && f.widget.attr("multiLine") != "1" && o.rich == nil
	if cells := f.widget.child("comb"); cells != nil {
		f.comb = min(cells.number("numberOfCells", len([]rune(text))), 500)
	}
	if single && f.widget.name == "textEdit" && o.tmpl.attr("h") == "" && f.widget.attr("multiLine") == "" {
		single = false // it may grow, so it does
	}
	single = single && !isOpenList(f.widget)
	if !single {
		return wrap(l.fonts, l.paragraphs(o, text, f.look, f.para), max(1, room))
	}
	text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
	lines := wrap(l.fonts, l.paragraphs(o, text, f.look, f.para), noWrap)
	if fixed {
		for i := range lines {
			l.shorten(&lines[i], room)
			lines[i].room = max(0, room-f.para.left-f.para.right)
		}
	}
	return lines
}

// shorten cuts the end off a line that is wider than its room.
func (l *layouter) shorten(ln *line, room float64) {
	if ln.indent+ln.width <= room+tolerance {
		return
	}
	l.notes.add("Text that is wider than its field of a single line is cut off.")
	for len(ln.fragments) > 0 {
		f := &ln.fragments[len(ln.fragments)-1]
		if left := room - ln.indent - f.x; left > 0 {
			width := 0.0
			for i, r := range f.text {
				rw := f.style.width(l.fonts, string(r))
				if width+rw > left {
					f.text = f.text[:i]
					break
				}
				width += rw
			}
			f.w, ln.width = width, f.x+width
			return
		}
		ln.fragments = ln.fragments[:len(ln.fragments)-1]
		ln.width = f.x
	}
}

// paragraphs returns what an object shows: its rich text, or a text.
func (l *layouter) paragraphs(o *object, text string, look style, para paraStyle) []paragraph {
	if o.rich != nil && l.spend(0) {
		paras := richText(o.rich, look, para, l.embedded)
		size := 0
		for i := range paras {
			for j := range paras[i].spans {
				paras[i].spans[j].text = l.clean(paras[i].spans[j].text)
				size += len(paras[i].spans[j].text)
			}
		}
		if l.spend(size) && len(paras) > 0 {
			return paras
		}
		text = ""
	}
	if !l.spend(len(text)) {
		text = ""
	}
	return plainText(l.clean(text), look, para)
}

// spend counts text that is measured, and reports whether the document may have so much.
func (l *layouter) spend(size int) bool {
	if l.text += size; l.text > MaxText {
		l.fail(&Error{What: "template and data together make more than 32 MiB of text"})
		return false
	}
	return l.err == nil
}

// head returns the height of the lines that cannot be parted from the first.
func (f *leaf) head() float64 {
	sum := f.ins.top
	for i := range f.lines {
		if sum += f.lines[i].tall(); f.lines[i].apart {
			break
		}
	}
	return sum
}

// natural returns the size of an object around content of a size.
func (f *leaf) natural(w, h float64) (float64, float64) {
	w, h = w+f.uiIns.across(), h+f.uiIns.down()
	if f.caption.beside() {
		w += f.caption.reserve
		h = max(h, height(f.caption.lines))
	} else {
		h += f.caption.reserve
		w = max(w, widest(f.caption.lines))
	}
	return w + f.ins.across(), h + f.ins.down()
}

// paintLeaf paints a draw or a field at a place, as high as it was made.
func (l *layouter) paintLeaf(p *painter, b *box, x, y, h float64) {
	from := len(p.items)
	f, t := b.leaf, b.o.tmpl
	whole := rect{x, y, b.leafWidth(), b.leafHeight(h)}
	l.border(p, t.child("border"), whole)
	inner := whole.inset(f.ins)
	value := l.paintCaption(p, f, inner)
	if f.widget != nil && f.kind != widgetCheck {
		l.border(p, f.widget.child("border"), value)
	}
	l.paintValue(p, b, value)
	if b.degrees != 0 && !p.rotate(from, b.degrees, x+b.pivotX, y+b.pivotY, b.shiftX, b.shiftY, l.turnImage) {
		l.notes.add("Images at odd angles are stretched to the place of the rotated object, and fills are left out.")
	}
}

// paintCaption paints the caption and returns the place of the value beside it.
func (l *layouter) paintCaption(p *painter, f *leaf, r rect) rect {
	c, at, rest := &f.caption, r, r
	if f.kind == widgetButton {
		if c.shown {
			l.paintLines(p, c.lines, r, c.para, false)
		}
		return r
	}
	reserve := min(c.reserve, r.h)
	if c.beside() {
		reserve = min(c.reserve, r.w)
	}
	switch c.placement {
	case "right":
		at.x, at.w, rest.w = r.x+r.w-reserve, reserve, r.w-reserve
	case "top":
		at.h, rest.y, rest.h = reserve, r.y+reserve, r.h-reserve
	case "bottom":
		at.y, at.h, rest.h = r.y+r.h-reserve, reserve, r.h-reserve
	default:
		at.w, rest.x, rest.w = reserve, r.x+reserve, r.w-reserve
	}
	if c.shown && len(c.lines) > 0 {
		l.paintLines(p, c.lines, at, c.para, false)
	}
	return rest
}

// paintValue paints the value of an object.
func (l *layouter) paintValue(p *painter, b *box, r rect) {
	f := b.leaf
	inner := r.inset(f.uiIns)
	switch f.kind {
	case widgetCheck:
		l.paintCheck(p, f, inner)
	case widgetImage:
		l.paintImage(p, f, inner)
	case widgetShape:
		l.shape(p, f.shapes, r)
	case widgetSignature:
		if f.widget.child("border") == nil && b.o.tmpl.child("border") == nil {
			l.border(p, &node{name: "border"}, r)
		}
	case widgetText:
		lines := f.lines
		if f.script != nil {
			l.usesCount = l.usesCount || f.script.usesCount() && !l.counted
			lines = l.valueLines(b.o, f, inner.w, true)
		}
		if f.comb > 0 {
			l.paintComb(p, f, lines, r)
			return
		}
		l.paintLines(p, lines, inner, f.para, !f.grows)
	}
}

// paintLines paints lines within a rectangle. With clip those that have no place in it are left out.
func (l *layouter) paintLines(p *painter, lines []line, r rect, para paraStyle, clip bool) {
	total := height(lines)
	y := r.y
	switch para.vertical {
	case "middle":
		y += max(0, (r.h-total)/2)
	case "bottom":
		y += max(0, r.h-total)
	}
	for i := range lines {
		ln := &lines[i]
		// A third of a line is the space below the letters: without it, the line is whole to the eye.
		if clip && i > 0 && y+ln.before+ln.height*2/3 > r.y+r.h {
			l.notes.add("Text that is longer than its field or draw is cut off behind the last whole line.")
			return
		}
		l.paintLine(p, ln, r, y+ln.before)
		y += ln.tall()
	}
}

// paintLine paints a line in a rectangle; a line that was not wrapped is aligned in it.
func (l *layouter) paintLine(p *painter, ln *line, r rect, y float64) {
	if ln.room >= noWrap/2 || math.Abs(ln.room+ln.indent-r.w) > 1 {
		own := *ln
		own.room = max(0, r.w-ln.indent)
		ln = &own
	}
	p.line(ln, r.x, y)
}

// paintComb paints each character in a cell of its own. What divides the cells is as the widget's border.
func (l *layouter) paintComb(p *painter, f *leaf, lines []line, r rect) {
	cell, i := r.w/float64(f.comb), 0
	if border := f.widget.child("border"); border != nil && isVisible(border) {
		if e := edgesOf(border)[1]; e.visible {
			for c := 1; c < f.comb; c++ {
				x := r.x + float64(c)*cell
				l.stroke(p, e, x, r.y, x, r.y+r.h)
			}
		}
	}
	if len(lines) == 0 {
		return
	}
	ln := lines[0]
	y := r.y + max(0, (r.h-ln.height)/2)
	for _, fragment := range ln.fragments {
		for _, c := range fragment.text {
			if i >= f.comb {
				return
			}
			width := l.fonts.Width(fragment.style.font, string(c))
			p.text(string(c), fragment.style, r.x+(float64(i)+0.5)*cell-width/2, y+ln.baseline, width)
			i++
		}
	}
}

// clean drops control characters, and notes characters that no font has.
func (l *layouter) clean(s string) string {
	s = clean(s)
	for _, r := range s {
		if r >= 0x250 && r != '\u200b' && !l.fonts.Has(page.Font{}, r) {
			l.notes.add("Some characters have no glyph in the fonts at hand, and show as boxes or question marks.")
			break
		}
	}
	return s
}
