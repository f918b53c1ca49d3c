package adobehost

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ParseOrigin reads an origin: scheme, host and port, nothing else. A bare host, with or without a port, means https. The
// URL that it returns has scheme and host in lower case and no port that the scheme implies.
//
// problem says what is wrong with s, to stand behind the name of what s is; it is empty if u is not nil. It does not
// quote s, which may hold a password by mistake.
func ParseOrigin(s string) (u *url.URL, problem string) {
	if s == "" {
		return nil, "is missing"
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, "is neither a host name nor an origin"
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "is neither https nor http"
	case u.User != nil:
		return nil, "carries a user name"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		return nil, "carries a path or a query"
	case !plainHost(u.Hostname()):
		return nil, "has no valid host name"
	case strings.HasSuffix(u.Host, ":"):
		return nil, "has a colon without a port"
	}
	port, ok := plainPort(u)
	if !ok {
		return nil, "has a port that is out of range"
	}
	return &url.URL{Scheme: u.Scheme, Host: joinHost(strings.ToLower(u.Hostname()), port)}, ""
}

// plainPort returns the port of u without leading zeros, or "" for the one that the scheme implies.
func plainPort(u *url.URL) (port string, ok bool) {
	if u.Port() == "" {
		return "", true
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 {
		return "", false
	}
	if u.Scheme == "https" && n == 443 || u.Scheme == "http" && n == 80 {
		return "", true
	}
	return strconv.FormatUint(n, 10), true
}

func joinHost(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return host
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
			if label[i] != '_' && !plainByte(label[i]) {
				return false
			}
		}
	}
	return true
}
