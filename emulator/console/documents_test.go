package console_test

import (
	"bufio"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/forms/sample"
)

// generate has the Forms services make a PDF document of a sample, with the first of its data.
func (w *world) generate(t testing.TB, name string) {
	t.Helper()
	data, _ := sample.Data(name + "-1")
	w.output(t, "generatePDFOutput", "template", forms.SamplesPath+"/"+name+".xdp", "data", string(data))
}

// output asks an output service; the parts are names and contents in turn.
func (w *world) output(t testing.TB, operation string, parts ...string) {
	t.Helper()
	host, _ := w.aem.Instance(environment, aem.Author)
	must(t, host.AllowClient(oauth))
	if host.AddUserToGroup(oauthMail, aem.FormsUsers) != nil {
		must(t, host.AddUser(oauthMail, aem.FormsUsers))
	}
	token, err := w.ims.IssueToken(oauth, oauthUser, "openid")
	must(t, err)
	var body strings.Builder
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(parts); i += 2 {
		must(t, m.WriteField(parts[i], parts[i+1]))
	}
	must(t, m.Close())
	req, err := http.NewRequestWithContext(t.Context(), "POST", w.author+"/adobe/forms/doc/v1/"+operation, strings.NewReader(body.String()))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("X-Api-Key", oauth)
	req.Header.Set("Content-Type", m.FormDataContentType())
	res, err := w.client.Do(req)
	must(t, err)
	_ = res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatalf("%s: status %d", operation, res.StatusCode)
	}
}

// printed has the Forms services make a document for printers.
func (w *world) printed(t testing.TB, name, language string) {
	t.Helper()
	data, _ := sample.Data(name + "-1")
	w.output(t, "generatePrintedOutput", "template", forms.SamplesPath+"/"+name+".xdp", "data", string(data),
		"options", `{"printConfig": {"renderType": "`+language+`"}}`)
}

func TestDocumentsAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.generate(t, "invoice")
	w.printed(t, "label", "ZPL")
	list, _ := w.call(t, "GET", "/_imsx/documents", "").object(t)["documents"].([]any)
	if len(list) != 2 {
		t.Fatalf("documents %v", list)
	}
	first, _ := list[0].(map[string]any)
	if first["name"] != "label.zpl" || first["pages"] != 1.0 || first["client_id"] != oauth || first["account"] != oauthMail {
		t.Errorf("the newest document is %v", first)
	}
	for _, tt := range []struct {
		path        string
		status      int
		contentType string
		disposition string
		begins      string
	}{
		{"1", 200, "application/pdf", "inline; filename=invoice.pdf", "%PDF-"},
		{"2", 200, "application/octet-stream", "attachment; filename=label.zpl", "^XA"},
		{"1/preview.svg", 200, "image/svg+xml", "", "<"},
		{"2/preview.svg?page=1", 200, "image/svg+xml", "", "<"},
		{"1/preview.svg?page=99", 422, "application/json", "", "{"},
		{"1/preview.svg?page=x", 400, "application/json", "", "{"},
		{"3", 404, "application/json", "", "{"},
		{"x", 404, "application/json", "", "{"},
		{"3/preview.svg", 404, "application/json", "", "{"},
	} {
		got := w.call(t, "GET", "/_imsx/documents/"+tt.path, "")
		if got.status != tt.status || got.header.Get("Content-Type") != tt.contentType || got.header.Get("Content-Disposition") != tt.disposition ||
			!strings.HasPrefix(got.body, tt.begins) {
			t.Errorf("%s: status %d, %v, %.80q", tt.path, got.status, got.header, got.body)
		}
		if policy := got.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "script") && tt.status == 200 {
			t.Errorf("%s: policy %q", tt.path, policy)
		}
	}
	if got := w.call(t, "GET", "/_imsx/documents/1", "", "Origin", "http://evil.example"); got.status != 403 {
		t.Errorf("another site's page: status %d", got.status)
	}
	if got := w.call(t, "DELETE", "/_imsx/documents", ""); got.status != 204 || len(w.forms.Documents()) != 0 {
		t.Errorf("DELETE: status %d", got.status)
	}
}

func TestDocumentsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if body := w.call(t, "GET", "/_imsx/console/documents", "").body; !strings.Contains(body, "No document was made yet") {
		t.Error("the page does not say that there is nothing")
	}
	w.generate(t, "invoice")
	w.printed(t, "label", "PostScript")
	for _, tt := range []struct{ query, want, unwanted string }{
		{"", `data-document="2"`, "What is approximated"},
		{"?document=1", "Page 1 of invoice.pdf", "Previous page"},
		{"?document=1&page=2", "Previous page", "No document was made yet</p>"},
		{"?document=2", "application/postscript", "in a new tab"},
		{"?document=9", "Choose a document", "<figure"},
	} {
		body := w.call(t, "GET", "/_imsx/console/documents"+tt.query, "").body
		if !strings.Contains(body, tt.want) || strings.Contains(body, tt.unwanted) {
			t.Errorf("%s: the page lacks %q or has %q", tt.query, tt.want, tt.unwanted)
		}
	}
	for path, want := range map[string]string{"1": "Page 1 of invoice.pdf", "1?page=2": "Page 2 of", "9": "not kept any longer"} {
		if part := w.call(t, "GET", "/_imsx/console/documents/"+path, "").body; strings.Contains(part, "<html") || !strings.Contains(part, want) {
			t.Errorf("the part %s lacks %q: %.200s", path, want, part)
		}
	}
	for path, missing := range map[string]bool{"1": false, "9": true, "1/picture?page=99": true} {
		if !strings.Contains(path, "picture") {
			path += "/picture"
		}
		got := w.call(t, "GET", "/_imsx/console/documents/"+path, "")
		if got.status != 200 || got.header.Get("Content-Type") != "image/svg+xml" || strings.Contains(got.body, "no picture") != missing {
			t.Errorf("%s: status %d, %.100s", path, got.status, got.body)
		}
	}
	got := w.form(t, "documents/clear")
	if got.status != 303 || !strings.Contains(w.call(t, "GET", got.header.Get("Location"), "").body, "No document is kept any longer") {
		t.Errorf("after clearing: status %d", got.status)
	}
}

// TestStreamOfDocuments reads the rows that the page gets.
func TestStreamOfDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.generate(t, "label")
	for _, tt := range []struct{ since, want string }{{"", "id: 1"}, {"?since=1", "id: 2"}} {
		since, want := tt.since, tt.want
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/_imsx/console/documents/stream"+since, nil)
		must(t, err)
		res, err := w.client.Do(req)
		must(t, err)
		if since != "" {
			w.generate(t, "label")
		}
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "id: ") {
		}
		if lines.Text() != want {
			t.Errorf("%q begins with %q, want %q", since, lines.Text(), want)
		}
		_ = res.Body.Close()
	}
	if got := w.call(t, "GET", "/_imsx/console/documents/stream?since=x", ""); got.status != 400 {
		t.Errorf("a malformed since: status %d", got.status)
	}
}

// TestBrowserDocuments watches documents arrive, opens one by keyboard, turns its pages, and clears.
func TestBrowserDocuments(t *testing.T) {
	t.Parallel()
	w, b := newWorld(t), newBrowser(t, "light")
	b.open(w, "")
	b.clickText("Documents")
	b.shows("#nothing", "No document was made yet")
	b.until("the stream is open", `!document.querySelector("#rows").classList.contains("offline")`)
	w.generate(t, "invoice")
	b.shows("#rows li:first-child", "invoice.pdf")
	b.shows("#count", "1")
	b.shows("#announce", "invoice.pdf")
	b.until("the picture is there", `document.querySelector(".thumb img")?.naturalWidth > 0`)
	js[bool](b, `(document.querySelector("a.row").focus(), true)`)
	b.press(kb.Enter)
	b.shows("#detail figcaption", "Page 1 of")
	b.until("the page is drawn", `document.querySelector("#detail .sheet img")?.naturalWidth > 0`)
	b.until("the focus is at the document", `document.activeElement.id === "detail"`)
	if got := js[string](b, `location.search`); got != "?document=1" {
		t.Errorf("the address of the opened document ends in %q", got)
	}
	if js[bool](b, `document.querySelector("#detail").innerText.includes("Next page")`) {
		b.clickText("Next page")
		b.shows("#detail figcaption", "Page 2 of")
	}
	if got := js[string](b, `document.querySelector("a.row[aria-current]")?.dataset.document ?? ""`); got != "1" {
		t.Errorf("the chosen row is %q", got)
	}
	for _, name := range []string{"label", "letter"} {
		w.printed(t, name, "PostScript")
		b.shows("#rows li:first-child", name+".ps")
	}
	b.shows("#count", "3")
	js[bool](b, `(scrollTo(0, 0), true)`) // from under the bar, which stays at the top
	b.clickText("Clear")
	b.shows("main .notice", "No document is kept")
	b.quiet()
	if got := fmt.Sprint(js[int](b, `document.querySelectorAll("#rows li").length`)); got != "0" {
		t.Errorf("%s rows are left", got)
	}
}
