package ims

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what came back: a whole answer, with the time it came.
type answer struct {
	status int
	header http.Header
	body   []byte
	clock  reading
}

func newAnswer(resp *http.Response, sent, received time.Time) answer {
	return answer{status: resp.StatusCode, header: resp.Header, clock: newReading(resp.Header, sent, received)}
}

// retryAfter reads the header Retry-After (RFC 9110, section 10.2.3): seconds, or a date by the server's clock. It is at
// most 30 days, and 0 if the header is absent or makes no sense.
func (a answer) retryAfter() time.Duration {
	const longest = 30 * 24 * time.Hour
	value := strings.TrimSpace(a.header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(longest, max(0, at.Sub(a.clock.serverTime()))).Round(time.Second)
}

// refusal is the body of a refusal: IMS's own fields, or those of the gateway in front of it.
type refusal struct {
	code, description string
}

// parseRefusal reads what it can of a body; an unreadable one gives empty fields.
func parseRefusal(body []byte) refusal {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return refusal{}
	}
	first := func(names ...string) string {
		for _, name := range names {
			if s := scalar(fields[name]); s != "" {
				return s
			}
		}
		return ""
	}
	return refusal{code: first("error", "error_code"), description: first("error_description", "message")}
}

// scalar returns a JSON string's content or a number's digits, or "" for anything else.
func scalar(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
