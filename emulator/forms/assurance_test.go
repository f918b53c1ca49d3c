package forms_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

func document(content string) field {
	return field{"document", "contract.pdf", "application/pdf", content}
}

func jsonPart(name, content string) field { return field{name, "", "application/json", content} }

const encryptConfig = `{"mode": "ENCRYPT_WITH_PASSWORD", "params": {"openPassword": "open", "permPassword": "change", "permissions": ["PRINT_HIGH", "PRINT_LOW"]}}`

// TestEncryptInspectDecrypt goes the way and back.
func TestEncryptInspectDecrypt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	locked := f.post(t, assurePath+"encrypt", document(aPDF(t, 2)), jsonPart("config", encryptConfig),
		options(`{"parts": "ALL", "compatibility": "ACROBAT_10"}`))
	wantStatus(t, locked, 200)
	for content, mode := range map[string]string{aPDF(t, 1): "NONE", locked.Body.String(): "PASSWORD"} {
		got := f.post(t, assurePath+"inspect", document(content))
		wantStatus(t, got, 200)
		if v := decoded(t, got); v["mode"] != mode || got.Header().Get("Content-Type") != "application/json" {
			t.Errorf("inspect: %v, want %s", v, mode)
		}
	}
	opened := f.send(t, http.MethodPut, assurePath+"encrypt", nil, document(locked.Body.String()), text("config", "open"))
	wantStatus(t, opened, 200)
	plain, err := pdf.Open(opened.Body.Bytes(), pdf.OpenOptions{})
	if err != nil || plain.Encrypted() || plain.PageCount() != 2 {
		t.Errorf("the decrypted document: %v", err)
	}
	if d := f.Documents()[1]; d.Operation != "encrypt" || d.Name != "contract.pdf" || d.Pages != 2 {
		t.Errorf("the gallery has %+v", d)
	}
	if _, err := f.Preview(1, 2); err != nil {
		t.Errorf("a picture of an encrypted document: %v", err)
	}
	for _, e := range f.journal.Query(noFilter) {
		for _, v := range e.Fields {
			if strings.Contains(v.Value, "open") || strings.Contains(v.Value, "change") {
				t.Errorf("the journal has a password: %s %s", v.Name, v.Value)
			}
		}
	}
}

// signable is a document with an empty signature field.
func signable(t testing.TB, f *fixture) string {
	t.Helper()
	got := f.post(t, assurePath+"signfield", document(aPDF(t, 1)), field{"field", "", "", "Signature1"},
		jsonPart("rectangle", `{"lowerLeftX": 72, "lowerLeftY": 72, "width": 200, "height": 60}`), field{"page", "", "", "1"},
		options(`{"fieldMdp": {"filter": "ALL"}}`))
	wantStatus(t, got, 200)
	return got.Body.String()
}

func TestSignAndCertify(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	doc := signable(t, f)
	for operation, o := range map[string]string{
		"sign": `{"reason": "Approved", "location": "Ulm", "contact": "a@example.com", "digestMethod": "SHA384", "revocation": {"order": "CRL_FIRST",
			"embed": true, "maxSize": 10}, "appearance": {"type": "NAME", "signingFormat": "CADES", "display": {"dn": false}}}`,
		"certify": `{"legalAttestation": "None.", "lockField": true, "permissions": "NO_CHANGES"}`,
	} {
		got := f.post(t, assurePath+operation, document(doc), jsonPart("credential", `{"alias": "test_alias"}`), text("field", "Signature1"), options(o))
		wantStatus(t, got, 200)
		opened, err := pdf.Open(got.Body.Bytes(), pdf.OpenOptions{})
		if err != nil || !opened.Signed() {
			t.Errorf("%s: %v, or the document is not signed", operation, err)
		}
	}
}

