package xfa

import "strings"

// table measures the rows of a table.
func (l *layouter) table(o *object, room float64) (rows []*box, columns []float64) {
	columns = l.columns(o, room)
	for _, c := range shownChildren(o) {
		rows = append(rows, l.tableChild(c, columns, room))
	}
	return rows, columns
}

func (l *layouter) tableChild(c *object, columns []float64, room float64) *box {
	switch c.tmpl.attr("layout") {
	case "row", "rl-row":
		b := l.row(c, columns, room)
		keep := c.tmpl.child("keep")
		b.next, b.previous, b.intact = isKept(keep.attr("next")), isKept(keep.attr("previous")), keep.attr("intact") != "none"
		b.leaders = l.overflowOf(c, func(o *object) *box { return l.tableChild(o, columns, room) })
		return b
	case "tb": // a section of rows
		section := &box{o: c, ins: insetsOf(c.tmpl.child("margin")), stacked: true}
		inner := room - section.ins.across()
		for _, r := range shownChildren(c) {
			section.kids = append(section.kids, l.tableChild(r, columns, inner))
		}
		w, h := arrange(section.kids)
		section.breaks = hasBreaks(section.kids)
		section.size(c.tmpl, room, false, w, h)
		section.leaders = l.overflowOf(c, func(o *object) *box { return l.tableChild(o, columns, inner) })
		return section
	}
	return l.box(c, room)
}

// columns returns the widths of a table's columns. One of -1 is as wide as its widest cell.
func (l *layouter) columns(o *object, room float64) []float64 {
	var columns []float64
	for _, text := range strings.Fields(o.tmpl.attr("columnWidths")) {
		const most = 1000
		if w, ok := parseMeasure(text, defaultFontSize); ok && len(columns) < most {
			columns = append(columns, w)
		}
	}
	for i, w := range columns {
		if w < 0 {
			columns[i] = l.widestCell(o, i, room)
		}
	}
	return columns
}

// widestCell returns the natural width of a column.
func (l *layouter) widestCell(table *object, column int, room float64) float64 {
	most := 0.0
	for _, row := range shownChildren(table) {
		at := 0
		for _, cell := range shownChildren(row) {
			if span := cell.tmpl.number("colSpan", 1); at == column && span == 1 {
				most = max(most, l.naturalWidth(cell, room))
			} else if span > 1 {
				at += span - 1
			}
			if at++; at > column {
				break
			}
		}
	}
	return min(most, room)
}

// naturalWidth returns how wide an object would be on its own. What was found is kept, so that tables within tables take no
// longer for each depth.
func (l *layouter) naturalWidth(o *object, room float64) float64 {
	if w, ok := o.tmpl.measure("w"); ok {
		return w
	}
	if w, known := l.widths[o]; known {
		return w
	}
	w := 0.0
	if o.tmpl.name == "draw" || o.tmpl.name == "field" {
		w = l.leafBox(o, room).w
	} else {
		for _, c := range shownChildren(o) {
			cw := l.naturalWidth(c, room)
			if layout := o.tmpl.attr("layout"); layout == "row" || layout == "lr-tb" {
				w += cw
			} else {
				w = max(w, c.tmpl.length("x", 0)+cw)
			}
		}
		w += insetsOf(o.tmpl.child("margin")).across()
	}
	l.widths[o] = w
	return w
}

// row measures the cells of a row, all as high as the highest. Without columns the cells are as wide as they are.
func (l *layouter) row(o *object, columns []float64, room float64) *box {
	b := &box{o: o, ins: insetsOf(o.tmpl.child("margin"))}
	x, column := 0.0, 0
	for _, c := range shownChildren(o) {
		span := max(1, c.tmpl.number("colSpan", 1))
		if c.tmpl.number("colSpan", 1) == -1 {
			span = max(1, len(columns)-column)
		}
		w, given := 0.0, column < len(columns)
		for i := column; i < min(column+span, len(columns)); i++ {
			w += columns[i]
		}
		column = min(column+span, 1<<20)
		var cell *box
		if given {
			cell = l.cell(c, w)
		} else {
			cell = l.box(c, max(0, room-x))
		}
		cell.x = x
		x += cell.w
		b.kids = append(b.kids, cell)
	}
	w, h := extent(b.kids)
	b.size(o.tmpl, room, false, w, h)
	h = b.h - b.ins.down()
	for _, k := range b.kids {
		k.stretch(h)
		if o.tmpl.attr("layout") == "rl-row" {
			k.x = w - k.x - k.w
		}
	}
	return b
}

// cell measures a cell that is as wide as its column.
func (l *layouter) cell(c *object, w float64) *box {
	c.column, c.inColumn = w, true
	return l.box(c, w)
}

// stretch makes a cell as high as its row.
func (b *box) stretch(h float64) {
	if !b.turned {
		b.h = max(b.h, h)
	}
}
