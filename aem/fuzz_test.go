package aem_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/imsx/imsx/aem"
)

// FuzzRefusal decodes error answers of any kind: the result is always a bounded, clean *aem.Error without the token.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []struct {
		status            int
		contentType, body string
	}{
		{401, "", ""}, {403, "text/html", "<title>a</title><p>b</p>"}, {403, "application/json", `{"error_code":"403000","message":"m"}`},
		{400, "application/problem+json", `{"type":"t","title":"a","detail":"b","status":400}`},
		{500, "multipart/mixed; boundary=b", mixed(mixedPart("jobLog", "text/plain", "log"), mixedPart("status", "text/plain", "500"))},
		{302, "", ""}, {418, "text/plain", "x" + testToken + "-0"}, {500, "application/json", `{"properties":{"status.message":1}}`},
	} {
		f.Add(seed.status, seed.contentType, []byte(seed.body))
	}
	client := newClient(f, func(c *aem.Config) {
		c.BaseURL = "http://localhost"
		c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			return answered(int(q.Get("status")[0]-'0')*100+int(q.Get("status")[1]-'0'), q.Get("body"), "Content-Type", q.Get("type"), "Location", q.Get("body")), nil
		})}
	})
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		status = 300 + int(uint(status)%300)
		req := aem.Request{Query: map[string][]string{
			"status": {string(rune('0'+status/100)) + string(rune('0'+status%100%10))}, "body": {string(body)}, "type": {contentType},
		}}
		_, err := client.Do(t.Context(), req)
		e := asError(t, err)
		if e.Cause.Meaning() == "" || e.Status == 0 && e.Cause != aem.CauseRedirected {
			t.Errorf("error is %+v", *e)
		}
		for _, text := range []string{e.Error(), e.Code, e.Description, e.RequestID} {
			if strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) {
				t.Errorf("text is %q", text)
			}
		}
		if utf8.RuneCountInString(e.Description) > 300 || utf8.RuneCountInString(e.Code) > 128 || len(e.Logs) > 8 {
			t.Errorf("unbounded: %+v", *e)
		}
		for _, l := range e.Logs {
			if len(l.Text) > 64<<10 || strings.Contains(l.Text, "\x1b") {
				t.Errorf("log is %q", l.Text)
			}
		}
		wantHidden(t, printed(t, err), testToken)
	})
}

// FuzzParts reads multipart answers of any kind: it ends, with parts or an *aem.Error.
func FuzzParts(f *testing.F) {
	f.Add("multipart/mixed; boundary=b", []byte(mixed(mixedPart("output; filename=a b.pdf", "application/pdf", "%PDF-"), mixedPart("metadata", "application/json", "{}"))))
	f.Add("multipart/mixed; boundary=b", []byte("--b\r\nContent-Disposition: x; name=\"\r\n\r\n"))
	f.Add("multipart/mixed", []byte("--\r\n"))
	client := newClient(f, func(c *aem.Config) {
		c.BaseURL = "http://localhost"
		c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			return answered(200, q.Get("body"), "Content-Type", q.Get("type")), nil
		})}
	})
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		resp, err := client.Do(t.Context(), aem.Request{Query: map[string][]string{"body": {string(body)}, "type": {contentType}}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		parts, err := resp.Parts()
		for total := int64(0); err == nil; {
			var part *aem.AnswerPart
			if part, err = parts.Next(); err == nil {
				var n int64
				n, err = io.Copy(io.Discard, part)
				if total += n; total > int64(len(body)) {
					t.Fatal("more content than there is")
				}
				if strings.ContainsAny(part.FileName, `/\`) || part.FileName == ".." {
					t.Errorf("file name is %q", part.FileName)
				}
			}
		}
		if !errors.Is(err, io.EOF) {
			asError(t, err)
		}
	})
}
