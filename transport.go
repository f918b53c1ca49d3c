package imsx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/imsx/imsx/internal/adobehost"
	"github.com/imsx/imsx/token"
)

// DefaultHosts returns the hosts that a token may go to unless told otherwise: AEM as a Cloud Service and Adobe's API
// gateway. Loopback is always allowed.
func DefaultHosts() []string { return adobehost.ForTokens() }

// Transport is an http.RoundTripper that adds a bearer token to requests to the hosts that may have it. Requests to
// other hosts, and requests that carry an Authorization header already, pass unchanged. It is safe for concurrent use
// as long as its fields are not changed.
//
// When the answer is 401 Unauthorized, the token is invalidated at the source, and the request sent once more with a
// new one if its body can be read again (it has none, or http.Request.GetBody is set). If the new token is refused as
// well, no further one is asked for within a minute: the tokens are not what is wrong.
type Transport struct {
	// Source gives the tokens. Required.
	Source token.Source
	// Base sends the requests. Nil: http.DefaultTransport.
	Base http.RoundTripper
	// Hosts are the hosts that may have the token: whole names, or "*." and a domain for all names below it.
	// Nil: DefaultHosts. They need https, except on loopback, which is always allowed.
	Hosts []string

	pausedUntil atomic.Int64 // Unix nanoseconds; no invalidation before
}

// refusalPause is how long a Transport takes refusals as they are after a new token was refused too.
const refusalPause = time.Minute

// RoundTrip sends req. It does not change it. An error of the source is returned as it is, and the request is not sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Authorization") != "" || !t.mayHaveToken(req.URL) {
		return t.base().RoundTrip(req)
	}
	tok, err := t.Source.Token(req.Context())
	if err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := t.base().RoundTrip(withToken(req, tok))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	return t.again(req, resp, tok)
}

// again handles a refused token: it returns the answer to a second request, or the first one where none can be made.
func (t *Transport) again(req *http.Request, refused *http.Response, old token.Token) (*http.Response, error) {
	inv, ok := t.Source.(token.Invalidator)
	if !ok || time.Now().UnixNano() < t.pausedUntil.Load() {
		return refused, nil
	}
	_ = inv.Invalidate(req.Context(), old) // the store's failure does not concern this request
	second, ok := rewound(req)
	if !ok {
		return refused, nil
	}
	tok, err := t.Source.Token(req.Context())
	if err != nil || tok.AccessToken.Equal(old.AccessToken) {
		closeBody(second)
		return refused, nil
	}
	drain(refused.Body)
	resp, err := t.base().RoundTrip(withToken(second, tok))
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		t.pausedUntil.Store(time.Now().Add(refusalPause).UnixNano())
	}
	return resp, err
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// mayHaveToken reports whether a token may go to u.
func (t *Transport) mayHaveToken(u *url.URL) bool {
	host := u.Hostname()
	if adobehost.IsLoopback(host) {
		return true
	}
	hosts := t.Hosts
	if hosts == nil {
		hosts = DefaultHosts()
	}
	return u.Scheme == "https" && adobehost.Matches(hosts, host)
}

func withToken(req *http.Request, tok token.Token) *http.Request {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", tok.Authorization())
	return req
}

// rewound returns req with its body from the start again, if that is possible.
func rewound(req *http.Request) (*http.Request, bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again := req.Clone(req.Context())
	again.Body = body
	return again, true
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// drain reads what is left of a small body, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}

// oauth2Source adapts a token.Source. The context is the one that the interface has no place for.
type oauth2Source struct {
	ctx context.Context //nolint:containedctx // oauth2.TokenSource.Token takes none
	src token.Source
}

// OAuth2TokenSource makes src usable where golang.org/x/oauth2 is expected. Every Token call waits no longer than ctx
// allows, so ctx must live as long as the result is used. The result needs no oauth2.ReuseTokenSource around it: src
// keeps its token itself, and renews it earlier.
func OAuth2TokenSource(ctx context.Context, src token.Source) oauth2.TokenSource {
	return oauth2Source{ctx: ctx, src: src}
}

// Token returns the token of the adapted source.
func (s oauth2Source) Token() (*oauth2.Token, error) {
	if s.src == nil {
		return nil, errors.New("imsx: the adapted token source is nil")
	}
	t, err := s.src.Token(s.ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: t.AccessToken.Reveal(), TokenType: "Bearer", Expiry: t.Expiry}, nil
}
