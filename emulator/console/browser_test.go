package console_test

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browserNames are the names under which a Chromium is installed.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome"}

// newBrowser starts a browser of its own, with further flags as pairs of name and value. The test is skipped where there
// is none.
func newBrowser(t *testing.T, scheme string, more ...string) *browser {
	t.Helper()
	path := ""
	for _, name := range browserNames {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed: the tests in a browser need chromium, chromium-browser or google-chrome in PATH")
	}
	options := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.WindowSize(1280, 900)}, flags("headless",
		"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars")...)
	for i := 0; i+1 < len(more); i += 2 {
		options = append(options, chromedp.Flag(more[i], more[i+1]))
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	tab, cancelTab := chromedp.NewContext(allocator)
	t.Cleanup(cancelTab)
	ctx, cancelAll := context.WithTimeout(tab, 3*time.Minute)
	t.Cleanup(cancelAll)
	b := &browser{t: t, ctx: ctx}
	b.do(chromedp.Navigate("about:blank"))
	messages := chromedp.Console(ctx)
	var listening sync.WaitGroup
	listening.Go(func() { b.listen(messages) })
	t.Cleanup(func() {
		cancelTab()
		listening.Wait()
	})
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	must(t, err)
	return b
}

func flags(names ...string) []chromedp.ExecAllocatorOption {
	var all []chromedp.ExecAllocatorOption
	for _, name := range names {
		all = append(all, chromedp.Flag(name, true))
	}
	return all
}

// browser is a tab. What goes wrong in it ends the test.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	messages []string // errors and warnings of the page's console
}

// listen gathers what the page writes to its console, violations of the content security policy among it.
func (b *browser) listen(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		if m.Type == "error" || m.Type == "warning" || m.IsException() {
			b.mu.Lock()
			b.messages = append(b.messages, m.Text)
			b.mu.Unlock()
		}
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// open goes to a page of the console.
func (b *browser) open(w *world, path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(w.url+"/_imsx/console/"+path), chromedp.WaitVisible(chromedp.CSS("#main")))
}

// js evaluates an expression in the page.
func js[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits until an expression is true in the page. A machine with much else to do may need a while.
func (b *browser) until(what, expression string) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-b.ctx.Done():
			b.t.Fatalf("%s: %v", what, b.ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	b.t.Fatalf("%s: it did not happen; the page is\n%s", what, js[string](b, "document.querySelector('main').innerText"))
}

// shows waits until the element that a selector finds has a text.
func (b *browser) shows(selector, text string) {
	b.t.Helper()
	b.until(selector+" shows "+text, "document.querySelector("+quote(selector)+")?.textContent.includes("+quote(text)+")")
}

func quote(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// click clicks the element that a selector finds.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// clickText clicks the button or link with a text.
func (b *browser) clickText(text string) {
	b.t.Helper()
	js[bool](b, `(() => { document.querySelectorAll("[data-test]").forEach(e => e.removeAttribute("data-test"));
		const e = [...document.querySelectorAll("main button, main a, nav a")].find(e => e.checkVisibility() && e.textContent.trim() === `+quote(text)+`);
		if (e) e.setAttribute("data-test", "here"); return Boolean(e); })()`)
	b.click("[data-test=here]")
}

// press sends keys to what has the focus.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// quiet ends the test if the page has written an error to its console.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.messages {
		b.t.Errorf("the page's console: %s", m)
	}
}

// traffic makes a journal worth looking at.
func (w *world) traffic(t *testing.T) {
	t.Helper()
	w.exchange(t, secretText, w.assertion(t, nil))
	w.exchange(t, "p8e-wrong", w.assertion(t, nil))
	res, err := w.client.PostForm(w.url+"/ims/token/v3", url.Values{
		"client_id": {oauth}, "client_secret": {"p8e-secret-of-oauth"}, "grant_type": {"client_credentials"}, "scope": {"openid"},
	})
	must(t, err)
	_ = res.Body.Close()
	w.exchange(t, secretText, w.assertion(t, func(c map[string]any) { c["sub"] = oauthUser }))
	w.exchange(t, secretText, w.assertion(t, func(c map[string]any) { c[w.url+"/s/ent_user_sdk"] = true }))
}