// TestLaterResults asks for the result to be made beside, and fetches it.
func TestLaterResults(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	later := http.Header{"Prefer": {"wait=10, respond-async"}}
	for _, tt := range []struct {
		name, document string
		status         int
		contentType    string
	}{
		{"a good one", aPDF(t, 1), 200, "application/pdf"},
		{"a broken one", "%PDF-1.7 nothing", 400, "application/problem+json"},
	} {
		got := f.send(t, "POST", assurePath+"encrypt", later, document(tt.document), jsonPart("config", encryptConfig))
		wantStatus(t, got, 202)
		location := got.Header().Get("Location")
		if got.Body.Len() != 0 || !strings.HasPrefix(location, "http://example.com"+assurePath+"results/") {
			t.Fatalf("%s: Location %q, body %q", tt.name, location, got.Body)
		}
		path := strings.TrimPrefix(location, "http://example.com")
		result := f.poll(t, path)
		if result.Code != tt.status || result.Header().Get("Content-Type") != tt.contentType {
			t.Errorf("%s: status %d, %q: %s", tt.name, result.Code, result.Header().Get("Content-Type"), head(result.Body.String()))
		}
		if other := f.on(t, f.publish, request{method: "GET", path: path}); other.Code != 404 {
			t.Errorf("%s: another host answers %d", tt.name, other.Code)
		}
		if again := f.on(t, f.author, request{method: "HEAD", path: path}); tt.status == 200 && (again.Code != 200 || again.Body.Len() != 0) {
			t.Errorf("%s: HEAD answers %d with %d bytes", tt.name, again.Code, again.Body.Len())
		}
		f.Reset()
		if gone := f.on(t, f.author, request{method: "GET", path: path}); gone.Code != 404 {
			t.Errorf("%s: after a reset status %d", tt.name, gone.Code)
		}
	}
}

