package forms_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/imsx/imsx/aem"
)

// descriptions are Adobe's OpenAPI files, with the prefix that is to be put before their paths.
var descriptions = map[string]string{
	"output-sync.yaml": "", "assembler-sync.yaml": "", "docassurance.yaml": "/adobe/forms/document", "output-batch.yaml": "/adobe/forms/batch/output",
}

// contract checks requests and answers against Adobe's own descriptions.
type contract struct {
	docs map[string]*openapi3.T // by prefix and file
}

// register makes the types of documents known, which are bytes to a description.
var register = sync.OnceFunc(func() {
	for _, kind := range []string{
		"application/pdf", "application/xml", "application/vnd.adobe.xdp+xml", "application/postscript", "application/vnd.hp-pcl", "application/x-afp",
	} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
})

// openContract reads the files of the folder that IMSX_OPENAPI_DIR names; without it there is nothing to check against.
func openContract(t testing.TB) (c *contract, ok bool) {
	t.Helper()
	dir := os.Getenv("IMSX_OPENAPI_DIR")
	if dir == "" {
		return nil, false
	}
	register()
	c = &contract{docs: map[string]*openapi3.T{}}
	for file, prefix := range descriptions {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				mend(op)
			}
		}
		c.docs[prefix+" "+file] = doc
	}
	return c, true
}

// mend mends what the files get wrong: content and a reference are both texts to a description, so that "one of the two"
// always fits both; requests made of several schemas are not said to be objects; a PDF/A document is said to be one; and a
// count of PDF documents is said to have a printer language.
func mend(op *openapi3.Operation) {
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Value.Content {
			if kind == "multipart/form-data" {
				media.Schema = openapi3.NewSchemaRef("", flatten(media.Schema.Value))
			}
			mendSchema(media.Schema, map[*openapi3.Schema]bool{})
		}
	}
	for _, answer := range op.Responses.Map() {
		for kind, media := range answer.Value.Content {
			if !strings.HasSuffix(kind, "json") {
				media.Schema = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
			}
			mendSchema(media.Schema, map[*openapi3.Schema]bool{})
		}
	}
}

// flatten makes one object of all schemas that s is made of.
func flatten(s *openapi3.Schema) *openapi3.Schema {
	flat := openapi3.NewObjectSchema()
	flat.Required = slices.Clone(s.Required)
	maps.Copy(flat.Properties, s.Properties)
	for _, part := range s.AllOf {
		inner := flatten(part.Value)
		flat.Required = append(flat.Required, inner.Required...)
		maps.Copy(flat.Properties, inner.Properties)
	}
	return flat
}

func mendSchema(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	s.AnyOf, s.OneOf = append(s.AnyOf, s.OneOf...), nil
	if s.Properties["outputType"] != nil {
		s.Required = slices.DeleteFunc(slices.Clone(s.Required), func(name string) bool { return name == "renderType" })
	}
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf} {
		for _, inner := range list {
			mendSchema(inner, seen)
		}
	}
	for _, inner := range s.Properties {
		mendSchema(inner, seen)
	}
	mendSchema(s.Items, seen)
}

// find returns the operation of a request and what its path stands for.
func (c *contract) find(method, path string) (*routers.Route, map[string]string) {
	for name, doc := range c.docs {
		prefix, _, _ := strings.Cut(name, " ")
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok {
			continue
		}
		for pattern, item := range doc.Paths.Map() {
			params, ok := match(pattern, rest)
			if op := item.GetOperation(method); ok && op != nil {
				return &routers.Route{Spec: doc, Path: pattern, PathItem: item, Method: method, Operation: op}, params
			}
		}
	}
	return nil, nil
}

// match compares a path with a pattern that has names in braces.
func match(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	params := map[string]string{}
	for i, segment := range want {
		switch {
		case len(want) != len(got):
			return nil, false
		case strings.HasPrefix(segment, "{"):
			params[strings.Trim(segment, "{}")], _ = url.PathUnescape(got[i])
		case segment != got[i]:
			return nil, false
		}
	}
	return params, true
}

// checkedTransport checks everything that passes, if there is something to check against.
func checkedTransport(t testing.TB) func(http.RoundTripper) http.RoundTripper {
	t.Helper()
	c, ok := openContract(t)
	if !ok {
		return direct
	}
	return func(base http.RoundTripper) http.RoundTripper { return &checker{t: t, c: c, base: base} }
}

type checker struct {
	t    testing.TB
	c    *contract
	base http.RoundTripper
}

func (k *checker) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(sent))
	resp, err := k.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	for _, problem := range k.c.problems(req, sent, resp, body) {
		k.t.Errorf("%s %s: %d: %v", req.Method, req.URL.Path, resp.StatusCode, problem)
	}
	return resp, err
}

