package printer_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err) // the patterns let only digits through
	}
	return n
}

// fromANSI reads Windows code page 1252.
func fromANSI(b []byte) string {
	var s []rune
	for _, c := range b {
		i := slices.IndexFunc([]rune(ansiText), func(r rune) bool { a, ok := page.WinAnsi(r); return ok && a == c })
		if i < 0 {
			return fmt.Sprintf("%q has a character that was not written", b)
		}
		s = append(s, []rune(ansiText)[i])
	}
	return string(s)
}

var (
	psPage  = regexp.MustCompile(`(?s)%%Page: \d+ (\d+)\n(.*?)%%PageTrailer`)
	psSize  = regexp.MustCompile(`/PageSize \[([\d.]+) ([\d.]+)\]`)
	psShow  = regexp.MustCompile(`(?s)(?:gsave ([-\d.]+) ([-\d.]+) translate ([-\d.]+) rotate\n)?(\((?:\\.|[^\\)])*\))\n[\d.]+ ([-\d.]+) ([-\d.]+) T\n`)
	psOctal = regexp.MustCompile(`(?s)\\(\d{3}|.)`)
)

// readPostScript finds texts in the form that this package writes them.
func readPostScript(b []byte) ([]found, error) {
	var all []found
	height := 0.0
	for _, p := range psPage.FindAllSubmatch(b, -1) {
		if m := psSize.FindSubmatch(p[2]); m != nil {
			height = measure(m[2])
		}
		for _, m := range psShow.FindAllSubmatch(p[2], -1) {
			f := found{Page: atoi(string(p[1])), X: measure(m[5]), Y: height - measure(m[6])}
			if len(m[1]) > 0 {
				f.X, f.Y, f.Turns = measure(m[1]), height-measure(m[2]), (int(measure(m[3]))/90+4)%4
			}
			raw := m[4][1 : len(m[4])-1]
			f.Text = fromANSI(psOctal.ReplaceAllFunc(raw, func(e []byte) []byte {
				if len(e) == 4 {
					c, err := strconv.ParseUint(string(e[1:]), 8, 8)
					if err != nil {
						panic(err)
					}
					return []byte{byte(c)}
				}
				return bytes.TrimPrefix(e[1:], []byte("\n"))
			}))
			all = append(all, f)
		}
	}
	return all, nil
}

func measure(b []byte) float64 {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		panic(err)
	}
	return v
}

// pclSequence is an escape sequence with a value and a final letter; lower-case letters join sequences.
var pclSequence = regexp.MustCompile(`\x1b(?:([&*()])([a-z]?)((?:[-\d.]*[a-z@])*[-\d.]*[A-Z@])|E)`)

var pclPart = regexp.MustCompile(`([-\d.]*)([A-Za-z@])`)

// pclPage is what a printer knows of a page: its logical page, which begins and ends an inset before the edges of the paper,
// and its margins, of half an inch if nothing sets them.
type pclPage struct {
	width, height, inset float64
	top, length          float64
	line                 float64
	turns                int
}

// size follows the sequence &l.
func (p *pclPage) size(kind string, value float64, w, h float64) {
	switch kind {
	case "A": // the insets of HP's table of logical pages, in 300ths of an inch
		*p = pclPage{width: w, height: h, line: 12, inset: 18}
		if value >= 25 && value <= 27 {
			p.inset = 71 * 0.24
		}
		if w > h {
			p.inset = map[bool]float64{true: 59 * 0.24, false: 14.4}[p.inset < 18]
		}
		p.top, p.length = 36, h-72
	case "L": // sets the margins
		p.top, p.length = 36, h-72
	case "E":
		p.top = value * p.line
		p.length = h - p.top - 36
	case "C":
		p.line = value * 72 / 48
	case "F":
		p.length = value * p.line
	}
}

// at turns a place in the direction of print to one on the paper. Vertical places count from the margin that is uppermost then.
func (p *pclPage) at(x, y float64) (float64, float64) {
	width := p.width - 2*p.inset
	switch p.turns {
	case 1:
		x, y = y, p.height-x
	case 2:
		x, y = width-x, p.top+p.length-y
	case 3:
		x, y = width-y, x
	default:
		y += p.top
	}
	return p.inset + x, y
}

