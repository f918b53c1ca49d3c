package xfa_test

import (
	"testing"

	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// BenchmarkParseAndLayout reads the template of the invoice and lays it out, as each request of the emulator does.
func BenchmarkParseAndLayout(b *testing.B) {
	template, _ := sample.Template("invoice.xdp")
	data, _ := sample.Data("invoice-1.xml")
	b.ReportAllocs()
	for b.Loop() {
		parsed, err := xfa.Parse(template)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := parsed.Layout(data, xfa.Options{Locale: "en_GB"}); err != nil {
			b.Fatal(err)
		}
	}
}
