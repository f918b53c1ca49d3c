package ims_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// sent is what a server saw of a request.
type sent struct {
	Method, Path, Query string
	Form                url.Values
	Header              map[string]string
}

// record answers every request alike and keeps the last one.
func record(into *sent, status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(raw))
		*into = sent{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Form: form, Header: map[string]string{}}
		for _, name := range []string{"Content-Type", "Accept", "User-Agent", "X-Ims-Clientid", "Authorization"} {
			if v := r.Header.Get(name); v != "" {
				into.Header[name] = v
			}
		}
		reply(status, body, "X-Debug-Id", "debug-1")(w, r)
	}
}

func TestExchangeOnTheWire(t *testing.T) {
	t.Parallel()
	var got sent
	client := serve(t, record(&got, 200, `{"token_type":"bearer","access_token":"opaque-token","expires_in":86399999}`))
	before := time.Now()
	resp, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	if err != nil {
		t.Fatal(err)
	}
	want := sent{
		Method: "POST", Path: "/ims/exchange/jwt",
		Form: url.Values{"client_id": {testClient}, "client_secret": {testSecret}, "jwt_token": {signed().Reveal()}},
		Header: map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "User-Agent": "imsx",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if resp.Token.AccessToken.Reveal() != "opaque-token" || resp.Token.Origin != token.OriginExchange || resp.DebugID != "debug-1" {
		t.Errorf("response is %+v", resp)
	}
	wantLife(t, resp.Token, before, 86399999*time.Millisecond)
	if resp.ClockDifference != 0 {
		t.Errorf("clock difference is %v, want 0", resp.ClockDifference)
	}
}

// slack is what a busy machine may delay a test by.
const slack = 20 * time.Second

// wantLife checks that a token counts from a request after before.
func wantLife(t *testing.T, got token.Token, before time.Time, want time.Duration) {
	t.Helper()
	if d := (got.Lifetime() - want).Abs(); d > slack {
		t.Errorf("lifetime is %v, want %v", got.Lifetime(), want)
	}
	if got.Issued.Before(before.Round(0)) || got.Issued.After(time.Now()) {
		t.Errorf("issued at %v, not between start and end of the test", got.Issued)
	}
}

func TestClientCredentialsOnTheWire(t *testing.T) {
	t.Parallel()
	var got sent
	client := serve(t, record(&got, 200, `{"access_token":"opaque-token","expires_in":3599,"scope":"openid,AdobeID"}`))
	req := credentialsRequest()
	req.Organization = testOrg
	before := time.Now()
	resp, err := client.ClientCredentials(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {testClient}, "client_secret": {testSecret},
		"scope": {"openid,AdobeID"}, "org_id": {testOrg},
	}
	if diff := cmp.Diff(want, got.Form); diff != "" || got.Path != "/ims/token/v3" || got.Query != "" {
		t.Errorf("request to %s?%s (-want +got):\n%s", got.Path, got.Query, diff)
	}
	if diff := cmp.Diff([]string{"openid", "AdobeID"}, resp.Scopes); diff != "" || resp.Token.Origin != token.OriginClientCredentials {
		t.Errorf("response is %+v", resp)
	}
	wantLife(t, resp.Token, before, 3599*time.Second)
}

func TestIncompleteRequestsAreNotSent(t *testing.T) {
	t.Parallel()
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	_, err := client.ExchangeJWT(t.Context(), ims.ExchangeRequest{})
	if e := wantCause(t, err, ims.CauseInvalidRequest); e.Description != "missing: client id, client secret, assertion" {
		t.Errorf("description is %q", e.Description)
	}
	_, err = client.ClientCredentials(t.Context(), ims.ClientCredentialsRequest{Scopes: []string{" "}})
	if e := wantCause(t, err, ims.CauseInvalidRequest); e.Description != "missing: client id, client secret, scope" {
		t.Errorf("description is %q", e.Description)
	}
	_, err = client.Validate(t.Context(), ims.ValidateRequest{})
	wantCause(t, err, ims.CauseInvalidRequest)
	err = client.Invalidate(t.Context(), ims.InvalidateRequest{Token: secret.New("opaque")})
	if e := wantCause(t, err, ims.CauseInvalidRequest); e.Description != "missing: client id" {
		t.Errorf("description is %q", e.Description)
	}
	_, err = client.Validate(t.Context(), ims.ValidateRequest{Token: secret.New(compact(`{}`, `{"client_id":"a\nb"}`))})
	if e := wantCause(t, err, ims.CauseInvalidRequest); e.Description != "the client id has blanks or control characters" {
		t.Errorf("description is %q", e.Description)
	}
}

// TestLifetime walks both endpoints, whose units differ, over every kind of expires_in.
func TestLifetime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	// The tokens are made when their test runs, which may be much later.
	aged := func(age, life time.Duration) func() string {
		return func() string { return accessToken(time.Now().Add(-age), life) }
	}
	fresh, opaque := aged(0, day), func() string { return "opaque" }
	tests := []struct {
		name      string
		token     func() string
		expiresIn string        // as JSON; empty: absent
		exchange  time.Duration // the lifetime after an exchange; 0: refused
		v3        time.Duration // the lifetime after client credentials; 0: refused
	}{
		{"milliseconds, opaque", opaque, "86399993", 86399993 * time.Millisecond, 0},
		{"seconds, opaque", opaque, "86399", 86399 * time.Millisecond, 86399 * time.Second},
		{"milliseconds", fresh, "86399993", day, day},
		{"seconds", fresh, "86399", day, day},
		{"a string", fresh, `"86399993"`, day, day},
		{"a string of seconds", opaque, `"3600"`, 3600 * time.Millisecond, time.Hour},
		{"a fraction", opaque, "3600.75", 3600 * time.Millisecond, time.Hour},
		{"an exponent", opaque, "3.6e3", 3600 * time.Millisecond, time.Hour},
		{"shorter than the claims", fresh, "60000", time.Minute, 60000 * time.Second},
		{"longer than the claims", aged(0, time.Hour), "172800000", time.Hour, 0},
		{"absent, claims", fresh, "", day, day},
		{"null, claims", fresh, "null", day, day},
		{"absent, opaque", opaque, "", 0, 0},
		{"half over", aged(12*time.Hour, day), "43200000", day / 2, day / 2},
		{"half over, whole life sent", aged(12*time.Hour, day), "86400000", day / 2, day / 2},
		{"registered claim exp", func() string {
			return compact(`{}`, fmt.Sprintf(`{"exp":%d}`, time.Now().Add(time.Hour).Unix()))
		}, "", time.Hour, time.Hour},
		{"zero", fresh, "0", 0, 0},
		{"negative", fresh, "-86400000", 0, 0},
		{"negative string", opaque, `"-1"`, 0, 0},
		{"huge", fresh, "9223372036854775807", 0, 0},
		{"beyond 64 bits", opaque, "1e300", 0, 0},
		{"beyond floating point", opaque, "1e999", 0, 0},
		{"words", fresh, `"tomorrow"`, 0, 0},
		{"an object", fresh, `{}`, 0, 0},
		{"true", opaque, `true`, 0, 0},
		{"expired on arrival", aged(25*time.Hour, day), "86399999", 0, 0},
		{"claims of a month, no expires_in", aged(0, 30*day), "", 0, 0},
	}
	for _, tt := range tests {
		for _, endpoint := range []struct {
			name string
			want time.Duration
			ask  func(*ims.Client) (ims.Response, error)
		}{
			{"exchange", tt.exchange, func(c *ims.Client) (ims.Response, error) { return c.ExchangeJWT(t.Context(), exchangeRequest()) }},
			{"v3", tt.v3, func(c *ims.Client) (ims.Response, error) {
				return c.ClientCredentials(t.Context(), credentialsRequest())
			}},
		} {
			t.Run(tt.name+"/"+endpoint.name, func(t *testing.T) {
				t.Parallel()
				body := fmt.Sprintf(`{"access_token":%q,"token_type":"bearer"`, tt.token())
				if tt.expiresIn != "" {
					body += `,"expires_in":` + tt.expiresIn
				}
				before := time.Now()
				resp, err := endpoint.ask(serve(t, reply(200, body+"}")))
				if endpoint.want == 0 {
					e := wantCause(t, err, ims.CauseMalformedAnswer)
					if !strings.Contains(e.Description, "expire") && !strings.Contains(e.Description, "7 days") {
						t.Errorf("description %q does not say what is wrong", e.Description)
					}
					value, wrong := strings.Trim(tt.expiresIn, `"`), strings.Contains(e.Description, "expires_in is ")
					if wrong && !strings.Contains(e.Description, "not a number") && !strings.Contains(e.Description, "is "+value+", ") {
						t.Errorf("description %q does not show the value as it was sent", e.Description)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				wantLife(t, resp.Token, before, endpoint.want)
			})
		}
	}
}

// TestExpiryFollowsTheServersClock answers from a server whose clock is off: the expiry is right by the local clock.
func TestExpiryFollowsTheServersClock(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-3 * time.Hour, -time.Minute, time.Minute, 30 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				there := time.Now().Add(off)
				body := fmt.Sprintf(`{"access_token":%q,"expires_in":86399000}`, accessToken(there, 24*time.Hour))
				reply(200, body, "Date", there.UTC().Format(http.TimeFormat))(w, r)
			})
			before := time.Now()
			resp, err := client.ExchangeJWT(t.Context(), exchangeRequest())
			if err != nil {
				t.Fatal(err)
			}
			wantLife(t, resp.Token, before, 24*time.Hour)
			if d := (resp.ClockDifference - off).Abs(); d > slack {
				t.Errorf("clock difference is %v, want %v", resp.ClockDifference, off)
			}
		})
	}
}

