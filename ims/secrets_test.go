package ims_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

// printed is v in every way that programs print values.
func printed(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(handler).Info("message", "value", v)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(raw)
	if err, ok := v.(error); ok {
		for ; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintln(&b, err.Error())
		}
	}
	return b.String()
}

// wantHidden fails if text shows eight characters in a row of one of the secrets, plain or in hexadecimal.
func wantHidden(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		for i := 0; i+8 <= len(s); i++ {
			part := s[i : i+8]
			if strings.Contains(text, part) || strings.Contains(text, fmt.Sprintf("%x", part)) {
				t.Errorf("%d characters in, a secret shows: %s", i, text)
				return
			}
		}
	}
}

func TestRequestsAndAnswersDoNotShowSecrets(t *testing.T) {
	t.Parallel()
	access := accessToken(time.Now(), 24*time.Hour)
	client := serve(t, reply(200, fmt.Sprintf(`{"access_token":%q,"expires_in":86399000}`, access)))
	resp, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	if err != nil {
		t.Fatal(err)
	}
	if resp.Token.AccessToken.Reveal() != access {
		t.Fatal("not the token that was sent")
	}
	invalidate := ims.InvalidateRequest{Token: secret.New(access), ClientSecret: secret.New(testSecret)}
	for _, v := range []any{
		exchangeRequest(), credentialsRequest(), resp, &resp, invalidate,
		ims.ValidateRequest{Token: secret.New(access)},
	} {
		wantHidden(t, printed(t, v), testSecret, signed().Reveal(), access)
	}
}

// TestEchoesAreRedacted has a server that answers with what it was sent, in every field that is shown.
func TestEchoesAreRedacted(t *testing.T) {
	t.Parallel()
	jwt := signed().Reveal()
	half := jwt[:len(jwt)/2]
	for _, echo := range []string{
		testSecret, "secret " + testSecret + " is wrong", strings.ToUpper(testSecret), url.QueryEscape(testSecret),
		testSecret[:12] + "…", testSecret[9:], jwt, "<" + jwt + ">" + testSecret, half + "\n" + jwt[len(half):],
		strings.Repeat(jwt, 8), jwt[:20],
	} {
		body := refusal(echo, echo)
		for _, status := range []int{302, 400, 401, 429, 500} {
			header := []string{"X-Debug-Id", oneLine(echo), "Location", "https://" + testSecret + ".example/" + testSecret}
			_, err := serve(t, reply(status, body, header...)).ExchangeJWT(t.Context(), exchangeRequest())
			e := asError(t, err)
			wantHidden(t, strings.ToLower(printed(t, err)+printed(t, *e)), strings.ToLower(testSecret), strings.ToLower(jwt))
		}
	}
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

func TestShortSecretsAreRedactedWhole(t *testing.T) {
	t.Parallel()
	req := exchangeRequest()
	req.ClientSecret = secret.New("Kx7")
	_, err := serve(t, reply(400, refusal("invalid_client", "the pair a/Kx7 is wrong"))).ExchangeJWT(t.Context(), req)
	if e := asError(t, err); e.Description != "the pair a/[redacted] is wrong" {
		t.Errorf("description is %q", e.Description)
	}
}

func TestDescriptionsAreCleaned(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("wörd ", 5000)
	tests := []struct{ name, description, want string }{
		{"plain", "Could not match", "Could not match"},
		{"lines", " a\r\nb\tc ", "a b c"},
		{"terminal", "\x1b]0;title\x07\x1b[2Jx", "]0;title[2Jx"},
		{"direction", "a\u202eb\u200bc\u2028d", "abc d"},
		{"long", long, long[:len("wörd ")*59] + "wörd…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, reply(400, refusal("invalid_scope", tt.description))).ExchangeJWT(t.Context(), exchangeRequest())
			e := wantCause(t, err, ims.CauseScopeNotGranted)
			if e.Description != tt.want {
				t.Errorf("description is %q, want %q", e.Description, tt.want)
			}
			if strings.ContainsFunc(e.Error(), unicode.IsControl) {
				t.Errorf("error has control characters: %q", e.Error())
			}
		})
	}
}
