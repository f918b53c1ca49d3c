package ddx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// textStyle is how a run of text looks.
type textStyle struct {
	family       string
	size         float64
	bold, italic bool
	color        [3]float64
	align        string
	underline    bool
	strike       bool
}

func (s textStyle) face() pdf.Face { return pdf.NewFace(s.family, s.bold, s.italic) }

const maxFontSize = 1000

func fontSize(v string) (float64, bool) {
	n, ok := parseLength(v)
	return n, ok && n > 0 && n <= maxFontSize
}

func fontSizeCheck(v string) string {
	if _, ok := fontSize(v); !ok {
		return "a size such as 12pt"
	}
	return ""
}

// colors are the sixteen of CSS 1, and orange.
var colors = map[string]string{
	"black": "000000", "silver": "c0c0c0", "gray": "808080", "grey": "808080", "white": "ffffff", "maroon": "800000",
	"red": "ff0000", "purple": "800080", "fuchsia": "ff00ff", "green": "008000", "lime": "00ff00", "olive": "808000",
	"yellow": "ffff00", "navy": "000080", "blue": "0000ff", "teal": "008080", "aqua": "00ffff", "orange": "ffa500",
}

func parseColor(v string) (c [3]float64, ok bool) {
	v = strings.ToLower(strings.TrimSpace(v))
	if inner, found := strings.CutPrefix(v, "rgb("); found {
		return parseRGB(strings.TrimSuffix(inner, ")"))
	}
	digits, ok := colors[v]
	if !ok {
		if digits, ok = strings.CutPrefix(v, "#"); !ok {
			return c, false
		}
	}
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		return c, false
	}
	return [3]float64{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

func parseRGB(s string) (c [3]float64, ok bool) {
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return c, false
	}
	for i, p := range parts {
		n, ok := parseInteger(p)
		if !ok || n < 0 || n > 255 {
			return c, false
		}
		c[i] = float64(n) / 255
	}
	return c, true
}

func colorCheck(v string) string {
	if _, ok := parseColor(v); !ok {
		return "a color such as red, #ff0000 or rgb(255,0,0)"
	}
	return ""
}

func fontCheck(v string) string {
	if _, err := (textStyle{}).font(v); err != nil {
		return "a font such as bold 12pt Arial"
	}
	return ""
}

// font reads the shorthand: weights, slants, a size and a family, as CSS has them ("bold 12pt Arial") or as examples of
// DDX do ("Arial,12pt").
func (s textStyle) font(v string) (textStyle, error) {
	var families []string
	for _, part := range strings.Split(v, ",") {
		var family []string
		for _, w := range strings.Fields(part) {
			size, ok := fontSize(w)
			switch {
			case w == "normal":
			case w == "bold":
				s.bold = true
			case w == "italic" || w == "oblique":
				s.italic = true
			case ok:
				s.size = size
			default:
				family = append(family, w)
			}
		}
		if len(family) > 0 {
			families = append(families, strings.Join(family, " "))
		}
	}
	if strings.Trim(v, ", \t\r\n") == "" {
		return s, fmt.Errorf("empty")
	}
	if len(families) > 0 {
		s.family = strings.Join(families, ", ")
	}
	return s, nil
}

func styleCheck(v string) string {
	if _, err := (textStyle{}).css(v); err != nil {
		return "CSS such as font-size: 12pt; color: red (" + err.Error() + ")"
	}
	return ""
}

// cssProperties are those that styled text can have, as attributes too.
func cssProperties() map[string]check {
	return map[string]check{
		"font-family": notEmpty, "font-size": fontSizeCheck, "font-weight": oneOf("normal", "bold"),
		"font-style": oneOf("normal", "italic", "oblique"), "color": colorCheck, "text-align": oneOf("left", "center", "right"),
		"text-decoration": oneOf("none", "underline", "line-through"), "font": fontCheck,
	}
}

// css applies declarations.
func (s textStyle) css(declarations string) (textStyle, error) {
	properties := cssProperties()
	for _, d := range strings.Split(declarations, ";") {
		if strings.TrimSpace(d) == "" {
			continue
		}
		name, value, ok := strings.Cut(d, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		c, known := properties[name]
		if !ok || !known {
			return s, fmt.Errorf("%q is not emulated", short(name))
		}
		if want := c(value); want != "" {
			return s, fmt.Errorf("%q must be %s", short(name), want)
		}
		s = s.with(name, value)
	}
	return s, nil
}

// with applies one property, which was checked.
func (s textStyle) with(name, value string) textStyle {
	switch name {
	case "font-family":
		s.family = value
	case "font-size":
		s.size, _ = fontSize(value)
	case "font-weight":
		s.bold = value == "bold"
	case "font-style":
		s.italic = value != "normal"
	case "color":
		s.color, _ = parseColor(value)
	case "text-align":
		s.align = value
	case "text-decoration":
		s.underline, s.strike = value == "underline", value == "line-through"
	case "font":
		s, _ = s.font(value)
	case "style":
		s, _ = s.css(value)
	}
	return s
}

// apply applies an element's attributes; the shorthand and style come first.
func (s textStyle) apply(n *node) textStyle {
	for _, name := range []string{"style", "font"} {
		if v, ok := n.attrs[name]; ok {
			s = s.with(name, v)
		}
	}
	for _, name := range sorted(n.attrs) {
		if name != "style" && name != "font" {
			s = s.with(name, n.attrs[name])
		}
	}
	switch n.name {
	case "b":
		s.bold = true
	case "i":
		s.italic = true
	}
	return s
}
