package ddx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/ddx"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

// withoutDots removes the leaders.
func withoutDots(lines []string) []string {
	for i, l := range lines {
		lines[i] = strings.Join(strings.FieldsFunc(l, func(r rune) bool { return r == ' ' || r == '.' }), " ")
	}
	return lines
}

func TestTableOfContents(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, inner string
		want        []string
	}{
		{
			"of what follows", `<PDF result="r"><PDF source="c.pdf"/><TableOfContents/><PDF source="a.pdf"/></PDF>`,
			[]string{"Gamma 1", "Alpha chapter 1 3 Alpha chapter 2 4 Alpha chapter 3 5", "Alpha 1", "Alpha 2", "Alpha 3"},
		},
		{
			"of what says so",
			`<PDF result="r"><PDF source="c.pdf" includeInTOC="true"/><TableOfContents/><PDF source="c.pdf" includeInTOC="false"/><PDF source="c.pdf" bookmarkTitle="Last"/></PDF>`,
			[]string{"Gamma 1", "Gamma chapter 1 1 Last 4 Gamma chapter 1 4", "Gamma 1", "Gamma 1"},
		},
		{
			"of one level", `<PDF result="r"><TableOfContents maxBookmarkLevel="1"/><PDF source="a.pdf"/></PDF>`,
			[]string{"Alpha chapter 1 2 Alpha chapter 3 4", "Alpha 1", "Alpha 2", "Alpha 3"},
		},
		{
			"by labels", `<PDF result="r"><PageLabel prefix="p-"/><TableOfContents><PageLabel format="LowerRoman"/></TableOfContents><PDF source="c.pdf"/></PDF>`,
			[]string{"Gamma chapter 1 p-1", "Gamma 1"},
		},
		{
			"by patterns of a style",
			`<PDF result="r"><TableOfContents styleReference="toc"/><PDF source="a.pdf"/></PDF>
			<StyleProfile name="toc"><TableOfContents><Header><Center><StyledText><p>Contents</p></StyledText></Center></Header>
			<TableOfContentsEntryPattern applicableLevel="1"><StyledText><p font="Arial,18pt"><_BookmarkPageCitation/>: <_BookmarkTitle/></p></StyledText></TableOfContentsEntryPattern>
			<TableOfContentsEntryPattern applicableLevel="2"><StyledText><p>sub<leader leader-pattern="space"/><_BookmarkPageCitation/></p></StyledText></TableOfContentsEntryPattern>
			</TableOfContents></StyleProfile>`,
			[]string{"Contents 2 : Alpha chapter 1 sub 3 4 : Alpha chapter 3", "Alpha 1", "Alpha 2", "Alpha 3"},
		},
		{"of nothing", `<PDF result="r"><TableOfContents/><PDF source="a.pdf" pages="1"><NoBookmarks/></PDF></PDF>`, []string{"", "Alpha 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, withoutDots(texts(t, assembled(t, tt.inner)))); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongTableOfContents checks that a table of contents has the pages that it needs, and that all behind it moves.
func TestLongTableOfContents(t *testing.T) {
	t.Parallel()
	const count = 100
	d := fpdf.New("P", "pt", "A4", "")
	for i := range count {
		d.AddPage()
		d.Bookmark(fmt.Sprintf("Chapter %d %s", i+1, strings.Repeat("of a very long title ", i)), 0, -1)
	}
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	job := parse(t, `<PDF result="r"><TableOfContents bookmarkTitle="Contents"/><PDF source="long"/><BlankPage forceEven="true"/></PDF>`)
	out, err := job.Run(t.Context(), map[string][]byte{"long": b.Bytes()}, ddx.Options{FailOnError: true})
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, out.Results[0].Data)
	if got, want := f.PageCount(), 3+count+1; got != want {
		t.Errorf("got %d pages, want %d", got, want)
	}
	marks := bookmarks(t, f)
	if marks[0] != "Contents @1" || !strings.HasPrefix(marks[1], "Chapter 1  @4") && !strings.HasPrefix(marks[1], "Chapter 1 @4") {
		t.Errorf("got the bookmarks %q", marks[:2])
	}
	pages, err := pdf.Pages(f.Context())
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, p := range pages[:3] {
		annots, err := f.Context().DereferenceArray(p.Dict["Annots"])
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range annots {
			link, err := f.Context().DereferenceDict(o)
			if err != nil {
				t.Fatal(err)
			}
			dest, err := f.Context().DereferenceArray(link["Dest"])
			if err != nil {
				t.Fatal(err)
			}
			if want := pages[3+links].Ref; dest[0].(types.IndirectRef) != want {
				t.Errorf("link %d leads to %v, want %v", links, dest[0], want)
			}
			links++
		}
	}
	if links != count {
		t.Errorf("got %d links, want %d", links, count)
	}
	if got := strings.Count(out.Log, "table of contents"); got != 1 {
		t.Errorf("the log has %d tables of contents, want 1:\n%s", got, out.Log)
	}
	last := texts(t, f)[2]
	if !strings.HasSuffix(last, "103") || !strings.Contains(last, "Chapter 100 of") || !strings.Contains(last, "…") {
		t.Errorf("got the end of the table %q", last[max(len(last)-200, 0):])
	}
}
