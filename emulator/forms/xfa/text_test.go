package xfa_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// rich makes a draw of rich text.
func rich(attributes, body string) string {
	return `<draw ` + attributes + `><value><exData contentType="text/html"><body xmlns="http://www.w3.org/1999/xhtml">` + body +
		`</body></exData></value></draw>`
}

func TestText(t *testing.T) {
	t.Parallel()
	const clipped = "Text that is longer than its field or draw is cut off behind the last whole line."
	run(t, []layoutCase{
		{name: "wrapped", template: stacked(text(`w="50pt"`, "aaa bbb ccc")), want: []string{"10,28.33 aaa bbb", "10,39.66 ccc"}},
		{name: "broken behind a hyphen", template: stacked(text(`w="50pt"`, "aaaa-bbbbb")), want: []string{"10,28.33 aaaa-", "10,39.66 bbbbb"}},
		{name: "a word longer than a line", template: stacked(text(`w="30pt"`, "abcdefgh")), want: []string{"10,28.33 abcde", "10,39.66 fgh"}},
		{name: "line feeds", template: stacked(text(`w="90pt"`, "a\n\nb")), want: []string{"10,28.33 a", "10,50.99 b"}},
		{name: "ideographs", template: stacked(text(`w="9pt"`, "漢字")), want: []string{"10,28.33 漢", "10,39.66 字"}, notes: []string{
			"Some characters have no glyph in the fonts at hand, and show as boxes or question marks.",
		}},
		{name: "centered", template: stacked(`<draw w="60pt"><para hAlign="center"/><value><text>ab</text></value></draw>`), want: []string{"34,28.33 ab"}},
		{name: "right", template: stacked(`<draw w="60pt"><para hAlign="right"/><value><text>ab</text></value></draw>`), want: []string{"58,28.33 ab"}},
		{
			name:     "justified but for the last line",
			template: stacked(`<draw w="54pt"><para hAlign="justify"/><value><text>aa bb cc dd</text></value></draw>`),
			want:     []string{"10,28.33 aa", "31,28.33 bb", "52,28.33 cc", "10,39.66 dd"},
		},
		{name: "in the middle", template: stacked(`<draw w="60pt" h="31.33pt"><para vAlign="middle"/><value><text>ab</text></value></draw>`), want: []string{"10,38.33 ab"}},
		{name: "at the bottom", template: stacked(`<draw w="60pt" h="31.33pt"><para vAlign="bottom"/><value><text>ab</text></value></draw>`), want: []string{"10,48.33 ab"}},
		{
			name: "indents, spaces and the height of lines",
			template: stacked(`<draw w="55pt"><para marginLeft="6pt" textIndent="12pt" spaceAbove="4pt" lineHeight="15pt"/>` +
				`<value><text>aaa bbb ccc</text></value></draw>`),
			want: []string{"28,36 aaa", "16,51 bbb ccc"},
		},
		{
			name: "clipped to whole lines", template: stacked(text(`w="20pt" h="25pt"`, "aaa bbb ccc")),
			want: []string{"10,28.33 aaa", "10,39.66 bbb"}, notes: []string{clipped},
		},
		{name: "control characters are dropped", template: stacked(text("", "a\u00adb\u0085c")), want: []string{"10,28.33 ab\u0085c"}, notes: nil},
		{name: "a tab", template: stacked(text("", "a\tb")), want: []string{"10,28.33 a", "46,28.33 b"}},
	}, items)
}

func TestFontsOfText(t *testing.T) {
	t.Parallel()
	document := layout(t, stacked(`<draw><font typeface="Times New Roman" size="12pt" weight="bold" posture="italic" underline="1" lineThrough="1">`+
		`<fill><color value="1,2,3"/></fill></font><value><text>a</text></value></draw>`), "", xfa.Options{})
	got := document.Pages[0].Items[0].(page.Text)
	want := page.Text{
		X: 10, Y: got.Y, Text: "a", Font: page.Font{Family: page.Serif, Size: 12, Bold: true, Italic: true}, Color: page.Color{R: 1, G: 2, B: 3},
		Width: 6, Underline: true, Strike: true,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("text (-got +want):\n%s", diff)
	}
	for face, family := range map[string]page.Family{
		"Arial": page.Sans, "MS Sans Serif": page.Sans, "Georgia": page.Serif, "Courier Std": page.Mono, "": page.Sans,
	} {
		document := layout(t, stacked(`<draw><font typeface="`+face+`"/><value><text>a</text></value></draw>`), "", xfa.Options{})
		if got := document.Pages[0].Items[0].(page.Text).Font.Family; got != family {
			t.Errorf("family of %q: got %v, want %v", face, got, family)
		}
	}
}

