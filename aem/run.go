package aem

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/imsx/imsx/token"
)

// The waits between attempts: they double, and each varies by half of itself.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 30 * time.Second
	waitFactor  = 2
	waitJitter  = 0.5
)

// refusalPause is how long refusals are taken as they are after a new token was refused, too: the tokens are not what
// is wrong, and IMS is not to be asked for one after the other.
const refusalPause = time.Minute

// errTimeout ends a call that outlasts the client's own limit. It is no context error, so that a caller can tell this
// limit from its own.
var errTimeout = errors.New("the call took longer than its limit")

// run is one call with all its attempts. It is used by one goroutine at a time.
type run struct {
	c      *Client
	req    Request
	method string
	target *url.URL

	caller context.Context // the caller's, without the limit of the client
	ctx    context.Context
	end    context.CancelFunc

	attempts []Attempt
	waits    *backoff.ExponentialBackOff

	tok     token.Token   // of the current attempt
	next    token.Token   // of the next one, where it was fetched already
	used    []token.Token // all that were sent
	renewed bool          // a refused token was replaced
}

// start checks req and begins a call. end must be called when it is over.
func (c *Client) start(ctx context.Context, req Request) (*run, error) {
	r := &run{c: c, req: req, method: req.method(), caller: ctx}
	if r.req.Op == "" {
		r.req.Op = opRequest
	}
	target, problem := c.target(req)
	if problem == "" {
		problem = checkHeader(req)
	}
	if problem != "" {
		return nil, r.failed(CauseInvalidRequest, problem)
	}
	r.target = target
	if c.timeout > 0 {
		r.ctx, r.end = context.WithTimeoutCause(ctx, c.timeout, errTimeout)
	} else {
		r.ctx, r.end = context.WithCancel(ctx)
	}
	return r, nil
}

// target returns the URL of a request.
func (c *Client) target(req Request) (u *url.URL, problem string) {
	path := req.Path
	if path == "" {
		path = "/"
	}
	if path[0] != '/' {
		return nil, "the path does not begin with a slash"
	}
	if strings.ContainsAny(path, "?#") || hasControl(path) {
		return nil, "the path has a query, a fragment or a control character"
	}
	path = escapeRest(path, legalInPath)
	unescaped, err := url.PathUnescape(path)
	if err != nil {
		return nil, "the path is not escaped as a URL demands"
	}
	query := escapeRest(req.RawQuery, legalInQuery)
	if query == "" {
		query = req.Query.Encode()
	}
	return &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: unescaped, RawPath: path, RawQuery: query}, ""
}

// What may stand in a path and in a query besides letters and digits (RFC 3986, sections 3.3 and 3.4), and the percent
// sign of escapes.
const (
	legalInPath  = "/%:@!$&'()*+,;=-._~"
	legalInQuery = legalInPath + "?"
)

// escapeRest escapes what is not legal, and leaves escapes as they are.
func escapeRest(text, legal string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || strings.IndexByte(legal, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// checkHeader finds what net/http would refuse with an error that looks like one of the network.
func checkHeader(req Request) string {
	for name, values := range req.Header {
		if !isToken(name) || slices.ContainsFunc(values, hasControl) {
			return "a header has a character that may not stand in it"
		}
	}
	if !isToken(req.method()) {
		return "the method is not a word"
	}
	return ""
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	const separators = "()<>@,;:\\\"/[]?={} \t"
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(separators, r)
	})
}

// answer makes attempts until there is the head of a successful answer, or none can help.
func (r *run) answer() (*Response, error) {
	for {
		if err := r.authorize(); err != nil {
			return nil, err
		}
		resp, failure := r.attempt()
		if failure == nil {
			return resp, nil
		}
		if final := r.again(failure); final != nil {
			return nil, final
		}
	}
}

// authorize gets the token for the next attempt.
func (r *run) authorize() error {
	tok := r.next
	r.next = token.Token{}
	if tok.AccessToken.IsZero() {
		var err error
		tok, err = r.c.source.Token(r.ctx)
		if err != nil {
			if r.caller.Err() == nil && r.ctx.Err() != nil {
				return r.failed(CauseTimeout, "no token in time")
			}
			return err
		}
	}
	if tok.AccessToken.IsZero() || strings.ContainsFunc(tok.AccessToken.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return r.failed(CauseTokenRefused, "the source gave a token that cannot be sent")
	}
	r.tok = tok
	if len(r.used) == 0 || !r.used[len(r.used)-1].AccessToken.Equal(tok.AccessToken) {
		r.used = append(r.used, tok)
	}
	return nil
}

// attempt sends the request once.
func (r *run) attempt() (*Response, *Error) {
	begin := time.Now()
	ctx, stop := context.WithCancel(r.ctx)
	resp, failure := r.send(ctx)
	a := Attempt{Time: begin, Duration: time.Since(begin)}
	if failure != nil {
		a.Status, a.Cause = failure.Status, failure.Cause
	} else {
		a.Status = resp.StatusCode
	}
	r.attempts = append(r.attempts, a)
	if failure != nil {
		stop()
		return nil, failure
	}
	body := &responseBody{run: r, resp: resp, remaining: resp.ContentLength, stop: stop}
	return &Response{
		Op: r.req.Op, Status: resp.StatusCode, Header: resp.Header, Length: resp.ContentLength,
		Attempts: slices.Clip(r.attempts), Body: body, body: body,
	}, nil
}

