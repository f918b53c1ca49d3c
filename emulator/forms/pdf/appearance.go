package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// look is how a field's text is to be drawn: what its default appearance says.
type look struct {
	face  Face
	size  float64 // 0: as it fits
	color string  // operators that set the color
}

// parseLook reads a default appearance such as "/Helv 12 Tf 0 g". What it does not say is Helvetica, as it fits, black.
func (f *field) parseLook() look {
	l := look{face: NewFace("", false, false), color: "0 g"}
	words := strings.Fields(f.da)
	for i, w := range words {
		n := map[string]int{"g": 1, "rg": 3, "k": 4}[w]
		switch {
		case w == "Tf" && i >= 2:
			l.face = f.form.faceOf(strings.TrimPrefix(words[i-2], "/"))
			if size, err := strconv.ParseFloat(words[i-1], 64); err == nil && size > 0 && size <= 1000 {
				l.size = size
			}
		case n > 0 && i >= n && allNumbers(words[i-n:i]):
			l.color = strings.Join(words[i-n:i+1], " ")
		}
	}
	return l
}

func allNumbers(words []string) bool {
	for _, w := range words {
		if _, err := strconv.ParseFloat(w, 64); err != nil {
			return false
		}
	}
	return true
}

// faceOf returns the standard font for a name among the form's fonts.
func (f *form) faceOf(name string) Face {
	if dr, err := f.ctx.DereferenceDict(f.dict["DR"]); err == nil && dr != nil {
		if fonts, err := f.ctx.DereferenceDict(dr["Font"]); err == nil && fonts != nil {
			if d, err := f.ctx.DereferenceDict(fonts[name]); err == nil && d != nil && d.NameEntry("BaseFont") != nil {
				name = *d.NameEntry("BaseFont")
			}
		}
	}
	lower := strings.ToLower(name)
	bold := strings.Contains(lower, "bold") || strings.HasSuffix(name, "Bo") || strings.HasSuffix(name, "HeBo")
	return NewFace(name, bold, strings.Contains(lower, "italic") || strings.Contains(lower, "oblique"))
}

// box is the space of a widget's appearance.
type box struct{ w, h float64 }

func (f *form) rect(widget types.Dict) (x, y float64, b box, ok bool) {
	a, err := f.ctx.DereferenceArray(widget["Rect"])
	if err != nil || len(a) != 4 {
		return 0, 0, box{}, false
	}
	var v [4]float64
	for i := range v {
		if v[i], err = f.ctx.DereferenceNumber(a[i]); err != nil || math.Abs(v[i]) > 1e6 || math.IsNaN(v[i]) {
			return 0, 0, box{}, false
		}
	}
	x, y = min(v[0], v[2]), min(v[1], v[3])
	return x, y, box{math.Abs(v[2] - v[0]), math.Abs(v[3] - v[1])}, true
}

// drawn is a text in its place.
type drawn struct {
	lines []string
	size  float64
	line  float64 // distance of the lines
	top   float64 // the first baseline
}

// fit lays a text out in a box: on one line in the middle, or wrapped from the top.
func (f *field) fit(l look, text string, b box) drawn {
	const least = 4.0
	inner := box{max(b.w-4, 1), max(b.h-2, 1)}
	if f.flags&flagMultiline == 0 || f.kind != FieldText {
		size := l.size
		if size == 0 {
			size = min(12, max(least, inner.h*0.72))
			for size > least && l.face.Width(text, size) > inner.w {
				size -= 0.5
			}
		}
		return drawn{lines: []string{oneLine(text)}, size: size, top: (b.h-size*(ascent+descent))/2 + size*descent}
	}
	size := l.size
	if size == 0 {
		size = 12
		for size > least && float64(len(wrap(l.face, text, size, inner.w)))*size*1.15 > inner.h {
			size -= 0.5
		}
	}
	return drawn{lines: wrap(l.face, text, size, inner.w), size: size, line: size * 1.15, top: b.h - 2 - size*ascent}
}

func oneLine(s string) string { return strings.Join(strings.Split(s, "\n"), " ") }

