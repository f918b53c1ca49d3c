package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserJournal watches requests arrive, opens one, pauses, filters and clears.
func TestBrowserJournal(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "")
	b.clickText("Journal")
	b.shows("#nothing", "Nothing was asked yet")
	b.until("the stream is open", `!document.querySelector("#rows").classList.contains("offline")`)
	w.exchange(t, "p8e-wrong", w.assertion(t, nil))
	b.shows("#rows li:first-child", "client secret")
	w.exchange(t, secretText, w.assertion(t, nil))
	b.shows("#rows li:first-child .badge", "200")
	b.shows("#count", "2")
	b.shows("#announce", "200")

	b.click(`[data-entry="1"]`)
	b.shows("#detail .verdict", "Refused at “client secret”")
	if got := js[[]int](b, `["passed", "failed", "unreached"].map(s => document.querySelectorAll("#detail .ladder ." + s).length)`); fmt.Sprint(got) != "[1 1 9]" {
		t.Errorf("rungs passed, failed and not reached: %v, want [1 1 9]", got)
	}
	if got := js[string](b, `location.search`); got != "?entry=1" {
		t.Errorf("the address of the opened request ends in %q", got)
	}

	b.click("#pause")
	w.exchange(t, secretText, w.assertion(t, nil))
	b.shows("#pause", "1 new")
	if got := js[int](b, `document.querySelectorAll("#rows li").length`); got != 2 {
		t.Errorf("%d rows while paused, want 2", got)
	}
	b.click("#pause")
	b.shows("#count", "3")

	b.do(chromedp.SetValue(chromedp.CSS("select[name=outcome]"), "refused"))
	b.clickText("Show")
	b.shows("#count", "1")
	w.exchange(t, secretText, w.assertion(t, nil)) // not of the chosen kind
	w.exchange(t, "p8e-wrong", w.assertion(t, nil))
	b.shows("#count", "2")
	b.clickText("Clear")
	b.shows("main .notice", "The journal is empty")
	b.quiet()
}

// TestBrowserFaults adds a fault by the form, meets it, lifts it, and moves the clock.
func TestBrowserFaults(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "dark")
	b.open(w, "faults")
	if js[bool](b, `document.querySelector("#code").checkVisibility()`) {
		t.Error("the field for a status is shown for an error of Adobe's")
	}
	b.do(chromedp.SetValue(chromedp.CSS("#count"), "1"))
	b.clickText("Add the fault")
	b.shows("#world .notice", "The fault is on")
	b.shows("#world .list", "1× left")
	b.shows(".state", "1 fault")
	if got := w.exchange(t, secretText, w.assertion(t, nil)); got != 429 {
		t.Errorf("exchange: status %d, want 429", got)
	}
	b.clickText("Lift")
	b.shows("#world", "Everything works as it should")

	js[bool](b, `(() => { const e = document.querySelector("#effect"); e.value = "latency"; e.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
	b.until("the fields of a delay appear", `document.querySelector("#min").checkVisibility() && !document.querySelector("#error").checkVisibility()`)
	b.do(chromedp.SetValue(chromedp.CSS("#min"), "soon"))
	b.clickText("Add the fault")
	b.shows("#world [role=alert]", "not a duration")
	b.until("what was put in is still there", `document.querySelector("#min").value === "soon" && document.querySelector("#min").checkVisibility()`)

	js[bool](b, `(() => { const e = document.querySelector("#effect"); e.value = "replace_members"; e.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
	b.until("the field for new values appears", `document.querySelector("#values").checkVisibility() && !document.querySelector("#min").checkVisibility()`)
	b.clickText("Add the fault")
	b.shows("#world .list", "with another expires_in")
	b.clickText("Lift all")
	b.shows("#world", "Everything works as it should")

	b.clickText("Throttle")
	b.shows("#world", "10 per minute, 5 at once")
	b.clickText("Take off")
	b.shows("#world .notice", "The throttle is off")
	before := w.ims.KeyIDs()[0]
	b.clickText("New key")
	b.shows("#world .notice", "signed by a new key")
	if w.ims.KeyIDs()[0] == before {
		t.Error("the key that signs is the same")
	}

	b.clickText("+23 h")
	b.shows("#world", "23 h ahead")
	b.shows(".state", "Clock +23 h")
	b.do(chromedp.SendKeys(chromedp.CSS("#by"), "-1h30m"))
	b.clickText("Move")
	b.shows("#world", "21 h 30 min ahead")
	b.clickText("Set right")
	b.shows("#world", "The same as the machine's")
	if d := w.clock.Difference(); d != 0 {
		t.Errorf("the clock is off by %v", d)
	}
	b.clickText("Reset everything")
	b.shows("main .notice", "as it was at the start")
	b.quiet()
}

// TestBrowserAccounts adds and deletes a secret, revokes and restores a certificate, and makes a key pair.
func TestBrowserAccounts(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "accounts?find="+service)
	b.shows("#people", "46 days left")
	b.clickText("Add a secret")
	b.shows("#made", "new secret")
	text := js[string](b, `document.querySelector("#people pre").textContent`)
	if got := w.exchange(t, text, w.assertion(t, nil)); got != 200 {
		t.Errorf("the new secret: status %d", got)
	}
	b.clickText("Delete") // the first one
	b.shows("#people .notice", "deleted")
	if got := w.exchange(t, secretText, w.assertion(t, nil)); got != 401 {
		t.Errorf("the deleted secret: status %d", got)
	}
	b.clickText("Revoke")
	b.shows("#people", "Restore")
	if got := w.exchange(t, text, w.assertion(t, nil)); got != 400 {
		t.Errorf("the revoked certificate: status %d", got)
	}
	b.clickText("Restore")
	b.shows("#people .notice", "good again")
	b.clickText("Expire")
	b.shows("#people", "expired")
	b.clickText("Make a key pair")
	b.shows("#people pre", "BEGIN RSA PRIVATE KEY")
	b.shows("#people", "364 days left")
	if got := js[int](b, `document.querySelectorAll("#people .card h2").length`); got != 2 {
		t.Errorf("%d cards, want the new key pair and the client that was looked for", got)
	}
	b.quiet()
}

// TestBrowserAEM lets a client in and puts its user into a group.
func TestBrowserAEM(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "aem")
	b.clickText("Allow") // on the author
	b.shows("#hosts", "Disallow")
	w.getAssets(t)
	b.open(w, "aem")
	b.shows("#hosts", oauthMail)
	b.clickText("Join forms-users")
	b.shows("#hosts", "Leave forms-users")
	b.clickText("CDN blocks everything (406)")
	b.until("the switch is on", `document.querySelector("#hosts [aria-pressed=true]")`)
	if host, _ := w.aem.Instance(environment, "author"); !host.Snapshot().CDNBlock {
		t.Error("the rule of the CDN is not on")
	}
	b.quiet()
}

