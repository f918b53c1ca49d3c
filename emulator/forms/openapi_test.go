package forms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/imsx/imsx/emulator/aem"
)

// specification is one of Adobe's OpenAPI files, mended in memory.
type specification struct {
	prefix string // before its paths
	doc    *openapi3.T
}

// openSpecifications reads the files of the folder that IMSX_OPENAPI_DIR names, and skips the test without one.
func openSpecifications(t *testing.T) []specification {
	t.Helper()
	dir := os.Getenv("IMSX_OPENAPI_DIR")
	if dir == "" {
		t.Skip("IMSX_OPENAPI_DIR names no folder with Adobe's OpenAPI files; the services are not compared with them")
	}
	registerBodies()
	var all []specification
	for _, s := range []struct{ file, prefix string }{
		{"output-sync.yaml", ""}, {"assembler-sync.yaml", ""}, {"docassurance.yaml", "/adobe/forms/document"},
		{"output-batch.yaml", strings.TrimSuffix(batchPath, "/")},
	} {
		text, err := os.ReadFile(filepath.Join(dir, s.file))
		must(t, err)
		// A scheme of the type "https" is none of OpenAPI's.
		doc, err := openapi3.NewLoader().LoadFromData(bytes.ReplaceAll(text, []byte("type: https"), []byte("type: http")))
		must(t, err)
		for _, path := range doc.Paths.Map() {
			for _, op := range path.Operations() {
				mend(op)
			}
		}
		all = append(all, specification{s.prefix, doc})
	}
	return all
}

// registerBodies makes documents and answers in parts known to the validation.
var registerBodies = sync.OnceFunc(func() {
	for _, kind := range []string{
		"application/pdf", "application/xml", "application/vnd.adobe.xdp+xml", "application/postscript", "application/vnd.hp-pcl", "application/x-afp",
	} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder("multipart/mixed", decodeMixed)
})

// decodeMixed makes an object of an answer in parts: JSON is decoded, numbers are numbers where the schema has one, and
// anything else is a text.
func decodeMixed(body io.Reader, header http.Header, ref *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
	_, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	object := map[string]any{}
	for m := multipart.NewReader(body, params["boundary"]); ; {
		p, err := m.NextPart()
		if err == io.EOF {
			return object, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		_, disposition, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return nil, err
		}
		name, value := disposition["name"], any(string(content))
		member := ref.Value.Properties[name]
		number := member != nil && member.Value.Type.Is("integer")
		if number || p.Header.Get("Content-Type") == "application/json" {
			if err := json.Unmarshal(content, &value); err != nil {
				return nil, err
			}
		}
		object[name] = value
	}
}

// mend mends what the files get wrong: "one of a binary and a text" fits both for every text, and is made a text; an object made of several is
// not said to be one; a default is null or of another type; a PDF in an answer is said to be an object; and a count of PDF
// documents must name a language of printers, of which PDF is none.
func mend(op *openapi3.Operation) {
	seen := map[*openapi3.Schema]bool{}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Value.Content {
			media.Schema = openapi3.NewSchemaRef("", flat(media.Schema.Value))
			mendSchema(media.Schema, seen)
		}
	}
	for _, answer := range op.Responses.Map() {
		for kind, media := range answer.Value.Content {
			if !strings.HasSuffix(kind, "json") && !strings.HasPrefix(kind, "multipart/") {
				media.Schema = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
			}
			mendSchema(media.Schema, seen)
		}
	}
}

// flat makes one object of what s is made of.
func flat(s *openapi3.Schema) *openapi3.Schema {
	one := openapi3.NewObjectSchema()
	for _, part := range append(openapi3.SchemaRefs{{Value: &openapi3.Schema{Required: s.Required, Properties: s.Properties}}}, s.AllOf...) {
		inner := part.Value
		if len(inner.AllOf) > 0 {
			inner = flat(inner)
		}
		one.Required = append(one.Required, inner.Required...)
		for name, member := range inner.Properties {
			one.Properties[name] = member
		}
	}
	return one
}

func mendSchema(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	s.Default = nil
	if len(s.OneOf) > 0 && isText(s) {
		s.OneOf, s.Type = nil, &openapi3.Types{openapi3.TypeString}
	}
	if s.Properties["outputType"] != nil {
		s.Required = slices.DeleteFunc(slices.Clone(s.Required), func(name string) bool { return name == "renderType" })
	}
	for _, inner := range append(slices.Clone(s.AllOf), s.Items) {
		mendSchema(inner, seen)
	}
	for _, inner := range s.Properties {
		mendSchema(inner, seen)
	}
}

