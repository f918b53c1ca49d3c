package printer_test

import (
	"io"
	"testing"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/printer"
)

func TestPostScriptCarriesTexts(t *testing.T) {
	t.Parallel()
	for _, level := range []int{2, 3} {
		write := func(w io.Writer, d *page.Document) error {
			return printer.PostScript(w, d, printer.PostScriptOptions{Level: level})
		}
		roundTrip(t, ansiText, 0.002, write, readPostScript)
	}
}

func TestPCLCarriesTexts(t *testing.T) {
	t.Parallel()
	for _, color := range []bool{false, true} {
		var sizes func(int) (float64, float64)
		write := func(w io.Writer, d *page.Document) error {
			sizes = func(n int) (float64, float64) { return d.Pages[n-1].Width, d.Pages[n-1].Height }
			return printer.PCL(w, d, printer.PCLOptions{Color: color})
		}
		// A tenth of a point, and what the height of the lines loses.
		roundTrip(t, ansiText, 0.057, write, func(b []byte) ([]found, error) { return readPCL(b, sizes) })
	}
}

func TestZPLCarriesTexts(t *testing.T) {
	t.Parallel()
	for _, dpi := range []int{300, 600} {
		write := func(w io.Writer, d *page.Document) error { return printer.ZPL(w, d, printer.LabelOptions{DPI: dpi}) }
		roundTrip(t, anyText, 0.51*72/float64(dpi), write, func(b []byte) ([]found, error) { return readZPL(b, dpi) })
	}
}

func TestDPLCarriesTexts(t *testing.T) {
	t.Parallel()
	for _, dpi := range []int{300, 406, 600} {
		write := func(w io.Writer, d *page.Document) error { return printer.DPL(w, d, printer.LabelOptions{DPI: dpi}) }
		roundTrip(t, latin1Text, 0.3, write, readDPL)
	}
}

func TestIPLCarriesTexts(t *testing.T) {
	t.Parallel()
	for _, dpi := range []int{300, 400} {
		write := func(w io.Writer, d *page.Document) error { return printer.IPL(w, d, printer.LabelOptions{DPI: dpi}) }
		// The place is that of the upper corner, whose height is rounded once more.
		roundTrip(t, asciiText, 72/float64(dpi), write, func(b []byte) ([]found, error) { return readIPL(b, dpi) })
	}
}

func TestTPCLCarriesTexts(t *testing.T) {
	t.Parallel()
	write := func(w io.Writer, d *page.Document) error { return printer.TPCL(w, d, printer.LabelOptions{DPI: 600}) }
	roundTrip(t, asciiText, 0.15, write, readTPCL)
}

func TestAFPCarriesTexts(t *testing.T) {
	t.Parallel()
	for _, resolution := range []int{240, 300, 1440} {
		write := func(w io.Writer, d *page.Document) error {
			return printer.AFP(w, d, printer.AFPOptions{Resolution: resolution})
		}
		// Turned texts are measured from another edge, whose place is rounded too.
		roundTrip(t, latin1Text, 72/float64(resolution), write, func(b []byte) ([]found, error) { return readAFP(b, resolution) })
	}
}
