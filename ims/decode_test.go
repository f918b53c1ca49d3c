package ims_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

func TestDecodeOwnAssertion(t *testing.T) {
	t.Parallel()
	a := assertion(prod)
	a.Now, a.ID, a.Metascopes = time.Unix(1_700_000_000, 0), 7, []string{"ent_b", "ent_a"}
	text, err := a.Sign(key())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ims.DecodeAssertion(text)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(got.Header) || !json.Valid(got.Payload) {
		t.Error("header and payload are not both JSON")
	}
	got.Header, got.Payload = nil, nil
	want := ims.DecodedAssertion{
		Algorithm: "RS256", Organization: testOrg, TechnicalAccount: testAccount, Audience: prod + "/c/" + testClient,
		Endpoint: prod, ClientID: testClient, ID: "7", Expiry: time.Unix(1_700_000_300, 0), Metascopes: []string{"ent_a", "ent_b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeFindsWhatIsOdd(t *testing.T) {
	t.Parallel()
	const rest = `"iss":"a@AdobeOrg","sub":"b@techacct.adobe.com","aud":"https://h/c/x","https://h/s/m":true`
	tests := []struct {
		name, header, payload string
		odd                   []string // one part of each sentence, in order
	}{
		{"nothing", `{"alg":"RS256"}`, `{"exp":1700000000,` + rest + `}`, nil},
		{"one audience in a list", `{"alg":"RS384"}`, `{"exp":1.7e9,"iss":"a@AdobeOrg","sub":"b@c","aud":["https://h/c/x"],"https://h/s/m":true}`, nil},
		{"milliseconds", `{"alg":"RS256"}`, `{"exp":1700000000000,` + rest + `}`, []string{"(exp) is in milliseconds"}},
		{"milliseconds of the issue", `{"alg":"RS256"}`, `{"iat":1700000000000,"exp":1700000000,` + rest + `}`, []string{"(iat) is in milliseconds"}},
		{"string", `{"alg":"RS256"}`, `{"exp":"1700000000",` + rest + `}`, []string{"(exp) is a string"}},
		{"date", `{"alg":"RS256"}`, `{"exp":"tomorrow",` + rest + `}`, []string{"not a number", "is a string"}},
		{"no expiry", `{"alg":"RS256"}`, `{` + rest + `}`, []string{"(exp) is missing"}},
		{"two days", `{"alg":"RS256"}`, `{"iat":1700000000,"exp":1700172800,` + rest + `}`, []string{"more than 24 hours"}},
		{"symmetric", `{"alg":"HS256"}`, `{"exp":1700000000,` + rest + `}`, []string{"RSA algorithm"}},
		{"empty", `{}`, `{}`, []string{"(exp) is missing", "(aud) is not of the form", "no metascope", "RSA", "(iss) is missing", "(sub) is missing"}},
		{"false metascope", `{"alg":"RS256"}`, `{"exp":1,"https://h/s/n":"true",` + rest + `}`, []string{"value is not true"}},
		{"other host", `{"alg":"RS256"}`, `{"exp":1,"https://i/s/n":true,` + rest + `}`, []string{"names another host"}},
		{"another host among others", `{"alg":"RS256"}`, `{"exp":1,"https://i/s/n":true,"https://h/s/o":true,"https://h/s/p":true,"https://h/s/q":true,` +
			`"https://h/s/r":true,"https://h/s/s":true,"https://h/s/t":true,"https://h/s/u":true,` + rest + `}`, []string{"names another host"}},
		{"no URL", `{"alg":"RS256"}`, `{"exp":1,"iss":"a@AdobeOrg","sub":"b@c","aud":"https://[h/c/x","https://h/s/m":true}`, []string{"(aud) is not of the form"}},
		{"no client", `{"alg":"RS256"}`, `{"exp":1,"iss":"a@AdobeOrg","sub":"b@c","aud":"https://h/c/","https://h/s/m":true}`, []string{"(aud) is not of the form"}},
		{"no name of a metascope", `{"alg":"RS256"}`, `{"exp":1,"https://h/s/":true,"iss":"a@AdobeOrg","sub":"b@c","aud":"https://h/c/x"}`, []string{"no metascope"}},
		{"zero", `{"alg":"RS256"}`, `{"exp":0,` + rest + `}`, []string{"not a number"}},
		{"e-mail, id", `{"alg":"RS256"}`,
			`{"exp":1,"iss":"a","sub":"6d1c2c1e-5f0a-4d0e-9d53-0c6f1f1c9a11@techacct.adobe.com","aud":["https://h/c/x","y"],"jti":"1a","https://h/s/m":true}`,
			[]string{"more than one audience", "@AdobeOrg", "e-mail", "(jti) is not an integer"}},
		{"no domain", `{"alg":"RS256"}`, `{"exp":1,"iss":"a@AdobeOrg","sub":"b","aud":"https://h/c/x","https://h/s/m":true}`, []string{"has no domain"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := ims.DecodeAssertion(secret.New(compact(tt.header, tt.payload)))
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Odd) != len(tt.odd) {
				t.Fatalf("odd is %q, want %q", d.Odd, tt.odd)
			}
			for i, part := range tt.odd {
				if !strings.Contains(d.Odd[i], part) {
					t.Errorf("finding %d is %q, want something with %q", i, d.Odd[i], part)
				}
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a.b", "a.b.c", "e30.e30", "e30.W10.x", strings.Repeat("x", 1<<20)} {
		_, err := ims.DecodeAssertion(secret.New(text))
		if !errors.Is(err, token.ErrNotJWT) {
			t.Errorf("error is %v, want one that wraps token.ErrNotJWT", err)
		}
	}
}

func FuzzDecodeAssertion(f *testing.F) {
	f.Add(signed().Reveal())
	f.Add(compact(`{"alg":"RS256"}`, `{"exp":"1e400","iat":-1,"aud":["https://h/c/x",1],"jti":1.5,"https://h/s/m":true,"http://[::1/s/":1}`))
	f.Add(compact(`{"alg":[]}`, `{"exp":1e308,"aud":{},"sub":null,"iss":true}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ims.DecodeAssertion(secret.New(text))
		if err != nil {
			if !errors.Is(err, token.ErrNotJWT) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if !json.Valid(d.Header) || !json.Valid(d.Payload) {
			t.Error("header and payload are not both JSON")
		}
		for _, at := range []time.Time{d.Expiry, d.IssuedAt} {
			if _, err := at.MarshalJSON(); err != nil {
				t.Errorf("a time cannot be written: %v", err)
			}
		}
		if _, err := json.Marshal(d); err != nil {
			t.Error(err)
		}
	})
}