// isText reports whether a schema has only texts to choose from.
func isText(s *openapi3.Schema) bool {
	for _, choice := range s.OneOf {
		if !isText(choice.Value) {
			return false
		}
	}
	return len(s.OneOf) > 0 || s.Type.Is(openapi3.TypeString)
}

// route finds the operation of a request.
func route(all []specification, method, path string) (*routers.Route, map[string]string, error) {
	for _, s := range all {
		rest, ok := strings.CutPrefix(path, s.prefix)
		if !ok {
			continue
		}
		for pattern, item := range s.doc.Paths.Map() {
			names, values := strings.Split(pattern, "/"), strings.Split(rest, "/")
			params, fits := map[string]string{}, len(names) == len(values)
			for i := 0; fits && i < len(names); i++ {
				if strings.HasPrefix(names[i], "{") {
					params[strings.Trim(names[i], "{}")] = values[i]
				} else {
					fits = names[i] == values[i]
				}
			}
			if op := item.GetOperation(method); fits && op != nil {
				return &routers.Route{Spec: s.doc, Path: pattern, PathItem: item, Method: method, Operation: op}, params, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("no file has %s %s", method, path)
}

// validated sends a request and compares it and its answer with the files. A request that is refused may be wrong.
func (f *fixture) validated(t *testing.T, all []specification, want int, q request) *httptest.ResponseRecorder {
	t.Helper()
	var body []byte
	if q.body != nil {
		var err error
		body, err = io.ReadAll(q.body)
		must(t, err)
	}
	q.body = bytes.NewReader(body)
	got := f.on(t, f.author, q)
	what := q.method + " " + q.path
	if got.Code != want {
		t.Fatalf("%s: status %d, want %d: %s", what, got.Code, want, head(got.Body.String()))
	}
	rt, params, err := route(all, q.method, q.path)
	must(t, err)
	r := httptest.NewRequestWithContext(t.Context(), q.method, q.path, bytes.NewReader(body))
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: rt, Options: options}
	if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil && want < 400 {
		t.Errorf("%s: the request: %v", what, err)
	}
	if err := answerProblem(t, in, got); err != nil {
		t.Errorf("%s: the answer: %v", what, err)
	}
	return got
}

func answerProblem(t *testing.T, in *openapi3filter.RequestValidationInput, got *httptest.ResponseRecorder) error {
	t.Helper()
	return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: got.Code, Header: got.Header(), Body: io.NopCloser(bytes.NewReader(got.Body.Bytes())), Options: in.Options,
	})
}

// sent is a request of parts.
func sent(t *testing.T, method, path string, header http.Header, fields ...field) request {
	t.Helper()
	body, contentType := form(t, fields...)
	return request{method, path, contentType, header, body}
}

// TestAdobesOpenAPI drives every endpoint, good and bad, and compares it with Adobe's files.
func TestAdobesOpenAPI(t *testing.T) {
	t.Parallel()
	all := openSpecifications(t)
	t.Run("output", func(t *testing.T) { t.Parallel(); validateOutput(t, all) })
	t.Run("assembler", func(t *testing.T) { t.Parallel(); validateAssembler(t, all) })
	t.Run("assurance", func(t *testing.T) { t.Parallel(); validateAssurance(t, all) })
	t.Run("batch", func(t *testing.T) { t.Parallel(); validateBatch(t, all) })
	t.Run("can fail", func(t *testing.T) { t.Parallel(); validateWrong(t, all) })
}

