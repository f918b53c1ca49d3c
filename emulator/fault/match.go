package fault

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/ims"
)

// matcher is a compiled [Match].
type matcher struct {
	service string
	route   pattern
	client  string
	only    []string // routes of IMS; nil means all
}

// matcher compiles the match of a valid fault. The effect narrows it: an error of IMS is for IMS only, one of a Forms service
// for their paths, and a wrong token needs an answer with one.
func (f Fault) matcher() matcher {
	m := matcher{service: f.Match.Service, client: f.Match.ClientID}
	route := f.Match.Route
	if route == "" && f.Effect.ofForms() {
		route = formsRoute
	}
	m.route, _ = compileRoute(route)
	if m.service == "" {
		m.service = f.Effect.service()
	}
	if m.service == "" {
		m.service = f.Match.routeService()
	}
	switch {
	case f.Effect.Token != "" && f.Match.Route == "":
		m.only = []string{"exchange", "token"}
	case f.Effect.AuthorizeError != "":
		m.only = []string{"authorize"}
	}
	return m
}

// matches reports whether all but the client fits.
func (m matcher) matches(service string, r *http.Request) bool {
	if m.service != "" && !within(service, m.service) || !m.route.matches(r) {
		return false
	}
	if m.only == nil {
		return true
	}
	name, _ := ims.Route(r.URL.Path)
	return slices.Contains(m.only, name)
}

// clone returns a copy that shares nothing that can be changed.
func (f Fault) clone() Fault {
	e := &f.Effect
	if e.Status != nil {
		s := *e.Status
		s.Headers = maps.Clone(s.Headers)
		e.Status = &s
	}
	if e.Latency != nil {
		e.Latency = new(*e.Latency)
	}
	if e.CutBody != nil {
		e.CutBody = new(*e.CutBody)
	}
	e.Drop = slices.Clone(e.Drop)
	e.Replace = maps.Clone(e.Replace)
	for name, value := range e.Replace {
		e.Replace[name] = bytes.Clone(value)
	}
	return f
}

// label is what people and the journal call the fault.
func (f Fault) label() string {
	if f.Name == "" {
		return f.Effect.String()
	}
	return f.Name
}

// String describes the effect in some words, such as "status 503" or "latency 1s to 3s".
func (e Effect) String() string {
	switch {
	case e.Error != "":
		return "error " + e.Error
	case e.Status != nil:
		return "status " + strconv.Itoa(e.Status.Code)
	case e.EmptyBody:
		return "empty body"
	case e.HTML:
		return "web page"
	case e.Latency != nil:
		return "latency " + e.Latency.String()
	case e.Hang:
		return "hang"
	case e.Reset:
		return "reset"
	default:
		return e.describeReal()
	}
}

func (e Effect) describeReal() string {
	switch {
	case e.CutBody != nil:
		return fmt.Sprintf("body cut after %d bytes", *e.CutBody)
	case e.SlowBody != 0:
		return fmt.Sprintf("body with %d bytes per second", e.SlowBody)
	case e.ContentType != "":
		return "content type " + e.ContentType
	case e.Drop != nil:
		return "without " + strings.Join(e.Drop, ", ")
	case e.Replace != nil:
		return "with another " + strings.Join(slices.Sorted(maps.Keys(e.Replace)), ", ")
	case e.Token != "":
		return "token " + strings.ReplaceAll(e.Token, "_", " ")
	case e.AuthorizeError != "":
		return "authorize error " + e.AuthorizeError
	case e.Garble:
		return "garbled body"
	case e.Accepted:
		return "accepted, the result later"
	default:
		return "nothing"
	}
}

// String returns "2s" or "1s to 3s".
func (l Latency) String() string {
	if l.Max <= l.Min {
		return l.Min.String()
	}
	return l.Min.String() + " to " + l.Max.String()
}