// readPCL finds texts and turns their places to those on the page, whose size in points is given.
func readPCL(b []byte, sizes func(page int) (w, h float64)) ([]found, error) {
	if !bytes.HasPrefix(b, []byte("\x1bE")) || !bytes.HasSuffix(b, []byte("\f\x1bE")) {
		return nil, errors.New("the stream does not begin and end with a reset")
	}
	var all []found
	var p pclPage
	number, x, y := 1, 0.0, 0.0
	for len(b) > 0 {
		if b[0] == '\f' {
			number, b = number+1, b[1:]
			continue
		}
		if b[0] == '\x1b' {
			m := pclSequence.FindSubmatch(b)
			if m == nil || !bytes.HasPrefix(b, m[0]) {
				return nil, fmt.Errorf("no sequence: %q", b[:min(len(b), 20)])
			}
			b = b[len(m[0]):]
			group := string(m[1]) + string(m[2])
			for _, part := range pclPart.FindAllSubmatch(m[3], -1) {
				kind := strings.ToUpper(string(part[2]))
				switch {
				case group == "&l":
					w, h := sizes(number)
					p.size(kind, measure(part[1]), w, h)
				case group == "&a" && kind == "H":
					x = measure(part[1]) / 10
				case group == "&a" && kind == "V":
					y = measure(part[1]) / 10
				case group == "&a" && kind == "P":
					p.turns = int(measure(part[1])) / 90
				}
			}
			continue
		}
		n := bytes.IndexAny(b, "\x1b\f")
		px, py := p.at(x, y)
		all = append(all, found{number, px, py, p.turns, fromANSI(b[:n])})
		b = b[n:]
	}
	return all, nil
}

var (
	zplLabel = regexp.MustCompile(`(?s)\^XA\n\^CI28\n\^PW\d+\n\^LL\d+\n\^LH0,0\n(.*?)\^PQ\d+\n\^XZ\n`)
	zplText  = regexp.MustCompile(`\^FT(\d+),(\d+)\^A0([NRIB]),\d+,\d+\^FH_\^FD([^^~]*)\^FS`)
	zplHex   = regexp.MustCompile(`_[0-9A-F]{2}`)
)

func readZPL(b []byte, dpi int) ([]found, error) {
	var all []found
	labels := zplLabel.FindAllSubmatch(b, -1)
	if rest := zplLabel.ReplaceAll(b, nil); len(rest) > 0 {
		return nil, fmt.Errorf("outside of labels: %q", rest)
	}
	for i, l := range labels {
		for _, m := range zplText.FindAllSubmatch(l[1], -1) {
			data := zplHex.ReplaceAllFunc(m[4], func(e []byte) []byte {
				v, err := strconv.ParseUint(string(e[1:]), 16, 8)
				if err != nil {
					panic(err)
				}
				return []byte{byte(v)}
			})
			all = append(all, found{
				i + 1, points(m[1], dpi), points(m[2], dpi), strings.IndexByte("NBIR", m[3][0]), string(data),
			})
		}
	}
	return all, nil
}

func points(b []byte, perInch int) float64 { return float64(atoi(string(b))) * 72 / float64(perInch) }

var dplRecord = regexp.MustCompile(`^([1-4])911S\d\d(\d{4})(\d{4})P\d{3}P\d{3}(.+)$`)

// readDPL reads the system commands and the records, which all end with a carriage return.
func readDPL(b []byte) ([]found, error) {
	var all []found
	number, height := 0, 0.0
	inLabel := false
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\r"), "\r") {
		switch m := dplRecord.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "\x02c"):
			height = points([]byte(line[2:]), 254)
		case line == "\x02L" && !inLabel:
			number, inLabel = number+1, true
		case line == "E" && inLabel:
			inLabel = false
		case m != nil && inLabel:
			text := make([]rune, 0, len(m[4]))
			for _, c := range []byte(m[4]) {
				text = append(text, rune(c)) // ISO 8859-1
			}
			turns := [5]int{0, 0, 3, 2, 1}[atoi(m[1])]
			all = append(all, found{number, points([]byte(m[3]), 254), height - points([]byte(m[2]), 254), turns, string(text)})
		case line == "\x02m" || line == "\x02ySE1" || (line == "D11" || line == "A1" || line == "A2") && inLabel:
		case inLabel && (strings.HasPrefix(line, "1X11000") || strings.HasPrefix(line, "Q")):
		default:
			return nil, fmt.Errorf("unknown: %q", line)
		}
	}
	if inLabel {
		return nil, errors.New("a label does not end")
	}
	return all, nil
}

