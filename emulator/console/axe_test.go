package console_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe returns the source of axe-core. The test is skipped where it was not installed.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "node_modules", "axe-core", "axe.min.js"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("axe-core is not installed: run npm ci in emulator/console/testdata, or scripts/test-setup")
	}
	must(t, err)
	return string(source)
}

// finding is what axe-core reports about a page.
type finding struct {
	ID, Impact, Help string
	Targets          []string
}

// findings runs axe-core in the page.
func (b *browser) findings(source string) []finding {
	b.t.Helper()
	js[bool](b, source+"; true")
	js[bool](b, `(window.found = null, axe.run(document, {resultTypes: ["violations"]}).then(r => window.found = r.violations.map(v =>
		({ID: v.id, Impact: v.impact ?? "", Help: v.help, Targets: v.nodes.map(n => n.target.join(" ") + ": " + (n.failureSummary ?? ""))}))), true)`)
	b.until("axe-core is done", "window.found !== null")
	return js[[]finding](b, "window.found")
}

// TestBrowserAccessibility looks at each page, in light and in dark, with what appears only after a click.
func TestBrowserAccessibility(t *testing.T) {
	t.Parallel()
	source := axe(t)
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			w, b := newWorld(t), newBrowser(t, scheme)
			w.traffic(t)
			must(t, w.openDoor())
			w.getAssets(t)
			w.generate(t, "invoice")
			w.printed(t, "label", "ZPL")
			w.form(t, "faults/add", "effect", "html", "place", "userinfo")
			w.form(t, "limits/throttle", "client", service, "rate", "10", "burst", "5")
			w.form(t, "clock", "by", "23h")
			look := func(what string) {
				t.Helper()
				for _, f := range b.findings(source) {
					t.Errorf("%s, %s: %s (%s): %s", what, f.ID, f.Help, f.Impact, strings.Join(f.Targets, "; "))
				}
			}
			for _, path := range append(pagePaths, "journal?entry=2", "documents?document=1", "documents?document=2", "journal?client=nobody", "accounts?find=nobody") {
				b.open(w, path)
				look(path)
			}
			b.open(w, "decoder")
			b.do(chromedp.SetValue(chromedp.CSS("#text"), w.assertion(t, func(c map[string]any) { c["sub"] = oauthUser })))
			b.clickText("Explain")
			b.shows("#result .verdict", "refuse")
			look("an explanation")
			b.open(w, "accounts")
			b.clickText("Make a key pair")
			b.shows("#made", "new key pair")
			look("a new key pair")
			b.open(w, "faults")
			b.do(chromedp.SetValue(chromedp.CSS("#by"), "soon"))
			b.clickText("Move")
			b.shows("[role=alert]", "not a duration")
			look("a wrong duration")
		})
	}
}

// TestAxeCanFail shows axe-core a page with a picture that has no words.
func TestAxeCanFail(t *testing.T) {
	t.Parallel()
	source := axe(t)
	b := newBrowser(t, "light")
	b.do(chromedp.Navigate("data:text/html,<html lang=en><title>x</title><main><h1>x</h1><img src=x></main>"))
	if got := b.findings(source); len(got) != 1 || got[0].ID != "image-alt" || got[0].Impact != "critical" {
		t.Errorf("findings %v, want image-alt", got)
	}
}

// TestBrowserSignInAccessibility looks at the page that asks for the key.
func TestBrowserSignInAccessibility(t *testing.T) {
	t.Parallel()
	source := axe(t)
	for _, scheme := range []string{"light", "dark"} {
		w, b := newWorld(t), newBrowser(t, scheme, "host-resolver-rules", "MAP emulator.example 127.0.0.1")
		b.do(chromedp.Navigate(strings.Replace(w.url, "127.0.0.1", "emulator.example", 1) + "/_imsx/console/"))
		b.do(chromedp.SendKeys(chromedp.CSS("#key"), "guess"))
		b.clickText("Sign in")
		b.shows("[role=alert]", "not the control key")
		for _, f := range b.findings(source) {
			t.Errorf("%s, %s: %s (%s): %s", scheme, f.ID, f.Help, f.Impact, strings.Join(f.Targets, "; "))
		}
	}
}
