package adobehost_test

import (
	"testing"

	"github.com/imsx/imsx/internal/adobehost"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	patterns := []string{"*.Example.org", "aem.example.com", "::1", "*", "*.", "*bad.example", ""}
	for host, want := range map[string]bool{
		"a.example.org": true, "A.B.EXAMPLE.ORG": true, "aem.example.com": true, "AEM.example.com": true, "::1": true,
		"example.org": false, ".example.org": false, "aexample.org": false, "a.example.org.evil.net": false,
		"x.aem.example.com": false, "bad.example": false, "a.bad.example": false, "": false,
		"evil.": false, "a.evil.": false,
	} {
		if got := adobehost.Matches(patterns, host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
	if adobehost.Matches(nil, "a.example.org") {
		t.Error("a host matches an empty list")
	}
}

func TestForTokens(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"author-p1-e2.adobeaemcloud.com": true, "assets.adobe.io": true,
		"adobeaemcloud.com": false, "adobe.io": false, "ims-na1.adobelogin.com": false, "author.adobeaemcloud.com.evil.org": false,
	} {
		if got := adobehost.Matches(adobehost.ForTokens(), host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
	adobehost.ForTokens()[0] = "*.evil.org"
	if adobehost.Matches(adobehost.ForTokens(), "a.evil.org") {
		t.Error("a caller's change of the slice shows")
	}
}