// send returns a successful answer, or why there is none.
func (r *run) send(ctx context.Context) (*http.Response, *Error) {
	req, sending, failure := r.request(ctx)
	if failure != nil {
		return nil, failure
	}
	resp, err := r.c.http.Do(req)
	if unread := sending.err(); unread != nil && (err != nil || resp.StatusCode/100 != 2) {
		if err == nil {
			_ = resp.Body.Close()
		}
		return nil, r.unreadable(unread)
	}
	if err != nil {
		return nil, r.unanswered(err)
	}
	if resp.StatusCode/100 != 2 && !r.takes(resp.StatusCode) {
		defer resp.Body.Close()
		return nil, r.refused(resp)
	}
	return resp, nil
}

// takes reports whether an answer that is no success is what the caller wants.
func (r *run) takes(status int) bool {
	return r.req.AnyStatus && (status != http.StatusUnauthorized || r.renewed)
}

// again decides after a failure. It waits and returns nil if there is to be another attempt, and the final error if not.
func (r *run) again(failure *Error) *Error {
	if n := len(r.attempts); n > 0 && r.attempts[n-1].Cause == "" {
		// The answer was good, but could not be read to its end.
		last := &r.attempts[n-1]
		last.Cause, last.Duration = failure.Cause, time.Since(last.Time)
	}
	wait, ok := time.Duration(0), false
	if failure.Cause == CauseTokenRefused {
		ok = r.renew(failure)
	} else {
		wait, ok = r.wait(failure)
	}
	if !ok {
		return r.fail(failure)
	}
	r.attempts[len(r.attempts)-1].Wait = wait
	r.tell(failure, true)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.ctx.Done():
		final := r.unanswered(r.ctx.Err())
		final.Description = r.cleaner().Description("while waiting after: " + failure.Cause.label() + " " + failure.answer())
		final.Attempts = slices.Clone(r.attempts)
		return final
	}
}

// wait returns how long to wait before the next attempt, and whether there is to be one.
func (r *run) wait(failure *Error) (time.Duration, bool) {
	if !failure.Retryable() || !r.req.repeatable() || !r.req.rewindable() || r.ctx.Err() != nil {
		return 0, false
	}
	if r.tries() >= r.c.maxAttempts {
		return 0, false
	}
	if r.waits == nil {
		r.waits = &backoff.ExponentialBackOff{
			InitialInterval: firstWait, MaxInterval: longestWait, Multiplier: waitFactor, RandomizationFactor: waitJitter,
		}
	}
	wait := max(r.waits.NextBackOff(), failure.RetryAfter)
	deadline, limited := r.ctx.Deadline()
	if left := time.Until(deadline); limited && wait >= left {
		failure.stopped = "too little time is left for another attempt"
		if failure.RetryAfter >= left {
			failure.stopped = "the server asks to wait " + failure.RetryAfter.String() + ", longer than the " +
				left.Round(time.Millisecond).String() + " that are left"
		}
		return 0, false
	}
	return wait, true
}

// tries returns the number of attempts that count against the limit.
func (r *run) tries() int {
	if r.renewed {
		return len(r.attempts) - 1
	}
	return len(r.attempts)
}

// renew replaces a refused token, once in a call.
func (r *run) renew(failure *Error) bool {
	if r.renewed {
		r.c.pausedUntil.Store(time.Now().Add(refusalPause).UnixNano())
		return false
	}
	if time.Now().UnixNano() < r.c.pausedUntil.Load() {
		return false
	}
	if inv, ok := r.c.source.(token.Invalidator); ok {
		_ = inv.Invalidate(r.ctx, r.tok) // the store's failure does not concern this request
	}
	if !r.req.rewindable() {
		failure.stopped = "the body cannot be read again"
		return false
	}
	tok, err := r.c.source.Token(r.ctx)
	if err != nil {
		failure.err = err
		failure.stopped = r.cleaner().Description("no other token: " + err.Error())
		return false
	}
	if tok.AccessToken.Equal(r.tok.AccessToken) {
		return false
	}
	r.next, r.renewed = tok, true
	return true
}

// fail completes an error that ends the call.
func (r *run) fail(failure *Error) *Error {
	failure.Attempts = slices.Clone(r.attempts)
	if len(r.attempts) > 0 {
		r.tell(failure, false)
	}
	return failure
}

// tell tells of the last attempt.
func (r *run) tell(failure *Error, again bool) {
	if r.c.notify == nil {
		return
	}
	n := len(r.attempts)
	r.c.notify(Event{
		Method: r.method, Host: r.target.Host, Path: r.target.EscapedPath(), Number: n, Attempt: r.attempts[n-1],
		Err: failure, Again: again,
	})
}
