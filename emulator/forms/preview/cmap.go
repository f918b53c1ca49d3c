package preview

import "unicode/utf16"

// characterMap reads the sections of a ToUnicode map that matter: pairs of a code and its text, and ranges of codes with the
// text of the first or a list of texts (ISO 32000-1, 9.10.3).
func (in *interpreter) characterMap(data []byte) map[int]string {
	m := map[int]string{}
	put := func(code int, s string) bool {
		in.mapped++
		m[code] = s
		return in.mapped < maxMapped
	}
	s := &scanner{data: data}
	var operands []token
	for in.mapped < maxMapped {
		t, ok := s.next()
		if !ok {
			break
		}
		if t.kind != kindOperator {
			if len(operands) < maxListItems {
				operands = append(operands, t)
			}
			continue
		}
		switch t.text {
		case "endbfchar":
			for i := 0; i+1 < len(operands) && put(code(operands[i]), text(operands[i+1])); i += 2 {
			}
		case "endbfrange":
			for i := 0; i+2 < len(operands); i += 3 {
				mapRange(put, code(operands[i]), code(operands[i+1]), operands[i+2])
			}
		}
		operands = operands[:0]
	}
	return m
}

func mapRange(put func(int, string) bool, first, last int, to token) {
	last = min(last, 0xFFFF)
	if to.kind == kindArray {
		for i, t := range to.list {
			if first+i > last || !put(first+i, text(t)) {
				return
			}
		}
		return
	}
	s := []rune(text(to))
	if len(s) == 0 {
		return
	}
	for c := first; c <= last && put(c, string(s)); c++ {
		s[len(s)-1]++
	}
}

// code reads a code of up to two bytes.
func code(t token) int {
	v := 0
	for i := 0; i < len(t.text) && i < 2; i++ {
		v = v<<8 | int(t.text[i])
	}
	return v
}

// text reads UTF-16.
func text(t token) string {
	var units []uint16
	for i := 0; i+1 < len(t.text) && i < 64; i += 2 {
		units = append(units, uint16(t.text[i])<<8|uint16(t.text[i+1]))
	}
	return string(utf16.Decode(units))
}
