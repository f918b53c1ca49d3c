package xfa_test

import (
	"testing"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// TestSurvey looks at the notes about what a template has and no document of it.
func TestSurvey(t *testing.T) {
	t.Parallel()
	in := func(inner string) string { return stacked(`<draw>` + inner + `</draw>`) }
	none := func(*page.Document) []string { return nil }
	run(t, []layoutCase{
		{name: "nothing", template: in(`<font typeface="Arial" size="9pt" letterSpacing="0in"/><para hAlign="right"/><border><corner radius="1pt"/></border>`)},
		{
			name: "typefaces", template: in(`<font typeface="Myriad Pro"/><caption><font typeface="myriad pro"/><value><exData><body xmlns="http://www.w3.org/1999/xhtml">` +
				`<p style="font-family:'Comic Sans MS'"/></body></exData></value></caption>`),
			notes: []string{`Helvetica, Times or Courier stand in for "Myriad Pro", "myriad pro", "Comic Sans MS".`},
		},
		{
			name: "typefaces that are embedded", template: in(`<font typeface="Myriad Pro"/>`), options: xfa.Options{Fonts: page.NewFonts(true)},
			notes: []string{"All typefaces are replaced by the Go fonts, which are embedded."},
		},
		{
			name:     "tab stops of rich text",
			template: in(`<value><exData contentType="text/html"><body xmlns="http://www.w3.org/1999/xhtml"><p style="tab-stops:left 1in"/></body></exData></value>`),
			notes:    []string{"Tab stops are half an inch apart."},
		},
		{
			name: "letters of other sizes", template: in(`<font fontHorizontalScale="80%" fontVerticalScale="100%"/>`),
			notes: []string{"Letters that were to be stretched or narrowed are as wide and as high as others."},
		},
		{
			name: "what has an effect elsewhere", template: in(`<border><corner inverted="1"/></border><para hAlign="radix"><hyphenation hyphenate="1"/></para>` +
				`<setProperty target="x" ref="y"/><bindItems ref="z"/>`),
			notes: []string{
				"Corners that are turned inwards are drawn outwards.",
				"Numbers that were to be aligned at the decimal point are aligned right.",
				"Words are not hyphenated.",
				"Properties that were to be taken from the data (setProperty) are as in the template.",
				"Items of lists that were to be taken from the data (bindItems) are left out; values are shown as they are.",
			},
		},
		{
			name: "breaks", template: in(`<breakBefore leader="a"><script>false</script></breakBefore>`),
			notes: []string{
				"1 script was left out; scripts are not run.", "Breaks with a condition are made whether it holds or not.",
				"Leaders and trailers of breaks are left out.",
			},
		},
		{
			name: "scripts", template: in(`<event activity="click"><script>a()</script></event><calculate><script>b()</script></calculate>` +
				`<validate><script>  </script></validate>`),
			notes: []string{"2 scripts were left out; scripts are not run."},
		},
	}, none)
}
