package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// call is one request to the control API.
type call struct {
	*Server
	w http.ResponseWriter
	r *http.Request
}

// route is one operation of the control API.
type route struct {
	method, path string
	open         bool // needs no access
	status       int  // of a success; 0 means 200
	serve        func(*call) (any, *problem)
	stream       http.HandlerFunc // instead of serve, for answers that are no JSON document
}

// routes are all operations of the control API. The OpenAPI document describes the same.
func (s *Server) routes() []route {
	all := []route{
		{method: "GET", path: "health", open: true, serve: (*call).health},
		{method: "GET", path: "openapi.json", stream: serveOpenAPI},
		{method: "GET", path: "status", serve: (*call).status},
		{method: "POST", path: "reset", status: http.StatusNoContent, serve: (*call).reset},
	}
	all = append(all, imsRoutes...)
	if s.cfg.AEM != nil {
		all = append(all, aemRoutes...)
	}
	if s.cfg.Forms != nil {
		all = append(all, s.documentRoutes()...)
	}
	all = append(all, worldRoutes...)
	return append(all, s.journalRoutes()...)
}

// mux returns everything under the prefix: the control API and the page.
func (s *Server) mux() http.Handler {
	mux := http.NewServeMux()
	paths := map[string]methods{}
	for _, rt := range s.routes() {
		var h http.Handler = s.handle(rt)
		if rt.stream != nil {
			h = rt.stream
		}
		if !rt.open {
			h = s.protect(h, denyJSON)
		}
		if paths[rt.path] == nil {
			paths[rt.path] = methods{}
		}
		paths[rt.path][rt.method] = h
	}
	for path, m := range paths {
		mux.Handle(Prefix+path, m)
	}
	s.mountPages(mux)
	mux.Handle(Prefix, s.protect(http.HandlerFunc(unknownPath), denyJSON))
	return secureHeaders(mux)
}

// methods are the operations of one path. HEAD is served as GET.
type methods map[string]http.Handler

func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if h, ok := m[method]; ok {
		h.ServeHTTP(w, r)
		return
	}
	list := strings.Join(slices.Sorted(maps.Keys(m)), ", ")
	w.Header().Set("Allow", list)
	writeProblem(w, &problem{
		http.StatusMethodNotAllowed, "method_not_allowed", "this path does not take " + r.Method, "it takes " + list,
	})
}

// handle serves one operation.
func (s *Server) handle(rt route) http.HandlerFunc {
	status := rt.status
	if status == 0 {
		status = http.StatusOK
	}
	return func(w http.ResponseWriter, r *http.Request) {
		answer, p := rt.serve(&call{Server: s, w: w, r: r})
		switch {
		case p != nil:
			writeProblem(w, p)
		case status == http.StatusNoContent:
			w.WriteHeader(status)
		default:
			writeJSON(w, status, answer)
		}
	}
}

func unknownPath(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, &problem{
		http.StatusNotFound, "not_found", "the control API has no such path", "GET " + Prefix + "openapi.json lists all paths",
	})
}

// denyJSON answers a request to the control API that has no access.
func denyJSON(w http.ResponseWriter, _ *http.Request, a access) {
	if a == accessForeign {
		writeProblem(w, &problem{
			http.StatusForbidden, "cross_site", "a page of another site sent this request",
			"call the control API from a program, or from a page of this origin",
		})
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="imsx control"`)
	writeProblem(w, &problem{
		http.StatusUnauthorized, "key_needed", "this request needs the control key",
		"send the key that the emulator printed at its start as " + KeyHeader + ", or call 127.0.0.1 from the same machine",
	})
}
