package preview

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/page"
)

const (
	maxMapped     = 1 << 20 // characters in the maps of a page's fonts
	maxNamedFonts = 500     // fonts that are read for one page
	unknownGlyph  = "\u25AF"
)

// font turns the bytes of a string into characters and their widths. A nil font is a typeface of the viewer's with code
// page 1252.
type font struct {
	style     page.Font
	wide      bool // two bytes for each character
	utf16     bool // the codes are UTF-16
	unicode   map[int]string
	encoding  *encoding
	widths    map[int]float64
	otherwise float64 // the width of the others
	core      bool    // the others have the widths of a core font
}

// glyph is a character of a string.
type glyph struct {
	bytes, code int
	text        string
	width       float64 // in thousandths of the size
}

// next returns the first character of a string, which is not empty.
func (f *font) next(s string) glyph {
	if f == nil {
		f = defaultFont()
	}
	g := glyph{bytes: 1, code: int(s[0])}
	if f.wide && len(s) > 1 {
		g.bytes, g.code = 2, int(s[0])<<8|int(s[1])
	}
	g.text = f.text(g.code)
	w, ok := f.widths[g.code]
	switch {
	case ok:
		g.width = w
	case f.core:
		style := f.style
		style.Size = 1000
		g.width = coreFonts.Width(style, g.text)
	default:
		g.width = f.otherwise
	}
	return g
}

var (
	coreFonts   = page.NewFonts(false)
	defaultFont = sync.OnceValue(func() *font { return &font{encoding: winAnsi(), core: true} })
)

func (f *font) text(code int) string {
	s, ok := f.unicode[code]
	if ok && strings.TrimSpace(s) == "" && !f.wide && f.encoding[code&0xFF] != "" {
		ok = false // some writers map ligatures to spaces, but name them
	}
	if ok {
		return s
	}
	switch {
	case f.utf16:
		return string(utf16.Decode([]uint16{uint16(code)}))
	case f.wide:
		return unknownGlyph
	}
	return f.encoding[code&0xFF]
}

var families = map[page.Family]string{
	page.Sans:  "Helvetica, Arial, Liberation Sans, sans-serif",
	page.Serif: "Times New Roman, Times, Liberation Serif, serif",
	page.Mono:  "Courier New, Courier, Liberation Mono, monospace",
}

func (f *font) attributes() string {
	if f == nil {
		f = defaultFont()
	}
	s := fmt.Sprintf(` font-family="%s"`, families[f.style.Family])
	if f.style.Bold {
		s += ` font-weight="bold"`
	}
	if f.style.Italic {
		s += ` font-style="italic"`
	}
	return s
}

// font reads a font of the document, once.
func (in *interpreter) font(o types.Object) *font {
	k := key(o)
	if f, ok := in.fonts[k]; ok && k != "" {
		return f
	}
	d := in.dict(o)
	if d == nil || in.fontsRead >= maxNamedFonts {
		return nil
	}
	in.fontsRead++
	var f *font
	if in.name(d["Subtype"]) == "Type0" {
		f = in.compositeFont(d)
	} else {
		f = in.simpleFont(d)
	}
	if sd := in.stream(d["ToUnicode"]); sd != nil {
		if b, ok := in.decoded(sd); ok {
			f.unicode = in.characterMap(b)
		}
	}
	in.fonts[k] = f
	return f
}

func (in *interpreter) simpleFont(d types.Dict) *font {
	base := baseName(in.name(d["BaseFont"]))
	descriptor := in.dict(d["FontDescriptor"])
	f := &font{style: in.styleOf(base, descriptor), widths: map[int]float64{}}
	f.encoding = in.encodingOf(d["Encoding"], base, descriptor)
	widths := in.array(d["Widths"])
	first := int(in.number(d["FirstChar"], 0))
	unit := 1.0
	if in.name(d["Subtype"]) == "Type3" {
		unit = 1000 * in.matrix(d["FontMatrix"]).a
	}
	for i, w := range widths[:min(len(widths), 256)] {
		f.widths[first+i] = unit * in.number(w, 0)
	}
	f.otherwise = in.number(descriptor["MissingWidth"], 0)
	switch {
	case len(widths) > 0:
	case strings.HasPrefix(base, "ZapfDingbats"):
		f.otherwise = 790 // what most of them have
		f.widths[' '] = 278
	case base == "Symbol":
		f.otherwise = 600
	default:
		f.core = true
	}
	return f
}