// TestBrowserDecoder pastes an assertion with a metascope too many.
func TestBrowserDecoder(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "decoder")
	paste := func(text string) {
		b.do(chromedp.SetValue(chromedp.CSS("#text"), text))
		b.clickText("Explain")
	}
	paste(w.assertion(t, func(c map[string]any) { c[w.url+"/s/ent_user_sdk"] = true }))
	b.shows("#result .verdict", "not a subset")
	b.shows("#result .ladder .failed", "ent_user_sdk")
	b.shows("#result", "claims the metascope ent_user_sdk")
	paste("no token")
	b.shows("#result .verdict", "cannot be read")
	paste(w.assertion(t, func(c map[string]any) { c["exp"] = time.Now().Add(4 * time.Minute).Unix() }))
	b.shows("#result .verdict", "would accept")
	if got := js[string](b, "location.href"); !strings.HasSuffix(got, "/decoder") {
		t.Errorf("the address is %q: what was pasted must not get there", got)
	}
	b.quiet()
}

// TestBrowserDownload follows each link of the page from within the page.
func TestBrowserDownload(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "downloads")
	sizes := js[int](b, `document.querySelectorAll(".shapes a[download]").length`)
	if sizes != 11 {
		t.Errorf("%d downloads, want 11", sizes)
	}
	js[bool](b, `(window.sizes = [], document.querySelectorAll(".shapes a").forEach(a => fetch(a.href).then(async r => window.sizes.push(r.ok ? (await r.text()).length : 0))), true)`)
	b.until("all have arrived", `window.sizes.length === 11`)
	if js[bool](b, `window.sizes.some(n => n < 100)`) {
		t.Error("a download is empty")
	}
	b.quiet()
}

// TestBrowserSignIn reaches the console under a name that is not loopback's.
func TestBrowserSignIn(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light", "host-resolver-rules", "MAP emulator.example 127.0.0.1")
	origin := strings.Replace(w.url, "127.0.0.1", "emulator.example", 1)
	b.do(chromedp.Navigate(origin + "/_imsx/console/journal"))
	b.shows("h1", "Sign in")
	b.do(chromedp.SendKeys(chromedp.CSS("#key"), "guess"))
	b.clickText("Sign in")
	b.shows("[role=alert]", "not the control key")
	b.do(chromedp.SendKeys(chromedp.CSS("#key"), controlKey))
	b.clickText("Sign in")
	b.shows("h1", "Overview")
	b.do(chromedp.Navigate(origin + "/_imsx/console/journal"))
	b.until("the stream is open", `document.querySelector("#rows") && !document.querySelector("#rows").classList.contains("offline")`)
	w.exchange(t, "p8e-wrong", "x")
	b.shows("#rows li:first-child", "client secret")
	if got := js[string](b, "document.cookie"); got != "" {
		t.Errorf("a script of the page reads the cookie %q", got)
	}
	b.click(".bar form button")
	b.shows("h1", "Sign in")
}

