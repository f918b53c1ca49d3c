package ims

import (
	"net/url"
	"slices"
	"strings"
)

// maxURL bounds redirect URIs.
const maxURL = 2000

// goodRedirect reports whether a URI can be led back to: absolute, without a fragment (RFC 6749, section 3.1.2), printable,
// and of no scheme that runs something in a browser.
func goodRedirect(uri string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'<>\^{}|;,`+"`", r) }
	u, err := url.Parse(uri)
	switch {
	case err != nil || len(uri) > maxURL || strings.ContainsFunc(uri, odd) || strings.Contains(uri, "#") || u.User != nil:
		return false
	case u.Scheme == "http" || u.Scheme == "https":
		return u.Hostname() != ""
	}
	return u.Scheme != "" && !slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about", "filesystem"}, u.Scheme)
}

// redirectFor returns where a request that names uri leads back to. The first of the client's is for requests that name
// none, or one without https that is not registered, as Adobe's guide has it. It reports false for another that is not
// registered.
func (c *client) redirectFor(uri string) (string, bool) {
	switch {
	case len(c.RedirectURIs) == 0:
		return "", false
	case uri == "" || slices.Contains(c.RedirectURIs, uri):
		if uri == "" {
			uri = c.RedirectURIs[0]
		}
		return uri, true
	case !goodRedirect(uri):
		return "", false
	}
	asked, _ := url.Parse(uri)
	for _, registered := range c.RedirectURIs {
		if r, err := url.Parse(registered); err == nil && sameLoopback(asked, r) {
			return uri, true
		}
	}
	if asked.Scheme != "https" {
		return c.RedirectURIs[0], true
	}
	return "", false
}

// sameLoopback reports whether two URIs differ in nothing but the port, on loopback: a program on the user's machine takes
// the port that is free (RFC 8252, section 7.3).
func sameLoopback(a, b *url.URL) bool {
	host := a.Hostname()
	return a.Scheme == "http" && b.Scheme == "http" && host == b.Hostname() &&
		(host == "127.0.0.1" || host == "::1" || host == "localhost") && a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery
}

// redirectSource returns a URI's source for a content security policy.
func redirectSource(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}

// withParameters adds parameters to a redirect URI, in its query or as its fragment.
func withParameters(uri string, parameters url.Values, fragment bool) string {
	if fragment {
		return uri + "#" + parameters.Encode()
	}
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + parameters.Encode()
}
