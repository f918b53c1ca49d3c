package ddx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/ddx"
)

func TestParse(t *testing.T) {
	t.Parallel()
	job := parse(t, `<PDF result="t" return="false"><PDF source="a"/></PDF>
		<PDF result="r"><PDF source="t"/><PDF source="b"/><PDF source="a"/><Watermark><PDF source="w"/></Watermark><FileAttachments source="f"/></PDF>
		<DocumentText result="x"><PDF source="later"/></DocumentText><PDF result="later"><PDF source="a"/></PDF>`)
	if diff := cmp.Diff([]string{"a", "b", "w", "f", "later"}, job.Sources()); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"r", "x", "later"}, job.Results()); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const source = `<PDF source="a"/>`
	for _, tt := range []struct {
		name, inner string
		line        int
		want        string
	}{
		{"an unknown element", "<PDF result=\"r\">\n<Sparkle/></PDF>", 3, "the DDX element <Sparkle> is not emulated"},
		{"two tables of contents", "<PDF result=\"r\"><TableOfContents/>" + source + "\n<TableOfContents/></PDF>", 3, "two tables of contents"},
		{"two base documents", "<PDF result=\"r\"><PDF source=\"a\" baseDocument=\"true\"/>\n<PDF source=\"b\" baseDocument=\"true\"/></PDF>", 3, "two base documents"},
		{"a level", `<PDF result="r"><TableOfContents maxBookmarkLevel="0"/>` + source + `</PDF>`, 2, "a level from 1"},
		{"a leader in a header", `<PDF result="r"><Header><Left>` + styled(`<leader/>`) + `</Left></Header>` + source + `</PDF>`, 2, "<leader> is not emulated within <Header>"},
		{"an entry's key in a watermark", `<PDF result="r"><Watermark>` + styled(`<_BookmarkTitle/>`) + `</Watermark>` + source + `</PDF>`, 2, "<_BookmarkTitle> is not emulated within <Watermark>"},
		{"a page label", `<PDF result="r"><PageLabel start="0"/>` + source + `</PDF>`, 2, "start at 1"},
		{"a style of labels", `<PDF result="r"><PageLabel format="Runes"/>` + source + `</PDF>`, 2, "one of Decimal, LowerAlpha"},
		{"a portfolio", "<PDF result=\"r\">" + source + "\n\n<Portfolio/></PDF>", 4, "the DDX element <Portfolio> is not emulated"},
		{"an unknown attribute", `<PDF result="r" signed="true">` + source + `</PDF>`, 2, `the attribute "signed" of the DDX element <PDF> is not emulated`},
		{"an element in the wrong place", `<PDF result="r"><PDF source="a"><PDFGroup/></PDF></PDF>`, 2, "<PDFGroup> is not emulated within <PDF>"},
		{"a result within a result", `<PDF result="r"><PDF result="s">` + source + `</PDF></PDF>`, 2, "not emulated within <PDF>"},
		{"text", `<PDF result="r">hello` + source + `</PDF>`, 2, "there is text in <PDF>"},
		{"pages backwards", `<PDF result="r"><PDF source="a" pages="1-"/></PDF>`, 2, "must be pages such as"},
		{"page 0", `<PDF result="r"><PDF source="a" pages="0"/></PDF>`, 2, "must be pages such as"},
		{"an opacity", `<PDF result="r"><Watermark opacity="half">` + styled("x") + `</Watermark>` + source + `</PDF>`, 2, "must be a percentage"},
		{"a color", `<PDF result="r"><Watermark><StyledText><p color="reddish">x</p></StyledText></Watermark>` + source + `</PDF>`, 2, "must be a color"},
		{"a length", `<PDF result="r"><PageMargins left="wide"/>` + source + `</PDF>`, 2, "must be a length"},
		{"a boolean", `<PDF result="r"><PDF source="a" required="yes"/></PDF>`, 2, "must be one of true, false"},
		{"no result", ``, 1, "no result"},
		{"only a profile", `<StyleProfile name="x"/>`, 1, "no result"},
		{"a result without sources", `<PDF result="r"><BlankPage/></PDF>`, 2, "has no source"},
		{"a source that names nothing", `<PDF result="r"><PDF source=" "/></PDF>`, 2, "must be a name"},
		{"a PDF that is neither", `<PDF result="r"><PDF/></PDF>`, 2, `needs the attribute "source"`},
		{"two results", "<PDF result=\"r\">" + source + "</PDF>\n<PDF result=\"r\">" + source + "</PDF>", 3, "there twice, first in line 2"},
		{"no profile", `<PDF result="r" encryption="p">` + source + `</PDF>`, 2, "no <PasswordEncryptionProfile>"},
		{"no access profile", `<PDF result="r"><PDF source="a" access="p"/></PDF>`, 2, "no <PasswordAccessProfile>"},
		{"two profiles", "<StyleProfile name=\"s\"/>\n<StyleProfile name=\"s\"/><PDF result=\"r\">" + source + `</PDF>`, 3, "two <StyleProfile>"},
		{"a profile without the element", `<StyleProfile name="s"/><PDF result="r"><Header styleReference="s"/>` + source + `</PDF>`, 2, "has no <Header>"},
		{"an empty watermark", `<PDF result="r"><Watermark/>` + source + `</PDF>`, 2, "needs one <StyledText>"},
		{"half a page size", `<PDF result="r"><PageSize width="3in"/>` + source + `</PDF>`, 2, "needs a name, or a width and a height"},
		{"a page size of nothing", `<PDF result="r"><PageSize width="0" height="5"/>` + source + `</PDF>`, 2, "at least 3 points"},
		{"a Bates number", `<PDF result="r"><Header><Left>` + styled(`<BatesNumber numberOfDigits="99"/>`) + `</Left></Header>` + source + `</PDF>`, 2, "6 to 15 digits"},
		{"a profile without passwords", `<PasswordEncryptionProfile name="p"/><PDF result="r" encryption="p">` + source + `</PDF>`, 2, "needs an <OpenPassword>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ddx.Parse(wrap(tt.inner))
			var own *ddx.Error
			if !errors.As(err, &own) || own.Line != tt.line || own.Job || !strings.Contains(own.What, tt.want) {
				t.Errorf("error %#v, want one in line %d with %q", err, tt.line, tt.want)
			}
		})
	}
}

