package xfa_test

import (
	"testing"

	"github.com/imsx/imsx/emulator/forms/xfa"
)

func TestBinding(t *testing.T) {
	t.Parallel()
	row := func(attributes, inner string) string {
		return `<subform name="item" layout="tb" ` + attributes + `>` + inner + field("n", "", "") + `</subform>`
	}
	many := `<occur min="0" max="-1"/>`
	const three = `<r><item><n>1</n></item><item><n>2</n></item><item><n>3</n></item></r>`
	run(t, []layoutCase{
		{name: "by name", template: stacked(field("a", "", "")), data: `<r><b>no</b><a>yes</a></r>`, want: []string{"yes"}},
		{name: "by an attribute", template: stacked(field("a", "", "")), data: `<r a="yes"/>`, want: []string{"yes"}},
		{name: "each value once", template: stacked(field("a", "", "") + field("a", "", "")), data: `<r><a>1</a><a>2</a></r>`, want: []string{"1", "2"}},
		{
			name: "a group", template: stacked(`<subform name="g" layout="tb">` + field("a", "", "") + `</subform>`),
			data: `<r><a>outer</a><g><a>inner</a></g></r>`, want: []string{"inner"},
		},
		{
			name: "a subform without a name is not there for the data", template: stacked(`<subform layout="tb">` + field("a", "", "") + `</subform>`),
			data: `<r><a>x</a></r>`, want: []string{"x"},
		},
		{
			name: "from further out", template: stacked(`<subform name="g" layout="tb">` + field("a", "", "") + `</subform>`),
			data: `<r><a>outer</a><g><b>inner</b></g></r>`, want: []string{"outer"},
		},
		{name: "repeated", template: stacked(row("", many)), data: three, want: []string{"1", "2", "3"}},
		{name: "repeated at most twice", template: stacked(row("", `<occur min="0" max="2"/>`)), data: three, want: []string{"1", "2"}},
		{name: "once without an occur element", template: stacked(row("", "")), data: three, want: []string{"1"}},
		{
			name: "at least three", template: stacked(`<subform name="item" layout="tb"><occur min="3" max="-1"/>` + text("", "x") + `</subform>`),
			data: `<r><item><n>1</n></item></r>`, want: []string{"x", "x", "x"},
		},
		{
			name: "initially twice in an empty form", template: stacked(`<subform name="item" layout="tb"><occur min="0" initial="2" max="-1"/>` + text("", "x") + `</subform>`),
			want: []string{"x", "x"},
		},
		{
			name: "not at all without data", template: stacked(`<subform name="item" layout="tb">` + many + text("", "x") + `</subform>` + text("", "y")),
			data: `<r><other/></r>`, want: []string{"y"},
		},
		{
			name: "by a reference to all", template: stacked(row("", many+`<bind match="dataRef" ref="$.items.entry[*]"/>`)),
			data: `<r><items><entry><n>1</n></entry><entry><n>2</n></entry></items></r>`, want: []string{"1", "2"},
		},
		{
			name: "by a reference from the record", template: stacked(`<subform name="g" layout="tb">` + field("a", "", `<bind match="dataRef" ref="$record.x.y[1]"/>`) + `</subform>`),
			data: `<r><x><y>0</y><y>1</y></x><g><b/></g></r>`, want: []string{"1"},
		},
		{name: "by a reference from the data", template: stacked(field("a", "", `<bind match="dataRef" ref="$data.r.x"/>`)), data: `<r><x>1</x></r>`, want: []string{"1"}},
		{name: "by the record's long form", template: stacked(field("a", "", `<bind match="dataRef" ref="xfa.record.x"/>`)), data: `<r><x>1</x></r>`, want: []string{"1"}},
		{name: "by the long form", template: stacked(field("a", "", `<bind match="dataRef" ref="xfa.datasets.data.r.x"/>`)), data: `<r><x>1</x></r>`, want: []string{"1"}},
		{name: "by a relative reference", template: stacked(field("a", "", `<bind match="dataRef" ref="x.y"/>`)), data: `<r><x><y>1</y></x></r>`, want: []string{"1"}},
		{name: "by a name with a point", template: stacked(field("a", "", `<bind match="dataRef" ref="$.x\.y"/>`)), data: `<r><x.y>1</x.y></r>`, want: []string{"1"}},
		{name: "by a reference to nothing", template: stacked(field("a", "", `<bind match="dataRef" ref="$.none"/><value><text>own</text></value>`)), data: `<r><a>1</a></r>`, want: []string{"own"}},
		{
			name: "by a reference that is not emulated", template: stacked(field("a", "", `<bind match="dataRef" ref="$.x.(y &gt; 1)"/>`)), data: `<r><x>1</x></r>`,
			notes: []string{`The binding "$.x.(y > 1)" of field "a" is not emulated; it is left without data.`},
		},
		{
			name: "global", template: stacked(`<subform name="g" layout="tb">` + field("deep", "", `<bind match="global"/>`) + `</subform>` + field("deep", "", `<bind match="global"/>`)),
			data: `<r><x><y><deep>1</deep></y></x></r>`, want: []string{"1", "1"},
		},
		{name: "none", template: stacked(field("a", "", `<bind match="none"/><value><text>own</text></value>`)), data: `<r><a>1</a></r>`, want: []string{"own"}},
		{name: "an empty value", template: stacked(field("a", "", `<value><text>own</text></value>`)), data: `<r><a/></r>`},
		{
			name: "a group within the root, of the outermost subform's name", template: stacked(field("a", "", "")),
			data: `<data><root><a>1</a></root></data>`, want: []string{"1"},
		},
		{
			name: "a choice of subforms, in the order of the data's kinds",
			template: stacked(`<subformSet relation="choice"><occur min="0" max="-1"/><subform name="x" layout="tb">` + field("v", "", "") +
				`</subform><subform name="y" layout="tb">` + text("", "y:") + field("v", "", "") + `</subform></subformSet>`),
			data: `<r><y><v>1</v></y><x><v>2</v></x></r>`, want: []string{"2", "y:", "1"},
		},
		{
			name: "within xfa:datasets", template: stacked(field("a", "", "")),
			data: `<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><root><a>1</a></root></xfa:data></xfa:datasets>`, want: []string{"1"},
		},
		{
			name: "within an XDP package", template: stacked(field("a", "", "")),
			data: `<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><root><a>1</a></root></xfa:data></xfa:datasets></xdp:xdp>`,
			want: []string{"1"},
		},
		{
			name: "in the template's own package",
			template: `<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">` + stacked(field("a", "", "")) +
				`<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><root><a>1</a></root></xfa:data></xfa:datasets></xdp:xdp>`,
			want: []string{"1"},
		},
		{name: "in other encodings", template: stacked(field("a", "", "")), data: "<?xml version='1.0' encoding='ISO-8859-1'?><r><a>\xfc</a></r>", want: []string{"ü"}},
		{name: "in UTF-16", template: stacked(field("a", "", "")), data: "\xfe\xff\x00<\x00r\x00>\x00<\x00a\x00>\x00\xfc\x00<\x00/\x00a\x00>\x00<\x00/\x00r\x00>", want: []string{"ü"}},
	}, words)
}