// TestBrowserOffersNothingToOtherSites lets a page of another origin try what it can.
func TestBrowserOffersNothingToOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := newElsewhere(t)
	b := newBrowser(t, "light")
	b.do(chromedp.Navigate(elsewhere))
	js[bool](b, `(window.results = [], ["/_imsx/clients", "/_imsx/console/downloads/`+service+`/aem"].forEach(p =>
		fetch(`+quote(w.url)+` + p).then(() => window.results.push("read"), () => window.results.push("refused"))), true)`)
	b.until("the reads have ended", `window.results.length === 2`)
	if got := js[string](b, `window.results.join()`); got != "refused,refused" {
		t.Errorf("another site's requests were %s", got)
	}
	js[bool](b, `(() => { const f = document.createElement("form"); f.method = "post"; f.action = `+quote(w.url+"/_imsx/console/reset")+`;
		document.body.append(f); f.submit(); return true; })()`)
	b.until("the form is refused", `document.body.innerText.includes("another site")`)
	js[bool](b, `(location.href = `+quote(elsewhere)+`, true)`)
	b.until("back", `location.href.startsWith(`+quote(elsewhere)+`)`)
	js[bool](b, `(() => { const f = document.createElement("iframe"); f.src = `+quote(w.url+"/_imsx/console/")+`; f.onload = () => window.framed = true;
		document.body.append(f); return true; })()`)
	b.until("the frame has loaded", `window.framed`)
	if w.resets != 0 {
		t.Error("another site has reset the emulator")
	}
}

// TestBrowserKeyboard gets by keyboard alone from the overview into a request's ladder.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	w.exchange(t, "p8e-wrong", "x")
	b.open(w, "")
	b.press(kb.Tab)
	b.until("the first stop is the link to the content", `document.activeElement.classList.contains("skip")`)
	if got := js[float64](b, `document.activeElement.getBoundingClientRect().top`); got < 0 {
		t.Errorf("the link to the content is %v above the window", got)
	}
	b.press(kb.Tab, kb.Tab, kb.Tab)
	b.until("the fourth stop is the journal", `document.activeElement.textContent === "Journal"`)
	if js[string](b, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
		t.Error("the focus cannot be seen")
	}
	b.press(kb.Enter)
	b.shows("h1", "Journal")
	b.press(kb.Tab, kb.Enter)
	b.until("the content has the focus", `document.activeElement.id === "main"`)
	for range 12 {
		if js[bool](b, `document.activeElement.matches("a.row")`) {
			break
		}
		b.press(kb.Tab)
	}
	b.press(kb.Enter)
	b.until("the opened request has the focus", `document.activeElement.id === "detail"`)
	b.shows("#detail", "Refused at")
	b.quiet()
}

// TestBrowserWithoutScripts uses a form of the page with scripts switched off.
func TestBrowserWithoutScripts(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light", "blink-settings", "scriptEnabled=false")
	b.open(w, "faults")
	b.click("#clock ~ form button[value='23h']")
	for range 100 {
		if w.clock.Difference() == 23*time.Hour {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the clock is off by %v, want 23h", w.clock.Difference())
}

// newElsewhere serves an empty page of another origin.
func newElsewhere(t *testing.T) string {
	t.Helper()
	return newServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>elsewhere</title><body>"))
	}))
}

// TestBrowserFocus: by keyboard one goes on from what a form says, and who types meanwhile is not called away.
func TestBrowserFocus(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "faults")
	const clock = `document.querySelector("button[value='1h']")`
	js[bool](b, clock+`.focus(), true`)
	b.press(kb.Enter)
	b.until("the notice has the focus", `document.activeElement.matches("#world > .notice")`)
	if got := js[bool](b, `(() => { const n = document.activeElement.getBoundingClientRect(), bar = document.querySelector(".bar").getBoundingClientRect();
		return n.top >= bar.bottom; })()`); !got {
		t.Error("the notice is under the bar")
	}

	b.open(w, "faults")
	js[bool](b, `(addEventListener("htmx:beforeSwap", () => document.dispatchEvent(new KeyboardEvent("keydown")), {once: true}), true)`)
	b.click("button[value='1h']")
	b.shows("#announce", "The clock was moved") // said after the focus would have been taken
	if js[bool](b, `document.activeElement.matches(".notice")`) {
		t.Error("the notice has taken the focus from somebody who types")
	}
	b.quiet()
}
