package adobehost_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/imsx/imsx/internal/adobehost"
)

func TestParseOrigin(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, problem string }{
		{"ims-na1.adobelogin.com", "https://ims-na1.adobelogin.com", ""},
		{"https://IMS-NA1.AdobeLogin.com:443/", "https://ims-na1.adobelogin.com", ""},
		{"HTTPS://ims-na1.adobelogin.com", "https://ims-na1.adobelogin.com", ""},
		{"ims-na1.adobelogin.com:8443", "https://ims-na1.adobelogin.com:8443", ""},
		{"https://host:080", "https://host:80", ""},
		{"http://localhost:80", "http://localhost", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"[::1]:8443", "https://[::1]:8443", ""},
		{"http://[::1]", "http://[::1]", ""},
		{strings.Repeat("a", 63) + ".b", "https://" + strings.Repeat("a", 63) + ".b", ""},
		{strings.Repeat("a.", 126) + "b", "https://" + strings.Repeat("a.", 126) + "b", ""},
		{"http://ims_emulator:8080", "http://ims_emulator:8080", ""},

		{"", "", "is missing"},
		{"https://", "", "has no valid host name"},
		{"https://:443", "", "has no valid host name"},
		{"https://host:", "", "has a colon without a port"},
		{"host:0", "", "has a port that is out of range"},
		{"host:65536", "", "has a port that is out of range"},
		{"host:port", "", "is neither a host name nor an origin"},
		{"ftp://host", "", "is neither https nor http"},
		{"https://me:pass-word@host", "", "carries a user name"},
		{"https://host@evil.example", "", "carries a user name"},
		{"https://host/ims", "", "carries a path or a query"},
		{"https://host?", "", "carries a path or a query"},
		{"https://host?x", "", "carries a path or a query"},
		{"https://host#", "", "carries a path or a query"},
		{"https://host#x", "", "carries a path or a query"},
		{"host.", "", "has no valid host name"},
		{"a..b", "", "has no valid host name"},
		{"hоst.adobe.com", "", "has no valid host name"}, // a Cyrillic letter
		{"[fe80::1%25eth0]", "", "has no valid host name"},
		{strings.Repeat("a", 64) + ".b", "", "has no valid host name"},
		{strings.Repeat("a.", 126) + "bc", "", "has no valid host name"},
		{"ims na1", "", "is neither a host name nor an origin"},
		{"host\n", "", "is neither a host name nor an origin"},
	}
	for _, tt := range tests {
		u, problem := adobehost.ParseOrigin(tt.in)
		got := ""
		if u != nil {
			got = u.String()
		}
		if got != tt.want || problem != tt.problem {
			t.Errorf("%q: got %q, %q; want %q, %q", tt.in, got, problem, tt.want, tt.problem)
		}
	}
}

func TestListed(t *testing.T) {
	t.Parallel()
	names := []string{"ims.example.org", "[fd00::1]", "192.168.1.1", ""}
	for host, want := range map[string]bool{
		"ims.example.org": true, "IMS.Example.ORG": true, "fd00::1": true, "fd00:0::1": true, "192.168.1.1": true,
		"example.org": false, "x.ims.example.org": false, "fd00::2": false, "": false,
	} {
		if got := adobehost.Listed(names, host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
	if adobehost.Listed(nil, "ims.example.org") {
		t.Error("a host is in an empty list")
	}
}

// FuzzParseOrigin looks for an origin that says more than scheme, host and port, or that reads otherwise the second time.
func FuzzParseOrigin(f *testing.F) {
	f.Add("https://IMS-NA1.AdobeLogin.com:443/")
	f.Add("http://[::ffff:127.0.0.1]:080")
	f.Add("https://a@b:c#")
	f.Fuzz(func(t *testing.T, s string) {
		u, problem := adobehost.ParseOrigin(s)
		if (u == nil) != (problem != "") {
			t.Fatalf("%q gives %v and %q", s, u, problem)
		}
		if u == nil {
			return
		}
		if *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) || strings.ContainsAny(u.Host, "@/?#\\ ") {
			t.Fatalf("%q gives %#v", s, u)
		}
		again, problem := adobehost.ParseOrigin(u.String())
		if problem != "" || again.String() != u.String() {
			t.Fatalf("%q gives %q, and that %v, %q", s, u, again, problem)
		}
	})
}
