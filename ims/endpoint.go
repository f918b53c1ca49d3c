package ims

import (
	"net/url"
	"slices"
	"strings"

	"github.com/imsx/imsx/internal/adobehost"
)

// parseEndpoint reads an origin: scheme, host and port, nothing else. A bare host means https, as in the files that
// Adobe hands out. Problems are described without the text itself, which may hold a password by mistake.
func parseEndpoint(endpoint string) (u *url.URL, problem string) {
	if endpoint == "" {
		return nil, "the endpoint is missing"
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, "the endpoint is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "the endpoint is neither https nor http"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return nil, "the endpoint is more than scheme, host and port"
	}
	return &url.URL{Scheme: u.Scheme, Host: canonicalHost(u)}, ""
}

// canonicalHost returns host and port in lower case, without the port that the scheme implies.
func canonicalHost(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return strings.TrimSuffix(host, ":")
}

// admit returns why u may not get a secret, or the empty Cause.
func admit(u *url.URL, allowed []string) Cause {
	host := u.Hostname()
	listed := slices.ContainsFunc(allowed, func(name string) bool { return strings.EqualFold(name, host) })
	switch {
	case !listed && !adobehost.Trusted(host):
		return CauseHostNotAllowed
	case u.Scheme != "https" && !adobehost.IsLoopback(host):
		return CauseInsecure
	}
	return ""
}
