package preview

import (
	"fmt"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/page"
)

// bareWidget draws a form field that has no appearance: its box, and its value in one line.
func (in *interpreter) bareWidget(d types.Dict) error {
	r, ok := in.rect(d["Rect"])
	if !ok || in.name(d["Subtype"]) != "Widget" {
		return nil
	}
	var s strings.Builder
	mk := in.dict(d["MK"])
	area := fmt.Sprintf("%s %s %s %s re", num(r.x0+0.5), num(r.y0+0.5), num(r.width()-1), num(r.height()-1))
	if c := in.colorOperator(mk["BG"], "g", "rg", "k"); c != "" {
		fmt.Fprintf(&s, "%s %s f\n", c, area)
	}
	if c := in.colorOperator(mk["BC"], "G", "RG", "K"); c != "" {
		fmt.Fprintf(&s, "%s %s S\n", c, area)
	}
	size := 0.0
	if kind := in.name(in.inherited(d, "FT")); kind == "Tx" || kind == "Ch" {
		if v := in.value(d); v != "" {
			size = min(max(r.height()*0.6, 4), 11)
			fmt.Fprintf(&s, "%s W n 0 g BT %s %s Td <%x> Tj ET\n", area, num(r.x0+2), num((r.y0+r.y1)/2-size*0.35), v)
		}
	}
	return in.nested([]byte(s.String()), nil, func() { in.state.text.size = size })
}

// colorOperator writes an operator for one, three or four components.
func (in *interpreter) colorOperator(o types.Object, gray, rgb, cmyk string) string {
	c := in.numbers(o)
	op, ok := map[int]string{1: gray, 3: rgb, 4: cmyk}[len(c)]
	if !ok {
		return ""
	}
	var s strings.Builder
	for _, v := range c {
		s.WriteString(num(unit(v)) + " ")
	}
	return s.String() + op
}

const maxFieldDepth = 8 // of fields that inherit from others

// inherited returns an entry of a field or of one that it belongs to.
func (in *interpreter) inherited(d types.Dict, entry string) types.Object {
	for range maxFieldDepth {
		if d == nil {
			return nil
		}
		if o, ok := d.Find(entry); ok {
			return o
		}
		d = in.dict(d["Parent"])
	}
	return nil
}

// value returns the first line of a field's value in code page 1252.
func (in *interpreter) value(d types.Dict) string {
	s, err := in.ctx.DereferenceText(in.inherited(d, "V"))
	if err != nil {
		return ""
	}
	s, _, _ = strings.Cut(strings.ReplaceAll(s, "\r", "\n"), "\n")
	const most = 500
	var b []byte
	for _, r := range s {
		c, ok := page.WinAnsi(r)
		if !ok {
			c = '?'
		}
		if b = append(b, c); len(b) == most {
			break
		}
	}
	return string(b)
}