// baseName is the name of a font without the mark of a subset.
func baseName(s string) string {
	if len(s) > 7 && s[6] == '+' {
		return s[7:]
	}
	return s
}

// Flags of font descriptors: ISO 32000-1, table 123.
const (
	flagFixedPitch = 1 << 0
	flagSerif      = 1 << 1
	flagSymbolic   = 1 << 2
	flagItalic     = 1 << 6
	flagForceBold  = 1 << 18
)

// styleOf guesses a typeface from the font's name and flags.
func (in *interpreter) styleOf(name string, descriptor types.Dict) page.Font {
	name = strings.ToLower(name)
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(name, p) {
				return true
			}
		}
		return false
	}
	flags := int(in.number(descriptor["Flags"], 0))
	s := page.Font{
		Bold:   has("bold", "black", "heavy", "demi") || flags&flagForceBold != 0,
		Italic: has("italic", "oblique") || flags&flagItalic != 0,
	}
	switch {
	case has("courier", "mono", "consol", "typewriter") || flags&flagFixedPitch != 0:
		s.Family = page.Mono
	case has("sans", "helvetica", "arial"):
	case has("times", "serif", "roman", "georgia", "garamond", "palatino", "bookman", "minion") || flags&flagSerif != 0:
		s.Family = page.Serif
	}
	return s
}

// encodingOf returns the characters of a simple font.
func (in *interpreter) encodingOf(o types.Object, base string, descriptor types.Dict) *encoding {
	table := *winAnsi()
	d := in.dict(o)
	name := in.name(o)
	if d != nil {
		name = in.name(d["BaseEncoding"])
	}
	switch {
	case strings.HasPrefix(base, "ZapfDingbats"):
		table = *dingbats()
	case base == "Symbol":
		table = *symbols()
	case name == "MacRomanEncoding":
		table = *macRoman()
	case name == "StandardEncoding", name == "" && int(in.number(descriptor["Flags"], 0))&flagSymbolic == 0:
		table = *standard()
	}
	if d == nil {
		return &table
	}
	code := 0
	differences := in.array(d["Differences"])
	for _, o := range differences[:min(len(differences), 1024)] {
		switch v := in.resolve(o).(type) {
		case types.Integer:
			code = v.Value()
		case types.Name:
			if s := glyphText(v.Value()); s != "" && code >= 0 && code < 256 {
				table[code] = s
			}
			code++
		}
	}
	return &table
}

func (in *interpreter) compositeFont(d types.Dict) *font {
	f := &font{wide: true, widths: map[int]float64{}, otherwise: 1000}
	encoding := in.name(d["Encoding"])
	f.utf16 = strings.Contains(encoding, "UCS2") || strings.Contains(encoding, "UTF16")
	name := in.name(d["BaseFont"])
	if a := in.array(d["DescendantFonts"]); len(a) > 0 {
		if child := in.dict(a[0]); child != nil {
			f.otherwise = in.number(child["DW"], 1000)
			in.compositeWidths(f, in.array(child["W"]))
			f.style = in.styleOf(baseName(name), in.dict(child["FontDescriptor"]))
			return f
		}
	}
	f.style = in.styleOf(baseName(name), nil)
	return f
}

// compositeWidths reads widths by ranges: a first code and an array, or a first and a last code and one width.
func (in *interpreter) compositeWidths(f *font, a types.Array) {
	for i := 0; i+1 < len(a); {
		first := int(in.number(a[i], 0))
		if list := in.array(a[i+1]); list != nil {
			for j, w := range list[:min(len(list), 1<<16)] {
				f.setWidth(in, first+j, in.number(w, 0))
			}
			i += 2
			continue
		}
		if i+2 >= len(a) {
			return
		}
		last, w := int(in.number(a[i+1], 0)), in.number(a[i+2], 0)
		for c := max(first, 0); c <= min(last, 0xFFFF); c++ {
			f.setWidth(in, c, w)
		}
		i += 3
	}
}

// setWidth counts what it keeps and what it does, because ranges may overlap.
func (f *font) setWidth(in *interpreter, code int, w float64) {
	if in.mapped++; in.mapped < maxMapped {
		f.widths[code] = w
	}
}
