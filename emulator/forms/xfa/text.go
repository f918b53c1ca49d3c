package xfa

import (
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// span is a text in one style. A line feed in it ends the line.
type span struct {
	text  string
	style style
}

// paragraph is a run of text that is aligned as one.
type paragraph struct {
	spans []span
	style style // of an empty paragraph
	para  paraStyle
}

// plainText makes a paragraph of a value. Its line feeds stay.
func plainText(value string, s style, p paraStyle) []paragraph {
	value = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(value)
	para := paragraph{style: s, para: p}
	if value != "" {
		para.spans = []span{{text: value, style: s}}
	}
	return []paragraph{para}
}

// richReader makes paragraphs of an XHTML body.
type richReader struct {
	paras []paragraph
	open  bool // the last paragraph takes more
	space bool // the last character was a space that may be dropped
	embed func(ref string) string
	items []int // of the lists that are open, the outermost first: the number of the last item; -1 has bullets
}

// richText makes paragraphs of an XHTML body. Embed returns the text of an embedded object.
func richText(body *node, s style, p paraStyle, embed func(ref string) string) []paragraph {
	r := richReader{embed: embed}
	r.container(body, s, p)
	return r.paras
}

// start begins a paragraph.
func (r *richReader) start(s style, p paraStyle) {
	r.paras = append(r.paras, paragraph{style: s, para: p})
	r.open, r.space = true, true
}

func (r *richReader) add(text string, s style, p paraStyle) {
	if text == "" {
		return
	}
	if !r.open {
		if strings.TrimSpace(text) == "" && text != "\n" && !strings.Contains(text, "\u00a0") {
			return
		}
		r.start(s, p)
	}
	last := &r.paras[len(r.paras)-1]
	last.spans = append(last.spans, span{text: text, style: s})
}

// container reads the content of an element.
func (r *richReader) container(n *node, s style, p paraStyle) {
	for _, c := range n.children {
		if c.isText() {
			r.add(r.collapse(c.text), s, p)
			continue
		}
		r.element(c, s, p)
	}
}

// collapse makes one space of each run of white space, as HTML does.
func (r *richReader) collapse(text string) string {
	var b strings.Builder
	for _, c := range text {
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			if !r.space {
				b.WriteByte(' ')
			}
			r.space = true
			continue
		}
		r.space = false
		b.WriteRune(c)
	}
	return b.String()
}

func (r *richReader) element(n *node, s style, p paraStyle) {
	css := parseCSS(n.attr("style"))
	switch n.name {
	case "br":
		r.add("\n", s, p)
		r.space = true
		return
	case "b", "strong":
		s.font.Bold = true
	case "i", "em":
		s.font.Italic = true
	case "u":
		s.underline = true
	case "s", "strike", "del":
		s.strike = true
	case "sup":
		s.font.Size, s.shift = s.font.Size*0.66, s.font.Size*0.33
	case "sub":
		s.font.Size, s.shift = s.font.Size*0.66, -s.font.Size*0.15
	case "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6":
		r.block(n, css.style(s), css.para(p, s))
		return
	case "ul", "ol":
		r.list(n, css.style(s), css.para(p, s))
		return
	}
	s = css.style(s)
	if r.special(n, css, s, p) {
		return
	}
	r.container(n, s, css.para(p, s))
}

// list reads a list, whose items are numbered or have bullets.
func (r *richReader) list(n *node, s style, p paraStyle) {
	const indent = 18
	p.left += indent
	first := -1
	if n.name == "ol" {
		first = 0
	}
	r.items, r.open = append(r.items, first), false
	r.container(n, s, p)
	r.items, r.open = r.items[:len(r.items)-1], false
}

// marker returns what stands before an item of the innermost list.
func (r *richReader) marker() string {
	last := len(r.items) - 1
	if last < 0 || r.items[last] < 0 {
		return "•\u00a0"
	}
	r.items[last]++
	return strconv.Itoa(r.items[last]) + ".\u00a0"
}

// special reads spans that stand for something: spaces, tabs, embedded objects.
func (r *richReader) special(n *node, css css, s style, p paraStyle) bool {
	if css["xfa-spacerun"] == "yes" {
		r.add(strings.ReplaceAll(n.content(), "\u00a0", " "), s, p)
		return true
	}
	if count, err := strconv.Atoi(css["xfa-tab-count"]); err == nil && count > 0 {
		r.add(strings.Repeat("\t", min(count, 100)), s, p)
		return true
	}
	if ref := n.attr("embed"); ref != "" && r.embed != nil {
		r.add(r.embed(ref), s, p)
		r.space = false
		return true
	}
	return false
}

