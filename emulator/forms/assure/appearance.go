package assure

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// The measures of a visible signature, in points; sizes of type in the steps in which they are tried.
const (
	margin      = 2.0
	largestText = 12.0
	largestName = 36.0
	smallest    = 1.0
	sizeStep    = 0.5
	leading     = 1.15
	typeface    = "Helvetica"
)

// defaultOpacity is that of the logo.
const defaultOpacity = 0.5

func (a Appearance) check() error {
	if _, err := oneOf("appearance.type", a.Type, NameAppearance, GraphicAppearance, NoGraphic); err != nil {
		return err
	}
	if _, err := oneOf("appearance.signingFormat", a.Format, PKCS7Detached, CAdES); err != nil {
		return err
	}
	if _, err := oneOf("appearance.textDirection", a.Direction, Auto, LeftToRight, RightToLeft); err != nil {
		return err
	}
	if o := a.Logo.Opacity; o != nil && (*o < 0 || *o > 1 || math.IsNaN(*o)) {
		return errorf("appearance.logo.opacity is %v, and must be from 0 to 1", *o)
	}
	if a.Type == GraphicAppearance && len(a.Graphic.PDF) == 0 {
		return errorf("appearance.type is %s, and appearance.graphic.pdf is missing", GraphicAppearance)
	}
	for _, p := range []struct {
		name string
		data []byte
	}{{"logo", a.Logo.PDF}, {"graphic", a.Graphic.PDF}} {
		if len(p.data) > MaxGraphic {
			return errorf("appearance.%s.pdf has %d bytes, and %d is the most", p.name, len(p.data), MaxGraphic)
		}
	}
	return nil
}

// drawing is the appearance of a widget while it is made.
type drawing struct {
	s             *signing
	width, height float64
	out           bytes.Buffer
	pictures      types.Dict
	opacity       float64
}

// draw gives a widget its appearance. An invisible one gets none.
func (s *signing) draw(widget types.Dict) error {
	box, err := rectangle(s.u.ctx, widget["Rect"])
	if err != nil {
		return err
	}
	if box.width() == 0 || box.height() == 0 {
		return nil
	}
	turn, err := s.rotation(widget)
	if err != nil {
		return err
	}
	d := &drawing{s: s, width: box.width(), height: box.height(), pictures: types.Dict{}, opacity: defaultOpacity}
	if turn%180 != 0 {
		d.width, d.height = d.height, d.width
	}
	if err := d.paint(); err != nil {
		return err
	}
	ref, err := s.u.add(d.stream(turn))
	if err != nil {
		return err
	}
	widget["AP"] = types.Dict{"N": ref}
	return nil
}

// rotation returns by how many degrees the widget's page is turned clockwise, so that its text can be turned back.
func (s *signing) rotation(widget types.Dict) (int, error) {
	d, err := s.u.ctx.DereferenceDict(widget["P"])
	for depth := 0; err == nil && d != nil && depth < maxDepth; depth++ {
		if o, ok := d.Find("Rotate"); ok {
			return ((integer(s.u.ctx, o)/90*90)%360 + 360) % 360, nil
		}
		d, err = s.u.ctx.DereferenceDict(d["Parent"])
	}
	return 0, err
}

// stream returns the form that shows what was drawn.
func (d *drawing) stream(turn int) types.StreamDict {
	sin, cos := math.Sincos(float64(turn) * math.Pi / 180)
	opacity := types.Float(d.opacity)
	resources := types.Dict{
		"ProcSet": types.Array{types.Name("PDF"), types.Name("Text")},
		"Font": types.Dict{"F1": types.Dict{
			"Type": types.Name("Font"), "Subtype": types.Name("Type1"), "BaseFont": types.Name(typeface),
			"Encoding": types.Name("WinAnsiEncoding"),
		}},
		"ExtGState": types.Dict{"Faint": types.Dict{"Type": types.Name("ExtGState"), "ca": opacity, "CA": opacity}},
	}
	if len(d.pictures) > 0 {
		resources["XObject"] = d.pictures
	}
	form := types.Dict{
		"Type": types.Name("XObject"), "Subtype": types.Name("Form"), "Resources": resources,
		"BBox": types.Array{types.Integer(0), types.Integer(0), types.Float(d.width), types.Float(d.height)},
		"Matrix": types.Array{
			types.Integer(math.Round(cos)), types.Integer(math.Round(sin)),
			types.Integer(math.Round(-sin)), types.Integer(math.Round(cos)), types.Integer(0), types.Integer(0),
		},
	}
	return compressed(form, d.out.Bytes())
}

func (d *drawing) paint() error {
	a := d.s.Appearance
	if err := d.logo(a); err != nil {
		return err
	}
	lines := d.s.lines()
	rtl := a.Direction == RightToLeft || a.Direction != LeftToRight && readsRightToLeft(strings.Join(lines, " "))
	left, right := area{0, 0, d.width / 2, d.height}, area{d.width / 2, 0, d.width / 2, d.height}
	picture, words := left, right
	if rtl {
		picture, words = right, left
	}
	if len(lines) == 0 {
		picture = area{0, 0, d.width, d.height}
	}
	switch a.Type {
	case NoGraphic:
		words = area{0, 0, d.width, d.height}
	case GraphicAppearance:
		if err := d.picture("Graphic", a.Graphic.PDF, picture, ""); err != nil {
			return err
		}
	default:
		d.words([]string{d.s.credential.Certificate.Subject.CommonName}, picture, largestName, rtl)
	}
	d.words(lines, words, largestText, rtl)
	return nil
}

