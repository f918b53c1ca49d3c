package credentials

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
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
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", "is neither a host name nor an origin"
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "", "has a scheme other than https"
	case u.User != nil:
		return "", "carries a user name"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		return "", "carries a path or a query"
	case !plainHost(u.Hostname()):
		return "", "has no valid host name"
	}
	return joinOrigin(u)
}

func joinOrigin(u *url.URL) (origin, problem string) {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if strings.HasSuffix(u.Host, ":") {
		return "", "has a colon without a port"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", "has a port that is out of range"
		}
		port = strconv.FormatUint(n, 10)
	}
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return u.Scheme + "://" + host, ""
	}
	return u.Scheme + "://" + host + ":" + port, ""
}

// plainHost reports whether host is an IP address without zone or a name of ASCII letters, digits, hyphens,
// underscores and single dots.
func plainHost(host string) bool {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		return err == nil && addr.Zone() == ""
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}

// endpointHost returns the host of an origin without port and brackets, or "".
func endpointHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
