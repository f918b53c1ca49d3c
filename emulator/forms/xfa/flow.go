package xfa

import "slices"

// flow places boxes on pages, one below the other, and begins a new content area or page where one is full.
type flow struct {
	l        *layouter
	order    *pageOrder
	sheets   []*sheet
	at       int     // the content area on the last page
	y        float64 // where the next box goes
	reserved float64 // what the containers that are open need below it
	placed   bool    // something was placed in the area
	open     []*part
	pending  *pageBreak // what is behind the last box, for the case that another follows
}

// part is the part of a container on one page. Places across are counted from the left of the content area.
type part struct {
	b       *box
	x, top  float64
	mark    int  // how many items were on the page before
	started bool // something of it was placed, here or before
	here    bool // something of it was placed here
	again   bool // it is not the first part
}

func (f *flow) sheet() *sheet     { return f.sheets[len(f.sheets)-1] }
func (f *flow) area() contentArea { return f.sheet().areas[f.at] }
func (f *flow) bottom() float64   { return f.area().y + f.area().h }
func (f *flow) left() float64     { return f.bottom() - f.reserved - f.y }

// fits reports whether a height fits what is left of the area. A rounding error does not count.
func (f *flow) fits(h float64) bool { return h <= f.left()+0.05 }

// newSheet begins a page.
func (f *flow) newSheet(target *node) error {
	if len(f.sheets) >= MaxPages {
		return &Error{What: "template and data together make more than 2,000 pages"}
	}
	f.sheets = append(f.sheets, newSheet(f.order.next(len(f.sheets)+1, target), f.l.fonts, &f.l.items))
	f.enter(0)
	return nil
}

func (f *flow) enter(area int) {
	f.at, f.y, f.placed = area, f.sheet().areas[area].y, false
}

// all places the outermost subform.
func (f *flow) all(o *object) error {
	target, content := f.firstTarget(o)
	if err := f.newSheet(target); err != nil {
		return err
	}
	f.enterNamed(content)
	return f.place(f.l.box(o, f.area().w), 0)
}

// firstTarget returns the page area that the first break asks for, so that the first page is of that.
func (f *flow) firstTarget(o *object) (area, content *node) {
	for o != nil {
		for _, br := range breaksOf(o.tmpl, "before") {
			if area, content = f.order.find(br.target); area != nil {
				return area, content
			}
		}
		children := shownChildren(o)
		if len(children) == 0 || children[0].tmpl.name != "subform" {
			return nil, nil
		}
		o = children[0]
	}
	return nil, nil
}

func (f *flow) enterNamed(content *node) {
	for i, a := range f.sheet().areas {
		if content != nil && a.node == content {
			f.enter(i)
		}
	}
}

// place places a box at x, counted from the left of the content area, on this page or the next, or on several.
func (f *flow) place(b *box, x float64) error {
	if f.l.items > MaxItems {
		return errTooMuch()
	}
	if f.l.err != nil {
		return f.l.err
	}
	switch {
	case f.fits(b.h) && !b.breaks:
		f.put(b, x, b.h)
		return nil
	case b.breaks || b.canSplit() && !(b.intact && f.fitsEmpty(b)):
		return f.split(b, x)
	case f.placed:
		if err := f.advance(b, nil); err != nil {
			return err
		}
		return f.place(b, x)
	case b.leaf == nil && len(b.kids) > 1 && !b.band:
		return f.split(b.banded(), x)
	}
	f.l.notes.add("An object that is higher than the page's content area goes beyond it.")
	f.put(b, x, b.h)
	return nil
}

// canSplit reports whether a box may be placed in parts.
func (b *box) canSplit() bool {
	if f := b.leaf; f != nil {
		return f.grows && f.kind == widgetText && len(f.lines) > 1 && b.degrees == 0
	}
	return b.stacked && len(b.kids) > 0
}

// fitsEmpty reports whether a box would fit an area that is empty.
func (f *flow) fitsEmpty(b *box) bool { return b.h <= f.area().h-f.reserved+0.05 }

// put paints a box where the flow is.
func (f *flow) put(b *box, x, h float64) {
	s := f.sheet()
	f.l.number = len(f.sheets)
	f.l.paintAs(&s.painter, b, f.area().x+x, f.y, h)
	f.y += h
	f.mark(h > 0 && b.o != nil || len(b.kids) > 0)
}

