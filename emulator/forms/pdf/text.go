package pdf

import (
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Face is one of the standard fonts that every viewer has: "Helvetica", "Times-BoldItalic" and so on. They have the
// characters of Windows code page 1252, and no more.
type Face string

// NewFace returns the standard font that comes closest to a family's name: Courier for monospaced ones, Times for those
// with serifs, Helvetica for all others.
func NewFace(family string, bold, italic bool) Face {
	name := strings.ToLower(family)
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(name, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("cour", "mono", "consol"):
		return Face("Courier" + style(bold, italic, "Oblique", ""))
	case has("times", "tiro", "georgia", "garamond", "minion", "cambria") || has("serif") && !has("sans"):
		return Face("Times" + style(bold, italic, "Italic", "-Roman"))
	}
	return Face("Helvetica" + style(bold, italic, "Oblique", ""))
}

func style(bold, italic bool, slanted, plain string) string {
	switch {
	case bold && italic:
		return "-Bold" + slanted
	case bold:
		return "-Bold"
	case italic:
		return "-" + slanted
	}
	return plain
}

// Width returns the width of a text in points; characters that the font has not count as a question mark.
func (f Face) Width(s string, size float64) float64 {
	total := 0
	for _, b := range winAnsi(s) {
		w, err := font.CharWidth(string(f), rune(b))
		if err != nil {
			w = 600 // not a face of NewFace
		}
		total += w
	}
	return float64(total) * size / 1000
}

// Ascent and descent, as parts of the size, that suit all faces.
const (
	ascent  = 0.76
	descent = 0.22
)

// Dict returns the font dictionary.
func (f Face) Dict() types.Dict {
	return types.Dict{
		"Type": types.Name("Font"), "Subtype": types.Name("Type1"), "BaseFont": types.Name(string(f)),
		"Encoding": types.Name("WinAnsiEncoding"),
	}
}

// ShowText returns the operand of the operator Tj, in the encoding of the faces, and how many characters were replaced by
// question marks because the faces have them not.
func ShowText(s string) (operand string, replaced int) {
	var b strings.Builder
	b.WriteByte('(')
	for _, r := range s {
		c, ok := winAnsiByte(r)
		if !ok {
			replaced++
		}
		if c == '(' || c == ')' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	b.WriteByte(')')
	return b.String(), replaced
}

func winAnsi(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		c, _ := winAnsiByte(r)
		out = append(out, c)
	}
	return out
}

// high holds the characters 0x80 to 0x9F of Windows code page 1252; those that are not assigned are spaces.
const high = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ"

func winAnsiByte(r rune) (byte, bool) {
	switch {
	case r >= ' ' && r <= '~', r >= 0xA0 && r <= 0xFF:
		return byte(r), true
	case r == '\t' || r == '\n' || r == '\r':
		return ' ', true
	}
	i := byte(0x80)
	for _, h := range high {
		if h == r {
			return i, true
		}
		i++
	}
	return '?', false
}
