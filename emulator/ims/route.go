package ims

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/journal"
)

// call is one request on its way through a handler.
type call struct {
	*Server
	state   *registry // as it was when the request arrived
	w       http.ResponseWriter
	r       *http.Request
	record  *journal.Record
	shape   *Shape
	client  string // for log and journal
	outcome string // for the log
}

// endpoint is a kind of request: the methods it takes and the handler.
type endpoint struct {
	name      string
	get, post bool
	remove    bool // DELETE
	serve     func(*call) *failure
}

// endpoints are found by the whole path. Nothing is ever redirected to another spelling, because a POST that is redirected
// arrives without its body at some clients.
var endpoints = map[string]endpoint{
	"/ims/exchange/jwt":                     {name: "exchange", post: true, serve: (*call).exchange},
	"/ims/exchange/jwt/":                    {name: "exchange", post: true, serve: (*call).exchange},
	"/ims/exchange/v1/jwt":                  {name: "exchange", post: true, serve: (*call).exchange},
	"/ims/token/v1":                         {name: "token", post: true, serve: (*call).token},
	"/ims/token/v2":                         {name: "token", post: true, serve: (*call).token},
	"/ims/token/v3":                         {name: "token", post: true, serve: (*call).token},
	"/ims/token/v4":                         {name: "token", post: true, serve: (*call).token},
	"/ims/authorize/v1":                     {name: "authorize", get: true, post: true, serve: (*call).authorize},
	"/ims/authorize/v2":                     {name: "authorize", get: true, post: true, serve: (*call).authorize},
	"/ims/register":                         {name: "register", post: true, serve: (*call).register},
	"/ims/validate_token/v1":                {name: "validate", get: true, post: true, serve: (*call).validate},
	"/ims/invalidate_token/v1":              {name: "invalidate", post: true, serve: (*call).invalidate},
	"/ims/invalidate_token/v2":              {name: "invalidate", post: true, serve: (*call).invalidate},
	"/ims/revoke":                           {name: "revoke", post: true, serve: (*call).revoke},
	"/ims/logout/v1":                        {name: "logout", post: true, serve: (*call).logout},
	"/ims/keys":                             {name: "keys", get: true, serve: (*call).keys},
	"/ims/.well-known/openid-configuration": {name: "discovery", get: true, serve: (*call).discovery},
	"/ims/profile/v1":                       {name: "profile", get: true, post: true, serve: (*call).profile},
	"/ims/userinfo":                         {name: "userinfo", get: true, serve: (*call).userinfo},
	"/ims/userinfo/v1":                      {name: "userinfo", get: true, serve: (*call).userinfo},
	"/ims/userinfo/v2":                      {name: "userinfo", get: true, serve: (*call).userinfo},
	"/ims/organizations/v5":                 {name: "organizations", get: true, serve: (*call).organizations},
	"/ims/organizations/v6":                 {name: "organizations", get: true, serve: (*call).organizations},
	"/ims/admin_profile/v1":                 {name: "admin_profile", post: true, serve: (*call).adminProfile},
	"/ims/admin_organizations/v5":           {name: "admin_organizations", post: true, serve: (*call).adminOrganizations},
}

// secretsEndpoint is the one whose path has parameters.
var secretsEndpoint = endpoint{name: "secrets", get: true, post: true, remove: true, serve: (*call).clientSecrets}

func route(path string) (endpoint, bool) {
	if strings.HasPrefix(path, "/console/") {
		_, ok := parseSecretsPath(path)
		return secretsEndpoint, ok
	}
	e, ok := endpoints[path]
	return e, ok
}

// Route returns the name of the kind of request that a path is for: "exchange" for all spellings of /ims/exchange/jwt,
// "token" for all versions of /ims/token, and so on. It is the route in the journal. It reports whether there is one.
func Route(path string) (name string, ok bool) {
	e, ok := route(path)
	if !ok {
		return "", false
	}
	return e.name, true
}

// Routes returns all names that [Route] can return, in order.
func Routes() []string {
	names := []string{secretsEndpoint.name}
	for _, e := range endpoints {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ServeHTTP answers a request to one of the endpoints under /ims/, and to the I/O Management API under /console/. Every
// answer, errors too, carries X-Debug-Id. What is checked on the way is told to the request's [journal.Record].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := s.random.hex(16)
	w.Header()["X-Debug-Id"] = []string{id}
	w.Header()["Content-Type"] = jsonType
	c := &call{
		Server: s, state: s.current.Load(), w: w, r: r, outcome: "ok",
		record: journal.From(r.Context()), shape: shapeOf(r.Context()),
	}
	c.record.DebugID(id)
	if f := c.dispatch(); f != nil {
		c.outcome = f.code
		c.record.Code(f.code)
		drain(r)
		f.write(w)
	}
	if c.client != "" {
		c.record.Client(short(c.client))
	}
	if s.logger.Enabled(r.Context(), slog.LevelInfo) {
		s.logger.Info("ims", "method", r.Method, "path", short(r.URL.Path), "client", short(c.client), "outcome", c.outcome,
			"debug_id", id)
	}
}

var jsonType = []string{"application/json;charset=UTF-8"}

func (c *call) dispatch() *failure {
	noEndpoint, wrongMethod := errNoEndpoint, errMethod
	if strings.HasPrefix(c.r.URL.Path, "/console/") {
		noEndpoint, wrongMethod = errGatewayPath, errGatewayMethod
	}
	e, ok := route(c.r.URL.Path)
	if !ok {
		return c.refuse("endpoint", noEndpoint, "")
	}
	c.record.Route(e.name)
	if methods := e.methods(); !slices.Contains(methods, c.r.Method) {
		c.w.Header().Set("Allow", strings.Join(methods, ", "))
		return c.refuse("method", wrongMethod, "")
	}
	return e.serve(c)
}

// methods lists what goes into the header Allow.
func (e endpoint) methods() []string {
	switch {
	case e.remove:
		return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete}
	case e.get && e.post:
		return []string{http.MethodGet, http.MethodHead, http.MethodPost}
	case e.get:
		return []string{http.MethodGet, http.MethodHead}
	default:
		return []string{http.MethodPost}
	}
}

// refuse tells the journal that a check failed, and why, and returns f. Without a detail the reason is what f says.
func (c *call) refuse(check string, f *failure, detail string) *failure {
	if detail == "" {
		detail = f.description
	}
	c.record.Fail(check, detail)
	return f
}

// answer writes a body with status 200. The body of a token answer must not be cached (RFC 6749, section 5.1), and
// none of the others gains by it.
func (c *call) answer(body []byte) *failure {
	c.w.Header()["Cache-Control"] = noStore
	_, _ = c.w.Write(body)
	return nil
}

var noStore = []string{"no-store"}

// short bounds what a caller can put in the log.
func short(s string) string {
	const limit = 100
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
