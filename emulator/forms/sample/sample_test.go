package sample_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

func TestNames(t *testing.T) {
	t.Parallel()
	want := []string{
		"certificate-1.xml", "certificate.xdp", "invoice-1.xml", "invoice-2.xml", "invoice-3.xml", "invoice.xdp", "label-1.xml", "label.xdp",
		"letter-1.xml", "letter.xdp",
	}
	if diff := cmp.Diff(sample.Names(), want); diff != "" {
		t.Errorf("names (-got +want):\n%s", diff)
	}
	invoices := []string{"invoice-1.xml", "invoice-2.xml", "invoice-3.xml"}
	for _, name := range []string{"invoice", "invoice.xdp"} {
		if diff := cmp.Diff(sample.DataFor(name), invoices); diff != "" {
			t.Errorf("data for %s (-got +want):\n%s", name, diff)
		}
	}
	for _, name := range []string{"", "none", "../sample.go", "files/invoice", "invoice-1"} {
		if _, ok := sample.Template(name); ok {
			t.Errorf("there is a template %q", name)
		}
	}
	for _, name := range []string{"", "invoice", "invoice.xdp"} {
		if _, ok := sample.Data(name); ok {
			t.Errorf("there is data %q", name)
		}
	}
}

// TestSamplesAreWhole lays out each sample: nothing of it is left out, and all pages have text.
func TestSamplesAreWhole(t *testing.T) {
	t.Parallel()
	pages := map[string]int{"certificate-1.xml": 1, "invoice-1.xml": 1, "invoice-2.xml": 3, "invoice-3.xml": 1, "label-1.xml": 1, "letter-1.xml": 2}
	shows := map[string]string{
		"certificate-1.xml": "Annika Lindqvist", "invoice-1.xml": "£3,641.04", "invoice-2.xml": "3 / 3", "invoice-3.xml": "8.420,44 €",
		"label-1.xml": "EXPRESS", "letter-1.xml": "Page 2 of 2",
	}
	for _, name := range sample.Names() {
		source, ok := sample.Template(name)
		if !ok {
			continue
		}
		template, err := xfa.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, dataName := range sample.DataFor(name) {
			data, _ := sample.Data(dataName)
			locale := "en_GB"
			if strings.HasPrefix(dataName, "invoice-3") {
				locale = "de_DE"
			}
			document, err := template.Layout(data, xfa.Options{Locale: locale})
			if err != nil {
				t.Fatalf("%s: %v", dataName, err)
			}
			if len(document.Pages) != pages[dataName] || len(document.Notes) > 0 {
				t.Errorf("%s: got %d pages, want %d; notes %q", dataName, len(document.Pages), pages[dataName], document.Notes)
			}
			if !has(document, shows[dataName]) {
				t.Errorf("%s does not show %q", dataName, shows[dataName])
			}
		}
	}
}

func has(d *page.Document, want string) bool {
	for _, p := range d.Pages {
		for _, item := range p.Items {
			if text, ok := item.(page.Text); ok && text.Text == want {
				return true
			}
		}
	}
	return false
}
