package xfa

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/imsx/imsx/emulator/forms/page"
)

// style is how characters look.
type style struct {
	font              page.Font
	color             page.Color
	underline, strike bool
	shift             float64 // of the baseline, upwards
	spacing           float64 // behind each letter
}

// width returns how far a text goes.
func (s style) width(fonts *page.Fonts, text string) float64 {
	return fonts.Width(s.font, text) + s.spacing*float64(utf8.RuneCountInString(text))
}

// The sizes of fonts, in points.
const (
	defaultFontSize = 10.0
	maxFontSize     = 1000.0
)

// defaultStyle is that of an object without a font element.
var defaultStyle = style{font: page.Font{Family: page.Mono, Size: defaultFontSize}}

// styleOf reads a font element over what holds around it.
func styleOf(n *node, around style) style {
	s := around
	if n == nil {
		return s
	}
	if face, ok := n.lookAttr("typeface"); ok {
		s.font.Family = familyOf(face)
	}
	if size, ok := n.lookAttr("size"); ok {
		if v, ok := parsePoints(size); ok && v > 0 {
			s.font.Size = min(v, maxFontSize)
		}
	}
	if weight, ok := n.lookAttr("weight"); ok {
		s.font.Bold = weight == "bold"
	}
	if posture, ok := n.lookAttr("posture"); ok {
		s.font.Italic = posture == "italic"
	}
	if underline, ok := n.lookAttr("underline"); ok {
		s.underline = underline == "1" || underline == "2"
	}
	if through, ok := n.lookAttr("lineThrough"); ok {
		s.strike = through == "1" || through == "2"
	}
	if spacing, ok := parseMeasure(n.attr("letterSpacing"), s.font.Size); ok {
		s.spacing = spacing
	}
	if shift, ok := n.measure("baselineShift"); ok {
		s.shift = -shift
	}
	if fill := n.child("fill"); fill != nil {
		s.color = colorOf(fill.child("color"), s.color)
	}
	return s
}

// parsePoints reads the size of a font, which is in points if it has no unit.
func parsePoints(s string) (float64, bool) {
	if v, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && v == v {
		return max(0, min(v, maxFontSize)), true
	}
	return parseMeasure(s, defaultFontSize)
}

// families are words in the names of typefaces that are not of the family Sans.
var families = []struct {
	word   string
	family page.Family
}{
	{"sans", page.Sans}, {"courier", page.Mono}, {"mono", page.Mono}, {"consolas", page.Mono}, {"lucida console", page.Mono},
	{"typewriter", page.Mono}, {"ocr", page.Mono}, {"fixed", page.Mono}, {"times", page.Serif}, {"serif", page.Serif},
	{"roman", page.Serif}, {"georgia", page.Serif}, {"garamond", page.Serif}, {"minion", page.Serif},
	{"palatino", page.Serif}, {"book antiqua", page.Serif},
	{"cambria", page.Serif}, {"century", page.Serif}, {"caslon", page.Serif}, {"baskerville", page.Serif},
}

// familyOf returns the family of a typeface by its name.
func familyOf(face string) page.Family {
	face = strings.ToLower(face)
	for _, f := range families {
		if strings.Contains(face, f.word) {
			return f.family
		}
	}
	return page.Sans
}

// colorOf reads a color element, such as value="255,0,0".
func colorOf(n *node, otherwise page.Color) page.Color {
	value, ok := n.lookAttr("value")
	if !ok {
		return otherwise
	}
	return parseColor(value, otherwise)
}

// parseColor reads three numbers, such as "255,0,0".
func parseColor(value string, otherwise page.Color) page.Color {
	parts := strings.Split(value, ",")
	if len(parts) != 3 {
		return otherwise
	}
	var rgb [3]uint8
	for i, p := range parts {
		v, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil {
			return otherwise
		}
		rgb[i] = uint8(max(0, min(255, v)))
	}
	return page.Color{R: rgb[0], G: rgb[1], B: rgb[2]}
}

// align is where text stands across.
type align int

const (
	alignLeft align = iota
	alignCenter
	alignRight
	alignJustify
	alignJustifyAll
)

// paraStyle is how a paragraph looks.
type paraStyle struct {
	align        align
	vertical     string // "top", "middle" or "bottom"
	above, below float64
	left, right  float64
	indent       float64
	lineHeight   float64 // 0 for that of the fonts
	// The least lines of a paragraph that stand at the end of a page, and at the start of the next.
	orphans, widows int
}

// paraOf reads a para element over what holds around it.
func paraOf(n *node, around paraStyle) paraStyle {
	p := around
	if a, ok := n.lookAttr("hAlign"); ok {
		p.align = alignOf(a)
	}
	if v, ok := n.lookAttr("vAlign"); ok {
		p.vertical = v
	}
	p.above = n.length("spaceAbove", p.above)
	p.below = n.length("spaceBelow", p.below)
	p.left = n.length("marginLeft", p.left)
	p.right = n.length("marginRight", p.right)
	p.indent = n.length("textIndent", p.indent)
	p.orphans, p.widows = n.number("orphans", p.orphans), n.number("widows", p.widows)
	if height, ok := n.lookAttr("lineHeight"); ok {
		p.lineHeight, _ = parsePoints(height)
	}
	return p
}

func alignOf(name string) align {
	switch name {
	case "center":
		return alignCenter
	case "right", "radix":
		return alignRight
	case "justify":
		return alignJustify
	case "justifyAll":
		return alignJustifyAll
	}
	return alignLeft
}
