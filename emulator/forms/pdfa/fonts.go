package pdfa

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/gofont/goregular"
)

// substitute is a font in place of a core font: its program, the core font that gives the widths, and flags of its
// descriptor, ISO 32000-1, table 123.
type substitute struct {
	name, core string
	source     []byte
	flags      int
}

const (
	flagFixedPitch  = 1 << 0
	flagNonsymbolic = 1 << 5
	flagItalic      = 1 << 6
)

// families are the core fonts and the names that Windows has for them, by the beginnings of names without hyphens.
var families = []struct{ prefix, core string }{
	{"helvetica", "Helvetica"}, {"arial", "Helvetica"}, {"timesnewroman", "Times"}, {"times", "Times"},
	{"couriernew", "Courier"}, {"courier", "Courier"},
}

// styles are what may follow the beginning of a name.
var styles = map[string]struct{ bold, italic bool }{
	"": {}, "mt": {}, "ps": {}, "psmt": {}, "roman": {}, "regular": {},
	"bold": {bold: true}, "boldmt": {bold: true}, "psboldmt": {bold: true},
	"oblique": {italic: true}, "italic": {italic: true}, "italicmt": {italic: true}, "psitalicmt": {italic: true},
	"boldoblique": {true, true}, "bolditalic": {true, true}, "bolditalicmt": {true, true}, "psbolditalicmt": {true, true},
}

// substituteFor returns what stands for a font with a name, and whether there is something.
func substituteFor(name string) (substitute, bool) {
	if len(name) > 7 && name[6] == '+' {
		name = name[7:]
	}
	plain := strings.ToLower(strings.NewReplacer("-", "", ",", "", " ", "").Replace(name))
	for _, f := range families {
		rest, ok := strings.CutPrefix(plain, f.prefix)
		if style, known := styles[rest]; ok && known {
			return pick(f.core, style.bold, style.italic), true
		}
	}
	return substitute{}, false
}

func pick(core string, bold, italic bool) substitute {
	s := substitute{flags: flagNonsymbolic}
	style := 0
	if bold {
		style |= 1
	}
	if italic {
		style |= 2
		s.flags |= flagItalic
	}
	suffix := []string{"", "-Bold", "-Oblique", "-BoldOblique"}[style]
	s.name, s.source = []string{"Go", "GoBold", "GoItalic", "GoBoldItalic"}[style], [][]byte{
		goregular.TTF, gobold.TTF, goitalic.TTF, gobolditalic.TTF,
	}[style]
	switch core {
	case "Courier":
		s.name, s.source = []string{"GoMono", "GoMonoBold", "GoMonoItalic", "GoMonoBoldItalic"}[style], [][]byte{
			gomono.TTF, gomonobold.TTF, gomonoitalic.TTF, gomonobolditalic.TTF,
		}[style]
		s.flags |= flagFixedPitch
	case "Times":
		suffix = []string{"-Roman", "-Bold", "-Italic", "-BoldItalic"}[style]
	}
	s.core = core + suffix
	return s
}

// upperWinAnsi are the characters of WinAnsiEncoding from 0x80 to 0x9F. A bullet stands for those that have none.
var upperWinAnsi = []rune("€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ")

func winAnsi(code int) rune {
	switch {
	case code >= 0x80 && code <= 0x9F:
		return upperWinAnsi[code-0x80]
	case code == 0xA0:
		return ' '
	case code == 0xAD:
		return '-'
	case code == 0x7F:
		return '•'
	}
	return rune(code)
}

