package ddx_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator/forms/ddx"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// document makes pages that say "NAME 1", "NAME 2" …, with a bookmark on each: odd pages on the first level, even ones below.
func document(t testing.TB, name string, pages int) []byte {
	t.Helper()
	d := fpdf.New("P", "pt", "A4", "")
	d.SetTitle("Title of "+name, true)
	d.SetAuthor("Author of "+name, true)
	for i := range pages {
		d.AddPage()
		d.SetFont("Helvetica", "", 24)
		d.Bookmark(fmt.Sprintf("%s chapter %d", name, i+1), i%2, -1)
		d.Text(100, 300, fmt.Sprintf("%s %d", name, i+1))
	}
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sources(t testing.TB) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"a.pdf": document(t, "Alpha", 3), "b.pdf": document(t, "Beta", 4), "c.pdf": document(t, "Gamma", 1),
		"note.txt": []byte("a note"),
	}
}

// wrap puts results into a DDX document. The first line of inner is line 2.
func wrap(inner string) []byte {
	return []byte("<DDX xmlns=\"http://ns.adobe.com/DDX/1.0/\">\n" + inner + "\n</DDX>")
}

func parse(t testing.TB, inner string) *ddx.Job {
	t.Helper()
	job, err := ddx.Parse(wrap(inner))
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func run(t testing.TB, inner string, o ddx.Options) ddx.Outcome {
	t.Helper()
	out, err := parse(t, inner).Run(t.Context(), sources(t), o)
	if err != nil {
		t.Fatalf("%v; log:\n%s", err, out.Log)
	}
	return out
}

// assembled runs a job with one result and opens it.
func assembled(t testing.TB, inner string) *pdf.File {
	t.Helper()
	out := run(t, inner, ddx.Options{FailOnError: true, Time: noon})
	if len(out.Results) != 1 {
		t.Fatalf("%d results, want 1", len(out.Results))
	}
	return open(t, out.Results[0].Data)
}

func open(t testing.TB, data []byte) *pdf.File {
	t.Helper()
	f, err := pdf.Open(data, pdf.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// texts returns the text of each page on one line.
func texts(t testing.TB, f *pdf.File) []string {
	t.Helper()
	all := []string{}
	for page := 1; page <= f.PageCount(); page++ {
		s, err := f.PageText(page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(strings.Fields(s), " "))
	}
	return all
}

// bookmarks returns the bookmarks as lines "title @page", indented by level.
func bookmarks(t testing.TB, f *pdf.File) []string {
	t.Helper()
	all, err := pdfcpu.Bookmarks(f.Context())
	if err != nil {
		t.Fatal(err)
	}
	return outline(all, "")
}

func outline(all []pdfcpu.Bookmark, indent string) []string {
	lines := []string{}
	for _, b := range all {
		lines = append(lines, fmt.Sprintf("%s%s @%d", indent, b.Title, b.PageFrom))
		lines = append(lines, outline(b.Kids, indent+"  ")...)
	}
	return lines
}

func isError(err error) bool {
	var own *ddx.Error
	return errors.As(err, &own)
}
