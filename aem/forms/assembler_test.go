package forms_test

import (
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
	"github.com/imsx/imsx/secret"
)

func ddxRequest(t testing.TB) forms.DDXRequest {
	t.Helper()
	dir := t.TempDir()
	return forms.DDXRequest{
		DDX: forms.FromBytes([]byte("<DDX/>")),
		Sources: []forms.Source{
			{Name: "first.pdf", Content: forms.FromFile(write(t, filepath.Join(dir, "a.pdf"), "%PDF-1"))},
			{Name: "logo", Content: forms.FromFile(write(t, filepath.Join(dir, "b.JPG"), "jpg"))},
			{Name: "other", Content: forms.FromBytes([]byte("other"))},
			{Name: "text", Content: forms.FromFile(write(t, filepath.Join(dir, "c.txt"), "text"))},
		},
	}
}

func TestInvokeDDXOnTheWire(t *testing.T) {
	t.Parallel()
	service, f := serve(t, reply(200, typeMixed, mixed()))
	req := ddxRequest(t)
	req.Options = forms.DDXOptions{DefaultStyle: "font-size: 9pt", ValidateOnly: true, FailOnError: new(false), FirstBatesNumber: new(0)}
	results, err := service.InvokeDDX(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	if _, err := results.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("error is %v, want io.EOF", err)
	}
	want := []string{
		"ddx|ddx.xml|application/xml|<DDX/>", "first.pdf|a.pdf|application/pdf|%PDF-1", "logo|b.JPG|image/jpeg|jpg",
		"other|other|application/octet-stream|other", "text|c.txt|application/octet-stream|text",
		`options||application/json|{"defaultStyle":"font-size: 9pt","validateOnly":true,"failOnError":false,"firstBatesNumber":0}`,
	}
	got := f.got()
	if diff := cmp.Diff(want, got.parts); diff != "" || got.line != "POST /adobe/forms/assembler/ddx/invoke" {
		t.Errorf("%s, parts (-want +got):\n%s", got.line, diff)
	}
}

func TestDDXRequestsThatAreNotSent(t *testing.T) {
	t.Parallel()
	service, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	source := forms.Source{Name: "a", Content: forms.FromBytes([]byte(pdf))}
	for says, change := range map[string]func(*forms.DDXRequest){
		`the part "ddx" is missing`: func(r *forms.DDXRequest) { r.DDX = forms.Part{} },
		"there is no source":        func(r *forms.DDXRequest) { r.Sources = nil },
		`"options" is empty, reser`: func(r *forms.DDXRequest) { r.Sources[0].Name = "options" },
		`"a" is empty, reserved, o`: func(r *forms.DDXRequest) { r.Sources = []forms.Source{source, source} },
		`the part "a" is missing`:   func(r *forms.DDXRequest) { r.Sources = []forms.Source{{Name: "a"}} },
	} {
		req := ddxRequest(t)
		change(&req)
		_, err := service.InvokeDDX(t.Context(), req)
		wantCause(t, err, aem.CauseInvalidRequest, says)
		_, err = service.SaveResults(t.Context(), req, t.TempDir())
		wantCause(t, err, aem.CauseInvalidRequest, says)
	}
}

