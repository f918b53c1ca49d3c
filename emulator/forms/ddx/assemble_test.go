package ddx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/ddx"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

func TestPages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, inner string
		want        []string
	}{
		{"two documents", `<PDF result="r"><PDF source="a.pdf"/><PDF source="c.pdf"/></PDF>`, []string{"Alpha 1", "Alpha 2", "Alpha 3", "Gamma 1"}},
		{
			"ranges", `<PDF result="r"><PDF source="b.pdf" pages="2-3,1,last"/><PDF source="a.pdf" pages="last-2"/></PDF>`,
			[]string{"Beta 2", "Beta 3", "Beta 1", "Beta 4", "Alpha 3", "Alpha 2"},
		},
		{"the last but one", `<PDF result="r"><PDF source="b.pdf" pages="2-penultimate, penultimate"/></PDF>`, []string{"Beta 2", "Beta 3", "Beta 3"}},
		{"a page twice", `<PDF result="r"><PDF source="a.pdf" pages="1,1,2"/></PDF>`, []string{"Alpha 1", "Alpha 1", "Alpha 2"}},
		{"a source twice", `<PDF result="r"><PDF source="c.pdf"/><PDF source="c.pdf"/></PDF>`, []string{"Gamma 1", "Gamma 1"}},
		{"a group", `<PDF result="r"><PDFGroup><PDF source="c.pdf"/><PDFGroup><PDF source="a.pdf" pages="1"/></PDFGroup></PDFGroup></PDF>`, []string{"Gamma 1", "Alpha 1"}},
		{"blank pages", `<PDF result="r"><BlankPage/><PDF source="c.pdf"/><BlankPage/></PDF>`, []string{"", "Gamma 1", ""}},
		{
			"blank pages to be even", `<PDF result="r"><PDF source="a.pdf"/><BlankPage forceEven="true"/><PDF source="b.pdf"/><BlankPage forceEven="true"/></PDF>`,
			[]string{"Alpha 1", "Alpha 2", "Alpha 3", "", "Beta 1", "Beta 2", "Beta 3", "Beta 4"},
		},
		{"a source that may be missing", `<PDF result="r"><PDF source="x.pdf" required="false"/><PDF source="c.pdf"/></PDF>`, []string{"Gamma 1"}},
		{
			"a result as a source",
			`<PDF result="t" return="false"><PDF source="a.pdf" pages="2"/></PDF><PDF result="r"><PDF source="t"/><PDF source="c.pdf"/></PDF>`,
			[]string{"Alpha 2", "Gamma 1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, texts(t, assembled(t, tt.inner))); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBookmarks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, inner string
		want        []string
	}{
		{
			"kept", `<PDF result="r"><PDF source="a.pdf"/><PDF source="c.pdf"/></PDF>`,
			[]string{"Alpha chapter 1 @1", "  Alpha chapter 2 @2", "Alpha chapter 3 @3", "Gamma chapter 1 @4"},
		},
		{
			"below titles", `<PDF result="r"><PDF source="c.pdf" bookmarkTitle="First"/><PDF source="c.pdf" bookmarkTitle="Zweites Ä"/></PDF>`,
			[]string{"First @1", "  Gamma chapter 1 @1", "Zweites Ä @2", "  Gamma chapter 1 @2"},
		},
		{"of selected pages", `<PDF result="r"><PDF source="b.pdf" pages="3,2"/></PDF>`, []string{"Beta chapter 1 @2", "  Beta chapter 2 @2", "Beta chapter 3 @1"}},
		{"none of a source", `<PDF result="r"><PDF source="a.pdf"><NoBookmarks/></PDF><PDF source="c.pdf"/></PDF>`, []string{"Gamma chapter 1 @4"}},
		{"none", `<PDF result="r"><PDF source="a.pdf" bookmarkTitle="x"/><NoBookmarks/></PDF>`, []string{}},
		{
			"from another document's", `<Bookmarks result="m" return="false"><PDF source="c.pdf"/></Bookmarks><PDF result="r"><PDF source="a.pdf"><NoBookmarks/></PDF><Bookmarks source="m"/></PDF>`,
			[]string{"Gamma chapter 1 @1"},
		},
		{
			"replaced", `<Bookmarks result="m" return="false"><PDF source="c.pdf"/></Bookmarks><PDF result="r"><PDF source="c.pdf"/><PDF source="a.pdf"><Bookmarks source="m"/></PDF></PDF>`,
			[]string{"Gamma chapter 1 @1", "Gamma chapter 1 @2"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, bookmarks(t, assembled(t, tt.inner))); diff != "" {
				t.Errorf("bookmarks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBookmarksResult(t *testing.T) {
	t.Parallel()
	out := run(t, `<Bookmarks result="m.xml"><PDF source="c.pdf"/><PDF source="a.pdf" pages="1-2"/></Bookmarks>`, ddx.Options{FailOnError: true})
	want := `<?xml version="1.0" encoding="UTF-8"?>
<Bookmarks xmlns="http://ns.adobe.com/pdf/bookmarks" version="1.0">
  <Bookmark>
    <Title>Gamma chapter 1</Title>
    <Dest>
      <Fit PageNum="0"></Fit>
    </Dest>
  </Bookmark>
  <Bookmark>
    <Title>Alpha chapter 1</Title>
    <Dest>
      <Fit PageNum="1"></Fit>
    </Dest>
    <Bookmark>
      <Title>Alpha chapter 2</Title>
      <Dest>
        <Fit PageNum="2"></Fit>
      </Dest>
    </Bookmark>
  </Bookmark>
</Bookmarks>
`
	if diff := cmp.Diff(want, string(out.Results[0].Data)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	out := run(t, `<PDFsFromBookmarks prefix="part"><PDF source="b.pdf"/><Footer><Center><StyledText><p>of <_LastPageNumber/></p></StyledText></Center></Footer></PDFsFromBookmarks>`,
		ddx.Options{FailOnError: true, Time: noon})
	var names []string
	for i, r := range out.Results {
		names = append(names, r.Name)
		want := []string{fmt.Sprintf("Beta %d of 4", 2*i+1), fmt.Sprintf("Beta %d of 4", 2*i+2)}
		f := open(t, r.Data)
		if diff := cmp.Diff(want, texts(t, f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.Name, diff)
		}
		if diff := cmp.Diff([]string{fmt.Sprintf("Beta chapter %d @2", 2*i+2)}, bookmarks(t, f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.Name, diff)
		}
	}
	want := []string{"part.000001.Beta chapter 1.pdf", "part.000002.Beta chapter 3.pdf"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, inner                      string
		title, author, keywords, subject string
	}{
		{"of the first source", `<PDF result="r"><PDF source="a.pdf"/><PDF source="b.pdf"/></PDF>`, "Title of Alpha", "Author of Alpha", "", ""},
		{"of the base document", `<PDF result="r"><PDF source="a.pdf"/><PDF source="b.pdf" baseDocument="true"/></PDF>`, "Title of Beta", "Author of Beta", "", ""},
		{
			"said", `<PDF result="r"><Title>A &amp; Ö</Title><Subject>s</Subject><Keywords><Keyword>x</Keyword><Keyword>y</Keyword></Keywords><PDF source="a.pdf"/></PDF>`,
			"A & Ö", "Author of Alpha", "x, y", "s",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := assembled(t, tt.inner).Info()
			if got.Title != tt.title || got.Author != tt.author || got.Keywords != tt.keywords || got.Subject != tt.subject {
				t.Errorf("information %+v", got)
			}
			if got.ModDate != pdf.Date(noon) {
				t.Errorf("modified %q, want %q", got.ModDate, pdf.Date(noon))
			}
		})
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	const one = `<FileAttachments source="note.txt"><File filename="n.txt"/><Description>a note</Description></FileAttachments>`
	f := assembled(t, `<PDF result="r"><PDF source="a.pdf"/>`+one+`</PDF>`)
	all, err := f.Context().ListAttachments()
	if err != nil || len(all) != 1 || all[0].FileName != "n.txt" || all[0].Desc != "a note" {
		t.Fatalf("attachments %v, error %v", all, err)
	}
	got, err := f.Context().ExtractAttachment(all[0])
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(got); err != nil || b.String() != "a note" {
		t.Errorf("content %q, error %v", b.String(), err)
	}
	f = assembled(t, `<PDF result="x" return="false"><PDF source="a.pdf"/>`+one+`</PDF><PDF result="r"><PDF source="c.pdf"/><PDF source="x"><NoFileAttachments/></PDF></PDF>`)
	if all, err := f.Context().ListAttachments(); err != nil || len(all) != 0 {
		t.Errorf("after NoFileAttachments: %v, error %v", all, err)
	}
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"Acrobat5", "Acrobat7", "AcrobatX"} {
		out := run(t, `<PasswordEncryptionProfile name="p" compatibilityLevel="`+level+`"><OpenPassword>sesame</OpenPassword><MasterPassword>owner</MasterPassword></PasswordEncryptionProfile>
			<PasswordAccessProfile name="k"><Password>sesame</Password></PasswordAccessProfile>
			<PDF result="e" encryption="p"><PDF source="a.pdf"/></PDF><PDF result="d"><PDF source="e" access="k"/><PDF source="c.pdf"/></PDF>`,
			ddx.Options{FailOnError: true, Time: noon})
		if _, err := pdf.Open(out.Results[0].Data, pdf.OpenOptions{}); !errors.Is(err, pdf.ErrPassword) {
			t.Errorf("%s: opened without a password: error %v", level, err)
		}
		f, err := pdf.Open(out.Results[0].Data, pdf.OpenOptions{Password: "sesame"})
		if err != nil || f.PageCount() != 3 {
			t.Errorf("%s: error %v", level, err)
		}
		if diff := cmp.Diff([]string{"Alpha 1", "Alpha 2", "Alpha 3", "Gamma 1"}, texts(t, open(t, out.Results[1].Data))); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", level, diff)
		}
	}
}

func TestInitialView(t *testing.T) {
	t.Parallel()
	f := assembled(t, `<InitialViewProfile name="v" show="BookmarksPanel" pageLayout="Continuous" magnification="FitWidth" openToPage="2" hideToolBars="true" titleBar="DocumentTitle"/>
		<PDF result="r" initialView="v"><PDF source="a.pdf"/></PDF>`)
	root := f.Context().RootDict
	got := fmt.Sprint(root["PageMode"], "/", root["PageLayout"], root["ViewerPreferences"] != nil, root["OpenAction"] != nil)
	if want := "UseOutlines/OneColumntrue true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	out := run(t, `<DocumentText result="t"><PDF source="a.pdf"/></DocumentText><DocumentText result="u"><PDF source="c.pdf"/><PDF source="b.pdf" pages="2"/></DocumentText>
		<DocumentInformation result="i"><PDF source="b.pdf"/></DocumentInformation>`, ddx.Options{FailOnError: true})
	for i, want := range []string{
		`<Page pageNumber="3">Alpha 3</Page>`, `<Page pageNumber="2">Beta 2</Page>`, `<Entry key="Title">Title of Beta</Entry>`,
	} {
		if r := out.Results[i]; !strings.Contains(string(r.Data), want) || r.ContentType != "application/xml" {
			t.Errorf("%s lacks %s:\n%s", r.Name, want, r.Data)
		}
	}
	if want := `<Page pageNumber="4" width="595.28" height="841.89" rotation="0"></Page>`; !strings.Contains(string(out.Results[2].Data), want) {
		t.Errorf("information lacks %s:\n%s", want, out.Results[2].Data)
	}
}

func TestPageProperties(t *testing.T) {
	t.Parallel()
	f := assembled(t, `<PDF result="r"><PDF source="c.pdf"><PageRotation rotate90="90"/></PDF><PDF source="c.pdf"><PageSize name="Letter"/></PDF>
		<PDF source="c.pdf"><PageSize width="4in" height="100mm"/><PageRotation rotate90="-90"/></PDF><BlankPage><PageSize name="A5"/></BlankPage></PDF>`)
	pages, err := pdf.Pages(f.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pages {
		s := p.Size()
		got = append(got, fmt.Sprintf("%.0fx%.0f/%d", s.Width, s.Height, p.Rotate))
	}
	if diff := cmp.Diff([]string{"842x595/90", "612x792/0", "288x283/270", "420x595/270"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMissingSource(t *testing.T) {
	t.Parallel()
	const inner = `<PDF result="good"><PDF source="a.pdf"/></PDF>
<PDF result="bad"><PDF source="nowhere.pdf"/></PDF>
<PDF result="worse"><PDF source="bad"/></PDF>`
	out, err := parse(t, inner).Run(t.Context(), sources(t), ddx.Options{FailOnError: true})
	var own *ddx.Error
	if !errors.As(err, &own) || own.Line != 3 || !own.Job || !strings.Contains(own.What, `"nowhere.pdf" is missing`) || len(out.Results) > 0 {
		t.Errorf("error %v, %d results", err, len(out.Results))
	}
	out, err = parse(t, inner).Run(t.Context(), sources(t), ddx.Options{})
	if err != nil || len(out.Results) != 1 || strings.Count(out.Log, "failed") != 2 {
		t.Errorf("error %v, %d results, log:\n%s", err, len(out.Results), out.Log)
	}
	out, err = parse(t, inner).Run(t.Context(), nil, ddx.Options{ValidateOnly: true, FailOnError: true})
	if err != nil || len(out.Results) != 0 || strings.Count(out.Log, "valid") != 3 {
		t.Errorf("only validating: error %v, %d results, log:\n%s", err, len(out.Results), out.Log)
	}
}

func TestBrokenSource(t *testing.T) {
	t.Parallel()
	all := sources(t)
	all["a.pdf"] = all["a.pdf"][:200]
	for _, inner := range []string{
		`<PDF result="r"><PDF source="a.pdf"/></PDF>`, `<PDF result="r"><PDF source="note.txt"/></PDF>`,
		`<PDF result="r"><PDF source="b.pdf" pages="5"/></PDF>`, `<PDFsFromBookmarks prefix="p"><PDF source="b.pdf"><NoBookmarks/></PDF></PDFsFromBookmarks>`,
		`<PDF result="r"><PDF source="b.pdf"/><Bookmarks source="note.txt"/></PDF>`,
		`<PDF result="r"><PDF source="b.pdf"/><Watermark><PDF source="note.txt"/></Watermark></PDF>`,
	} {
		_, err := parse(t, inner).Run(t.Context(), all, ddx.Options{FailOnError: true})
		var own *ddx.Error
		if !errors.As(err, &own) || !own.Job || own.Line != 2 {
			t.Errorf("%s: error %v", inner, err)
		}
	}
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := parse(t, `<PDF result="r"><PDF source="a.pdf"/></PDF>`).Run(ctx, sources(t), ddx.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestSameEachTime(t *testing.T) {
	t.Parallel()
	const inner = `<PDF result="r"><Watermark opacity="30%" rotation="45"><StyledText><p>Draft</p></StyledText></Watermark>
		<PDF source="a.pdf" pages="2,1"/><PDF source="b.pdf" bookmarkTitle="b"/><FileAttachments source="note.txt"/></PDF>`
	job, all := parse(t, inner), sources(t)
	results := make([][]byte, 6)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			out, err := job.Run(t.Context(), all, ddx.Options{FailOnError: true, Time: noon})
			if err != nil {
				t.Error(err)
				return
			}
			results[i] = out.Results[0].Data
		})
	}
	wg.Wait()
	for i, r := range results {
		if !bytes.Equal(r, results[0]) {
			t.Errorf("run %d gives other bytes", i)
		}
	}
}

func BenchmarkMerge100(b *testing.B) {
	all := map[string][]byte{}
	var inner strings.Builder
	inner.WriteString(`<PDF result="r">`)
	for i := range 100 {
		name := fmt.Sprintf("%d.pdf", i)
		all[name] = document(b, name, 2)
		fmt.Fprintf(&inner, `<PDF source="%s"/>`, name)
	}
	inner.WriteString(`</PDF>`)
	job := parse(b, inner.String())
	for b.Loop() {
		if _, err := job.Run(b.Context(), all, ddx.Options{FailOnError: true}); err != nil {
			b.Fatal(err)
		}
	}
}
