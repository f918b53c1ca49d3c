package ims_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// An *ims.Error tells a source above whether to try again.
var _ token.RetryError = (*ims.Error)(nil)

func TestRefusalsOfTheExchange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   ims.Cause
	}{
		// What the live service is known to say.
		{"no binding", 400, refusal("invalid_token", "Could not match JWT signature to any of the bindings"), ims.CauseNotBound},
		{"undecodable", 400, refusal("invalid_token", "JWT token is incorrectly formatted, and can not be decoded."), ims.CauseMalformedAssertion},
		{"metascopes", 400, refusal("invalid_scope", "The metascopes in the JWT are not a subset of the metascopes in the binding."), ims.CauseScopeNotGranted},
		{"unknown client", 400, refusal("invalid_client", "invalid client_id parameter"), ims.CauseUnknownClient},
		{"wrong secret", 400, refusal("invalid_client", "invalid client_secret parameter"), ims.CauseWrongSecret},
		{"migrated", 500, refusal("internal_error", "Please try again later"), ims.CauseMigrated},
		// What is documented without its words.
		{"client of the audience", 400, refusal("invalid_client", "audience client does not exist"), ims.CauseUnknownClient},
		{"no exchange scope", 401, refusal("invalid_client", "client lacks the exchange_jwt scope"), ims.CauseNotEnabled},
		{"no exchange scope, other words", 400, refusal("invalid_client", "exchange_jwt is missing"), ims.CauseNotEnabled},
		{"no scope", 400, refusal("invalid_client", "no such scope"), ims.CauseNotEnabled},
		{"not configured", 400, refusal("invalid_client", "The client is not configured for this"), ims.CauseNotEnabled},
		{"not enabled", 400, refusal("invalid_client", "The client is not enabled"), ims.CauseNotEnabled},
		{"not allowed", 400, refusal("invalid_client", "The client is not allowed"), ims.CauseNotEnabled},
		{"another grant", 400, refusal("invalid_client", "unknown grant"), ims.CauseNotEnabled},
		{"secret in other words", 400, refusal("invalid_client", "the secret has ended"), ims.CauseWrongSecret},
		{"client in other words", 400, refusal("invalid_client", "no"), ims.CauseUnknownClient},
		{"wrong pair", 401, refusal("invalid_client", "invalid client_secret parameter"), ims.CauseWrongSecret},
		{"wrong pair, no words", 401, `{"error":"invalid_client"}`, ims.CauseWrongSecret},
		{"expired", 400, refusal("invalid_token", "The JWT has Expired"), ims.CauseAssertionExpired},
		{"not an integer", 400, refusal("invalid_token", "exp is not an integer"), ims.CauseMalformedAssertion},
		{"signature as documented", 400, refusal("invalid_signature", "any"), ims.CauseNotBound},
		{"id", 400, refusal("invalid_jti", "used"), ims.CauseReplayedID},
		{"no metascope", 400, refusal("invalid_scope", "none"), ims.CauseScopeNotGranted},
		{"claims", 400, refusal("bad_request", "sub is malformed"), ims.CauseMalformedAssertion},
		// What any server says.
		{"throttled", 429, "", ims.CauseThrottled},
		{"500 with JSON", 500, refusal("server_error", "x"), ims.CauseServerFault},
		{"500 with a client's code", 500, refusal("invalid_client", "invalid client_id parameter"), ims.CauseServerFault},
		{"500 with HTML", 500, "<html>", ims.CauseServerFault},
		{"500 empty", 500, "", ims.CauseServerFault},
		{"502", 502, "", ims.CauseServerFault},
		{"503", 503, "", ims.CauseServerFault},
		{"504", 504, "", ims.CauseServerFault},
		{"407", 407, "<html>", ims.CauseProxyAuthentication},
		{"408", 408, "", ims.CauseTimeout},
		{"404", 404, "<html>", ims.CauseInvalidRequest},
		{"405", 405, "", ims.CauseInvalidRequest},
		{"403 of a gateway", 403, `{"error_code":"403003","message":"Api Key is invalid"}`, ims.CauseUnknown},
		{"400 without words", 400, "", ims.CauseUnknown},
		{"400 with a list", 400, "[]", ims.CauseUnknown},
		{"418", 418, "{}", ims.CauseUnknown},
		{"204", 204, "", ims.CauseMalformedAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, reply(tt.status, tt.body, "X-Debug-Id", "debug-7"))
			_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
			e := wantCause(t, err, tt.want)
			if e.Status != tt.status || e.DebugID != "debug-7" || e.Op != "exchange" || "http://"+e.Host != client.Endpoint() {
				t.Errorf("error is %+v", *e)
			}
			if e.Retryable() != tt.want.Retryable() || (tt.status >= 500 && !e.Retryable()) {
				t.Errorf("retryable is %v", e.Retryable())
			}
		})
	}
}