// poll asks for a result until it is there.
func (f *fixture) poll(t testing.TB, path string) *httptest.ResponseRecorder {
	t.Helper()
	for range 6000 {
		got := f.on(t, f.author, request{method: "GET", path: path})
		if got.Code != 202 {
			return got
		}
		if got.Header().Get("Location") == "" || got.Header().Get("Retry-After") == "" {
			t.Fatalf("a result that is not ready has the headers %v", got.Header())
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the result does not come")
	return nil
}

// TestWrongAssuranceRequests has what is refused as a problem document.
func TestWrongAssuranceRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	doc, alias, name := document(signable(t, f)), jsonPart("credential", `{"alias": "a"}`), text("field", "Signature1")
	for _, tt := range []struct {
		name, method, operation string
		fields                  []field
		contains                string
	}{
		{"no document", "POST", "inspect", nil, `\"document\" is missing`},
		{"a document that is XML", "POST", "inspect", []field{{"document", "", "application/xml", "<a/>"}}, "has the type"},
		{"a document that is none", "POST", "inspect", []field{document("text")}, "detail"},
		{"no config", "POST", "encrypt", []field{doc}, `\"config\" is missing`},
		{"another mode", "POST", "encrypt", []field{doc, jsonPart("config", `{"mode": "CERTIFICATE"}`)}, "mode is"},
		{"no params", "POST", "encrypt", []field{doc, jsonPart("config", `{"mode": "ENCRYPT_WITH_PASSWORD"}`)}, "no params"},
		{"equal passwords", "POST", "encrypt", []field{doc, jsonPart("config", `{"params": {"openPassword": "a", "permPassword": "a"}}`)}, "detail"},
		{"an unknown permission", "POST", "encrypt", []field{doc, jsonPart("config", `{"params": {"openPassword": "a", "permissions": ["FLY"]}}`)}, "FLY"},
		{"an unknown part", "POST", "encrypt", []field{doc, jsonPart("config", encryptConfig), options(`{"parts": "HALF"}`)}, "HALF"},
		{"an unknown compatibility", "POST", "encrypt", []field{doc, jsonPart("config", encryptConfig), options(`{"compatibility": "ACROBAT_1"}`)}, "ACROBAT_1"},
		{"nothing to decrypt", "PUT", "encrypt", []field{text("config", "open")}, `\"document\" is missing`},
		{"no password", "PUT", "encrypt", []field{document(locked(t, f))}, `\"config\" is missing`},
		{"a password that is too long", "PUT", "encrypt", []field{document(locked(t, f)), text("config", strings.Repeat("x", 8<<10+1))}, "too long"},
		{"a wrong password", "PUT", "encrypt", []field{document(locked(t, f)), text("config", "guess")}, "password"},
		{"a plain document", "PUT", "encrypt", []field{doc, text("config", "open")}, "detail"},
		{"no credential", "POST", "sign", []field{doc, name}, `\"credential\" is missing`},
		{"no alias", "POST", "sign", []field{doc, name, jsonPart("credential", `{}`)}, "no alias"},
		{"no field", "POST", "sign", []field{doc, alias}, `\"field\" is missing`},
		{"an unknown field", "POST", "sign", []field{doc, alias, text("field", "Other")}, "Other"},
		{"an unknown digest", "POST", "sign", []field{doc, alias, name, options(`{"digestMethod": "MD5"}`)}, "MD5"},
		{"revocation data of any size", "POST", "sign", []field{doc, alias, name, options(`{"revocation": {"maxSize": 20000}}`)}, "maxSize"},
		{"a graphic that is none", "POST", "sign", []field{doc, alias, name, options(`{"appearance": {"type": "GRAPHIC", "graphic": {"pdf": "!"}}}`)}, "detail"},
		{"no credential to certify with", "POST", "certify", []field{doc, name}, `\"credential\" is missing`},
		{"no document for a field", "POST", "signfield", []field{text("field", "B")}, `\"document\" is missing`},
		{"a field without a name", "POST", "signfield", []field{doc}, `\"field\" is missing`},
		{"an unknown permission of a certification", "POST", "certify", []field{doc, alias, name, options(`{"permissions": "ALL"}`)}, "ALL"},
		{"a negative rectangle", "POST", "signfield", []field{doc, text("field", "B"), jsonPart("rectangle", `{"width": -1}`)}, "negative"},
		{"page 0", "POST", "signfield", []field{doc, text("field", "B"), text("page", "0")}, "page"},
		{"page 99", "POST", "signfield", []field{doc, text("field", "B"), text("page", "99")}, "99"},
		{"a field that is there", "POST", "signfield", []field{doc, name}, "Signature1"},
	} {
		got := f.send(t, tt.method, assurePath+tt.operation, nil, tt.fields...)
		v := map[string]any{}
		if got.Code == 400 {
			v = decoded(t, got)
		}
		if got.Code != 400 || got.Header().Get("Content-Type") != "application/problem+json" || v["status"] != 400.0 ||
			v["title"] != "Bad Request" || v["instance"] != assurePath+tt.operation || !strings.Contains(got.Body.String(), tt.contains) {
			t.Errorf("%s: status %d, %q: %s", tt.name, got.Code, got.Header().Get("Content-Type"), head(got.Body.String()))
		}
	}
}

func locked(t testing.TB, f *fixture) string {
	t.Helper()
	got := f.post(t, assurePath+"encrypt", document(aPDF(t, 1)), jsonPart("config", encryptConfig))
	wantStatus(t, got, 200)
	return got.Body.String()
}

func TestSigningWithoutACredential(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]func() (assure.Credential, error){
		"none": nil, "one that fails": func() (assure.Credential, error) { return assure.Credential{}, errors.New("no key") },
	} {
		f := newFixture(t, func(c *forms.Config) { c.Credential = give })
		got := f.post(t, assurePath+"sign", document(signable(t, f)), jsonPart("credential", `{"alias": "a"}`), text("field", "Signature1"))
		if v := decoded(t, got); got.Code != 500 || v["status"] != 500.0 {
			t.Errorf("%s: status %d, %v", name, got.Code, v)
		}
	}
}

// TestDocumentsByReference reads a document from the repository of the host that is asked.
func TestDocumentsByReference(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author.Seed(aem.Asset{Path: "a.pdf", Content: []byte(aPDF(t, 1))}))
	for _, ref := range []string{"/content/dam/a.pdf", "crx:///content/dam/a.pdf"} {
		wantStatus(t, f.post(t, assurePath+"inspect", text("document", ref)), 200)
	}
	body, contentType := form(t, text("document", "/content/dam/a.pdf"))
	wantStatus(t, f.on(t, f.publish, request{"POST", assurePath + "inspect", contentType, nil, body}), 400)
}
