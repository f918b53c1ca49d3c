package forms_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

// xdp is the template as the tutorial sends it.
func xdp() field { return field{"template", "letter-a.xdp", "application/octet-stream", template} }

func TestGeneratePDFOutput(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author.Seed(
		aem.Asset{Path: "forms/letter.xdp", Content: []byte(template)}, aem.Asset{Path: "forms/data.xml", Content: []byte(data)},
	))
	for _, tt := range []struct {
		name   string
		fields []field
	}{
		{"as the tutorial sends it", []field{xdp(), file("data", "application/octet-stream", data), {"options", "options.json", "application/json", "{}"}}},
		{"documented types", []field{{"template", "t.xdp", "application/xml", template}, file("data", "application/xml", data), options(`{"locale": "de_DE"}`)}},
		{"the type of XDP", []field{{"template", "t.xdp", "application/vnd.adobe.xdp+xml", template}}},
		{"no types", []field{{"template", "t.xdp", "", template}, {"data", "", "", data}, {"options", "", "", `{"isTagged": true}`}}},
		{"a template alone", []field{xdp()}},
		{"empty data", []field{xdp(), file("data", "application/xml", "")}},
		{"a repository URL", []field{text("template", "crx:///content/dam/forms/letter.xdp"), text("data", "/content/dam/forms/data.xml")}},
		{"a repository path without a type", []field{{"template", "", "", "/content/dam/forms/letter.xdp"}}},
		{"a relative path", []field{text("template", "letter.xdp"), text("data", "data.xml"), options(`{"contentRoot": "crx:///content/dam/forms/"}`)}},
		{"every option", []field{xdp(), options(`{"locale": "en", "contentRoot": "/content/dam/forms", "embedFonts": true, "isTagged": true,
			"linearizedPDF": true, "retainFormState": true, "retainUnsignedSignatureFields": true, "acrobatVersion": "Acrobat_10_1"}`)}},
		{"null options", []field{xdp(), options(`{"locale": null, "embedFonts": null}`)}},
		{"an XCI configuration", []field{xdp(), file("xci", "application/xml",
			`<xci xmlns="http://www.xfa.org/schema/xci/1.0/"><present><pdf><version>1.5</version><fontInfo><embed>1</embed></fontInfo></pdf></present></xci>`)}},
	} {
		got := f.post(t, outputPath+"generatePDFOutput", tt.fields...)
		if got.Code != 200 || got.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(got.Body.String(), "%PDF-") {
			t.Errorf("%s: status %d, %q: %s", tt.name, got.Code, got.Header().Get("Content-Type"), head(got.Body.String()))
			continue
		}
		opened, err := pdf.Open(got.Body.Bytes(), pdf.OpenOptions{})
		if err != nil || opened.PageCount() != 1 {
			t.Errorf("%s: %v, or it has not one page", tt.name, err)
		}
	}
}

