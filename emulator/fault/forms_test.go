package fault_test

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/fault"
)

// playOn plays an effect on a request to AEM's author, in front of a handler.
func playOn(t *testing.T, f fault.Fault, method, path string, next http.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	s := fault.NewSet(fault.Config{})
	if _, err := s.Add(f); err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	s.Middleware("aem-author")(next).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader("x")))
	return rec
}

func pdfHandler(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/pdf")
	_, _ = io.WriteString(w, "%PDF-1.7\n")
	_, _ = io.WriteString(w, "the rest of it")
}

func TestGarbledBody(t *testing.T) {
	t.Parallel()
	f := fault.Fault{Match: fault.Match{Route: "forms/generatePDFOutput"}, Effect: fault.Effect{Garble: true}}
	got := playOn(t, f, "POST", "/adobe/forms/doc/v1/generatePDFOutput", pdfHandler)
	want := strings.Repeat("?", 16) + "t of it"
	if got.Code != 200 || got.Header().Get("Content-Type") != "application/pdf" || got.Body.String() != want {
		t.Errorf("status %d, headers %v, body %q; want %q", got.Code, got.Header(), got.Body, want)
	}
}

// TestFormsErrorsAreForForms has requests of Forms and of the repository meet faults that name no route.
func TestFormsErrorsAreForForms(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault.Fault{
		"an error": {Effect: fault.Effect{Error: "forms_timeout"}},
		"accepted": {Effect: fault.Effect{Accepted: true}},
	} {
		for path, want := range map[string]bool{"/adobe/forms/doc/v1/generatePDFOutput": true, "/adobe/document/generate/pdfform": true, "/api/assets.json": false} {
			s := fault.NewSet(fault.Config{})
			if _, err := s.Add(f); err != nil {
				t.Fatal(err)
			}
			rec := httptest.NewRecorder()
			s.Middleware("aem-author")(http.HandlerFunc(pdfHandler)).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "POST", path, nil))
			if got := s.List()[0].Played == 1; got != want {
				t.Errorf("%s on %s: played %v, want %v", name, path, got, want)
			}
		}
	}
}

func TestAcceptedAsksForALaterResult(t *testing.T) {
	t.Parallel()
	var prefer string
	f := fault.Fault{Effect: fault.Effect{Accepted: true}}
	playOn(t, f, "POST", "/adobe/forms/document/assure/sign", func(_ http.ResponseWriter, r *http.Request) { prefer = r.Header.Get("Prefer") })
	if prefer != "respond-async" {
		t.Errorf("the handler got Prefer %q", prefer)
	}
}

// TestFormsRoutes has a request for each name, and one that is another's.
func TestFormsRoutes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ method, path, other string }{
		"forms/generatePDFOutput":     {"POST", "/adobe/forms/doc/v1/generatePDFOutput", "POST /adobe/forms/doc/v1/generatePrintedOutput"},
		"forms/generatePrintedOutput": {"POST", "/adobe/forms/doc/v1/generatePrintedOutput", "POST /adobe/forms/doc/v1/generate/afp"},
		"forms/generateAFP":           {"POST", "/adobe/forms/doc/v1/generate/afp", "POST /adobe/forms/doc/v1/generatePDFOutput"},
		"forms/invokeDDX":             {"POST", "/adobe/forms/assembler/ddx/invoke", "POST /adobe/forms/assembler/pdfa/convert"},
		"forms/convertPDFA":           {"POST", "/adobe/forms/assembler/pdfa/convert", "POST /adobe/forms/assembler/pdfa/validate"},
		"forms/validatePDFA":          {"POST", "/adobe/forms/assembler/pdfa/validate", "POST /adobe/forms/assembler/pdfa/convert"},
		"forms/encrypt":               {"POST", "/adobe/forms/document/assure/encrypt", "PUT /adobe/forms/document/assure/encrypt"},
		"forms/decrypt":               {"PUT", "/adobe/forms/document/assure/encrypt", "POST /adobe/forms/document/assure/encrypt"},
		"forms/inspect":               {"POST", "/adobe/forms/document/assure/inspect", "POST /adobe/forms/document/assure/sign"},
		"forms/sign":                  {"POST", "/adobe/forms/document/assure/sign", "POST /adobe/forms/document/assure/signfield"},
		"forms/certify":               {"POST", "/adobe/forms/document/assure/certify", "POST /adobe/forms/document/assure/sign"},
		"forms/signfield":             {"POST", "/adobe/forms/document/assure/signfield", "POST /adobe/forms/document/assure/sign"},
		"forms/results":               {"GET", "/adobe/forms/document/assure/results/1", "GET /adobe/forms/document/assure/results"},
		"forms/batch":                 {"GET", "/adobe/forms/batch/output/config/a/executions", "GET /adobe/forms/doc"},
		"forms":                       {"GET", "/adobe/document/generate/pdfform", "GET /adobe/sites/x"},
	} {
		f := fault.Fault{Match: fault.Match{Route: name}, Effect: fault.Effect{Status: &fault.Status{Code: 599}}}
		if got := playOn(t, f, tt.method, tt.path, pdfHandler).Code; got != 599 {
			t.Errorf("%s does not fit %s %s", name, tt.method, tt.path)
		}
		method, path, _ := strings.Cut(tt.other, " ")
		if got := playOn(t, f, method, path, pdfHandler).Code; got != 200 {
			t.Errorf("%s fits %s", name, tt.other)
		}
	}
}

