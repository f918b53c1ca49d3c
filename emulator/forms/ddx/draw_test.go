package ddx_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/ddx"
)

func styled(p string) string { return "<StyledText><p>" + p + "</p></StyledText>" }

func TestDrawn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, inner string
		want        []string
	}{
		{
			"page numbers", `<PDF result="r"><Footer><Right>` + styled("<_PageNumber/> of <_LastPageNumber/>") + `</Right></Footer><PDF source="c.pdf"/><PDF source="a.pdf" pages="1"/></PDF>`,
			[]string{"Gamma 1 1 of 2", "Alpha 1 2 of 2"},
		},
		{
			"titles", `<PDF result="r"><Title>Whole</Title><Header><Left>` + styled("<_Title/>:<_SourceTitle/> by <_SourceAuthor/>") + `</Left></Header><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 Whole:Title of Gamma by Author of Gamma"},
		},
		{
			"the inner header wins", `<PDF result="r"><Header><Left>` + styled("outer") + `</Left></Header><PDF source="c.pdf"><Header><Left>` + styled("inner") + `</Left></Header></PDF><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 inner", "Gamma 1 outer"},
		},
		{
			"no header within", `<PDF result="r"><Header><Left>` + styled("outer") + `</Left></Header><PDF source="c.pdf"><NoHeaders/></PDF><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1", "Gamma 1 outer"},
		},
		{
			"alternating", `<PDF result="r"><Footer alternation="OddPages"><Left>` + styled("odd") + `</Left></Footer><Footer alternation="EvenPages"><Left>` + styled("even") + `</Left></Footer><PDF source="a.pdf"/></PDF>`,
			[]string{"Alpha 1 odd", "Alpha 2 even", "Alpha 3 odd"},
		},
		{
			"a group's", `<PDF result="r"><PDFGroup><Watermark>` + styled("draft") + `</Watermark><PDF source="c.pdf"/></PDFGroup><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 draft", "Gamma 1"},
		},
		{
			"a background comes first", `<PDF result="r"><Background>` + styled("below") + `</Background><PDF source="c.pdf"/></PDF>`,
			[]string{"below Gamma 1"},
		},
		{
			"a page as watermark", `<PDF result="r"><Watermark opacity="20%" scale="50%"><PDF source="b.pdf" pages="2"/></Watermark><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 Beta 2"},
		},
		{
			"an overlay and an underlay", `<PDF result="r"><PageOverlay><PDF source="a.pdf"/></PageOverlay><PageUnderlay><PDF source="b.pdf"/></PageUnderlay><PDF source="c.pdf"/></PDF>`,
			[]string{"Beta 1 Gamma 1 Alpha 1"},
		},
		{
			"a style profile", `<StyleProfile name="s"><Header><Center>` + styled("from the profile") + `</Center></Header></StyleProfile><PDF result="r"><Header styleReference="s"/><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 from the profile"},
		},
		{
			"white space and rich text", "<PDF result=\"r\"><Header><Left>" + styled("\n  a<b>b </b>\n<i> c</i><Space/>d\u00a0e (f\\) <span color=\"red\">g</span>  ") + "</Left></Header><PDF source=\"c.pdf\"/></PDF>",
			[]string{"Gamma 1 a b c d e (f\\) g"},
		},
		{
			"dates", `<PDF result="r"><Header><Left>` + styled("<_DateTime/>") + `</Left></Header><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma 1 2026-03-04T12:00:00+0000"},
		},
		{
			"a blank page's own", `<PDF result="r"><PDF source="c.pdf"/><BlankPage><Watermark>` + styled("left blank") + `</Watermark></BlankPage></PDF>`,
			[]string{"Gamma 1", "left blank"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := texts(t, assembled(t, tt.inner))
			for i := range got {
				got[i] = strings.Join(strings.Fields(got[i]), " ")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" && !sameLetters(tt.want, got) {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

// sameLetters compares without white space: where words end is approximated when text is read.
func sameLetters(a, b []string) bool {
	squash := func(all []string) string { return strings.Join(strings.Fields(strings.Join(all, " ")), "") }
	return len(a) == len(b) && squash(a) == squash(b)
}

func TestBates(t *testing.T) {
	t.Parallel()
	number := func(attrs string) string {
		return `<Header><Left>` + styled("<BatesNumber "+attrs+"/>") + `</Left></Header>`
	}
	for _, tt := range []struct {
		name, inner string
		first       int
		want        []string
	}{
		{"from 1", `<PDF result="r">` + number("") + `<PDF source="a.pdf" pages="1-2"/></PDF>`, -1, []string{"Alpha 1 000001", "Alpha 2 000002"}},
		{"from the option", `<PDF result="r">` + number("") + `<PDF source="a.pdf" pages="1-2"/></PDF>`, 98, []string{"Alpha 1 000098", "Alpha 2 000099"}},
		{"start wins", `<PDF result="r">` + number(`start="7" prefix="X-" suffix="-Y" numberOfDigits="7"`) + `<PDF source="c.pdf"/></PDF>`, 98, []string{"Gamma 1 X-0000007-Y"}},
		{
			"through all results", `<PDF result="q">` + number("") + `<PDF source="a.pdf"/></PDF><PDF result="r">` + number("") + `<PDF source="c.pdf"/></PDF>`, -1,
			[]string{"Gamma 1 000004"},
		},
		{
			"twice on a page", `<PDF result="r">` + number("") + `<Footer><Left>` + styled("<_BatesNumber/>") + `</Left></Footer><PDF source="a.pdf" pages="1-2"/></PDF>`, -1,
			[]string{"Alpha 1 000001 000001", "Alpha 2 000002 000002"},
		},
		{
			"two patterns", `<PDF result="r">` + number(`prefix="A"`) + `<Footer><Left>` + styled(`<BatesNumber prefix="B"/>`) + `</Left></Footer><PDF source="c.pdf"/></PDF>`, 5,
			[]string{"Gamma 1 A000005 B000001"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := run(t, tt.inner, ddx.Options{FailOnError: true, FirstBatesNumber: tt.first})
			if diff := cmp.Diff(tt.want, texts(t, open(t, out.Results[len(out.Results)-1].Data))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultStyle(t *testing.T) {
	t.Parallel()
	const inner = `<PDF result="r"><Header><Left><StyledText><p>x</p></StyledText></Left></Header><PDF source="c.pdf"/></PDF>`
	_, err := parse(t, inner).Run(t.Context(), sources(t), ddx.Options{DefaultStyle: "font-size: 10pt; background: url(http://example.com)"})
	var own *ddx.Error
	if !errors.As(err, &own) || own.Job || !strings.Contains(err.Error(), `"background" is not emulated`) {
		t.Errorf("error %v", err)
	}
	out := run(t, inner, ddx.Options{DefaultStyle: "font-family: Times New Roman; font-size: 10pt; color: #00f", FailOnError: true})
	content, _, err := open(t, out.Results[0].Data).PageContent(1)
	if err != nil || !strings.Contains(string(content), "0 0 1 rg /DDXF0 10 Tf") {
		t.Errorf("error %v, content:\n%s", err, content)
	}
}

// TestEverything draws all kinds of content on turned and resized pages. Where DDX_KEEP names a folder, it leaves the
// document there to look at.
func TestEverything(t *testing.T) {
	t.Parallel()
	const all = `<PDF result="r"><Title>Everything</Title>
	<Header><Left><StyledText><p font-weight="bold" color="navy">Left <i>slanted</i></p><p font-size="8pt">second line</p></StyledText></Left>
		<Center><StyledText><p><_Title/></p></StyledText></Center><Right><StyledText><p font="bold 14pt Times" text-decoration="underline">Right</p></StyledText></Right></Header>
	<Footer><Left><StyledText><p font-family="Courier"><BatesNumber prefix="IMS-"/></p></StyledText></Left><Right><StyledText><p>Page <_PageNumber/> of <_LastPageNumber/></p></StyledText></Right></Footer>
	<Watermark opacity="30%" rotation="45" fitToPage="true"><StyledText><p color="red" font-weight="bold">CONFIDENTIAL</p></StyledText></Watermark>
	<Background><StyledText><p font-size="60pt" color="#cccccc">background</p></StyledText></Background>
	<PageMargins left="20mm" right="20mm" top="1in" bottom="1in"/>
	<PDF source="a.pdf" pages="1" bookmarkTitle="one"/>
	<PDF source="a.pdf" pages="2"><PageRotation rotate90="90"/></PDF>
	<PDF source="a.pdf" pages="3"><PageSize name="Letter"/><PageRotation rotate90="270"/></PDF>
	<PDF source="b.pdf" pages="1"><PageRotation rotate90="180"/><Watermark horizontalAnchor="Left" verticalAnchor="Top" opacity="50%" scale="30%" rotation="20"><PDF source="b.pdf" pages="4"/></Watermark></PDF>
	<BlankPage/></PDF>`
	out := run(t, all, ddx.Options{FailOnError: true, Time: noon})
	for i, text := range texts(t, open(t, out.Results[0].Data)) {
		for _, want := range []string{fmt.Sprintf("IMS-%06d", i+1), fmt.Sprintf("Page %d of 5", i+1), "Everything", "background", "second line"} {
			if !strings.Contains(text, want) {
				t.Errorf("page %d lacks %q: %q", i+1, want, text)
			}
		}
		// The fourth page has a watermark of its own.
		if got := strings.Contains(text, "CONFIDENTIAL"); got != (i != 3) {
			t.Errorf("page %d: the watermark is there: %t", i+1, got)
		}
	}
	if dir := os.Getenv("DDX_KEEP"); dir != "" {
		if err := os.WriteFile(dir+"/all.pdf", out.Results[0].Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnheededAttributesAreLogged checks that what is taken without an effect is told.
func TestUnheededAttributesAreLogged(t *testing.T) {
	t.Parallel()
	out := run(t, `<PDF result="r" save="FastWebView"><Header padding="1in"><Left>`+styled("x")+`</Left></Header><PDF source="c.pdf"/></PDF>`, ddx.Options{FailOnError: true})
	for _, want := range []string{`save="FastWebView" in line 2 has no effect`, "padding in line 2 has no effect"} {
		if !strings.Contains(out.Log, want) {
			t.Errorf("no %q in the log:\n%s", want, out.Log)
		}
	}
}

// TestFontShorthand checks the forms in which fonts are given by the sizes of the text that they make.
func TestFontShorthand(t *testing.T) {
	t.Parallel()
	for font, want := range map[string]string{
		"Arial,8pt": "8 Tf", "bold 9pt Arial": "9 Tf", "italic, 10pt, Times New Roman": "10 Tf", "Courier New": "12 Tf",
	} {
		f := assembled(t, `<PDF result="r"><Header><Left><StyledText><p font="`+font+`">x</p></StyledText></Left></Header><PDF source="c.pdf"/></PDF>`)
		content, _, err := f.PageContent(1)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), " "+want) {
			t.Errorf("%s: no %q in %s", font, want, content)
		}
	}
}
