package aem

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/internal/adobehost"
	"github.com/imsx/imsx/token"
)

// Client calls one AEM host. It is safe for concurrent use; connections are shared, so make one and keep it. Every
// method that calls fails with an [*Error], with the error of the token source as it is, or, where it says so, with
// that of the file system or of the caller's function.
type Client struct {
	base        *url.URL
	source      token.Source
	http        *http.Client
	apiKey      string
	userAgent   string
	timeout     time.Duration
	maxAttempts int
	notify      func(Event)

	pausedUntil atomic.Int64 // Unix nanoseconds; no invalidation before
}

// New returns a client for cfg.BaseURL. It sends nothing. The error is an [*Error] with [CauseHostNotAllowed] for a host
// that is neither AEM's nor Adobe's API gateway nor loopback nor listed in AllowHosts, [CauseInsecure] for plain HTTP
// beyond loopback, and [CauseInvalidRequest] for a URL that is no origin, a missing source,
// and a key or user agent that cannot be sent.
func New(cfg Config) (*Client, error) {
	base, problem := adobehost.ParseOrigin(cfg.BaseURL)
	switch {
	case problem != "":
		problem = "the base URL " + problem
	case cfg.Source == nil:
		problem = "the token source is missing"
	case hasControl(cfg.APIKey) || hasControl(cfg.UserAgent):
		problem = "the API key or the user agent has a character that may not stand in a header"
	}
	if problem != "" {
		return nil, &Error{Op: opConfigure, Cause: CauseInvalidRequest, Description: problem}
	}
	if cause := admit(base, cfg.AllowHosts); cause != "" {
		return nil, &Error{Op: opConfigure, Host: base.Host, Cause: cause}
	}
	return &Client{
		base: base, source: cfg.Source, http: cfg.httpClient(), apiKey: cfg.APIKey, userAgent: cfg.userAgent(),
		timeout: cfg.timeout(), maxAttempts: cfg.maxAttempts(), notify: cfg.Notify,
	}, nil
}

const (
	opConfigure = "configure"
	opRequest   = "request"
)

// BaseURL returns the origin that c calls, in lower case and without a trailing slash.
func (c *Client) BaseURL() string { return c.base.String() }

// Do sends req, again where that can help, and returns the first answer with a 2xx status. Its body is read by the
// caller, who closes it; the limit of Config.Timeout counts until then. An answer that breaks while it is read is not
// asked for again: use [Client.Fetch] for that.
func (c *Client) Do(ctx context.Context, req Request) (*Response, error) {
	r, err := c.start(ctx, req)
	if err != nil {
		return nil, err
	}
	resp, err := r.answer()
	if err != nil {
		r.end()
		return nil, err
	}
	resp.body.end = r.end
	r.tell(nil, false)
	return resp, nil
}

// Fetch sends req, hands the first answer with a 2xx status to read, and closes its body. If the answer breaks while
// it is read, and in the other cases that can pass, it starts anew, so read may be called several times, one after the
// other, and must not keep what it got from a call that failed.
//
// What read returns decides: nil ends the call, an [*Error] that is retryable, such as one that reading the body gave,
// starts anew, and any other error is returned as it is.
func (c *Client) Fetch(ctx context.Context, req Request, read func(*Response) error) error {
	r, err := c.start(ctx, req)
	if err != nil {
		return err
	}
	defer r.end()
	for {
		resp, err := r.answer()
		if err != nil {
			return err
		}
		err = read(resp)
		_ = resp.Body.Close()
		failure := resp.broken(err)
		if failure == nil {
			r.tell(nil, false)
			return err
		}
		if final := r.again(failure); final != nil {
			return final
		}
	}
}

// Save sends req and writes the answer to path, as [Response.Save] does; what breaks on the way is asked for again. It
// returns how many bytes the file has. A failure of the file system is returned as it is.
func (c *Client) Save(ctx context.Context, req Request, path string) (int64, error) {
	var n int64
	err := c.Fetch(ctx, req, func(resp *Response) error {
		var err error
		n, err = resp.Save(path)
		return err
	})
	return n, err
}

// CloseIdleConnections closes the connections that are not in use. With Config.HTTPClient they are those of its
// transport.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// admit returns why u may not get the token, or the empty Cause.
func admit(u *url.URL, allowed []string) Cause {
	host := u.Hostname()
	switch {
	case adobehost.IsLoopback(host):
		return ""
	case !adobehost.Matches(adobehost.ForTokens(), host) && !adobehost.Matches(allowed, host):
		return CauseHostNotAllowed
	case u.Scheme != "https":
		return CauseInsecure
	}
	return ""
}
