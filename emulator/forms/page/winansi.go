package page

// WinAnsi returns the byte of a character in the encoding that the core fonts are used with (code page 1252), and reports
// whether it has one. Control characters have none.
func WinAnsi(r rune) (byte, bool) {
	switch {
	case r >= 0x20 && r < 0x7f, r >= 0xa0 && r <= 0xff:
		return byte(r), true
	case r < 0x152:
		return 0, false
	}
	for i, c := range winAnsi80 {
		if c == r {
			return byte(0x80 + i), true
		}
	}
	return 0, false
}

// winAnsi80 are the characters from 0x80 on, where code page 1252 leaves Latin 1. A zero has no character.
var winAnsi80 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}
