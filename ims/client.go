package ims

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// Config says which IMS to ask, and how.
type Config struct {
	// Endpoint is the origin of IMS, such as "https://ims-na1.adobelogin.com". A bare host means https. Required.
	Endpoint string
	// HTTPClient sends the requests; nil means that of [NewHTTPClient] with a zero [HTTPConfig]. It is copied, and the
	// copy follows no redirect.
	HTTPClient *http.Client
	// AllowHosts are host names outside Adobe's domains that may get secrets, without port, each matched whole. They
	// need https all the same.
	AllowHosts []string
	// UserAgent is the header User-Agent; empty means "imsx".
	UserAgent string
	// Timeout limits each request from its start to the last byte of the answer; 0 means 30 seconds. A context that
	// ends earlier wins.
	Timeout time.Duration
}

const (
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "imsx"
	maxBody          = 1 << 20
	maxErrorBody     = 64 << 10
)

// Client sends requests to one IMS. It is safe for concurrent use. Every method sends one request and fails with an
// [*Error].
type Client struct {
	endpoint  *url.URL
	http      *http.Client
	userAgent string
	timeout   time.Duration
}

// New returns a client for cfg.Endpoint. It sends nothing. The error is an [*Error] with [CauseHostNotAllowed] for a
// host that is neither Adobe's nor loopback nor listed in AllowHosts, [CauseInsecure] for plain HTTP beyond loopback,
// and [CauseInvalidRequest] for an endpoint that is no origin.
func New(cfg Config) (*Client, error) {
	u, problem := parseEndpoint(cfg.Endpoint)
	if problem != "" {
		return nil, &Error{Op: opConfigure, Cause: CauseInvalidRequest, Description: problem}
	}
	if cause := admit(u, cfg.AllowHosts); cause != "" {
		return nil, &Error{Op: opConfigure, Host: u.Host, Cause: cause}
	}
	client, err := cfg.client()
	if err != nil {
		return nil, err
	}
	userAgent := cfg.UserAgent
	if userAgent == "" {
		userAgent = defaultUserAgent
	}
	timeout := orDefault(cfg.Timeout, defaultTimeout)
	return &Client{endpoint: u, http: client, userAgent: userAgent, timeout: timeout}, nil
}

// client returns the HTTP client to use, which is the caller's no more.
func (cfg Config) client() (*http.Client, error) {
	if cfg.HTTPClient == nil {
		return NewHTTPClient(HTTPConfig{})
	}
	client := *cfg.HTTPClient
	client.CheckRedirect = refuseRedirect
	return &client, nil
}

// Endpoint returns the origin of the IMS that c asks, in lower case and without a trailing slash.
func (c *Client) Endpoint() string { return c.endpoint.String() }

// The values of Error.Op.
const (
	opConfigure         = "configure"
	opAssertion         = "assertion"
	opExchange          = "exchange"
	opClientCredentials = "client credentials"
	opValidate          = "validate"
	opInvalidate        = "invalidate"
)

// call is one request: where it goes, what it says, and which parts of it must not show.
type call struct {
	op, path  string
	host      string
	clientID  string // sent as a header where IMS wants it there as well
	form      url.Values
	secrets   []secret.Text
	assertion secret.Text
}

// post sends a call and returns a successful answer, its body read whole.
func (c *Client) post(ctx context.Context, call call) (answer, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, c.timeout, errTimeout)
	defer cancel()
	req, err := c.request(bounded, call)
	if err != nil {
		return answer{}, call.fail(CauseInvalidRequest, "the request cannot be written")
	}
	sent := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, call.unanswered(ctx, err)
	}
	defer resp.Body.Close()
	a := newAnswer(resp, sent, time.Now())
	if resp.StatusCode/100 != 2 {
		a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		// The status says more than how the body ended, unless the caller gave up.
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			return answer{}, call.cut(ctx, a, err)
		}
		return answer{}, call.refused(a)
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return answer{}, call.cut(ctx, a, err)
	case len(a.body) > maxBody:
		return answer{}, call.malformed(a, "the answer is longer than 1 MiB")
	}
	return a, nil
}

// errTimeout ends a request that outlasts the client's own limit. It is no context error, so that a caller can tell
// this limit from its own.
var errTimeout = errors.New("the request took longer than its limit")

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	target := c.endpoint.JoinPath(call.path).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(call.form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if call.clientID != "" {
		req.Header.Set("X-IMS-ClientId", call.clientID)
	}
	return req, nil
}
