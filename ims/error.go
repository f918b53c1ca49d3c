package ims

import (
	"strconv"
	"strings"
	"time"
)

// Error is why a request to IMS failed, or was not sent. Its texts hold no secret of the request, no part of a body
// except the parsed fields, and no control characters. It implements [github.com/imsx/imsx/token.RetryError].
//
// A context error of the caller's own context is wrapped: errors.Is finds [context.Canceled] or
// [context.DeadlineExceeded]. Time limits of this package are a [CauseTimeout] without a context error. For failures on
// the way, errors.As finds [*net.OpError], [*net.DNSError] and [*tls.CertificateVerificationError].
type Error struct {
	// Op is what was being done: "exchange", "client credentials", "validate", "invalidate", "configure" or "assertion".
	Op string
	// Host is the host of the endpoint, with its port if it is not the usual one; empty for "assertion".
	Host string
	// Status is the HTTP status of the answer; 0 if there was none.
	Status int
	// Code is the code in IMS's answer, such as "invalid_token"; empty if the answer had none.
	Code string
	// Description is IMS's own description, or what happened on the way. At most 300 characters.
	Description string
	// DebugID is the header X-Debug-Id, by which Adobe's support finds the request.
	DebugID string
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration
	// ClockDifference is the server's clock minus the local one; 0 if they agree within a second or so, or if unknown.
	// To be right by the server's clock, an assertion is built for time.Now().Add(ClockDifference).
	ClockDifference time.Duration
	// Cause is the reason, as one of a closed list.
	Cause Cause

	err error
}

// Error returns one line: what was being done and where, the cause, what the server said, and how long it asks to wait.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Host != "" {
		b.WriteString(" at " + e.Host)
	}
	b.WriteString(": " + e.Cause.label())
	if answer := e.answer(); answer != "" {
		b.WriteString(": " + answer)
	}
	if d := e.ClockDifference.Abs(); d > clockTolerance && e.concernsTime() {
		b.WriteString(", the local clock is " + d.Round(time.Second).String() + " " + aheadOrBehind(e.ClockDifference))
	}
	if e.RetryAfter > 0 && e.Retryable() {
		b.WriteString(", the server asks to wait " + e.RetryAfter.String())
	}
	if e.DebugID != "" {
		b.WriteString(" (debug id " + e.DebugID + ")")
	}
	return b.String()
}

// answer returns status, code and description, as far as there are any.
func (e *Error) answer() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	head := strings.Join(parts, " ")
	switch {
	case e.Description == "":
		return head
	case head == "":
		return e.Description
	}
	return head + ", " + e.Description
}

// concernsTime reports whether a wrong clock could be behind the cause.
func (e *Error) concernsTime() bool {
	switch e.Cause {
	case CauseAssertionExpired, CauseMalformedAssertion, CauseClockAhead, CauseClockBehind:
		return true
	}
	return false
}

func aheadOrBehind(difference time.Duration) string {
	if difference > 0 {
		return "behind the server's"
	}
	return "ahead of the server's"
}

// Unwrap returns the context error or network error behind e, or nil.
func (e *Error) Unwrap() error { return e.err }

// Retryable reports whether the same request may succeed later without anybody acting.
func (e *Error) Retryable() bool { return e.Cause.Retryable() }

// RetryDelay returns RetryAfter.
func (e *Error) RetryDelay() time.Duration { return e.RetryAfter }