func TestParseHostile(t *testing.T) {
	t.Parallel()
	const root = `<DDX xmlns="http://ns.adobe.com/DDX/1.0/">`
	for _, tt := range []struct{ name, document, want string }{
		{"nothing", "", "has no element"},
		{"no XML", "merge a and b", "outside the root"},
		{"cut off", root + "<PDF", "not well-formed"},
		{"no namespace", `<DDX><PDF result="r"/></DDX>`, `in the namespace ""`},
		{"another root", `<PDF xmlns="http://ns.adobe.com/DDX/1.0/"/>`, "<DDX> is wanted"},
		{"an element of another language", root + `<x:PDF xmlns:x="urn:x"/></DDX>`, `in the namespace "urn:x"`},
		{"a document type", `<!DOCTYPE DDX SYSTEM "file:///etc/passwd">` + root + `</DDX>`, "document type"},
		{"an entity", root + `<PDF result="&x;"/></DDX>`, "not well-formed"},
		{"two roots", root + `</DDX>` + root + `</DDX>`, "two root elements"},
		{"an attribute twice", root + `<PDF result="a" result="b"/></DDX>`, "there twice"},
		{"too deep", root + strings.Repeat("<PDFGroup>", ddx.MaxDepth), "nested more than"},
		{"too many", root + strings.Repeat("<PDF/>", ddx.MaxElements), "more than 10000 elements"},
		{"too large", root + strings.Repeat(" ", ddx.MaxSize), "is the most"},
		{"another encoding", `<?xml version="1.0" encoding="utf-16"?>` + root, "encoding"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ddx.Parse([]byte(tt.document))
			if !isError(err) || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 500 {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func FuzzDDX(f *testing.F) {
	for _, inner := range []string{
		`<PDF result="r"><PDF source="a.pdf" pages="1-last,2"/><PDF source="c.pdf" bookmarkTitle="x"/><BlankPage forceEven="true"/></PDF>`,
		`<PDF result="r"><Header><Left><StyledText font="bold 8pt Arial"><p style="color:red">a<b>b</b><_PageNumber/><BatesNumber prefix="x"/></p></StyledText></Left></Header><PDF source="c.pdf"/></PDF>`,
		`<PDF result="r"><Watermark opacity="30%" rotation="45" fitToPage="true"><PDF source="c.pdf"/></Watermark><PageSize name="A5"/><PageRotation rotate90="90"/><PDF source="a.pdf"/></PDF>`,
		`<PDFsFromBookmarks prefix="p"><PDF source="a.pdf"/></PDFsFromBookmarks><DocumentText result="t"><PDF source="c.pdf"/></DocumentText>`,
		`<Bookmarks result="m"><PDF source="a.pdf"/></Bookmarks><PDF result="r"><PDF source="c.pdf"/><Bookmarks source="m"/></PDF>`,
		`<PDF result="r"><TableOfContents maxBookmarkLevel="2"><TableOfContentsEntryPattern applicableLevel="1"><StyledText><p font="Arial,9pt">a<_BookmarkTitle/><leader/><_BookmarkPageCitation/></p></StyledText></TableOfContentsEntryPattern></TableOfContents><PDF source="a.pdf"><PageLabel format="LowerAlpha" mode="Continue"/></PDF></PDF>`,
		`<PasswordEncryptionProfile name="p"><OpenPassword>x</OpenPassword></PasswordEncryptionProfile><PDF result="r" encryption="p"><PDF source="c.pdf"/></PDF>`,
	} {
		f.Add(wrap(inner))
	}
	all := sources(f)
	f.Fuzz(func(t *testing.T, document []byte) {
		if len(document) > 4096 {
			return
		}
		job, err := ddx.Parse(document)
		if err != nil {
			if !isError(err) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		out, err := job.Run(t.Context(), all, ddx.Options{FailOnError: true, Time: noon})
		if err != nil {
			if !isError(err) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		for _, r := range out.Results {
			if r.ContentType != "application/pdf" {
				continue
			}
			if f := r.Data; len(f) == 0 || string(f[:5]) != "%PDF-" {
				t.Errorf("%q is no PDF document", r.Name)
			}
		}
	})
}
