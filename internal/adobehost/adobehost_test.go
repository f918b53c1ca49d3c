package adobehost_test

import (
	"strings"
	"testing"

	"github.com/imsx/imsx/internal/adobehost"
)

func TestTrusted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host              string
		trusted, loopback bool
	}{
		{"ims-na1.adobelogin.com", true, false},
		{"ims-na1-stg1.adobelogin.com", true, false},
		{"IMS-NA1.AdobeLogin.COM", true, false},
		{"adobelogin.com", true, false},
		{"api.adobe.io", true, false},
		{"id.adobe.com", true, false},
		{"pdf-services.services.adobe.com", true, false},
		{"adobe.com", true, false},
		{strings.Repeat("a", 63) + ".adobe.com", true, false},
		{strings.Repeat("a.", 122) + "adobe.com", true, false},
		{"xn.adobe.com", true, false},

		{"localhost", true, true},
		{"LOCALHOST", true, true},
		{"ims.localhost", true, true},
		{"a.b.localhost", true, true},
		{"127.0.0.1", true, true},
		{"127.255.255.254", true, true},
		{"::1", true, true},
		{"[::1]", true, true},
		{"::ffff:127.0.0.1", true, true},
		{"[::ffff:127.0.0.1]", true, true},

		{"", false, false},
		{".", false, false},
		{"com", false, false},
		{"adobelogin", false, false},
		{"adobelogin.com.evil.org", false, false},
		{"evil-adobelogin.com", false, false},
		{"eviladobelogin.com", false, false},
		{"ims-na1.adobelogin.com.", false, false},
		{"author-p1-e2.adobeaemcloud.com", false, false},
		{".adobelogin.com", false, false},
		{"a..adobelogin.com", false, false},
		{"adobe.com.", false, false},
		{"adobelogin.com@evil.org", false, false},
		{"evil.org@adobelogin.com", false, false},
		{"evil.org/.adobelogin.com", false, false},
		{"evil.org\\.adobelogin.com", false, false},
		{"evil.org?.adobelogin.com", false, false},
		{"evil.org#.adobelogin.com", false, false},
		{"evil.org%2e.adobelogin.com", false, false},
		{"evil.org\x00.adobelogin.com", false, false},
		{"evil.org\n.adobelogin.com", false, false},
		{" ims-na1.adobelogin.com", false, false},
		{"ims-na1.adobelogin.com ", false, false},
		{"ims-na1.adobelogin.com:443", false, false},
		{"xn--dobe-3ve.adobe.com", false, false},
		{"аdobe.com", false, false},                   // a Cyrillic a
		{"ims\u3002adobelogin.com", false, false},     // an ideographic full stop
		{"adobelogin\uff0ecom", false, false},         // a fullwidth full stop
		{"ims-na1.adobelogin.\u212aom", false, false}, // a Kelvin sign, which lower-cases to k
		{"api.adobe.\u0130o", false, false},           // a dotted capital I
		{"localho\u017ft", false, false},              // a long s, which upper-cases to S
		{"-.adobe.com", false, false},                 // a label of a hyphen only
		{strings.Repeat("a", 64) + ".adobe.com", false, false},
		{strings.Repeat("a.", 122) + "a.adobe.com", false, false},
		{strings.Repeat("a.", 130) + "adobe.com", false, false},

		{"127.0.0.1.evil.org", false, false},
		{"localhost.evil.org", false, false},
		{"evillocalhost", false, false},
		{"localhost.", false, false},
		{"127.0.0.1.", false, false},
		{"127.1", false, false},
		{"0177.0.0.1", false, false},
		{"2130706433", false, false},
		{"0x7f000001", false, false},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"[127.0.0.1]", false, false},
		{"[::1", false, false},
		{"::1]", false, false},
		{"::1%lo", false, false},
		{"10.0.0.1", false, false},
		{"169.254.169.254", false, false},
		{"::ffff:10.0.0.1", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.host, func(t *testing.T) {
			t.Parallel()
			if got := adobehost.Trusted(tt.host); got != tt.trusted {
				t.Errorf("Trusted(%q) = %v, want %v", tt.host, got, tt.trusted)
			}
			if got := adobehost.IsLoopback(tt.host); got != tt.loopback {
				t.Errorf("IsLoopback(%q) = %v, want %v", tt.host, got, tt.loopback)
			}
		})
	}
}

// FuzzTrusted checks that a trusted host is an address, or survives as the host of a URL without change of meaning.
func FuzzTrusted(f *testing.F) {
	for _, s := range []string{"ims-na1.adobelogin.com", "[::1]", "a.localhost", "adobe.com.", "x@adobe.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if adobehost.IsLoopback(host) && !adobehost.Trusted(host) {
			t.Errorf("%q is loopback and not trusted", host)
		}
		if !adobehost.Trusted(host) {
			return
		}
		if strings.ContainsAny(host, "@/\\?#% \t\r\n\x00") {
			t.Errorf("%q is trusted", host)
		}
		if !strings.Contains(host, ":") && adobehost.Trusted(host+".evil.org") {
			t.Errorf("%q is trusted", host+".evil.org")
		}
	})
}
