package pdfa

import (
	"bytes"
	"compress/zlib"
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
// WinAnsiEncoding, with the name and the character.
var standard = []struct {
	code int
	name string
	char rune
}{
	{39, "quoteright", '’'}, {96, "quoteleft", '‘'}, {161, "exclamdown", '¡'}, {162, "cent", '¢'}, {163, "sterling", '£'},
	{164, "fraction", '⁄'}, {165, "yen", '¥'}, {166, "florin", 'ƒ'}, {167, "section", '§'}, {168, "currency", '¤'},
	{169, "quotesingle", '\''}, {170, "quotedblleft", '“'}, {171, "guillemotleft", '«'}, {172, "guilsinglleft", '‹'},
	{173, "guilsinglright", '›'}, {174, "fi", 'ﬁ'}, {175, "fl", 'ﬂ'}, {177, "endash", '–'}, {178, "dagger", '†'},
	{179, "daggerdbl", '‡'}, {180, "periodcentered", '·'}, {182, "paragraph", '¶'}, {183, "bullet", '•'},
	{184, "quotesinglbase", '‚'}, {185, "quotedblbase", '„'}, {186, "quotedblright", '”'}, {187, "guillemotright", '»'},
	{188, "ellipsis", '…'}, {189, "perthousand", '‰'}, {191, "questiondown", '¿'}, {193, "grave", '`'}, {194, "acute", '´'},
	{195, "circumflex", 'ˆ'}, {196, "tilde", '˜'}, {197, "macron", '¯'}, {200, "dieresis", '¨'}, {203, "cedilla", '¸'},
	{208, "emdash", '—'}, {225, "AE", 'Æ'}, {227, "ordfeminine", 'ª'}, {232, "Lslash", 'Ł'}, {233, "Oslash", 'Ø'},
	{234, "OE", 'Œ'}, {235, "ordmasculine", 'º'}, {241, "ae", 'æ'}, {245, "dotlessi", 'ı'}, {248, "lslash", 'ł'},
	{249, "oslash", 'ø'}, {250, "oe", 'œ'}, {251, "germandbls", 'ß'},
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
	codes, encoding, ok := c.encoding(d)
	if !ok {
		return nil
	}
	descriptor, p, err := c.embed(s)
	if err != nil {
		return err
	}
	const first, last = 32, 255
	widths := make(types.Array, 0, last-first+1)
	for code := first; code <= last; code++ {
		widths = append(widths, types.Integer(p.widths[codes[code]]))
	}
	d["Subtype"], d["BaseFont"], d["Encoding"] = types.Name("TrueType"), types.Name(subsetTag+s.name), encoding
	d["FirstChar"], d["LastChar"], d["Widths"] = types.Integer(first), types.Integer(last), widths
	d["FontDescriptor"] = descriptor
	c.change("The font " + base + " was replaced by " + s.name + " in the same widths, and embedded.")
	return nil
}

// subsetTag says that a font has only some of its characters.
const subsetTag = "IMSXGO+"

// encoding returns the character of each code, and the encoding that the substitute gets.
func (c *conversion) encoding(d types.Dict) (map[int]rune, types.Object, bool) {
	codes := map[int]rune{}
	for code := 32; code < 256; code++ {
		codes[code] = winAnsi(code)
	}
	o, given := d.Find("Encoding")
	named := name(c.ctx, o)
	if e := dictionary(c.ctx, o); e != nil {
		if len(arrayOf(c.ctx, e["Differences"])) > 0 {
			return nil, nil, false
		}
		named = name(c.ctx, e["BaseEncoding"])
		given = named != ""
	}
	switch {
	case named == "WinAnsiEncoding":
		return codes, types.Name("WinAnsiEncoding"), true
	case given && named != "StandardEncoding":
		return nil, nil, false
	}
	differences := types.Array{}
	for _, s := range standard {
		codes[s.code] = s.char
		differences = append(differences, types.Integer(s.code), types.Name(s.name))
	}
	return codes, types.Dict{
		"Type": types.Name("Encoding"), "BaseEncoding": types.Name("WinAnsiEncoding"), "Differences": differences,
	}, true
}

// embed returns the descriptor of a substitute, whose program is put into the document once.
func (c *conversion) embed(s substitute) (types.IndirectRef, *program, error) {
	if have, ok := c.fonts[s.core]; ok {
		return have.descriptor, have.program, nil
	}
	glyphs := map[rune]int{}
	for code := 32; code < 256; code++ {
		w, err := font.CharWidth(s.core, rune(code))
		if err != nil {
			return types.IndirectRef{}, nil, err
		}
		if char := winAnsi(code); glyphs[char] == 0 {
			glyphs[char] = w
		}
	}
	for _, e := range standard {
		glyphs[e.char] += 0
	}
	list := make([]glyph, 0, len(glyphs))
	for char, width := range glyphs {
		list = append(list, glyph{char, width})
	}
	p, err := buildFont(s.source, list)
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	raw := deflate(p.data)
	length := int64(len(raw))
	file, err := c.ctx.IndRefForNewObject(types.StreamDict{
		Dict: types.Dict{
			"Filter": types.Name("FlateDecode"), "Length": types.Integer(length), "Length1": types.Integer(len(p.data)),
		},
		Raw: raw, StreamLength: &length, FilterPipeline: []types.PDFFilter{{Name: "FlateDecode"}},
	})
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	descriptor, err := c.ctx.IndRefForNewObject(s.descriptor(p, *file))
	if err != nil {
		return types.IndirectRef{}, nil, err
	}
	c.fonts[s.core] = embeddedFont{*descriptor, p}
	return *descriptor, p, nil
}

// embeddedFont is a substitute that a document has.
type embeddedFont struct {
	descriptor types.IndirectRef
	program    *program
}

func (s substitute) descriptor(p *program, file types.IndirectRef) types.Dict {
	em := func(v int) types.Integer { return types.Integer(v * 1000 / p.unitsPerEm) }
	angle := 0
	if s.flags&flagItalic != 0 {
		angle = -12
	}
	return types.Dict{
		"Type": types.Name("FontDescriptor"), "FontName": types.Name(subsetTag + s.name), "Flags": types.Integer(s.flags),
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