func TestRefusalsOfClientCredentials(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   ims.Cause
	}{
		{"unknown client", 400, refusal("invalid_client", "invalid client_id parameter"), ims.CauseUnknownClient},
		{"wrong secret", 400, refusal("invalid_client", "invalid client_secret parameter"), ims.CauseWrongSecret},
		{"scope", 400, refusal("invalid_scope", "x"), ims.CauseScopeNotGranted},
		{"grant type", 400, refusal("unsupported_grant_type", "x"), ims.CauseInvalidRequest},
		{"grant", 400, refusal("invalid_grant", "x"), ims.CauseInvalidRequest},
		{"request", 400, refusal("invalid_request", "x"), ims.CauseInvalidRequest},
		{"client of another grant", 400, refusal("unauthorized_client", "x"), ims.CauseNotEnabled},
		{"internal error is not migration here", 500, refusal("internal_error", "Please try again later"), ims.CauseServerFault},
		{"code of no known kind", 400, refusal("access_denied", "x"), ims.CauseUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, reply(tt.status, tt.body))
			_, err := client.ClientCredentials(t.Context(), credentialsRequest())
			if e := wantCause(t, err, tt.want); e.Op != "client credentials" || "http://"+e.Host != client.Endpoint() {
				t.Errorf("error is %+v", *e)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  ims.Error
		want string
	}{
		{ims.Error{Op: "exchange", Host: "h", Status: 400, Code: "invalid_token", Description: "Could not", DebugID: "d", Cause: ims.CauseNotBound},
			"exchange at h: not bound: 400 invalid_token, Could not (debug id d)"},
		{ims.Error{Op: "exchange", Host: "h", Cause: ims.CauseNetwork, Description: "the connection was refused"},
			"exchange at h: network: the connection was refused"},
		{ims.Error{Op: "exchange", Host: "h", Status: 429, Cause: ims.CauseThrottled, RetryAfter: time.Hour, DebugID: "d"},
			"exchange at h: throttled: 429, the server asks to wait 1h0m0s (debug id d)"},
		{ims.Error{Op: "exchange", Host: "h", Status: 400, Cause: ims.CauseWrongSecret, RetryAfter: time.Hour}, "exchange at h: wrong secret: 400"},
		{ims.Error{Op: "validate", Host: "h", Status: 503}, "validate at h: unknown: 503"},
		{ims.Error{Op: "assertion", Cause: ims.CauseMalformedAssertion}, "assertion: malformed assertion"},
		{ims.Error{Op: "exchange", Host: "h", Status: 400, Cause: ims.CauseClockBehind, ClockDifference: 90 * time.Second},
			"exchange at h: clock behind: 400, the local clock is 1m30s behind the server's"},
		{ims.Error{Op: "exchange", Host: "h", Status: 400, Cause: ims.CauseMalformedAssertion, ClockDifference: -41 * time.Second},
			"exchange at h: malformed assertion: 400, the local clock is 41s ahead of the server's"},
		{ims.Error{Op: "exchange", Host: "h", Status: 400, Cause: ims.CauseNotBound, ClockDifference: time.Hour}, "exchange at h: not bound: 400"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		status      int
		want        time.Duration
	}{
		{"seconds", "2", 429, 2 * time.Second},
		{"an hour", "3600", 429, time.Hour},
		{"of a fault", "7", 503, 7 * time.Second},
		{"absurd", "99999999999", 429, 30 * 24 * time.Hour},
		{"beyond 64 bits", "99999999999999999999", 429, 30 * 24 * time.Hour},
		{"negative", "-5", 429, 0},
		{"words", "soon", 429, 0},
		{"absent", "", 429, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, reply(tt.status, "", "Retry-After", tt.value)).ExchangeJWT(t.Context(), exchangeRequest())
			e := asError(t, err)
			if e.RetryDelay() != tt.want {
				t.Errorf("delay is %v, want %v", e.RetryDelay(), tt.want)
			}
			if e.RetryDelay() != e.RetryAfter || !e.Retryable() {
				t.Errorf("error is %+v", *e)
			}
		})
	}
}