// standard are the codes at which StandardEncoding, the encoding of core fonts that name none, differs from
// WinAnsiEncoding. ISO 19005-1, 6.3.7, allows no differences in an encoding, so a substitute has WinAnsiEncoding always:
// its program shows these characters in the places of others, and a map tells what they are.
var standard = []struct {
	code int
	char rune
}{
	{39, '’'}, {96, '‘'}, {161, '¡'}, {162, '¢'}, {163, '£'}, {164, '⁄'}, {165, '¥'}, {166, 'ƒ'}, {167, '§'},
	{168, '¤'}, {169, '\''}, {170, '“'}, {171, '«'}, {172, '‹'}, {173, '›'}, {174, 'ﬁ'}, {175, 'ﬂ'}, {177, '–'},
	{178, '†'}, {179, '‡'}, {180, '·'}, {182, '¶'}, {183, '•'}, {184, '‚'}, {185, '„'}, {186, '”'}, {187, '»'},
	{188, '…'}, {189, '‰'}, {191, '¿'}, {193, '`'}, {194, '´'}, {195, 'ˆ'}, {196, '˜'}, {197, '¯'}, {198, '˘'},
	{199, '˙'}, {200, '¨'}, {202, '˚'}, {203, '¸'}, {205, '˝'}, {206, '˛'}, {207, 'ˇ'}, {208, '—'}, {225, 'Æ'},
	{227, 'ª'}, {232, 'Ł'}, {233, 'Ø'}, {234, 'Œ'}, {235, 'º'}, {241, 'æ'}, {245, 'ı'}, {248, 'ł'}, {249, 'ø'},
	{250, 'œ'}, {251, 'ß'},
}

// font embeds a substitute for a core font. Fonts that are embedded, that are no core fonts, or that have an encoding of
// their own stay as they are.
func (c *conversion) font(d types.Dict) error {
	kind := name(c.ctx, d["Subtype"])
	if kind != "Type1" && kind != "TrueType" {
		return nil
	}
	v := &validation{findings: newFindings(1), ctx: c.ctx}
	if v.embeddedFont(d, d, "") {
		return nil
	}
	base := name(c.ctx, d["BaseFont"])
	s, ok := substituteFor(base)
	if !ok {
		return nil
	}
	standardCodes, ok := c.standardEncoding(d)
	if !ok {
		return nil
	}
	descriptor, p, err := c.embed(s, standardCodes)
	if err != nil {
		return err
	}
	const first, last = 32, 255
	widths := make(types.Array, 0, last-first+1)
	for code := first; code <= last; code++ {
		widths = append(widths, types.Integer(p.widths[winAnsi(code)]))
	}
	d["Subtype"], d["BaseFont"] = types.Name("TrueType"), types.Name(s.subsetName(standardCodes))
	d["Encoding"] = types.Name("WinAnsiEncoding")
	if standardCodes {
		if d["ToUnicode"], err = c.toUnicode(); err != nil {
			return err
		}
	}
	d["FirstChar"], d["LastChar"], d["Widths"] = types.Integer(first), types.Integer(last), widths
	d["FontDescriptor"] = descriptor
	c.change("The font " + base + " was replaced by " + s.name + " in the same widths, and embedded.")
	return nil
}

// subsetName is that of the embedded font, whose tag says that it has only some of its characters.
func (s substitute) subsetName(standardCodes bool) string {
	if standardCodes {
		return "IMSXGS+" + s.name
	}
	return "IMSXGO+" + s.name
}

// standardEncoding reports whether a font has StandardEncoding, and whether it is one that a substitute can have at all.
func (c *conversion) standardEncoding(d types.Dict) (standard, ok bool) {
	o, given := d.Find("Encoding")
	named := name(c.ctx, o)
	if e := dictionary(c.ctx, o); e != nil {
		if len(arrayOf(c.ctx, e["Differences"])) > 0 {
			return false, false
		}
		named = name(c.ctx, e["BaseEncoding"])
		given = named != ""
	}
	if named == "WinAnsiEncoding" {
		return false, true
	}
	return true, !given || named == "StandardEncoding"
}

// standardChar returns the character of a code in StandardEncoding.
func standardChar(code int) rune {
	for _, e := range standard {
		if e.code == code {
			return e.char
		}
	}
	return winAnsi(code)
}

