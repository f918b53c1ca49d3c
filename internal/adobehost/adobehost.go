// Package adobehost reads the origin of a server, and holds two rules: which hosts may be told a secret of Adobe's, and
// which may get an access token, without anybody having said so.
//
//	adobehost.Trusted("ims-na1.adobelogin.com") // true
//	adobehost.Trusted("adobelogin.com.evil.org") // false
//	adobehost.Matches(adobehost.ForTokens(), "author-p1-e2.adobeaemcloud.com") // true
//
// The rules are by name only. Nothing is resolved, so they say nothing about the address behind a name.
package adobehost

import (
	"net/netip"
	"strings"
)

// domains are Adobe's domains that serve identity and APIs. The hosts of AEM as a Cloud Service are not among them:
// customers' own code answers there.
var domains = [...]string{"adobelogin.com", "adobe.io", "adobe.com"}

// Trusted reports whether host is one of Adobe's domains, lies below one, or is loopback as [IsLoopback] says.
// host is a name or an IP address without port; an IPv6 address may stand in brackets. A domain matches on whole
// labels and without regard to case. A trailing dot, an empty label, and any byte other than an ASCII letter, digit
// or hyphen in a label make a name untrusted, as does a label in punycode.
func Trusted(host string) bool {
	if IsLoopback(host) {
		return true
	}
	name, ok := canonical(host)
	if !ok {
		return false
	}
	for _, d := range domains {
		if within(name, d) {
			return true
		}
	}
	return false
}

// IsLoopback reports whether host is this machine: "localhost", a name below it (RFC 6761, section 6.3), an address in
// 127.0.0.0/8, ::1, or one of these as an IPv4-mapped IPv6 address. host is as for [Trusted].
func IsLoopback(host string) bool {
	if addr, ok := address(host); ok {
		return addr.IsLoopback()
	}
	name, ok := canonical(host)
	return ok && within(name, "localhost")
}

// address reads an IP address. Zones are refused: an address with one is never loopback.
func address(host string) (netip.Addr, bool) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		if !ok || !strings.Contains(inner, ":") {
			return netip.Addr{}, false
		}
		host = inner
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// canonical returns host in lower case, if it is a plain host name.
func canonical(host string) (string, bool) {
	if host == "" || len(host) > 253 {
		return "", false
	}
	// Labels are checked before the case is folded: a Kelvin sign folds to "k".
	for label := range strings.SplitSeq(host, ".") {
		if !plainLabel(label) {
			return "", false
		}
	}
	return strings.ToLower(host), true
}

// plainLabel reports whether label consists of ASCII letters, digits and inner hyphens, and is not punycode.
func plainLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	if len(label) >= 4 && strings.EqualFold(label[:4], "xn--") {
		return false
	}
	for i := range len(label) {
		if !plainByte(label[i]) {
			return false
		}
	}
	return true
}

// plainByte reports whether c is an ASCII letter, a digit or a hyphen.
func plainByte(c byte) bool {
	return c == '-' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// within reports whether name is domain or lies below it.
func within(name, domain string) bool {
	head, ok := strings.CutSuffix(name, domain)
	return ok && (head == "" || head[len(head)-1] == '.')
}
