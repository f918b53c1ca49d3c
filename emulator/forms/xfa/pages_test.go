package xfa_test

import (
	"strconv"
	"testing"

	"github.com/imsx/imsx/emulator/forms/page"
)

// paged makes a template with page areas of its own.
func paged(pageSet, body string) string {
	return templateHead + `<subform name="root" layout="tb">` + pageSet + body + `</subform></template>`
}

const area = `<contentArea x="10pt" y="20pt" w="180pt" h="250pt"/><medium short="200pt" long="300pt"/>`

func TestOverflow(t *testing.T) {
	t.Parallel()
	lines := func(n int, attributes string) string {
		return repeat(n, func(i int) string { return text(`h="100pt" `+attributes, strconv.Itoa(i+1)) })
	}
	head := `<subform name="Head" layout="tb">` + text(`h="50pt"`, "head") + `</subform>`
	kept := func(keep string) string {
		return `<subform layout="tb"><keep ` + keep + `/>` + lines(2, "") + `</subform>`
	}
	run(t, []layoutCase{
		{name: "to the next page", template: stacked(lines(5, "")), want: []string{"1", "2", "page", "3", "4", "page", "5"}},
		{name: "exactly full", template: stacked(text(`h="250pt"`, "a") + text(`h="250pt"`, "b")), want: []string{"a", "page", "b"}},
		{name: "a point too much", template: stacked(text(`h="150pt"`, "a") + text(`h="101pt"`, "b")), want: []string{"a", "page", "b"}},
		{
			name: "no leader where its container begins", want: []string{"a", "page", "head", "1"},
			template: stacked(text(`h="210pt"`, "a") + `<subform layout="tb"><overflow leader="Head"/>` + head + lines(1, "") + `</subform>`),
		},
		{
			name: "to the next content area", want: []string{"1", "2", "3", "page", "4"},
			template: paged(`<pageSet><pageArea><contentArea x="0pt" y="0pt" w="90pt" h="250pt"/>`+
				`<contentArea x="90pt" y="0pt" w="90pt" h="110pt"/><medium short="200pt" long="300pt"/></pageArea></pageSet>`, lines(4, "")),
		},
		{name: "a leader on further pages", template: stacked(`<subform layout="tb"><overflow leader="Head"/>` + head + lines(3, "") + `</subform>`), want: []string{"head", "1", "2", "page", "head", "3"}},
		{
			name: "the leader of the older element, and a trailer",
			template: stacked(`<subform layout="tb"><break overflowLeader="#h" overflowTrailer="Foot"/>` + lines(3, "") + `</subform>` +
				`<subform id="h" layout="tb"><occur min="0"/>` + text(`h="20pt"`, "head") + `</subform>` +
				`<subform name="Foot" layout="tb"><occur min="0"/>` + text(`h="20pt"`, "foot") + `</subform>`),
			data: `<r><x/></r>`, want: []string{"1", "2", "foot", "page", "head", "3"},
		},
		{
			name: "bookends", template: stacked(`<subform layout="tb"><bookend leader="Head" trailer="Head"/>` + lines(1, "") +
				`</subform><subform layout="tb"><occur min="0" max="1"/></subform><subform name="Head" layout="tb"><occur min="0"/>` + text("", "end") + `</subform>`),
			data: `<r><x/></r>`, want: []string{"end", "1", "end"},
		},
		{
			name: "no leader above a container that goes to the next page as a whole", want: []string{"1", "2", "page", "head", "1"},
			template: stacked(lines(2, "") + `<subform layout="tb"><keep intact="contentArea"/><overflow leader="Head"/>` + head + lines(1, "") + `</subform>`),
		},
		{
			name: "no leader above a container with a break before it", want: []string{"1", "page", "head", "1"},
			template: stacked(lines(1, "") + `<subform layout="tb"><breakBefore targetType="contentArea"/><overflow leader="Head"/>` + head + lines(1, "") + `</subform>`),
		},
		{
			name: "a leader above the row that has it", want: []string{"head", "1", "page", "head", "1"},
			template: stacked(head + repeat(2, func(int) string {
				return `<subform layout="tb"><keep intact="contentArea"/><overflow leader="Head"/>` + text(`h="150pt"`, "1") + `</subform>`
			})),
		},
		{
			name: "bookends with data, each with its own",
			template: stacked(`<subform name="part" layout="tb"><occur max="-1"/><bookend leader="#top"/>` +
				`<subform name="Top" id="top" layout="tb"><bind match="none"/><occur min="0"/>` + field("title", "", "") + `</subform>` +
				lines(1, "") + `</subform>`),
			data: `<r><part><title>one</title></part><part><title>two</title></part></r>`, want: []string{"one", "1", "two", "1"},
		},
		{
			name: "a bookend with a group of its own",
			template: stacked(`<subform name="part" layout="tb"><bookend leader="Top"/>` +
				`<subform name="Top" layout="tb"><occur min="0" max="0"/>` + field("title", "", "") + `</subform>` + lines(1, "") + `</subform>`),
			data: `<r><part><Top><title>inner</title></Top></part></r>`, want: []string{"inner", "1"},
		},
		{
			name: "a leader that is not there", template: stacked(`<subform layout="tb"><overflow leader="None"/>` + lines(1, "") + `</subform>`), want: []string{"1"},
			notes: []string{`The leader or trailer "None" is not in the template; it is left out.`},
		},
		{name: "kept intact", template: stacked(lines(1, "") + kept(`intact="contentArea"`)), want: []string{"1", "page", "1", "2"}},
		{name: "not kept", template: stacked(lines(1, "") + kept(`intact="none"`)), want: []string{"1", "1", "page", "2"}},
		{
			name: "kept with the next", want: []string{"1", "page", "title", "2"},
			template: stacked(lines(1, "") + `<draw h="100pt"><keep next="contentArea"/><value><text>title</text></value></draw>` + text(`h="100pt"`, "2")),
		},
		{
			name: "kept with the previous", want: []string{"1", "page", "title", "2"},
			template: stacked(lines(1, "") + text(`h="100pt"`, "title") + `<draw h="100pt"><keep previous="contentArea"/><value><text>2</text></value></draw>`),
		},
		{
			name: "positioned objects, between those beside each other", want: []string{"a", "b", "page", "c"},
			template: stacked(`<subform>` + text(`y="0pt" h="60pt"`, "a") + text(`x="50pt" y="30pt" h="60pt"`, "b") + text(`y="200pt" h="100pt"`, "c") + `</subform>`),
		},
		{
			name: "an object higher than a page", template: stacked(text(`h="400pt"`, "a") + text("", "b")), want: []string{"a", "page", "b"},
			notes: []string{"An object that is higher than the page's content area goes beyond it."},
		},
	}, words)
}

