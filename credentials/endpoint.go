package credentials

import (
	"net/url"
	"strings"

	"github.com/imsx/imsx/internal/adobehost"
)

// The origins that the words "prod" and "stage" of aio's settings stand for.
const (
	productionOrigin = "https://ims-na1.adobelogin.com"
	stageOrigin      = "https://ims-na1-stg1.adobelogin.com"
)

// parseEndpoint reads a host name, a host with a port, an origin with or without a slash at the end, or an environment
// word, and returns an origin. The empty text means production. What is refused is told in words without quoting it.
func parseEndpoint(s string) (origin, problem string) {
	switch strings.ToLower(s) {
	case "", "prod", "production":
		return productionOrigin, ""
	case "stage", "stg":
		return stageOrigin, ""
	}
	u, problem := adobehost.ParseOrigin(s)
	if problem != "" {
		return "", problem
	}
	return u.String(), ""
}

// endpointHost returns the host of an origin without port and brackets, or "".
func endpointHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// trustedHost reports whether host may be told the secret.
func (c *Credentials) trustedHost(host string) bool {
	return adobehost.Trusted(host) || adobehost.Listed(c.allowHosts, host)
}
