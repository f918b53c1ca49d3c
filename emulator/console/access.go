package console

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/imsx/imsx/secret"
)

// KeyHeader is the header that carries the control key; "Authorization: Bearer …" does as well.
const KeyHeader = "X-Imsx-Control-Key"

// access is on what ground a request is let in.
type access int

const (
	accessNone     access = iota // the key is needed
	accessForeign                // a page of another site sent it
	accessLoopback               // it comes from this machine, for this machine
	accessKey                    // it has the key
	accessSession                // it comes from a browser that was signed in
)

// access judges a request. A key in a header proves that the sender knows it: a browser sends such a header to another
// site only after a preflight request, which this server never grants. A cookie and a loopback address prove less, so
// that then the request must not come from another site.
func (s *Server) access(r *http.Request) access {
	if key, given := headerKey(r); given {
		if !s.cfg.Key.IsZero() && s.cfg.Key.Equal(key) {
			return accessKey
		}
		return accessNone
	}
	switch local, signed := isLocal(r), s.sessions.valid(r); {
	case !local && !signed:
		return accessNone
	case isForeign(r):
		return accessForeign
	case signed:
		return accessSession
	}
	return accessLoopback
}

// headerKey returns the control key that a request carries in a header.
func headerKey(r *http.Request) (key secret.Text, given bool) {
	if v := r.Header.Get(KeyHeader); v != "" {
		return secret.New(v), true
	}
	scheme, v, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && v != "" {
		return secret.New(strings.TrimSpace(v)), true
	}
	return secret.Text{}, false
}

// isLocal reports whether a request comes from loopback and was meant for it. The second half keeps out pages whose
// host name was made to resolve to 127.0.0.1.
func isLocal(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && isLoopbackHost(r.Host)
}

// isLoopbackHost reports whether a Host header names loopback: localhost or an address of it.
func isLoopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// isForeign reports whether a page of another origin caused a request. Browsers say so in Sec-Fetch-Site (W3C Fetch
// Metadata) and in Origin (RFC 6454); what says nothing is no browser, or one so old that it only follows a link. Another
// port of the same host is another origin: "same-site" does not do.
func isForeign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) || u.Scheme != scheme(r) {
			return true
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return !isFollowedLink(r)
}

// isFollowedLink reports whether a request opens a page of the console in a window of its own, which a link anywhere may
// do: the page cannot be framed, and a GET changes nothing.
func isFollowedLink(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Fetch-Dest") == "document" && strings.HasPrefix(r.URL.Path, pagesPrefix) &&
		!strings.HasPrefix(r.URL.Path, downloadsPrefix)
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// protect lets requests with access through to next, and answers the others by deny.
func (s *Server) protect(next http.Handler, deny func(http.ResponseWriter, *http.Request, access)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch a := s.access(r); a {
		case accessNone, accessForeign:
			deny(w, r, a)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// secureHeaders sets what every answer of this server carries.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		next.ServeHTTP(w, r)
	})
}

// contentSecurityPolicy allows the page its own style sheet, scripts, pictures and requests, and nothing else: no inline
// script or style, no eval, no frame around it.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
