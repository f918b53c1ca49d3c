package page

import (
	"sync"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Fonts measures text. Without embedding it has the measures of the core fonts that every viewer of PDF knows (Helvetica,
// Times, Courier), and those of the Go fonts for characters that the core fonts lack. With embedding it has the Go fonts
// alone; they have no serifs, so [Serif] looks like [Sans] then. It is safe for concurrent use. Use [NewFonts].
type Fonts struct{ embed bool }

// NewFonts returns the measures of the core fonts, or of the fonts that are embedded in the documents. It is cheap: what
// is measured once serves all.
func NewFonts(embed bool) *Fonts { return &Fonts{embed: embed} }

// Embedded reports whether the fonts are those that are embedded in the documents.
func (f *Fonts) Embedded() bool { return f.embed }

// Run is a part of a text that one kind of font can show.
type Run struct {
	Text string
	// Core says that a core font has all the characters; otherwise the run needs the font of [TrueType].
	Core bool
}

// Runs splits a text into the parts that one kind of font can show. The runs make up the text.
func (f *Fonts) Runs(s string) []Run {
	if s == "" {
		return nil
	}
	var runs []Run
	start, core := 0, false
	for i, r := range s {
		c := f.core(r)
		if i > start && c != core {
			runs = append(runs, Run{Text: s[start:i], Core: core})
			start = i
		}
		core = c
	}
	return append(runs, Run{Text: s[start:], Core: core})
}

// core reports whether a core font shows a character.
func (f *Fonts) core(r rune) bool {
	if f.embed {
		return false
	}
	_, ok := WinAnsi(r)
	return ok
}

// Has reports whether a font has a glyph for a character. Others are shown as a box.
func (f *Fonts) Has(font Font, r rune) bool {
	return f.core(r) || outlineOf(font).has(r)
}

// Width returns how far a text goes, in points. Kerning is not known.
func (f *Fonts) Width(font Font, s string) float64 {
	sum := 0
	var core *[256]int
	var outline *outline
	for _, r := range s {
		if b, ok := WinAnsi(r); ok && !f.embed {
			if core == nil {
				core = coreOf(font)
			}
			sum += core[b]
			continue
		}
		if outline == nil {
			outline = outlineOf(font)
		}
		sum += outline.width(r)
	}
	return float64(sum) * font.Size / 1000
}

// Ascent returns how far the font goes above the baseline, in points.
func (f *Fonts) Ascent(font Font) float64 { return f.vertical(font).ascent * font.Size }

// Descent returns how far the font goes below the baseline, in points.
func (f *Fonts) Descent(font Font) float64 { return f.vertical(font).descent * font.Size }

// LineHeight returns the distance of the baselines of two lines, in points.
func (f *Fonts) LineHeight(font Font) float64 {
	v := f.vertical(font)
	return (v.ascent + v.descent + v.gap) * font.Size
}

// vertical is what a font takes vertically, in its size.
type vertical struct{ ascent, descent, gap float64 }

// vertical returns the measures of the fonts that templates name (Arial, Times New Roman, Courier New), not those of the
// core fonts in their place, so that lines stand as far apart as where the template was drawn.
func (f *Fonts) vertical(font Font) vertical {
	switch {
	case f.embed:
		return vertical{ascent: 0.945, descent: 0.211}
	case font.Family == Serif:
		return vertical{ascent: 0.891, descent: 0.216, gap: 0.042}
	case font.Family == Mono:
		return vertical{ascent: 0.833, descent: 0.300}
	}
	return vertical{ascent: 0.905, descent: 0.212, gap: 0.033}
}

// CoreName returns the name of the core font in PDF and PostScript, such as "Helvetica-BoldOblique".
func CoreName(font Font) string { return coreNames[font.Family.index()][font.style()] }

var coreNames = [3][4]string{
	{"Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique"},
	{"Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"},
	{"Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"},
}

// TrueType returns the file of the Go font in a font's place. It must not be changed.
func TrueType(font Font) []byte {
	if font.Family == Mono {
		return [4][]byte{gomono.TTF, gomonobold.TTF, gomonoitalic.TTF, gomonobolditalic.TTF}[font.style()]
	}
	return [4][]byte{goregular.TTF, gobold.TTF, goitalic.TTF, gobolditalic.TTF}[font.style()]
}

func (f Family) index() int {
	if f < Sans || f > Mono {
		return int(Sans)
	}
	return int(f)
}

// style numbers the faces of a family: 1 for bold, 2 for italic, 3 for both.
func (f Font) style() int {
	style := 0
	if f.Bold {
		style++
	}
	if f.Italic {
		style += 2
	}
	return style
}

// coreMeasures are widths by the bytes of WinAnsi, in thousandths of the size. They are measured when they are first asked
// for.
type coreMeasures struct {
	once   sync.Once
	widths [256]int
}

// cores are the core fonts, by family and style.
var cores [3][4]coreMeasures

func coreOf(font Font) *[256]int {
	family, style := font.Family.index(), font.style()
	core := &cores[family][style]
	core.once.Do(func() {
		doc := fpdf.New("P", "pt", "A4", "")
		doc.SetFont([]string{"Helvetica", "Times", "Courier"}[family], []string{"", "B", "I", "BI"}[style], 1000)
		for b := range core.widths {
			core.widths[b] = doc.GetStringSymbolWidth(string([]byte{byte(b)}))
		}
	})
	return &core.widths
}

// outline has the widths of a Go font, in thousandths of the size. The fonts have few glyphs: all are read when the first
// is asked for, so that nothing is locked later.
type outline struct {
	once    sync.Once
	widths  map[rune]int
	missing int // of the box in the place of a character without a glyph
}

// outlines are the Go fonts, proportional and monospaced, by style.
var outlines [2][4]outline

func (o *outline) has(r rune) bool {
	_, ok := o.widths[r]
	return ok
}

func (o *outline) width(r rune) int {
	if w, ok := o.widths[r]; ok {
		return w
	}
	return o.missing
}

func outlineOf(font Font) *outline {
	kind := 0
	if font.Family == Mono {
		kind = 1
	}
	o := &outlines[kind][font.style()]
	o.once.Do(func() { o.read(TrueType(font)) })
	return o
}

// read reads the widths of the characters of the basic plane, which are all that the Go fonts have.
func (o *outline) read(ttf []byte) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic("page: a Go font cannot be parsed: " + err.Error())
	}
	var buf sfnt.Buffer
	width := func(glyph sfnt.GlyphIndex) int {
		advance, err := f.GlyphAdvance(&buf, glyph, fixed.I(1000), font.HintingNone)
		if err != nil {
			panic("page: a glyph of a Go font has no width: " + err.Error())
		}
		return advance.Round()
	}
	o.widths, o.missing = make(map[rune]int, f.NumGlyphs()), width(0)
	for r := rune(' '); r < 0x10000; r++ {
		if glyph, err := f.GlyphIndex(&buf, r); err == nil && glyph != 0 {
			o.widths[r] = width(glyph)
		}
	}
}