// mark notes that something was placed.
func (f *flow) mark(placed bool) {
	if !placed {
		return
	}
	f.placed, f.sheet().touched = true, true
	for _, p := range f.open {
		p.started, p.here = true, true
	}
}

// split places a box part by part.
func (f *flow) split(b *box, x float64) error {
	if b.leaf != nil {
		return f.splitText(b, x)
	}
	reserved := b.ins.bottom + b.leaders.trailerHeight()
	p := &part{b: b, x: x, top: f.y, mark: len(f.sheet().items)}
	f.open = append(f.open, p)
	f.reserved += reserved
	f.y += b.ins.top
	for i, k := range b.kids {
		if err := f.kid(b, i, x+b.ins.left+k.x); err != nil {
			return err
		}
	}
	f.reserved -= reserved
	f.y += b.ins.bottom
	if b.fixedH && !p.again {
		f.y = max(f.y, p.top+b.h)
	}
	f.open = f.open[:len(f.open)-1]
	f.close(p, false)
	return nil
}

// kid places one of the boxes in a stack.
func (f *flow) kid(b *box, i int, x float64) error {
	k := b.kids[i]
	if f.pending != nil {
		br := *f.pending
		f.pending = nil
		if err := f.breakTo(br); err != nil {
			return err
		}
	}
	if k.o != nil {
		for _, br := range breaksOf(k.o.tmpl, "before") {
			if err := f.breakTo(br); err != nil {
				return err
			}
		}
	}
	if chain := f.chain(b.kids[i:]); f.placed && !f.fits(chain) && chain <= f.area().h-f.reserved {
		if err := f.advance(k, nil); err != nil {
			return err
		}
	}
	if err := f.place(k, x); err != nil {
		return err
	}
	if k.o != nil {
		for _, br := range breaksOf(k.o.tmpl, "after") {
			f.pending = &br
		}
	}
	return nil
}

// chain returns the height of the boxes that are to be kept together, from the first on; 0 if it is not kept with others.
func (f *flow) chain(kids []*box) float64 {
	const longest = 50
	sum, i := 0.0, 0
	for i+1 < len(kids) && i < longest && (kids[i].next || kids[i+1].previous) {
		sum += kids[i].h
		i++
	}
	if i == 0 {
		return 0
	}
	return sum + kids[i].head()
}

// head returns the height of the part of a box that cannot be parted from its start.
func (b *box) head() float64 {
	switch {
	case b.intact || !b.canSplit():
		return b.h
	case b.leaf != nil:
		return b.leaf.head()
	}
	return b.ins.top + b.kids[0].head()
}

// splitText places a text line by line.
func (f *flow) splitText(b *box, x float64) error {
	leaf := *b.leaf
	lines := leaf.lines
	extra := b.h - height(lines)
	for len(lines) > 0 {
		fit, h := 0, extra
		for fit < len(lines) && f.fits(h+lines[fit].tall()) {
			h += lines[fit].tall()
			fit++
		}
		fit, h = keepLines(lines, fit, h)
		if fit == 0 && f.placed {
			if err := f.advance(b, nil); err != nil {
				return err
			}
			continue
		}
		if fit == 0 {
			fit, h = f.force(lines, extra)
		}
		piece, own := *b, leaf
		own.lines = lines[:fit]
		piece.leaf, piece.h = &own, h
		f.put(&piece, x, h)
		lines = lines[fit:]
		leaf.caption = leaf.caption.without()
		if f.l.items > MaxItems {
			return errTooMuch()
		}
	}
	return nil
}

// force returns how many lines stand in an area that is empty, however few that leaves elsewhere: one at least.
func (f *flow) force(lines []line, h float64) (int, float64) {
	fit := 1
	h += lines[0].tall()
	for fit < len(lines) && f.fits(h+lines[fit].tall()) {
		h += lines[fit].tall()
		fit++
	}
	return fit, h
}

// keepLines returns how many of the lines that fit a page stand there, so that no paragraph leaves too few on one page.
func keepLines(lines []line, fit int, h float64) (int, float64) {
	if fit == len(lines) {
		return fit, h
	}
	for least := fit; least > 0; least-- {
		if lines[least-1].apart {
			return least, h
		}
		h -= lines[least-1].tall()
	}
	return 0, h
}