var iplField = regexp.MustCompile(`^H(\d+);o(\d+),(\d+);f([0-3]);c25;h(\d+);w\d+;d0,(\d+);$`)

// readIPL follows the modes: fields are defined in program mode, and data fills them in order in print mode. The place of a
// field is the upper left corner of its characters; the baseline lies three quarters of the height below.
func readIPL(b []byte, dpi int) ([]found, error) {
	var all, fields []found
	var lengths []int
	number, next, mode := 0, 0, ""
	for _, message := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		m, ok := strings.CutPrefix(message, "\x02")
		m, ok2 := strings.CutSuffix(m, "\x03")
		if !ok || !ok2 {
			return nil, fmt.Errorf("no message: %q", message)
		}
		field := iplField.FindStringSubmatch(m)
		switch {
		case m == "\x1bC":
		case m == "\x1bP":
			number, next, fields, lengths, mode = number+1, 0, nil, nil, "program"
		case m == "R;":
			mode = "print"
		case mode == "program" && field != nil:
			below := 0.75 * points([]byte(field[5]), dpi)
			turns := atoi(field[4])
			d := [4][2]float64{{0, below}, {below, 0}, {0, -below}, {-below, 0}}[turns]
			fields = append(fields, found{number, points([]byte(field[2]), dpi) + d[0], points([]byte(field[3]), dpi) + d[1], turns, ""})
			lengths = append(lengths, atoi(field[6]))
		case mode == "program" && (m == "E1;F1;" || strings.HasPrefix(m, "L")):
		case mode == "print" && strings.HasSuffix(m, "\r"):
			if next >= len(fields) || len(m)-1 != lengths[next] {
				return nil, fmt.Errorf("data %q for no field of its length", m)
			}
			fields[next].Text = m[:len(m)-1]
			next++
		case mode == "print" && m == "\x17":
			all = append(all, fields...)
		case mode == "print" && (m == "\x1bE1" || m == "\x18" || strings.HasPrefix(m, "\x1e")):
		default:
			return nil, fmt.Errorf("unknown in mode %q: %q", mode, m)
		}
	}
	return all, nil
}

var tpclString = regexp.MustCompile(`(?s)^PV\d\d;(\d{4}),(\d{4}),\d{4},\d{4},[AB],(\d)\d,B=(.*)$`)

func readTPCL(b []byte) ([]found, error) {
	var all []found
	number := 0
	for _, command := range strings.Split(strings.TrimSuffix(string(b), "\n\x00"), "\n\x00") {
		c, ok := strings.CutPrefix(command, "\x1b")
		if !ok {
			return nil, fmt.Errorf("no command: %q", command)
		}
		switch m := tpclString.FindStringSubmatch(c); {
		case m != nil:
			turns := [4]int{0, 3, 2, 1}[atoi(m[3])]
			all = append(all, found{number, points([]byte(m[1]), 254), points([]byte(m[2]), 254), turns, m[4]})
		case c[0] == 'D':
			number++
		case c == "C" || strings.HasPrefix(c, "LC;") || strings.HasPrefix(c, "XS;I,"):
		default:
			return nil, fmt.Errorf("unknown: %q", c)
		}
	}
	return all, nil
}

// structuredField is a field of MO:DCA.
type structuredField struct {
	id   uint32
	data []byte
}

func readFields(b []byte) ([]structuredField, error) {
	var all []structuredField
	for len(b) > 0 {
		if len(b) < 9 || b[0] != 0x5A {
			return nil, fmt.Errorf("no structured field: % x", b[:min(len(b), 9)])
		}
		n := int(binary.BigEndian.Uint16(b[1:]))
		if n < 8 || n+1 > len(b) {
			return nil, fmt.Errorf("a field of %d bytes where %d are left", n, len(b)-1)
		}
		all = append(all, structuredField{uint32(b[3])<<16 | uint32(b[4])<<8 | uint32(b[5]), b[9 : n+1]})
		b = b[n+1:]
	}
	return all, nil
}

// afpOrder is what a document is made of. Fonts and text data may be missing, and text data may repeat.
var afpOrder = regexp.MustCompile(`^BDT (BPG BAG (MCF )?PGD PTD EAG BPT (PTX )*EPT EPG )+EDT $`)