func TestResultsOfADDX(t *testing.T) {
	t.Parallel()
	several := mixed(
		[3]string{"name=Out1; filename=Out1.pdf", "application/pdf", pdf},
		[3]string{"name=../../etc/passwd", "application/pdf", pdf},
		[3]string{"name=OUT1; filename=out1.pdf", "application/pdf", pdf},
		[3]string{`name="a:b*?c.xml"`, "application/xml", "<x/>"},
		[3]string{"filename=.hidden", "text/plain", ""},
		[3]string{"x=y", "application/json", "{}"},
		[3]string{`filename="..\\..\\win.pdf"`, "application/pdf", pdf},
	)
	tests := []struct {
		name, contentType, body string
		want                    []string
		cause                   aem.Cause
		says                    string
	}{
		{"several", typeMixed, several, []string{"Out1.pdf", "a_b__c.xml", "hidden", "out1-2.pdf", "passwd.pdf", "result-6.json", "win.pdf"}, "", ""},
		{"one PDF", "application/pdf", pdf, []string{"result-1.pdf"}, "", ""},
		{"none", typeMixed, mixed(), nil, "", ""},
		{"a page", "text/html", "<html></html>", nil, aem.CauseMalformedAnswer, "an HTML page"},
		{"nothing", "application/pdf", "", nil, aem.CauseMalformedAnswer, "empty"},
		{"no PDF", "application/pdf", "PK", nil, aem.CauseMalformedAnswer, "something else"},
		{"a result that is no PDF", typeMixed, mixed([3]string{"name=o", "application/pdf", "PK"}), nil, aem.CauseMalformedAnswer, "something else"},
		{"a result that is empty", typeMixed, mixed([3]string{"name=o", "application/pdf", ""}), nil, aem.CauseMalformedAnswer, "empty"},
		{"an early end", typeMixed, several[:len(several)-12], []string{"Out1.pdf", "a_b__c.xml", "hidden", "out1-2.pdf", "passwd.pdf", "result-6.json"}, aem.CauseNetwork, "in the middle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service, _ := serve(t, reply(200, tt.contentType, tt.body))
			dir := t.TempDir()
			all, err := service.SaveResults(t.Context(), ddxRequest(t), dir)
			if tt.cause != "" {
				wantCause(t, err, tt.cause, tt.says)
			} else if err != nil || len(all) != len(tt.want) {
				t.Errorf("%d results, %v", len(all), err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				got = append(got, e.Name())
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResultsAsStreams(t *testing.T) {
	t.Parallel()
	service, _ := serve(t, reply(200, typeMixed, mixed(
		[3]string{"name=a; filename=a.pdf", "application/pdf", pdf + strings.Repeat("x", 100_000)},
		[3]string{"name=b", "text/plain", "second"},
	)))
	results, err := service.InvokeDDX(t.Context(), ddxRequest(t))
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	first, err := results.Next()
	if err != nil || first.Name != "a" || first.FileName != "a.pdf" {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := results.Next() // the first is passed over
	if err != nil || second.Name != "b" || len(results.Attempts()) != 1 {
		t.Fatalf("%+v, %v", second, err)
	}
	if data, err := io.ReadAll(second); string(data) != "second" || err != nil || second.Close() != nil {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := results.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("error is %v, want io.EOF", err)
	}
}

func TestValidatePDFA(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{`{"isPDFA":true}`: true, `{"isPDFA":false,"more":1}`: false} {
		service, f := serve(t, reply(200, "application/json", body))
		got, err := service.ValidatePDFA(t.Context(), forms.ValidatePDFARequest{
			Document: forms.FromBytes([]byte(pdf)), Options: forms.ValidatePDFAOptions{Compliance: forms.PDFA1B, ResultLevel: forms.Summary},
		})
		if got != want || err != nil {
			t.Errorf("%s: %v, %v", body, got, err)
		}
		sent := f.got()
		if diff := cmp.Diff([]string{"inDoc|inDoc.pdf|application/pdf|" + pdf, `options||application/json|{"compliance":"PDFA_1B","resultLevel":"SUMMARY"}`}, sent.parts); diff != "" ||
			sent.line != "POST /adobe/forms/assembler/pdfa/validate" {
			t.Errorf("%s, parts (-want +got):\n%s", sent.line, diff)
		}
	}
	for body, says := range map[string]string{
		`{}`: "no isPDFA", ``: "empty", `{"isPDFA":"yes"}`: `"isPDFA" of the answer is of another kind`, `[]`: "not the JSON", "<html>": "HTML page", `{"isP`: "not the JSON",
	} {
		service, _ := serve(t, reply(200, "application/json", body))
		_, err := service.ValidatePDFA(t.Context(), forms.ValidatePDFARequest{Document: forms.FromBytes([]byte(pdf))})
		wantCause(t, err, aem.CauseMalformedAnswer, says)
	}
	service, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	_, err := service.ValidatePDFA(t.Context(), forms.ValidatePDFARequest{})
	wantCause(t, err, aem.CauseInvalidRequest, "inDoc")
}

func TestInspect(t *testing.T) {
	t.Parallel()
	service, f := serve(t, reply(200, "application/json", `{"mode":"PASSWORD"}`))
	mode, err := service.Inspect(t.Context(), forms.InspectRequest{Document: forms.FromPath("/content/dam/a.pdf")})
	if mode != forms.SecurityPassword || err != nil {
		t.Errorf("mode is %q, %v", mode, err)
	}
	if got := f.got(); got.line != "POST /adobe/forms/document/assure/inspect" || got.parts[0] != "document||text/plain|/content/dam/a.pdf" || got.accept != "application/json" {
		t.Errorf("request is %+v", got)
	}
	service, _ = serve(t, reply(200, "application/json", `{"mode":null}`))
	_, err = service.Inspect(t.Context(), forms.InspectRequest{Document: forms.FromBytes([]byte(pdf))})
	wantCause(t, err, aem.CauseMalformedAnswer, "no mode")
	_, err = service.Inspect(t.Context(), forms.InspectRequest{})
	wantCause(t, err, aem.CauseInvalidRequest, "document")
}

// TestErrorsOfTheServices has each family's form of an error once.
func TestErrorsOfTheServices(t *testing.T) {
	t.Parallel()
	doc := forms.FromBytes([]byte(pdf))
	service, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/adobe/forms/doc/"):
			reply(400, "application/json", `{"status":"400","code":"C1","message":"no such template"}`)(w, r)
		case strings.HasPrefix(r.URL.Path, "/adobe/forms/assembler/"):
			reply(500, typeMixed, mixed([3]string{"name=status", "text/plain", "500"}, [3]string{"name=code", "text/plain", "C2"},
				[3]string{"name=message", "text/plain", "it failed"}, [3]string{"name=conversionLog", "text/plain", "line 1\nline 2"}))(w, r)
		default:
			reply(400, "application/problem+json", `{"type":"about:blank","title":"Bad Request","status":400,"detail":"wrong password: `+documentPassword.Reveal()+`"}`)(w, r)
		}
	})
	_, err := service.GeneratePDFOutput(t.Context(), pdfRequest)
	if e := wantCause(t, err, aem.CauseInvalidRequest, "no such template"); e.Op != "generate pdf" || e.Code != "C1" {
		t.Errorf("error is %+v", *e)
	}
	_, err = service.ConvertPDFA(t.Context(), forms.ConvertPDFARequest{Document: doc})
	e := wantCause(t, err, aem.CauseServerFault, "it failed")
	if diff := cmp.Diff([]aem.Log{{Name: "conversionLog", Text: "line 1\nline 2"}}, e.Logs); diff != "" || e.Code != "C2" {
		t.Errorf("code %q, logs (-want +got):\n%s", e.Code, diff)
	}
	rest, unlock := secret.New("something else"), &forms.Unlock{Password: documentPassword}
	for name, req := range map[string]forms.Request{
		"decrypt":           forms.DecryptRequest{Document: doc, Password: documentPassword},
		"encrypt to open":   forms.EncryptRequest{Document: doc, OpenPassword: documentPassword, PermPassword: rest},
		"encrypt to change": forms.EncryptRequest{Document: doc, OpenPassword: rest, PermPassword: documentPassword},
		"sign":              forms.SignRequest{Document: doc, Credential: "c", Field: "f", Options: forms.SignOptions{Unlock: unlock}},
		"certify": forms.CertifyRequest{
			Document: doc, Credential: "c", Field: "f", Options: forms.CertifyOptions{SignOptions: forms.SignOptions{Unlock: unlock}},
		},
		"signature field": forms.SignatureFieldRequest{
			Document: doc, Field: "f", Page: 1, Rectangle: &forms.Rectangle{Width: 120, Height: 40}, Options: forms.SignatureFieldOptions{Unlock: unlock},
		},
	} {
		_, err = service.Open(t.Context(), req)
		if e := wantCause(t, err, aem.CauseInvalidRequest, "wrong password: [redacted]"); strings.Contains(e.Error(), documentPassword.Reveal()) {
			t.Errorf("%s: the error shows the password", name)
		}
	}
}
