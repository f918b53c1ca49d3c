package forms_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
)

// FuzzDocument reads answers of any kind: the result is a checked document that ends, or an *aem.Error.
func FuzzDocument(f *testing.F) {
	f.Add("application/pdf", []byte(pdf))
	f.Add("text/html", []byte("<html>"))
	f.Add(typeMixed, []byte(mixed([3]string{"name=output; filename=t.pdf", "application/pdf", pdf}, [3]string{"name=metadata", "application/json", `{"pageCount":"3"}`})))
	f.Add(typeMixed, []byte(mixed([3]string{"name=metadata", "application/json", `{"pageCount":-1}`})))
	var contentType, body string
	service := serviceAt(f, aem.Config{BaseURL: "http://localhost", MaxAttempts: 1, HTTPClient: &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body))}, nil
	})}})
	f.Fuzz(func(t *testing.T, kind string, content []byte) {
		contentType, body = kind, string(content)
		doc, err := service.GeneratePDFOutput(t.Context(), pdfRequest)
		var data []byte
		if err == nil {
			data, err = io.ReadAll(doc)
			_ = doc.Close()
			if err == nil && !strings.HasPrefix(string(data), "%PDF-") {
				t.Errorf("%q was handed out", data)
			}
			if doc.PageCount() < 0 {
				t.Errorf("%d pages", doc.PageCount())
			}
		}
		if _, ok := errors.AsType[*aem.Error](err); err != nil && !ok {
			t.Errorf("error is %T: %v", err, err)
		}
		results, err := service.InvokeDDX(t.Context(), forms.DDXRequest{DDX: xdp, Sources: []forms.Source{{Name: "a", Content: xdp}}})
		if err != nil {
			return
		}
		defer results.Close()
		for range len(content) + 2 {
			if _, err := results.Next(); err != nil {
				return
			}
		}
		t.Error("the results have no end")
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	_ = req.Body.Close()
	return f(req)
}

// FuzzBatchState reads states of any kind: one that is read is the same after it was written and read again.
func FuzzBatchState(f *testing.F) {
	f.Add([]byte(`{"status":"SUCCESS","startTime":1700000000,"endTime":-1,"recordsCount":3}`))
	f.Add([]byte(`{"startTime":1.7e9}`))
	f.Add([]byte(`{"startTime":"2023-11-14T22:13:20Z","errorInfo":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var state, again forms.BatchState
		if json.Unmarshal(data, &state) != nil {
			return
		}
		raw, err := json.Marshal(state)
		if err != nil {
			return // a year that RFC 3339 cannot write
		}
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		if !again.Start.Equal(state.Start) || !again.End.Equal(state.End) || again.Status != state.Status || again.Records != state.Records {
			t.Errorf("%+v became %+v", state, again)
		}
	})
}
