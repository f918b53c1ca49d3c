package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/journal"
)

// The tests of this file use the Forms services of a whole emulator.

// askForms sends parts, names and contents in turn, as a developer; those with a type have it after their name: "config
// application/json".
func askForms(t *testing.T, e *emulatortest.Emulator, path string, parts ...string) (int, http.Header, []byte) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(parts); i += 2 {
		name, contentType, typed := strings.Cut(parts[i], " ")
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name + `"`}}
		if typed {
			h.Set("Content-Type", contentType)
		}
		w, err := m.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, parts[i+1])
	}
	_ = m.Close()
	return sendForms(t, e, path, m.FormDataContentType(), &body)
}

// sendForms posts a body to AEM's author as a developer.
func sendForms(t *testing.T, e *emulatortest.Emulator, path, contentType string, body io.Reader) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.AEMAuthorURL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+developerToken(t, e))
	req.Header.Set("Content-Type", contentType)
	resp, err := e.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

const (
	invoicePath = "crx://" + forms.SamplesPath + "/invoice.xdp"
	outputPath  = "/adobe/forms/doc/v1/generatePDFOutput"
	assurePath  = "/adobe/forms/document/assure/"
)

// TestFormsOfAWholeEmulator makes a document of a sample, signs it, looks at the gallery and resets.
func TestFormsOfAWholeEmulator(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	data, _ := sample.Data("invoice-1")
	status, _, document := askForms(t, e, outputPath, "template", invoicePath, "data", string(data))
	if status != 200 || !bytes.HasPrefix(document, []byte("%PDF-")) {
		t.Fatalf("status %d: %.200s", status, document)
	}
	e.WantRequests(t, 1, journal.Filter{Service: "aem-author", Route: "POST " + outputPath, Status: 200})
	status, _, document = askForms(t, e, assurePath+"signfield", "document application/pdf", string(document), "field", "Signature1")
	if status != 200 {
		t.Fatalf("signfield: status %d: %.200s", status, document)
	}
	status, _, document = askForms(t, e, assurePath+"sign", "document application/pdf", string(document), "field", "Signature1",
		"credential application/json", `{"alias": "any"}`)
	if status != 200 {
		t.Fatalf("sign: status %d: %.200s", status, document)
	}
	if got := len(e.Forms().Documents()); got != 3 {
		t.Errorf("%d documents, want 3", got)
	}
	if code, body := call(t, e, e.URL()+"/_imsx/documents", ""); code != 200 || !strings.Contains(body, `"operation": "sign"`) {
		t.Errorf("the control API: %d %s", code, body)
	}
	resp, err := e.Client.Post(e.URL()+"/_imsx/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := len(e.Forms().Documents()); got != 0 {
		t.Errorf("%d documents after a reset", got)
	}
	if status, _, document := askForms(t, e, outputPath, "template", invoicePath); status != 200 {
		t.Errorf("the samples after a reset: status %d: %.200s", status, document)
	}
}

// TestFormsRoutesOfFaults: a fault by the name of a route is played there, and the journal names the route.
func TestFormsRoutesOfFaults(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	for _, f := range []fault.Fault{
		{Match: fault.Match{Route: "forms/generatePDFOutput"}, Effect: fault.Effect{Error: "forms_timeout"}, When: fault.When{Count: 1}},
		{Match: fault.Match{Route: "forms/encrypt"}, Effect: fault.Effect{Accepted: true}},
	} {
		if _, err := e.Faults().Add(f); err != nil {
			t.Fatal(err)
		}
	}
	status, _, body := askForms(t, e, outputPath, "template", invoicePath)
	if status != 408 || !strings.Contains(string(body), `"status":"408"`) {
		t.Errorf("status %d: %s", status, body)
	}
	e.WantRequests(t, 1, journal.Filter{Route: "POST " + outputPath, Fault: "*"})
	_, _, document := askForms(t, e, outputPath, "template", invoicePath)
	status, header, body := askForms(t, e, assurePath+"encrypt", "document application/pdf", string(document),
		"config application/json", `{"params": {"openPassword": "a"}}`)
	location := header.Get("Location")
	if status != 202 || !strings.HasPrefix(location, e.AEMAuthorURL()+assurePath+"results/") {
		t.Fatalf("status %d, Location %q: %s", status, location, body)
	}
	for status = 202; status == 202; {
		status, _ = call(t, e, location, developerToken(t, e))
	}
	if status != 200 {
		t.Errorf("the result: status %d", status)
	}
}

// TestBatchDir runs a batch in the folder of the configuration, and closes the emulator beside another.
func TestBatchDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	input := filepath.Join(dir, "invoices", "input")
	if err := os.MkdirAll(input, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range sample.DataFor("invoice.xdp") {
		data, _ := sample.Data(name)
		if err := os.WriteFile(filepath.Join(input, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e := emulatortest.New(t, func(c *emulator.Config) { c.BatchDir = dir })
	const batch = "/adobe/forms/batch/output/"
	config, _ := json.Marshal(map[string]any{
		"configName": "invoices", "dataSourceConfigUri": "/conf/global/settings/forms/usc/batch/invoices", "outputTypes": []string{"PDF"}, "template": invoicePath,
	})
	if status, _, body := sendForms(t, e, batch+"config", "application/json", bytes.NewReader(config)); status != 201 {
		t.Fatalf("status %d: %s", status, body)
	}
	status, header, body := sendForms(t, e, batch+"config/invoices/execution", "application/json", strings.NewReader("{}"))
	if status != 202 {
		t.Fatalf("status %d: %s", status, body)
	}
	state := "PROCESSING"
	for strings.Contains(state, "PROCESSING") {
		_, state = call(t, e, header.Get("Location"), developerToken(t, e))
	}
	if !strings.Contains(state, `"status":"SUCCESS"`) {
		t.Errorf("state %s", state)
	}
	if _, err := os.Stat(filepath.Join(dir, "invoices", "output", "pdf", "success", "invoice-1.pdf")); err != nil {
		t.Error(err)
	}
	_, _, _ = sendForms(t, e, batch+"config/invoices/execution", "application/json", strings.NewReader("{}"))
}