// wrap breaks a text into lines; a word that is too long is broken too.
func wrap(face Face, text string, size, width float64) []string {
	var lines []string
	for _, paragraph := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			for line == "" && face.Width(word, size) > width && len([]rune(word)) > 1 {
				head, tail := breakWord(face, word, size, width)
				lines, word = append(lines, head), tail
			}
			switch {
			case line == "":
				line = word
			case face.Width(line+" "+word, size) <= width:
				line += " " + word
			default:
				lines, line = append(lines, line), word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func breakWord(face Face, word string, size, width float64) (head, tail string) {
	runes := []rune(word)
	n, w := 0, 0.0
	for n < len(runes) {
		w += face.Width(string(runes[n]), size)
		if w > width && n > 0 {
			break
		}
		n++
	}
	return string(runes[:n]), string(runes[n:])
}

// textStream returns the content of a text's appearance, and how many of its characters cannot be shown.
func (f *field) textStream(widget types.Dict, text string, b box) (stream []byte, replaced int) {
	l := f.parseLook()
	if f.flags&flagPassword != 0 && f.kind == FieldText {
		text = strings.Repeat("*", len([]rune(text)))
	}
	var s bytes.Buffer
	s.WriteString(f.form.frame(widget, b))
	fmt.Fprintf(&s, "/Tx BMC\nq\n1 1 %s %s re W n\nBT\n%s\n", num(max(b.w-2, 0)), num(max(b.h-2, 0)), l.color)
	if f.kind == FieldText && f.flags&flagComb != 0 && f.maxLen > 0 {
		replaced = f.comb(&s, widget, l, text, b)
	} else {
		replaced = f.lines(&s, l, f.fit(l, text, b), b)
	}
	s.WriteString("ET\nQ\nEMC\n")
	return s.Bytes(), replaced
}

func (f *field) lines(s *bytes.Buffer, l look, d drawn, b box) (replaced int) {
	fmt.Fprintf(s, "/F %s Tf\n", num(d.size))
	y := d.top
	for _, line := range d.lines {
		x := 2.0
		switch w := l.face.Width(line, d.size); f.quad {
		case 1:
			x = (b.w - w) / 2
		case 2:
			x = b.w - 2 - w
		}
		operand, n := ShowText(line)
		replaced += n
		fmt.Fprintf(s, "1 0 0 1 %s %s Tm %s Tj\n", num(x), num(y), operand)
		if y -= d.line; y < -d.line {
			break // below the box
		}
	}
	return replaced
}

// maxCells bounds the cells that are drawn of a field.
const maxCells = 500

// comb puts each character into a cell of its own, with lines between them if the widget has a border.
func (f *field) comb(s *bytes.Buffer, widget types.Dict, l look, text string, b box) (replaced int) {
	size := l.size
	if size == 0 {
		size = min(12, max(4, b.h*0.72))
	}
	fmt.Fprintf(s, "/F %s Tf\n", num(size))
	cell := b.w / float64(f.maxLen)
	if line := f.form.borderColor(widget); line != "" {
		s.WriteString("ET\nq " + line + " 1 w\n")
		for i := 1; i < min(f.maxLen, maxCells); i++ {
			fmt.Fprintf(s, "%s 0 m %s %s l S\n", num(float64(i)*cell), num(float64(i)*cell), num(b.h))
		}
		s.WriteString("Q\nBT\n")
	}
	for i, r := range []rune(oneLine(text)) {
		operand, n := ShowText(string(r))
		replaced += n
		x := (float64(i)+0.5)*cell - l.face.Width(string(r), size)/2
		fmt.Fprintf(s, "1 0 0 1 %s %s Tm %s Tj\n", num(x), num((b.h-size*(ascent+descent))/2+size*descent), operand)
	}
	return replaced
}

// frame draws the background and border that the widget asks for.
func (f *form) frame(widget types.Dict, b box) string {
	mk, err := f.ctx.DereferenceDict(widget["MK"])
	if err != nil || mk == nil {
		return ""
	}
	var s strings.Builder
	if c := f.color(mk["BG"], "g", "rg", "k"); c != "" {
		fmt.Fprintf(&s, "q %s 0 0 %s %s re f Q\n", c, num(b.w), num(b.h))
	}
	if c := f.borderColor(widget); c != "" {
		fmt.Fprintf(&s, "q %s 1 w 0.5 0.5 %s %s re S Q\n", c, num(max(b.w-1, 0)), num(max(b.h-1, 0)))
	}
	return s.String()
}

// borderColor returns the operators that set the color of a widget's border; empty if it has none.
func (f *form) borderColor(widget types.Dict) string {
	mk, err := f.ctx.DereferenceDict(widget["MK"])
	if err != nil || mk == nil {
		return ""
	}
	return f.color(mk["BC"], "G", "RG", "K")
}

func (f *form) color(o types.Object, gray, rgb, cmyk string) string {
	a, err := f.ctx.DereferenceArray(o)
	op := map[int]string{1: gray, 3: rgb, 4: cmyk}[len(a)]
	if err != nil || op == "" {
		return ""
	}
	var words []string
	for _, e := range a {
		n, err := f.ctx.DereferenceNumber(e)
		if err != nil {
			return ""
		}
		words = append(words, num(min(max(n, 0), 1)))
	}
	return strings.Join(words, " ") + " " + op
}

// num writes a number as content streams have it.
func num(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	s := strconv.FormatFloat(f, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// setAppearance gives a widget a normal appearance.
func (f *form) setAppearance(widget types.Dict, stream []byte, face Face, b box) error {
	sd, err := f.ctx.NewStreamDictForBuf(stream)
	if err != nil {
		return err
	}
	sd.InsertName("Type", "XObject")
	sd.InsertName("Subtype", "Form")
	sd.Insert("BBox", types.NewNumberArray(0, 0, b.w, b.h))
	sd.Insert("Resources", types.Dict{"Font": types.Dict{"F": face.Dict()}})
	if m := f.turn(widget, b); m != nil {
		sd.Insert("Matrix", m)
	}
	if err := sd.Encode(); err != nil {
		return err
	}
	ref, err := f.ctx.IndRefForNewObject(*sd)
	if err != nil {
		return err
	}
	widget["AP"] = types.Dict{"N": *ref}
	return nil
}

// rotation returns by how much the widget's content is turned counterclockwise.
func (f *form) rotation(widget types.Dict) int {
	mk, err := f.ctx.DereferenceDict(widget["MK"])
	if err != nil || mk == nil {
		return 0
	}
	return ((f.number(mk["R"]) % 360) + 360) % 360
}

// turn returns the matrix for a turned widget; b is the space before it is turned.
func (f *form) turn(widget types.Dict, b box) types.Array {
	switch f.rotation(widget) {
	case 90:
		return types.NewNumberArray(0, 1, -1, 0, b.h, 0)
	case 180:
		return types.NewNumberArray(-1, 0, 0, -1, b.w, b.h)
	case 270:
		return types.NewNumberArray(0, -1, 1, 0, 0, b.w)
	}
	return nil
}
