package forms

import (
	"net/http"
	"strings"

	"github.com/imsx/imsx/emulator/aem"
)

// operation is what a method does at a path.
type operation struct {
	name  string // as the gallery and the journal call it
	serve func(*call) *failure
}

// route is a path of the Forms services. Names in braces stand for one segment each.
type route struct {
	path       string
	operations map[string]operation // by method
	authorOnly bool
}

// routes are all paths of the Forms services.
var routes = []route{
	post("/adobe/forms/doc/v1/generatePDFOutput", "generatePDFOutput", (*call).generatePDF),
	post("/adobe/forms/doc/v1/generatePrintedOutput", "generatePrintedOutput", (*call).generatePrinted),
	post("/adobe/forms/doc/v1/generate/afp", "generateAFP", (*call).generateAFP),
	post("/adobe/forms/assembler/ddx/invoke", "invokeDDX", (*call).invokeDDX),
	post("/adobe/forms/assembler/pdfa/convert", "convertPDFA", (*call).convertPDFA),
	post("/adobe/forms/assembler/pdfa/validate", "validatePDFA", (*call).validatePDFA),
	{path: "/adobe/forms/document/assure/encrypt", operations: map[string]operation{
		http.MethodPost: {"encrypt", assurance((*call).encrypt)}, http.MethodPut: {"decrypt", assurance((*call).decrypt)},
	}},
	post("/adobe/forms/document/assure/inspect", "inspect", assurance((*call).inspect)),
	post("/adobe/forms/document/assure/sign", "sign", assurance((*call).sign)),
	post("/adobe/forms/document/assure/certify", "certify", assurance((*call).certify)),
	post("/adobe/forms/document/assure/signfield", "signfield", assurance((*call).addSignatureField)),
	{path: resultsPath + "{id}", operations: map[string]operation{http.MethodGet: {"result", (*call).result}}},
	batch(batchPath+"config", map[string]operation{http.MethodPost: {"createConfig", (*call).createConfig}}),
	batch(batchPath+"configs", map[string]operation{http.MethodGet: {"listConfigs", (*call).listConfigs}}),
	batch(batchPath+"config/configs", map[string]operation{http.MethodGet: {"listConfigs", (*call).listConfigs}}),
	batch(batchPath+"config/{configName}", map[string]operation{
		http.MethodGet: {"getConfig", (*call).getConfig}, http.MethodPut: {"updateConfig", (*call).updateConfig},
		http.MethodDelete: {"deleteConfig", (*call).deleteConfig},
	}),
	batch(batchPath+"config/{configName}/execution", map[string]operation{http.MethodPost: {"startExecution", (*call).startExecution}}),
	batch(batchPath+"config/{configName}/execution/{executionId}", map[string]operation{
		http.MethodGet: {"getExecution", (*call).getExecution},
	}),
	batch(batchPath+"config/{configName}/executions", map[string]operation{http.MethodGet: {"listExecutions", (*call).listExecutions}}),
}

// Where results of assurance wait that were answered with 202, and where batches are.
const (
	resultsPath = "/adobe/forms/document/assure/results/"
	batchPath   = "/adobe/forms/batch/output/"
)

func post(path, name string, serve func(*call) *failure) route {
	return route{path: path, operations: map[string]operation{http.MethodPost: {name, serve}}}
}

func batch(path string, operations map[string]operation) route {
	return route{path: path, operations: operations, authorOnly: true}
}

// find returns the route of a path and what stands for the names in braces. Of several that fit it is the first.
func find(path string) (route, map[string]string, bool) {
	names := strings.Split(path, "/")
	for _, rt := range routes {
		if values, ok := fits(strings.Split(rt.path, "/"), names); ok {
			return rt, values, true
		}
	}
	return route{}, nil, false
}

func fits(pattern, names []string) (map[string]string, bool) {
	if len(pattern) != len(names) {
		return nil, false
	}
	values := map[string]string{}
	for i, p := range pattern {
		if strings.HasPrefix(p, "{") && names[i] != "" {
			values[strings.Trim(p, "{}")] = names[i]
		} else if p != names[i] {
			return nil, false
		}
	}
	return values, true
}

// Route returns the route of a path, as the journal has it without the method, and whether there is one.
func Route(path string) (name string, ok bool) {
	rt, _, ok := find(path)
	return rt.path, ok
}

// allowed lists the methods of a route, for the header Allow.
func (rt route) allowed() string {
	var all []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, ok := rt.operation(m); ok {
			all = append(all, m)
		}
	}
	return strings.Join(all, ", ")
}

// operation returns what a method does. HEAD is GET without a body.
func (rt route) operation(method string) (operation, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op, ok := rt.operations[method]
	return op, ok
}

// serve answers a request that passed the ladder.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, caller aem.Caller) string {
	c := newCall(s, w, r, caller)
	if f := c.handle(); f != nil {
		f.write(w, r)
		return f.code
	}
	return ""
}
