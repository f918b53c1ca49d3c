package xfa

import (
	"math"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/xfa/picture"
)

// display returns the text of an object's value, as its picture has it.
func (l *layouter) display(o *object, f *leaf) string {
	if o.tmpl.name == "draw" {
		if pattern := pictureOf(o.tmpl); pattern != "" {
			if text, ok := picture.Format(pattern, o.value, o.locale); ok {
				return text
			}
		}
		return o.value
	}
	kind := ""
	if f.widget != nil {
		kind = f.widget.name
	}
	switch kind {
	case "choiceList":
		if isOpenList(f.widget) {
			l.notes.add("Of lists only what is chosen is shown.")
		}
		if text, ok := l.choiceText(o.tmpl, o.value); ok {
			return text
		}
	case "passwordEdit":
		return strings.Repeat("*", len([]rune(o.value)))
	}
	if pattern := pictureOf(o.tmpl); pattern != "" {
		text, ok := picture.Format(pattern, o.value, o.locale)
		if !ok {
			if o.value != "" {
				l.notes.add("Values that their picture cannot show are shown as they are.")
			}
			return o.value
		}
		return text
	}
	return withoutPicture(o, kind)
}

// withoutPicture returns a value without a picture in the locale's way.
func withoutPicture(o *object, kind string) string {
	switch kind {
	case "dateTimeEdit":
		for _, pattern := range []string{"date{}", "time{}"} {
			if text, ok := picture.Format(pattern, o.value, o.locale); ok && o.value != "" {
				return text
			}
		}
	case "numericEdit":
		if strings.Count(o.value, ".") == 1 && strings.Trim(o.value, "0123456789.-") == "" {
			return strings.Replace(o.value, ".", o.locale.Decimal, 1)
		}
	}
	return o.value
}

func pictureOf(t *node) string { return strings.TrimSpace(t.path("format", "picture").content()) }

// isOpenList reports whether a widget is a list that shows its items one below the other.
func isOpenList(widget *node) bool {
	open := widget.attr("open")
	return widget.name == "choiceList" && (open == "always" || open == "multiSelect")
}

// choiceText returns what a list shows for the values saved, one to a line.
func (l *layouter) choiceText(t *node, value string) (string, bool) {
	c := l.choicesOf(t)
	if len(c.shown) == 0 || value == "" {
		return "", false
	}
	values := strings.Split(value, "\n")
	for i, v := range values {
		if shown, ok := c.shown[strings.TrimSpace(v)]; ok {
			values[i] = shown
		}
	}
	return strings.Join(values, "\n"), true
}

// choices are the items of a field.
type choices struct {
	first string            // of those saved
	shown map[string]string // by what is saved
}

// choicesOf returns the items of a field. They are read once for all objects of the field.
func (l *layouter) choicesOf(t *node) choices {
	if known, ok := l.choices[t]; ok {
		return known
	}
	shown, saved := itemsOf(t)
	c := choices{shown: make(map[string]string, len(saved))}
	for i, s := range saved {
		if _, twice := c.shown[s]; !twice && i < len(shown) {
			c.shown[s] = shown[i]
		}
	}
	if len(saved) > 0 {
		c.first = saved[0]
	}
	l.choices[t] = c
	return c
}

// itemsOf returns the items of a field, as they are shown and as they are saved.
func itemsOf(t *node) (shown, saved []string) {
	for _, items := range t.all("items") {
		var texts []string
		for _, item := range items.elements() {
			texts = append(texts, strings.TrimSpace(item.content()))
		}
		if items.attr("save") == "1" {
			saved = texts
		} else {
			shown = texts
		}
	}
	if saved == nil {
		saved = shown
	}
	if shown == nil {
		shown = saved
	}
	return shown, saved
}

// isChecked reports whether a check button is on: by its group's value, or its own.
func (l *layouter) isChecked(o *object) bool {
	on := "1"
	if c := l.choicesOf(o.tmpl); len(c.shown) > 0 {
		on = c.first
	}
	value := o.value
	if group := o.parent; group != nil && group.tmpl.name == "exclGroup" && !o.filled && (group.filled || group.value != "") {
		value = group.value
	}
	return strings.TrimSpace(value) == on
}

// paintCheck paints the box of a check button and its mark.
func (l *layouter) paintCheck(p *painter, f *leaf, r rect) {
	size := min(f.widget.length("size", 10), max(r.w, 1), max(r.h, 1))
	at := rect{r.x, r.y, size, size}
	switch f.para.align {
	case alignCenter:
		at.x += (r.w - size) / 2
	case alignRight:
		at.x += r.w - size
	}
	switch f.para.vertical {
	case "middle":
		at.y += (r.h - size) / 2
	case "bottom":
		at.y += r.h - size
	}
	round := f.widget.attr("shape") == "round"
	l.paintCheckBorder(p, f.widget.child("border"), at, round)
	if !f.checked {
		return
	}
	mark := f.widget.attr("mark")
	if mark == "" || mark == "default" {
		mark = "check"
		if round {
			mark = "circle"
		}
	}
	paintMark(p, mark, at, f.look.color)
}

// paintCheckBorder paints the border of a check button; a thin one if it names none.
func (l *layouter) paintCheckBorder(p *painter, border *node, at rect, round bool) {
	if border == nil {
		border = &node{name: "border"}
	}
	if !round {
		l.border(p, border, at)
		return
	}
	if e := edgesOf(border)[0]; isVisible(border) {
		circle := page.Rect{X: at.x, Y: at.y, W: at.w, H: at.h, Radius: at.w / 2, LineWidth: e.width}
		circle.Fill = l.fillOf(border.child("fill"))
		if e.visible {
			circle.Stroke = &e.color
		}
		p.add(circle)
	}
}

// paintMark paints the mark of a button that is on.
func paintMark(p *painter, mark string, r rect, color page.Color) {
	chain := func(points ...[2]float64) {
		for i := 1; i < len(points); i++ {
			a, b := points[i-1], points[i]
			p.add(page.Line{
				X1: r.x + a[0]*r.w, Y1: r.y + a[1]*r.h, X2: r.x + b[0]*r.w, Y2: r.y + b[1]*r.h, Width: max(0.7, r.w/9), Color: color,
			})
		}
	}
	inner := rect{r.x + r.w/4, r.y + r.h/4, r.w / 2, r.h / 2}
	switch mark {
	case "cross":
		chain([2]float64{0.2, 0.2}, [2]float64{0.8, 0.8})
		chain([2]float64{0.8, 0.2}, [2]float64{0.2, 0.8})
	case "circle":
		p.add(page.Rect{X: inner.x, Y: inner.y, W: inner.w, H: inner.h, Radius: inner.w / 2, Fill: &color})
	case "square":
		p.add(page.Rect{X: inner.x, Y: inner.y, W: inner.w, H: inner.h, Fill: &color})
	case "diamond":
		chain([2]float64{0.5, 0.2}, [2]float64{0.8, 0.5}, [2]float64{0.5, 0.8}, [2]float64{0.2, 0.5}, [2]float64{0.5, 0.2})
	case "star":
		var points [][2]float64
		for i := range 6 {
			sin, cos := math.Sincos(float64(i)*4*math.Pi/5 - math.Pi/2)
			points = append(points, [2]float64{0.5 + 0.38*cos, 0.52 + 0.38*sin})
		}
		chain(points...)
	default:
		chain([2]float64{0.2, 0.52}, [2]float64{0.42, 0.75}, [2]float64{0.8, 0.25})
	}
}