// block reads an element that is a paragraph of its own.
func (r *richReader) block(n *node, s style, p paraStyle) {
	if size := headingSizes[n.name]; size != 0 {
		s.font.Size, s.font.Bold = s.font.Size*size, true
	}
	hasBlocks := false
	for _, c := range n.elements() {
		hasBlocks = hasBlocks || c.name == "p" || c.name == "div" || c.name == "ul" || c.name == "ol"
	}
	if !hasBlocks {
		r.start(s, p)
	}
	if n.name == "li" {
		r.add(r.marker(), s, p)
	}
	r.container(n, s, p)
	if last := len(r.paras) - 1; r.open && last >= 0 {
		r.paras[last].trim()
	}
	r.open = false
}

var headingSizes = map[string]float64{"h1": 2, "h2": 1.5, "h3": 1.17, "h4": 1, "h5": 0.83, "h6": 0.67}

// trim drops the space at the end of a paragraph.
func (p *paragraph) trim() {
	if n := len(p.spans); n > 0 {
		p.spans[n-1].text = strings.TrimRight(p.spans[n-1].text, " ")
	}
}

// css are the properties of a style attribute.
type css map[string]string

func parseCSS(s string) css {
	if s == "" {
		return nil
	}
	c := css{}
	for _, declaration := range strings.Split(s, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		if ok {
			c[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return c
}

// style lays the properties over a style.
func (c css) style(s style) style {
	if face, ok := c["font-family"]; ok {
		s.font.Family = familyOf(face)
	}
	if size, ok := cssMeasure(c["font-size"], s.font.Size, 1); ok && size > 0 {
		s.font.Size = min(size, maxFontSize)
	}
	if weight, ok := c["font-weight"]; ok {
		number, err := strconv.Atoi(weight)
		s.font.Bold = weight == "bold" || weight == "bolder" || err == nil && number >= 600
	}
	if posture, ok := c["font-style"]; ok {
		s.font.Italic = posture == "italic" || posture == "oblique"
	}
	if decoration, ok := c["text-decoration"]; ok {
		s.underline = strings.Contains(decoration, "underline")
		s.strike = strings.Contains(decoration, "line-through")
	}
	if value, ok := c["color"]; ok {
		s.color = cssColor(value, s.color)
	}
	if spacing, ok := cssMeasure(c["letter-spacing"], s.font.Size, 1); ok {
		s.spacing = spacing
	}
	switch shift := c["vertical-align"]; {
	case shift == "super":
		s.shift = s.font.Size * 0.33
	case shift == "sub":
		s.shift = -s.font.Size * 0.15
	case shift != "":
		if v, ok := cssMeasure(shift, s.font.Size, 1); ok {
			s.shift = v
		}
	}
	return s
}

// para lays the properties over how a paragraph looks.
func (c css) para(p paraStyle, s style) paraStyle {
	if value, ok := c["text-align"]; ok {
		p.align = alignOf(value)
	}
	for name, to := range map[string]*float64{
		"margin-top": &p.above, "margin-bottom": &p.below, "margin-left": &p.left, "margin-right": &p.right,
		"text-indent": &p.indent,
	} {
		if v, ok := cssMeasure(c[name], s.font.Size, 1); ok {
			*to = v
		}
	}
	if v, ok := cssMeasure(c["line-height"], s.font.Size, s.font.Size); ok {
		p.lineHeight = max(0, v)
	}
	return p
}

// cssMeasure reads a measure in a text of a size. What has no unit is in the unit given, in points.
func cssMeasure(value string, size, unit float64) (float64, bool) {
	if plain, ok := parsePlain(value); ok {
		return max(-maxMeasure, min(maxMeasure, plain*unit)), true
	}
	if percent, ok := strings.CutSuffix(value, "%"); ok {
		plain, ok := parsePlain(percent)
		return max(-maxMeasure, min(maxMeasure, plain*size/100)), ok
	}
	return parseMeasure(value, size)
}

// cssColor reads #rgb, #rrggbb, rgb(r,g,b) and the basic names.
func cssColor(value string, otherwise page.Color) page.Color {
	value = strings.ToLower(strings.TrimSpace(value))
	if rgb, ok := cssNames[value]; ok {
		return rgb
	}
	if inner, ok := strings.CutPrefix(value, "rgb("); ok {
		return parseColor(strings.TrimSuffix(inner, ")"), otherwise)
	}
	hex, ok := strings.CutPrefix(value, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if !ok || len(hex) != 6 || err != nil {
		return otherwise
	}
	return page.Color{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v)}
}

var cssNames = map[string]page.Color{
	"black": {}, "white": {R: 255, G: 255, B: 255}, "red": {R: 255}, "green": {G: 128}, "blue": {B: 255},
	"gray": {R: 128, G: 128, B: 128}, "grey": {R: 128, G: 128, B: 128}, "silver": {R: 192, G: 192, B: 192}, "navy": {B: 128},
	"maroon": {R: 128}, "teal": {G: 128, B: 128}, "purple": {R: 128, B: 128}, "olive": {R: 128, G: 128},
	"yellow": {R: 255, G: 255}, "orange": {R: 255, G: 165},
}
