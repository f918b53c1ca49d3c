// Package journal remembers what the emulator was asked, which checks a request passed and failed, and what it was
// answered. [Journal.Middleware] wraps a handler; inside it, [From] gives the [Record] of the request:
//
//	r := journal.From(req.Context())
//	r.Route("POST /ims/exchange/jwt")
//	r.Client(id)
//	r.Pass("client exists", "")
//	r.Fail("client secret", "none of the client's two secrets")
//
// [Journal.Query] and [Journal.Count] then answer questions such as how many exchanges a client caused.
//
// # Secrets
//
// Nothing secret may be told to a record. What looks like a token, a client secret or a key is replaced by its
// fingerprint all the same, because a handler can err. A secret without such a form is not recognized.
//
// # Memory
//
// A journal keeps a fixed number of entries, and of each entry a bounded part: long texts are cut, and what comes after
// some kilobytes of fields or of checks is left out.
package journal

import (
	"net/http"
	"slices"
	"time"
)

// Check is one check that a request went through, in the order of the checks.
type Check struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Detail string `json:"detail,omitempty"` // why, for a person
}

// Entry is one request, as it is remembered. It holds no secret.
type Entry struct {
	ID       int64         `json:"id"`   // counts from 1
	Time     time.Time     `json:"time"` // by the emulator's clock
	Took     time.Duration `json:"took_ns"`
	Service  string        `json:"service"` // "ims", "aem-author", "aem-publish"
	Method   string        `json:"method"`
	Path     string        `json:"path"` // without the query
	Route    string        `json:"route,omitempty"`
	ClientID string        `json:"client_id,omitempty"`
	Account  string        `json:"account,omitempty"`
	Status   int           `json:"status"`          // 0 if no answer was given
	Code     string        `json:"code,omitempty"`  // the error code of the answer
	Fault    string        `json:"fault,omitempty"` // the fault that was played
	DebugID  string        `json:"debug_id,omitempty"`
	Fields   []Field       `json:"fields,omitempty"`
	Checks   []Check       `json:"checks,omitempty"`

	// Broken says that the connection ended before the answer was complete.
	Broken bool `json:"broken,omitempty"`
	// Shortened says that fields or checks were left out, because there were too many.
	Shortened bool `json:"shortened,omitempty"`
	// Missed is how many entries a subscriber missed just before this one. It is 0 elsewhere.
	Missed int64 `json:"missed,omitempty"`
}

// Field is a part of a request that may be shown: a value, or the fingerprint of a secret one.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// clone returns a copy that shares nothing that can be changed.
func (e Entry) clone() Entry {
	e.Fields, e.Checks = slices.Clone(e.Fields), slices.Clone(e.Checks)
	return e
}

// Middleware is the type of what wraps a handler.
type Middleware func(http.Handler) http.Handler
