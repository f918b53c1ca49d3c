// Package fault makes the emulator fail on purpose. A [Fault] says which requests it concerns, what goes wrong and how
// often; a [Set] holds the faults that are on and plays them in front of a handler:
//
//	faults := fault.NewSet(fault.Config{})
//	id, err := faults.Add(fault.Fault{
//		Match:  fault.Match{Route: "exchange"},
//		Effect: fault.Effect{Error: "throttled"},
//		When:   fault.When{Count: 3},
//	})
//	handler = faults.Middleware("ims")(handler)
//
// A [Scenario] is a file with a whole situation: who exists, what fails from the start, and what happens later. What it
// changes besides faults goes through a [Target], which the emulator implements.
//
// # Determinism
//
// What is left to chance comes from a seed. The same seed and the same requests in the same order give the same faults.
package fault

import (
	"encoding/json"
	"time"
)

// Fault is one thing that goes wrong on purpose. Its form in JSON and YAML is described in docs/faults.md.
type Fault struct {
	// ID names the fault in a [Set]. Empty means that [Set.Add] gives it one.
	ID string `json:"id,omitempty"`
	// Name is what people and the journal call it. Empty means a description of the effect.
	Name string `json:"name,omitempty"`
	// Match says which requests it concerns. The zero value means all.
	Match Match `json:"match,omitzero"`
	// Effect is what goes wrong. It must have exactly one.
	Effect Effect `json:"effect"`
	// When says how often. The zero value means each time until the fault is lifted.
	When When `json:"when,omitzero"`
}

// Match chooses requests. All that is given must fit; the zero value fits all but those of the control API.
type Match struct {
	// Service is "ims", "aem-author" or "aem-publish", or "aem" for both of these.
	Service string `json:"service,omitempty"`
	// Route is one of the names in [Routes], or a pattern of the path, with or without a method: "POST /ims/token/*".
	// In a pattern * stands for any text without a slash and ** for any text.
	Route string `json:"route,omitempty"`
	// ClientID is the client that asks: by the field or header client_id, Basic, or the claims of the bearer token.
	ClientID string `json:"client_id,omitempty"`
}

// Effect is what goes wrong. Exactly one of the fields is set, RetryAfter aside.
type Effect struct {
	// Error is the name of one of the [Answers], which is sent instead of the real one.
	Error string `json:"error,omitempty"`
	// Status is an answer with any status, sent instead of the real one.
	Status *Status `json:"status,omitempty"`
	// RetryAfter is the header Retry-After, in seconds, of an Error or a Status. It is no effect of its own.
	RetryAfter int `json:"retry_after,omitempty"`
	// EmptyBody answers 200 without a body, HTML 200 with a web page.
	EmptyBody bool `json:"empty_body,omitempty"`
	HTML      bool `json:"html,omitempty"`

	// Latency delays the real answer. Other faults are played besides.
	Latency *Latency `json:"latency,omitempty"`
	// Hang keeps the request without an answer until the client goes, the fault is lifted or the set is closed.
	Hang bool `json:"hang,omitempty"`
	// Reset ends the connection by a TCP reset.
	Reset bool `json:"reset,omitempty"`

	// CutBody ends the connection after that many bytes of the real answer's body, at the latest before the last.
	CutBody *int64 `json:"cut_body,omitempty"`
	// SlowBody sends the real answer's body with that many bytes per second.
	SlowBody int64 `json:"slow_body,omitempty"`
	// ContentType replaces the Content-Type of the real answer.
	ContentType string `json:"content_type,omitempty"`
	// Drop leaves members out of the real answer, a JSON object or an array of objects. "token.user_id" is the member
	// of a member.
	Drop []string `json:"drop_members,omitempty"`
	// Replace gives members of the real answer other values, and adds those that are not there.
	Replace map[string]json.RawMessage `json:"replace_members,omitempty"`
	// Token makes the access tokens of the real answers wrong: [ExpiredOnArrival], [WrongUnit] or [ExpiresInText].
	// Without a route it concerns the routes "exchange" and "token".
	Token string `json:"token,omitempty"`
	// Garble overwrites the first bytes of the real answer's body, so that no program recognizes what it is: a PDF document
	// without its mark.
	Garble bool `json:"garble,omitempty"`
	// Accepted makes the assurance services of Forms answer 202, with a Location where the result will be.
	Accepted bool `json:"accepted,omitempty"`
	// AuthorizeError makes the authorize endpoints lead back to the client with an error: "login_required",
	// "consent_required", "interaction_required", "invalid_scope" or "access_denied".
	AuthorizeError string `json:"authorize_error,omitempty"`
}

// The values of [Effect.Token].
const (
	// ExpiredOnArrival gives tokens whose lifetime has passed.
	ExpiredOnArrival = "expired_on_arrival"
	// WrongUnit gives expires_in in seconds where it is in milliseconds, and the other way round.
	WrongUnit = "wrong_unit"
	// ExpiresInText gives expires_in as a JSON string.
	ExpiresInText = "expires_in_text"
)

// Status is an answer made to order.
type Status struct {
	// Code is the status, 200 to 599.
	Code int `json:"code"`
	// Body is "json", "html" or "empty". Empty means "json": the error form of the service.
	Body string `json:"body,omitempty"`
	// Headers are set on top, such as Retry-After.
	Headers map[string]string `json:"headers,omitempty"`
}

// Latency is a delay: Min if Max is zero, else evenly spread from Min to Max. In JSON it is "2s" or
// {"min": "1s", "max": "3s"}.
type Latency struct{ Min, Max time.Duration }

// When says how often a fault is played. The zero value means each time until it is lifted.
type When struct {
	// Count is how many times; the fault is over then. 0 means no limit.
	Count int `json:"count,omitempty"`
	// Probability is the share of the matching requests, above 0 and up to 1. 0 means all.
	Probability float64 `json:"probability,omitempty"`
	// Seed makes the choice by probability repeatable for this fault alone. 0 means one derived from the set's seed.
	Seed uint64 `json:"seed,omitempty"`
}
