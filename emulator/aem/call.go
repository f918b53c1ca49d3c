package aem

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/imsx/imsx/emulator/journal"
)

// call is one request on its way through a host.
type call struct {
	*Instance
	settings settings // without the list of allowed clients
	allowed  bool     // whether the client is in it
	w        http.ResponseWriter
	r        *http.Request
	record   *journal.Record
	names    []string // of the path, below the route
	route    route
	bearer   Bearer
	user     User
	outcome  string // of what a mount served; "" for a success
}

// route is what a path leads to.
type route struct {
	name    string // for the journal, without the method
	need    right
	gateway bool // server-to-server tokens need X-Api-Key
	serve   func(*call) *failure
}

// ServeHTTP answers a request to the host, whatever its Host header says.
func (i *Instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Instance: i, w: w, r: r, record: journal.From(r.Context())}
	c.start()
	code := "ok"
	if f := c.handle(); f != nil {
		code = f.code
		c.record.Code(f.code)
		f.write(w, r)
	} else if c.outcome != "" {
		code = c.outcome
	}
	if l := i.server.logger; l.Enabled(r.Context(), slog.LevelInfo) {
		l.Info("aem", "tier", string(i.tier), "environment", string(i.id), "method", short(r.Method), "path", short(r.URL.Path),
			"client", short(c.bearer.ClientID), "outcome", code)
	}
}

// start copies the settings as they are when the request arrives, and gives it an identifier.
func (c *call) start() {
	c.mu.RLock()
	c.settings = c.Instance.settings
	c.settings.allowed = nil // may be changed once the mutex is released
	c.mu.RUnlock()
	h := c.w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	var id [16]byte
	_, _ = rand.Read(id[:])
	h.Set("X-Request-Id", hex.EncodeToString(id[:]))
	c.record.DebugID(hex.EncodeToString(id[:]))
}

// handle finds the route, climbs the ladder and serves.
func (c *call) handle() *failure {
	names, err := splitPath(c.r.URL.EscapedPath())
	if err != nil {
		c.route = route{name: "malformed path", need: rightUser, serve: func(*call) *failure { return badRequest(err.Error()) }}
	} else {
		c.route, c.names = find(c.r.Method, names)
		if c.route.need == rightForms {
			c.route = c.mounted(c.route, names)
		}
	}
	c.record.Route(method(c.r.Method) + " " + c.route.name)
	if f := c.climb(); f != nil {
		return f
	}
	return c.route.serve(c)
}

// method keeps the routes of the journal few.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete:
		return m
	}
	return "OTHER"
}

// setBearer remembers whose token it is, also when it is refused.
func (c *call) setBearer(b Bearer) {
	c.bearer = b
	c.mu.RLock()
	c.allowed = c.Instance.settings.allowed[b.ClientID]
	c.mu.RUnlock()
	if b.ClientID != "" {
		c.record.Client(b.ClientID)
	}
	if b.Account != "" {
		c.record.Account(b.Account)
	}
}

// find returns the route of a path and the names below it.
func find(method string, names []string) (route, []string) {
	path := strings.Join(names, "/")
	switch path {
	case "systemready", "system/health", "system/health.json":
		return route{name: "/systemready", need: rightNone, serve: get((*call).health)}, nil
	case "libs/granite/security/currentuser.json":
		return route{name: "/libs/granite/security/currentuser.json", need: rightUser, serve: get((*call).currentUser)}, nil
	case "libs/granite/csrf/token.json":
		return route{name: "/libs/granite/csrf/token.json", need: rightUser, serve: get((*call).csrfToken)}, nil
	case "api.json":
		return route{name: "/api", need: rightRead, serve: get((*call).services)}, nil
	case "api/assets.json", "api/assets":
		return assetsRoute(method), nil
	}
	if r, folder, ok := direct(method, names); ok {
		return r, folder
	}
	switch {
	case len(names) == 3 && names[0] == blobStore:
		return route{name: "/" + blobStore, need: rightNone, serve: (*call).part}, names[1:]
	case len(names) > 2 && names[0] == "api" && names[1] == "assets":
		return assetsRoute(method), names[2:]
	case len(names) > 1 && names[0] == "content" && names[1] == "dam":
		return route{name: "/content/dam", need: rightRead, serve: get((*call).download)}, names[2:]
	case len(names) > 2 && names[0] == "adobe" && (names[1] == "forms" || names[1] == "document"):
		return route{name: "/adobe/" + names[1], need: rightForms, gateway: true, serve: missing}, nil
	case len(names) > 0 && names[0] == "adobe":
		return route{name: "/adobe", need: rightUser, gateway: true, serve: missing}, nil
	}
	return route{name: "unknown path", need: rightUser, serve: missing}, nil
}

func assetsRoute(method string) route {
	r := route{name: "/api/assets", need: rightWrite}
	switch method {
	case http.MethodGet, http.MethodHead:
		r.need, r.serve = rightRead, (*call).list
	case http.MethodPost:
		r.serve = (*call).create
	case http.MethodPut:
		r.serve = (*call).put
	case http.MethodDelete:
		r.serve = (*call).remove
	default:
		r.need = rightUser
		r.serve = func(*call) *failure { return wrongMethod("GET, HEAD, POST, PUT, DELETE") }
	}
	return r
}

func missing(*call) *failure { return errNotFound }

// get makes a handler take GET and HEAD only.
func get(serve func(*call) *failure) func(*call) *failure {
	return func(c *call) *failure {
		if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
			return wrongMethod("GET, HEAD")
		}
		return serve(c)
	}
}

// answer sends a JSON document. Nothing here may be cached: all of it depends on the user.
func (c *call) answer(status int, v any) *failure {
	body, err := json.Marshal(v)
	if err != nil {
		return errInternal
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json;charset=utf-8")
	h.Set("Cache-Control", "no-store")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
	return nil
}
