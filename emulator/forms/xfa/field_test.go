package xfa_test

import (
	"testing"

	"github.com/imsx/imsx/emulator/forms/xfa"
)

func TestFields(t *testing.T) {
	t.Parallel()
	widget := func(ui, inner string) string {
		return stacked(`<field name="a" w="60pt" h="20pt"><ui>` + ui + `</ui>` + inner + `</field>`)
	}
	const box = "rect 10,20 10x10 fill none stroke #000000"
	run(t, []layoutCase{
		{name: "text", template: widget(`<textEdit/>`, ""), data: `<r><a>text</a></r>`, want: []string{"10,28.33 text"}},
		{name: "password", template: widget(`<passwordEdit/>`, ""), data: `<r><a>öse</a></r>`, want: []string{"10,28.33 ***"}},
		{
			name:     "a single line is cut off",
			template: widget(`<numericEdit/>`, ""), data: `<r><a>123456789012</a></r>`, want: []string{"10,28.33 1234567890"},
			notes: []string{"Text that is wider than its field of a single line is cut off."},
		},
		{
			name:     "a number with the locale's point",
			template: widget(`<numericEdit/>`, ""), data: `<r><a>1.5</a></r>`, options: xfa.Options{Locale: "de_DE"}, want: []string{"10,28.33 1,5"},
		},
		{
			name:     "a date without a picture",
			template: widget(`<dateTimeEdit/>`, ""), data: `<r><a>2026-03-01</a></r>`, options: xfa.Options{Locale: "de_DE"},
			want: []string{"10,28.33 01.03.2026"},
		},
		{
			name:     "a picture",
			template: widget(`<numericEdit/>`, `<para hAlign="right"/><format><picture>num{zz9.99}</picture></format>`), data: `<r><a>1.5</a></r>`,
			want: []string{"46,28.33 1.50"},
		},
		{
			name:     "a value that the picture cannot show",
			template: widget(`<numericEdit/>`, `<format><picture>num{zz9}</picture></format>`), data: `<r><a>n/a</a></r>`,
			want: []string{"10,28.33 n/a"}, notes: []string{"Values that their picture cannot show are shown as they are."},
		},
		{
			name:     "a binding with a picture",
			template: widget(`<dateTimeEdit/>`, `<bind><picture>date{DD/MM/YYYY}</picture></bind><format><picture>date{YYYY}</picture></format>`),
			data:     `<r><a>31/12/2025</a></r>`, want: []string{"10,28.33 2025"},
		},
		{
			name:     "a list shows what stands for the value",
			template: widget(`<choiceList/>`, `<items><text>Red</text><text>Blue</text></items><items save="1" presence="hidden"><text>r</text><text>b</text></items>`),
			data:     `<r><a>b</a></r>`, want: []string{"10,28.33 Blue"},
		},
		{
			name:     "several of a list",
			template: stacked(`<field name="a" w="60pt"><ui><choiceList open="multiSelect"/></ui><items><text>Red</text><text>Blue</text></items></field>`),
			data:     "<r><a>Red\nBlue</a></r>", want: []string{"10,28.33 Red", "10,39.66 Blue"},
			notes: []string{"Of lists only what is chosen is shown."},
		},
		{
			name: "several of a list, as a group of values",
			template: stacked(`<field name="a" w="60pt"><ui><choiceList open="multiSelect"/></ui><items><text>Red</text><text>Blue</text></items>` +
				`<items save="1"><text>r</text><text>b</text></items></field>`),
			data: "<r><a><value>b</value><value>r</value></a></r>", want: []string{"10,28.33 Blue", "10,39.66 Red"},
			notes: []string{"Of lists only what is chosen is shown."},
		},
		{
			name:     "cells with lines between",
			template: stacked(`<field name="a" w="60pt" h="20pt"><ui><textEdit><border/><comb numberOfCells="3"/></textEdit></ui></field>`),
			data:     `<r><a>xy</a></r>`,
			want:     []string{"rect 10,20 60x20 fill none stroke #000000", "line 30,20 30,40", "line 50,20 50,40", "17,32.67 x", "37,32.67 y"},
		},
		{name: "a check button that is off", template: widget(`<checkButton/>`, ""), data: `<r><a>0</a></r>`, want: []string{box}},
		{
			name:     "a check button that is on",
			template: widget(`<checkButton mark="square"/>`, ""), data: `<r><a>1</a></r>`,
			want: []string{box, "rect 12.5,22.5 5x5 fill #000000 stroke none"},
		},
		{
			name:     "a mark of lines",
			template: widget(`<checkButton mark="cross"/>`, `<items><text>yes</text></items>`), data: `<r><a>yes</a></r>`,
			want: []string{box, "line 12,22 18,28", "line 18,22 12,28"},
		},
		{
			name: "a group of buttons",
			template: stacked(`<exclGroup name="g" layout="tb">` +
				`<field h="12pt"><ui><checkButton mark="square"/></ui><items><text>x</text></items></field>` +
				`<field h="12pt"><ui><checkButton mark="square"/></ui><items><text>y</text></items></field></exclGroup>`),
			data: `<r><g>y</g></r>`,
			want: []string{box, "rect 10,32 10x10 fill none stroke #000000", "rect 12.5,34.5 5x5 fill #000000 stroke none"},
		},
		{
			name:     "a comb",
			template: widget(`<textEdit><comb numberOfCells="4"/></textEdit>`, ""), data: `<r><a>AB</a></r>`,
			want: []string{"14.5,32.67 A", "29.5,32.67 B"},
		},
		{
			name:     "a button shows its caption",
			template: widget(`<button/>`, `<caption><value><text>Go</text></value></caption><border/>`),
			want:     []string{"rect 10,20 60x20 fill none stroke #000000", "34,32.67 Go"},
		},
		{name: "a signature is a box", template: widget(`<signature/>`, ""), want: []string{"rect 10,20 60x20 fill none stroke #000000"}},
		{
			name:     "a barcode is its text",
			template: widget(`<barcode type="code3Of9"/>`, ""), data: `<r><a>123</a></r>`, want: []string{"10,28.33 123"},
			notes: []string{"Barcodes are shown as their text."},
		},
		{
			name:     "the border of a widget, with its margin",
			template: widget(`<textEdit><border/><margin leftInset="4pt" topInset="3pt"/></textEdit>`, ""), data: `<r><a>x</a></r>`,
			want: []string{"rect 10,20 60x20 fill none stroke #000000", "14,31.33 x"},
		},
		{name: "the value of the template", template: widget(`<textEdit/>`, `<value><text>given</text></value>`), want: []string{"10,28.33 given"}},
	}, items)
}

