package netcause

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads the header Retry-After (RFC 9110, section 10.2.3): seconds, or a date by the server's clock, whose time
// now is. It is at most 30 days, and 0 if the header is absent or makes no sense.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	const longest = 30 * 24 * time.Hour
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(longest, max(0, at.Sub(now))).Round(time.Second)
}

// RedirectTarget names the host that a redirect points to, and nothing else of it.
func RedirectTarget(header http.Header) string {
	u, err := url.Parse(header.Get("Location"))
	if err != nil || u.Host == "" {
		return "redirect"
	}
	return "redirect to " + u.Host
}
