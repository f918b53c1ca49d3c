package aem_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imsx/imsx/aem"
)

// BenchmarkCall compares a call of the client with the same call of a bare HTTP client.
func BenchmarkCall(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, strings.Repeat("x", 30<<10))
	}))
	b.Cleanup(server.Close)
	body := aem.BytesBody("application/xml", []byte(strings.Repeat("y", 10<<10)))
	b.Run("client", func(b *testing.B) {
		client := newClient(b, func(c *aem.Config) { c.BaseURL = server.URL })
		b.ReportAllocs()
		for b.Loop() {
			if _, err := do(b.Context(), client, aem.Request{Method: "POST", Path: "/adobe/x", Body: body, Repeatable: true}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		b.Cleanup(client.CloseIdleConnections)
		b.ReportAllocs()
		for b.Loop() {
			rc, _ := body.Open()
			req, err := http.NewRequestWithContext(b.Context(), "POST", server.URL+"/adobe/x", rc)
			if err != nil {
				b.Fatal(err)
			}
			req.ContentLength = body.Length()
			req.Header.Set("Authorization", "Bearer "+testToken)
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadAll(resp.Body); err != nil {
				b.Fatal(err)
			}
			_ = resp.Body.Close()
		}
	})
}
