package xfa_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump writes a document item by item.
func dump(d *page.Document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "title %q language %q\n", d.Title, d.Language)
	for i, p := range d.Pages {
		fmt.Fprintf(&b, "page %d %s x %s\n", i+1, number(p.Width), number(p.Height))
		for _, item := range p.Items {
			fmt.Fprintln(&b, "  "+show(item))
		}
	}
	for _, note := range d.Notes {
		fmt.Fprintln(&b, "note", note)
	}
	return b.String()
}

// TestSamples compares the layout of each sample with a file.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, name := range sample.Names() {
		template, ok := sample.Template(name)
		if !ok {
			continue
		}
		for _, dataName := range sample.DataFor(name) {
			t.Run(dataName, func(t *testing.T) {
				t.Parallel()
				data, _ := sample.Data(dataName)
				locale := "en_GB"
				if dataName == "invoice-3.xml" {
					locale = "de_DE"
				}
				got := dump(layout(t, string(template), string(data), xfa.Options{Locale: locale}))
				file := filepath.Join("testdata", strings.TrimSuffix(dataName, ".xml")+".golden")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(got, string(want)); diff != "" {
					t.Errorf("layout (-got +want):\n%s", diff)
				}
			})
		}
	}
}

// TestSameTemplateAtOnce lays out one template many times at once.
func TestSameTemplateAtOnce(t *testing.T) {
	t.Parallel()
	source, _ := sample.Template("invoice.xdp")
	data, _ := sample.Data("invoice-2.xml")
	template, err := xfa.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	results := make(chan string, 8)
	for range cap(results) {
		go func() {
			document, err := template.Layout(data, xfa.Options{})
			if err != nil {
				results <- err.Error()
				return
			}
			results <- dump(document)
		}()
	}
	for range cap(results) {
		got := <-results
		if want == "" {
			want = got
		}
		if got != want {
			t.Error("the layouts differ")
		}
	}
}
