package netcause_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/imsx/imsx/internal/netcause"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const month = 30 * 24 * time.Hour
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "1.5": 0, "0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second,
		"9223372036854775807": month, "99999999999999999999999": month,
		now.Add(90 * time.Second).Format(http.TimeFormat):     90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):           0,
		now.Add(100 * 24 * time.Hour).Format(http.TimeFormat): month,
	} {
		if got := netcause.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestRedirectTarget(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"": "redirect", "/login?code=secret": "redirect", "%": "redirect", "https://sso.example.org/in?code=secret": "redirect to sso.example.org",
	} {
		if got := netcause.RedirectTarget(http.Header{"Location": {location}}); got != want {
			t.Errorf("%q: %q, want %q", location, got, want)
		}
	}
}