func TestSplitText(t *testing.T) {
	t.Parallel()
	value := repeat(30, func(i int) string { return "line" + strconv.Itoa(i+1) + "\n" })
	got := words(layout(t, stacked(text("", "start")+text("", value)), "", optionsNone))
	var want []string
	for i := range 31 {
		if i == 22 { // 22 lines of 11.33 points are 249.26
			want = append(want, "page")
		}
		if i == 0 {
			want = append(want, "start")
		} else {
			want = append(want, "line"+strconv.Itoa(i))
		}
	}
	diffStrings(t, got, want)

	widows := `<draw><para widows="3"/><value><text>` + repeat(23, func(i int) string { return "l" + strconv.Itoa(i+1) + "\n" }) + `end</text></value></draw>`
	got = words(layout(t, stacked(widows), "", optionsNone))
	if got[21] != "page" || got[22] != "l22" {
		t.Errorf("with widows of 3, the second page begins as %q", got[21:])
	}
}

// TestSplitField breaks a field over two pages: its value stays right of where the caption was.
func TestSplitField(t *testing.T) {
	t.Parallel()
	value := repeat(30, func(int) string { return "x\n" })
	got := items(layout(t, stacked(`<field name="a" w="100pt"><ui><textEdit multiLine="1"/></ui><caption reserve="40pt"><value><text>Cap</text></value></caption></field>`),
		"<r><a>"+value+"</a></r>", optionsNone))
	diffStrings(t, got[:2], []string{"10,28.33 Cap", "50,28.33 x"})
	diffStrings(t, got[23:25], []string{"page", "50,28.33 x"})
}

