package forms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

const ddxNamespace = "http://ns.adobe.com/DDX/1.0/"

// merge is a DDX document that puts sources together.
func merge(result string, sources ...string) field {
	var b strings.Builder
	fmt.Fprintf(&b, `<DDX xmlns=%q><PDF result=%q>`, ddxNamespace, result)
	for _, s := range sources {
		fmt.Fprintf(&b, `<PDF source=%q/>`, s)
	}
	b.WriteString(`</PDF></DDX>`)
	return field{"ddx", "merge.ddx", "application/xml", b.String()}
}

func source(t testing.TB, name string, pages int) field {
	t.Helper()
	return field{name, name, "application/octet-stream", aPDF(t, pages)}
}

func TestInvokeDDX(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.post(t, assemblerPath+"ddx/invoke", merge("all.pdf", "a.pdf", "b.pdf"), source(t, "a.pdf", 1), source(t, "b.pdf", 2),
		options(`{"failOnError": true, "firstBatesNumber": 7, "validateOnly": false, "defaultStyle": null}`))
	wantStatus(t, got, 200)
	all := parts(t, got)
	if len(all) != 2 || all[0].name != "all.pdf" || all[0].file != "all.pdf" || all[0].contentType != "application/pdf" || all[1].name != "jobLog" {
		t.Fatalf("parts %q", all)
	}
	opened, err := pdf.Open([]byte(all[0].content), pdf.OpenOptions{})
	if err != nil || opened.PageCount() != 3 {
		t.Errorf("%v, or the result has not three pages", err)
	}
	docs := f.Documents()
	if len(docs) != 1 || docs[0].Name != "all.pdf" || docs[0].Pages != 3 || docs[0].Operation != "invokeDDX" {
		t.Errorf("documents %+v", docs)
	}
}

func TestValidateOnlyMakesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.post(t, assemblerPath+"ddx/invoke", merge("all.pdf", "a.pdf"), options(`{"validateOnly": true}`))
	wantStatus(t, got, 200)
	if all := parts(t, got); len(all) != 1 || all[0].name != "jobLog" {
		t.Errorf("parts %q", all)
	}
}

// TestWrongAssemblerRequests has 400 as JSON with the status as a number, and 500 in parts with the log of the job.
func TestWrongAssemblerRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct {
		name, path string
		fields     []field
		status     int
		contains   string
	}{
		{"no DDX", "ddx/invoke", []field{source(t, "a.pdf", 1)}, 400, `\"ddx\" is missing`},
		{"a broken DDX", "ddx/invoke", []field{field{"ddx", "", "application/xml", "<DDX"}}, 400, "ddx"},
		{"an unknown element", "ddx/invoke", []field{field{"ddx", "", "application/xml", `<DDX xmlns="` + ddxNamespace + `"><Teapot result="a"/></DDX>`}}, 400, "Teapot"},
		{"a DDX that is a PDF", "ddx/invoke", []field{field{"ddx", "", "application/pdf", "%PDF-"}}, 400, "part"},
		{"a source twice", "ddx/invoke", []field{merge("r", "a.pdf"), source(t, "a.pdf", 1), source(t, "a.pdf", 1)}, 400, "two parts"},
		{"a wrong firstBatesNumber", "ddx/invoke", []field{merge("r", "a.pdf"), source(t, "a.pdf", 1), options(`{"firstBatesNumber": -2}`)}, 400, "firstBatesNumber"},
		{"no source", "ddx/invoke", []field{merge("r", "a.pdf")}, 500, "a.pdf"},
		{"a broken source", "ddx/invoke", []field{merge("r", "a.pdf"), field{"a.pdf", "a.pdf", "", "no PDF"}}, 500, "jobLog"},
		{"no inDoc", "pdfa/convert", []field{options(`{}`)}, 400, `\"inDoc\" is missing`},
		{"a broken inDoc", "pdfa/convert", []field{field{"inDoc", "a.pdf", "application/pdf", "no PDF"}}, 400, "message"},
		{"an unknown compliance", "pdfa/convert", []field{source(t, "inDoc", 1), options(`{"compliance": "PDFA_9"}`)}, 400, "compliance is"},
		{"an unknown colorSpace", "pdfa/convert", []field{source(t, "inDoc", 1), options(`{"colorSpace": "RGB"}`)}, 400, "colorSpace is"},
		{"an unknown resultLevel", "pdfa/validate", []field{source(t, "inDoc", 1), options(`{"resultLevel": "ALL"}`)}, 400, "resultLevel is"},
		{"verify that is a text", "pdfa/convert", []field{source(t, "inDoc", 1), options(`{"verify": "true"}`)}, 400, "verify"},
		{"inDoc that is XML", "pdfa/validate", []field{field{"inDoc", "a.xml", "application/xml", "<a/>"}}, 400, "has the type"},
	} {
		got := f.post(t, assemblerPath+tt.path, tt.fields...)
		if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.contains) {
			t.Errorf("%s: status %d, want %d: %s", tt.name, got.Code, tt.status, head(got.Body.String()))
			continue
		}
		if tt.status == 500 {
			names := ""
			for _, p := range parts(t, got) {
				names += p.name + " "
			}
			if names != "status code message jobLog " {
				t.Errorf("%s: parts %s", tt.name, names)
			}
			continue
		}
		if v := decoded(t, got); v["status"] != 400.0 || v["message"] == "" || got.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v", tt.name, v)
		}
	}
}

func TestPDFA(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	embedded := f.post(t, outputPath+"generatePDFOutput", xdp(), options(`{"embedFonts": true}`))
	wantStatus(t, embedded, 200)
	doc := field{"inDoc", "letter.pdf", "application/pdf", embedded.Body.String()}
	before := decoded(t, f.post(t, assemblerPath+"pdfa/validate", doc, options(`{"compliance": "PDFA_2B", "resultLevel": "DETAILED"}`)))
	if before["isPDFA"] != false || before["validationLog"] == nil {
		t.Errorf("a document that is no PDF/A: %v", before)
	}
	converted := f.post(t, assemblerPath+"pdfa/convert", doc,
		options(`{"compliance": "PDFA_2B", "resultLevel": "SUMMARY", "optionalContent": "VISIBLE", "colorSpace": "S_RGB", "verify": true}`))
	wantStatus(t, converted, 200)
	if converted.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("the type is %s", converted.Header().Get("Content-Type"))
	}
	after := f.post(t, assemblerPath+"pdfa/validate", field{"inDoc", "", "application/pdf", converted.Body.String()}, options(`{"compliance": "PDFA_2B"}`))
	if v := decoded(t, after); after.Code != 200 || v["isPDFA"] != true || len(v) != 1 {
		t.Errorf("a converted document: status %d, %v", after.Code, v)
	}
}