func TestOutputInTwoParts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	header := http.Header{"Accept": {"application/json;q=0.1, multipart/mixed"}}
	got := f.send(t, "POST", outputPath+"generatePDFOutput", header, xdp())
	wantStatus(t, got, 200)
	all := parts(t, got)
	if len(all) != 2 || !strings.HasPrefix(all[0].content, "%PDF-") {
		t.Fatalf("parts %v", all)
	}
	all[0].content = ""
	want := []answerPart{
		{"output", "letter-a.pdf", "application/pdf", "attachment; filename=letter-a.pdf; name=output", ""},
		{"metadata", "letter-a.json", "application/json", "attachment; filename=letter-a.json; name=metadata", `{"pageCount":"1"}`},
	}
	if diff := cmp.Diff(want, all, cmp.AllowUnexported(answerPart{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, accept := range []string{"", "*/*", "application/pdf", "multipart/mixed;q=0", "multipart/*"} {
		got := f.send(t, "POST", outputPath+"generatePDFOutput", http.Header{"Accept": {accept}}, xdp())
		if got.Header().Get("Content-Type") != "application/pdf" {
			t.Errorf("Accept %q: %s", accept, got.Header().Get("Content-Type"))
		}
	}
}

func TestGeneratePrintedOutput(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct{ config, contentType, extension, begins string }{
		{`{"renderType": "PostScript"}`, "application/postscript", "ps", "%!PS-Adobe-"},
		{`{"renderType": "PostScript", "xdcUri": "ps_plain_level3.xdc"}`, "application/postscript", "ps", "%!PS-Adobe-"},
		{`{"xdcUri": "hppcl5c.xdc"}`, "application/vnd.hp-pcl", "pcl", "\x1b"},
		{`{"renderType": "PCL", "xdcUri": "tpcl600.xdc"}`, "application/vnd.hp-pcl", "pcl", "\x1b"}, // Adobe's example
		{`{"renderType": "ZPL", "xdcUri": "zpl600.xdc"}`, "application/octet-stream", "zpl", "^XA"},
		{`{"renderType": "DPL", "xdcUri": "dpl406.xdc"}`, "application/octet-stream", "dpl", ""},
		{`{"renderType": "IPL", "xdcUri": "ipl400.xdc"}`, "application/octet-stream", "ipl", ""},
		{`{"renderType": "TPCL"}`, "application/octet-stream", "tpcl", ""},
	} {
		o := options(`{"printConfig": ` + tt.config + `, "copies": 2, "paginationOverride": "duplexLongEdge"}`)
		got := f.post(t, outputPath+"generatePrintedOutput", xdp(), file("data", "application/xml", data), o)
		if got.Code != 200 || got.Header().Get("Content-Type") != tt.contentType || !strings.HasPrefix(got.Body.String(), tt.begins) || got.Body.Len() == 0 {
			t.Errorf("%s: status %d, %q, %q", tt.config, got.Code, got.Header().Get("Content-Type"), head(got.Body.String()))
		}
		mixed := f.send(t, "POST", outputPath+"generatePrintedOutput", http.Header{"Accept": {"multipart/mixed"}}, xdp(), o)
		wantStatus(t, mixed, 200)
		if all := parts(t, mixed); all[0].contentType != tt.contentType || all[0].file != "letter-a."+tt.extension || all[1].content != `{"pageCount":"1"}` {
			t.Errorf("%s: parts %q, %q, %q", tt.config, all[0].contentType, all[0].file, all[1].content)
		}
	}
}

func TestGenerateAFP(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, o := range []string{`{}`, `{"resolution": 240, "pdfVersion": "1.7-ADBE-3", "embedFonts": true, "locale": "en"}`} {
		got := f.send(t, "POST", outputPath+"generate/afp", http.Header{"Accept": {"multipart/mixed"}}, xdp(), options(o))
		wantStatus(t, got, 200)
		if got.Header().Get("Content-Type") != "application/x-afp" || !strings.HasPrefix(got.Body.String(), "\x5a") {
			t.Errorf("%s: %q, %q", o, got.Header().Get("Content-Type"), head(got.Body.String()))
		}
	}
}

// TestWrongOutputRequests has what is refused, and that the error has the form of the family.
func TestWrongOutputRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	with := func(o string) []field { return []field{xdp(), options(o)} }
	for _, tt := range []struct {
		name, service string
		fields        []field
		contains      string
	}{
		{"no template", "generatePDFOutput", []field{file("data", "application/xml", data)}, `\"template\" is missing`},
		{"an empty template", "generatePDFOutput", []field{file("template", "application/xml", "")}, `\"template\" is missing`},
		{"a template that is an image", "generatePDFOutput", []field{file("template", "image/png", "x")}, `has the type \"image/png\"`},
		{"data that are JSON", "generatePDFOutput", []field{xdp(), file("data", "application/json", "{}")}, `has the type \"application/json\"`},
		{"a broken template", "generatePDFOutput", []field{file("template", "application/xml", "<xdp")}, "line"},
		{"broken data", "generatePDFOutput", []field{xdp(), file("data", "application/xml", "<form1>")}, "line"},
		{"a broken PDF", "generatePDFOutput", []field{file("template", "application/pdf", "%PDF-1.7 nothing")}, "message"},
		{"XML as a reference", "generatePDFOutput", []field{text("template", template)}, "reference"},
		{"options that are none", "generatePDFOutput", with(`[]`), "not a JSON object"},
		{"options that break off", "generatePDFOutput", with(`{"locale"`), "no complete JSON"},
		{"options twice", "generatePDFOutput", with(`{} {}`), "something after"},
		{"deep options", "generatePDFOutput", with(`{"a": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`), "deeper"},
		{"large options", "generatePDFOutput", with(`{"a": "` + strings.Repeat("x", 16<<20) + `"}`), "more than 16777216 bytes"},
		{"a wrong type", "generatePDFOutput", with(`{"embedFonts": "yes"}`), `\"embedFonts\" is a JSON string`},
		{"an unknown acrobatVersion", "generatePDFOutput", with(`{"acrobatVersion": "Acrobat_9"}`), "acrobatVersion is"},
		{"a locale that is none", "generatePDFOutput", with(`{"locale": "../x"}`), "locale is"},
		{"a contentRoot that is none", "generatePDFOutput", with(`{"contentRoot": "/etc"}`), "contentRoot"},
		{"no such asset", "generatePDFOutput", []field{text("template", "crx:///content/dam/none.xdp")}, "there is no asset"},
		{"out of the repository", "generatePDFOutput", []field{text("template", "/content/dam/../../etc/passwd")}, "there is no asset"},
		{"elsewhere", "generatePDFOutput", []field{text("template", "/apps/x.xdp")}, "below /content/dam"},
		{"relative to nothing", "generatePDFOutput", []field{text("template", "x.xdp")}, "no contentRoot"},
		{"another scheme", "generatePDFOutput", []field{text("template", "file:///etc/passwd")}, "scheme"},
		{"control characters", "generatePDFOutput", []field{text("template", "/content/dam/a\x01.xdp")}, "control characters"},
		{"the internet", "generatePDFOutput", []field{text("template", "http://example.com/x.xdp")}, "loopback only"},
		{"a broken XCI", "generatePDFOutput", []field{xdp(), file("xci", "application/xml", "<a>")}, "xci"},
		{"an XCI with a document type", "generatePDFOutput", []field{xdp(), file("xci", "application/xml", "<!DOCTYPE a><a/>")}, "document type"},
		{"no options", "generatePrintedOutput", []field{xdp()}, `\"options\" is missing`},
		{"no printConfig", "generatePrintedOutput", with(`{}`), "printConfig is missing"},
		{"an empty printConfig", "generatePrintedOutput", with(`{"printConfig": {}}`), "neither"},
		{"an unknown language", "generatePrintedOutput", with(`{"printConfig": {"renderType": "ESC/P"}}`), "renderType is"},
		{"an unknown printer", "generatePrintedOutput", with(`{"printConfig": {"xdcUri": "a.xdc"}}`), "xdcUri is"},
		{"no copies", "generatePrintedOutput", with(`{"copies": 0, "printConfig": {"renderType": "PCL"}}`), "copies is 0"},
		{"half a copy", "generatePrintedOutput", with(`{"copies": 1.5, "printConfig": {"renderType": "PCL"}}`), "copies"},
		{"an unknown pagination", "generatePrintedOutput", with(`{"paginationOverride": "both", "printConfig": {"renderType": "PCL"}}`), "paginationOverride is"},
		{"a PDF to print", "generatePrintedOutput", []field{file("template", "application/pdf", aPDF(t, 1)), options(`{"printConfig": {"renderType": "PCL"}}`)}, "cannot print"},
		{"a resolution that is too high", "generate/afp", with(`{"resolution": 3277}`), "resolution is 3277"},
		{"a wrong resolution", "generate/afp", with(`{"resolution": 1}`), "resolution is 1"},
		{"a wrong pdfVersion", "generate/afp", with(`{"pdfVersion": "9"}`), "pdfVersion is"},
	} {
		got := f.post(t, outputPath+tt.service, tt.fields...)
		v := map[string]any{}
		if got.Code == 400 {
			v = decoded(t, got)
		}
		if got.Code != 400 || got.Header().Get("Content-Type") != "application/json" || v["status"] != "400" || v["code"] == "" ||
			!strings.Contains(got.Body.String(), tt.contains) {
			t.Errorf("%s: status %d, %q: %s", tt.name, got.Code, got.Header().Get("Content-Type"), head(got.Body.String()))
		}
		if e := f.last(t); e.Code == "" || e.Code != v["code"] {
			t.Errorf("%s: the journal says %q", tt.name, e.Code)
		}
	}
}

func TestUnknownOptionsAreNamedInTheJournal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp(), options(`{"Locale": "en", "locale": "en", "x": null, "embedFonts": null,
		"more": {"a": 1}, "z": 1, "y": 2, "b": 3, "a": 4}`)), 200)
	var ignored []string
	for _, v := range f.last(t).Fields {
		if v.Name == "ignored member" {
			ignored = append(ignored, v.Value)
		}
	}
	if diff := cmp.Diff([]string{"options.Locale", "options.a", "options.b", "options.more", "options.y", "options.z"}, ignored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReferencesByHTTP fetches from a server on loopback, and not from the emulator's own control API.
func TestReferencesByHTTP(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var site string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site = r.Header.Get("Sec-Fetch-Site")
		switch r.URL.Path {
		case "/t.xdp":
			_, _ = w.Write([]byte(template))
		case "/moved":
			http.Redirect(w, r, "/t.xdp", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", text("template", server.URL+"/t.xdp")), 200)
	if site != "cross-site" {
		t.Errorf("Sec-Fetch-Site is %q", site)
	}
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", text("template", "t.xdp"), options(`{"contentRoot": "`+server.URL+`/"}`)), 200)
	for _, bad := range []string{"/moved", "/none", "/_imsx/status", "/%5Fimsx/status", "/x/../_IMSX/status"} {
		wantStatus(t, f.post(t, outputPath+"generatePDFOutput", text("template", server.URL+bad)), 400)
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", text("template", closed.URL+"/t.xdp")), 400)
}

// TestPDFTemplateWithoutForm is returned as it is, with a note that the data had nowhere to go.
func TestPDFTemplateWithoutForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.post(t, outputPath+"generatePDFOutput", field{"template", "flyer.pdf", "application/pdf", aPDF(t, 3)}, file("data", "application/xml", data))
	wantStatus(t, got, 200)
	opened, err := pdf.Open(got.Body.Bytes(), pdf.OpenOptions{})
	must(t, err)
	if note := opened.Info().Properties["Approximations"]; opened.PageCount() != 3 || !strings.Contains(note, "no form fields") {
		t.Errorf("%d pages, the note is %q", opened.PageCount(), note)
	}
}

// TestSlowDocumentsTimeOut has a service that waits for no time at all.
func TestSlowDocumentsTimeOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, noTime)
	got := f.post(t, outputPath+"generatePDFOutput", xdp())
	wantStatus(t, got, 408)
	if v := decoded(t, got); v["status"] != "408" || v["code"] != "timeout" {
		t.Errorf("body %v", v)
	}
}

// TestApproximationsAreInTheDocument has options without effect, named in the PDF and in the gallery.
func TestApproximationsAreInTheDocument(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.post(t, outputPath+"generatePDFOutput", xdp(), options(`{"retainFormState": true, "isTagged": true, "linearizedPDF": true}`))
	wantStatus(t, got, 200)
	if !strings.Contains(got.Body.String(), "The option retainFormState has no effect.") {
		t.Error("the PDF does not say that an option has no effect")
	}
	notes := strings.Join(f.Documents()[0].Notes, " ")
	for _, want := range []string{"not tagged", "not linearized", "retainFormState"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q: %s", want, notes)
		}
	}
}
