package aem

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/imsx/imsx/internal/cleantext"
	"github.com/imsx/imsx/internal/netcause"
)

// maxErrorBody is how much of an error's body is read.
const maxErrorBody = 1 << 20

// failed returns an error without an answer.
func (r *run) failed(cause Cause, description string) *Error {
	c := r.cleaner()
	e := &Error{
		Op: r.req.Op, Method: c.Label(r.method), Host: r.c.base.Host, Cause: cause,
		Description: c.Description(description),
	}
	if r.target != nil {
		e.Path = c.Description(r.target.EscapedPath())
	}
	return e
}

// unreadable returns the error for a request body that failed.
func (r *run) unreadable(err error) *Error {
	e := r.failed(CauseInvalidRequest, "the request's content cannot be read: "+err.Error())
	e.err = err
	return e
}

// unanswered returns the error for a request that got no answer.
func (r *run) unanswered(err error) *Error {
	cause, description, visible := r.diagnose(err)
	e := r.failed(cause, description)
	e.err = visible
	return e
}

// diagnose finds the cause of a failure; visible is the part of the chain that [Error] promises. That the call's own limit
// passed shows in its context, whatever the transport makes of it.
func (r *run) diagnose(err error) (cause Cause, description string, visible error) {
	if r.caller.Err() == nil && errors.Is(context.Cause(r.ctx), errTimeout) {
		err = errTimeout
	}
	found, description, visible := netcause.Find(r.caller, err, errTimeout)
	return Cause(found), description, visible
}

// cut returns the error for an answer whose body could not be read to its end.
func (r *run) cut(resp *http.Response, err error) *Error {
	cause, description, visible := r.diagnose(err)
	if cause == CauseNetwork {
		description = "the connection was cut in the middle of the answer"
	}
	e := r.answered(resp.StatusCode, resp.Header, cause, description)
	e.err = visible
	return r.spoiled(e)
}

// spoiled adds the attempts so far to an error that an answer turned out to be.
func (r *run) spoiled(e *Error) *Error {
	e.Attempts = slices.Clone(r.attempts)
	last := &e.Attempts[len(e.Attempts)-1]
	last.Cause, last.Duration = e.Cause, time.Since(last.Time)
	return e
}

// answered returns an error with everything that the head of an answer tells.
func (r *run) answered(status int, header http.Header, cause Cause, description string) *Error {
	e := r.failed(cause, description)
	e.Status = status
	e.RequestID = r.cleaner().Label(requestID(header))
	if status/100 != 2 {
		e.RetryAfter = netcause.RetryAfter(header, serverTime(header))
	}
	return e
}

// refused returns the error for an answer that is no success. It reads the body.
func (r *run) refused(resp *http.Response) *Error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	said := decodeRefusal(resp.Header.Get("Content-Type"), body)
	if said.description == "" {
		said.description = resp.Header.Get("X-Error")
	}
	cause := classify(resp.StatusCode, said)
	if cause == CauseRedirected {
		said.description = netcause.RedirectTarget(resp.Header)
	}
	e := r.answered(resp.StatusCode, resp.Header, cause, said.description)
	c := r.cleaner()
	e.Code = c.Label(said.code)
	for _, l := range said.logs {
		l.Name = c.Label(l.Name)
		l.Text = c.Mask(l.Text)
		e.Logs = append(e.Logs, l)
	}
	return e
}

// cleaner returns what removes the secrets of the call from texts.
func (r *run) cleaner() cleantext.Cleaner {
	c := cleantext.New(r.tok.AccessToken.Reveal())
	for _, t := range r.used {
		c.Hide(t.AccessToken.Reveal())
	}
	for _, s := range r.req.Secrets {
		c.HidePassword(s.Reveal())
	}
	return c
}

// requestID returns the first of the headers by which a request is found again.
func requestID(header http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Adobe-Request-Id", "X-Debug-Id", "X-Correlation-Id"} {
		if id := header.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// serverTime returns the server's time, as it says, or else the local one.
func serverTime(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}
