package ims

import (
	"net/http"
	"strings"

	"github.com/imsx/imsx/internal/cleantext"
	"github.com/imsx/imsx/internal/netcause"
)

// rule maps an answer of IMS to a cause. Empty fields match everything.
type rule struct {
	op     string
	status int
	code   string
	says   string // a part of the description, in lower case
	cause  Cause
}

// rules are tried in order. They follow the error table of Adobe's page "JWT authentication: exchanging a JWT for an
// access token" and the descriptions that the live service is known to send. Where the two disagree (IMS answers
// invalid_token where the page promises invalid_signature) both are here.
var rules = [...]rule{
	{status: http.StatusTooManyRequests, cause: CauseThrottled},
	{status: http.StatusProxyAuthRequired, cause: CauseProxyAuthentication},
	{status: http.StatusRequestTimeout, cause: CauseTimeout},

	{code: "invalid_client", says: "client_secret", cause: CauseWrongSecret},
	{code: "invalid_client", says: "client_id", cause: CauseUnknownClient},
	{op: opExchange, code: "invalid_client", says: "exchange_jwt", cause: CauseNotEnabled},
	{op: opExchange, code: "invalid_client", says: "scope", cause: CauseNotEnabled},
	{code: "invalid_client", says: "not configured", cause: CauseNotEnabled},
	{code: "invalid_client", says: "not enabled", cause: CauseNotEnabled},
	{code: "invalid_client", says: "not allowed", cause: CauseNotEnabled},
	{code: "invalid_client", says: "grant", cause: CauseNotEnabled},
	{code: "invalid_client", says: "secret", cause: CauseWrongSecret},
	{status: http.StatusUnauthorized, code: "invalid_client", cause: CauseWrongSecret},
	{code: "invalid_client", cause: CauseUnknownClient},
	{code: "unauthorized_client", cause: CauseNotEnabled},
	{code: "invalid_scope", cause: CauseScopeNotGranted},

	{op: opExchange, code: "invalid_token", says: "could not match jwt signature", cause: CauseNotBound},
	{op: opExchange, code: "invalid_token", says: "expired", cause: CauseAssertionExpired},
	{op: opExchange, code: "invalid_token", cause: CauseMalformedAssertion},
	{op: opExchange, code: "invalid_signature", cause: CauseNotBound},
	{op: opExchange, code: "invalid_jti", cause: CauseReplayedID},
	{op: opExchange, code: "bad_request", cause: CauseMalformedAssertion},
	{code: "invalid_token", cause: CauseInvalidToken},

	{code: "bad_request", cause: CauseInvalidRequest},
	{code: "invalid_request", cause: CauseInvalidRequest},
	{code: "invalid_grant", cause: CauseInvalidRequest},
	{code: "unsupported_grant_type", cause: CauseInvalidRequest},
	{status: http.StatusNotFound, cause: CauseInvalidRequest},
	{status: http.StatusMethodNotAllowed, cause: CauseInvalidRequest},
}

// matches reports whether r fits an answer; description is in lower case.
func (r rule) matches(op string, status int, code, description string) bool {
	return (r.op == "" || r.op == op) && (r.status == 0 || r.status == status) &&
		(r.code == "" || r.code == code) && strings.Contains(description, r.says)
}

// classify returns the cause of an answer that is no success.
func classify(op string, status int, said refusal) Cause {
	description := strings.ToLower(said.description)
	switch {
	case status/100 == 3:
		return CauseRedirected
	case status/100 == 5:
		return classifyFault(op, status, said.code, description)
	case status/100 != 4:
		return CauseMalformedAnswer
	}
	for _, r := range rules {
		if r.matches(op, status, said.code, description) {
			return r.cause
		}
	}
	return CauseUnknown
}

// classifyFault tells the one internal error with a known reason from the rest: IMS answers it when an assertion is
// exchanged for a client that was migrated to OAuth server-to-server.
func classifyFault(op string, status int, code, description string) Cause {
	migrated := rule{op: opExchange, status: http.StatusInternalServerError, code: "internal_error", says: "please try again later"}
	if migrated.matches(op, status, code, description) {
		return CauseMigrated
	}
	return CauseServerFault
}

// refused returns the error for an answer that is no success.
func (c call) refused(a answer) *Error {
	said := parseRefusal(a.body)
	cause := classify(c.op, a.status, said)
	if d, err := DecodeAssertion(c.assertion); err == nil {
		cause = a.clock.refine(cause, d)
	}
	e := c.answered(a, cause, said.description)
	e.Code = c.cleaner().Label(said.code)
	if cause == CauseRedirected {
		e.Description = c.cleaner().Description(netcause.RedirectTarget(a.header))
	}
	return e
}

// malformed returns the error for a successful answer that makes no sense.
func (c call) malformed(a answer, problem string) *Error {
	return c.answered(a, CauseMalformedAnswer, problem)
}

// answered returns an error with everything that the head of an answer tells.
func (c call) answered(a answer, cause Cause, description string) *Error {
	e := c.fail(cause, description)
	e.Status = a.status
	e.DebugID = c.debugID(a)
	e.ClockDifference = a.clock.difference
	if a.status/100 != 2 {
		e.RetryAfter = netcause.RetryAfter(a.header, a.clock.serverTime())
	}
	return e
}

// fail returns an error without an answer.
func (c call) fail(cause Cause, description string) *Error {
	return &Error{Op: c.op, Host: c.host, Cause: cause, Description: c.cleaner().Description(description)}
}

func (c call) debugID(a answer) string {
	return c.cleaner().Label(a.header.Get("X-Debug-Id"))
}

// cleaner returns what removes the secrets of the request from texts.
func (c call) cleaner() cleantext.Cleaner {
	var cleaner cleantext.Cleaner
	for _, s := range c.secrets {
		cleaner.Hide(s.Reveal())
	}
	return cleaner
}