func TestLocales(t *testing.T) {
	t.Parallel()
	sum := func(locale string) string {
		return field("a", locale, `<format><picture>num{z,zz9.99}</picture></format>`)
	}
	const data = `<r><a>1234.5</a></r>`
	const own = `<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">`
	localeSet := `<localeSet xmlns="http://www.xfa.org/schema/xfa-locale-set/2.7/"><locale name="de_DE"><numberSymbols>` +
		`<numberSymbol name="decimal">:</numberSymbol><numberSymbol name="grouping">_</numberSymbol></numberSymbols>` +
		`<calendarSymbols><monthNames><month>Jänner</month></monthNames></calendarSymbols></locale></localeSet></xdp:xdp>`
	run(t, []layoutCase{
		{name: "of the United States", template: stacked(sum("")), data: data, want: []string{"1,234.50"}},
		{name: "of the options", template: stacked(sum("")), data: data, options: xfa.Options{Locale: "de_DE"}, want: []string{"1.234,50"}},
		{name: "of the field", template: stacked(sum(`locale="fr_FR"`)), data: data, options: xfa.Options{Locale: "de_DE"}, want: []string{"1\u00a0234,50"}},
		{name: "ambient", template: stacked(sum(`locale="ambient"`)), data: data, options: xfa.Options{Locale: "de"}, want: []string{"1.234,50"}},
		{
			name: "not known", template: stacked(sum("")), data: data, options: xfa.Options{Locale: "xx"}, want: []string{"1,234.50"},
			notes: []string{`The locale "xx" is not known; the one of the United States is used.`},
		},
		{name: "of the template's set", template: own + stacked(sum("")) + localeSet, data: data, options: xfa.Options{Locale: "de_DE"}, want: []string{"1_234:50"}},
		{
			name:     "named by a picture",
			template: own + stacked(field("a", "", `<format><picture>date(de_DE){MMMM}</picture></format>`)) + localeSet, data: `<r><a>2026-01-01</a></r>`,
			want: []string{"Jänner"},
		},
	}, words)
}
