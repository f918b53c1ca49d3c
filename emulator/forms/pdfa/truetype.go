package pdfa

import (
	"encoding/binary"
	"math"
	"slices"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// glyph is a character of a substitute, the character in whose place it stands, which is mostly the same, and the width it
// gets, in thousandths of an em. Width 0 keeps the font's own.
type glyph struct {
	char, at rune
	width    int
}

// program is a TrueType font that was built, and what a document says about it, in thousandths of an em.
type program struct {
	data                 []byte
	widths               map[rune]int // by the characters in whose places the glyphs stand
	xMin, yMin           int
	xMax, yMax           int
	unitsPerEm, maxWidth int
	ascent, descent      int
}

// outline is a glyph in font units.
type outline struct {
	contours [][]point
	advance  int
}

type point struct {
	x, y int
	on   bool
}

// buildFont makes a font of some characters of another one, each stretched to a width. The outlines are free of hints.
func buildFont(source []byte, glyphs []glyph) (*program, error) {
	f, err := sfnt.Parse(source)
	if err != nil {
		return nil, err
	}
	p := &program{widths: map[rune]int{}, unitsPerEm: int(f.UnitsPerEm())}
	var buf sfnt.Buffer
	em := fixed.I(p.unitsPerEm)
	metrics, err := f.Metrics(&buf, em, 0)
	if err != nil {
		return nil, err
	}
	p.ascent, p.descent = metrics.Ascent.Round(), -metrics.Descent.Round()
	glyphs = slices.Clone(glyphs)
	slices.SortFunc(glyphs, func(a, b glyph) int { return int(a.at - b.at) })
	missing, err := load(f, &buf, 0, em, 0)
	if err != nil {
		return nil, err
	}
	outlines, chars := []outline{missing}, []rune{}
	for _, g := range glyphs {
		i, err := f.GlyphIndex(&buf, g.char)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		o, err := load(f, &buf, i, em, g.width)
		if err != nil {
			return nil, err
		}
		outlines, chars = append(outlines, o), append(chars, g.at)
		p.widths[g.at] = int(math.Round(float64(o.advance) * 1000 / float64(p.unitsPerEm)))
	}
	p.assemble(outlines, chars)
	return p, nil
}

// load reads a glyph and stretches it to a width.
func load(f *sfnt.Font, buf *sfnt.Buffer, i sfnt.GlyphIndex, em fixed.Int26_6, width int) (outline, error) {
	advance, err := f.GlyphAdvance(buf, i, em, 0)
	if err != nil {
		return outline{}, err
	}
	o := outline{advance: advance.Round()}
	stretch := 1.0
	if width > 0 && o.advance > 0 {
		wanted := float64(width) * float64(f.UnitsPerEm()) / 1000
		stretch = wanted / float64(o.advance)
		o.advance = int(math.Round(wanted))
	}
	segments, err := f.LoadGlyph(buf, i, em, nil)
	if err != nil {
		return outline{}, err
	}
	at := func(p fixed.Point26_6, on bool) point {
		return point{int(math.Round(float64(p.X) / 64 * stretch)), -p.Y.Round(), on}
	}
	for _, s := range segments {
		if s.Op == sfnt.SegmentOpMoveTo {
			o.contours = append(o.contours, nil)
		}
		if len(o.contours) == 0 {
			continue
		}
		last := &o.contours[len(o.contours)-1]
		if s.Op == sfnt.SegmentOpQuadTo {
			*last = append(*last, at(s.Args[0], false), at(s.Args[1], true))
			continue
		}
		*last = append(*last, at(s.Args[0], true))
	}
	for n, c := range o.contours {
		if len(c) > 1 && c[0] == c[len(c)-1] {
			o.contours[n] = c[:len(c)-1]
		}
	}
	return o, nil
}

// assemble writes the tables of the font.
func (p *program) assemble(outlines []outline, chars []rune) {
	var glyf, loca, hmtx []byte
	points, contours := 0, 0
	p.xMin, p.yMin, p.xMax, p.yMax = math.MaxInt16, math.MaxInt16, math.MinInt16, math.MinInt16
	for _, o := range outlines {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		data, left, n := p.encode(o)
		glyf = append(glyf, data...)
		hmtx = u16(hmtx, o.advance, left)
		p.maxWidth = max(p.maxWidth, o.advance)
		points, contours = max(points, n), max(contours, len(o.contours))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	n := len(outlines)
	head := u16([]byte{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x5F, 0x0F, 0x3C, 0xF5}, 0x000B, p.unitsPerEm)
	head = append(head, make([]byte, 16)...) // the dates
	head = u16(head, p.xMin, p.yMin, p.xMax, p.yMax, 0, 8, 2, 1, 0)
	hhea := u16([]byte{0, 1, 0, 0}, p.ascent, p.descent, 0, p.maxWidth, 0, 0, p.xMax, 1, 0, 0, 0, 0, 0, 0, 0, n)
	maxp := u16([]byte{0, 1, 0, 0}, n, points, contours, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
	post := make([]byte, 32)
	post[1] = 3
	p.data = join([]table{
		{"cmap", characterMap(chars)}, {"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca},
		{"maxp", maxp}, {"post", post},
	})
}

// encode writes a glyph, and returns its left side and the number of its points.
func (p *program) encode(o outline) ([]byte, int, int) {
	if len(o.contours) == 0 {
		return nil, 0, 0
	}
	x1, y1, x2, y2 := math.MaxInt16, math.MaxInt16, math.MinInt16, math.MinInt16
	var ends, flags, xs, ys []byte
	n, x, y := 0, 0, 0
	for _, c := range o.contours {
		for _, q := range c {
			x1, y1, x2, y2 = min(x1, q.x), min(y1, q.y), max(x2, q.x), max(y2, q.y)
			flag := byte(0)
			if q.on {
				flag = 1
			}
			flags, xs, ys = append(flags, flag), u16(xs, q.x-x), u16(ys, q.y-y)
			x, y = q.x, q.y
			n++
		}
		ends = u16(ends, n-1)
	}
	p.xMin, p.yMin, p.xMax, p.yMax = min(p.xMin, x1), min(p.yMin, y1), max(p.xMax, x2), max(p.yMax, y2)
	b := u16(nil, len(o.contours), x1, y1, x2, y2)
	b = slices.Concat(b, ends, []byte{0, 0}, flags, xs, ys)
	return append(b, make([]byte, -len(b)&3)...), x1, n
}

// characterMap is a table of format 4 with a segment for each character. Glyphs are in the order of chars, from 1.
func characterMap(chars []rune) []byte {
	n := len(chars) + 1
	var ends, starts, deltas []byte
	for i, c := range chars {
		ends, starts, deltas = u16(ends, int(c)), u16(starts, int(c)), u16(deltas, i+1-int(c))
	}
	ends, starts, deltas = u16(ends, 0xFFFF), u16(starts, 0xFFFF), u16(deltas, 1)
	power := 1
	exponent := 0
	for power*2 <= n {
		power *= 2
		exponent++
	}
	b := u16(nil, 4, 16+8*n, 0, 2*n, 2*power, exponent, 2*n-2*power)
	b = slices.Concat(b, ends, []byte{0, 0}, starts, deltas, make([]byte, 2*n))
	return append(u16(nil, 0, 1, 3, 1, 0, 12), b...)
}

type table struct {
	name string
	data []byte
}

// join writes tables, which are sorted by name, as a font file.
func join(tables []table) []byte {
	n, power, exponent := len(tables), 1, 0
	for power*2 <= n {
		power *= 2
		exponent++
	}
	file := u16([]byte{0, 1, 0, 0}, n, 16*power, exponent, 16*(n-power))
	at := len(file) + 16*n
	var body []byte
	headAt := 0
	for _, t := range tables {
		padded := append(slices.Clone(t.data), make([]byte, -len(t.data)&3)...)
		if t.name == "head" {
			headAt = at + len(body)
		}
		file = append(file, t.name...)
		file = binary.BigEndian.AppendUint32(file, checksum(padded))
		file = binary.BigEndian.AppendUint32(file, uint32(at+len(body)))
		file = binary.BigEndian.AppendUint32(file, uint32(len(t.data)))
		body = append(body, padded...)
	}
	file = append(file, body...)
	binary.BigEndian.PutUint32(file[headAt+8:], 0xB1B0AFBA-checksum(file))
	return file
}

func checksum(b []byte) uint32 {
	var sum uint32
	for i := 0; i+4 <= len(b); i += 4 {
		sum += binary.BigEndian.Uint32(b[i:])
	}
	return sum
}

func u16(b []byte, values ...int) []byte {
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	return b
}
