package printer

import (
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/forms/page"
)

// prolog holds the procedures of the documents.
//
//	name font reencode -   makes a font with the characters of code page 1252
//	dict ask -             asks for a feature of the device; a device without it goes on
//	string width x y T -   shows a string, spaced to a width; 0 leaves its own
//	x y w h radius R -     makes the path of a rectangle
const prolog = `/reencode {
  findfont dup length dict begin
    { 1 index /FID ne { def } { pop pop } ifelse } forall
    /Encoding cp1252 def
    currentdict
  end
  definefont pop
} bind def
/ask {
  mark exch { setpagedevice } stopped cleartomark
} bind def
/T {
  moveto exch dup length 0 gt {
    exch dup 0 gt { 1 index stringwidth pop sub 1 index length div } if
    0 3 -1 roll ashow
  } { pop pop } ifelse
} bind def
/R {
  /r exch def /h exch def /w exch def /y exch def /x exch def
  newpath
  r 0 gt {
    x r add y moveto
    x w add y x w add y h add r arct
    x w add y h add x y h add r arct
    x y h add x y r arct
    x y x w add y r arct
  } {
    x y moveto w 0 rlineto 0 h rlineto w neg 0 rlineto
  } ifelse
  closepath
} bind def
`

// usedFonts returns the names of the fonts of a document, sorted.
func usedFonts(d *page.Document) []string {
	used := map[page.Font]bool{}
	var names []string
	for _, p := range d.Pages {
		for _, item := range p.Items {
			t, ok := item.(page.Text)
			f := page.Font{Family: t.Font.Family, Bold: t.Font.Bold, Italic: t.Font.Italic}
			if !ok || used[f] {
				continue
			}
			used[f] = true
			names = append(names, page.CoreName(f))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// encodingVector returns the names of the glyphs of code page 1252, a few to a line.
func encodingVector() string {
	names := glyphNames()
	var s strings.Builder
	for i, name := range names {
		if i%8 == 0 {
			s.WriteByte('\n')
		}
		s.WriteString("/" + name + " ")
	}
	return s.String() + "\n"
}

func glyphNames() [256]string {
	var names [256]string
	for i := range names {
		names[i] = ".notdef"
	}
	for c := byte('0'); c <= '9'; c++ {
		names[c] = digitNames[c-'0']
	}
	for c := byte('A'); c <= 'Z'; c++ {
		names[c], names[c|0x20] = string(c), string(c|0x20)
	}
	for first, list := range glyphRuns() {
		for i, name := range strings.Fields(list) {
			names[int(first)+i] = name
		}
	}
	return names
}

var digitNames = [10]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}

// glyphRuns holds the names of the glyphs by the code of the first.
func glyphRuns() map[byte]string {
	return map[byte]string{
		0x20: "space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash",
		0x3A: "colon semicolon less equal greater question at",
		0x5B: "bracketleft backslash bracketright asciicircum underscore grave",
		0x7B: "braceleft bar braceright asciitilde",
		0x80: "Euro .notdef quotesinglbase florin quotedblbase ellipsis dagger daggerdbl circumflex perthousand Scaron guilsinglleft OE .notdef Zcaron",
		0x91: "quoteleft quoteright quotedblleft quotedblright bullet endash emdash tilde trademark scaron guilsinglright oe .notdef zcaron Ydieresis",
		0xA0: "space exclamdown cent sterling currency yen brokenbar section dieresis copyright ordfeminine guillemotleft logicalnot hyphen registered macron",
		0xB0: "degree plusminus twosuperior threesuperior acute mu paragraph periodcentered cedilla onesuperior ordmasculine guillemotright onequarter " +
			"onehalf threequarters questiondown",
		0xC0: "Agrave Aacute Acircumflex Atilde Adieresis Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave Iacute Icircumflex Idieresis",
		0xD0: "Eth Ntilde Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash Ugrave Uacute Ucircumflex Udieresis Yacute Thorn germandbls",
		0xE0: "agrave aacute acircumflex atilde adieresis aring ae ccedilla egrave eacute ecircumflex edieresis igrave iacute icircumflex idieresis",
		0xF0: "eth ntilde ograve oacute ocircumflex otilde odieresis divide oslash ugrave uacute ucircumflex udieresis yacute thorn ydieresis",
	}
}