// logo draws what stands behind everything else.
func (d *drawing) logo(a Appearance) error {
	if a.Logo.Opacity != nil {
		d.opacity = *a.Logo.Opacity
	}
	whole := area{0, 0, d.width, d.height}
	if len(a.Logo.PDF) > 0 {
		return d.picture("Logo", a.Logo.PDF, whole, "/Faint gs ")
	}
	if !a.Display.HideDefaultLogo {
		side := min(d.width, d.height) * 0.8
		x, y := (d.width-side)/2, (d.height-side)/2
		fmt.Fprintf(&d.out, "q /Faint gs 0.75 0.85 0.75 RG %.3f w 1 J 1 j %.3f %.3f m %.3f %.3f l %.3f %.3f l S Q\n",
			side/8, x+side*0.1, y+side*0.5, x+side*0.4, y+side*0.15, x+side*0.9, y+side*0.85)
	}
	return nil
}

// picture draws the first page of a document into an area, as large as it fits.
func (d *drawing) picture(name string, doc []byte, where area, state string) error {
	p, err := d.s.u.importPage(doc)
	if err != nil {
		return errorf("appearance.%s.pdf: %s", strings.ToLower(name), plain(err))
	}
	d.pictures[name] = p.ref
	scale := min((where.w-2*margin)/p.box.width(), (where.h-2*margin)/p.box.height())
	if scale <= 0 {
		return nil
	}
	x := where.x + (where.w-scale*p.box.width())/2 - scale*p.box.x1
	y := where.y + (where.h-scale*p.box.height())/2 - scale*p.box.y1
	fmt.Fprintf(&d.out, "q %s%.5f 0 0 %.5f %.3f %.3f cm /%s Do Q\n", state, scale, scale, x, y, name)
	return nil
}

// area is a part of a drawing, from its lower left corner.
type area struct{ x, y, w, h float64 }

// words writes lines into an area, broken where they are too long, at the greatest size at which they fit.
func (d *drawing) words(lines []string, where area, largest float64, rtl bool) {
	w, h := where.w-2*margin, where.h-2*margin
	if len(lines) == 0 || w <= 0 || h <= 0 {
		return
	}
	size := largest
	broken := wrap(lines, size, w)
	for size > smallest && !fits(broken, size, w, h) {
		size -= sizeStep
		broken = wrap(lines, size, w)
	}
	y := where.y + margin + (h+float64(len(broken))*size*leading)/2 - size
	fmt.Fprintf(&d.out, "q 0 g BT /F1 %.2f Tf\n", size)
	for _, line := range broken {
		x := where.x + margin
		if rtl {
			x += w - width(line, size)
		}
		fmt.Fprintf(&d.out, "1 0 0 1 %.3f %.3f Tm <%x> Tj\n", x, y, line)
		y -= size * leading
	}
	d.out.WriteString("ET Q\n")
}

func fits(lines []string, size, w, h float64) bool {
	if float64(len(lines))*size*leading > h {
		return false
	}
	for _, line := range lines {
		if width(line, size) > w {
			return false
		}
	}
	return true
}

// wrap breaks texts into lines of Windows-1252 between words.
func wrap(texts []string, size, w float64) []string {
	var lines []string
	for _, t := range texts {
		encoded, _ := winAnsi(t)
		line := ""
		for _, word := range strings.Fields(encoded) {
			if line != "" && width(line+" "+word, size) > w {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

// width is that of a text in Windows-1252.
func width(s string, size float64) float64 {
	w, err := font.TextWidthFloat(s, typeface, size)
	if err != nil {
		return float64(len(s)) * size
	}
	return w
}

// lines are the lines of text beside the name or the graphic.
func (s *signing) lines() []string {
	show, c := s.Appearance.Display, s.credential.Certificate
	label := func(l string) string {
		if show.HideLabels {
			return ""
		}
		return l
	}
	var lines []string
	add := func(hidden bool, l, value string) {
		if !hidden && value != "" {
			lines = append(lines, label(l)+value)
		}
	}
	add(show.HideName, "Digitally signed by ", c.Subject.CommonName)
	add(show.HideDN, "DN: ", c.Subject.String())
	add(show.HideDN, "Issuer: ", issuer(c))
	add(show.HideReason, "Reason: ", s.Reason)
	add(show.HideLocation, "Location: ", s.Location)
	add(show.HideDate, "Date: ", s.at.Format("2006-01-02 15:04:05 -07:00"))
	return lines
}

// issuer is empty for a certificate that issued itself.
func issuer(c *x509.Certificate) string {
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		return ""
	}
	return c.Issuer.String()
}

// readsRightToLeft reports whether the first letter of a text belongs to a script that is written from right to left.
func readsRightToLeft(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) {
			return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
		}
	}
	return false
}

// upperWinAnsi are the characters of Windows-1252 from 0x80 to 0x9F; a space stands for none.
var upperWinAnsi = []rune("€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ")

// winAnsi encodes a text in Windows-1252, with question marks for what is not in it, and reports whether all of it is.
func winAnsi(s string) (string, bool) {
	out, whole := make([]byte, 0, len(s)), true
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			out = append(out, ' ')
			continue
		case r >= ' ' && r <= '~' || r >= 0xA0 && r <= 0xFF:
			out = append(out, byte(r))
			continue
		}
		b := byte('?')
		for i, u := range upperWinAnsi {
			if u == r {
				b = byte(0x80 + i)
			}
		}
		whole = whole && b != '?'
		out = append(out, b)
	}
	return string(out), whole
}
