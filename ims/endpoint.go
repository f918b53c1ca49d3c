package ims

import (
	"net/url"

	"github.com/imsx/imsx/internal/adobehost"
)

// parseEndpoint reads an origin. problem is a sentence's part that does not quote the endpoint.
func parseEndpoint(endpoint string) (u *url.URL, problem string) {
	if u, problem = adobehost.ParseOrigin(endpoint); problem != "" {
		return nil, "the endpoint " + problem
	}
	return u, ""
}

// admit returns why u may not get a secret, or the empty Cause.
func admit(u *url.URL, allowed []string) Cause {
	host := u.Hostname()
	switch {
	case !adobehost.Trusted(host) && !adobehost.Listed(allowed, host):
		return CauseHostNotAllowed
	case u.Scheme != "https" && !adobehost.IsLoopback(host):
		return CauseInsecure
	}
	return ""
}