func TestRichText(t *testing.T) {
	t.Parallel()
	run(t, []layoutCase{
		{
			name: "paragraphs", template: stacked(rich("", `<p>one</p> <p style="margin-top:5pt">two</p>`)),
			want: []string{"10,28.33 one", "10,44.66 two"},
		},
		{name: "white space", template: stacked(rich("", "<p>\n a  <b>b</b>\n c </p>")), want: []string{"10,28.33 a ", "22,28.33 b", "28,28.33  c"}},
		{name: "breaks", template: stacked(rich("", `<p>a<br/>b</p>`)), want: []string{"10,28.33 a", "10,39.66 b"}},
		{name: "underlined", template: stacked(rich("", `<p><u>a</u><span style="text-decoration:underline">b</span></p>`)), want: []string{"10,28.33 ab underlined"}},
		{name: "aligned", template: stacked(rich(`w="60pt"`, `<p style="text-align:right">a</p>`)), want: []string{"64,28.33 a"}},
		{
			name: "measures of all kinds", template: stacked(rich("", `<p style="line-height:2;text-indent:50%">a</p><p style="margin-left:6px;line-height:150%">b</p>`+
				`<p style="margin-left:1em;margin-top:0">c</p>`)),
			want: []string{"15,37 a", "14.5,52 b", "20,63.33 c"},
		},
		{
			name: "spaced letters", template: stacked(rich("", `<p><span style="letter-spacing:2pt">ab</span>c</p>`)),
			want: []string{"10,28.33 a", "18,28.33 b", "26,28.33 c"},
		},
		{
			name: "spaced letters that wrap, on the right", template: stacked(`<draw w="34pt"><font typeface="Courier" letterSpacing="0.2em"/><para hAlign="right"/><value><text>ab cde</text></value></draw>`),
			want: []string{"28,28.33 a", "36,28.33 b", "20,39.66 c", "28,39.66 d", "36,39.66 e"},
		},
		{
			name: "numbered lists", template: stacked(rich("", `<ol><li>a</li><li>b<ul><li>x</li></ul></li><li>c</li></ol>`)),
			want: []string{"28,28.33 1.\u00a0a", "28,39.66 2.\u00a0b", "46,50.99 •\u00a0x", "28,62.32 3.\u00a0c"},
		},
		{name: "lists", template: stacked(rich("", `<ul><li>a</li><li>b</li></ul><p>c</p>`)), want: []string{"28,28.33 •\u00a0a", "28,39.66 •\u00a0b", "10,50.99 c"}},
		{name: "spaces that stay", template: stacked(rich("", `<p>a<span style="xfa-spacerun:yes">   </span>b</p>`)), want: []string{"10,28.33 a   b"}},
		{name: "tabs", template: stacked(rich("", `<p>a<span style="xfa-tab-count:2"/>b</p>`)), want: []string{"10,28.33 a", "82,28.33 b"}},
		{name: "raised", template: stacked(rich("", `<p>a<span style="vertical-align:2pt">b</span></p>`)), want: []string{"10,30.33 a", "16,28.33 b"}},
		{
			name:     "of the data",
			template: stacked(`<field name="a" w="100pt"><ui><textEdit allowRichText="1" multiLine="1"/></ui></field>`),
			data:     `<r><a><body xmlns="http://www.w3.org/1999/xhtml"><p>x</p><p><i>y</i></p></body></a></r>`,
			want:     []string{"10,28.33 x", "10,39.66 y"},
		},
		{
			name: "with a field embedded",
			template: stacked(field("who", `id="f1" presence="hidden"`, "") +
				rich("", `<p>Dear <span xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/" xfa:embed="#f1" xfa:embedType="uri"/>, hello</p>`)),
			data: `<r><who>Ann</who></r>`, want: []string{"10,28.33 Dear Ann, hello"},
		},
	}, items)
}

func TestStylesOfRichText(t *testing.T) {
	t.Parallel()
	document := layout(t, stacked(rich("", `<p><span style="font-family:Arial;font-size:20pt;font-weight:bold;color:#ff8000">a</span>`+
		`<i style="color:rgb(1,2,3)">b</i><span style="font-style:italic;color:navy;font-size:6pt">c</span></p>`)), "", xfa.Options{})
	want := []page.Text{
		{Text: "a", Font: page.Font{Size: 20, Bold: true}, Color: page.Color{R: 255, G: 128}},
		{Text: "b", Font: page.Font{Family: page.Mono, Size: 10, Italic: true}, Color: page.Color{R: 1, G: 2, B: 3}},
		{Text: "c", Font: page.Font{Family: page.Mono, Size: 6, Italic: true}, Color: page.Color{B: 128}},
	}
	var got []page.Text
	for _, item := range document.Pages[0].Items {
		text := item.(page.Text)
		got = append(got, page.Text{Text: text.Text, Font: text.Font, Color: text.Color})
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("texts (-got +want):\n%s", diff)
	}
}

// letters returns a text without its white space.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// TestWrappedText checks, for any text, width and alignment, that no line is wider than its room, unless it has a single
// character, and that nothing is lost.
func TestWrappedText(t *testing.T) {
	t.Parallel()
	fonts := page.NewFonts(false)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`([a-zA-ZäöüßŁж漢-]{1,14}[ \n]{1,2}){0,12}`).Draw(t, "text")
		width := rapid.Float64Range(5, 170).Draw(t, "width")
		align := rapid.SampledFrom([]string{"left", "right", "center", "justify", "justifyAll"}).Draw(t, "align")
		face := rapid.SampledFrom([]string{"Arial", "Times", "Courier"}).Draw(t, "face")
		template := stacked(`<draw w="` + number(width) + `pt"><font typeface="` + face + `" size="9pt"/><para hAlign="` + align + `"/>` +
			`<value><text>` + value + `</text></value></draw>`)
		parsed, err := xfa.Parse([]byte(template))
		if err != nil {
			t.Fatal(err)
		}
		document, err := parsed.Layout(nil, xfa.Options{Fonts: fonts})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, p := range document.Pages {
			for _, item := range p.Items {
				line := item.(page.Text)
				all.WriteString(line.Text)
				end := line.X + fonts.Width(line.Font, line.Text)
				if end > 10+width+0.05 && len([]rune(line.Text)) > 1 {
					t.Errorf("%q ends at %v, the room at %v", line.Text, end, 10+width)
				}
			}
		}
		if got, want := letters(all.String()), letters(value); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
