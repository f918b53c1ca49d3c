package aem

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// Response is a successful answer: one with a 2xx status, or with any for Request.AnyStatus.
type Response struct {
	// Op is what was done: that of the request.
	Op string
	// Status is the HTTP status.
	Status int
	// Header are the headers. They belong to the caller.
	Header http.Header
	// Body is the answer's body. It is never nil and must be closed. A read fails with an [*Error] if the connection
	// breaks, the time is over, or the body is shorter than announced; it does not end early without one.
	Body io.ReadCloser
	// Length is the number of bytes that the server announced; -1 if it did not.
	Length int64
	// Attempts are all attempts of the call so far, in order; the last is the one that gave this answer.
	Attempts []Attempt

	body *responseBody
}

// ContentType returns the header Content-Type.
func (r *Response) ContentType() string { return r.Header.Get("Content-Type") }

// RequestID returns the id by which Adobe's support finds the request; empty if the answer has none.
func (r *Response) RequestID() string {
	return r.body.run.cleaner().Label(requestID(r.Header))
}

// Malformed returns an error with [CauseMalformedAnswer] about r, for callers that check what they read. problem says
// what is wrong with the answer, without a secret in it; of what the server sent it has at most a few words.
func (r *Response) Malformed(problem string) *Error {
	return r.fault(CauseMalformedAnswer, problem)
}

// Cut returns an error with [CauseNetwork] about r, for callers that see that the content ends too early although the
// transfer does not show it. Within [Client.Fetch] it makes the request be sent again.
func (r *Response) Cut(problem string) *Error {
	return r.fault(CauseNetwork, problem)
}

func (r *Response) fault(cause Cause, problem string) *Error {
	return r.body.run.spoiled(r.body.run.answered(r.Status, r.Header, cause, problem))
}

// broken returns the failure because of which reading r is to start anew or to end, or nil where err is the caller's.
func (r *Response) broken(err error) *Error {
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure
	}
	return r.body.failure
}

// responseBody reads the body and turns what breaks into an *Error.
type responseBody struct {
	run       *run
	resp      *http.Response
	remaining int64 // of the announced length; less than 0 if there was none
	failure   *Error
	ended     bool // the body was read to its end
	closed    bool
	stop      context.CancelFunc // ends the attempt
	end       func()             // ends the call, for [Client.Do]; nil for [Client.Fetch]
}

func (b *responseBody) Read(p []byte) (int, error) {
	if b.failure != nil {
		return 0, b.failure
	}
	n, err := b.resp.Body.Read(p)
	b.remaining -= int64(n)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF) && b.remaining > 0 && b.run.method != http.MethodHead:
		err = io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF):
		b.ended = true
		return n, io.EOF
	case b.closed:
		return n, err
	}
	b.failure = b.run.cut(b.resp, err)
	return n, b.failure
}

const (
	maxDrain  = 64 << 10
	drainTime = 100 * time.Millisecond
)

// Close reads what is left of a small body first, so that the connection can be used again. It waits no longer than
// drainTime for that.
func (b *responseBody) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if !b.ended && b.failure == nil && b.remaining <= maxDrain {
		timer := time.AfterFunc(drainTime, b.stop)
		_, _ = io.CopyN(io.Discard, b.resp.Body, maxDrain)
		timer.Stop()
	}
	err := b.resp.Body.Close()
	b.stop()
	if b.end != nil {
		b.end()
	}
	return err
}