// banded returns a container of positioned boxes as a stack: those beside each other stay together.
func (b *box) banded() *box {
	kids := slices.Clone(b.kids)
	slices.SortStableFunc(kids, func(a, c *box) int {
		switch {
		case a.y < c.y:
			return -1
		case a.y > c.y:
			return 1
		}
		return 0
	})
	out := *b
	out.kids, out.stacked, out.intact = nil, true, false
	end := 0.0
	for i := 0; i < len(kids); {
		top, bottom, first := kids[i].y, kids[i].y+kids[i].h, i
		for i++; i < len(kids) && kids[i].y < bottom-0.5; i++ {
			bottom = max(bottom, kids[i].y+kids[i].h)
		}
		if top > end {
			out.kids = append(out.kids, &box{h: top - end})
		}
		out.kids = append(out.kids, band(kids[first:i], top, bottom))
		end = bottom
	}
	return &out
}

// band makes one box of those beside each other.
func band(kids []*box, top, bottom float64) *box {
	if len(kids) == 1 {
		return kids[0]
	}
	out := &box{h: bottom - top, intact: true, band: true}
	for _, k := range kids {
		own := *k
		own.y -= top
		out.kids = append(out.kids, &own)
		out.w = max(out.w, own.x+own.w)
	}
	return out
}

// close paints the border of the part of a container that ends here, behind what is in it. Moving says that the container
// goes on elsewhere.
func (f *flow) close(p *part, moving bool) {
	if p.b.o == nil || p.b.o.tmpl.attr("presence") == "invisible" || !p.here && (moving || p.started) {
		return
	}
	s := f.sheet()
	back := painter{fonts: f.l.fonts, count: &f.l.items}
	f.l.border(&back, p.b.o.tmpl.child("border"), rect{f.area().x + p.x, p.top, p.b.w, f.y - p.top})
	if len(back.items) > 0 {
		s.items = slices.Insert(s.items, max(0, min(p.mark, len(s.items))), back.items...)
	}
}

// advance goes on to the next content area, or page: because of a box, or, with nil, a break. With a destination it goes
// there.
func (f *flow) advance(b *box, to *destination) error {
	if to == nil {
		to = f.overflowTarget(b)
	}
	around := f.around(b)
	for _, a := range slices.Backward(around) {
		if t := a.trailer; t != nil && f.placed {
			f.l.paint(&f.sheet().painter, t, f.area().x+a.x, f.y)
			f.y += t.h
		}
	}
	for _, p := range slices.Backward(f.open) {
		f.close(p, true)
	}
	if err := f.leave(to); err != nil {
		return err
	}
	for _, p := range f.open {
		p.top, p.mark, p.here, p.again = f.y, len(f.sheet().items), false, true
		if !p.started {
			f.y += p.b.ins.top
			p.again = false
		}
	}
	for _, a := range around {
		if a.leader != nil && a.started && f.fits(a.leader.h+b.leastHeight()) {
			f.l.paint(&f.sheet().painter, a.leader, f.area().x+a.x, f.y)
			f.y += a.leader.h
		}
	}
	return nil
}

// leastHeight returns the height of what of a box is to be on a page; nil needs none.
func (b *box) leastHeight() float64 {
	if b == nil {
		return 0
	}
	return b.head()
}

// leave goes to the next content area of the page, to that of a destination, or to a new page.
func (f *flow) leave(to *destination) error {
	s := f.sheet()
	if to == nil && f.at+1 < len(s.areas) {
		f.enter(f.at + 1)
		return nil
	}
	if to != nil && to.content != nil && s.area == to.area && !to.startNew {
		for i, a := range s.areas {
			if a.node == to.content && i > f.at {
				f.enter(i)
				return nil
			}
		}
	}
	if to == nil {
		return f.newSheet(nil)
	}
	if !s.touched {
		f.sheets = f.sheets[:len(f.sheets)-1]
	}
	if number := len(f.sheets) + 1; !to.parity.allows(number) {
		if err := f.newSheet(f.order.blank(number)); err != nil {
			return err
		}
	}
	if err := f.newSheet(to.area); err != nil {
		return err
	}
	f.enterNamed(to.content)
	return nil
}
