package pdf

import (
	"strings"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// decoder turns the bytes that a font shows into text. A nil decoder is for simple fonts.
type decoder struct {
	wide    bool // two bytes for each character
	unicode map[int]string
}

// fontNamed returns the decoder for a font of the resources.
func (x *extractor) fontNamed(name string, res types.Dict) *decoder {
	fonts, err := x.ctx.DereferenceDict(res["Font"])
	if err != nil || fonts == nil {
		return nil
	}
	o, _ := fonts.Find(name)
	key := ""
	if ref, ok := o.(types.IndirectRef); ok {
		key = ref.String()
		if d, ok := x.fonts[key]; ok {
			return d
		}
	}
	d, err := x.ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return nil
	}
	dec := &decoder{wide: d.Subtype() != nil && *d.Subtype() == "Type0"}
	sd, _, err := x.ctx.DereferenceStreamDict(d["ToUnicode"])
	if err == nil && sd != nil {
		if content, err := decode(*sd, MaxDecoded); err == nil {
			dec.unicode = parseToUnicode(content)
		}
	}
	if key != "" {
		x.fonts[key] = dec
	}
	return dec
}

func (d *decoder) decode(b []byte) string {
	if d == nil {
		return fromWinAnsi(b)
	}
	var s strings.Builder
	for i := 0; i < len(b); i++ {
		code := int(b[i])
		if d.wide {
			if i+1 >= len(b) {
				break
			}
			i++
			code = code<<8 | int(b[i])
		}
		switch u, ok := d.unicode[code]; {
		case ok:
			s.WriteString(u)
		case !d.wide:
			s.WriteString(fromWinAnsi([]byte{byte(code)}))
		}
	}
	return s.String()
}

func fromWinAnsi(b []byte) string {
	var s strings.Builder
	upper := []rune(high)
	for _, c := range b {
		switch {
		case c >= 0x80 && c <= 0x9F:
			s.WriteRune(upper[c-0x80])
		case c >= ' ':
			s.WriteRune(rune(c))
		}
	}
	return s.String()
}

// maxMapped bounds what a map of characters may hold.
const maxMapped = 1 << 16

// parseToUnicode reads the bfchar and bfrange sections of a ToUnicode map: ISO 32000-1, 9.10.3.
func parseToUnicode(data []byte) map[int]string {
	m := map[int]string{}
	s := scanner{data: data}
	var operands []token
	for len(m) < maxMapped {
		tok, ok := s.next()
		if !ok {
			break
		}
		if tok.kind != tokenOperator {
			operands = append(operands, tok)
			continue
		}
		switch tok.text {
		case "endbfchar":
			for i := 0; i+1 < len(operands); i += 2 {
				m[codeOf(operands[i].text)] = utf16Text(operands[i+1].text)
			}
		case "endbfrange":
			for i := 0; i+2 < len(operands); i += 3 {
				mapRange(m, codeOf(operands[i].text), codeOf(operands[i+1].text), operands[i+2].text)
			}
		}
		operands = operands[:0]
	}
	return m
}

func mapRange(m map[int]string, from, to int, first string) {
	text := []rune(utf16Text(first))
	if len(text) == 0 {
		return
	}
	last := len(text) - 1
	for c := from; c <= to && len(m) < maxMapped; c++ {
		m[c] = string(text)
		text[last]++
	}
}

func codeOf(s string) int {
	n := 0
	for i := 0; i < len(s) && i < 3; i++ {
		n = n<<8 | int(s[i])
	}
	return n
}

func utf16Text(s string) string {
	var units []uint16
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}
