package printer

import (
	"sync"
	"unicode"
)

// charset returns the byte of a character, if the character set has it.
type charset func(r rune) (byte, bool)

func ascii(r rune) (byte, bool) { return byte(r), r >= ' ' && r <= '~' }

func latin1(r rune) (byte, bool) {
	return byte(r), r >= ' ' && r <= '~' || r >= 0xA0 && r <= 0xFF
}

// ebcdic500 is EBCDIC code page 500, by the Latin-1 characters from space on.
func ebcdic500(r rune) (byte, bool) {
	if _, ok := latin1(r); !ok {
		return 0, false
	}
	for i, c := range []rune(page500) {
		if c == r {
			return byte(0x40 + i), true
		}
	}
	return 0, false
}

// page500 holds the characters from 0x40 to 0xFE of EBCDIC code page 500.
const page500 = " \u00a0âäàáãåçñ[.<(+!" +
	"&éêëèíîïìß]$*);^" +
	"-/ÂÄÀÁÃÅÇÑ¦,%_>?" +
	"øÉÊËÈÍÎÏÌ`:#@'=\"" +
	"Øabcdefghi«»ðýþ±" +
	"°jklmnopqrªºæ¸Æ¤" +
	"µ~stuvwxyz¡¿ÐÝÞ®" +
	"¢£¥·©§¶¼½¾¬|¯¨´×" +
	"{ABCDEFGHI\u00adôöòóõ" +
	"}JKLMNOPQR¹ûüùúÿ" +
	"\\÷STUVWXYZ²ÔÖÒÓÕ" +
	"0123456789³ÛÜÙÚ"

// encode writes a text in a character set. What the set lacks is replaced by what stands for it.
func encode(s string, set charset) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		if c, ok := set(r); ok {
			b = append(b, c)
			continue
		}
		for _, stand := range standIn(r) {
			if c, ok := set(stand); ok {
				b = append(b, c)
			}
		}
	}
	return b
}

// standIn returns ASCII characters in the place of another one, nothing for what has no width.
func standIn(r rune) string {
	if s, ok := standIns()[r]; ok {
		return s
	}
	switch {
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		return ""
	case unicode.Is(unicode.Zs, r):
		return " "
	case unicode.Is(unicode.Pd, r):
		return "-"
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
		return string(r - 0xFF01 + '!')
	case r >= 0xC0 && r <= 0x17F:
		return latinBase(r)
	}
	return "?"
}

// latinBase returns the letter below the accent, for the letters from U+00C0 to U+017F.
func latinBase(r rune) string {
	const bases = "AAAAAA\x00CEEEEIIII" + "DNOOOOOxOUUUUY\x00\x00" + "aaaaaa\x00ceeeeiiii" + "dnooooo/ouuuuy\x00y" +
		"AaAaAaCcCcCcCcDd" + "DdEeEeEeEeEeGgGg" + "GgGgHhHhIiIiIiIi" + "Ii\x00\x00JjKkkLlLlLlL" +
		"lLlNnNnNnnNnOoOo" + "Oo\x00\x00RrRrRrSsSsSs" + "SsTtTtTtUuUuUuUu" + "UuUuWwYyYZzZzZzs"
	if b := bases[r-0xC0]; b != 0 {
		return string(b)
	}
	return "?"
}

// standIns is made when it is first needed, like all tables here that are not small.
var standIns = sync.OnceValue(func() map[rune]string {
	return map[rune]string{
		'Æ': "AE", 'æ': "ae", 'Œ': "OE", 'œ': "oe", 'Þ': "Th", 'þ': "th", 'ß': "ss", 'ẞ': "SS", 'Ĳ': "IJ", 'ĳ': "ij", '÷': "/",
		'€': "EUR", '£': "GBP", '¥': "JPY", '¢': "c", '©': "(c)", '®': "(R)", '™': "TM", '°': "o", 'ª': "a", 'º': "o",
		'«': "<<", '»': ">>", '‹': "<", '›': ">", '‘': "'", '’': "'", '‚': ",", '‛': "'", '“': "\"", '”': "\"", '„': "\"",
		'…': "...", '•': "*", '·': ".", '†': "+", '‡': "++", '‰': "0/00", '′': "'", '″': "\"", '−': "-", '⁄': "/", '×': "x",
		'±': "+/-", '¹': "1", '²': "2", '³': "3", '¼': "1/4", '½': "1/2", '¾': "3/4", 'µ': "u", 'μ': "u", '¦': "|", '¬': "-",
		'¡': "!", '¿': "?", '´': "'", '`': "'", '¨': "\"", '¸': ",", '¯': "-", 'ˆ': "^", '˜': "~", '§': "S", '¶': "P",
		'ƒ': "f", '\u00ad': "", '→': "->", '←': "<-", '↔': "<->", '≤': "<=", '≥': ">=", '≠': "!=", '≈': "~", '№': "No.",
		'✓': "x", '✔': "x", '✗': "x", '✘': "x", '☐': "[ ]", '☑': "[x]", '☒': "[x]", 'ﬁ': "fi", 'ﬂ': "fl",
	}
})