// TestWithoutDateTheClaimsStillLimit has no header Date to compare with and a local clock that is hours off.
func TestWithoutDateTheClaimsStillLimit(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-30 * time.Hour, 30 * time.Hour} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			body := fmt.Sprintf(`{"access_token":%q,"expires_in":"86399000"}`, accessToken(time.Now().Add(off), 24*time.Hour))
			reply(200, body)(w, r)
		})
		before := time.Now()
		resp, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		if err != nil {
			t.Fatal(err)
		}
		wantLife(t, resp.Token, before, 24*time.Hour)
		if resp.ClockDifference != 0 {
			t.Errorf("clock difference is %v without a Date", resp.ClockDifference)
		}
	}
}

func TestScopesOfTheToken(t *testing.T) {
	t.Parallel()
	body := fmt.Sprintf(`{"access_token":%q,"expires_in":86399000}`, accessToken(time.Now(), 24*time.Hour))
	resp, err := serve(t, reply(200, body)).ExchangeJWT(t.Context(), exchangeRequest())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"openid", "AdobeID"}, resp.Scopes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAnswersThatAreNone are all status 200, and none is a token.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, says string }{
		{"HTML", "<html><body>Sign in</body></html>", "HTML"},
		{"empty", "", "empty"},
		{"blank", " \r\n", "empty"},
		{"text", "OK", "not a JSON object"},
		{"list", `["access_token"]`, "not a JSON object"},
		{"cut JSON", `{"access_token":"abc`, "broken JSON"},
		{"null", "null", "no access token"},
		{"no token", `{"token_type":"bearer","expires_in":86399000}`, "no access token"},
		{"empty token", `{"access_token":"","expires_in":86399000}`, "no access token"},
		{"token is a number", `{"access_token":17,"expires_in":86399000}`, "wrong type"},
		{"line feed in the token", `{"access_token":"abc\ndef","expires_in":86399000}`, "characters"},
		{"blank in the token", `{"access_token":"abc def","expires_in":86399000}`, "characters"},
		{"NUL in the token", `{"access_token":"abc\u0000","expires_in":86399000}`, "characters"},
		{"umlaut in the token", `{"access_token":"äbc","expires_in":86399000}`, "characters"},
		{"very long token", `{"access_token":"` + strings.Repeat("a", 65<<10) + `","expires_in":86399000}`, "64 KiB"},
		{"other type", `{"access_token":"abc","token_type":"mac","expires_in":86399000}`, "bearer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, reply(200, tt.body, "X-Debug-Id", "d1", "Retry-After", "7")).ExchangeJWT(t.Context(), exchangeRequest())
			e := wantCause(t, err, ims.CauseMalformedAnswer)
			if !strings.Contains(e.Description, tt.says) || e.Status != 200 || e.DebugID != "d1" || e.RetryAfter != 0 || !e.Retryable() {
				t.Errorf("error is %+v, want one that says %q", *e, tt.says)
			}
			if tt.body != "" && len(tt.body) > 8 && strings.Contains(err.Error(), tt.body) {
				t.Errorf("error quotes the body: %v", err)
			}
		})
	}
}

func TestTokenTypeInAnyCase(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"bearer", "Bearer", "BEARER"} {
		body := `{"access_token":"abc","expires_in":86399000,"token_type":` + strconv.Quote(kind) + `}`
		if _, err := serve(t, reply(200, body)).ExchangeJWT(t.Context(), exchangeRequest()); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