var afpNames = map[uint32]string{
	0xD3A8A8: "BDT", 0xD3A9A8: "EDT", 0xD3A8AF: "BPG", 0xD3A9AF: "EPG", 0xD3A8C9: "BAG", 0xD3A9C9: "EAG", 0xD3AB8A: "MCF",
	0xD3A6AF: "PGD", 0xD3B19B: "PTD", 0xD3A89B: "BPT", 0xD3A99B: "EPT", 0xD3EE9B: "PTX",
}

func readAFP(b []byte, resolution int) ([]found, error) {
	fields, err := readFields(b)
	if err != nil {
		return nil, err
	}
	var all []found
	order := ""
	var text afpText
	for _, f := range fields {
		name := afpNames[f.id]
		order += name + " "
		switch name {
		case "BPG":
			text = afpText{number: text.number + 1, resolution: resolution}
		case "PGD":
			if got := int(binary.BigEndian.Uint16(f.data[2:])); got != 10*resolution {
				return nil, fmt.Errorf("%d units in ten inches", got)
			}
			text.width, text.height = int24(f.data[6:]), int24(f.data[9:])
		case "PTX":
			if err := text.read(f.data); err != nil {
				return nil, err
			}
		case "EPT":
			all = append(all, text.all...)
		}
	}
	if !afpOrder.MatchString(order) {
		return nil, fmt.Errorf("fields in the order %s", order)
	}
	return all, nil
}

func int24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

// afpText follows the control sequences of presentation text on a page.
type afpText struct {
	number, resolution, width, height int
	turns, along, across              int
	all                               []found
	open                              bool // the last sequence was text, so that more of it goes on
}

func (a *afpText) read(b []byte) error {
	for len(b) > 0 {
		if len(b) < 4 || b[0] != 0x2B || b[1] != 0xD3 || int(b[2])+2 > len(b) || b[2] < 2 {
			return fmt.Errorf("no control sequence: % x", b[:min(len(b), 8)])
		}
		kind, data := b[3], b[4:2+int(b[2])]
		b = b[2+int(b[2]):]
		switch kind {
		case 0xC6:
			a.along = int(int16(binary.BigEndian.Uint16(data)))
		case 0xD2:
			a.across = int(int16(binary.BigEndian.Uint16(data)))
		case 0xF6:
			a.turns = slices.Index([]uint16{0x0000, 0x8700, 0x5A00, 0x2D00}, binary.BigEndian.Uint16(data))
			if a.turns < 0 {
				return fmt.Errorf("direction % x", data)
			}
		case 0xDA:
			a.show(data)
		case 0xF0, 0x80, 0xE4, 0xE6:
		default:
			return fmt.Errorf("unknown control sequence %x", kind)
		}
		a.open = kind == 0xDA
	}
	return nil
}

func (a *afpText) show(data []byte) {
	s := fromEBCDIC(data)
	if a.open {
		a.all[len(a.all)-1].Text += s
		return
	}
	at := [4][2]int{
		{a.along, a.across}, {a.across, a.height - a.along}, {a.width - a.along, a.height - a.across}, {a.width - a.across, a.along},
	}[a.turns]
	scale := 72 / float64(a.resolution)
	a.all = append(a.all, found{a.number, float64(at[0]) * scale, float64(at[1]) * scale, a.turns, s})
}

// inEBCDIC holds the characters of latin1Text in EBCDIC code page 500.
const inEBCDIC = "\x40\x4F\x7F\x7B\x5B\x6C\x50\x7D\x4D\x5D\x5C\x4E\x6B\x60\x4B\x61\xF0\xF1\xF2\xF3\xF4\xF5\xF6\xF7\xF8\xF9\x7A\x5E" +
	"\x4C\x7E\x6E\x6F\x7C\xC1\xC2\xC3\xE7\xE8\xE9\x4A\xE0\x5A\x5F\x6D\x81\x82\x83\xA7\xA8\xA9\xC0\xBB\xD0\xA1" +
	"\x63\xEC\xFC\x43\xCC\xDC\x59\x51\x54\x52\x49\x48\x67\x80\xB1\xB5\x90\xB8"

func fromEBCDIC(b []byte) string {
	var s []rune
	for _, c := range b {
		i := strings.IndexByte(inEBCDIC, c)
		if i < 0 {
			return fmt.Sprintf("%q has a character that was not written", b)
		}
		s = append(s, []rune(latin1Text)[i])
	}
	return string(s)
}
