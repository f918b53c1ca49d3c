package printer

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// PostScript writes a document in PostScript, level 2 or 3, with the comments of the document structuring conventions
// (version 3.0). Fonts are the printer's own Helvetica, Times and Courier. A text is spaced to the width that the layout
// measured. Copies, sides and the size of the paper are asked for, and are left alone by a printer that has no such thing.
func PostScript(w io.Writer, d *page.Document, o PostScriptOptions) error {
	if err := check(d); err != nil {
		return err
	}
	level, err := checkRange("language level", o.Level, 2, 2, 3)
	if err != nil {
		return err
	}
	copies, err := checkCopies(o.Copies)
	if err != nil {
		return err
	}
	if err := checkDuplex(o.Duplex); err != nil {
		return err
	}
	ps := &postScript{output: newOutput(w), level: level, images: budget{left: MaxPixels}}
	ps.header(d, copies, o.Duplex)
	ps.setup(d, copies, o.Duplex)
	for i, p := range d.Pages {
		ps.page(i+1, p)
	}
	ps.text("%%Trailer\n%%EOF\n")
	return ps.done()
}

type postScript struct {
	output
	level         int
	images        budget
	width, height float64 // of the paper that was asked for last
}

func (ps *postScript) header(d *page.Document, copies int, sides Duplex) {
	width, height := 0.0, 0.0
	for _, p := range d.Pages {
		width, height = max(width, p.Width), max(height, p.Height)
	}
	ps.text("%!PS-Adobe-3.0\n")
	ps.printf("%%%%LanguageLevel: %d\n", ps.level)
	if d.Title != "" {
		ps.printf("%%%%Title: (%s)\n", comment(d.Title))
	}
	ps.printf("%%%%Pages: %d\n%%%%PageOrder: Ascend\n", len(d.Pages))
	ps.printf("%%%%BoundingBox: 0 0 %d %d\n", int(math.Ceil(width)), int(math.Ceil(height)))
	ps.printf("%%%%HiResBoundingBox: 0 0 %s %s\n", number(width), number(height))
	ps.text("%%DocumentData: Clean7Bit\n")
	var needs []string
	if copies > 1 {
		needs = append(needs, fmt.Sprintf("numcopies(%d)", copies))
	}
	switch sides {
	case LongEdge:
		needs = append(needs, "duplex")
	case ShortEdge:
		needs = append(needs, "duplex(tumble)")
	}
	if len(needs) > 0 {
		ps.printf("%%%%Requirements: %s\n", strings.Join(needs, " "))
	}
	ps.fontComment(d)
	ps.text("%%EndComments\n%%BeginProlog\n" + prolog)
	ps.printf("/cp1252 [%s] def\n%%%%EndProlog\n", encodingVector())
}

func (ps *postScript) fontComment(d *page.Document) {
	fonts := usedFonts(d)
	for i, name := range fonts {
		head := "%%+"
		if i == 0 {
			head = "%%DocumentNeededResources:"
		}
		ps.printf("%s font %s\n", head, name)
	}
}

func (ps *postScript) setup(d *page.Document, copies int, sides Duplex) {
	ps.text("%%BeginSetup\n")
	for _, name := range usedFonts(d) {
		ps.printf("%%%%IncludeResource: font %s\n/%s-1252 /%s reencode\n", name, name, name)
	}
	if copies > 1 {
		ps.printf("<< /NumCopies %d >> ask\n", copies)
	}
	switch sides {
	case Simplex:
		ps.text("<< /Duplex false >> ask\n")
	case LongEdge:
		ps.text("<< /Duplex true /Tumble false >> ask\n")
	case ShortEdge:
		ps.text("<< /Duplex true /Tumble true >> ask\n")
	}
	ps.text("%%EndSetup\n")
}

func (ps *postScript) page(n int, p page.Page) {
	ps.printf("%%%%Page: %d %d\n", n, n)
	ps.printf("%%%%PageBoundingBox: 0 0 %d %d\n", int(math.Ceil(p.Width)), int(math.Ceil(p.Height)))
	ps.text("%%BeginPageSetup\n")
	if p.Width != ps.width || p.Height != ps.height {
		// Asking for the same paper again would begin a new sheet when both sides are printed on.
		ps.width, ps.height = p.Width, p.Height
		ps.printf("<< /PageSize [%s %s] >> ask\n", number(p.Width), number(p.Height))
	}
	ps.text("/state save def\n%%EndPageSetup\n")
	for _, item := range p.Items {
		switch it := item.(type) {
		case page.Text:
			ps.show(it)
		case page.Line:
			ps.line(it)
		case page.Rect:
			ps.rect(it)
		case page.Image:
			ps.image(it)
		}
	}
	ps.text("state restore\nshowpage\n%%PageTrailer\n")
}

