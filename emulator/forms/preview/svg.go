package preview

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// picture collects the elements of an SVG document. It stops growing past MaxOutput, which full tells.
type picture struct {
	buf    bytes.Buffer
	nextID int
}

func (p *picture) full() bool { return p.buf.Len() > MaxOutput }

func (p *picture) printf(format string, args ...any) {
	if !p.full() {
		fmt.Fprintf(&p.buf, format, args...)
	}
}

func (p *picture) id(kind string) string {
	p.nextID++
	return kind + strconv.Itoa(p.nextID)
}

// num writes a number with at most three digits after the point. What is no number, or absurdly large, is bounded.
func num(v float64) string {
	const most = 1e7
	if math.IsNaN(v) {
		v = 0
	}
	v = math.Round(min(max(v, -most), most)*1000) / 1000
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// fine writes a number of a transformation, which may be small.
func fine(v float64) string {
	if math.IsNaN(v) || math.Abs(v) > 1e7 {
		return num(v)
	}
	return strconv.FormatFloat(v, 'g', 7, 64)
}

func (m matrix) attribute() string {
	return fmt.Sprintf(`transform="matrix(%s %s %s %s %s %s)"`, fine(m.a), fine(m.b), fine(m.c), fine(m.d), num(m.e), num(m.f))
}

// escape writes a text for XML. Characters that XML has not are left out.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\'':
			b.WriteString("&#39;")
		case r < ' ' || r == 0xFFFE || r == 0xFFFF:
		default:
			b.WriteRune(r) // what is not UTF-8 comes as U+FFFD
		}
	}
	return b.String()
}
