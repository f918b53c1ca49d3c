package adobehost

import (
	"net/netip"
	"slices"
	"strings"
)

// ForTokens returns the patterns of the hosts that an access token is for, to be given to [Matches]: AEM as a Cloud
// Service and Adobe's API gateway. The caller owns the slice.
func ForTokens() []string { return []string{"*.adobeaemcloud.com", "*.adobe.io"} }

// Matches reports whether host is one of the names among patterns, or lies below the domain of one that begins with
// "*.", without regard to case. host is without port, an IPv6 address without brackets.
func Matches(patterns []string, host string) bool {
	host = strings.ToLower(host)
	for _, p := range patterns {
		p = strings.ToLower(p)
		if domain, wild := strings.CutPrefix(p, "*"); wild {
			if strings.HasPrefix(domain, ".") && len(domain) > 1 && len(host) > len(domain) && strings.HasSuffix(host, domain) {
				return true
			}
		} else if p != "" && p == host {
			return true
		}
	}
	return false
}

// Listed reports whether host is one of names, without regard to case; addresses are compared by value, with or without
// brackets.
func Listed(names []string, host string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return sameHost(name, host) })
}

func sameHost(a, b string) bool {
	a, b = strings.Trim(a, "[]"), strings.Trim(b, "[]")
	x, errA := netip.ParseAddr(a)
	y, errB := netip.ParseAddr(b)
	if errA == nil && errB == nil {
		return x == y
	}
	return a != "" && strings.EqualFold(a, b)
}
