package console_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScreenshots makes the pictures of the documentation: it writes them into the folder that IMSX_SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("IMSX_SCREENSHOTS")
	if dir == "" {
		t.Skip("IMSX_SCREENSHOTS names no folder for the pictures")
	}
	for _, scheme := range []string{"light", "dark"} {
		w, b := newWorld(t), newBrowser(t, scheme)
		w.traffic(t)
		shot := func(name string) {
			t.Helper()
			js[bool](b, `(document.activeElement.blur(), scrollTo(0, 0), true)`)
			picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			must(t, err)
			if scheme == "dark" {
				name += "-dark"
			}
			must(t, os.WriteFile(filepath.Join(dir, "console-"+name+".png"), picture, 0o600))
		}
		b.open(w, "journal?entry=4")
		shot("journal")
		b.open(w, "decoder")
		b.do(chromedp.SetValue(chromedp.CSS("#text"), w.assertion(t, func(c map[string]any) { c[w.url+"/s/ent_user_sdk"] = true })))
		b.clickText("Explain")
		b.shows("#result .verdict", "refuse")
		js[bool](b, `(document.querySelector("#text").rows = 5, true)`) // a whole token makes a picture hard to compress
		shot("decoder")
		w.form(t, "faults/add", "effect", "error", "error", "throttled", "place", "exchange", "count", "3")
		w.form(t, "faults/add", "effect", "latency", "min", "1s", "max", "3s", "share", "20", "count", "")
		w.form(t, "limits/throttle", "rate", "30", "burst", "5")
		w.form(t, "clock", "by", "23h")
		w.exchange(t, secretText, w.assertion(t, nil))
		b.open(w, "faults")
		shot("faults")
		b.open(w, "")
		shot("overview")
		b.open(w, "accounts?find="+service)
		shot("accounts")
		w.faults.Clear()
		must(t, w.openDoor())
		w.getAssets(t)
		b.open(w, "aem")
		shot("aem")
		w.generate(t, "letter")
		w.printed(t, "label", "ZPL")
		w.generate(t, "invoice")
		b.open(w, "documents?document=3")
		b.until("the pictures are there", `[...document.images].every(i => i.complete && i.naturalWidth > 0)`)
		shot("documents")
		b.open(w, "downloads")
		shot("downloads")
	}
}
