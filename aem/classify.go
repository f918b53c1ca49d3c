package aem

import (
	"net/http"
	"strings"
	"unicode"
)

// classify returns the cause of an answer that is no success.
func classify(status int, said refusal) Cause {
	switch {
	case status/100 == 3:
		return CauseRedirected
	case status/100 == 5:
		return CauseServerFault
	case status/100 != 4:
		return CauseMalformedAnswer
	case status == http.StatusForbidden:
		return classifyForbidden(said)
	}
	if cause, ok := byStatus[status]; ok {
		return cause
	}
	return CauseUnknown
}

var byStatus = map[int]Cause{
	http.StatusBadRequest:                  CauseInvalidRequest,
	http.StatusUnauthorized:                CauseTokenRefused,
	http.StatusNotFound:                    CauseNotFound,
	http.StatusMethodNotAllowed:            CauseInvalidRequest,
	http.StatusNotAcceptable:               CauseCDNBlocked,
	http.StatusProxyAuthRequired:           CauseProxyAuthentication,
	http.StatusRequestTimeout:              CauseTimedOut,
	http.StatusConflict:                    CauseConflict,
	http.StatusGone:                        CauseNotFound,
	http.StatusLengthRequired:              CauseInvalidRequest,
	http.StatusPreconditionFailed:          CauseConflict,
	http.StatusRequestEntityTooLarge:       CauseInvalidRequest,
	http.StatusRequestURITooLong:           CauseInvalidRequest,
	http.StatusUnsupportedMediaType:        CauseInvalidRequest,
	http.StatusUnprocessableEntity:         CauseInvalidRequest,
	http.StatusTooManyRequests:             CauseThrottled,
	http.StatusRequestHeaderFieldsTooLarge: CauseInvalidRequest,
}

// classifyForbidden tells the kinds of 403 apart, by what the answer says: Adobe documents no code for them.
func classifyForbidden(said refusal) Cause {
	text := letters(said.code + " " + said.text)
	switch {
	case strings.Contains(text, "allowlist"), strings.Contains(text, "whitelist"),
		strings.Contains(text, "clientid") && strings.Contains(text, "notallowed"):
		return CauseClientNotAllowlisted
	case said.code == "403000", said.code == "403003", strings.Contains(text, "apikey"):
		return CauseAPIKey
	}
	return CauseGroupMissing
}

// letters returns the letters of s alone, in lower case: however the words are set, they are found.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