func TestCaptions(t *testing.T) {
	t.Parallel()
	captioned := func(placement string) string {
		return stacked(`<field name="a" w="80pt" h="40pt"><ui><textEdit/></ui><caption ` + placement + `><value><text>Cap</text></value></caption></field>`)
	}
	const data = `<r><a>x</a></r>`
	run(t, []layoutCase{
		{name: "left", template: captioned(`reserve="30pt"`), data: data, want: []string{"10,28.33 Cap", "40,28.33 x"}},
		{name: "right", template: captioned(`placement="right" reserve="30pt"`), data: data, want: []string{"60,28.33 Cap", "10,28.33 x"}},
		{name: "top", template: captioned(`placement="top" reserve="15pt"`), data: data, want: []string{"10,28.33 Cap", "10,43.33 x"}},
		{name: "bottom", template: captioned(`placement="bottom" reserve="15pt"`), data: data, want: []string{"10,53.33 Cap", "10,28.33 x"}},
		{name: "as wide as its text", template: captioned(""), data: data, want: []string{"10,28.33 Cap", "30,28.33 x"}},
		{name: "hidden", template: captioned(`presence="hidden" reserve="30pt"`), data: data, want: []string{"10,28.33 x"}},
		{name: "invisible", template: captioned(`presence="invisible" reserve="30pt"`), data: data, want: []string{"40,28.33 x"}},
	}, items)
}