func validateOutput(t *testing.T, all []specification) {
	f := newFixture(t)
	must(t, f.author.Seed(aem.Asset{Path: "letter.xdp", Content: []byte(template)}))
	typed := field{"template", "a.xdp", "application/xml", template}
	mixed := http.Header{"Accept": {"multipart/mixed"}}
	every := options(`{"locale": "en", "contentRoot": "crx:///content/dam", "embedFonts": true, "isTagged": false, "linearizedPDF": false,
		"retainFormState": false, "retainUnsignedSignatureFields": false, "acrobatVersion": "Acrobat_11"}`)
	print := options(`{"locale": "en", "copies": 1, "paginationOverride": "simplex", "printConfig": {"renderType": "PCL", "xdcUri": "tpcl600.xdc"}}`)
	afp := options(`{"locale": "en", "contentRoot": "crx:///content/dam", "pdfVersion": "1.7-ADBE-3", "embedFonts": false, "resolution": 300}`)
	for _, tt := range []struct {
		status  int
		service string
		header  http.Header
		fields  []field
	}{
		{200, "generatePDFOutput", nil, []field{typed, file("data", "application/xml", data), every}},
		{200, "generatePDFOutput", mixed, []field{text("template", "crx:///content/dam/letter.xdp")}},
		{400, "generatePDFOutput", nil, []field{every}},
		{200, "generatePrintedOutput", nil, []field{typed, print}},
		{200, "generatePrintedOutput", mixed, []field{typed, print}},
		{200, "generatePrintedOutput", nil, []field{typed, options(`{"printConfig": {"renderType": "PostScript"}}`)}},
		{200, "generatePrintedOutput", nil, []field{typed, options(`{"printConfig": {"renderType": "ZPL"}}`)}},
		{400, "generatePrintedOutput", nil, []field{typed}},
		{200, "generate/afp", nil, []field{{"template", "a.xdp", "application/vnd.adobe.xdp+xml", template}, file("data", "application/xml", data), afp}},
		{400, "generate/afp", nil, []field{typed, options(`{"resolution": 1}`)}},
	} {
		f.validated(t, all, tt.status, sent(t, "POST", outputPath+tt.service, tt.header, tt.fields...))
	}
	slow := newFixture(t, noTime)
	slow.validated(t, all, 408, sent(t, "POST", outputPath+"generatePDFOutput", nil, typed))
}

func validateAssembler(t *testing.T, all []specification) {
	f := newFixture(t)
	ddx := func(sources ...string) field { return merge("result", sources...) }
	pdf := field{"sourceDocument", "a.pdf", "application/pdf", aPDF(t, 1)}
	for _, tt := range []struct {
		status int
		path   string
		fields []field
	}{
		{200, "ddx/invoke", []field{ddx("sourceDocument"), pdf, options(`{"validateOnly": false, "failOnError": true, "firstBatesNumber": -1}`)}},
		{400, "ddx/invoke", []field{pdf}},
		{500, "ddx/invoke", []field{ddx("sourceDocument", "other"), pdf}},
		{200, "pdfa/convert", []field{inDoc(t, f), options(`{"compliance": "PDFA_2B", "resultLevel": "SUMMARY", "optionalContent": "ALL", "colorSpace": "S_RGB", "verify": true}`)}},
		{400, "pdfa/convert", []field{options(`{}`)}},
		{200, "pdfa/validate", []field{inDoc(t, f), options(`{"compliance": "PDFA_1B", "resultLevel": "DETAILED"}`)}},
		{400, "pdfa/validate", []field{inDoc(t, f), options(`{"compliance": "PDFA_9"}`)}},
	} {
		f.validated(t, all, tt.status, sent(t, "POST", assemblerPath+tt.path, nil, tt.fields...))
	}
}

// inDoc is a document with embedded fonts, which can become PDF/A.
func inDoc(t *testing.T, f *fixture) field {
	t.Helper()
	got := f.post(t, outputPath+"generatePDFOutput", xdp(), options(`{"embedFonts": true}`))
	wantStatus(t, got, 200)
	return field{"inDoc", "a.pdf", "application/pdf", got.Body.String()}
}

func validateAssurance(t *testing.T, all []specification) {
	f := newFixture(t)
	must(t, f.author.Seed(aem.Asset{Path: "a/b.pdf", Content: []byte(aPDF(t, 1))}))
	doc, alias, name := document(signable(t, f)), jsonPart("credential", `{"alias": "a"}`), text("field", "Signature1")
	for _, tt := range []struct {
		status            int
		method, operation string
		header            http.Header
		fields            []field
	}{
		{200, "POST", "encrypt", nil, []field{doc, jsonPart("config", encryptConfig), options(`{"parts": "ALL", "compatibility": "ACROBAT_7"}`)}},
		{202, "POST", "encrypt", http.Header{"Prefer": {"respond-async"}}, []field{doc, jsonPart("config", encryptConfig)}},
		{400, "POST", "encrypt", nil, []field{doc}},
		{200, "PUT", "encrypt", nil, []field{document(locked(t, f)), text("config", "open")}},
		{400, "PUT", "encrypt", nil, []field{document(locked(t, f)), text("config", "guess")}},
		{200, "POST", "inspect", nil, []field{text("document", "crx:///content/dam/a/b.pdf")}},
		{400, "POST", "inspect", nil, nil},
		{200, "POST", "sign", nil, []field{doc, alias, name, options(`{"reason": "r", "digestMethod": "SHA256", "appearance": {"type": "NAME"}}`)}},
		{400, "POST", "sign", nil, []field{doc, alias}},
		{200, "POST", "certify", nil, []field{doc, alias, name, options(`{"lockField": true, "permissions": "FORM_CHANGES"}`)}},
		{400, "POST", "certify", nil, []field{doc, alias}},
		{200, "POST", "signfield", nil, []field{doc, text("field", "B"), jsonPart("rectangle", `{"lowerLeftX": 1, "width": 9, "height": 9}`), text("page", "1"),
			options(`{"seedValue": {"reasons": ["r"], "digestMethod": ["SHA256"]}, "fieldMdp": {"filter": "INCLUDE", "fields": ["A"]}}`)}},
		{400, "POST", "signfield", nil, []field{doc}},
	} {
		f.validated(t, all, tt.status, sent(t, tt.method, assurePath+tt.operation, tt.header, tt.fields...))
	}
	unable := newFixture(t, noCredential)
	unable.validated(t, all, 500, sent(t, "POST", assurePath+"sign", nil, doc, alias, name))
}