// y turns a coordinate of a page into one that grows upwards.
func (ps *postScript) y(v float64) string { return number(ps.height - v) }

func (ps *postScript) color(c page.Color) {
	if c == (page.Color{}) {
		ps.text("0 setgray\n")
		return
	}
	ps.printf("%s %s %s setrgbcolor\n", number(float64(c.R)/255), number(float64(c.G)/255), number(float64(c.B)/255))
}

func (ps *postScript) show(t page.Text) {
	b := encode(t.Text, page.WinAnsi)
	if len(b) == 0 || t.Font.Size <= 0 {
		return
	}
	ps.color(t.Color)
	ps.printf("/%s-1252 %s selectfont\n", page.CoreName(t.Font), number(t.Font.Size))
	if t.Angle != 0 {
		ps.printf("gsave %s %s translate %s rotate\n", number(t.X), ps.y(t.Y), number(t.Angle))
		ps.printf("%s\n%s 0 0 T\n", stringLiteral(b), number(max(t.Width, 0)))
	} else {
		ps.printf("%s\n%s %s %s T\n", stringLiteral(b), number(max(t.Width, 0)), number(t.X), ps.y(t.Y))
	}
	ps.decorate(t)
	if t.Angle != 0 {
		ps.text("grestore\n")
	}
}

// decorate draws the lines under and through a text, which begin where it begins and are as wide as it was measured.
func (ps *postScript) decorate(t page.Text) {
	r := newRun(t)
	x, y := t.X, ps.height-t.Y
	if t.Angle != 0 {
		x, y = 0, 0
	}
	for _, below := range r.decorationOffsets() {
		at := number(y - below - t.Font.Size/36)
		ps.printf("[] 0 setdash %s setlinewidth 0 setlinecap %s %s moveto %s %s lineto stroke\n",
			number(t.Font.Size/18), number(x), at, number(x+r.width()), at)
	}
}

func (ps *postScript) line(l page.Line) {
	ps.color(l.Color)
	ps.printf("%s setlinewidth %s 0 setdash\n", number(max(l.Width, 0)), dashes(l.Dash))
	ps.printf("%s %s moveto %s %s lineto stroke\n", number(l.X1), ps.y(l.Y1), number(l.X2), ps.y(l.Y2))
}

// dashes writes a pattern that every printer takes: no negative length, not all zero, at most eleven entries.
func dashes(pattern []float64) string {
	sum := 0.0
	for _, v := range pattern {
		if v < 0 {
			return "[]"
		}
		sum += math.Round(v * 1000)
	}
	if sum == 0 || len(pattern) > 11 {
		return "[]"
	}
	all := make([]string, len(pattern))
	for i, v := range pattern {
		all[i] = number(v)
	}
	return "[" + strings.Join(all, " ") + "]"
}

func (ps *postScript) rect(r page.Rect) {
	if r.W < 0 || r.H < 0 {
		return
	}
	radius := min(max(r.Radius, 0), r.W/2, r.H/2)
	path := fmt.Sprintf("%s %s %s %s %s R", number(r.X), ps.y(r.Y+r.H), number(r.W), number(r.H), number(radius))
	if r.Fill != nil {
		ps.color(*r.Fill)
		ps.printf("%s fill\n", path)
	}
	if r.Stroke != nil {
		ps.color(*r.Stroke)
		ps.printf("%s setlinewidth [] 0 setdash %s stroke\n", number(max(r.LineWidth, 0)), path)
	}
}

// stringLiteral writes bytes as a string of PostScript in printable ASCII and short lines.
func stringLiteral(b []byte) string {
	var s strings.Builder
	s.WriteByte('(')
	column := 1
	for _, c := range b {
		n := s.Len()
		switch {
		case c == '(' || c == ')' || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&s, "\\%03o", c)
		default:
			s.WriteByte(c)
		}
		if column += s.Len() - n; column > 200 {
			s.WriteString("\\\n") // a line that goes on
			column = 0
		}
	}
	s.WriteByte(')')
	return s.String()
}

// comment writes a text for a comment of the document structuring conventions, where a line has at most 255 characters.
func comment(s string) string {
	b := encode(s, ascii)
	if len(b) > 200 {
		b = b[:200]
	}
	return strings.NewReplacer("\\", "\\\\", "(", "\\(", ")", "\\)").Replace(string(b))
}
