package xfa

import (
	"slices"
	"strings"
)

// pageBreak is a break before or after an object.
type pageBreak struct {
	target   string // what is gone to; empty for the next
	page     bool   // to a page, rather than a content area
	startNew bool   // even if the target is where the flow is
	parity   parity // of the page
}

// parity says whether a page must have an odd or an even number.
type parity int

const (
	anyPage parity = iota
	oddPage
	evenPage
)

func (p parity) allows(number int) bool { return p == anyPage || (p == oddPage) == (number%2 == 1) }

// breaksOf returns the breaks of an object, "before" or "after" it.
func breaksOf(t *node, where string) []pageBreak {
	var found []pageBreak
	element, prefix := "breakBefore", "before"
	if where == "after" {
		element, prefix = "breakAfter", "after"
	}
	for _, c := range t.children {
		var kind, target string
		switch c.name {
		case element:
			kind, target = c.attr("targetType"), c.attr("target")
		case "break":
			kind, target = c.attr(prefix), c.attr(prefix+"Target")
		default:
			continue
		}
		startNew := c.attr("startNew") == "1"
		switch kind {
		case "contentArea":
			found = append(found, pageBreak{target: target, startNew: startNew})
		case "pageArea":
			found = append(found, pageBreak{target: target, page: true, startNew: startNew})
		case "pageEven":
			found = append(found, pageBreak{target: target, page: true, startNew: startNew, parity: evenPage})
		case "pageOdd":
			found = append(found, pageBreak{target: target, page: true, startNew: startNew, parity: oddPage})
		}
	}
	return found
}

// destination is where a break or an overflow leads.
type destination struct {
	area, content *node
	startNew      bool
	parity        parity
}

// breakTo follows a break before a box.
func (f *flow) breakTo(br pageBreak) error {
	s := f.sheet()
	area, content := f.order.find(br.target)
	to := &destination{area: area, content: content, startNew: br.startNew, parity: br.parity}
	allowed := br.parity.allows(len(f.sheets))
	switch {
	case br.target != "" && area == nil:
		f.l.notes.add("The break to " + quote(br.target) + " leads to nothing; it goes to the next page.")
	case area != nil && s.area == area && (content == nil || f.area().node == content) && allowed && !(br.startNew && s.touched):
		return nil
	}
	switch {
	case !br.page && area == nil:
		if !f.placed {
			return nil
		}
		return f.advance(nil, nil)
	case area == nil && allowed && !s.touched:
		return nil
	}
	return f.advance(nil, to)
}

// overflow is what is repeated where a container goes on: at the top of the next page, and at the bottom of this.
type overflow struct {
	leader, trailer *box
	target          string
}

func (o *overflow) trailerHeight() float64 {
	if o.trailer == nil {
		return 0
	}
	return o.trailer.h
}

// overflowOf reads what a container repeats. Cells measures it.
func (l *layouter) overflowOf(o *object, cells func(*object) *box) overflow {
	var out overflow
	var leader, trailer string
	if n := o.tmpl.child("overflow"); n != nil {
		leader, trailer, out.target = n.attr("leader"), n.attr("trailer"), n.attr("target")
	} else if n := o.tmpl.child("break"); n != nil {
		leader, trailer, out.target = n.attr("overflowLeader"), n.attr("overflowTrailer"), n.attr("overflowTarget")
	}
	out.leader = l.referred(o, leader, cells)
	out.trailer = l.referred(o, trailer, cells)
	return out
}

// bookends puts what stands at the start and the end of a container around what is in it.
func (l *layouter) bookends(b *box, cells func(*object) *box) {
	var leader, trailer string
	if n := b.o.tmpl.child("bookend"); n != nil {
		leader, trailer = n.attr("leader"), n.attr("trailer")
	} else if n := b.o.tmpl.child("break"); n != nil {
		leader, trailer = n.attr("bookendLeader"), n.attr("bookendTrailer")
	}
	if first := l.referred(b.o, leader, cells); first != nil {
		b.kids = append([]*box{first}, b.kids...)
	}
	if last := l.referred(b.o, trailer, cells); last != nil {
		b.kids = append(b.kids, last)
	}
}

// reference is a subform of the template that an object refers to, with the data it shows.
type reference struct {
	t    *node
	data *dataNode
}

// referred returns the measured subform that an object refers to; nil if there is none. It is measured once for the same
// data.
func (l *layouter) referred(o *object, ref string, cells func(*object) *box) *box {
	if ref == "" || l.depth > 0 {
		return nil
	}
	t := l.find(o, ref)
	if t == nil {
		l.notes.add("The leader or trailer " + quote(ref) + " is not in the template; it is left out.")
		return nil
	}
	key := reference{t, l.shared.dataFor(o, t)}
	if known, ok := l.referredTo[key]; ok {
		return known
	}
	own := &object{tmpl: t, parent: o, data: key.data, locale: l.shared.locales.of(t, o.locale)}
	if err := l.shared.children(own); err != nil {
		l.fail(err)
		return nil
	}
	l.depth++ // what it refers to itself is left out, so that nothing refers to itself
	b := cells(own)
	l.depth--
	l.referredTo[key] = b
	return b
}

// find returns the subform of the template that a reference names: by ID, or by name near the object or anywhere.
func (l *layouter) find(o *object, ref string) *node {
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		return l.template.ids[id]
	}
	name := lastStep(ref)
	for at := o; at != nil; at = at.parent {
		for _, c := range at.tmpl.children {
			if c.name == "subform" && c.attr("name") == name {
				return c
			}
		}
	}
	if found := l.template.names[name]; found != nil {
		return found
	}
	return l.template.ids[name]
}

// repeating is what a container around the flow repeats.
type repeating struct {
	overflow
	x       float64
	started bool
}

// around returns what is repeated because a box goes to the next page: by the containers around it, and by itself.
func (f *flow) around(b *box) []repeating {
	var all []repeating
	started, x := false, 0.0
	for _, p := range f.open {
		started, x = p.started, p.x+p.b.ins.left
		all = append(all, repeating{overflow: p.b.leaders, x: x, started: started})
	}
	if b != nil && !b.leadsItself() && (len(f.open) == 0 || f.open[len(f.open)-1].b != b) {
		all = append(all, repeating{overflow: b.leaders, x: x, started: started})
	}
	return all
}

// leadsItself reports whether what a box repeats is in it, so that it is there when the box goes to the next page as a whole.
func (b *box) leadsItself() bool {
	return b.o != nil && b.leaders.leader != nil && slices.Contains(b.o.tmpl.children, b.leaders.leader.o.tmpl)
}

// overflowTarget returns where the containers around the flow go on; nil for the next area.
func (f *flow) overflowTarget(b *box) *destination {
	around := f.around(b)
	for i := len(around) - 1; i >= 0; i-- {
		if around[i].target == "" {
			continue
		}
		if area, content := f.order.find(around[i].target); area != nil {
			return &destination{area: area, content: content}
		}
	}
	return nil
}