func validateBatch(t *testing.T, all []specification) {
	f, _ := newBatch(t, map[string]string{"a.xml": data, "b.xml": "<"})
	ask := func(status int, method, path, body string) *httptest.ResponseRecorder {
		t.Helper()
		q := request{method: method, path: batchPath + path}
		if body != "" {
			q.contentType, q.body = "application/json", strings.NewReader(body)
		}
		return f.validated(t, all, status, q)
	}
	print := `, "pdfOutputOptions": {"locale": "en"}, "printedOutputOptionsList": [{"printConfig": {"renderType": "PostScript"}}]`
	ask(201, "POST", "config", config("run", print))
	ask(409, "POST", "config", config("run", ""))
	ask(400, "POST", "config", `{}`)
	ask(200, "GET", "config/run", "")
	ask(404, "GET", "config/none", "")
	ask(200, "PUT", "config/run", config("run", print))
	ask(404, "PUT", "config/none", config("none", ""))
	ask(200, "GET", "configs", "")
	ask(400, "POST", "config/run/execution", `{"config": {"outputTypes": ["HTML"]}}`)
	ask(404, "POST", "config/none/execution", `{}`)
	started := ask(202, "POST", "config/run/execution", `{}`)
	location := strings.TrimPrefix(started.Header().Get("Location"), "http://example.com")
	f.ended(t, location)
	ask(200, "GET", strings.TrimPrefix(location, batchPath), "")
	ask(200, "GET", "config/run/executions", "")
	ask(404, "GET", "config/run/execution/none", "")
	ask(404, "GET", "config/none/executions", "")
	ask(200, "DELETE", "config/run", "")
	ask(404, "DELETE", "config/run", "")
}

// validateWrong has answers that do not fit, so that the comparison is known to compare.
func validateWrong(t *testing.T, all []specification) {
	answer := func(status int, contentType, body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", contentType)
		rec.WriteHeader(status)
		_, _ = rec.WriteString(body)
		return rec
	}
	part := func(name, content string) string {
		return "--b\r\nContent-Disposition: attachment; name=" + name + "\r\nContent-Type: application/json\r\n\r\n" + content + "\r\n--b--\r\n"
	}
	for _, tt := range []struct {
		name, path string
		answer     *httptest.ResponseRecorder
	}{
		{"a status as a number", outputPath + "generatePDFOutput", answer(400, "application/json", `{"status": 400}`)},
		{"a status as a text", assemblerPath + "ddx/invoke", answer(400, "application/json", `{"status": "400"}`)},
		{"a count of pages as a number", outputPath + "generatePDFOutput", answer(200, "multipart/mixed; boundary=b", part("metadata", `{"pageCount": 1}`))},
		{"an unknown mode", assurePath + "inspect", answer(200, "application/json", `{"mode": "SAFE"}`)},
		{"another type of error", assurePath + "inspect", answer(400, "application/json", `{}`)},
		{"an unknown status code", batchPath + "config", answer(418, "application/json", `{}`)},
	} {
		rt, params, err := route(all, "POST", tt.path)
		must(t, err)
		in := &openapi3filter.RequestValidationInput{
			Request: httptest.NewRequestWithContext(t.Context(), "POST", tt.path, http.NoBody), PathParams: params, Route: rt,
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		if answerProblem(t, in, tt.answer) == nil {
			t.Errorf("%s fits", tt.name)
		}
	}
}
