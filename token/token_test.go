package token_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

func jwt(header, payload string) secret.Text {
	enc := base64.RawURLEncoding.EncodeToString
	return secret.New(enc([]byte(header)) + "." + enc([]byte(payload)) + ".c2ln")
}

func TestParseClaims(t *testing.T) {
	created := time.UnixMilli(1700000000000)
	tests := []struct {
		name    string
		payload string
		want    token.Claims
	}{
		{
			name: "a service token",
			payload: `{"id":"1700000000000_00000000-0000-4000-8000-000000000000_ue1","org":"O@AdobeOrg","type":"access_token",` +
				`"client_id":"cm-p1-e2","user_id":"U@techacct.adobe.com","as":"ims-na1","expires_in":"86400000","scope":"openid,AdobeID",` +
				`"created_at":"1700000000000"}`,
			want: token.Claims{
				ID: "1700000000000_00000000-0000-4000-8000-000000000000_ue1", Organization: "O@AdobeOrg", Type: "access_token",
				ClientID: "cm-p1-e2", UserID: "U@techacct.adobe.com", Server: "ims-na1", Scopes: []string{"openid", "AdobeID"},
				CreatedAt: created, ExpiresAt: created.Add(24 * time.Hour),
			},
		},
		{
			name:    "numbers instead of strings",
			payload: `{"created_at":1700000000000,"expires_in":60000}`,
			want:    token.Claims{CreatedAt: created, ExpiresAt: created.Add(time.Minute)},
		},
		{
			name:    "a standard exp",
			payload: `{"exp":1700000060}`,
			want:    token.Claims{ExpiresAt: created.Add(time.Minute)},
		},
		{
			name:    "numbers with a fraction",
			payload: `{"created_at":1.7e12,"expires_in":"60000.5"}`,
			want:    token.Claims{CreatedAt: created, ExpiresAt: created.Add(time.Minute)},
		},
		{
			name:    "a standard exp with a fraction",
			payload: `{"exp":1700000060.75}`,
			want:    token.Claims{ExpiresAt: created.Add(time.Minute)},
		},
		{name: "no times", payload: `{"scope":""}`, want: token.Claims{Scopes: []string{}}},
		{name: "times that are none", payload: `{"created_at":"soon","expires_in":null,"exp":true}`, want: token.Claims{}},
		{name: "negative times", payload: `{"created_at":-5,"expires_in":-5,"exp":-5}`, want: token.Claims{}},
		{name: "an expiry without an issue", payload: `{"expires_in":"86400000"}`, want: token.Claims{}},
		{name: "an expiry after the year 9999", payload: `{"exp":253402300799}`, want: token.Claims{}},
		{name: "a lifetime after the year 9999", payload: `{"created_at":"1700000000000","expires_in":"253402300799000"}`,
			want: token.Claims{CreatedAt: time.UnixMilli(1700000000000)}},
		{name: "scopes at any blank", payload: `{"scope":"a\tb\nc\rd e"}`, want: token.Claims{Scopes: []string{"a", "b", "c", "d", "e"}}},
		{name: "absurd times", payload: `{"created_at":"9223372036854775807","expires_in":"9223372036854775807"}`, want: token.Claims{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := token.ParseClaims(jwt(`{"alg":"RS256"}`, tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Header) != `{"alg":"RS256"}` || string(got.Payload) != tt.payload {
				t.Errorf("Header, Payload = %s, %s", got.Header, got.Payload)
			}
			got.Header, got.Payload = nil, nil
			if diff := cmp.Diff(tt.want, got, equateEmpty); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

var equateEmpty = cmp.Transformer("nilIfEmpty", func(s []string) string { return strings.Join(s, ",") })

func TestParseClaimsRefuses(t *testing.T) {
	for name, text := range map[string]secret.Text{
		"nothing":                 {},
		"one part":                secret.New("opaque-token"),
		"four parts":              secret.New("a.b.c.d"),
		"no base64":               secret.New("e30.%%%.c2ln"),
		"no JSON":                 jwt(`{}`, `hello`),
		"an array":                jwt(`{}`, `[]`),
		"a header of null":        jwt(`null`, `{}`),
		"a claim of a wrong type": jwt(`{}`, `{"client_id":{"secret-looking":1}}`),
		"too long":                jwt(`{}`, `{"x":"`+strings.Repeat("a", 70<<10)+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := token.ParseClaims(text)
			if !errors.Is(err, token.ErrNotJWT) {
				t.Fatalf("error %v, want ErrNotJWT", err)
			}
			if strings.Contains(err.Error(), "secret-looking") || strings.Contains(err.Error(), "opaque") {
				t.Errorf("error %q shows the token", err)
			}
		})
	}
}

func FuzzParseClaims(f *testing.F) {
	f.Add(jwt(`{"alg":"RS256"}`, `{"created_at":"1700000000000","expires_in":"86400000","scope":"a,b"}`).Reveal())
	f.Add(jwt(`{}`, `{"exp":1e99,"created_at":[]}`).Reveal())
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := token.ParseClaims(secret.New(text))
		if err != nil {
			if !errors.Is(err, token.ErrNotJWT) {
				t.Fatalf("error %v, want ErrNotJWT", err)
			}
			return
		}
		if !c.ExpiresAt.IsZero() && !c.CreatedAt.IsZero() && c.ExpiresAt.Before(c.CreatedAt) && !strings.Contains(string(c.Payload), "exp") {
			t.Fatalf("expiry %v before issue %v", c.ExpiresAt, c.CreatedAt)
		}
	})
}

func TestIdentityCanonical(t *testing.T) {
	base := token.Identity{Endpoint: "https://ims", Organization: "o", Account: "a", ClientID: "c", Grant: token.OriginExchange, Scopes: []string{"x", "y"}}
	same := base
	same.Scopes, same.Endpoint = []string{"y", "x", "x"}, "HTTPS://IMS"
	if !base.Equal(same) {
		t.Error("order and repetition of scopes, or the endpoint's case, change the identity")
	}
	if base.Scopes[0] != "x" || same.Scopes[0] != "y" {
		t.Error("Canonical changed the caller's slice")
	}
	change := func(f func(*token.Identity)) token.Identity { id := base; f(&id); return id }
	for _, other := range []token.Identity{
		change(func(id *token.Identity) { id.Endpoint = "https://ims2" }),
		change(func(id *token.Identity) { id.Organization = "p" }),
		change(func(id *token.Identity) { id.Account = "b" }),
		change(func(id *token.Identity) { id.ClientID = "d" }),
		change(func(id *token.Identity) { id.Grant = token.OriginClientCredentials }),
		change(func(id *token.Identity) { id.Scopes = []string{"x"} }),
		change(func(id *token.Identity) { id.Scopes = []string{"xy"} }),
		change(func(id *token.Identity) { id.Organization, id.Account = "oa", "" }),
		change(func(id *token.Identity) { id.ClientID, id.Scopes = "c", []string{"c", "x", "y"} }),
	} {
		if base.Equal(other) {
			t.Errorf("%+v counts as the same as %+v", other, base)
		}
	}
}

func TestTokenTimes(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tok := token.Token{AccessToken: secret.New("x"), Issued: now, Expiry: now.Add(time.Hour)}
	tests := []struct {
		name      string
		tok       token.Token
		at        time.Time
		valid     bool
		remaining time.Duration
	}{
		{"new", tok, now, true, time.Hour},
		{"a moment before expiry", tok, now.Add(time.Hour - 1), true, 1},
		{"at expiry", tok, now.Add(time.Hour), false, 0},
		{"after expiry", tok, now.Add(2 * time.Hour), false, 0},
		{"unknown expiry", token.Token{AccessToken: secret.New("x")}, now, true, 1<<63 - 1},
		{"no token", token.Token{Expiry: now.Add(time.Hour)}, now, false, time.Hour},
	}
	for _, tt := range tests {
		if got := tt.tok.ValidAt(tt.at); got != tt.valid {
			t.Errorf("%s: ValidAt = %v, want %v", tt.name, got, tt.valid)
		}
		if got := tt.tok.Remaining(tt.at); got != tt.remaining {
			t.Errorf("%s: Remaining = %v, want %v", tt.name, got, tt.remaining)
		}
	}
	if got := tok.Lifetime(); got != time.Hour {
		t.Errorf("Lifetime = %v, want 1h", got)
	}
	if got := (token.Token{Expiry: now}).Lifetime(); got != 0 {
		t.Errorf("Lifetime without an issue = %v, want 0", got)
	}
}

func ExampleSourceFunc() {
	src := token.SourceFunc(func(context.Context) (token.Token, error) {
		return token.Token{AccessToken: secret.New("eyJhbGciOi.example"), Expiry: time.Now().Add(24 * time.Hour)}, nil
	})
	t, err := src.Token(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.AccessToken)
	fmt.Println(t.ValidAt(time.Now()))
	// Output:
	// sha256:ac104ba2d3f7
	// true
}
