package aem

import (
	"net/http"
	"slices"
	"strings"
)

// Mount answers the paths below /adobe/forms/ and /adobe/document/ once a request has passed the ladder. Both functions
// are called by several goroutines at once.
type Mount struct {
	// Route says what the journal calls the route of a path, without the method, and whether there is one. A path without
	// a route gets the host's own 404, after the ladder.
	Route func(path string) (name string, ok bool)
	// Serve answers a request and returns what became of it for the journal and the log: "" for a success.
	Serve func(w http.ResponseWriter, r *http.Request, c Caller) (code string)
}

// Caller is who sends a request, and to which host.
type Caller struct {
	Instance *Instance
	User     User // a copy
	ClientID string
	Account  string
	Names    []string // of the path, without escapes: "adobe", "forms", …
}

// mounted is the route of a path below the mount, or the route that it has without one.
func (c *call) mounted(otherwise route, names []string) route {
	m := c.server.mount
	if m == nil {
		return otherwise
	}
	name, ok := m.Route("/" + strings.Join(names, "/"))
	if !ok {
		return otherwise
	}
	otherwise.name = name
	otherwise.serve = func(c *call) *failure {
		caller := Caller{
			Instance: c.Instance, User: c.user, ClientID: c.bearer.ClientID, Account: c.bearer.Account, Names: slices.Clone(names),
		}
		if c.outcome = m.Serve(c.w, c.r, caller); c.outcome != "" {
			c.record.Code(c.outcome)
		}
		return nil
	}
	return otherwise
}

// Read returns the content of an asset and its type. The path begins with /content/dam. The content is shared: the caller
// must not change it. An error about what is not there, a folder included, wraps [ErrNotFound].
func (i *Instance) Read(path string) (content []byte, contentType string, err error) {
	rest, ok := strings.CutPrefix(path, "/content/dam/")
	if !ok {
		return nil, "", ErrNotFound
	}
	names, err := splitNames("/content/dam/" + rest)
	if err != nil {
		return nil, "", err
	}
	v, ok := i.look(names, 0, 0)
	if !ok || v.folder {
		return nil, "", ErrNotFound
	}
	return v.content, v.contentType, nil
}