func TestBorderOnEachPage(t *testing.T) {
	t.Parallel()
	run(t, []layoutCase{{
		name:     "a part of the border around each part",
		template: stacked(`<subform layout="tb"><border><edge/></border>` + text(`h="200pt"`, "a") + text(`h="100pt"`, "b") + `</subform>`),
		want: []string{
			"rect 10,20 6x200 fill none stroke #000000", "10,28.33 a", "page", "rect 10,20 6x100 fill none stroke #000000", "10,28.33 b",
		},
	}, {
		name:     "none where nothing is",
		template: stacked(text(`h="200pt"`, "x") + `<subform layout="tb"><border><edge/></border>` + text(`h="100pt"`, "b") + text(`h="200pt"`, "c") + `</subform>`),
		want: []string{
			"10,28.33 x", "page", "rect 10,20 6x100 fill none stroke #000000", "10,28.33 b", "page",
			"rect 10,20 6x200 fill none stroke #000000", "10,28.33 c",
		},
	}}, items)
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	two := `<pageSet><pageArea name="A" id="a"><occur max="1"/>` + area + text("", "on A") + `</pageArea><pageArea name="B" id="b">` + area + text("", "on B") +
		`</pageArea></pageSet>`
	sub := func(inner, value string) string {
		return `<subform layout="tb">` + inner + text("", value) + `</subform>`
	}
	run(t, []layoutCase{
		{name: "in order", template: paged(two, text(`h="200pt"`, "1")+text(`h="200pt"`, "2")+text(`h="200pt"`, "3")), want: []string{"on A", "1", "page", "on B", "2", "page", "on B", "3"}},
		{name: "before", template: stacked(text("", "1") + sub(`<breakBefore targetType="pageArea" startNew="1"/>`, "2")), want: []string{"1", "page", "2"}},
		{name: "not before the first", template: stacked(sub(`<breakBefore targetType="pageArea" startNew="1"/>`, "1")), want: []string{"1"}},
		{name: "after", template: stacked(sub(`<breakAfter targetType="pageArea" startNew="1"/>`, "1") + text("", "2")), want: []string{"1", "page", "2"}},
		{name: "not after the last", template: stacked(sub(`<breakAfter targetType="pageArea" startNew="1"/>`, "1")), want: []string{"1"}},
		{name: "the older element", template: stacked(text("", "1") + sub(`<break before="pageArea" startNew="1"/>`, "2") + sub(`<break after="contentArea"/>`, "3") + text("", "4")), want: []string{"1", "page", "2", "3", "page", "4"}},
		{name: "to a page area", template: paged(two, text("", "1")+sub(`<breakBefore targetType="pageArea" target="#b" startNew="1"/>`, "2")), want: []string{"on A", "1", "page", "on B", "2"}},
		{name: "the first page is what the first break asks for", template: paged(two, sub(`<breakBefore targetType="pageArea" target="B"/>`, "1")), want: []string{"on B", "1"}},
		{name: "not if the flow is there", template: paged(two, sub(`<breakBefore targetType="pageArea" target="B"/>`, "1")+sub(`<breakBefore targetType="pageArea" target="B"/>`, "2")), want: []string{"on B", "1", "2"}},
		{name: "to an odd page", template: stacked(text("", "1") + sub(`<breakBefore targetType="pageOdd" startNew="1"/>`, "3")), want: []string{"1", "page", "page", "3"}},
		{name: "to an even page", template: stacked(text("", "1") + sub(`<breakBefore targetType="pageEven" startNew="1"/>`, "2")), want: []string{"1", "page", "2"}},
		{name: "to an even page first", template: stacked(sub(`<break before="pageEven"/>`, "2")), want: []string{"page", "2"}},
		{name: "to an odd page first", template: stacked(sub(`<breakBefore targetType="pageOdd"/>`, "1")), want: []string{"1"}},
		{
			name: "the page that is left blank", want: []string{"1", "page", "blank", "page", "3"},
			template: paged(`<pageSet relation="duplexPaginated"><pageArea><medium short="200pt" long="300pt"/></pageArea>`+
				`<pageArea oddOrEven="even" blankOrNotBlank="blank"><medium short="200pt" long="300pt"/>`+text("", "blank")+`</pageArea></pageSet>`,
				text("", "1")+sub(`<breakBefore targetType="pageOdd" startNew="1"/>`, "3")),
		},
		{
			name: "to nothing", template: stacked(text("", "1") + sub(`<breakBefore targetType="pageArea" target="#none" startNew="1"/>`, "2")), want: []string{"1", "page", "2"},
			notes: []string{`The break to "#none" leads to nothing; it goes to the next page.`},
		},
		{
			name: "overflow to a page area", want: []string{"on A", "1", "page", "on A", "2"},
			template: paged(two, `<subform layout="tb"><overflow target="#a"/>`+text(`h="200pt"`, "1")+text(`h="200pt"`, "2")+`</subform>`),
		},
		{
			name: "to a content area", want: []string{"1", "2", "3"},
			template: paged(`<pageSet><pageArea><contentArea id="c1" w="90pt" h="250pt"/><contentArea id="c2" x="90pt" w="90pt" h="250pt"/>`+
				`<medium short="200pt" long="300pt"/></pageArea></pageSet>`, text("", "1")+sub(`<breakBefore targetType="contentArea" target="#c2"/>`, "2")+text("", "3")),
		},
	}, words)
}

