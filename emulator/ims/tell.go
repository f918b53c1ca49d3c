package ims

import (
	"strconv"
	"strings"

	"github.com/imsx/imsx/secret"
)

// shownFields are the fields whose values the journal shows, maskedFields those of which it shows a fingerprint. Of
// other fields it shows only how many there are: nobody knows what is in them.
var (
	shownFields = []string{
		"client_id", "grant_type", "scope", "org_id", "resource", "response_type", "response_mode", "redirect_uri", "prompt",
		"code_challenge_method", "type", "token_type", "cascading", "user_id", "owning_org_id", "subject_token_type",
		"requested_token_type", "guid", "auth_src",
	}
	maskedFields = []string{
		"client_secret", "jwt_token", "code", "code_verifier", "refresh_token", "user_token", "subject_token", "token",
		"access_token", "state", "nonce", "code_challenge",
	}
)

// tellFields tells the journal the fields of a request.
func (c *call) tellFields(f form) {
	told := 0
	for _, name := range shownFields {
		if values := f[name]; len(values) > 0 {
			c.record.Field(name, short(strings.Join(values[:min(len(values), 4)], " ")))
			told++
		}
	}
	for _, name := range maskedFields {
		if values := f[name]; len(values) > 0 {
			c.record.Field(name, secret.New(values[0]).String())
			told++
		}
	}
	if others := len(f) - told; others > 0 {
		c.record.Field("other fields", strconv.Itoa(others))
	}
}
