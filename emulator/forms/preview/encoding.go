package preview

import (
	"strconv"
	"strings"
	"sync"
)

// The encodings of simple fonts (ISO 32000-1, annex D), by code. An empty text has no character. They are made when they are
// first used, like all of this package that takes time: most programs that have it never show a page.
var (
	winAnsi = sync.OnceValue(func() *encoding {
		return encodingTable(asciiCharacters, 0x80, "€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ"+latin1Upper)
	})
	standard = sync.OnceValue(func() *encoding {
		return encodingTable(strings.NewReplacer("'", "’", "`", "‘").Replace(asciiCharacters), 0xA1,
			"¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\x00–†‡·\x00¶•‚„”»…‰\x00¿\x00`´ˆ˜¯˘˙¨\x00˚¸\x00˝˛ˇ—"+strings.Repeat("\x00", 16)+
				"Æ\x00ª\x00\x00\x00\x00ŁØŒº\x00\x00\x00\x00\x00æ\x00\x00\x00ı\x00\x00łøœß")
	})
	macRoman = sync.OnceValue(func() *encoding {
		return encodingTable(asciiCharacters, 0x80,
			"ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄¤‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\x00ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ")
	})
	symbols = sync.OnceValue(func() *encoding {
		return encodingTable(" !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼", 0xA0,
			"€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑")
	})
	dingbats = sync.OnceValue(dingbatTable)
)

// encoding is the text of each code.
type encoding [256]string

const asciiCharacters = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

const latin1Upper = "\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"

// encodingTable puts the lower characters at 0x20 and the upper ones where they begin.
func encodingTable(lower string, from int, upper string) *encoding {
	t := new(encoding)
	put := func(at int, characters string) {
		for _, r := range characters {
			if r != 0 && at < len(t) {
				t[at] = string(r)
			}
			at++
		}
	}
	put(0x20, lower)
	put(from, upper)
	return t
}

// dingbatTable maps Zapf Dingbats, which Unicode took over in their order, but for those that it had before.
func dingbatTable() *encoding {
	t := encodingTable(" ", 0, "")
	for c := 0x21; c <= 0x7E; c++ {
		t[c] = string(rune(0x2700 + c - 0x20))
	}
	for c, r := range map[int]rune{
		0x25: '☎', 0x2A: '☛', 0x2B: '☞', 0x48: '★', 0x6C: '●', 0x6E: '■', 0x73: '▲', 0x74: '▼', 0x75: '◆', 0x77: '◗',
	} {
		t[c] = string(r)
	}
	for c := 0xA1; c <= 0xFE; c++ {
		t[c] = string(rune(0x2761 + c - 0xA1))
	}
	return t
}

// glyphText returns the characters that the name of a glyph stands for, or nothing.
func glyphText(name string) string {
	name, _, _ = strings.Cut(name, ".") // a variant, such as "one.oldstyle"
	if s, ok := glyphNames()[name]; ok {
		return s
	}
	if len(name) == 1 {
		return name
	}
	for suffix, mark := range accents {
		if base, ok := strings.CutSuffix(name, suffix); ok && len(base) == 1 {
			return base + mark
		}
	}
	if first, rest, ok := strings.Cut(name, "_"); ok && first != "" && len(name) < 64 { // a ligature, such as "T_h"
		return glyphText(first) + glyphText(rest)
	}
	if digits, ok := strings.CutPrefix(name, "uni"); ok && len(digits) >= 4 {
		return hexRune(digits[:4])
	}
	if digits, ok := strings.CutPrefix(name, "u"); ok && len(digits) >= 4 && len(digits) <= 6 {
		return hexRune(digits)
	}
	return ""
}

func hexRune(digits string) string {
	v, err := strconv.ParseUint(digits, 16, 21)
	if err != nil {
		return ""
	}
	return string(rune(v))
}

// accents are combining marks by the end of a glyph's name.
var accents = map[string]string{
	"grave": "\u0300", "acute": "\u0301", "circumflex": "\u0302", "tilde": "\u0303", "macron": "\u0304", "breve": "\u0306",
	"dotaccent": "\u0307", "dieresis": "\u0308", "ring": "\u030A", "hungarumlaut": "\u030B", "caron": "\u030C",
	"cedilla": "\u0327", "commaaccent": "\u0326", "ogonek": "\u0328",
}

// glyphNames holds the names of the glyphs of the standard encodings that are not built from a letter and an accent.
var glyphNames = sync.OnceValue(func() map[string]string {
	return namesOf(
		"space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash",
		" !\"#$%&'()*+,-./",
		"zero one two three four five six seven eight nine colon semicolon less equal greater question at",
		"0123456789:;<=>?@",
		"bracketleft backslash bracketright asciicircum underscore grave braceleft bar braceright asciitilde",
		"[\\]^_`{|}~",
		"Euro quotesinglbase florin quotedblbase ellipsis dagger daggerdbl circumflex perthousand guilsinglleft OE quoteleft quoteright",
		"€‚ƒ„…†‡ˆ‰‹Œ‘’",
		"quotedblleft quotedblright bullet endash emdash tilde trademark guilsinglright oe exclamdown cent sterling currency yen",
		"“”•–—˜™›œ¡¢£¤¥",
		"brokenbar section dieresis copyright ordfeminine guillemotleft logicalnot registered macron degree plusminus twosuperior",
		"¦§¨©ª«¬®¯°±²",
		"threesuperior acute mu paragraph periodcentered cedilla onesuperior ordmasculine guillemotright onequarter onehalf threequarters",
		"³´µ¶·¸¹º»¼½¾",
		"questiondown AE Eth multiply Oslash Thorn germandbls ae eth divide oslash thorn fi fl fraction dotlessi Lslash lslash breve",
		"¿ÆÐ×ØÞßæð÷øþﬁﬂ⁄ıŁłˇ",
		"dotaccent ring hungarumlaut ogonek caron minus nbspace sfthyphen checkmark Delta Omega pi infinity notequal lessequal greaterequal",
		"˙˚˝˛ˇ−\u00a0\u00ad✓∆Ωπ∞≠≤≥",
		"a20 a21 a8 a71 a73 a76 a75 a35 a19 a22 a23 a24",
		"✔✕✘●■◆◇★✓✖✗✘",
	)
})

// namesOf pairs the words of each first text with the characters of the second.
func namesOf(lists ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(lists); i += 2 {
		characters := []rune(lists[i+1])
		for j, name := range strings.Fields(lists[i]) {
			m[name] = string(characters[j])
		}
	}
	m["breve"] = "˘"
	return m
}