func TestPageSets(t *testing.T) {
	t.Parallel()
	on := func(attributes, value string) string {
		return `<pageArea ` + attributes + `>` + area + text("", value) + `</pageArea>`
	}
	body := func(pages int) string {
		return repeat(pages, func(i int) string { return text(`h="200pt"`, strconv.Itoa(i+1)) })
	}
	positions := `<pageSet relation="simplexPaginated">` + on(`pagePosition="only"`, "only") + on(`pagePosition="first"`, "first") +
		on(`pagePosition="last"`, "last") + on(`pagePosition="rest"`, "rest") + `</pageSet>`
	sides := `<pageSet relation="duplexPaginated">` + on(`oddOrEven="odd"`, "odd") + on(`oddOrEven="even"`, "even") + `</pageSet>`
	number := `<pageSet><pageArea>` + area + `<field name="n" w="100pt" h="12pt"><ui><textEdit/></ui><calculate><script>` +
		`this.rawValue = "Page " + xfa.layout.page(this) + " of " + xfa.layout.pageCount();</script></calculate></field></pageArea></pageSet>`
	run(t, []layoutCase{
		{name: "one page", template: paged(positions, body(1)), want: []string{"only", "1"}},
		{name: "three pages", template: paged(positions, body(3)), want: []string{"first", "1", "page", "rest", "2", "page", "last", "3"}},
		{name: "sides", template: paged(sides, body(3)), want: []string{"odd", "1", "page", "even", "2", "page", "odd", "3"}},
		{name: "page numbers", template: paged(number, body(2)), want: []string{"Page 1 of 2", "1", "page", "Page 2 of 2", "2"}},
		{
			name: "page numbers in the flow", template: stacked(body(2) + `<field name="n" w="60pt" h="12pt"><ui><textEdit/></ui><calculate>` +
				`<script contentType="application/x-formcalc">Concat(xfa.layout.page($), "/", xfa.layout.pageCount())</script></calculate></field>`),
			want: []string{"1", "page", "2", "2/2"},
		},
		{
			name: "data on each page", want: []string{"x", "1", "page", "x", "2"}, data: `<r><a>x</a></r>`,
			template: paged(`<pageSet><pageArea>`+area+field("a", "", "")+`</pageArea></pageSet>`, body(2)),
		},
		{name: "no page set", template: templateHead + `<subform layout="tb">` + text("", "a") + `</subform></template>`, want: []string{"a"}},
	}, words)
}

func TestMedia(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, medium string
		w, h         float64
	}{
		{"letter if there is none", "", 612, 792},
		{"by its stock", `<medium stock="a4"/>`, 595.28, 841.89},
		{"by its edges", `<medium stock="default" short="100mm" long="200mm"/>`, 283.465, 566.929},
		{"across", `<medium stock="letter" orientation="landscape"/>`, 792, 612},
		{"no larger than a file can say", `<medium short="1000in" long="1000in"/>`, 14400, 14400},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			document := layout(t, paged(`<pageSet><pageArea>`+c.medium+`</pageArea></pageSet>`, ""), "", optionsNone)
			got, want := page.Page{Width: document.Pages[0].Width, Height: document.Pages[0].Height}, page.Page{Width: c.w, Height: c.h}
			if got.Width != want.Width || got.Height != want.Height {
				t.Errorf("got %v by %v, want %v by %v", got.Width, got.Height, want.Width, want.Height)
			}
		})
	}
}