// TestFormsErrorKeepsToItsRoute: without a route such an error is for all Forms services, with one for that alone.
func TestFormsErrorKeepsToItsRoute(t *testing.T) {
	t.Parallel()
	f := fault.Fault{Match: fault.Match{Route: "forms/encrypt"}, Effect: fault.Effect{Error: "forms_timeout"}}
	if got := playOn(t, f, "POST", "/adobe/forms/document/assure/encrypt", pdfHandler).Code; got == 200 {
		t.Error("the fault was not played on its route")
	}
	if got := playOn(t, f, "POST", "/adobe/forms/document/assure/sign", pdfHandler).Code; got != 200 {
		t.Errorf("status %d on another route", got)
	}
}

// TestFormsErrorsHaveTheFormOfTheFamily compares the four forms, of an error by name and of a status.
func TestFormsErrorsHaveTheFormOfTheFamily(t *testing.T) {
	t.Parallel()
	const text = "the operation has timed out"
	problem := func(path, detail string) string {
		return `{"type":"about:blank","title":"Request Timeout","status":408,"detail":"` + detail + `","instance":"` + path + `"}`
	}
	for _, tt := range []struct{ path, contentType, want string }{
		{"/adobe/forms/doc/v1/generatePDFOutput", "application/json", `{"status":"408","code":"timeout","message":"` + text + `"}`},
		{"/adobe/forms/assembler/ddx/invoke", "application/json", `{"status":408,"code":"timeout","message":"` + text + `"}`},
		{"/adobe/forms/document/assure/sign", "application/problem+json", problem("/adobe/forms/document/assure/sign", text)},
		{"/adobe/forms/batch/output/configs", "application/json", problem("/adobe/forms/batch/output/configs", text)},
	} {
		got := playOn(t, fault.Fault{Effect: fault.Effect{Error: "forms_timeout"}}, "POST", tt.path, pdfHandler)
		if got.Code != 408 || got.Body.String() != tt.want || got.Header().Get("Content-Type") != tt.contentType {
			t.Errorf("%s: status %d, %q, %s", tt.path, got.Code, got.Header().Get("Content-Type"), got.Body)
		}
		status := fault.Fault{Effect: fault.Effect{Status: &fault.Status{Code: 408}}}
		want := strings.NewReplacer(text, "request timeout", `"timeout"`, `"request_timeout"`).Replace(tt.want)
		if got := playOn(t, status, "POST", tt.path, pdfHandler).Body.String(); got != want {
			t.Errorf("%s, a status: %s, want %s", tt.path, got, want)
		}
	}
}

// TestAssemblerFailsInParts reads the parts of a 500 of the assembler.
func TestAssemblerFailsInParts(t *testing.T) {
	t.Parallel()
	for path, log := range map[string]string{
		"/adobe/forms/assembler/ddx/invoke": "", "/adobe/forms/assembler/pdfa/convert": "conversionLog",
		"/adobe/forms/assembler/pdfa/validate": "validationLog",
	} {
		got := playOn(t, fault.Fault{Effect: fault.Effect{Error: "forms_internal"}}, "POST", path, pdfHandler)
		kind, params, err := mime.ParseMediaType(got.Header().Get("Content-Type"))
		if err != nil || kind != "multipart/mixed" || got.Code != 500 {
			t.Fatalf("%s: status %d, %v", path, got.Code, got.Header())
		}
		names := []string{}
		for m := multipart.NewReader(got.Body, params["boundary"]); ; {
			p, err := m.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			_, disposition, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			names = append(names, disposition["name"])
		}
		want := []string{"status", "code", "message", "jobLog"}
		if log != "" {
			want = append(want, log)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	got := playOn(t, fault.Fault{Effect: fault.Effect{Error: "forms_internal"}}, "POST", "/adobe/forms/doc/v1/generatePDFOutput", pdfHandler)
	if !json.Valid(got.Body.Bytes()) {
		t.Errorf("the output service fails by %s", got.Body)
	}
}
