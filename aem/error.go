package aem

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is why a call to AEM failed, or was not made. Its texts hold no token and no other secret of the request, no
// part of a body except the parsed fields, and no control characters. It implements
// [github.com/imsx/imsx/token.RetryError]. It is not changed after it was returned.
//
// A context error of the caller's own context is wrapped: errors.Is finds [context.Canceled] or
// [context.DeadlineExceeded]. The limit of Config.Timeout is a [CauseTimeout] without a context error. For failures on
// the way, errors.As finds [*net.OpError], [*net.DNSError] and [*tls.CertificateVerificationError]; for a request body
// that could not be read, the error of the reader, such as [*fs.PathError].
type Error struct {
	// Op is what was being done: "configure", or Request.Op.
	Op string
	// Method, Host and Path are the request's. The path has at most 300 characters; a query is not in it.
	Method, Host, Path string
	// Status is the HTTP status of the answer; 0 if there was none.
	Status int
	// Code is the code in the answer; empty if it had none. Adobe documents no values, so do not match on it.
	Code string
	// Description is the server's own description, or what happened on the way. At most 300 characters.
	Description string
	// RequestID is the id by which Adobe's support finds the request; empty if the answer had none.
	RequestID string
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration
	// Logs are the logs in the answer, as the assembler sends them with a failed job. At most 8, of 64 KiB each.
	Logs []Log
	// Cause is the reason, as one of a closed list.
	Cause Cause
	// Attempts are all attempts of the call, in order; empty if none was made.
	Attempts []Attempt

	stopped string // why no further attempt was made, where that needs saying
	err     error
}

// Log is a log that the server sent with an error.
type Log struct {
	// Name is the log's name, such as "jobLog", "conversionLog" or "validationLog".
	Name string
	// Text is the log, with line ends and without other control characters.
	Text string
	// Cut reports whether the log was longer.
	Cut bool
}

// Error returns one line: what was asked and where, the cause, what the server said, how often it was tried, and how long
// the server asks to wait.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.subject())
	b.WriteString(": " + e.Cause.label())
	if answer := e.answer(); answer != "" {
		b.WriteString(": " + answer)
	}
	if n := len(e.Attempts); n > 1 {
		fmt.Fprintf(&b, ", after %d attempts in %s", n, e.elapsed().Round(time.Millisecond))
	}
	if e.stopped != "" {
		b.WriteString(", " + e.stopped)
	}
	if e.RetryAfter > 0 && e.Retryable() {
		b.WriteString(", the server asks to wait " + e.RetryAfter.String())
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	return b.String()
}

// subject returns what was asked of whom.
func (e *Error) subject() string {
	parts := make([]string, 0, 4)
	for _, part := range []string{e.Op, e.Method, e.Host + e.Path} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// answer returns status, code and description, as far as there are any.
func (e *Error) answer() string {
	var head []string
	if e.Status != 0 {
		head = append(head, strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		head = append(head, e.Code)
	}
	text := strings.Join(head, " ")
	switch {
	case e.Description == "":
		return text
	case text == "":
		return e.Description
	}
	return text + ", " + e.Description
}

func (e *Error) elapsed() time.Duration {
	first, last := e.Attempts[0], e.Attempts[len(e.Attempts)-1]
	return last.Time.Add(last.Duration).Sub(first.Time)
}

// Unwrap returns the error behind e that its type's comment promises, or nil.
func (e *Error) Unwrap() error { return e.err }

// Retryable reports whether the same request may succeed later without anybody acting. It says nothing about whether
// sending it twice does harm.
func (e *Error) Retryable() bool {
	return e.Cause.Retryable() && e.Status != http.StatusNotImplemented && e.Status != http.StatusHTTPVersionNotSupported
}

// RetryDelay returns RetryAfter.
func (e *Error) RetryDelay() time.Duration { return e.RetryAfter }
