package forms_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/journal"
)

var noFilter journal.Filter

// zeros is a body that does not end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const boundary = "multipart/form-data; boundary=b"
	many := strings.Repeat("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", forms.MaxParts+1) + "--b--\r\n"
	head := "--b\r\nContent-Disposition: form-data; name=template; filename=a\r\n"
	// What is wrong with the rows that end in these is the second part alone.
	second := func(header string) io.Reader {
		return strings.NewReader(head + "\r\n" + template + "\r\n--b\r\nContent-Disposition: form-data" + header + "\r\n\r\nx\r\n--b--\r\n")
	}
	for _, tt := range []struct {
		name, contentType string
		body              io.Reader
		status            int
	}{
		{"no type", "", strings.NewReader(template), 415},
		{"XML", "application/xml", strings.NewReader(template), 415},
		{"no boundary", "multipart/form-data", strings.NewReader(template), 415},
		{"an empty body", boundary, strings.NewReader(""), 400},
		{"no parts", boundary, strings.NewReader("--b--\r\n"), 400},
		{"no end", boundary, strings.NewReader(head + "\r\n" + template), 400},
		{"an endless header", boundary, io.MultiReader(strings.NewReader(head+"X: "), strings.NewReader(strings.Repeat("x", 20<<20))), 400},
		{"too many parts", boundary, strings.NewReader(many), 413},
		{"too many bytes", boundary, io.MultiReader(strings.NewReader(head+"\r\n"), zeros{}), 413},
		{"a part without a name", boundary, second(""), 400},
		{"a name that is not UTF-8", boundary, second("; name=\"\xff\""), 400},
		{"a name that is too long", boundary, second("; name=" + strings.Repeat("x", 8<<10+1)), 400},
		{"a malformed type", boundary, second("; name=x\r\nContent-Type: ;;"), 400},
		{"a transfer encoding", boundary, second("; name=x\r\nContent-Transfer-Encoding: base64"), 400},
	} {
		got := f.on(t, f.author, request{"POST", outputPath + "generatePDFOutput", tt.contentType, nil, tt.body})
		if got.Code != tt.status || decoded(t, got)["status"] != fmt.Sprint(tt.status) {
			t.Errorf("%s: status %d, want %d: %s", tt.name, got.Code, tt.status, got.Body)
		}
	}
	fine := request{"POST", outputPath + "generatePDFOutput", boundary, nil, second("; name=x\r\nContent-Transfer-Encoding: binary")}
	wantStatus(t, f.on(t, f.author, fine), 200)
}

// TestRefusedBytesAreGivenBack sends more than all requests together may have, one after the other.
func TestRefusedBytesAreGivenBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	head := "--b\r\nContent-Disposition: form-data; name=template; filename=a\r\n\r\n"
	for range 5 {
		large := request{"POST", outputPath + "generatePDFOutput", "multipart/form-data; boundary=b", nil, io.MultiReader(strings.NewReader(head), zeros{})}
		wantStatus(t, f.on(t, f.author, large), 413)
	}
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp()), 200)
}

func TestNegativeTimeoutIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := forms.New(forms.Config{Timeout: -1}); err == nil {
		t.Error("a negative timeout was taken")
	}
}

// TestWrongMethodsAndPaths have the form of the family, and the host's own for what is none's.
func TestWrongMethodsAndPaths(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
		contains     string
	}{
		{"GET", outputPath + "generatePDFOutput", 405, "POST", `"status":"405"`},
		{"PUT", assemblerPath + "ddx/invoke", 405, "POST", `"status":405`},
		{"DELETE", assurePath + "encrypt", 405, "POST, PUT", `"detail":`},
		{"PATCH", batchPath + "config/a", 405, "GET, HEAD, PUT, DELETE", `"detail":`},
		{"POST", outputPath + "generateNothing", 404, "", `"detail":"Not Found"`},
		{"POST", "/adobe/document/generate/pdfform", 404, "", `"detail":"Not Found"`},
		{"GET", assurePath + "results/none", 404, "", `"detail":"there is no such result`},
	} {
		got := f.on(t, f.author, request{method: tt.method, path: tt.path})
		if got.Code != tt.status || got.Header().Get("Allow") != tt.allow || !strings.Contains(got.Body.String(), tt.contains) {
			t.Errorf("%s %s: status %d, Allow %q: %s", tt.method, tt.path, got.Code, got.Header().Get("Allow"), got.Body)
		}
	}
	if e := f.last(t); e.Route != "GET /adobe/forms/document/assure/results/{id}" {
		t.Errorf("the journal has the route %q", e.Route)
	}
}

// TestGroupComesFirst: without the group the services are not reached.
func TestGroupComesFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author.RemoveUserFromGroup("a@techacct.adobe.com", "forms-users"))
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp()), 403)
	if len(f.Documents()) != 0 {
		t.Error("a document was made")
	}
}

// TestManyAtOnce asks from many goroutines while others look and reset.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all sync.WaitGroup
	for n := range 24 {
		all.Go(func() {
			fields := []field{xdp(), file("data", "application/xml", strings.Replace(data, "Ada", fmt.Sprintf("Ada %d", n), 1))}
			if got := f.post(t, outputPath+"generatePDFOutput", fields...); got.Code != 200 {
				t.Errorf("status %d: %s", got.Code, got.Body)
			}
			for _, d := range f.Documents() {
				_, _ = f.Preview(d.ID, 1)
			}
			if n%8 == 0 {
				f.Reset()
			}
		})
	}
	all.Wait()
}

// FuzzRequest sends any body: the answer is one of the documented ones, never a fault of the service.
func FuzzRequest(f *testing.F) {
	x := newFixture(f)
	add := func(path string, fields ...field) {
		body, contentType := form(f, fields...)
		_, boundary, _ := strings.Cut(contentType, "boundary=")
		f.Add(path, bytes.ReplaceAll(body.Bytes(), []byte(boundary), []byte("b")))
	}
	pdf := aPDF(f, 1)
	add(outputPath+"generatePDFOutput", xdp(), file("data", "application/xml", data), options(`{"locale": "de", "isTagged": true, "x": [1, {"a": null}]}`))
	add(outputPath+"generatePDFOutput", text("template", "crx:///content/dam/a.xdp"), file("xci", "application/xml", "<a><present><copies>2</copies></present></a>"))
	add(outputPath+"generatePrintedOutput", xdp(), options(`{"printConfig": {"renderType": "PCL"}, "copies": 3}`))
	add(outputPath+"generate/afp", xdp(), options(`{"resolution": 240}`))
	add(assemblerPath+"ddx/invoke", merge("r.pdf", "a.pdf"), field{"a.pdf", "a.pdf", "", pdf})
	add(assurePath+"encrypt", document(pdf), jsonPart("config", encryptConfig))
	add(assurePath+"signfield", document(pdf), text("field", "A"), jsonPart("rectangle", `{"width": 10}`), text("page", "1"))
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if !strings.HasPrefix(path, "/adobe/forms/") || strings.ContainsAny(path, " ?#%\x7f") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r > '~' }) {
			return
		}
		got := x.on(t, x.author, request{"POST", path, "multipart/form-data; boundary=b", nil, bytes.NewReader(body)})
		switch got.Code {
		case 200, 400, 404, 405, 408, 413, 415:
		case 500:
			if !strings.HasPrefix(path, assemblerPath) {
				t.Fatalf("status 500: %s", got.Body)
			}
		default:
			t.Fatalf("status %d: %s", got.Code, got.Body)
		}
	})
}