func TestRetryAfterAsADate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ off, wait, want time.Duration }{
		{0, time.Minute, time.Minute},
		{0, -time.Minute, 0},
		{time.Hour, time.Minute, time.Minute}, // by the server's clock, which is ahead
		{-time.Hour, 10 * time.Minute, 10 * time.Minute},
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			there := time.Now().Add(tt.off).UTC()
			reply(429, "", "Date", there.Format(http.TimeFormat), "Retry-After", there.Add(tt.wait).Format(http.TimeFormat))(w, r)
		})
		_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
		if e := asError(t, err); (e.RetryDelay() - tt.want).Abs() > slack {
			t.Errorf("delay is %v, want %v", e.RetryDelay(), tt.want)
		}
	}
}

// TestClockBehindTheRefusal sends assertions to servers whose clock is off: only where the assertion's times were
// refused because of that is the clock the cause.
func TestClockBehindTheRefusal(t *testing.T) {
	t.Parallel()
	expired := refusal("invalid_token", "the JWT has expired")
	tests := []struct {
		name     string
		off      time.Duration // the server's clock minus the local one
		body     string
		lifetime time.Duration
		age      time.Duration // how long ago the assertion was made
		want     ims.Cause
	}{
		{"behind", 10 * time.Minute, expired, 0, 0, ims.CauseClockBehind},
		{"behind, but old as well", 10 * time.Minute, expired, 0, time.Hour, ims.CauseAssertionExpired},
		{"behind, but not by enough", 2 * time.Minute, expired, 0, 0, ims.CauseAssertionExpired},
		{"behind by a little", 45 * time.Second, expired, 0, 4*time.Minute + 30*time.Second, ims.CauseClockBehind},
		{"right", 0, expired, 0, time.Hour, ims.CauseAssertionExpired},
		{"ahead", -time.Hour, refusal("bad_request", "exp"), 24 * time.Hour, 0, ims.CauseClockAhead},
		{"ahead by a little", -45 * time.Second, refusal("bad_request", "exp"), 24 * time.Hour, 0, ims.CauseClockAhead},
		{"ahead by days", -72 * time.Hour, refusal("invalid_token", "exp is too far ahead"), 0, 0, ims.CauseClockAhead},
		{"ahead, but not to blame", -time.Minute, refusal("bad_request", "sub"), 0, 0, ims.CauseMalformedAssertion},
		{"behind, another refusal", 10 * time.Minute, refusal("invalid_jti", ""), 0, 0, ims.CauseReplayedID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := assertion(prod)
			a.Now, a.Lifetime = time.Now().Add(-tt.age), tt.lifetime
			text, err := a.Sign(key())
			if err != nil {
				t.Fatal(err)
			}
			date := time.Now().Add(tt.off).UTC().Format(http.TimeFormat)
			req := ims.ExchangeRequest{ClientID: testClient, ClientSecret: secret.New(testSecret), Assertion: text}
			_, err = serve(t, reply(400, tt.body, "Date", date)).ExchangeJWT(t.Context(), req)
			e := wantCause(t, err, tt.want)
			if d := (e.ClockDifference - tt.off).Abs(); d > slack {
				t.Errorf("clock difference is %v, want %v", e.ClockDifference, tt.off)
			}
			says := strings.Contains(err.Error(), "the local clock is ")
			if want := tt.off.Abs() > 30*time.Second && tt.want != ims.CauseReplayedID; says != want {
				t.Errorf("%q names the clock: %v, want %v", err, says, want)
			}
		})
	}
}

// TestCorrectedAssertionIsInTime builds the next assertion as the error says.
func TestCorrectedAssertionIsInTime(t *testing.T) {
	t.Parallel()
	off := 2 * time.Hour
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		there := time.Now().Add(off).UTC().Format(http.TimeFormat)
		reply(400, refusal("invalid_token", "expired"), "Date", there)(w, r)
	})
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	e := wantCause(t, err, ims.CauseClockBehind)
	a := assertion(prod)
	a.Now = time.Now().Add(e.ClockDifference)
	text, err := a.Sign(key())
	if err != nil {
		t.Fatal(err)
	}
	d, err := ims.DecodeAssertion(text)
	if err != nil {
		t.Fatal(err)
	}
	if left := d.Expiry.Sub(time.Now().Add(off)); left < 4*time.Minute || left > 6*time.Minute {
		t.Errorf("by the server's clock it is valid for %v, want about 5 minutes", left)
	}
}
