package ims_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/imsx/imsx/ims"
)

// scripted is a client whose server answers with what answer points to.
func scripted(f *testing.F, answer *http.Response, body *[]byte) *ims.Client {
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		resp := *answer
		resp.Body = io.NopCloser(bytes.NewReader(*body))
		return &resp, nil
	})
	return newClient(f, ims.Config{Endpoint: prod, HTTPClient: &http.Client{Transport: transport}})
}

func FuzzTokenAnswer(f *testing.F) {
	day := accessToken(time.Now(), 24*time.Hour)
	f.Add([]byte(`{"access_token":"`+day+`","token_type":"bearer","expires_in":86399993}`), "", false)
	f.Add([]byte(`{"access_token":"a","expires_in":"86399"}`), "Mon, 02 Jan 2006 15:04:05 GMT", true)
	f.Add([]byte(`{"access_token":"a","expires_in":-1e400}`), "Fri, 31 Dec 9999 23:59:59 GMT", true)
	f.Add([]byte(`{"access_token":"`+compact(`{}`, `{"created_at":"1","expires_in":9223372036854775807}`)+`"}`), "", false)
	f.Add([]byte(`<html>`), "", true)
	var (
		body   []byte
		answer = &http.Response{StatusCode: 200, Header: http.Header{}}
		client = scripted(f, answer, &body)
	)
	f.Fuzz(func(t *testing.T, raw []byte, date string, exchange bool) {
		body = raw
		answer.Header.Set("Date", date)
		var (
			resp ims.Response
			err  error
		)
		if exchange {
			resp, err = client.ExchangeJWT(t.Context(), exchangeRequest())
		} else {
			resp, err = client.ClientCredentials(t.Context(), credentialsRequest())
		}
		if err != nil {
			if e, ok := errors.AsType[*ims.Error](err); !ok || e.Cause != ims.CauseMalformedAnswer {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		text := resp.Token.AccessToken.Reveal()
		if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("a token that fits in no header: %q", text)
		}
		if life := resp.Token.Lifetime(); life <= 0 || life > 7*24*time.Hour || time.Since(resp.Token.Issued) > time.Minute {
			t.Errorf("a token from %v that lives %v", resp.Token.Issued, life)
		}
	})
}

func FuzzErrorAnswer(f *testing.F) {
	f.Add(400, []byte(refusal("invalid_token", "Could not match JWT signature to any of the bindings")), "2", "d", "")
	f.Add(401, []byte(refusal(testSecret, "\x1b"+signed().Reveal())), "Mon, 02 Jan 2006 15:04:05 GMT", testSecret, "")
	f.Add(302, []byte(`{"error_code":1e999,"message":[]}`), "-1", "\x00", "https://h\u202e/"+testSecret)
	f.Add(500, []byte(`{"error":{},"error_description":"\ud800"}`), "18446744073709551615", "", "::")
	f.Add(100, []byte(nil), "", "", "")
	var (
		body   []byte
		answer = &http.Response{Header: http.Header{}}
		client = scripted(f, answer, &body)
	)
	f.Fuzz(func(t *testing.T, status int, raw []byte, retryAfter, debugID, location string) {
		if status/100 == 2 {
			return // a success, which FuzzTokenAnswer is about
		}
		body = raw
		answer.StatusCode = status
		answer.Header.Set("Retry-After", retryAfter)
		answer.Header.Set("X-Debug-Id", debugID)
		answer.Header.Set("Location", location)
		_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		e, ok := errors.AsType[*ims.Error](err)
		if !ok {
			t.Fatalf("error of another kind: %v", err)
		}
		if e.RetryAfter < 0 || e.RetryAfter > 30*24*time.Hour {
			t.Errorf("retry after %v", e.RetryAfter)
		}
		line := e.Error()
		if utf8.RuneCountInString(line) > 800 || !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("unfit to be shown: %q", line)
		}
		wantHidden(t, line, testSecret, signed().Reveal())
		if _, err := json.Marshal(e); err != nil {
			t.Error(err)
		}
	})
}