// problems returns what does not fit the description of a call. A request that was refused need not fit.
func (c *contract) problems(req *http.Request, sent []byte, resp *http.Response, body []byte) []error {
	route, params := c.find(req.Method, req.URL.EscapedPath())
	if route == nil {
		return []error{errors.New("it is in none of the descriptions")}
	}
	options := openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	input := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route, Options: &options}
	var problems []error
	if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil && resp.StatusCode/100 == 2 {
		problems = append(problems, err)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	answer := options
	answer.ExcludeResponseBody = media == "multipart/mixed" // its parts are checked where they are read
	err := openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)), Options: &answer,
	})
	if err != nil {
		problems = append(problems, err)
	}
	return problems
}

// TestDescriptionsCanFail plays calls that do not fit.
func TestDescriptionsCanFail(t *testing.T) {
	t.Parallel()
	c, ok := openContract(t)
	if !ok {
		t.Skip("IMSX_OPENAPI_DIR is not set: requests and answers are not compared with Adobe's descriptions")
	}
	const path = "/adobe/forms/doc/v1/generatePDFOutput"
	template := aem.Part{Name: "template", Body: aem.BytesBody("application/xml", []byte("<x/>"))}
	options := func(text string) aem.Part {
		return aem.Part{Name: "options", Body: aem.BytesBody("application/json", []byte(text))}
	}
	for name, tt := range map[string]struct {
		path, contentType, answer string
		status, want              int
		parts                     []aem.Part
	}{
		"good":                    {path, "application/pdf", pdf, 200, 0, []aem.Part{template, options(`{"locale":"de"}`)}},
		"an unknown value":        {path, "application/pdf", pdf, 200, 1, []aem.Part{template, options(`{"acrobatVersion":"12"}`)}},
		"a value of another type": {path, "application/pdf", pdf, 200, 1, []aem.Part{template, options(`{"isTagged":"yes"}`)}},
		"no template":             {path, "application/pdf", pdf, 200, 1, []aem.Part{options(`{}`)}},
		"an unknown part":         {path, "application/pdf", pdf, 200, 1, []aem.Part{template, {Name: "more", Body: template.Body}}},
		"an unknown status":       {path, "application/json", `{}`, 418, 1, []aem.Part{template}},
		"an unknown type":         {path, "text/html", "<html>", 200, 1, []aem.Part{template}},
		"an error of a number":    {path, "application/json", `{"status":400}`, 400, 1, []aem.Part{template}},
		"an unknown path":         {path + "2", "application/pdf", pdf, 200, 1, []aem.Part{template}},
		"page in letters": {"/adobe/forms/document/assure/signfield", "application/pdf", pdf, 200, 1, []aem.Part{
			{Name: "document", Body: aem.BytesBody("application/pdf", []byte(pdf))}, {Name: "field", Body: aem.BytesBody("text/plain", []byte("f"))},
			{Name: "page", Body: aem.BytesBody("text/plain", []byte("one"))},
		}},
	} {
		body, err := aem.Multipart(tt.parts...)
		if err != nil {
			t.Fatal(err)
		}
		rc, err := body.Open()
		if err != nil {
			t.Fatal(err)
		}
		sent, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://localhost"+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", body.ContentType())
		resp := &http.Response{StatusCode: tt.status, Header: http.Header{"Content-Type": {tt.contentType}}}
		if got := c.problems(req, sent, resp, []byte(tt.answer)); len(got) != tt.want {
			t.Errorf("%s: problems %v, want %d", name, got, tt.want)
		}
	}
}

func TestDescriptionsAreThere(t *testing.T) {
	t.Parallel()
	c, ok := openContract(t)
	if !ok {
		t.Skip("IMSX_OPENAPI_DIR is not set: requests and answers are not compared with Adobe's descriptions")
	}
	for _, call := range []string{
		"POST /adobe/forms/doc/v1/generatePDFOutput", "POST /adobe/forms/doc/v1/generatePrintedOutput", "POST /adobe/forms/doc/v1/generate/afp",
		"POST /adobe/forms/assembler/ddx/invoke", "POST /adobe/forms/assembler/pdfa/convert", "POST /adobe/forms/assembler/pdfa/validate",
		"POST /adobe/forms/document/assure/encrypt", "PUT /adobe/forms/document/assure/encrypt", "POST /adobe/forms/document/assure/inspect",
		"POST /adobe/forms/document/assure/sign", "POST /adobe/forms/document/assure/certify", "POST /adobe/forms/document/assure/signfield",
		"POST /adobe/forms/batch/output/config", "GET /adobe/forms/batch/output/configs", "DELETE /adobe/forms/batch/output/config/a%20b",
		"POST /adobe/forms/batch/output/config/c/execution", "GET /adobe/forms/batch/output/config/c/execution/e", "GET /adobe/forms/batch/output/config/c/executions",
	} {
		method, path, _ := strings.Cut(call, " ")
		if route, _ := c.find(method, path); route == nil {
			t.Errorf("%s is in none of the descriptions", call)
		}
	}
	if route, _ := c.find("POST", "/adobe/forms/none"); route != nil {
		t.Error("a path that is not there is found")
	}
}
