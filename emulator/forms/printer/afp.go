package printer

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/imsx/imsx/emulator/forms/page"
)

// The structured fields of MO:DCA that a document is made of: begin and end of the document, of a page, of its active
// environment group and of presentation text; fonts, page and text descriptors; text data.
const (
	fieldBDT = 0xD3A8A8
	fieldEDT = 0xD3A9A8
	fieldBPG = 0xD3A8AF
	fieldEPG = 0xD3A9AF
	fieldBAG = 0xD3A8C9
	fieldEAG = 0xD3A9C9
	fieldMCF = 0xD3AB8A
	fieldPGD = 0xD3A6AF
	fieldPTD = 0xD3B19B
	fieldBPT = 0xD3A89B
	fieldEPT = 0xD3A99B
	fieldPTX = 0xD3EE9B
)

// The control sequences of presentation text.
const (
	textAMI  = 0xC6 // go to a place along the line
	textAMB  = 0xD2 // go to a line
	textSTO  = 0xF6 // set the directions of text and of lines
	textSCFL = 0xF0 // use a font
	textSEC  = 0x80 // set a color
	textTRN  = 0xDA // transparent data: the characters
	textDIR  = 0xE4 // draw a rule along the line
	textDBR  = 0xE6 // draw a rule across the lines
)

const (
	afpCoordinate = 32767 // greatest
	afpFonts      = 127   // on one page, by their numbers
	afpTextField  = 8000  // bytes of text data in one field, below the 32 KiB that a field may have
)

// AFP writes a document as MO:DCA structured fields with presentation text (PTOCA) in EBCDIC code page 500. Places are in
// units of the resolution from the upper left corner of the page, so a page is at most 32767 units wide and high. Fonts are
// outline fonts named by their character sets, at most 127 combinations of font and size on a page; further ones use the last.
func AFP(w io.Writer, d *page.Document, o AFPOptions) error {
	if err := check(d); err != nil {
		return err
	}
	resolution, err := checkRange("resolution", o.Resolution, 300, 72, 2400)
	if err != nil {
		return err
	}
	if err := checkLabels(d, "AFP at this resolution", float64(afpCoordinate*72/resolution)); err != nil {
		return err
	}
	a := &afp{output: newOutput(w), resolution: resolution}
	a.field(fieldBDT, append(afpName("IMSXDOC"), 0, 0))
	for i, p := range d.Pages {
		a.page(i+1, p)
	}
	a.field(fieldEDT, afpName("IMSXDOC"))
	return a.done()
}

type afp struct {
	output
	resolution int
	data       []byte // text data that is not yet in a field
}

func (a *afp) units(points float64) int { return units(points, float64(a.resolution)) }

// field writes a structured field: the byte 5A, the length of what follows, the field's number, flags, and its data.
func (a *afp) field(id int, data []byte) {
	head := binary.BigEndian.AppendUint16([]byte{0x5A}, uint16(8+len(data)))
	a.bytes(append(head, byte(id>>16), byte(id>>8), byte(id), 0, 0, 0))
	a.bytes(data)
}

// afpName writes a name of eight EBCDIC characters.
func afpName(s string) []byte { return encode(fmt.Sprintf("%-8.8s", s), ebcdic500) }

func (a *afp) page(n int, p page.Page) {
	name := afpName(fmt.Sprintf("P%07d", n))
	fonts := pageFonts(p)
	a.field(fieldBPG, name)
	a.field(fieldBAG, name)
	if len(fonts) > 0 {
		a.field(fieldMCF, fontMap(fonts))
	}
	a.field(fieldPGD, append(a.extent(p), 0, 0, 0))
	a.field(fieldPTD, append(a.extent(p), 0, 0))
	a.field(fieldEAG, name)
	a.field(fieldBPT, name)
	a.data = []byte{0x2B, 0xD3}
	for _, item := range p.Items {
		rules, text := parts(item)
		for _, r := range rules {
			if r, ok := r.onPage(p); ok {
				a.rule(r)
			}
		}
		if text != nil {
			a.run(*text, p, fonts)
		}
	}
	a.flush()
	a.field(fieldEPT, name)
	a.field(fieldEPG, name)
}

// extent writes units for ten inches in both directions, and the size of a page in them.
func (a *afp) extent(p page.Page) []byte {
	b := []byte{0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(10*a.resolution))
	b = binary.BigEndian.AppendUint16(b, uint16(10*a.resolution))
	for _, v := range []float64{p.Width, p.Height} {
		u := a.units(v)
		b = append(b, byte(u>>16), byte(u>>8), byte(u))
	}
	return b
}

// control appends a control sequence to the text data. Sequences are not chained: each has a prefix of its own.
func (a *afp) control(id byte, data ...byte) {
	if len(a.data) > afpTextField {
		a.flush()
	}
	if len(a.data) == 0 {
		a.data = append(a.data, 0x2B, 0xD3)
	}
	if len(a.data) > 2 {
		a.data = append(a.data, 0x2B, 0xD3)
	}
	a.data = append(a.data, byte(2+len(data)), id)
	a.data = append(a.data, data...)
}

func (a *afp) flush() {
	if len(a.data) > 2 {
		a.field(fieldPTX, a.data)
	}
	a.data = nil
}

func (a *afp) coordinate(id byte, points float64) {
	v := uint16(int16(min(max(a.units(points), -afpCoordinate), afpCoordinate)))
	a.control(id, byte(v>>8), byte(v))
}

// orientations holds the directions of text and of lines, clockwise in degrees with seven bits after them, by turns
// counterclockwise.
var orientations = [4][4]byte{
	{0x00, 0x00, 0x2D, 0x00}, {0x87, 0x00, 0x00, 0x00}, {0x5A, 0x00, 0x87, 0x00}, {0x2D, 0x00, 0x5A, 0x00},
}

func (a *afp) run(r run, p page.Page, fonts []page.Font) {
	b := encode(r.Text.Text, ebcdic500)
	if len(b) == 0 {
		return
	}
	o := orientations[r.turns]
	a.control(textSTO, o[:]...)
	a.control(textSCFL, fontNumber(fonts, r.Font))
	a.color(r.Color)
	along, across := r.X, r.Y
	switch r.turns {
	case 1:
		along, across = p.Height-r.Y, r.X
	case 2:
		along, across = p.Width-r.X, p.Height-r.Y
	case 3:
		along, across = r.Y, p.Width-r.X
	}
	a.coordinate(textAMI, along)
	a.coordinate(textAMB, across)
	for len(b) > 0 {
		n := min(len(b), 253) // what one sequence holds
		a.control(textTRN, b[:n]...)
		b = b[n:]
	}
}

// rule draws along the longer side.
func (a *afp) rule(r rule) {
	o := orientations[0]
	a.control(textSTO, o[:]...)
	a.color(r.color)
	a.coordinate(textAMI, r.x)
	a.coordinate(textAMB, r.y)
	id, long, thick := byte(textDIR), r.w, r.h
	if r.h > r.w {
		id, long, thick = textDBR, r.h, r.w
	}
	l, t := uint16(max(a.units(long), 1)), uint16(max(a.units(thick), 1))
	a.control(id, byte(l>>8), byte(l), byte(t>>8), byte(t), 0)
}

// color sets a color by its parts: reserved, the space RGB, reserved, bits of each part, and the parts.
func (a *afp) color(c page.Color) {
	a.control(textSEC, 0, 0x01, 0, 0, 0, 0, 8, 8, 8, 0, c.R, c.G, c.B)
}
