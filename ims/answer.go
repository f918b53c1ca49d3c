package ims

import (
	"encoding/json"
	"net/http"
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