// toUnicode returns the map from codes of StandardEncoding to characters, ISO 32000-1, 9.10.3.
func (c *conversion) toUnicode() (types.IndirectRef, error) {
	if c.unicode != nil {
		return *c.unicode, nil
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<00> <FF>\nendcodespacerange\n")
	for from := 32; from < 256; from += 56 { // at most 100 in one block
		b.WriteString("56 beginbfchar\n")
		for code := from; code < from+56; code++ {
			fmt.Fprintf(&b, "<%02X> <%04X>\n", code, standardChar(code))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	ref, err := c.addStream(types.Dict{}, []byte(b.String()))
	c.unicode = ref
	return *ref, err
}

// addStream adds a stream, compressed.
func (c *conversion) addStream(d types.Dict, data []byte) (*types.IndirectRef, error) {
	raw := deflate(data)
	length := int64(len(raw))
	d["Filter"], d["Length"] = types.Name("FlateDecode"), types.Integer(length)
	return c.ctx.IndRefForNewObject(types.StreamDict{
		Dict: d, Raw: raw, StreamLength: &length, FilterPipeline: []types.PDFFilter{{Name: "FlateDecode"}},
	})
}

// embed returns the descriptor of a substitute, whose program is put into the document once. With standardCodes it has
// the characters of StandardEncoding in the places of those of WinAnsiEncoding.
func (c *conversion) embed(s substitute, standardCodes bool) (types.IndirectRef, *program, error) {
	key := s.subsetName(standardCodes) + s.core
	if have, ok := c.fonts[key]; ok {
		return have.descriptor, have.program, nil
	}
	list, err := s.glyphs(standardCodes)
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	p, err := buildFont(s.source, list)
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	file, err := c.addStream(types.Dict{"Length1": types.Integer(len(p.data))}, p.data)
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	descriptor, err := c.ctx.IndRefForNewObject(s.descriptor(p, *file, s.subsetName(standardCodes)))
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	c.fonts[key] = embeddedFont{*descriptor, p}
	return *descriptor, p, nil
}

// standardWidths returns the widths in a core font of the characters of StandardEncoding that WinAnsiEncoding lacks, as
// Adobe's metrics of these fonts have them.
func standardWidths(core string) map[rune]int {
	values := [6]int{600, 600, 600, 600, 600, 600}
	accent := 600
	if !strings.HasPrefix(core, "Courier") {
		accent = 333
	}
	switch core {
	case "Helvetica", "Helvetica-Oblique":
		values = [6]int{500, 500, 167, 278, 556, 222}
	case "Helvetica-Bold", "Helvetica-BoldOblique":
		values = [6]int{611, 611, 167, 278, 611, 278}
	case "Times-Roman", "Times-BoldItalic":
		values = [6]int{556, 556, 167, 278, 611, 278}
	case "Times-Bold":
		values = [6]int{556, 556, 167, 278, 667, 278}
	case "Times-Italic":
		values = [6]int{500, 500, 167, 278, 556, 278}
	}
	widths := map[rune]int{}
	for i, char := range []rune("ﬁﬂ⁄ıŁł") {
		widths[char] = values[i]
	}
	for _, char := range "˘˙˚˝˛ˇ" {
		widths[char] = accent
	}
	return widths
}

// glyphs lists the characters of a substitute with the widths of the core font.
func (s substitute) glyphs(standardCodes bool) ([]glyph, error) {
	widths := standardWidths(s.core)
	for code := 32; code < 256; code++ {
		w, err := font.CharWidth(s.core, rune(code))
		if err != nil {
			return nil, err
		}
		if char := winAnsi(code); widths[char] == 0 {
			widths[char] = w
		}
	}
	var list []glyph
	taken := map[rune]bool{}
	for code := 32; code < 256; code++ {
		at := winAnsi(code)
		char := at
		if standardCodes {
			char = standardChar(code)
		}
		if !taken[at] {
			taken[at] = true
			list = append(list, glyph{char, at, widths[char]})
		}
	}
	return list, nil
}

// embeddedFont is a substitute that a document has.
type embeddedFont struct {
	descriptor types.IndirectRef
	program    *program
}

func (s substitute) descriptor(p *program, file types.IndirectRef, name string) types.Dict {
	em := func(v int) types.Integer { return types.Integer(v * 1000 / p.unitsPerEm) }
	angle := 0
	if s.flags&flagItalic != 0 {
		angle = -12
	}
	return types.Dict{
		"Type": types.Name("FontDescriptor"), "FontName": types.Name(name), "Flags": types.Integer(s.flags),
		"FontBBox":    types.Array{em(p.xMin), em(p.yMin), em(p.xMax), em(p.yMax)},
		"ItalicAngle": types.Integer(angle), "Ascent": em(p.ascent), "Descent": em(p.descent), "CapHeight": types.Integer(720),
		"StemV": types.Integer(80), "FontFile2": file,
	}
}

func deflate(data []byte) []byte {
	var buf bytes.Buffer
	z := zlib.NewWriter(&buf)
	z.Write(data) // a buffer takes everything
	z.Close()
	return buf.Bytes()
}
