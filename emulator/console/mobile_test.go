package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserNarrow looks for pages that are wider than a telephone.
func TestBrowserNarrow(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	w.traffic(t)
	must(t, w.openDoor())
	w.getAssets(t)
	w.generate(t, "invoice")
	w.form(t, "faults/add", "effect", "html", "client", service)
	w.form(t, "limits/throttle", "client", service, "rate", "10", "burst", "5")
	b.do(chromedp.EmulateViewport(360, 740))
	for _, path := range append(pagePaths, "journal?entry=4", "documents?document=1") {
		b.open(w, path)
		if got := js[int](b, `document.documentElement.scrollWidth`); got > 360 {
			t.Errorf("%s is %d pixels wide", path, got)
		}
	}
}
