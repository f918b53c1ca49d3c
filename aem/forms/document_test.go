package forms_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
)

var (
	pdfRequest = forms.PDFRequest{Template: xdp}
	psRequest  = forms.PrintRequest{Template: xdp, Options: forms.PrintOptions{PrintConfig: forms.PrintConfig{RenderType: forms.PostScript}}}
	zplRequest = forms.PrintRequest{Template: xdp, Options: forms.PrintOptions{PrintConfig: forms.PrintConfig{RenderType: forms.ZPL}}}
	afpRequest = forms.AFPRequest{Template: xdp}
)

func TestAnswersAreChecked(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
	meta := [3]string{"name=metadata; filename=t.json", "application/json", `{"pageCount":"3"}`}
	out := [3]string{"name=output; filename=t.pdf", "application/pdf", pdf}
	tests := []struct {
		name              string
		req               forms.Request
		contentType, body string
		want              aem.Cause
		says              string
	}{
		{"PDF", pdfRequest, "application/pdf", pdf, "", ""},
		{"PDF of another type", pdfRequest, "application/octet-stream", pdf, "", ""},
		{"PostScript", psRequest, "application/postscript", "%!PS-Adobe-3.0\n", "", ""},
		{"PostScript in a print job", psRequest, "application/postscript", "\x1b%-12345X@PJL\n%!PS", "", ""},
		{"labels", zplRequest, "application/octet-stream", "^XA^XZ", "", ""},
		{"AFP", afpRequest, "application/x-afp", "\x5a\x00\x10", "", ""},
		{"page for a PDF", pdfRequest, "text/html", page, aem.CauseMalformedAnswer, "an HTML page where a PDF was asked for"},
		{"page that says it is a PDF", pdfRequest, "application/pdf", "\n " + page, aem.CauseMalformedAnswer, "an HTML page"},
		{"page for labels", zplRequest, "application/octet-stream", page, aem.CauseMalformedAnswer, "an HTML page where a print stream was asked for"},
		{"page for AFP", afpRequest, "text/html; charset=utf-8", "x", aem.CauseMalformedAnswer, "an HTML page where AFP was asked for"},
		{"JSON for labels", zplRequest, "application/json", `{"status":"200"}`, aem.CauseMalformedAnswer, "JSON where"},
		{"JSON for a PDF", pdfRequest, "application/json", `{}`, aem.CauseMalformedAnswer, "JSON where a PDF"},
		{"PDF for PostScript", psRequest, "application/postscript", pdf, aem.CauseMalformedAnswer, "a PDF where PostScript was asked for"},
		{"anything for a PDF", pdfRequest, "application/pdf", "PK\x03\x04", aem.CauseMalformedAnswer, "something else where a PDF"},
		{"nothing", pdfRequest, "application/pdf", "", aem.CauseMalformedAnswer, "the answer is empty where a PDF was asked for"},
		{"parts", pdfRequest, typeMixed, mixed(out, meta), "", ""},
		{"parts, the other way round", pdfRequest, typeMixed, mixed(meta, out), "", ""},
		{"parts without metadata", pdfRequest, typeMixed, mixed(out), "", ""},
		{"parts without a document", pdfRequest, typeMixed, mixed(meta), aem.CauseMalformedAnswer, "none of the answer's parts"},
		{"parts with an empty document", pdfRequest, typeMixed, mixed([3]string{"name=output", "application/pdf", ""}, meta), aem.CauseMalformedAnswer, "empty"},
		{"parts with a page", pdfRequest, typeMixed, mixed([3]string{"name=output", "application/pdf", page}), aem.CauseMalformedAnswer, "HTML"},
		{"parts with broken metadata first", pdfRequest, typeMixed, mixed([3]string{"name=metadata", "application/json", "{"}, out), aem.CauseMalformedAnswer, "metadata"},
		{"parts with broken metadata last", pdfRequest, typeMixed, mixed(out, [3]string{"name=metadata", "application/json", `{"pageCount":"many"}`}), aem.CauseMalformedAnswer, "page count"},
		{"parts that end early", pdfRequest, typeMixed, strings.TrimSuffix(mixed(out, meta), "--b--\r\n"), aem.CauseNetwork, "in the middle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service, _ := serve(t, reply(200, tt.contentType, tt.body))
			dir := t.TempDir()
			saved, err := service.Save(t.Context(), tt.req, filepath.Join(dir, "file"))
			entries, _ := os.ReadDir(dir)
			if tt.want != "" {
				wantCause(t, err, tt.want, tt.says)
				if len(entries) != 0 {
					t.Errorf("a file was left: %v", entries)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, _ := os.ReadFile(saved.Path)
			want := tt.body
			if tt.contentType == typeMixed {
				want = pdf
			}
			if string(got) != want || saved.Bytes != int64(len(want)) || len(entries) != 1 || len(saved.Attempts) != 1 {
				t.Errorf("saved %+v: %q", saved, got)
			}
		})
	}
}

func TestPageCount(t *testing.T) {
	t.Parallel()
	for name, req := range map[string]forms.Request{
		"pdf": forms.PDFRequest{Template: xdp, CountPages: true},
		"ps":  forms.PrintRequest{Template: xdp, CountPages: true, Options: psRequest.Options},
		"afp": forms.AFPRequest{Template: xdp, CountPages: true},
	} {
		for _, count := range []string{`"12"`, `12`} {
			content := map[string]string{"pdf": pdf, "ps": "%!PS", "afp": "\x5a"}[name]
			service, f := serve(t, reply(200, typeMixed, mixed(
				[3]string{"name=output; filename=my template.pdf", "application/x", content},
				[3]string{"name=metadata; filename=my template.json", "application/json", `{"pageCount": ` + count + `}`},
			)))
			doc, err := service.Open(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.PageCount(); got != 0 {
				t.Errorf("%s: %d pages before the end", name, got)
			}
			if got := readAll(t, doc, nil); got != content || doc.PageCount() != 12 || doc.FileName != "my template.pdf" || doc.ContentType != "application/x" {
				t.Errorf("%s: %q with %d pages, %+v", name, got, doc.PageCount(), doc)
			}
			if got := f.got().accept; got != "multipart/mixed" {
				t.Errorf("%s: accept is %q", name, got)
			}
		}
	}
}

func TestAcceptedRequests(t *testing.T) {
	t.Parallel()
	doc := forms.FromBytes([]byte(pdf))
	for name, tt := range map[string]struct {
		status   int
		location string
		call     func(context.Context, *forms.Service) error
	}{
		"sign later": {202, "/adobe/forms/jobs/1", func(ctx context.Context, s *forms.Service) error {
			_, err := s.Sign(ctx, forms.SignRequest{Document: doc, Credential: "a", Field: "f"})
			return err
		}},
		"inspect later": {202, "https://example.com/jobs/2", func(ctx context.Context, s *forms.Service) error {
			_, err := s.Inspect(ctx, forms.InspectRequest{Document: doc})
			return err
		}},
		"without a place": {202, "", func(ctx context.Context, s *forms.Service) error {
			_, err := s.Save(ctx, forms.DecryptRequest{Document: doc, Password: documentPassword}, filepath.Join(t.TempDir(), "f"))
			return err
		}},
		"sent elsewhere": {201, "https://example.com/out.pdf", func(ctx context.Context, s *forms.Service) error {
			_, err := s.GeneratePDFOutput(ctx, pdfRequest)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.location != "" {
					w.Header().Set("Location", tt.location)
				}
				w.WriteHeader(tt.status)
			})
			err := tt.call(t.Context(), service)
			accepted, ok := errors.AsType[*forms.AcceptedError](err)
			if !ok || accepted.Status != tt.status || accepted.Location != tt.location || accepted.Op == "" {
				t.Fatalf("error is %#v", err)
			}
			if tt.location != "" && !strings.Contains(err.Error(), tt.location) {
				t.Errorf("error is %v", err)
			}
		})
	}
	service, _ := serve(t, reply(201, "application/pdf", pdf))
	if doc, err := service.GeneratePDFOutput(t.Context(), pdfRequest); readAll(t, doc, err) != pdf {
		t.Error("a document that comes with 201 is not given")
	}
}

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	service, f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, pdf+strings.Repeat("x", 50_000))
		panic(http.ErrAbortHandler)
	})
	doc, err := service.GeneratePDFOutput(t.Context(), pdfRequest)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(doc)
	wantCause(t, err, aem.CauseNetwork, "cut")
	if _, again := doc.Read(make([]byte, 1)); again != err { //nolint:errorlint // the very same
		t.Errorf("the next Read gives %v", again)
	}
	dir := t.TempDir()
	if doc, err = service.GeneratePDFOutput(t.Context(), pdfRequest); err != nil {
		t.Fatal(err)
	}
	_, err = doc.Save(filepath.Join(dir, "file"))
	wantCause(t, err, aem.CauseNetwork, "cut")
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("files were left: %v", entries)
	}
	if f.asked != 2 {
		t.Errorf("%d requests, want 2", f.asked)
	}
}

func TestSaveStartsAnew(t *testing.T) {
	t.Parallel()
	n := 0
	f := &fake{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", typeMixed)
		body := mixed([3]string{"name=output; filename=t.pdf", "application/pdf", pdf}, [3]string{"name=metadata", "application/json", `{"pageCount":"1"}`})
		if n++; n == 1 {
			body = body[:len(body)-20]
		}
		_, _ = io.WriteString(w, body)
	}}
	service := serviceAt(t, aem.Config{BaseURL: listen(t, f)})
	dir := t.TempDir()
	saved, err := service.Save(t.Context(), forms.PDFRequest{Template: xdp, CountPages: true}, filepath.Join(dir, "out.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	want := forms.Saved{Path: filepath.Join(dir, "out.pdf"), Bytes: int64(len(pdf)), PageCount: 1, ContentType: "application/pdf", FileName: "t.pdf"}
	if diff := cmp.Diff(want, saved, cmpopts.IgnoreFields(forms.Saved{}, "Attempts")); diff != "" || len(saved.Attempts) != 2 {
		t.Errorf("%d attempts, saved (-want +got):\n%s", len(saved.Attempts), diff)
	}
}
