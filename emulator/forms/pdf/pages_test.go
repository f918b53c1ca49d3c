package pdf_test

import (
	"bytes"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/image/font/gofont/goregular"
	"pgregory.net/rapid"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

func pageTexts(t testing.TB, data []byte) []string {
	t.Helper()
	f := open(t, data)
	var all []string
	for i := range f.PageCount() {
		s, err := f.PageText(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// TestSetPages selects pages at random, and compares with what was selected.
func TestSetPages(t *testing.T) {
	t.Parallel()
	data := plain(t, "x", 5)
	names := pageTexts(t, data)
	rapid.Check(t, func(rt *rapid.T) {
		numbers := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 8).Draw(rt, "pages")
		ctx := open(t, data).Context()
		pages, err := pdf.Pages(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		var chosen []*pdf.Page
		var want []string
		for _, n := range numbers {
			chosen, want = append(chosen, pages[n-1]), append(want, names[n-1])
		}
		if err := pdf.SetPages(ctx, chosen); err != nil {
			rt.Fatal(err)
		}
		if err := pdf.Renumber(ctx); err != nil {
			rt.Fatal(err)
		}
		out, err := pdf.Write(ctx, noon)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, pageTexts(t, out)); diff != "" {
			rt.Errorf("texts (-want +got):\n%s", diff)
		}
	})
}

func TestSetPagesRefuses(t *testing.T) {
	t.Parallel()
	ctx := open(t, plain(t, "x", 1)).Context()
	if err := pdf.SetPages(ctx, nil); !isPDFError(err) {
		t.Errorf("no pages: error %v", err)
	}
	if err := pdf.SetPages(ctx, make([]*pdf.Page, pdf.MaxPages+1)); !isPDFError(err) {
		t.Errorf("too many pages: error %v", err)
	}
}

func TestDroppedPagesLeaveNothing(t *testing.T) {
	t.Parallel()
	ctx := open(t, plain(t, "x", 3)).Context()
	pages, err := pdf.Pages(ctx)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := pdf.Write(open(t, plain(t, "x", 3)).Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := pdf.SetPages(ctx, pages[1:2]); err != nil {
		t.Fatal(err)
	}
	if err := pdf.Renumber(ctx); err != nil {
		t.Fatal(err)
	}
	part, err := pdf.Write(ctx, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(part, []byte("/Type/Page>>")); got != 1 {
		t.Errorf("%d pages are left, want 1", got)
	}
	if len(part) >= len(whole)-200 {
		t.Errorf("one of three pages has %d bytes, all have %d", len(part), len(whole))
	}
}

func TestAddContent(t *testing.T) {
	t.Parallel()
	for _, under := range []bool{false, true} {
		ctx := open(t, plain(t, "x", 2)).Context()
		pages, err := pdf.Pages(ctx)
		if err != nil {
			t.Fatal(err)
		}
		name, err := pdf.FreeName(ctx, pages[0], "Font", "F")
		if err != nil {
			t.Fatal(err)
		}
		operand, replaced := pdf.ShowText("added (äš)")
		if replaced != 0 {
			t.Errorf("%d characters were replaced", replaced)
		}
		err = pdf.AddContent(ctx, pages[0], pdf.Content{
			Stream:    []byte("BT /" + name + " 12 Tf 10 10 Td " + operand + " Tj ET"),
			Resources: map[string]types.Dict{"Font": {name: pdf.NewFace("Arial", false, false).Dict()}}, Under: under,
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := pdf.Write(ctx, noon)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"page 1 of x\nadded (äš)", "page 2 of x"}
		if under {
			want[0] = "added (äš)\npage 1 of x"
		}
		if diff := cmp.Diff(want, pageTexts(t, out)); diff != "" {
			t.Errorf("under %t (-want +got):\n%s", under, diff)
		}
	}
}

func TestFaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		family       string
		bold, italic bool
		want         pdf.Face
	}{
		{"", false, false, "Helvetica"},
		{"Arial", true, true, "Helvetica-BoldOblique"},
		{"Times New Roman", false, false, "Times-Roman"},
		{"serif", false, true, "Times-Italic"},
		{"sans-serif", true, false, "Helvetica-Bold"},
		{"Courier New", true, true, "Courier-BoldOblique"},
	} {
		if got := pdf.NewFace(tt.family, tt.bold, tt.italic); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.family, got, tt.want)
		}
	}
	if got := pdf.NewFace("Courier", false, false).Width("abc€", 10); got != 24 {
		t.Errorf("width %v, want 24", got)
	}
	if _, replaced := pdf.ShowText("Łódź"); replaced != 2 {
		t.Errorf("%d characters were replaced, want 2", replaced)
	}
}

// TestPageTextUnicode reads a font with two bytes for each character by its ToUnicode map.
func TestPageTextUnicode(t *testing.T) {
	t.Parallel()
	d := fpdf.New("P", "pt", "A4", "")
	d.AddUTF8FontFromBytes("Go", "", goregular.TTF)
	d.AddPage()
	d.SetFont("Go", "", 20)
	d.Text(50, 50, "Łódź Ελλάδα")
	d.Text(50, 90, "second")
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Łódź Ελλάδα\nsecond"}, pageTexts(t, b.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPageTextOperators(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ content, want string }{
		"strings":         {`BT /F 9 Tf (a\(b\)\\ \101\12c) Tj ET`, `a(b)\ Ac`},
		"hexadecimal":     {`BT <41 42 4> Tj ET`, "AB@"},
		"an array":        {`BT [(A) -30 (B) -400 (C)] TJ ET`, "AB C"},
		"lines":           {`BT (a) Tj T* (b) Tj (c) ' ET`, "a\nb\nc"},
		"moves":           {`BT 1 0 0 1 5 700 Tm (a) Tj 0 -20 Td (b) Tj 30 0 Td (c) Tj ET`, "a\nb c"},
		"a comment":       {"BT % (no)\n(yes) Tj ET", "yes"},
		"an inline image": {"BI /W 1 /H 1 ID (no) Tj\nEI BT (yes) Tj ET", "yes"},
		"unbalanced":      {`BT ( ( \`, ""},
		"octal":           {`BT (\101\1019\1011\60\6) Tj ET`, "AA9A10"},
		"letters":         {`BT (a\tb\bc\fd\qe) Tj ET`, "abcdqe"},
		"line ends":       {"BT (a\\\nb\\\rc\\\r\nd) Tj ET", "abcd"},
		"nested":          {`BT (a(b(c)d)e) Tj ET`, "a(b(c)d)e"},
		"no end of hex":   {`BT <41`, ""},
	} {
		data := assemble(`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>`,
			`<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>`, streamObject("", tt.content))
		got := strings.Join(pageTexts(t, data), "")
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
